#include "client/cli/year_report.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/csv_text.h"
#include "client/cli/enum_words.h"
#include "client/cli/money_text.h"
#include "client/cli/names.h"
#include "client/cli/party_statement.h"
#include "client/cpp/call_error.h"
#include "google/protobuf/util/time_util.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "server/base/currency.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using Row = Document::Row;

// Places by which a figure in millions is moved to the left of its point.
constexpr std::size_t kMillionPlaces = 6;

absl::Status WrongFile(const std::string& message) { return BadFields({{"--published", message}}); }

// `704.21` millions as `704210000`; a count as it is. Digits with at most one point; empty where the text is none.
std::string InUnits(const std::string& millions) {
  const std::size_t point = std::min(millions.find('.'), millions.size());
  const std::string whole = millions.substr(0, point);
  std::string decimals = point < millions.size() ? millions.substr(point + 1) : "";
  const auto digits = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || !digits(whole) || !digits(decimals) || (point < millions.size() && decimals.empty())) return "";
  decimals.resize(std::max(decimals.size(), kMillionPlaces), '0');
  std::string units = whole + decimals.substr(0, kMillionPlaces);
  const std::string rest = decimals.substr(kMillionPlaces);
  return rest.empty() ? units : units + "." + rest;
}

std::optional<int64_t> ParseCount(const std::string& text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
  return count;
}

template <typename Resource, typename Request>
absl::StatusOr<Resource> Get(const Client& client, const char* method, const std::string& name, int64_t sequence) {
  Request request;
  request.set_name(name);
  request.mutable_known_at()->set_sequence(sequence);
  const auto& get = *request.GetDescriptor()->file()->service(0)->FindMethodByName(method);
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> response, client.Call(get, request));
  return dynamic_cast<const Resource&>(*response);
}

absl::StatusOr<std::string> ReadFile(const std::string& path, const Words& words) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (file.good()) return text.str();
  return WrongFile(words(words.Choose("cannot read {path}", "no se puede leer {path}"), {{"path", Printable(path)}}));
}

void Add(const v1::StatementLine& line, RoleSums& sums) {
  sums.due += line.due_minor_units();
  sums.confirmed += line.confirmed_minor_units();
  sums.released += line.released_minor_units();
  sums.spent += line.spent_minor_units();
  sums.refunded += line.refunded_minor_units();
  sums.gap += line.gap_minor_units();
  sums.over_match += line.over_match_minor_units();
}

// One figure of the year, beside what was published.
struct Figure {
  const char* name;
  std::string title;
  bool money;
  int64_t ledger;
  std::optional<int64_t> published;
};

std::vector<Figure> FiguresOf(const YearReport& report, const Words& words) {
  const Published none;
  const Published& published = report.published.has_value() ? *report.published : none;
  return {
      {"projects", words.Choose("projects", "proyectos"), false, report.projects, published.projects},
      {"clubs", words.Choose("clubs", "clubes"), false, report.clubs, published.clubs},
      {"municipalities", words.Choose("municipalities", "municipios"), false, report.municipalities, published.municipalities},
      {"states", words.Choose("states", "estados"), false, report.states, published.states},
      {"localities", words.Choose("localities", "localidades"), false, report.localities, std::nullopt},
      {"federal_due", words.Choose("federal part due", "parte federal"), true, report.federal_due, published.federal_budget},
      {"federal_pools", words.Choose("federal pools", "bolsas federales"), true, report.federal_pools, published.federal_budget},
      {"total_due", words.Choose("total investment due", "inversión total"), true, report.total.due, published.total_investment},
  };
}

// The measures of a role, in the order in which they are shown.
struct RoleMeasure {
  const char* name;
  int64_t RoleSums::*amount;
};

constexpr RoleMeasure kRoleMeasures[] = {
    {"due", &RoleSums::due},
    {"confirmed", &RoleSums::confirmed},
    {"released", &RoleSums::released},
    {"spent", &RoleSums::spent},
    {"refunded", &RoleSums::refunded},
    {"gap", &RoleSums::gap},
    {"over_match", &RoleSums::over_match},
};

struct PoolMeasure {
  const char* name;
  int64_t (v1::Pool::*amount)() const;
};

constexpr PoolMeasure kPoolMeasures[] = {
    {"budget", &v1::Pool::budget_minor_units},
    {"committed", &v1::Pool::committed_minor_units},
    {"released", &v1::Pool::released_minor_units},
    {"free", &v1::Pool::free_minor_units},
};

Document::Section FiguresSection(const YearReport& report, const ReaderLocale& locale, const Words& words) {
  Document::Section section{.heading = words.Choose("Figures", "Cifras"),
                            .columns = {{words.Choose("figure", "cifra")}, {words.Choose("ledger", "libro"), true}},
                            .rows = {}};
  if (report.published.has_value()) {
    section.columns.push_back({words.Choose("published", "publicado"), true});
    section.columns.push_back({words.Choose("difference", "diferencia"), true});
  }
  for (const Figure& figure : FiguresOf(report, words)) {
    const auto text = [&](int64_t value) {
      return figure.money ? locale.Amount(value, report.program.currency_code()) : locale.Count(value);
    };
    std::vector<std::string> cells = {figure.title, text(figure.ledger)};
    if (report.published.has_value()) {
      cells.push_back(figure.published.has_value() ? text(*figure.published) : "");
      cells.push_back(figure.published.has_value() ? text(figure.ledger - *figure.published) : "");
    }
    section.rows.push_back({std::move(cells)});
  }
  return section;
}

Document::Section RolesSection(const YearReport& report, const ReaderLocale& locale, const Words& words) {
  Document::Section section{.heading = words.Choose("Roles", "Papeles"),
                            .columns = {{words("role")},
                                        {words("due"), true},
                                        {words("confirmed"), true},
                                        {words("released"), true},
                                        {words("spent"), true},
                                        {words("refunded"), true},
                                        {words("gap"), true},
                                        {words("over-match"), true}},
                            .rows = {}};
  const auto add = [&](const std::string& title, const RoleSums& sums, Row::Kind kind) {
    std::vector<std::string> cells = {title};
    for (const RoleMeasure& measure : kRoleMeasures) {
      cells.push_back(locale.Amount(sums.*measure.amount, report.program.currency_code()));
    }
    section.rows.push_back({std::move(cells), kind});
  };
  for (const RoleSums& sums : report.roles) add(RoleText(sums.role, words), sums, Row::Kind::kPlain);
  add(words("total"), report.total, Row::Kind::kTotal);
  return section;
}

}  // namespace

absl::StatusOr<Published> ParsePublished(const std::string& csv, const std::string& row, const std::string& currency_code,
                                         const Words& words) {
  const absl::StatusOr<std::vector<std::vector<std::string>>> rows = ParseCsv(csv);
  if (!rows.ok() || rows->empty()) {
    return WrongFile(words.Choose("is no CSV file with a header and rows", "no es un archivo CSV con encabezado y renglones"));
  }
  const std::vector<std::string>& header = rows->front();
  const auto found = std::find_if(rows->begin() + 1, rows->end(), [&](const auto& cells) { return cells.front() == row; });
  if (found == rows->end()) {
    return WrongFile(words(words.Choose("has no row {row}", "no tiene el renglón {row}"), {{"row", Printable(row)}}));
  }
  Published published;
  for (std::size_t i = 0; i < header.size() && i < found->size(); ++i) {
    const std::string& cell = (*found)[i];
    if (cell.empty()) continue;
    const auto wrong = [&](const std::string& what) { return WrongFile(absl::StrCat(Printable(header[i]), ": ", what)); };
    const std::pair<const char*, std::optional<int64_t> Published::*> counts[] = {{"projects", &Published::projects},
                                                                                  {"municipalities", &Published::municipalities},
                                                                                  {"states", &Published::states},
                                                                                  {"clubs", &Published::clubs}};
    for (const auto& [name, field] : counts) {
      if (header[i] != name) continue;
      published.*field = ParseCount(cell);
      if (!(published.*field).has_value()) {
        return wrong(words(words.Choose("\"{text}\" is no count", "\"{text}\" no es una cantidad"), {{"text", Printable(cell)}}));
      }
    }
    const std::pair<const char*, std::optional<int64_t> Published::*> amounts[] = {
        {"federal_budget_", &Published::federal_budget}, {"total_investment_", &Published::total_investment}};
    for (const auto& [prefix, field] : amounts) {
      constexpr std::string_view kSuffix = "_millions";
      const std::string_view name = header[i];
      if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) continue;
      const std::string_view begin(prefix);
      const std::string currency =
          name.size() < begin.size() + kSuffix.size()
              ? ""
              : absl::AsciiStrToUpper(header[i].substr(begin.size(), name.size() - begin.size() - kSuffix.size()));
      if (currency != currency_code) {
        return wrong(
            words("the currency here is {currency}, not {given}", {{"currency", currency_code}, {"given", Printable(currency)}}));
      }
      const std::string units = InUnits(cell);
      const absl::StatusOr<int64_t> minor_units =
          units.empty() ? absl::InvalidArgumentError(words(words.Choose("\"{text}\" is no amount in millions, like 704.21",
                                                                        "\"{text}\" no es un importe en millones, como 704.21"),
                                                           {{"text", Printable(cell)}}))
                        : ToMinorUnits(units, currency, words);
      if (!minor_units.ok()) return wrong(std::string(minor_units.status().message()));
      published.*field = *minor_units;
    }
    if (header[i] == "note") published.note = cell;
  }
  return published;
}

void AddUp(const std::vector<std::string>& federal, YearReport& report) {
  std::set<std::string> projects, clubs, municipalities, states, localities, not_approved, cancelled;
  std::map<std::string, std::size_t> index_of_role;
  for (const v1::StatementLine& line : report.lines.lines()) {
    const Standing standing = StandingOf(line.project_state());
    if (standing != Standing::kStanding) {
      (standing == Standing::kCancelled ? cancelled : not_approved).insert(line.project());
      continue;
    }
    projects.insert(line.project());
    localities.insert(line.locality_code());
    if (line.organization_kind() == v1::CLUB) clubs.insert(line.organization());
    if (line.organization_kind() == v1::MUNICIPAL_GOVERNMENT) municipalities.insert(line.organization());
    if (line.organization_kind() == v1::STATE_GOVERNMENT) states.insert(line.organization());
    if (line.organization_kind() == v1::FEDERAL_GOVERNMENT) report.federal_due += line.due_minor_units();
    const auto [at, is_new] = index_of_role.try_emplace(line.role(), report.roles.size());
    if (is_new) report.roles.push_back({.role = line.role()});
    Add(line, report.roles[at->second]);
    Add(line, report.total);
  }
  const auto count = [](const std::set<std::string>& names) { return static_cast<int64_t>(names.size()); };
  report.projects = count(projects);
  report.clubs = count(clubs);
  report.municipalities = count(municipalities);
  report.states = count(states);
  report.localities = count(localities);
  report.not_approved = count(not_approved);
  report.cancelled = count(cancelled);
  for (const v1::Pool& pool : report.pools) {
    if (std::find(federal.begin(), federal.end(), pool.funder()) != federal.end())
      report.federal_pools += pool.budget_minor_units();
  }
}

absl::StatusOr<YearReport> ReadYear(const YearQuery& query, const Client& client, const Words& words) {
  YearReport report;
  report.fiscal_year = query.fiscal_year;
  std::string published;
  if (!query.published_file.empty()) {
    ORIUNDO_ASSIGN_OR_RETURN(published, ReadFile(query.published_file, words));
  }
  v1::ListStatementLinesRequest request;
  request.set_subject(query.program);
  request.set_fiscal_year(query.fiscal_year);
  *request.mutable_known_at() = query.known_at;
  request.set_effective_through(query.effective_through);
  ORIUNDO_ASSIGN_OR_RETURN(report.lines, ReadLines(client, request));
  const int64_t sequence = report.lines.sequence();
  ORIUNDO_ASSIGN_OR_RETURN(report.program,
                           (Get<v1::Program, v1::GetProgramRequest>(client, "GetProgram", query.program, sequence)));
  ORIUNDO_ASSIGN_OR_RETURN(std::vector<v1::Pool> pools, ReadPools(client, query.program, sequence));
  std::vector<std::string> federal;
  for (v1::Pool& pool : pools) {
    if (pool.fiscal_year() != query.fiscal_year) continue;
    ORIUNDO_ASSIGN_OR_RETURN(const auto funder, (Get<v1::Organization, v1::GetOrganizationRequest>(client, "GetOrganization",
                                                                                                   pool.funder(), sequence)));
    if (funder.kind() == v1::FEDERAL_GOVERNMENT) federal.push_back(funder.name());
    report.pools.push_back(std::move(pool));
  }
  if (!query.published_file.empty()) {
    const std::string row = query.published_row.empty() ? absl::StrCat(query.fiscal_year) : query.published_row;
    ORIUNDO_ASSIGN_OR_RETURN(report.published, ParsePublished(published, row, report.program.currency_code(), words));
  }
  AddUp(federal, report);
  return report;
}

Document DocumentOf(const YearReport& report, const ReaderLocale& locale, const Words& words) {
  Document document;
  const std::string id = ShortName(report.program.name());
  document.title =
      words(words.Choose("{program}, fiscal year {year}", "{program}, ejercicio {year}"),
            {{"program", report.program.display_name().empty() ? id : absl::StrCat(report.program.display_name(), " (", id, ")")},
             {"year", absl::StrCat(report.fiscal_year)}});
  document.facts.emplace_back(words.Choose("Amounts in", "Importes en"), report.program.currency_code());
  document.facts.push_back(MomentFact(report.lines, locale, words));
  if (!report.lines.effective_through().empty()) {
    document.facts.emplace_back(words.Choose("Money that counts through", "Dinero que cuenta hasta el"),
                                locale.Date(report.lines.effective_through()));
  }
  document.sections.push_back(FiguresSection(report, locale, words));
  if (!report.roles.empty()) document.sections.push_back(RolesSection(report, locale, words));
  if (!report.pools.empty()) document.sections.push_back(PoolSection(report.pools, locale, words));

  const auto add = [&](const char* english, const char* spanish, const std::map<std::string, std::string>& values = {}) {
    document.notes.push_back(words(words.Choose(english, spanish), values));
  };
  document.notes_heading = words.Choose("Notes", "Notas");
  add("Counted are projects that were approved and not cancelled. Besides them the year has {pending} not approved and "
      "{cancelled} cancelled.",
      "Se cuentan los proyectos aprobados y no cancelados. Además el ejercicio tiene {pending} sin aprobar y {cancelled} "
      "cancelados.",
      {{"pending", locale.Count(report.not_approved)}, {"cancelled", locale.Count(report.cancelled)}});
  add("Clubs, municipalities and states are different organisations of that kind that are parties of a counted project; "
      "localities are different locality codes.",
      "Clubes, municipios y estados son organizaciones distintas de esa clase que son parte de un proyecto contado; "
      "localidades son claves de localidad distintas.");
  add("The federal part is what federal governments are due in the counted projects; federal pools are the budgets of their "
      "pools of the year.",
      "La parte federal es lo que toca a los gobiernos federales en los proyectos contados; las bolsas federales son los "
      "presupuestos de sus bolsas del ejercicio.");
  if (!report.pools.empty()) document.notes.push_back(PoolNote(words));
  add("What went back at a year's end counts as not given: it is neither confirmed nor refunded.",
      "Lo reintegrado al fin de un ejercicio cuenta como no aportado: no está confirmado ni reintegrado.");
  if (report.published.has_value()) {
    add("Difference: ledger less published, to the unit; nothing is corrected. An amount published in hundredths of a million "
        "may be half a hundredth away from the exact one.",
        "Diferencia: libro menos publicado, a la unidad; nada se corrige. Un importe publicado en centésimas de millón puede "
        "estar a media centésima del exacto.");
    if (!report.published->note.empty()) {
      add("The publisher remarks: {note}", "Observación de la fuente: {note}", {{"note", report.published->note}});
    }
  }
  return document;
}

std::string CsvOf(const YearReport& report) {
  const std::string& currency = report.program.currency_code();
  std::string csv = CsvLine({"section", "name", "measure", "currency_code", "ledger", "ledger_decimal", "published",
                             "published_decimal", "difference", "difference_decimal", "sequence"});
  const auto add = [&](const char* section, const std::string& name, const char* measure, bool money, int64_t ledger,
                       std::optional<int64_t> published) {
    const auto decimal = [&](int64_t value) { return money ? PlainAmount(value, currency) : absl::StrCat(value); };
    csv += CsvLine({section, name, measure, money ? currency : "", absl::StrCat(ledger), decimal(ledger),
                    published.has_value() ? absl::StrCat(*published) : "", published.has_value() ? decimal(*published) : "",
                    published.has_value() ? absl::StrCat(ledger - *published) : "",
                    published.has_value() ? decimal(ledger - *published) : "", absl::StrCat(report.lines.sequence())});
  };
  for (const Figure& figure : FiguresOf(report, Words()))
    add("figure", "", figure.name, figure.money, figure.ledger, figure.published);
  add("figure", "", "projects_not_approved", false, report.not_approved, std::nullopt);
  add("figure", "", "projects_cancelled", false, report.cancelled, std::nullopt);
  for (const RoleSums& sums : report.roles) {
    for (const RoleMeasure& measure : kRoleMeasures)
      add("role", sums.role, measure.name, true, sums.*measure.amount, std::nullopt);
  }
  for (const RoleMeasure& measure : kRoleMeasures)
    add("total", "", measure.name, true, report.total.*measure.amount, std::nullopt);
  for (const v1::Pool& pool : report.pools) {
    for (const PoolMeasure& measure : kPoolMeasures) {
      add("pool", ShortName(pool.name()), measure.name, true, (pool.*measure.amount)(), std::nullopt);
    }
  }
  return csv;
}

std::string JsonOf(const YearReport& report) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["program"] = report.program.name();
  json["fiscal_year"] = report.fiscal_year;
  json["currency_code"] = report.program.currency_code();
  json["sequence"] = absl::StrCat(report.lines.sequence());
  json["commit_time"] = google::protobuf::util::TimeUtil::ToString(report.lines.commit_time());
  for (const Figure& figure : FiguresOf(report, Words())) {
    const std::string suffix = figure.money ? "_minor_units" : "";
    Json& entry = json["figures"][figure.name];
    entry["ledger" + suffix] = absl::StrCat(figure.ledger);
    if (!figure.published.has_value()) continue;
    entry["published" + suffix] = absl::StrCat(*figure.published);
    entry["difference" + suffix] = absl::StrCat(figure.ledger - *figure.published);
  }
  json["projects_not_approved"] = absl::StrCat(report.not_approved);
  json["projects_cancelled"] = absl::StrCat(report.cancelled);
  const auto sums_of = [](const RoleSums& sums) {
    Json entry;
    for (const RoleMeasure& measure : kRoleMeasures) {
      entry[std::string(measure.name) + "_minor_units"] = absl::StrCat(sums.*measure.amount);
    }
    return entry;
  };
  json["roles"] = Json::object();
  for (const RoleSums& sums : report.roles) json["roles"][sums.role] = sums_of(sums);
  json["total"] = sums_of(report.total);
  json["pools"] = Json::object();
  for (const v1::Pool& pool : report.pools) {
    for (const PoolMeasure& measure : kPoolMeasures) {
      json["pools"][pool.name()][std::string(measure.name) + "_minor_units"] = absl::StrCat((pool.*measure.amount)());
    }
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace oriundo
