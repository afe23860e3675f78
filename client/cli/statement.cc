#include "client/cli/statement.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/cli/locale.h"
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
    {"declared, waiting", [](const Line& l) { return l.party().declared_minor_units(); }, true},
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

// What banks kept of a party's releases on their way and was not sent again.
int64_t KeptByBanks(const v1::Project& project, const v1::Party& party) {
  int64_t kept = 0;
  for (const v1::Tranche& tranche : project.tranches()) {
    if (tranche.party() == party.organization()) kept += tranche.fee_minor_units();
  }
  return kept;
}

// What stands on the account for what somebody unknown covered for a party, as a negative amount.
int64_t Suspense(const v1::Project& project) {
  for (const v1::AccountBalance& balance : project.balances()) {
    if (balance.account() == "suspense:" + ShortName(project.name())) return balance.minor_units();
  }
  return 0;
}

// An amount as the reader's country writes it, without and with its currency.
std::string Amount(const Output& output, int64_t minor_units, const std::string& currency) {
  return output.locale == nullptr ? AmountOf(minor_units, currency) : output.locale->Amount(minor_units, currency);
}
std::string WithCurrency(const Output& output, int64_t minor_units, const std::string& currency) {
  return absl::StrCat(Amount(output, minor_units, currency), " ", currency);
}

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
    const auto add_amounts = [&](const char* title, bool always, const auto& amount) {
      int64_t total = 0;
      bool any = always;
      for (const Line& line : statement.lines()) {
        total += amount(line);
        any |= amount(line) != 0;
      }
      if (any) {
        add(
            title, [&](const Line& line) { return Amount(output, amount(line), currency); }, Amount(output, total, currency));
      }
    };
    for (const Measure& measure : kMeasures) {
      add_amounts(measure.title, measure.always, measure.amount);
      if (std::string_view(measure.title) != "received") continue;
      add_amounts("kept by banks", false, [&](const Line& line) { return KeptByBanks(statement.project(), line.party()); });
    }
    // To the nearest hundredth; the server's own share is rounded down.
    add(
        "share",
        [&](const Line& line) { return PercentOf(line.confirmed_minor_units(), statement.total_confirmed_minor_units()); }, "");
    // On base MATCHED: what all roles have covered together, and each party's part of that.
    add(
        "matched", [&](const Line& line) { return Amount(output, line.matched_minor_units(), currency); },
        Amount(output, statement.matched_base_minor_units(), currency));
    if (statement.matched_base_minor_units() > 0) {
      add(
          "share of matched",
          [&](const Line& line) { return PercentOf(line.matched_minor_units(), statement.matched_base_minor_units()); }, "");
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
               {words("credited"), true},
               {words("kept by banks"), true}});
  for (const v1::Tranche& tranche : statement.project().tranches()) {
    const int64_t kept = tranche.fee_minor_units();
    table.Add({ShortName(tranche.name()), Amount(output, tranche.amount_minor_units(), currency),
               Amount(output, tranche.proposed_minor_units(), currency), Amount(output, tranche.released_minor_units(), currency),
               Amount(output, tranche.settled_minor_units(), currency), kept == 0 ? "" : Amount(output, kept, currency)});
  }
  table.DropEmptyColumns();
  output.out << "\n" << output.Bold(words("Tranches")) << "\n";
  table.Print(output);

  Table bounds({{words("party")}, {words("entitled"), true}, {words("released"), true}});
  for (const Line& line : statement.lines()) {
    if (!line.has_entitled_minor_units()) continue;
    bounds.Add({ShortName(line.party().organization()), Amount(output, line.entitled_minor_units(), currency),
                Amount(output, line.party().released_minor_units(), currency)});
  }
  if (bounds.empty()) return;
  output.out << "\n";
  bounds.Print(output);
}

// What mirror clubs, works committees and clubs hold against it and have not taken back.
void RenderObjections(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  if (statement.project().objections().empty()) return;
  Table table({{words.Choose("objection", "objeción")},
               {words.Choose("who", "quién")},
               {words.Choose("entry", "asiento"), true},
               {words.Choose("report", "informe")},
               {words.Choose("why", "por qué")}});
  for (const v1::Objection& objection : statement.project().objections()) {
    table.Add({objection.objection_id(), ShortName(objection.organization()), absl::StrCat(objection.sequence()),
               ShortName(objection.report()), Printable(objection.reason())});
  }
  table.DropEmptyColumns();
  output.out << "\n" << output.Bold(words.Choose("Open objections", "Objeciones abiertas")) << "\n";
  table.Print(output);
}

// What is entitled before any of the clubs' money is there needs a word: it is no money that somebody has matched.
void RenderBareTolerance(const v1::ProjectStatement& statement, const Output& output) {
  int64_t entitled = 0;
  int64_t club_verified = 0;
  for (const Line& line : statement.lines()) {
    if (line.has_entitled_minor_units()) entitled += line.entitled_minor_units();
    if (!line.has_entitled_minor_units()) club_verified += line.party().verified_minor_units();
  }
  if (statement.project().tranches().empty() || club_verified != 0 || entitled == 0) return;
  output.out << output.words("None of the club's money is verified yet: what is entitled so far is only the tolerance.") << "\n";
}

// The short names of amendments, in a row.
template <typename Names>
std::string Listed(const Names& names) {
  std::string listed;
  for (const std::string& name : names) absl::StrAppend(&listed, listed.empty() ? "" : ", ", name.substr(name.rfind('/') + 1));
  return listed;
}

// What became of the agreement since it was first signed.
void RenderAmendments(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const v1::Project& project = statement.project();
  if (!project.amendments().empty()) {
    output.out << words.Choose("Amended by: ", "Convenios modificatorios en vigor: ") << Listed(project.amendments()) << ".\n";
  }
  if (!statement.open_amendments().empty()) {
    output.out << words.Choose("Amendments waiting for signatures: ", "Convenios modificatorios por firmar: ")
               << Listed(statement.open_amendments()) << ".\n";
  }
  for (const v1::Party& party : project.parties()) {
    if (party.replaced_by().empty()) continue;
    output.out << ShortName(party.organization()) << words.Choose(" was replaced by ", " fue sustituido por ") << ShortName(party.replaced_by())
               << words.Choose("; what it gave stays its own.", "; lo que aportó sigue siendo suyo.") << "\n";
  }
  if (project.uncarried_minor_units() > 0) {
    output.out << words.Choose("Not yet seen on the account that an amendment named: ",
                               "Aún no visto en la cuenta que nombró un convenio modificatorio: ")
               << FormatAmount(project.uncarried_minor_units(), statement.currency_code()) << ".\n";
  }
}

void RenderSentences(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const auto money = [&](int64_t minor_units) { return WithCurrency(output, minor_units, statement.currency_code()); };
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
    say("{party} must pay back {amount}: that much was returned to it beyond what it still had in the box.",
        party.receivable_minor_units());
    say("{party} is to be refunded {amount}.", party.payable_minor_units());
    if (const int64_t kept = KeptByBanks(statement.project(), party); kept > 0) {
      output.out << words("Of what {party} sent, {credited} were credited and {kept} kept by banks; that much may be sent again.",
                          {{"party", who}, {"credited", money(party.received_minor_units())}, {"kept", money(kept)}})
                 << "\n";
    }
  }
  if (statement.project().state() == v1::Project::DRAFT) {
    output.out << words("This is a draft: what each party owes is fixed when it is submitted.") << "\n";
  } else if (!gap && statement.lines_size() > 0) {
    output.out << words("Every party has given what is due.") << "\n";
  }
  RenderBareTolerance(statement, output);
  if (statement.matched_base_minor_units() > 0) {
    output.out << words(
                      "Together the parties have covered every share of a total of {matched}; {beyond} stand beyond it and are "
                      "matched by nobody.",
                      {{"matched", money(statement.matched_base_minor_units())},
                       {"beyond", money(statement.total_confirmed_minor_units() - statement.matched_base_minor_units())}})
               << "\n";
  }
  if (statement.project().state() != v1::Project::DRAFT) {
    output.out << words(statement.complies() ? "Every share complies." : "Not every share complies.") << "\n";
  }
  output.out << words("The box holds {box}; {spent} are spent and {refunded} refunded.",
                      {{"box", money(statement.box_minor_units())},
                       {"spent", money(statement.spent_minor_units())},
                       {"refunded", money(statement.refunded_minor_units())}})
             << "\n";
  const int64_t suspense = Suspense(statement.project());
  if (suspense < 0) {
    output.out << words("In suspense: {amount}. The bank took back more than the box held; who covered it is not known yet.",
                        {{"amount", money(suspense)}})
               << "\n";
  }
  if (const int64_t unidentified = statement.unidentified_minor_units(); unidentified > 0) {
    output.out << words("In suspense: {amount}. Nobody is known yet whose money it is.", {{"amount", money(unidentified)}}) << "\n";
  }
  RenderAmendments(statement, output);
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
  RenderObjections(statement, output);
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
