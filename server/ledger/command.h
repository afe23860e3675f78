// Command: what admission hands to the sequencer and the ledger decides on.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/project_service.pb.h"

namespace oriundo {

// Who asks.
struct Actor {
  // `organizations/{organization}`.
  std::string organization;
  // Pseudonym of the principal, 32 hexadecimal digits.
  std::string principal;
};

// A text that was taken out of the request. Its commitment stands in the request instead.
struct SealedText {
  // The top-level resource that the text belongs to: `projects/tekax-2014`.
  std::string subject;
  // HMAC-SHA256 of the text under `salt`, 32 bytes.
  std::string commitment;
  // 32 random bytes, drawn by admission.
  std::string salt;
  // The text. Never reaches the ledger's decision.
  std::string text;
};

// Every writing request of the interface, and what nobody asks for through it: the first entry, what ends because its time is over
// (of an agreement the project's deadline), and the erasure of texts. The alternative's place has no meaning.
using Request =
    std::variant<v1::LedgerCreated, v1::CreateOrganizationRequest, v1::RegisterOrganizationRequest, v1::SubmitRegistrationRequest,
                 v1::RejectRegistrationRequest, v1::SuspendRegistrationRequest, v1::DisputeRegistrationRequest,
                 v1::ReinstateRegistrationRequest, v1::RevokeRegistrationRequest, v1::EndorseOrganizationRequest,
                 v1::RevokeEndorsementRequest, v1::RenameOrganizationRequest, v1::ChangeFederationRequest,
                 v1::AcceptClubRequest, v1::ProposeMergeRequest,
                 v1::AcceptMergeRequest, v1::RecordDirectoryEntryRequest, v1::AcknowledgeFeedRequest, v1::SaveCommunityRequest,
                 v1::CreateProgramRequest, v1::PublishRuleVersionRequest, v1::CreatePoolRequest, v1::IncreasePoolBudgetRequest,
                 v1::ReducePoolBudgetRequest, v1::CloseFiscalYearRequest, v1::ProposeReopeningRequest,
                 v1::WithdrawReopeningRequest, v1::ApproveReopeningRequest, v1::ReopeningExpired,
                 v1::CreateProjectRequest,
                 v1::UpdateProjectRequest, v1::SubmitProjectRequest, v1::PrevalidateProjectRequest, v1::ApproveProjectRequest,
                 v1::RejectProjectRequest, v1::SignAgreementRequest, v1::AuthorizeProjectRequest, v1::SuspendProjectRequest,
                 v1::ResumeProjectRequest, v1::ReportProgressRequest, v1::VerifyProgressRequest,
                 v1::CountersignProgressRequest, v1::ObjectToProjectRequest, v1::WithdrawObjectionRequest,
                 v1::ReportCompletionRequest,
                 v1::ConfirmCompletionRequest, v1::SignHandoverRequest, v1::SettleProjectRequest, v1::CloseProjectRequest,
                 v1::CancelProjectRequest, v1::CreatePledgeRequest, v1::DeclareContributionRequest, v1::EvidenceContributionRequest,
                 v1::VerifyContributionRequest, v1::RejectContributionRequest, v1::WithdrawContributionRequest, v1::ProposeReleaseRequest,
                 v1::ProposeReversalRequest,
                 v1::ProposeExpenditureRequest, v1::ApproveProposalRequest, v1::WithdrawProposalRequest, v1::ReceiveReleaseRequest,
                 v1::RecordExpenditureRequest, v1::RecordInterestRequest, v1::ApportionRefundsRequest, v1::PayRefundRequest,
                 v1::RecordRepaymentRequest, v1::ProposalExpired, v1::RecordDepositRequest, v1::StartBankStatementRequest,
                 v1::AddBankLinesRequest, v1::DiscardBankStatementRequest, v1::WithdrawBankStatementRequest,
                 v1::MatchBankLineRequest, v1::UnmatchBankLineRequest,
                 v1::ProposeAmendmentRequest, v1::SignAmendmentRequest, v1::WithdrawAmendmentRequest, v1::AmendmentExpired,
                 v1::CarryBalanceRequest, v1::ProposeWaiverRequest, v1::ProposeReallocationRequest, v1::CancelReallocationRequest,
                 v1::DeclareInKindRequest, v1::AppraiseInKindRequest, v1::RejectInKindRequest, v1::WithdrawInKindRequest,
                 v1::RecordContractRequest, v1::RecoverAdvanceRequest, v1::ProposeForfeitureRequest,
                 v1::ProposeYearEndReturnRequest, v1::MoveCommitmentRequest, v1::PledgeLapsed, v1::Deadline, v1::TextsErased>;

// One command, admitted: well formed by itself, its texts and account numbers replaced by commitments.
struct Command {
  Actor actor;
  // The method's name without its service, for example `ProposeRelease`.
  std::string method;
  // As the caller wrote it, lower case; empty only for the ledger's own first entry.
  std::string request_id;
  // Keyed digest of the request's body, 16 bytes: tells a repeat from another request under the same id.
  std::string digest;
  Request request;
  std::vector<SealedText> sealed;
  // Records that the decision will surely read; fetched in one go before the batch is worked on.
  std::vector<std::string> prefetch;
  // Size of the request on the wire, for the queue's bound.
  std::size_t size_bytes = 0;
};

// The place and time that the sequencer gives to a command.
struct Stamp {
  // The sequence of the command's first entry.
  int64_t sequence = 0;
  // Microseconds since 1970 UTC; above every earlier entry's.
  int64_t commit_time_us = 0;
};

}  // namespace oriundo
