#include "client/cli/import_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/csv.h"
#include "client/cli/names.h"
#include "client/cpp/call_error.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

constexpr char kOrganizations[] = "organizations/";

// How many characters a free text of the ledger may have.
constexpr std::size_t kTextCharactersMax = 500;

bool OnlyOf(std::string_view text, bool (*fits)(unsigned char), std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         std::all_of(text.begin(), text.end(), [fits](char c) { return fits(static_cast<unsigned char>(c)); });
}
bool IsCapitalOrDigit(unsigned char c) { return absl::ascii_isupper(c) || absl::ascii_isdigit(c); }

// Reads the rows of one file, one after the other.
class Planner {
 public:
  Planner(const v1::ImportMapping& mapping, const CsvHeader& header, const Words& words)
      : mapping_(mapping), header_(header), words_(words) {
    figures_.resize(static_cast<std::size_t>(mapping.checks_size()));
  }

  // A record with as many fields as the header.
  void Take(const CsvRecord& record) {
    RowReader row(mapping_, header_, record, words_);
    const v1::RowsOfKind* kind = nullptr;
    for (const v1::RowsOfKind& candidate : mapping_.rows()) {
      if (kind == nullptr && row.Fits(candidate.where())) kind = &candidate;
    }
    std::vector<std::pair<std::size_t, PlannedOrganization>> organizations;
    std::optional<PlannedProject> project;
    std::optional<PlannedMoney> money;
    if (kind != nullptr) {
      for (int i = 0; i < kind->organizations_size(); ++i) {
        if (row.Fits(kind->organizations(i).where()))
          organizations.emplace_back(static_cast<std::size_t>(i), Organization(kind->organizations(i), row));
      }
      if (kind->has_project()) project = Project(kind->project(), row);
      if (kind->has_money()) money = Money(kind->money(), row);
    }
    for (int i = 0; i < mapping_.checks_size(); ++i) Check(i, row, project);
    if (row.problems().empty()) {
      for (const auto& [step, organization] : organizations) Keep(step, organization, row);
      if (project.has_value()) Keep(*project, row);
      if (money.has_value()) Keep(*money, row);
    }
    if (!row.problems().empty()) {
      for (RowProblem problem : row.problems()) {
        if (project.has_value() && !project->id.empty()) problem.subject = "projects/" + project->id;
        plan_.problems.push_back(std::move(problem));
      }
      ++plan_.rows_malformed;
    } else if (kind == nullptr && mapping_.rows_size() > 0) {
      plan_.lines_of_no_kind.push_back(row.line());
    }
  }

  ImportPlan& plan() { return plan_; }

  // Once all rows are read: the sums over all of them.
  void Finish() {
    for (int i = 0; i < mapping_.checks_size(); ++i) {
      if (mapping_.checks(i).scope() == v1::FigureCheck::ALL_ROWS) FinishCheck(i);
    }
  }

 private:
  // What is known so far of a sum over all rows.
  struct Sum {
    int64_t sum = 0;
    bool too_large = false;
    int64_t rows = 0;
    std::string currency;
    // The row that prints it.
    int64_t line = 0;
    int64_t printing_rows = 0;
    std::string printed;
    std::optional<int64_t> printed_value;
  };

  PlannedOrganization Organization(const v1::OrganizationRow& spec, RowReader& row) {
    PlannedOrganization organization{.line = row.line(), .act_as = row.RequiredText(spec.act_as())};
    organization.create.set_organization_id(row.Id(spec.id()));
    v1::Organization& made = *organization.create.mutable_organization();
    made.set_kind(spec.kind());
    made.set_display_name(FreeText(spec.display_name(), row));
    made.set_country_code(row.RequiredText(spec.country_code()));
    if (!spec.parent().empty()) made.set_parent(kOrganizations + row.Id(spec.parent()));
    if (!spec.has_registration()) return organization;
    const v1::RegistrationRow& registration = spec.registration();
    organization.registrar = row.RequiredText(registration.act_as());
    organization.registration.set_name(kOrganizations + organization.create.organization_id());
    v1::Registration& wanted = *organization.registration.mutable_registration();
    wanted.set_folio(row.RequiredText(registration.folio()));
    const auto fits_folio = [](unsigned char c) { return IsCapitalOrDigit(c) || c == '.' || c == '/' || c == '-'; };
    if (!wanted.folio().empty() &&
        (!OnlyOf(wanted.folio(), fits_folio, 1, 32) || !IsCapitalOrDigit(static_cast<unsigned char>(wanted.folio().front()))))
      row.Complain(registration.folio(), words_("\"{text}\" is no folio: at most 32 capitals, digits, points, slashes and dashes",
                                                {{"text", wanted.folio()}}));
    wanted.set_valid_from(row.Day(registration.valid_from()));
    wanted.set_valid_to(row.Day(registration.valid_to()));
    return organization;
  }

  PlannedProject Project(const v1::ProjectRow& spec, RowReader& row) {
    PlannedProject project{.line = row.line(), .id = row.Id(spec.id())};
    project.draft.set_program("programs/" + spec.program());
    project.draft.set_rule_version(project.draft.program() + "/versions/" + row.Id(spec.rule_version()));
    project.draft.set_fiscal_year(static_cast<int32_t>(row.Number(spec.fiscal_year(), 1900, 2999)));
    project.draft.set_title(FreeText(spec.title(), row));
    v1::ProjectCategory category = v1::PROJECT_CATEGORY_UNSPECIFIED;
    if (const std::string text = row.RequiredText(spec.category());
        !text.empty() && (!v1::ProjectCategory_Parse(text, &category) || category == v1::PROJECT_CATEGORY_UNSPECIFIED))
      row.Complain(spec.category(), words_("\"{text}\" is no category", {{"text", text}}));
    project.draft.set_category(category);
    const std::string locality = row.RequiredText(spec.locality_code());
    if (!locality.empty() && (!OnlyOf(
                                  locality, [](unsigned char c) { return IsCapitalOrDigit(c) || c == '-'; }, 1, 32) ||
                              locality.front() == '-'))
      row.Complain(spec.locality_code(),
                   words_("\"{text}\" is no locality code: capitals, digits and dashes, at most 32", {{"text", locality}}));
    project.draft.set_locality_code(locality);
    project.draft.set_club(kOrganizations + row.Id(spec.club()));
    project.draft.set_executor(kOrganizations + row.Id(spec.executor()));
    if (!spec.committee().empty()) project.draft.set_committee(kOrganizations + row.Id(spec.committee()));

    project.currency_code = row.Currency();
    project.agreed_total =
        spec.agreed_total() == v1::ProjectRow::AGREED_TOTAL_UNSPECIFIED ? v1::ProjectRow::PRINTED : spec.agreed_total();
    bool all_known = true, any_known = false;
    for (const v1::ProjectRow::Funder& funder : spec.funders()) {
      if (!row.Fits(funder.where())) continue;
      PlannedFunder planned{.role = funder.role(),
                            .organization = kOrganizations + row.Id(funder.organization()),
                            .column = funder.amount_column()};
      if (!planned.column.empty()) {
        planned.printed = row.Cell(planned.column).text;
        planned.amount = row.Amount(planned.column);
        if (planned.amount.has_value() && *planned.amount < 0) row.ComplainOfCell(planned.column, words_("is below zero"));
      }
      all_known &= planned.amount.has_value();
      any_known |= planned.amount.has_value();
      project.funders.push_back(std::move(planned));
    }
    if (project.funders.empty()) row.Complain(spec.id(), words_("no funder takes part in this row"));
    project.through = spec.through();
    if (!all_known && project.through >= v1::ProjectRow::FUNDED) project.through = v1::ProjectRow::DRAFT;

    project.total_column = spec.total_column();
    if (!project.total_column.empty()) {
      project.printed_total_text = row.Cell(project.total_column).text;
      project.printed_total = row.Amount(project.total_column);
      if (project.printed_total.has_value() && *project.printed_total <= 0)
        row.ComplainOfCell(project.total_column, words_("is not above zero"));
      const bool from_parts = project.agreed_total != v1::ProjectRow::PRINTED && all_known && any_known;
      if (project.printed_total_text.empty() && !from_parts)
        row.ComplainOfCell(project.total_column, words_("is empty and is needed"));
    } else if (!all_known) {
      row.Complain(spec.id(), words_("without a total every funder's amount is needed"));
    }

    project.principal = spec.principal().empty() ? "import" : spec.principal();
    if (spec.through() >= v1::ProjectRow::AGREED) {
      project.office = row.Id(spec.office());
      project.account = Account(spec.account(), row);
      project.agreement_date = row.Day(spec.agreement_date());
    }
    if (spec.through() >= v1::ProjectRow::FUNDED) {
      project.verifier = row.Id(spec.verifier());
      project.bank_value_date = row.Day(spec.bank_value_date());
      project.memo = FreeText(spec.memo(), row);
    }
    if (spec.through() >= v1::ProjectRow::EXECUTED) {
      for (const v1::ProjectRow::Spending& spending : spec.spending()) {
        PlannedSpending planned{.id = spending.id(), .category = spending.category()};
        if (!spending.amount_column().empty()) {
          planned.amount = row.Amount(spending.amount_column());
          if (!planned.amount.has_value()) continue;  // No such spending in this row; a malformed amount is told already.
        }
        planned.payment_date = row.Day(spending.payment_date());
        planned.vendor_name = FreeText(spending.vendor_name(), row);
        project.spending.push_back(std::move(planned));
      }
    }
    if (spec.through() >= v1::ProjectRow::CLOSED)
      project.quantity_milli = row.Number(spec.quantity_milli(), 1, 1'000'000'000'000'000);
    return project;
  }

  PlannedMoney Money(const v1::MoneyRow& spec, RowReader& row) {
    PlannedMoney money{.line = row.line(), .kind = spec.kind()};
    money.project = row.Id(spec.project());
    money.id = row.Id(spec.id());
    money.currency_code = row.Currency();
    const std::optional<int64_t> amount = row.Amount(spec.amount_column());
    if (row.Cell(spec.amount_column()).text.empty()) row.ComplainOfCell(spec.amount_column(), words_("is empty and is needed"));
    if (amount.has_value() && *amount <= 0) row.ComplainOfCell(spec.amount_column(), words_("is not above zero"));
    money.amount = amount.value_or(0);
    money.column = spec.amount_column();
    money.printed = row.Cell(spec.amount_column()).text;
    money.date = row.Day(spec.date());
    money.party = row.Id(spec.party());
    money.memo = FreeText(spec.memo(), row);
    money.principal = spec.principal().empty() ? "import" : spec.principal();
    if (spec.kind() == v1::MoneyRow::DEPOSIT) {
      money.verifier = row.Id(spec.verifier());
      money.account = Account(spec.account(), row);
    } else {
      money.category = spec.category();
      money.vendor_name = FreeText(spec.vendor_name(), row);
    }
    return money;
  }

  std::string FreeText(const std::string& text_template, RowReader& row) {
    std::string text = row.RequiredText(text_template);
    const auto characters =
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    if (static_cast<std::size_t>(characters) > kTextCharactersMax)
      row.Complain(text_template, words_("is longer than {limit} characters", {{"limit", absl::StrCat(kTextCharactersMax)}}));
    return text;
  }

  std::string Account(const std::string& text_template, RowReader& row) {
    std::string account = row.RequiredText(text_template);
    if (!account.empty() && !OnlyOf(account, IsCapitalOrDigit, 6, 34))
      row.Complain(text_template, words_("is no account: 6 to 34 capitals and digits"));
    return account;
  }

  // Takes what a row says, unless an earlier row says otherwise.
  void Keep(std::size_t step, const PlannedOrganization& organization, RowReader& row) {
    const std::string& id = organization.create.organization_id();
    const std::string contents = absl::StrCat(organization.act_as, "\n", organization.create.SerializeAsString(), "\n",
                                              organization.registrar, "\n", organization.registration.SerializeAsString());
    const auto [known, is_new] = organizations_.try_emplace(id, row.line(), contents);
    if (!is_new) {
      if (known->second.second != contents)
        row.Complain("", words_("organizations/{id} is described otherwise in line {line}",
                                {{"id", id}, {"line", absl::StrCat(known->second.first)}}));
      return;
    }
    if (plan_.organizations.size() <= step) plan_.organizations.resize(step + 1);
    plan_.organizations[step].push_back(organization);
  }
  void Keep(const PlannedProject& project, RowReader& row) {
    if (IsFirst("projects/" + project.id, row)) plan_.projects.push_back(project);
  }
  void Keep(const PlannedMoney& money, RowReader& row) {
    const char* kind = money.kind == v1::MoneyRow::DEPOSIT ? "contributions" : "expenditures";
    if (IsFirst(absl::StrCat("projects/", money.project, "/", kind, "/", money.id), row)) plan_.money.push_back(money);
  }
  bool IsFirst(const std::string& name, RowReader& row) {
    const auto [known, is_new] = names_.try_emplace(name, row.line());
    if (!is_new)
      row.Complain("", words_("{name} stands in line {line} already", {{"name", name}, {"line", absl::StrCat(known->second)}}));
    return is_new;
  }

  // A cell as the check counts; nullopt where it is empty or wrong.
  static std::optional<int64_t> ValueOf(const v1::FigureCheck& check, std::string_view column, RowReader& row) {
    return check.unit() == v1::FigureCheck::COUNT ? row.Count(column) : row.Amount(column);
  }

  void Check(int index, RowReader& row, const std::optional<PlannedProject>& project) {
    const v1::FigureCheck& check = mapping_.checks(index);
    Sum& total = figures_[static_cast<std::size_t>(index)];
    const bool all_rows = check.scope() == v1::FigureCheck::ALL_ROWS;
    if (all_rows && check.printed_case() == v1::FigureCheck::kPrintedColumn && row.Fits(check.printed_where())) {
      ++total.printing_rows;
      total.line = row.line();
      total.printed = row.Cell(check.printed_column()).text;
      total.printed_value = ValueOf(check, check.printed_column(), row);
    }
    if (!row.Fits(check.where())) return;
    Sum sum;
    if (check.columns_size() == 0) sum.sum = 1;
    for (const std::string& column : check.columns()) Add(ValueOf(check, column, row).value_or(0), sum);
    if (check.unit() != v1::FigureCheck::COUNT) sum.currency = row.Currency();
    if (all_rows) {
      if (total.rows > 0 && total.currency != sum.currency)
        row.Complain(mapping_.currency_code(),
                     words_("{check} adds up amounts in {one} and {other}",
                            {{"check", check.name()}, {"one", total.currency}, {"other", sum.currency}}));
      total.currency = sum.currency;
      ++total.rows;
      Add(sum.sum, total);
      return;
    }
    const std::optional<int64_t> printed = ValueOf(check, check.printed_column(), row);
    // A sum without a cell that cannot be read would be a figure of nobody's.
    const bool broken = std::any_of(check.columns().begin(), check.columns().end(),
                                    [&row](const std::string& column) { return row.IsBroken(column); });
    const bool no_currency = check.unit() != v1::FigureCheck::COUNT && sum.currency.empty();
    if (!printed.has_value() || broken || no_currency) return;
    if (check.multiply_by() > 1) Multiply(check.multiply_by(), sum);
    if (sum.too_large) return row.ComplainOfCell(check.printed_column(), words_("the sum is larger than the ledger takes"));
    plan_.figures.push_back({.line = row.line(),
                             .column = check.printed_column(),
                             .check = check.name(),
                             .subject = project.has_value() && !project->id.empty() ? "projects/" + project->id : "",
                             .printed = row.Cell(check.printed_column()).text,
                             .printed_minor_units = *printed,
                             .computed_minor_units = sum.sum,
                             .currency_code = sum.currency,
                             .note = {}});
  }

  static void Add(int64_t value, Sum& sum) { sum.too_large |= __builtin_add_overflow(sum.sum, value, &sum.sum); }
  static void Multiply(int64_t factor, Sum& sum) { sum.too_large |= __builtin_mul_overflow(sum.sum, factor, &sum.sum); }

  void FinishCheck(int index) {
    const v1::FigureCheck& check = mapping_.checks(index);
    Sum& sum = figures_[static_cast<std::size_t>(index)];
    const auto complain = [&](const std::string& reason) {
      plan_.problems.push_back({sum.line, 0, check.printed_column(), absl::StrCat(check.name(), ": ", reason)});
    };
    if (check.multiply_by() > 1) Multiply(check.multiply_by(), sum);
    if (sum.too_large) return complain(words_("the sum is larger than the ledger takes"));
    std::string note = check.printed_source();
    if (check.printed_case() == v1::FigureCheck::kPrintedText) {
      sum.printed = check.printed_text();
      absl::StatusOr<int64_t> value = check.unit() == v1::FigureCheck::COUNT
                                          ? ParseCount(sum.printed, mapping_.numbers(), words_)
                                          : ParseFigure(sum.printed, mapping_.numbers(), sum.currency, words_);
      if (sum.rows == 0) return complain(words_("no row fits it"));
      if (!value.ok()) return complain(std::string(value.status().message()));
      sum.printed_value = *value;
    } else if (sum.printing_rows != 1) {
      return complain(words_("rows that print the figure: {count}; one is wanted", {{"count", absl::StrCat(sum.printing_rows)}}));
    } else if (!sum.printed_value.has_value()) {
      if (sum.printed.empty()) complain(words_("is empty and is needed"));
      return;
    }
    if (plan_.rows_malformed > 0) note += (note.empty() ? "" : "; ") + words_("malformed rows may be missing from the sum");
    plan_.figures.push_back({.line = sum.line,
                             .column = check.printed_column(),
                             .check = check.name(),
                             .subject = {},
                             .printed = sum.printed,
                             .printed_minor_units = *sum.printed_value,
                             .computed_minor_units = sum.sum,
                             .currency_code = sum.currency,
                             .note = note});
  }

  const v1::ImportMapping& mapping_;
  const CsvHeader& header_;
  const Words& words_;
  ImportPlan plan_;
  // By check.
  std::vector<Sum> figures_;
  // Line and contents by id.
  std::map<std::string, std::pair<int64_t, std::string>> organizations_;
  // Line by name.
  std::map<std::string, int64_t> names_;
};

}  // namespace

absl::StatusOr<ImportPlan> PlanImport(const v1::ImportMapping& mapping, std::istream& stream, const std::string& path,
                                      const Words& words) {
  CsvReader reader(stream, words);
  CsvRecord record;
  CsvProblem problem;
  const auto at = [&path](const CsvPlace& place) { return absl::StrCat(path, ":", place.line, ":", place.column); };
  switch (reader.Next(record, problem)) {
    case CsvReader::Found::kEnd:
      return BadFields({{path, words("is empty; the first line names the columns")}});
    case CsvReader::Found::kProblem:
      return BadFields({{at(problem.place), problem.reason}});
    case CsvReader::Found::kRecord:
      break;
  }
  const absl::StatusOr<CsvHeader> header = CsvHeader::Of(record, words);
  if (!header.ok()) return BadFields({{path, std::string(header.status().message())}});
  ORIUNDO_RETURN_IF_ERROR(CheckMapping(mapping, *header, words));

  Planner planner(mapping, *header, words);
  ImportPlan& plan = planner.plan();
  while (true) {
    const CsvReader::Found found = reader.Next(record, problem);
    if (found == CsvReader::Found::kEnd) break;
    ++plan.rows;
    if (found == CsvReader::Found::kProblem) {
      plan.problems.push_back({problem.place.line, problem.place.column, "", problem.reason});
      ++plan.rows_malformed;
    } else if (record.fields.size() != header->names().size()) {
      plan.problems.push_back(
          {record.line(), 0, "",
           words("the row has {given} fields; the header names {wanted} columns",
                 {{"given", absl::StrCat(record.fields.size())}, {"wanted", absl::StrCat(header->names().size())}})});
      ++plan.rows_malformed;
    } else {
      planner.Take(record);
    }
  }
  if (stream.bad()) return BadFields({{path, words("cannot be read to its end")}});
  planner.Finish();
  return std::move(plan);
}

}  // namespace oriundo
