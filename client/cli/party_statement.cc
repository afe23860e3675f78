#include "client/cli/party_statement.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/cli/csv_text.h"
#include "client/cli/enum_words.h"
#include "client/cli/names.h"
#include "client/cli/render.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using Line = v1::StatementLine;
using Row = Document::Row;

// Rows asked for at a time: the most the server gives.
constexpr int kPageSize = 1'000;

// What a total adds up.
struct Sums {
  std::set<std::string> projects;
  int64_t due = 0;
  int64_t confirmed = 0;
  int64_t spent = 0;
  int64_t refunded = 0;
  int64_t gap = 0;
  int64_t own_late = 0;
  int64_t waiting = 0;
  int64_t held = 0;
  int64_t over_match = 0;

  void Add(const Line& line) {
    projects.insert(line.project());
    due += line.due_minor_units();
    confirmed += line.confirmed_minor_units();
    spent += line.spent_minor_units();
    refunded += line.refunded_minor_units();
    gap += line.gap_minor_units();
    own_late += line.own_late_minor_units();
    waiting += line.late_minor_units() - line.own_late_minor_units();
    held += line.held_minor_units();
    over_match += line.over_match_minor_units();
  }
};

// One measure of a line as a script reads it.
struct Measure {
  const char* name;
  int64_t (*amount)(const Line&);
};

constexpr Measure kMeasures[] = {
    {"project_total", [](const Line& l) { return l.project_total_minor_units(); }},
    {"due", [](const Line& l) { return l.due_minor_units(); }},
    {"pledged", [](const Line& l) { return l.pledged_minor_units(); }},
    {"declared", [](const Line& l) { return l.declared_minor_units(); }},
    {"verified", [](const Line& l) { return l.verified_minor_units(); }},
    {"committed", [](const Line& l) { return l.committed_minor_units(); }},
    {"proposed", [](const Line& l) { return l.proposed_minor_units(); }},
    {"released", [](const Line& l) { return l.released_minor_units(); }},
    {"received", [](const Line& l) { return l.received_minor_units(); }},
    {"confirmed", [](const Line& l) { return l.confirmed_minor_units(); }},
    {"spent", [](const Line& l) { return l.spent_minor_units(); }},
    {"refunded", [](const Line& l) { return l.refunded_minor_units(); }},
    {"left", [](const Line& l) { return l.left_minor_units(); }},
    {"over_match", [](const Line& l) { return l.over_match_minor_units(); }},
    {"gap", [](const Line& l) { return l.gap_minor_units(); }},
    {"late", [](const Line& l) { return l.late_minor_units(); }},
    {"own_late", [](const Line& l) { return l.own_late_minor_units(); }},
    {"waiting", [](const Line& l) { return l.late_minor_units() - l.own_late_minor_units(); }},
    {"held", [](const Line& l) { return l.held_minor_units(); }},
};

// Those that came later: behind all else, so that the columns of a file that a script knows stay where they are.
constexpr Measure kLaterMeasures[] = {
    {"in_kind", [](const Line& l) { return l.in_kind_minor_units(); }},
    {"in_kind_counted", [](const Line& l) { return l.in_kind_counted_minor_units(); }},
    {"savings", [](const Line& l) { return l.savings_minor_units(); }},
    {"year_end_return", [](const Line& l) { return l.year_end_return_minor_units(); }},
};

// And later still, behind what goes back at the end of the year.
constexpr Measure kLastMeasures[] = {
    {"equalised", [](const Line& l) { return l.equalised_minor_units(); }},
    {"year_end_returned", [](const Line& l) { return l.year_end_returned_minor_units(); }},
};

template <typename Resource, typename Request>
absl::StatusOr<Resource> Get(const Client& client, const char* method, const std::string& name, const v1::KnownAt& known_at) {
  Request request;
  request.set_name(name);
  *request.mutable_known_at() = known_at;
  const auto& get = *request.GetDescriptor()->file()->service(0)->FindMethodByName(method);
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> response, client.Call(get, request));
  return dynamic_cast<const Resource&>(*response);
}

// The scope in which an organisation of this kind has its statement; nullopt where it can be no party.
std::optional<StatementScope> ScopeOf(v1::OrganizationKind kind) {
  switch (kind) {
    case v1::CLUB:
      return StatementScope::kClub;
    case v1::FEDERATION:
    case v1::CONFEDERATION:
      return StatementScope::kFederation;
    case v1::MUNICIPAL_GOVERNMENT:
      return StatementScope::kMunicipality;
    case v1::FEDERAL_GOVERNMENT:
    case v1::STATE_GOVERNMENT:
    case v1::PROGRAM_OFFICE:
    case v1::PRIVATE_PARTNER:
    case v1::MULTILATERAL_PARTNER:
      return StatementScope::kFunder;
    default:
      return std::nullopt;
  }
}

const char* Verb(StatementScope scope) {
  switch (scope) {
    case StatementScope::kProject:
      return "project";
    case StatementScope::kClub:
      return "club";
    case StatementScope::kFederation:
      return "federation";
    case StatementScope::kMunicipality:
      return "municipality";
    case StatementScope::kProgram:
      return "program";
    case StatementScope::kFunder:
      return "funder";
    case StatementScope::kYear:
      return "year";
  }
  return "";
}

bool IsOrganization(StatementScope scope) {
  return scope == StatementScope::kClub || scope == StatementScope::kFederation || scope == StatementScope::kMunicipality ||
         scope == StatementScope::kFunder;
}

// The organisation asked for is of a kind that the command is about; a town is a funder too.
absl::Status CheckKind(StatementScope scope, const v1::Organization& organization, const Words& words) {
  const std::optional<StatementScope> right = ScopeOf(organization.kind());
  const bool town_as_funder = scope == StatementScope::kFunder && right == StatementScope::kMunicipality;
  if (right == scope || town_as_funder) return absl::OkStatus();
  const std::string id = ShortName(organization.name());
  const auto* value = v1::OrganizationKind_descriptor()->FindValueByNumber(organization.kind());
  const std::string kind = value == nullptr ? absl::StrCat(static_cast<int>(organization.kind())) : EnumText(*value, words);
  if (!right.has_value()) {
    return absl::InvalidArgumentError(words(words.Choose("{id} is of kind {kind}, which pays no share of a project",
                                                         "{id} es de la clase {kind}, que no aporta a proyectos"),
                                            {{"id", id}, {"kind", kind}}));
  }
  return absl::InvalidArgumentError(
      words(words.Choose("{id} is of kind {kind}; its statement is: oriundo statement {verb} {id}",
                         "{id} es de la clase {kind}; su estado de cuenta es: oriundo statement {verb} {id}"),
            {{"id", id}, {"kind", kind}, {"verb", Verb(*right)}}));
}

std::string TitleOf(const PartyStatement& statement, const Words& words) {
  const char* title = "";
  switch (statement.scope) {
    case StatementScope::kProject:
      title = words.Choose("Statement of project {name}", "Estado de cuenta del proyecto {name}");
      break;
    case StatementScope::kClub:
      title = words.Choose("Statement of club {name}", "Estado de cuenta del club {name}");
      break;
    case StatementScope::kFederation:
      title = words.Choose("Statement of the clubs of {name}", "Estado de cuenta de los clubes de {name}");
      break;
    case StatementScope::kMunicipality:
      title = words.Choose("Statement of municipality {name}", "Estado de cuenta del municipio {name}");
      break;
    case StatementScope::kProgram:
      title = words.Choose("Statement of programme {name}", "Estado de cuenta del programa {name}");
      break;
    case StatementScope::kFunder:
      title = words.Choose("Statement of funder {name}", "Estado de cuenta del aportante {name}");
      break;
    case StatementScope::kYear:
      title = words.Choose("Statement of fiscal year {name}", "Estado de cuenta del ejercicio {name}");
      break;
  }
  const std::string id = ShortName(statement.subject);
  const std::string name = statement.display_name.empty() ? id : absl::StrCat(statement.display_name, " (", id, ")");
  return words(title, {{"name", name}});
}

// Amounts with their currency where there are several, else without.
class Amounts {
 public:
  Amounts(const v1::ListStatementLinesResponse& lines, const ReaderLocale& locale) : locale_(locale) {
    for (const Line& line : lines.lines()) currencies_.insert(line.currency_code());
  }

  std::string operator()(int64_t minor_units, const std::string& currency) const {
    const std::string amount = locale_.Amount(minor_units, currency);
    return currencies_.size() > 1 ? absl::StrCat(amount, " ", currency) : amount;
  }
  const std::set<std::string>& currencies() const { return currencies_; }

 private:
  const ReaderLocale& locale_;
  std::set<std::string> currencies_;
};

Row TotalRow(const std::string& title, const Sums& sums, const std::string& currency, const Amounts& amounts,
             const ReaderLocale& locale, Row::Kind kind) {
  return {{title, locale.Count(static_cast<int64_t>(sums.projects.size())), amounts(sums.due, currency),
           amounts(sums.confirmed, currency), amounts(sums.spent, currency), amounts(sums.refunded, currency),
           amounts(sums.spent + sums.refunded, currency),
           amounts(sums.gap, currency), amounts(sums.own_late, currency), amounts(sums.waiting, currency),
           sums.held == 0 ? "" : amounts(sums.held, currency), amounts(sums.over_match, currency)},
          kind};
}

Document::Section TotalsSection(const PartyStatement& statement, const Amounts& amounts, const ReaderLocale& locale,
                                const Words& words) {
  Document::Section section{.heading = words.Choose("Totals", "Totales"),
                            .columns = {{words("role")},
                                        {words.Choose("projects", "proyectos"), true},
                                        {words("due"), true},
                                        {words.Choose("in", "entró"), true},
                                        {words("spent"), true, true},
                                        {words("refunded"), true, true},
                                        {words.Choose("out", "salió"), true},
                                        {words("gap"), true},
                                        {words.Choose("late itself", "demora propia"), true},
                                        {words.Choose("waits", "espera"), true},
                                        {words.Choose("held", "detenido"), true},
                                        {words("over-match"), true}},
                            .rows = {}};
  // By currency, standing and role; within a currency, roles come as the lines first name them.
  for (const std::string& currency : amounts.currencies()) {
    std::vector<std::string> roles;
    std::map<std::string, Sums> by_role;
    std::map<Standing, Sums> by_standing;
    for (const Line& line : statement.lines.lines()) {
      if (line.currency_code() != currency) continue;
      const Standing standing = StandingOf(line.project_state());
      by_standing[standing].Add(line);
      if (standing != Standing::kStanding) continue;
      if (!by_role.contains(line.role())) roles.push_back(line.role());
      by_role[line.role()].Add(line);
    }
    for (const std::string& role : roles) {
      section.rows.push_back(TotalRow(RoleText(role, words), by_role[role], currency, amounts, locale, Row::Kind::kPlain));
    }
    section.rows.push_back(
        TotalRow(words("total"), by_standing[Standing::kStanding], currency, amounts, locale, Row::Kind::kTotal));
    for (const auto& [standing, title] : {std::pair(Standing::kNotApproved, words.Choose("not approved", "sin aprobar")),
                                          std::pair(Standing::kCancelled, words.Choose("cancelled", "cancelados"))}) {
      if (!by_standing.contains(standing)) continue;
      section.rows.push_back(TotalRow(title, by_standing[standing], currency, amounts, locale, Row::Kind::kPlain));
    }
  }
  return section;
}

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& names, const std::string& separator) {
  std::vector<std::string> ids;
  for (const std::string& name : names) ids.push_back(ShortName(name));
  return absl::StrJoin(ids, separator);
}

// The project as a heading over its parties.
std::string ProjectHeading(const Line& line, const Amounts& amounts, const Words& words) {
  return words(words.Choose("{project}{title} | {state} | {place} | budget {amount}",
                            "{project}{title} | {state} | {place} | presupuesto {amount}"),
               {{"project", ShortName(line.project())},
                {"title", line.title().empty() ? "" : ": " + line.title()},
                {"state", StateWord(line.project_state(), words)},
                {"place", line.locality_code()},
                {"amount", amounts(line.project_total_minor_units(), line.currency_code())}});
}

// Days of a delay that is told; empty where nobody is late.
std::string DaysOf(const Line& line, const ReaderLocale& locale) {
  return line.has_late_days() ? locale.Count(line.late_days()) : "";
}

// Several parties a project: each project is a heading over their rows. One party: a row is a project.
Document::Section LinesSection(const PartyStatement& statement, const Amounts& amounts, const ReaderLocale& locale,
                               const Words& words) {
  const bool one_party = IsOrganization(statement.scope) && statement.scope != StatementScope::kFederation;
  Document::Section section{.heading = words.Choose("Lines", "Renglones"), .columns = {}, .rows = {}};
  if (one_party) {
    section.columns = {{words.Choose("project", "proyecto")},
                       {words.Choose("title", "obra"), false, true},
                       {words.Choose("state", "estado"), false, true},
                       {words.Choose("place", "localidad"), false, true},
                       {words.Choose("budget", "presupuesto"), true}};
  } else {
    section.columns = {{words("party")}, {words.Choose("name", "nombre"), false, true}, {words("role"), false, true}};
  }
  const Document::Column measures[] = {{words("due"), true},
                                       {words.Choose("in", "entró"), true},
                                       {words.Choose("out", "salió"), true},
                                       {words("gap"), true},
                                       {words.Choose("late itself", "demora propia"), true, true},
                                       {words.Choose("waits", "espera"), true, true},
                                       {words.Choose("held", "detenido"), true, true},
                                       {words.Choose("since", "desde"), false, true},
                                       {words.Choose("days", "días"), true},
                                       {words.Choose("late by", "demora de")}};
  section.columns.insert(section.columns.end(), std::begin(measures), std::end(measures));
  std::string project;
  for (const Line& line : statement.lines.lines()) {
    const std::string& currency = line.currency_code();
    // Of what came to nothing nobody owes what is missing.
    const bool owed = line.project_state() != v1::Project::CANCELLED && line.project_state() != v1::Project::REJECTED;
    std::vector<std::string> cells;
    if (one_party) {
      cells = {ShortName(line.project()), line.title(), StateWord(line.project_state(), words), line.locality_code(),
               amounts(line.project_total_minor_units(), currency)};
    } else {
      if (line.project() != project) section.rows.push_back({{ProjectHeading(line, amounts, words)}, Row::Kind::kGroup});
      project = line.project();
      cells = {ShortName(line.organization()), line.display_name(), RoleText(line.role(), words)};
    }
    cells.insert(
        cells.end(),
        {amounts(line.due_minor_units(), currency), amounts(line.confirmed_minor_units(), currency),
         amounts(line.spent_minor_units() + line.refunded_minor_units(), currency),
         owed ? amounts(line.gap_minor_units(), currency) : "",
         line.own_late_minor_units() == 0 ? "" : amounts(line.own_late_minor_units(), currency),
         line.late_minor_units() == line.own_late_minor_units()
             ? ""
             : amounts(line.late_minor_units() - line.own_late_minor_units(), currency),
         line.held_minor_units() == 0 ? "" : amounts(line.held_minor_units(), currency),
         line.late_since().empty() ? "" : locale.Date(line.late_since()), DaysOf(line, locale), Joined(line.late_by(), ", ")});
    section.rows.push_back({std::move(cells)});
  }
  return section;
}

// What was given in kind, what was saved, what goes back and went back at the ends of years and what one funder's money covered of
// another's (in = spent + refunded + equalised + left), of the lines that have any; with totals by currency where there are several.
Document::Section BesidesSection(const PartyStatement& statement, const Amounts& amounts, const ReaderLocale& locale,
                                 const Words& words) {
  Document::Section section{.heading = words.Choose("In kind, savings, what goes back at the year's end and what funders stood in for",
                                                    "Especie, ahorros, lo que se reintegra al fin del ejercicio y lo compensado"),
                            .columns = {{words.Choose("project", "proyecto")},
                                        {words("party")},
                                        {words("given in kind"), true},
                                        {words("of that counted"), true},
                                        {words("saved"), true},
                                        {words.Choose("to return", "por reintegrar"), true},
                                        {words.Choose("by", "a más tardar")},
                                        {words.Choose("days late", "días de demora"), true},
                                        {words("equalised"), true},
                                        {words.Choose("went back", "reintegrado antes"), true}},
                            .rows = {}};
  struct Sum {
    int lines = 0;
    std::array<int64_t, std::size(kLaterMeasures)> later = {};
    std::array<int64_t, std::size(kLastMeasures)> last = {};
  };
  std::map<std::string, Sum> sums;
  for (const Line& line : statement.lines.lines()) {
    const std::string& currency = line.currency_code();
    std::vector<std::string> cells = {ShortName(line.project()), ShortName(line.organization())};
    bool any = false;
    const auto add = [&](int64_t amount) { cells.push_back(amount == 0 ? "" : amounts(amount, currency)); };
    for (const Measure& measure : kLaterMeasures) {
      any |= measure.amount(line) != 0;
      add(measure.amount(line));
    }
    for (const Measure& measure : kLastMeasures) any |= measure.amount(line) != 0;
    if (!any) continue;
    Sum& sum = sums[currency];
    ++sum.lines;
    for (std::size_t i = 0; i < sum.later.size(); ++i) sum.later[i] += kLaterMeasures[i].amount(line);
    for (std::size_t i = 0; i < sum.last.size(); ++i) sum.last[i] += kLastMeasures[i].amount(line);
    cells.push_back(line.year_end_return_due_date().empty() ? "" : locale.Date(line.year_end_return_due_date()));
    const bool late = line.has_year_end_return_late_days() && line.year_end_return_late_days() > 0;
    cells.push_back(late ? locale.Count(line.year_end_return_late_days()) : "");
    for (const Measure& measure : kLastMeasures) add(measure.amount(line));
    section.rows.push_back({std::move(cells)});
  }
  for (const auto& [currency, sum] : sums) {
    if (sum.lines < 2) continue;
    std::vector<std::string> cells = {words("total"), ""};
    for (const int64_t amount : sum.later) cells.push_back(amount == 0 ? "" : amounts(amount, currency));
    cells.insert(cells.end(), {"", ""});
    for (const int64_t amount : sum.last) cells.push_back(amount == 0 ? "" : amounts(amount, currency));
    section.rows.push_back({std::move(cells), Row::Kind::kTotal});
  }
  return section;
}

// Whose delay it is, over all lines: how many lines wait for an organisation, and since when the oldest.
Document::Section DelaySection(const PartyStatement& statement, const ReaderLocale& locale, const Words& words) {
  struct Delay {
    int64_t lines = 0;
    std::string since;
    int64_t days = 0;
  };
  std::map<std::string, Delay> delays;
  std::set<std::string> own;
  for (const Line& line : statement.lines.lines()) {
    if (line.late_by().empty()) continue;
    for (const std::string& organization : line.late_by()) ++delays[organization].lines;
    // The age of a line is that of the first it names.
    Delay& first = delays[line.late_by(0)];
    own.insert(line.late_by(0));
    if (first.since.empty() || line.late_since() < first.since) {
      first.since = line.late_since();
      first.days = line.late_days();
    }
  }
  Document::Section section{.heading = words.Choose("Late by whom", "De quién es la demora"),
                            .columns = {{words.Choose("organisation", "organización")},
                                        {words.Choose("name", "nombre")},
                                        {words.Choose("lines that wait", "renglones que esperan"), true},
                                        {words.Choose("oldest since", "la más antigua desde")},
                                        {words.Choose("days", "días"), true}},
                            .rows = {}};
  // Who is named first nowhere has its own delay on lines that are not here: then since when the lines that wait for it are late.
  for (const Line& line : statement.lines.lines()) {
    for (const std::string& organization : line.late_by()) {
      Delay& delay = delays[organization];
      if (own.contains(organization) || (!delay.since.empty() && delay.since <= line.late_since())) continue;
      delay.since = line.late_since();
      delay.days = line.late_days();
    }
  }
  for (const auto& [organization, delay] : delays) {
    const auto name = statement.names.find(organization);
    section.rows.push_back(
        {{ShortName(organization), name == statement.names.end() ? "" : name->second, locale.Count(delay.lines),
          delay.since.empty() ? "" : locale.Date(delay.since), delay.since.empty() ? "" : locale.Count(delay.days)}});
  }
  return section;
}

// What holds the tranche up, in words.
std::string TrancheHoldText(v1::Hold::Kind kind, const Words& words) {
  switch (kind) {
    case v1::Hold::WORK_NOT_VERIFIED:
      return words.Choose("tranche waits for verified work", "ministración que espera obra verificada");
    case v1::Hold::OUTSIDE_WINDOW:
      return words.Choose("tranche outside its days", "ministración fuera de sus fechas");
    default:
      return words.Choose("tranche waits for accounts", "ministración que espera comprobación");
  }
}

// What holds money up and is nobody's delay: who is frozen, which project suspended or which tranche not to be sent yet, since when, by
// whom, and how much waits for it.
Document::Section HoldSection(const PartyStatement& statement, const Amounts& amounts, const ReaderLocale& locale,
    const Words& words) {
  struct Held {
    v1::Hold hold;
    std::map<std::string, int64_t> by_currency;
    int64_t lines = 0;
  };
  // By the organisation, for a suspension by the project, otherwise by the tranche.
  std::map<std::pair<int, std::string>, Held> all;
  for (const Line& line : statement.lines.lines()) {
    for (const v1::Hold& hold : line.holds()) {
      const bool suspended = hold.kind() == v1::Hold::PROJECT_SUSPENDED;
      Held& held = all[{hold.kind(), suspended ? line.project() : hold.tranche().empty() ? hold.organization() : hold.tranche()}];
      held.hold = hold;
      held.by_currency[line.currency_code()] += line.held_minor_units();
      ++held.lines;
    }
  }
  Document::Section section{.heading = words.Choose("Held up, and nobody's delay", "Detenido, sin demora de nadie"),
                            .columns = {{words.Choose("who", "quién")},
                                        {words.Choose("what", "qué")},
                                        {words.Choose("since", "desde")},
                                        {words.Choose("by", "por")},
                                        {words.Choose("lines held", "renglones detenidos"), true},
                                        {words.Choose("held", "detenido"), true}},
                            .rows = {}};
  for (const auto& [key, held] : all) {
    const auto* state = v1::Organization::RegistrationState_descriptor()->FindValueByNumber(held.hold.registration_state());
    const bool suspended = held.hold.kind() == v1::Hold::PROJECT_SUSPENDED;
    std::vector<std::string> sums;
    for (const auto& [currency, sum] : held.by_currency) sums.push_back(amounts(sum, currency));
    std::string what = words.Choose("project suspended", "proyecto suspendido");
    if (!held.hold.tranche().empty()) {
      what = TrancheHoldText(held.hold.kind(), words);
    } else if (!suspended && state != nullptr) {
      what = words(words.Choose("registration {state}", "toma de nota {state}"), {{"state", EnumText(*state, words)}});
    }
    section.rows.push_back({{ShortName(key.second), what, held.hold.since().empty() ? "" : locale.Date(held.hold.since()),
                             ShortName(held.hold.held_by()), locale.Count(held.lines), absl::StrJoin(sums, ", ")}});
  }
  return section;
}

// Projects in which a municipality has given a larger part of its due than the clubs of theirs, and a club is late: the sign of works
// that a town hall drew for itself (domain notes 5, F1). Needs the lines of all parties of a project.
Document::Section AheadSection(const PartyStatement& statement, const Amounts& amounts, const Words& words) {
  struct Project {
    int64_t due = 0;
    int64_t confirmed = 0;
    int64_t club_due = 0;
    int64_t club_confirmed = 0;
    int64_t club_late = 0;
    std::vector<const Line*> municipal;
  };
  std::map<std::string, Project> projects;
  for (const Line& line : statement.lines.lines()) {
    Project& project = projects[line.project()];
    project.due += line.due_minor_units();
    project.confirmed += line.confirmed_minor_units();
    if (line.club_money()) {
      project.club_due += line.due_minor_units();
      project.club_confirmed += line.confirmed_minor_units();
      project.club_late += line.late_minor_units() + line.held_minor_units();
    }
    if (line.organization_kind() == v1::MUNICIPAL_GOVERNMENT) project.municipal.push_back(&line);
  }
  Document::Section section{
      .heading = words.Choose("A municipality ahead of its club", "Un municipio por delante de su club"),
      .columns = {{words.Choose("project", "proyecto")},
                  {words.Choose("municipality", "municipio")},
                  {words.Choose("in", "entró"), true},
                  {words.Choose("share of what is in", "parte de lo que entró"), true},
                  {words.Choose("agreed share", "parte convenida"), true},
                  {words.Choose("club misses", "al club le falta"), true}},
      .rows = {}};
  for (const auto& [name, project] : projects) {
    for (const Line* line : project.municipal) {
      // Each is held against its own due, or a town would look bad because a third party is late.
      const bool ahead = static_cast<__int128>(line->confirmed_minor_units()) * project.club_due >
                         static_cast<__int128>(line->due_minor_units()) * project.club_confirmed;
      if (!ahead || project.club_late == 0) continue;
      section.rows.push_back(
          {{ShortName(name), ShortName(line->organization()), amounts(line->confirmed_minor_units(), line->currency_code()),
            PercentOf(line->confirmed_minor_units(), project.confirmed), PercentOf(line->due_minor_units(), project.due),
            amounts(project.club_late, line->currency_code())}});
    }
  }
  return section;
}

void AddNotes(const PartyStatement& statement, const ReaderLocale& locale, Document& document, const Words& words) {
  const auto add = [&](const char* english, const char* spanish, const std::map<std::string, std::string>& values = {}) {
    document.notes.push_back(words(words.Choose(english, spanish), values));
  };
  document.notes_heading = words.Choose("Notes", "Notas");
  add("In: what counts. Clubs' money counts once a third party has verified it at the bank, the other parties' once it is "
      "received on the project's account. Out: spent on the works and refunded. Bank interest is in neither, nor is what went "
      "back at a year's end: it counts as not given.",
      "Entró: lo que cuenta. El dinero de los clubes cuenta cuando un tercero lo verificó en el banco; el de las demás partes, "
      "cuando se recibió en la cuenta del proyecto. Salió: lo gastado en la obra y lo reintegrado. Los intereses del banco no "
      "están en ninguno, ni lo reintegrado al fin de un ejercicio, que cuenta como no aportado.");
  add("Gap: what is due less what came in towards it, and, once the works are done, less what of its part of the savings went back to "
      "it at a year's end; never below zero. What a party gave beyond its due is over-match; it "
      "fills nobody's gap.",
      "Faltante: lo que le toca menos lo que entró a cuenta de ello y, terminada la obra, menos lo que de su parte del ahorro se le "
      "reintegró al fin de un ejercicio; nunca menos de cero. Lo aportado de más es excedente y no "
      "cubre el faltante de nadie.");
  add("Late: a club is late with what it has not had verified, since the agreement. A government or partner is late only with "
      "what the clubs' verified money already lets it release, since the bank's value date of that money; before the "
      "authorisation the programme's office is. That is its own delay; what it cannot release because a club's money is missing "
      "waits, "
      "and is the club's delay. What is released and on its way is nobody's.",
      "Demora: un club está en demora con lo que no tiene verificado, desde el convenio. Un gobierno o socio lo está solo con "
      "lo que el dinero verificado de los clubes ya le permite liberar, desde la fecha valor de ese dinero; antes de la "
      "autorización, la demora es de la oficina del programa. Esa es su demora propia; lo que no puede liberar porque falta "
      "dinero de un club espera, y es demora del club. Lo liberado que va en camino no es de nadie.");
  add("Held: what a suspension of the project, or a frozen registration on the clubs' side, keeps from coming, and what the rule does "
      "not let a payer send yet: before enough work is verified or accounted for, or outside its days. Nobody is late with it.",
      "Detenido: lo que impide una suspensión del proyecto, o una toma de nota congelada del lado de los clubes, y lo que la regla aún no "
      "deja enviar: antes de que se verifique o compruebe lo bastante, o fuera de sus fechas. Nadie está en demora con ello.");
  add("Nobody is late within the tolerance of the rule, before the agreement, while the project is suspended, or once it is "
      "settled, "
      "closed or cancelled.",
      "Nadie está en demora dentro de la tolerancia de la regla, antes del convenio, mientras el proyecto está suspendido, ni "
      "cuando "
      "está finiquitado, cerrado o cancelado.");
  const bool in_kind = std::any_of(statement.lines.lines().begin(), statement.lines.lines().end(),
                                   [](const Line& line) { return line.in_kind_counted_minor_units() != 0; });
  if (in_kind) {
    add("What is given in kind is in what came in as far as it counts; it never goes out.",
        "Lo dado en especie está en lo que entró, hasta donde cuenta; nunca sale.");
  }
  if (!statement.lines.age_date().empty()) {
    add("Delays are counted to {day}: what is late only since a later day is not late here.",
        "Las demoras se cuentan hasta el {day}: lo que está en demora solo desde un día posterior no lo está aquí.",
        {{"day", locale.Date(statement.lines.age_date())}});
  }
  if (!statement.pools.empty()) document.notes.push_back(PoolNote(words));
  add("Totals are of approved projects; what is not approved and what is cancelled stands below them.",
      "Los totales son de proyectos aprobados; lo no aprobado y lo cancelado va debajo.");
  std::map<std::string, int64_t> waiting, on_the_way;
  for (const Line& line : statement.lines.lines()) {
    waiting[line.currency_code()] += line.declared_minor_units();
    if (!line.club_money()) {
      on_the_way[line.currency_code()] += std::max<int64_t>(0, line.released_minor_units() - line.received_minor_units());
    }
  }
  const auto tell = [&](const std::map<std::string, int64_t>& sums, const char* english, const char* spanish) {
    for (const auto& [currency, sum] : sums) {
      if (sum > 0) add(english, spanish, {{"amount", absl::StrCat(locale.Amount(sum, currency), " ", currency)}});
    }
  };
  tell(waiting, "{amount} are declared and wait for a verifier; they do not count yet.",
       "{amount} están declarados y esperan verificación; aún no cuentan.");
  tell(on_the_way, "{amount} are released and not yet confirmed as received.",
       "{amount} están liberados y aún no se confirma su recepción.");
}

}  // namespace

Standing StandingOf(v1::Project::State state) {
  switch (state) {
    case v1::Project::STATE_UNSPECIFIED:
    case v1::Project::DRAFT:
    case v1::Project::SUBMITTED:
    case v1::Project::PREVALIDATED:
    case v1::Project::REJECTED:
      return Standing::kNotApproved;
    case v1::Project::CANCELLED:
      return Standing::kCancelled;
    default:
      return Standing::kStanding;
  }
}

std::string StateWord(v1::Project::State state, const Words& words) {
  const auto* value = v1::Project::State_descriptor()->FindValueByNumber(state);
  if (value == nullptr) return absl::StrCat(static_cast<int>(state));
  if (words.language() == Language::kSpanish) return EnumText(*value, words);
  std::string word = value->name();
  for (char& c : word) c = c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

absl::StatusOr<v1::ListStatementLinesResponse> ReadLines(const Client& client, v1::ListStatementLinesRequest request) {
  const auto& list = *request.GetDescriptor()->file()->service(0)->FindMethodByName("ListStatementLines");
  request.set_page_size(kPageSize);
  v1::ListStatementLinesResponse lines;
  do {
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> page, client.Call(list, request));
    lines.clear_next_page_token();
    lines.MergeFrom(dynamic_cast<const v1::ListStatementLinesResponse&>(*page));
    request.set_page_token(lines.next_page_token());
  } while (!request.page_token().empty());
  return lines;
}

absl::StatusOr<std::vector<v1::Pool>> ReadPools(const Client& client, const std::string& program, int64_t sequence) {
  v1::ListPoolsRequest request;
  const auto& list = *request.GetDescriptor()->file()->service(0)->FindMethodByName("ListPools");
  request.set_parent(program);
  request.set_page_size(kPageSize);
  request.mutable_known_at()->set_sequence(sequence);
  std::vector<v1::Pool> pools;
  do {
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> response, client.Call(list, request));
    const auto& page = dynamic_cast<const v1::ListPoolsResponse&>(*response);
    pools.insert(pools.end(), page.pools().begin(), page.pools().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return pools;
}

absl::StatusOr<v1::ListStatementLinesRequest> StatementRequest(StatementScope scope, const FlagTexts& texts,
                                                               const std::string& today, const Words& words) {
  FlagTexts own = texts;
  if (const auto subject = own.find("subject"); subject != own.end() && !subject->second.empty()) {
    std::string& text = subject->second.front();
    if (scope == StatementScope::kYear) {
      own["fiscal-year"] = {text};
      own.erase("subject");
    } else if (scope == StatementScope::kProgram) {
      text = ExpandName("programs/{program}", text, "");
    } else if (IsOrganization(scope)) {
      text = ExpandName("organizations/{organization}", text, "");
    }
  }
  v1::ListStatementLinesRequest request;
  ORIUNDO_RETURN_IF_ERROR(Bind(FlagsOf(*request.GetDescriptor()), own, {.words = words}, request));
  // The server counts to the day through which money counts, where one is asked for.
  if (request.age_date().empty() && request.effective_through().empty()) {
    switch (request.known_at().moment_case()) {
      case v1::KnownAt::kSequence:
        break;  // The day of its entry.
      case v1::KnownAt::kCommitTime:
        request.set_age_date(absl::FormatTime("%E4Y-%m-%d", absl::FromUnixSeconds(request.known_at().commit_time().seconds()),
                                              absl::UTCTimeZone()));
        break;
      default:
        request.set_age_date(today);
    }
  }
  return request;
}

namespace {

// Fills in the names of the organisations that lines wait for: as the lines say them, or the subject's, or the directory's.
absl::Status NameTheLate(const Client& client, PartyStatement& statement) {
  const auto name = [&](const std::string& organization, const std::string& words) {
    if (!words.empty()) statement.names.emplace(organization, words);
  };
  for (const Line& line : statement.lines.lines()) name(line.organization(), line.display_name());
  if (IsOrganization(statement.scope)) name(statement.subject, statement.display_name);
  v1::KnownAt known_at;
  known_at.set_sequence(statement.lines.sequence());
  std::set<std::string> asked;
  for (const Line& line : statement.lines.lines()) {
    for (const std::string& organization : line.late_by()) {
      if (statement.names.contains(organization) || !asked.insert(organization).second) continue;
      ORIUNDO_ASSIGN_OR_RETURN(const auto found, (Get<v1::Organization, v1::GetOrganizationRequest>(client, "GetOrganization",
                                                                                                    organization, known_at)));
      name(organization, found.display_name());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PartyStatement> ReadStatement(StatementScope scope, const v1::ListStatementLinesRequest& request,
                                             const Client& client, const Words& words) {
  PartyStatement statement;
  statement.scope = scope;
  statement.subject = scope == StatementScope::kYear ? absl::StrCat(request.fiscal_year()) : request.subject();
  statement.program = request.program();
  statement.fiscal_year = request.fiscal_year();
  if (IsOrganization(scope)) {
    ORIUNDO_ASSIGN_OR_RETURN(const auto organization, (Get<v1::Organization, v1::GetOrganizationRequest>(
                                                          client, "GetOrganization", request.subject(), request.known_at())));
    ORIUNDO_RETURN_IF_ERROR(CheckKind(scope, organization, words));
    statement.display_name = organization.display_name();
  }
  if (scope == StatementScope::kProgram) {
    ORIUNDO_ASSIGN_OR_RETURN(const auto program, (Get<v1::Program, v1::GetProgramRequest>(client, "GetProgram", request.subject(),
                                                                                          request.known_at())));
    statement.display_name = program.display_name();
  }
  ORIUNDO_ASSIGN_OR_RETURN(statement.lines, ReadLines(client, request));
  if (scope == StatementScope::kProject && statement.lines.lines_size() > 0)
    statement.display_name = statement.lines.lines(0).title();

  ORIUNDO_RETURN_IF_ERROR(NameTheLate(client, statement));
  const bool of_funder = scope == StatementScope::kFunder || scope == StatementScope::kMunicipality;
  std::set<std::string> programs;
  if (scope == StatementScope::kProgram) programs.insert(request.subject());
  if (of_funder || scope == StatementScope::kYear) {
    for (const Line& line : statement.lines.lines()) programs.insert(line.program());
  }
  for (const std::string& program : programs) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::vector<v1::Pool> pools, ReadPools(client, program, statement.lines.sequence()));
    for (const v1::Pool& pool : pools) {
      if (of_funder && pool.funder() != request.subject()) continue;
      if (request.fiscal_year() != 0 && pool.fiscal_year() != request.fiscal_year()) continue;
      statement.pools.push_back(pool);
    }
  }
  return statement;
}

std::pair<std::string, std::string> MomentFact(const v1::ListStatementLinesResponse& lines, const ReaderLocale& locale,
                                               const Words& words) {
  if (lines.sequence() < 0) {
    return {words.Choose("As of", "Al"), words.Choose("an empty ledger", "un libro vacío")};
  }
  return {words.Choose("As of", "Al"),
          words(words.Choose("entry {sequence}, {time}", "asiento {sequence}, {time}"),
                {{"sequence", absl::StrCat(lines.sequence())}, {"time", locale.Time(lines.commit_time().seconds())}})};
}

std::string PoolNote(const Words& words) {
  return words.Choose(
      "A pool promises and releases what is paid out of its year's budget, to projects of earlier years as well once it pays "
      "them; the amounts of projects are of the year in which they were approved.",
      "Una bolsa promete y libera lo que se paga del presupuesto de su ejercicio, también a proyectos de ejercicios anteriores "
      "que pasó a pagar; los importes de los proyectos son del ejercicio en que se aprobaron.");
}

Document::Section PoolSection(const std::vector<v1::Pool>& pools, const ReaderLocale& locale, const Words& words) {
  Document::Section section{.heading = words.Choose("Pools", "Bolsas"),
                            .columns = {{words.Choose("pool", "bolsa")},
                                        {words.Choose("currency", "moneda")},
                                        {words.Choose("budget", "presupuesto"), true},
                                        {words("committed"), true},
                                        {words("released"), true},
                                        {words.Choose("free", "libre"), true}},
                            .rows = {}};
  struct Sum {
    int count = 0;
    int64_t budget = 0, committed = 0, released = 0, free = 0;
  };
  std::map<std::string, Sum> sums;
  const auto row = [&](const std::string& name, const std::string& currency, int64_t budget, int64_t committed, int64_t released,
                       int64_t free, Row::Kind kind) {
    section.rows.push_back({{name, currency, locale.Amount(budget, currency), locale.Amount(committed, currency),
                             locale.Amount(released, currency), locale.Amount(free, currency)},
                            kind});
  };
  for (const v1::Pool& pool : pools) {
    row(ShortName(pool.name()), pool.currency_code(), pool.budget_minor_units(), pool.committed_minor_units(),
        pool.released_minor_units(), pool.free_minor_units(), Row::Kind::kPlain);
    Sum& sum = sums[pool.currency_code()];
    ++sum.count;
    sum.budget += pool.budget_minor_units();
    sum.committed += pool.committed_minor_units();
    sum.released += pool.released_minor_units();
    sum.free += pool.free_minor_units();
  }
  for (const auto& [currency, sum] : sums) {
    if (sum.count > 1) row(words("total"), currency, sum.budget, sum.committed, sum.released, sum.free, Row::Kind::kTotal);
  }
  return section;
}

Document DocumentOf(const PartyStatement& statement, const ReaderLocale& locale, const Words& words) {
  const Amounts amounts(statement.lines, locale);
  Document document;
  document.title = TitleOf(statement, words);
  if (!statement.program.empty())
    document.facts.emplace_back(words.Choose("Programme", "Programa"), ShortName(statement.program));
  if (statement.fiscal_year != 0 && statement.scope != StatementScope::kYear) {
    document.facts.emplace_back(words.Choose("Fiscal year", "Ejercicio"), absl::StrCat(statement.fiscal_year));
  }
  if (!amounts.currencies().empty()) {
    document.facts.emplace_back(words.Choose("Amounts in", "Importes en"), absl::StrJoin(amounts.currencies(), ", "));
  }
  document.facts.push_back(MomentFact(statement.lines, locale, words));
  if (!statement.lines.effective_through().empty()) {
    document.facts.emplace_back(words.Choose("Money that counts through", "Dinero que cuenta hasta el"),
                                locale.Date(statement.lines.effective_through()));
  }
  document.sections.push_back(TotalsSection(statement, amounts, locale, words));
  if (Document::Section delays = DelaySection(statement, locale, words); !delays.rows.empty()) {
    document.sections.push_back(std::move(delays));
  }
  if (Document::Section holds = HoldSection(statement, amounts, locale, words); !holds.rows.empty()) {
    document.sections.push_back(std::move(holds));
  }
  if (!IsOrganization(statement.scope)) {
    if (Document::Section ahead = AheadSection(statement, amounts, words); !ahead.rows.empty()) {
      document.sections.push_back(std::move(ahead));
    }
  }
  if (!statement.pools.empty()) document.sections.push_back(PoolSection(statement.pools, locale, words));
  document.sections.push_back(LinesSection(statement, amounts, locale, words));
  if (Document::Section besides = BesidesSection(statement, amounts, locale, words); !besides.rows.empty()) {
    document.sections.push_back(std::move(besides));
  }
  AddNotes(statement, locale, document, words);
  return document;
}

std::string CsvOf(const PartyStatement& statement) {
  std::vector<std::string> header = {"project",       "title", "program",      "fiscal_year",  "locality_code",
                                     "project_state", "role",  "organization", "display_name", "organization_kind",
                                     "currency_code"};
  for (const Measure& measure : kMeasures) {
    header.push_back(absl::StrCat(measure.name, "_minor_units"));
    header.push_back(measure.name);
  }
  header.insert(header.end(), {"complies", "late_by", "late_since", "late_days", "age_date", "sequence", "held_by", "held_since",
                               "effective_through"});
  for (const Measure& measure : kLaterMeasures) {
    header.push_back(absl::StrCat(measure.name, "_minor_units"));
    header.push_back(measure.name);
  }
  header.insert(header.end(), {"year_end_return_due_date", "year_end_return_late_days"});
  for (const Measure& measure : kLastMeasures) {
    header.push_back(absl::StrCat(measure.name, "_minor_units"));
    header.push_back(measure.name);
  }
  std::string csv = CsvLine(header);
  for (const Line& line : statement.lines.lines()) {
    std::vector<std::string> cells = {ShortName(line.project()),
                                      CsvText(line.title()),
                                      ShortName(line.program()),
                                      absl::StrCat(line.fiscal_year()),
                                      line.locality_code(),
                                      v1::Project::State_Name(line.project_state()),
                                      line.role(),
                                      ShortName(line.organization()),
                                      CsvText(line.display_name()),
                                      v1::OrganizationKind_Name(line.organization_kind()),
                                      line.currency_code()};
    for (const Measure& measure : kMeasures) {
      cells.push_back(absl::StrCat(measure.amount(line)));
      cells.push_back(PlainAmount(measure.amount(line), line.currency_code()));
    }
    cells.insert(cells.end(), {line.complies() ? "true" : "false", Joined(line.late_by(), " "), line.late_since(),
                               line.has_late_days() ? absl::StrCat(line.late_days()) : "", statement.lines.age_date(),
                               absl::StrCat(statement.lines.sequence())});
    // Whose registration is frozen, the project that is suspended, or the tranche that waits; since the first of them.
    std::vector<std::string> held_by;
    std::string held_since;
    for (const v1::Hold& hold : line.holds()) {
      held_by.push_back(ShortName(!hold.tranche().empty()                          ? hold.tranche()
                                  : hold.kind() == v1::Hold::PROJECT_SUSPENDED ? line.project()
                                                                               : hold.organization()));
      if (!hold.since().empty() && (held_since.empty() || hold.since() < held_since)) held_since = hold.since();
    }
    cells.insert(cells.end(), {absl::StrJoin(held_by, " "), held_since, statement.lines.effective_through()});
    for (const Measure& measure : kLaterMeasures) {
      cells.push_back(absl::StrCat(measure.amount(line)));
      cells.push_back(PlainAmount(measure.amount(line), line.currency_code()));
    }
    cells.push_back(line.year_end_return_due_date());
    cells.push_back(line.has_year_end_return_late_days() ? absl::StrCat(line.year_end_return_late_days()) : "");
    for (const Measure& measure : kLastMeasures) {
      cells.push_back(absl::StrCat(measure.amount(line)));
      cells.push_back(PlainAmount(measure.amount(line), line.currency_code()));
    }
    csv += CsvLine(cells);
  }
  return csv;
}

std::string JsonOf(const PartyStatement& statement) { return JsonOf(statement.lines, /*indented=*/true); }

}  // namespace oriundo
