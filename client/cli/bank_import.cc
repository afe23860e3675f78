#include "client/cli/bank_import.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "client/cli/body.h"
#include "client/cli/csv.h"
#include "client/cli/errors.h"
#include "client/cli/import_report.h"
#include "client/cli/import_session.h"
#include "client/cli/money_text.h"
#include "client/cli/names.h"
#include "client/cli/repeat.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/currency.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

// What the interface takes in one call, and of one reference.
constexpr std::size_t kLinesPerCall = 200;
constexpr std::size_t kReferenceCharactersMax = 40;
// Fits every sum of a file that the ledger would take, and no other overflows on the way.
constexpr int64_t kAmountMax = 1'000'000'000'000'000;

std::string Written(absl::CivilDay day) { return absl::FormatCivilTime(day); }

// `text` as a day, or nullopt.
std::optional<std::string> DayOf(std::string_view text, v1::BankStatementMapping::DateFormat format) {
  std::vector<std::string> parts = absl::StrSplit(std::string(absl::StripAsciiWhitespace(std::string(text))), absl::ByAnyChar("/.-"));
  if (parts.size() != 3) return std::nullopt;
  if (format == v1::BankStatementMapping::DAY_MONTH_YEAR) std::swap(parts[0], parts[2]);
  if (format == v1::BankStatementMapping::MONTH_DAY_YEAR) {
    std::rotate(parts.begin(), parts.begin() + 2, parts.end());
  }
  int numbers[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const bool digits = !parts[i].empty() && std::all_of(parts[i].begin(), parts[i].end(), [](char c) {
      return absl::ascii_isdigit(static_cast<unsigned char>(c));
    });
    if (!digits || parts[i].size() > 4 || !absl::SimpleAtoi(parts[i], &numbers[i])) return std::nullopt;
  }
  const absl::CivilDay day(numbers[0], numbers[1], numbers[2]);
  // A day that is none is moved to one that is.
  if (parts[0].size() != 4 || day.month() != numbers[1] || day.day() != numbers[2]) return std::nullopt;
  return Written(day);
}

// How a day is written, by an example whose parts cannot be confused.
std::string FormOfDay(v1::BankStatementMapping::DateFormat format) {
  switch (format) {
    case v1::BankStatementMapping::DAY_MONTH_YEAR:
      return "31/05/2014";
    case v1::BankStatementMapping::MONTH_DAY_YEAR:
      return "05/31/2014";
    default:
      return "2014-05-31";
  }
}

// A reference as the ledger takes it: capitals and how much space there is differ from file to file, the rest tells one movement
// from another.
std::string ReferenceOf(std::string_view text) {
  std::string reference;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isspace(byte)) {
      reference.push_back(static_cast<char>(absl::ascii_toupper(byte)));
    } else if (!reference.empty() && reference.back() != ' ') {
      reference.push_back(' ');
    }
  }
  if (!reference.empty() && reference.back() == ' ') reference.pop_back();
  // A dash in place of a reference is none.
  const bool says = std::any_of(reference.begin(), reference.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
  });
  return says ? reference : std::string();
}

// Characters of UTF-8.
std::size_t CharactersOf(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Reads a bank's file row by row.
class FileReader {
 public:
  FileReader(const v1::BankStatementMapping& mapping, const Words& words) : mapping_(mapping), words_(words) {
    *rows_.mutable_numbers() = mapping.numbers();
    rows_.set_currency_code(mapping.currency_code());
  }

  absl::StatusOr<BankFile> Read(std::istream& stream) {
    CsvReader reader(stream, words_);
    CsvRecord record;
    CsvProblem problem;
    bool has_header = false;
    for (auto found = reader.Next(record, problem); found != CsvReader::Found::kEnd; found = reader.Next(record, problem)) {
      if (found == CsvReader::Found::kProblem) {
        if (!has_header) return BadFields({{absl::StrCat(problem.place.line, ":", problem.place.column), problem.reason}});
        Complain(problem.place, "", problem.reason);
      } else if (!has_header) {
        ORIUNDO_ASSIGN_OR_RETURN(header_, CsvHeader::Of(record, words_));
        ORIUNDO_RETURN_IF_ERROR(CheckColumns());
        has_header = true;
      } else if (record.fields.size() != header_.names().size()) {
        Complain(record.fields.front().place, "",
                 words_("the row has {given} fields; the header names {wanted} columns",
                        {{"given", absl::StrCat(record.fields.size())}, {"wanted", absl::StrCat(header_.names().size())}}));
      } else {
        Row(record);
      }
    }
    if (!has_header) return BadFields({{"1:1", words_.Choose("the file is empty", "el archivo está vacío")}});
    if (mapping_.newest_first()) std::reverse(taken_.begin(), taken_.end());
    Follow();
    // In the order of the file, whatever found them.
    std::stable_sort(file_.problems.begin(), file_.problems.end(), [](const RowProblem& a, const RowProblem& b) {
      return std::pair(a.line, a.position) < std::pair(b.line, b.position);
    });
    return std::move(file_);
  }

 private:
  // A row that is a line, or would be one if it were not broken.
  struct Taken {
    bool broken = false;
    v1::NewBankLine line;
    CsvPlace place;
    std::optional<int64_t> balance;
    CsvPlace balance_place;
  };

  // All that the mapping says must be there, at once.
  absl::Status CheckColumns() {
    std::vector<CallError::Field> faults;
    const auto column = [&](const char* field, const std::string& name) {
      if (name.empty() || header_.Find(name).has_value()) return;
      faults.push_back({field, words_("the file has no column \"{text}\"", {{"text", name}})});
    };
    const auto required = [&](const char* field, const std::string& value) {
      if (value.empty()) faults.push_back({field, words_("is required")});
    };
    required("source", mapping_.source());
    required("currency_code", mapping_.currency_code());
    required("date_column", mapping_.date_column());
    column("date_column", mapping_.date_column());
    column("amount_column", mapping_.amount_column());
    column("credit_column", mapping_.credit_column());
    column("debit_column", mapping_.debit_column());
    column("reference_column", mapping_.reference_column());
    column("balance_column", mapping_.balance_column());
    for (const v1::CellCondition& condition : mapping_.where()) {
      required("where.column", condition.column());
      column("where.column", condition.column());
      if (condition.test_case() == v1::CellCondition::TEST_NOT_SET) faults.push_back({"where", words_("says nothing that must hold")});
    }
    const bool both = !mapping_.credit_column().empty() && !mapping_.debit_column().empty();
    const bool either = !mapping_.credit_column().empty() || !mapping_.debit_column().empty();
    if (mapping_.amount_column().empty() ? !both : either) {
      faults.push_back({"amount_column", words_.Choose("is given, or credit_column and debit_column both are",
                                                       "se indica, o bien credit_column y debit_column")});
    }
    return faults.empty() ? absl::OkStatus() : BadFields(faults);
  }

  void Complain(CsvPlace place, const std::string& column, std::string reason) {
    file_.problems.push_back({.line = place.line, .position = place.column, .column = column, .reason = std::move(reason)});
  }

  void Row(const CsvRecord& record) {
    RowReader row(rows_, header_, record, words_);
    if (!row.Fits(mapping_.where())) {
      ++file_.rows_left_out;
      return;
    }
    Taken taken;
    taken.place = record.fields.front().place;
    const CsvField& day = row.Cell(mapping_.date_column());
    if (const std::optional<std::string> date = DayOf(day.text, mapping_.date_format())) {
      taken.line.set_bank_value_date(*date);
    } else {
      row.ComplainOfCell(mapping_.date_column(),
                         words_(words_.Choose("\"{text}\" is no day as the mapping has them, like {form}",
                                              "\"{text}\" no es un día como los escribe el mapeo, como {form}"),
                                {{"text", day.text}, {"form", FormOfDay(mapping_.date_format())}}));
    }
    Amount(row, taken);
    if (!mapping_.reference_column().empty()) Reference(row, taken);
    if (!mapping_.balance_column().empty()) {
      taken.balance = row.Amount(mapping_.balance_column());
      taken.balance_place = row.Cell(mapping_.balance_column()).place;
    }
    taken.broken = !row.problems().empty();
    file_.problems.insert(file_.problems.end(), row.problems().begin(), row.problems().end());
    taken_.push_back(std::move(taken));
  }

  void Amount(RowReader& row, Taken& taken) {
    const std::size_t before = row.problems().size();
    int64_t amount = 0;
    const std::string& shown = mapping_.amount_column().empty() ? mapping_.credit_column() : mapping_.amount_column();
    if (!mapping_.amount_column().empty()) {
      amount = row.Amount(mapping_.amount_column()).value_or(0);
    } else {
      const int64_t credit = row.Amount(mapping_.credit_column()).value_or(0);
      const int64_t debit = row.Amount(mapping_.debit_column()).value_or(0);
      if (credit != 0 && debit != 0) {
        row.ComplainOfCell(mapping_.debit_column(), words_.Choose("the row both credits and debits", "la fila abona y carga a la vez"));
      }
      amount = credit - (debit < 0 ? -debit : debit);
    }
    if (row.problems().size() > before) return;
    if (amount == 0) {
      row.ComplainOfCell(shown, words_.Choose("a line moves something; its amount is zero or missing",
                                              "un movimiento mueve algo; su importe es cero o falta"));
    }
    taken.line.set_minor_units(amount);
  }

  void Reference(RowReader& row, Taken& taken) {
    const std::string reference = ReferenceOf(row.Cell(mapping_.reference_column()).text);
    if (CharactersOf(reference) > kReferenceCharactersMax) {
      row.ComplainOfCell(mapping_.reference_column(),
                         words_(words_.Choose("has {count} characters; a reference has at most {most}",
                                              "tiene {count} caracteres; una referencia tiene {most} a lo sumo"),
                                {{"count", absl::StrCat(CharactersOf(reference))}, {"most", absl::StrCat(kReferenceCharactersMax)}}));
    } else if (!reference.empty()) {
      taken.line.mutable_bank_reference()->set_reference(reference);
    }
  }

  // Adds the lines up and holds each against the balance that the bank prints after it.
  void Follow() {
    std::optional<int64_t> balance;
    const std::string& currency = mapping_.currency_code();
    for (Taken& taken : taken_) {
      if (taken.broken) {
        // Told already; what follows from a balance before it is not known.
        balance.reset();
        continue;
      }
      const int64_t amount = taken.line.minor_units();
      if (file_.sum > kAmountMax - std::max<int64_t>(0, amount) || file_.sum < -kAmountMax - std::min<int64_t>(0, amount)) {
        Complain(taken.place, "",
                 words_.Choose("the lines add up to more than the ledger takes", "los movimientos suman más de lo que el libro admite"));
        return;
      }
      file_.sum += amount;
      if (balance.has_value()) balance = *balance + amount;
      if (taken.balance.has_value()) {
        if (balance.has_value() && *balance != *taken.balance) {
          Complain(taken.balance_place, mapping_.balance_column(),
                   words_(words_.Choose("the balance printed is {printed} and follows to be {computed}, a difference of {difference}",
                                        "el saldo impreso es {printed} y resulta ser {computed}, una diferencia de {difference}"),
                          {{"printed", FormatAmount(*taken.balance, currency)},
                           {"computed", FormatAmount(*balance, currency)},
                           {"difference", FormatAmount(*taken.balance - *balance, currency)}}));
        }
        balance = taken.balance;
        if (!file_.opening.has_value()) file_.opening = *balance - file_.sum;
        file_.closing = balance;
      } else if (balance.has_value()) {
        file_.closing = balance;
      }
      file_.places.push_back(taken.place.line);
      file_.lines.push_back(std::move(taken.line));
    }
  }

  const v1::BankStatementMapping& mapping_;
  const Words& words_;
  // What RowReader asks of a mapping.
  v1::ImportMapping rows_;
  CsvHeader header_;
  std::vector<Taken> taken_;
  BankFile file_;
};

// The bar on a terminal.
void ShowProgress(std::size_t done, std::size_t all, const Output& output) {
  if (output.json || !output.terminal) return;
  constexpr std::size_t kWidth = 30;
  const std::size_t filled = all == 0 ? kWidth : done * kWidth / all;
  output.err << "\r\x1b[K[" << std::string(filled, '#') << std::string(kWidth - filled, '.') << "] " << done << "/" << all << std::flush;
}
void ClearProgress(const Output& output) {
  if (!output.json && output.terminal) output.err << "\r\x1b[K" << std::flush;
}

// How many ids of statements for the same days are tried where none is given: nobody corrects one so often.
constexpr int kIdsTriedMax = 99;

// One statement on its way into the ledger.
class Importer {
 public:
  Importer(const BankImportOptions& options, const v1::BankStatementMapping& mapping, const BankFile& file, const Output& output)
      : options_(options), mapping_(mapping), file_(file), output_(output), words_(output.words), session_(options.client, never_) {}

  absl::Status Run() {
    ORIUNDO_RETURN_IF_ERROR(Prepare());
    if (present_.has_value()) {
      ORIUNDO_RETURN_IF_ERROR(RequireSame());
      ORIUNDO_RETURN_IF_ERROR(RequireSameLines());
    }
    if (options_.dry_run) {
      Tell();
      return absl::OkStatus();
    }
    if (!present_.has_value()) {
      v1::StartBankStatementRequest start;
      start.set_parent(project_.name());
      start.set_statement_id(statement_id_);
      *start.mutable_statement() = wanted_;
      start.mutable_account()->set_number(options_.account);
      ORIUNDO_ASSIGN_OR_RETURN(present_, session_.Write<v1::BankStatement>("", "LedgerService.StartBankStatement", start));
      // A repeat is answered with the statement as it was the first time.
      ORIUNDO_RETURN_IF_ERROR(ReadPresent());
    } else {
      already_there_ = static_cast<std::size_t>(present_->imported_line_count());
    }
    if (IsGivenUp()) return GivenUp();
    absl::Status status = AddLines();
    ClearProgress(output_);
    if (status.ok()) Tell();
    return status;
  }

 private:
  // What the command line and the file say of the whole, with the project's last statement where they leave something open.
  absl::Status Prepare() {
    v1::GetProjectRequest get;
    get.set_name(ExpandName("projects/{project}", options_.project, ""));
    ORIUNDO_ASSIGN_OR_RETURN(project_, session_.Call<v1::Project>("", "ProjectService.GetProject", get));
    std::vector<CallError::Field> faults;
    if (project_.currency_code() != mapping_.currency_code()) {
      faults.push_back({"currency_code", words_(words_.Choose("the mapping is in {mapping} and the project in {project}",
                                                              "el mapeo está en {mapping} y el proyecto en {project}"),
                                                {{"mapping", mapping_.currency_code()}, {"project", project_.currency_code()}})});
    }
    const auto balance = [&](const char* flag, const std::string& text, const std::optional<int64_t>& in_file) -> std::optional<int64_t> {
      if (text.empty()) {
        if (!in_file.has_value()) {
          faults.push_back({flag, words_.Choose("is needed: the mapping names no balance column, or the file has no line",
                                                "hace falta: el mapeo no nombra columna de saldo, o el archivo no tiene movimientos")});
        }
        return in_file;
      }
      const absl::StatusOr<AmountText> amount = SplitAmount(text, words_);
      const absl::StatusOr<int64_t> minor_units =
          amount.ok() ? ToMinorUnits(amount->number, mapping_.currency_code(), words_) : absl::StatusOr<int64_t>(amount.status());
      if (!minor_units.ok()) {
        faults.push_back({flag, std::string(minor_units.status().message())});
        return std::nullopt;
      }
      return *minor_units;
    };
    const std::optional<int64_t> opening = balance("--opening", options_.opening, file_.opening);
    const std::optional<int64_t> closing = balance("--closing", options_.closing, file_.closing);
    wanted_.set_line_count(static_cast<int64_t>(file_.lines.size()));
    ORIUNDO_RETURN_IF_ERROR(ReadLast(opening));
    wanted_.set_opening_balance_minor_units(opening.value_or(0));
    wanted_.set_closing_balance_minor_units(closing.value_or(0));
    Days(faults);
    if (opening.has_value() && closing.has_value()) {
      const __int128 computed = static_cast<__int128>(*opening) + file_.sum;
      if (computed != *closing && computed <= kAmountMax && computed >= -kAmountMax) {
        const int64_t sum = static_cast<int64_t>(computed);
        faults.push_back(
            {"--closing",
             words_(words_.Choose("opening balance {opening} and the lines ({count}) make {computed}; the closing balance is "
                                  "{closing}, a difference of {difference}",
                                  "el saldo inicial {opening} y los movimientos ({count}) suman {computed}; el saldo final es "
                                  "{closing}, una diferencia de {difference}"),
                    {{"opening", Money(*opening)},
                     {"count", absl::StrCat(file_.lines.size())},
                     {"computed", Money(sum)},
                     {"closing", Money(*closing)},
                     {"difference", Money(*closing - sum)}})});
      }
    }
    if (!faults.empty()) return BadFields(faults);
    statement_id_ = options_.statement_id.empty() ? "s" + wanted_.first_date() : options_.statement_id;
    ORIUNDO_RETURN_IF_ERROR(ReadPresent());
    // The corrected statement of the days of one that was given up or withdrawn, or of another account: ids before it stay taken.
    for (int next = 2; options_.statement_id.empty() && (IsGivenUp() || IsAnothers()) && next <= kIdsTriedMax; ++next) {
      statement_id_ = absl::StrCat("s", wanted_.first_date(), "-", next);
      ORIUNDO_RETURN_IF_ERROR(ReadPresent());
    }
    return absl::OkStatus();
  }

  // Reads the statement that this one seems to go on from. Of several accounts the one is meant whose last statement closed with
  // what this one opens with; the number alone does not say it, for the ledger keeps a pseudonym of it.
  absl::Status ReadLast(const std::optional<int64_t>& opening) {
    const auto read = [&](const std::string& name) {
      v1::GetBankStatementRequest get;
      get.set_name(name);
      return session_.Call<v1::BankStatement>("", "LedgerService.GetBankStatement", get);
    };
    if (!project_.last_statement().empty()) {
      ORIUNDO_ASSIGN_OR_RETURN(last_, read(project_.last_statement()));
      if (last_->closing_balance_minor_units() == opening) return absl::OkStatus();
    }
    for (const v1::AccountStatements& account : project_.account_statements()) {
      // What opens with nothing may as well be the first of the agreed account.
      if (account.last_statement().empty() || account.last_statement() == project_.last_statement()) continue;
      if (opening.value_or(0) == 0) continue;
      ORIUNDO_ASSIGN_OR_RETURN(const v1::BankStatement former, read(account.last_statement()));
      if (former.closing_balance_minor_units() == opening) last_ = former;
    }
    return absl::OkStatus();
  }

  bool HasSeveralAccounts() const { return project_.former_account_commitments_size() > 0; }

  // True where the statement that is there has this one's period, balances and count of lines.
  bool IsSame(const v1::BankStatement& there) const {
    return there.first_date() == wanted_.first_date() && there.last_date() == wanted_.last_date() &&
           there.opening_balance_minor_units() == wanted_.opening_balance_minor_units() &&
           there.closing_balance_minor_units() == wanted_.closing_balance_minor_units() &&
           there.line_count() == wanted_.line_count();
  }

  // True where a statement of this id is there and may be another account's, for the same days.
  bool IsAnothers() const { return HasSeveralAccounts() && present_.has_value() && !IsSame(*present_); }

  // True where a statement of this id is there and counts for nothing any more.
  bool IsGivenUp() const {
    return present_.has_value() &&
           (present_->state() == v1::BankStatement::DISCARDED || present_->state() == v1::BankStatement::WITHDRAWN);
  }

  // The period: as given, or from the day after the last statement to the last line's day.
  void Days(std::vector<CallError::Field>& faults) {
    const auto given = [&](const char* flag, const std::string& text) -> std::string {
      const std::optional<std::string> day = DayOf(text, v1::BankStatementMapping::ISO);
      if (!day.has_value()) faults.push_back({flag, words_.Choose("write a day as 2014-05-31", "escriba un día como 2014-05-31")});
      return day.value_or("");
    };
    std::string first;
    std::string last;
    for (const v1::NewBankLine& line : file_.lines) {
      if (first.empty() || line.bank_value_date() < first) first = line.bank_value_date();
      last = std::max(last, line.bank_value_date());
    }
    if (!options_.first_date.empty()) {
      first = given("--first-date", options_.first_date);
    } else if (last_.has_value()) {
      absl::CivilDay day;
      if (first.empty() || first > last_->last_date()) {
        if (absl::ParseCivilTime(last_->last_date(), &day)) first = Written(day + 1);
      } else if (const std::string known = FirstDayOfKnown(first); !known.empty()) {
        first = known;
      }
    }
    if (!options_.last_date.empty()) last = given("--last-date", options_.last_date);
    const char* needed = words_.Choose("is needed: the file has no line", "hace falta: el archivo no tiene movimientos");
    if (first.empty() && options_.first_date.empty()) faults.push_back({"--first-date", needed});
    if (last.empty() && options_.last_date.empty()) faults.push_back({"--last-date", needed});
    wanted_.set_first_date(first);
    wanted_.set_last_date(last);
    for (std::size_t i = 0; i < file_.lines.size(); ++i) {
      const std::string& day = file_.lines[i].bank_value_date();
      if (day >= project_.agreement_date()) continue;
      faults.push_back({absl::StrCat(words_.Choose("line ", "renglón "), file_.places[i]),
                        words_(words_.Choose("is of {day}, before the agreement of {agreed}; leave earlier lines out and open with what the "
                                             "account held then",
                                             "es del {day}, anterior al convenio del {agreed}; omita los movimientos anteriores y abra con lo "
                                             "que la cuenta tenía entonces"),
                               {{"day", day}, {"agreed", project_.agreement_date()}})});
      break;
    }
  }

  // The first day of the complete statement that has `day`, so that importing it again finds it; empty where there is none.
  std::string FirstDayOfKnown(const std::string& day) {
    std::string first;
    v1::ListBankStatementsRequest list;
    list.set_parent(project_.name());
    const absl::Status status = session_.List<v1::ListBankStatementsResponse>(
        "LedgerService.ListBankStatements", list, [&](const v1::ListBankStatementsResponse& page) {
          for (const v1::BankStatement& statement : page.statements()) {
            bool has = statement.first_date() <= day && day <= statement.last_date();
            // Another account has statements of the same days.
            if (HasSeveralAccounts()) {
              has = has && statement.opening_balance_minor_units() == wanted_.opening_balance_minor_units() &&
                    statement.closing_balance_minor_units() == wanted_.closing_balance_minor_units();
            }
            if (has && statement.state() == v1::BankStatement::COMPLETE) first = statement.first_date();
          }
        });
    return status.ok() ? first : "";
  }

  absl::Status ReadPresent() {
    v1::GetBankStatementRequest get;
    get.set_name(absl::StrCat(project_.name(), "/statements/", statement_id_));
    present_.reset();
    absl::StatusOr<v1::BankStatement> present = session_.Call<v1::BankStatement>("", "LedgerService.GetBankStatement", get);
    if (present.ok()) {
      present_ = *std::move(present);
    } else if (!absl::IsNotFound(present.status())) {
      return present.status();
    }
    return absl::OkStatus();
  }

  absl::Status GivenUp() const {
    const char* text = present_->state() == v1::BankStatement::DISCARDED
                           ? words_.Choose("{name} was discarded; choose another id", "{name} se descartó; elija otro id")
                           : words_.Choose("{name} was withdrawn; choose another id", "{name} se retiró; elija otro id");
    return BadFields({{"--statement", words_(text, {{"name", statement_id_}})}});
  }

  // A statement of this id that is there is this one, or nothing is done.
  absl::Status RequireSame() const {
    if (IsGivenUp()) return GivenUp();
    if (IsSame(*present_)) return absl::OkStatus();
    return BadFields(
        {{"--statement",
          words_(words_.Choose("{name} is in the ledger otherwise: {first} to {last}, {opening} to {closing}, lines: {count}",
                               "{name} está en el libro de otro modo: del {first} al {last}, de {opening} a {closing}, "
                               "movimientos: {count}"),
                 {{"name", statement_id_},
                  {"first", present_->first_date()},
                  {"last", present_->last_date()},
                  {"opening", Money(present_->opening_balance_minor_units())},
                  {"closing", Money(present_->closing_balance_minor_units())},
                  {"count", absl::StrCat(present_->line_count())}})}});
  }

  // The lines that the ledger has of it are the first ones of the file, by day and amount: another file of the same period and sum
  // does not go on with it. Of references the ledger keeps pseudonyms, which nobody here can compare.
  absl::Status RequireSameLines() {
    std::size_t other = 0;
    v1::BankLine there;
    v1::ListBankLinesRequest list;
    list.set_parent(project_.name());
    ORIUNDO_RETURN_IF_ERROR(session_.List<v1::ListBankLinesResponse>(
        "LedgerService.ListBankLines", list, [&](const v1::ListBankLinesResponse& page) {
          for (const v1::BankLine& line : page.lines()) {
            if (line.statement() != present_->name()) continue;
            std::size_t ordinal = 0;
            const std::string digits = line.name().substr(line.name().rfind('-') + 1);
            if (!absl::SimpleAtoi(digits, &ordinal) || ordinal == 0 || ordinal > file_.lines.size()) continue;
            const v1::NewBankLine& mine = file_.lines[ordinal - 1];
            const bool same = mine.bank_value_date() == line.bank_value_date() && mine.minor_units() == line.minor_units();
            if (same || (other != 0 && other < ordinal)) continue;
            other = ordinal;
            there = line;
          }
        }));
    if (other == 0) return absl::OkStatus();
    const v1::NewBankLine& mine = file_.lines[other - 1];
    return BadFields(
        {{absl::StrCat(options_.file, ":", file_.places[other - 1]),
          words_(words_.Choose("line {ordinal} of {name} is {mine} on {day} here and {there} on {other} in the ledger; it is another file",
                               "el movimiento {ordinal} de {name} es aquí de {mine} el {day} y en el libro de {there} el {other}; es otro "
                               "archivo"),
                 {{"ordinal", absl::StrCat(other)},
                  {"name", statement_id_},
                  {"mine", Money(mine.minor_units())},
                  {"day", mine.bank_value_date()},
                  {"there", Money(there.minor_units())},
                  {"other", there.bank_value_date()}})}});
  }

  absl::Status AddLines() {
    const std::size_t all = file_.lines.size();
    for (std::size_t next = static_cast<std::size_t>(present_->imported_line_count()); next < all;) {
      ShowProgress(next, all, output_);
      v1::AddBankLinesRequest add;
      add.set_name(present_->name());
      add.set_first_line(static_cast<int64_t>(next) + 1);
      const std::size_t end = std::min(all, next + kLinesPerCall);
      for (std::size_t i = next; i < end; ++i) *add.add_lines() = file_.lines[i];
      absl::StatusOr<v1::BankStatement> statement = session_.Write<v1::BankStatement>("", "LedgerService.AddBankLines", add);
      if (!statement.ok()) {
        ClearProgress(output_);
        if (!output_.json) {
          output_.err << output_.Red(ProblemLine(options_.file,
                                                 {.line = file_.places[next],
                                                  .reason = words_(words_.Choose("lines {first} to {last} were not taken",
                                                                                 "no se aceptaron los movimientos {first} a {last}"),
                                                                   {{"first", absl::StrCat(next + 1)}, {"last", absl::StrCat(end)}})},
                                                 words_))
                      << "\n";
        }
        return statement.status();
      }
      present_ = *std::move(statement);
      added_ += end - next;
      next = end;
    }
    ShowProgress(all, all, output_);
    return absl::OkStatus();
  }

  std::string Money(int64_t minor_units) const { return FormatAmount(minor_units, mapping_.currency_code()); }

  void Tell() const {
    const std::string name = absl::StrCat(project_.name(), "/statements/", statement_id_);
    if (output_.json) {
      const nlohmann::ordered_json report = {{"statement", name},
                                             {"first_date", wanted_.first_date()},
                                             {"last_date", wanted_.last_date()},
                                             {"opening_balance_minor_units", absl::StrCat(wanted_.opening_balance_minor_units())},
                                             {"closing_balance_minor_units", absl::StrCat(wanted_.closing_balance_minor_units())},
                                             {"currency_code", mapping_.currency_code()},
                                             {"line_count", file_.lines.size()},
                                             {"already_there", already_there_},
                                             {"added", added_},
                                             {"rows_left_out", file_.rows_left_out},
                                             {"state", present_.has_value() ? v1::BankStatement::State_Name(present_->state()) : ""},
                                             {"dry_run", options_.dry_run}};
      output_.out << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
      return;
    }
    output_.out << words_(words_.Choose("{name}: {first} to {last}, {opening} to {closing}; lines: {count}; rows left out: "
                                        "{left}.",
                                        "{name}: del {first} al {last}, de {opening} a {closing}; movimientos: {count}; filas "
                                        "omitidas: {left}."),
                          {{"name", ShortName(name)},
                           {"first", wanted_.first_date()},
                           {"last", wanted_.last_date()},
                           {"opening", Money(wanted_.opening_balance_minor_units())},
                           {"closing", Money(wanted_.closing_balance_minor_units())},
                           {"count", absl::StrCat(file_.lines.size())},
                           {"left", absl::StrCat(file_.rows_left_out)}})
                << "\n";
    if (options_.dry_run) {
      const bool follows = !last_.has_value() || present_.has_value() ||
                           last_->closing_balance_minor_units() == wanted_.opening_balance_minor_units();
      output_.out << words_.Choose("It adds up; nothing was written.", "Cuadra; no se escribió nada.") << "\n";
      if (!follows) {
        output_.out << output_.Red(words_(words_.Choose("The ledger would refuse it: the statement before ended with {balance}.",
                                                        "El libro lo rechazaría: el estado de cuenta anterior terminó con {balance}."),
                                          {{"balance", Money(last_->closing_balance_minor_units())}}))
                    << "\n";
      }
      return;
    }
    output_.out << words_(words_.Choose("Lines added: {added}; already there: {there}; the statement is complete.",
                                        "Movimientos agregados: {added}; ya estaban: {there}; el estado de cuenta está "
                                        "completo."),
                          {{"added", absl::StrCat(added_)}, {"there", absl::StrCat(already_there_)}})
                << "\n";
  }

  const BankImportOptions& options_;
  const v1::BankStatementMapping& mapping_;
  const BankFile& file_;
  const Output& output_;
  const Words& words_;
  // An import that was killed goes on where it stood; there is nothing to tidy up.
  const std::atomic<bool> never_ = false;
  ImportSession session_;
  v1::Project project_;
  std::optional<v1::BankStatement> last_;
  v1::BankStatement wanted_;
  std::string statement_id_;
  std::optional<v1::BankStatement> present_;
  std::size_t already_there_ = 0;
  std::size_t added_ = 0;
};

}  // namespace

absl::StatusOr<BankFile> ReadBankFile(const v1::BankStatementMapping& mapping, std::istream& stream, const Words& words) {
  return FileReader(mapping, words).Read(stream);
}

absl::Status ImportBankStatement(const BankImportOptions& options, std::istream& standard_input, const Output& output) {
  const Words& words = output.words;
  const auto fail = [&output](const absl::Status& status) {
    PrintError(status, {}, output);
    return status;
  };
  if (options.file == "-" && options.mapping == "-")
    return fail(BadFields({{"--mapping", words("only one of mapping and file can come from standard input")}}));
  v1::BankStatementMapping mapping;
  if (absl::Status status = ReadBody(options.mapping, standard_input, mapping, words); !status.ok()) return fail(status);
  std::ifstream stream;
  errno = 0;
  if (options.file != "-") {
    stream.open(options.file, std::ios::binary);
    if (std::filesystem::is_directory(options.file)) errno = EISDIR;
    if (!stream || std::filesystem::is_directory(options.file))
      return fail(BadFields({{options.file, words("cannot be read: {why}", {{"why", FaultOfFile(errno, words)}})}}));
  }
  const absl::StatusOr<BankFile> file = ReadBankFile(mapping, options.file == "-" ? standard_input : stream, words);
  if (!file.ok()) return fail(file.status());
  if (!file->problems.empty()) {
    std::vector<CallError::Field> fields;
    std::set<int64_t> lines;
    for (const RowProblem& problem : file->problems) {
      lines.insert(problem.line);
      if (!output.json) output.err << output.Red(ProblemLine(options.file, problem, words)) << "\n";
      fields.push_back({absl::StrCat(options.file, ":", problem.line, ":", problem.position), problem.reason});
    }
    if (output.json) return fail(BadFields(fields));
    const absl::Status status = BadFields(
        {{options.file, words("malformed rows: {count}", {{"count", absl::StrCat(lines.size())}})}});
    return fail(status);
  }
  Importer importer(options, mapping, *file, output);
  const absl::Status status = importer.Run();
  if (status.ok()) return status;
  PrintError(status, {}, output);
  // What was refused is refused again as it is.
  const ExitCode exit_code = ExitCodeOf(status);
  if (!output.json && (exit_code == kExitUnavailable || exit_code == kExitInternal)) {
    output.err << words("To go on, run the same again; what is there is left alone:") << "\n  "
               << RepeatCommand(options.arguments, {}, "") << "\n";
  }
  return status;
}

}  // namespace oriundo
