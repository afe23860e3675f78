#include "server/queries/effective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/queries/lists.h"
#include "server/queries/statement.h"
#include "server/queries/statement_lines.h"
#include "server/queries/stored_ledger.h"
#include "server/queries/trail.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using testing::ElementsAre;

constexpr char kProject[] = "projects/p";

std::vector<v1::TrailRow> Rows(Reader reader, const std::string& through) {
  TrailBudget budget;
  std::vector<v1::TrailRow> rows;
  const auto cursor = TraceProject(std::move(reader), kProject, through, budget);
  EXPECT_TRUE(cursor.ok()) << cursor.status();
  for (bool more = cursor.ok(); more;) {
    std::vector<v1::TrailRow> chunk;
    const absl::StatusOr<bool> next = (*cursor)->Next(chunk);
    EXPECT_TRUE(next.ok()) << next.status();
    rows.insert(rows.end(), chunk.begin(), chunk.end());
    more = next.value_or(false);
  }
  return rows;
}

// Sums worked out the long way: every entry of the project up to the moment, those that count by the day.
struct Slow {
  std::map<std::string, v1::PartyChange> parties;
  std::map<std::string, int64_t> balances;
  int64_t spent = 0;
};

Slow SlowSums(const Reader& reader, const std::string& through) {
  Slow slow;
  EXPECT_TRUE(reader
                  .VisitEntries(kProject, -1,
                                [&](const v1::Entry& entry) {
                                  if (entry.project() != kProject || entry.effective_date() > through) return true;
                                  for (const v1::PartyChange& change : entry.party_changes()) {
                                    v1::PartyChange& sum = slow.parties[change.organization()];
                                    sum.set_verified_minor_units(sum.verified_minor_units() + change.verified_minor_units());
                                    sum.set_received_minor_units(sum.received_minor_units() + change.received_minor_units());
                                    sum.set_released_minor_units(sum.released_minor_units() + change.released_minor_units());
                                    sum.set_spent_minor_units(sum.spent_minor_units() + change.spent_minor_units());
                                    sum.set_left_minor_units(sum.left_minor_units() + change.left_minor_units());
                                    sum.set_receivable_minor_units(sum.receivable_minor_units() + change.receivable_minor_units());
                                    sum.set_committed_minor_units(sum.committed_minor_units() + change.committed_minor_units());
                                  }
                                  for (const v1::Posting& posting : entry.postings()) {
                                    slow.balances[posting.account()] += posting.minor_units();
                                  }
                                  if (entry.has_expenditure_recorded()) {
                                    slow.spent += entry.expenditure_recorded().expenditure().amount().minor_units();
                                  }
                                  if (entry.has_expenditure_reversed()) {
                                    for (const auto& change : entry.party_changes()) slow.spent += change.spent_minor_units();
                                  }
                                  return true;
                                })
                  .ok());
  std::erase_if(slow.balances, [](const auto& balance) { return balance.second == 0; });
  return slow;
}

class EffectiveTest : public testing::Test {
 protected:
  EffectiveTest() {
    ledger_.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {5'000, 10'000}},
                          {.role = "club", .kind = v1::CLUB}});
    ledger_.AddProject("p", "r", 2'000);
  }

  v1::Project Through(const Reader& reader, const std::string& day) {
    v1::Project project = *reader.Get<v1::Project>(kProject);
    const auto later = CountThrough(reader, day, project);
    EXPECT_TRUE(later.ok()) << later.status();
    return project;
  }

  // Books, accounts and trail through `day` are what a slow walk over all entries makes of them.
  void ExpectAsTheLongWay(const Reader& reader, const std::string& day, Reader for_trail, Reader for_whole) {
    SCOPED_TRACE(absl::StrCat("through ", day, " as known at ", reader.sequence()));
    const Slow slow = SlowSums(reader, day);
    const v1::Project project = Through(reader, day);
    std::map<std::string, int64_t> balances;
    for (const v1::AccountBalance& balance : project.balances()) balances[balance.account()] = balance.minor_units();
    EXPECT_EQ(balances, slow.balances);
    EXPECT_EQ(project.spent_minor_units(), slow.spent);
    std::map<std::string, int64_t> left;
    int64_t spent = 0;
    std::vector<v1::TrailRow> rows = Rows(std::move(for_trail), day);
    for (const v1::TrailRow& row : rows) {
      if (row.kind() == v1::LEFT) left[row.party()] += row.amount().minor_units();
      if (row.kind() == v1::SPENT) spent += row.amount().minor_units();
      EXPECT_TRUE(row.kind() == v1::LEFT || row.effective_date() <= day) << row.DebugString();
    }
    EXPECT_EQ(spent, slow.spent);
    for (const v1::Party& party : project.parties()) {
      const auto found = slow.parties.find(party.organization());
      const v1::PartyChange sums = found == slow.parties.end() ? v1::PartyChange() : found->second;
      EXPECT_EQ(party.verified_minor_units(), sums.verified_minor_units());
      EXPECT_EQ(party.received_minor_units(), sums.received_minor_units());
      EXPECT_EQ(party.released_minor_units(), sums.released_minor_units());
      EXPECT_EQ(party.spent_minor_units(), sums.spent_minor_units());
      EXPECT_EQ(party.left_minor_units(), sums.left_minor_units());
      EXPECT_EQ(party.receivable_minor_units(), sums.receivable_minor_units());
      EXPECT_EQ(party.committed_minor_units(), sums.committed_minor_units());
      EXPECT_EQ(left[party.organization()], sums.left_minor_units()) << "the trail leaves what the books leave";
    }
    // Every row that shows is one of the whole trail, unchanged and in its order: sequence says which money paid what.
    std::vector<v1::TrailRow> whole = Rows(std::move(for_whole), "");
    const auto is_left_or_later = [&](const v1::TrailRow& row) { return row.kind() == v1::LEFT || row.effective_date() > day; };
    std::erase_if(whole, is_left_or_later);
    std::erase_if(rows, is_left_or_later);
    ASSERT_EQ(rows.size(), whole.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(rows[i], whole[i])) << i;
    }
  }

  StoredLedger ledger_;
};

TEST_F(EffectiveTest, CountsByTheBanksDayAndNotByTheDayOfRecord) {
  ledger_.PassDays(30);
  ledger_.bank_day = "2014-09-20";
  ledger_.Contribute("p", "late-recorded-first", "club", 400);
  ledger_.bank_day = "2014-09-05";
  ledger_.Contribute("p", "early-recorded-last", "club", 300);
  const Reader reader = ledger_.Read();
  EXPECT_EQ(Through(reader, "2014-09-04").parties(1).verified_minor_units(), 0);
  EXPECT_EQ(Through(reader, "2014-09-05").parties(1).verified_minor_units(), 300);
  EXPECT_EQ(Through(reader, "2014-09-20").parties(1).verified_minor_units(), 700);
  EXPECT_EQ(Through(reader, "").parties(1).verified_minor_units(), 700);
  // Who is party, what is due and the state are as known.
  EXPECT_EQ(Through(reader, "2014-09-04").state(), v1::Project::FUNDING);
  EXPECT_EQ(Through(reader, "2014-09-04").parties(1).due_minor_units(), 1'000);
  // What was known earlier counts less.
  const Reader before = ledger_.Read(ledger_.newest() - 1);
  EXPECT_EQ(Through(before, "2014-09-20").parties(1).verified_minor_units(), 400);
}

TEST_F(EffectiveTest, LeavesLessThanNothingWhereMoneyWasSpentOnADayBeforeItCame) {
  ledger_.PassDays(30);
  ledger_.bank_day = "2014-09-10";
  ledger_.Contribute("p", "c1", "club", 1'000);
  ledger_.Authorize("p");
  ledger_.Release("p", "r1", "federal", 1, 500);
  ledger_.bank_day = "2014-09-02";
  ledger_.Spend("p", "e1", 300);
  std::vector<std::string> rows;
  for (const v1::TrailRow& row : Rows(ledger_.Read(), "2014-09-05")) {
    rows.push_back(absl::StrCat(v1::TrailKind_Name(row.kind()), " ", row.amount().minor_units(), " ", row.effective_date()));
  }
  EXPECT_THAT(rows, ElementsAre("SPENT 100 2014-09-02", "SPENT 200 2014-09-02", "LEFT -200 2014-09-10", "LEFT -100 2014-09-10"));
  v1::GetProjectStatementRequest request;
  request.set_name(kProject);
  request.set_effective_through("2014-09-05");
  const v1::ProjectStatement statement = *GetProjectStatement(ledger_.Read(), request);
  EXPECT_EQ(statement.box_minor_units(), -300);
  EXPECT_EQ(statement.spent_minor_units(), 300);
  EXPECT_EQ(statement.effective_through(), "2014-09-05");
}

TEST_F(EffectiveTest, RefusesADayOfWhichTheMomentKnewNothing) {
  ledger_.PassDays(10);
  ledger_.Contribute("p", "c1", "club", 100);
  const Reader now = ledger_.Read(ledger_.newest());  // 2014-09-11
  EXPECT_TRUE(CheckThrough(now, "2014-09-12").ok());
  for (const char* day : {"2014-09-13", "2999-12-31", "2014-9-1", "soon"}) {
    EXPECT_EQ(ReasonOf(CheckThrough(now, day)), v1::INVALID_FIELD) << day;
  }
  v1::ListBalancesRequest balances;
  balances.set_parent(kProject);
  balances.mutable_known_at()->set_sequence(ledger_.newest());
  balances.set_effective_through("2014-09-13");
  EXPECT_EQ(ReasonOf(ListBalances(ledger_.engine(), balances).status()), v1::INVALID_FIELD);
  balances.set_effective_through("2014-09-01");
  EXPECT_EQ(ListBalances(ledger_.engine(), balances)->effective_through(), "2014-09-01");
  TrailBudget budget;
  EXPECT_EQ(ReasonOf(TraceProject(ledger_.Read(ledger_.newest()), kProject, "2014-09-13", budget).status()), v1::INVALID_FIELD);
}

// Money moves in random order of record and of effect; whatever day and moment are asked for, books, accounts and trail say what
// a walk over all entries says.
TEST_F(EffectiveTest, AgreesWithAWalkOverAllEntriesForEveryDayAndMoment) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedTrace(seed));
  std::mt19937_64 random(seed);
  const auto draw = [&](int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random); };
  int days = 40;
  ledger_.PassDays(days);
  ledger_.Contribute("p", "c0", "club", 600);
  ledger_.Authorize("p");
  ledger_.Release("p", "r0", "federal", 1, 300);
  std::vector<std::string> reversible = {"contributions/c0"};
  for (int step = 0; step < 40; ++step) {
    const std::string id = "x" + std::to_string(step);
    const int passed = static_cast<int>(draw(0, 2));
    ledger_.PassDays(passed);
    days += passed;
    ledger_.bank_day = DateAfter("2014-09-01", static_cast<int>(draw(0, days)));
    const v1::Project before = *ledger_.Read().Get<v1::Project>(kProject);
    int64_t box = 0;
    for (const v1::Party& party : before.parties()) box += party.left_minor_units();
    for (const v1::AccountBalance& balance : before.balances()) {
      if (balance.account() == "suspense:p") box = std::max<int64_t>(0, box + balance.minor_units());
    }
    switch (draw(0, 4)) {
      case 0:
      case 1: {
        const int64_t amount = draw(1, 100);
        if (amount > ledger_.RoomOf("p", "club")) break;
        ledger_.Contribute("p", id, "club", amount);
        reversible.push_back("contributions/" + id);
        break;
      }
      case 2:
        if (box == 0) break;
        ledger_.Spend("p", id, draw(1, box));
        reversible.push_back("expenditures/" + id);
        break;
      case 3: {
        if (reversible.empty()) break;
        const auto which = reversible.begin() + draw(0, static_cast<int64_t>(reversible.size()) - 1);
        // A bank takes back on the day that is given, not before what it takes back.
        ledger_.bank_day = DateAfter("2014-09-01", days);
        ledger_.Reverse("p", id, *which);
        reversible.erase(which);
        break;
      }
      default: {
        const v1::Party& party = before.parties(static_cast<int>(draw(0, 1)));
        if (party.receivable_minor_units() == 0) break;
        ledger_.Repay("p", id, party.role(), draw(1, party.receivable_minor_units()));
        break;
      }
    }
  }
  for (int i = 0; i < 60; ++i) {
    const int64_t created = ledger_.Read().Get<v1::Project>(kProject)->create_sequence();
    const int64_t sequence = draw(std::max(created, ledger_.newest() - 60), ledger_.newest());
    const Reader reader = ledger_.Read(sequence);
    const std::string last = DateAfter(*reader.Today(), 1);
    const std::string day = std::min(last, DateAfter("2014-08-30", static_cast<int>(draw(0, days + 3))));
    ASSERT_NO_FATAL_FAILURE(ExpectAsTheLongWay(reader, day, ledger_.Read(sequence), ledger_.Read(sequence)));
  }
}

// Federal and club 1,000 each, both given. At the year's end the federal money goes back.
TEST(EffectiveThrough, WhatWentBackAtTheYearsEndWasGivenUntilThen) {
  StoredLedger ledger;
  ledger.AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}}, {.role = "club", .kind = v1::CLUB}}, 0,
                 [](v1::RuleVersion& rule) {
                   rule.mutable_roles(0)->set_returns_unspent_at_year_end(true);
                   rule.mutable_roles(0)->set_year_end_return_days(15);
                 });
  ledger.AddProject("p", "r", 2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 1'000);
  ledger.PassDays(130);  // To 2015-01-09.
  v1::ProposeYearEndReturnRequest propose;
  propose.set_parent(kProject);
  propose.set_proposal_id("y1");
  propose.set_party("organizations/federal");
  propose.set_fiscal_year(2014);
  propose.mutable_reason()->set_text("the year is over");
  ledger.Do("office", kProject, propose);
  v1::ApproveProposalRequest approve;
  approve.set_name("projects/p/proposals/y1");
  ledger.Do("club", kProject, approve);
  ledger.bank_day = "2015-01-09";
  ledger.PayRefund("p", "x1", "federal");
  const auto federal = [&](const std::string& through) {
    v1::GetProjectStatementRequest request;
    request.set_name(kProject);
    request.set_effective_through(through);
    const absl::StatusOr<v1::ProjectStatement> statement = GetProjectStatement(ledger.Read(), request);
    EXPECT_TRUE(statement.ok()) << statement.status();
    return statement->lines(0);
  };
  const v1::ProjectStatement::Line before = federal("2014-12-31");
  EXPECT_EQ(before.gap_minor_units(), 0);
  EXPECT_EQ(before.confirmed_minor_units(), 1'000);
  EXPECT_TRUE(before.complies());
  EXPECT_EQ(before.party().left_minor_units(), 1'000);
  EXPECT_EQ(before.party().later_dues(0).minor_units(), 0);
  for (const char* through : {"", "2015-01-09"}) {
    const v1::ProjectStatement::Line after = federal(through);
    EXPECT_EQ(after.gap_minor_units(), 1'000);
    EXPECT_EQ(after.confirmed_minor_units(), 0);
    EXPECT_FALSE(after.complies());
    EXPECT_EQ(after.party().refunded_minor_units(), 1'000);
    EXPECT_EQ(after.savings_minor_units(), 0) << "what is owed again is not saved";
    EXPECT_EQ(after.party().later_dues(0).date(), "2015-01-09");
  }
  // It is late since then, and the trail has it as refunded.
  v1::ListStatementLinesRequest lines;
  lines.set_subject("organizations/federal");
  lines.set_age_date("2015-01-12");
  const absl::StatusOr<v1::ListStatementLinesResponse> listed = ListStatementLines(ledger.engine(), lines);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->lines(0).late_since(), "2015-01-09");
  EXPECT_EQ(listed->lines(0).late_minor_units(), 1'000);
  const std::vector<v1::TrailRow> rows = Rows(ledger.Read(), "");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [](const v1::TrailRow& row) { return row.outflow() == "projects/p/refunds/x1"; }));
}

// The list shows all projects, so one that could not be counted through the day would hide all others.
TEST(EffectiveThrough, CountsADraftThatWasWrittenAnewWithoutWhoHadPledgedToIt) {
  StoredLedger ledger;
  ledger.AddRule("r",
                 {{.role = "club", .kind = v1::CLUB},
                  {.role = "partner", .kind = v1::PRIVATE_PARTNER, .cumulative_bps = {10'000}}},
                 0);
  ledger.AddDraft("p", "r", 2'000);
  ledger.PassDays(1);
  v1::CreatePledgeRequest pledge;
  pledge.set_parent(kProject);
  pledge.set_pledge_id("g1");
  pledge.mutable_pledge()->set_party("organizations/club");
  *pledge.mutable_pledge()->mutable_amount() = Mxn(1'000);
  pledge.mutable_pledge()->set_deadline("2014-09-03");
  ledger.Do("club", kProject, pledge);
  ledger.PassDays(10);
  ledger.AddDraft("q", "r", 2'000);  // By now the pledge has lapsed.
  const auto draft = ledger.Read().Get<v1::Project>(kProject);
  ASSERT_TRUE(draft.ok()) << draft.status();
  v1::UpdateProjectRequest anew;
  anew.set_name(kProject);
  anew.set_etag(draft->etag());
  *anew.mutable_project() = *draft;
  anew.mutable_project()->mutable_parties()->DeleteSubrange(0, 1);
  ledger.Do("club", kProject, anew);
  ASSERT_EQ(ledger.Read().Get<v1::Project>(kProject)->parties_size(), 1);
  v1::ListStatementLinesRequest request;
  request.set_effective_through("2014-09-01");
  const auto lines = ListStatementLines(ledger.engine(), request);
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_EQ(lines->lines_size(), 3);
}

TEST(EffectiveThrough, WhatMovedToALaterPoolWasPromisedByTheEarlierOneUntilThen) {
  StoredLedger ledger;
  ledger.AddRule("r",
                 {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                  {.role = "club", .kind = v1::CLUB}},
                 0);
  ledger.AddProject("p", "r", 2'000);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Release("p", "f1", "federal", 1, 400);
  ledger.PassDays(130);  // To 2015-01-09.
  v1::CreatePoolRequest pool;
  pool.set_parent("programs/mx");
  pool.mutable_pool()->set_funder("organizations/federal");
  pool.mutable_pool()->set_fiscal_year(2015);
  pool.mutable_pool()->set_budget_minor_units(1'000);
  ledger.Do("federal", "programs/mx", pool);
  v1::MoveCommitmentRequest move;
  move.set_name(kProject);
  move.set_party("organizations/federal");
  move.set_from_fiscal_year(2014);
  move.set_to_fiscal_year(2015);
  ledger.Do("federal", kProject, move);
  const auto parts = [&](const std::string& through) {
    v1::GetProjectStatementRequest request;
    request.set_name(kProject);
    request.set_effective_through(through);
    std::string told;
    const absl::StatusOr<v1::ProjectStatement> statement = GetProjectStatement(ledger.Read(), request);
    EXPECT_TRUE(statement.ok()) << statement.status();
    for (const v1::PoolPart& part : statement->lines(0).party().pool_parts()) {
      told += std::to_string(part.fiscal_year()) + ": " + std::to_string(part.committed_minor_units()) + " + " +
              std::to_string(part.released_minor_units()) + "; ";
    }
    return told;
  };
  EXPECT_EQ(parts("2014-12-31"), "2014: 600 + 400; ");
  EXPECT_EQ(parts(""), "2014: 0 + 400; 2015: 600 + 0; ");
}

}  // namespace
}  // namespace oriundo
