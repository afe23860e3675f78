// What a rule says beyond weights, and what happens to a project between agreement and end: absences, caps, documents, conditions of
// tranches, suspension, progress, budget cuts, proposals that expire, closed years.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/ledger/fold.h"
#include "server/ledger/test_deeds.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Project;

constexpr int64_t kMillion = 100'000'000;  // A million pesos in centavos.

v1::FunderRole Federal(bool pooled = false) { return FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, pooled, {5000, 10000}); }
v1::FunderRole State() { return FunderShare("state", v1::STATE_GOVERNMENT, 1); }
v1::FunderRole Municipal() { return FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1); }

v1::RuleVersion Quarters() { return MakeRule({Federal(), State(), Municipal(), ClubShare(1)}); }

const std::vector<std::pair<std::string, std::string>> kFour = {
    {"federal", "federal"}, {"state", "state"}, {"municipal", "municipality"}, {"club", "club"}};

std::vector<int64_t> DuesOf(const v1::Project& project) {
  std::vector<int64_t> dues;
  for (const v1::Party& party : project.parties()) dues.push_back(party.due_minor_units());
  return dues;
}

template <typename T>
T Reasoned(const std::string& name) {
  T request;
  request.set_name(name);
  request.mutable_reason()->set_text("because");
  return request;
}

v1::ReportProgressRequest ReportRequest(const std::string& id, const std::string& report_id, int64_t quantity_milli) {
  v1::ReportProgressRequest request;
  request.set_parent("projects/" + id);
  request.set_report_id(report_id);
  request.mutable_report()->set_report_date("2014-09-10");
  request.mutable_report()->set_reported_quantity_milli(quantity_milli);
  *request.mutable_report()->add_evidence() = Document(v1::PHOTOGRAPH);
  return request;
}

v1::VerifyProgressRequest VerifyProgress(const std::string& id, const std::string& report_id, int64_t quantity_milli) {
  v1::VerifyProgressRequest request;
  request.set_name("projects/" + id + "/reports/" + report_id);
  request.set_quantity_milli(quantity_milli);
  *request.add_documents() = Document(v1::PHOTOGRAPH);
  return request;
}

// AT5: quarters of 5,200,000.00 with a federal cap of 1,000,000.00, under each policy.
TEST(CapPolicy, TurnsTheFiveMillionProjectIntoWhatTheRuleSays) {
  for (const auto& [policy, total, dues] : std::vector<std::tuple<v1::CapPolicy, int64_t, std::vector<int64_t>>>{
           {v1::SCALE_DOWN, 4 * kMillion, {kMillion, kMillion, kMillion, kMillion}},
           {v1::RESIDUAL_PARTY, 520'000'000, {kMillion, 130'000'000, 160'000'000, 130'000'000}},
           {v1::SPREAD, 520'000'000, {kMillion, 140'000'000, 140'000'000, 140'000'000}}}) {
    TestLedger ledger;
    v1::RuleVersion rule = Quarters();
    rule.mutable_roles(0)->set_cap_minor_units(kMillion);
    rule.set_cap_policy(policy);
    if (policy == v1::RESIDUAL_PARTY) rule.set_residual_role("municipal");
    ledger.Publish("r1", rule);
    ledger.Agree("p", ledger.MakeDraft("r1", 520'000'000, kFour));
    const v1::Project project = ledger.Project("p");
    EXPECT_EQ(DuesOf(project), dues) << v1::CapPolicy_Name(policy);
    EXPECT_EQ(project.total_minor_units(), total);
    EXPECT_EQ(project.requested_total_minor_units(), policy == v1::SCALE_DOWN ? 520'000'000 : 0);
    // The whole way: the bound follows what each owes now.
    ledger.Contribute("p", "c1", "club", dues[3] / 2);
    ledger.Authorize("p");
    ledger.Pay("p", "s1", "state", 1, 0);
    EXPECT_EQ(ledger.Party("p", "state").released_minor_units(), (dues[3] / 2 + 100) * dues[1] / dues[3]);
    ledger.Contribute("p", "c2", "club", dues[3] - dues[3] / 2);
    for (const char* who : {"federal", "state", "municipality"}) ledger.Pay("p", std::string("x-") + who, who, 1, 0);
    ledger.Pay("p", "f2", "federal", 2, 0);
    ledger.Spend("p", "e1", total);
    ledger.Complete("p");
    ledger.HandOver("p");
    ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
    EXPECT_EQ(ledger.Project("p").state(), Project::SETTLED);
  }
}

TEST(CapPolicy, RefusesTheFiveMillionProjectByDefaultAndSaysByHowMuch) {
  TestLedger ledger;
  v1::RuleVersion rule = Quarters();
  rule.mutable_roles(0)->set_cap_minor_units(kMillion);
  ledger.Publish("r1", rule);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 520'000'000, kFour);
  ledger.Must(Org("club"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::OVER_CAP);
  EXPECT_EQ(ledger.Figure("difference_minor_units"), "30000000");
}

// Tekax 2014: the state was absent and the federation paid its part.
TEST(AbsentRole, LeavesItsShareToWhomTheRuleNames) {
  TestLedger ledger;
  v1::RuleVersion rule = Quarters();
  rule.mutable_roles(1)->set_may_be_absent(true);
  rule.mutable_roles(1)->set_absence_absorbed_by("federal");
  ledger.Publish("r1", rule);
  v1::Project draft =
      ledger.MakeDraft("r1", 141'373'400, {{"federal", "federal"}, {"municipal", "municipality"}, {"club", "club"}});
  draft.add_absent_roles("state");
  ledger.Agree("p", draft);
  EXPECT_THAT(DuesOf(ledger.Project("p")), ElementsAre(70'686'700, 35'343'350, 35'343'350));
  // AT2: each of the smaller parties a half peso short, the federal half entitled by the tolerance.
  ledger.Contribute("p", "c1", "club", 35'343'300);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Pay("p", "f2", "federal", 2, 0);
  EXPECT_EQ(ledger.Party("p", "federal").received_minor_units(), 70'686'700);
  ledger.Pay("p", "m1", "municipality", 1, 35'343'300);
  ledger.Spend("p", "e1", 141'373'300);
  ledger.Complete("p");
  ledger.HandOver("p");
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>("p"));
}

TEST(AbsentRole, LeavesItsShareToAllOthersWhereTheRuleNamesNobody) {
  TestLedger ledger;
  v1::RuleVersion rule = Quarters();
  rule.mutable_roles(1)->set_may_be_absent(true);
  ledger.Publish("r1", rule);
  v1::Project draft = ledger.MakeDraft("r1", 3'000, {{"federal", "federal"}, {"municipal", "municipality"}, {"club", "club"}});
  draft.add_absent_roles("state");
  ledger.Agree("p", draft);
  EXPECT_THAT(DuesOf(ledger.Project("p")), ElementsAre(1'000, 1'000, 1'000));
  EXPECT_THAT(ledger.Project("p").role_weights(), ElementsAre(1, 0, 1, 1));
}

// The federal programme: state and municipality together a half, split as the agreement says.
TEST(JointShare, IsSplitAsTheAgreementSays) {
  TestLedger ledger;
  v1::FunderRole joint = FunderShare("local", v1::STATE_GOVERNMENT, 2);
  joint.add_kinds(v1::MUNICIPAL_GOVERNMENT);
  ledger.Publish("r1", MakeRule({Federal(), joint, ClubShare(1)}));
  v1::Project draft =
      ledger.MakeDraft("r1", 4'000, {{"federal", "federal"}, {"local", "state"}, {"local", "municipality"}, {"club", "club"}});
  draft.mutable_parties(1)->set_due_minor_units(1'300);
  draft.mutable_parties(2)->set_due_minor_units(700);
  ledger.Agree("p", draft);
  EXPECT_THAT(DuesOf(ledger.Project("p")), ElementsAre(1'000, 1'300, 700, 1'000));
}

TEST(Tolerance, IsEachRolesOwnWhereTheRuleSaysSo) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({State(), ClubShare(1)}, 0);
  rule.mutable_roles(1)->set_tolerance_minor_units(50);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  EXPECT_EQ(ledger.Party("p", "state").tolerance_minor_units(), 0);
  EXPECT_EQ(ledger.Party("p", "club").tolerance_minor_units(), 50);
  ledger.Contribute("p", "c1", "club", 950);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 950);
  ledger.Complete("p");
  ledger.Must(Org("club"), ProjectRequest<v1::SignHandoverRequest>("p"));
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  // The club is within its own tolerance, the state is not.
  EXPECT_EQ(ledger.Try(Org("contractor"), sign), v1::SHARE_BELOW_TOLERANCE);
  ASSERT_THAT(ledger.violations(), SizeIs(1));
  EXPECT_EQ(ledger.violations()[0].subject, Org("state"));
}

TEST(Documents, AreAskedForAtEveryStepThatTheRuleNames) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({State(), ClubShare(1)});
  for (v1::ProjectStep step : {v1::PREVALIDATION, v1::APPROVAL, v1::COMPLETION_REPORT, v1::COMPLETION}) {
    rule.add_document_requirements()->set_step(step);
    rule.mutable_document_requirements()->rbegin()->set_type(v1::OTHER_DOCUMENT);
  }
  v1::DocumentRequirement& elsewhere = *rule.add_document_requirements();
  elsewhere.set_step(v1::APPROVAL);
  elsewhere.set_type(v1::PHOTOGRAPH);
  elsewhere.add_categories(v1::SCHOLARSHIP);
  ledger.Publish("r1", rule);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
  ledger.Must(Org("club"), create);
  auto with_and_without = [&](const std::string& who, auto request) {
    EXPECT_EQ(ledger.Try(who, request), v1::DOCUMENT_MISSING);
    EXPECT_EQ(ledger.Figure("document_type"), "OTHER_DOCUMENT");
    *request.add_documents() = Document(v1::OTHER_DOCUMENT);
    ledger.Must(who, request);
  };
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.Must(Org("club"), submit);
  with_and_without(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  with_and_without(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p"));
  ledger.SignAll("p");
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(1'000);
  with_and_without(Org("contractor"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(1'000);
  with_and_without(Org("office"), confirm);
}

void SavePlace(const std::string& code, TestLedger& ledger) {
  v1::SaveCommunityRequest save;
  save.set_name("communities/" + code);
  save.mutable_community()->set_country_code("MX");
  ledger.Must(Org("office"), save);
}

// Leads a draft to PREVALIDATED.
void Prevalidate(const std::string& id, const v1::Project& draft, TestLedger& ledger) {
  v1::CreateProjectRequest create;
  create.set_project_id(id);
  *create.mutable_project() = draft;
  ledger.Must(draft.club(), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>(id);
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.Must(draft.club(), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>(id));
}

v1::RuleVersion OneProjectA(v1::CumulativeCap::Scope scope, int place_code_length = 0) {
  v1::RuleVersion rule = MakeRule({Federal(), ClubShare(1)});
  v1::CumulativeCap& cap = *rule.add_cumulative_caps();
  cap.set_scope(scope);
  cap.set_place_code_length(place_code_length);
  cap.set_projects_max(1);
  return rule;
}

TEST(CumulativeCap, CountsForTheFederationOfTheDayOfSubmission) {
  TestLedger ledger;
  ledger.Publish("r1", OneProjectA(v1::CumulativeCap::FEDERATION_YEAR));
  auto draft = [&](const std::string& club) {
    v1::Project project = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", club}});
    project.set_club(Org(club));
    return project;
  };
  ledger.Agree("p1", draft("club"));
  ASSERT_EQ(ledger.Project("p1").club_federations_size(), 1);
  EXPECT_EQ(ledger.Project("p1").club_federations(0).federation(), Org("federation"));
  Prevalidate("p2", draft("club2"), ledger);
  // Leaving after it was handed in helps nobody, and who has no federation hands nothing in.
  v1::ChangeFederationRequest leave;
  leave.set_name(Org("club2"));
  ledger.Must(Org("club2"), leave);
  const auto approve = ProjectRequest<v1::ApproveProjectRequest>("p2");
  EXPECT_EQ(ledger.Try(Org("office"), approve), v1::CUMULATIVE_CAP_EXCEEDED);
  v1::CreateProjectRequest create;
  create.set_project_id("p3");
  *create.mutable_project() = draft("club2");
  ledger.Must(Org("club2"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p3");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  EXPECT_EQ(ledger.Try(Org("club2"), submit), v1::FEDERATION_MISSING);
  // And it is the same federation whose count is lowered again.
  leave.set_name(Org("club"));
  ledger.Must(Org("club"), leave);
  ledger.Cancel("p1");
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/federation-federation-2014").project_count(), 0);
  ledger.Must(Org("office"), approve);
}

TEST(CumulativeCap, CountsWhatMergedClubsGotForTheirSuccessor) {
  TestLedger ledger;
  ledger.Publish("r1", OneProjectA(v1::CumulativeCap::CLUB_YEAR));
  ledger.Agree("p1", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  Merge(ledger, "club", "club2");
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club2"}});
  draft.set_club(Org("club2"));
  Prevalidate("p2", draft, ledger);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2")), v1::CUMULATIVE_CAP_EXCEEDED);
  EXPECT_EQ(ledger.Figure("would_be"), "2");
}

TEST(CumulativeCap, CountsAProjectForEachOfItsClubs) {
  TestLedger ledger;
  ledger.Publish("r1", OneProjectA(v1::CumulativeCap::CLUB_YEAR));
  v1::Project both = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}, {"club", "club2"}});
  both.mutable_parties(1)->set_due_minor_units(500);
  both.mutable_parties(2)->set_due_minor_units(500);
  ledger.Agree("p1", both);
  EXPECT_THAT(ledger.Project("p1").tallies(), SizeIs(2));
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club2"}});
  draft.set_club(Org("club2"));
  Prevalidate("p2", draft, ledger);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2")), v1::CUMULATIVE_CAP_EXCEEDED);
}

v1::Project OfTwoClubs(const TestLedger& ledger) {
  v1::Project both = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}, {"club", "club2"}});
  both.mutable_parties(1)->set_due_minor_units(500);
  both.mutable_parties(2)->set_due_minor_units(500);
  return both;
}

TEST(CumulativeCap, CountsAProjectOfTwoClubsOnceWhenTheyAreMerged) {
  TestLedger ledger;
  v1::RuleVersion rule = OneProjectA(v1::CumulativeCap::CLUB_YEAR);
  rule.mutable_cumulative_caps(0)->set_projects_max(2);
  rule.mutable_cumulative_caps(0)->set_matched_minor_units_max(2'300);
  ledger.Publish("r1", rule);
  ledger.Agree("p1", OfTwoClubs(ledger));
  for (const char* id : {"club", "club2"}) {
    const auto tally = ledger.Get<v1::Tally>("programs/mx/tallies/club-" + std::string(id) + "-2014");
    ASSERT_THAT(tally.shared_projects(), SizeIs(1));
    EXPECT_EQ(tally.shared_projects(0).project(), "projects/p1");
    EXPECT_EQ(tally.shared_projects(0).matched_minor_units(), 1'000);
  }
  Merge(ledger, "club", "club2");
  auto draft = [&](int64_t total) {
    v1::Project one = ledger.MakeDraft("r1", total, {{"federal", "federal"}, {"club", "club2"}});
    one.set_club(Org("club2"));
    return one;
  };
  Prevalidate("p2", draft(2'602), ledger);
  Prevalidate("p3", draft(2'600), ledger);
  // Of 2,300 of matching money p1 took 1,000, once.
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2")), v1::CUMULATIVE_CAP_EXCEEDED);
  EXPECT_EQ(ledger.Figure("would_be"), "2301");
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p3"));
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2")), v1::CUMULATIVE_CAP_EXCEEDED);
  EXPECT_EQ(ledger.Figure("would_be"), "3");
  // What is freed is freed for both, and once.
  ledger.Cancel("p1");
  for (const char* id : {"club", "club2"}) {
    EXPECT_THAT(ledger.Get<v1::Tally>("programs/mx/tallies/club-" + std::string(id) + "-2014").shared_projects(), SizeIs(0));
  }
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2")), v1::CUMULATIVE_CAP_EXCEEDED);
  EXPECT_EQ(ledger.Figure("would_be"), "2601");
  ledger.Cancel("p3");
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2"));
}

TEST(CumulativeCap, CountsAProjectOfTwoFederationsOnceWhenTheyAreMerged) {
  TestLedger ledger;
  v1::CreateOrganizationRequest create;
  create.set_organization_id("federation2");
  create.mutable_organization()->set_kind(v1::FEDERATION);
  create.mutable_organization()->set_display_name("federation2");
  create.mutable_organization()->set_country_code("US");
  ledger.Must(Org("admin"), create);
  v1::RegisterOrganizationRequest registration;
  registration.set_name(Org("federation2"));
  registration.mutable_registration()->set_folio("TN-77");
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2015-12-31");
  ledger.Must(Org("consulate"), registration);
  v1::ChangeFederationRequest change;
  change.set_name(Org("club2"));
  change.set_federation(Org("federation2"));
  ledger.Must(Org("club2"), change);
  v1::AcceptClubRequest accept;
  accept.set_name(Org("club2"));
  ledger.Must(Org("federation2"), accept);
  v1::RuleVersion rule = OneProjectA(v1::CumulativeCap::FEDERATION_YEAR);
  rule.mutable_cumulative_caps(0)->set_projects_max(2);
  ledger.Publish("r1", rule);
  ledger.Agree("p1", OfTwoClubs(ledger));
  EXPECT_THAT(ledger.Project("p1").tallies(), SizeIs(2));
  Merge(ledger, "federation2", "federation");
  ledger.Agree("p2", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  Prevalidate("p3", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}), ledger);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p3")), v1::CUMULATIVE_CAP_EXCEEDED);
  EXPECT_EQ(ledger.Figure("would_be"), "3");
}

TEST(CumulativeCap, CountsAPlaceHoweverItsCodeIsWrittenAndKnownPlacesOnly) {
  TestLedger ledger;
  ledger.Publish("r1", OneProjectA(v1::CumulativeCap::PLACE_YEAR, 5));
  SavePlace("310790001", ledger);
  SavePlace("31-079", ledger);
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  ledger.Agree("p1", draft);
  draft.set_locality_code("31079-0001");
  v1::CreateProjectRequest create;
  create.set_project_id("p2");
  *create.mutable_project() = draft;
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::COMMUNITY_NOT_FOUND);
  draft.set_locality_code("31-079");
  Prevalidate("p2", draft, ledger);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p2")), v1::CUMULATIVE_CAP_EXCEEDED);
}

// F4: three clubs held 52 of 104 works.
TEST(CumulativeCap, StopsAClubThatHasHadItsShareOfTheYear) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({Federal(true), ClubShare(1)});
  v1::CumulativeCap& by_club = *rule.add_cumulative_caps();
  by_club.set_scope(v1::CumulativeCap::CLUB_YEAR);
  by_club.set_projects_max(2);
  v1::CumulativeCap& by_place = *rule.add_cumulative_caps();
  by_place.set_scope(v1::CumulativeCap::PLACE_YEAR);
  by_place.set_place_code_length(2);
  by_place.set_matched_minor_units_max(2'500);
  v1::CumulativeCap& by_federation = *rule.add_cumulative_caps();
  by_federation.set_scope(v1::CumulativeCap::FEDERATION_YEAR);
  by_federation.set_pools_bps_max(3'000);
  ledger.Publish("r1", rule);
  ledger.MakePool("federal", 10'000);
  SavePlace("310790001", ledger);
  auto draft = [&](int64_t total) { return ledger.MakeDraft("r1", total, {{"federal", "federal"}, {"club", "club"}}); };
  ledger.Agree("p1", draft(2'000));
  ledger.Agree("p2", draft(2'000));
  const std::string place = ledger.Project("p1").locality_code().substr(0, 2);
  const auto club = ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014");
  EXPECT_EQ(club.project_count(), 2);
  EXPECT_EQ(club.matched_minor_units(), 2'000);
  EXPECT_EQ(club.pooled_minor_units(), 2'000);
  v1::CreateProjectRequest create;
  create.set_project_id("p3");
  *create.mutable_project() = draft(2'200);
  ledger.Must(Org("club"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p3");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.Must(Org("club"), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p3"));
  const auto approve = ProjectRequest<v1::ApproveProjectRequest>("p3");
  EXPECT_EQ(ledger.Try(Org("office"), approve), v1::CUMULATIVE_CAP_EXCEEDED);
  EXPECT_THAT(ledger.violations(), SizeIs(3));  // All caps at once.
  // A project that ends before anything was released leaves its place and its money to others.
  ledger.Cancel("p1");
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014").project_count(), 1);
  ledger.Must(Org("office"), approve);
  EXPECT_EQ(ledger.Get<v1::Tally>("programs/mx/tallies/club-club-2014").matched_minor_units(), 2'100);
  EXPECT_THAT(ledger.Project("p3").tallies(), SizeIs(3));
}

v1::RuleVersion RuleWithMilestones() {
  v1::RuleVersion rule = MakeRule({Federal(), ClubShare(1)});
  v1::FunderRole& federal = *rule.mutable_roles(0);
  federal.add_tranche_conditions()->set_due_days(30);
  v1::TrancheCondition& second = *federal.add_tranche_conditions();
  second.set_verified_bps_min(4'000);
  second.add_documents(v1::PROGRESS_REPORT);
  second.set_opens_month_day("09-01");
  second.set_closes_month_day("12-15");
  return rule;
}

TEST(TrancheCondition, HoldsTheSecondTrancheUntilAnInspectorHasSeenTheWork) {
  TestLedger ledger;
  ledger.Publish("r1", RuleWithMilestones());
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  draft.set_planned_quantity_milli(1'200'000);  // 1,200 m.
  ledger.Agree("p", draft);
  EXPECT_EQ(ledger.Project("p").tranches(0).due_date(), "2014-10-10");
  EXPECT_EQ(ledger.Project("p").tranches(1).due_date(), "");
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  v1::ProposeReleaseRequest propose = ledger.ProposeRequest("p", "f2", "federal", 2, 0);
  EXPECT_EQ(ledger.Try(Org("federal"), propose), v1::MILESTONE_NOT_REACHED);
  ledger.Must(Org("contractor"), ReportRequest("p", "march", 600'000));
  EXPECT_EQ(ledger.Try(Org("federal"), propose), v1::MILESTONE_NOT_REACHED);  // Reported is not verified.
  EXPECT_EQ(ledger.Try(Org("contractor"), VerifyProgress("p", "march", 480'000)), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("office"), VerifyProgress("p", "march", 600'001)), v1::QUANTITY_OUT_OF_ORDER);
  ledger.Must(Org("office"), VerifyProgress("p", "march", 480'000));
  EXPECT_EQ(ledger.Project("p").progress_quantity_milli(), 480'000);
  EXPECT_EQ(ledger.Try(Org("federal"), propose), v1::DOCUMENT_MISSING);
  *propose.add_documents() = Document(v1::PROGRESS_REPORT);
  TestLedger next_year = ledger;
  next_year.PassDays(120);
  EXPECT_EQ(next_year.Try(Org("federal"), propose), v1::OUTSIDE_DATE_WINDOW);
  ledger.Must(Org("federal"), propose);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-f2"));
}

TEST(TrancheCondition, AsksForThePlannedQuantityWhenTheProjectIsSubmitted) {
  TestLedger ledger;
  ledger.Publish("r1", RuleWithMilestones());
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  ledger.Must(Org("club"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::MILESTONE_NOT_REACHED);
}

// F7: a street reported with 1,200 m and found with 379 m.
TEST(Progress, KeepsWhatWasReportedBesideWhatWasFound) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({State(), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  EXPECT_EQ(ledger.Try(Org("contractor"), ReportRequest("p", "a", 1)), v1::WRONG_PROJECT_STATE);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  EXPECT_EQ(ledger.Try(Org("club"), ReportRequest("p", "a", 1)), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("contractor"), ReportRequest("p", "a", 1'200'000));
  EXPECT_EQ(ledger.Try(Org("contractor"), ReportRequest("p", "b", 1'199'999)), v1::QUANTITY_OUT_OF_ORDER);
  ledger.Must(Org("club"), VerifyProgress("p", "a", 379'000));
  const auto report = ledger.Get<v1::ProgressReport>("projects/p/reports/a");
  EXPECT_EQ(report.reported_quantity_milli(), 1'200'000);
  EXPECT_EQ(report.verified_quantity_milli(), 379'000);
  EXPECT_EQ(report.inspector(), Org("club"));
  EXPECT_EQ(ledger.Try(Org("office"), VerifyProgress("p", "a", 379'000)), v1::WRONG_RESOURCE_STATE);
}

TEST(Suspension, LetsNoMoneyOutAndGoesOnWhereItStopped) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 400);
  ledger.Declare("p", "c2", "club", 100);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 200);
  ledger.Propose("p", "f2", "federal", 1, 100);
  const auto suspend = Reasoned<v1::SuspendProjectRequest>("projects/p");
  EXPECT_EQ(ledger.Try(Org("club"), suspend), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("office"), suspend);
  EXPECT_EQ(ledger.Project("p").state(), Project::SUSPENDED);
  EXPECT_EQ(ledger.Try(Org("office"), suspend), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "pr-f2")), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "f3", "federal", 1, 1)), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e1", 1)), v1::WRONG_PROJECT_STATE);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c3", "club", 1)), v1::WRONG_PROJECT_STATE);
  // What was declared is still verified, and interest of the bank recorded.
  ledger.Verify("p", "c2", 100);
  ledger.Must(Org("verifier"), ledger.InterestRequest("p", 7));
  const auto resume = Reasoned<v1::ResumeProjectRequest>("projects/p");
  EXPECT_EQ(ledger.Try(Org("club"), resume), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("office"), resume);
  EXPECT_EQ(ledger.Project("p").state(), Project::EXECUTING);
  EXPECT_EQ(ledger.Project("p").suspended_state(), Project::STATE_UNSPECIFIED);
  EXPECT_EQ(ledger.Try(Org("office"), resume), v1::WRONG_PROJECT_STATE);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-f2"));
}

TEST(Suspension, TakesTheFirstDepositForTheBeginningOfFunding) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 100);
  ledger.Must(Org("office"), Reasoned<v1::SuspendProjectRequest>("projects/p"));
  ledger.Verify("p", "c1", 100);
  EXPECT_EQ(ledger.Project("p").state(), Project::SUSPENDED);
  ledger.Must(Org("office"), Reasoned<v1::ResumeProjectRequest>("projects/p"));
  EXPECT_EQ(ledger.Project("p").state(), Project::FUNDING);
}

TEST(Suspension, MayEndInCancellation) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 400);
  ledger.Must(Org("office"), Reasoned<v1::SuspendProjectRequest>("projects/p"));
  ledger.Cancel("p");
  ledger.Refund("p");
  EXPECT_EQ(ledger.Party("p", "club").refunded_minor_units(), 400);
}

// F12: the budget was cut after projects had been approved.
TEST(BudgetCut, StopsReleasesFromThePoolUntilItsCommitmentsFit) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(true), ClubShare(1)}));
  ledger.MakePool("federal", 2'000);
  for (const char* id : {"p", "q"}) {
    ledger.Agree(id, ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
    ledger.Contribute(id, "c1", "club", 1'000);
    ledger.Authorize(id);
  }
  ledger.Pay("p", "f1", "federal", 1, 500);
  v1::ReducePoolBudgetRequest cut;
  cut.set_name("programs/mx/pools/federal-2014");
  *cut.mutable_reduction() = Mxn(1'501);
  EXPECT_EQ(ledger.Try(Org("federal"), cut), v1::BUDGET_BELOW_RELEASED);
  EXPECT_EQ(ledger.Figure("allowed_minor_units"), "1500");
  *cut.mutable_reduction() = Mxn(600);
  ledger.Must(Org("federal"), cut);
  EXPECT_EQ(ledger.Get<v1::Pool>(cut.name()).free_minor_units(), -600);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("q", "f1", "federal", 1, 0)), v1::POOL_UNDERFUNDED);
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "600");
  // Cancelling a project frees what the pool had promised it.
  ledger.Cancel("q");
  EXPECT_EQ(ledger.Get<v1::Pool>(cut.name()).free_minor_units(), 400);
  ledger.Pay("p", "f2", "federal", 2, 500);
}

Command Expire(const std::string& proposal) {
  Command command;
  command.method = "ProposalExpired";
  v1::ProposalExpired expired;
  expired.set_proposal(proposal);
  command.request = expired;
  return command;
}

TEST(Expiry, FreesWhatAProposalHadReservedOnceItsDaysAreOver) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({Federal(), ClubShare(1)});
  rule.set_proposal_days(10);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Propose("p", "f1", "federal", 1, 500);
  const std::string proposal = "projects/p/proposals/pr-f1";
  ASSERT_THAT(ledger.Project("p").deadlines(), SizeIs(1));
  EXPECT_EQ(ledger.Project("p").deadlines(0).resource(), proposal);
  ledger.PassDays(9);
  EXPECT_TRUE(ledger.Apply(Expire(proposal)).refusal.has_value());  // Not before its time.
  ledger.PassDays(2);
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "pr-f1")), v1::WRONG_RESOURCE_STATE);
  const Outcome outcome = ledger.Apply(Expire(proposal));
  ASSERT_FALSE(outcome.refusal.has_value());
  // Nobody acts: the entry is the ledger's own.
  EXPECT_EQ(outcome.entries[0].organization(), "");
  EXPECT_EQ(outcome.entries[0].request_id(), "");
  EXPECT_EQ(ledger.Get<v1::Proposal>(proposal).state(), v1::Proposal::EXPIRED);
  EXPECT_EQ(ledger.Party("p", "federal").proposed_minor_units(), 0);
  EXPECT_THAT(ledger.Project("p").deadlines(), IsEmpty());
  ledger.Pay("p", "f2", "federal", 1, 500);
}

TEST(Expiry, KeepsDeadlinesInOrderAndBoundsTheirNumber) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  for (int i = 0; i < kOpenProposalsMax; ++i) ledger.Propose("p", "f" + std::to_string(i), "federal", 1, 1);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ProposeRequest("p", "more", "federal", 1, 1)), v1::TOO_MANY_PROPOSALS);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name("projects/p/proposals/pr-f3");
  ledger.Must(Org("federal"), withdraw);
  ledger.Propose("p", "more", "federal", 1, 1);
  const v1::Project project = ledger.Project("p");
  EXPECT_EQ(project.deadlines_size(), kOpenProposalsMax);
  for (int i = 1; i < project.deadlines_size(); ++i) EXPECT_LE(project.deadlines(i - 1).time_us(), project.deadlines(i).time_us());
}

TEST(Proposals, AreClearedByTheOfficeWhereTheirProposerLeavesThemOpen) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  for (int i = 0; i < kOpenProposalsMax; ++i) ledger.Propose("p", "f" + std::to_string(i), "federal", 1, 1);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReverseRequest("p", "rv", "contributions/c1")), v1::TOO_MANY_PROPOSALS);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name("projects/p/proposals/pr-f0");
  EXPECT_EQ(ledger.Try(Org("club"), withdraw), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("office"), withdraw);
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv", "contributions/c1"));
}

TEST(ClosedYear, CountsLateMoneyOnTheFirstOpenDayAndKeepsTheBanksDate) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(true), ClubShare(1)}));
  ledger.MakePool("federal", 10'000);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  v1::CloseFiscalYearRequest close;
  close.set_name("programs/mx");
  close.set_fiscal_year(2014);
  EXPECT_EQ(ledger.Try(Org("office"), close), v1::FISCAL_YEAR_STATE);  // It has not ended.
  ledger.PassDays(130);  // In January.
  EXPECT_EQ(ledger.Try(Org("federal"), close), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("office"), close);
  EXPECT_EQ(ledger.Try(Org("office"), close), v1::FISCAL_YEAR_STATE);
  ledger.Contribute("p", "c1", "club", 100);
  EXPECT_EQ(ledger.journal().back().effective_date(), "2015-01-01");
  EXPECT_EQ(ledger.journal().back().contribution_verified().bank_value_date(), "2014-09-10");

  v1::ProposeReopeningRequest propose;
  propose.set_name("programs/mx");
  propose.set_fiscal_year(2013);
  propose.mutable_reason()->set_text("a receipt was found");
  EXPECT_EQ(ledger.Try(Org("office"), propose), v1::FISCAL_YEAR_STATE);
  propose.set_fiscal_year(2014);
  EXPECT_EQ(ledger.Try(Org("state"), propose), v1::ACTOR_NOT_ALLOWED);  // It pays no pool of that year.
  v1::ApproveReopeningRequest approve;
  approve.set_name("programs/mx");
  approve.set_fiscal_year(2014);
  EXPECT_EQ(ledger.Try(Org("federal"), approve), v1::FISCAL_YEAR_STATE);  // Nobody has asked.
  ledger.Must(Org("office"), propose);
  EXPECT_EQ(ledger.Try(Org("office"), approve), v1::APPROVER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("office"), approve, FakePrincipal("another")), v1::APPROVER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("federal"), approve, FakePrincipal(Org("office"))), v1::APPROVER_NOT_INDEPENDENT);
  // Where a programme has no pools the office's committee agrees.
  TestLedger by_committee = ledger;
  by_committee.Must(Org("committee"), approve);
  EXPECT_THAT(by_committee.Get<v1::Program>("programs/mx").closed_fiscal_years(), IsEmpty());
  ledger.Must(Org("federal"), approve);
  EXPECT_THAT(ledger.Get<v1::Program>("programs/mx").closed_fiscal_years(), IsEmpty());
  ledger.Contribute("p", "c2", "club", 100);
  EXPECT_EQ(ledger.journal().back().effective_date(), "2014-09-10");
}

TEST(ClosedYear, TakesNothingNew) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({Federal(true), ClubShare(1)}));
  ledger.MakePool("federal", 10'000);
  const v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  Prevalidate("p1", draft, ledger);
  v1::CreateProjectRequest create;
  create.set_project_id("p2");
  *create.mutable_project() = draft;
  ledger.Must(Org("club"), create);
  ledger.PassDays(130);  // In January.
  v1::CloseFiscalYearRequest close;
  close.set_name("programs/mx");
  close.set_fiscal_year(2014);
  ledger.Must(Org("office"), close);
  create.set_project_id("p3");
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::FISCAL_YEAR_STATE);
  auto update = ProjectRequest<v1::UpdateProjectRequest>("p2");
  update.set_etag(ledger.Project("p2").etag());
  *update.mutable_project() = draft;
  EXPECT_EQ(ledger.Try(Org("club"), update), v1::FISCAL_YEAR_STATE);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("p2")), v1::FISCAL_YEAR_STATE);
  EXPECT_EQ(ledger.Try(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p1")), v1::FISCAL_YEAR_STATE);
  v1::CreatePoolRequest pool;
  pool.set_parent("programs/mx");
  pool.mutable_pool()->set_funder(Org("state"));
  pool.mutable_pool()->set_fiscal_year(2014);
  pool.mutable_pool()->set_budget_minor_units(1);
  EXPECT_EQ(ledger.Try(Org("state"), pool), v1::FISCAL_YEAR_STATE);
  v1::IncreasePoolBudgetRequest raise;
  raise.set_name("programs/mx/pools/federal-2014");
  *raise.mutable_increase() = Mxn(1);
  EXPECT_EQ(ledger.Try(Org("federal"), raise), v1::FISCAL_YEAR_STATE);
  v1::ReducePoolBudgetRequest cut;
  cut.set_name(raise.name());
  *cut.mutable_reduction() = Mxn(1);
  EXPECT_EQ(ledger.Try(Org("federal"), cut), v1::FISCAL_YEAR_STATE);
  // Nobody becomes answerable for a year afterwards.
  v1::ProposeReopeningRequest propose;
  propose.set_name("programs/mx");
  propose.set_fiscal_year(2014);
  propose.mutable_reason()->set_text("a receipt was found");
  EXPECT_EQ(ledger.Try(Org("state"), propose), v1::ACTOR_NOT_ALLOWED);
}

TEST(ClosedYear, IsAskedToBeOpenedUntilThatIsTakenBackOrExpires) {
  TestLedger ledger;
  ledger.MakePool("federal", 10'000);
  ledger.PassDays(130);
  v1::CloseFiscalYearRequest close;
  close.set_name("programs/mx");
  close.set_fiscal_year(2014);
  ledger.Must(Org("office"), close);
  v1::ProposeReopeningRequest propose;
  propose.set_name("programs/mx");
  propose.set_fiscal_year(2014);
  propose.mutable_reason()->set_text("a receipt was found");
  v1::WithdrawReopeningRequest withdraw;
  withdraw.set_name("programs/mx");
  withdraw.set_fiscal_year(2014);
  withdraw.mutable_reason()->set_text("it was not");
  EXPECT_EQ(ledger.Try(Org("federal"), withdraw), v1::FISCAL_YEAR_STATE);
  ledger.Must(Org("federal"), propose);
  EXPECT_EQ(ledger.Try(Org("state"), withdraw), v1::ACTOR_NOT_ALLOWED);
  TestLedger by_office = ledger;
  by_office.Must(Org("office"), withdraw);
  EXPECT_FALSE(by_office.Get<v1::Program>("programs/mx").has_reopening());
  Command expire;
  v1::ReopeningExpired& expired = expire.request.emplace<v1::ReopeningExpired>();
  expired.set_program("programs/mx");
  expired.set_fiscal_year(2014);
  ASSERT_TRUE(ledger.Apply(expire).refusal.has_value());  // Not yet.
  ledger.PassDays(31);
  v1::ApproveReopeningRequest approve;
  approve.set_name("programs/mx");
  approve.set_fiscal_year(2014);
  EXPECT_EQ(ledger.Try(Org("office"), approve), v1::FISCAL_YEAR_STATE);
  ASSERT_FALSE(ledger.Apply(expire).refusal.has_value());
  EXPECT_FALSE(ledger.Get<v1::Program>("programs/mx").has_reopening());
  EXPECT_THAT(SubjectsOf(ledger.journal().back()), testing::IsSupersetOf({Org("federal"), Org("office"), std::string("programs/mx")}));
}

TEST(Publishing, RefusesARuleThatCouldNotBeAppliedAndNamesEveryFault) {
  TestLedger ledger;
  v1::RuleVersion rule = Quarters();
  rule.set_cap_policy(v1::RESIDUAL_PARTY);
  rule.set_residual_role("nobody");
  rule.mutable_roles(0)->set_absence_absorbed_by("state");  // But it may not be absent.
  rule.mutable_roles(1)->set_may_be_absent(true);
  rule.mutable_roles(1)->set_absence_absorbed_by("state");  // Itself.
  rule.mutable_roles(2)->add_tranche_conditions()->set_opens_month_day("13-01");
  rule.mutable_roles(2)->add_tranche_conditions();
  rule.mutable_roles(3)->set_may_be_absent(true);  // The club.
  rule.mutable_roles(3)->set_tolerance_minor_units(kToleranceMinorUnitsMax + 1);
  rule.add_cumulative_caps()->set_scope(v1::CumulativeCap::PLACE_YEAR);
  rule.add_document_requirements();
  rule.set_proposal_days(0);
  v1::PublishRuleVersionRequest publish;
  publish.set_parent("programs/mx");
  publish.set_rule_version_id("r1");
  *publish.mutable_rule_version() = rule;
  EXPECT_EQ(ledger.Try(Org("office"), publish), v1::INVALID_FIELD);
  std::vector<std::string> fields;
  for (const Violation& violation : ledger.violations()) fields.push_back(violation.subject.substr(13));
  EXPECT_THAT(fields, testing::UnorderedElementsAre(
                          "roles[0].absence_absorbed_by", "roles[2].tranche_conditions",
                          "roles[2].tranche_conditions[0].opens_month_day", "roles[3].tolerance_minor_units", "roles[3].may_be_absent",
                          "residual_role", "roles[1].absence_absorbed_by", "cumulative_caps[0].place_code_length",
                          "cumulative_caps[0]", "document_requirements[2].step", "document_requirements[2].type", "proposal_days"));
}

TEST(Publishing, RefusesARuleUnderWhichNoFirstTrancheWouldEverOpen) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({State(), ClubShare(1)});
  rule.mutable_roles(0)->add_tranche_conditions()->set_verified_bps_min(1);
  v1::PublishRuleVersionRequest publish;
  publish.set_parent("programs/mx");
  publish.set_rule_version_id("r1");
  *publish.mutable_rule_version() = rule;
  EXPECT_EQ(ledger.Try(Org("office"), publish), v1::INVALID_FIELD);
  EXPECT_THAT(ledger.violations(), SizeIs(1));
}

TEST(AbsentRole, IsRefusedWithEveryReason) {
  TestLedger ledger;
  v1::RuleVersion rule = Quarters();
  rule.mutable_roles(1)->set_may_be_absent(true);
  rule.mutable_roles(1)->set_absence_absorbed_by("municipal");
  rule.mutable_roles(2)->set_may_be_absent(true);
  ledger.Publish("r1", rule);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 4'000, kFour);
  for (const char* role : {"state", "municipal", "federal", "emperor"}) create.mutable_project()->add_absent_roles(role);
  ledger.Must(Org("club"), create);
  EXPECT_EQ(ledger.Try(Org("club"), ProjectRequest<v1::SubmitProjectRequest>("p")), v1::ABSENCE_NOT_ALLOWED);
  int absences = 0;
  for (const Violation& violation : ledger.violations()) absences += violation.reason == v1::ABSENCE_NOT_ALLOWED ? 1 : 0;
  // The state leaves its share to an absent role, the federation may not be absent, there is no emperor; and three parties fill roles
  // that are said to be absent.
  EXPECT_EQ(absences, 6);
}

}  // namespace
}  // namespace oriundo
