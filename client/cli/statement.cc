#include "client/cli/statement.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/enum_words.h"
#include "client/cli/locale.h"
#include "client/cli/names.h"
#include "client/cli/render.h"
#include "client/cli/table.h"
#include "oriundo/v1/entry.pb.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

using Line = v1::ProjectStatement::Line;

// Parties of one block of columns: with amounts of millions they fit a terminal of 100 columns.
constexpr int kPartiesPerBlock = 4;

// What was paid back to the party of what counts as given by it. What went back at a year's end counts as never given, so that
// what was received is what is spent, refunded, equalised and left.
int64_t RefundedOf(const v1::Party& party) {
  return std::max<int64_t>(0, party.refunded_minor_units() - party.year_end_returned_minor_units());
}

int64_t RefundedOf(const v1::ProjectStatement& statement) {
  int64_t refunded = 0;
  for (const Line& line : statement.lines()) refunded += RefundedOf(line.party());
  return refunded;
}

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
    {"refunded", [](const Line& l) { return RefundedOf(l.party()); }, true},
    {"equalised", [](const Line& l) { return l.party().equalised_minor_units(); }, false},
    {"left", [](const Line& l) { return l.party().left_minor_units(); }, true},
    {"back at year's end", [](const Line& l) { return l.party().year_end_returned_minor_units(); }, false},
    {"payable", [](const Line& l) { return l.party().payable_minor_units(); }, false},
    {"receivable", [](const Line& l) { return l.party().receivable_minor_units(); }, false},
    {"interest", [](const Line& l) { return l.party().interest_minor_units(); }, false},
    {"interest paid", [](const Line& l) { return l.party().interest_paid_minor_units(); }, false},
    {"given in kind", [](const Line& l) { return l.party().in_kind_minor_units(); }, false},
    {"of that counted", [](const Line& l) { return l.party().in_kind_counted_minor_units(); }, false},
    {"saved", [](const Line& l) { return l.savings_minor_units(); }, false},
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

std::string StateText(const v1::Project& project, const Words& words) {
  const auto* value = v1::Project::State_descriptor()->FindValueByNumber(project.state());
  return value == nullptr ? absl::StrCat(static_cast<int>(project.state())) : EnumText(*value, words);
}

std::string KindText(v1::TrailKind kind, const Words& words) {
  const auto* value = v1::TrailKind_descriptor()->FindValueByNumber(kind);
  return value == nullptr ? absl::StrCat(static_cast<int>(kind)) : EnumText(*value, words);
}

std::string FreezeText(const v1::Hold& hold, const Words& words) {
  const auto* value = v1::Organization::RegistrationState_descriptor()->FindValueByNumber(hold.registration_state());
  return value == nullptr ? "" : EnumText(*value, words);
}

// A day as the reader's country writes it.
std::string Day(const Output& output, const std::string& day) { return output.locale == nullptr ? day :
    output.locale->Date(day); }

// An amount as the reader's country writes it, without and with its currency.
std::string Amount(const Output& output, int64_t minor_units, const std::string& currency) {
  return output.locale == nullptr ? AmountOf(minor_units, currency) : output.locale->Amount(minor_units, currency);
}
std::string WithCurrency(const Output& output, int64_t minor_units, const std::string& currency) {
  return absl::StrCat(Amount(output, minor_units, currency), " ", currency);
}

// A project whose agreement not all have signed: its parties owe nothing yet.
bool IsNotAgreed(const v1::Project& project) {
  const v1::Project::State state = project.state();
  return state == v1::Project::DRAFT || state == v1::Project::SUBMITTED || state == v1::Project::PREVALIDATED ||
         state == v1::Project::APPROVED;
}

// Each party of `begin` to `end` - 1 as a column, with the sums of all where it is the last block.
Document::Section PartiesSection(const v1::ProjectStatement& statement, int begin, int end, const Output& output) {
  const Words& words = output.words;
  const std::string& currency = statement.currency_code();
  const bool last = end == statement.lines_size();
  Document::Section section{.heading = words.Choose("Parties", "Partes"), .columns = {{""}}, .rows = {}};
  for (int i = begin; i < end; ++i) section.columns.push_back({ShortName(statement.lines(i).party().organization()), true});
  if (last) section.columns.push_back({words("total"), true});
  const auto add = [&](const char* title, const std::function<std::string(const Line&)>& cell, const std::string& total) {
    std::vector<std::string> row = {words(title)};
    for (int i = begin; i < end; ++i) row.push_back(cell(statement.lines(i)));
    if (last) row.push_back(total);
    section.rows.push_back({std::move(row)});
  };
  add(
      "role", [&](const Line& line) { return RoleText(line.party().role(), words); }, "");
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
  // Before the agreement nobody owes anything, and nobody has given anything.
  const bool agreed = !IsNotAgreed(statement.project());
  // To the nearest hundredth; the server's own share is rounded down.
  if (agreed || statement.total_confirmed_minor_units() != 0) {
    add(
        "share",
        [&](const Line& line) { return PercentOf(line.confirmed_minor_units(), statement.total_confirmed_minor_units()); }, "");
  }
  // On base MATCHED: what all roles have covered together, and each party's part of that.
  add(
      "matched", [&](const Line& line) { return Amount(output, line.matched_minor_units(), currency); },
      Amount(output, statement.matched_base_minor_units(), currency));
  if (statement.matched_base_minor_units() > 0) {
    add(
        "share of matched",
        [&](const Line& line) { return PercentOf(line.matched_minor_units(), statement.matched_base_minor_units()); }, "");
  }
  if (agreed) {
    add(
        "complies", [&](const Line& line) { return words(line.complies() ? "yes" : "no"); },
        words(statement.complies() ? "yes" : "no"));
  }
  return section;
}

// Empty where there are no tranches.
Document::Section TranchesSection(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const std::string& currency = statement.currency_code();
  Document::Section section{.heading = words("Tranches"),
                            .columns = {{words("tranche")},
                                        {words("amount"), true},
                                        {words("proposed"), true},
                                        {words("released"), true},
                                        {words("credited"), true},
                                        {words("kept by banks"), true}},
                            .rows = {}};
  for (const v1::Tranche& tranche : statement.project().tranches()) {
    const int64_t kept = tranche.fee_minor_units();
    section.rows.push_back(
        {{ShortName(tranche.name()), Amount(output, tranche.amount_minor_units(), currency),
          Amount(output, tranche.proposed_minor_units(), currency), Amount(output, tranche.released_minor_units(), currency),
          Amount(output, tranche.settled_minor_units(), currency), kept == 0 ? "" : Amount(output, kept, currency)}});
  }
  return section;
}

// What the clubs' money entitles to; empty where there are no tranches.
Document::Section BoundsSection(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  const std::string& currency = statement.currency_code();
  Document::Section section{.heading = words.Choose("What may be released", "Lo que se puede liberar"),
                            .columns = {{words("party")}, {words("entitled"), true}, {words("released"), true}},
                            .rows = {}};
  if (statement.project().tranches().empty()) return section;
  for (const Line& line : statement.lines()) {
    if (!line.has_entitled_minor_units()) continue;
    section.rows.push_back({{ShortName(line.party().organization()), Amount(output, line.entitled_minor_units(), currency),
                             Amount(output, line.party().released_minor_units(), currency)}});
  }
  return section;
}

void PrintTable(const Document::Section& section, const Output& output) {
  std::vector<Table::Column> columns;
  for (const Document::Column& column : section.columns) columns.push_back({column.title, column.right});
  Table table(columns);
  for (const Document::Row& row : section.rows) table.Add(row.cells);
  table.DropEmptyColumns();
  table.Print(output);
}

// What mirror clubs, works committees and clubs hold against it and have not taken back; empty where that is nothing.
Document::Section ObjectionsSection(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  Document::Section section{.heading = words.Choose("Open objections", "Objeciones abiertas"),
                            .columns = {{words.Choose("objection", "objeción")},
                                        {words.Choose("who", "quién")},
                                        {words.Choose("entry", "asiento"), true},
                                        {words.Choose("report", "informe")},
                                        {words.Choose("why", "por qué")}},
                            .rows = {}};
  for (const v1::Objection& objection : statement.project().objections()) {
    section.rows.push_back({{objection.objection_id(), ShortName(objection.organization()), absl::StrCat(objection.sequence()),
                             ShortName(objection.report()), Printable(objection.reason())}});
  }
  return section;
}

// A project that came to nothing: what its parties have not given is owed by nobody.
bool OwesNothing(const v1::Project& project) {
  return project.state() == v1::Project::CANCELLED || project.state() == v1::Project::REJECTED;
}

// The lines of the club's role, whose money opens the tranches of the others.
std::vector<const Line*> ClubLines(const v1::ProjectStatement& statement) {
  std::string role;
  for (const Line& line : statement.lines()) {
    if (line.party().organization() == statement.project().club()) role = line.party().role();
  }
  std::vector<const Line*> lines;
  for (const Line& line : statement.lines()) {
    // A club that is no party itself is not told by its role; then by who pays in no tranches.
    if (role.empty() ? !line.has_entitled_minor_units() : line.party().role() == role) lines.push_back(&line);
  }
  return lines;
}

// What is entitled before any of the clubs' money is there needs a word: it is no money that somebody has matched. Empty where
// there is nothing to say.
std::string WithoutClubMoney(const v1::ProjectStatement& statement, const Words& words) {
  if (statement.project().tranches().empty() || OwesNothing(statement.project())) return "";
  int64_t entitled = 0;
  for (const Line& line : statement.lines()) entitled += line.entitled_minor_units();
  int64_t verified = 0;
  int64_t in_kind = 0;
  for (const Line* line : ClubLines(statement)) {
    verified += line->party().verified_minor_units();
    in_kind += line->party().in_kind_counted_minor_units();
  }
  if (verified != 0 || entitled == 0) return "";
  if (in_kind == 0) return words("None of the club's money is verified yet: what is entitled so far is only the tolerance.");
  return words(
      "None of the club's money is verified yet: what is entitled so far comes from the tolerance and, where the rule counts "
      "it, from "
      "what the club gave in kind.");
}

// The short names of amendments, in a row.
template <typename Names>
std::string Listed(const Names& names) {
  std::string listed;
  for (const std::string& name : names) absl::StrAppend(&listed, listed.empty() ? "" : ", ", name.substr(name.rfind('/') + 1));
  return listed;
}

// What became of the agreement since it was first signed.
void AddAmendmentSentences(const v1::ProjectStatement& statement, const Output& output, std::vector<std::string>& sentences) {
  const Words& words = output.words;
  const v1::Project& project = statement.project();
  if (!project.amendments().empty()) {
    sentences.push_back(absl::StrCat(words.Choose("Amended by: ", "Convenios modificatorios en vigor: "), Listed(project.amendments()), "."));
  }
  if (!statement.open_amendments().empty()) {
    sentences.push_back(absl::StrCat(words.Choose("Amendments waiting for signatures: ", "Convenios modificatorios por firmar: "),
                                     Listed(statement.open_amendments()), "."));
  }
  for (const v1::Party& party : project.parties()) {
    if (party.replaced_by().empty()) continue;
    sentences.push_back(absl::StrCat(ShortName(party.organization()), words.Choose(" was replaced by ", " fue sustituido por "),
                                     ShortName(party.replaced_by()),
                                     words.Choose("; what it gave stays its own.", "; lo que aportó sigue siendo suyo.")));
  }
  if (project.uncarried_minor_units() > 0) {
    sentences.push_back(absl::StrCat(words.Choose("Not yet seen on the account that an amendment named: ",
                                                  "Aún no visto en la cuenta que nombró un convenio modificatorio: "),
                                     WithCurrency(output, project.uncarried_minor_units(), statement.currency_code()), "."));
  }
}

// Out of which years' pools a party pays, where it is not that of the project's own year alone.
void AddPoolSentences(const v1::ProjectStatement& statement, const Output& output, std::vector<std::string>& sentences) {
  const Words& words = output.words;
  for (const v1::Party& party : statement.project().parties()) {
    const auto& parts = party.pool_parts();
    const auto is_own = [&](const v1::PoolPart& part) { return part.fiscal_year() == statement.project().fiscal_year(); };
    if (std::all_of(parts.begin(), parts.end(), is_own)) continue;
    std::vector<std::string> pools;
    for (const v1::PoolPart& part : parts) {
      pools.push_back(words(words.Choose("that of {year} has released {released} and promises {committed} more",
                                         "la de {year} ha liberado {released} y promete {committed} más"),
                            {{"year", absl::StrCat(part.fiscal_year())},
                             {"released", WithCurrency(output, part.released_minor_units(), statement.currency_code())},
                             {"committed", WithCurrency(output, part.committed_minor_units(), statement.currency_code())}}));
    }
    sentences.push_back(words(words.Choose("Pools that pay for {party}: {pools}.", "Bolsas que pagan por {party}: {pools}."),
                              {{"party", ShortName(party.organization())}, {"pools", absl::StrJoin(pools, "; ")}}));
  }
}

// What was given in goods and labour, what vendors hold or are owed, and what the work did not cost.
void AddGoodsAndVendorSentences(const v1::ProjectStatement& statement, const Output& output, std::vector<std::string>& sentences) {
  const auto add = [&](const char* english, const char* spanish, int64_t minor_units) {
    if (minor_units == 0) return;
    sentences.push_back(
        absl::StrCat(output.words.Choose(english, spanish), WithCurrency(output, minor_units, statement.currency_code()), "."));
  };
  add("Given in kind, as appraised: ", "Aportado en especie, según avalúo: ", statement.in_kind_minor_units());
  add("Of that, counted towards what is due: ", "De eso, se cuenta hacia lo que se debe: ", statement.in_kind_counted_minor_units());
  add("In the box, held back from vendors: ", "En la caja, retenido a proveedores: ", statement.retained_minor_units());
  add("Paid to vendors in advance and not yet amortised: ", "Anticipado a proveedores y aún sin amortizar: ",
      statement.advance_open_minor_units());
  // What was apportioned or paid back is saved too: only the rest is still to go back. What went back at a year's end is saved as far as
  // it need not be sent again.
  int64_t back = RefundedOf(statement);
  for (const Line& line : statement.lines()) back += line.refunded_early_minor_units();
  const int64_t returned = std::clamp<int64_t>(back, 0, statement.savings_minor_units());
  const int64_t open = statement.savings_minor_units() - returned;
  if (returned == 0) {
    add("Saved, and to be returned to those who paid: ", "Ahorrado, por devolver a quienes pagaron: ", open);
  } else if (open == 0) {
    add("Saved, and returned to those who paid: ", "Ahorrado, y devuelto a quienes pagaron: ", returned);
  } else {
    const auto money = [&](int64_t minor_units) { return WithCurrency(output, minor_units, statement.currency_code()); };
    sentences.push_back(output.words(
        "Saved: {saved}. Of that, {returned} are returned to those who paid and {open} are to be returned.",
        {{"saved", money(statement.savings_minor_units())}, {"returned", money(returned)}, {"open", money(open)}}));
  }
}

// Who owes what, what is in the box, and whether that keeps the rule.
std::vector<std::string> Sentences(const v1::ProjectStatement& statement, const Output& output) {
  const Words& words = output.words;
  std::vector<std::string> sentences;
  const auto money = [&](int64_t minor_units) { return WithCurrency(output, minor_units, statement.currency_code()); };
  bool gap = false;
  for (const Line& line : statement.lines()) {
    const v1::Party& party = line.party();
    const std::string who = Printable(line.display_name().empty() ? ShortName(party.organization()) : line.display_name());
    const auto say = [&](const char* sentence, int64_t amount) {
      if (amount <= 0) return;
      sentences.push_back(words(sentence, {{"party", who},
                                     {"amount", money(amount)},
                                     {"tolerance", money(statement.project().tolerance_minor_units())}}));
    };
    gap |= line.gap_minor_units() > 0;
    if (!OwesNothing(statement.project())) {
      say(IsNotAgreed(statement.project()) ? "{party} would owe {amount}."
          : line.complies()                ? "{party} is {amount} below its due, within the tolerance of {tolerance}."
                                           : "{party} owes {amount}.",
          line.gap_minor_units());
    }
    say("{amount} declared by {party} wait to be verified.", party.declared_minor_units());
    say("{party} gave {amount} beyond its due; nobody has to match it.", party.over_match_minor_units());
    say("{party} must pay back {amount}: a bank took its money back, or it was returned to it, after it had left the box.",
        party.receivable_minor_units());
    if (line.gap_minor_units() > 0) {
      say("That is part of what it owes, and recorded as a repayment: oriundo repayment record.",
          std::min(party.receivable_minor_units() - party.taken_twice_minor_units(), line.gap_minor_units()));
    }
    say("{party} is to be refunded {amount}.", party.payable_minor_units());
    say(party.payable_minor_units() == 0
            ? "Of what {party} gave, {amount} went back because a fiscal year ended: it counts as not given, so it is neither in what "
              "was received nor in what is refunded."
            : "Of what {party} gave, {amount} went back, or is to go back, because a fiscal year ended: it counts as not given, so "
              "it is neither in what was received nor in what is refunded.",
        party.year_end_returned_minor_units());
    say("Of that, {amount} are its part of the savings and count towards its due: it need not send them again.",
        line.refunded_early_minor_units());
    if (const int64_t kept = KeptByBanks(statement.project(), party); kept > 0) {
      sentences.push_back(words("Of what {party} sent, {credited} were credited and {kept} kept by banks; that much may be sent "
                                "again.",
                          {{"party", who}, {"credited", money(party.received_minor_units())}, {"kept", money(kept)}}));
    }
  }
  if (statement.project().state() == v1::Project::DRAFT) {
    sentences.push_back(words("This is a draft: what each party owes is fixed when it is submitted."));
  } else if (IsNotAgreed(statement.project())) {
    sentences.push_back(words("The agreement is not signed by all: nobody owes anything yet."));
  } else if (statement.project().state() == v1::Project::CANCELLED) {
    sentences.push_back(words("The project is cancelled: nobody owes what is missing to its due."));
  } else if (statement.project().state() == v1::Project::REJECTED) {
    sentences.push_back(words("The project was turned down: nobody owes anything for it."));
  } else if (!gap && statement.lines_size() > 0) {
    sentences.push_back(words("Every party has given what is due."));
  }
  const bool bounded = std::any_of(statement.lines().begin(), statement.lines().end(),
                                   [](const Line& line) { return line.has_entitled_minor_units(); });
  const v1::Project::State state = statement.project().state();
  const bool releasing = !OwesNothing(statement.project()) && state != v1::Project::SETTLED && state != v1::Project::CLOSED;
  if (bounded && releasing && !statement.project().tranches().empty() && statement.project().tolerance_minor_units() > 0) {
    sentences.push_back(words("Entitled is what the clubs' verified money opens, the rule's tolerance of "
                              "{tolerance} with it; no more "
                              "than the tranches is ever released.",
                              {{"tolerance", money(statement.project().tolerance_minor_units())}}));
  }
  if (std::string sentence = WithoutClubMoney(statement, words); !sentence.empty()) sentences.push_back(std::move(sentence));
  if (statement.matched_base_minor_units() > 0) {
    sentences.push_back(words(
                      "Together the parties have covered every share of a total of {matched}; {beyond} stand beyond it and are "
                      "matched by nobody.",
                      {{"matched", money(statement.matched_base_minor_units())},
                       {"beyond", money(statement.total_confirmed_minor_units() - statement.matched_base_minor_units())}}));
  }
  if (!IsNotAgreed(statement.project()) && !OwesNothing(statement.project())) {
    sentences.push_back(words(statement.complies() ? "Every share complies." : "Not every share complies."));
  }
  // What is spent is what left the box for the works, as in the table above; invoices may document more or less than that.
  int64_t spent = 0;
  for (const Line& line : statement.lines()) spent += line.party().spent_minor_units();
  sentences.push_back(words("The box holds {box}; {spent} are spent and {refunded} refunded.",
                      {{"box", money(statement.box_minor_units())},
                       {"spent", money(spent)},
                       {"refunded", money(RefundedOf(statement))}}));
  if (statement.spent_minor_units() != spent) {
    const bool advance = statement.advance_open_minor_units() != 0;
    const bool retained = statement.retained_minor_units() != 0;
    const char* const both =
        "Invoices document {documented}: what is retained of them is not spent yet, and what is paid in advance is not "
        "documented yet.";
    const char* const paid_in_advance = "Invoices document {documented}: what is paid in advance is not documented yet.";
    sentences.push_back(words(advance && retained ? both
                              : advance           ? paid_in_advance
                              : retained          ? "Invoices document {documented}: what is retained of them is not spent yet."
                                                  : "Invoices document {documented}.",
                              {{"documented", money(statement.spent_minor_units())}}));
  }
  const int64_t suspense = Suspense(statement.project());
  if (suspense < 0) {
    sentences.push_back(words("In suspense: {amount}. The bank took back more than the box held; who covered it is not known "
                              "yet.",
                        {{"amount", money(suspense)}}));
  }
  if (const int64_t unidentified = statement.unidentified_minor_units(); unidentified > 0) {
    sentences.push_back(words("In suspense: {amount}. Nobody is known yet whose money it is.", {{"amount", money(unidentified)}}));
  }
  AddGoodsAndVendorSentences(statement, output, sentences);
  AddAmendmentSentences(statement, output, sentences);
  AddPoolSentences(statement, output, sentences);
  return sentences;
}

// Why a project came to nothing, by the entry that ended it.
std::string EndSentence(const v1::Entry& ended, const Output& output) {
  const Words& words = output.words;
  std::map<std::string, std::string> values = {{"day", Day(output, ended.effective_date())},
                                               {"by", ShortName(ended.organization())}};
  if (ended.has_agreement_lapsed()) {
    return words("Not all signed the agreement in time: the project was cancelled by itself on {day}.", values);
  }
  const bool cancelled = ended.has_project_cancelled();
  const std::string& reason = cancelled ? ended.project_cancelled().reason().text() : ended.project_rejected().reason().text();
  values["reason"] = Printable(reason);
  if (reason.empty()) {
    return words(cancelled ? "Cancelled on {day} by {by}; why is no longer kept."
                           : "Turned down on {day} by {by}; why is no longer kept.",
                 values);
  }
  return words(cancelled ? "Cancelled on {day} by {by}: {reason}" : "Turned down on {day} by {by}: {reason}", values);
}

// What stands over the tables: what counts, why it ended, and what holds the money up. `ended` may be null.
std::vector<std::string> HeadSentences(const v1::ProjectStatement& statement, const v1::Entry* ended, const Output& output) {
  std::vector<std::string> sentences;
  if (ended != nullptr) sentences.push_back(EndSentence(*ended, output));
  if (!statement.effective_through().empty()) {
    sentences.push_back(output.words("Only what counts through {day} is counted; parties, dues and state are as known.",
                                     {{"day", Day(output, statement.effective_through())}}));
  }
  for (const v1::Hold& hold : statement.holds()) {
    sentences.push_back(HoldSentence(hold, Day(output, hold.since()), output.words));
  }
  return sentences;
}

std::string TitleOf(const v1::ProjectStatement& statement, const Words& words) {
  std::string title = words("Project {project}", {{"project", ShortName(statement.project().name())}});
  if (!statement.project().title().empty()) title += ": " + Printable(statement.project().title());
  return title;
}

// `406`, or `406, Sep 10, 2014, 12:00:00 UTC` where the time is known.
std::string MomentText(const v1::ProjectStatement& statement, std::optional<int64_t> commit_seconds, const Output& output) {
  if (!commit_seconds.has_value()) return absl::StrCat(statement.sequence());
  const ReaderLocale own(output.words.language());
  return absl::StrCat(statement.sequence(), ", ", (output.locale == nullptr ? own : *output.locale).Time(*commit_seconds));
}

std::string MomentSentence(const v1::ProjectStatement& statement, std::optional<int64_t> commit_seconds, const Output& output) {
  const Words& words = output.words;
  return words("State {state}. Amounts in {currency}. As of entry {sequence}.",
               {{"state", StateText(statement.project(), words)},
                {"currency", statement.currency_code()},
                {"sequence", MomentText(statement, commit_seconds, output)}});
}

}  // namespace

std::string HoldSentence(const v1::Hold& hold, const std::string& day, const Words& words) {
  const std::map<std::string, std::string> values = {
      {"who", ShortName(hold.organization())},
      {"state", FreezeText(hold, words)},
      {"by", ShortName(hold.held_by())},
      {"tranche", ShortName(hold.tranche())},
      {"day", day}};
  if (hold.kind() == v1::Hold::WORK_NOT_VERIFIED) {
    return words(words.Choose("Tranche {tranche} waits until as much work is verified as the rule asks for: {who} reports it, "
                              "and the office, the club or the committee confirms it.",
                              "La ministración {tranche} espera a que se verifique la obra que la regla exige: {who} la informa, "
                              "y la oficina, el club o el comité la confirma."),
                 values);
  }
  if (hold.kind() == v1::Hold::OUTSIDE_WINDOW) {
    return words(words.Choose("Tranche {tranche} is outside the days on which the rule lets it be released.",
                              "La ministración {tranche} está fuera de las fechas en que la regla permite liberarla."),
                 values);
  }
  if (hold.kind() == v1::Hold::NOT_ACCOUNTED) {
    return words(words.Choose("Tranche {tranche} waits until {who} has accounted for as much of what was received as the rule asks for.",
                              "La ministración {tranche} espera a que {who} compruebe la parte de lo recibido que la regla exige."),
                 values);
  }
  if (hold.kind() == v1::Hold::PROJECT_SUSPENDED) {
    return words("The project is suspended since {day}, by {by}: nothing is released or spent, and nobody is late.", values);
  }
  return words(
      "The registration of {who} is frozen since {day} ({state}, by {by}): its money is not verified and no tranche is released "
      "for "
      "it; that is nobody's delay.",
      values);
}

void RenderStatement(const v1::ProjectStatement& statement, const Output& output, const v1::Entry* ended,
                     std::optional<int64_t> commit_seconds) {
  output.out << output.Bold(TitleOf(statement, output.words)) << "\n" << MomentSentence(statement, commit_seconds, output)
             << "\n";
  for (const std::string& sentence : HeadSentences(statement, ended, output)) output.out << sentence << "\n";
  for (int begin = 0; begin < statement.lines_size(); begin += kPartiesPerBlock) {
    output.out << "\n";
    PrintTable(PartiesSection(statement, begin, std::min(begin + kPartiesPerBlock, statement.lines_size()), output), output);
  }
  if (const Document::Section tranches = TranchesSection(statement, output); !tranches.rows.empty()) {
    output.out << "\n" << output.Bold(tranches.heading) << "\n";
    PrintTable(tranches, output);
  }
  if (const Document::Section bounds = BoundsSection(statement, output); !bounds.rows.empty()) {
    output.out << "\n";
    PrintTable(bounds, output);
  }
  if (const Document::Section objections = ObjectionsSection(statement, output); !objections.rows.empty()) {
    output.out << "\n" << output.Bold(objections.heading) << "\n";
    PrintTable(objections, output);
  }
  output.out << "\n";
  for (const std::string& sentence : Sentences(statement, output)) output.out << sentence << "\n";
}

void RenderYearEnd(const v1::ListStatementLinesResponse& lines, const Output& output) {
  const Words& words = output.words;
  for (const v1::StatementLine& line : lines.lines()) {
    if (line.year_end_return_minor_units() == 0) continue;
    const bool late = line.year_end_return_late_days() > 0;
    const char* const in_time = words.Choose("{amount} are to go back to {party} by {day}, because a fiscal year ended.",
                                             "{amount} deben reintegrarse a {party} a más tardar el {day}, por terminar un "
                                             "ejercicio.");
    const char* const too_late = words.Choose("{amount} were to go back to {party} by {day}, because a fiscal year ended: {days} "
                                              "days late.",
                                              "{amount} debían reintegrarse a {party} a más tardar el {day}, por terminar un "
                                              "ejercicio: {days} días de demora.");
    output.out << words(late ? too_late : in_time,
                        {{"party", Printable(line.display_name().empty() ? ShortName(line.organization()) : line.display_name())},
                         {"amount", WithCurrency(output, line.year_end_return_minor_units(), line.currency_code())},
                         {"day", Day(output, line.year_end_return_due_date())},
                         {"days", absl::StrCat(line.year_end_return_late_days())}})
               << "\n";
  }
}

Document DocumentOf(const v1::ProjectStatement& statement, const Output& output, const v1::Entry* ended,
                    std::optional<int64_t> commit_seconds) {
  const Words& words = output.words;
  Document document;
  document.title = TitleOf(statement, words);
  document.facts.emplace_back(words.Choose("State", "Estado"), StateText(statement.project(), words));
  document.facts.emplace_back(words.Choose("Amounts in", "Importes en"), statement.currency_code());
  document.facts.emplace_back(words.Choose("As of", "Al"),
                              words(words.Choose("entry {sequence}", "asiento {sequence}"),
                                    {{"sequence", MomentText(statement, commit_seconds, output)}}));
  document.sections.push_back(PartiesSection(statement, 0, statement.lines_size(), output));
  for (Document::Section section : {TranchesSection(statement, output), BoundsSection(statement, output), ObjectionsSection(statement, output)}) {
    if (!section.rows.empty()) document.sections.push_back(std::move(section));
  }
  document.notes_heading = words.Choose("In words", "En palabras");
  document.notes = HeadSentences(statement, ended, output);
  for (std::string& sentence : Sentences(statement, output)) document.notes.push_back(std::move(sentence));
  return document;
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
      {{words("from")},
       {words("what")},
       {words("to")},
       {words("party")},
       {words("amount"), true},
       {words("entry"), true},
       {words("day")},
       {words("reallocation")}});
  // By kind and currency, in the order of the enum.
  std::map<std::pair<int, std::string>, int64_t> totals;
  // By what money came from another project or went to one.
  std::set<std::string> reallocations;
  for (const v1::TrailRow& row : rows) {
    std::vector<std::string> by;
    for (const std::string& reallocation : {row.from_reallocation(), row.to_reallocation()}) {
      if (reallocation.empty()) continue;
      by.push_back(ShortName(reallocation));
      reallocations.insert(by.back());
    }
    table.Add({WithKind(row.inflow(), project), KindText(row.kind(), words), WithKind(row.outflow(), project),
               ShortName(row.party()), FormatAmount(row.amount().minor_units(), row.amount().currency_code()),
               absl::StrCat(row.sequence()), row.effective_date(), absl::StrJoin(by, ", ")});
    totals[{row.kind(), row.amount().currency_code()}] += row.amount().minor_units();
  }
  table.Line();
  for (const auto& [key, total] : totals) {
    table.Add(
        {words("total"), KindText(static_cast<v1::TrailKind>(key.first), words), "", "", FormatAmount(total, key.second)});
  }
  table.DropEmptyColumns();
  table.Print(output);
  // Kinds whose names do not say what became of the money.
  const auto explain = [&](v1::TrailKind kind, const char* sentence) {
    const bool any = std::any_of(rows.begin(), rows.end(), [kind](const v1::TrailRow& row) { return row.kind() == kind; });
    if (any) output.out << "\n" << words(sentence, {{"kind", KindText(kind, words)}}) << "\n";
  };
  explain(v1::TAKEN_BACK, "{kind}: left the box again because the contribution, release or repayment itself was taken back.");
  explain(v1::EQUALISED,
          "{kind}: used for others, or others' money used for it, so that each is refunded by what it paid in; over all "
          "parties it adds up "
          "to nothing.");
  for (const std::string& reallocation : reallocations) {
    output.out << "\n"
               << words("By the reallocation {reallocation} money went from one project to another: oriundo reallocation get "
                        "{reallocation} names both.",
                        {{"reallocation", reallocation}})
               << "\n";
  }
}

}  // namespace oriundo
