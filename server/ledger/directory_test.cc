// Who vouches for an organisation, what stops where nobody does, and what becomes of names, federations, mergers and places.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/ledger/directory_limits.h"
#include "server/ledger/fold.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using O = v1::Organization;

template <typename T>
T About(const std::string& organization_id) {
  T request;
  request.set_name(Org(organization_id));
  if constexpr (requires { request.mutable_reason(); }) request.mutable_reason()->set_text("because");
  return request;
}

v1::RegisterOrganizationRequest Note(const std::string& organization_id, const std::string& folio,
                                     v1::RenewalCause cause = v1::RENEWAL_CAUSE_UNSPECIFIED) {
  auto request = About<v1::RegisterOrganizationRequest>(organization_id);
  request.mutable_registration()->set_folio(folio);
  request.mutable_registration()->set_valid_from("2014-09-10");
  request.mutable_registration()->set_valid_to("2016-09-09");
  request.mutable_registration()->set_cause(cause);
  return request;
}

v1::EndorseOrganizationRequest Endorsement(const std::string& organization_id, const std::string& from, const std::string& to) {
  auto request = About<v1::EndorseOrganizationRequest>(organization_id);
  request.mutable_endorsement()->set_valid_from(from);
  request.mutable_endorsement()->set_valid_to(to);
  return request;
}

void CreateOrganization(const std::string& organization_id, v1::OrganizationKind kind, const std::string& parent,
                        TestLedger& ledger) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id(organization_id);
  request.mutable_organization()->set_kind(kind);
  request.mutable_organization()->set_display_name(organization_id);
  request.mutable_organization()->set_country_code("US");
  if (!parent.empty()) request.mutable_organization()->set_parent(Org(parent));
  ledger.Must(Org("admin"), request);
}

O Get(const TestLedger& ledger, const std::string& organization_id) { return ledger.Get<O>(Org(organization_id)); }

// Halves of state and club.
void PublishHalves(TestLedger& ledger) {
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}, 0));
}

v1::CreateProjectRequest Draft(const TestLedger& ledger, const std::string& id, const std::string& rule = "r1") {
  v1::CreateProjectRequest request;
  request.set_project_id(id);
  *request.mutable_project() = ledger.MakeDraft(rule, 2'000, {{"state", "state"}, {"club", "club"}});
  return request;
}

TEST(Registration, IsAppliedForTurnedDownAppliedForAgainAndIssued) {
  TestLedger ledger;
  CreateOrganization("young", v1::CLUB, "federation", ledger);
  EXPECT_EQ(Get(ledger, "young").registration_state(), O::REGISTRATION_STATE_UNSPECIFIED);
  auto apply = About<v1::SubmitRegistrationRequest>("young");
  for (const char* who : {"club", "consulate", "confederation"})
    EXPECT_EQ(ledger.Try(Org(who), apply), v1::ACTOR_NOT_ALLOWED) << who;
  ledger.Must(Org("young"), apply);
  EXPECT_EQ(Get(ledger, "young").registration_state(), O::SUBMITTED);
  EXPECT_EQ(ledger.Try(Org("young"), apply), v1::WRONG_REGISTRATION_STATE);
  EXPECT_EQ(ledger.Try(Org("young"), About<v1::RejectRegistrationRequest>("young")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("consulate"), About<v1::RejectRegistrationRequest>("young"));
  EXPECT_EQ(Get(ledger, "young").registration_state(), O::REJECTED);
  ledger.Must(Org("federation"), apply);
  ledger.Must(Org("federation"), Note("young", "F-1"));
  EXPECT_EQ(Get(ledger, "young").registration_state(), O::REGISTERED);
  EXPECT_EQ(Get(ledger, "young").registration().issuer(), Org("federation"));
}

TEST(Registration, IsAppliedForAgainOnlyOnceItHasExpired) {
  TestLedger ledger;
  EXPECT_EQ(ledger.Try(Org("club"), About<v1::SubmitRegistrationRequest>("club")), v1::WRONG_REGISTRATION_STATE);
  ledger.PassDays(120);
  ledger.Must(Org("club"), About<v1::SubmitRegistrationRequest>("club"));
}

TEST(Registration, IsRenewedOnlyForAReason) {
  TestLedger ledger;
  EXPECT_EQ(ledger.Try(Org("consulate"), Note("club", "TN-2")), v1::INVALID_FIELD);
  ledger.Must(Org("consulate"), Note("club", "TN-2", v1::CHANGE_OF_ADDRESS));
  EXPECT_EQ(Get(ledger, "club").registration().cause(), v1::CHANGE_OF_ADDRESS);
}

TEST(Registration, GivesAFolioToOneOrganisationOfEachIssuer) {
  TestLedger ledger;
  EXPECT_EQ(ledger.Try(Org("consulate"), Note("club2", "TN-2014-2", v1::EXPIRY)), v1::FOLIO_TAKEN);
  EXPECT_EQ(ledger.Figure("organization"), Org("club"));
  // Its own number may come again, and another issuer counts for itself.
  ledger.Must(Org("consulate"), Note("club", "TN-2014-2", v1::EXPIRY));
  ledger.Must(Org("office"), Note("club2", "TN-2014-2", v1::EXPIRY));
  // Numbers that would look alike in small letters are different ones.
  ledger.Must(Org("office"), Note("club", "TN-2014.2", v1::EXPIRY));
}

TEST(Registration, LeavesAFederationWithoutANoteNoPowerOverItsClubs) {
  TestLedger ledger;
  CreateOrganization("young", v1::CLUB, "federation", ledger);
  ledger.Must(Org("young"), About<v1::SubmitRegistrationRequest>("young"));
  ledger.Must(Org("federation"), Note("club2", "F-1", v1::EXPIRY));
  ledger.PassDays(120);
  EXPECT_EQ(ledger.Try(Org("federation"), Note("young", "F-2")), v1::REGISTRATION_INVALID);
  EXPECT_EQ(ledger.Try(Org("federation"), About<v1::RejectRegistrationRequest>("young")), v1::REGISTRATION_INVALID);
  EXPECT_EQ(ledger.Try(Org("federation"), About<v1::SuspendRegistrationRequest>("club2")), v1::REGISTRATION_INVALID);
  EXPECT_EQ(ledger.Try(Org("federation"), About<v1::RevokeRegistrationRequest>("club2")), v1::REGISTRATION_INVALID);
  EXPECT_EQ(ledger.Try(Org("federation"), Endorsement("club2", "2015-01-01", "2015-12-31")), v1::REGISTRATION_INVALID);
  ledger.PassDays(-120);
  ledger.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("federation"));
  EXPECT_EQ(ledger.Try(Org("federation"), Note("young", "F-2")), v1::REGISTRATION_FROZEN);
}

TEST(Registration, IsSuspendedAndRevokedByAuthoritiesAndByTheFederationThatIssuedIt) {
  TestLedger ledger;
  for (const char* who : {"club", "club2", "federation", "state", "admin", "confederation"}) {
    EXPECT_EQ(ledger.Try(Org(who), About<v1::SuspendRegistrationRequest>("club")), v1::ACTOR_NOT_ALLOWED) << who;
    EXPECT_EQ(ledger.Try(Org(who), About<v1::RevokeRegistrationRequest>("club")), v1::ACTOR_NOT_ALLOWED) << who;
  }
  for (const char* who : {"consulate", "office"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), About<v1::SuspendRegistrationRequest>("club"));
    EXPECT_EQ(Get(copy, "club").frozen_by(), Org(who));
    copy.Must(Org(who), About<v1::RevokeRegistrationRequest>("club"));
  }
  ledger.Must(Org("federation"), Note("club", "F-1", v1::EXPIRY));
  ledger.Must(Org("federation"), About<v1::SuspendRegistrationRequest>("club"));
}

// The projects of an expired club go on, and so does the power to stop them.
TEST(Registration, IsFrozenAlsoWhereItHasExpiredAndIsAppliedForAnew) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.PassDays(2'000);
  ledger.Must(Org("club"), About<v1::SubmitRegistrationRequest>("club"));
  ledger.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club"));
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ProposeRequest("p", "s1", "state", 1, 1)), v1::REGISTRATION_FROZEN);
}

TEST(Registration, OfASuccessorFreezesTheProjectsOfWhomItTookOver) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 500);
  ledger.Declare("p", "c2", "club", 500);
  ledger.Authorize("p");
  auto merge = About<v1::ProposeMergeRequest>("club");
  merge.set_successor(Org("club2"));
  ledger.Must(Org("club"), merge);
  ledger.Must(Org("club2"), About<v1::AcceptMergeRequest>("club"));
  ledger.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club2"));
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ProposeRequest("p", "s1", "state", 1, 1)), v1::REGISTRATION_FROZEN);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", 500)), v1::REGISTRATION_FROZEN);
}

TEST(Registration, IsReinstatedByItsIssuerOrAConsulateNeverByItself) {
  TestLedger ledger;
  CreateOrganization("consulate2", v1::CONSULATE, "", ledger);
  ledger.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club"));
  for (const char* who : {"club", "federation", "office", "state"}) {
    EXPECT_EQ(ledger.Try(Org(who), About<v1::ReinstateRegistrationRequest>("club")), v1::ACTOR_NOT_ALLOWED) << who;
  }
  EXPECT_EQ(ledger.Try(Org("consulate"), Note("club", "TN-9", v1::EXPIRY)), v1::WRONG_REGISTRATION_STATE);
  for (const char* who : {"consulate", "consulate2"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), About<v1::ReinstateRegistrationRequest>("club"));
    EXPECT_EQ(Get(copy, "club").registration_state(), O::REGISTERED);
    EXPECT_EQ(Get(copy, "club").frozen_by(), "");
  }
}

TEST(Registration, IsNotReinstatedByAFederationWhereAnAuthorityFrozeIt) {
  TestLedger ledger;
  ledger.Must(Org("federation"), Note("club", "F-1", v1::EXPIRY));
  ledger.Must(Org("consulate"), About<v1::DisputeRegistrationRequest>("club"));
  EXPECT_EQ(ledger.Try(Org("federation"), About<v1::ReinstateRegistrationRequest>("club")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("consulate"), About<v1::ReinstateRegistrationRequest>("club"));
  ledger.Must(Org("federation"), About<v1::SuspendRegistrationRequest>("club"));
  ledger.Must(Org("federation"), About<v1::ReinstateRegistrationRequest>("club"));
}

// F3: a club whose name was forged says so itself.
TEST(Registration, IsDisputedByTheClubItsFederationItsIssuerOrAConsulate) {
  TestLedger ledger;
  ledger.Must(Org("office"), Note("club", "O-1", v1::EXPIRY));
  for (const char* who : {"club", "federation", "office", "consulate"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), About<v1::DisputeRegistrationRequest>("club"));
    EXPECT_EQ(Get(copy, "club").registration_state(), O::DISPUTED);
    EXPECT_EQ(copy.Try(Org("club"), About<v1::ReinstateRegistrationRequest>("club")), v1::ACTOR_NOT_ALLOWED);
  }
  for (const char* who : {"club2", "municipality", "state", "verifier"}) {
    EXPECT_EQ(ledger.Try(Org(who), About<v1::DisputeRegistrationRequest>("club")), v1::ACTOR_NOT_ALLOWED) << who;
  }
}

TEST(Registration, IsRevokedForGood) {
  TestLedger ledger;
  ledger.Must(Org("consulate"), About<v1::RevokeRegistrationRequest>("club"));
  EXPECT_EQ(ledger.Try(Org("consulate"), About<v1::ReinstateRegistrationRequest>("club")), v1::WRONG_REGISTRATION_STATE);
  EXPECT_EQ(ledger.Try(Org("consulate"), Note("club", "TN-9", v1::EXPIRY)), v1::WRONG_REGISTRATION_STATE);
  EXPECT_EQ(ledger.Try(Org("club"), About<v1::SubmitRegistrationRequest>("club")), v1::WRONG_REGISTRATION_STATE);
}

TEST(Freeze, StopsProposalsAgreementsAndPledgesVerificationAndReleases) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 600);
  ledger.Declare("p", "c2", "club", 100);
  ledger.Authorize("p");
  ledger.Release("p", "s1", "state", 1, 100);
  ledger.Must(Org("state"), ledger.ProposeRequest("p", "s2", "state", 1, 100));
  ledger.Must(Org("club"), Draft(ledger, "q"));
  v1::CreatePledgeRequest pledge;
  pledge.set_parent("projects/p");
  pledge.set_pledge_id("pl");
  pledge.mutable_pledge()->set_party(Org("club"));
  *pledge.mutable_pledge()->mutable_amount() = Mxn(100);
  ledger.Must(Org("club"), pledge);
  pledge.set_pledge_id("pl2");
  using Act = void (*)(TestLedger&);
  const std::vector<std::pair<O::RegistrationState, Act>> freezes = {
      {O::SUSPENDED, [](TestLedger& copy) { copy.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club")); }},
      {O::DISPUTED, [](TestLedger& copy) { copy.Must(Org("club"), About<v1::DisputeRegistrationRequest>("club")); }},
      {O::REVOKED, [](TestLedger& copy) { copy.Must(Org("consulate"), About<v1::RevokeRegistrationRequest>("club")); }}};
  for (const auto& [state, freeze] : freezes) {
    SCOPED_TRACE(O::RegistrationState_Name(state));
    TestLedger copy = ledger;
    freeze(copy);
    EXPECT_EQ(Get(copy, "club").registration_state(), state);
    EXPECT_EQ(copy.Try(Org("club"), Draft(copy, "r")), v1::REGISTRATION_FROZEN);
    EXPECT_EQ(copy.Figure("registration_state"), O::RegistrationState_Name(state));
    EXPECT_EQ(copy.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("q")), v1::REGISTRATION_FROZEN);
    EXPECT_EQ(copy.Try(Org("club"), pledge), v1::REGISTRATION_FROZEN);
    EXPECT_EQ(copy.Try(Org("verifier"), copy.VerifyRequest("p", "c2", 100)), v1::REGISTRATION_FROZEN);
    EXPECT_EQ(copy.Try(Org("state"), copy.ProposeRequest("p", "s3", "state", 1, 1)), v1::REGISTRATION_FROZEN);
    EXPECT_EQ(copy.Try(Org("office"), copy.ApproveRequest("p", "pr-s2")), v1::REGISTRATION_FROZEN);
    // What is on its way arrives, and what is wrong is cleared away.
    copy.Receive("p", "s1", 100);
    v1::RejectContributionRequest reject;
    reject.set_name("projects/p/contributions/c2");
    TestLedger rejecting = copy;
    rejecting.Must(Org("verifier"), reject);
    // A cancelled project gives everything back, also what is only now found at the bank.
    copy.Cancel("p");
    copy.Verify("p", "c2", 100);
    // But for whoever says that its name is misused: that is decided first.
    if (state == O::DISPUTED) copy.Must(Org("consulate"), About<v1::ReinstateRegistrationRequest>("club"));
    copy.Refund("p");
    EXPECT_EQ(copy.Balance("p", "assets:p:bank"), 0);
  }
}

TEST(Freeze, OfAnotherPartyOfTheClubsSideStopsReleasesToo) {
  TestLedger ledger;
  PublishHalves(ledger);
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}, {"club", "club2"}});
  draft.mutable_parties(1)->set_due_minor_units(500);
  draft.mutable_parties(2)->set_due_minor_units(500);
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 500);
  ledger.Authorize("p");
  ledger.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club2"));
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ProposeRequest("p", "s1", "state", 1, 1)), v1::REGISTRATION_FROZEN);
  // The other club's own money is not held up by it.
  ledger.Contribute("p", "c2", "club", 1);
  ledger.Must(Org("consulate"), About<v1::ReinstateRegistrationRequest>("club2"));
  ledger.Must(Org("state"), ledger.ProposeRequest("p", "s1", "state", 1, 1));
}

TEST(Freeze, IsNotWhatExpiryIs) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.PassDays(200);
  EXPECT_EQ(ledger.Try(Org("club"), Draft(ledger, "q")), v1::REGISTRATION_INVALID);
  ledger.Contribute("p", "c1", "club", 600);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 100);
}

TEST(Endorsement, IsAskedForAtSubmissionAndAgreementWhereTheRuleSaysSo) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_endorsement_required(true);
  ledger.Publish("r1", rule);
  ledger.Must(Org("club"), Draft(ledger, "p"));
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::ENDORSEMENT_MISSING);
  ledger.Must(Org("federation"), Endorsement("club", "2014-09-11", "2014-09-20"));
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::ENDORSEMENT_MISSING);
  ledger.PassDays(1);
  ledger.Must(Org("club"), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p"));
  ledger.Must(Org("state"), ledger.SignRequest("p"));
  ledger.Must(Org("contractor"), ledger.SignRequest("p"));
  TestLedger late = ledger;
  late.PassDays(11);
  EXPECT_EQ(late.Try(Org("club"), late.SignRequest("p")), v1::ENDORSEMENT_MISSING);
  TestLedger revoked = ledger;
  revoked.Must(Org("federation"), About<v1::RevokeEndorsementRequest>("club"));
  EXPECT_EQ(revoked.Try(Org("club"), revoked.SignRequest("p")), v1::ENDORSEMENT_MISSING);
  EXPECT_EQ(revoked.Try(Org("federation"), About<v1::RevokeEndorsementRequest>("club")), v1::NOT_ENDORSED);
  ledger.Must(Org("club"), ledger.SignRequest("p"));
}

TEST(Endorsement, IsGivenByTheClubsOwnFederationOnlyAndEndsWhenTheClubLeavesIt) {
  TestLedger ledger;
  CreateOrganization("federation2", v1::FEDERATION, "", ledger);
  ledger.Must(Org("consulate"), Note("federation2", "TN-F2"));
  for (const char* who : {"federation2", "confederation", "consulate", "club"}) {
    EXPECT_EQ(ledger.Try(Org(who), Endorsement("club", "2014-01-01", "2014-12-31")), v1::ACTOR_NOT_ALLOWED) << who;
  }
  ledger.Must(Org("federation"), Endorsement("club", "2014-01-01", "2014-12-31"));
  auto change = About<v1::ChangeFederationRequest>("club");
  change.set_federation(Org("federation2"));
  EXPECT_EQ(ledger.Try(Org("federation2"), change), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("federation"), change), v1::ACTOR_NOT_ALLOWED);
  change.set_federation(Org("nobody"));
  EXPECT_EQ(ledger.Try(Org("club"), change), v1::ORGANIZATION_NOT_FOUND);
  change.set_federation(Org("confederation"));
  EXPECT_EQ(ledger.Try(Org("club"), change), v1::ROLE_MISMATCH);
  change.set_federation(Org("federation2"));
  ledger.Must(Org("club"), change);
  // It stays where it is until it is taken.
  EXPECT_FALSE(Get(ledger, "club").endorsement().revoked());
  EXPECT_EQ(Get(ledger, "club").proposed_federation(), Org("federation2"));
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), testing::IsSupersetOf({Org("club"), Org("federation"), Org("federation2")}));
  EXPECT_EQ(ledger.Try(Org("federation"), About<v1::AcceptClubRequest>("club")), v1::FEDERATION_CHANGE_NOT_PROPOSED);
  ledger.Must(Org("federation2"), About<v1::AcceptClubRequest>("club"));
  EXPECT_EQ(Get(ledger, "club").proposed_federation(), "");
  EXPECT_TRUE(Get(ledger, "club").endorsement().revoked());
  EXPECT_EQ(Get(ledger, "club").parent(), Org("federation2"));
  // Both federations have it in their feeds.
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), testing::IsSupersetOf({Org("club"), Org("federation"), Org("federation2")}));
  PublishHalves(ledger);
  EXPECT_EQ(ledger.Try(Org("federation"), Draft(ledger, "p")), v1::NOT_OWN_CLUB);
  ledger.Must(Org("federation2"), Draft(ledger, "p"));
}

TEST(Rename, KeepsEveryFormerNameAndWhoMayGiveOne) {
  TestLedger ledger;
  auto rename = About<v1::RenameOrganizationRequest>("club");
  for (const char* who : {"club2", "office", "state", "confederation"}) {
    EXPECT_EQ(ledger.Try(Org(who), rename), v1::ACTOR_NOT_ALLOWED) << who;
  }
  for (const std::string name : {"first", "second"}) {
    rename.set_display_name(name);
    ledger.Must(Org(name == "first" ? "club" : "consulate"), rename);
  }
  const O club = Get(ledger, "club");
  EXPECT_EQ(club.display_name_commitment(), FakeCommitment("second"));
  ASSERT_EQ(club.former_names_size(), 2);
  EXPECT_EQ(club.former_names(0).display_name_commitment(), FakeCommitment("club"));
  EXPECT_EQ(club.former_names(1).display_name_commitment(), FakeCommitment("first"));
  EXPECT_EQ(club.former_names(1).until_sequence(), club.update_sequence());
  ledger.Must(Org("consulate"), About<v1::DisputeRegistrationRequest>("club"));
  EXPECT_EQ(ledger.Try(Org("club"), rename), v1::REGISTRATION_FROZEN);
  for (int i = 2; i < kDirectoryListMax; ++i) ledger.Must(Org("consulate"), rename);
  EXPECT_EQ(ledger.Try(Org("consulate"), rename), v1::TOO_MANY_CHANGES);
}

TEST(Merge, TakesBothSidesAndCanBeTakenBackBeforeItIsAccepted) {
  TestLedger ledger;
  auto propose = About<v1::ProposeMergeRequest>("club2");
  EXPECT_EQ(ledger.Try(Org("club2"), propose), v1::MERGE_NOT_PROPOSED);
  propose.set_successor(Org("club"));
  EXPECT_EQ(ledger.Try(Org("federation"), propose), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club2"), propose);
  EXPECT_EQ(Get(ledger, "club2").proposed_successor(), Org("club"));
  EXPECT_EQ(ledger.Try(Org("federation"), About<v1::AcceptMergeRequest>("club2")), v1::MERGE_NOT_PROPOSED);
  propose.clear_successor();
  ledger.Must(Org("club2"), propose);
  EXPECT_EQ(ledger.Try(Org("club"), About<v1::AcceptMergeRequest>("club2")), v1::MERGE_NOT_PROPOSED);
  propose.set_successor(Org("club"));
  ledger.Must(Org("club2"), propose);
  ledger.Must(Org("club"), About<v1::AcceptMergeRequest>("club2"));
  EXPECT_EQ(Get(ledger, "club2").successor(), Org("club"));
  EXPECT_EQ(Get(ledger, "club2").proposed_successor(), "");
  EXPECT_THAT(Get(ledger, "club").predecessors(), ElementsAre(Org("club2")));
}

TEST(Merge, LetsTheSuccessorActInOpenProjectsAndTheMergedClubBeginNone) {
  TestLedger ledger;
  PublishHalves(ledger);
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club2"}});
  draft.set_club(Org("club2"));
  ledger.Agree("p", draft);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c1", "club2", 100)), v1::NOT_OWN_CLUB);
  auto propose = About<v1::ProposeMergeRequest>("club2");
  propose.set_successor(Org("club"));
  ledger.Must(Org("club2"), propose);
  ledger.Must(Org("club"), About<v1::AcceptMergeRequest>("club2"));
  ledger.Must(Org("club"), ledger.DeclareRequest("p", "c1", "club2", 1'000));
  ledger.Verify("p", "c1", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Pay("p", "s2", "state", 2, 0);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(1);
  ledger.Must(Org("contractor"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(1);
  ledger.Must(Org("club"), confirm);
  auto hand_over = ProjectRequest<v1::SignHandoverRequest>("p");
  *hand_over.add_documents() = Document(v1::HANDOVER_RECORD);
  ledger.Must(Org("contractor"), hand_over);
  ledger.Must(Org("club"), hand_over);
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::HANDED_OVER);
  v1::CreateProjectRequest create;
  create.set_project_id("q");
  *create.mutable_project() = draft;
  EXPECT_EQ(ledger.Try(Org("club2"), create), v1::ORGANIZATION_MERGED);
}

TEST(Merge, PutsTheClubsOfAFederationBelowItsSuccessor) {
  TestLedger ledger;
  CreateOrganization("federation2", v1::FEDERATION, "", ledger);
  ledger.Must(Org("consulate"), Note("federation2", "TN-F2"));
  ledger.Must(Org("federation"), Endorsement("club", "2014-01-01", "2014-12-31"));
  auto propose = About<v1::ProposeMergeRequest>("federation");
  propose.set_successor(Org("club2"));
  EXPECT_EQ(ledger.Try(Org("federation"), propose), v1::MERGE_MISMATCH);
  propose.set_successor(Org("federation2"));
  ledger.Must(Org("federation"), propose);
  ledger.Must(Org("federation2"), About<v1::AcceptMergeRequest>("federation"));
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_endorsement_required(true);
  rule.add_verifiers(Org("federation"));
  rule.add_verifiers(Org("federation2"));
  ledger.Publish("r1", rule);
  EXPECT_EQ(ledger.Try(Org("federation"), Draft(ledger, "p")), v1::NOT_OWN_CLUB);
  ledger.Must(Org("federation2"), Draft(ledger, "p"));
  // What the merged federation said of its clubs stands.
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.Must(Org("federation2"), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p"));
  ledger.SignAll("p");
  ledger.Must(Org("federation2"), ledger.DeclareRequest("p", "c1", "club", 100));
  // Neither of them confirms the money of a club below it.
  for (const char* who : {"federation", "federation2"}) {
    EXPECT_EQ(ledger.Try(Org(who), ledger.VerifyRequest("p", "c1", 100)), v1::VERIFIER_NOT_INDEPENDENT) << who;
  }
  ledger.Verify("p", "c1", 100);
  EXPECT_EQ(ledger.Try(Org("federation"), Note("club", "F-1", v1::EXPIRY)), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("federation2"), Note("club", "F-1", v1::EXPIRY));
}

TEST(Federation, IsLeftFreelyAndARequestForAnotherOneIsTakenBack) {
  TestLedger ledger;
  CreateOrganization("federation2", v1::FEDERATION, "", ledger);
  ledger.Must(Org("consulate"), Note("federation2", "TN-F2"));
  auto change = About<v1::ChangeFederationRequest>("club");
  change.set_federation(Org("federation"));
  EXPECT_EQ(ledger.Try(Org("club"), change), v1::FEDERATION_CHANGE_NOT_PROPOSED);
  change.set_federation(Org("federation2"));
  ledger.Must(Org("club"), change);
  change.set_federation(Org("federation"));
  ledger.Must(Org("club"), change);
  EXPECT_EQ(Get(ledger, "club").proposed_federation(), "");
  EXPECT_EQ(ledger.Try(Org("federation2"), About<v1::AcceptClubRequest>("club")), v1::FEDERATION_CHANGE_NOT_PROPOSED);
  change.set_federation(Org("federation2"));
  ledger.Must(Org("club"), change);
  TestLedger late = ledger;
  late.PassDays(1'000);
  EXPECT_EQ(late.Try(Org("federation2"), About<v1::AcceptClubRequest>("club")), v1::REGISTRATION_INVALID);
  TestLedger frozen = ledger;
  frozen.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club"));
  EXPECT_EQ(frozen.Try(Org("federation2"), About<v1::AcceptClubRequest>("club")), v1::REGISTRATION_FROZEN);
  change.clear_federation();
  ledger.Must(Org("club"), change);
  EXPECT_EQ(Get(ledger, "club").parent(), "");
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), Contains(Org("federation")));
}

TEST(Freeze, OfAFederationStopsWhatItDoesForItsClubs) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Must(Org("federation"), Draft(ledger, "q"));
  v1::CreatePledgeRequest pledge;
  pledge.set_parent("projects/p");
  pledge.set_pledge_id("pl");
  pledge.mutable_pledge()->set_party(Org("club"));
  *pledge.mutable_pledge()->mutable_amount() = Mxn(100);
  TestLedger expired = ledger;
  ledger.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("federation"));
  EXPECT_EQ(ledger.Try(Org("federation"), Draft(ledger, "r")), v1::REGISTRATION_FROZEN);
  EXPECT_EQ(ledger.Try(Org("federation"), ProjectRequest<v1::SubmitProjectRequest>("q")), v1::REGISTRATION_FROZEN);
  EXPECT_EQ(ledger.Try(Org("federation"), pledge), v1::REGISTRATION_FROZEN);
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.DeclareRequest("p", "c1", "club", 100)), v1::REGISTRATION_FROZEN);
  // The club does it itself.
  ledger.Must(Org("club"), pledge);
  ledger.Must(Org("club"), ledger.DeclareRequest("p", "c1", "club", 100));
  // One whose note has run out begins nothing new for others, and goes on with what there is.
  expired.PassDays(100);
  expired.Must(Org("office"), Note("club", "O-7", v1::EXPIRY));
  expired.PassDays(100);
  EXPECT_EQ(expired.Try(Org("federation"), Draft(expired, "r")), v1::REGISTRATION_INVALID);
  EXPECT_EQ(expired.Try(Org("federation"), pledge), v1::REGISTRATION_INVALID);
  expired.Must(Org("federation"), expired.DeclareRequest("p", "c1", "club", 100));
}

TEST(Merge, LetsTheSuccessorSignAndTheOldFederationDoNothingMore) {
  TestLedger ledger;
  PublishHalves(ledger);
  CreateOrganization("federation2", v1::FEDERATION, "", ledger);
  ledger.Must(Org("consulate"), Note("federation2", "TN-F2"));
  CreateOrganization("club9", v1::CLUB, "federation2", ledger);
  ledger.Must(Org("consulate"), Note("club9", "TN-9"));
  ledger.Must(Org("club"), Draft(ledger, "p"));
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.Must(Org("club"), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p"));
  auto propose = About<v1::ProposeMergeRequest>("club");
  propose.set_successor(Org("club9"));
  ledger.Must(Org("club"), propose);
  ledger.Must(Org("club9"), About<v1::AcceptMergeRequest>("club"));
  ledger.Must(Org("state"), ledger.SignRequest("p"));
  ledger.Must(Org("contractor"), ledger.SignRequest("p"));
  EXPECT_EQ(ledger.Try(Org("club"), ledger.SignRequest("p")), v1::ORGANIZATION_MERGED);
  TestLedger frozen = ledger;
  frozen.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club9"));
  EXPECT_EQ(frozen.Try(Org("club9"), frozen.SignRequest("p")), v1::REGISTRATION_FROZEN);
  ledger.Must(Org("club9"), ledger.SignRequest("p"));
  EXPECT_THAT(ledger.journal().back().agreement_signed().signed_for(), ElementsAre(Org("club")));
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::AGREED);
  EXPECT_TRUE(ledger.Party("p", "club").has_signature_sequence());
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.DeclareRequest("p", "c1", "club", 100)), v1::NOT_OWN_CLUB);
  ledger.Must(Org("federation2"), ledger.DeclareRequest("p", "c1", "club", 100));
}

TEST(Merge, IsBoundedHoweverManyGoOneThroughAnother) {
  TestLedger ledger;
  const auto merge = [&](const std::string& from, const std::string& into) {
    auto propose = About<v1::ProposeMergeRequest>(from);
    propose.set_successor(Org(into));
    ledger.Must(Org(from), propose);
    return About<v1::AcceptMergeRequest>(from);
  };
  std::string last = "club";
  for (int i = 1; i <= kMergedIntoOneMax + 1; ++i) {
    const std::string next = "chain" + std::to_string(i);
    CreateOrganization(next, v1::CLUB, "federation", ledger);
    const auto accept = merge(last, next);
    if (i <= kMergedIntoOneMax) {
      ledger.Must(Org(next), accept);
      last = next;
      continue;
    }
    EXPECT_EQ(ledger.Try(Org(next), accept), v1::TOO_MANY_CHANGES);
    EXPECT_EQ(ledger.Figure("maximum"), std::to_string(kMergedIntoOneMax));
  }
}

TEST(Inspector, IsNobodyWhoIsFrozenOrMerged) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(1);
  ledger.Must(Org("contractor"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(1);
  TestLedger frozen = ledger;
  frozen.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club"));
  EXPECT_EQ(frozen.Try(Org("club"), confirm), v1::REGISTRATION_FROZEN);
  TestLedger merged = ledger;
  auto propose = About<v1::ProposeMergeRequest>("club");
  propose.set_successor(Org("club2"));
  merged.Must(Org("club"), propose);
  merged.Must(Org("club2"), About<v1::AcceptMergeRequest>("club"));
  EXPECT_EQ(merged.Try(Org("club"), confirm), v1::ORGANIZATION_MERGED);
  merged.Must(Org("club2"), confirm);
  ledger.Must(Org("club"), confirm);
}

// Domain notes 1.2: EXPIRED blocks new projects and pledges only.
TEST(Registration, ThatHasExpiredKeepsAClubFromNothingItHasBegun) {
  TestLedger ledger;
  PublishHalves(ledger);
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  ledger.Pay("p", "s2", "state", 2, 0);
  ledger.PassDays(200);
  const auto expect_only_frozen = [&](auto request) {
    TestLedger frozen = ledger;
    frozen.Must(Org("consulate"), About<v1::SuspendRegistrationRequest>("club"));
    EXPECT_EQ(frozen.Try(Org("club"), request), v1::REGISTRATION_FROZEN);
    ledger.Must(Org("club"), request);
  };
  v1::ReportProgressRequest report;
  report.set_parent("projects/p");
  report.set_report_id("a");
  report.mutable_report()->set_report_date("2014-09-10");
  report.mutable_report()->set_reported_quantity_milli(500);
  ledger.Must(Org("contractor"), report);
  v1::VerifyProgressRequest verify;
  verify.set_name("projects/p/reports/a");
  verify.set_quantity_milli(400);
  expect_only_frozen(verify);
  auto object = ProjectRequest<v1::ObjectToProjectRequest>("p");
  object.set_objection_id("o1");
  object.mutable_reason()->set_text("half of the stones are missing");
  expect_only_frozen(object);
  auto completed = ProjectRequest<v1::ReportCompletionRequest>("p");
  completed.set_quantity_milli(500);
  ledger.Must(Org("contractor"), completed);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(500);
  expect_only_frozen(confirm);
  ledger.HandOver("p");
  // New projects wait for the renewal.
  EXPECT_EQ(ledger.Try(Org("club"), Draft(ledger, "q")), v1::REGISTRATION_INVALID);
}

// Domain notes 1.1: a mirror club or works committee inspects, objects and countersigns.
TEST(Supervision, CountersignsReportsAndObjectsInTheFeedsOfAllParties) {
  TestLedger ledger;
  PublishHalves(ledger);
  CreateOrganization("espejo", v1::MIRROR_CLUB, "club", ledger);
  CreateOrganization("espejo2", v1::MIRROR_CLUB, "club2", ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  v1::ReportProgressRequest report;
  report.set_parent("projects/p");
  report.set_report_id("a");
  report.mutable_report()->set_report_date("2014-09-10");
  report.mutable_report()->set_reported_quantity_milli(500);
  ledger.Must(Org("contractor"), report);
  v1::CountersignProgressRequest countersign;
  countersign.set_name("projects/p/reports/b");
  EXPECT_EQ(ledger.Try(Org("espejo"), countersign), v1::PROGRESS_REPORT_NOT_FOUND);
  countersign.set_name("projects/p/reports/a");
  for (const char* who : {"club", "espejo2", "contractor", "office", "state"}) {
    EXPECT_EQ(ledger.Try(Org(who), countersign), v1::ACTOR_NOT_ALLOWED) << who;
  }
  ledger.Must(Org("espejo"), countersign);
  EXPECT_EQ(ledger.Try(Org("espejo"), countersign), v1::ALREADY_SIGNED);
  const auto signatures = ledger.Get<v1::ProgressReport>("projects/p/reports/a").countersignatures();
  ASSERT_EQ(signatures.size(), 1);
  EXPECT_EQ(signatures[0].organization(), Org("espejo"));

  auto object = ProjectRequest<v1::ObjectToProjectRequest>("p");
  object.set_objection_id("o1");
  object.mutable_reason()->set_text("half of the stones are missing");
  object.set_report("projects/p/reports/b");
  EXPECT_EQ(ledger.Try(Org("espejo"), object), v1::PROGRESS_REPORT_NOT_FOUND);
  object.set_report("projects/p/reports/a");
  for (const char* who : {"espejo2", "contractor", "office", "state"}) {
    EXPECT_EQ(ledger.Try(Org(who), object), v1::ACTOR_NOT_ALLOWED) << who;
  }
  ledger.Must(Org("espejo"), object);
  EXPECT_THAT(SubjectsOf(ledger.journal().back()),
              testing::IsSupersetOf({Org("espejo"), Org("club"), Org("state"), Org("contractor")}));
  EXPECT_EQ(ledger.Try(Org("espejo"), object), v1::NAME_TAKEN);
  ASSERT_EQ(ledger.Project("p").objections_size(), 1);
  EXPECT_EQ(ledger.Project("p").objections(0).reason_commitment(), FakeCommitment("half of the stones are missing"));
  object.clear_report();
  for (int i = 2; i <= kOpenObjectionsMax; ++i) {
    object.set_objection_id("o" + std::to_string(i));
    ledger.Must(Org("club"), object);
  }
  object.set_objection_id("o99");
  EXPECT_EQ(ledger.Try(Org("club"), object), v1::TOO_MANY_CHANGES);
  auto withdraw = ProjectRequest<v1::WithdrawObjectionRequest>("p");
  withdraw.set_objection_id("o99");
  withdraw.mutable_reason()->set_text("they came");
  EXPECT_EQ(ledger.Try(Org("espejo"), withdraw), v1::OBJECTION_NOT_OPEN);
  withdraw.set_objection_id("o1");
  EXPECT_EQ(ledger.Try(Org("club"), withdraw), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("espejo"), withdraw);
  EXPECT_EQ(ledger.Project("p").objections_size(), kOpenObjectionsMax - 1);
  EXPECT_EQ(ledger.Try(Org("espejo"), withdraw), v1::OBJECTION_NOT_OPEN);
}

TEST(DirectoryEntries, AreOneASourceWithADayThatIsNotToCome) {
  TestLedger ledger;
  auto record = About<v1::RecordDirectoryEntryRequest>("club");
  v1::DirectoryEntry& entry = *record.mutable_directory_entry();
  entry.set_source("IME");
  entry.set_external_id("4711");
  entry.set_last_verified_date("2014-09-11");
  EXPECT_EQ(ledger.Try(Org("club"), record), v1::DATE_IN_FUTURE);
  entry.set_last_verified_date("2012-09-10");
  EXPECT_EQ(ledger.Try(Org("state"), record), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club"), record);
  entry.set_last_verified_date("2014-09-10");
  ledger.Must(Org("consulate"), record);
  entry.set_source("IDIASPORA");
  ledger.Must(Org("federation"), record);
  const O club = Get(ledger, "club");
  ASSERT_EQ(club.directory_entries_size(), 2);
  EXPECT_EQ(club.directory_entries(0).recorder(), Org("consulate"));
  EXPECT_EQ(club.directory_entries(0).last_verified_date(), "2014-09-10");
}

TEST(Communities, AreSavedByOfficesAndTheAdministratorAndReplacedWhole) {
  TestLedger ledger;
  v1::SaveCommunityRequest save;
  save.set_name("communities/31079");
  save.mutable_community()->set_country_code("MX");
  save.mutable_community()->set_display_name("Tekax");
  save.mutable_community()->set_marginalisation_band(v1::MARGINALISATION_HIGH);
  save.mutable_community()->set_band_year(2010);
  for (const char* who : {"club", "federation", "state", "consulate"})
    EXPECT_EQ(ledger.Try(Org(who), save), v1::ACTOR_NOT_ALLOWED) << who;
  CreateOrganization("office2", v1::PROGRAM_OFFICE, "", ledger);
  save.mutable_community()->set_keeper(Org("club"));
  EXPECT_EQ(ledger.Try(Org("admin"), save), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.Try(Org("office"), save), v1::ACTOR_NOT_ALLOWED);  // It names itself or nobody.
  save.mutable_community()->set_keeper(Org("office"));
  ledger.Must(Org("admin"), save);
  const v1::Community first = ledger.Get<v1::Community>(save.name());
  save.mutable_community()->clear_band_year();
  save.mutable_community()->clear_keeper();
  save.mutable_community()->set_priority(true);
  // Only who keeps it changes it, and only what it has read.
  EXPECT_EQ(ledger.Try(Org("office"), save), v1::ETAG_MISMATCH);
  save.set_etag(first.etag());
  EXPECT_EQ(ledger.Try(Org("office2"), save), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("office"), save);
  EXPECT_EQ(ledger.Try(Org("office"), save), v1::ETAG_MISMATCH);
  EXPECT_EQ(ledger.Get<v1::Community>(save.name()).keeper(), Org("office"));
  save.set_etag(ledger.Get<v1::Community>(save.name()).etag());
  ledger.Must(Org("admin"), save);
  EXPECT_EQ(ledger.Get<v1::Community>(save.name()).keeper(), Org("office"));
  const v1::Community second = ledger.Get<v1::Community>(save.name());
  EXPECT_EQ(second.create_sequence(), first.create_sequence());
  EXPECT_EQ(second.create_time().seconds(), first.create_time().seconds());
  EXPECT_EQ(second.band_year(), 0);
  EXPECT_TRUE(second.priority());
  // Nothing else is the administrator's to write.
  EXPECT_EQ(ledger.Try(Org("admin"), Note("club", "TN-9", v1::EXPIRY)), v1::ACTOR_NOT_ALLOWED);
}

TEST(Communities, DecideWhereARuleVersionPays) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.add_eligible_bands(v1::MARGINALISATION_HIGH);
  rule.add_eligible_bands(v1::MARGINALISATION_VERY_HIGH);
  rule.set_priority_only(true);
  ledger.Publish("r1", rule);
  v1::SaveCommunityRequest save;
  save.set_name("communities/310790001");
  save.mutable_community()->set_country_code("MX");
  ledger.Must(Org("office"), save);
  EXPECT_EQ(ledger.Try(Org("club"), Draft(ledger, "p")), v1::COMMUNITY_NOT_ELIGIBLE);
  EXPECT_EQ(ledger.violations().size(), 2u);
  save.mutable_community()->set_marginalisation_band(v1::MARGINALISATION_VERY_HIGH);
  save.mutable_community()->set_priority(true);
  save.set_etag(ledger.Get<v1::Community>(save.name()).etag());
  ledger.Must(Org("office"), save);
  ledger.Must(Org("club"), Draft(ledger, "p"));
  // What was eligible as a draft need not be when it is handed in.
  save.mutable_community()->set_priority(false);
  save.set_etag(ledger.Get<v1::Community>(save.name()).etag());
  ledger.Must(Org("office"), save);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("p")), v1::COMMUNITY_NOT_ELIGIBLE);
  rule.set_eligible_bands(0, v1::MARGINALISATION_BAND_UNSPECIFIED);
  v1::PublishRuleVersionRequest publish;
  publish.set_parent("programs/mx");
  publish.set_rule_version_id("r2");
  *publish.mutable_rule_version() = rule;
  EXPECT_EQ(ledger.Try(Org("office"), publish), v1::INVALID_FIELD);
}

TEST(Feed, IsAcknowledgedForwardAndByTheOrganisationItself) {
  TestLedger ledger;
  auto acknowledge = About<v1::AcknowledgeFeedRequest>("club");
  const auto newest = static_cast<int64_t>(ledger.journal().size()) - 1;
  acknowledge.set_through_sequence(newest);
  EXPECT_EQ(ledger.Try(Org("federation"), acknowledge), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club"), acknowledge);
  EXPECT_EQ(Get(ledger, "club").acknowledged_sequence(), newest);
  acknowledge.set_through_sequence(newest - 1);
  EXPECT_EQ(ledger.Try(Org("club"), acknowledge), v1::INVALID_FIELD);
  acknowledge.set_through_sequence(newest + 2);
  EXPECT_EQ(ledger.Try(Org("club"), acknowledge), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.Figure("maximum"), std::to_string(newest + 1));
}

TEST(Feed, OfEveryPartyHasSuspensionExpiryAndTheEndOfAProject) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Must(Org("state"), ledger.ProposeRequest("p", "s1", "state", 1, 100));
  ledger.PassDays(kProposalDaysDefault + 1);
  Command expire;
  expire.request.emplace<v1::ProposalExpired>().set_proposal("projects/p/proposals/pr-s1");
  ASSERT_FALSE(ledger.Apply(expire).refusal.has_value());
  auto suspend = ProjectRequest<v1::SuspendProjectRequest>("p");
  suspend.mutable_reason()->set_text("a dispute");
  ledger.Must(Org("office"), suspend);
  ledger.Cancel("p");
  int seen = 0;
  for (const v1::Entry& entry : ledger.journal()) {
    if (!entry.has_proposal_expired() && !entry.has_project_suspended() && !entry.has_project_cancelled()) continue;
    ++seen;
    EXPECT_THAT(SubjectsOf(entry), testing::IsSupersetOf({Org("club"), Org("state"), Org("contractor")})) << entry.event_case();
  }
  EXPECT_EQ(seen, 3);
}

TEST(Feed, HasWhatOthersDecideAboutTheClubsProjects) {
  TestLedger ledger;
  PublishHalves(ledger);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  for (const v1::Entry& entry : ledger.journal()) {
    if (entry.project().empty()) continue;
    if (entry.has_project_prevalidated() || entry.has_project_approved()) {
      EXPECT_THAT(SubjectsOf(entry), Contains(Org("club")));
    }
    if (entry.has_agreement_signed() && entry.organization() == Org("state")) {
      EXPECT_THAT(SubjectsOf(entry), Not(Contains(Org("club"))));
    }
  }
}

}  // namespace
}  // namespace oriundo
