#include "client/cli/render.h"

#include <gmock/gmock.h>

#include <sstream>

#include "client/cli/statement.h"
#include "client/cli/table.h"
#include "google/protobuf/text_format.h"
#include "oriundo/v1/audit_service.pb.h"
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
  EXPECT_EQ(Printed([&](const Output& output) { Render(contribution, "", output); }),
            "name                      projects/p/contributions/d1\n"
            "entry sequences           4, 9\n"
            "state                     VERIFIED\n"
            "party                     organizations/club\n"
            "declared                  706,867.00 MXN\n"
            "transfer paid             14,000.00 USD\n"
            "transfer reference rate   18.4308\n"
            "transfer net              13,825.00 USD\n"
            "transfer spread loss      6,647.06 MXN\n"
            "transfer total loss       0.00 MXN\n"
            "transfer total loss       3.82 %\n"
            "transfer pledge movement  0.00 MXN\n"
            "memo                      first second\n"
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
  EXPECT_EQ(Printed([&](const Output& output) { Render(list, "", output); }),
            "name   state     party      declared\n"
            "p/d1   DECLARED  club       0.05 MXN\n"
            "p/d10  VERIFIED  club   1,234.56 MXN\n"
            "There is more: add --all, or --page-token T\n");
  EXPECT_EQ(Printed([](const Output& output) { Render(v1::ListPledgesResponse(), "", output); }), "Nothing to show.\n");
}

TEST(Render, SaysMinorUnitsWhereTheCurrencyIsNotKnown) {
  const auto rule = Parse<v1::RuleVersion>(R"pb(tolerance_minor_units: 100
                                                roles {
                                                  role: "state"
                                                  cap_minor_units: 5
                                                  cumulative_bps: [ 5000, 10000 ]
                                                })pb");
  const std::string text = Printed([&](const Output& output) { Render(rule, "", output); });
  EXPECT_THAT(text, HasSubstr("100 minor units"));
  EXPECT_THAT(text, HasSubstr("50.00 %, 100.00 %"));
}

TEST(Render, NamesTheEventOfAnEntry) {
  const auto list = Parse<v1::ListEntriesResponse>(R"pb(entries {
                                                          sequence: 0
                                                          commit_time_us: 1000000
                                                          ledger_created {}
                                                        })pb");
  EXPECT_EQ(Printed([&](const Output& output) { Render(list, "", output); }),
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
  EXPECT_EQ(Printed([](const Output& output) { RenderStatement(Tekax(), output); }),
            "Project tekax-2014: Road\n"
            "State EXECUTING. Amounts in MXN. As of entry 40.\n"
            "\n"
            "                  club-tekax     sedesol         total\n"
            "role                    club     federal\n"
            "due               706,867.00  353,433.50  1,060,300.50\n"
            "pledged                 0.00        0.00          0.00\n"
            "declared                0.00        0.00          0.00\n"
            "verified          706,867.00        0.00    706,867.00\n"
            "released                0.00  353,433.00    353,433.00\n"
            "received                0.00  353,433.00    353,433.00\n"
            "confirmed         706,867.00  353,433.00  1,060,300.00\n"
            "deviation               0.00       -0.50         -0.50\n"
            "gap                     0.00        0.50          0.50\n"
            "over-match              0.00        0.00          0.00\n"
            "spent                   0.00        0.00          0.00\n"
            "refunded                0.00        0.00          0.00\n"
            "left                    0.00        0.00          0.00\n"
            "share                50.00 %     24.99 %\n"
            "matched           706,866.00  353,433.00  1,060,299.00\n"
            "share of matched     66.66 %     33.33 %\n"
            "complies                 yes         yes           yes\n"
            "\n"
            "Tranches\n"
            "tranche                   amount  proposed    released  settled\n"
            "tekax-2014/sedesol-1  353,433.50      0.00  353,433.00     0.00\n"
            "\n"
            "party      entitled    released\n"
            "sedesol  353,433.50  353,433.00\n"
            "\n"
            "sedesol is 0.50 MXN below its due, within the tolerance of 1.00 MXN.\n"
            "Together the parties have covered every share of a total of 1,060,299.00 MXN; 1.00 MXN stand beyond it and are "
            "matched by nobody.\n"
            "Every share complies.\n"
            "The box holds 1,060,300.00 MXN; 0.00 MXN are spent and 0.00 MXN refunded.\n");
}

TEST(RenderStatement, SpeaksSpanish) {
  const std::string text = Printed([](const Output& output) { RenderStatement(Tekax(), output); }, Language::kSpanish);
  EXPECT_THAT(text, HasSubstr("A sedesol le faltan 0.50 MXN, dentro de la tolerancia de 1.00 MXN."));
  EXPECT_THAT(text, Not(HasSubstr("owes")));
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

TEST(Json, KeepsFieldNamesAndZeroes) {
  v1::AccountBalance balance;
  balance.set_account("assets:p:bank");
  EXPECT_EQ(JsonOf(balance, false), R"({"account":"assets:p:bank","minor_units":"0"})");
}

}  // namespace
}  // namespace oriundo
