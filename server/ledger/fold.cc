#include "server/ledger/fold.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/chart.h"

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
  // Not by assignment: the packaged library walks through the whole message there, to see whether one is a part of the other.
  record.Clear();
  record.MergeFrom(created);
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

// What is in the box, for the part of it that is not seen on the agreed account.
int64_t BoxOf(const v1::Project& project) {
  const std::string bank = chart::Bank(project.name());
  for (const v1::AccountBalance& balance : project.balances()) {
    if (balance.account() == bank) return std::max<int64_t>(0, balance.minor_units());
  }
  return 0;
}

// The place of the tranche of the same step of the party that is replaced; -1 where that has none.
int ReplacedTranche(const v1::Project& project, const std::string& replaced, int ordinal) {
  for (int i = 0; i < project.tranches_size(); ++i) {
    if (project.tranches(i).party() == replaced && project.tranches(i).ordinal() == ordinal) return i;
  }
  return -1;
}

// The last complete statement of the account that is the agreed one now.
void ShowLastStatement(v1::Project& project) {
  project.clear_last_statement();
  for (const v1::AccountStatements& account : project.account_statements()) {
    if (account.account_commitment() == project.account_commitment()) project.set_last_statement(account.last_statement());
  }
}

// Tranches after an amendment, by party: those that there are get their new amounts, parties that joined their own. What banks kept may be
// sent again only as far as the new amount asks for it.
void AmendTranches(const v1::AgreementAmended& amended, v1::Project& project) {
  int next = 0;
  int existing = 0;
  const int known = project.tranches_size();
  // What was open of each before; tranches of who leaves shrink below.
  std::vector<int64_t> open_before;
  for (const v1::Tranche& tranche : project.tranches()) {
    open_before.push_back(tranche.amount_minor_units() - tranche.released_minor_units());
  }
  for (int i = 0; i < std::min(amended.tranche_counts_size(), project.parties_size()); ++i) {
    const std::string party = project.parties(i).organization();
    const std::string replaced = project.parties(i).replaces();
    for (int ordinal = 1; ordinal <= amended.tranche_counts(i) && next < amended.tranche_minor_units_size(); ++ordinal) {
      const int64_t amount = amended.tranche_minor_units(next++);
      if (existing < known) {
        v1::Tranche& tranche = *project.mutable_tranches(existing++);
        // What was let go was let go of this amount; more of it waits for its conditions again.
        if (amount > tranche.amount_minor_units()) tranche.clear_waivers();
        tranche.set_amount_minor_units(amount);
        const int64_t open = std::max<int64_t>(0, amount - tranche.released_minor_units());
        tranche.set_fee_minor_units(std::min(tranche.fee_minor_units(), open));
        continue;
      }
      v1::Tranche tranche;
      tranche.set_name(TrancheName(project.name(), party, ordinal));
      tranche.set_party(party);
      tranche.set_ordinal(ordinal);
      tranche.set_amount_minor_units(amount);
      if (const int before = ReplacedTranche(project, replaced, ordinal); before >= 0) {
        tranche.set_due_date(project.tranches(before).due_date());
        // Here too what was let go was let go of so much.
        const int64_t open = open_before[static_cast<std::size_t>(before)];
        if (amount <= open) *tranche.mutable_waivers() = project.tranches(before).waivers();
      }
      *project.add_tranches() = tranche;
    }
  }
}

// Parts of a due that began later are kept apart this long; a statement of delays needs the newest.
constexpr int kLaterDuesMax = 4;

// What the party owes grew by `change` on that day, or shrank where it is below zero: what came last goes first.
void ChangeLaterDues(const std::string& date, int64_t change, v1::Party& party) {
  auto& dues = *party.mutable_later_dues();
  while (change < 0 && !dues.empty()) {
    v1::LaterDue& last = dues[dues.size() - 1];
    const int64_t part = std::min(-change, last.minor_units());
    last.set_minor_units(last.minor_units() - part);
    change += part;
    if (last.minor_units() == 0) dues.RemoveLast();
  }
  if (change <= 0) return;
  if (dues.empty() || dues[dues.size() - 1].date() != date) dues.Add()->set_date(date);
  v1::LaterDue& last = dues[dues.size() - 1];
  last.set_minor_units(last.minor_units() + change);
  if (dues.size() <= kLaterDuesMax) return;
  dues[1].set_date(dues[0].date());
  dues[1].set_minor_units(dues[0].minor_units() + dues[1].minor_units());
  dues.DeleteSubrange(0, 1);
}

// An amendment that all have signed, in force from `date` on.
void AmendProject(const v1::AmendmentSigned& signed_event, const std::string& date, v1::Project& project) {
  const v1::AgreementAmended& amended = signed_event.amended();
  const v1::AmendmentTerms& terms = amended.terms();
  for (int i = 0; i < terms.replacements_size(); ++i) {
    const v1::AmendmentTerms::Replacement& replacement = terms.replacements(i);
    v1::Party joined;
    if (v1::Party* left = FindParty(project, replacement.organization())) {
      joined.set_role(left->role());
      left->set_replaced_by(replacement.successor());
    }
    joined.set_organization(replacement.successor());
    joined.set_replaces(replacement.organization());
    joined.set_joined_date(date);
    if (i < amended.joined_tolerance_minor_units_size()) joined.set_tolerance_minor_units(amended.joined_tolerance_minor_units(i));
    if (i < amended.joined_signature_sequences_size()) joined.set_signature_sequence(amended.joined_signature_sequences(i));
    *project.add_parties() = joined;
    if (project.club() == replacement.organization()) project.set_club(replacement.successor());
  }
  for (int i = 0; i < std::min(amended.due_minor_units_size(), project.parties_size()); ++i) {
    v1::Party& party = *project.mutable_parties(i);
    // Who joins owes all of it from the day it joins.
    if (party.joined_date() != date) ChangeLaterDues(date, amended.due_minor_units(i) - party.due_minor_units(), party);
    party.set_due_minor_units(amended.due_minor_units(i));
  }
  if (terms.has_total_minor_units()) {
    project.set_requested_total_minor_units(terms.total_minor_units() == amended.total_minor_units() ? 0 : terms.total_minor_units());
  }
  project.set_total_minor_units(amended.total_minor_units());
  *project.mutable_role_weights() = amended.role_weights();
  *project.mutable_tallies() = amended.tallies();
  if (!terms.executor().empty() && terms.executor() != project.executor()) {
    project.add_former_executors(project.executor());
    project.set_executor(terms.executor());
  }
  if (!terms.committee().empty() && terms.committee() != project.committee()) {
    project.set_committee(terms.committee());
    // Somebody else signs for the community: the record of the handover is another one.
    project.clear_handover_signatures();
    project.clear_handover_signature_principals();
  }
  if (amended.executor_signature_sequence() != 0) project.set_executor_signature_sequence(amended.executor_signature_sequence());
  if (terms.has_account() && terms.account().number_commitment() != project.account_commitment()) {
    const std::string left = project.account_commitment();
    // One on which nothing was ever seen is given up whole: another project may have it.
    if (project.account_used()) {
      project.add_former_account_commitments(project.account_commitment());
      project.add_former_account_uses(project.account_use());
    }
    project.set_account_commitment(terms.account().number_commitment());
    project.set_account_use(terms.account().use());
    project.set_account_used(false);
    // Back on the only account there was before, what is to be carried is what had been.
    const auto& former = project.former_account_commitments();
    const bool returns = !former.empty() && std::all_of(former.begin(), former.end(), [&](const std::string& account) {
      return account == project.account_commitment() || account == left;
    });
    project.set_uncarried_minor_units(returns ? BoxOf(project) - project.uncarried_minor_units() : BoxOf(project));
    ShowLastStatement(project);
  }
  if (!terms.title_commitment().empty()) project.set_title_commitment(terms.title_commitment());
  if (terms.category() != v1::PROJECT_CATEGORY_UNSPECIFIED) project.set_category(terms.category());
  if (terms.has_planned_quantity_milli()) project.set_planned_quantity_milli(terms.planned_quantity_milli());
  if (terms.quantity_unit() != v1::QUANTITY_UNIT_UNSPECIFIED) project.set_quantity_unit(terms.quantity_unit());
  if (!terms.works_start_date().empty()) project.set_works_start_date(terms.works_start_date());
  if (!terms.works_end_date().empty()) project.set_works_end_date(terms.works_end_date());
  AmendTranches(amended, project);
  for (const v1::AmendmentTerms::DueDate& wanted : terms.due_dates()) {
    for (v1::Tranche& tranche : *project.mutable_tranches()) {
      if (tranche.name() == wanted.tranche()) tranche.set_due_date(wanted.due_date());
    }
  }
  project.add_amendments(signed_event.amendment());
}

// Money came to the agreed account, was carried to it, or the bank's statement of it came in.
bool SeesAccount(const Entry& entry, const v1::Project& project) {
  if (entry.has_balance_carried()) return true;
  if (entry.has_bank_statement_started()) return entry.bank_statement_started().account_commitment() == project.account_commitment();
  return !StatedAccount(entry).empty() && StatedAccount(entry) == project.account_commitment();
}

// What the entry changes of the money that is still to be carried to the agreed account.
void FoldUncarried(const Entry& entry, v1::Project& project) {
  int64_t uncarried = project.uncarried_minor_units();
  // What comes to a former account is carried with the rest; what a deposit becomes stood there already.
  if (!StatedAccount(entry).empty() && StatedAccount(entry) != project.account_commitment()) {
    for (const v1::Posting& posting : entry.postings()) uncarried += posting.account() == chart::Bank(project.name()) ? posting.minor_units() : 0;
  }
  for (const v1::Input& input : entry.inputs()) uncarried -= input.name() == kLeftFormerAccountInput ? input.value() : 0;
  // What has left the box need not be carried any more.
  project.set_uncarried_minor_units(std::clamp<int64_t>(uncarried, 0, std::max<int64_t>(0, BoxOf(project))));
}

// How far the statements of each account go.
void FoldStatements(const Entry& entry, v1::Project& project) {
  auto& accounts = *project.mutable_account_statements();
  if (entry.has_bank_statement_started()) {
    const v1::BankStatementStarted& started = entry.bank_statement_started();
    auto account = std::find_if(accounts.begin(), accounts.end(), [&](const v1::AccountStatements& candidate) {
      return candidate.account_commitment() == started.account_commitment();
    });
    v1::AccountStatements& statements = account == accounts.end() ? *accounts.Add() : *account;
    statements.set_account_commitment(started.account_commitment());
    if (started.statement().state() == v1::BankStatement::COMPLETE) {
      statements.set_last_statement(started.statement().name());
    } else {
      statements.set_importing_statement(started.statement().name());
      project.set_importing_statement(started.statement().name());
    }
  } else if (entry.has_bank_lines_added()) {
    const v1::BankLinesAdded& added = entry.bank_lines_added();
    if (!added.complete()) return;
    for (v1::AccountStatements& account : accounts) {
      if (account.importing_statement() != added.statement()) continue;
      account.set_last_statement(added.statement());
      account.clear_importing_statement();
    }
    project.clear_importing_statement();
    project.set_bank_line_count(project.bank_line_count() + added.first_line() - 1 + added.lines_size());
  } else if (entry.has_bank_statement_discarded()) {
    for (v1::AccountStatements& account : accounts) account.clear_importing_statement();
    project.clear_importing_statement();
  } else {
    const v1::BankStatementWithdrawn& withdrawn = entry.bank_statement_withdrawn();
    for (v1::AccountStatements& account : accounts) {
      if (account.last_statement() == withdrawn.statement()) account.set_last_statement(withdrawn.previous_statement());
    }
    project.set_bank_line_count(project.bank_line_count() - withdrawn.line_count());
  }
  ShowLastStatement(project);
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
  if (SeesAccount(entry, project)) project.set_account_used(true);
  FoldUncarried(entry, project);
  if (entry.project_state() == v1::Project::SUSPENDED) project.set_suspended_state(project.state());
  // What is cancelled returns to no state any more.
  if (entry.has_project_resumed() || entry.has_project_cancelled()) project.clear_suspended_state();
  if (entry.project_state() != v1::Project::STATE_UNSPECIFIED) project.set_state(entry.project_state());
}

// What documented spending changes by: the legs on the accounts of what was spent.
int64_t SpentBy(const Entry& entry) {
  int64_t spent = 0;
  for (const v1::Posting& posting : entry.postings()) {
    if (posting.account().starts_with("spent:")) spent += posting.minor_units();
  }
  return spent;
}

// The proposal that an entry carries out, or nothing.
std::string ApprovedProposal(const Entry& entry) {
  switch (entry.event_case()) {
    case Entry::kReleaseApproved: return entry.release_approved().release().proposal();
    case Entry::kExpenditureRecorded: return entry.expenditure_recorded().proposal();
    case Entry::kContributionReversed: return entry.contribution_reversed().proposal();
    case Entry::kReleaseReturned: return entry.release_returned().proposal();
    case Entry::kExpenditureReversed: return entry.expenditure_reversed().proposal();
    case Entry::kAdvanceRecoveryReversed: return entry.advance_recovery_reversed().proposal();
    case Entry::kRefundReversed:
      return entry.refund_reversed().proposal();
    case Entry::kRepaymentReversed:
      return entry.repayment_reversed().proposal();
    case Entry::kInterestReversed:
      return entry.interest_reversed().proposal();
    case Entry::kDepositReturned: return entry.deposit_returned().proposal();
    case Entry::kTrancheConditionsWaived:
      return entry.tranche_conditions_waived().proposal();
    case Entry::kReallocationApproved:
      return entry.reallocation_approved().reallocation().proposal();
    case Entry::kInKindReversed: return entry.in_kind_reversed().proposal();
    case Entry::kRetentionForfeited: return entry.retention_forfeited().proposal();
    case Entry::kYearEndReturnApproved: return entry.year_end_return_approved().proposal();
    default: return {};
  }
}

// The reallocation that an entry sends, brings or takes back, in whichever project that happens; nothing for others.
std::string MovedReallocation(const Entry& entry) {
  switch (entry.event_case()) {
    case Entry::kRefundPaid:
      return entry.refund_paid().refund().reallocation();
    case Entry::kRefundReversed:
      return entry.refund_reversed().reallocation();
    case Entry::kContributionVerified:
      return entry.contribution_verified().reallocation();
    default:
      return {};
  }
}

// What the entry says of a quantity that is nobody's in particular; 0 where it says nothing.
int64_t InputOf(const Entry& entry, std::string_view name) {
  for (const v1::Input& input : entry.inputs()) {
    if (input.name() == name) return input.value();
  }
  return 0;
}

int64_t MicrosecondsOf(const google::protobuf::Timestamp& time) { return time.seconds() * 1'000'000 + time.nanos() / 1'000; }

// Keeps the list by time and then by name.
void AddDeadline(int64_t time_us, const std::string& resource, int64_t open_minor_units, v1::Project& project) {
  auto& deadlines = *project.mutable_deadlines();
  v1::Deadline& deadline = *deadlines.Add();
  deadline.set_time_us(time_us);
  deadline.set_resource(resource);
  deadline.set_open_minor_units(open_minor_units);
  for (int i = deadlines.size() - 1; i > 0; --i) {
    const v1::Deadline& before = deadlines[i - 1];
    const v1::Deadline& here = deadlines[i];
    if (before.time_us() < here.time_us() || (before.time_us() == here.time_us() && before.resource() < here.resource())) break;
    deadlines.SwapElements(i - 1, i);
  }
}

// In these states nobody pays what was pledged any more, and in no other an agreement is waited for.
bool EndsPledges(v1::Project::State state) {
  return state == v1::Project::CANCELLED || state == v1::Project::REJECTED || state == v1::Project::SETTLED;
}

// What ends by itself in the project: open proposals and amendments, pledges with a deadline, an agreement that is waited for.
void FoldDeadlines(const Entry& entry, v1::Project& project) {
  auto& deadlines = *project.mutable_deadlines();
  for (const v1::DeadlineChange& change : entry.deadline_changes()) {
    for (v1::Deadline& deadline : deadlines) {
      if (deadline.resource() == change.resource()) deadline.set_open_minor_units(deadline.open_minor_units() + change.open_minor_units());
    }
  }
  if (entry.has_proposal_created() && entry.proposal_created().proposal().has_expire_time()) {
    const v1::Proposal& proposal = entry.proposal_created().proposal();
    AddDeadline(MicrosecondsOf(proposal.expire_time()), proposal.name(), 0, project);
    return;
  }
  if (entry.has_amendment_proposed()) {
    const v1::Amendment& amendment = entry.amendment_proposed().amendment();
    AddDeadline(MicrosecondsOf(amendment.expire_time()), amendment.name(), 0, project);
    return;
  }
  if (const int64_t time_us = InputOf(entry, kLapseTimeInput); time_us != 0 && entry.has_pledge_created()) {
    const v1::Pledge& pledge = entry.pledge_created().pledge();
    AddDeadline(time_us, pledge.name(), pledge.value_minor_units(), project);
    return;
  } else if (time_us != 0 && entry.has_project_approved()) {
    AddDeadline(time_us, project.name(), 0, project);
    return;
  }
  std::string ended = ApprovedProposal(entry);
  if (entry.has_proposal_withdrawn()) ended = entry.proposal_withdrawn().proposal();
  if (entry.has_proposal_expired()) ended = entry.proposal_expired().proposal();
  if (entry.has_pledge_lapsed()) ended = entry.pledge_lapsed().pledge();
  if (entry.has_amendment_withdrawn()) ended = entry.amendment_withdrawn().amendment();
  if (entry.has_amendment_expired()) ended = entry.amendment_expired().amendment();
  if (entry.has_amendment_signed() && entry.amendment_signed().has_amended()) ended = entry.amendment_signed().amendment();
  const v1::Project::State state = entry.project_state();
  if (ended.empty() && state == v1::Project::STATE_UNSPECIFIED) return;
  deadlines.erase(std::remove_if(deadlines.begin(), deadlines.end(),
                                 [&](const v1::Deadline& deadline) {
                                   if (deadline.resource() == ended) return true;
                                   // Complete, or given up.
                                   if (deadline.resource() == project.name()) return state != v1::Project::STATE_UNSPECIFIED;
                                   return EndsPledges(state) && IsResourceName(deadline.resource(), "projects/*/pledges/*");
                                 }),
                  deadlines.end());
}

void FoldContracts(const Entry& entry, v1::Project& project) {
  for (const v1::ContractChange& change : entry.contract_changes()) {
    project.set_retained_minor_units(project.retained_minor_units() + change.retained_minor_units());
    project.set_advance_open_minor_units(project.advance_open_minor_units() + change.advance_open_minor_units());
  }
  if (entry.has_contract_recorded()) project.set_contract_count(project.contract_count() + 1);
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
      *draft.mutable_deadlines() = project.deadlines();
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
      *project.mutable_club_federations() = submitted.club_federations();
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
    case Entry::kProgressVerified: {
      // Of what is reported now the last inspection says how much is there, also where that is less than one before; what was
      // reported before
      // says at least so much. What was confirmed complete is measured.
      const int64_t found = entry.progress_verified().quantity_milli();
      const bool newest = project.state() == v1::Project::EXECUTING &&
                          InputOf(entry, "reported_quantity_milli") == project.reported_quantity_milli();
      project.set_progress_quantity_milli(newest ? found : std::max(project.progress_quantity_milli(), found));
      break;
    }
    case Entry::kProjectObjected: {
      v1::Objection& objection = *project.add_objections();
      objection = entry.project_objected().objection();
      objection.set_sequence(entry.sequence());
      *objection.mutable_create_time() = CommitTime(entry);
      break;
    }
    case Entry::kObjectionWithdrawn: {
      auto& open = *project.mutable_objections();
      open.erase(std::remove_if(open.begin(), open.end(), [&](const v1::Objection& objection) {
                   return objection.objection_id() == entry.objection_withdrawn().objection_id();
                 }), open.end());
      break;
    }
    case Entry::kAgreementSigned: {
      const v1::AgreementSigned& signed_event = entry.agreement_signed();
      // Whoever names another account begins the agreement anew; otherwise the latest day of all signatures counts.
      if (project.account_commitment() != signed_event.account_commitment() || project.agreement_date() < signed_event.agreement_date()) {
        project.set_agreement_date(signed_event.agreement_date());
      }
      project.set_account_commitment(signed_event.account_commitment());
      project.set_account_use(signed_event.account_use());
      for (const std::string& organization : signed_event.signatures_taken_back()) {
        if (v1::Party* party = FindParty(project, organization)) {
          party->clear_signature_sequence();
          party->clear_signature_principal();
        }
        if (project.executor() != organization) continue;
        project.clear_executor_signature_sequence();
        project.clear_executor_signature_principal();
      }
      const auto sign = [&](const std::string& organization) {
        v1::Party* party = FindParty(project, organization);
        if (party == nullptr) return;
        party->set_signature_sequence(entry.sequence());
        party->set_signature_principal(entry.principal());
      };
      // One organisation may be both funder and executor; one signature serves for both.
      sign(entry.organization());
      for (const std::string& merged : signed_event.signed_for()) sign(merged);
      if (project.executor() == entry.organization()) {
        project.set_executor_signature_sequence(entry.sequence());
        project.set_executor_signature_principal(entry.principal());
      }
      MakeTranches(signed_event, project);
      break;
    }
    case Entry::kAmendmentSigned:
      if (!entry.amendment_signed().has_amended()) break;
      AmendProject(entry.amendment_signed(), entry.effective_date(), project);
      for (const v1::Input& input : entry.inputs()) {
        if (input.name() != kClubFederationInput || input.value() < 0 || input.value() >= project.parties_size()) continue;
        v1::ClubFederation& fixed = *project.add_club_federations();
        fixed.set_club(project.parties(static_cast<int>(input.value())).organization());
        fixed.set_federation(input.organization());
      }
      break;
    case Entry::kBalanceCarried:
      project.set_uncarried_minor_units(project.uncarried_minor_units() - entry.balance_carried().credited().minor_units());
      {
        v1::BalanceCarry& carry = *project.add_carries();
        carry.set_sequence(entry.sequence());
        carry.set_minor_units(entry.balance_carried().credited().minor_units());
        carry.set_bank_value_date(entry.balance_carried().bank_value_date());
        carry.set_account_commitment(entry.balance_carried().account_commitment());
      }
      break;
    case Entry::kTrancheConditionsWaived:
      for (v1::Tranche& tranche : *project.mutable_tranches()) {
        if (tranche.name() == entry.tranche_conditions_waived().tranche()) {
          tranche.mutable_waivers()->MergeFrom(entry.tranche_conditions_waived().waivers());
        }
      }
      break;
    case Entry::kCompletionReported:
      project.set_completion_reported(true);
      project.set_reported_quantity_milli(entry.completion_reported().quantity_milli());
      break;
    case Entry::kCompletionConfirmed:
      // Who confirms the finished work has measured it: that is what is verified, whatever reports said before.
      project.set_verified_quantity_milli(entry.completion_confirmed().quantity_milli());
      project.set_progress_quantity_milli(entry.completion_confirmed().quantity_milli());
      break;
    case Entry::kHandoverSigned:
      project.add_handover_signatures(entry.organization());
      project.add_handover_signature_principals(entry.principal());
      break;
    case Entry::kExpenditureRecorded:
      // Fees are taken from what the old bank still holds; what is more than that, the new one took from what is seen there.
      if (const v1::Expenditure& paid = entry.expenditure_recorded().expenditure();
          paid.category() == v1::FEES && paid.amount().minor_units() <= project.uncarried_minor_units()) {
        project.set_uncarried_minor_units(project.uncarried_minor_units() - paid.amount().minor_units());
      }
      [[fallthrough]];
    case Entry::kExpenditureReversed:
    case Entry::kRetentionForfeited:
      project.set_spent_minor_units(project.spent_minor_units() + SpentBy(entry));
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
    case Entry::kBankStatementStarted:
    case Entry::kBankLinesAdded:
    case Entry::kBankStatementDiscarded:
    case Entry::kBankStatementWithdrawn:
      FoldStatements(entry, project);
      break;
    case Entry::kYearEndReturnApproved:
      project.set_interest_minor_units(project.interest_minor_units() - entry.year_end_return_approved().interest_minor_units());
      if (v1::Party* party = FindParty(project, entry.year_end_return_approved().party())) {
        ChangeLaterDues(entry.effective_date(), entry.year_end_return_approved().reopened_minor_units(), *party);
      }
      break;
    default:
      break;
  }
  FoldMoney(entry, project);
  FoldContracts(entry, project);
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

void FoldInKind(const Entry& entry, v1::InKind& in_kind) {
  switch (entry.event_case()) {
    case Entry::kInKindDeclared:
      CreateFrom(entry.in_kind_declared().in_kind(), in_kind);
      break;
    case Entry::kInKindAppraised: {
      const v1::InKindAppraised& appraised = entry.in_kind_appraised();
      in_kind.set_state(v1::InKind::APPRAISED);
      in_kind.set_appraiser(entry.organization());
      in_kind.set_appraisal_date(appraised.appraisal_date());
      in_kind.set_appraised_quantity_milli(appraised.quantity_milli());
      *in_kind.mutable_appraised_unit_value() = appraised.unit_value();
      in_kind.set_appraised_minor_units(appraised.appraised_minor_units());
      in_kind.mutable_evidence()->MergeFrom(appraised.documents());
      break;
    }
    case Entry::kInKindRejected:
      in_kind.set_state(v1::InKind::REJECTED);
      in_kind.set_appraiser(entry.organization());
      break;
    case Entry::kInKindWithdrawn:
      in_kind.set_state(v1::InKind::WITHDRAWN);
      break;
    case Entry::kInKindReversed:
      in_kind.set_state(v1::InKind::REVERSED);
      break;
    default:
      break;
  }
  TouchChild(entry, in_kind);
}

void FoldContract(const Entry& entry, const std::string& name, v1::Contract& contract) {
  if (entry.has_contract_recorded()) CreateFrom(entry.contract_recorded().contract(), contract);
  for (const v1::ContractChange& change : entry.contract_changes()) {
    if (change.contract() != name) continue;
    contract.set_invoiced_minor_units(contract.invoiced_minor_units() + change.invoiced_minor_units());
    contract.set_advanced_minor_units(contract.advanced_minor_units() + change.advanced_minor_units());
    contract.set_advance_open_minor_units(contract.advance_open_minor_units() + change.advance_open_minor_units());
    contract.set_retained_minor_units(contract.retained_minor_units() + change.retained_minor_units());
  }
  const auto forfeit = [&](v1::SpendingCategory category, int64_t minor_units) {
    for (v1::ForfeitedRetention& forfeited : *contract.mutable_forfeited()) {
      if (forfeited.category() == category) return forfeited.set_minor_units(forfeited.minor_units() + minor_units);
    }
    v1::ForfeitedRetention& forfeited = *contract.add_forfeited();
    forfeited.set_category(category);
    forfeited.set_minor_units(minor_units);
  };
  if (entry.has_retention_forfeited()) {
    forfeit(entry.retention_forfeited().category(), entry.retention_forfeited().amount().minor_units());
  }
  for (const v1::ForfeitedRetention& taken : entry.expenditure_reversed().forfeited()) {
    forfeit(taken.category(), -taken.minor_units());
  }
  Touch(entry, contract);
}

void FoldExpenditure(const Entry& entry, v1::Expenditure& expenditure) {
  if (entry.has_expenditure_recorded()) CreateFrom(entry.expenditure_recorded().expenditure(), expenditure);
  if (entry.has_expenditure_reversed()) expenditure.set_state(v1::Expenditure::REVERSED);
  if (entry.has_advance_recovered()) {
    const v1::AdvanceRecovered& recovered = entry.advance_recovered();
    expenditure.set_recovered_minor_units(expenditure.recovered_minor_units() + recovered.amount().minor_units());
    auto& given_back = *expenditure.mutable_given_back_minor_units();
    given_back.Resize(std::max(given_back.size(), recovered.given_back_minor_units_size()), 0);
    for (int i = 0; i < recovered.given_back_minor_units_size(); ++i) given_back.Set(i, given_back.Get(i) + recovered.given_back_minor_units(i));
    v1::AdvanceRecovery& recovery = *expenditure.add_recoveries();
    recovery.set_sequence(entry.sequence());
    recovery.set_minor_units(recovered.amount().minor_units());
    recovery.set_bank_value_date(recovered.bank_value_date());
    *recovery.mutable_given_back_minor_units() = recovered.given_back_minor_units();
  }
  if (entry.has_advance_recovery_reversed()) {
    const v1::AdvanceRecoveryReversed& reversed = entry.advance_recovery_reversed();
    expenditure.set_recovered_minor_units(expenditure.recovered_minor_units() - reversed.amount().minor_units());
    auto& given_back = *expenditure.mutable_given_back_minor_units();
    // A party that joined since got nothing back and may pay now.
    given_back.Resize(std::max(given_back.size(), reversed.drawn_minor_units_size()), 0);
    for (int i = 0; i < reversed.drawn_minor_units_size(); ++i) given_back.Set(i, given_back.Get(i) - reversed.drawn_minor_units(i));
    for (v1::AdvanceRecovery& recovery : *expenditure.mutable_recoveries()) {
      if (recovery.sequence() == reversed.recovery_sequence()) recovery.set_reversal_sequence(entry.sequence());
    }
  }
  TouchChild(entry, expenditure);
}

// What of the release came back to pools came back to those that it was sent out of: what these had no more of, and other pools
// of the party took, is off the latest ones.
void GiveBackToPools(const Entry& entry, v1::Release& release) {
  auto& parts = *release.mutable_pool_parts();
  const auto take_off = [](int64_t amount, v1::PoolPart& part) {
    const int64_t own = std::min(amount, part.released_minor_units());
    part.set_released_minor_units(part.released_minor_units() - own);
    return amount - own;
  };
  int64_t elsewhere = 0;
  for (const v1::PartyChange& change : entry.party_changes()) {
    if (change.organization() != release.party()) continue;
    for (const v1::PoolPartChange& back : change.pool_parts()) {
      const auto part = std::find_if(parts.begin(), parts.end(),
                                     [&](const v1::PoolPart& one) { return one.fiscal_year() == back.fiscal_year(); });
      const int64_t amount = -back.released_minor_units();
      elsewhere += part == parts.end() ? amount : take_off(amount, *part);
    }
  }
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) elsewhere = take_off(elsewhere, *part);
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
      GiveBackToPools(entry, release);
      break;
    }
    case Entry::kReleaseReturned:
      release.set_state(v1::Release::RETURNED);
      GiveBackToPools(entry, release);
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

void FoldAmendment(const Entry& entry, v1::Amendment& amendment) {
  switch (entry.event_case()) {
    case Entry::kAmendmentProposed:
      CreateFrom(entry.amendment_proposed().amendment(), amendment);
      break;
    case Entry::kAmendmentSigned: {
      const v1::AmendmentSigned& signed_event = entry.amendment_signed();
      v1::Amendment::Signature& signature = *amendment.add_signatures();
      signature.set_organization(signed_event.signer());
      signature.set_sequence(entry.sequence());
      signature.set_principal(entry.principal());
      amendment.mutable_documents()->MergeFrom(signed_event.documents());
      if (signed_event.has_amended()) amendment.set_state(v1::Amendment::IN_FORCE);
      break;
    }
    case Entry::kAmendmentWithdrawn:
      amendment.set_state(v1::Amendment::WITHDRAWN);
      break;
    case Entry::kAmendmentExpired:
      amendment.set_state(v1::Amendment::EXPIRED);
      break;
    default:
      break;
  }
  TouchChild(entry, amendment);
}

void FoldReallocation(const Entry& entry, v1::Reallocation& reallocation) {
  switch (entry.event_case()) {
    case Entry::kReallocationApproved:
      CreateFrom(entry.reallocation_approved().reallocation(), reallocation);
      break;
    case Entry::kReallocationCancelled:
      reallocation.set_state(v1::Reallocation::CANCELLED);
      break;
    case Entry::kRefundPaid:
      reallocation.set_state(v1::Reallocation::SENT);
      reallocation.set_refund(entry.refund_paid().refund().name());
      break;
    case Entry::kRefundReversed:
      reallocation.set_state(v1::Reallocation::APPROVED);
      reallocation.clear_refund();
      reallocation.clear_contribution();
      break;
    case Entry::kContributionVerified:
      reallocation.set_state(v1::Reallocation::RECEIVED);
      reallocation.set_contribution(entry.contribution_verified().contribution());
      break;
    default:
      break;
  }
  TouchChild(entry, reallocation);
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

// The federation that the club leaves stands last among those it has left.
void LeaveFederation(const Entry& entry, v1::Organization& club) {
  const std::string& left = entry.federation_changed().from();
  if (left.empty()) return;
  auto& former = *club.mutable_former_federations();
  former.erase(std::remove_if(former.begin(), former.end(), [&](const auto& known) { return known.federation() == left; }), former.end());
  v1::FormerFederation& last = *former.Add();
  last.set_federation(left);
  last.set_until_sequence(entry.sequence());
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
    case Entry::kFederationProposed:
      organization.set_proposed_federation(entry.federation_proposed().federation());
      break;
    case Entry::kFederationChanged:
      LeaveFederation(entry, organization);
      organization.set_parent(entry.federation_changed().to());
      organization.clear_proposed_federation();
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

// Which account of the ledger the entry makes the agreed one, or nothing.
const std::string& AgreedAccount(const Entry& entry) {
  if (entry.has_amendment_signed()) return entry.amendment_signed().amended().terms().account().use();
  return entry.agreement_signed().account_use();
}

// A project that is counted with nothing any more, or in no other tally, leaves the list.
void FoldShared(const std::string& project, const v1::TallyChange::SharedChange& change, v1::Tally& tally) {
  auto& shared = *tally.mutable_shared_projects();
  auto at = std::find_if(shared.begin(), shared.end(),
                         [&](const v1::Tally::SharedProject& one) { return one.project() == project; });
  if (at == shared.end()) {
    shared.Add()->set_project(project);
    at = std::prev(shared.end());
  }
  at->set_project_count(at->project_count() + change.project_count());
  at->set_matched_minor_units(at->matched_minor_units() + change.matched_minor_units());
  at->set_pooled_minor_units(at->pooled_minor_units() + change.pooled_minor_units());
  if (at->project_count() == 0 && at->matched_minor_units() == 0 && at->pooled_minor_units() == 0) shared.erase(at);
}

void FoldTally(const Entry& entry, const std::string& name, v1::Tally& tally) {
  tally.set_name(name);
  for (const v1::TallyChange& change : entry.tally_changes()) {
    if (change.tally() != name) continue;
    tally.set_project_count(tally.project_count() + change.project_count());
    tally.set_matched_minor_units(tally.matched_minor_units() + change.matched_minor_units());
    tally.set_pooled_minor_units(tally.pooled_minor_units() + change.pooled_minor_units());
    if (change.has_shared()) FoldShared(entry.project(), change.shared(), tally);
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
  if (entry.has_progress_countersigned()) {
    v1::Countersignature& signature = *report.add_countersignatures();
    signature.set_organization(entry.organization());
    signature.set_sequence(entry.sequence());
  }
  TouchChild(entry, report);
}

void FoldDeposit(const Entry& entry, v1::Deposit& deposit) {
  if (entry.has_deposit_recorded()) {
    CreateFrom(entry.deposit_recorded().deposit(), deposit);
    deposit.set_account_commitment(entry.deposit_recorded().account_commitment());
  }
  if (entry.has_deposit_returned()) deposit.set_state(v1::Deposit::RETURNED);
  if (entry.bank_use().deposit() == deposit.name()) {
    deposit.set_state(v1::Deposit::IDENTIFIED);
    deposit.set_identified_as(entry.bank_use().resource());
  }
  TouchChild(entry, deposit);
}

// The line that an entry matches with something, or nothing.
std::string MatchedLine(const Entry& entry) {
  return entry.has_bank_line_matched() ? entry.bank_line_matched().line() : entry.bank_use().line();
}

void FoldStatement(const Entry& entry, v1::BankStatement& statement) {
  if (entry.has_bank_statement_started()) {
    CreateFrom(entry.bank_statement_started().statement(), statement);
    statement.set_account_commitment(entry.bank_statement_started().account_commitment());
  }
  if (entry.has_bank_lines_added()) {
    const v1::BankLinesAdded& added = entry.bank_lines_added();
    statement.set_imported_line_count(statement.imported_line_count() + added.lines_size());
    for (const v1::BankLinesAdded::Line& line : added.lines()) {
      statement.set_imported_minor_units(statement.imported_minor_units() + line.minor_units());
    }
    if (added.complete()) statement.set_state(v1::BankStatement::COMPLETE);
  }
  if (entry.has_bank_statement_discarded()) statement.set_state(v1::BankStatement::DISCARDED);
  if (entry.has_bank_statement_withdrawn()) statement.set_state(v1::BankStatement::WITHDRAWN);
  const int matches = (MatchedLine(entry).empty() ? 0 : 1) - entry.bank_line_unmatched().matched_sequences_size();
  statement.set_match_count(statement.match_count() + matches);
  Touch(entry, statement);
}

void FoldBankLine(const Entry& entry, const std::string& name, v1::BankLine& line) {
  auto& matches = *line.mutable_matches();
  const auto match = [&](const std::string& with, bool reversal, int64_t sequence, int64_t minor_units) {
    v1::BankLineMatch& added = *matches.Add();
    added.set_matched_with(with);
    added.set_matched_reversal(reversal);
    added.set_matched_sequence(sequence);
    added.set_minor_units(minor_units);
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
    match(matched.target(), matched.reversal(), matched.matched_sequence(), matched.minor_units());
  } else if (entry.has_bank_line_unmatched()) {
    const auto& ended = entry.bank_line_unmatched().matched_sequences();
    matches.erase(std::remove_if(matches.begin(), matches.end(),
                                 [&](const v1::BankLineMatch& candidate) {
                                   return std::find(ended.begin(), ended.end(), candidate.matched_sequence()) != ended.end();
                                 }),
                  matches.end());
  } else if (entry.has_bank_use()) {
    match(entry.bank_use().resource(), false, entry.sequence(), entry.bank_use().line_minor_units());
    *line.add_confirmed() = matches[matches.size() - 1];
  }
  int64_t matched = 0;
  for (const v1::BankLineMatch& each : matches) matched += each.minor_units();
  line.set_assigned_minor_units(matched);
  if (!matches.empty()) {
    line.set_state(matched == line.minor_units() ? v1::BankLine::MATCHED : v1::BankLine::PARTLY_MATCHED);
    line.set_matched_with(matches[0].matched_with());
    line.set_matched_reversal(matches[0].matched_reversal());
    line.set_matched_sequence(matches[0].matched_sequence());
  } else if (entry.has_bank_line_unmatched()) {
    line.set_state(v1::BankLine::SET_APART);
    line.clear_matched_with();
    line.clear_matched_reversal();
    line.clear_matched_sequence();
  }
  TouchChild(entry, line);
}

void FoldBankMatch(const Entry& entry, const std::string& name, v1::BankMatch& match) {
  match.set_name(name);
  auto& parts = *match.mutable_parts();
  if (const std::string line = MatchedLine(entry); !line.empty()) {
    v1::BankMatch::Part& part = *parts.Add();
    part.set_line(line);
    part.set_minor_units(entry.has_bank_line_matched() ? entry.bank_line_matched().minor_units() : entry.bank_use().line_minor_units());
  } else if (entry.has_bank_line_unmatched()) {
    parts.erase(std::remove_if(parts.begin(), parts.end(),
                               [&](const v1::BankMatch::Part& part) { return part.line() == entry.bank_line_unmatched().line(); }),
                parts.end());
  }
  match.set_line(parts.empty() ? entry.bank_use().deposit() : parts[0].line());
  TouchChild(entry, match);
}

// The postings whose matches an entry makes or ends, as matches.
std::vector<std::string> MatchRecords(const Entry& entry) {
  const auto name = [&](int64_t sequence, bool carried_out) {
    return carried_out ? CarriedOutMatchName(entry.project(), sequence) : BankMatchName(entry.project(), sequence);
  };
  if (entry.has_bank_line_matched()) {
    const v1::BankLineMatched& matched = entry.bank_line_matched();
    return {name(matched.matched_sequence(), matched.target() == entry.project() && matched.minor_units() < 0)};
  }
  std::vector<std::string> names;
  const auto& out = entry.bank_line_unmatched().carried_out_sequences();
  for (const int64_t sequence : entry.bank_line_unmatched().matched_sequences()) {
    names.push_back(name(sequence, std::find(out.begin(), out.end(), sequence) != out.end()));
  }
  if (!entry.bank_use().line().empty() || !entry.bank_use().deposit().empty()) {
    names.push_back(BankMatchName(entry.project(), entry.sequence()));
  }
  return names;
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
      program.mutable_reopening()->clear_expire_time();
      if (entry.reopening_proposed().has_expire_time()) {
        *program.mutable_reopening()->mutable_expire_time() = entry.reopening_proposed().expire_time();
      }
      break;
    case Entry::kReopeningWithdrawn:
    case Entry::kReopeningExpired:
      program.clear_reopening();
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
    case Entry::kFederationProposed: return entry.federation_proposed().organization();
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
    case Entry::kReopeningWithdrawn: return entry.reopening_withdrawn().program();
    case Entry::kReopeningExpired: return entry.reopening_expired().program();
    case Entry::kFiscalYearReopened: return entry.fiscal_year_reopened().program();
    case Entry::kProgressReported: return entry.progress_reported().report().name();
    case Entry::kProgressVerified: return entry.progress_verified().report();
    case Entry::kProgressCountersigned: return entry.progress_countersigned().report();
    case Entry::kAmendmentProposed: return entry.amendment_proposed().amendment().name();
    case Entry::kAmendmentSigned: return entry.amendment_signed().amendment();
    case Entry::kAmendmentWithdrawn: return entry.amendment_withdrawn().amendment();
    case Entry::kAmendmentExpired: return entry.amendment_expired().amendment();
    case Entry::kReallocationApproved: return entry.reallocation_approved().reallocation().name();
    case Entry::kReallocationCancelled: return entry.reallocation_cancelled().reallocation();
    case Entry::kPledgeCreated: return entry.pledge_created().pledge().name();
    case Entry::kPledgeLapsed: return entry.pledge_lapsed().pledge();
    case Entry::kInKindDeclared: return entry.in_kind_declared().in_kind().name();
    case Entry::kInKindAppraised: return entry.in_kind_appraised().in_kind();
    case Entry::kInKindRejected: return entry.in_kind_rejected().in_kind();
    case Entry::kInKindWithdrawn: return entry.in_kind_withdrawn().in_kind();
    case Entry::kInKindReversed: return entry.in_kind_reversed().in_kind();
    case Entry::kContractRecorded: return entry.contract_recorded().contract().name();
    case Entry::kAdvanceRecovered: return entry.advance_recovered().expenditure();
    case Entry::kAdvanceRecoveryReversed: return entry.advance_recovery_reversed().expenditure();
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
    case Entry::kBankStatementWithdrawn: return entry.bank_statement_withdrawn().statement();
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
  party.set_reallocating_minor_units(party.reallocating_minor_units() + change.reallocating_minor_units());
  party.set_in_kind_declared_minor_units(party.in_kind_declared_minor_units() + change.in_kind_declared_minor_units());
  party.set_in_kind_minor_units(party.in_kind_minor_units() + change.in_kind_minor_units());
  party.set_in_kind_counted_minor_units(party.in_kind_counted_minor_units() + change.in_kind_counted_minor_units());
  if (change.received_year() > party.received_year()) {
    party.set_received_year(change.received_year());
    party.clear_year_received_minor_units();
  }
  party.set_year_received_minor_units(party.year_received_minor_units() + change.year_received_minor_units());
  party.set_year_end_returned_minor_units(party.year_end_returned_minor_units() + change.year_end_returned_minor_units());
  party.set_taken_twice_minor_units(party.taken_twice_minor_units() + change.taken_twice_minor_units());
  for (const v1::PoolPartChange& part : change.pool_parts()) {
    AddPoolPart(part.fiscal_year(), part.committed_minor_units(), part.released_minor_units(), *party.mutable_pool_parts());
  }
}

void AddPoolPart(int fiscal_year, int64_t committed, int64_t released, google::protobuf::RepeatedPtrField<v1::PoolPart>& parts) {
  int at = 0;
  while (at < parts.size() && parts[at].fiscal_year() < fiscal_year) ++at;
  if (at == parts.size() || parts[at].fiscal_year() != fiscal_year) {
    parts.Add()->set_fiscal_year(fiscal_year);
    std::rotate(parts.begin() + at, parts.end() - 1, parts.end());
  }
  v1::PoolPart& part = parts[at];
  part.set_committed_minor_units(part.committed_minor_units() + committed);
  part.set_released_minor_units(part.released_minor_units() + released);
  if (part.committed_minor_units() == 0 && part.released_minor_units() == 0) parts.erase(parts.begin() + at);
}

void AddTally(const v1::Tally& tally, std::set<std::string>& counted, v1::Tally& sum) {
  sum.set_project_count(sum.project_count() + tally.project_count());
  sum.set_matched_minor_units(sum.matched_minor_units() + tally.matched_minor_units());
  sum.set_pooled_minor_units(sum.pooled_minor_units() + tally.pooled_minor_units());
  for (const v1::Tally::SharedProject& shared : tally.shared_projects()) {
    if (counted.insert(shared.project()).second) continue;
    sum.set_project_count(sum.project_count() - shared.project_count());
    sum.set_matched_minor_units(sum.matched_minor_units() - shared.matched_minor_units());
    sum.set_pooled_minor_units(sum.pooled_minor_units() - shared.pooled_minor_units());
  }
}

std::vector<std::string> TouchedRecords(const Entry& entry) {
  std::vector<std::string> names;
  if (entry.event_case() == Entry::kRefused) return names;
  AddOnce(entry.project(), names);
  AddOnce(EventRecord(entry), names);
  AddOnce(ApprovedProposal(entry), names);
  AddOnce(FolioRecord(entry), names);
  AddOnce(AgreedAccount(entry), names);
  AddOnce(MovedReallocation(entry), names);
  if (entry.has_organization_merged()) AddOnce(entry.organization_merged().successor(), names);
  for (const v1::PoolChange& change : entry.pool_changes()) AddOnce(change.pool(), names);
  for (const v1::TallyChange& change : entry.tally_changes()) AddOnce(change.tally(), names);
  if (entry.has_bank_use()) {
    const v1::BankUse& use = entry.bank_use();
    if (!use.reference_commitment().empty()) AddOnce(BankReferenceName(entry.project(), use.reference_commitment()), names);
    AddOnce(use.line_movement(), names);
    AddOnce(use.line(), names);
    AddOnce(use.deposit(), names);
  }
  for (std::string& match : MatchRecords(entry)) AddOnce(std::move(match), names);
  if (const std::string line = entry.has_bank_line_unmatched() ? entry.bank_line_unmatched().line() : MatchedLine(entry); !line.empty()) {
    AddOnce(StatementOfLine(line), names);
  }
  AddOnce(entry.pledge_change().pledge(), names);
  // Lines are new and of different names; looking each up among the others would take long.
  const v1::BankLinesAdded& added = entry.bank_lines_added();
  for (int i = 0; i < added.lines_size(); ++i) names.push_back(BankLineName(added.statement(), added.first_line() + i));
  for (const v1::ContractChange& change : entry.contract_changes()) AddOnce(change.contract(), names);
  return names;
}

void FoldRecord(const Entry& entry, const std::string& name, google::protobuf::Message& record) {
  if (auto* project = dynamic_cast<v1::Project*>(&record)) return FoldProject(entry, *project);
  if (auto* contribution = dynamic_cast<v1::Contribution*>(&record)) return FoldContribution(entry, *contribution);
  if (auto* release = dynamic_cast<v1::Release*>(&record)) return FoldRelease(entry, *release);
  if (auto* proposal = dynamic_cast<v1::Proposal*>(&record)) return FoldProposal(entry, *proposal);
  if (auto* amendment = dynamic_cast<v1::Amendment*>(&record)) return FoldAmendment(entry, *amendment);
  if (auto* reallocation = dynamic_cast<v1::Reallocation*>(&record)) return FoldReallocation(entry, *reallocation);
  if (auto* pool = dynamic_cast<v1::Pool*>(&record)) return FoldPool(entry, name, *pool);
  if (auto* expenditure = dynamic_cast<v1::Expenditure*>(&record)) return FoldExpenditure(entry, *expenditure);
  if (auto* in_kind = dynamic_cast<v1::InKind*>(&record)) return FoldInKind(entry, *in_kind);
  if (auto* contract = dynamic_cast<v1::Contract*>(&record)) return FoldContract(entry, name, *contract);
  if (auto* pledge = dynamic_cast<v1::Pledge*>(&record)) {
    if (entry.has_pledge_created()) CreateFrom(entry.pledge_created().pledge(), *pledge);
    if (entry.has_pledge_lapsed()) {
      pledge->set_state(v1::Pledge::LAPSED);
      pledge->set_lapsed_minor_units(entry.pledge_lapsed().lapsed_minor_units());
      pledge->set_excess_minor_units(entry.pledge_lapsed().excess_minor_units());
    }
    pledge->set_lapsed_minor_units(pledge->lapsed_minor_units() + entry.pledge_change().lapsed_minor_units());
    pledge->set_excess_minor_units(pledge->excess_minor_units() + entry.pledge_change().excess_minor_units());
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
    if (entry.has_interest_recorded()) {
      CreateFrom(entry.interest_recorded().interest(), *interest);
      interest->set_account_commitment(entry.interest_recorded().account_commitment());
    }
    if (entry.has_interest_reversed()) interest->set_state(v1::Interest::REVERSED);
    return TouchChild(entry, *interest);
  }
  if (auto* organization = dynamic_cast<v1::Organization*>(&record)) return FoldOrganization(entry, name, *organization);
  if (auto* folio = dynamic_cast<v1::Folio*>(&record)) {
    folio->set_name(name);
    folio->set_organization(entry.organization_registered().organization());
    return TouchChild(entry, *folio);
  }
  if (auto* account = dynamic_cast<v1::AccountUse*>(&record)) {
    account->set_name(name);
    account->set_project(entry.project());
    // The first, which created it, and the last ones.
    auto& sequences = *account->mutable_entry_sequences();
    if (sequences.size() >= kEntriesPerChildMax) sequences.erase(sequences.begin() + 1);
    return TouchChild(entry, *account);
  }
  if (auto* community = dynamic_cast<v1::Community*>(&record)) {
    // Replaced whole, but for when it came.
    v1::Community saved = entry.community_saved().community();
    saved.set_create_sequence(community->create_sequence());
    if (community->has_create_time()) *saved.mutable_create_time() = community->create_time();
    saved.set_etag("\"" + std::to_string(entry.sequence()) + "\"");
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
    use->add_users(entry.bank_use().resource());
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
  for (const std::string& organization : entry.concerned()) AddOnce(organization, subjects);
  // Organisations in whose name something is done without money moving.
  switch (entry.event_case()) {
    case Entry::kOrganizationCreated:
      AddOnce(entry.organization_created().organization().parent(), subjects);
      break;
    case Entry::kOrganizationEndorsed:
      AddOnce(entry.organization_endorsed().endorsement().endorser(), subjects);
      break;
    case Entry::kFederationProposed:
      AddOnce(entry.federation_proposed().federation(), subjects);
      AddOnce(entry.federation_proposed().from(), subjects);
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
    case Entry::kCommunitySaved:
      AddOnce(entry.community_saved().community().keeper(), subjects);
      break;
    case Entry::kTextsErased:
      AddOnce(entry.texts_erased().subject(), subjects);
      break;
    case Entry::kAgreementSigned:
      for (const std::string& organization : entry.agreement_signed().signatures_taken_back()) AddOnce(organization, subjects);
      for (const std::string& organization : entry.agreement_signed().signed_for()) AddOnce(organization, subjects);
      break;
    // Everybody whose word an amendment needs hears of it, and of what became of it.
    case Entry::kAmendmentProposed:
      for (const std::string& organization : entry.amendment_proposed().amendment().signers()) AddOnce(organization, subjects);
      for (const auto& replacement : entry.amendment_proposed().amendment().terms().replacements()) {
        AddOnce(replacement.organization(), subjects);
      }
      break;
    case Entry::kAmendmentSigned:
      AddOnce(entry.amendment_signed().signer(), subjects);
      for (const std::string& organization : entry.amendment_signed().amended().signers()) AddOnce(organization, subjects);
      for (const auto& replacement : entry.amendment_signed().amended().terms().replacements()) {
        AddOnce(replacement.organization(), subjects);
      }
      break;
    case Entry::kAmendmentWithdrawn:
      for (const std::string& organization : entry.amendment_withdrawn().signers()) AddOnce(organization, subjects);
      break;
    case Entry::kAmendmentExpired:
      for (const std::string& organization : entry.amendment_expired().signers()) AddOnce(organization, subjects);
      break;
    case Entry::kReallocationApproved:
      AddOnce(entry.reallocation_approved().reallocation().party(), subjects);
      AddOnce(entry.reallocation_approved().reallocation().target_project(), subjects);
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

const std::string& StatedAccount(const Entry& entry) {
  static const std::string none;
  switch (entry.event_case()) {
    case Entry::kContributionVerified: return entry.contribution_verified().account_commitment();
    case Entry::kReleaseReceived: return entry.release_received().account_commitment();
    case Entry::kDepositRecorded: return entry.deposit_recorded().account_commitment();
    case Entry::kAdvanceRecovered: return entry.advance_recovered().account_commitment();
    case Entry::kInterestRecorded: return entry.interest_recorded().account_commitment();
    case Entry::kRepaymentRecorded: return entry.repayment_recorded().account_commitment();
    default: return none;
  }
}

}  // namespace oriundo
