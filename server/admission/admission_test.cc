#include "server/admission/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/ids.h"
#include "server/base/reason_status.h"

namespace oriundo {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const Caller kCaller{"organizations/club-tekax", "treasurer"};
constexpr char kRequestId[] = "6A6E0C43-2f0f-4a57-8c37-0d6f7c7a6d10";

v1::DeclareContributionRequest Declare() {
  v1::DeclareContributionRequest request;
  request.set_request_id(kRequestId);
  request.set_parent("projects/tekax-2014");
  request.set_contribution_id("c1");
  request.mutable_contribution()->set_party("organizations/club-tekax");
  request.mutable_contribution()->mutable_declared()->set_currency_code("MXN");
  request.mutable_contribution()->mutable_declared()->set_minor_units(100);
  request.mutable_contribution()->set_pledge("projects/tekax-2014/pledges/p1");
  request.mutable_contribution()->set_memo("first half");
  return request;
}

v1::VerifyContributionRequest Verify(const std::string& project) {
  v1::VerifyContributionRequest request;
  request.set_request_id(kRequestId);
  request.set_name(project + "/contributions/c1");
  request.mutable_credited()->set_currency_code("MXN");
  request.mutable_credited()->set_minor_units(100);
  request.set_bank_value_date("2014-09-10");
  request.mutable_account()->set_number("012345678901234567");
  return request;
}

const v1::DeclareContributionRequest& Declared(const Command& command) {
  return std::get<v1::DeclareContributionRequest>(command.request);
}

class AdmissionTest : public testing::Test {
 protected:
  Command MustAdmit(const auto& request, const Caller& caller = kCaller, std::string_view method = "DeclareContribution") {
    absl::StatusOr<Command> command = admission_.Admit(caller, method, request);
    EXPECT_TRUE(command.ok()) << command.status();
    return *std::move(command);
  }

  Admission admission_{LedgerKey(std::string(kSecretBytes, 'k'))};
};

TEST_F(AdmissionTest, AsksWhoActsBeforeItLooksAtTheRequest) {
  const v1::DeclareContributionRequest malformed;
  for (const Caller& caller : {Caller{}, Caller{"organizations/club-tekax", ""}, Caller{"", "treasurer"},
                               Caller{"projects/p", "treasurer"}, Caller{"organizations/club-tekax", "Maria Lopez"}}) {
    const absl::Status status = admission_.Admit(caller, "DeclareContribution", malformed).status();
    EXPECT_EQ(ReasonOf(status), v1::ACTOR_MISSING);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  }
  EXPECT_EQ(ReasonOf(admission_.Admit(kCaller, "DeclareContribution", malformed).status()), v1::INVALID_FIELD);
}

TEST_F(AdmissionTest, TakesTheOrganisationByItsIdToo) {
  EXPECT_EQ(MustAdmit(Declare(), {"club-tekax", "treasurer"}).actor.organization, "organizations/club-tekax");
}

TEST_F(AdmissionTest, APrincipalIsAPseudonymOfItsOrganisation) {
  const std::string one = MustAdmit(Declare()).actor.principal;
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(one, MustAdmit(Declare()).actor.principal);
  EXPECT_NE(one, MustAdmit(Declare(), {"club-tekax", "secretary"}).actor.principal);
  EXPECT_NE(one, MustAdmit(Declare(), {"federation", "treasurer"}).actor.principal);
}

TEST_F(AdmissionTest, ReplacesATextByACommitmentThatItOpens) {
  const Command command = MustAdmit(Declare());
  ASSERT_EQ(command.sealed.size(), 1u);
  const SealedText& sealed = command.sealed[0];
  EXPECT_EQ(sealed.subject, "projects/tekax-2014");
  EXPECT_EQ(sealed.text, "first half");
  EXPECT_EQ(Declared(command).contribution().memo(), "");
  EXPECT_EQ(Declared(command).contribution().memo_commitment(), sealed.commitment);
  EXPECT_EQ(Commitment(sealed.salt, sealed.text), sealed.commitment);
  EXPECT_NE(MustAdmit(Declare()).sealed[0].commitment, sealed.commitment) << "a salt was used twice";
}

TEST_F(AdmissionTest, ANewResourceIsTheSubjectOfItsTexts) {
  v1::CreateOrganizationRequest request;
  request.set_request_id(kRequestId);
  request.set_organization_id("club-tekax");
  request.mutable_organization()->set_kind(v1::CLUB);
  request.mutable_organization()->set_display_name("Club Tekax de Los Angeles");
  request.mutable_organization()->set_country_code("US");
  const Command command = MustAdmit(request, {"administrator", "root"}, "CreateOrganization");
  EXPECT_EQ(command.sealed[0].subject, "organizations/club-tekax");
  EXPECT_THAT(command.prefetch, ElementsAre("organizations/administrator", "organizations/club-tekax"));
}

TEST_F(AdmissionTest, AnAccountNumberLeavesOnlyACommitmentBoundToItsProject) {
  const auto account = [&](const std::string& project) {
    const Command command = MustAdmit(Verify(project), kCaller, "VerifyContribution");
    EXPECT_THAT(command.sealed, IsEmpty());
    const auto& request = std::get<v1::VerifyContributionRequest>(command.request);
    EXPECT_EQ(request.account().number(), "");
    EXPECT_EQ(request.account().number_commitment().size(), 32u);
    return request.account().number_commitment();
  };
  EXPECT_EQ(account("projects/tekax-2014"), account("projects/tekax-2014"));
  EXPECT_NE(account("projects/tekax-2014"), account("projects/jalpilla"));
}

TEST_F(AdmissionTest, AnAccountIsKnownAgainInAnotherProjectWithoutItsNumber) {
  const auto use = [&](const std::string& project, const std::string& number) {
    v1::VerifyContributionRequest verify = Verify(project);
    verify.mutable_account()->set_number(number);
    const Command command = MustAdmit(verify, kCaller, "VerifyContribution");
    const std::string name = std::get<v1::VerifyContributionRequest>(command.request).account().use();
    EXPECT_TRUE(IsResourceName(name, "accounts/*")) << name;
    EXPECT_THAT(command.prefetch, Not(Contains(name))) << "only who signs looks it up";
    return name;
  };
  EXPECT_EQ(use("projects/tekax-2014", "012345678901234567"), use("projects/jalpilla", "012345678901234567"));
  EXPECT_NE(use("projects/tekax-2014", "012345678901234567"), use("projects/tekax-2014", "012345678901234568"));
}

TEST_F(AdmissionTest, ABankReferenceLeavesOnlyAPseudonymOfItsProject) {
  const auto pseudonym = [&](const std::string& project, const std::string& text) {
    v1::VerifyContributionRequest verify = Verify(project);
    verify.mutable_bank_reference()->set_reference(text);
    const Command command = MustAdmit(verify, kCaller, "VerifyContribution");
    EXPECT_THAT(command.sealed, IsEmpty());
    const auto& request = std::get<v1::VerifyContributionRequest>(command.request);
    EXPECT_EQ(request.bank_reference().reference(), "");
    EXPECT_EQ(request.bank_reference().reference_commitment().size(), 32u);
    return request.bank_reference().reference_commitment();
  };
  EXPECT_EQ(pseudonym("projects/tekax-2014", "SPEI-1"), pseudonym("projects/tekax-2014", "SPEI-1"));
  EXPECT_NE(pseudonym("projects/tekax-2014", "SPEI-1"), pseudonym("projects/tekax-2014", "SPEI-2"));
  EXPECT_NE(pseudonym("projects/tekax-2014", "SPEI-1"), pseudonym("projects/jalpilla", "SPEI-1"));
  // The account's number as a reference is no account.
  const std::string number = "012345678901234567";
  const Command command = MustAdmit(Verify("projects/jalpilla"), kCaller, "VerifyContribution");
  EXPECT_NE(pseudonym("projects/jalpilla", number), std::get<v1::VerifyContributionRequest>(command.request).account().number_commitment());
}

TEST_F(AdmissionTest, ARepeatHasTheSameDigestAndAnotherBodyDoesNot) {
  const Command first = MustAdmit(Declare());
  EXPECT_EQ(first.digest.size(), 16u);
  EXPECT_EQ(first.request_id, "6a6e0c43-2f0f-4a57-8c37-0d6f7c7a6d10");
  EXPECT_EQ(first.digest, MustAdmit(Declare()).digest);

  v1::DeclareContributionRequest other = Declare();
  other.set_request_id("00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(first.digest, MustAdmit(other).digest) << "the id is no part of the body";
  other = Declare();
  other.mutable_contribution()->set_memo("second half");
  EXPECT_NE(first.digest, MustAdmit(other).digest) << "texts are";
  other = Declare();
  other.mutable_contribution()->set_state(v1::Contribution::VERIFIED);
  EXPECT_EQ(first.digest, MustAdmit(other).digest) << "what the server ignores is not";
  EXPECT_NE(first.digest, MustAdmit(Declare(), kCaller, "ProposeRelease").digest);
}

TEST_F(AdmissionTest, PrefetchesEverythingThatTheRequestNames) {
  EXPECT_THAT(MustAdmit(Declare()).prefetch,
              ElementsAre("organizations/club-tekax", "projects/tekax-2014", "projects/tekax-2014/contributions/c1",
                          "projects/tekax-2014/pledges/p1"));
  v1::CreatePoolRequest pool;
  pool.set_request_id(kRequestId);
  pool.set_parent("programs/mx-3x1");
  pool.mutable_pool()->set_funder("organizations/sedesol");
  pool.mutable_pool()->set_fiscal_year(2014);
  pool.mutable_pool()->set_budget_minor_units(100);
  EXPECT_THAT(MustAdmit(pool, {"sedesol", "director"}, "CreatePool").prefetch,
              ElementsAre("organizations/sedesol", "programs/mx-3x1", "programs/mx-3x1/pools/sedesol-2014"));
}

TEST_F(AdmissionTest, ATrancheIsReadWithItsProject) {
  v1::ProposeReleaseRequest request;
  request.set_request_id(kRequestId);
  request.set_parent("projects/p");
  request.set_proposal_id("q");
  request.set_release_id("r");
  request.set_tranche("projects/p/tranches/sedesol-1");
  EXPECT_THAT(MustAdmit(request, {"sedesol", "director"}, "ProposeRelease").prefetch,
              ElementsAre("organizations/sedesol", "projects/p", "projects/p/proposals/q", "projects/p/releases/r"));
}

}  // namespace
}  // namespace oriundo
