// Random commands against the ledger and the model: they must agree on every one.
//
// ORIUNDO_TEST_SEED (or --seed N) replays one run; ORIUNDO_MODEL_RUNS says how many runs there are.
#include "tests/model/model.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "server/ledger/fold.h"
#include "server/ledger/test_ledger.h"
#include "server/rules/test_seed.h"
#include "tests/model/workload.h"

namespace oriundo::model {
namespace {

// What happened in all runs, so that a workload that does nothing does not pass.
struct Tally {
  int accepted = 0;
  int refused = 0;
  std::map<std::string, int> methods;
  // By the name of the event in the entry.
  std::map<std::string, int> events;
  std::map<std::string, int> reasons;
  std::map<std::string, int> states;
};

std::string Names(const Reasons& reasons) {
  std::string names;
  for (v1::ErrorReason reason : reasons) names += " " + v1::ErrorReason_Name(reason);
  return names.empty() ? " nothing" : names;
}

// Applies one command to both; false where they disagree.
bool Agree(const Command& command, TestLedger& ledger, Model& model, Tally& tally) {
  const Stamp stamp{static_cast<int64_t>(ledger.journal().size()), ledger.time_us()};
  const Outcome outcome = ledger.Apply(command);
  const Reasons reasons = model.Apply(command, stamp);
  const std::string text = command.method + " by " + command.actor.organization + ": " +
                           std::visit([](const auto& request) { return request.ShortDebugString(); }, command.request);
  if (outcome.refusal.has_value()) {
    ++tally.refused;
    ++tally.reasons[v1::ErrorReason_Name(outcome.refusal->reason())];
    EXPECT_TRUE(reasons.contains(outcome.refusal->reason()))
        << "refused with " << v1::ErrorReason_Name(outcome.refusal->reason()) << " ("
        << outcome.refusal->violations.front().description << "); the model finds" << Names(reasons) << "\n"
        << text;
    return reasons.contains(outcome.refusal->reason());
  }
  ++tally.accepted;
  ++tally.methods[command.method];
  EXPECT_TRUE(reasons.empty()) << "accepted; the model finds" << Names(reasons) << "\n" << text;
  if (!reasons.empty()) return false;
  for (const v1::Entry& entry : outcome.entries) {
    ++tally.events[v1::Entry::descriptor()->FindFieldByNumber(static_cast<int>(entry.event_case()))->name()];
    __int128 sum = 0;
    for (const v1::Posting& posting : entry.postings()) sum += posting.minor_units();
    EXPECT_TRUE(sum == 0) << "the postings do not add up to zero\n" << text;
    if (entry.has_contribution_verified()) {
      EXPECT_EQ(entry.contribution_verified().account_commitment(), model.projects().at(entry.project()).account) << text;
    }
    if (entry.has_release_received()) {
      EXPECT_EQ(entry.release_received().account_commitment(), model.projects().at(entry.project()).account) << text;
    }
    for (const std::string& name : TouchedRecords(entry)) {
      const auto record = NewRecord(name);
      record->ParseFromString(ledger.records().at(name));
      const std::string difference = model.Compare(name, *record);
      EXPECT_EQ(difference, "") << name << "\n" << text;
      if (!difference.empty()) return false;
    }
  }
  return true;
}

// Every record is the fold of the entries that touch it, byte for byte.
void Replay(const TestLedger& ledger) {
  std::map<std::string, std::unique_ptr<google::protobuf::Message>> rebuilt;
  for (const v1::Entry& entry : ledger.journal()) {
    v1::Entry read;
    ASSERT_TRUE(read.ParseFromString(entry.SerializeAsString()));
    for (const std::string& name : TouchedRecords(read)) {
      auto& record = rebuilt[name];
      if (record == nullptr) record = NewRecord(name);
      FoldRecord(read, name, *record);
    }
  }
  ASSERT_EQ(rebuilt.size(), ledger.records().size());
  for (const auto& [name, bytes] : ledger.records()) ASSERT_EQ(rebuilt.at(name)->SerializeAsString(), bytes) << name;
}

void RunSeed(uint64_t seed, Tally& tally) {
  SCOPED_TRACE(SeedTrace(seed));
  Workload workload(seed);
  TestLedger ledger = TestLedger::Empty();
  Model model;
  ASSERT_TRUE(Agree(Workload::Genesis(), ledger, model, tally));
  for (const Command& command : workload.Setup()) ASSERT_TRUE(Agree(command, ledger, model, tally));
  const int commands = static_cast<int>(workload.Any(100, 400));
  for (int i = 0; i < commands; ++i) {
    ledger.SetTime(ledger.time_us() + workload.Any(1, int64_t{6} * 3'600'000'000));
    ASSERT_TRUE(Agree(workload.Next(model, ledger.time_us()), ledger, model, tally)) << "command " << i;
    // What no command touched stayed as it was; looked at now and then.
    if (i % 32 != 0) continue;
    for (const auto& [name, bytes] : ledger.records()) {
      const auto record = NewRecord(name);
      ASSERT_TRUE(record->ParseFromString(bytes));
      ASSERT_EQ(model.Compare(name, *record), "") << name << " after command " << i;
    }
  }
  for (const auto& [name, project] : model.projects()) ++tally.states[v1::Project::State_Name(project.state)];
  Replay(ledger);
}

void Print(const char* what, const std::map<std::string, int>& counts) {
  for (const auto& [name, count] : counts) std::printf("%s %s %d\n", what, name.c_str(), count);
}

TEST(Model, AgreesWithTheLedgerOnRandomCommands) {
  const char* runs_given = std::getenv("ORIUNDO_MODEL_RUNS");
  const int runs = std::getenv("ORIUNDO_TEST_SEED") != nullptr ? 1 : runs_given != nullptr ? std::atoi(runs_given) : 400;
  const uint64_t seed = TestSeed();
  Tally tally;
  for (int run = 0; run < runs && !HasFailure(); ++run) RunSeed(seed + static_cast<uint64_t>(run), tally);
  std::printf("%d runs from seed %llu: %d accepted, %d refused\n", runs, static_cast<unsigned long long>(seed), tally.accepted,
              tally.refused);
  if (runs < 100 || HasFailure()) return;
  if (std::getenv("ORIUNDO_MODEL_VERBOSE") != nullptr) {
    Print("method", tally.methods);
    Print("event", tally.events);
    Print("reason", tally.reasons);
    Print("state", tally.states);
  }
  // Every writing request was accepted somewhere, and projects got to every end.
  EXPECT_EQ(tally.methods.size(), std::variant_size_v<Request>);
  // And so was every reversal.
  for (const char* event : {"contribution_reversed", "release_returned", "expenditure_reversed", "refund_reversed",
                            "repayment_reversed", "interest_reversed"}) {
    EXPECT_GT(tally.events[event], 0) << event;
  }
  for (const char* state : {"CLOSED", "CANCELLED", "EXECUTING", "HANDED_OVER"}) EXPECT_GT(tally.states[state], 0) << state;
  EXPECT_GT(tally.reasons.size(), 40u);
}

}  // namespace
}  // namespace oriundo::model

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--seed") == 0) setenv("ORIUNDO_TEST_SEED", argv[i + 1], 1);
  }
  return RUN_ALL_TESTS();
}
