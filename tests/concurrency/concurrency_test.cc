// Many threads drive the real sequencer over a store whose commits fail by plan: certainly not done, done and not known, lost and
// not known. Each thread sends random commands, most of them on things that others change too, and repeats what failed until it
// is answered.
//
// Afterwards the journal alone must explain everything: what was answered OK stands in it once, what was refused does not, it
// balances, no pool was ever promised twice, and folding it from nothing gives the stored records byte for byte. And its order is
// one in which tests/model, one command at a time, takes the same commands and comes to the same figures.
//
// ORIUNDO_CONCURRENCY_SEED repeats a run as far as its threads allow.
#include <array>
#include <cstdlib>
#include <future>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/substitute.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/admission/admission.h"
#include "server/base/reason_status.h"
#include "server/ledger/fold.h"
#include "server/sequencer/init_ledger.h"
#include "server/sequencer/sequencer.h"
#include "storage/check/fsck.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/format/record_bytes.h"
#include "storage/memory/memory_engine.h"
#include "tests/model/model.h"
#include "tests/support/world.h"

namespace oriundo {
namespace {

constexpr int kThreads = 8;
constexpr int kCommandsPerThread = 400;
constexpr int kProjects = 6;
// The pool pays for three of the six projects, so that approvals compete for it.
constexpr int64_t kPoolBudget = 3 * kWorldProjectTotal / 2;
// Ids that threads choose among at a time: few, so that they meet. After so many commands each comes the next.
constexpr uint64_t kIds = 8;
constexpr int kCommandsPerId = 10;

using Result = absl::StatusOr<CommandResult>;

// A command of any kind that the interface has.
template <std::size_t kKind = 0>
absl::StatusOr<Command> Admit(const Admission& admission, const Call& call) {
  if constexpr (kKind == std::variant_size_v<Request>) {
    return absl::InvalidArgumentError(call.method->name() + " writes nothing");
  } else {
    using T = std::variant_alternative_t<kKind, Request>;
    if (const T* request = dynamic_cast<const T*>(call.request.get())) {
      return admission.Admit({.organization = call.organization, .principal = "clerk"}, call.method->name(), *request);
    }
    return Admit<kKind + 1>(admission, call);
  }
}

// Something that somebody may want to do. $0 is a project's number; $1 and $2 are ids; $3 is an amount of minor units.
struct Wish {
  int weight;  // How often, against the others.
  const char* organization;
  const char* method;
  const char* fields;
};
constexpr Wish kWishes[] = {
    {10, "office", "ApproveProject", R"(name: "projects/work-$0")"},
    {1, "office", "CancelProject", R"(name: "projects/work-$0" reason { text: "no quorum" })"},
    {10, "office", "IncreasePoolBudget",
     R"(name: "programs/matching/pools/state-2020" increase { currency_code: "MXN" minor_units: $3 })"},
    {10, "office", "AuthorizeProject", R"(name: "projects/work-$0")"},
    {10, "state", "SignAgreement", R"(name: "projects/work-$0" agreement_date: "2020-01-15" account { number: "0121800012345$0" })"},
    {10, "builder", "SignAgreement", R"(name: "projects/work-$0" agreement_date: "2020-01-15" account { number: "0121800012345$0" })"},
    {10, "club-$0", "SignAgreement", R"(name: "projects/work-$0" agreement_date: "2020-01-15" account { number: "0121800012345$0" })"},
    {30, "club-$0", "CreatePledge",
     R"(parent: "projects/work-$0" pledge_id: "p$1"
        pledge { party: "organizations/club-$0" amount { currency_code: "MXN" minor_units: $3 } })"},
    {60, "club-$0", "DeclareContribution",
     R"(parent: "projects/work-$0" contribution_id: "c$1"
        contribution { party: "organizations/club-$0" declared { currency_code: "MXN" minor_units: $3 } memo: "raffle" })"},
    {60, "club-$0", "DeclareContribution",
     R"(parent: "projects/work-$0" contribution_id: "c$1"
        contribution { party: "organizations/club-$0" declared { currency_code: "MXN" minor_units: $3 } })"},
    {30, "club-$0", "EvidenceContribution",
     R"(name: "projects/work-$0/contributions/c$1"
        evidence { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })"},
    {60, "bank", "VerifyContribution",
     R"(name: "projects/work-$0/contributions/c$1" credited { currency_code: "MXN" minor_units: $3 }
        bank_value_date: "2020-05-04" account { number: "0121800012345$0" }
        documents { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })"},
    {60, "bank", "VerifyContribution",
     R"(name: "projects/work-$0/contributions/c$2" credited { currency_code: "MXN" minor_units: $3 }
        bank_value_date: "2020-05-04" account { number: "0121800012345$0" }
        documents { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })"},
    {5, "builder", "VerifyContribution",  // Who may not.
     R"(name: "projects/work-$0/contributions/c$1" credited { currency_code: "MXN" minor_units: $3 }
        bank_value_date: "2020-05-04" account { number: "0121800012345$0" }
        documents { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })"},
    {30, "bank", "RejectContribution", R"(name: "projects/work-$0/contributions/c$1" reason { text: "not on the statement" })"},
    {30, "bank", "ProposeReversal",
     R"(parent: "projects/work-$0" proposal_id: "v$1" target: "projects/work-$0/contributions/c$2" bank_value_date: "2020-06-01"
        reason { text: "the bank took it back" }
        documents { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })"},
    {60, "state", "ProposeRelease",
     R"(parent: "projects/work-$0" proposal_id: "r$1" tranche: "projects/work-$0/tranches/state-1" release_id: "r$2"
        amount { currency_code: "MXN" minor_units: $3 })"},
    {60, "office", "ApproveProposal", R"(name: "projects/work-$0/proposals/r$1")"},
    {60, "office", "ApproveProposal", R"(name: "projects/work-$0/proposals/v$1")"},
    {30, "state", "WithdrawProposal", R"(name: "projects/work-$0/proposals/r$1")"},
    {60, "bank", "ReceiveRelease",
     R"(name: "projects/work-$0/releases/r$1" credited { currency_code: "MXN" minor_units: $3 } bank_value_date: "2020-06-01"
        account { number: "0121800012345$0" }
        documents { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })"},
    {30, "builder", "RecordExpenditure",
     R"(parent: "projects/work-$0" expenditure_id: "e$1"
        expenditure {
          amount { currency_code: "MXN" minor_units: $3 } category: WORKS payment_date: "2020-06-02" vendor_name: "Test works"
          evidence { type: INVOICE salted_sha256: "0123456789abcdef0123456789abcdef" }
        })"},
    {30, "bank", "RecordInterest",
     R"(parent: "projects/work-$0" interest_id: "i$1"
        interest {
          amount { currency_code: "MXN" minor_units: $3 } bank_value_date: "2020-06-01"
          evidence { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" }
        } account { number: "0121800012345$0" })"},
};
// The `count`-th call of a thread.
Call RandomCall(int count, std::mt19937_64& random) {
  std::vector<double> weights;
  for (const Wish& wish : kWishes) weights.push_back(wish.weight);
  const Wish& wish = kWishes[std::discrete_distribution<std::size_t>(weights.begin(), weights.end())(random)];
  const uint64_t project = 1 + random() % kProjects;
  const auto id = [&] { return static_cast<uint64_t>(count / kCommandsPerId) + random() % kIds; };
  const std::string fields = absl::Substitute(wish.fields, project, id(), id(), 1 + random() % 1'000'000);
  return MakeCall("organizations/" + absl::Substitute(wish.organization, project), wish.method, fields, RandomRequestId(random));
}

// Hands a command over and waits for its answer.
Result Ask(Sequencer& sequencer, const Command& command) {
  std::promise<Result> promise;
  std::future<Result> answer = promise.get_future();
  sequencer.Submit(command, [&promise](Result result) { promise.set_value(std::move(result)); });
  return answer.get();
}

// Asks again until there is an answer that asking again does not change.
Result AskUntilAnswered(Sequencer& sequencer, const Command& command) {
  while (true) {
    Result result = Ask(sequencer, command);
    if (result.ok() || !absl::IsUnavailable(result.status())) return result;
    std::this_thread::yield();
  }
}

// What one thread sent and was told.
struct Account {
  std::map<std::string, Command> sent;         // By request id.
  std::map<std::string, int64_t> done;         // Request id to sequence.
  std::map<std::string, std::string> refused;  // Request id to reason.
};

void RunThread(Sequencer& sequencer, const Admission& admission, uint64_t seed, Account& account) {
  std::mt19937_64 random(seed);
  std::vector<Command> earlier;
  for (int i = 0; i < kCommandsPerThread; ++i) {
    absl::StatusOr<Command> command = Admit(admission, RandomCall(i, random));
    ASSERT_TRUE(command.ok()) << command.status();
    // Now and then twice at once, as an impatient client does: whichever comes first does the work.
    std::promise<void> told;
    const bool twice = random() % 8 == 0;
    if (twice) sequencer.Submit(*command, [&told](const Result&) { told.set_value(); });
    const Result result = AskUntilAnswered(sequencer, *command);
    if (twice) told.get_future().wait();
    if (result.ok()) {
      account.done[command->request_id] = result->sequence;
    } else if (!twice) {  // The other one may have come later, when the ledger thought better of it.
      account.refused[command->request_id] = v1::ErrorReason_Name(ReasonOf(result.status()));
    }
    if (random() % 8 == 0 && !earlier.empty()) {
      const Command& old = earlier[random() % earlier.size()];
      const Result again = AskUntilAnswered(sequencer, old);
      const auto known = account.done.find(old.request_id);
      if (known != account.done.end()) {
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_TRUE(again->replayed);
        EXPECT_EQ(again->sequence, known->second) << "the same request got another answer";
      } else if (again.ok()) {  // A refusal uses no id up: tried again, it may be allowed.
        account.done[old.request_id] = again->sequence;
        account.refused.erase(old.request_id);
      }
    }
    account.sent[command->request_id] = *command;
    earlier.push_back(*std::move(command));
  }
}

// Folds the journal in `snapshot` from nothing, and holds it against what the threads were told and against what is stored.
void CheckJournal(const Snapshot& snapshot, const Account& account) {
  State state([](const std::string&) { return std::nullopt; });
  std::map<std::string, int64_t> by_request;
  int64_t next = 0;
  const auto take = [&](uint64_t sequence, std::string_view bytes) {
    v1::Entry entry;
    EXPECT_TRUE(entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    EXPECT_EQ(entry.sequence(), next++);
    EXPECT_EQ(static_cast<int64_t>(sequence), entry.sequence());
    const bool first = entry.request_id().empty() || by_request.emplace(entry.request_id(), entry.sequence()).second;
    EXPECT_TRUE(first) << "request " << entry.request_id() << " was done twice";
    int64_t sum = 0;
    for (const v1::Posting& posting : entry.postings()) sum += posting.minor_units();
    EXPECT_EQ(sum, 0) << "entry " << sequence;
    Fold(entry, state);
    for (const v1::PoolChange& change : entry.pool_changes()) {
      const v1::Pool& pool = *state.Find<v1::Pool>(change.pool());
      const int64_t used = pool.committed_minor_units() + pool.released_minor_units();
      EXPECT_GE(pool.free_minor_units(), 0) << "promised twice by entry " << sequence;
      EXPECT_GE(pool.committed_minor_units(), 0) << "entry " << sequence;
      EXPECT_EQ(pool.budget_minor_units(), pool.free_minor_units() + used) << "entry " << sequence;
    }
    return true;
  };
  ASSERT_TRUE(ReadEntries(snapshot, 0, UINT64_MAX, take).ok());

  for (const auto& [request_id, sequence] : account.done) {
    const auto found = by_request.find(request_id);
    ASSERT_NE(found, by_request.end()) << "an answered command is lost: " << request_id;
    EXPECT_EQ(found->second, sequence);
  }
  for (const auto& [request_id, reason] : account.refused) {
    EXPECT_FALSE(by_request.contains(request_id)) << "refused with " << reason << " and yet written: " << request_id;
  }

  std::map<std::string, std::string> folded;
  for (const std::string& name : state.changed()) folded[RecordKey(name)] = StoredRecord(state.Get(name));
  std::map<std::string, std::string> stored;
  const KeyRange records = TableRange(Table::kRecords);
  const auto keep = [&](std::string_view key, std::string_view value) { return stored.emplace(key, value).second; };
  ASSERT_TRUE(snapshot.Scan(records.begin, records.end, keep).ok());
  EXPECT_EQ(folded.size(), stored.size());
  for (const auto& [key, value] : folded) {
    EXPECT_TRUE(stored.contains(key) && stored[key] == value) << "differs: " << key.substr(1);
  }

  const absl::StatusOr<FsckReport> report = Fsck(snapshot);
  ASSERT_TRUE(report.ok()) << report.status();
  for (const Finding& finding : report->findings) ADD_FAILURE() << "fsck: " << finding.key << ": " << finding.description;
}

// The order in which the journal has the commands is one in which the slow model, which knows no threads, takes every one of
// them.
void CheckAgainstModel(const Snapshot& snapshot, const Account& account) {
  model::Model model;
  std::set<std::string> touched;
  const auto take = [&](uint64_t, std::string_view bytes) {
    v1::Entry entry;
    EXPECT_TRUE(entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    if (entry.has_refused()) return true;
    Command command;
    if (entry.has_ledger_created()) {
      command.actor.organization = kAdministrator;
      command.request = entry.ledger_created();
    } else {
      const auto sent = account.sent.find(entry.request_id());
      EXPECT_NE(sent, account.sent.end()) << "nobody asked for entry " << entry.sequence();
      if (sent == account.sent.end()) return false;
      command = sent->second;
    }
    // The salt of the commitment was drawn when the call was admitted.
    if (auto* created = std::get_if<v1::CreateOrganizationRequest>(&command.request)) {
      created->mutable_organization()->set_display_name_commitment(
          entry.organization_created().organization().display_name_commitment());
    }
    if (auto* created = std::get_if<v1::CreateProjectRequest>(&command.request)) {
      created->mutable_project()->set_title_commitment(entry.project_created().project().title_commitment());
    }
    const model::Reasons reasons = model.Apply(command, {.sequence = entry.sequence(), .commit_time_us = entry.commit_time_us()});
    EXPECT_TRUE(reasons.empty()) << "the model refuses " << command.method << " at entry " << entry.sequence() << " with "
                                 << v1::ErrorReason_Name(*reasons.begin());
    for (std::string& name : TouchedRecords(entry)) touched.insert(std::move(name));
    return reasons.empty();
  };
  ASSERT_TRUE(ReadEntries(snapshot, 0, UINT64_MAX, take).ok());
  for (const std::string& name : touched) {
    const std::optional<std::string> body = *ReadRecord(snapshot, name);
    ASSERT_TRUE(body.has_value()) << name;
    const std::unique_ptr<google::protobuf::Message> record = NewRecord(name);
    ASSERT_TRUE(record->ParseFromString(*body)) << name;
    EXPECT_EQ(model.Compare(name, *record), "") << name;
  }
}

class Concurrency : public testing::TestWithParam<std::pair<const char*, FaultPlan>> {};

TEST_P(Concurrency, JournalAloneExplainsWhatCallersWereTold) {
  const char* given = std::getenv("ORIUNDO_CONCURRENCY_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "repeat with ORIUNDO_CONCURRENCY_SEED=" << seed << std::endl;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  FaultPlan faults = GetParam().second;
  faults.seed = random();
  MemoryEngine engine(faults);
  while (!InitLedger(engine, "test.example/ledger", SystemClock).ok()) {
  }
  absl::StatusOr<LedgerKey> key = LedgerKey::Load(**engine.NewSnapshot());
  ASSERT_TRUE(key.ok()) << key.status();
  const Admission admission(*std::move(key));

  std::vector<Call> world = WorldCalls(kProjects, kPoolBudget, random);
  for (int project = 1; project <= kProjects; ++project) {
    world.push_back(ProjectDraftCall(project, random));
    for (Call& call : ProjectFileCalls(project, random)) world.push_back(std::move(call));
  }
  // The first three go further at once, so that money moves; the pool has nothing left for the rest until somebody cancels.
  for (int project = 1; project <= kProjects / 2; ++project) {
    for (Call& call : ProjectAgreementCalls(project, random)) world.push_back(std::move(call));
  }

  Account all;
  SequencerCounters counters;
  // A second server takes over where the first one stopped.
  for (int server = 0; server < 2; ++server) {
    absl::StatusOr<std::unique_ptr<Sequencer>> sequencer = Sequencer::Start(engine, SystemClock);
    while (!sequencer.ok()) sequencer = Sequencer::Start(engine, SystemClock);
    for (const Call& call : world) {  // The second time, as repeats.
      absl::StatusOr<Command> command = Admit(admission, call);
      ASSERT_TRUE(command.ok()) << call.method->name() << ": " << command.status();
      const Result result = AskUntilAnswered(**sequencer, *command);
      ASSERT_TRUE(result.ok()) << call.method->name() << ": " << result.status();
      all.sent[command->request_id] = *command;
      EXPECT_EQ(result->sequence, all.done.emplace(command->request_id, result->sequence).first->second);
    }
    std::array<Account, kThreads> accounts;
    std::vector<std::thread> threads;
    for (Account& account : accounts) {
      threads.emplace_back([&, thread_seed = random()] { RunThread(**sequencer, admission, thread_seed, account); });
    }
    for (std::thread& thread : threads) thread.join();
    (*sequencer)->Stop();
    const SequencerCounters done = (*sequencer)->counters();
    counters.commands += done.commands;
    counters.refused += done.refused;
    counters.syncs += done.syncs;
    for (Account& account : accounts) {
      all.sent.merge(account.sent);
      all.done.merge(account.done);
      all.refused.merge(account.refused);
    }
  }
  std::map<std::string, int> reasons;
  for (const auto& [request_id, reason] : all.refused) ++reasons[reason];
  std::cout << counters.commands << " commands in " << counters.syncs << " syncs; refused: ";
  for (const auto& [reason, count] : reasons) std::cout << reason << " " << count << ", ";
  std::cout << std::endl;
  // A run in which nothing competed would show nothing.
  EXPECT_GT(reasons["POOL_EXCEEDED"] + reasons["WRONG_PROJECT_STATE"], 0);
  EXPECT_GT(all.done.size(), 200u);
  CheckJournal(**engine.NewSnapshot(), all);
  CheckAgainstModel(**engine.NewSnapshot(), all);
}

INSTANTIATE_TEST_SUITE_P(Plans, Concurrency,
                         testing::Values(std::pair("NoFaults", FaultPlan{}),
                                         std::pair("NotCommitted", FaultPlan{.not_committed_per_mille = 200}),
                                         std::pair("UnknownAndApplied", FaultPlan{.unknown_and_applied_per_mille = 200}),
                                         std::pair("UnknownAndLost", FaultPlan{.unknown_and_lost_per_mille = 200}),
                                         std::pair("Everything", FaultPlan{.not_committed_per_mille = 100,
                                                                           .unknown_and_applied_per_mille = 100,
                                                                           .unknown_and_lost_per_mille = 100})),
                         [](const auto& plan) { return std::string(plan.param.first); });

}  // namespace
}  // namespace oriundo
