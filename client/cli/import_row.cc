#include "client/cli/import_row.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "client/cli/money_text.h"
#include "client/cli/names.h"
#include "client/cpp/call_error.h"
#include "client/cpp/random.h"
#include "oriundo/v1/field_behavior.pb.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int64_t kCountMax = 1'000'000'000'000'000;

// A part of a template: plain text, or a column and what is made of it.
struct Piece {
  std::string text = {};
  bool is_column = false;
  // After the colon; empty for the cell as it is.
  std::string filter = {};
};

bool IsBuiltInFilter(std::string_view filter) {
  return filter.empty() || filter == "slug" || filter == "code" || filter == "digits" || filter == "upper";
}

// The pieces of a template, or nullopt where a brace stands alone.
std::optional<std::vector<Piece>> PiecesOf(std::string_view text) {
  std::vector<Piece> pieces;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != '}') {
      plain.push_back(text[i]);
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == text[i]) {
      plain.push_back(text[i++]);
      continue;
    }
    const std::size_t close = text.find('}', i);
    if (text[i] == '}' || close == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(i + 1, close - i - 1);
    const std::size_t colon = inside.rfind(':');
    if (!plain.empty()) pieces.push_back({.text = std::move(plain)});
    plain.clear();
    Piece piece{.text = std::string(inside.substr(0, colon)), .is_column = true};
    if (colon != std::string_view::npos) piece.filter = std::string(inside.substr(colon + 1));
    pieces.push_back(std::move(piece));
    i = close;
  }
  if (!plain.empty()) pieces.push_back({.text = std::move(plain)});
  return pieces;
}

const v1::TextTable* TableOf(const v1::ImportMapping& mapping, std::string_view name) {
  for (const v1::TextTable& table : mapping.tables()) {
    if (table.name() == name) return &table;
  }
  return nullptr;
}

// Digits with at most one point, as money_text has them, of a number written as `format` says; nullopt where it is none.
std::optional<std::string> PlainNumber(std::string_view text, const v1::NumberFormat& format) {
  const char point = format.decimal_separator().empty() ? '.' : format.decimal_separator().front();
  const char comma = format.thousands_separator().empty() ? '\0' : format.thousands_separator().front();
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string number;
  if (!text.empty() && text.front() == '-') {
    number = "-";
    text.remove_prefix(1);
  }
  const std::size_t end = std::min(text.find(point), text.size());
  const std::string_view whole = text.substr(0, end);
  std::string_view decimals = text.substr(end);
  const std::size_t first_comma = comma == '\0' ? std::string_view::npos : whole.find(comma);
  std::size_t digits = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool separator = first_comma != std::string_view::npos && i >= first_comma && (i - first_comma) % 4 == 0;
    if (separator != (comma != '\0' && whole[i] == comma)) return std::nullopt;
    if (separator) continue;
    if (!absl::ascii_isdigit(static_cast<unsigned char>(whole[i]))) return std::nullopt;
    number.push_back(whole[i]);
    ++digits;
  }
  const bool grouped = first_comma != std::string_view::npos;
  if (digits == 0 || (grouped && (first_comma < 1 || first_comma > 3 || (whole.size() - first_comma) % 4 != 0)))
    return std::nullopt;
  if (decimals.empty()) return number;
  decimals.remove_prefix(1);
  if (decimals.empty() ||
      !std::all_of(decimals.begin(), decimals.end(), [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }))
    return std::nullopt;
  return number + "." + std::string(decimals);
}

int ScaleDigits(const v1::NumberFormat& format) {
  return format.scale() == v1::NumberFormat::THOUSANDS ? 3 : format.scale() == v1::NumberFormat::MILLIONS ? 6 : 0;
}

// `number` times 10 to the power `digits`, by moving its point.
std::string Shifted(const std::string& number, int digits) {
  const std::size_t point = number.find('.');
  std::string whole = number.substr(0, point);
  std::string decimals = point == std::string::npos ? "" : number.substr(point + 1);
  for (int i = 0; i < digits; ++i) {
    whole.push_back(decimals.empty() ? '0' : decimals.front());
    if (!decimals.empty()) decimals.erase(0, 1);
  }
  return decimals.empty() ? whole : whole + "." + decimals;
}

// Checks a mapping against the headings.
class Checker {
 public:
  Checker(const v1::ImportMapping& mapping, const CsvHeader& header, const Words& words)
      : mapping_(mapping), header_(header), words_(words) {}

  absl::Status Run() {
    Required(mapping_, "");
    Template("currency_code", mapping_.currency_code());
    Separators();
    Tables();
    if (mapping_.rows_size() == 0 && mapping_.checks_size() == 0)
      Add("rows", words_("says neither what rows lead to nor what figures to check"));
    for (int i = 0; i < mapping_.rows_size(); ++i) Rows(mapping_.rows(i), absl::StrCat("rows[", i, "]"));
    for (int i = 0; i < mapping_.checks_size(); ++i) Figure(mapping_.checks(i), absl::StrCat("checks[", i, "]"));
    return fields_.empty() ? absl::OkStatus() : BadFields(fields_);
  }

 private:
  void Add(const std::string& path, const std::string& description) { fields_.push_back({path, description}); }

  // Fields of the mapping whose comment says "Required.".
  void Required(const Message& message, const std::string& prefix) {
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      const std::string path = prefix + field->name();
      const bool required = field->options().GetExtension(v1::behavior) == v1::REQUIRED;
      if (field->is_repeated()) {
        const int size = reflection.FieldSize(message, field);
        if (required && size == 0) Add(path, words_("is required"));
        for (int k = 0; k < size && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; ++k)
          Required(reflection.GetRepeatedMessage(message, field, k), absl::StrCat(path, "[", k, "]."));
        continue;
      }
      if (required && !reflection.HasField(message, field)) Add(path, words_("is required"));
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && reflection.HasField(message, field))
        Required(reflection.GetMessage(message, field), path + ".");
    }
  }

  void Separators() {
    const v1::NumberFormat& numbers = mapping_.numbers();
    const auto one = [&](const std::string& text, const char* path) {
      if (text.size() > 1 || (text.size() == 1 && (absl::ascii_isalnum(static_cast<unsigned char>(text[0])) || text[0] == '-')))
        Add(path, words_("is one character that is neither letter, digit nor minus"));
    };
    one(numbers.decimal_separator(), "numbers.decimal_separator");
    one(numbers.thousands_separator(), "numbers.thousands_separator");
    const std::string point = numbers.decimal_separator().empty() ? "." : numbers.decimal_separator();
    if (numbers.thousands_separator() == point) Add("numbers.thousands_separator", words_("is the decimal separator as well"));
  }

  void Tables() {
    std::set<std::string> names;
    for (int i = 0; i < mapping_.tables_size(); ++i) {
      const v1::TextTable& table = mapping_.tables(i);
      const std::string path = absl::StrCat("tables[", i, "]");
      if (!names.insert(table.name()).second || IsBuiltInFilter(table.name()))
        Add(path + ".name", words_("is taken already: \"{text}\"", {{"text", table.name()}}));
      std::set<std::string> from;
      for (const auto& entry : table.entries()) {
        if (!from.insert(entry.from()).second)
          Add(path + ".entries", words_("is taken already: \"{text}\"", {{"text", entry.from()}}));
      }
    }
  }

  void Column(const std::string& path, const std::string& name) {
    if (!name.empty() && !header_.Find(name).has_value())
      Add(path, words_("the file has no column \"{text}\"", {{"text", name}}));
  }

  void Template(const std::string& path, const std::string& text) {
    const auto pieces = PiecesOf(text);
    if (!pieces.has_value()) return Add(path, words_("a brace stands alone; write two for a brace of the text"));
    for (const Piece& piece : *pieces) {
      if (!piece.is_column) continue;
      if (piece.text.empty()) Add(path, words_("braces hold the name of a column"));
      Column(path, piece.text);
      if (!IsBuiltInFilter(piece.filter) && TableOf(mapping_, piece.filter) == nullptr)
        Add(path, words_("\"{text}\" is neither slug, code, digits, upper nor a table of the mapping", {{"text", piece.filter}}));
    }
  }

  void Conditions(const std::string& path, const google::protobuf::RepeatedPtrField<v1::CellCondition>& conditions) {
    for (int i = 0; i < conditions.size(); ++i) {
      Column(absl::StrCat(path, "[", i, "].column"), conditions[i].column());
      if (conditions[i].test_case() == v1::CellCondition::TEST_NOT_SET)
        Add(absl::StrCat(path, "[", i, "]"), words_("says nothing that must hold"));
    }
  }

  void Needed(bool needed, const std::string& path, const std::string& value) {
    if (needed && value.empty()) Add(path, words_("is required for what this asks"));
  }

  void Rows(const v1::RowsOfKind& rows, const std::string& path) {
    Conditions(path + ".where", rows.where());
    if (rows.organizations_size() == 0 && !rows.has_project() && !rows.has_money())
      Add(path, words_("says nothing that the rows lead to"));
    for (int i = 0; i < rows.organizations_size(); ++i) {
      const v1::OrganizationRow& row = rows.organizations(i);
      const std::string at = absl::StrCat(path, ".organizations[", i, "]");
      Conditions(at + ".where", row.where());
      Template(at + ".act_as", row.act_as());
      Template(at + ".id", row.id());
      Template(at + ".display_name", row.display_name());
      Template(at + ".country_code", row.country_code());
      Template(at + ".parent", row.parent());
      Template(at + ".registration.act_as", row.registration().act_as());
      Template(at + ".registration.folio", row.registration().folio());
      Template(at + ".registration.valid_from", row.registration().valid_from());
      Template(at + ".registration.valid_to", row.registration().valid_to());
    }
    if (rows.has_project()) Project(rows.project(), path + ".project");
    if (rows.has_money()) Money(rows.money(), path + ".money");
  }

  void Project(const v1::ProjectRow& row, const std::string& path) {
    const std::pair<const char*, const std::string&> templates[] = {{"id", row.id()},
                                                                    {"rule_version", row.rule_version()},
                                                                    {"fiscal_year", row.fiscal_year()},
                                                                    {"title", row.title()},
                                                                    {"category", row.category()},
                                                                    {"locality_code", row.locality_code()},
                                                                    {"club", row.club()},
                                                                    {"executor", row.executor()},
                                                                    {"committee", row.committee()},
                                                                    {"office", row.office()},
                                                                    {"verifier", row.verifier()},
                                                                    {"account", row.account()},
                                                                    {"agreement_date", row.agreement_date()},
                                                                    {"bank_value_date", row.bank_value_date()},
                                                                    {"memo", row.memo()},
                                                                    {"quantity_milli", row.quantity_milli()}};
    for (const auto& [name, text] : templates) Template(absl::StrCat(path, ".", name), text);
    Column(path + ".total_column", row.total_column());
    Needed(row.agreed_total() == v1::ProjectRow::PRINTED || row.agreed_total() == v1::ProjectRow::AGREED_TOTAL_UNSPECIFIED,
           path + ".total_column", row.total_column());
    for (int i = 0; i < row.funders_size(); ++i) {
      const std::string at = absl::StrCat(path, ".funders[", i, "]");
      Conditions(at + ".where", row.funders(i).where());
      Template(at + ".organization", row.funders(i).organization());
      Column(at + ".amount_column", row.funders(i).amount_column());
    }
    const auto through = row.through();
    const bool agreed = through >= v1::ProjectRow::AGREED, funded = through >= v1::ProjectRow::FUNDED;
    Needed(agreed, path + ".office", row.office());
    Needed(agreed, path + ".account", row.account());
    Needed(agreed, path + ".agreement_date", row.agreement_date());
    Needed(funded, path + ".verifier", row.verifier());
    Needed(funded, path + ".bank_value_date", row.bank_value_date());
    Needed(funded, path + ".memo", row.memo());
    Needed(through >= v1::ProjectRow::CLOSED, path + ".quantity_milli", row.quantity_milli());
    if (through >= v1::ProjectRow::EXECUTED && row.spending_size() == 0)
      Add(path + ".spending", words_("is required for what this asks"));
    for (int i = 0; i < row.spending_size(); ++i) {
      const std::string at = absl::StrCat(path, ".spending[", i, "]");
      Column(at + ".amount_column", row.spending(i).amount_column());
      Template(at + ".payment_date", row.spending(i).payment_date());
      Template(at + ".vendor_name", row.spending(i).vendor_name());
      if (!IsId(row.spending(i).id())) Add(at + ".id", words_("\"{text}\" is no id", {{"text", row.spending(i).id()}}));
    }
  }

  void Money(const v1::MoneyRow& row, const std::string& path) {
    const std::pair<const char*, const std::string&> templates[] = {
        {"project", row.project()},   {"id", row.id()},           {"date", row.date()}, {"party", row.party()},
        {"verifier", row.verifier()}, {"account", row.account()}, {"memo", row.memo()}, {"vendor_name", row.vendor_name()}};
    for (const auto& [name, text] : templates) Template(absl::StrCat(path, ".", name), text);
    Column(path + ".amount_column", row.amount_column());
    const bool deposit = row.kind() == v1::MoneyRow::DEPOSIT, spending = row.kind() == v1::MoneyRow::EXPENDITURE;
    Needed(deposit, path + ".verifier", row.verifier());
    Needed(deposit, path + ".account", row.account());
    Needed(spending, path + ".vendor_name", row.vendor_name());
    if (spending && row.category() == v1::SPENDING_CATEGORY_UNSPECIFIED)
      Add(path + ".category", words_("is required for what this asks"));
  }

  void Figure(const v1::FigureCheck& check, const std::string& path) {
    Conditions(path + ".where", check.where());
    Conditions(path + ".printed_where", check.printed_where());
    for (const std::string& column : check.columns()) Column(path + ".columns", column);
    if (check.multiply_by() < 0) Add(path + ".multiply_by", words_("is above zero"));
    const bool rows_counted = check.scope() == v1::FigureCheck::ALL_ROWS && check.unit() == v1::FigureCheck::COUNT;
    if (check.columns_size() == 0 && !rows_counted) Add(path + ".columns", words_("is required for what this asks"));
    switch (check.printed_case()) {
      case v1::FigureCheck::PRINTED_NOT_SET:
        return Add(path, words_("says nowhere what is printed: printed_column or printed_text"));
      case v1::FigureCheck::kPrintedColumn:
        Column(path + ".printed_column", check.printed_column());
        if (check.scope() == v1::FigureCheck::ALL_ROWS && check.printed_where_size() == 0)
          Add(path + ".printed_where", words_("is required for what this asks"));
        return;
      case v1::FigureCheck::kPrintedText:
        if (check.scope() == v1::FigureCheck::EACH_ROW)
          Add(path + ".printed_text", words_("each row prints its own; name its column"));
        return;
    }
  }

  const v1::ImportMapping& mapping_;
  const CsvHeader& header_;
  const Words& words_;
  std::vector<CallError::Field> fields_;
};

}  // namespace

absl::StatusOr<CsvHeader> CsvHeader::Of(const CsvRecord& record, const Words& words) {
  CsvHeader header;
  for (const CsvField& field : record.fields) {
    const std::string at = absl::StrCat(field.place.line, ":", field.place.column);
    if (field.text.empty()) return absl::InvalidArgumentError(absl::StrCat(at, ": ", words("a column has no name")));
    if (header.Find(field.text).has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(at, ": ", words("the column \"{text}\" stands twice", {{"text", field.text}})));
    }
    header.names_.push_back(field.text);
  }
  return header;
}

std::optional<std::size_t> CsvHeader::Find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

absl::StatusOr<int64_t> ParseFigure(std::string_view number, const v1::NumberFormat& format, std::string_view currency_code,
                                    const Words& words) {
  const std::optional<std::string> plain = PlainNumber(number, format);
  if (!plain.has_value())
    return absl::InvalidArgumentError(
        words("\"{text}\" is no amount as the mapping says amounts are written", {{"text", std::string(number)}}));
  return ToMinorUnits(Shifted(*plain, ScaleDigits(format)), currency_code, words);
}

absl::StatusOr<int64_t> ParseCount(std::string_view number, const v1::NumberFormat& format, const Words& words) {
  const std::optional<std::string> plain = PlainNumber(number, format);
  int64_t count = 0;
  if (!plain.has_value() || !absl::SimpleAtoi(*plain, &count) || count > kCountMax || count < -kCountMax)
    return absl::InvalidArgumentError(words("\"{text}\" is no whole number", {{"text", std::string(number)}}));
  return count;
}

std::string SlugOf(std::string_view text) {
  static const icu::Transliterator* const to_ascii = [] {
    UErrorCode error = U_ZERO_ERROR;
    icu::Transliterator* made = icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, error);
    return U_SUCCESS(error) ? made : nullptr;
  }();
  icu::UnicodeString letters = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  if (to_ascii != nullptr) to_ascii->transliterate(letters);
  std::string ascii, slug;
  letters.toUTF8String(ascii);
  for (const char c : ascii) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      slug.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string DigitsOf(std::string_view text) {
  const std::string digest = Sha256(text);
  std::string digits;
  for (std::size_t i = 0; i < 18; ++i) digits.push_back(static_cast<char>('0' + static_cast<unsigned char>(digest[i]) % 10));
  return digits;
}

absl::Status CheckMapping(const v1::ImportMapping& mapping, const CsvHeader& header, const Words& words) {
  return Checker(mapping, header, words).Run();
}

bool RowReader::Fits(const google::protobuf::RepeatedPtrField<v1::CellCondition>& conditions) const {
  return std::all_of(conditions.begin(), conditions.end(), [this](const v1::CellCondition& condition) {
    const std::string& cell = Cell(condition.column()).text;
    switch (condition.test_case()) {
      case v1::CellCondition::kEquals:
        return cell == condition.equals();
      case v1::CellCondition::kDiffersFrom:
        return cell != condition.differs_from();
      case v1::CellCondition::kEmpty:
        return cell.empty() == condition.empty();
      case v1::CellCondition::kOneOf:
        return std::find(condition.one_of().texts().begin(), condition.one_of().texts().end(), cell) !=
               condition.one_of().texts().end();
      case v1::CellCondition::TEST_NOT_SET:
        return false;
    }
    return false;
  });
}

void RowReader::ComplainOfCell(std::string_view column, const std::string& reason) {
  const CsvField& cell = Cell(column);
  RowProblem problem{cell.place.line, cell.place.column, std::string(column), reason};
  const bool told = std::any_of(problems_.begin(), problems_.end(), [&](const RowProblem& other) {
    return other.column == problem.column && other.reason == problem.reason;
  });
  if (!told) problems_.push_back(std::move(problem));
}

void RowReader::Complain(const std::string& text_template, const std::string& reason) {
  const auto pieces = PiecesOf(text_template);
  for (const Piece& piece : *pieces) {
    if (piece.is_column) return ComplainOfCell(piece.text, reason);
  }
  problems_.push_back({line(), 0, "", reason});
}

std::string RowReader::Text(const std::string& text_template) {
  std::string text;
  const auto pieces = PiecesOf(text_template);
  for (const Piece& piece : *pieces) {
    if (!piece.is_column) {
      text += piece.text;
      continue;
    }
    const std::string& cell = Cell(piece.text).text;
    if (piece.filter.empty()) {
      if (cell.empty()) return "";
      text += cell;
    } else if (piece.filter == "upper") {
      if (cell.empty()) return "";
      text += absl::AsciiStrToUpper(cell);
    } else if (piece.filter == "slug") {
      if (cell.empty()) return "";
      text += SlugOf(cell);
    } else if (piece.filter == "code") {
      if (cell.empty()) return "";
      text += absl::AsciiStrToUpper(SlugOf(cell));
    } else if (piece.filter == "digits") {
      if (cell.empty()) return "";
      text += DigitsOf(cell);
    } else {
      // A table may say what an empty cell becomes.
      const v1::TextTable& table = *TableOf(mapping_, piece.filter);
      const auto entry =
          std::find_if(table.entries().begin(), table.entries().end(), [&](const auto& row) { return row.from() == cell; });
      if (entry == table.entries().end() && !table.has_otherwise()) {
        if (cell.empty()) return "";
        ComplainOfCell(piece.text, words_("\"{text}\" is not in the table {table} of the mapping",
                                          {{"text", cell}, {"table", table.name()}}));
        return "";
      }
      text += entry == table.entries().end() ? table.otherwise() : entry->to();
    }
  }
  return text;
}

bool RowReader::IsBroken(std::string_view column) const {
  return std::any_of(problems_.begin(), problems_.end(),
                     [column](const RowProblem& problem) { return problem.column == column; });
}

std::string RowReader::RequiredText(const std::string& text_template) {
  std::string text = Text(text_template);
  if (!text.empty()) return text;
  // A cell that was told to be wrong is not also called empty.
  const auto pieces = PiecesOf(text_template);
  const Piece* written = nullptr;
  for (const Piece& piece : *pieces) {
    if (!piece.is_column) continue;
    if (IsBroken(piece.text)) return text;
    if (Cell(piece.text).text.empty()) {
      ComplainOfCell(piece.text, words_("is empty and is needed"));
      return text;
    }
    written = &piece;
  }
  if (written == nullptr) {
    Complain(text_template, words_("is empty and is needed"));
  } else {
    ComplainOfCell(written->text, words_("\"{text}\" has no letter and no digit", {{"text", Cell(written->text).text}}));
  }
  return text;
}

std::string RowReader::Id(const std::string& text_template) {
  std::string text = RequiredText(text_template);
  if (text.empty() || IsId(text)) return text;
  Complain(text_template, words_("\"{text}\" is no id", {{"text", text}}));
  return "";
}

std::string RowReader::Day(const std::string& text_template) {
  std::string text = RequiredText(text_template);
  absl::CivilDay day;
  if (text.empty() || (absl::ParseCivilTime(text, &day) && absl::FormatCivilTime(day) == text)) return text;
  Complain(text_template, words_("\"{text}\" is no day like 2014-09-10", {{"text", text}}));
  return "";
}

int64_t RowReader::Number(const std::string& text_template, int64_t least, int64_t most) {
  const std::string text = RequiredText(text_template);
  int64_t number = 0;
  if (text.empty()) return 0;
  if (absl::SimpleAtoi(text, &number) && number >= least && number <= most) return number;
  Complain(text_template, words_("\"{text}\" is no whole number from {least} to {most}",
                                 {{"text", text}, {"least", absl::StrCat(least)}, {"most", absl::StrCat(most)}}));
  return 0;
}

std::optional<int64_t> RowReader::Amount(std::string_view column) {
  const CsvField& cell = Cell(column);
  if (cell.text.empty()) return std::nullopt;
  const std::string currency = Currency();
  if (currency.empty()) return std::nullopt;
  const absl::StatusOr<int64_t> amount = ParseFigure(cell.text, mapping_.numbers(), currency, words_);
  if (amount.ok()) return *amount;
  ComplainOfCell(column, std::string(amount.status().message()));
  return std::nullopt;
}

std::optional<int64_t> RowReader::Count(std::string_view column) {
  const CsvField& cell = Cell(column);
  if (cell.text.empty()) return std::nullopt;
  const absl::StatusOr<int64_t> count = ParseCount(cell.text, mapping_.numbers(), words_);
  if (count.ok()) return *count;
  ComplainOfCell(column, std::string(count.status().message()));
  return std::nullopt;
}

}  // namespace oriundo
