// StoredLedger is a small ledger in memory, written by the real writer, for tests of what reads it.
//
// It has a programme `programs/mx` with its office, a verifier, a consulate and an executor. Each call is one batch of one
// command, a second after the one before; a call that is refused ends the test program. Amounts are minor units of MXN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/money.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/ledger/command.h"
#include "server/queries/reader.h"
#include "server/sequencer/batch.h"
#include "storage/memory/memory_engine.h"

namespace oriundo {

class StoredLedger {
 public:
  // One role of a rule and the organisation that fills it: `organizations/{role}`.
  struct Funder {
    std::string role;
    v1::OrganizationKind kind = v1::CLUB;
    int64_t weight = 1;
    // Cumulative steps; empty for the club's role.
    std::vector<int32_t> cumulative_bps = {};
  };

  // When the ledger begins: 2014-09-01, microseconds.
  static constexpr int64_t kBeginUs = 1'409'529'600'000'000;

  StoredLedger();

  MemoryEngine& engine() { return engine_; }
  // The day on which banks act from now on; not before the agreement and not after the clock's. Default the first day.
  std::string bank_day = "2014-08-29";
  // The day that agreements bear from now on.
  std::string agreement_day = "2014-08-29";
  // Lets the clock go on.
  void PassDays(int days) { now_us_ += int64_t{days} * 86'400'000'000; }
  // Called after each batch, where it is set.
  std::function<void()> after_each;
  // Shows the newest, or what was known after `sequence`.
  Reader Read() const;
  Reader Read(int64_t sequence) const;
  // The sequence of the last entry.
  int64_t newest() const { return Read().sequence(); }

  // Publishes `programs/mx/versions/{id}` for the funders, whose organisations and pools are made where they do not exist yet.
  // `change` has the last word on what is published.
  void AddRule(const std::string& id, const std::vector<Funder>& funders, int64_t tolerance = 100,
               const std::function<void(v1::RuleVersion&)>& change = {});
  // Makes `projects/{id}` under a rule and leaves it a DRAFT.
  void AddDraft(const std::string& id, const std::string& rule, int64_t total);
  // Leads a draft to AGREED, signed by all.
  void Agree(const std::string& id);
  // AddDraft and Agree.
  void AddProject(const std::string& id, const std::string& rule, int64_t total);
  void Authorize(const std::string& project);
  // Ids below are those of the children: `projects/{project}/contributions/{id}`.
  void Declare(const std::string& project, const std::string& id, const std::string& funder, int64_t amount);
  void Verify(const std::string& project, const std::string& id, int64_t credited);
  void Contribute(const std::string& project, const std::string& id, const std::string& funder, int64_t amount);
  // The most that may come as the club's share: any amount, or where it owes something back what its due leaves beside that.
  int64_t RoomOf(const std::string& project, const std::string& club) const;
  // Proposes, approves and receives.
  void Release(const std::string& project, const std::string& id, const std::string& funder, int ordinal, int64_t amount);
  void Spend(const std::string& project, const std::string& id, int64_t amount);
  // Proposes and approves. `target` is below the project: `contributions/c1`.
  void Reverse(const std::string& project, const std::string& id, const std::string& target);
  void Repay(const std::string& project, const std::string& id, const std::string& funder, int64_t amount);
  void AddInterest(const std::string& project, const std::string& id, int64_t amount);
  void Cancel(const std::string& project);
  void ApportionRefunds(const std::string& project);
  void PayRefund(const std::string& project, const std::string& id, const std::string& funder);

  // Gives `request` to the ledger as `organizations/{actor}`; its texts are sealed for `subject`.
  absl::StatusOr<CommandResult> Try(const std::string& actor, const std::string& subject, Request request);
  void Do(const std::string& actor, const std::string& subject, Request request);

 private:
  void AddOrganization(const std::string& id, v1::OrganizationKind kind);
  // Takes texts and account numbers out of `message`, as admission does.
  void Admit(const std::string& subject, google::protobuf::Message& message, Command& command);
  std::string Bytes(std::size_t count);

  MemoryEngine engine_;
  int64_t now_us_ = kBeginUs;
  std::unique_ptr<BatchWorker> worker_;
  uint64_t drawn_ = 0;
  std::map<std::string, std::vector<Funder>> rules_;
};

// `minor_units` of MXN.
v1::Money Mxn(int64_t minor_units);

}  // namespace oriundo
