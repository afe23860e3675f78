#include "server/ledger/fold.h"

#include <algorithm>
#include <cstdlib>

#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/bank_names.h"

namespace oriundo {
namespace {

using v1::Entry;

google::protobuf::Timestamp CommitTime(const Entry& entry) {
  google::protobuf::Timestamp time;
  time.set_seconds(entry.commit_time_us() / 1'000'000);
  time.set_nanos(static_cast<int32_t>(entry.commit_time_us() % 1'000'000) * 1'000);
  return time;
}

// The bookkeeping fields that every top-level resource has.
template <typename Resource>
void Touch(const Entry& entry, Resource& resource) {
  if (!resource.has_create_time()) {
    resource.set_create_sequence(entry.sequence());
    *resource.mutable_create_time() = CommitTime(entry);
  }
  resource.set_update_sequence(entry.sequence());
}

// The same for children, which remember all the entries that made them what they are.
template <typename Resource>
void TouchChild(const Entry& entry, Resource& resource) {
  if (!resource.has_create_time()) *resource.mutable_create_time() = CommitTime(entry);
  resource.add_entry_sequences(entry.sequence());
}

// The resource that a creating event carries takes the place of the empty record.
template <typename Resource>
void CreateFrom(const Resource& created, Resource& record) {
  record = created;
}

v1::Party* FindParty(v1::Project& project, const std::string& organization) {
  for (v1::Party& party : *project.mutable_parties()) {
    if (party.organization() == organization) return &party;
  }
  return nullptr;
}

// Sets an account's balance, keeping the list sorted and free of zeros.
void SetBalance(const v1::AccountBalance& after, v1::Project& project) {
  auto& balances = *project.mutable_balances();
  auto at = std::lower_bound(balances.begin(), balances.end(), after,
                             [](const auto& a, const auto& b) { return a.account() < b.account(); });
  const bool found = at != balances.end() && at->account() == after.account();
  if (after.minor_units() == 0) {
    if (found) balances.erase(at);
    return;
  }
  if (found) {
    at->set_minor_units(after.minor_units());
    return;
  }
  const int index = static_cast<int>(at - balances.begin());
  *balances.Add() = after;
  for (int i = balances.size() - 1; i > index; --i) balances.SwapElements(i, i - 1);
}

// The tranche schedule, which the entry holds as bare amounts: written out, that of a full project would not fit into an entry.
void MakeTranches(const v1::AgreementSigned& signed_event, v1::Project& project) {
  int next = 0;
  const int parties = std::min(signed_event.tranche_counts_size(), project.parties_size());
  for (int i = 0; i < parties; ++i) {
    const std::string& party = project.parties(i).organization();
    for (int ordinal = 1; ordinal <= signed_event.tranche_counts(i) && next < signed_event.tranche_minor_units_size();
         ++ordinal) {
      v1::Tranche& tranche = *project.add_tranches();
      tranche.set_name(TrancheName(project.name(), party, ordinal));
      tranche.set_party(party);
      tranche.set_ordinal(ordinal);
      tranche.set_amount_minor_units(signed_event.tranche_minor_units(next));
      const int due_days = next < signed_event.tranche_due_days_size() ? signed_event.tranche_due_days(next) : 0;
      if (due_days > 0) tranche.set_due_date(DateAfter(project.agreement_date(), due_days));
      ++next;
    }
  }
}

// The parts of a project's record that every kind of event may change.
void FoldMoney(const Entry& entry, v1::Project& project) {
  for (const v1::PartyChange& change : entry.party_changes()) {
    v1::Party* party = FindParty(project, change.organization());
    ORIUNDO_CHECK(party != nullptr);
    AddChange(change, *party);
  }
  for (const v1::TrancheChange& change : entry.tranche_changes()) {
    for (v1::Tranche& tranche : *project.mutable_tranches()) {
      if (tranche.name() != change.tranche()) continue;
      tranche.set_proposed_minor_units(tranche.proposed_minor_units() + change.proposed_minor_units());
      tranche.set_released_minor_units(tranche.released_minor_units() + change.released_minor_units());
      tranche.set_settled_minor_units(tranche.settled_minor_units() + change.settled_minor_units());
      tranche.set_receivable_minor_units(tranche.receivable_minor_units() + change.receivable_minor_units());
      tranche.set_fee_minor_units(tranche.fee_minor_units() + change.fee_minor_units());
    }
  }
  for (const v1::AccountBalance& after : entry.balances_after()) SetBalance(after, project);
  if (entry.project_state() == v1::Project::SUSPENDED) project.set_suspended_state(project.state());
  // What is cancelled returns to no state any more.
  if (entry.has_project_resumed() || entry.has_project_cancelled()) project.clear_suspended_state();
  if (entry.project_state() != v1::Project::STATE_UNSPECIFIED) project.set_state(entry.project_state());
}

// The proposal that an entry carries out, or nothing.
std::string ApprovedProposal(const Entry& entry) {
  switch (entry.event_case()) {
    case Entry::kReleaseApproved: return entry.release_approved().release().proposal();
    case Entry::kExpenditureRecorded: return entry.expenditure_recorded().proposal();
    case Entry::kContributionReversed: return entry.contribution_reversed().proposal();
    case Entry::kReleaseReturned: return entry.release_returned().proposal();
    case Entry::kExpenditureReversed: return entry.expenditure_reversed().proposal();
    case Entry::kRefundReversed:
      return entry.refund_reversed().proposal();
    case Entry::kRepaymentReversed:
      return entry.repayment_reversed().proposal();
    case Entry::kInterestReversed:
      return entry.interest_reversed().proposal();
    case Entry::kDepositReturned: return entry.deposit_returned().proposal();
    default: return {};
  }
}

// What ends by itself in the project: open proposals, by time and then by name.
void FoldDeadlines(const Entry& entry, v1::Project& project) {
  auto& deadlines = *project.mutable_deadlines();
  if (entry.has_proposal_created() && entry.proposal_created().proposal().has_expire_time()) {
    const v1::Proposal& proposal = entry.proposal_created().proposal();
    v1::Deadline& deadline = *deadlines.Add();
    deadline.set_time_us(proposal.expire_time().seconds() * 1'000'000 + proposal.expire_time().nanos() / 1'000);
    deadline.set_resource(proposal.name());
    for (int i = deadlines.size() - 1; i > 0; --i) {
      const v1::Deadline& before = deadlines[i - 1];
      const v1::Deadline& here = deadlines[i];
      if (before.time_us() < here.time_us() || (before.time_us() == here.time_us() && before.resource() < here.resource())) break;
      deadlines.SwapElements(i - 1, i);
    }
    return;
  }
  const std::string ended = entry.has_proposal_withdrawn() ? entry.proposal_withdrawn().proposal()
                            : entry.has_proposal_expired() ? entry.proposal_expired().proposal()
                                                           : ApprovedProposal(entry);
  if (ended.empty()) return;
  deadlines.erase(std::remove_if(deadlines.begin(), deadlines.end(), [&](const v1::Deadline& deadline) { return deadline.resource() == ended; }),
                  deadlines.end());
}

void FoldProject(const Entry& entry, v1::Project& project) {
  switch (entry.event_case()) {
    case Entry::kProjectCreated:
      CreateFrom(entry.project_created().project(), project);
      break;
    case Entry::kProjectUpdated: {
      // The new draft, with what the old one had been given by the ledger.
      v1::Project draft = entry.project_updated().project();
      draft.set_create_sequence(project.create_sequence());
      *draft.mutable_create_time() = project.create_time();
      draft.set_entry_count(project.entry_count());
      draft.set_state(project.state());
      project = std::move(draft);
      break;
    }
    case Entry::kProjectSubmitted: {
      const v1::ProjectSubmitted& submitted = entry.project_submitted();
      for (int i = 0; i < submitted.due_minor_units_size(); ++i) {
        project.mutable_parties(i)->set_due_minor_units(submitted.due_minor_units(i));
      }
      for (int i = 0; i < submitted.party_tolerance_minor_units_size(); ++i) {
        project.mutable_parties(i)->set_tolerance_minor_units(submitted.party_tolerance_minor_units(i));
      }
      project.set_tolerance_minor_units(submitted.tolerance_minor_units());
      *project.mutable_role_weights() = submitted.role_weights();
      if (submitted.total_minor_units() != 0) {
        project.set_requested_total_minor_units(project.total_minor_units());
        project.set_total_minor_units(submitted.total_minor_units());
      }
      break;
    }
    case Entry::kProjectApproved:
      for (const v1::TallyChange& change : entry.tally_changes()) project.add_tallies(change.tally());
      break;
    case Entry::kProgressReported:
      project.set_reported_quantity_milli(entry.progress_reported().report().reported_quantity_milli());
      break;
    case Entry::kProgressVerified:
      project.set_progress_quantity_milli(std::max(project.progress_quantity_milli(), entry.progress_verified().quantity_milli()));
      break;
    case Entry::kAgreementSigned: {
      const v1::AgreementSigned& signed_event = entry.agreement_signed();
      // Whoever names another account begins the agreement anew; otherwise the latest day of all signatures counts.
      if (project.account_commitment() != signed_event.account_commitment() || project.agreement_date() < signed_event.agreement_date()) {
        project.set_agreement_date(signed_event.agreement_date());
      }
      project.set_account_commitment(signed_event.account_commitment());
      for (const std::string& organization : signed_event.signatures_taken_back()) {
        if (v1::Party* party = FindParty(project, organization)) party->clear_signature_sequence();
        if (project.executor() == organization) project.clear_executor_signature_sequence();
      }
      // One organisation may be both funder and executor; one signature serves for both.
      if (v1::Party* party = FindParty(project, entry.organization())) party->set_signature_sequence(entry.sequence());
      if (project.executor() == entry.organization()) project.set_executor_signature_sequence(entry.sequence());
      MakeTranches(signed_event, project);
      break;
    }
    case Entry::kCompletionReported:
      project.set_completion_reported(true);
      project.set_reported_quantity_milli(entry.completion_reported().quantity_milli());
      break;
    case Entry::kCompletionConfirmed:
      // Who confirms the finished work has inspected it: last tranches that wait for verified work wait no longer.
      project.set_verified_quantity_milli(entry.completion_confirmed().quantity_milli());
      project.set_progress_quantity_milli(std::max(project.progress_quantity_milli(), entry.completion_confirmed().quantity_milli()));
      break;
    case Entry::kHandoverSigned:
      project.add_handover_signatures(entry.organization());
      break;
    case Entry::kExpenditureRecorded:
      project.set_spent_minor_units(project.spent_minor_units() + entry.expenditure_recorded().expenditure().amount().minor_units());
      break;
    case Entry::kExpenditureReversed:
      // The parties' changes say what came back to each; their sum is the expenditure.
      for (const v1::PartyChange& change : entry.party_changes()) {
        project.set_spent_minor_units(project.spent_minor_units() + change.spent_minor_units());
      }
      break;
    case Entry::kInterestRecorded:
      project.set_interest_minor_units(project.interest_minor_units() +
                                       entry.interest_recorded().interest().amount().minor_units());
      break;
    case Entry::kInterestReversed:
      project.set_interest_minor_units(project.interest_minor_units() - entry.interest_reversed().amount().minor_units());
      break;
    case Entry::kRefundsApportioned:
      project.set_interest_minor_units(project.interest_minor_units() - entry.refunds_apportioned().interest_minor_units());
      break;
    case Entry::kBankStatementStarted: {
      const v1::BankStatement& statement = entry.bank_statement_started().statement();
      if (statement.state() == v1::BankStatement::COMPLETE) {
        project.set_last_statement(statement.name());
      } else {
        project.set_importing_statement(statement.name());
      }
      break;
    }
    case Entry::kBankLinesAdded: {
      const v1::BankLinesAdded& added = entry.bank_lines_added();
      if (!added.complete()) break;
      project.set_last_statement(added.statement());
      project.clear_importing_statement();
      project.set_bank_line_count(project.bank_line_count() + added.first_line() - 1 + added.lines_size());
      break;
    }
    case Entry::kBankStatementDiscarded:
      project.clear_importing_statement();
      break;
    default:
      break;
  }
  FoldMoney(entry, project);
  FoldDeadlines(entry, project);
  Touch(entry, project);
  project.set_entry_count(project.entry_count() + 1);
  project.set_etag("\"" + std::to_string(entry.sequence()) + "\"");
}

void FoldContribution(const Entry& entry, v1::Contribution& contribution) {
  switch (entry.event_case()) {
    case Entry::kContributionDeclared:
      CreateFrom(entry.contribution_declared().contribution(), contribution);
      break;
    case Entry::kContributionEvidenced:
      contribution.set_state(v1::Contribution::EVIDENCED);
      *contribution.add_evidence() = entry.contribution_evidenced().evidence();
      break;
    case Entry::kContributionVerified: {
      const v1::ContributionVerified& verified = entry.contribution_verified();
      contribution.set_state(v1::Contribution::VERIFIED);
      *contribution.mutable_credited() = verified.credited();
      contribution.set_bank_value_date(verified.bank_value_date());
      contribution.set_verifier(entry.organization());
      if (verified.has_transfer()) *contribution.mutable_transfer() = verified.transfer();
      contribution.mutable_evidence()->MergeFrom(verified.documents());
      break;
    }
    case Entry::kContributionRejected:
      contribution.set_state(v1::Contribution::REJECTED);
      contribution.set_verifier(entry.organization());
      break;
    case Entry::kContributionWithdrawn:
      contribution.set_state(v1::Contribution::WITHDRAWN);
      break;
    case Entry::kContributionReversed:
      contribution.set_state(v1::Contribution::REVERSED);
      break;
    default:
      break;
  }
  TouchChild(entry, contribution);
}

void FoldRelease(const Entry& entry, v1::Release& release) {
  switch (entry.event_case()) {
    case Entry::kReleaseApproved:
      CreateFrom(entry.release_approved().release(), release);
      break;
    case Entry::kReleaseReceived: {
      const v1::ReleaseReceived& received = entry.release_received();
      release.set_state(v1::Release::RECEIVED);
      *release.mutable_credited() = received.credited();
      release.set_bank_value_date(received.bank_value_date());
      release.set_verifier(entry.organization());
      release.mutable_evidence()->MergeFrom(received.documents());
      break;
    }
    case Entry::kReleaseReturned:
      release.set_state(v1::Release::RETURNED);
      break;
    default:
      break;
  }
  TouchChild(entry, release);
}

void FoldProposal(const Entry& entry, v1::Proposal& proposal) {
  if (entry.event_case() == Entry::kProposalCreated) {
    CreateFrom(entry.proposal_created().proposal(), proposal);
  } else if (entry.event_case() == Entry::kProposalWithdrawn) {
    proposal.set_state(v1::Proposal::WITHDRAWN);
  } else if (entry.event_case() == Entry::kProposalExpired) {
    proposal.set_state(v1::Proposal::EXPIRED);
  } else {
    proposal.set_state(v1::Proposal::APPROVED);
    proposal.set_approver(entry.organization());
  }
  TouchChild(entry, proposal);
}

void FoldPool(const Entry& entry, const std::string& name, v1::Pool& pool) {
  if (entry.event_case() == Entry::kPoolCreated) CreateFrom(entry.pool_created().pool(), pool);
  for (const v1::PoolChange& change : entry.pool_changes()) {
    if (change.pool() != name) continue;
    pool.set_budget_minor_units(pool.budget_minor_units() + change.budget_minor_units());
    pool.set_committed_minor_units(pool.committed_minor_units() + change.committed_minor_units());
    pool.set_released_minor_units(pool.released_minor_units() + change.released_minor_units());
  }
  pool.set_free_minor_units(pool.budget_minor_units() - pool.committed_minor_units() - pool.released_minor_units());
  Touch(entry, pool);
}

// A freeze of a registration, and who began it.
void Freeze(v1::Organization::RegistrationState state, const Entry& entry, v1::Organization& organization) {
  organization.set_registration_state(state);
  organization.set_frozen_by(entry.organization());
}

void FoldOrganization(const Entry& entry, const std::string& name, v1::Organization& organization) {
  switch (entry.event_case()) {
    case Entry::kLedgerCreated:
      CreateFrom(entry.ledger_created().administrator(), organization);
      break;
    case Entry::kOrganizationCreated:
      CreateFrom(entry.organization_created().organization(), organization);
      break;
    case Entry::kOrganizationRegistered:
      *organization.mutable_registration() = entry.organization_registered().registration();
      organization.set_registration_state(v1::Organization::REGISTERED);
      break;
    case Entry::kRegistrationSubmitted:
      organization.set_registration_state(v1::Organization::SUBMITTED);
      break;
    case Entry::kRegistrationRejected:
      organization.set_registration_state(v1::Organization::REJECTED);
      break;
    case Entry::kRegistrationSuspended:
      Freeze(v1::Organization::SUSPENDED, entry, organization);
      break;
    case Entry::kRegistrationDisputed:
      Freeze(v1::Organization::DISPUTED, entry, organization);
      break;
    case Entry::kRegistrationReinstated:
      organization.set_registration_state(v1::Organization::REGISTERED);
      organization.clear_frozen_by();
      break;
    case Entry::kRegistrationRevoked:
      Freeze(v1::Organization::REVOKED, entry, organization);
      break;
    case Entry::kOrganizationEndorsed:
      *organization.mutable_endorsement() = entry.organization_endorsed().endorsement();
      break;
    case Entry::kEndorsementRevoked:
      organization.mutable_endorsement()->set_revoked(true);
      break;
    case Entry::kOrganizationRenamed: {
      v1::FormerName& former = *organization.add_former_names();
      former.set_display_name_commitment(organization.display_name_commitment());
      former.set_until_sequence(entry.sequence());
      organization.set_display_name_commitment(entry.organization_renamed().display_name_commitment());
      break;
    }
    case Entry::kFederationChanged:
      organization.set_parent(entry.federation_changed().to());
      // The word of the federation it left is worth no more.
      if (organization.has_endorsement()) organization.mutable_endorsement()->set_revoked(true);
      break;
    case Entry::kMergeProposed:
      organization.set_proposed_successor(entry.merge_proposed().successor());
      break;
    case Entry::kOrganizationMerged:
      if (name == entry.organization_merged().successor()) {
        organization.add_predecessors(entry.organization_merged().organization());
      } else {
        organization.set_successor(entry.organization_merged().successor());
        organization.clear_proposed_successor();
      }
      break;
    case Entry::kDirectoryEntryRecorded: {
      const v1::DirectoryEntry& recorded = entry.directory_entry_recorded().directory_entry();
      for (v1::DirectoryEntry& known : *organization.mutable_directory_entries()) {
        if (known.source() != recorded.source()) continue;
        known = recorded;
        return Touch(entry, organization);
      }
      *organization.add_directory_entries() = recorded;
      break;
    }
    case Entry::kFeedAcknowledged:
      organization.set_acknowledged_sequence(entry.feed_acknowledged().through_sequence());
      break;
    default:
      break;
  }
  Touch(entry, organization);
}

// The record of the number that a registration was given, or nothing.
std::string FolioRecord(const Entry& entry) {
  if (!entry.has_organization_registered()) return {};
  const v1::Registration& registration = entry.organization_registered().registration();
  return FolioName(registration.issuer(), registration.folio());
}

void FoldTally(const Entry& entry, const std::string& name, v1::Tally& tally) {
  tally.set_name(name);
  for (const v1::TallyChange& change : entry.tally_changes()) {
    if (change.tally() != name) continue;
    tally.set_project_count(tally.project_count() + change.project_count());
    tally.set_matched_minor_units(tally.matched_minor_units() + change.matched_minor_units());
    tally.set_pooled_minor_units(tally.pooled_minor_units() + change.pooled_minor_units());
  }
  Touch(entry, tally);
}

void FoldReport(const Entry& entry, v1::ProgressReport& report) {
  if (entry.has_progress_reported()) CreateFrom(entry.progress_reported().report(), report);
  if (entry.has_progress_verified()) {
    report.set_state(v1::ProgressReport::VERIFIED);
    report.set_verified_quantity_milli(entry.progress_verified().quantity_milli());
    report.set_inspector(entry.organization());
    *report.mutable_inspection_evidence() = entry.progress_verified().documents();
  }
  TouchChild(entry, report);
}

void FoldDeposit(const Entry& entry, v1::Deposit& deposit) {
  if (entry.has_deposit_recorded()) CreateFrom(entry.deposit_recorded().deposit(), deposit);
  if (entry.has_deposit_returned()) deposit.set_state(v1::Deposit::RETURNED);
  if (entry.bank_use().deposit() == deposit.name()) {
    deposit.set_state(v1::Deposit::IDENTIFIED);
    deposit.set_identified_as(entry.bank_use().resource());
  }
  TouchChild(entry, deposit);
}

void FoldStatement(const Entry& entry, v1::BankStatement& statement) {
  if (entry.has_bank_statement_started()) CreateFrom(entry.bank_statement_started().statement(), statement);
  if (entry.has_bank_lines_added()) {
    const v1::BankLinesAdded& added = entry.bank_lines_added();
    statement.set_imported_line_count(statement.imported_line_count() + added.lines_size());
    for (const v1::BankLinesAdded::Line& line : added.lines()) {
      statement.set_imported_minor_units(statement.imported_minor_units() + line.minor_units());
    }
    if (added.complete()) statement.set_state(v1::BankStatement::COMPLETE);
  }
  if (entry.has_bank_statement_discarded()) statement.set_state(v1::BankStatement::DISCARDED);
  Touch(entry, statement);
}

void FoldBankLine(const Entry& entry, const std::string& name, v1::BankLine& line) {
  const auto match = [&](const std::string& with, bool reversal, int64_t sequence) {
    line.set_state(v1::BankLine::MATCHED);
    line.set_matched_with(with);
    line.set_matched_reversal(reversal);
    line.set_matched_sequence(sequence);
  };
  if (entry.has_bank_lines_added()) {
    const v1::BankLinesAdded& added = entry.bank_lines_added();
    const int64_t ordinal = std::strtoll(name.c_str() + name.rfind('-') + 1, nullptr, 10);
    const int index = static_cast<int>(ordinal - added.first_line());
    ORIUNDO_CHECK(index >= 0 && index < added.lines_size());
    const v1::BankLinesAdded::Line& row = added.lines(index);
    line.set_name(name);
    line.set_state(v1::BankLine::OPEN);
    line.set_statement(added.statement());
    line.set_bank_value_date(row.bank_value_date());
    line.set_minor_units(row.minor_units());
    line.set_reference_commitment(row.reference_commitment());
  }
  if (entry.has_bank_line_matched()) {
    const v1::BankLineMatched& matched = entry.bank_line_matched();
    match(matched.target(), matched.reversal(), matched.matched_sequence());
  } else if (entry.has_bank_line_unmatched()) {
    line.set_state(v1::BankLine::SET_APART);
    line.clear_matched_with();
    line.clear_matched_reversal();
    line.clear_matched_sequence();
  } else if (entry.has_bank_use()) {
    match(entry.bank_use().resource(), false, entry.sequence());
  }
  TouchChild(entry, line);
}

void FoldBankMatch(const Entry& entry, const std::string& name, v1::BankMatch& match) {
  match.set_name(name);
  if (entry.has_bank_line_matched()) {
    match.set_line(entry.bank_line_matched().line());
  } else if (entry.has_bank_line_unmatched()) {
    match.clear_line();
  } else {
    match.set_line(entry.bank_use().line().empty() ? entry.bank_use().deposit() : entry.bank_use().line());
  }
  TouchChild(entry, match);
}

// The posting whose match an entry makes or ends, as a match; or nothing.
std::string MatchRecord(const Entry& entry) {
  if (entry.has_bank_line_matched()) return BankMatchName(entry.project(), entry.bank_line_matched().matched_sequence());
  if (entry.has_bank_line_unmatched() && entry.bank_line_unmatched().has_matched_sequence()) {
    return BankMatchName(entry.project(), entry.bank_line_unmatched().matched_sequence());
  }
  if (entry.bank_use().line().empty() && entry.bank_use().deposit().empty()) return {};
  return BankMatchName(entry.project(), entry.sequence());
}

void FoldProgram(const Entry& entry, v1::Program& program) {
  auto& closed = *program.mutable_closed_fiscal_years();
  switch (entry.event_case()) {
    case Entry::kProgramCreated:
      CreateFrom(entry.program_created().program(), program);
      break;
    case Entry::kFiscalYearClosed: {
      closed.Add(entry.fiscal_year_closed().fiscal_year());
      std::sort(closed.begin(), closed.end());
      break;
    }
    case Entry::kReopeningProposed:
      program.mutable_reopening()->set_fiscal_year(entry.reopening_proposed().fiscal_year());
      program.mutable_reopening()->set_proposer(entry.organization());
      program.mutable_reopening()->set_proposer_principal(entry.principal());
      break;
    case Entry::kFiscalYearReopened:
      closed.erase(std::remove(closed.begin(), closed.end(), entry.fiscal_year_reopened().fiscal_year()), closed.end());
      program.clear_reopening();
      break;
    default:
      break;
  }
  Touch(entry, program);
}

// The one record besides project, proposal, pools, tallies, folio, successor and what it rests on at the bank that an entry
// creates or changes, or nothing.
std::string EventRecord(const Entry& entry) {
  switch (entry.event_case()) {
    case Entry::kRegistrationSubmitted: return entry.registration_submitted().organization();
    case Entry::kRegistrationRejected: return entry.registration_rejected().organization();
    case Entry::kRegistrationSuspended: return entry.registration_suspended().organization();
    case Entry::kRegistrationDisputed: return entry.registration_disputed().organization();
    case Entry::kRegistrationReinstated: return entry.registration_reinstated().organization();
    case Entry::kRegistrationRevoked: return entry.registration_revoked().organization();
    case Entry::kOrganizationEndorsed: return entry.organization_endorsed().organization();
    case Entry::kEndorsementRevoked: return entry.endorsement_revoked().organization();
    case Entry::kOrganizationRenamed: return entry.organization_renamed().organization();
    case Entry::kFederationChanged: return entry.federation_changed().organization();
    case Entry::kMergeProposed: return entry.merge_proposed().organization();
    case Entry::kOrganizationMerged: return entry.organization_merged().organization();
    case Entry::kDirectoryEntryRecorded: return entry.directory_entry_recorded().organization();
    case Entry::kFeedAcknowledged: return entry.feed_acknowledged().organization();
    case Entry::kCommunitySaved: return entry.community_saved().community().name();
    case Entry::kLedgerCreated: return entry.ledger_created().administrator().name();
    case Entry::kOrganizationCreated: return entry.organization_created().organization().name();
    case Entry::kOrganizationRegistered: return entry.organization_registered().organization();
    case Entry::kProgramCreated: return entry.program_created().program().name();
    case Entry::kRuleVersionPublished: return entry.rule_version_published().rule_version().name();
    case Entry::kPoolCreated: return entry.pool_created().pool().name();
    case Entry::kPoolBudgetIncreased: return entry.pool_budget_increased().pool();
    case Entry::kPoolBudgetReduced: return entry.pool_budget_reduced().pool();
    case Entry::kFiscalYearClosed: return entry.fiscal_year_closed().program();
    case Entry::kReopeningProposed: return entry.reopening_proposed().program();
    case Entry::kFiscalYearReopened: return entry.fiscal_year_reopened().program();
    case Entry::kProgressReported: return entry.progress_reported().report().name();
    case Entry::kProgressVerified: return entry.progress_verified().report();
    case Entry::kPledgeCreated: return entry.pledge_created().pledge().name();
    case Entry::kContributionDeclared: return entry.contribution_declared().contribution().name();
    case Entry::kContributionEvidenced: return entry.contribution_evidenced().contribution();
    case Entry::kContributionVerified: return entry.contribution_verified().contribution();
    case Entry::kContributionRejected: return entry.contribution_rejected().contribution();
    case Entry::kContributionWithdrawn: return entry.contribution_withdrawn().contribution();
    case Entry::kContributionReversed: return entry.contribution_reversed().contribution();
    case Entry::kProposalCreated: return entry.proposal_created().proposal().name();
    case Entry::kProposalWithdrawn: return entry.proposal_withdrawn().proposal();
    case Entry::kProposalExpired: return entry.proposal_expired().proposal();
    case Entry::kReleaseApproved: return entry.release_approved().release().name();
    case Entry::kReleaseReceived: return entry.release_received().release();
    case Entry::kReleaseReturned: return entry.release_returned().release();
    case Entry::kExpenditureRecorded: return entry.expenditure_recorded().expenditure().name();
    case Entry::kExpenditureReversed: return entry.expenditure_reversed().expenditure();
    case Entry::kInterestRecorded:
      return entry.interest_recorded().interest().name();
    case Entry::kInterestReversed:
      return entry.interest_reversed().interest();
    case Entry::kRefundPaid: return entry.refund_paid().refund().name();
    case Entry::kRefundReversed:
      return entry.refund_reversed().refund();
    case Entry::kRepaymentRecorded: return entry.repayment_recorded().repayment().name();
    case Entry::kRepaymentReversed:
      return entry.repayment_reversed().repayment();
    case Entry::kDepositRecorded: return entry.deposit_recorded().deposit().name();
    case Entry::kDepositReturned: return entry.deposit_returned().deposit();
    case Entry::kBankStatementStarted: return entry.bank_statement_started().statement().name();
    case Entry::kBankLinesAdded: return entry.bank_lines_added().statement();
    case Entry::kBankStatementDiscarded: return entry.bank_statement_discarded().statement();
    case Entry::kBankLineMatched: return entry.bank_line_matched().line();
    case Entry::kBankLineUnmatched: return entry.bank_line_unmatched().line();
    default: return {};
  }
}

void AddOnce(std::string name, std::vector<std::string>& names) {
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
  names.push_back(std::move(name));
}

}  // namespace

void AddChange(const v1::PartyChange& change, v1::Party& party) {
  party.set_pledged_minor_units(party.pledged_minor_units() + change.pledged_minor_units());
  party.set_declared_minor_units(party.declared_minor_units() + change.declared_minor_units());
  party.set_verified_minor_units(party.verified_minor_units() + change.verified_minor_units());
  party.set_committed_minor_units(party.committed_minor_units() + change.committed_minor_units());
  party.set_proposed_minor_units(party.proposed_minor_units() + change.proposed_minor_units());
  party.set_released_minor_units(party.released_minor_units() + change.released_minor_units());
  party.set_received_minor_units(party.received_minor_units() + change.received_minor_units());
  party.set_over_match_minor_units(party.over_match_minor_units() + change.over_match_minor_units());
  party.set_spent_minor_units(party.spent_minor_units() + change.spent_minor_units());
  party.set_refunded_minor_units(party.refunded_minor_units() + change.refunded_minor_units());
  party.set_equalised_minor_units(party.equalised_minor_units() + change.equalised_minor_units());
  party.set_left_minor_units(party.left_minor_units() + change.left_minor_units());
  party.set_payable_minor_units(party.payable_minor_units() + change.payable_minor_units());
  party.set_receivable_minor_units(party.receivable_minor_units() + change.receivable_minor_units());
  party.set_interest_minor_units(party.interest_minor_units() + change.interest_minor_units());
  party.set_interest_paid_minor_units(party.interest_paid_minor_units() + change.interest_paid_minor_units());
  party.set_paid_in_minor_units(party.paid_in_minor_units() + change.paid_in_minor_units());
  party.set_taken_back_minor_units(party.taken_back_minor_units() + change.taken_back_minor_units());
}

std::vector<std::string> TouchedRecords(const Entry& entry) {
  std::vector<std::string> names;
  if (entry.event_case() == Entry::kRefused) return names;
  AddOnce(entry.project(), names);
  AddOnce(EventRecord(entry), names);
  AddOnce(ApprovedProposal(entry), names);
  AddOnce(FolioRecord(entry), names);
  if (entry.has_organization_merged()) AddOnce(entry.organization_merged().successor(), names);
  for (const v1::PoolChange& change : entry.pool_changes()) AddOnce(change.pool(), names);
  for (const v1::TallyChange& change : entry.tally_changes()) AddOnce(change.tally(), names);
  if (entry.has_bank_use()) {
    const v1::BankUse& use = entry.bank_use();
    if (!use.reference_commitment().empty()) AddOnce(BankReferenceName(entry.project(), use.reference_commitment()), names);
    AddOnce(use.line(), names);
    AddOnce(use.deposit(), names);
  }
  AddOnce(MatchRecord(entry), names);
  // Lines are new and of different names; looking each up among the others would take long.
  const v1::BankLinesAdded& added = entry.bank_lines_added();
  for (int i = 0; i < added.lines_size(); ++i) names.push_back(BankLineName(added.statement(), added.first_line() + i));
  return names;
}

void FoldRecord(const Entry& entry, const std::string& name, google::protobuf::Message& record) {
  if (auto* project = dynamic_cast<v1::Project*>(&record)) return FoldProject(entry, *project);
  if (auto* contribution = dynamic_cast<v1::Contribution*>(&record)) return FoldContribution(entry, *contribution);
  if (auto* release = dynamic_cast<v1::Release*>(&record)) return FoldRelease(entry, *release);
  if (auto* proposal = dynamic_cast<v1::Proposal*>(&record)) return FoldProposal(entry, *proposal);
  if (auto* pool = dynamic_cast<v1::Pool*>(&record)) return FoldPool(entry, name, *pool);
  if (auto* expenditure = dynamic_cast<v1::Expenditure*>(&record)) {
    if (entry.has_expenditure_recorded()) CreateFrom(entry.expenditure_recorded().expenditure(), *expenditure);
    if (entry.has_expenditure_reversed()) expenditure->set_state(v1::Expenditure::REVERSED);
    return TouchChild(entry, *expenditure);
  }
  if (auto* pledge = dynamic_cast<v1::Pledge*>(&record)) {
    CreateFrom(entry.pledge_created().pledge(), *pledge);
    return TouchChild(entry, *pledge);
  }
  if (auto* refund = dynamic_cast<v1::Refund*>(&record)) {
    if (entry.has_refund_paid()) CreateFrom(entry.refund_paid().refund(), *refund);
    if (entry.has_refund_reversed()) refund->set_state(v1::Refund::REVERSED);
    return TouchChild(entry, *refund);
  }
  if (auto* repayment = dynamic_cast<v1::Repayment*>(&record)) {
    if (entry.has_repayment_recorded()) CreateFrom(entry.repayment_recorded().repayment(), *repayment);
    if (entry.has_repayment_reversed()) repayment->set_state(v1::Repayment::REVERSED);
    return TouchChild(entry, *repayment);
  }
  if (auto* interest = dynamic_cast<v1::Interest*>(&record)) {
    if (entry.has_interest_recorded()) CreateFrom(entry.interest_recorded().interest(), *interest);
    if (entry.has_interest_reversed()) interest->set_state(v1::Interest::REVERSED);
    return TouchChild(entry, *interest);
  }
  if (auto* organization = dynamic_cast<v1::Organization*>(&record)) return FoldOrganization(entry, name, *organization);
  if (auto* folio = dynamic_cast<v1::Folio*>(&record)) {
    folio->set_name(name);
    folio->set_organization(entry.organization_registered().organization());
    return TouchChild(entry, *folio);
  }
  if (auto* community = dynamic_cast<v1::Community*>(&record)) {
    // Replaced whole, but for when it came.
    v1::Community saved = entry.community_saved().community();
    saved.set_create_sequence(community->create_sequence());
    if (community->has_create_time()) *saved.mutable_create_time() = community->create_time();
    *community = std::move(saved);
    return Touch(entry, *community);
  }
  if (auto* program = dynamic_cast<v1::Program*>(&record)) return FoldProgram(entry, *program);
  if (auto* tally = dynamic_cast<v1::Tally*>(&record)) return FoldTally(entry, name, *tally);
  if (auto* report = dynamic_cast<v1::ProgressReport*>(&record)) return FoldReport(entry, *report);
  if (auto* deposit = dynamic_cast<v1::Deposit*>(&record)) return FoldDeposit(entry, *deposit);
  if (auto* statement = dynamic_cast<v1::BankStatement*>(&record)) return FoldStatement(entry, *statement);
  if (auto* line = dynamic_cast<v1::BankLine*>(&record)) return FoldBankLine(entry, name, *line);
  if (auto* match = dynamic_cast<v1::BankMatch*>(&record)) return FoldBankMatch(entry, name, *match);
  if (auto* use = dynamic_cast<v1::BankReferenceUse*>(&record)) {
    use->set_name(name);
    use->set_used_by(entry.bank_use().resource());
    return TouchChild(entry, *use);
  }
  if (auto* rule_version = dynamic_cast<v1::RuleVersion*>(&record)) {
    CreateFrom(entry.rule_version_published().rule_version(), *rule_version);
    return Touch(entry, *rule_version);
  }
  ORIUNDO_CHECK(!"a record of unknown type");
}

void Fold(const Entry& entry, State& state) {
  for (const std::string& name : TouchedRecords(entry)) FoldRecord(entry, name, *state.Mutable(name));
}

std::vector<std::string> SubjectsOf(const Entry& entry) {
  std::vector<std::string> subjects;
  AddOnce(entry.project(), subjects);
  AddOnce(entry.organization(), subjects);
  for (const std::string& name : TouchedRecords(entry)) {
    AddOnce(std::string(RootOf(name)), subjects);
  }
  for (const v1::PartyChange& change : entry.party_changes()) AddOnce(change.organization(), subjects);
  AddOnce(entry.club(), subjects);
  // Organisations in whose name something is done without money moving.
  switch (entry.event_case()) {
    case Entry::kOrganizationCreated:
      AddOnce(entry.organization_created().organization().parent(), subjects);
      break;
    case Entry::kOrganizationEndorsed:
      AddOnce(entry.organization_endorsed().endorsement().endorser(), subjects);
      break;
    case Entry::kFederationChanged:
      AddOnce(entry.federation_changed().from(), subjects);
      AddOnce(entry.federation_changed().to(), subjects);
      break;
    case Entry::kMergeProposed:
      AddOnce(entry.merge_proposed().successor(), subjects);
      break;
    case Entry::kProgramCreated:
      AddOnce(entry.program_created().program().office(), subjects);
      break;
    case Entry::kPoolCreated:
      AddOnce(entry.pool_created().pool().funder(), subjects);
      break;
    case Entry::kAgreementSigned:
      for (const std::string& organization : entry.agreement_signed().signatures_taken_back()) AddOnce(organization, subjects);
      break;
    case Entry::kProjectCreated:
    case Entry::kProjectUpdated: {
      const v1::Project& project =
          entry.has_project_created() ? entry.project_created().project() : entry.project_updated().project();
      AddOnce(project.program(), subjects);
      AddOnce(project.club(), subjects);
      AddOnce(project.executor(), subjects);
      AddOnce(project.committee(), subjects);
      for (const v1::Party& party : project.parties()) AddOnce(party.organization(), subjects);
      break;
    }
    default:
      break;
  }
  return subjects;
}

bool IsProjectSnapshotDue(int64_t entry_count) { return entry_count > 0 && entry_count % kEntriesPerProjectSnapshot == 0; }

std::string ResultName(const Entry& entry) {
  const std::string proposal = ApprovedProposal(entry);
  if (!proposal.empty()) return proposal;
  const std::string record = EventRecord(entry);
  return record.empty() ? entry.project() : record;
}

}  // namespace oriundo
