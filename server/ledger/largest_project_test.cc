// The largest project that server/base/limits.h allows: it can be agreed and led to its end, and every entry about it fits.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/money_limits.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

constexpr std::size_t kIdCharactersMax = 63;

// An id of the largest size that begins with `head`.
std::string LongId(std::string head) {
  head.resize(kIdCharactersMax, 'x');
  return head;
}

const std::string kProject = LongId("project-");
const std::string kProjectName = "projects/" + kProject;
const std::string kClub = Org(LongId("club-"));
const std::string kExecutor = Org(LongId("executor-"));
const std::string kRule = LongId("rule-");

// As many documents as one fact may have, each as large as it may be.
template <typename Documents>
void Attach(v1::DocumentType type, Documents* documents) {
  for (int i = 0; i < kEvidencePerFactMax; ++i) {
    v1::Evidence& document = *documents->Add();
    document = Document(type);
    document.set_size_bytes(1'000'000'000'000);
  }
}

std::string Funder(int i) { return Org(LongId("funder-" + std::to_string(i) + "-")); }

void CreateOrganization(const std::string& name, v1::OrganizationKind kind, TestLedger& ledger) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id(std::string(IdOf(name)));
  request.mutable_organization()->set_kind(kind);
  request.mutable_organization()->set_display_name("Somebody");
  request.mutable_organization()->set_country_code("MX");
  ledger.Must(Org("admin"), request);
}

// The project agreed: one club and as many funders as there may be, each with as many tranches as there may be and a pool of its
// own.
TestLedger Agreed() {
  TestLedger ledger;
  CreateOrganization(kClub, v1::CLUB, ledger);
  CreateOrganization(kExecutor, v1::EXECUTOR, ledger);
  v1::RegisterOrganizationRequest registration;
  registration.set_name(kClub);
  registration.mutable_registration()->set_folio("TN-LARGEST");
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2014-12-31");
  ledger.Must(Org("consulate"), registration);

  std::vector<int32_t> steps;
  for (int i = 1; i <= kTrancheStepsMax; ++i) steps.push_back(static_cast<int32_t>(kBasisPoints * i / kTrancheStepsMax));
  const std::string role = LongId("role-");
  v1::FunderRole club = ClubShare(1);
  club.set_in_kind_cap_bps(10'000);
  v1::FunderRole first = FunderShare(role, v1::FEDERAL_GOVERNMENT, 1, true, steps);
  first.set_returns_unspent_at_year_end(true);
  first.set_year_end_return_days(366);
  v1::RuleVersion rule = MakeRule({first, club}, kToleranceMinorUnitsMax);
  rule.set_in_kind_allowed(true);
  rule.set_advance_bps_max(10'000);
  for (int i = 1; i < kRolesPerRuleMax - 1; ++i) {
    *rule.add_roles() = FunderShare(LongId("role-" + std::to_string(i) + "-"), v1::FEDERAL_GOVERNMENT, 1, true, steps);
  }
  ledger.Publish(kRule, rule);

  const int64_t total = kAmountMinorUnitsMax / 3;
  v1::Project draft = ledger.MakeDraft(kRule, total, {});
  draft.set_club(kClub);
  draft.set_executor(kExecutor);
  v1::Party& club_party = *draft.add_parties();
  club_party.set_role("club");
  club_party.set_organization(kClub);
  // One funder a role, and all the others in the first role.
  const int64_t role_due = total / kRolesPerRuleMax;
  const int funders = kPartiesPerProjectMax - 1;
  const int alone = kRolesPerRuleMax - 2;
  const int together = funders - alone;
  int64_t rest = role_due + (total % kRolesPerRuleMax == 0 ? 0 : 1);
  for (int i = 0; i < funders; ++i) {
    CreateOrganization(Funder(i), v1::FEDERAL_GOVERNMENT, ledger);
    ledger.MakePool(std::string(IdOf(Funder(i))), kAmountMinorUnitsMax);
    v1::Party& party = *draft.add_parties();
    party.set_organization(Funder(i));
    if (i < alone) {
      party.set_role(LongId("role-" + std::to_string(i + 1) + "-"));
      continue;
    }
    party.set_role(role);
    party.set_due_minor_units(i == funders - 1 ? rest : role_due / together);
    rest -= role_due / together;
  }
  v1::CreateProjectRequest create;
  create.set_project_id(kProject);
  *create.mutable_project() = draft;
  ledger.Must(kClub, create);
  auto update = ProjectRequest<v1::UpdateProjectRequest>(kProject);
  update.set_etag(ledger.Project(kProject).etag());
  *update.mutable_project() = draft;
  ledger.Must(kClub, update);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>(kProject);
  Attach(v1::TECHNICAL_FILE, submit.mutable_documents());
  ledger.Must(kClub, submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>(kProject));
  auto approve = ProjectRequest<v1::ApproveProjectRequest>(kProject);
  Attach(v1::SESSION_MINUTES, approve.mutable_documents());
  ledger.Must(Org("office"), approve);
  v1::SignAgreementRequest sign = ledger.SignRequest(kProject);
  Attach(v1::AGREEMENT, sign.mutable_documents());
  for (int i = 0; i < funders; ++i) ledger.Must(Funder(i), sign);
  ledger.Must(kExecutor, sign);
  // All but the last signature is taken back, and given again.
  v1::SignAgreementRequest other = sign;
  other.mutable_account()->set_number("999999999999999999");
  ledger.Must(kExecutor, other);
  EXPECT_EQ(ledger.journal().back().agreement_signed().signatures_taken_back_size(), funders);
  for (int i = 0; i < funders; ++i) ledger.Must(Funder(i), other);
  ledger.Must(kExecutor, sign);
  ledger.Must(kClub, sign);
  for (int i = 0; i < funders; ++i) ledger.Must(Funder(i), sign);
  return ledger;
}

// Of a funder's commitment `amount`, or all where that is 0, moves from its pool of one year to that of another.
void Move(TestLedger& ledger, int funder, int from, int to, int64_t amount) {
  auto move = ProjectRequest<v1::MoveCommitmentRequest>(kProject);
  move.set_party(Funder(funder));
  move.set_from_fiscal_year(from);
  move.set_to_fiscal_year(to);
  if (amount != 0) *move.mutable_amount() = Mxn(amount);
  ledger.Must(Funder(funder), move);
}

// An amendment of all that one can change but parties: dues of everybody, scope, dates. Signed by all, with all their papers. A
// party alone in its role owes `role_due` then, and one among others `joint_due` or the rest.
void Amend(TestLedger& ledger, int64_t role_due, std::optional<int64_t> joint_due = std::nullopt) {
  const v1::Project project = ledger.Project(kProject);
  v1::ProposeAmendmentRequest propose;
  propose.set_parent(kProjectName);
  propose.mutable_reason()->set_text("prices rose");
  v1::AmendmentTerms& terms = *propose.mutable_terms();
  terms.set_total_minor_units(role_due * kRolesPerRuleMax);
  terms.set_title("Another road");
  terms.set_category(v1::EQUIPMENT);
  terms.set_planned_quantity_milli(kAmountMinorUnitsMax);
  terms.set_quantity_unit(v1::SQUARE_METRE);
  terms.set_works_start_date("2014-10-01");
  terms.set_works_end_date("2014-12-01");
  int64_t rest = role_due;
  for (int i = 0; i < project.parties_size(); ++i) {
    const v1::Party& party = project.parties(i);
    v1::AmendmentTerms::PartyDue& due = *terms.add_dues();
    due.set_organization(party.organization());
    const bool joint = party.role() == LongId("role-");
    const bool last = joint && (i + 1 == project.parties_size() || project.parties(i + 1).role() != party.role());
    due.set_due_minor_units(!joint ? role_due : last ? rest : joint_due.value_or(party.due_minor_units()));
    if (joint) rest -= due.due_minor_units();
  }
  for (int i = 0; i < 64; ++i) {
    v1::AmendmentTerms::DueDate& date = *terms.add_due_dates();
    date.set_tranche(project.tranches(i).name());
    date.set_due_date("2014-11-15");
  }
  for (const char* id : {"withdrawn-", "expired-", "signed-"}) {
    propose.set_amendment_id(LongId(id));
    ledger.Must(kClub, propose);
  }
  v1::WithdrawAmendmentRequest withdraw;
  withdraw.set_name(kProjectName + "/amendments/" + LongId("withdrawn-"));
  withdraw.mutable_reason()->set_text("a better one follows");
  ledger.Must(kClub, withdraw);
  v1::SignAmendmentRequest sign;
  sign.set_name(kProjectName + "/amendments/" + LongId("signed-"));
  Attach(v1::AGREEMENT, sign.mutable_documents());
  for (const v1::Party& party : project.parties()) ledger.Must(party.organization(), sign);
  ledger.Must(kExecutor, sign);
  EXPECT_EQ(ledger.Project(kProject).total_minor_units(), role_due * kRolesPerRuleMax);
}

// The box moves to another account and back, as the bank says.
void MoveAccount(TestLedger& ledger) {
  const v1::Account agreed = ledger.SignRequest(kProject).account();
  for (const std::string& number : {std::string("999999999999999999"), agreed.number()}) {
    v1::ProposeAmendmentRequest propose;
    propose.set_parent(kProjectName);
    propose.set_amendment_id("account-" + number);
    propose.mutable_reason()->set_text("another bank");
    propose.mutable_terms()->mutable_account()->set_number(number);
    ledger.Must(kClub, propose);
    v1::SignAmendmentRequest sign;
    sign.set_name(kProjectName + "/amendments/account-" + number);
    sign.mutable_account()->set_number(number);
    for (const v1::Project project = ledger.Project(kProject); const v1::Party& party : project.parties()) {
      ledger.Must(party.organization(), sign);
    }
    ledger.Must(kExecutor, sign);
    v1::CarryBalanceRequest carry;
    carry.set_name(kProjectName);
    *carry.mutable_credited() = Mxn(ledger.Project(kProject).uncarried_minor_units());
    carry.set_bank_value_date("2014-09-10");
    carry.mutable_account()->set_number(number);
    Attach(v1::BANK_RECEIPT, carry.mutable_documents());
    ledger.Must(Org("verifier"), carry);
  }
}

// The club wants its refund for another project, and does not any more.
void Reallocate(TestLedger& ledger) {
  ledger.Publish("small", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}));
  v1::Project draft = ledger.MakeDraft("small", 2'000, {{"state", "state"}, {"club", std::string(IdOf(kClub))}});
  draft.set_club(kClub);
  ledger.Agree(LongId("other-"), draft);
  const std::string club(IdOf(kClub));
  ledger.Reverse(kProject, "rv-rf-club", "refunds/rf-" + club);
  v1::ProposeReallocationRequest propose;
  propose.set_parent(kProjectName);
  propose.set_proposal_id(LongId("pr-move-"));
  propose.set_reallocation_id(LongId("move-"));
  propose.set_party(kClub);
  propose.set_target_project("projects/" + LongId("other-"));
  *propose.mutable_amount() = Mxn(1'000);
  propose.mutable_reason()->set_text("the school needs it");
  ledger.Must(kClub, propose);
  ledger.Must(Org("office"), ledger.ApproveRequest(kProject, LongId("pr-move-")));
  v1::CancelReallocationRequest cancel;
  cancel.set_name(kProjectName + "/reallocations/" + LongId("move-"));
  cancel.mutable_reason()->set_text("it has enough");
  ledger.Must(kClub, cancel);
  ledger.Must(Org("verifier"), ledger.RefundRequest(kProject, "rf-club-again", club));
}

// Checks the entries from `first` on, and takes note of what happened in them.
void Collect(const TestLedger& ledger, std::set<v1::Entry::EventCase>& seen, std::size_t& largest) {
  for (const v1::Entry& entry : ledger.journal()) {
    if (entry.project().empty()) continue;
    // Request ids and principals are filled in by those who call the ledger.
    v1::Entry stored = entry;
    stored.set_request_id(std::string(36, 'f'));
    EXPECT_LE(stored.ByteSizeLong(), kEntryBytesMax) << "event " << entry.event_case();
    largest = std::max(largest, stored.ByteSizeLong());
    seen.insert(entry.event_case());
  }
}

TEST(LargestProject, CanBeAgreedAndItsTranchesFollowFromBareAmounts) {
  const TestLedger ledger = Agreed();
  const v1::Project project = ledger.Project(kProject);
  EXPECT_EQ(project.state(), v1::Project::AGREED);
  ASSERT_EQ(project.parties_size(), kPartiesPerProjectMax);
  ASSERT_EQ(project.tranches_size(), (kPartiesPerProjectMax - 1) * kTrancheStepsMax);
  int next = 0;
  for (const v1::Party& party : project.parties()) {
    if (party.organization() == kClub) continue;
    int64_t sum = 0;
    for (int ordinal = 1; ordinal <= kTrancheStepsMax; ++ordinal) {
      const v1::Tranche& tranche = project.tranches(next++);
      EXPECT_EQ(tranche.name(), TrancheName(kProjectName, party.organization(), ordinal));
      EXPECT_EQ(tranche.party(), party.organization());
      EXPECT_EQ(tranche.ordinal(), ordinal);
      sum += tranche.amount_minor_units();
    }
    EXPECT_EQ(sum, party.due_minor_units());
  }
}

TEST(LargestProject, HasNoEntryThatDoesNotFit) {
  TestLedger ledger = Agreed();
  std::set<v1::Entry::EventCase> seen;
  std::size_t largest = 0;
  const std::string funder(IdOf(Funder(0)));
  const std::string club(IdOf(kClub));
  const int64_t gift = kAmountMinorUnitsMax / 200;

  v1::CreatePledgeRequest pledge;
  pledge.set_parent(kProjectName);
  pledge.set_pledge_id(LongId("pledge-"));
  pledge.mutable_pledge()->set_party(kClub);
  *pledge.mutable_pledge()->mutable_amount() = Mxn(gift);
  ledger.Must(kClub, pledge);
  pledge.set_pledge_id("g-lapsing");
  pledge.mutable_pledge()->set_deadline("2014-09-11");
  ledger.Must(kClub, pledge);
  v1::DeclareInKindRequest goods;
  goods.set_parent(kProjectName);
  goods.mutable_in_kind()->set_party(kClub);
  goods.mutable_in_kind()->set_item(v1::IN_KIND_LABOUR);
  goods.mutable_in_kind()->set_unit(v1::IN_KIND_DAY);
  goods.mutable_in_kind()->set_quantity_milli(kInKindQuantityMilliMax);
  *goods.mutable_in_kind()->mutable_unit_value() = Mxn(1'000);
  Attach(v1::PHOTOGRAPH, goods.mutable_in_kind()->mutable_evidence());
  for (const char* id : {"g-kept", "g-rejected", "g-withdrawn"}) {
    goods.set_in_kind_id(LongId(id));
    ledger.Must(kClub, goods);
  }
  v1::AppraiseInKindRequest appraise;
  appraise.set_name(kProjectName + "/in-kinds/" + LongId("g-kept"));
  appraise.set_quantity_milli(kInKindQuantityMilliMax);
  *appraise.mutable_unit_value() = Mxn(1'000);
  appraise.set_appraisal_date("2014-09-10");
  Attach(v1::OTHER_DOCUMENT, appraise.mutable_documents());
  ledger.Must(Org("verifier"), appraise);
  v1::RejectInKindRequest reject_goods;
  reject_goods.set_name(kProjectName + "/in-kinds/" + LongId("g-rejected"));
  reject_goods.mutable_reason()->set_text("not there");
  ledger.Must(Org("verifier"), reject_goods);
  v1::WithdrawInKindRequest withdraw_goods;
  withdraw_goods.set_name(kProjectName + "/in-kinds/" + LongId("g-withdrawn"));
  withdraw_goods.mutable_reason()->set_text("mistyped");
  ledger.Must(kClub, withdraw_goods);
  ledger.Reverse(kProject, "rv-goods", "in-kinds/" + LongId("g-kept"));
  Amend(ledger, ledger.Project(kProject).total_minor_units() / kRolesPerRuleMax + 1'000);
  // Every party has money in the box, towards its due and beyond it.
  const int64_t club_due = ledger.Party(kProject, club).due_minor_units();
  ledger.Contribute(kProject, LongId("c-club-"), club, club_due + gift);
  ledger.Declare(kProject, "c-never", club, 1);
  v1::EvidenceContributionRequest evidence;
  evidence.set_name(kProjectName + "/contributions/c-never");
  *evidence.mutable_evidence() = Document(v1::BANK_RECEIPT);
  ledger.Must(kClub, evidence);
  v1::RejectContributionRequest reject;
  reject.set_name(kProjectName + "/contributions/c-never");
  reject.mutable_reason()->set_text("never came");
  ledger.Must(Org("verifier"), reject);
  ledger.Declare(kProject, "c-mistyped", club, 1);
  v1::WithdrawContributionRequest withdraw_declared;
  withdraw_declared.set_name(kProjectName + "/contributions/c-mistyped");
  withdraw_declared.mutable_reason()->set_text("mistyped");
  ledger.Must(kClub, withdraw_declared);
  ledger.MakePool(funder, kAmountMinorUnitsMax, 2015);
  Move(ledger, 0, 2014, 2015, 1);
  ledger.Authorize(kProject);
  ledger.Propose(kProject, "r-never", funder, 1, 0);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name(kProjectName + "/proposals/pr-r-never");
  ledger.Must(Funder(0), withdraw);
  ledger.Propose(kProject, "r-late", funder, 1, 0);
  ledger.PassDays(kProposalDaysDefault + 1);
  Command expire;
  expire.request.emplace<v1::ProposalExpired>().set_proposal(kProjectName + "/proposals/pr-r-late");
  ASSERT_FALSE(ledger.Apply(expire).refusal.has_value());
  expire.request.emplace<v1::AmendmentExpired>().set_amendment(kProjectName + "/amendments/" + LongId("expired-"));
  ASSERT_FALSE(ledger.Apply(expire).refusal.has_value());
  MoveAccount(ledger);
  Command lapse;
  lapse.request.emplace<v1::PledgeLapsed>().set_pledge(kProjectName + "/pledges/g-lapsing");
  ASSERT_FALSE(ledger.Apply(lapse).refusal.has_value());
  v1::SuspendProjectRequest suspend = ProjectRequest<v1::SuspendProjectRequest>(kProject);
  suspend.mutable_reason()->set_text("a dispute");
  ledger.Must(Org("office"), suspend);
  v1::ResumeProjectRequest resume = ProjectRequest<v1::ResumeProjectRequest>(kProject);
  resume.mutable_reason()->set_text("settled");
  ledger.Must(Org("office"), resume);
  for (int i = 0; i < kPartiesPerProjectMax - 1; ++i) {
    const std::string who(IdOf(Funder(i)));
    for (int ordinal = 1; ordinal <= kTrancheStepsMax; ++ordinal) {
      ledger.Pay(kProject, "r" + std::to_string(i) + "-" + std::to_string(ordinal), who, ordinal, 0);
    }
    ledger.Contribute(kProject, LongId("c-" + std::to_string(i) + "-"), who, gift);
  }
  v1::ReportProgressRequest report;
  report.set_parent(kProjectName);
  report.set_report_id(LongId("pg-"));
  report.mutable_report()->set_report_date("2014-09-10");
  report.mutable_report()->set_reported_quantity_milli(kAmountMinorUnitsMax);
  Attach(v1::PHOTOGRAPH, report.mutable_report()->mutable_evidence());
  ledger.Must(kExecutor, report);
  v1::VerifyProgressRequest verify;
  verify.set_name(kProjectName + "/reports/" + LongId("pg-"));
  verify.set_quantity_milli(kAmountMinorUnitsMax);
  Attach(v1::PHOTOGRAPH, verify.mutable_documents());
  ledger.Must(Org("office"), verify);
  const std::string mirror = LongId("mirror-");
  v1::CreateOrganizationRequest create_mirror;
  create_mirror.set_organization_id(mirror);
  create_mirror.mutable_organization()->set_kind(v1::MIRROR_CLUB);
  create_mirror.mutable_organization()->set_display_name("A mirror club");
  create_mirror.mutable_organization()->set_country_code("MX");
  create_mirror.mutable_organization()->set_parent(kClub);
  ledger.Must(Org("admin"), create_mirror);
  v1::CountersignProgressRequest countersign;
  countersign.set_name(verify.name());
  Attach(v1::PHOTOGRAPH, countersign.mutable_documents());
  ledger.Must(Org(mirror), countersign);
  v1::ObjectToProjectRequest object = ProjectRequest<v1::ObjectToProjectRequest>(kProject);
  object.set_objection_id(LongId("o-"));
  object.set_report(verify.name());
  object.mutable_reason()->set_text("not as agreed");
  ledger.Must(Org(mirror), object);
  v1::WithdrawObjectionRequest withdraw_objection = ProjectRequest<v1::WithdrawObjectionRequest>(kProject);
  withdraw_objection.set_objection_id(object.objection_id());
  withdraw_objection.mutable_reason()->set_text("put right");
  ledger.Must(Org(mirror), withdraw_objection);
  v1::RecordExpenditureRequest spend = ledger.SpendRequest(kProject, LongId("e-"), gift * kPartiesPerProjectMax);
  spend.mutable_expenditure()->clear_evidence();
  Attach(v1::INVOICE, spend.mutable_expenditure()->mutable_evidence());
  ledger.Must(kExecutor, spend);
  v1::RecordContractRequest contract;
  contract.set_parent(kProjectName);
  contract.set_contract_id(LongId("k-"));
  *contract.mutable_contract()->mutable_amount() = Mxn(gift);
  contract.mutable_contract()->set_contract_date("2014-09-10");
  contract.mutable_contract()->set_vendor_name("A builder");
  Attach(v1::OTHER_DOCUMENT, contract.mutable_contract()->mutable_evidence());
  ledger.Must(kExecutor, contract);
  v1::RecordExpenditureRequest advance = ledger.SpendRequest(kProject, LongId("a-"), gift);
  advance.mutable_expenditure()->set_contract(kProjectName + "/contracts/" + LongId("k-"));
  advance.mutable_expenditure()->set_purpose(v1::ADVANCE);
  ledger.Must(kExecutor, advance);
  v1::RecordExpenditureRequest held = ledger.SpendRequest(kProject, LongId("h-"), gift);
  held.mutable_expenditure()->set_contract(kProjectName + "/contracts/" + LongId("k-"));
  held.mutable_expenditure()->set_retained_minor_units(gift);
  held.mutable_expenditure()->set_amortised_minor_units(gift / 2);
  ledger.Must(kExecutor, held);
  v1::RecoverAdvanceRequest recover;
  recover.set_name(kProjectName + "/expenditures/" + LongId("a-"));
  *recover.mutable_amount() = Mxn(ledger.Project(kProject).advance_open_minor_units());
  recover.set_bank_value_date("2014-09-10");
  *recover.mutable_account() = ledger.ReceiveRequest(kProject, "any", 1).account();
  Attach(v1::BANK_RECEIPT, recover.mutable_documents());
  ledger.Must(Org("verifier"), recover);
  v1::ProposeReversalRequest not_back = ledger.ReverseRequest(kProject, "rv-a", "expenditures/" + LongId("a-"));
  not_back.set_recovery_sequence(ledger.journal().back().sequence());
  ledger.Must(Org("verifier"), not_back);
  ledger.Must(Org("office"), ledger.ApproveRequest(kProject, "rv-a"));
  ledger.Must(Org("verifier"), recover);
  v1::ProposeForfeitureRequest forfeit;
  forfeit.set_parent(kProjectName);
  forfeit.set_proposal_id(LongId("f-"));
  forfeit.set_contract(kProjectName + "/contracts/" + LongId("k-"));
  *forfeit.mutable_amount() = Mxn(gift);
  forfeit.set_category(v1::WORKS);
  Attach(v1::PHOTOGRAPH, forfeit.mutable_documents());
  ledger.Must(kExecutor, forfeit);
  ledger.Must(Org("office"), ledger.ApproveRequest(kProject, LongId("f-")));
  ledger.Spend(kProject, "e2", 1'000);
  ledger.Reverse(kProject, "rv-e2", "expenditures/e2");
  // What the club gave is taken back; all the others cover what of it was spent.
  ledger.Reverse(kProject, "rv-c", "contributions/" + LongId("c-club-"));
  ledger.Repay(kProject, LongId("rp-"), club, ledger.Party(kProject, club).receivable_minor_units());
  ledger.Reverse(kProject, "rv-r", "releases/r1-12");
  for (const v1::Project project = ledger.Project(kProject); const v1::Party& party : project.parties()) {
    if (party.receivable_minor_units() == 0) continue;
    ledger.Repay(kProject, "rp-2", std::string(IdOf(party.organization())), party.receivable_minor_units());
  }
  ledger.Reverse(kProject, "rv-rp", "repayments/" + LongId("rp-"));
  ledger.Repay(kProject, "rp-3", club, ledger.Party(kProject, club).receivable_minor_units());
  // What went back is paid anew.
  ledger.Contribute(kProject, "c-again", club, club_due - ledger.Party(kProject, club).verified_minor_units());
  ledger.Pay(kProject, "r-again", std::string(IdOf(Funder(1))), kTrancheStepsMax, 0);
  ledger.Must(Org("verifier"), ledger.InterestRequest(kProject, gift));
  ledger.Must(Org("verifier"), ledger.InterestRequest(kProject, 1, LongId("i-")));
  ledger.Reverse(kProject, "rv-i", "interests/" + LongId("i-"));
  // As many bank lines as one call takes, each with a reference; and money of nobody that goes back.
  v1::StartBankStatementRequest statement;
  statement.set_parent(kProjectName);
  statement.set_statement_id(LongId("s-").substr(0, kStatementIdCharactersMax));
  statement.mutable_statement()->set_first_date("2014-09-01");
  statement.mutable_statement()->set_last_date("2014-09-10");
  statement.mutable_statement()->set_line_count(kBankLinesPerCallMax);
  *statement.mutable_account() = ledger.SignRequest(kProject).account();
  ledger.Must(Org("verifier"), statement);
  v1::AddBankLinesRequest lines;
  lines.set_name(kProjectName + "/statements/" + statement.statement_id());
  lines.set_first_line(1);
  for (int i = 0; i < kBankLinesPerCallMax; ++i) {
    v1::NewBankLine& line = *lines.add_lines();
    line.set_bank_value_date("2014-09-10");
    line.set_minor_units(i % 2 == 0 ? gift : -gift);
    line.mutable_bank_reference()->set_reference("REFERENCE-" + std::to_string(i));
  }
  ledger.Must(Org("verifier"), lines);
  v1::RecordDepositRequest deposit;
  deposit.set_parent(kProjectName);
  deposit.set_deposit_id(LongId("d-"));
  *deposit.mutable_deposit()->mutable_amount() = Mxn(gift);
  deposit.mutable_deposit()->set_bank_value_date("2014-09-10");
  Attach(v1::BANK_RECEIPT, deposit.mutable_deposit()->mutable_evidence());
  *deposit.mutable_account() = ledger.SignRequest(kProject).account();
  deposit.set_bank_line(BankLineName(lines.name(), 1));
  ledger.Must(Org("verifier"), deposit);
  v1::UnmatchBankLineRequest unmatch;
  unmatch.set_name(deposit.bank_line());
  unmatch.mutable_reason()->set_text("a mistake");
  ledger.Must(Org("verifier"), unmatch);
  v1::MatchBankLineRequest match;
  match.set_name(deposit.bank_line());
  match.set_matched_with(kProjectName + "/deposits/" + deposit.deposit_id());
  ledger.Must(Org("verifier"), match);
  ledger.Reverse(kProject, "rv-d", "deposits/" + deposit.deposit_id());
  statement.set_statement_id("s-wrong");
  statement.mutable_statement()->set_first_date("2014-09-11");
  statement.mutable_statement()->set_last_date("2014-09-12");
  ledger.Must(Org("verifier"), statement);
  v1::DiscardBankStatementRequest discard;
  discard.set_name(kProjectName + "/statements/s-wrong");
  discard.mutable_reason()->set_text("the wrong file");
  ledger.Must(Org("verifier"), discard);
  ledger.Must(Org("verifier"), unmatch);
  v1::WithdrawBankStatementRequest withdraw_statement;
  withdraw_statement.set_name(lines.name());
  withdraw_statement.mutable_reason()->set_text("the bank corrected it");
  ledger.Must(Org("verifier"), withdraw_statement);
  // A tranche before the last came back; the completed project would send it no more.
  ledger.Reverse(kProject, "rv-11", "releases/r2-11");
  TestLedger returning = ledger;
  ledger.Complete(kProject);
  v1::ProposeWaiverRequest waive;
  waive.set_parent(kProjectName);
  waive.set_proposal_id(LongId("pr-waive-"));
  waive.set_tranche(TrancheName(kProjectName, Funder(2), kTrancheStepsMax - 1));
  waive.add_waivers(v1::Tranche::LAST_TRANCHES_ONLY);
  waive.mutable_reason()->set_text("the bank sent it back");
  Attach(v1::BANK_RECEIPT, waive.mutable_documents());
  ledger.Must(Funder(2), waive);
  ledger.Must(Org("office"), ledger.ApproveRequest(kProject, LongId("pr-waive-")));
  ledger.Pay(kProject, "r2-11-again", std::string(IdOf(Funder(2))), kTrancheStepsMax - 1, 0);
  ledger.Refund(kProject);
  ledger.Reverse(kProject, "rv-rf", "refunds/rf-" + funder);
  ledger.Must(Org("verifier"), ledger.RefundRequest(kProject, "rf-again", funder));
  Reallocate(ledger);
  TestLedger cancelling = ledger;
  returning.SetTime(1'420'459'200'000'000);  // Noon of the 5th of January 2015.
  returning.Must(Org("verifier"), returning.InterestRequest(kProject, gift, "i-year"));
  v1::ProposeYearEndReturnRequest back;
  back.set_parent(kProjectName);
  back.set_proposal_id(LongId("y-"));
  back.set_party(Funder(kPartiesPerProjectMax - 2));
  back.set_fiscal_year(2014);
  returning.Must(Org("office"), back);
  returning.Must(Funder(0), returning.ApproveRequest(kProject, LongId("y-")));
  Collect(returning, seen, largest);
  ledger.HandOver(kProject);
  ledger.Must(Org("office"), ProjectRequest<v1::SettleProjectRequest>(kProject));
  ledger.Must(Org("office"), ProjectRequest<v1::CloseProjectRequest>(kProject));
  Collect(ledger, seen, largest);
  cancelling.Cancel(kProject);
  Collect(cancelling, seen, largest);
  std::printf("the largest entry has %zu of %zu bytes\n", largest, kEntryBytesMax);

  // Every kind of event about a project, but for the refusal and the rejection, which hold a name and a commitment; and none of a programme
  // or its pools.
  const std::set<v1::Entry::EventCase> elsewhere = {v1::Entry::kRefused,          v1::Entry::kTextsErased, v1::Entry::kProjectRejected, v1::Entry::kAgreementLapsed,
                                                    v1::Entry::kPoolBudgetReduced, v1::Entry::kFiscalYearClosed,
                                                    v1::Entry::kReopeningProposed, v1::Entry::kFiscalYearReopened,
                                                    v1::Entry::kReopeningWithdrawn, v1::Entry::kReopeningExpired,
                                                    v1::Entry::kFederationProposed};
  const auto* event = v1::Entry::descriptor()->FindOneofByName("event");
  for (int i = 0; i < event->field_count(); ++i) {
    const auto kind = static_cast<v1::Entry::EventCase>(event->field(i)->number());
    // Those of the directory are about no project.
    if (kind >= v1::Entry::kRegistrationSubmitted && kind <= v1::Entry::kFeedAcknowledged) continue;
    if (kind < v1::Entry::kProjectCreated || elsewhere.contains(kind)) continue;
    EXPECT_TRUE(seen.contains(kind)) << event->field(i)->name();
  }
}

// Each funder promises its part out of as many pools as may pay it.
TEST(LargestProject, FitsWhereEachPartyIsPaidByAsManyPoolsAsMayBe) {
  TestLedger ledger = Agreed();
  for (int i = 0; i < kPartiesPerProjectMax - 1; ++i) {
    const int64_t part = ledger.Party(kProject, IdOf(Funder(i))).due_minor_units() / kPoolPartsMax;
    for (int pools = 1; pools < kPoolPartsMax; ++pools) {
      const int year = 2014 + pools;
      ledger.MakePool(std::string(IdOf(Funder(i))), kAmountMinorUnitsMax, year);
      Move(ledger, i, year - 1, year, part * (kPoolPartsMax - pools));
    }
    ASSERT_EQ(ledger.Party(kProject, IdOf(Funder(i))).pool_parts_size(), kPoolPartsMax);
  }
  TestLedger cancelled = ledger;
  cancelled.Cancel(kProject);
  EXPECT_EQ(cancelled.journal().back().pool_changes_size(), (kPartiesPerProjectMax - 1) * kPoolPartsMax);
  std::set<v1::Entry::EventCase> seen;
  std::size_t largest = 0;
  Collect(cancelled, seen, largest);
  // Less is owed by all, which frees something of every pool.
  Amend(ledger, /*role_due=*/1'000, /*joint_due=*/10);
  Collect(ledger, seen, largest);
  std::printf("the largest entry has %zu of %zu bytes\n", largest, kEntryBytesMax);
}

}  // namespace
}  // namespace oriundo
