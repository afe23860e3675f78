#include "server/queries/trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "server/base/reason_status.h"
#include "server/queries/stored_ledger.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using testing::ElementsAre;

using Trace = absl::StatusOr<std::unique_ptr<TrailCursor>> (*)(Reader, const std::string&, const std::string&, TrailBudget&);

std::vector<v1::TrailRow> Rows(Trace trace, Reader reader, const std::string& name, std::size_t* items_most = nullptr,
                               const std::string& through = "") {
  TrailBudget budget;
  std::vector<v1::TrailRow> rows;
  const auto cursor = trace(std::move(reader), name, through, budget);
  EXPECT_TRUE(cursor.ok()) << cursor.status();
  for (bool more = cursor.ok(); more;) {
    std::vector<v1::TrailRow> chunk;
    const absl::StatusOr<bool> next = (*cursor)->Next(chunk);
    EXPECT_TRUE(next.ok()) << next.status();
    EXPECT_LE(chunk.size(), kTrailRowsPerChunk);
    EXPECT_EQ(budget.items(), (*cursor)->items());
    if (items_most != nullptr) *items_most = std::max(*items_most, (*cursor)->items());
    rows.insert(rows.end(), chunk.begin(), chunk.end());
    more = next.value_or(false);
  }
  return rows;
}

// "SPENT c1 e1 60": the names by their ids.
std::vector<std::string> Short(const std::vector<v1::TrailRow>& rows) {
  const auto id = [](const std::string& name) { return name.substr(name.rfind('/') + 1); };
  std::vector<std::string> lines;
  for (const v1::TrailRow& row : rows) {
    lines.push_back(v1::TrailKind_Name(row.kind()) + " " + id(row.inflow()) +
                    (row.outflow().empty() ? "" : " " + id(row.outflow())) + " " + std::to_string(row.amount().minor_units()));
  }
  return lines;
}

class TrailTest : public testing::Test {
 protected:
  TrailTest() {
    ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                          {.role = "club", .kind = v1::CLUB}});
    ledger_.AddProject("p", "r", 2'000);
    ledger_.Contribute("p", "c1", "club", 400);
    ledger_.Contribute("p", "c2", "club", 600);
    ledger_.Authorize("p");
    ledger_.Release("p", "r1", "federal", 1, 1'000);
  }

  std::vector<std::string> Inflow(const std::string& name) {
    return Short(Rows(TraceInflow, ledger_.Read(), "projects/p/" + name));
  }
  std::vector<std::string> Outflow(const std::string& name) {
    return Short(Rows(TraceOutflow, ledger_.Read(), "projects/p/" + name));
  }

  // For every inflow its rows add up to what was received; equalised rows add up to zero; what is left is what stands in the box.
  void ExpectSums() {
    const Reader reader = ledger_.Read();
    std::map<std::string, int64_t> by_inflow;
    int64_t equalised = 0;
    for (const v1::TrailRow& row : Rows(TraceProject, ledger_.Read(), "projects/p")) {
      by_inflow[row.inflow()] += row.amount().minor_units();
      if (row.kind() == v1::EQUALISED) equalised += row.amount().minor_units();
    }
    EXPECT_EQ(equalised, 0);
    // What each inflow brought into the box, as its entry says. A repayment first fills what was missing before it.
    std::map<std::string, int64_t> received;
    ASSERT_TRUE(reader
                    .VisitEntries("projects/p", -1,
                                  [&](const v1::Entry& entry) {
                                    std::string inflow = entry.contribution_verified().contribution() +
                                                         entry.release_received().release() +
                                                         entry.repayment_recorded().repayment().name();
                                    for (const v1::PartyChange& change : entry.party_changes()) {
                                      if (!inflow.empty() && change.paid_in_minor_units() > 0) {
                                        received[inflow] = change.paid_in_minor_units();
                                      }
                                    }
                                    return true;
                                  })
                    .ok());
    EXPECT_EQ(by_inflow, received);
  }

  // What the trail says of each party is what the books say. While no refund waits to be paid.
  void ExpectAgreement(int step) {
    const Reader reader = ledger_.Read();
    std::map<std::string, std::map<v1::TrailKind, int64_t>> by_party;
    for (const v1::TrailRow& row : Rows(TraceProject, ledger_.Read(), "projects/p")) {
      by_party[row.party()][row.kind()] += row.amount().minor_units();
    }
    const v1::Project project = *reader.Get<v1::Project>("projects/p");
    for (const v1::Party& party : project.parties()) {
      auto& trail = by_party[party.organization()];
      ASSERT_EQ(trail[v1::SPENT], party.spent_minor_units()) << step;
      ASSERT_EQ(trail[v1::REFUNDED], party.refunded_minor_units()) << step;
      ASSERT_EQ(trail[v1::TAKEN_BACK], party.taken_back_minor_units()) << step;
      ASSERT_EQ(trail[v1::EQUALISED], party.equalised_minor_units()) << step;
      ASSERT_EQ(trail[v1::LEFT], party.left_minor_units()) << step;
    }
  }

  StoredLedger ledger_;
};

TEST_F(TrailTest, LeadsFromAContributionToItsInvoicesAndBack) {
  ledger_.Spend("p", "e1", 900);
  ledger_.Spend("p", "e2", 500);
  EXPECT_THAT(Inflow("contributions/c1"), ElementsAre("SPENT c1 e1 400"));
  EXPECT_THAT(Inflow("contributions/c2"), ElementsAre("SPENT c2 e1 50", "SPENT c2 e2 250", "LEFT c2 300"));
  EXPECT_THAT(Inflow("releases/r1"), ElementsAre("SPENT r1 e1 450", "SPENT r1 e2 250", "LEFT r1 300"));
  EXPECT_THAT(Outflow("expenditures/e1"), ElementsAre("SPENT r1 e1 450", "SPENT c1 e1 400", "SPENT c2 e1 50"));
  const std::vector<v1::TrailRow> rows = Rows(TraceOutflow, ledger_.Read(), "projects/p/expenditures/e1");
  EXPECT_EQ(rows[1].party(), "organizations/club");
  EXPECT_EQ(rows[1].amount().currency_code(), "MXN");
  EXPECT_EQ(ledger_.Read().Get<v1::Expenditure>("projects/p/expenditures/e1")->entry_sequences(0), rows[1].sequence());
  ExpectSums();
}

TEST_F(TrailTest, GivesReversedSpendingBackToItsSources) {
  ledger_.Spend("p", "e1", 900);
  ledger_.Reverse("p", "undo", "expenditures/e1");
  EXPECT_THAT(Inflow("contributions/c1"), ElementsAre("SPENT c1 e1 400", "SPENT c1 e1 -400", "LEFT c1 400"));
  ExpectSums();
}

TEST_F(TrailTest, ShowsWhoCoversAReversedContribution) {
  ledger_.Spend("p", "e1", 1'800);
  ledger_.Reverse("p", "bounced", "contributions/c2");
  // Of the 600 that went back the club had 100 left and the other party covers 100; the box had no more.
  EXPECT_THAT(Inflow("contributions/c2"),
              ElementsAre("SPENT c2 e1 500", "TAKEN_BACK c2 c2 100", "TAKEN_BACK c2 c2 100", "EQUALISED c2 c2 -100"));
  EXPECT_THAT(Inflow("releases/r1"), ElementsAre("SPENT r1 e1 900", "EQUALISED r1 c2 100"));
  ExpectSums();
}

TEST_F(TrailTest, FollowsRepaymentsAndRefunds) {
  ledger_.Spend("p", "e1", 1'800);
  ledger_.Reverse("p", "bounced", "contributions/c2");
  const v1::Project project = *ledger_.Read().Get<v1::Project>("projects/p");
  ASSERT_EQ(project.parties(1).receivable_minor_units(), 500);
  ledger_.Repay("p", "back", "club", 500);
  ledger_.Cancel("p");
  ledger_.AddInterest("p", "i1", 10);
  ledger_.ApportionRefunds("p");
  ExpectSums();
  const v1::Project apportioned = *ledger_.Read().Get<v1::Project>("projects/p");
  for (const v1::Party& party : apportioned.parties()) {
    if (party.payable_minor_units() > 0) {
      ledger_.PayRefund("p", "refund-" + party.role(), party.role());
    }
    ExpectSums();
  }
}

TEST_F(TrailTest, FollowsRepaymentsThatBounce) {
  ledger_.Spend("p", "e1", 1'800);
  ledger_.Reverse("p", "bounced", "contributions/c2");
  ledger_.Repay("p", "back", "club", 500);
  ExpectSums();
  // 400 of it went to whoever unknown had covered, 100 to the other party, which had as well.
  EXPECT_THAT(Inflow("repayments/back"), ElementsAre("EQUALISED back back 100"));
  ledger_.Spend("p", "e2", 40);
  ledger_.Reverse("p", "bounced-too", "repayments/back");
  // Of the 100 in the box 60 were left, and the other party stands in with them once more.
  EXPECT_THAT(Inflow("repayments/back"),
              ElementsAre("EQUALISED back back 100", "TAKEN_BACK back back 60", "EQUALISED back back -60"));
  ExpectSums();
}

TEST_F(TrailTest, TellsWhatOfARepaymentIsOfThoseWhoCovered) {
  ledger_.Spend("p", "e1", 1'400);
  ledger_.Reverse("p", "bounced", "contributions/c2");
  // 300 of the 600 were the club's own; 300 of the other party's stood in for the rest.
  ledger_.Repay("p", "back", "club", 300);
  EXPECT_THAT(Inflow("repayments/back"), ElementsAre("EQUALISED back back 300"));
  EXPECT_THAT(Inflow("releases/r1"),
              ElementsAre("SPENT r1 e1 700", "EQUALISED r1 c2 300", "EQUALISED r1 back -300", "LEFT r1 300"));
  ExpectSums();
  ExpectAgreement(0);
}

TEST_F(TrailTest, PaysARefundThatCameBackOutOfTheSameMoney) {
  ledger_.Spend("p", "e1", 800);
  ledger_.Reverse("p", "bounced", "contributions/c1");
  ledger_.Declare("p", "late", "club", 30);
  ledger_.Cancel("p");
  ledger_.AddInterest("p", "i1", 10);
  ledger_.ApportionRefunds("p");
  const v1::Project apportioned = *ledger_.Read().Get<v1::Project>("projects/p");
  ledger_.PayRefund("p", "f1", "federal");
  ledger_.PayRefund("p", "c1", "club");
  const std::vector<std::string> first = Outflow("refunds/f1");
  ledger_.Verify("p", "late", 30);
  ledger_.Reverse("p", "sent-back", "refunds/f1");
  EXPECT_EQ(ledger_.Read().Get<v1::Project>("projects/p")->parties(0).payable_minor_units(),
            apportioned.parties(0).payable_minor_units());
  ExpectSums();
  ledger_.PayRefund("p", "f2", "federal");
  ExpectSums();
  std::vector<std::string> again = Outflow("refunds/f2");
  for (std::string& row : again) row.replace(row.find("f2"), 2, "f1");
  EXPECT_EQ(again, first);
  EXPECT_THAT(Inflow("contributions/late"), ElementsAre("LEFT late 30"));
  ExpectAgreement(0);
}

TEST_F(TrailTest, AReleaseReturnedOnItsWayLeavesNoRow) {
  ledger_.AddProject("q", "r", 2'000);
  ledger_.Contribute("q", "c1", "club", 1'000);
  ledger_.Authorize("q");
  v1::ProposeReleaseRequest propose;
  propose.set_parent("projects/q");
  propose.set_proposal_id("first");
  propose.set_tranche("projects/q/tranches/federal-1");
  propose.set_release_id("r1");
  ledger_.Do("federal", "projects/q", propose);
  v1::ApproveProposalRequest approve;
  approve.set_name("projects/q/proposals/first");
  ledger_.Do("office", "projects/q", approve);
  ledger_.Reverse("q", "turned-round", "releases/r1");
  EXPECT_TRUE(Rows(TraceInflow, ledger_.Read(), "projects/q/releases/r1").empty());
  EXPECT_THAT(Short(Rows(TraceProject, ledger_.Read(), "projects/q")), ElementsAre("LEFT c1 1000"));
}

TEST_F(TrailTest, ShowsThePast) {
  const int64_t before = ledger_.newest();
  ledger_.Spend("p", "e1", 900);
  EXPECT_THAT(Short(Rows(TraceInflow, ledger_.Read(before), "projects/p/contributions/c1")), ElementsAre("LEFT c1 400"));
  TrailBudget budget;
  EXPECT_EQ(ReasonOf(TraceOutflow(ledger_.Read(before), "projects/p/expenditures/e1", "", budget).status()),
            v1::EXPENDITURE_NOT_FOUND);
}

TEST_F(TrailTest, HasNoRowForMoneyThatIsNotVerified) {
  ledger_.Declare("p", "c3", "club", 100);
  EXPECT_TRUE(Inflow("contributions/c3").empty());
}

TEST_F(TrailTest, ShowsThePastOfWhatWasReversedSince) {
  ledger_.Spend("p", "e1", 900);
  const int64_t spent = ledger_.newest();
  ledger_.Reverse("p", "undo", "expenditures/e1");
  ledger_.Reverse("p", "bounced", "contributions/c2");
  EXPECT_THAT(Short(Rows(TraceOutflow, ledger_.Read(spent), "projects/p/expenditures/e1")),
              ElementsAre("SPENT r1 e1 450", "SPENT c1 e1 400", "SPENT c2 e1 50"));
  EXPECT_THAT(Outflow("expenditures/e1"),
              ElementsAre("SPENT r1 e1 450", "SPENT c1 e1 400", "SPENT c2 e1 50", "SPENT r1 e1 -450", "SPENT c1 e1 -400",
                          "SPENT c2 e1 -50"));
}

// However many outflows a project has, only inflows with money left are kept; and rows of a chunk.
TEST_F(TrailTest, ComesInChunksAndKeepsNoRowsBehind) {
  for (int i = 0; i < 900; ++i) ledger_.Spend("p", "e" + std::to_string(i), 2);
  std::size_t items_most = 0;
  EXPECT_EQ(Rows(TraceProject, ledger_.Read(), "projects/p", &items_most).size(), 900u * 2 + 2);
  EXPECT_LE(items_most, kTrailRowsPerChunk + 3 + 2) << "three inflows, and a chunk with the rows of one entry beyond it";
  items_most = 0;
  EXPECT_EQ(Inflow("contributions/c1").size(), 400u);
  EXPECT_EQ(Rows(TraceOutflow, ledger_.Read(), "projects/p/expenditures/e899", &items_most).size(), 2u);
  EXPECT_LE(items_most, 5u) << "rows of others are not kept at all";
}

TEST_F(TrailTest, ForgetsInflowsThatAreSpent) {
  for (int i = 0; i < 400; ++i) {
    ledger_.Contribute("p", "x" + std::to_string(i), "club", 100);
    ledger_.Spend("p", "e" + std::to_string(i), i < 10 ? 290 : 100);
  }
  std::size_t items_most = 0;
  Rows(TraceOutflow, ledger_.Read(), "projects/p/expenditures/e399", &items_most);
  EXPECT_LE(items_most, 20u) << "of 403 inflows";
}

TEST_F(TrailTest, EndsWhereTheServersTrailsTogetherKeepTooMuch) {
  for (int i = 0; i < 20; ++i) ledger_.Contribute("p", "x" + std::to_string(i), "club", 10);
  TrailBudget budget(10);
  std::vector<v1::TrailRow> rows;
  {
    const auto cursor = TraceProject(ledger_.Read(), "projects/p", "", budget);
    ASSERT_TRUE(cursor.ok());
    const absl::Status status = (*cursor)->Next(rows).status();
    EXPECT_EQ(ReasonOf(status), v1::TOO_MANY_STREAMS);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_GT(budget.items(), 0u);
  }
  EXPECT_EQ(budget.items(), 0u) << "given back";
}

TEST_F(TrailTest, RefusesNamesOfSomethingElse) {
  TrailBudget budget;
  const auto reason = [&](Trace trace, const char* name) { return ReasonOf(trace(ledger_.Read(), name, "", budget).status()); };
  EXPECT_EQ(reason(TraceInflow, "projects/p/expenditures/e1"), v1::INVALID_FIELD);
  EXPECT_EQ(reason(TraceOutflow, "projects/p/contributions/c1"), v1::INVALID_FIELD);
  EXPECT_EQ(reason(TraceInflow, "projects/p/contributions/none"), v1::CONTRIBUTION_NOT_FOUND);
  EXPECT_EQ(reason(TraceProject, "projects/none"), v1::PROJECT_NOT_FOUND);
}

// Whatever happens to a project, trail and books agree about each party at every moment at which no refund is waiting to be paid.
TEST_F(TrailTest, AgreesWithTheBooksOverRandomHistories) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  const auto draw = [&](int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random); };
  std::vector<std::string> reversible = {"contributions/c1", "contributions/c2"};
  for (int step = 0; step < 60; ++step) {
    const std::string id = "x" + std::to_string(step);
    const v1::Project before = *ledger_.Read().Get<v1::Project>("projects/p");
    int64_t box = 0;
    for (const v1::Party& party : before.parties()) box += party.left_minor_units();
    // What somebody unknown covers is nobody's to spend.
    for (const v1::AccountBalance& balance : before.balances()) {
      if (balance.account() == "suspense:p") box = std::max<int64_t>(0, box + balance.minor_units());
    }
    switch (draw(0, 3)) {
      case 0: {
        const std::string funder = draw(0, 1) == 0 ? "club" : "federal";
        const int64_t amount = draw(1, 500);
        if (funder == "club" && amount > ledger_.RoomOf("p", funder)) break;
        ledger_.Contribute("p", id, funder, amount);
        reversible.push_back("contributions/" + id);
        break;
      }
      case 1:
        if (box == 0) break;
        ledger_.Spend("p", id, draw(1, box));
        reversible.push_back("expenditures/" + id);
        break;
      case 2: {
        if (reversible.empty()) break;
        const auto which = reversible.begin() + draw(0, static_cast<int64_t>(reversible.size()) - 1);
        ledger_.Reverse("p", id, *which);
        reversible.erase(which);
        break;
      }
      default: {
        const v1::Party& party = before.parties(static_cast<int>(draw(0, 1)));
        if (party.receivable_minor_units() == 0) break;
        ledger_.Repay("p", id, party.role(), draw(1, party.receivable_minor_units()));
        reversible.push_back("repayments/" + id);
        break;
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectAgreement(step));
  }
  // To the end: refunds, of which one comes back while new money is in the box.
  for (const v1::Project project = *ledger_.Read().Get<v1::Project>("projects/p"); const v1::Party& party : project.parties()) {
    if (party.receivable_minor_units() > 0) ledger_.Repay("p", "all-" + party.role(), party.role(), party.receivable_minor_units());
  }
  ledger_.Declare("p", "late", "club", 77);
  ledger_.Cancel("p");
  const auto refund_all = [&](const std::string& round) {
    for (const v1::Project project = *ledger_.Read().Get<v1::Project>("projects/p"); const v1::Party& party : project.parties()) {
      if (party.payable_minor_units() > 0) ledger_.PayRefund("p", round + party.role(), party.role());
    }
  };
  ledger_.AddInterest("p", "i1", 10);
  ledger_.ApportionRefunds("p");
  refund_all("first-");
  ASSERT_NO_FATAL_FAILURE(ExpectAgreement(60));
  ledger_.Verify("p", "late", 77);
  ASSERT_NO_FATAL_FAILURE(ExpectAgreement(61));
  for (const char* role : {"club", "federal"}) {
    const std::string refund = std::string("refunds/first-") + role;
    if (ledger_.Read().Get<v1::Refund>("projects/p/" + refund).ok()) ledger_.Reverse("p", std::string("back-") + role, refund);
  }
  refund_all("again-");
  ASSERT_NO_FATAL_FAILURE(ExpectAgreement(62));
}

}  // namespace
}  // namespace oriundo
