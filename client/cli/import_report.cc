#include "client/cli/import_report.h"

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/csv.h"
#include "client/cli/render.h"
#include "client/cli/table.h"
#include "client/cpp/call_error.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

// Of figures that differ, on a screen.
constexpr int64_t kFiguresShownMax = 25;

// A figure as people read it.
std::string Readable(int64_t value, const std::string& currency) {
  return currency.empty() ? absl::StrCat(value) : FormatAmount(value, currency);
}

ImportCounts Sum(const ImportCounts& a, const ImportCounts& b) {
  return {a.written + b.written, a.already_there + b.already_there, a.refused + b.refused, a.not_tried + b.not_tried};
}

nlohmann::ordered_json CountsJson(const ImportCounts& counts) {
  return {{"written", counts.written},
          {"already_there", counts.already_there},
          {"refused", counts.refused},
          {"not_tried", counts.not_tried}};
}

nlohmann::ordered_json ProblemJson(const ImportReport& report, const RowProblem& problem) {
  return {
      {"file", report.file},        {"line", problem.line},     {"position", problem.position},        {"column", problem.column},
      {"subject", problem.subject}, {"reason", problem.reason}, {"error_reason", problem.error_reason}};
}

std::string Where(int64_t line, const std::string& column) { return line == 0 ? "-" : absl::StrCat(line, " ", column); }

}  // namespace

std::string PlainDecimal(int64_t minor_units, const std::string& currency_code) {
  const std::size_t digits = static_cast<std::size_t>(CurrencyDigits(currency_code).value_or(0));
  // The digits without the sign, which may be those of the smallest number.
  const bool negative = minor_units < 0;
  const std::string plain = absl::StrCat(minor_units).substr(negative ? 1 : 0);
  const std::string padded = absl::StrCat(std::string(plain.size() <= digits ? digits + 1 - plain.size() : 0, '0'), plain);
  const std::size_t whole = padded.size() - digits;
  return absl::StrCat(negative ? "-" : "", padded.substr(0, whole), digits > 0 ? "." : "", padded.substr(whole));
}

std::string ImportReportJson(const ImportReport& report) {
  nlohmann::ordered_json json = {{"file", report.file},
                                 {"mapping", report.mapping},
                                 {"source", report.source},
                                 {"dry_run", report.dry_run},
                                 {"interrupted", report.interrupted},
                                 {"rows", report.rows},
                                 {"rows_of_no_kind", report.rows_of_no_kind},
                                 {"rows_malformed", report.rows_malformed},
                                 {"organizations", CountsJson(report.organizations)},
                                 {"projects", CountsJson(report.projects)},
                                 {"money", CountsJson(Sum(report.money, report.money_of_projects))},
                                 {"money_of_projects", CountsJson(report.money_of_projects)}};
  json["problems"] = nlohmann::ordered_json::array();
  for (const RowProblem& problem : report.problems) json["problems"].push_back(ProblemJson(report, problem));
  json["notes"] = nlohmann::ordered_json::array();
  for (const RowProblem& note : report.notes) json["notes"].push_back(ProblemJson(report, note));
  json["figures"] = nlohmann::ordered_json::array();
  for (const Figure& figure : report.figures) {
    json["figures"].push_back({{"file", report.file},
                               {"line", figure.line},
                               {"column", figure.column},
                               {"check", figure.check},
                               {"subject", figure.subject},
                               {"printed", figure.printed},
                               {"printed_minor_units", absl::StrCat(figure.printed_minor_units)},
                               {"computed", PlainDecimal(figure.computed_minor_units, figure.currency_code)},
                               {"computed_minor_units", absl::StrCat(figure.computed_minor_units)},
                               {"difference", PlainDecimal(figure.difference(), figure.currency_code)},
                               {"difference_minor_units", absl::StrCat(figure.difference())},
                               {"currency_code", figure.currency_code},
                               {"note", figure.note}});
  }
  json["in_ledger"] = nlohmann::ordered_json::object();
  for (const auto& [currency, money] : report.in_ledger) {
    nlohmann::ordered_json& all = json["in_ledger"][currency];
    all["confirmed_minor_units"] = nlohmann::ordered_json::object();
    for (const auto& [role, amount] : money.confirmed) all["confirmed_minor_units"][role] = absl::StrCat(amount);
    all["spent_minor_units"] = absl::StrCat(money.spent);
    all["refunded_minor_units"] = absl::StrCat(money.refunded);
    all["box_minor_units"] = absl::StrCat(money.box);
    all["over_match_minor_units"] = absl::StrCat(money.over_match);
    all["gap_minor_units"] = absl::StrCat(money.gap);
  }
  json["calls"] = report.calls;
  json["milliseconds"] = report.milliseconds;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string ImportReportCsv(const ImportReport& report) {
  std::string text =
      "kind,file,line,position,column,check,subject,printed,computed,difference,difference_minor_units,currency,note\n";
  const auto add = [&text](const std::vector<std::string>& cells) {
    absl::StrAppend(&text, absl::StrJoin(cells, ",", [](std::string* out, const std::string& cell) { *out += CsvQuoted(cell); }),
                    "\n");
  };
  const auto number = [](int64_t value) { return value == 0 ? std::string() : absl::StrCat(value); };
  for (const Figure& figure : report.figures) {
    add({"figure", report.file, number(figure.line), "", figure.column, figure.check, figure.subject, figure.printed,
         PlainDecimal(figure.computed_minor_units, figure.currency_code), PlainDecimal(figure.difference(), figure.currency_code),
         absl::StrCat(figure.difference()), figure.currency_code, figure.note});
  }
  const auto add_problem = [&](const char* kind, const RowProblem& problem) {
    add({kind, report.file, number(problem.line), number(problem.position), problem.column, problem.error_reason, problem.subject,
         "", "", "", "", "", problem.reason});
  };
  for (const RowProblem& problem : report.problems) add_problem("problem", problem);
  for (const RowProblem& note : report.notes) add_problem("note", note);
  return text;
}

absl::Status WriteImportReport(const ImportReport& report, const std::string& path, const Words& words) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << (absl::EndsWith(path, ".json") ? ImportReportJson(report) : ImportReportCsv(report));
  file.close();
  if (file) return absl::OkStatus();
  return BadFields({{"--report", words("cannot write {path}: {why}", {{"path", path}, {"why", FaultOfFile(errno, words)}})}});
}

std::string ProblemLine(const std::string& file, const RowProblem& problem, const Words& words) {
  std::string text = file;
  if (problem.line > 0) absl::StrAppend(&text, ":", problem.line);
  if (problem.line > 0 && problem.position > 0) absl::StrAppend(&text, ":", problem.position);
  if (!problem.column.empty()) absl::StrAppend(&text, ", ", words("column \"{column}\"", {{"column", problem.column}}));
  if (!problem.subject.empty()) absl::StrAppend(&text, ", ", problem.subject);
  absl::StrAppend(&text, ": ", problem.reason);
  if (!problem.error_reason.empty()) absl::StrAppend(&text, " (", problem.error_reason, ")");
  return Printable(text);
}

void PrintImportReport(const ImportReport& report, const Output& output) {
  const Words& words = output.words;
  int64_t differing = 0;
  Table figures({{words("line")},
                 {words("what")},
                 {words("check")},
                 {words("printed"), true},
                 {words("computed"), true},
                 {words("difference"), true},
                 {words("note")}});
  for (const Figure& figure : report.figures) {
    if (figure.difference() == 0) continue;
    if (++differing > kFiguresShownMax) continue;
    figures.Add({Where(figure.line, figure.column), figure.subject, words(figure.check), figure.printed,
                 Readable(figure.computed_minor_units, figure.currency_code), Readable(figure.difference(), figure.currency_code),
                 figure.note});
  }
  if (!report.figures.empty()) {
    output.out << words("Figures compared: {count}; differing: {differing}. None was changed.",
                        {{"count", absl::StrCat(report.figures.size())}, {"differing", absl::StrCat(differing)}})
               << "\n";
    figures.DropEmptyColumns();
    figures.Print(output);
    if (differing > kFiguresShownMax)
      output.out << words("Differing besides: {count}; --report FILE has them all.",
                          {{"count", absl::StrCat(differing - kFiguresShownMax)}})
                 << "\n";
  }
  for (const RowProblem& note : report.notes) output.out << ProblemLine(report.file, note, words) << "\n";
  for (const auto& [currency, money] : report.in_ledger) {
    std::vector<std::string> roles;
    int64_t all = 0;
    for (const auto& [role, amount] : money.confirmed) {
      roles.push_back(absl::StrCat(role, " ", FormatAmount(amount, currency)));
      all += amount;
    }
    output.out << words("In the ledger: {all} confirmed ({roles}), {spent} spent, {box} in the boxes, {over_match} over-match.",
                        {{"all", FormatAmount(all, currency)},
                         {"roles", absl::StrJoin(roles, ", ")},
                         {"spent", FormatAmount(money.spent, currency)},
                         {"box", FormatAmount(money.box, currency)},
                         {"over_match", FormatAmount(money.over_match, currency)}})
               << "\n";
  }
  Table summary({{words(report.dry_run ? "dry run, nothing written" : "imported")},
                 {words(report.dry_run ? "would be written" : "written"), true},
                 {words("already there"), true},
                 {words("refused"), true},
                 {words("not tried"), true}});
  const auto add = [&](const char* name, const ImportCounts& counts) {
    if (counts.written + counts.already_there + counts.refused + counts.not_tried == 0) return;
    summary.Add({words(name), absl::StrCat(counts.written), absl::StrCat(counts.already_there), absl::StrCat(counts.refused),
                 absl::StrCat(counts.not_tried)});
  };
  add("organisations", report.organizations);
  add("projects", report.projects);
  add("deposits and spending", Sum(report.money, report.money_of_projects));
  summary.Print(output);
  const ImportCounts money = Sum(report.money, report.money_of_projects);
  const bool any_money = money.written + money.already_there + money.refused + money.not_tried > 0;
  if (report.dry_run && report.projects.written > 0 && !any_money) {
    output.out << words("Deposits and spending, and what the ledger makes of them, are known only once written; a dry run does "
                        "not count them.")
               << "\n";
  }
  output.out << words("Rows: {rows}; malformed: {malformed}; left out by the mapping: {unmapped}.",
                      {{"rows", absl::StrCat(report.rows)},
                       {"malformed", absl::StrCat(report.rows_malformed)},
                       {"unmapped", absl::StrCat(report.rows_of_no_kind)}})
             << "\n";
  const int64_t milliseconds = std::max<int64_t>(report.milliseconds, 1);
  output.out << words("Calls: {calls} in {seconds} s, {rate} a second.",
                      {{"calls", absl::StrCat(report.calls)},
                       {"seconds", absl::StrCat(report.milliseconds / 1'000, ".", report.milliseconds % 1'000 / 100)},
                       {"rate", absl::StrCat(report.calls * 1'000 / milliseconds)}})
             << "\n";
}

}  // namespace oriundo
