// Every reason for which a write can be refused, reached through Apply; and the rules about who acts.
#include <limits>
#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/ledger/money_limits.h"
#include "server/ledger/test_ledger.h"

namespace oriundo {
namespace {

// The reasons that the ledger itself never gives to a command, and who gives them.
const std::map<v1::ErrorReason, std::string> kNotOfTheLedger = {
    {v1::ENTRY_NOT_FOUND, "only reads name entries"},
    {v1::TALLY_NOT_FOUND, "only reads name tallies"},
    {v1::REQUEST_ID_REUSED, "the writer looks request ids up before it asks the ledger"},
};

// A ledger that takes note of every reason it gave.
class Refusals {
 public:
  TestLedger ledger;

  // The next call must be refused with `reason`.
  void Expect(v1::ErrorReason reason, const std::string& organization, Request request, const std::string& principal = {}) {
    const v1::ErrorReason given = ledger.Try(organization, std::move(request), principal);
    EXPECT_EQ(v1::ErrorReason_Name(given), v1::ErrorReason_Name(reason));
    for (const Violation& violation : ledger.violations()) {
      reached_.insert(violation.reason);
      EXPECT_FALSE(violation.subject.empty()) << violation.description;
      EXPECT_FALSE(violation.description.empty()) << violation.subject;
    }
  }

  const std::set<v1::ErrorReason>& reached() const { return reached_; }

 private:
  std::set<v1::ErrorReason> reached_;
};

template <typename T>
T Parented(const std::string& parent) {
  T request;
  request.set_parent(parent);
  return request;
}

template <typename T>
T Named(const std::string& name) {
  T request;
  request.set_name(name);
  return request;
}

// What the bank says, in a project of its own.
void ReachBank(Refusals& refusals) {
  TestLedger& ledger = refusals.ledger;
  auto expect = [&](v1::ErrorReason reason, Request request) { refusals.Expect(reason, Org("verifier"), std::move(request)); };
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_bank_reference_required(true);
  ledger.Publish("banked", rule);
  ledger.Agree("bank", ledger.MakeDraft("banked", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Agree("beside", ledger.MakeDraft("banked", 2'000, {{"state", "state"}, {"club", "club"}}));
  auto shared = Parented<v1::ProposeAmendmentRequest>("projects/bank");
  shared.set_amendment_id("shared");
  shared.mutable_reason()->set_text("one account for both");
  *shared.mutable_terms()->mutable_account() = ledger.SignRequest("beside").account();
  refusals.Expect(v1::ACCOUNT_IN_USE, Org("club"), shared);
  rule.set_account_form(v1::CLABE);
  ledger.Publish("clabe", rule);
  ledger.Approve("local", ledger.MakeDraft("clabe", 2'000, {{"state", "state"}, {"club", "club"}}));
  refusals.Expect(v1::ACCOUNT_FORM_MISMATCH, Org("club"), ledger.SignRequest("local"));
  v1::StartBankStatementRequest start = Parented<v1::StartBankStatementRequest>("projects/bank");
  start.set_statement_id("s1");
  const std::string day = ledger.VerifyRequest("bank", "c1", 1).bank_value_date();
  start.mutable_statement()->set_first_date(day);
  start.mutable_statement()->set_last_date(day);
  start.mutable_statement()->set_closing_balance_minor_units(300);
  *start.mutable_account() = ledger.SignRequest("bank").account();
  expect(v1::BANK_STATEMENT_DIFFERENCE, start);
  start.mutable_statement()->set_line_count(1);
  ledger.Must(Org("verifier"), start);
  v1::AddBankLinesRequest add = Named<v1::AddBankLinesRequest>("projects/bank/statements/none");
  expect(v1::BANK_STATEMENT_NOT_FOUND, add);
  add.set_name("projects/bank/statements/s1");
  add.set_first_line(2);
  v1::NewBankLine& line = *add.add_lines();
  line.set_bank_value_date(day);
  line.set_minor_units(300);
  line.mutable_bank_reference()->set_reference("R1");
  expect(v1::BANK_STATEMENT_OUT_OF_ORDER, add);
  add.set_first_line(1);
  ledger.Must(Org("verifier"), add);
  ledger.Declare("bank", "c1", "club", 300);
  ledger.Declare("bank", "c2", "club", 300);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("bank", "c1", 300);
  expect(v1::BANK_REFERENCE_MISSING, verify);
  verify.set_bank_line("projects/bank/lines/s1-000002");
  expect(v1::BANK_LINE_NOT_FOUND, verify);
  verify.set_bank_line("projects/bank/lines/s1-000001");
  *verify.mutable_credited() = Mxn(299);
  expect(v1::BANK_LINE_MISMATCH, verify);
  *verify.mutable_credited() = Mxn(300);
  ledger.Must(Org("verifier"), verify);
  verify.set_name("projects/bank/contributions/c2");
  expect(v1::BANK_LINE_MATCHED, verify);
  verify.clear_bank_line();
  verify.mutable_bank_reference()->set_reference("R1");
  expect(v1::BANK_REFERENCE_USED, verify);
  verify.clear_bank_reference();
  verify.set_deposit("projects/bank/deposits/none");
  expect(v1::DEPOSIT_NOT_FOUND, verify);
}

// What an agreement's amendments, waivers and reallocations are refused for.
void ReachAmendments(Refusals& refusals) {
  TestLedger& ledger = refusals.ledger;
  auto expect = [&](v1::ErrorReason reason, const std::string& organization_id, Request request) {
    refusals.Expect(reason, Org(organization_id), std::move(request));
  };
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, false, {5000, 10000}), ClubShare(1)}));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  auto propose = Parented<v1::ProposeAmendmentRequest>("projects/p");
  propose.set_amendment_id("a1");
  propose.mutable_reason()->set_text("prices rose");
  expect(v1::AMENDMENT_CHANGES_NOTHING, "office", propose);
  ledger.Contribute("p", "c1", "club", 800);
  propose.mutable_terms()->set_total_minor_units(1'000);
  expect(v1::AMENDMENT_BELOW_GIVEN, "office", propose);
  propose.mutable_terms()->set_total_minor_units(2'400);
  ledger.Must(Org("office"), propose);
  auto sign = Named<v1::SignAmendmentRequest>("projects/p/amendments/none");
  expect(v1::AMENDMENT_NOT_FOUND, "club", sign);
  auto account = propose;
  account.set_amendment_id("a2");
  account.mutable_terms()->Clear();
  account.mutable_terms()->mutable_account()->set_number("999999999999999999");
  ledger.Must(Org("office"), account);
  sign.set_name("projects/p/amendments/a2");
  sign.mutable_account()->set_number("999999999999999999");
  for (const char* who : {"federal", "club", "contractor"}) ledger.Must(Org(who), sign);
  sign.set_name("projects/p/amendments/a1");
  sign.clear_account();
  expect(v1::AGREEMENT_CHANGED, "club", sign);
  // The box is on its way to the new account.
  ledger.Authorize("p");
  v1::ProposeWaiverRequest waive = Parented<v1::ProposeWaiverRequest>("projects/p");
  waive.set_proposal_id("w1");
  waive.set_tranche("projects/p/tranches/federal-1");
  waive.add_waivers(v1::Tranche::LAST_TRANCHES_ONLY);
  waive.mutable_reason()->set_text("because");
  expect(v1::CONDITION_NOT_WAIVABLE, "office", waive);
  ledger.Cancel("p");
  expect(v1::BALANCE_NOT_CARRIED, "office", Parented<v1::ApportionRefundsRequest>("projects/p"));
  auto carry = ProjectRequest<v1::CarryBalanceRequest>("p");
  *carry.mutable_credited() = Mxn(800);
  carry.set_bank_value_date("2014-09-10");
  carry.mutable_account()->set_number("999999999999999999");
  *carry.add_documents() = Document(v1::BANK_RECEIPT);
  ledger.Must(Org("verifier"), carry);
  ledger.Must(Org("office"), Parented<v1::ApportionRefundsRequest>("projects/p"));
  v1::PayRefundRequest send = ledger.RefundRequest("p", "rf1", "club");
  send.mutable_refund()->set_reallocation("projects/p/reallocations/none");
  expect(v1::REALLOCATION_NOT_FOUND, "verifier", send);
  // Who has left pledges nothing.
  ledger.Agree("q", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  auto replace = Parented<v1::ProposeAmendmentRequest>("projects/q");
  replace.set_amendment_id("a1");
  replace.mutable_reason()->set_text("the club dissolved");
  replace.mutable_terms()->add_replacements()->set_organization(Org("club"));
  replace.mutable_terms()->mutable_replacements(0)->set_successor(Org("club2"));
  ledger.Must(Org("office"), replace);
  sign.set_name("projects/q/amendments/a1");
  for (const char* who : {"federal", "club", "club2"}) ledger.Must(Org(who), sign);
  expect(v1::PARTY_REPLACED, "club", ledger.DeclareRequest("q", "c1", "club", 1));
}

// Where a rule asks for the community's signature.
void ReachHandover(Refusals& refusals) {
  TestLedger& ledger = refusals.ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)});
  rule.set_community_signature_required(true);
  ledger.Publish("asked", rule);
  ledger.Agree("h", ledger.MakeDraft("asked", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("h", "c1", "club", 1'000);
  ledger.Authorize("h");
  ledger.Pay("h", "s1", "state", 1, 0);
  ledger.Complete("h");
  refusals.Expect(v1::COMMITTEE_MISSING, Org("club"), ProjectRequest<v1::SignHandoverRequest>("h"));
}

// What rules say beyond shares, and what happens between agreement and end.
void ReachConditions(Refusals& refusals) {
  TestLedger& ledger = refusals.ledger;
  auto expect = [&](v1::ErrorReason reason, const std::string& organization_id, Request request) {
    refusals.Expect(reason, Org(organization_id), std::move(request));
  };
  auto close_year = Named<v1::CloseFiscalYearRequest>("programs/mx");
  close_year.set_fiscal_year(2014);
  expect(v1::FISCAL_YEAR_STATE, "office", close_year);
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true, {5000, 10000});
  federal.add_tranche_conditions();
  v1::TrancheCondition& second = *federal.add_tranche_conditions();
  second.set_verified_bps_min(5'000);
  second.set_closes_month_day("09-30");
  v1::RuleVersion rule = MakeRule({federal, ClubShare(1)});
  v1::CumulativeCap& cap = *rule.add_cumulative_caps();
  cap.set_scope(v1::CumulativeCap::CLUB_YEAR);
  cap.set_projects_max(1);
  ledger.Publish("r1", rule);
  ledger.MakePool("federal", 5'000);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  create.mutable_project()->add_absent_roles("federal");
  ledger.Must(Org("club"), create);
  auto submit = Named<v1::SubmitProjectRequest>("projects/p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  expect(v1::ABSENCE_NOT_ALLOWED, "club", submit);
  create.mutable_project()->clear_absent_roles();
  auto update = Named<v1::UpdateProjectRequest>("projects/p");
  update.set_etag(ledger.Project("p").etag());
  *update.mutable_project() = create.project();
  ledger.Must(Org("club"), update);
  expect(v1::MILESTONE_NOT_REACHED, "club", submit);
  v1::Project draft = create.project();
  draft.set_planned_quantity_milli(1'000);
  ledger.Agree("q", draft);
  v1::RuleVersion by_federation = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)});
  v1::CumulativeCap& federations = *by_federation.add_cumulative_caps();
  federations.set_scope(v1::CumulativeCap::FEDERATION_YEAR);
  federations.set_projects_max(9);
  ledger.Publish("by-federation", by_federation);
  create.set_project_id("s");
  *create.mutable_project() = ledger.MakeDraft("by-federation", 2'000, {{"state", "state"}, {"club", "club2"}});
  create.mutable_project()->set_club(Org("club2"));
  ledger.Must(Org("club2"), create);
  ledger.Must(Org("club2"), Named<v1::ChangeFederationRequest>(Org("club2")));
  submit.set_name("projects/s");
  expect(v1::FEDERATION_MISSING, "club2", submit);
  create.set_project_id("r");
  *create.mutable_project() = draft;
  ledger.Must(Org("club"), create);
  submit.set_name("projects/r");
  ledger.Must(Org("club"), submit);
  ledger.Must(Org("office"), Named<v1::PrevalidateProjectRequest>("projects/r"));
  expect(v1::CUMULATIVE_CAP_EXCEEDED, "office", Named<v1::ApproveProjectRequest>("projects/r"));

  ledger.Contribute("q", "c1", "club", 1'000);
  ledger.Authorize("q");
  ledger.Pay("q", "f1", "federal", 1, 0);
  const v1::ProposeReleaseRequest propose = ledger.ProposeRequest("q", "f2", "federal", 2, 1);
  expect(v1::MILESTONE_NOT_REACHED, "federal", propose);
  auto verify = Named<v1::VerifyProgressRequest>("projects/q/reports/a");
  verify.set_quantity_milli(501);
  expect(v1::PROGRESS_REPORT_NOT_FOUND, "office", verify);
  auto report = Parented<v1::ReportProgressRequest>("projects/q");
  report.set_report_id("a");
  report.mutable_report()->set_report_date("2014-09-10");
  report.mutable_report()->set_reported_quantity_milli(500);
  ledger.Must(Org("contractor"), report);
  expect(v1::QUANTITY_OUT_OF_ORDER, "office", verify);
  verify.set_quantity_milli(500);
  ledger.Must(Org("office"), verify);
  auto objection = Named<v1::WithdrawObjectionRequest>("projects/q");
  objection.set_objection_id("o1");
  expect(v1::OBJECTION_NOT_OPEN, "club", objection);
  auto cut = Named<v1::ReducePoolBudgetRequest>("programs/mx/pools/federal-2014");
  *cut.mutable_reduction() = Mxn(4'501);
  expect(v1::BUDGET_BELOW_RELEASED, "office", cut);
  *cut.mutable_reduction() = Mxn(4'500);
  ledger.Must(Org("office"), cut);
  expect(v1::POOL_UNDERFUNDED, "federal", propose);
  auto raise = Named<v1::IncreasePoolBudgetRequest>(cut.name());
  *raise.mutable_increase() = Mxn(4'500);
  ledger.Must(Org("office"), raise);
  auto move = Named<v1::MoveCommitmentRequest>("projects/q");
  move.set_party(Org("federal"));
  move.set_from_fiscal_year(2013);
  move.set_to_fiscal_year(2015);
  expect(v1::MOVE_ABOVE_COMMITTED, "federal", move);
  for (int i = 0; i < kOpenProposalsMax; ++i) ledger.Propose("q", "g" + std::to_string(i), "federal", 2, 1);
  expect(v1::TOO_MANY_PROPOSALS, "federal", propose);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name("projects/q/proposals/pr-g0");
  ledger.Must(Org("federal"), withdraw);
  ledger.PassDays(25);
  expect(v1::OUTSIDE_DATE_WINDOW, "federal", propose);
}

// Goods, vendors, pledges that lapse, and the end of a year.
void ReachGoodsAndVendors(Refusals& refusals) {
  TestLedger& ledger = refusals.ledger;
  auto expect = [&](v1::ErrorReason reason, const std::string& organization_id, Request request) {
    refusals.Expect(reason, Org(organization_id), std::move(request));
  };
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)});
  rule.set_advance_bps_max(5'000);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  auto goods = Parented<v1::DeclareInKindRequest>("projects/p");
  goods.set_in_kind_id("g");
  goods.mutable_in_kind()->set_party(Org("club"));
  expect(v1::IN_KIND_NOT_ALLOWED, "club", goods);
  expect(v1::IN_KIND_NOT_FOUND, "verifier", Named<v1::RejectInKindRequest>("projects/p/in-kinds/g"));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 0);
  auto contract = Parented<v1::RecordContractRequest>("projects/p");
  *contract.mutable_contract()->mutable_amount() = Mxn(100);
  contract.mutable_contract()->set_contract_date("2014-09-10");
  *contract.mutable_contract()->add_evidence() = Document(v1::OTHER_DOCUMENT);
  v1::RecordExpenditureRequest pay = ledger.SpendRequest("p", "e1", 51);
  pay.mutable_expenditure()->set_contract("projects/p/contracts/k0");
  expect(v1::CONTRACT_NOT_FOUND, "contractor", pay);
  for (int i = 0; i < kContractsPerProjectMax; ++i) {
    contract.set_contract_id("k" + std::to_string(i));
    ledger.Must(Org("contractor"), contract);
  }
  contract.set_contract_id("one-more");
  expect(v1::PROJECT_FULL, "contractor", contract);
  pay.mutable_expenditure()->set_purpose(v1::ADVANCE);
  expect(v1::ADVANCE_ABOVE_MAXIMUM, "contractor", pay);
  pay.mutable_expenditure()->set_purpose(v1::INVOICE_PAYMENT);
  pay.mutable_expenditure()->set_amortised_minor_units(1);
  expect(v1::ADVANCE_TOO_SMALL, "contractor", pay);
  auto forfeit = Parented<v1::ProposeForfeitureRequest>("projects/p");
  forfeit.set_proposal_id("f");
  forfeit.set_contract("projects/p/contracts/k0");
  *forfeit.mutable_amount() = Mxn(1);
  expect(v1::RETENTION_TOO_SMALL, "office", forfeit);
  auto back = Parented<v1::ProposeYearEndReturnRequest>("projects/p");
  back.set_proposal_id("y");
  back.set_party(Org("state"));
  back.set_fiscal_year(2013);
  expect(v1::YEAR_END_RETURN_NOT_DUE, "office", back);
}

// Each step clears the fault that the one before ran into.
TEST(Refusal, ReachesEveryReasonThatAWriteCanGive) {
  Refusals refusals;
  TestLedger& ledger = refusals.ledger;
  auto expect = [&](v1::ErrorReason reason, const std::string& organization_id, Request request,
                    const std::string& principal = {}) {
    refusals.Expect(reason, Org(organization_id), std::move(request), principal);
  };

  // The directory.
  v1::CreateOrganizationRequest organization;
  organization.set_organization_id("interest");
  organization.mutable_organization()->set_kind(v1::CLUB);
  organization.mutable_organization()->set_display_name("A club");
  organization.mutable_organization()->set_country_code("US");
  organization.mutable_organization()->set_parent(Org("nobody"));
  expect(v1::ACTOR_NOT_ALLOWED, "nobody", organization);
  expect(v1::ACTOR_NOT_ALLOWED, "auditor", organization);
  expect(v1::NAME_TAKEN, "admin", organization);
  organization.set_organization_id("club");
  expect(v1::NAME_TAKEN, "admin", organization);
  organization.set_organization_id("club3");
  expect(v1::ORGANIZATION_NOT_FOUND, "admin", organization);
  organization.mutable_organization()->set_parent(Org("office"));
  expect(v1::ROLE_MISMATCH, "admin", organization);
  organization.mutable_organization()->set_parent(Org("federation"));
  ledger.Must(Org("federation"), organization);
  auto registration = Named<v1::RegisterOrganizationRequest>(Org("club4"));
  registration.mutable_registration()->set_folio("X1");
  registration.mutable_registration()->set_valid_from("2014-06-01");
  registration.mutable_registration()->set_valid_to("2014-05-01");
  expect(v1::ORGANIZATION_NOT_FOUND, "consulate", registration);
  registration.set_name(Org("club3"));
  expect(v1::ACTOR_NOT_ALLOWED, "club", registration);
  expect(v1::INVALID_FIELD, "consulate", registration);
  organization.set_organization_id("club5");
  ledger.Must(Org("federation"), organization);
  registration.set_name(Org("club5"));
  registration.mutable_registration()->set_valid_to("2014-12-31");
  registration.mutable_registration()->set_folio("TN-2014-2");
  expect(v1::FOLIO_TAKEN, "consulate", registration);
  auto suspend = Named<v1::SuspendRegistrationRequest>(Org("club5"));
  expect(v1::WRONG_REGISTRATION_STATE, "consulate", suspend);
  expect(v1::NOT_ENDORSED, "federation", Named<v1::RevokeEndorsementRequest>(Org("club5")));
  auto merge = Named<v1::ProposeMergeRequest>(Org("club5"));
  merge.set_successor(Org("federation"));
  expect(v1::MERGE_MISMATCH, "club5", merge);
  auto accept = Named<v1::AcceptMergeRequest>(Org("club5"));
  expect(v1::MERGE_NOT_PROPOSED, "club3", accept);
  auto change = Named<v1::ChangeFederationRequest>(Org("club5"));
  change.set_federation(Org("federation"));
  expect(v1::FEDERATION_CHANGE_NOT_PROPOSED, "club5", change);
  expect(v1::FEDERATION_CHANGE_NOT_PROPOSED, "federation", Named<v1::AcceptClubRequest>(Org("club5")));
  merge.set_successor(Org("club3"));
  ledger.Must(Org("club5"), merge);
  ledger.Must(Org("club3"), accept);
  expect(v1::ORGANIZATION_MERGED, "club5", merge);

  // A programme, its rule and its pools.
  v1::CreateProgramRequest program;
  program.set_program_id("mx");
  program.mutable_program()->set_office(Org("nobody"));
  program.mutable_program()->set_currency_code("MXN");
  expect(v1::ORGANIZATION_NOT_FOUND, "state", program);
  program.mutable_program()->set_office(Org("state"));
  expect(v1::ROLE_MISMATCH, "state", program);
  program.mutable_program()->set_office(Org("office"));
  expect(v1::ACTOR_NOT_ALLOWED, "state", program);
  expect(v1::NAME_TAKEN, "office", program);
  auto publish = Parented<v1::PublishRuleVersionRequest>("programs/no");
  publish.set_rule_version_id("r1");
  expect(v1::PROGRAM_NOT_FOUND, "office", publish);
  publish.set_parent("programs/mx");
  expect(v1::ACTOR_NOT_ALLOWED, "state", publish);
  expect(v1::INVALID_FIELD, "office", publish);
  v1::FunderRole federal = FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1, true, {5000, 10000});
  federal.set_cap_minor_units(20'000);
  v1::FunderRole state = FunderShare("state", v1::STATE_GOVERNMENT, 1);
  state.set_floor_bps(3'000);
  v1::RuleVersion rule = MakeRule({federal, state, ClubShare(2)}, 0);
  rule.set_total_minimum_minor_units(1'000);
  rule.set_total_maximum_minor_units(100'000);
  *publish.mutable_rule_version() = rule;
  ledger.Must(Org("office"), publish);
  expect(v1::NAME_TAKEN, "office", publish);
  auto pool = Parented<v1::CreatePoolRequest>("programs/mx");
  pool.mutable_pool()->set_funder(Org("nobody"));
  pool.mutable_pool()->set_fiscal_year(2014);
  pool.mutable_pool()->set_budget_minor_units(9'999);
  expect(v1::ORGANIZATION_NOT_FOUND, "office", pool);
  pool.mutable_pool()->set_funder(Org("club"));
  expect(v1::ROLE_MISMATCH, "office", pool);
  pool.mutable_pool()->set_funder(Org("federal"));
  expect(v1::ACTOR_NOT_ALLOWED, "state", pool);
  auto increase = Named<v1::IncreasePoolBudgetRequest>("programs/mx/pools/federal-2014");
  *increase.mutable_increase() = Mxn(1);
  increase.mutable_increase()->set_currency_code("USD");
  expect(v1::POOL_NOT_FOUND, "federal", increase);
  ledger.Must(Org("federal"), pool);
  expect(v1::NAME_TAKEN, "federal", pool);
  expect(v1::WRONG_CURRENCY, "federal", increase);
  *increase.mutable_increase() = Mxn(kAmountMinorUnitsMax);
  expect(v1::AMOUNT_OUT_OF_RANGE, "federal", increase);

  // Where a programme pays, and for whom.
  v1::RuleVersion choosy = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  choosy.set_endorsement_required(true);
  choosy.add_eligible_bands(v1::MARGINALISATION_HIGH);
  ledger.Publish("choosy", choosy);
  v1::CreateProjectRequest placed;
  placed.set_project_id("placed");
  *placed.mutable_project() = ledger.MakeDraft("choosy", 2'000, {{"state", "state"}, {"club", "club"}});
  expect(v1::COMMUNITY_NOT_FOUND, "club", placed);
  auto place = Named<v1::SaveCommunityRequest>("communities/310790001");
  place.mutable_community()->set_country_code("MX");
  place.mutable_community()->set_marginalisation_band(v1::MARGINALISATION_LOW);
  ledger.Must(Org("office"), place);
  expect(v1::COMMUNITY_NOT_ELIGIBLE, "club", placed);
  place.mutable_community()->set_marginalisation_band(v1::MARGINALISATION_HIGH);
  expect(v1::ETAG_MISMATCH, "admin", place);
  place.set_etag(ledger.Get<v1::Community>(place.name()).etag());
  ledger.Must(Org("admin"), place);
  ledger.Must(Org("club"), placed);
  expect(v1::ENDORSEMENT_MISSING, "club", Named<v1::SubmitProjectRequest>("projects/placed"));
  suspend.set_name(Org("club"));
  ledger.Must(Org("consulate"), suspend);
  placed.set_project_id("placed2");
  expect(v1::REGISTRATION_FROZEN, "club", placed);
  ledger.Must(Org("consulate"), Named<v1::ReinstateRegistrationRequest>(Org("club")));

  // A draft.
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() =
      ledger.MakeDraft("none", 100'001, {{"federal", "federal"}, {"state", "municipality"}, {"club", "club"}, {"club", "club2"}});
  create.mutable_project()->set_program("programs/no");
  create.mutable_project()->set_executor(Org("nobody"));
  create.mutable_project()->set_category(v1::PRODUCTIVE);
  create.mutable_project()->set_fiscal_year(2016);
  expect(v1::NOT_OWN_CLUB, "municipality", create);
  v1::CreateProjectRequest clubless = create;
  clubless.mutable_project()->set_club(Org("nobody"));
  expect(v1::ORGANIZATION_NOT_FOUND, "club", clubless);
  expect(v1::PROGRAM_NOT_FOUND, "club", create);
  create.mutable_project()->set_program("programs/mx");
  expect(v1::ORGANIZATION_NOT_FOUND, "club", create);
  create.mutable_project()->set_executor(Org("verifier"));
  expect(v1::ROLE_MISMATCH, "club", create);
  create.mutable_project()->set_executor(Org("contractor"));
  expect(v1::RULE_VERSION_NOT_FOUND, "club", create);
  create.mutable_project()->set_rule_version("programs/mx/versions/r1");
  expect(v1::ROLE_MISMATCH, "club", create);  // A municipality does not fill the state's role.
  create.mutable_project()->mutable_parties(1)->set_organization(Org("state"));
  v1::CreateProjectRequest unregistered = create;
  unregistered.mutable_project()->set_club(Org("club3"));
  expect(v1::REGISTRATION_INVALID, "club3", unregistered);
  ledger.Must(Org("federation"), create);
  expect(v1::NAME_TAKEN, "club", create);
  auto submit = Named<v1::SubmitProjectRequest>("projects/q");
  expect(v1::PROJECT_NOT_FOUND, "club", submit);
  submit.set_name("projects/p");
  expect(v1::RULE_NOT_IN_FORCE, "club", submit);
  auto update = Named<v1::UpdateProjectRequest>("projects/p");
  *update.mutable_project() = create.project();
  auto redraft = [&](auto change) {
    change(*update.mutable_project());
    update.set_etag(ledger.Project("p").etag());
    ledger.Must(Org("club"), update);
  };
  update.set_etag("\"1\"");
  expect(v1::ETAG_MISMATCH, "club", update);
  redraft([](v1::Project& project) { project.set_fiscal_year(2014); });
  expect(v1::CATEGORY_NOT_ALLOWED, "club", submit);
  redraft([](v1::Project& project) { project.set_category(v1::INFRASTRUCTURE); });
  expect(v1::OVER_CAP, "club", submit);
  redraft([](v1::Project& project) { project.set_total_minor_units(999); });
  expect(v1::BELOW_FLOOR, "club", submit);
  rule.mutable_roles(1)->clear_floor_bps();
  ledger.Publish("r2", rule);
  redraft([](v1::Project& project) { project.set_rule_version("programs/mx/versions/r2"); });
  expect(v1::SHARES_DO_NOT_ADD_UP, "club", submit);
  redraft([](v1::Project& project) {
    project.set_total_minor_units(100'001);
    project.mutable_parties(2)->set_due_minor_units(50'000);
    project.mutable_parties(3)->set_due_minor_units(1);
  });
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::OVER_CAP);
  EXPECT_EQ(ledger.violations()[1].reason, v1::TOTAL_ABOVE_MAXIMUM);
  rule.mutable_roles(0)->clear_cap_minor_units();
  ledger.Publish("r3", rule);
  redraft([](v1::Project& project) { project.set_rule_version("programs/mx/versions/r3"); });
  expect(v1::TOTAL_ABOVE_MAXIMUM, "club", submit);
  redraft([](v1::Project& project) {
    project.set_total_minor_units(996);
    project.mutable_parties(2)->set_due_minor_units(400);
    project.mutable_parties(3)->set_due_minor_units(98);
  });
  expect(v1::TOTAL_BELOW_MINIMUM, "club", submit);
  redraft([](v1::Project& project) {
    project.set_total_minor_units(40'000);
    project.mutable_parties(2)->set_due_minor_units(15'000);
    project.mutable_parties(3)->set_due_minor_units(5'000);
  });
  expect(v1::DOCUMENT_MISSING, "club", submit);
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  ledger.PassDays(200);
  expect(v1::REGISTRATION_INVALID, "club", submit);
  ledger.PassDays(-200);

  // Decision and agreement.
  expect(v1::WRONG_PROJECT_STATE, "office", ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  ledger.Must(Org("club"), submit);
  ledger.Must(Org("office"), ProjectRequest<v1::PrevalidateProjectRequest>("p"));
  expect(v1::POOL_EXCEEDED, "office", ProjectRequest<v1::ApproveProjectRequest>("p"));
  EXPECT_EQ(ledger.Figure("missing_minor_units"), "1");
  *increase.mutable_increase() = Mxn(1);
  ledger.Must(Org("office"), increase);
  ledger.Must(Org("office"), ProjectRequest<v1::ApproveProjectRequest>("p"));
  ledger.Must(Org("club"), ledger.SignRequest("p"));
  expect(v1::ALREADY_SIGNED, "club", ledger.SignRequest("p"));
  v1::SignAgreementRequest elsewhere = ledger.SignRequest("p");
  elsewhere.mutable_account()->set_number("999999999999999999");
  expect(v1::ACCOUNT_MISMATCH, "club2", elsewhere);
  expect(v1::SIGNER_NOT_INDEPENDENT, "club2", ledger.SignRequest("p"), FakePrincipal(Org("club")));
  ledger.SignAll("p");

  // The club's money.
  auto pledge = Parented<v1::CreatePledgeRequest>("projects/p");
  pledge.set_pledge_id("pl");
  pledge.mutable_pledge()->set_party(Org("club3"));
  *pledge.mutable_pledge()->mutable_amount() = Mxn(100);
  pledge.mutable_pledge()->mutable_amount()->set_currency_code("USD");
  expect(v1::PARTY_NOT_FOUND, "club3", pledge);
  pledge.mutable_pledge()->set_party(Org("club"));
  expect(v1::INVALID_FIELD, "club", pledge);
  pledge.mutable_pledge()->mutable_reference_rate()->set_units(130'000);
  pledge.mutable_pledge()->mutable_reference_rate()->set_scale(4);
  pledge.mutable_pledge()->set_reference_date("2014-09-11");
  expect(v1::DATE_IN_FUTURE, "club", pledge);
  pledge.mutable_pledge()->set_reference_date("2014-09-10");
  pledge.mutable_pledge()->mutable_amount()->set_minor_units(kAmountMinorUnitsMax);
  expect(v1::AMOUNT_OUT_OF_RANGE, "club", pledge);
  v1::DeclareContributionRequest declare = ledger.DeclareRequest("p", "c1", "club", 15'000);
  declare.mutable_contribution()->set_pledge("projects/p/pledges/none");
  declare.mutable_contribution()->mutable_declared()->set_currency_code("USD");
  expect(v1::NOT_OWN_CLUB, "municipality", declare);
  expect(v1::WRONG_CURRENCY, "club", declare);
  *declare.mutable_contribution()->mutable_declared() = Mxn(15'000);
  expect(v1::PLEDGE_NOT_FOUND, "club", declare);
  declare.mutable_contribution()->clear_pledge();
  ledger.Must(Org("club"), declare);
  auto evidence = Named<v1::EvidenceContributionRequest>("projects/p/contributions/c1");
  *evidence.mutable_evidence() = Document(v1::BANK_RECEIPT);
  for (int i = 0; i < kEntriesPerChildMax - 4; ++i) ledger.Must(Org("club"), evidence);
  expect(v1::TOO_MANY_CHANGES, "club", evidence);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c0", 15'000);
  expect(v1::CONTRIBUTION_NOT_FOUND, "verifier", verify);
  verify = ledger.VerifyRequest("p", "c1", 15'000);
  verify.mutable_account()->set_number("999999999999999999");
  expect(v1::VERIFIER_NOT_INDEPENDENT, "verifier2", verify);
  expect(v1::ACCOUNT_MISMATCH, "verifier", verify);
  verify = ledger.VerifyRequest("p", "c1", 15'000);
  verify.set_bank_value_date("2014-09-11");
  expect(v1::DATE_IN_FUTURE, "verifier", verify);
  verify.set_bank_value_date("2014-09-09");
  expect(v1::DATE_BEFORE_AGREEMENT, "verifier", verify);
  EXPECT_EQ(ledger.Figure("agreement_date"), "2014-09-10");
  ledger.Verify("p", "c1", 15'000);
  expect(v1::WRONG_RESOURCE_STATE, "verifier", ledger.VerifyRequest("p", "c1", 15'000));

  // Releases.
  ledger.Authorize("p");
  expect(v1::TRANCHE_NOT_FOUND, "federal", ledger.ProposeRequest("p", "f1", "federal", 3, 0));
  expect(v1::ACTOR_NOT_ALLOWED, "office", ledger.ProposeRequest("p", "f1", "federal", 1, 0));
  expect(v1::TRANCHE_NOT_OPEN, "federal", ledger.ProposeRequest("p", "f1", "federal", 2, 0));
  expect(v1::RELEASE_ABOVE_TRANCHE, "federal", ledger.ProposeRequest("p", "f1", "federal", 1, 5'001));
  expect(v1::RELEASE_ABOVE_BOUND, "state", ledger.ProposeRequest("p", "s1", "state", 1, 7'501));
  ledger.Must(Org("federal"), ledger.ProposeRequest("p", "f1", "federal", 1, 5'000));
  expect(v1::PROPOSAL_NOT_FOUND, "office", ledger.ApproveRequest("p", "pr-none"));
  expect(v1::APPROVER_NOT_INDEPENDENT, "federal", ledger.ApproveRequest("p", "pr-f1"), FakePrincipal("another person"));
  expect(v1::APPROVER_NOT_INDEPENDENT, "office", ledger.ApproveRequest("p", "pr-f1"), FakePrincipal(Org("federal")));
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-f1"));
  expect(v1::RELEASE_NOT_FOUND, "verifier", ledger.ReceiveRequest("p", "f0", 5'000));
  expect(v1::CREDIT_ABOVE_RELEASE, "verifier", ledger.ReceiveRequest("p", "f1", 5'001));
  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv-f1", "releases/f1"));
  ledger.Receive("p", "f1", 5'000);
  expect(v1::TARGET_CHANGED, "office", ledger.ApproveRequest("p", "rv-f1"));

  // Spending, reversal, repayment.
  v1::RecordExpenditureRequest spend = ledger.SpendRequest("p", "e1", 20'001);
  spend.mutable_expenditure()->clear_evidence();
  expect(v1::DOCUMENT_MISSING, "contractor", spend);
  expect(v1::INSUFFICIENT_FUNDS, "contractor", ledger.SpendRequest("p", "e1", 20'001));
  ledger.Spend("p", "e1", 10'000);
  expect(v1::EXPENDITURE_NOT_FOUND, "verifier", ledger.ReverseRequest("p", "rv", "expenditures/e0"));
  expect(v1::REFUND_NOT_FOUND, "verifier", ledger.ReverseRequest("p", "rv", "refunds/x0"));
  expect(v1::REPAYMENT_NOT_FOUND, "verifier", ledger.ReverseRequest("p", "rv", "repayments/r0"));
  expect(v1::INTEREST_NOT_FOUND, "verifier", ledger.ReverseRequest("p", "rv", "interests/i0"));
  ledger.Reverse("p", "rv", "contributions/c1");
  expect(v1::RECEIVABLE_OPEN, "state", ledger.ProposeRequest("p", "s1", "state", 1, 1));
  expect(v1::REPAYMENT_ABOVE_RECEIVABLE, "verifier", ledger.RepayRequest("p", "rp", "club", 15'001));
  ledger.Repay("p", "rp", "club", ledger.Party("p", "club").receivable_minor_units());
  ledger.Must(Org("office"), ProjectRequest<v1::CancelProjectRequest>("p"));
  auto apportion = Parented<v1::ApportionRefundsRequest>("projects/p");
  expect(v1::NOTHING_TO_REFUND, "verifier", ledger.RefundRequest("p", "rf", "club"));
  ledger.Must(Org("office"), apportion);
  expect(v1::REFUND_OPEN, "office", apportion);
  ledger.Must(Org("verifier"), ledger.RefundRequest("p", "rf", "club"));
  expect(v1::NOTHING_TO_REFUND, "verifier", ledger.RefundRequest("p", "rf2", "club"));

  // Another project, to the end of its works.
  ledger.Publish("r4", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("q", ledger.MakeDraft("r4", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("q", "c1", "club", 900);
  ledger.Reverse("q", "rv", "contributions/c1");
  expect(v1::NOT_RELEASABLE, "office", ProjectRequest<v1::AuthorizeProjectRequest>("q"));
  ledger.Contribute("q", "c2", "club", 900);
  ledger.Authorize("q");
  expect(v1::DUE_NOT_RECEIVED, "state", ledger.DeclareRequest("q", "c3", "state", 1));
  ledger.Pay("q", "s1", "state", 1, 0);
  ledger.Complete("q");
  expect(v1::CONTRIBUTION_ABOVE_DUE, "club", ledger.DeclareRequest("q", "c3", "club", 101));
  auto sign = ProjectRequest<v1::SignHandoverRequest>("q");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  ledger.Must(Org("contractor"), sign);
  expect(v1::SHARE_BELOW_TOLERANCE, "club", sign);
  ledger.Contribute("q", "c3", "club", 100);
  ledger.Pay("q", "s2", "state", 1, 0);
  ledger.Must(Org("club"), sign);
  expect(v1::BALANCE_NOT_ZERO, "office", ProjectRequest<v1::SettleProjectRequest>("q"));

  Refusals conditions;
  ReachConditions(conditions);
  Refusals bank;
  ReachBank(bank);
  Refusals changes;
  ReachAmendments(changes);
  Refusals handover;
  ReachHandover(handover);
  std::set<v1::ErrorReason> reached = refusals.reached();
  Refusals goods;
  ReachGoodsAndVendors(goods);
  for (const Refusals* more : {&conditions, &bank, &changes, &handover, &goods})
    reached.insert(more->reached().begin(), more->reached().end());
  const auto* reasons = v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<v1::ErrorReason>(reasons->value(i)->number());
    // From PERMISSION_DENIED to ABORTED; what stands outside is not the ledger's to give.
    if (reason < v1::ACTOR_NOT_ALLOWED || reason > v1::ETAG_MISMATCH) continue;
    EXPECT_NE(reached.contains(reason), kNotOfTheLedger.contains(reason)) << v1::ErrorReason_Name(reason);
  }
}

// A project in which the municipality pays and executes, as in Colima, with a mirror club; the state, a party too, is named verifier.
TestLedger Conflicted() {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule(
      {FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1), FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.add_verifiers(Org("state"));
  rule.add_verifiers(Org("municipality"));
  rule.add_verifiers(Org("federation"));
  rule.add_verifiers(Org("mirror"));
  ledger.Publish("r1", rule);
  v1::Project draft = ledger.MakeDraft("r1", 3'000, {{"municipal", "municipality"}, {"state", "state"}, {"club", "club"}});
  draft.set_executor(Org("municipality"));
  draft.set_committee(Org("mirror"));
  ledger.Agree("p", draft);
  return ledger;
}

// Apply is called directly here, as by a sequencer whose admission had a hole.
TEST(Refusal, TakesNoAmountOutsideItsRangeWhoeverLetItThrough) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1, true), ClubShare(1)}, 0));
  ledger.MakePool("state", 2'000);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 900);
  ledger.Declare("p", "c2", "club", 10);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 500);
  ledger.Release("p", "s2", "state", 1, 10);
  ledger.Spend("p", "e1", 1'400);
  ledger.Reverse("p", "rv", "contributions/c1");
  const v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
  for (const int64_t wrong : {int64_t{0}, int64_t{-1}, -kAmountMinorUnitsMax, std::numeric_limits<int64_t>::min(),
                              kAmountMinorUnitsMax + 1, std::numeric_limits<int64_t>::max()}) {
    SCOPED_TRACE(wrong);
    v1::CreatePoolRequest pool;
    pool.set_parent("programs/mx");
    pool.mutable_pool()->set_funder(Org("federal"));
    pool.mutable_pool()->set_fiscal_year(2014);
    pool.mutable_pool()->set_budget_minor_units(wrong);
    EXPECT_EQ(ledger.Try(Org("office"), pool), v1::INVALID_FIELD);
    auto increase = Named<v1::IncreasePoolBudgetRequest>("programs/mx/pools/state-2014");
    *increase.mutable_increase() = Mxn(wrong);
    EXPECT_EQ(ledger.Try(Org("office"), increase), v1::INVALID_FIELD);
    v1::CreateProjectRequest create;
    create.set_project_id("q");
    *create.mutable_project() = draft;
    create.mutable_project()->set_total_minor_units(wrong);
    EXPECT_EQ(ledger.Try(Org("club"), create), v1::INVALID_FIELD);
    create.mutable_project()->set_total_minor_units(2'000);
    create.mutable_project()->mutable_parties(0)->set_due_minor_units(wrong == 0 ? -1 : wrong);
    EXPECT_EQ(ledger.Try(Org("club"), create), v1::INVALID_FIELD);
    auto pledge = Parented<v1::CreatePledgeRequest>("projects/p");
    pledge.set_pledge_id("pl");
    pledge.mutable_pledge()->set_party(Org("club"));
    *pledge.mutable_pledge()->mutable_amount() = Mxn(wrong);
    EXPECT_EQ(ledger.Try(Org("club"), pledge), v1::INVALID_FIELD);
    EXPECT_EQ(ledger.Try(Org("club"), ledger.DeclareRequest("p", "c3", "club", wrong)), v1::INVALID_FIELD);
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.VerifyRequest("p", "c2", wrong)), v1::INVALID_FIELD);
    v1::ProposeReleaseRequest propose = ledger.ProposeRequest("p", "s3", "state", 1, 1);
    *propose.mutable_amount() = Mxn(wrong);
    EXPECT_EQ(ledger.Try(Org("state"), propose), v1::INVALID_FIELD);
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ReceiveRequest("p", "s2", wrong)), v1::INVALID_FIELD);
    EXPECT_EQ(ledger.Try(Org("contractor"), ledger.SpendRequest("p", "e2", wrong)), v1::INVALID_FIELD);
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.InterestRequest("p", wrong)), v1::INVALID_FIELD);
    EXPECT_EQ(ledger.Try(Org("verifier"), ledger.RepayRequest("p", "rp", "club", wrong)), v1::INVALID_FIELD);
  }
}

TEST(Refusal, TakesNoTransferThatCostLessThanNothingOrHasNoRate) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Declare("p", "c1", "club", 1'000);
  v1::VerifyContributionRequest verify = ledger.VerifyRequest("p", "c1", 1'000);
  v1::Transfer& transfer = *verify.mutable_transfer();
  transfer.mutable_paid()->set_currency_code("USD");
  transfer.mutable_paid()->set_minor_units(80);
  *transfer.mutable_fee() = transfer.paid();
  *transfer.mutable_tax() = transfer.paid();
  transfer.mutable_fee()->set_minor_units(0);
  transfer.mutable_tax()->set_minor_units(0);
  transfer.mutable_reference_rate()->set_units(130'000);
  transfer.mutable_reference_rate()->set_scale(4);
  transfer.set_reference_series("BANXICO_FIX");
  transfer.set_reference_date("2014-09-10");
  auto expect_refused = [&](auto change) {
    v1::VerifyContributionRequest wrong = verify;
    change(*wrong.mutable_transfer());
    EXPECT_EQ(ledger.Try(Org("verifier"), wrong), v1::INVALID_FIELD) << wrong.transfer().ShortDebugString();
  };
  expect_refused([](v1::Transfer& t) { t.clear_paid(); });
  expect_refused([](v1::Transfer& t) { t.mutable_paid()->set_minor_units(0); });
  expect_refused([](v1::Transfer& t) { t.mutable_paid()->set_currency_code("XYZ"); });
  expect_refused([](v1::Transfer& t) { t.mutable_fee()->set_minor_units(-1); });
  expect_refused([](v1::Transfer& t) { t.mutable_tax()->set_minor_units(kAmountMinorUnitsMax + 1); });
  expect_refused([](v1::Transfer& t) { t.clear_reference_rate(); });
  expect_refused([](v1::Transfer& t) { t.mutable_reference_rate()->set_scale(9); });
  expect_refused([](v1::Transfer& t) { t.mutable_provider_rate()->set_scale(4); });
  ledger.Must(Org("verifier"), verify);
}

TEST(WhoActs, VerifiesOnlyAsNeitherDeclarerNorExecutorNorFunderNorInspector) {
  TestLedger ledger = Conflicted();
  v1::DeclareContributionRequest declare = ledger.DeclareRequest("p", "c1", "club", 100);
  ledger.Must(Org("federation"), declare);
  for (const char* who : {"federation", "municipality", "state", "mirror", "club", "office"}) {
    EXPECT_EQ(ledger.Try(Org(who), ledger.VerifyRequest("p", "c1", 100)), v1::VERIFIER_NOT_INDEPENDENT) << who;
    v1::RejectContributionRequest reject;
    reject.set_name("projects/p/contributions/c1");
    EXPECT_EQ(ledger.Try(Org(who), reject), v1::VERIFIER_NOT_INDEPENDENT) << who;
  }
  ledger.Verify("p", "c1", 100);
  // Nor what the club declared itself: a federation answers for its clubs, whoever the rule names.
  ledger.Declare("p", "c2", "club", 100);
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.VerifyRequest("p", "c2", 100)), v1::VERIFIER_NOT_INDEPENDENT);
}

// A project of a state and a club, verified by whom the rule names.
TestLedger VerifiedBy(const std::vector<std::string>& verifiers) {
  TestLedger ledger;
  v1::CreateOrganizationRequest inspectors;
  inspectors.set_organization_id("inspectors");
  inspectors.mutable_organization()->set_kind(v1::COMMITTEE);
  inspectors.mutable_organization()->set_display_name("Inspectors");
  inspectors.mutable_organization()->set_country_code("MX");
  inspectors.mutable_organization()->set_parent(Org("municipality"));
  ledger.Must(Org("admin"), inspectors);
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.clear_verifiers();
  for (const std::string& verifier : verifiers) rule.add_verifiers(Org(verifier));
  ledger.Publish("r1", rule);
  return ledger;
}

TEST(WhoActs, VerifiesNotAboveAPartyOrBelowOneOrBelowTheExecutor) {
  TestLedger ledger = VerifiedBy({"federation", "confederation", "mirror", "inspectors", "consulate", "verifier"});
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
  draft.set_executor(Org("municipality"));
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "s1", "state", 1, 400);
  ledger.Release("p", "s2", "state", 1, 100);
  ledger.Declare("p", "c2", "club", 5);
  ledger.Spend("p", "e1", 1'400);
  ledger.Reverse("p", "rv", "contributions/c1");
  // Also money that is not the club's: what is confirmed of one frees what another must give.
  const std::map<std::string, std::string> relations = {{"federation", "stands above organizations/club"},
                                                        {"confederation", "stands above organizations/club"},
                                                        {"mirror", "stands below organizations/club"},
                                                        {"inspectors", "stands below organizations/municipality"}};
  for (const auto& [who, relation] : relations) {
    SCOPED_TRACE(who);
    EXPECT_EQ(ledger.Try(Org(who), ledger.VerifyRequest("p", "c2", 5)), v1::VERIFIER_NOT_INDEPENDENT);
    EXPECT_THAT(ledger.violations().front().description, testing::HasSubstr(relation));
    EXPECT_EQ(ledger.Try(Org(who), ledger.ReceiveRequest("p", "s2", 100)), v1::VERIFIER_NOT_INDEPENDENT);
    EXPECT_EQ(ledger.Try(Org(who), ledger.InterestRequest("p", 1)), v1::VERIFIER_NOT_INDEPENDENT);
    EXPECT_EQ(ledger.Try(Org(who), ledger.RepayRequest("p", "rp", "club", 1)), v1::VERIFIER_NOT_INDEPENDENT);
    EXPECT_EQ(ledger.Try(Org(who), ledger.RefundRequest("p", "rf", "club")), v1::VERIFIER_NOT_INDEPENDENT);
  }
  ledger.Must(Org("consulate"), ledger.ReceiveRequest("p", "s2", 100));
  ledger.Must(Org("consulate"), ledger.RepayRequest("p", "rp", "club", 1));
}

TEST(WhoActs, InspectsNoWorksOfTheOrganisationAboveIt) {
  TestLedger ledger = VerifiedBy({"verifier"});
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
  create.mutable_project()->set_committee(Org("inspectors"));
  create.mutable_project()->set_executor(Org("municipality"));
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.violations().front().subject, Org("inspectors"));
  create.mutable_project()->set_executor(Org("contractor"));
  ledger.Must(Org("club"), create);
}

TEST(WhoActs, RefusesAProjectWhoseOnlyVerifierIsItsClubsFederation) {
  for (const char* who : {"federation", "confederation", "mirror"}) {
    TestLedger ledger = VerifiedBy({who});
    v1::CreateProjectRequest create;
    create.set_project_id("p");
    *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
    ledger.Must(Org("club"), create);
    auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
    *submit.add_documents() = Document(v1::TECHNICAL_FILE);
    EXPECT_EQ(ledger.Try(Org("club"), submit), v1::VERIFIER_NOT_INDEPENDENT) << who;
  }
}

TEST(WhoActs, NeverTakesClubMoneyFromAnybodyElse) {
  TestLedger ledger = Conflicted();
  for (const char* who : {"municipality", "club2", "office", "consulate", "confederation", "mirror", "verifier"}) {
    EXPECT_EQ(ledger.Try(Org(who), ledger.DeclareRequest("p", "c1", "club", 100)), v1::NOT_OWN_CLUB) << who;
  }
  // Nor does a federation speak for what is no club.
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.DeclareRequest("p", "c1", "municipality", 100)), v1::NOT_OWN_CLUB);
  // Whoever is no party is named as such before the question who may speak for it.
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.DeclareRequest("p", "c1", "mirror", 100)), v1::PARTY_NOT_FOUND);
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.DeclareRequest("p", "c1", "nobody", 100)), v1::PARTY_NOT_FOUND);
}

TEST(WhoActs, RefusesAProjectThatNobodyCouldVerify) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)});
  rule.clear_verifiers();
  rule.add_verifiers(Org("state"));
  ledger.Publish("r1", rule);
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 3'000, {{"state", "state"}, {"club", "club"}});
  ledger.Must(Org("club"), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  EXPECT_EQ(ledger.Try(Org("club"), submit), v1::VERIFIER_NOT_INDEPENDENT);
}

TEST(WhoActs, RefusesAProjectWhoseReleasesNobodyCouldApprove) {
  for (const bool beside_executor : {false, true}) {
    TestLedger ledger;
    std::vector<v1::FunderRole> roles = {FunderShare("office", v1::PROGRAM_OFFICE, 1), ClubShare(1)};
    std::vector<std::pair<std::string, std::string>> parties = {{"office", "office"}, {"club", "club"}};
    if (beside_executor) {
      roles.push_back(FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1));
      parties.push_back({"municipal", "municipality"});
    }
    v1::RuleVersion rule = MakeRule(roles, 0);
    ledger.Publish("r1", rule);
    rule.set_single_organization_approvals(true);
    ledger.Publish("r2", rule);
    v1::CreateProjectRequest create;
    create.set_project_id("p");
    *create.mutable_project() = ledger.MakeDraft("r1", 3'000, parties);
    create.mutable_project()->set_executor(Org("municipality"));
    ledger.Must(Org("club"), create);
    auto submit = ProjectRequest<v1::SubmitProjectRequest>("p");
    *submit.add_documents() = Document(v1::TECHNICAL_FILE);
    EXPECT_EQ(ledger.Try(Org("club"), submit), v1::APPROVER_NOT_INDEPENDENT);
    EXPECT_EQ(ledger.Figure("party"), Org("office"));
    create.set_project_id("q");
    create.mutable_project()->set_rule_version("programs/mx/versions/r2");
    ledger.Must(Org("club"), create);
    submit.set_name("projects/q");
    ledger.Must(Org("club"), submit);
  }
}

TEST(WhoActs, ApprovesOnlyAsASecondPersonOfAnotherOrganisation) {
  TestLedger ledger = Conflicted();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Propose("p", "m1", "municipality", 1, 500);
  for (const char* who : {"verifier", "contractor", "committee", "auditor", "admin", "mirror", "club2", "club"}) {
    EXPECT_EQ(ledger.Try(Org(who), ledger.ApproveRequest("p", "pr-m1")), v1::ACTOR_NOT_ALLOWED) << who;
  }
  EXPECT_EQ(ledger.Try(Org("municipality"), ledger.ApproveRequest("p", "pr-m1"), FakePrincipal("another")),
            v1::APPROVER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ApproveRequest("p", "pr-m1"), FakePrincipal(Org("municipality"))),
            v1::APPROVER_NOT_INDEPENDENT);
  ledger.Must(Org("state"), ledger.ApproveRequest("p", "pr-m1"));
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ApproveRequest("p", "pr-m1")), v1::WRONG_RESOURCE_STATE);
}

// Audited: a club approved a government's release, and the executing municipality that of the federation that pays it.
TEST(WhoActs, ApprovesNoReleaseAsAClubOrAsTheExecutor) {
  TestLedger ledger = Conflicted();
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Propose("p", "s1", "state", 1, 500);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ApproveRequest("p", "pr-s1")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.ApproveRequest("p", "pr-s1")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("municipality"), ledger.ApproveRequest("p", "pr-s1")), v1::APPROVER_NOT_INDEPENDENT);
  ledger.Must(Org("office"), ledger.ApproveRequest("p", "pr-s1"));
}

TEST(WhoActs, ApprovesNoExpenditureOfACancelledProjectAsItsExecutor) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule(
      {FunderShare("municipal", v1::MUNICIPAL_GOVERNMENT, 1), FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_single_organization_approvals(true);
  ledger.Publish("r1", rule);
  v1::Project draft = ledger.MakeDraft("r1", 3'000, {{"municipal", "municipality"}, {"state", "state"}, {"club", "club"}});
  draft.set_executor(Org("municipality"));
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Cancel("p");
  v1::ProposeExpenditureRequest late;
  late.set_parent("projects/p");
  late.set_proposal_id("late");
  late.set_expenditure_id("e1");
  *late.mutable_expenditure() = ledger.SpendRequest("p", "e1", 100).expenditure();
  late.mutable_reason()->set_text("owed before");
  ledger.Must(Org("municipality"), late);
  EXPECT_EQ(ledger.Try(Org("municipality"), ledger.ApproveRequest("p", "late"), FakePrincipal("a colleague")),
            v1::APPROVER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("verifier"), ledger.ApproveRequest("p", "late")), v1::ACTOR_NOT_ALLOWED);
  ledger.Must(Org("club"), ledger.ApproveRequest("p", "late"));
}

// Audited: funder and executor, both named verifiers by the rule, took the funder's release back between them.
TEST(WhoActs, ReversesOnlyWithAVerifierWhoHasNoPartInTheMoney) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0);
  for (const char* who : {"federal", "contractor", "federation", "consulate"}) rule.add_verifiers(Org(who));
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}}));
  ledger.Must(Org("federation"), ledger.DeclareRequest("p", "c1", "club", 1'000));
  ledger.Verify("p", "c1", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  ledger.Spend("p", "e1", 1'500);
  for (const char* who : {"federal", "contractor", "federation"}) {
    EXPECT_EQ(ledger.Try(Org(who), ledger.ReverseRequest("p", "rv", "releases/f1")), v1::VERIFIER_NOT_INDEPENDENT) << who;
  }
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ReverseRequest("p", "rv", "releases/f1")), v1::ACTOR_NOT_ALLOWED);
  v1::ProposeReversalRequest bare = ledger.ReverseRequest("p", "rv", "releases/f1");
  bare.clear_documents();
  EXPECT_EQ(ledger.Try(Org("verifier"), bare), v1::DOCUMENT_MISSING);

  ledger.Must(Org("verifier"), ledger.ReverseRequest("p", "rv-f", "releases/f1"));
  EXPECT_EQ(ledger.Get<v1::Proposal>("projects/p/proposals/rv-f").reversal().evidence_size(), 1);
  EXPECT_EQ(ledger.Try(Org("contractor"), ledger.ApproveRequest("p", "rv-f")), v1::VERIFIER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ApproveRequest("p", "rv-f")), v1::APPROVER_NOT_INDEPENDENT);
  for (const char* who : {"office", "club", "consulate"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), copy.ApproveRequest("p", "rv-f"));
  }

  // The office saw no bank; whoever approves must have.
  ledger.Must(Org("office"), ledger.ReverseRequest("p", "rv-c", "contributions/c1"));
  EXPECT_EQ(ledger.Try(Org("federal"), ledger.ApproveRequest("p", "rv-c")), v1::VERIFIER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ApproveRequest("p", "rv-c")), v1::APPROVER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("federation"), ledger.ApproveRequest("p", "rv-c")), v1::VERIFIER_NOT_INDEPENDENT);
  // Nor does an executor make money out of a payment that it says came back.
  ledger.Must(Org("contractor"), ledger.ReverseRequest("p", "rv-e", "expenditures/e1"));
  EXPECT_EQ(ledger.Try(Org("club"), ledger.ApproveRequest("p", "rv-e")), v1::VERIFIER_NOT_INDEPENDENT);
  EXPECT_EQ(ledger.Try(Org("office"), ledger.ApproveRequest("p", "rv-e")), v1::VERIFIER_NOT_INDEPENDENT);
  ledger.Must(Org("verifier"), ledger.ApproveRequest("p", "rv-e"));
  ledger.Must(Org("consulate"), ledger.ApproveRequest("p", "rv-c"));
}

TEST(WhoActs, ApprovesWithinOneOrganisationWhereTheRuleSaysSo) {
  TestLedger ledger;
  v1::RuleVersion rule = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0);
  rule.set_single_organization_approvals(true);
  ledger.Publish("r1", rule);
  ledger.Agree("p", ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}}));
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Propose("p", "s1", "state", 1, 500);
  EXPECT_EQ(ledger.Try(Org("state"), ledger.ApproveRequest("p", "pr-s1")), v1::APPROVER_NOT_INDEPENDENT);
  ledger.Must(Org("state"), ledger.ApproveRequest("p", "pr-s1"), FakePrincipal("a colleague"));
}

TEST(WhoActs, LeavesEveryOtherDeedToItsOwner) {
  TestLedger ledger = Conflicted();
  ledger.Contribute("p", "c1", "club", 1'000);
  struct Row {
    Request request;
    std::set<std::string> may;
    // What the others hear, one of these.
    std::set<v1::ErrorReason> otherwise;
  };
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(1);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(1);
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/p");
  const std::vector<Row> rows = {
      {ProjectRequest<v1::PrevalidateProjectRequest>("p"), {"office", "committee"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::ApproveProjectRequest>("p"), {"office", "committee"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::RejectProjectRequest>("p"), {"office", "committee"}, {v1::ACTOR_NOT_ALLOWED}},
      {ledger.SignRequest("p"), {"municipality", "state", "club"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::AuthorizeProjectRequest>("p"), {"office"}, {v1::ACTOR_NOT_ALLOWED}},
      {report, {"municipality"}, {v1::ACTOR_NOT_ALLOWED}},
      {confirm, {"office", "club", "mirror"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::SignHandoverRequest>("p"), {"municipality", "mirror", "club"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::SettleProjectRequest>("p"), {"office"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::CloseProjectRequest>("p"), {"office"}, {v1::ACTOR_NOT_ALLOWED}},
      {ProjectRequest<v1::CancelProjectRequest>("p"), {"office"}, {v1::ACTOR_NOT_ALLOWED}},
      {ledger.SpendRequest("p", "e1", 1), {"municipality"}, {v1::ACTOR_NOT_ALLOWED}},
      {ledger.ReverseRequest("p", "rv", "contributions/c1"),
       {"office", "verifier"},
       {v1::ACTOR_NOT_ALLOWED, v1::VERIFIER_NOT_INDEPENDENT}},
      {apportion, {"office"}, {v1::ACTOR_NOT_ALLOWED}},
      {ledger.RefundRequest("p", "rf", "club"), {"verifier"}, {v1::VERIFIER_NOT_INDEPENDENT}},
      {ledger.RepayRequest("p", "rp", "club", 1), {"verifier"}, {v1::VERIFIER_NOT_INDEPENDENT}},
      {ledger.InterestRequest("p", 1), {"verifier"}, {v1::VERIFIER_NOT_INDEPENDENT}},
      {ledger.DeclareRequest("p", "c2", "club", 1), {"club", "federation"}, {v1::NOT_OWN_CLUB}},
  };
  for (const Row& row : rows) {
    for (const char* who : {"admin", "confederation", "federation", "club", "club2", "mirror", "federal", "state", "municipality",
                            "office", "committee", "verifier", "verifier2", "contractor", "consulate", "auditor"}) {
      TestLedger copy = ledger;
      const v1::ErrorReason reason = copy.Try(Org(who), row.request);
      SCOPED_TRACE(MakeCommand(Org(who), row.request).method + " by " + who + ": " + v1::ErrorReason_Name(reason));
      const bool denied = reason >= v1::ACTOR_NOT_ALLOWED && reason < v1::ORGANIZATION_NOT_FOUND;
      EXPECT_EQ(denied, !row.may.contains(who));
      // These two write nothing of the kind, and hear so before anything else.
      const bool never = std::string(who) == "auditor" || std::string(who) == "admin";
      if (denied && never) {
        EXPECT_EQ(reason, v1::ACTOR_NOT_ALLOWED);
      } else if (denied) {
        EXPECT_TRUE(row.otherwise.contains(reason));
      }
    }
  }
}

// Audited: the executing municipality's own committee confirmed the work and signed for the community, and no club ever did.
TEST(WhoActs, HandsOverOnlyWithTheClubAndTakesNoCommitteeOfTheExecutor) {
  TestLedger ledger;
  v1::CreateOrganizationRequest works;
  works.set_organization_id("works");
  works.mutable_organization()->set_kind(v1::COMMITTEE);
  works.mutable_organization()->set_display_name("Works");
  works.mutable_organization()->set_country_code("MX");
  works.mutable_organization()->set_parent(Org("municipality"));
  ledger.Must(Org("admin"), works);
  ledger.Publish("r1", MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, 0));
  v1::Project draft = ledger.MakeDraft("r1", 2'000, {{"federal", "federal"}, {"club", "club"}});
  draft.set_executor(Org("municipality"));
  draft.set_committee(Org("works"));
  v1::CreateProjectRequest inspected_by_executor;
  inspected_by_executor.set_project_id("p");
  *inspected_by_executor.mutable_project() = draft;
  EXPECT_EQ(ledger.Try(Org("club"), inspected_by_executor), v1::ROLE_MISMATCH);
  draft.set_committee(Org("committee"));
  ledger.Agree("p", draft);
  ledger.Contribute("p", "c1", "club", 1'000);
  ledger.Authorize("p");
  ledger.Pay("p", "f1", "federal", 1, 0);
  auto report = ProjectRequest<v1::ReportCompletionRequest>("p");
  report.set_quantity_milli(1);
  ledger.Must(Org("municipality"), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>("p");
  confirm.set_quantity_milli(1);
  ledger.Must(Org("club"), confirm);
  auto sign = ProjectRequest<v1::SignHandoverRequest>("p");
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  for (const char* who : {"club2", "federation", "office", "verifier"}) {
    EXPECT_EQ(ledger.Try(Org(who), sign), v1::ACTOR_NOT_ALLOWED) << who;
  }
  ledger.Must(Org("municipality"), sign);
  ledger.Must(Org("committee"), sign);
  EXPECT_EQ(ledger.Project("p").state(), v1::Project::COMPLETED);
  for (const char* who : {"club", "mirror"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), sign);
    EXPECT_EQ(copy.Project("p").state(), v1::Project::HANDED_OVER) << who;
  }
}

TEST(WhoActs, CancelsAsAnyFunderBeforeTheAgreementAndAsTheOfficeAfterIt) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "club"}});
  ledger.Must(Org("club"), create);
  for (const char* who : {"state", "club", "office"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), ProjectRequest<v1::CancelProjectRequest>("p"));
  }
  for (const char* who : {"federation", "contractor", "municipality", "verifier"}) {
    EXPECT_EQ(ledger.Try(Org(who), ProjectRequest<v1::CancelProjectRequest>("p")), v1::ACTOR_NOT_ALLOWED) << who;
  }
  // What is over is said to be over, not that somebody else may end it.
  ledger.Must(Org("club"), ProjectRequest<v1::CancelProjectRequest>("p"));
  for (const char* who : {"club", "office"}) {
    EXPECT_EQ(ledger.Try(Org(who), ProjectRequest<v1::CancelProjectRequest>("p")), v1::WRONG_PROJECT_STATE) << who;
  }
}

TEST(WhoActs, RegistersAsAnAuthorityOrAsARegisteredFederationForItsOwnClubs) {
  TestLedger ledger;
  v1::RegisterOrganizationRequest request;
  request.set_name(Org("club"));
  request.mutable_registration()->set_folio("TN-2015");
  request.mutable_registration()->set_cause(v1::CHANGE_OF_BOARD);
  request.mutable_registration()->set_valid_from("2014-09-10");
  request.mutable_registration()->set_valid_to("2016-09-09");
  for (const char* who : {"consulate", "office", "federation"}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), request);
  }
  for (const char* who : {"club", "club2", "confederation", "state", "admin"}) {
    EXPECT_EQ(ledger.Try(Org(who), request), v1::ACTOR_NOT_ALLOWED) << who;
  }
  ledger.PassDays(120);
  EXPECT_EQ(ledger.Try(Org("federation"), request), v1::REGISTRATION_INVALID);
  request.set_name(Org("federation"));
  EXPECT_EQ(ledger.Try(Org("federation"), request), v1::ACTOR_NOT_ALLOWED);
}

TEST(WhoActs, PublishesNoRuleByWhichSomebodyPosesAsAClubOrAnAuditorFunds) {
  TestLedger ledger;
  v1::FunderRole club = ClubShare(1);
  club.add_kinds(v1::MUNICIPAL_GOVERNMENT);
  v1::PublishRuleVersionRequest request;
  request.set_parent("programs/mx");
  request.set_rule_version_id("r1");
  *request.mutable_rule_version() = MakeRule({FunderShare("auditor", v1::AUDITOR, 1), club});
  request.mutable_rule_version()->add_verifiers(Org("auditor"));
  request.mutable_rule_version()->add_committees(Org("club"));
  EXPECT_EQ(ledger.Try(Org("office"), request), v1::INVALID_FIELD);
  EXPECT_EQ(ledger.violations().size(), 4u);
}

// Audited: a club paid in tranches, and a mirror club funded and inspected the same work.
TEST(WhoActs, FillsARoleOnlyWithAKindThatPaysSo) {
  TestLedger ledger;
  const std::set<v1::OrganizationKind> clubs = {v1::CLUB, v1::FEDERATION, v1::CONFEDERATION};
  const std::set<v1::OrganizationKind> payers = {v1::FEDERAL_GOVERNMENT, v1::STATE_GOVERNMENT,  v1::MUNICIPAL_GOVERNMENT,
                                                 v1::PROGRAM_OFFICE,     v1::PRIVATE_PARTNER,   v1::MULTILATERAL_PARTNER};
  const auto* kinds = v1::OrganizationKind_descriptor();
  for (int i = 1; i < kinds->value_count(); ++i) {
    const auto kind = static_cast<v1::OrganizationKind>(kinds->value(i)->number());
    SCOPED_TRACE(v1::OrganizationKind_Name(kind));
    v1::PublishRuleVersionRequest request;
    request.set_parent("programs/mx");
    request.set_rule_version_id("t" + std::to_string(i));
    *request.mutable_rule_version() = MakeRule({FunderShare("payer", kind, 1), ClubShare(1)});
    EXPECT_EQ(ledger.Try(Org("office"), request), payers.contains(kind) ? v1::ERROR_REASON_UNSPECIFIED : v1::INVALID_FIELD);
    v1::FunderRole club = ClubShare(1);
    club.set_kinds(0, kind);
    request.set_rule_version_id("c" + std::to_string(i));
    *request.mutable_rule_version() = MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), club});
    EXPECT_EQ(ledger.Try(Org("office"), request), clubs.contains(kind) ? v1::ERROR_REASON_UNSPECIFIED : v1::INVALID_FIELD);
  }
}

TEST(WhoActs, LetsNobodyInspectWhatItPaysFor) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"state", "state"}, {"club", "mirror"}});
  create.mutable_project()->set_committee(Org("mirror"));
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::ROLE_MISMATCH);
  EXPECT_THAT(ledger.violations().front().description, testing::HasSubstr("is a party"));
}

// Audited: rules that no project can meet, and one that forgives everything, were published.
TEST(Refusal, PublishesNoRuleThatContradictsItself) {
  TestLedger ledger;
  v1::PublishRuleVersionRequest request;
  request.set_parent("programs/mx");
  request.set_rule_version_id("r1");
  v1::RuleVersion& rule = *request.mutable_rule_version();
  rule = MakeRule({FunderShare("federal", v1::FEDERAL_GOVERNMENT, 1), ClubShare(1)}, kToleranceMinorUnitsMax + 1);
  rule.set_total_minimum_minor_units(10);
  rule.set_total_maximum_minor_units(9);
  rule.mutable_roles(0)->set_floor_bps(5'001);
  rule.mutable_roles(0)->set_cap_bps(5'000);
  EXPECT_EQ(ledger.Try(Org("office"), request), v1::INVALID_FIELD);
  std::set<std::string> fields;
  for (const Violation& violation : ledger.violations()) fields.insert(violation.subject);
  EXPECT_THAT(fields, testing::UnorderedElementsAre("rule_version.tolerance_minor_units", "rule_version.total_minimum_minor_units",
                                                    "rule_version.roles[0].floor_bps"));
  rule.set_tolerance_minor_units(kToleranceMinorUnitsMax);
  rule.set_total_maximum_minor_units(10);
  rule.mutable_roles(0)->set_floor_bps(5'000);
  ledger.Must(Org("office"), request);
}

// Audited: both made pools in anybody's programme, and an auditor named in a draft pledged to it and cancelled it.
TEST(WhoActs, WritesNothingAsAuditorAndOnlyOrganisationsAsAdministrator) {
  TestLedger ledger;
  ledger.Publish("r1", MakeRule({FunderShare("state", v1::STATE_GOVERNMENT, 1), ClubShare(1)}, 0));
  v1::CreateProjectRequest create;
  create.set_project_id("p");
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"state", "auditor"}, {"club", "club"}});
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::ROLE_MISMATCH);
  *create.mutable_project() = ledger.MakeDraft("r1", 2'000, {{"nobody", "state"}, {"club", "club"}});
  EXPECT_EQ(ledger.Try(Org("club"), create), v1::ROLE_MISMATCH);
  EXPECT_EQ(ledger.Figure("role"), "nobody");
  v1::CreateOrganizationRequest organization;
  organization.set_organization_id("new");
  organization.mutable_organization()->set_kind(v1::VENDOR);
  organization.mutable_organization()->set_display_name("New");
  organization.mutable_organization()->set_country_code("MX");
  for (const char* who : {"auditor", "admin"}) {
    SCOPED_TRACE(who);
    auto pool = Parented<v1::CreatePoolRequest>("programs/mx");
    pool.mutable_pool()->set_funder(Org(who));
    pool.mutable_pool()->set_fiscal_year(2014);
    pool.mutable_pool()->set_budget_minor_units(5);
    EXPECT_EQ(ledger.Try(Org(who), pool), v1::ACTOR_NOT_ALLOWED);
    EXPECT_EQ(ledger.Try(Org("office"), pool), v1::ROLE_MISMATCH);
    EXPECT_EQ(ledger.Try(Org(who), Named<v1::CancelProjectRequest>("projects/none")), v1::ACTOR_NOT_ALLOWED);
    EXPECT_EQ(ledger.Try(Org(who), organization), who == std::string("admin") ? v1::ERROR_REASON_UNSPECIFIED : v1::ACTOR_NOT_ALLOWED);
  }
}

TEST(WhoActs, CreatesOrganisationsBelowItselfOnly) {
  TestLedger ledger;
  auto create = [](v1::OrganizationKind kind, const std::string& parent) {
    v1::CreateOrganizationRequest request;
    request.set_organization_id("new");
    request.mutable_organization()->set_kind(kind);
    request.mutable_organization()->set_display_name("New");
    request.mutable_organization()->set_country_code("MX");
    if (!parent.empty()) request.mutable_organization()->set_parent(Org(parent));
    return request;
  };
  EXPECT_EQ(ledger.Try(Org("admin"), create(v1::ADMINISTRATOR, "")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("consulate"), create(v1::STATE_GOVERNMENT, "")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("federation"), create(v1::CLUB, "")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("federation"), create(v1::MIRROR_CLUB, "")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("federation"), create(v1::FEDERATION, "")), v1::ACTOR_NOT_ALLOWED);
  EXPECT_EQ(ledger.Try(Org("club"), create(v1::MIRROR_CLUB, "club")), v1::ACTOR_NOT_ALLOWED);
  for (const auto& [who, request] : {std::pair{"federation", create(v1::CLUB, "federation")},
                                     {"federation", create(v1::MIRROR_CLUB, "club")},
                                     {"consulate", create(v1::FEDERATION, "")},
                                     {"office", create(v1::COMMITTEE, "office")},
                                     {"admin", create(v1::AUDITOR, "")}}) {
    TestLedger copy = ledger;
    copy.Must(Org(who), request);
  }
}

}  // namespace
}  // namespace oriundo
