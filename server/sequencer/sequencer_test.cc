#include "server/sequencer/sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <future>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/ledger/fold.h"
#include "server/sequencer/init_ledger.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/memory/memory_engine.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using Result = absl::StatusOr<CommandResult>;

constexpr char kOrigin[] = "ledger.example.org/test";
constexpr char kPrincipal[] = "0123456789abcdef0123456789abcdef";

std::string Uuid(int number) {
  char text[40];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", number);
  return text;
}

// The administrator creates the organisation `id`, under the request id of that number.
Command Create(int number, const std::string& id, const std::string& actor = kAdministrator,
               v1::OrganizationKind kind = v1::CONSULATE) {
  Command command;
  command.actor = {actor, kPrincipal};
  command.method = "CreateOrganization";
  command.request_id = Uuid(number);
  v1::CreateOrganizationRequest request;
  request.set_organization_id(id);
  request.mutable_organization()->set_kind(kind);
  request.mutable_organization()->set_country_code("MX");
  command.size_bytes = 100;
  const std::string salt = RandomBytes(kSaltBytes);
  const std::string text = "The organisation " + id;
  request.mutable_organization()->set_display_name_commitment(Commitment(salt, text));
  command.sealed.push_back({"organizations/" + id, Commitment(salt, text), salt, text});
  command.digest = std::string(16 - std::min<std::size_t>(id.size(), 16), '.') + id.substr(0, 16);
  command.prefetch = {actor, "organizations/" + id};
  command.request = std::move(request);
  return command;
}

// A memory engine whose commits the test lets through, fails or leaves in doubt.
class ScriptedEngine final : public Engine {
 public:
  enum class Step { kCommit, kDiskFull, kUnknownApplied, kUnknownLost };

  CommitResult Commit(const WriteBatch& batch) override {
    {
      MutexLock lock(mutex_);
      ++commits_;
      changed_.notify_all();
      while (held_) lock.Wait(changed_);
    }
    Step step = Step::kCommit;
    {
      MutexLock lock(mutex_);
      if (!script_.empty()) {
        step = script_.front();
        script_.pop_front();
      }
      if (step == Step::kUnknownApplied || step == Step::kUnknownLost) in_doubt_ = true;
    }
    if (step == Step::kDiskFull) return {CommitOutcome::kNotCommitted, absl::ResourceExhaustedError("no space left")};
    if (step != Step::kUnknownLost) {
      const CommitResult result = inner_.Commit(batch);
      if (step == Step::kCommit) return result;
    }
    return {CommitOutcome::kUnknown, absl::UnavailableError("the sync failed")};
  }

  absl::Status Recover() override {
    MutexLock lock(mutex_);
    if (failing_recoveries_ > 0) {
      --failing_recoveries_;
      return absl::UnavailableError("still gone");
    }
    in_doubt_ = false;
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<Snapshot>> NewSnapshot() const override {
    MutexLock lock(mutex_);
    if (in_doubt_) return absl::UnavailableError("in doubt");
    return inner_.NewSnapshot();
  }

  void Next(Step step) {
    MutexLock lock(mutex_);
    script_.push_back(step);
  }
  void FailRecoveries(int count) {
    MutexLock lock(mutex_);
    failing_recoveries_ = count;
  }
  // Holds every commit until Release().
  void Hold() {
    MutexLock lock(mutex_);
    held_ = true;
    commits_ = 0;
  }
  void Release() {
    MutexLock lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // Waits until a commit is held.
  void AwaitCommit() {
    MutexLock lock(mutex_);
    while (commits_ == 0) lock.Wait(changed_);
  }
  MemoryEngine& inner() { return inner_; }

 private:
  MemoryEngine inner_;
  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::deque<Step> script_ ABSL_GUARDED_BY(mutex_);
  int failing_recoveries_ ABSL_GUARDED_BY(mutex_) = 0;
  int commits_ ABSL_GUARDED_BY(mutex_) = 0;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  bool in_doubt_ ABSL_GUARDED_BY(mutex_) = false;
};

using Step = ScriptedEngine::Step;

// A clock that stands still: the sequencer has to make times rise by itself.
int64_t StandingClock() { return 1'400'000'000'000'000; }

class SequencerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(InitLedger(engine_, kOrigin, StandingClock).ok());
    Restart();
  }

  void Restart(const SequencerOptions& options = {}) {
    sequencer_.reset();
    auto started = Sequencer::Start(engine_, StandingClock, options);
    ASSERT_TRUE(started.ok()) << started.status();
    sequencer_ = *std::move(started);
  }

  std::future<Result> Submit(Command command) {
    auto promise = std::make_shared<std::promise<Result>>();
    std::future<Result> future = promise->get_future();
    sequencer_->Submit(std::move(command), [promise](Result result) { promise->set_value(std::move(result)); });
    return future;
  }
  Result Do(Command command) { return Submit(std::move(command)).get(); }

  std::unique_ptr<Snapshot> Now() { return *engine_.NewSnapshot(); }

  ScriptedEngine engine_;
  std::unique_ptr<Sequencer> sequencer_;
};

TEST(InitLedger, WritesTheFirstEntryOnce) {
  MemoryEngine engine;
  EXPECT_EQ(ReasonOf(InitLedger(engine, "Not An Origin", StandingClock)), v1::INVALID_FIELD);
  ASSERT_TRUE(InitLedger(engine, kOrigin, StandingClock).ok());
  EXPECT_EQ(InitLedger(engine, kOrigin, StandingClock).code(), absl::StatusCode::kFailedPrecondition);

  const std::unique_ptr<Snapshot> snapshot = *engine.NewSnapshot();
  EXPECT_TRUE(LedgerKey::Load(*snapshot).ok());
  v1::Entry entry;
  ASSERT_TRUE(entry.ParseFromString(*ReadEntry(*snapshot, 0)));
  EXPECT_EQ(entry.ledger_created().origin(), kOrigin);
  v1::Organization administrator;
  ASSERT_TRUE(administrator.ParseFromString(**ReadRecord(*snapshot, kAdministrator)));
  EXPECT_EQ(administrator.kind(), v1::ADMINISTRATOR);
  EXPECT_EQ(ReadEntry(*snapshot, 1).status().code(), absl::StatusCode::kNotFound);
}

TEST(Sequencer, NeedsALedger) {
  MemoryEngine engine;
  EXPECT_EQ(Sequencer::Start(engine, StandingClock).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SequencerTest, GivesEachCommandItsPlaceAndWritesAllThatFollows) {
  for (int i = 1; i <= 3; ++i) {
    const Result result = Do(Create(i, "org-" + std::to_string(i)));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->sequence, i);
    EXPECT_EQ(result->last_sequence, i);
    EXPECT_FALSE(result->replayed);
    EXPECT_EQ(result->result_name, "organizations/org-" + std::to_string(i));
    EXPECT_EQ(static_cast<const v1::Organization&>(*result->record).name(), result->result_name);
  }
  const auto snapshot = Now();
  EXPECT_EQ((*ReadHead(*snapshot))->last_sequence, 3u);
  int64_t last_time = 0;
  ASSERT_TRUE(ReadEntries(*snapshot, 0, 9, [&](uint64_t sequence, std::string_view bytes) {
                v1::Entry entry;
                EXPECT_TRUE(entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
                EXPECT_EQ(entry.sequence(), static_cast<int64_t>(sequence));
                EXPECT_GT(entry.commit_time_us(), last_time) << "times rise although the clock stands still";
                last_time = entry.commit_time_us();
                return true;
              }).ok());
  std::vector<uint64_t> touching;
  ASSERT_TRUE(ReadIndex(*snapshot, kAdministrator, 0, 99, [&](uint64_t sequence) {
                touching.push_back(sequence);
                return true;
              }).ok());
  EXPECT_THAT(touching, testing::ElementsAre(0, 1, 2, 3));
  v1::Organization organization;
  ASSERT_TRUE(organization.ParseFromString(**ReadRecord(*snapshot, "organizations/org-2")));
  EXPECT_EQ(**Open(*snapshot, "organizations/org-2", organization.display_name_commitment()), "The organisation org-2");
}

TEST_F(SequencerTest, WhatWaitsDuringACommitSharesTheNextSync) {
  engine_.Hold();
  std::vector<std::future<Result>> answers;
  answers.push_back(Submit(Create(1, "first")));
  engine_.AwaitCommit();
  for (int i = 2; i <= 101; ++i) answers.push_back(Submit(Create(i, "org-" + std::to_string(i))));
  for (std::future<Result>& answer : answers) {
    EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "answered before the commit";
  }
  engine_.Release();
  for (std::future<Result>& answer : answers) EXPECT_TRUE(answer.get().ok());
  const SequencerCounters counters = sequencer_->counters();
  EXPECT_EQ(counters.commands, 101u);
  EXPECT_EQ(counters.syncs, 2u);
}

TEST_F(SequencerTest, WhatWasDecidedOnABatchThatFailsIsDecidedAnew) {
  std::atomic<int> stamps{0};  // One for each decision.
  sequencer_.reset();
  sequencer_ = *Sequencer::Start(engine_, [&] {
    ++stamps;
    return StandingClock();
  });
  engine_.Next(Step::kDiskFull);
  engine_.Hold();
  auto lost = Submit(Create(1, "federation", kAdministrator, v1::FEDERATION));
  engine_.AwaitCommit();
  std::vector<std::future<Result>> children;
  std::vector<std::future<Result>> others;
  for (int i = 2; i <= 11; ++i) {
    Command child = Create(i, "club-" + std::to_string(i), kAdministrator, v1::CLUB);
    std::get<v1::CreateOrganizationRequest>(child.request).mutable_organization()->set_parent("organizations/federation");
    children.push_back(Submit(std::move(child)));
    others.push_back(Submit(Create(100 + i, "org-" + std::to_string(i))));
  }
  // Some of them are decided on beside the commit: as if the federation were there.
  while (stamps < 1 + static_cast<int>(SequencerOptions().decide_ahead_commands_min)) std::this_thread::yield();
  engine_.Release();
  EXPECT_EQ(ReasonOf(lost.get().status()), v1::STORAGE_FULL);
  for (auto& child : children) EXPECT_EQ(ReasonOf(child.get().status()), v1::ORGANIZATION_NOT_FOUND);
  for (auto& other : others) EXPECT_TRUE(other.get().ok());
  EXPECT_EQ((*ReadHead(*Now()))->last_sequence, others.size());
}

TEST_F(SequencerTest, ARepeatGetsTheFirstResultWhateverHasHappenedSince) {
  const Command command = Create(1, "club");
  const Result first = Do(command);
  ASSERT_TRUE(Do(Create(2, "other")).ok());
  const Result again = Do(command);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->sequence, first->sequence);
  Restart();
  const Result later = Do(command);
  ASSERT_TRUE(later.ok());
  EXPECT_TRUE(later->replayed);
  EXPECT_EQ(later->sequence, first->sequence);
  EXPECT_EQ((*ReadHead(*Now()))->last_sequence, 2u);
  EXPECT_EQ(sequencer_->counters().repeats, 1u);
}

TEST_F(SequencerTest, RepeatsInsideOneBatchDoTheWorkOnce) {
  engine_.Hold();
  auto blocker = Submit(Create(1, "first"));
  engine_.AwaitCommit();
  auto one = Submit(Create(2, "club"));
  auto two = Submit(Create(2, "club"));
  auto reuse = Submit(Create(2, "another-body"));
  engine_.Release();
  const Result first = one.get();
  const Result second = two.get();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(first->sequence, second->sequence);
  EXPECT_EQ(ReasonOf(reuse.get().status()), v1::REQUEST_ID_REUSED);
  EXPECT_EQ((*ReadHead(*Now()))->last_sequence, 2u);
}

TEST_F(SequencerTest, ARequestIdBelongsToItsOrganisation) {
  ASSERT_TRUE(Do(Create(1, "consulate")).ok());
  EXPECT_EQ(ReasonOf(Do(Create(1, "club", kAdministrator)).status()), v1::REQUEST_ID_REUSED);
  EXPECT_TRUE(Do(Create(1, "club", "organizations/consulate", v1::CLUB)).ok());
}

TEST_F(SequencerTest, ARefusalDoesNotUseTheIdUp) {
  Command child = Create(1, "club", kAdministrator, v1::CLUB);
  std::get<v1::CreateOrganizationRequest>(child.request).mutable_organization()->set_parent("organizations/federation");
  EXPECT_EQ(ReasonOf(Do(child).status()), v1::ORGANIZATION_NOT_FOUND);
  ASSERT_TRUE(Do(Create(2, "federation", kAdministrator, v1::FEDERATION)).ok());
  const Result result = Do(child);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->replayed);
}

TEST_F(SequencerTest, AForbiddenActLeavesARefusedEntryUpToALimitAMinute) {
  ASSERT_TRUE(Do(Create(1, "verifier", kAdministrator, v1::VERIFIER)).ok());
  for (int i = 0; i < kRefusedEntriesPerMinuteMax + 10; ++i) {
    EXPECT_EQ(ReasonOf(Do(Create(100 + i, "club", "organizations/verifier", v1::CLUB)).status()), v1::ACTOR_NOT_ALLOWED);
  }
  const auto snapshot = Now();
  EXPECT_EQ((*ReadHead(*snapshot))->last_sequence, 1u + kRefusedEntriesPerMinuteMax);
  v1::Entry entry;
  ASSERT_TRUE(entry.ParseFromString(*ReadEntry(*snapshot, 2)));
  EXPECT_EQ(entry.refused().method(), "CreateOrganization");
  EXPECT_EQ(entry.refused().reason(), v1::ACTOR_NOT_ALLOWED);
  EXPECT_FALSE(*ReadSubjectSecret(*snapshot, "organizations/club")) << "a refused text was kept";
}

// An office with a programme, and a rule version as large as asked for.
Command CreateProgram(int number) {
  Command command = Create(number, "unused", "organizations/office");
  command.sealed.clear();
  v1::CreateProgramRequest request;
  request.set_program_id("mx-3x1");
  request.mutable_program()->set_office("organizations/office");
  request.mutable_program()->set_currency_code("MXN");
  command.request = std::move(request);
  return command;
}

Command PublishRule(int number, const std::string& id, int categories) {
  Command command = Create(number, id, "organizations/office");
  command.sealed.clear();
  v1::PublishRuleVersionRequest request;
  request.set_parent("programs/mx-3x1");
  request.set_rule_version_id(id);
  v1::RuleVersion& rule = *request.mutable_rule_version();
  rule.set_fiscal_year_first(2014);
  rule.set_fiscal_year_last(2014);
  rule.set_share_base(v1::MATCHED);
  rule.add_verifiers("organizations/office");
  for (int i = 0; i < categories; ++i) rule.add_categories(v1::INFRASTRUCTURE);
  v1::FunderRole& role = *rule.add_roles();
  role.set_role("club");
  role.add_kinds(v1::CLUB);
  role.set_weight(1);
  role.set_club_money(true);
  command.request = std::move(request);
  return command;
}

TEST_F(SequencerTest, AnEntryThatIsTooLargeLeavesNothingBehind) {
  ASSERT_TRUE(Do(Create(1, "office", kAdministrator, v1::PROGRAM_OFFICE)).ok());
  const Result program = Do(CreateProgram(2));
  ASSERT_TRUE(program.ok()) << program.status();
  engine_.Hold();
  auto blocker = Submit(Create(3, "first"));
  engine_.AwaitCommit();
  auto before = Submit(PublishRule(4, "v1", 1));
  auto too_large = Submit(PublishRule(5, "v2", 70'000));
  auto after = Submit(PublishRule(6, "v3", 1));
  engine_.Release();
  EXPECT_EQ(ReasonOf(too_large.get().status()), v1::ENTRY_TOO_LARGE);
  const Result first = before.get();
  const Result last = after.get();
  ASSERT_TRUE(first.ok() && last.ok()) << first.status() << last.status();
  EXPECT_EQ(last->sequence, first->sequence + 1);
  const auto snapshot = Now();
  EXPECT_FALSE(ReadRecord(*snapshot, "programs/mx-3x1/versions/v2")->has_value());
  EXPECT_TRUE(ReadRecord(*snapshot, "programs/mx-3x1/versions/v3")->has_value());
  EXPECT_TRUE(Do(PublishRule(5, "v2", 1)).ok()) << "the refused id is free";
}

TEST_F(SequencerTest, KeepsAProjectAsItWasEverySoManyEntries) {
  ASSERT_TRUE(Do(Create(1, "office", kAdministrator, v1::PROGRAM_OFFICE)).ok());
  ASSERT_TRUE(Do(CreateProgram(2)).ok());
  ASSERT_TRUE(Do(PublishRule(3, "v1", 1)).ok());
  ASSERT_TRUE(Do(Create(4, "club", kAdministrator, v1::CLUB)).ok());
  const auto make = [](int number, const std::string& actor, auto request) {
    Command command = Create(number, "unused", actor);
    command.sealed.clear();
    command.request = std::move(request);
    return command;
  };
  v1::RegisterOrganizationRequest registration;
  registration.set_name("organizations/club");
  registration.mutable_registration()->set_folio("A-1");
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2014-12-31");
  ASSERT_TRUE(Do(make(5, "organizations/office", registration)).ok());
  ASSERT_TRUE(Do(Create(7, "municipality", kAdministrator, v1::MUNICIPAL_GOVERNMENT)).ok());
  v1::CreateProjectRequest create;
  create.set_project_id("tekax");
  v1::Project& draft = *create.mutable_project();
  draft.set_program("programs/mx-3x1");
  draft.set_rule_version("programs/mx-3x1/versions/v1");
  draft.set_fiscal_year(2014);
  draft.set_category(v1::INFRASTRUCTURE);
  draft.set_locality_code("310790001");
  draft.set_club("organizations/club");
  draft.set_executor("organizations/municipality");
  draft.set_total_minor_units(100);
  draft.add_parties()->set_role("club");
  draft.mutable_parties(0)->set_organization("organizations/club");
  Result last = Do(make(6, "organizations/club", create));
  ASSERT_TRUE(last.ok()) << last.status();
  for (int i = 2; i <= kEntriesPerProjectSnapshot + 1; ++i) {
    v1::UpdateProjectRequest update;
    update.set_name("projects/tekax");
    update.set_etag(static_cast<const v1::Project&>(*last->record).etag());
    *update.mutable_project() = draft;
    update.mutable_project()->set_total_minor_units(100 + i);
    last = Do(make(100 + i, "organizations/club", update));
    ASSERT_TRUE(last.ok()) << last.status();
  }
  const auto snapshot = Now();
  const std::optional<PastRecord> kept = *ReadPastRecord(*snapshot, "projects/tekax", static_cast<uint64_t>(last->sequence));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->sequence, static_cast<uint64_t>(last->sequence) - 1);
  v1::Project past;
  ASSERT_TRUE(past.ParseFromString(kept->body));
  EXPECT_EQ(past.entry_count(), kEntriesPerProjectSnapshot);
  EXPECT_EQ(past.total_minor_units(), 100 + kEntriesPerProjectSnapshot);
}

TEST_F(SequencerTest, AFullDiskLosesNothingAndIsSaid) {
  engine_.Next(Step::kDiskFull);
  const Command command = Create(1, "club");
  EXPECT_EQ(ReasonOf(Do(command).status()), v1::STORAGE_FULL);
  EXPECT_EQ((*ReadHead(*Now()))->last_sequence, 0u);
  const Result result = Do(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sequence, 1);
  EXPECT_FALSE(result->replayed);
}

TEST_F(SequencerTest, ACommitInDoubtThatIsThereIsAnsweredOk) {
  engine_.Next(Step::kUnknownApplied);
  const Result result = Do(Create(1, "club"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sequence, 1);
  EXPECT_EQ(Do(Create(2, "other"))->sequence, 2);
}

TEST_F(SequencerTest, ACommitInDoubtThatWasLostMayBeTriedAgain) {
  engine_.Next(Step::kUnknownLost);
  const Command command = Create(1, "club");
  EXPECT_EQ(ReasonOf(Do(command).status()), v1::JOURNAL_TAIL_UNKNOWN);
  const Result result = Do(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sequence, 1);
}

TEST_F(SequencerTest, NothingIsWrittenWhileTheOutcomeIsUnknown) {
  engine_.FailRecoveries(4);
  engine_.Next(Step::kUnknownApplied);
  engine_.Hold();
  auto doubtful = Submit(Create(1, "club"));
  engine_.AwaitCommit();
  engine_.Release();
  // Once the first look has failed, later commands are refused at once.
  while (true) {
    const Result refused = Do(Create(2, "other"));
    if (refused.ok()) break;
    EXPECT_EQ(ReasonOf(refused.status()), v1::JOURNAL_TAIL_UNKNOWN);
  }
  EXPECT_TRUE(doubtful.get().ok());
}

TEST_F(SequencerTest, StopsEvenWhileTheOutcomeIsUnknown) {
  engine_.FailRecoveries(1'000'000);
  engine_.Next(Step::kUnknownApplied);
  engine_.Hold();
  auto doubtful = Submit(Create(1, "club"));
  engine_.AwaitCommit();
  engine_.Release();
  while (ReasonOf(Do(Create(2, "other")).status()) != v1::JOURNAL_TAIL_UNKNOWN) {
  }
  sequencer_->Stop();
  EXPECT_EQ(ReasonOf(doubtful.get().status()), v1::JOURNAL_TAIL_UNKNOWN);
}

TEST_F(SequencerTest, RefusesWhatTheQueueCannotHold) {
  SequencerOptions options;
  options.queue_commands_max = 2;
  Restart(options);
  engine_.Hold();
  auto working = Submit(Create(1, "first"));
  engine_.AwaitCommit();
  auto one = Submit(Create(2, "second"));
  auto two = Submit(Create(3, "third"));
  const Result full = Do(Create(4, "fourth"));
  EXPECT_EQ(ReasonOf(full.status()), v1::QUEUE_FULL);
  EXPECT_EQ(full.status().code(), absl::StatusCode::kUnavailable);
  engine_.Release();
  EXPECT_TRUE(working.get().ok() && one.get().ok() && two.get().ok());
  EXPECT_TRUE(Do(Create(4, "fourth")).ok());
}

TEST_F(SequencerTest, BoundsTheBytesOfQueueAndBatch) {
  SequencerOptions options;
  options.queue_bytes_max = 350;
  options.batch_bytes_max = 200;
  Restart(options);
  engine_.Hold();
  auto working = Submit(Create(1, "first"));
  engine_.AwaitCommit();
  std::vector<std::future<Result>> answers;
  for (int i = 2; i <= 4; ++i) answers.push_back(Submit(Create(i, "org-" + std::to_string(i))));
  EXPECT_EQ(ReasonOf(Do(Create(5, "org-5")).status()), v1::QUEUE_FULL);
  engine_.Release();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
  EXPECT_EQ(sequencer_->counters().syncs, 3u) << "two of 100 bytes each fit a batch";
}

TEST_F(SequencerTest, ADrainAnswersEveryoneAndTakesNobodyNew) {
  engine_.Hold();
  std::vector<std::future<Result>> answers;
  answers.push_back(Submit(Create(1, "first")));
  engine_.AwaitCommit();
  for (int i = 2; i <= 50; ++i) answers.push_back(Submit(Create(i, "org-" + std::to_string(i))));
  std::thread stopper([&] { sequencer_->Stop(); });
  while (true) {  // Until the drain has begun, commands are still taken.
    const int number = static_cast<int>(answers.size()) + 1;
    std::future<Result> late = Submit(Create(number, "org-" + std::to_string(number)));
    if (late.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready) {
      EXPECT_EQ(ReasonOf(late.get().status()), v1::DRAINING);
      break;
    }
    answers.push_back(std::move(late));
  }
  engine_.Release();
  stopper.join();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
  EXPECT_EQ((*ReadHead(*Now()))->last_sequence, answers.size());
}

TEST_F(SequencerTest, StepsDownOnceAnotherWriterHasTheLease) {
  ASSERT_TRUE(Do(Create(1, "club")).ok());
  auto second = Sequencer::Start(engine_, StandingClock);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(ReasonOf(Do(Create(2, "other")).status()), v1::DRAINING);
  EXPECT_EQ((*ReadHead(*Now()))->last_sequence, 1u);
}

TEST_F(SequencerTest, ARottenRecordStandsInNobodyElsesWay) {
  ASSERT_TRUE(Do(Create(1, "rotten")).ok());
  ASSERT_TRUE(engine_.inner().RotValue(RecordKey("organizations/rotten")));
  Restart();  // The writer remembers what it has written.
  engine_.Hold();
  auto blocker = Submit(Create(2, "first"));
  engine_.AwaitCommit();
  auto rotten = Submit(Create(3, "rotten"));
  auto healthy = Submit(Create(4, "healthy"));
  engine_.Release();
  EXPECT_EQ(ReasonOf(rotten.get().status()), v1::JOURNAL_CORRUPT);
  EXPECT_TRUE(healthy.get().ok());
}

// Many commands against a store that fails at random: whoever was told OK finds it there once, whoever was not may try again,
// and folding the journal gives the records that are stored.
TEST(Sequencer, KeepsItsPromisesOnAFailingStore) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    MemoryEngine engine(FaultPlan{.seed = seed, .not_committed_per_mille = 150, .unknown_and_applied_per_mille = 100,
                                  .unknown_and_lost_per_mille = 100});
    while (!InitLedger(engine, kOrigin, StandingClock).ok()) {
      ASSERT_TRUE(engine.Recover().ok());
      if (ReadHead(**engine.NewSnapshot())->has_value()) break;
    }
    std::mt19937_64 random(seed);
    std::map<int, int64_t> told;  // Number of the command to its sequence.
    std::set<int> waiting;
    for (int number = 1; number <= 100; ++number) waiting.insert(number);
    while (!waiting.empty()) {
      auto started = Sequencer::Start(engine, StandingClock);
      if (!started.ok()) {
        ASSERT_TRUE(engine.Recover().ok());
        continue;
      }
      std::vector<std::pair<int, std::future<Result>>> answers;
      for (int number : waiting) {
        if (random() % 3 == 0) continue;
        auto promise = std::make_shared<std::promise<Result>>();
        answers.emplace_back(number, promise->get_future());
        (*started)->Submit(Create(number, "org-" + std::to_string(number)),
                           [promise](Result result) { promise->set_value(std::move(result)); });
      }
      for (auto& [number, answer] : answers) {
        const Result result = answer.get();
        if (!result.ok()) continue;
        told[number] = result->sequence;
        waiting.erase(number);
      }
    }
    const std::unique_ptr<Snapshot> snapshot = *engine.NewSnapshot();
    State replayed([](const std::string&) { return std::optional<std::string>(); });
    ASSERT_TRUE(ReadEntries(*snapshot, 0, 1'000, [&](uint64_t, std::string_view bytes) {
                  v1::Entry entry;
                  EXPECT_TRUE(entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
                  Fold(entry, replayed);
                  return true;
                }).ok());
    EXPECT_EQ((*ReadHead(*snapshot))->last_sequence, 100u);
    std::set<int64_t> sequences;
    for (const auto& [number, sequence] : told) {
      sequences.insert(sequence);
      v1::Entry entry;
      ASSERT_TRUE(entry.ParseFromString(*ReadEntry(*snapshot, static_cast<uint64_t>(sequence))));
      EXPECT_EQ(entry.request_id(), Uuid(number));
    }
    EXPECT_EQ(sequences.size(), 100u);
    for (const std::string& name : replayed.changed()) {
      EXPECT_EQ(**ReadRecord(*snapshot, name), replayed.Get(name).SerializeAsString()) << name;
    }
  }
}

}  // namespace
}  // namespace oriundo
