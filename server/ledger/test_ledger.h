// TestLedger: a ledger in memory, driven as the sequencer drives the real one, with builders that lead a project to any state.
// For tests only.
//
// Copyable: a test leads one ledger to a state and tries many things, each on a copy.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/ledger/apply.h"
#include "server/ledger/command.h"

namespace oriundo {

// The resource name of an organisation. Those that every TestLedger begins with are named after their kinds; `club` and `club2`
// belong to `federation`, which belongs to `confederation`; `mirror` mirrors `club`; club, club2 and federation are registered
// for 2014.
std::string Org(std::string_view id);

// 32 bytes that stand for the commitment to a text or an account number.
std::string FakeCommitment(std::string_view text);
// 32 hexadecimal digits that stand for a principal; the first principal of an organisation is FakePrincipal(its name).
std::string FakePrincipal(std::string_view who);
// Takes every text and account number that has a commitment beside it out of the message, as admission does.
void SealTexts(google::protobuf::Message& message);
// A command as admission would hand it over; `principal` is the organisation's first one where it is empty.
Command MakeCommand(const std::string& organization, Request request, const std::string& principal = {});

// An amount in pesos.
v1::Money Mxn(int64_t minor_units);
// A document of a type.
v1::Evidence Document(v1::DocumentType type);
// The club's role, and another one paid in tranches at cumulative `steps`.
v1::FunderRole ClubShare(int64_t weight);
v1::FunderRole FunderShare(const std::string& role, v1::OrganizationKind kind, int64_t weight, bool pooled = false,
                           const std::vector<int32_t>& steps = {10000});
// A rule for the years 2014 and 2015 that pays for infrastructure and equipment, verified by `verifier`, with committee
// `committee`; works are submitted with a technical file, and the last signature of the handover brings its record.
v1::RuleVersion MakeRule(const std::vector<v1::FunderRole>& roles, int64_t tolerance = 100);

// Empty where the amounts and accounts of the project, which lives under `rule`, agree with each other; otherwise the first that
// does not.
std::string FindBookFault(const v1::Project& project, const v1::RuleVersion& rule);

class TestLedger {
 public:
  // It is the 10th of September 2014, noon UTC; every command that is not refused takes one second.
  TestLedger();
  // A ledger without its first entry.
  static TestLedger Empty() { return TestLedger(Nothing{}); }

  // Applies and keeps what was written. Fails the test where an entry or the books break their own rules.
  Outcome Apply(const Command& command);

  // Applies; fails the test where it is refused.
  void Must(const std::string& organization, Request request, const std::string& principal = {});
  // Applies; the reason of the refusal, UNSPECIFIED where there is none.
  v1::ErrorReason Try(const std::string& organization, Request request, const std::string& principal = {});
  // The violations of the last refusal.
  const std::vector<Violation>& violations() const { return violations_; }
  // The figure of that name in the last refusal's first violation.
  std::string Figure(std::string_view name) const;

  // Lets days pass.
  void PassDays(int days) { time_us_ += days * int64_t{86'400'000'000}; }
  // Sets the time of the next command, microseconds since 1970 UTC.
  void SetTime(int64_t time_us) { time_us_ = time_us; }
  int64_t time_us() const { return time_us_; }

  // The record under a name. REQUIRES: it exists and is a T.
  template <typename T>
  T Get(const std::string& name) const {
    const auto found = records_.find(name);
    ORIUNDO_CHECK(found != records_.end());
    T record;
    ORIUNDO_CHECK(record.ParseFromString(found->second));
    return record;
  }
  v1::Project Project(const std::string& id) const { return Get<v1::Project>("projects/" + id); }
  v1::Party Party(const std::string& project_id, std::string_view organization_id) const;
  int64_t Balance(const std::string& project_id, const std::string& account) const;
  const std::map<std::string, std::string>& records() const { return records_; }
  const std::vector<v1::Entry>& journal() const { return journal_; }

  // Builders. Each fails the test where one of its steps is refused. Projects are named by their ids.

  // Publishes `rule` as version `id` of the programme `programs/mx`.
  void Publish(const std::string& id, const v1::RuleVersion& rule);
  // Creates the pool of a funder and year in that programme.
  void MakePool(const std::string& organization_id, int64_t budget, int fiscal_year = 2014);
  // A draft by `club`, executed by `contractor`, under the programme's version `rule`. Parties are (role, organisation's id).
  v1::Project MakeDraft(const std::string& rule, int64_t total,
                        const std::vector<std::pair<std::string, std::string>>& parties) const;
  // Creates the draft and leads it to APPROVED.
  void Approve(const std::string& id, const v1::Project& draft);
  // Creates the draft and leads it to AGREED.
  void Agree(const std::string& id, const v1::Project& draft);
  // Everybody who has not signed yet signs.
  void SignAll(const std::string& id);
  // `organization_id` declares a contribution; and the verifier confirms it.
  void Declare(const std::string& id, const std::string& contribution_id, const std::string& organization_id, int64_t amount);
  void Verify(const std::string& id, const std::string& contribution_id, int64_t credited);
  void Contribute(const std::string& id, const std::string& contribution_id, const std::string& organization_id, int64_t amount);
  // Proposes a release out of tranche `ordinal` (0 asks for all that tranche and bound leave), and the office approves it.
  void Propose(const std::string& id, const std::string& release_id, const std::string& organization_id, int ordinal,
               int64_t amount);
  void Release(const std::string& id, const std::string& release_id, const std::string& organization_id, int ordinal,
               int64_t amount);
  void Receive(const std::string& id, const std::string& release_id, int64_t credited);
  // Release, and Receive of all that was released.
  void Pay(const std::string& id, const std::string& release_id, const std::string& organization_id, int ordinal, int64_t amount);
  void Authorize(const std::string& id);
  void Spend(const std::string& id, const std::string& expenditure_id, int64_t amount, v1::SpendingCategory category = v1::WORKS);
  // The verifier proposes to reverse `target` (`contributions/c1`), and the office approves it.
  void Reverse(const std::string& id, const std::string& proposal_id, const std::string& target);
  void Repay(const std::string& id, const std::string& repayment_id, const std::string& organization_id, int64_t amount);
  void Complete(const std::string& id);
  void HandOver(const std::string& id);
  void Cancel(const std::string& id);
  // Apportions, and pays everybody to whom anything is payable.
  void Refund(const std::string& id);

  // Requests with everything filled in, to be changed and tried.
  v1::DeclareContributionRequest DeclareRequest(const std::string& id, const std::string& contribution_id,
                                                const std::string& organization_id, int64_t amount) const;
  v1::VerifyContributionRequest VerifyRequest(const std::string& id, const std::string& contribution_id, int64_t credited) const;
  v1::ProposeReleaseRequest ProposeRequest(const std::string& id, const std::string& release_id,
                                           const std::string& organization_id, int ordinal, int64_t amount) const;
  v1::ApproveProposalRequest ApproveRequest(const std::string& id, const std::string& proposal_id) const;
  v1::ReceiveReleaseRequest ReceiveRequest(const std::string& id, const std::string& release_id, int64_t credited) const;
  // Its contract with a builder, of the executor.
  v1::RecordContractRequest ContractRequest(const std::string& id, const std::string& contract_id, int64_t amount) const;
  v1::RecordExpenditureRequest SpendRequest(const std::string& id, const std::string& expenditure_id, int64_t amount,
                                            v1::SpendingCategory category = v1::WORKS) const;
  v1::ProposeReversalRequest ReverseRequest(const std::string& id, const std::string& proposal_id,
                                            const std::string& target) const;
  v1::RecordRepaymentRequest RepayRequest(const std::string& id, const std::string& repayment_id,
                                          const std::string& organization_id, int64_t amount) const;
  v1::PayRefundRequest RefundRequest(const std::string& id, const std::string& refund_id,
                                     const std::string& organization_id) const;
  v1::RecordInterestRequest InterestRequest(const std::string& id, int64_t amount, const std::string& interest_id = "i1") const;
  v1::SignAgreementRequest SignRequest(const std::string& id) const;

 private:
  struct Nothing {};
  explicit TestLedger(Nothing) {}

  std::map<std::string, std::string> records_;
  std::vector<v1::Entry> journal_;
  std::vector<Violation> violations_;
  int64_t time_us_ = 1'410'350'400'000'000;
};

// A request about a project that needs no more than its name.
template <typename T>
T ProjectRequest(const std::string& id) {
  T request;
  request.set_name("projects/" + id);
  return request;
}

}  // namespace oriundo
