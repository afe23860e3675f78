// What falls due without anybody's call: proposals that nobody approves in time.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/ids.h"
#include "server/queries/stored_ledger.h"
#include "server/sequencer/due_index.h"
#include "server/sequencer/sequencer.h"

namespace oriundo {
namespace {

constexpr int64_t kDayUs = 86'400'000'000;
constexpr char kProject[] = "projects/p";
constexpr char kProposal[] = "projects/p/proposals/pr1";

// Passes everything on, and refuses the next commit once.
class RefusingOnce final : public Engine {
 public:
  explicit RefusingOnce(Engine& engine) : engine_(engine) {}
  CommitResult Commit(const WriteBatch& batch) override {
    if (armed.exchange(false)) return {CommitOutcome::kNotCommitted, absl::UnavailableError("not now")};
    return engine_.Commit(batch);
  }
  absl::Status Recover() override { return engine_.Recover(); }
  absl::Status Purge(std::span<const std::string> keys) override { return engine_.Purge(keys); }
  absl::StatusOr<std::unique_ptr<Snapshot>> NewSnapshot() const override { return engine_.NewSnapshot(); }

  std::atomic<bool> armed{false};

 private:
  Engine& engine_;
};

// A ledger in which a release is proposed and waits for its second person.
class Due : public testing::Test {
 protected:
  Due() {
    ledger_.AddRule("r1", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .weight = 1, .cumulative_bps = {10'000}},
                           {.role = "club", .kind = v1::CLUB, .weight = 1}});
    ledger_.AddProject("p", "r1", 2'000);
    ledger_.Contribute("p", "c1", "club", 1'000);
    ledger_.Authorize("p");
    v1::ProposeReleaseRequest propose;
    propose.set_parent(kProject);
    propose.set_proposal_id("pr1");
    propose.set_tranche("projects/p/tranches/federal-1");
    propose.set_release_id("f1");
    *propose.mutable_amount() = Mxn(400);
    ledger_.Do("federal", kProject, propose);
  }

  v1::Proposal Proposal() const { return *ledger_.Read().Get<v1::Proposal>(kProposal); }
  int64_t ExpiresUs() const { return Proposal().expire_time().seconds() * 1'000'000 + Proposal().expire_time().nanos() / 1'000; }

  DueIndex Index() {
    const auto snapshot = ledger_.engine().NewSnapshot();
    return *DueIndex::Load(**snapshot);
  }

  std::unique_ptr<Sequencer> Start() { return *Sequencer::Start(engine_, [this] { return now_us_.load(); }); }

  // True as soon as the proposal has expired; false where it has not after ten seconds.
  bool ExpiresSoon() const {
    for (int i = 0; i < 1'000; ++i) {
      if (Proposal().state() == v1::Proposal::EXPIRED) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  StoredLedger ledger_;
  RefusingOnce engine_{ledger_.engine()};
  std::atomic<int64_t> now_us_{StoredLedger::kBeginUs + kDayUs};
};

TEST_F(Due, AProposalExpiresThoughNobodyCalls) {
  const int64_t before = ledger_.newest();
  const auto sequencer = Start();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(Proposal().state(), v1::Proposal::OPEN);
  now_us_ = ExpiresUs();
  ASSERT_TRUE(ExpiresSoon());
  sequencer->Stop();
  EXPECT_EQ(ledger_.newest(), before + 1);
  const v1::Project project = *ledger_.Read().Get<v1::Project>(kProject);
  EXPECT_EQ(project.parties(0).proposed_minor_units(), 0);
  EXPECT_EQ(project.deadlines_size(), 0);
}

TEST_F(Due, AServerThatWasDownMeanwhileWritesItWhenItStarts) {
  now_us_ = ExpiresUs() + 100 * kDayUs;
  const auto sequencer = Start();
  EXPECT_TRUE(ExpiresSoon());
}

TEST_F(Due, APledgeLapsesByItsDeadlineThoughNobodyCallsAndTheServerWasDown) {
  v1::CreatePledgeRequest pledge;
  pledge.set_parent(kProject);
  pledge.set_pledge_id("g1");
  pledge.mutable_pledge()->set_party("organizations/club");
  *pledge.mutable_pledge()->mutable_amount() = Mxn(700);
  pledge.mutable_pledge()->set_deadline(DateAt(StoredLedger::kBeginUs + 3 * kDayUs, 0));
  ledger_.Do("club", kProject, pledge);
  const auto lapses = [&] {
    for (int i = 0; i < 1'000; ++i) {
      if (ledger_.Read().Get<v1::Pledge>("projects/p/pledges/g1")->state() == v1::Pledge::LAPSED) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  ASSERT_LT(*Index().next_us(), ExpiresUs());
  now_us_ = *Index().next_us();
  const auto sequencer = Start();
  EXPECT_TRUE(lapses());
  sequencer->Stop();
  EXPECT_EQ(Proposal().state(), v1::Proposal::OPEN);
  EXPECT_EQ(Index().next_us(), ExpiresUs());
  const v1::Project project = *ledger_.Read().Get<v1::Project>(kProject);
  EXPECT_EQ(project.parties(1).pledged_minor_units(), 0);
  EXPECT_EQ(ledger_.Read().Get<v1::Pledge>("projects/p/pledges/g1")->lapsed_minor_units(), 700);
}

TEST_F(Due, ComesBeforeTheCommandThatFindsItDue) {
  const auto sequencer = Start();
  now_us_ = ExpiresUs();
  Command command;
  command.actor.organization = "organizations/office";
  command.actor.principal = std::string(32, '0');
  command.request_id = "ffffffff-0000-4000-8000-000000000000";
  command.digest = std::string(16, 'd');
  command.method = "ApproveProposal";
  command.request.emplace<v1::ApproveProposalRequest>().set_name(kProposal);
  std::atomic<bool> refused{false};
  sequencer->Submit(std::move(command), [&](absl::StatusOr<CommandResult> result) { refused = !result.ok(); });
  sequencer->Stop();
  EXPECT_TRUE(refused);
  EXPECT_EQ(Proposal().state(), v1::Proposal::EXPIRED);
}

TEST_F(Due, IsFoundAgainInTheStoreAndForgottenOnceItIsOver) {
  EXPECT_EQ(Index().next_us(), ExpiresUs());
  EXPECT_THAT(Index().DueAt(ExpiresUs() - 1, 10), testing::IsEmpty());
  EXPECT_THAT(Index().DueAt(ExpiresUs(), 10), testing::ElementsAre(kProject));
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name(kProposal);
  ledger_.Do("federal", kProject, withdraw);
  EXPECT_EQ(Index().next_us(), std::nullopt);
}

TEST_F(Due, IsWrittenOnceTheStoreTakesWritesAgain) {
  const auto sequencer = Start();
  engine_.armed = true;
  now_us_ = ExpiresUs();
  EXPECT_TRUE(ExpiresSoon());
  EXPECT_FALSE(engine_.armed);
}

TEST_F(Due, AReopeningThatNobodyAgreesToEndsByItself) {
  v1::WithdrawProposalRequest withdraw_proposal;
  withdraw_proposal.set_name(kProposal);
  ledger_.Do("federal", kProject, withdraw_proposal);
  v1::CloseFiscalYearRequest close;
  close.set_name("programs/mx");
  close.set_fiscal_year(2013);
  ledger_.Do("office", "programs/mx", close);
  v1::ProposeReopeningRequest propose;
  propose.set_name("programs/mx");
  propose.set_fiscal_year(2013);
  propose.mutable_reason()->set_text("a receipt was found");
  ledger_.Do("office", "programs/mx", propose);
  const auto program = [&] { return *ledger_.Read().Get<v1::Program>("programs/mx"); };
  const int64_t expires_us = program().reopening().expire_time().seconds() * 1'000'000 + program().reopening().expire_time().nanos() / 1'000;
  EXPECT_EQ(Index().next_us(), expires_us);
  EXPECT_THAT(Index().DueAt(expires_us, 10), testing::ElementsAre("programs/mx"));
  const int64_t before = ledger_.newest();
  const auto sequencer = Start();
  now_us_ = expires_us;
  for (int i = 0; i < 1'000 && program().has_reopening(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  sequencer->Stop();
  EXPECT_FALSE(program().has_reopening());
  EXPECT_EQ(ledger_.newest(), before + 1);
  EXPECT_EQ(Index().next_us(), std::nullopt);
}

TEST(DueIndex, LooksAgainAtWhatMayNotHaveBecomeDurable) {
  v1::Project project;
  project.set_name(kProject);
  project.add_deadlines()->set_time_us(500);
  DueIndex index;
  index.Note(project);
  EXPECT_EQ(index.next_us(), 500);
  index.Doubt(kProject);
  EXPECT_THAT(index.DueAt(0, 10), testing::ElementsAre(kProject));
  index.Note(project);
  EXPECT_EQ(index.next_us(), 500);
  project.clear_deadlines();
  index.Note(project);
  EXPECT_EQ(index.next_us(), std::nullopt);
  index.Doubt(kProject);
  index.Drop(kProject);
  EXPECT_EQ(index.next_us(), std::nullopt);
}

}  // namespace
}  // namespace oriundo
