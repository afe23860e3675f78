#include "client/cli/render.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "client/cli/reconciliation.h"
#include "client/cli/statement.h"
#include "client/cli/table.h"
#include "google/protobuf/text_format.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {
namespace {

using google::protobuf::TextFormat;
using testing::HasSubstr;
using testing::Not;

template <typename Message>
Message Parse(const std::string& textproto) {
  Message message;
  EXPECT_TRUE(TextFormat::ParseFromString(textproto, &message));
  return message;
}

// What `print` writes to `out`.
template <typename Function>
std::string Printed(Function print, Language language = Language::kEnglish) {
  std::ostringstream out, err;
  print(Output{.out = out, .err = err, .words = Words(language)});
  return out.str();
}

TEST(Table, AlignsByCharactersAndNeverPrintsControls) {
  EXPECT_EQ(Printed([](const Output& output) {
              Table table({{"a"}, {"n", true}});
              table.Add({"ñandú\x1b[31m", "1"});
              table.Line();
              table.Add({"x", "1,000"});
              table.Print(output);
            }),
            "a               n\n"
            "ñandú?[31m      1\n"
            "-----------------\n"
            "x           1,000\n");
}

TEST(Render, ShowsAResourceAsNamesAndValues) {
  const auto contribution = Parse<v1::Contribution>(R"pb(
    name: "projects/p/contributions/d1"
    entry_sequences: [ 4, 9 ]
    state: VERIFIED
    party: "organizations/club"
    declared { currency_code: "MXN" minor_units: 70686700 }
    memo: "first\nsecond"
    memo_commitment: "x"
    transfer {
      paid { currency_code: "USD" minor_units: 1400000 }
      reference_rate { units: 184308 scale: 4 }
      net_minor_units: 1382500
      spread_loss_minor_units: 664706
      total_loss_bps: 382
    }
    evidence { type: INVOICE salted_sha256: "\x01\x02" })pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(contribution, {}, output); }),
            "name                             projects/p/contributions/d1\n"
            "entry sequences                  4, 9\n"
            "state                            VERIFIED\n"
            "party                            organizations/club\n"
            "declared                         706,867.00 MXN\n"
            "transfer paid                    14,000.00 USD\n"
            "transfer reference rate          18.4308\n"
            "transfer net                     13,825.00 USD\n"
            "transfer spread loss             6,647.06 MXN\n"
            "transfer total loss              0.00 MXN\n"
            "transfer total loss in per cent  3.82 %\n"
            "transfer pledge movement         0.00 MXN\n"
            "memo                             first second\n"
            "\nevidence\n"
            "type     salted sha256\n"
            "INVOICE  0102\n");
}

TEST(Render, ShowsAListAsATableOfShortNamesAndTheWayToTheNextPage) {
  const auto list = Parse<v1::ListContributionsResponse>(R"pb(
    contributions {
      name: "projects/p/contributions/d1"
      state: DECLARED
      party: "organizations/club"
      declared { currency_code: "MXN" minor_units: 5 }
    }
    contributions {
      name: "projects/p/contributions/d10"
      state: VERIFIED
      party: "organizations/club"
      declared { currency_code: "MXN" minor_units: 123456 }
    }
    next_page_token: "T")pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(list, {}, output); }),
            "name   state     party      declared\n"
            "p/d1   DECLARED  club       0.05 MXN\n"
            "p/d10  VERIFIED  club   1,234.56 MXN\n"
            "There is more: add --all, or --page-token T\n");
  EXPECT_EQ(Printed([](const Output& output) { Render(v1::ListPledgesResponse(), {}, output); }), "Nothing to show.\n");
}

TEST(Render, ShowsWhatBecameOfAPledge) {
  const auto list = Parse<v1::ListPledgesResponse>(R"pb(
    pledges {
      name: "projects/p/pledges/a"
      party: "organizations/club"
      amount { currency_code: "USD" minor_units: 10000 }
      value_minor_units: 130000
      deadline: "2014-06-30"
      state: LAPSED
      lapsed_minor_units: 50000
    })pb");
  const std::string text = Printed([&](const Output& output) { Render(list, {.currency_code = "MXN"}, output); });
  for (const char* shown : {"LAPSED", "100.00 USD", "1,300.00 MXN", "2014-06-30", "500.00 MXN"}) {
    EXPECT_THAT(text, HasSubstr(shown));
  }
}

TEST(Render, ShowsWhatEachProposalDoesAboutWhatAndHowMuch) {
  const auto list = Parse<v1::ListProposalsResponse>(R"pb(
    proposals {
      name: "projects/p/proposals/a"
      state: OPEN
      release { tranche: "projects/p/tranches/t-1" amount { currency_code: "MXN" minor_units: 500 } }
    }
    proposals { name: "projects/p/proposals/b" state: OPEN reversal { target: "projects/p/contributions/c" } }
    proposals {
      name: "projects/p/proposals/d"
      state: OPEN
      forfeiture { contract: "projects/p/contracts/k" amount { currency_code: "MXN" minor_units: 700 } }
    })pb");
  const std::string text = Printed([&](const Output& output) { Render(list, {}, output); });
  EXPECT_THAT(text, testing::ContainsRegex("action +about +amount"));
  EXPECT_THAT(text, testing::ContainsRegex("release +p/t-1 +5.00 MXN"));
  EXPECT_THAT(text, testing::ContainsRegex("reversal +p/c"));
  EXPECT_THAT(text, testing::ContainsRegex("forfeiture +p/k +7.00 MXN"));
  EXPECT_THAT(Printed([&](const Output& output) { Render(list, {}, output); }, Language::kSpanish), HasSubstr("liberación"));
}

// The old bank agrees with the ledger; of the new one nothing is there yet.
TEST(RenderReconciliation, ClaimsNoDifferenceByWhatNoStatementCovers) {
  auto response = Parse<v1::ReconcileBoxResponse>(R"pb(
    days {
      bank_value_date: "2014-08-29"
      book_balance_minor_units: 80000
      bank_balance_minor_units: 50000
      difference_minor_units: -30000
    }
    sequence: 9
    currency_code: "MXN"
    first_date: "2014-08-01"
    last_date: "2014-08-31"
    book_balance_minor_units: 80000
    bank_balance_minor_units: 50000
    difference_minor_units: -30000
    book_not_covered_count: 1
    accounts { account_commitment: "b" book_balance_minor_units: 30000 book_not_covered_count: 1 }
    accounts {
      account_commitment: "a"
      former: true
      first_date: "2014-08-01"
      last_date: "2014-08-31"
      book_balance_minor_units: 50000
      bank_balance_minor_units: 50000
      difference_minor_units: 0
    })pb");
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { RenderReconciliation(response, "projects/p", output); }, language);
  };
  const std::string english = print(Language::kEnglish);
  EXPECT_THAT(english, Not(HasSubstr("-300.00")));
  EXPECT_THAT(english, HasSubstr("account  statements from  to          by the ledger  by the bank  difference  not covered\n"
                                 "agreed                                       300.00                                     1\n"
                                 "former   2014-08-01       2014-08-31         500.00       500.00        0.00\n"));
  EXPECT_THAT(english, HasSubstr("what stands on it by the ledger, 300.00 MXN, is held against nothing: agreed.\n"));
  EXPECT_THAT(english, HasSubstr("All that the statements cover belongs together"));
  const std::string spanish = print(Language::kSpanish);
  EXPECT_THAT(spanish, HasSubstr("lo que según el libro hay en ella, 300.00 MXN, no se compara con nada: acordada.\n"));
  EXPECT_THAT(spanish, HasSubstr("Todo lo que cubren los estados de cuenta se corresponde"));
  // With statements of both the box is one again.
  v1::BoxAccount& agreed = *response.mutable_accounts(0);
  agreed.set_first_date("2014-08-29");
  agreed.set_last_date("2014-08-31");
  agreed.set_bank_balance_minor_units(29'000);
  agreed.set_difference_minor_units(-1'000);
  agreed.clear_book_not_covered_count();
  response.set_bank_balance_minor_units(79'000);
  response.set_difference_minor_units(-1'000);
  EXPECT_THAT(print(Language::kEnglish),
              HasSubstr("the ledger has 800.00 MXN in the box and the bank 790.00 MXN: a difference of -10.00"));
}

TEST(RenderBoxItems, ShowsAMatchOnceWithTheDayOfTheBank) {
  const auto response = Parse<v1::ListBoxItemsResponse>(R"pb(
    currency_code: "MXN"
    items {
      bank_value_date: "2014-05-01"
      minor_units: 500
      line: "projects/p/lines/s1-000001"
      resource: "projects/p/contributions/c"
      entry_sequence: 7
      match: BY_DATE
    }
    items {
      bank_value_date: "2014-05-02"
      minor_units: 500
      line: "projects/p/lines/s1-000001"
      resource: "projects/p/contributions/c"
      entry_sequence: 7
      bank: true
      match: BY_DATE
    }
    items { bank_value_date: "2014-05-03" minor_units: -100 line: "projects/p/lines/s1-000002" bank: true match: UNMATCHED }
    items {
      bank_value_date: "2014-05-04"
      minor_units: 300
      resource: "projects/p/contributions/d"
      entry_sequence: 9
      match: UNMATCHED
    })pb");
  const std::string text = Printed([&](const Output& output) { RenderBoxItems(response, output); });
  EXPECT_THAT(text, testing::ContainsRegex("2014-05-01 +2014-05-02 +both +5.00 MXN"));
  EXPECT_THAT(text, testing::ContainsRegex("2014-05-03 +bank +-1.00 MXN"));
  EXPECT_THAT(text, testing::ContainsRegex("2014-05-04 +ledger +3.00 MXN"));
  EXPECT_EQ(text.find("5.00 MXN"), text.rfind("5.00 MXN"));
}

TEST(Render, SaysMinorUnitsWhereTheCurrencyIsNotKnown) {
  const auto rule = Parse<v1::RuleVersion>(R"pb(tolerance_minor_units: 100
                                                roles {
                                                  role: "state"
                                                  cap_minor_units: 5
                                                  cumulative_bps: [ 5000, 10000 ]
                                                })pb");
  const std::string text = Printed([&](const Output& output) { Render(rule, {}, output); });
  EXPECT_THAT(text, HasSubstr("100 minor units"));
  EXPECT_THAT(text, HasSubstr("50.00 %, 100.00 %"));
}

TEST(Render, ShowsHowLongARegistrationHolds) {
  const auto list = Parse<v1::ListOrganizationsResponse>(R"pb(
    organizations { name: "organizations/a" kind: CLUB registration { valid_to: "2027-01-01" } }
    organizations { name: "organizations/b" kind: CLUB }
    organizations { name: "organizations/c" kind: EXECUTOR })pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(list, {}, output); }),
            "name  kind      valid to\n"
            "a     CLUB      2027-01-01\n"
            "b     CLUB      not registered\n"
            "c     EXECUTOR\n");
}

TEST(Render, NamesTheEventOfAnEntry) {
  const auto list = Parse<v1::ListEntriesResponse>(R"pb(entries {
                                                          sequence: 0
                                                          commit_time_us: 1000000
                                                          ledger_created {}
                                                        })pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(list, {}, output); }),
            "sequence  commit time           event\n"
            "       0  1970-01-01T00:00:01Z  ledger_created\n");
}

// The Tekax road of 2014 (domain notes AT2): one peso short.
v1::ProjectStatement Tekax() {
  return Parse<v1::ProjectStatement>(R"pb(
    project {
      name: "projects/tekax-2014"
      title: "Road"
      state: EXECUTING
      tolerance_minor_units: 100
      tranches { name: "projects/tekax-2014/tranches/sedesol-1" amount_minor_units: 35343350 released_minor_units: 35343300 }
    }
    currency_code: "MXN"
    sequence: 40
    lines {
      party { role: "club" organization: "organizations/club-tekax" due_minor_units: 70686700 verified_minor_units: 70686700 }
      confirmed_minor_units: 70686700
      confirmed_share_bps: 5000
      matched_minor_units: 70686600
      complies: true
      display_name: "Club Tekax"
    }
    lines {
      party {
        role: "federal"
        organization: "organizations/sedesol"
        due_minor_units: 35343350
        received_minor_units: 35343300
        released_minor_units: 35343300
      }
      confirmed_minor_units: 35343300
      deviation_minor_units: -50
      gap_minor_units: 50
      confirmed_share_bps: 2499
      matched_minor_units: 35343300
      complies: true
      entitled_minor_units: 35343350
    }
    total_due_minor_units: 106030050
    total_confirmed_minor_units: 106030000
    matched_base_minor_units: 106029900
    gap_minor_units: 50
    box_minor_units: 106030000
    complies: true)pb");
}

TEST(RenderStatement, ShowsPartiesTotalsTranchesAndWhoOwesWhat) {
  EXPECT_EQ(
      Printed([](const Output& output) { RenderStatement(Tekax(), output); }),
      "Project tekax-2014: Road\n"
      "State EXECUTING. Amounts in MXN. As of entry 40.\n"
      "\n"
      "                   club-tekax     sedesol         total\n"
      "role                     club     federal\n"
      "due                706,867.00  353,433.50  1,060,300.50\n"
      "pledged                  0.00        0.00          0.00\n"
      "declared, waiting        0.00        0.00          0.00\n"
      "verified           706,867.00        0.00    706,867.00\n"
      "released                 0.00  353,433.00    353,433.00\n"
      "received                 0.00  353,433.00    353,433.00\n"
      "confirmed          706,867.00  353,433.00  1,060,300.00\n"
      "deviation                0.00       -0.50         -0.50\n"
      "gap                      0.00        0.50          0.50\n"
      "over-match               0.00        0.00          0.00\n"
      "spent                    0.00        0.00          0.00\n"
      "refunded                 0.00        0.00          0.00\n"
      "left                     0.00        0.00          0.00\n"
      "share                 66.67 %     33.33 %\n"
      "matched            706,866.00  353,433.00  1,060,299.00\n"
      "share of matched      66.67 %     33.33 %\n"
      "complies                  yes         yes           yes\n"
      "\n"
      "Tranches\n"
      "tranche                   amount  proposed    released  credited\n"
      "tekax-2014/sedesol-1  353,433.50      0.00  353,433.00      0.00\n"
      "\n"
      "party      entitled    released\n"
      "sedesol  353,433.50  353,433.00\n"
      "\n"
      "sedesol is 0.50 MXN below its due, within the tolerance of 1.00 MXN.\n"
      "Entitled is what the clubs' verified money opens, the rule's tolerance of 1.00 MXN with it; no more than the tranches is "
      "ever released.\n"
      "Together the parties have covered every share of a total of 1,060,299.00 MXN; 1.00 MXN stand beyond it and are matched "
      "by nobody.\n"
      "Every share complies.\n"
      "The box holds 1,060,300.00 MXN; 0.00 MXN are spent and 0.00 MXN refunded.\n");
}

TEST(RenderStatement, SpeaksSpanish) {
  const std::string text = Printed([](const Output& output) { RenderStatement(Tekax(), output); }, Language::kSpanish);
  EXPECT_THAT(text, HasSubstr("A sedesol le faltan 0.50 MXN, dentro de la tolerancia de 1.00 MXN."));
  EXPECT_THAT(text, Not(HasSubstr("owes")));
}

// Where a gap in the words would leave a sentence in English, the Spanish one is asked for by name.
TEST(RenderStatement, LeavesNoSentenceInEnglish) {
  v1::ProjectStatement statement = Tekax();
  statement.set_complies(false);
  v1::Party& party = *statement.mutable_lines(1)->mutable_party();
  party.set_declared_minor_units(100);
  party.set_over_match_minor_units(100);
  party.set_receivable_minor_units(100);
  party.set_payable_minor_units(100);
  statement.mutable_lines(0)->mutable_party()->set_verified_minor_units(0);
  v1::Tranche& tranche = *statement.mutable_project()->mutable_tranches(0);
  tranche.set_party(party.organization());
  tranche.set_fee_minor_units(100);
  v1::AccountBalance& balance = *statement.mutable_project()->add_balances();
  balance.set_account("suspense:tekax-2014");
  statement.set_unidentified_minor_units(100);
  statement.set_spent_minor_units(100);
  statement.set_savings_minor_units(200);
  party.set_refunded_minor_units(150);
  party.set_year_end_returned_minor_units(50);
  party.set_interest_paid_minor_units(100);
  for (const int64_t suspense : {-100, 0}) {
    balance.set_minor_units(suspense);
    const auto print = [&](const Output& output) { RenderStatement(statement, output); };
    const std::string english = Printed(print), spanish = Printed(print, Language::kSpanish);
    EXPECT_EQ(std::count(english.begin(), english.end(), '\n'), std::count(spanish.begin(), spanish.end(), '\n'));
    std::istringstream lines(english);
    for (std::string line; std::getline(lines, line);) {
      const bool of_names_alone = line.empty() || line.find("sedesol-1") != std::string::npos || line.starts_with("sedesol  ") ||
                                  line.find("club-tekax     sedesol") != std::string::npos;
      // Words that are the same in both languages.
      if (of_names_alone || line.starts_with("total")) continue;
      EXPECT_THAT(spanish, Not(HasSubstr("\n" + line + "\n")));
    }
  }
}

TEST(RenderStatement, SaysWhatBanksKept) {
  v1::ProjectStatement statement = Tekax();
  v1::Tranche& tranche = *statement.mutable_project()->mutable_tranches(0);
  tranche.set_party("organizations/sedesol");
  tranche.set_fee_minor_units(1250);
  const std::string text = Printed([&](const Output& output) { RenderStatement(statement, output); });
  EXPECT_THAT(text, HasSubstr("kept by banks            0.00       12.50         12.50\n"));
  EXPECT_THAT(text, HasSubstr("credited  kept by banks\n"));
  EXPECT_THAT(text, HasSubstr("Of what sedesol sent, 353,433.00 MXN were credited and 12.50 MXN kept by banks"));
}

TEST(RenderStatement, NamesThePoolsThatPayWhereALaterYearsDoes) {
  v1::ProjectStatement statement = Tekax();
  v1::Party& party = *statement.mutable_project()->add_parties();
  party.set_organization("organizations/sedesol");
  const auto add = [&](int year, int64_t released, int64_t committed) {
    v1::PoolPart& part = *party.add_pool_parts();
    part.set_fiscal_year(year);
    part.set_released_minor_units(released);
    part.set_committed_minor_units(committed);
  };
  const auto print = [&](const Output& output) { RenderStatement(statement, output); };
  statement.mutable_project()->set_fiscal_year(2014);
  add(2014, 35343300, 0);
  EXPECT_THAT(Printed(print), Not(HasSubstr("Pools that pay"))) << "its own year's pool need not be told";
  add(2015, 0, 50);
  EXPECT_THAT(Printed(print), HasSubstr("Pools that pay for sedesol: that of 2014 has released 353,433.00 MXN and promises 0.00 MXN "
                                        "more; that of 2015 has released 0.00 MXN and promises 0.50 MXN more.\n"));
  EXPECT_THAT(Printed(print, Language::kSpanish),
              HasSubstr("Bolsas que pagan por sedesol: la de 2014 ha liberado 353,433.00 MXN y promete 0.00 MXN más; la de 2015 ha "
                        "liberado 0.00 MXN y promete 0.50 MXN más.\n"));
}

TEST(RenderStatement, SaysWhatMustBePaidBackAndWhatStandsInSuspense) {
  v1::ProjectStatement statement = Tekax();
  statement.mutable_lines(0)->mutable_party()->set_receivable_minor_units(750);
  v1::AccountBalance& balance = *statement.mutable_project()->add_balances();
  balance.set_account("suspense:tekax-2014");
  balance.set_minor_units(-500);
  const std::string text = Printed([&](const Output& output) { RenderStatement(statement, output); });
  EXPECT_THAT(text,
              HasSubstr("Club Tekax must pay back 7.50 MXN: a bank took its money back, or it was returned to it, after it had "
                        "left the box."));
  EXPECT_THAT(text, HasSubstr("In suspense: -5.00 MXN. The bank took back more than the box held"));
  EXPECT_THAT(text, Not(HasSubstr("already spent")));
  EXPECT_THAT(text, Not(HasSubstr("Nobody is known yet")));
  statement.set_unidentified_minor_units(123456);
  EXPECT_THAT(Printed([&](const Output& output) { RenderStatement(statement, output); }),
              HasSubstr("In suspense: 1,234.56 MXN. Nobody is known yet whose money it is."));
}

TEST(RenderStatement, SaysWhereOnlyTheToleranceIsEntitled) {
  v1::ProjectStatement statement = Tekax();
  const auto print = [&](const Output& output) { RenderStatement(statement, output); };
  EXPECT_THAT(Printed(print), Not(HasSubstr("only the tolerance")));
  statement.mutable_lines(0)->mutable_party()->set_verified_minor_units(0);
  EXPECT_THAT(Printed(print),
              HasSubstr("None of the club's money is verified yet: what is entitled so far is only the tolerance."));
}

TEST(RenderStatement, DoesNotCallItOnlyTheToleranceWhereGoodsAreCounted) {
  v1::ProjectStatement statement = Tekax();
  v1::Party& club = *statement.mutable_lines(0)->mutable_party();
  club.set_verified_minor_units(0);
  club.set_in_kind_minor_units(2'000'000);
  club.set_in_kind_counted_minor_units(1'500'000);
  const std::string text = Printed([&](const Output& output) { RenderStatement(statement, output); });
  EXPECT_THAT(text, Not(HasSubstr("only the tolerance")));
  EXPECT_THAT(text, HasSubstr("where the rule counts it, from what the club gave in kind."));
  EXPECT_THAT(text, HasSubstr("given in kind       20,000.00        0.00     20,000.00\n"));
  EXPECT_THAT(text, HasSubstr("of that counted     15,000.00        0.00     15,000.00\n"));
}

TEST(RenderStatement, TellsWhatOfTheSavingsIsStillToGoBack) {
  v1::ProjectStatement statement = Tekax();
  const auto print = [&] { return Printed([&](const Output& output) { RenderStatement(statement, output); }); };
  statement.set_savings_minor_units(7'000'000);
  EXPECT_THAT(print(), HasSubstr("Saved, and to be returned to those who paid: 70,000.00 MXN."));
  statement.mutable_lines(0)->mutable_party()->set_refunded_minor_units(3'250'000);
  EXPECT_THAT(print(), HasSubstr("Saved: 70,000.00 MXN. Of that, 32,500.00 MXN are returned to those who paid "
                                 "and 37,500.00 MXN are to be "
                                 "returned."));
  statement.mutable_lines(0)->mutable_party()->set_refunded_minor_units(7'000'000);
  EXPECT_THAT(print(), HasSubstr("Saved, and returned to those who paid: 70,000.00 MXN."));
}

// What went back at a year's end is neither in what was received nor in what is refunded: the columns add up.
TEST(RenderStatement, ShowsWhatWentBackAtAYearsEndApart) {
  v1::ProjectStatement statement = Tekax();
  const auto print = [&] { return Printed([&](const Output& output) { RenderStatement(statement, output); }); };
  EXPECT_THAT(print(), Not(HasSubstr("year")));
  v1::Party& state = *statement.mutable_lines(1)->mutable_party();
  state.set_spent_minor_units(29'400'000);
  state.set_refunded_minor_units(5'943'300 + 6'305'197);
  state.set_year_end_returned_minor_units(6'305'197);
  statement.set_refunded_minor_units(state.refunded_minor_units());
  EXPECT_THAT(print(), HasSubstr("received                  0.00  353,433.00    353,433.00\n"));
  EXPECT_THAT(print(), HasSubstr("spent                     0.00  294,000.00    294,000.00\n"
                                 "refunded                  0.00   59,433.00     59,433.00\n"
                                 "left                      0.00        0.00          0.00\n"
                                 "back at year's end        0.00   63,051.97     63,051.97\n"));
  EXPECT_THAT(print(), HasSubstr("294,000.00 MXN are spent and 59,433.00 MXN refunded."));
  EXPECT_THAT(print(), HasSubstr("Of what sedesol gave, 63,051.97 MXN went back because a fiscal year ended"));
  // Promised back and not paid yet.
  state.set_refunded_minor_units(0);
  EXPECT_THAT(print(), HasSubstr("refunded                  0.00        0.00          0.00\n"));
}

TEST(Render, SaysWhatInvoicesDocumentAndWhenSomethingEnds) {
  const auto project = Parse<v1::Project>(R"pb(
    name: "projects/p"
    currency_code: "MXN"
    spent_minor_units: 500
    deadlines { time_us: 1778911200000000 resource: "projects/p/pledges/pl2" })pb");
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { Render(project, {}, output); }, language);
  };
  EXPECT_THAT(print(Language::kEnglish), testing::ContainsRegex("documented spending +5\\.00 MXN\n"));
  EXPECT_THAT(print(Language::kSpanish), testing::ContainsRegex("gasto comprobado +5\\.00 MXN\n"));
  EXPECT_THAT(print(Language::kEnglish), testing::ContainsRegex("seen on the agreed account +no\n"));
  for (const Language language : {Language::kEnglish, Language::kSpanish}) {
    EXPECT_THAT(print(language), HasSubstr("2026-05-16T06:00:00Z"));
    EXPECT_THAT(print(language), Not(HasSubstr("1778911200000000")));
  }
}

TEST(RenderStatement, OfAProjectThatNotAllHaveSignedSaysWhatWouldBeOwed) {
  v1::ProjectStatement statement = Tekax();
  statement.mutable_lines(1)->set_complies(false);
  statement.set_complies(false);
  statement.mutable_project()->set_state(v1::Project::APPROVED);
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { RenderStatement(statement, output); }, language);
  };
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("sedesol would owe 0.50 MXN.\n"));
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("The agreement is not signed by all: nobody owes anything yet.\n"));
  EXPECT_THAT(print(Language::kEnglish), Not(HasSubstr("complies")));
  EXPECT_THAT(print(Language::kSpanish), HasSubstr("sedesol debería 0.50 MXN.\n"));
  EXPECT_THAT(print(Language::kSpanish), HasSubstr("nadie debe nada todavía.\n"));
  statement.mutable_project()->set_state(v1::Project::AGREED);
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("sedesol owes 0.50 MXN.\n"));
}

TEST(Render, ShowsOfAPartyWhatWentBackAtAYearsEndApart) {
  const auto project = Parse<v1::Project>(R"pb(
    name: "projects/p"
    currency_code: "MXN"
    parties {
      organization: "organizations/state"
      received_minor_units: 8800
      spent_minor_units: 2900
      refunded_minor_units: 12200
      year_end_returned_minor_units: 6300
    })pb");
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { Render(project, {}, output); }, language);
  };
  // 88.00 received are 29.00 spent and 59.00 refunded.
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("59.00 MXN"));
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("63.00 MXN"));
  EXPECT_THAT(print(Language::kEnglish), Not(HasSubstr("122.00")));
  EXPECT_THAT(print(Language::kSpanish), Not(HasSubstr("122.00")));
  const auto releases = Parse<v1::ListReleasesResponse>(R"pb(
    releases { name: "projects/p/releases/s1" party: "organizations/state" })pb");
  const auto below = [&](const google::protobuf::Message& shown, Language language) {
    return Printed([&](const Output& output) { RenderYearEndReturns(shown, project, output); }, language);
  };
  EXPECT_EQ(below(releases, Language::kEnglish),
            "\nOf what state sent, 63.00 MXN went back, or is to go back, because a fiscal year ended: so much less of it "
            "counts for its tranches (oriundo statement p).\n");
  EXPECT_EQ(below(releases.releases(0), Language::kSpanish),
            "\nDe lo que envió state, 63.00 MXN se reintegraron, o se han de reintegrar, por terminar un ejercicio: tanto menos "
            "cuenta para sus ministraciones (oriundo statement p).\n");
  EXPECT_EQ(below(Parse<v1::Release>(R"pb(party: "organizations/town")pb"), Language::kEnglish), "");
}

TEST(Render, SaysOnWhichAccountMoneyIsWhereTheProjectHadAnother) {
  const auto interests = Parse<v1::ListInterestsResponse>(R"pb(
    interests {
      name: "projects/p/interests/i1"
      amount { currency_code: "MXN" minor_units: 100 }
      account_commitment: "old"
    }
    interests {
      name: "projects/p/interests/i2"
      amount { currency_code: "MXN" minor_units: 200 }
      account_commitment: "new"
    })pb");
  const auto print = [&](const google::protobuf::Message& shown, const std::string& agreed, Language language) {
    return Printed([&](const Output& output) { Render(shown, {.agreed_account = agreed}, output); }, language);
  };
  EXPECT_EQ(print(interests, "new", Language::kEnglish),
            "name    amount  account\n"
            "p/i1  1.00 MXN  former\n"
            "p/i2  2.00 MXN  agreed\n");
  EXPECT_EQ(print(interests.interests(0), "new", Language::kSpanish).find("commitment"), std::string::npos);
  EXPECT_THAT(print(interests.interests(0), "new", Language::kSpanish), testing::ContainsRegex("cuenta +anterior\n"));
  EXPECT_THAT(print(interests, "", Language::kEnglish), Not(HasSubstr("account"))) << "there was never another one";
}

TEST(Render, ShowsThatNothingOfAPoolIsFree) {
  const auto pools = Parse<v1::ListPoolsResponse>(R"pb(
    pools { name: "programs/mx/pools/town-2014" currency_code: "MXN" budget_minor_units: 500 released_minor_units: 500 })pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(pools, {}, output); }),
            "name            budget  committed  released      free\n"
            "mx/town-2014  5.00 MXN   0.00 MXN  5.00 MXN  0.00 MXN\n");
}

TEST(Render, ShowsWhichPoolsPayAParty) {
  const auto project = Parse<v1::Project>(R"pb(
    name: "projects/road" currency_code: "MXN"
    parties { organization: "organizations/town"
              pool_parts { fiscal_year: 2016 committed_minor_units: 100 } }
    parties { organization: "organizations/sedesol"
              pool_parts { fiscal_year: 2014 released_minor_units: 8000 }
              pool_parts { fiscal_year: 2015 committed_minor_units: 10000 released_minor_units: 2000 } })pb");
  const auto print = [&](const Output& output) { Render(project, {}, output); };
  EXPECT_THAT(Printed(print), HasSubstr("2014 (0.00 MXN committed, 80.00 MXN released), "
                                        "2015 (100.00 MXN committed, 20.00 MXN released)"));
  EXPECT_THAT(Printed(print), HasSubstr("  2016\n")) << "one alone has the amounts of the party";
  EXPECT_THAT(Printed(print, Language::kSpanish), HasSubstr("2015 (100.00 MXN comprometido, 20.00 MXN liberado)"));
}

TEST(Render, ShowsNoDigestsOfAccounts) {
  const auto project = Parse<v1::Project>(R"pb(
    name: "projects/p"
    former_account_commitments: "x"
    account_use: "accounts/a1"
    former_account_uses: "accounts/a2"
    account_used: true)pb");
  for (const Language language : {Language::kEnglish, Language::kSpanish}) {
    const std::string text = Printed([&](const Output& output) { Render(project, {}, output); }, language);
    EXPECT_THAT(text, Not(HasSubstr("commitment")));
    EXPECT_THAT(text, Not(HasSubstr("accounts/")));
  }
}

TEST(Render, SaysOfAPreviewWithoutMoneyWhereWhatIsEntitledComesFrom) {
  auto preview = Parse<v1::PreviewSharesResponse>(R"pb(
    shares { role: "state" due_minor_units: 20000 entitled_minor_units: 160 }
    shares { role: "club" due_minor_units: 5000 })pb");
  const auto print = [&] {
    return Printed([&](const Output& output) { Render(preview, {.currency_code = "MXN"}, output); });
  };
  const char* const sentence = "None of the club's money is verified yet: what is entitled so far is only the tolerance.\n";
  EXPECT_THAT(print(), HasSubstr(sentence));
  preview.set_confirmed_minor_units(100);
  EXPECT_THAT(print(), Not(HasSubstr(sentence)));
}

TEST(RenderYearEnd, SaysWhatGoesBackAndByWhen) {
  const auto lines = Parse<v1::ListStatementLinesResponse>(R"pb(
    lines { organization: "organizations/club" currency_code: "MXN" }
    lines {
      organization: "organizations/state"
      currency_code: "MXN"
      year_end_return_minor_units: 999366
      year_end_return_due_date: "2027-01-15"
      year_end_return_late_days: 0
    }
    lines {
      organization: "organizations/town"
      display_name: "Town hall"
      currency_code: "MXN"
      year_end_return_minor_units: 100
      year_end_return_due_date: "2027-01-05"
      year_end_return_late_days: 5
    })pb");
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { RenderYearEnd(lines, output); }, language);
  };
  EXPECT_EQ(print(Language::kEnglish),
            "9,993.66 MXN are to go back to state by 2027-01-15, because a fiscal year ended.\n"
            "1.00 MXN were to go back to Town hall by 2027-01-05, because a fiscal year ended: 5 days late.\n");
  EXPECT_EQ(print(Language::kSpanish),
            "9,993.66 MXN deben reintegrarse a state a más tardar el 2027-01-15, por terminar un ejercicio.\n"
            "1.00 MXN debían reintegrarse a Town hall a más tardar el 2027-01-05, por terminar un ejercicio: 5 días de "
            "demora.\n");
}

// What a rule forbids about a preview is told by its reason, in the reader's language.
TEST(Render, TellsInSentencesWhatARuleForbids) {
  const auto preview = Parse<v1::PreviewSharesResponse>(R"pb(
    violations {
      reason: OVER_CAP
      subject: "federal"
      description: "role `federal` would owe 1.50 MXN; at most 1.00 MXN, 0.50 MXN less"
      figures { key: "case" value: "ROLE" }
      figures { key: "role" value: "federal" }
      figures { key: "due_minor_units" value: "150" }
      figures { key: "allowed_minor_units" value: "100" }
      figures { key: "difference_minor_units" value: "50" }
      figures { key: "currency_code" value: "MXN" }
    })pb");
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { Render(preview, {.currency_code = "MXN"}, output); }, language);
  };
  EXPECT_THAT(print(Language::kEnglish),
              HasSubstr("The rule forbids it:\n"
                        "  - Role `federal` would owe 1.50 MXN; at most 1.00 MXN, 0.50 MXN less. (OVER_CAP)\n"));
  EXPECT_THAT(print(Language::kSpanish),
              HasSubstr("La regla lo impide:\n"
                        "  - Al papel `federal` le tocarían 1.50 MXN; a lo más 1.00 MXN, 0.50 MXN menos. (OVER_CAP)\n"));
}

TEST(RenderStatement, OfAProjectThatEndedOwesNothingAndSaysWhy) {
  v1::ProjectStatement statement = Tekax();
  statement.mutable_lines(1)->set_complies(false);
  statement.set_complies(false);
  v1::Entry ended = Parse<v1::Entry>(R"pb(
    organization: "organizations/sezami"
    effective_date: "2014-09-10"
    project_cancelled { reason { text: "The land was sold." } })pb");
  const auto print = [&] { return Printed([&](const Output& output) { RenderStatement(statement, output, &ended); }); };
  statement.mutable_project()->set_state(v1::Project::CANCELLED);
  EXPECT_THAT(print(), HasSubstr("Cancelled on 2014-09-10 by sezami: The land was sold.\n"));
  EXPECT_THAT(print(), HasSubstr("The project is cancelled: nobody owes what is missing to its due.\n"));
  EXPECT_THAT(print(), Not(HasSubstr(" owes 0.50")));
  EXPECT_THAT(print(), Not(HasSubstr("Not every share complies")));
  ended.mutable_project_cancelled()->clear_reason();
  EXPECT_THAT(print(), HasSubstr("Cancelled on 2014-09-10 by sezami; why is no longer kept.\n"));
  ended.mutable_agreement_lapsed();
  EXPECT_THAT(print(), HasSubstr("Not all signed the agreement in time: the project was cancelled by itself on 2014-09-10.\n"));
  statement.mutable_project()->set_state(v1::Project::REJECTED);
  ended.mutable_project_rejected()->mutable_reason()->set_text("No file.");
  EXPECT_THAT(print(), HasSubstr("Turned down on 2014-09-10 by sezami: No file.\n"));
  EXPECT_THAT(print(), HasSubstr("The project was turned down: nobody owes anything for it.\n"));
}

TEST(RenderStatement, CallsSpentWhatLeftTheBoxAndTellsWhatInvoicesDocument) {
  v1::ProjectStatement statement = Tekax();
  statement.set_spent_minor_units(3'850'000);
  statement.mutable_lines(0)->mutable_party()->set_spent_minor_units(4'600'000);
  statement.set_advance_open_minor_units(750'000);
  const auto print = [&] { return Printed([&](const Output& output) { RenderStatement(statement, output); }); };
  EXPECT_THAT(print(), HasSubstr("; 46,000.00 MXN are spent and 0.00 MXN refunded.\n"
                                 "Invoices document 38,500.00 MXN: what is paid in advance is not documented yet.\n"));
  statement.set_spent_minor_units(4'700'000);
  statement.set_advance_open_minor_units(0);
  statement.set_retained_minor_units(100'000);
  EXPECT_THAT(print(), HasSubstr("Invoices document 47,000.00 MXN: what is retained of them is not spent yet.\n"))
      << "no word of advances where none is open";
  statement.set_spent_minor_units(4'600'000);
  EXPECT_THAT(print(), Not(HasSubstr("Invoices")));
}

TEST(RenderStatement, ClaimsNothingOfADraft) {
  v1::ProjectStatement statement = Tekax();
  statement.mutable_project()->set_state(v1::Project::DRAFT);
  for (auto& line : *statement.mutable_lines()) line.clear_gap_minor_units();
  const std::string text = Printed([&](const Output& output) { RenderStatement(statement, output); });
  EXPECT_THAT(text, HasSubstr("This is a draft"));
  EXPECT_THAT(text, Not(HasSubstr("Every party has given")));
  v1::Project draft;
  draft.set_state(v1::Project::DRAFT);
  draft.set_currency_code("MXN");
  EXPECT_THAT(Printed([&](const Output& output) { Render(draft, {}, output); }), Not(HasSubstr("tolerance")));
}

TEST(PercentOf, RoundsToTheNearestHundredth) {
  EXPECT_EQ(PercentOf(1, 3), "33.33 %");
  EXPECT_EQ(PercentOf(2, 3), "66.67 %");
  EXPECT_EQ(PercentOf(35343300, 141373300), "25.00 %");
  EXPECT_EQ(PercentOf(1, 20'000), "0.01 %");
  EXPECT_EQ(PercentOf(1, 20'001), "0.00 %");
  EXPECT_EQ(PercentOf(1'000'000'000'000'000, 1'000'000'000'000'000), "100.00 %");
  EXPECT_EQ(PercentOf(5, 0), "0.00 %");
}

TEST(Render, SaysWhoseMoneyAnExpenditureDrew) {
  const auto expenditure = Parse<v1::Expenditure>(R"pb(
    amount { currency_code: "MXN" minor_units: 300 }
    drawn_minor_units: [ 200, 100 ])pb");
  EXPECT_THAT(Printed([&](const Output& output) {
                Render(expenditure, {.parties = {"organizations/sedesol", "organizations/club"}}, output);
              }),
              HasSubstr("sedesol 2.00 MXN, club 1.00 MXN\n"));
  EXPECT_THAT(Printed([&](const Output& output) { Render(expenditure, {}, output); }), HasSubstr("2.00 MXN, 1.00 MXN\n"));
}

TEST(Render, ShowsAPledgesValueInTheProjectsCurrency) {
  const auto pledge = Parse<v1::Pledge>(R"pb(amount { currency_code: "USD" minor_units: 100 }
                                             value_minor_units: 1843)pb");
  EXPECT_THAT(Printed([&](const Output& output) { Render(pledge, {.currency_code = "MXN"}, output); }), HasSubstr("18.43 MXN"));
}

TEST(Render, CallsAnAmountAnAmount) {
  const auto list = Parse<v1::ListBalancesResponse>(R"pb(
    balances { account: "assets:p:bank" minor_units: 150 }
    currency_code: "MXN")pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(list, {}, output); }),
            "account          amount\n"
            "assets:p:bank  1.50 MXN\n");
}

TEST(Render, NamesReasonsAndQuantitiesOfAnEntry) {
  const auto entry = Parse<v1::Entry>(R"pb(
    sequence: 3
    currency_code: "MXN"
    inputs { name: "club_verified_minor_units" value: 150 }
    inputs { name: "cap_bps" value: 150 }
    refused { method: "ProposeRelease" reason: 116 })pb");
  const std::string text = Printed([&](const Output& output) { Render(entry, {}, output); });
  EXPECT_THAT(text, HasSubstr("RELEASE_ABOVE_BOUND"));
  EXPECT_THAT(text, HasSubstr("club_verified_minor_units  1.50 MXN\n"));
  EXPECT_THAT(JsonOf(entry, false), HasSubstr(R"("reason":"RELEASE_ABOVE_BOUND")"));
  v1::ListEntriesResponse list;
  *list.add_entries() = entry;
  EXPECT_THAT(JsonOf(list, true), HasSubstr(R"("reason": "RELEASE_ABOVE_BOUND")"));
}

TEST(RenderDifference, SpeaksUpWhereMoreOrLessArrived) {
  const auto text = [](int64_t credited) {
    v1::Contribution contribution;
    contribution.set_state(v1::Contribution::VERIFIED);
    contribution.mutable_declared()->set_currency_code("MXN");
    contribution.mutable_declared()->set_minor_units(100'000);
    contribution.mutable_credited()->set_currency_code("MXN");
    contribution.mutable_credited()->set_minor_units(credited);
    return Printed([&](const Output& output) { RenderDifference(contribution, output); });
  };
  EXPECT_EQ(text(24'815'875),
            "\n1,000.00 MXN were declared and 248,158.75 MXN credited, 247,158.75 MXN more. What was credited counts.\n");
  EXPECT_THAT(text(99'999), HasSubstr("0.01 MXN less"));
  EXPECT_EQ(text(100'000), "");
}

TEST(RenderStatement, BreaksManyPartiesIntoBlocks) {
  v1::ProjectStatement statement = Tekax();
  for (int i = 0; i < 4; ++i) *statement.add_lines() = statement.lines(1);
  const std::string text = Printed([&](const Output& output) { RenderStatement(statement, output); });
  EXPECT_THAT(text, HasSubstr("club-tekax     sedesol     sedesol     sedesol\n"));
  EXPECT_THAT(text, HasSubstr("sedesol     sedesol         total\n"));
}

TEST(RenderTrail, AddsUpByKind) {
  std::vector<v1::TrailRow> rows(2, Parse<v1::TrailRow>(R"pb(
                                   kind: SPENT
                                   inflow: "projects/p/contributions/d1"
                                   outflow: "projects/p/expenditures/e1"
                                   party: "organizations/club"
                                   amount { currency_code: "MXN" minor_units: 150 }
                                   sequence: 12)pb"));
  rows[1].set_kind(v1::LEFT);
  rows[1].clear_outflow();
  EXPECT_EQ(Printed([&](const Output& output) { RenderTrail(rows, output); }),
            "Project p\n"
            "\n"
            "from              what   to               party    amount  entry\n"
            "contributions/d1  SPENT  expenditures/e1  club   1.50 MXN     12\n"
            "contributions/d1  LEFT                    club   1.50 MXN     12\n"
            "----------------------------------------------------------------\n"
            "total             SPENT                          1.50 MXN\n"
            "total             LEFT                           1.50 MXN\n");
}

TEST(Render, ShowsWhatEachTrancheOfARuleWaitsFor) {
  const auto rule = Parse<v1::RuleVersion>(R"pb(
    name: "programs/p/versions/r"
    advance_bps_max: 3000
    roles {
      role: "state"
      cumulative_bps: [ 5000, 10000 ]
      tranche_conditions {}
      tranche_conditions { verified_bps_min: 5000 documents: INVOICE closes_month_day: "11-30" due_days: 90 }
    })pb");
  const auto print = [&](Language language) {
    return Printed([&](const Output& output) { Render(rule, {.currency_code = "MXN"}, output); }, language);
  };
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("none, 50.00 % verified + INVOICE + until 11-30 + due after 90 days"));
  EXPECT_THAT(print(Language::kEnglish), HasSubstr("30.00 %"));
  EXPECT_THAT(print(Language::kSpanish), HasSubstr("ninguna, 50.00 % verificado + factura + hasta 11-30 + a los 90 días"));
}

TEST(Render, NamesTheFieldsOfAnEventInSpanish) {
  const auto entry = Parse<v1::Entry>(R"pb(sequence: 3 agreement_signed { agreement_date: "2014-08-29" })pb");
  const std::string text = Printed([&](const Output& output) { Render(entry, {}, output); }, Language::kSpanish);
  EXPECT_THAT(text, HasSubstr("convenio firmado día del convenio"));
  EXPECT_THAT(text, Not(HasSubstr("agreement signed")));
}

TEST(RenderTrail, ExplainsKindsThatDoNotSpeakForThemselves) {
  v1::TrailRow row;
  row.set_inflow("projects/p/contributions/d1");
  const auto print = [&] { return Printed([&](const Output& output) { RenderTrail({row}, output); }); };
  row.set_kind(v1::SPENT);
  EXPECT_THAT(print(), Not(HasSubstr("SPENT:")));
  row.set_kind(v1::TAKEN_BACK);
  EXPECT_THAT(print(), HasSubstr("\nTAKEN_BACK: left the box again because"));
  row.set_kind(v1::EQUALISED);
  EXPECT_THAT(print(), HasSubstr("\nEQUALISED: used for others"));
}

TEST(RenderTrail, NamesTheReallocationThatLeadsToAnotherProject) {
  v1::TrailRow row;
  row.set_inflow("projects/eps/contributions/er");
  const auto print = [&] { return Printed([&](const Output& output) { RenderTrail({row}, output); }); };
  EXPECT_THAT(print(), Not(HasSubstr("eallocation")));
  row.set_from_reallocation("projects/gamma/reallocations/ra1");
  EXPECT_THAT(print(), HasSubstr("gamma/ra1\n"));
  EXPECT_THAT(print(), HasSubstr("\nBy the reallocation gamma/ra1 money went from one project to another: oriundo reallocation "
                                 "get gamma/ra1 names both.\n"));
}

TEST(Render, TellsWhoSignsThatAnAmendmentNamesAnotherAccount) {
  auto amendment = Parse<v1::Amendment>(R"pb(
    name: "projects/p/amendments/a"
    terms { total_minor_units: 5000 account { number_commitment: "12345678901234567890123456789012" } })pb");
  const auto print = [&] { return Printed([&](const Output& output) { Render(amendment, {.currency_code = "MXN"}, output); }); };
  EXPECT_THAT(print(), HasSubstr("terms account  another bank account; who signs names its number: oriundo "
                                 "amendment sign --account\n"));
  EXPECT_THAT(print(), HasSubstr("terms total    50.00 MXN\n"));
  amendment.mutable_terms()->clear_account();
  EXPECT_THAT(print(), Not(HasSubstr("another bank account")));
}

TEST(Json, KeepsFieldNamesAndZeroes) {
  v1::AccountBalance balance;
  balance.set_account("assets:p:bank");
  EXPECT_EQ(JsonOf(balance, false), R"({"account":"assets:p:bank","minor_units":"0"})");
}

}  // namespace
}  // namespace oriundo
