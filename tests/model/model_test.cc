// Random commands against the ledger and the model: they must agree on every one.
//
// ORIUNDO_TEST_SEED (or --seed N) replays one run; ORIUNDO_MODEL_RUNS says how many runs there are.
#include "tests/model/model.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/ids.h"
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
  // Things that must happen and are no event, reason or state of their own.
  std::map<std::string, int> oddities;
};

// Counts what the new states and policies did.
// Whoever stands for the organisation that is counted in a tally of clubs or federations.
std::string StandsFor(const std::string& tally, const TestLedger& ledger) {
  const std::size_t first = tally.find('-', tally.find("/tallies/")) + 1;
  std::string name = "organizations/" + tally.substr(first, tally.rfind('-') - first);
  while (!ledger.Get<v1::Organization>(name).successor().empty()) name = ledger.Get<v1::Organization>(name).successor();
  return name;
}

// True where a project of the tally counts in another one too, and both stand for one organisation by now.
bool HasMergedShares(const v1::Tally& tally, const TestLedger& ledger) {
  for (const v1::Tally::SharedProject& shared : tally.shared_projects()) {
    const auto project = ledger.Get<v1::Project>(shared.project());
    for (const std::string& other : project.tallies()) {
      const std::size_t scope = tally.name().find('-', tally.name().find("/tallies/"));
      if (other == tally.name() || other.compare(0, scope, tally.name(), 0, scope) != 0) continue;
      if (StandsFor(other, ledger) == StandsFor(tally.name(), ledger)) return true;
    }
  }
  return false;
}

void Notice(const v1::Entry& entry, const TestLedger& ledger, Tally& tally) {
  auto later = [&](const std::string& bank_day) {
    if (entry.effective_date() > bank_day) ++tally.oddities["a closed year moved the effective day"];
  };
  if (entry.has_contribution_verified()) later(entry.contribution_verified().bank_value_date());
  if (entry.has_expenditure_recorded()) later(entry.expenditure_recorded().expenditure().payment_date());
  if (entry.has_interest_recorded()) later(entry.interest_recorded().interest().bank_value_date());
  if (entry.pool_changes_size() > 0 && entry.has_pool_budget_reduced() &&
      ledger.Get<v1::Pool>(entry.pool_budget_reduced().pool()).free_minor_units() < 0) {
    ++tally.oddities["a budget was cut below its commitments"];
  }
  if (entry.project().empty()) return;
  const auto project = ledger.Get<v1::Project>(entry.project());
  if (entry.has_project_submitted()) {
    const auto rule = ledger.Get<v1::RuleVersion>(project.rule_version());
    const bool moved = std::accumulate(project.role_weights().begin(), project.role_weights().end(), int64_t{0}) ==
                       project.total_minor_units();
    if (project.requested_total_minor_units() > 0) ++tally.oddities["a cap scaled a project down"];
    if (moved && rule.cap_policy() == v1::SPREAD) ++tally.oddities["a cap was spread"];
    if (moved && rule.cap_policy() == v1::RESIDUAL_PARTY) ++tally.oddities["a residual party took over"];
    if (project.absent_roles_size() > 0) ++tally.oddities["a role was absent"];
  }
  if (!entry.bank_use().deposit().empty()) {
    if (entry.has_contribution_verified()) ++tally.oddities["a deposit became a contribution"];
    if (entry.has_release_received()) ++tally.oddities["a deposit became a release"];
    if (entry.has_interest_recorded()) ++tally.oddities["a deposit became interest"];
    if (entry.has_expenditure_reversed()) ++tally.oddities["a vendor's return was a deposit"];
  }
  if (!entry.bank_use().line().empty()) ++tally.oddities["a confirmation named a bank line"];
  if (const std::string& line = entry.has_bank_line_matched() ? entry.bank_line_matched().line() : entry.bank_use().line(); !line.empty()) {
    const auto matched = ledger.Get<v1::BankLine>(line);
    if (matched.matches_size() > 1) ++tally.oddities["a bank line was shared"];
    if (matched.matches_size() > 1 && matched.state() == v1::BankLine::MATCHED) ++tally.oddities["a shared bank line was used up"];
  }
  for (const std::string& name : entry.has_bank_line_matched() ? TouchedRecords(entry) : std::vector<std::string>()) {
    // What a carried balance took from the former account has a record of its own.
    if (!IsResourceName(name, "projects/*/matches/*")) continue;
    if (ledger.Get<v1::BankMatch>(name).parts_size() > 1) ++tally.oddities["several bank lines made up one posting"];
  }
  if (entry.pledge_change().lapsed_minor_units() > 0) ++tally.oddities["something lapsed after its pledge"];
  if (entry.has_amendment_signed() && entry.amendment_signed().has_amended()) {
    const v1::AmendmentTerms& terms = entry.amendment_signed().amended().terms();
    if (terms.has_total_minor_units()) ++tally.oddities["a due was changed"];
    if (!terms.executor().empty()) ++tally.oddities["an executor was replaced"];
    if (terms.has_account()) ++tally.oddities["an account was changed"];
    if (!terms.committee().empty()) ++tally.oddities["a committee was named by an amendment"];
    for (const auto& replacement : terms.replacements()) {
      ++tally.oddities["a party was replaced"];
      if (replacement.successor() == project.club()) ++tally.oddities["a club's project changed clubs"];
      for (const v1::Party& party : project.parties()) {
        const bool goods = party.organization() == replacement.organization() && party.in_kind_counted_minor_units() > 0;
        if (goods) ++tally.oddities["a replaced party's goods went on counting"];
      }
    }
  }
  if (entry.has_contribution_verified() && !entry.contribution_verified().reallocation().empty()) ++tally.oddities["a reallocation arrived"];
  for (const v1::Party& party : project.parties()) {
    if (entry.has_release_approved() && !party.replaced_by().empty()) ++tally.oddities["a project with a replaced party released"];
  }
  if (entry.release_approved().release().pool_parts_size() > 1) ++tally.oddities["two pools paid one release"];
  for (const v1::PartyChange& change : entry.party_changes()) {
    const bool back = entry.has_release_received() || entry.has_release_returned() || entry.has_year_end_return_approved();
    for (const v1::PoolPartChange& part : change.pool_parts()) {
      if (part.fiscal_year() == project.fiscal_year()) continue;
      if (back) ++tally.oddities["something went back to a later pool"];
      if (entry.has_amendment_signed()) ++tally.oddities["an amendment changed a later pool"];
    }
  }
  if (entry.has_project_approved() && project.tallies_size() > 0) ++tally.oddities["an approval was tallied"];
  for (const v1::TallyChange& change : entry.tally_changes()) {
    if (change.has_shared()) ++tally.oddities["a project was counted for two clubs or federations"];
    if (HasMergedShares(ledger.Get<v1::Tally>(change.tally()), ledger)) ++tally.oddities["merged tallies shared a project"];
  }
  if (entry.has_project_cancelled() && entry.tally_changes_size() > 0 && entry.tally_changes(0).has_shared()) {
    ++tally.oddities["a project was freed in two tallies"];
  }
  if (entry.has_agreement_signed() && entry.agreement_signed().signed_for_size() > 0) ++tally.oddities["a successor signed"];
  for (const v1::ClubFederation& fixed : project.club_federations()) {
    const bool elsewhere = ledger.Get<v1::Organization>(fixed.club()).parent() != fixed.federation();
    if (entry.has_project_approved() && elsewhere) ++tally.oddities["it counted for a federation that the club had left"];
  }
  if (entry.has_project_cancelled() && project.tallies_size() > 0) ++tally.oddities["a tally was freed"];
  if (entry.has_handover_signed() && entry.organization() == project.committee() &&
      ledger.Get<v1::RuleVersion>(project.rule_version()).community_signature_required()) {
    ++tally.oddities["the community signed for itself"];
  }
  const auto actor = ledger.records().find(entry.organization());
  if (actor != ledger.records().end() && (entry.has_progress_verified() || entry.has_completion_confirmed() || entry.has_project_objected())) {
    const auto inspector = ledger.Get<v1::Organization>(entry.organization());
    if (inspector.has_registration() && inspector.registration().valid_to() < DateAt(entry.commit_time_us(), -600)) {
      ++tally.oddities["whose registration had expired looked after the works"];
    }
  }
  const bool gave = entry.has_contribution_verified() || entry.has_release_received();
  if (gave && project.state() == v1::Project::HANDED_OVER) ++tally.oddities["a share was made good after the handover"];
  if (entry.has_repayment_recorded()) {
    for (const v1::PartyChange& change : entry.party_changes()) {
      if (change.equalised_minor_units() < 0) ++tally.oddities["a repayment went to who had covered"];
    }
  }
  if (entry.refunds_apportioned().retained_minor_units() > 0 && entry.refunds_apportioned().unspent_minor_units() > 0) {
    ++tally.oddities["refunds were apportioned beside what is retained"];
  }
  const bool early = std::any_of(entry.inputs().begin(), entry.inputs().end(),
                                 [](const v1::Input& input) { return input.name() == "refunded_early_minor_units"; });
  if (entry.has_refunds_apportioned() && early) ++tally.oddities["a refund counted what went back at a year's end"];
  if (entry.has_release_returned() && entry.tally_changes_size() > 0) ++tally.oddities["what came back was counted no more"];
  if (entry.has_contribution_declared() && !entry.contribution_declared().contribution().reallocation().empty()) {
    const auto moved = ledger.records().find(entry.contribution_declared().contribution().reallocation());
    v1::Reallocation reallocation;
    if (moved != ledger.records().end() && reallocation.ParseFromString(moved->second) && !reallocation.contribution().empty()) {
      ++tally.oddities["a reallocation was declared again"];
    }
  }
  if (project.state() == v1::Project::SUSPENDED && !entry.has_project_suspended()) ++tally.oddities["something went on while suspended"];
  if (entry.has_release_approved()) {
    if (project.requested_total_minor_units() > 0) ++tally.oddities["a scaled-down project released"];
    if (project.absent_roles_size() > 0) ++tally.oddities["a project without a role released"];
  }
  if (project.state() == v1::Project::CLOSED && project.tallies_size() > 0) ++tally.oddities["a tallied project was closed"];
}

std::string Names(const Reasons& reasons) {
  std::string names;
  for (v1::ErrorReason reason : reasons) names += " " + v1::ErrorReason_Name(reason);
  return names.empty() ? " nothing" : names;
}

// A release within what the clubs' verified money entitles the role to at this moment (domain notes 4.5), by the ledger's own records
// and whole numbers only. Empty where it is.
std::string BoundFault(const TestLedger& ledger, const v1::Entry& entry) {
  const auto project = ledger.Get<v1::Project>(entry.project());
  const auto rule = ledger.Get<v1::RuleVersion>(project.rule_version());
  std::string club, paying;
  int64_t club_weight = 0, weight = 0;
  for (const v1::Party& party : project.parties()) {
    if (party.organization() == entry.release_approved().release().party()) paying = party.role();
  }
  for (int r = 0; r < rule.roles_size(); ++r) {
    if (rule.roles(r).role() == paying) weight = project.role_weights(r);
    if (!rule.roles(r).club_money()) continue;
    club = rule.roles(r).role();
    club_weight = project.role_weights(r);
  }
  if (club_weight == 0) return {};
  __int128 released = 0, verified = 0, due = 0;
  for (const v1::Party& party : project.parties()) {
    if (party.role() == paying) released += party.released_minor_units();
    if (party.role() != club) continue;
    verified += party.verified_minor_units();
    if (rule.in_kind_in_bound()) verified += party.in_kind_counted_minor_units();
    due += party.due_minor_units();
  }
  const __int128 money = std::min(verified, due) + rule.tolerance_minor_units();
  if (released * club_weight * 10'000 <= money * weight * rule.bound_multiple_bps()) return {};
  return "more is released than the clubs' money entitles to";
}

// The command in words.
std::string TextOf(const Command& command) {
  return command.method + " by " + command.actor.organization + ": " +
         std::visit([](const auto& request) { return request.ShortDebugString(); }, command.request);
}

// Applies one command to both; false where they disagree.
bool Agree(const Command& command, TestLedger& ledger, Model& model, Tally& tally) {
  const Stamp stamp{static_cast<int64_t>(ledger.journal().size()), ledger.time_us()};
  const Outcome outcome = ledger.Apply(command);
  const Reasons reasons = model.Apply(command, stamp);
  const std::string text = TextOf(command);
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
    EXPECT_EQ(entry.effective_date(), model.effective_day()) << text;
    if (entry.has_release_approved()) {
      EXPECT_EQ(BoundFault(ledger, entry), "") << text;
    }
    Notice(entry, ledger, tally);
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
      EXPECT_EQ(difference, "") << name << "\n" << text << "\n" << entry.ShortDebugString();
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

// Where the runs stand, told where an invariant of the ledger ends the program.
uint64_t running_seed = 0;
std::string running_command;

void TellOnAbort(int) {
  std::fprintf(stderr, "replay with ORIUNDO_TEST_SEED=%llu\n%s\n", static_cast<unsigned long long>(running_seed), running_command.c_str());
  std::_Exit(134);
}

void RunSeed(uint64_t seed, Tally& tally) {
  SCOPED_TRACE(SeedTrace(seed));
  running_seed = seed;
  Workload workload(seed);
  TestLedger ledger = TestLedger::Empty();
  Model model;
  ASSERT_TRUE(Agree(Workload::Genesis(), ledger, model, tally));
  for (const Command& command : workload.Setup()) ASSERT_TRUE(Agree(command, ledger, model, tally));
  // Some begin shortly before a year ends.
  if (workload.Chance(40)) ledger.SetTime(ledger.time_us() + workload.Any(60, 110) * int64_t{86'400'000'000});
  const int commands = static_cast<int>(workload.Any(100, 400));
  for (int i = 0; i < commands; ++i) {
    ledger.SetTime(ledger.time_us() + workload.Pause());
    const Command command = workload.Next(model, ledger.time_us());
    running_command = TextOf(command);
    ASSERT_TRUE(Agree(command, ledger, model, tally)) << "command " << i;
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

// So many runs at most, for what is rare.
constexpr int kRunsUntilAllCameUp = 4'000;

// What must have come up in all runs together, and has not.
std::vector<std::string> Missing(const Tally& tally) {
  std::vector<std::string> missing;
  const auto count = [](const auto& counts, const std::string& what) {
    const auto found = counts.find(what);
    return found == counts.end() ? 0 : found->second;
  };
  // Every writing request was accepted somewhere, and projects got to every end.
  if (tally.methods.size() != std::variant_size_v<Request>) missing.emplace_back("a method that was never accepted");
  // And so was every reversal.
  for (const char* event : {"contribution_reversed", "release_returned", "expenditure_reversed", "refund_reversed",
                            "repayment_reversed", "interest_reversed", "in_kind_reversed", "advance_recovery_reversed"}) {
    if (count(tally.events, event) == 0) missing.emplace_back(event);
  }
  // And so was what the ledger or an office does by itself.
  for (const char* event : {"pledge_lapsed", "agreement_lapsed", "in_kind_appraised", "advance_recovered", "retention_forfeited",
                            "year_end_return_approved", "commitment_moved", "proposal_expired", "project_suspended",
                            "project_resumed", "progress_verified", "pool_budget_reduced",
                            "fiscal_year_closed", "fiscal_year_reopened",
                            "reopening_expired", "reopening_withdrawn", "federation_proposed",
                            "federation_changed", "progress_countersigned", "project_objected", "objection_withdrawn",
                            "amendment_expired", "tranche_conditions_waived",
                            "reallocation_approved", "reallocation_cancelled", "balance_carried"}) {
    if (count(tally.events, event) == 0) missing.emplace_back(event);
  }
  // And so was all that a bank says.
  for (const char* event : {"deposit_recorded", "deposit_returned", "bank_lines_added", "bank_statement_discarded", "bank_line_matched",
                            "bank_line_unmatched", "bank_statement_withdrawn"}) {
    if (count(tally.events, event) == 0) missing.emplace_back(event);
  }
  for (const char* reason : {"BANK_REFERENCE_USED", "BANK_REFERENCE_MISSING", "BANK_STATEMENT_OUT_OF_ORDER", "BANK_STATEMENT_DIFFERENCE",
                             "BANK_LINE_MISMATCH", "BANK_LINE_MATCHED", "BANK_LINE_NOT_FOUND", "DEPOSIT_NOT_FOUND"}) {
    if (count(tally.reasons, reason) == 0) missing.emplace_back(reason);
  }
  for (const char* oddity : {"a deposit became a contribution", "a deposit became a release", "a deposit became interest",
                             "a vendor's return was a deposit", "a confirmation named a bank line", "a bank line was shared",
                             "a shared bank line was used up", "several bank lines made up one posting",
                             "something lapsed after its pledge"}) {
    if (count(tally.oddities, oddity) == 0) missing.emplace_back(oddity);
  }
  for (const char* state : {"CLOSED", "CANCELLED", "EXECUTING", "HANDED_OVER", "SUSPENDED"}) {
    if (count(tally.states, state) == 0) missing.emplace_back(state);
  }
  for (const char* reason :
       {"PROGRESS_REPORT_NOT_FOUND", "CUMULATIVE_CAP_EXCEEDED", "ABSENCE_NOT_ALLOWED", "POOL_UNDERFUNDED",
        "BUDGET_BELOW_RELEASED", "MOVE_ABOVE_COMMITTED",
        "MILESTONE_NOT_REACHED", "OUTSIDE_DATE_WINDOW", "QUANTITY_OUT_OF_ORDER", "FISCAL_YEAR_STATE", "TOO_MANY_PROPOSALS",
        "INVALID_FIELD", "DOCUMENT_MISSING", "FEDERATION_MISSING", "FEDERATION_CHANGE_NOT_PROPOSED", "OBJECTION_NOT_OPEN",
        "COMMUNITY_NOT_FOUND", "ETAG_MISMATCH",
        "AMENDMENT_NOT_FOUND", "REALLOCATION_NOT_FOUND", "AMENDMENT_CHANGES_NOTHING",
        "AMENDMENT_BELOW_GIVEN", "AGREEMENT_CHANGED", "BALANCE_NOT_CARRIED", "CONDITION_NOT_WAIVABLE", "PARTY_REPLACED",
        "COMMITTEE_MISSING", "IN_KIND_NOT_FOUND", "IN_KIND_NOT_ALLOWED", "CONTRACT_NOT_FOUND", "ADVANCE_ABOVE_MAXIMUM",
        "ADVANCE_TOO_SMALL", "RETENTION_TOO_SMALL", "YEAR_END_RETURN_NOT_DUE"}) {
    if (count(tally.reasons, reason) == 0) missing.emplace_back(reason);
  }
  for (const char* oddity :
       {"a closed year moved the effective day", "a budget was cut below its commitments", "a cap scaled a project down",
        "a cap was spread", "a residual party took over", "a role was absent", "an approval was tallied", "a tally was freed",
        "something went on while suspended", "a scaled-down project released", "a project without a role released",
        "a tallied project was closed", "a successor signed", "it counted for a federation that the club had left",
        "two pools paid one release", "something went back to a later pool", "an amendment changed a later pool",
        "a due was changed", "a party was replaced", "a club's project changed clubs",
        "an executor was replaced", "an account was changed", "a project with a replaced party released",
        "a project was counted for two clubs or federations", "a project was freed in two tallies",
        "a repayment went to who had covered", "refunds were apportioned beside what is retained",
        "a refund counted what went back at a year's end",
        "a committee was named by an amendment", "the community signed for itself",
        "whose registration had expired looked after the works"}) {
    if (count(tally.oddities, oddity) == 0) missing.emplace_back(oddity);
  }
  if (tally.reasons.size() <= 55) missing.emplace_back("more reasons");
  return missing;
}

TEST(Model, AgreesWithTheLedgerOnRandomCommands) {
  const bool replay = std::getenv("ORIUNDO_TEST_SEED") != nullptr;
  const char* runs_given = std::getenv("ORIUNDO_MODEL_RUNS");
  const int runs = replay ? 1 : runs_given != nullptr ? std::atoi(runs_given) : 400;
  const char* first_seed = std::getenv("ORIUNDO_MODEL_FIRST_SEED");
  const uint64_t seed = first_seed != nullptr && !replay ? std::strtoull(first_seed, nullptr, 10) : TestSeed();
  std::signal(SIGABRT, TellOnAbort);
  Tally tally;
  // What is rare may not come up in so many runs: then there are more, until all has come up or too many have passed.
  const int runs_max = runs < 100 ? runs : std::max(runs, kRunsUntilAllCameUp);
  int run = 0;
  for (; run < runs_max && !HasFailure() && (run < runs || !Missing(tally).empty()); ++run) RunSeed(seed + static_cast<uint64_t>(run), tally);
  std::printf("%d runs from seed %llu: %d accepted, %d refused\n", run, static_cast<unsigned long long>(seed), tally.accepted,
              tally.refused);
  if (runs < 100 || HasFailure()) return;
  if (std::getenv("ORIUNDO_MODEL_VERBOSE") != nullptr) {
    Print("method", tally.methods);
    Print("event", tally.events);
    Print("reason", tally.reasons);
    Print("state", tally.states);
    Print("oddity", tally.oddities);
  }
  EXPECT_THAT(Missing(tally), testing::IsEmpty());
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
