#include "client/cli/statement.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/names.h"
#include "client/cli/render.h"
#include "client/cli/table.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

using Line = v1::ProjectStatement::Line;

// Parties of one block of columns: with amounts of millions they fit a terminal of 100 columns.
constexpr int kPartiesPerBlock = 4;

// One row of amounts: its title, what a party has there, and whether it is shown when it is zero for all.
struct Measure {
  const char* title;
  int64_t (*amount)(const Line&);
  bool always;
};

constexpr Measure kMeasures[] = {
    {"due", [](const Line& l) { return l.party().due_minor_units(); }, true},
    {"pledged", [](const Line& l) { return l.party().pledged_minor_units(); }, true},
    {"declared", [](const Line& l) { return l.party().declared_minor_units(); }, true},
    {"verified", [](const Line& l) { return l.party().verified_minor_units(); }, true},
    {"committed", [](const Line& l) { return l.party().committed_minor_units(); }, false},
    {"proposed", [](const Line& l) { return l.party().proposed_minor_units(); }, false},
    {"released", [](const Line& l) { return l.party().released_minor_units(); }, true},
    {"received", [](const Line& l) { return l.party().received_minor_units(); }, true},
    {"confirmed", [](const Line& l) { return l.confirmed_minor_units(); }, true},
    {"deviation", [](const Line& l) { return l.deviation_minor_units(); }, true},
    {"gap", [](const Line& l) { return l.gap_minor_units(); }, true},
    {"over-match", [](const Line& l) { return l.party().over_match_minor_units(); }, true},
    {"spent", [](const Line& l) { return l.party().spent_minor_units(); }, true},
    {"refunded", [](const Line& l) { return l.party().refunded_minor_units(); }, true},
    {"equalised", [](const Line& l) { return l.party().equalised_minor_units(); }, false},
    {"left", [](const Line& l) { return l.party().left_minor_units(); }, true},
    {"payable", [](const Line& l) { return l.party().payable_minor_units(); }, false},
    {"receivable", [](const Line& l) { return l.party().receivable_minor_units(); }, false},
    {"interest", [](const Line& l) { return l.party().interest_minor_units(); }, false},
};

// The project that all rows are about, `projects/{project}`; empty where they are about several.
std::string ProjectOf(const std::vector<v1::TrailRow>& rows) {
  const auto project = [](const v1::TrailRow& row) {
    return row.inflow().substr(0, row.inflow().find('/', row.inflow().find('/') + 1));
  };
  const std::string first = project(rows.front());
  return std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return project(row) == first; }) ? first : "";
}

// `contributions/d1` in a table about one project. The kind stays; with the project before it, `oriundo trail` takes it so.
std::string WithKind(const std::string& name, const std::string& project) {
  return !project.empty() && name.starts_with(project + "/") ? name.substr(project.size() + 1) : name;
}

std::string Percent(int32_t bps) { return absl::StrCat(bps / 100, ".", bps % 100 < 10 ? "0" : "", bps % 100, " %"); }

void RenderParties(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const std::string& currency = statement.currency_code();
  for (int begin = 0; begin < statement.lines_size(); begin += kPartiesPerBlock) {
    const int end = std::min(begin + kPartiesPerBlock, statement.lines_size());
    const bool last = end == statement.lines_size();
    std::vector<Table::Column> columns = {{"", false}};
    for (int i = begin; i < end; ++i) columns.push_back({ShortName(statement.lines(i).party().organization()), true});
    if (last) columns.push_back({words("total"), true});
    Table table(columns);
    const auto add = [&](const char* title, const std::function<std::string(const Line&)>& cell, const std::string& total) {
      std::vector<std::string> row = {words(title)};
      for (int i = begin; i < end; ++i) row.push_back(cell(statement.lines(i)));
      if (last) row.push_back(total);
      table.Add(std::move(row));
    };
    add(
        "role", [](const Line& line) { return line.party().role(); }, "");
    for (const Measure& measure : kMeasures) {
      int64_t total = 0;
      bool any = measure.always;
      for (const Line& line : statement.lines()) {
        total += measure.amount(line);
        any |= measure.amount(line) != 0;
      }
      if (any)
        add(
            measure.title, [&](const Line& line) { return AmountOf(measure.amount(line), currency); }, AmountOf(total, currency));
    }
    add(
        "share", [](const Line& line) { return Percent(line.confirmed_share_bps()); }, "");
    // On base MATCHED: what all roles have covered together, and each party's part of that.
    add(
        "matched", [&](const Line& line) { return AmountOf(line.matched_minor_units(), currency); },
        AmountOf(statement.matched_base_minor_units(), currency));
    if (statement.matched_base_minor_units() > 0) {
      add(
          "share of matched",
          [&](const Line& line) {
            return Percent(static_cast<int32_t>(static_cast<__int128>(line.matched_minor_units()) * 10'000 /
                                                statement.matched_base_minor_units()));
          },
          "");
    }
    add(
        "complies", [&](const Line& line) { return words(line.complies() ? "yes" : "no"); },
        words(statement.complies() ? "yes" : "no"));
    output.out << "\n";
    table.Print(output);
  }
}

void RenderTranches(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const std::string& currency = statement.currency_code();
  if (statement.project().tranches().empty()) return;
  Table table({{words("tranche")},
               {words("amount"), true},
               {words("proposed"), true},
               {words("released"), true},
               {words("settled"), true}});
  for (const v1::Tranche& tranche : statement.project().tranches()) {
    table.Add({ShortName(tranche.name()), AmountOf(tranche.amount_minor_units(), currency),
               AmountOf(tranche.proposed_minor_units(), currency), AmountOf(tranche.released_minor_units(), currency),
               AmountOf(tranche.settled_minor_units(), currency)});
  }
  output.out << "\n" << output.Bold(words("Tranches")) << "\n";
  table.Print(output);

  Table bounds({{words("party")}, {words("entitled"), true}, {words("released"), true}});
  for (const Line& line : statement.lines()) {
    if (!line.has_entitled_minor_units()) continue;
    bounds.Add({ShortName(line.party().organization()), AmountOf(line.entitled_minor_units(), currency),
                AmountOf(line.party().released_minor_units(), currency)});
  }
  if (bounds.empty()) return;
  output.out << "\n";
  bounds.Print(output);
}

void RenderSentences(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const auto money = [&](int64_t minor_units) { return FormatAmount(minor_units, statement.currency_code()); };
  output.out << "\n";
  bool gap = false;
  for (const Line& line : statement.lines()) {
    const v1::Party& party = line.party();
    const std::string who = Printable(line.display_name().empty() ? ShortName(party.organization()) : line.display_name());
    const auto say = [&](const char* sentence, int64_t amount) {
      if (amount <= 0) return;
      output.out << words(sentence, {{"party", who},
                                     {"amount", money(amount)},
                                     {"tolerance", money(statement.project().tolerance_minor_units())}})
                 << "\n";
    };
    gap |= line.gap_minor_units() > 0;
    say(line.complies() ? "{party} is {amount} below its due, within the tolerance of {tolerance}." : "{party} owes {amount}.",
        line.gap_minor_units());
    say("{amount} declared by {party} wait to be verified.", party.declared_minor_units());
    say("{party} gave {amount} beyond its due; nobody has to match it.", party.over_match_minor_units());
    say("{party} must pay back {amount} that was returned to it although already spent.", party.receivable_minor_units());
    say("{party} is to be refunded {amount}.", party.payable_minor_units());
  }
  if (!gap && statement.lines_size() > 0) output.out << words("Every party has given what is due.") << "\n";
  if (statement.matched_base_minor_units() > 0) {
    output.out << words("Together the parties have covered every share of a total of {matched}; {beyond} stand beyond it and are "
                        "matched by nobody.",
                        {{"matched", money(statement.matched_base_minor_units())},
                         {"beyond", money(statement.total_confirmed_minor_units() - statement.matched_base_minor_units())}})
               << "\n";
  }
  output.out << words(statement.complies() ? "Every share complies." : "Not every share complies.") << "\n"
             << words("The box holds {box}; {spent} are spent and {refunded} refunded.",
                      {{"box", money(statement.box_minor_units())},
                       {"spent", money(statement.spent_minor_units())},
                       {"refunded", money(statement.refunded_minor_units())}})
             << "\n";
}

}  // namespace

void RenderStatement(const v1::ProjectStatement& statement, const Output& output) {
  const v1::Project& project = statement.project();
  std::string title = output.words("Project {project}", {{"project", ShortName(project.name())}});
  if (!project.title().empty()) title += ": " + Printable(project.title());
  output.out << output.Bold(title) << "\n"
             << output.words("State {state}. Amounts in {currency}. As of entry {sequence}.",
                             {{"state", v1::Project::State_Name(project.state())},
                              {"currency", statement.currency_code()},
                              {"sequence", absl::StrCat(statement.sequence())}})
             << "\n";
  RenderParties(statement, output);
  RenderTranches(statement, output);
  RenderSentences(statement, output);
}

void RenderTrail(const std::vector<v1::TrailRow>& rows, const Output& output) {
  const Words& words = output.words;
  if (rows.empty()) {
    output.out << words("Nothing to show.") << "\n";
    return;
  }
  const std::string project = ProjectOf(rows);
  if (!project.empty()) output.out << output.Bold(words("Project {project}", {{"project", ShortName(project)}})) << "\n\n";
  Table table(
      {{words("from")}, {words("what")}, {words("to")}, {words("party")}, {words("amount"), true}, {words("entry"), true}});
  // By kind and currency, in the order of the enum.
  std::map<std::pair<int, std::string>, int64_t> totals;
  for (const v1::TrailRow& row : rows) {
    table.Add({WithKind(row.inflow(), project), v1::TrailKind_Name(row.kind()), WithKind(row.outflow(), project),
               ShortName(row.party()), FormatAmount(row.amount().minor_units(), row.amount().currency_code()),
               absl::StrCat(row.sequence())});
    totals[{row.kind(), row.amount().currency_code()}] += row.amount().minor_units();
  }
  table.Line();
  for (const auto& [key, total] : totals) {
    table.Add(
        {words("total"), v1::TrailKind_Name(static_cast<v1::TrailKind>(key.first)), "", "", FormatAmount(total, key.second)});
  }
  table.Print(output);
}

}  // namespace oriundo
