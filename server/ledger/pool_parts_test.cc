// Which year's pool pays a project: what is promised out of one moves to a later one (refrendo), and money that comes back goes
// to the pools that it came from.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/fold.h"
#include "server/ledger/money_limits.h"
#include "server/ledger/test_deeds.h"

namespace oriundo {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Project;

// The 10th of March 2015.
constexpr int64_t kNextYearUs = 1'425'988'800'000'000;

// `2014: 1000 + 500` for a thousand promised and five hundred released.
template <typename Parts>
std::vector<std::string> Told(const Parts& parts) {
  std::vector<std::string> told;
  for (const v1::PoolPart& part : parts) {
    told.push_back(std::to_string(part.fiscal_year()) + ": " + std::to_string(part.committed_minor_units()) + " + " +
                   std::to_string(part.released_minor_units()));
  }
  return told;
}

std::vector<std::string> PartsOf(const TestLedger& ledger, const std::string& party = "federal") {
  return Told(ledger.Party("p", party).pool_parts());
}

std::vector<std::string> SentFrom(const TestLedger& ledger, const std::string& release) {
  return Told(ledger.Get<v1::Release>("projects/p/releases/" + release).pool_parts());
}

int64_t FreeOf(const TestLedger& ledger, int year, const std::string& funder = "federal") {
  return ledger.Get<v1::Pool>("programs/mx/pools/" + funder + "-" + std::to_string(year)).free_minor_units();
}

// A project of 2014 of 4,000 in halves, agreed; the federal half comes in two tranches out of pools of 2,000 in 2014 and 3,000 in
// 2015.
TestLedger Agreed() {
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, /*pooled=*/true, {5'000, 10'000});
  federal.set_returns_unspent_at_year_end(true);
  federal.set_year_end_return_days(15);
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({federal, ClubShare(1)}, 0));
  ledger.MakePool("federal", 2'000);
  ledger.MakePool("federal", 3'000, 2015);
  ledger.Agree("p", ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"club", "club"}}));
  return ledger;
}

// The same, ready for the first tranche.
TestLedger Authorised() {
  TestLedger ledger = Agreed();
  ledger.Contribute("p", "c1", "club", 2'000);
  ledger.Authorize("p");
  return ledger;
}

void ReturnAtYearEnd(TestLedger& ledger, const std::string& id, int year) {
  v1::ProposeYearEndReturnRequest propose;
  propose.set_parent("projects/p");
  propose.set_proposal_id(id);
  propose.set_party(Org("federal"));
  propose.set_fiscal_year(year);
  propose.mutable_reason()->set_text("the year is over");
  ledger.Must(Org("federal"), propose);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", id));
}

void Close(TestLedger& ledger, int year) {
  v1::CloseFiscalYearRequest close;
  close.set_name("programs/mx");
  close.set_fiscal_year(year);
  ledger.Must(Org("office"), close);
}

void Cut(TestLedger& ledger, int year, int64_t reduction) {
  v1::ReducePoolBudgetRequest cut;
  cut.set_name("programs/mx/pools/federal-" + std::to_string(year));
  *cut.mutable_reduction() = Mxn(reduction);
  ledger.Must(Org("federal"), cut);
}

void Amend(TestLedger& ledger, const std::string& id, const v1::AmendmentTerms& terms) {
  ledger.Must(Org("office"), AmendRequest(id, terms));
  const auto amendment = ledger.Get<v1::Amendment>("projects/p/amendments/" + id);
  for (const std::string& signer : amendment.signers()) ledger.Must(signer, SignAmendmentRequest(id));
}

v1::AmendmentTerms Total(int64_t total) {
  v1::AmendmentTerms terms;
  terms.set_total_minor_units(total);
  return terms;
}

TEST(Refrendo, PaysOutOfTheNextBudgetWhatWentBackAtTheEndOfTheYear) {
  TestLedger ledger = Authorised();
  ledger.Pay("p", "f1", "federal", 1, 0);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 1000 + 1000"));
  ledger.SetTime(kNextYearUs);
  ReturnAtYearEnd(ledger, "y1", 2014);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 2000 + 0"));
  Close(ledger, 2014);
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2015: 2000 + 0"));
  EXPECT_EQ(FreeOf(ledger, 2014), 2'000);
  EXPECT_EQ(FreeOf(ledger, 2015), 1'000);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf", "federal"));
  ledger.Pay("p", "f2", "federal", 1, 0);
  ledger.Pay("p", "f3", "federal", 2, 0);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2015: 0 + 2000"));
  EXPECT_THAT(SentFrom(ledger, "f2"), ElementsAre("2015: 0 + 1000"));
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2014").released_minor_units(), 0);
  EXPECT_EQ(ledger.Get<v1::Pool>("programs/mx/pools/federal-2015").released_minor_units(), 2'000);
}

TEST(Refrendo, IsHeardOfByTheOfficeAndTheParty) {
  TestLedger ledger = Agreed();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 700));
  const v1::Entry& entry = ledger.journal().back();
  EXPECT_EQ(entry.commitment_moved().minor_units(), 700);
  EXPECT_THAT(entry.postings(), IsEmpty());
  EXPECT_THAT(SubjectsOf(entry), Contains(Org("office")));
  EXPECT_THAT(SubjectsOf(entry), Contains(Org("federal")));
}

TEST(Refrendo, MayBeOfAPartAndOfWhatAProposalHolds) {
  TestLedger ledger = Authorised();
  ledger.Propose("p", "f1", "federal", 1, 0);
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1'500));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 500 + 0", "2015: 1500 + 0"));
  // The proposal is paid out of what is promised when it is approved.
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-f1"));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 0 + 500", "2015: 1000 + 500"));
  EXPECT_THAT(SentFrom(ledger, "f1"), ElementsAre("2014: 0 + 500", "2015: 0 + 500"));
}

TEST(Refrendo, GivesWhatBanksKeptBackToTheLaterPool) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1'500));
  ledger.Release("p", "f1", "federal", 1, 0);
  ledger.Receive("p", "f1", 990);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 0 + 500", "2015: 1010 + 490"));
  EXPECT_THAT(SentFrom(ledger, "f1"), ElementsAre("2014: 0 + 500", "2015: 0 + 490"));
}

TEST(Refrendo, GivesAReturnedReleaseBackToEachPoolThatPaidIt) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1'500));
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Pay("p", "f2", "federal", 2, 0);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 0 + 500", "2015: 0 + 1500"));
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 500 + 0", "2015: 500 + 1000"));
  EXPECT_THAT(SentFrom(ledger, "f1"), ElementsAre("2014: 0 + 0", "2015: 0 + 0"));
  EXPECT_THAT(SentFrom(ledger, "f2"), ElementsAre("2015: 0 + 1000"));
}

TEST(Refrendo, GivesAReleaseBackThatTurnsRoundOnItsWay) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1'500));
  ledger.Release("p", "f1", "federal", 1, 0);
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 500 + 0", "2015: 1500 + 0"));
}

// What was spent of a release is owed and stays released: out of the earliest pools, for the latest has its money back first.
TEST(Refrendo, GivesBackOnlyWhatIsNotSpentTheLatestYearFirst) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1'500));
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 1'200);  // 400 of it is federal money.
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_EQ(ledger.Party("p", "federal").receivable_minor_units(), 400);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 100 + 400", "2015: 1500 + 0"));
  EXPECT_THAT(SentFrom(ledger, "f1"), ElementsAre("2014: 0 + 400", "2015: 0 + 0"));
}

// The first release had gone back at the year's end; now it is the one that followed it whose money a bank takes.
TEST(Refrendo, TakesNothingFromAPoolThatHasItsMoneyBackAlready) {
  TestLedger ledger = Authorised();
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.SetTime(kNextYearUs);
  ReturnAtYearEnd(ledger, "y1", 2014);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf", "federal"));
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015));
  ledger.Pay("p", "f2", "federal", 1, 0);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2015: 1000 + 1000"));
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2015: 2000 + 0"));
  EXPECT_THAT(SentFrom(ledger, "f1"), ElementsAre("2014: 0 + 0"));
}

TEST(Refrendo, LeavesMoneyOfTheNewYearForLastWhenTheOldOnesGoesBack) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 500));
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.SetTime(kNextYearUs);
  v1::ReceiveReleaseRequest receive = ledger.ReceiveRequest("p", "f2", 1'000);
  receive.set_bank_value_date("2015-02-10");
  ledger.Release("p", "f2", "federal", 2, 0);
  ledger.Must(Org("verifier"), receive);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 0 + 1500", "2015: 0 + 500"));
  // What came in 2014 goes back: out of the old budget, though the new one is the later.
  ReturnAtYearEnd(ledger, "y1", 2014);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 1000 + 500", "2015: 0 + 500"));
  // A year on the rest does: the later budget is of a year that is over now, and comes first.
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf", "federal"));
  ledger.PassDays(366);
  ReturnAtYearEnd(ledger, "y2", 2015);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 1500 + 0", "2015: 500 + 0"));
}

TEST(Refrendo, FreesBothPoolsWhereTheProjectIsCancelled) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 500));
  ledger.Pay("p", "f1", "federal", 1, 600);
  ledger.Cancel("p");
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 0 + 600"));
  EXPECT_EQ(FreeOf(ledger, 2014), 1'400);
  EXPECT_EQ(FreeOf(ledger, 2015), 3'000);
  // Nothing is promised to it any more when the bank takes the release back.
  ledger.Reverse("p", "rv", "releases/f1");
  EXPECT_THAT(PartsOf(ledger), IsEmpty());
  EXPECT_EQ(FreeOf(ledger, 2014), 2'000);
}

TEST(Refrendo, ReleasesNothingOutOfALaterPoolThatWasCut) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1'500));
  Cut(ledger, 2015, 2'000);
  EXPECT_EQ(FreeOf(ledger, 2015), -500);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f1", "federal", 1, 501)), v1::POOL_UNDERFUNDED);
  EXPECT_EQ(ledger.violations().front().subject, "programs/mx/pools/federal-2015");
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "500");
  // The old one is sound, and pays as far as it has promised.
  ledger.Pay("p", "f1", "federal", 1, 500);
  Cut(ledger, 2014, 1'500);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f2", "federal", 1, 0)), v1::POOL_UNDERFUNDED);
}

TEST(Refrendo, LetsAnOldPoolThatWasCutGoOnBesideANewOne) {
  TestLedger ledger = Authorised();
  Cut(ledger, 2014, 500);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f1", "federal", 1, 0)), v1::POOL_UNDERFUNDED);
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 500));
  EXPECT_EQ(FreeOf(ledger, 2014), 0);
  ledger.Pay("p", "f1", "federal", 1, 0);
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 500 + 1000", "2015: 500 + 0"));
}

TEST(Refrendo, RaisesAndLowersTheLatestCommitmentWithTheAgreement) {
  TestLedger ledger = Agreed();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 500));
  Amend(ledger, "a1", Total(5'000));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 1500 + 0", "2015: 1000 + 0"));
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a2", Total(9'002))), v1::POOL_EXCEEDED);
  EXPECT_EQ(ledger.Figure("name"), "programs/mx/pools/federal-2015");
  EXPECT_EQ(ledger.Figure("free_minor_units"), "2000");
  Amend(ledger, "a3", Total(2'400));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 1200 + 0"));
  EXPECT_EQ(FreeOf(ledger, 2015), 3'000);
}

TEST(Refrendo, CommitsMoreOutOfTheYearThatPaysAndNotOutOfAClosedOne) {
  TestLedger ledger = Agreed();
  ledger.SetTime(kNextYearUs);
  RenewForNextYear(ledger, "club");
  Close(ledger, 2014);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Total(5'000))), v1::FISCAL_YEAR_STATE);
  EXPECT_EQ(ledger.Figure("fiscal_year"), "2014");
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 1));
  Amend(ledger, "a2", Total(5'000));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 1999 + 0", "2015: 501 + 0"));
}

TEST(Refrendo, HasWhoTakesThePlaceOfAPartyPromiseOutOfTheSameYears) {
  TestLedger ledger = Authorised();
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015, 700));
  ledger.Pay("p", "f1", "federal", 1, 0);
  CreateOrganization(ledger, "heir", v1::FEDERAL_GOVERNMENT);
  ledger.MakePool("heir", 300);
  EXPECT_EQ(ledger.Try(Org("office"), AmendRequest("a1", Replace("federal", "heir"))), v1::POOL_EXCEEDED);
  EXPECT_THAT(ledger.violations(), SizeIs(1));
  EXPECT_EQ(ledger.Figure("name"), "programs/mx/pools/heir-2015");
  EXPECT_EQ(ledger.Figure("case"), "NO_POOL");
  ledger.MakePool("heir", 700, 2015);
  Amend(ledger, "a1", Replace("federal", "heir"));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 0 + 1000"));
  EXPECT_THAT(PartsOf(ledger, "heir"), ElementsAre("2014: 300 + 0", "2015: 700 + 0"));
  EXPECT_EQ(FreeOf(ledger, 2015), 3'000);
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2015)), v1::MOVE_ABOVE_COMMITTED);
  EXPECT_EQ(ledger.Try(Org("heir"), MoveRequest("heir", 2014, 2015)), v1::POOL_EXCEEDED);
  // What came back of what the one that left had sent is still its own to send, out of whichever of its pools.
  ledger.Reverse("p", "rv", "releases/f1");
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, 2015));
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2015: 1000 + 0"));
}

TEST(Refrendo, MovesNoMoreThanIsPromisedAndNotReleased) {
  TestLedger ledger = Authorised();
  ledger.Pay("p", "f1", "federal", 1, 0);
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2015, 1'001)), v1::MOVE_ABOVE_COMMITTED);
  EXPECT_EQ(ledger.Figure("committed_minor_units"), "1000");
  EXPECT_EQ(ledger.Figure("asked_minor_units"), "1001");
  EXPECT_EQ(ledger.Figure("excess_minor_units"), "1");
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2013, 2015)), v1::MOVE_ABOVE_COMMITTED);
  EXPECT_EQ(ledger.Figure("case"), "NOTHING");
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2014)), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2013)), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Try(Org("office"), MoveRequest("federal", 2014, 2015)), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("club"), MoveRequest("club", 2014, 2015)), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("state"), MoveRequest("state", 2014, 2015)), v1::PARTY_NOT_FOUND);
}

TEST(Refrendo, PromisesNoMoreThanTheLaterPoolHasFree) {
  TestLedger ledger = Agreed();
  Cut(ledger, 2015, 1'001);
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2015)), v1::POOL_EXCEEDED);
  EXPECT_EQ(ledger.Figure("free_minor_units"), "1999");
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "1");
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2016)), v1::POOL_EXCEEDED);
  EXPECT_EQ(ledger.Figure("case"), "NO_POOL");
  EXPECT_THAT(PartsOf(ledger), ElementsAre("2014: 2000 + 0"));
  // All that is wrong is said at once.
  ledger.SetTime(kNextYearUs + int64_t{366} * 86'400'000'000);
  Close(ledger, 2015);
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", 2014, 2015, 2'001)), v1::MOVE_ABOVE_COMMITTED);
  EXPECT_THAT(ledger.violations(), SizeIs(3));
  EXPECT_EQ(ledger.violations()[1].reason, v1::FISCAL_YEAR_STATE);
  EXPECT_EQ(ledger.violations()[2].reason, v1::POOL_EXCEEDED);
}

TEST(Refrendo, HasAtMostSoManyPoolsPayOneParty) {
  TestLedger ledger = Agreed();
  int year = 2014;
  for (int pools = 1; pools < kPoolPartsMax; ++pools, ++year) {
    if (year > 2014) ledger.MakePool("federal", 3'000, year + 1);
    ledger.Must(Org("federal"), MoveRequest("federal", year, year + 1, 2'000 - 100 * pools));
  }
  EXPECT_THAT(PartsOf(ledger), SizeIs(kPoolPartsMax));
  ledger.MakePool("federal", 3'000, year + 1);
  EXPECT_EQ(ledger.Try(Org("federal"), MoveRequest("federal", year, year + 1, 1)), v1::PROJECT_FULL);
  EXPECT_EQ(ledger.Figure("maximum"), std::to_string(kPoolPartsMax));
  // A pool that pays already takes more, and one of which nothing is left makes room.
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, year, 50));
  ledger.Must(Org("federal"), MoveRequest("federal", 2014, year + 1));
  EXPECT_THAT(PartsOf(ledger), SizeIs(kPoolPartsMax));
}

}  // namespace
}  // namespace oriundo
