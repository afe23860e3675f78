#include "server/ledger/field_table.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "server/base/currency.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/money_limits.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr FieldClass kPublic = FieldClass::kPublic;
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();

// Bytes of a page token or a filter; longer ones are nobody's.
constexpr std::size_t kQueryTextBytesMax = kFilterCharactersMax;

constexpr FieldRow Name(std::string_view field, std::string_view pattern) {
  return {field, kPublic, Grammar::kResourceName, pattern};
}
constexpr FieldRow Id(std::string_view field) { return {field, kPublic, Grammar::kResourceId}; }
constexpr FieldRow Public(std::string_view field, Grammar grammar) { return {field, kPublic, grammar}; }
constexpr FieldRow Erasable(std::string_view field) { return {field, FieldClass::kErasable, Grammar::kText}; }
constexpr FieldRow Number(std::string_view field, int64_t minimum, int64_t maximum) {
  return {field, kPublic, Grammar::kInteger, {}, minimum, maximum};
}
// An amount that may have either sign: a deviation, a change, a balance.
constexpr FieldRow Amount(std::string_view field) { return Number(field, -kAmountMinorUnitsMax, kAmountMinorUnitsMax); }
constexpr FieldRow AmountFrom(int64_t minimum, std::string_view field) { return Number(field, minimum, kAmountMinorUnitsMax); }

constexpr std::string_view kOrganization = "organizations/*";
constexpr std::string_view kCommunity = "communities/*";
constexpr std::string_view kProgram = "programs/*";
constexpr std::string_view kVersion = "programs/*/versions/*";
constexpr std::string_view kPool = "programs/*/pools/*";
constexpr std::string_view kProject = "projects/*";
constexpr std::string_view kTranche = "projects/*/tranches/*";
constexpr std::string_view kPledge = "projects/*/pledges/*";
constexpr std::string_view kContribution = "projects/*/contributions/*";
constexpr std::string_view kInKind = "projects/*/in-kinds/*";
constexpr std::string_view kContract = "projects/*/contracts/*";
constexpr std::string_view kRelease = "projects/*/releases/*";
constexpr std::string_view kExpenditure = "projects/*/expenditures/*";
constexpr std::string_view kInterest = "projects/*/interests/*";
constexpr std::string_view kRefund = "projects/*/refunds/*";
constexpr std::string_view kRepayment = "projects/*/repayments/*";
constexpr std::string_view kProposal = "projects/*/proposals/*";
constexpr std::string_view kTally = "programs/*/tallies/*";
constexpr std::string_view kReport = "projects/*/reports/*";
constexpr std::string_view kDeposit = "projects/*/deposits/*";
constexpr std::string_view kStatement = "projects/*/statements/*";
constexpr std::string_view kBankLine = "projects/*/lines/*";
// What moves money at the bank, and can be matched with a line of its statement.
constexpr std::string_view kPosted =
    "projects/*/contributions/*|projects/*/releases/*|projects/*/expenditures/*|projects/*/refunds/*|projects/*/repayments/*|"
    "projects/*/interests/*|projects/*/deposits/*";
// A balance that was carried is the project's.
constexpr std::string_view kPostedOrProject =
    "projects/*/contributions/*|projects/*/releases/*|projects/*/expenditures/*|projects/*/refunds/*|projects/*/repayments/*|"
    "projects/*/interests/*|projects/*/deposits/*|projects/*";
constexpr std::string_view kAmendment = "projects/*/amendments/*";
constexpr std::string_view kReallocation = "projects/*/reallocations/*";

constexpr FieldRow kTable[] = {
    // Who and where: resource names.
    Name("organization", kOrganization),
    Name("issuer", kOrganization),
    Name("office", kOrganization),
    Name("funder", kOrganization),
    Name("party", kOrganization),
    Name("club", kOrganization),
    Name("executor", kOrganization),
    Name("committee", kOrganization),
    Name("committees", kOrganization),
    Name("verifier", kOrganization),
    Name("verifiers", kOrganization),
    Name("recorder", kOrganization),
    Name("declarer", kOrganization),
    Name("proposer", kOrganization),
    Name("approver", kOrganization),
    Name("handover_signatures", kOrganization),
    Name("BankLineMatched.target", kPostedOrProject),
    Name("line_movement", "projects/*/references/*"),
    Name("signatures_taken_back", kOrganization),
    Name("endorser", kOrganization),
    Name("frozen_by", kOrganization),
    Name("successor", kOrganization),
    Name("proposed_successor", kOrganization),
    Name("predecessors", kOrganization),
    Name("federation", kOrganization),
    Name("proposed_federation", kOrganization),
    Name("keeper", kOrganization),
    Name("concerned", kOrganization),
    Name("signed_for", kOrganization),
    Name("FederationProposed.from", kOrganization),
    Name("FederationChanged.from", kOrganization),
    Name("FederationChanged.to", kOrganization),
    Name("program", kProgram),
    Name("rule_version", kVersion),
    Name("pool", kPool),
    Name("project", kProject),
    Name("tranche", kTranche),
    Name("pledge", kPledge),
    Name("contribution", kContribution),
    Name("in_kind", kInKind),
    Name("contract", kContract),
    Name("appraiser", kOrganization),
    Name("release", kRelease),
    Name("expenditure", kExpenditure),
    Name("proposal", kProposal),
    Name("interest", kInterest),
    Name("refund", kRefund),
    Name("repayment", kRepayment),
    Name("tally", kTally),
    Name("tallies", kTally),
    Name("report", kReport),
    Name("reporter", kOrganization),
    Name("inspector", kOrganization),
    Name("resource", "projects/*/proposals/*|projects/*/amendments/*|projects/*/pledges/*|projects/*"),
    Name("amendment", kAmendment),
    Name("amendments", kAmendment),
    Name("former_executors", kOrganization),
    Name("open_amendments", kAmendment),
    Name("signer", kOrganization),
    Name("signers", kOrganization),
    Name("replaced_by", kOrganization),
    Name("replaces", kOrganization),
    Name("reallocation", kReallocation),
    Name("from_reallocation", kReallocation),
    Name("to_reallocation", kReallocation),
    Name("target_project", kProject),
    Name("target", "projects/*/contributions/*|projects/*/releases/*|projects/*/expenditures/*|projects/*/refunds/*|projects/*/repayments/*|"
                   "projects/*/interests/*|projects/*/deposits/*|projects/*/in-kinds/*"),
    Name("BankUse.resource", kPosted),
    Name("use", "accounts/*"),
    Name("account_use", "accounts/*"),
    Name("former_account_uses", "accounts/*"),
    Name("matched_with", kPostedOrProject),
    Name("identified_as", kPosted),
    Name("deposit", kDeposit),
    Name("statement", kStatement),
    Name("line", kBankLine),
    Name("bank_line", kBankLine),
    Name("last_statement", kStatement),
    Name("importing_statement", kStatement),
    Name("subject", "projects/*|organizations/*|programs/*|communities/*"),

    // `name` and `parent` name something else in each message.
    Name("Organization.name", kOrganization),
    Name("Organization.parent", kOrganization),
    Name("RegisterOrganizationRequest.name", kOrganization),
    Name("SubmitRegistrationRequest.name", kOrganization),
    Name("RejectRegistrationRequest.name", kOrganization),
    Name("SuspendRegistrationRequest.name", kOrganization),
    Name("DisputeRegistrationRequest.name", kOrganization),
    Name("ReinstateRegistrationRequest.name", kOrganization),
    Name("RevokeRegistrationRequest.name", kOrganization),
    Name("EndorseOrganizationRequest.name", kOrganization),
    Name("RevokeEndorsementRequest.name", kOrganization),
    Name("RenameOrganizationRequest.name", kOrganization),
    Name("ChangeFederationRequest.name", kOrganization),
    Name("AcceptClubRequest.name", kOrganization),
    Name("ProposeMergeRequest.name", kOrganization),
    Name("AcceptMergeRequest.name", kOrganization),
    Name("RecordDirectoryEntryRequest.name", kOrganization),
    Name("AcknowledgeFeedRequest.name", kOrganization),
    Name("ListOrganizationFeedRequest.name", kOrganization),
    Name("GetOrganizationRequest.name", kOrganization),
    Name("Community.name", kCommunity),
    Name("SaveCommunityRequest.name", kCommunity),
    Name("GetCommunityRequest.name", kCommunity),
    Name("Program.name", kProgram),
    Name("GetProgramRequest.name", kProgram),
    Name("PublishRuleVersionRequest.parent", kProgram),
    Name("CreatePoolRequest.parent", kProgram),
    Name("ListRuleVersionsRequest.parent", kProgram),
    Name("ListPoolsRequest.parent", kProgram),
    Name("RuleVersion.name", kVersion),
    Name("GetRuleVersionRequest.name", kVersion),
    Name("Pool.name", kPool),
    Name("IncreasePoolBudgetRequest.name", kPool),
    Name("GetPoolRequest.name", kPool),
    Name("ReducePoolBudgetRequest.name", kPool),
    Name("CloseFiscalYearRequest.name", kProgram),
    Name("ProposeReopeningRequest.name", kProgram),
    Name("WithdrawReopeningRequest.name", kProgram),
    Name("ApproveReopeningRequest.name", kProgram),
    Name("Tally.name", kTally),
    Name("GetTallyRequest.name", kTally),
    Name("ListTalliesRequest.parent", kProgram),
    Name("Project.name", kProject),
    Name("UpdateProjectRequest.name", kProject),
    Name("SubmitProjectRequest.name", kProject),
    Name("PrevalidateProjectRequest.name", kProject),
    Name("ApproveProjectRequest.name", kProject),
    Name("RejectProjectRequest.name", kProject),
    Name("SignAgreementRequest.name", kProject),
    Name("AuthorizeProjectRequest.name", kProject),
    Name("ProposeAmendmentRequest.parent", kProject),
    Name("ListAmendmentsRequest.parent", kProject),
    Name("Amendment.name", kAmendment),
    Name("SignAmendmentRequest.name", kAmendment),
    Name("WithdrawAmendmentRequest.name", kAmendment),
    Name("GetAmendmentRequest.name", kAmendment),
    Name("SuspendProjectRequest.name", kProject),
    Name("ResumeProjectRequest.name", kProject),
    Name("ReportProgressRequest.parent", kProject),
    Name("ListProgressReportsRequest.parent", kProject),
    Name("ObjectToProjectRequest.name", kProject),
    Name("WithdrawObjectionRequest.name", kProject),
    Name("ReportCompletionRequest.name", kProject),
    Name("ConfirmCompletionRequest.name", kProject),
    Name("SignHandoverRequest.name", kProject),
    Name("SettleProjectRequest.name", kProject),
    Name("CloseProjectRequest.name", kProject),
    Name("CancelProjectRequest.name", kProject),
    Name("GetProjectRequest.name", kProject),
    Name("GetProjectStatementRequest.name", kProject),
    Name("TraceProjectRequest.name", kProject),
    Name("CreatePledgeRequest.parent", kProject),
    Name("DeclareContributionRequest.parent", kProject),
    Name("DeclareInKindRequest.parent", kProject),
    Name("RecordContractRequest.parent", kProject),
    Name("ProposeForfeitureRequest.parent", kProject),
    Name("ProposeYearEndReturnRequest.parent", kProject),
    Name("ListInKindsRequest.parent", kProject),
    Name("ListContractsRequest.parent", kProject),
    Name("ProposeReleaseRequest.parent", kProject),
    Name("ProposeWaiverRequest.parent", kProject),
    Name("MoveCommitmentRequest.name", kProject),
    Name("CarryBalanceRequest.name", kProject),
    Name("ProposeReallocationRequest.parent", kProject),
    Name("ListReallocationsRequest.parent", kProject),
    Name("Reallocation.name", kReallocation),
    Name("CancelReallocationRequest.name", kReallocation),
    Name("GetReallocationRequest.name", kReallocation),
    Name("ProposeReversalRequest.parent", kProject),
    Name("ProposeExpenditureRequest.parent", kProject),
    Name("RecordExpenditureRequest.parent", kProject),
    Name("RecordInterestRequest.parent", kProject),
    Name("ApportionRefundsRequest.parent", kProject),
    Name("PayRefundRequest.parent", kProject),
    Name("RecordRepaymentRequest.parent", kProject),
    Name("ListBalancesRequest.parent", kProject),
    Name("ListPledgesRequest.parent", kProject),
    Name("ListContributionsRequest.parent", kProject),
    Name("ListReleasesRequest.parent", kProject),
    Name("ListExpendituresRequest.parent", kProject),
    Name("ListInterestsRequest.parent", kProject),
    Name("ListRefundsRequest.parent", kProject),
    Name("ListRepaymentsRequest.parent", kProject),
    Name("ListProposalsRequest.parent", kProject),
    Name("Tranche.name", kTranche),
    Name("Pledge.name", kPledge),
    Name("GetPledgeRequest.name", kPledge),
    Name("Contribution.name", kContribution),
    Name("EvidenceContributionRequest.name", kContribution),
    Name("VerifyContributionRequest.name", kContribution),
    Name("RejectContributionRequest.name", kContribution),
    Name("WithdrawContributionRequest.name", kContribution),
    Name("GetContributionRequest.name", kContribution),
    Name("InKind.name", kInKind),
    Name("AppraiseInKindRequest.name", kInKind),
    Name("RejectInKindRequest.name", kInKind),
    Name("WithdrawInKindRequest.name", kInKind),
    Name("GetInKindRequest.name", kInKind),
    Name("Contract.name", kContract),
    Name("GetContractRequest.name", kContract),
    Name("RecoverAdvanceRequest.name", kExpenditure),
    Name("Release.name", kRelease),
    Name("ReceiveReleaseRequest.name", kRelease),
    Name("GetReleaseRequest.name", kRelease),
    Name("Expenditure.name", kExpenditure),
    Name("GetExpenditureRequest.name", kExpenditure),
    Name("Interest.name", kInterest),
    Name("GetInterestRequest.name", kInterest),
    Name("Refund.name", kRefund),
    Name("GetRefundRequest.name", kRefund),
    Name("Repayment.name", kRepayment),
    Name("GetRepaymentRequest.name", kRepayment),
    Name("Proposal.name", kProposal),
    Name("ApproveProposalRequest.name", kProposal),
    Name("WithdrawProposalRequest.name", kProposal),
    Name("GetProposalRequest.name", kProposal),
    Name("ProgressReport.name", kReport),
    Name("VerifyProgressRequest.name", kReport),
    Name("CountersignProgressRequest.name", kReport),
    Name("GetProgressReportRequest.name", kReport),
    Name("Deposit.name", kDeposit),
    Name("RecordDepositRequest.parent", kProject),
    Name("GetDepositRequest.name", kDeposit),
    Name("ListDepositsRequest.parent", kProject),
    Name("BankStatement.name", kStatement),
    Name("StartBankStatementRequest.parent", kProject),
    Name("AddBankLinesRequest.name", kStatement),
    Name("DiscardBankStatementRequest.name", kStatement),
    Name("WithdrawBankStatementRequest.name", kStatement),
    Name("previous_statement", kStatement),
    Name("GetBankStatementRequest.name", kStatement),
    Name("ListBankStatementsRequest.parent", kProject),
    Name("MatchBankLineRequest.name", kBankLine),
    Name("UnmatchBankLineRequest.name", kBankLine),
    Name("GetBankLineRequest.name", kBankLine),
    Name("ListBankLinesRequest.parent", kProject),
    Name("ReconcileBoxRequest.name", kProject),
    Name("ListBoxItemsRequest.parent", kProject),
    Name("TraceInflowRequest.name",
         "projects/*/contributions/*|projects/*/releases/*|projects/*/repayments/*|projects/*/in-kinds/*"),
    Name("TraceOutflowRequest.name", "projects/*/expenditures/*|projects/*/refunds/*"),

    // Ids that callers choose.
    Id("organization_id"),
    Id("program_id"),
    Id("rule_version_id"),
    Id("project_id"),
    Id("pledge_id"),
    Id("contribution_id"),
    Id("in_kind_id"),
    Id("contract_id"),
    Id("proposal_id"),
    Id("release_id"),
    Id("expenditure_id"),
    Id("interest_id"),
    Id("refund_id"),
    Id("repayment_id"),
    Id("report_id"),
    Id("objection_id"),
    Id("deposit_id"),
    Id("statement_id"),
    Id("amendment_id"),
    Id("reallocation_id"),
    Id("role"),
    Id("residual_role"),
    Id("absence_absorbed_by"),
    Id("absent_roles"),

    // Codes.
    Public("request_id", Grammar::kUuid),
    Public("valid_from", Grammar::kDate),
    Public("valid_to", Grammar::kDate),
    Public("last_verified_date", Grammar::kDate),
    Public("reference_date", Grammar::kDate),
    Public("age_date", Grammar::kDate),
    Public("effective_through", Grammar::kDate),
    Public("bank_value_date", Grammar::kDate),
    Public("payment_date", Grammar::kDate),
    Public("contract_date", Grammar::kDate),
    Public("appraisal_date", Grammar::kDate),
    Public("deadline", Grammar::kDate),
    Public("year_end_return_due_date", Grammar::kDate),
    Public("effective_date", Grammar::kDate),
    Public("agreement_date", Grammar::kDate),
    Public("due_date", Grammar::kDate),
    Public("joined_date", Grammar::kDate),
    Public("LaterDue.date", Grammar::kDate),
    Public("report_date", Grammar::kDate),
    Public("first_date", Grammar::kDate),
    Public("last_date", Grammar::kDate),
    Public("works_start_date", Grammar::kDate),
    Public("works_end_date", Grammar::kDate),
    Public("opens_month_day", Grammar::kMonthDay),
    Public("closes_month_day", Grammar::kMonthDay),
    Public("currency_code", Grammar::kCurrency),
    Public("country_code", Grammar::kCountry),
    Public("folio", Grammar::kFolio),
    Public("external_id", Grammar::kFolio),
    Public("locality_code", Grammar::kLocalityCode),
    Public("region_code", Grammar::kLocalityCode),
    Public("source", Grammar::kSeries),
    Public("band_source", Grammar::kSeries),
    Public("reference_series", Grammar::kSeries),
    Public("principal", Grammar::kPrincipal),
    Public("proposer_principal", Grammar::kPrincipal),
    Public("signature_principal", Grammar::kPrincipal),
    Public("executor_signature_principal", Grammar::kPrincipal),
    Public("handover_signature_principals", Grammar::kPrincipal),
    Public("Input.name", Grammar::kIdentifier),
    Public("method", Grammar::kMethod),
    Public("account", Grammar::kAccount),
    Public("etag", Grammar::kEtag),
    Public("origin", Grammar::kOrigin),
    Public("filter", Grammar::kFilter),
    Public("page_token", Grammar::kPageToken),

    // Hashes and commitments.
    Public("salted_sha256", Grammar::kBytes32),
    Public("display_name_commitment", Grammar::kBytes32),
    Public("title_commitment", Grammar::kBytes32),
    Public("memo_commitment", Grammar::kBytes32),
    Public("vendor_name_commitment", Grammar::kBytes32),
    Public("reason_commitment", Grammar::kBytes32),
    Public("text_commitment", Grammar::kBytes32),
    Public("number_commitment", Grammar::kBytes32),
    Public("account_commitment", Grammar::kBytes32),
    Public("reference_commitment", Grammar::kBytes32),
    Public("former_account_commitments", Grammar::kBytes32),

    // What never stands in an entry.
    Erasable("display_name"),
    Erasable("title"),
    Erasable("memo"),
    Erasable("reason"),
    Erasable("text"),
    {"vendor_name", FieldClass::kSealed, Grammar::kText},
    {"number", FieldClass::kSealed, Grammar::kAccountNumber},
    {"reference", FieldClass::kSealed, Grammar::kBankReference},

    // Amounts in minor units.
    Amount("minor_units"),
    AmountFrom(1, "budget_minor_units"),
    AmountFrom(1, "total_minor_units"),
    AmountFrom(1, "cap_minor_units"),
    AmountFrom(0, "due_minor_units"),
    Number("tolerance_minor_units", 0, kToleranceMinorUnitsMax),
    AmountFrom(0, "total_minimum_minor_units"),
    AmountFrom(0, "total_maximum_minor_units"),
    AmountFrom(0, "confirmed_minor_units"),
    AmountFrom(0, "amount_minor_units"),
    AmountFrom(0, "tranche_minor_units"),
    AmountFrom(0, "drawn_minor_units"),
    AmountFrom(0, "value_minor_units"),
    AmountFrom(0, "unspent_minor_units"),
    AmountFrom(0, "returned_minor_units"),
    Amount("given_back_minor_units"),
    AmountFrom(0, "AdvanceRecovered.given_back_minor_units"),
    AmountFrom(0, "AdvanceRecovery.given_back_minor_units"),
    AmountFrom(0, "recovered_minor_units"),
    AmountFrom(0, "appraised_minor_units"),
    AmountFrom(0, "lapsed_minor_units"),
    AmountFrom(0, "excess_minor_units"),
    Amount("PledgeChange.excess_minor_units"),
    Amount("line_minor_units"),
    Amount("assigned_minor_units"),
    AmountFrom(0, "amortised_minor_units"),
    AmountFrom(0, "Expenditure.retained_minor_units"),
    Amount("retained_minor_units"),
    Amount("invoiced_minor_units"),
    Amount("advanced_minor_units"),
    Amount("advance_open_minor_units"),
    Amount("open_minor_units"),
    Amount("in_kind_declared_minor_units"),
    Amount("in_kind_minor_units"),
    Amount("in_kind_counted_minor_units"),
    Amount("year_received_minor_units"),
    Amount("savings_minor_units"),
    Amount("year_end_return_minor_units"),
    AmountFrom(0, "covered_minor_units"),
    AmountFrom(0, "net_minor_units"),
    Amount("free_minor_units"),
    Amount("pledged_minor_units"),
    Amount("declared_minor_units"),
    Amount("verified_minor_units"),
    Amount("committed_minor_units"),
    Amount("proposed_minor_units"),
    Amount("released_minor_units"),
    Amount("received_minor_units"),
    Amount("settled_minor_units"),
    Amount("fee_minor_units"),
    AmountFrom(0, "resent_fee_minor_units"),
    Amount("over_match_minor_units"),
    Amount("spent_minor_units"),
    Amount("refunded_minor_units"),
    Amount("equalised_minor_units"),
    Amount("left_minor_units"),
    Amount("payable_minor_units"),
    Amount("receivable_minor_units"),
    Amount("interest_minor_units"),
    Amount("interest_paid_minor_units"),
    Amount("paid_in_minor_units"),
    Amount("year_end_returned_minor_units"),
    Amount("taken_twice_minor_units"),
    AmountFrom(0, "reopened_minor_units"),
    Amount("taken_back_minor_units"),
    Amount("reallocating_minor_units"),
    AmountFrom(0, "uncarried_minor_units"),
    Number("joined_tolerance_minor_units", 0, kToleranceMinorUnitsMax),
    Amount("spread_loss_minor_units"),
    Amount("total_loss_minor_units"),
    Amount("pledge_movement_minor_units"),
    Amount("PoolChange.budget_minor_units"),
    Number("party_tolerance_minor_units", 0, kToleranceMinorUnitsMax),
    AmountFrom(0, "ProjectSubmitted.total_minor_units"),
    AmountFrom(0, "requested_total_minor_units"),
    AmountFrom(1, "matched_minor_units_max"),
    Amount("matched_minor_units"),
    Amount("opening_balance_minor_units"),
    Amount("closing_balance_minor_units"),
    Amount("imported_minor_units"),
    Amount("pooled_minor_units"),

    // Rates, parts and weights.
    Number("units", 1, kAmountMinorUnitsMax),
    Number("scale", 4, 8),
    Number("weight", 1, kWeightMax),
    Number("role_weights", 0, kRoleWeightMax),
    Number("verified_bps_min", 1, kBasisPoints),
    Number("pools_bps_max", 1, kBasisPoints),
    Number("cap_bps", 0, kBasisPoints),
    Number("floor_bps", 0, kBasisPoints),
    Number("cumulative_bps", 1, kBasisPoints),
    Number("accounted_bps", 0, kBasisPoints),
    Number("in_kind_cap_bps", 0, kBasisPoints),
    Number("advance_bps_max", 1, kBasisPoints),
    Number("bound_multiple_bps", 1, kMultipleBpsMax),
    Amount("total_loss_bps"),

    // Years, times, places in the journal and other counts.
    Number("fiscal_year", 1900, 2999),
    Number("band_year", 1900, 2999),
    Number("from_fiscal_year", 1900, 2999),
    Number("to_fiscal_year", 1900, 2999),
    Number("fiscal_year_first", 1900, 2999),
    Number("fiscal_year_last", 1900, 2999),
    Number("closed_fiscal_years", 1900, 2999),
    Number("utc_offset_minutes", -840, 840),
    Number("time_us", 0, kInt64Max),
    Number("proposal_days", 1, kProposalDaysMax),
    Number("due_days", 1, kDueDaysMax),
    Number("pledge_lapse_days", 1, kLapseDaysMax),
    Number("agreement_days", 1, kLapseDaysMax),
    Number("year_end_return_days", 1, kYearEndReturnDaysMax),
    Number("received_year", 0, 2999),
    Number("contract_count", 0, kContractsPerProjectMax),
    Number("tranche_due_days", 0, kDueDaysMax),
    Number("commit_time_us", 0, kInt64Max),
    Number("Timestamp.seconds", -62'135'596'800, 253'402'300'799),  // Years 1 to 9999, as protobuf has it.
    Number("Timestamp.nanos", 0, 999'999'999),
    Number("sequence", 0, kInt64Max),
    Number("create_sequence", 0, kInt64Max),
    Number("update_sequence", 0, kInt64Max),
    Number("entry_sequences", 0, kInt64Max),
    Number("target_sequence", 0, kInt64Max),
    Number("until_sequence", 0, kInt64Max),
    Number("through_sequence", 0, kInt64Max),
    Number("acknowledged_sequence", 0, kInt64Max),
    Number("signature_sequence", 0, kInt64Max),
    Number("executor_signature_sequence", 0, kInt64Max),
    Number("joined_signature_sequences", 0, kInt64Max),
    Number("agreement_version", 0, std::numeric_limits<int32_t>::max()),
    Number("entry_count", 0, kInt64Max),
    Number("algorithm_version", 0, 1'000'000),
    Number("ordinal", 1, kTrancheStepsMax),
    Number("tranche_counts", 0, kTrancheStepsMax),
    Number("size_bytes", 0, 1'000'000'000'000),  // A terabyte: a film of the whole work.
    Number("quantity_milli", 1, kAmountMinorUnitsMax),
    Number("InKind.quantity_milli", 1, kInKindQuantityMilliMax),
    Number("AppraiseInKindRequest.quantity_milli", 1, kInKindQuantityMilliMax),
    Number("appraised_quantity_milli", 0, kInKindQuantityMilliMax),
    Number("VerifyProgressRequest.quantity_milli", 0, kAmountMinorUnitsMax),  // Nothing may be found.
    Number("ProgressVerified.quantity_milli", 0, kAmountMinorUnitsMax),
    Number("planned_quantity_milli", 0, kAmountMinorUnitsMax),
    Number("AmendmentTerms.planned_quantity_milli", 1, kAmountMinorUnitsMax),
    Number("progress_quantity_milli", 0, kAmountMinorUnitsMax),
    Number("ProgressReport.reported_quantity_milli", 1, kAmountMinorUnitsMax),
    Number("project_count", std::numeric_limits<int32_t>::min(), kInt64Max),
    Number("projects_max", 1, std::numeric_limits<int32_t>::max()),
    Number("place_code_length", 0, kLocalityCodeCharactersMax),
    Number("reported_quantity_milli", 0, kAmountMinorUnitsMax),
    Number("verified_quantity_milli", 0, kAmountMinorUnitsMax),
    Number("Input.value", std::numeric_limits<int64_t>::min(), kInt64Max),
    Number("Refused.reason", 1, 9'999),
    Number("texts", 0, kInt64Max),
    Number("line_count", 0, kBankLinesPerProjectMax),
    Number("imported_line_count", 0, kBankLinesPerProjectMax),
    Number("bank_line_count", 0, kBankLinesPerProjectMax),
    Number("first_line", 1, kBankLinesPerProjectMax),
    Number("matched_sequence", 0, kInt64Max),
    Number("matched_sequences", 0, kInt64Max),
    Number("match_count", 0, kBankLinesPerProjectMax * kEntriesPerChildMax),
    Number("recovery_sequence", 0, kInt64Max),
    Number("carry_sequence", 0, kInt64Max),
    Number("carried_out_sequences", 0, kInt64Max),
    Number("reversal_sequence", 0, kInt64Max),
    Number("window_days", 0, kWindowDaysMax),
    Number("page_size", 0, std::numeric_limits<int32_t>::max()),  // Above 1,000 is coerced, not refused.
};

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// True where `text` has `minimum` to `maximum` bytes, all of which `allowed` takes.
template <typename Allowed>
bool Consists(std::string_view text, std::size_t minimum, std::size_t maximum, Allowed allowed) {
  if (text.size() < minimum || text.size() > maximum) return false;
  for (const char c : text) {
    if (!allowed(c)) return false;
  }
  return true;
}

// Characters of `text`, or nullopt where it is no UTF-8 or holds a control character.
std::optional<int> CountTextCharacters(std::string_view text) {
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(i);
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || size > text.size() - i) return std::nullopt;
    uint32_t code = size == 1 ? lead : lead & (0xFF >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return std::nullopt;
      code = code << 6 | (byte(i + k) & 0x3F);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    if (overlong || surrogate || control || code > 0x10FFFF) return std::nullopt;
    i += size;
  }
  return count;
}

// As banks write references, but for what nobody means by writing it otherwise: capitals and how many spaces.
bool IsBankReference(std::string_view text) {
  const std::optional<int> count = CountTextCharacters(text);
  if (!count || *count < 1 || *count > 40 || text.front() == ' ' || text.back() == ' ') return false;
  return text.find("  ") == std::string_view::npos && std::none_of(text.begin(), text.end(), IsLower);
}

// `^[a-z0-9][a-z0-9.-]{0,62}[a-z0-9](/[a-z0-9-]{1,32})?$`
bool IsOrigin(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto letter_or_digit = [](char c) { return IsLower(c) || IsDigit(c); };
  if (!Consists(host, 2, 64, [&](char c) { return letter_or_digit(c) || c == '.' || c == '-'; })) return false;
  if (!letter_or_digit(host.front()) || !letter_or_digit(host.back())) return false;
  return slash == std::string_view::npos ||
         Consists(text.substr(slash + 1), 1, 32, [&](char c) { return letter_or_digit(c) || c == '-'; });
}

// Two to four parts of lower-case letters, digits and hyphens: `funds:tekax-2014:club-tekax:over-match`.
bool IsAccount(std::string_view text) {
  int parts = 0;
  while (true) {
    const std::size_t colon = text.find(':');
    const bool fits = Consists(text.substr(0, colon), 1, 68, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
    if (!fits || ++parts > 4) return false;
    if (colon == std::string_view::npos) return parts >= 2;
    text.remove_prefix(colon + 1);
  }
}

bool IsEtag(std::string_view text) {
  if (text.size() < 3 || text.front() != '"' || text.back() != '"') return false;
  return Consists(text.substr(1, text.size() - 2), 1, 64, [](char c) { return IsLower(c) || IsUpper(c) || IsDigit(c); });
}

bool MatchesPattern(std::string_view text, std::string_view patterns) {
  while (true) {
    const std::size_t bar = patterns.find('|');
    if (IsResourceName(text, patterns.substr(0, bar))) return true;
    if (bar == std::string_view::npos) return false;
    patterns.remove_prefix(bar + 1);
  }
}

// What an id is made of, after a pattern in words.
constexpr char kIdsInWords[] = ", its ids of lower-case letters, digits and hyphens";

// `projects/*|organizations/*` in words: `projects/{id} or organizations/{id}`.
std::string PatternInWords(std::string_view patterns, std::string_view between = " or ") {
  std::string words;
  for (const char c : patterns) {
    if (c == '*') {
      words += "{id}";
    } else if (c == '|') {
      words += between;
    } else {
      words += c;
    }
  }
  return words;
}

std::string Unless(bool fits, std::string_view allowed) { return fits ? std::string() : std::string(allowed); }

const FieldRow* LookUp(const FieldDescriptor& field) {
  static const auto* const rows = [] {
    auto* map = new std::unordered_map<std::string_view, const FieldRow*>;
    for (const FieldRow& row : kTable) map->emplace(row.field, &row);
    return map;
  }();
  bool integer = false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      break;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      integer = true;
      break;
    default:
      return nullptr;
  }
  auto found = rows->find(field.containing_type()->name() + "." + field.name());
  if (found == rows->end()) found = rows->find(field.name());
  if (found == rows->end() || (found->second->grammar == Grammar::kInteger) != integer) return nullptr;
  return found->second;
}

// What FindExposedText looks at in one type of message, worked out once: every entry passes it on its way to the journal.
struct WirePlan {
  struct Field {
    const FieldDescriptor* field = nullptr;  // Null where the type has no field of this number.
    bool is_text = false;
    const FieldRow* row = nullptr;           // Of a text.
    const WirePlan* below = nullptr;         // Of a message.
  };
  std::vector<Field> fields;  // By number.
};

using WirePlans = std::unordered_map<const google::protobuf::Descriptor*, WirePlan>;

// Adds the plan of `type`, and of the types below it. REQUIRES: no type contains itself.
const WirePlan& AddWirePlan(const google::protobuf::Descriptor& type, WirePlans& plans) {
  if (const auto found = plans.find(&type); found != plans.end()) return found->second;
  WirePlan plan;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const auto number = static_cast<std::size_t>(field.number());
    if (plan.fields.size() <= number) plan.fields.resize(number + 1);
    const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    plan.fields[number] = {&field, is_text, is_text ? FindFieldRow(field) : nullptr,
                           field.message_type() == nullptr ? nullptr : &AddWirePlan(*field.message_type(), plans)};
  }
  return plans.emplace(&type, std::move(plan)).first->second;
}

bool IsExposed(const FieldRow* row, std::string_view text) {
  if (text.empty()) return false;
  // A code that was in use when its programme began may be retired; three capital letters hide nothing.
  if (row != nullptr && row->grammar == Grammar::kCurrency) return !Consists(text, 3, 3, IsUpper);
  return row == nullptr || row->field_class != FieldClass::kPublic || !CheckText(*row, text).empty();
}

constexpr char kMalformed[] = "(malformed)";

// The field's name, with the place of its element that follows after `before` where it is repeated.
std::string Element(const FieldDescriptor& field, std::string_view before) {
  if (!field.is_repeated()) return field.name();
  int index = 0;
  CodedInputStream in(reinterpret_cast<const uint8_t*>(before.data()), static_cast<int>(before.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == field.number()) ++index;
    if (!WireFormatLite::SkipField(&in, tag)) break;
  }
  return field.name() + "[" + std::to_string(index) + "]";
}

// The path of a field at fault in the bytes of a message; empty where there is none.
std::string FindFault(std::string_view bytes, const WirePlan& plan) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  while (true) {
    const int at = in.CurrentPosition();
    const uint32_t tag = in.ReadTag();
    if (tag == 0) return at == static_cast<int>(bytes.size()) ? std::string() : kMalformed;
    const auto number = static_cast<std::size_t>(WireFormatLite::GetTagFieldNumber(tag));
    if (number >= plan.fields.size() || plan.fields[number].field == nullptr) return "(unknown field)";
    const auto& [field, is_text, row, below] = plan.fields[number];
    if (!is_text && below == nullptr) {
      if (!WireFormatLite::SkipField(&in, tag)) return kMalformed;
      continue;
    }
    uint32_t size = 0;
    const bool is_delimited = WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_delimited || !in.ReadVarint32(&size) || size > bytes.size()) return kMalformed;
    const std::string_view value = bytes.substr(static_cast<std::size_t>(in.CurrentPosition()), size);
    if (value.size() != size || !in.Skip(static_cast<int>(size))) return kMalformed;
    if (is_text) {
      if (IsExposed(row, value)) return Element(*field, bytes.substr(0, static_cast<std::size_t>(at)));
    } else if (const std::string fault = FindFault(value, *below); !fault.empty()) {
      return Element(*field, bytes.substr(0, static_cast<std::size_t>(at))) + "." + fault;
    }
  }
}

// Where a message of one type holds commitments, itself or in what stands below it, worked out once.
struct CommitmentPlan {
  std::vector<const FieldDescriptor*> commitments;
  // Messages below that may hold one.
  std::vector<std::pair<const FieldDescriptor*, const CommitmentPlan*>> below;
};

using CommitmentPlans = std::unordered_map<const google::protobuf::Descriptor*, CommitmentPlan>;

// Adds the plan of `type`, and of the types below it. REQUIRES: no type contains itself.
const CommitmentPlan& AddCommitmentPlan(const google::protobuf::Descriptor& type, CommitmentPlans& plans) {
  if (const auto found = plans.find(&type); found != plans.end()) return found->second;
  CommitmentPlan plan;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.type() == FieldDescriptor::TYPE_BYTES && field.name().ends_with("_commitment") && !field.is_repeated()) {
      plan.commitments.push_back(&field);
    } else if (field.message_type() != nullptr) {
      const CommitmentPlan& below = AddCommitmentPlan(*field.message_type(), plans);
      if (!below.commitments.empty() || !below.below.empty()) plan.below.emplace_back(&field, &below);
    }
  }
  return plans.emplace(&type, std::move(plan)).first->second;
}

bool FindCommitment(const Message& message, const CommitmentPlan& plan) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* field : plan.commitments) {
    if (reflection.HasField(message, field)) return true;
  }
  for (const auto& [field, below] : plan.below) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : reflection.HasField(message, field) ? 1 : 0;
    for (int i = 0; i < count; ++i) {
      if (FindCommitment(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                              : reflection.GetMessage(message, field),
                         *below)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

const FieldRow* FindFieldRow(const FieldDescriptor& field) {
  // Descriptors live as long as the process; looking a name up costs ten times as much.
  thread_local std::unordered_map<const FieldDescriptor*, const FieldRow*> known;
  const auto [at, inserted] = known.try_emplace(&field);
  if (inserted) at->second = LookUp(field);
  return at->second;
}

std::string CheckText(const FieldRow& row, std::string_view text) {
  const auto upper_or_digit = [](char c) { return IsUpper(c) || IsDigit(c); };
  switch (row.grammar) {
    case Grammar::kResourceName:
      return MatchesPattern(text, row.pattern) ? std::string() : "must be a resource name " + PatternInWords(row.pattern) +
          kIdsInWords;
    case Grammar::kResourceId:
      return Unless(IsResourceId(text),
                    "must be an id: a lower-case letter, then up to 62 lower-case letters, digits and hyphens");
    case Grammar::kUuid:
      return Unless(IsUuidV4(text), "must be a UUID of version 4, 36 characters");
    case Grammar::kMonthDay:
      // In a leap year every day is one.
      return Unless(IsDate("2000-" + std::string(text)), "must be a month and a day written MM-DD");
    case Grammar::kDate:
      return Unless(IsDate(text), "must be a day written YYYY-MM-DD, from 1900-01-01 to 2999-12-31");
    case Grammar::kCurrency:
      return Unless(CurrencyDigits(text).has_value(), "must be an active ISO 4217 currency code");
    case Grammar::kCountry:
      return Unless(Consists(text, 2, 2, IsUpper), "must be an ISO 3166-1 country code of two capital letters");
    case Grammar::kFolio:
      return Unless(Consists(text, 1, 32, [&](char c) { return upper_or_digit(c) || c == '.' || c == '/' || c == '-'; }) &&
                        upper_or_digit(text.front()),
                    "must be 1 to 32 of A-Z, 0-9, '.', '/' and '-', beginning with a letter or digit");
    case Grammar::kLocalityCode:
      return Unless(IsLocalityCode(text), "must be 1 to 32 of A-Z, 0-9 and '-', beginning with a letter or digit");
    case Grammar::kSeries:
      return Unless(Consists(text, 1, 32, [&](char c) { return upper_or_digit(c) || c == '_'; }) && IsUpper(text.front()),
                    "must be 1 to 32 of A-Z, 0-9 and '_', beginning with a letter");
    case Grammar::kAccountNumber:
      return Unless(Consists(text, 6, 34, upper_or_digit), "must be 6 to 34 of A-Z and 0-9, without spaces");
    case Grammar::kBankReference:
      return Unless(IsBankReference(text), "must be 1 to 40 characters of UTF-8 without control characters, letters a to z in capitals, "
                                           "with single spaces inside and none before or after");
    case Grammar::kText: {
      const std::optional<int> count = CountTextCharacters(text);
      return Unless(count && *count >= 1 && *count <= kTextCharactersMax,
                    "must be 1 to 500 characters of UTF-8 without control characters");
    }
    case Grammar::kBytes32:
      return Unless(text.size() == 32, "must be exactly 32 bytes");
    case Grammar::kPrincipal:
      return Unless(Consists(text, 32, 32, [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }),
                    "must be 32 hexadecimal digits");
    case Grammar::kIdentifier:
      return Unless(Consists(text, 1, 64, [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; }) && IsLower(text.front()),
                    "must be 1 to 64 of a-z, 0-9 and '_', beginning with a letter");
    case Grammar::kMethod:
      return Unless(Consists(text, 1, 64, [](char c) { return IsLower(c) || IsUpper(c); }), "must be a method's name");
    case Grammar::kAccount:
      return Unless(IsAccount(text), "must be an account of the chart");
    case Grammar::kEtag:
      return Unless(IsEtag(text), "must be an etag as the server gave it, with its quotes");
    case Grammar::kOrigin:
      return Unless(IsOrigin(text), "must be a ledger's origin: a host name and, after a slash, up to 32 of a-z, 0-9 and '-'");
    case Grammar::kFilter:
      return Unless(text.size() <= kQueryTextBytesMax, "must be at most 1,024 bytes");
    case Grammar::kPageToken:
      return Unless(Consists(text, 0, kQueryTextBytesMax, [](char c) { return c > ' ' && c <= '~'; }),
                    "must be a page token as the server gave it");
    case Grammar::kInteger:
      break;
  }
  return "must be a whole number";
}

std::string CheckInteger(const FieldRow& row, int64_t value) {
  if (row.grammar != Grammar::kInteger) return "must be text";
  if (value >= row.minimum && value <= row.maximum) return {};
  return "must be from " + std::to_string(row.minimum) + " to " + std::to_string(row.maximum);
}

std::vector<std::pair<std::string, std::string>> FiguresOfMisfit(const FieldRow& row) {
  const auto only = [](const char* name) { return std::vector<std::pair<std::string, std::string>>{{"case", name}}; };
  switch (row.grammar) {
    case Grammar::kResourceName: return {{"case", "RESOURCE_NAME"}, {"pattern", PatternInWords(row.pattern, ", ")}};
    case Grammar::kResourceId: return only("ID");
    case Grammar::kUuid: return only("UUID");
    case Grammar::kMonthDay: return only("MONTH_DAY");
    case Grammar::kDate: return only("DATE");
    case Grammar::kCurrency: return only("CURRENCY_CODE");
    case Grammar::kCountry: return only("COUNTRY_CODE");
    case Grammar::kFolio: return only("FOLIO");
    case Grammar::kLocalityCode: return only("LOCALITY_CODE");
    case Grammar::kSeries: return only("SERIES");
    case Grammar::kAccountNumber: return only("ACCOUNT_NUMBER");
    case Grammar::kBankReference: return only("BANK_REFERENCE");
    case Grammar::kText: return only("TEXT");
    case Grammar::kBytes32: return only("BYTES");
    case Grammar::kPrincipal: return only("PRINCIPAL");
    case Grammar::kIdentifier: return only("IDENTIFIER");
    case Grammar::kMethod: return only("METHOD");
    case Grammar::kAccount: return only("ACCOUNT");
    case Grammar::kEtag: return only("ETAG");
    case Grammar::kOrigin: return only("ORIGIN");
    case Grammar::kFilter: return only("FILTER_LENGTH");
    case Grammar::kPageToken: return only("PAGE_TOKEN");
    case Grammar::kInteger: break;
  }
  return {{"case", "RANGE"}, {"minimum", std::to_string(row.minimum)}, {"maximum", std::to_string(row.maximum)}};
}

bool HoldsCommitment(const Message& message) {
  thread_local CommitmentPlans plans;
  return FindCommitment(message, AddCommitmentPlan(*message.GetDescriptor(), plans));
}

std::string FindExposedText(const google::protobuf::Descriptor& type, std::string_view bytes) {
  thread_local WirePlans plans;
  return FindFault(bytes, AddWirePlan(type, plans));
}

std::string FindExposedText(const Message& message) { return FindExposedText(*message.GetDescriptor(), message.SerializeAsString()); }

}  // namespace oriundo
