#include "client/cli/import_project.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "client/cli/apply.h"
#include "client/cli/enum_words.h"
#include "client/cli/field_words.h"
#include "client/cli/names.h"
#include "client/cli/refusal_text.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/currency.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using State = v1::Project::State;

// `{id}/{principal}` of `organizations/{id}`.
std::string Who(const std::string& organization, const std::string& principal) {
  return absl::StrCat(ShortName(organization), "/", principal);
}

v1::Money MoneyOf(int64_t minor_units, const std::string& currency) {
  v1::Money money;
  money.set_currency_code(currency);
  money.set_minor_units(minor_units);
  return money;
}

// A list of fields and states as the reader calls them: `total_minor_units, SETTLED`. What is neither stays as it is.
std::string InWords(const std::string& list, const Words& words) {
  if (words.language() != Language::kSpanish) return list;
  std::vector<std::string> parts = absl::StrSplit(list, ", ");
  for (std::string& part : parts) {
    const std::string field = part.substr(part.rfind('.') + 1);
    const std::string title = SpanishFigure(field.substr(0, field.find('[')));
    part = title.empty() ? CodeText(part, words) : title;
  }
  return absl::StrJoin(parts, ", ");
}

absl::Status Otherwise(const std::string& name, const std::string& what, const Words& words) {
  return absl::FailedPreconditionError(
      words("the ledger has {name} otherwise: {what}", {{"name", name}, {"what", InWords(what, words)}}));
}

// A deposit, as it is recorded in three acts.
struct Deposit {
  std::string project;
  std::string id;
  std::string party;
  v1::Money amount;
  std::string memo;
  std::string principal;
  std::string verifier;
  std::string account;
  std::string date;
  const Words& words;
};

// True where the ledger's deposit says another amount than the row.
bool SaysOtherAmount(const v1::Contribution& known, const v1::Money& amount) {
  return known.declared().minor_units() != amount.minor_units() && known.declared().currency_code() == amount.currency_code();
}

// Carries a deposit on from the state in which the ledger has it; nullptr: not at all. True where something was written.
absl::StatusOr<bool> Carry(const Deposit& deposit, const v1::Contribution* known, ImportSession& session) {
  const std::string name = absl::StrCat("projects/", deposit.project, "/contributions/", deposit.id);
  const std::string declarer = Who(deposit.party, deposit.principal);
  auto state = v1::Contribution::STATE_UNSPECIFIED;
  if (known != nullptr) {
    state = known->state();
    if (known->party() != deposit.party || known->declared().minor_units() != deposit.amount.minor_units() ||
        known->declared().currency_code() != deposit.amount.currency_code())
      return Otherwise(name, "party, declared", deposit.words);
    if (state == v1::Contribution::VERIFIED) return false;
    if (state != v1::Contribution::DECLARED && state != v1::Contribution::EVIDENCED)
      return Otherwise(name, v1::Contribution::State_Name(state), deposit.words);
  } else {
    v1::DeclareContributionRequest declare;
    declare.set_parent("projects/" + deposit.project);
    declare.set_contribution_id(deposit.id);
    declare.mutable_contribution()->set_party(deposit.party);
    *declare.mutable_contribution()->mutable_declared() = deposit.amount;
    declare.mutable_contribution()->set_memo(deposit.memo);
    ORIUNDO_RETURN_IF_ERROR(session.Write<v1::Contribution>(declarer, "LedgerService.DeclareContribution", declare).status());
    state = v1::Contribution::DECLARED;
  }
  if (state == v1::Contribution::DECLARED) {
    v1::EvidenceContributionRequest evidence;
    evidence.set_name(name);
    *evidence.mutable_evidence() = SyntheticEvidence(v1::BANK_RECEIPT, name);
    ORIUNDO_RETURN_IF_ERROR(session.Write<v1::Contribution>(declarer, "LedgerService.EvidenceContribution", evidence).status());
  }
  v1::VerifyContributionRequest verify;
  verify.set_name(name);
  *verify.mutable_credited() = deposit.amount;
  verify.set_bank_value_date(deposit.date);
  verify.mutable_account()->set_number(deposit.account);
  ORIUNDO_RETURN_IF_ERROR(
      session.Write<v1::Contribution>(Who(deposit.verifier, deposit.principal), "LedgerService.VerifyContribution", verify)
          .status());
  return true;
}

// Spending, as it is recorded in one act.
struct Spending {
  std::string project;
  std::string id;
  std::string executor;
  v1::Money amount;
  v1::SpendingCategory category;
  std::string date;
  std::string vendor_name;
  std::string memo;
  std::string principal;
};

absl::Status Record(const Spending& spending, ImportSession& session) {
  const std::string name = absl::StrCat("projects/", spending.project, "/expenditures/", spending.id);
  v1::RecordExpenditureRequest record;
  record.set_parent("projects/" + spending.project);
  record.set_expenditure_id(spending.id);
  v1::Expenditure& expenditure = *record.mutable_expenditure();
  *expenditure.mutable_amount() = spending.amount;
  expenditure.set_category(spending.category);
  expenditure.set_payment_date(spending.date);
  expenditure.set_vendor_name(spending.vendor_name);
  expenditure.set_memo(spending.memo);
  *expenditure.add_evidence() = SyntheticEvidence(v1::INVOICE, name);
  return session.Write<v1::Expenditure>(Who(spending.executor, spending.principal), "LedgerService.RecordExpenditure", record)
      .status();
}

// One project on its way.
class ProjectWay {
 public:
  ProjectWay(const PlannedProject& plan, ImportSession& session, const Words& words)
      : plan_(plan), session_(session), words_(words), name_("projects/" + plan.id) {}

  absl::Status Begin() {
    ORIUNDO_ASSIGN_OR_RETURN(rule_, session_.Rule(plan_.draft.rule_version()));
    SortFunders();
    ORIUNDO_RETURN_IF_ERROR(FixTotal());
    v1::GetProjectRequest get;
    get.set_name(name_);
    absl::StatusOr<v1::Project> present = session_.Call<v1::Project>("", "ProjectService.GetProject", get);
    if (present.ok()) {
      project_ = *std::move(present);
      there_ = true;
      differences_ = Differences(Wanted(), project_);
      if (!differences_.empty() && project_.state() != v1::Project::DRAFT) {
        // Beside what each party has given, so that nobody has to look for the figure that changed.
        if (project_.state() >= v1::Project::AGREED) ORIUNDO_RETURN_IF_ERROR(Compare());
        if (project_.total_minor_units() != total_ && plan_.printed_total.has_value()) {
          AddFigure(plan_.total_column, "recorded in the ledger", plan_.printed_total_text, *plan_.printed_total,
                    project_.total_minor_units(), words_("recorded is the agreed total; nothing was changed"));
        }
        return Otherwise(name_, DifferencesText(), words_);
      }
      return absl::OkStatus();
    }
    return absl::IsNotFound(present.status()) ? absl::OkStatus() : present.status();
  }

  ImportedProject Result() && { return std::move(result_); }
  absl::Status Run() {
    ORIUNDO_RETURN_IF_ERROR(Draft());
    if (plan_.through >= v1::ProjectRow::AGREED) ORIUNDO_RETURN_IF_ERROR(Agree());
    if (plan_.through >= v1::ProjectRow::FUNDED) ORIUNDO_RETURN_IF_ERROR(Fund());
    if (plan_.through >= v1::ProjectRow::EXECUTED) ORIUNDO_RETURN_IF_ERROR(Spend());
    if (plan_.through >= v1::ProjectRow::CLOSED) ORIUNDO_RETURN_IF_ERROR(Close());
    if (plan_.through >= v1::ProjectRow::FUNDED) ORIUNDO_RETURN_IF_ERROR(Compare());
    return absl::OkStatus();
  }

  // What the rule has against the project's amounts; and whether anything is left to be done.
  absl::Status Try() {
    ORIUNDO_RETURN_IF_ERROR(TryAmounts());
    if (there_ && project_.state() >= v1::Project::AGREED && plan_.through >= v1::ProjectRow::FUNDED) {
      ORIUNDO_RETURN_IF_ERROR(ReadMoney());
      ORIUNDO_RETURN_IF_ERROR(CheckRecorded());
    }
    ORIUNDO_ASSIGN_OR_RETURN(const bool complete, IsComplete());
    result_.outcome = complete ? ImportOutcome::kAlreadyThere : ImportOutcome::kWouldBeWritten;
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<bool> IsComplete() {
    if (!there_ || !differences_.empty()) return false;
    switch (plan_.through) {
      case v1::ProjectRow::DRAFT:
        return true;
      case v1::ProjectRow::AGREED:
        return project_.state() >= v1::Project::AGREED;
      case v1::ProjectRow::CLOSED:
        return project_.state() == v1::Project::CLOSED;
      default:
        break;
    }
    if (project_.state() >= v1::Project::COMPLETED) return true;
    if (project_.state() < v1::Project::AGREED) return false;
    ORIUNDO_RETURN_IF_ERROR(ReadStatement());
    int64_t given = 0;
    for (const PlannedFunder& funder : funders_) given += *funder.amount;
    const bool funded = result_.statement.total_confirmed_minor_units() == given;
    if (plan_.through == v1::ProjectRow::FUNDED) return funded;
    ORIUNDO_RETURN_IF_ERROR(ReadMoney());
    return funded && std::all_of(plan_.spending.begin(), plan_.spending.end(), [this](const PlannedSpending& spending) {
             return Known(expenditures_, absl::StrCat(name_, "/expenditures/", spending.id)) != nullptr;
           });
  }

  absl::Status TryAmounts() {
    const auto missing = [&](const std::string& role) {
      return std::none_of(funders_.begin(), funders_.end(), [&](const PlannedFunder& funder) { return funder.role == role; });
    };
    for (const v1::FunderRole& role : rule_.roles()) {
      if (missing(role.role()))
        return absl::FailedPreconditionError(
            words_("nobody fills the role {role} of {rule}", {{"role", role.role()}, {"rule", plan_.draft.rule_version()}}));
    }
    if (plan_.through == v1::ProjectRow::DRAFT) return absl::OkStatus();
    ORIUNDO_ASSIGN_OR_RETURN(const v1::PreviewSharesResponse preview, Preview(total_));
    std::vector<std::string> forbidden;
    for (const v1::PreviewSharesResponse::RuleViolation& violation : preview.violations()) {
      const Figures figures(violation.figures().begin(), violation.figures().end());
      forbidden.push_back(SentenceOfReason(v1::ErrorReason_Name(violation.reason()), violation.subject(), violation.description(),
                                           figures, words_));
    }
    if (!forbidden.empty()) return absl::FailedPreconditionError(absl::StrJoin(forbidden, " "));
    return absl::OkStatus();
  }

  bool AllKnown() const {
    return std::all_of(funders_.begin(), funders_.end(), [](const PlannedFunder& funder) { return funder.amount.has_value(); });
  }

  // Parties stand in the order of the rule's roles, as the ledger keeps them.
  void SortFunders() {
    std::map<std::string, int> places;
    for (int i = 0; i < rule_.roles_size(); ++i) places.emplace(rule_.roles(i).role(), i);
    funders_ = plan_.funders;
    std::stable_sort(funders_.begin(), funders_.end(), [&](const PlannedFunder& a, const PlannedFunder& b) {
      const auto place = [&](const PlannedFunder& funder) {
        const auto found = places.find(funder.role);
        return found == places.end() ? rule_.roles_size() : found->second;
      };
      return place(a) < place(b);
    });
  }

  absl::StatusOr<v1::PreviewSharesResponse> Preview(int64_t total) {
    v1::PreviewSharesRequest preview;
    preview.set_rule_version(plan_.draft.rule_version());
    *preview.mutable_total() = MoneyOf(total, plan_.currency_code);
    if (AllKnown()) {
      for (const v1::FunderRole& role : rule_.roles()) {
        int64_t confirmed = 0;
        for (const PlannedFunder& funder : funders_) confirmed += funder.role == role.role() ? *funder.amount : 0;
        preview.add_confirmed_minor_units(confirmed);
      }
    }
    return session_.Call<v1::PreviewSharesResponse>("", "ProgramService.PreviewShares", preview);
  }

  absl::Status FixTotal() {
    total_ = plan_.printed_total.value_or(0);
    if (plan_.agreed_total == v1::ProjectRow::PRINTED || !AllKnown()) return absl::OkStatus();
    int64_t parts = 0;
    for (const PlannedFunder& funder : funders_) parts += *funder.amount;
    const bool printed = plan_.printed_total.has_value();
    ORIUNDO_ASSIGN_OR_RETURN(const v1::PreviewSharesResponse preview, Preview(printed ? total_ : parts));
    const bool keep = plan_.agreed_total == v1::ProjectRow::PRINTED_OR_MATCHED && printed && preview.complies();
    if (keep) return absl::OkStatus();
    total_ = preview.matched_base_minor_units();
    if (total_ <= 0)
      return absl::FailedPreconditionError(
          words_("the funders' amounts match no total under {rule}", {{"rule", plan_.draft.rule_version()}}));
    if (printed) {
      AddFigure(plan_.total_column, "agreed total", plan_.printed_total_text, *plan_.printed_total, total_,
                words_("agreed is the total that every role has matched: the amounts do not comply with the printed one"));
    }
    return absl::OkStatus();
  }

  v1::Project Wanted() const {
    v1::Project wanted = plan_.draft;
    wanted.set_total_minor_units(total_);
    std::map<std::string, int> of_role;
    for (const PlannedFunder& funder : funders_) ++of_role[funder.role];
    for (const PlannedFunder& funder : funders_) {
      v1::Party& party = *wanted.add_parties();
      party.set_role(funder.role);
      party.set_organization(funder.organization);
      // Who fills a role alone owes all of it; of several each owes what it gave.
      if (of_role[funder.role] > 1 && funder.amount.has_value()) party.set_due_minor_units(*funder.amount);
    }
    return wanted;
  }

  std::string Club() const { return Who(plan_.draft.club(), plan_.principal); }
  std::string Executor() const { return Who(plan_.draft.executor(), plan_.principal); }
  std::string Office() const { return Who(plan_.office, plan_.principal); }

  // A write whose answer is the project as it then is.
  template <typename Request>
  absl::Status Step(const std::string& who, const char* method, Request request) {
    request.set_name(name_);
    ORIUNDO_ASSIGN_OR_RETURN(project_, session_.Write<v1::Project>(who, method, request));
    result_.outcome = ImportOutcome::kWritten;
    return absl::OkStatus();
  }
  template <typename Request>
  absl::Status StepWithPaper(const std::string& who, const char* method, v1::DocumentType type, Request request = {},
                             const std::string& subject = "") {
    *request.add_documents() = SyntheticEvidence(type, subject.empty() ? name_ : subject);
    return Step(who, method, std::move(request));
  }

  absl::Status Draft() {
    if (!there_) {
      v1::CreateProjectRequest create;
      create.set_project_id(plan_.id);
      *create.mutable_project() = Wanted();
      ORIUNDO_ASSIGN_OR_RETURN(project_, session_.Write<v1::Project>(Club(), "ProjectService.CreateProject", create));
      result_.outcome = ImportOutcome::kWritten;
      return absl::OkStatus();
    }
    if (differences_.empty()) return absl::OkStatus();
    v1::UpdateProjectRequest update;
    update.set_etag(project_.etag());
    *update.mutable_project() = Wanted();
    return Step(Club(), "ProjectService.UpdateProject", update);
  }

  absl::Status Agree() {
    if (project_.state() == v1::Project::DRAFT)
      ORIUNDO_RETURN_IF_ERROR(
          StepWithPaper<v1::SubmitProjectRequest>(Club(), "ProjectService.SubmitProject", v1::TECHNICAL_FILE, {}, FileSubject()));
    if (project_.state() == v1::Project::SUBMITTED)
      ORIUNDO_RETURN_IF_ERROR(Step(Office(), "ProjectService.PrevalidateProject", v1::PrevalidateProjectRequest()));
    if (project_.state() == v1::Project::PREVALIDATED)
      ORIUNDO_RETURN_IF_ERROR(
          StepWithPaper<v1::ApproveProjectRequest>(Office(), "ProjectService.ApproveProject", v1::SESSION_MINUTES));
    if (project_.state() == v1::Project::APPROVED) {
      std::vector<std::string> signers;
      for (const v1::Party& party : project_.parties()) {
        if (!party.has_signature_sequence()) signers.push_back(party.organization());
      }
      if (!project_.has_executor_signature_sequence() &&
          std::find(signers.begin(), signers.end(), project_.executor()) == signers.end())
        signers.push_back(project_.executor());
      for (const std::string& signer : signers) {
        v1::SignAgreementRequest sign;
        sign.mutable_account()->set_number(plan_.account);
        sign.set_agreement_date(plan_.agreement_date);
        ORIUNDO_RETURN_IF_ERROR(StepWithPaper(Who(signer, plan_.principal), "ProjectService.SignAgreement", v1::AGREEMENT, sign));
      }
    }
    if (project_.state() < v1::Project::AGREED || project_.state() > v1::Project::CLOSED)
      return Otherwise(name_, v1::Project::State_Name(project_.state()), words_);
    return absl::OkStatus();
  }

  // What the ledger has of the project's money, where an earlier run may have left some.
  absl::Status ReadMoney() {
    if (!there_) return absl::OkStatus();
    v1::ListContributionsRequest contributions;
    contributions.set_parent(name_);
    ORIUNDO_RETURN_IF_ERROR(session_.List<v1::ListContributionsResponse>("LedgerService.ListContributions", contributions,
                                                                         [this](const v1::ListContributionsResponse& page) {
                                                                           for (const auto& row : page.contributions())
                                                                             contributions_[row.name()] = row;
                                                                         }));
    v1::ListReleasesRequest releases;
    releases.set_parent(name_);
    ORIUNDO_RETURN_IF_ERROR(session_.List<v1::ListReleasesResponse>("LedgerService.ListReleases", releases,
                                                                    [this](const v1::ListReleasesResponse& page) {
                                                                      for (const auto& row : page.releases())
                                                                        releases_[row.name()] = row;
                                                                    }));
    v1::ListProposalsRequest proposals;
    proposals.set_parent(name_);
    ORIUNDO_RETURN_IF_ERROR(session_.List<v1::ListProposalsResponse>("LedgerService.ListProposals", proposals,
                                                                     [this](const v1::ListProposalsResponse& page) {
                                                                       for (const auto& row : page.proposals())
                                                                         proposals_[row.name()] = row;
                                                                     }));
    v1::ListExpendituresRequest expenditures;
    expenditures.set_parent(name_);
    return session_.List<v1::ListExpendituresResponse>("LedgerService.ListExpenditures", expenditures,
                                                       [this](const v1::ListExpendituresResponse& page) {
                                                         for (const auto& row : page.expenditures())
                                                           expenditures_[row.name()] = row;
                                                       });
  }

  template <typename Row>
  static const Row* Known(const std::map<std::string, Row>& rows, const std::string& name) {
    const auto found = rows.find(name);
    return found == rows.end() ? nullptr : &found->second;
  }

  // What the technical file is about: the project and the amounts that the row prints. So a later run knows from the hash alone
  // whether the row is still the one that the project was submitted with.
  std::string FileSubject() const {
    return absl::StrCat(name_, ", amounts ", absl::StrJoin(funders_, ", ", [](std::string* out, const PlannedFunder& funder) {
      absl::StrAppend(out, funder.organization, " ", funder.amount.has_value() ? absl::StrCat(*funder.amount) : "unknown");
    }));
  }

  // True where the project was submitted with the amounts that the row prints now. False too where it was submitted by somebody
  // else.
  absl::StatusOr<bool> SubmittedWithTheseAmounts() {
    const std::string wanted = SyntheticEvidence(v1::TECHNICAL_FILE, FileSubject()).salted_sha256();
    bool found = false;
    v1::ListEntriesRequest entries;
    entries.set_subject(name_);
    ORIUNDO_RETURN_IF_ERROR(
        session_.List<v1::ListEntriesResponse>("AuditService.ListEntries", entries, [&](const v1::ListEntriesResponse& page) {
          for (const v1::Entry& entry : page.entries()) {
            for (const v1::Evidence& paper : entry.project_submitted().documents()) found |= paper.salted_sha256() == wanted;
          }
        }));
    return found;
  }

  // What earlier runs of this import recorded of the money of funder `i`: its deposit, releases and excess that stand. What
  // others recorded is none of the row's.
  // What differs from the ledger, the total with both figures.
  std::string DifferencesText() const {
    std::vector<std::string> texts;
    for (const std::string& difference : differences_) {
      texts.push_back(difference != "total_minor_units"
                          ? difference
                          : words_("its total is {recorded} there and {wanted} by the file",
                                   {{"recorded", FormatAmount(project_.total_minor_units(), plan_.currency_code)},
                                    {"wanted", FormatAmount(total_, plan_.currency_code)}}));
    }
    return absl::StrJoin(texts, ", ");
  }

  int64_t RecordedOf(std::size_t i) const {
    int64_t recorded = 0;
    for (const char* kind : {"deposit-", "excess-"}) {
      const v1::Contribution* deposit = Known(contributions_, absl::StrCat(name_, "/contributions/", kind, i + 1));
      if (deposit == nullptr || deposit->state() == v1::Contribution::REJECTED || deposit->state() ==
          v1::Contribution::REVERSED ||
          deposit->state() == v1::Contribution::WITHDRAWN) {
        continue;
      }
      recorded += deposit->declared().minor_units();
    }
    const std::string prefix = absl::StrCat(name_, "/releases/release-", i + 1, "-");
    for (const auto& [name, release] : releases_) {
      if (name.starts_with(prefix) && release.state() != v1::Release::RETURNED) recorded += release.amount().minor_units();
    }
    return recorded;
  }

  // The row prints another amount than the one that was imported: told with both and their difference, and nothing is written.
  absl::Status Changed(std::size_t i) {
    const PlannedFunder& funder = funders_[i];
    const int64_t recorded = RecordedOf(i);
    AddFigure(funder.column, "recorded in the ledger", funder.printed, *funder.amount, recorded,
              words_("recorded is what an earlier run wrote of the row; nothing was changed"));
    result_.problem_column = funder.column;
    return Otherwise(name_, words_("{who} has {recorded}, the row prints {printed}, a difference of {difference}",
                                   {{"who", ShortName(funder.organization)},
                                    {"recorded", FormatAmount(recorded, plan_.currency_code)},
                                    {"printed", FormatAmount(*funder.amount, plan_.currency_code)},
                                    {"difference", FormatAmount(recorded - *funder.amount, plan_.currency_code)}}),
                     words_);
  }

  // Before anything is written for a project that was there: what an earlier run recorded is what the row prints, as far as it
  // goes. REQUIRES: ReadMoney().
  absl::Status CheckRecorded() {
    std::optional<bool> same;
    for (std::size_t i = 0; there_ && i < funders_.size(); ++i) {
      const PlannedFunder& funder = funders_[i];
      if (!funder.amount.has_value()) continue;
      if (RecordedOf(i) > *funder.amount) return Changed(i);
      const std::string id = absl::StrCat(PaysInTranches(funder.role) ? "excess-" : "deposit-", i + 1);
      const v1::Contribution* known = Known(contributions_, absl::StrCat(name_, "/contributions/", id));
      if (!PaysInTranches(funder.role)) {
        if (known != nullptr && SaysOtherAmount(*known, MoneyOf(*funder.amount, plan_.currency_code))) return Changed(i);
        continue;
      }
      int64_t due = 0;
      int64_t left = *funder.amount;
      for (const v1::Tranche& tranche : project_.tranches()) {
        if (tranche.party() != funder.organization) continue;
        due += tranche.amount_minor_units();
        const int64_t amount = std::min(left, tranche.amount_minor_units());
        left -= amount;
        const v1::Release* release = Known(releases_, absl::StrCat(name_, "/releases/release-", i + 1, "-", tranche.ordinal()));
        if (release != nullptr && release->amount().minor_units() != amount) return Changed(i);
      }
      if (known != nullptr) {
        if (known->declared().minor_units() != *funder.amount - due) return Changed(i);
        continue;
      }
      // An excess that is not recorded yet: the run was cut off before it, or the row has grown since.
      if (*funder.amount <= due || RecordedOf(i) == 0) continue;
      if (!same.has_value()) {
        ORIUNDO_ASSIGN_OR_RETURN(same, SubmittedWithTheseAmounts());
      }
      if (!*same) return Changed(i);
    }
    return absl::OkStatus();
  }

  bool PaysInTranches(const std::string& role) const {
    for (const v1::FunderRole& candidate : rule_.roles()) {
      if (candidate.role() == role) return candidate.cumulative_bps_size() > 0;
    }
    return false;
  }

  absl::Status Pay(const std::string& id, const std::string& party, int64_t amount) {
    const Deposit deposit{.project = plan_.id,
                          .id = id,
                          .party = party,
                          .amount = MoneyOf(amount, plan_.currency_code),
                          .memo = plan_.memo,
                          .principal = plan_.principal,
                          .verifier = plan_.verifier,
                          .account = plan_.account,
                          .date = plan_.bank_value_date,
                          .words = words_};
    ORIUNDO_ASSIGN_OR_RETURN(const bool written,
                             Carry(deposit, Known(contributions_, absl::StrCat(name_, "/contributions/", id)), session_));
    Count(written);
    return absl::OkStatus();
  }

  // Proposed by the payer, approved by the office, received as the bank has it.
  absl::Status Release(const std::string& tranche, const std::string& payer, const std::string& id, int64_t amount) {
    const std::string release_name = absl::StrCat(name_, "/releases/", id);
    const std::string proposal_name = absl::StrCat(name_, "/proposals/propose-", id);
    const v1::Release* known = Known(releases_, release_name);
    if (known != nullptr && known->amount().minor_units() != amount) return Otherwise(release_name, "amount", words_);
    if (known != nullptr && known->state() == v1::Release::RECEIVED) {
      Count(false);
      return absl::OkStatus();
    }
    if (known != nullptr && known->state() != v1::Release::RELEASED)
      return Otherwise(release_name, v1::Release::State_Name(known->state()), words_);
    if (known == nullptr) {
      const v1::Proposal* proposal = Known(proposals_, proposal_name);
      if (proposal != nullptr &&
          (proposal->state() != v1::Proposal::OPEN || proposal->release().amount().minor_units() != amount ||
           proposal->release().tranche() != tranche))
        return Otherwise(proposal_name, "state, amount, tranche", words_);
      if (proposal == nullptr) {
        v1::ProposeReleaseRequest propose;
        propose.set_parent(name_);
        propose.set_proposal_id("propose-" + id);
        propose.set_tranche(tranche);
        propose.set_release_id(id);
        *propose.mutable_amount() = MoneyOf(amount, plan_.currency_code);
        ORIUNDO_RETURN_IF_ERROR(
            session_.Write<v1::Proposal>(Who(payer, plan_.principal), "LedgerService.ProposeRelease", propose).status());
      }
      v1::ApproveProposalRequest approve;
      approve.set_name(proposal_name);
      ORIUNDO_RETURN_IF_ERROR(session_.Write<v1::Proposal>(Office(), "LedgerService.ApproveProposal", approve).status());
    }
    v1::ReceiveReleaseRequest receive;
    receive.set_name(release_name);
    *receive.mutable_credited() = MoneyOf(amount, plan_.currency_code);
    receive.set_bank_value_date(plan_.bank_value_date);
    receive.mutable_account()->set_number(plan_.account);
    *receive.add_documents() = SyntheticEvidence(v1::BANK_RECEIPT, release_name);
    ORIUNDO_RETURN_IF_ERROR(
        session_.Write<v1::Release>(Who(plan_.verifier, plan_.principal), "LedgerService.ReceiveRelease", receive).status());
    Count(true);
    return absl::OkStatus();
  }

  absl::Status Fund() {
    // From completion on all that was given is in, or nothing more may come.
    if (project_.state() >= v1::Project::COMPLETED) return absl::OkStatus();
    ORIUNDO_RETURN_IF_ERROR(ReadMoney());
    ORIUNDO_RETURN_IF_ERROR(CheckRecorded());
    for (std::size_t i = 0; i < funders_.size(); ++i) {
      const PlannedFunder& funder = funders_[i];
      if (!PaysInTranches(funder.role) && *funder.amount > 0)
        ORIUNDO_RETURN_IF_ERROR(Pay(absl::StrCat("deposit-", i + 1), funder.organization, *funder.amount));
    }
    if (project_.state() < v1::Project::AUTHORISED)
      ORIUNDO_RETURN_IF_ERROR(Step(Office(), "ProjectService.AuthorizeProject", v1::AuthorizeProjectRequest()));
    for (std::size_t i = 0; i < funders_.size(); ++i) {
      const PlannedFunder& funder = funders_[i];
      if (!PaysInTranches(funder.role)) continue;
      int64_t left = *funder.amount;
      for (const v1::Tranche& tranche : project_.tranches()) {
        const int64_t amount = std::min(left, tranche.amount_minor_units());
        if (tranche.party() != funder.organization || amount == 0) continue;
        ORIUNDO_RETURN_IF_ERROR(
            Release(tranche.name(), funder.organization, absl::StrCat("release-", i + 1, "-", tranche.ordinal()), amount));
        left -= amount;
      }
      // What exceeds the due is no tranche: a voluntary excess.
      if (left > 0) ORIUNDO_RETURN_IF_ERROR(Pay(absl::StrCat("excess-", i + 1), funder.organization, left));
    }
    return absl::OkStatus();
  }

  absl::Status Spend() {
    if (project_.state() >= v1::Project::COMPLETED) return absl::OkStatus();
    for (const PlannedSpending& spending : plan_.spending) {
      const std::string name = absl::StrCat(name_, "/expenditures/", spending.id);
      if (const v1::Expenditure* known = Known(expenditures_, name)) {
        if (known->state() == v1::Expenditure::RECORDED &&
            (!spending.amount.has_value() || known->amount().minor_units() == *spending.amount)) {
          Count(false);
          continue;
        }
        return Otherwise(name, known->state() == v1::Expenditure::RECORDED ? "amount" : "REVERSED", words_);
      }
      int64_t amount = spending.amount.value_or(0);
      if (!spending.amount.has_value()) {
        ORIUNDO_RETURN_IF_ERROR(ReadStatement());
        amount = result_.statement.box_minor_units();
        if (amount == 0) continue;
      }
      ORIUNDO_RETURN_IF_ERROR(Record({.project = plan_.id,
                                      .id = spending.id,
                                      .executor = plan_.draft.executor(),
                                      .amount = MoneyOf(amount, plan_.currency_code),
                                      .category = spending.category,
                                      .date = spending.payment_date,
                                      .vendor_name = spending.vendor_name,
                                      .memo = plan_.memo,
                                      .principal = plan_.principal},
                                     session_));
      Count(true);
    }
    return absl::OkStatus();
  }

  absl::Status Close() {
    // Money does not come back as the project: what it is in now is asked for where this run wrote some.
    if (project_.state() < v1::Project::COMPLETED) {
      if (!project_.completion_reported()) {
        v1::ReportCompletionRequest report;
        report.set_quantity_milli(plan_.quantity_milli);
        ORIUNDO_RETURN_IF_ERROR(StepWithPaper(Executor(), "ProjectService.ReportCompletion", v1::PROGRESS_REPORT, report));
      }
      v1::ConfirmCompletionRequest confirm;
      confirm.set_quantity_milli(plan_.quantity_milli);
      ORIUNDO_RETURN_IF_ERROR(StepWithPaper(Club(), "ProjectService.ConfirmCompletion", v1::PHOTOGRAPH, confirm));
    }
    if (project_.state() == v1::Project::COMPLETED) {
      std::vector<std::string> signers = {project_.executor(), project_.club()};
      if (!project_.committee().empty()) signers.push_back(project_.committee());
      const std::vector<std::string> signed_by(project_.handover_signatures().begin(), project_.handover_signatures().end());
      for (const std::string& signer : signers) {
        if (std::find(signed_by.begin(), signed_by.end(), signer) != signed_by.end()) continue;
        ORIUNDO_RETURN_IF_ERROR(StepWithPaper<v1::SignHandoverRequest>(Who(signer, plan_.principal),
                                                                       "ProjectService.SignHandover", v1::HANDOVER_RECORD));
      }
    }
    if (project_.state() == v1::Project::HANDED_OVER)
      ORIUNDO_RETURN_IF_ERROR(Step(Office(), "ProjectService.SettleProject", v1::SettleProjectRequest()));
    if (project_.state() == v1::Project::SETTLED)
      ORIUNDO_RETURN_IF_ERROR(Step(Office(), "ProjectService.CloseProject", v1::CloseProjectRequest()));
    if (project_.state() != v1::Project::CLOSED) return Otherwise(name_, v1::Project::State_Name(project_.state()), words_);
    return absl::OkStatus();
  }

  absl::Status ReadStatement() {
    v1::GetProjectStatementRequest get;
    get.set_name(name_);
    ORIUNDO_ASSIGN_OR_RETURN(result_.statement,
                             session_.Call<v1::ProjectStatement>("", "LedgerService.GetProjectStatement", get));
    return absl::OkStatus();
  }

  void AddFigure(const std::string& column, const std::string& check, const std::string& printed, int64_t printed_minor_units,
                 int64_t computed, const std::string& note, std::optional<int64_t> stated_difference = std::nullopt) {
    result_.figures.push_back({.line = plan_.line,
                               .column = column,
                               .check = check,
                               .subject = name_,
                               .printed = printed,
                               .printed_minor_units = printed_minor_units,
                               .computed_minor_units = computed,
                               .currency_code = plan_.currency_code,
                               .note = note,
                               .stated_difference = stated_difference});
  }

  // One deposit, release or spending of the project is there now.
  void Count(bool written) {
    ++(written ? result_.money.written : result_.money.already_there);
    if (written) result_.outcome = ImportOutcome::kWritten;
  }

  // The row's amounts beside the ledger's own statement.
  absl::Status Compare() {
    ORIUNDO_RETURN_IF_ERROR(ReadStatement());
    for (const v1::ProjectStatement::Line& line : result_.statement.lines()) {
      const auto funder = std::find_if(funders_.begin(), funders_.end(), [&](const PlannedFunder& candidate) {
        return candidate.organization == line.party().organization();
      });
      if (funder == funders_.end()) continue;
      AddFigure(funder->column, "confirmed in the ledger", funder->printed, *funder->amount, line.confirmed_minor_units(), "");
      if (line.deviation_minor_units() != 0)
        AddFigure(funder->column, "deviation from the due", funder->printed, *funder->amount, line.party().due_minor_units(),
                  words_("computed is the due; the difference is the ledger's: confirmed less due"),
                  line.deviation_minor_units());
      if (line.party().over_match_minor_units() != 0)
        AddFigure(funder->column, "over-match", funder->printed, *funder->amount, line.party().due_minor_units(),
                  words_("computed is the due; the difference is the ledger's over-match"),
                  line.party().over_match_minor_units());
    }
    return absl::OkStatus();
  }

  const PlannedProject& plan_;
  ImportSession& session_;
  const Words& words_;
  const std::string name_;
  v1::RuleVersion rule_;
  std::vector<PlannedFunder> funders_;
  int64_t total_ = 0;
  // As the ledger has it.
  v1::Project project_;
  // True where it was there before this run.
  bool there_ = false;
  std::vector<std::string> differences_;
  std::map<std::string, v1::Contribution> contributions_;
  std::map<std::string, v1::Release> releases_;
  std::map<std::string, v1::Proposal> proposals_;
  std::map<std::string, v1::Expenditure> expenditures_;
  ImportedProject result_;
};

// A row's amount beside the one that the ledger has.
Figure RecordedFigure(const PlannedMoney& plan, const std::string& name, const v1::Money& recorded, const Words& words) {
  return {.line = plan.line,
          .column = plan.column,
          .check = "recorded in the ledger",
          .subject = name,
          .printed = plan.printed,
          .printed_minor_units = plan.amount,
          .computed_minor_units = recorded.minor_units(),
          .currency_code = plan.currency_code,
          .note = words("recorded is what an earlier run wrote of the row; nothing was changed")};
}

// What can be told of money without writing: whether its project is there.
absl::StatusOr<ImportOutcome> TryMoney(const std::string& project, ImportSession& session) {
  v1::GetProjectRequest get;
  get.set_name(project);
  ORIUNDO_RETURN_IF_ERROR(session.Call<v1::Project>("", "ProjectService.GetProject", get).status());
  return ImportOutcome::kWouldBeWritten;
}

}  // namespace

absl::Status ImportProject(const PlannedProject& plan, ImportSession& session, const Words& words, ImportedProject& result) {
  ProjectWay way(plan, session, words);
  absl::Status status = way.Begin();
  if (status.ok()) status = way.Run();
  result = std::move(way).Result();
  return status;
}

absl::Status TryProject(const PlannedProject& plan, ImportSession& session, const Words& words, ImportedProject& result) {
  ProjectWay way(plan, session, words);
  absl::Status status = way.Begin();
  if (status.ok()) status = way.Try();
  result = std::move(way).Result();
  result.statement.Clear();  // A dry run says what would be, not what is.
  return status;
}

absl::StatusOr<ImportOutcome> ImportMoney(const PlannedMoney& plan, bool dry_run, ImportSession& session, const Words& words,
                                          std::vector<Figure>& figures) {
  const std::string project = "projects/" + plan.project;
  const std::string party = "organizations/" + plan.party;
  const v1::Money amount = MoneyOf(plan.amount, plan.currency_code);
  if (plan.kind == v1::MoneyRow::DEPOSIT) {
    v1::GetContributionRequest get;
    get.set_name(absl::StrCat(project, "/contributions/", plan.id));
    const absl::StatusOr<v1::Contribution> known = session.Call<v1::Contribution>("", "LedgerService.GetContribution", get);
    if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
    if (known.ok() && SaysOtherAmount(*known, amount)) figures.push_back(RecordedFigure(plan, get.name(), known->declared(),
        words));
    if (dry_run && (!known.ok() || known->state() != v1::Contribution::VERIFIED)) return TryMoney(project, session);
    const Deposit deposit{.project = plan.project,
                          .id = plan.id,
                          .party = party,
                          .amount = amount,
                          .memo = plan.memo,
                          .principal = plan.principal,
                          .verifier = plan.verifier,
                          .account = plan.account,
                          .date = plan.date,
                          .words = words};
    ORIUNDO_ASSIGN_OR_RETURN(const bool written, Carry(deposit, known.ok() ? &*known : nullptr, session));
    return written ? ImportOutcome::kWritten : ImportOutcome::kAlreadyThere;
  }
  v1::GetExpenditureRequest get;
  get.set_name(absl::StrCat(project, "/expenditures/", plan.id));
  const absl::StatusOr<v1::Expenditure> known = session.Call<v1::Expenditure>("", "LedgerService.GetExpenditure", get);
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  if (known.ok()) {
    if (known->amount().minor_units() != plan.amount) figures.push_back(RecordedFigure(plan, get.name(), known->amount(), words));
    if (known->amount().minor_units() != plan.amount || known->recorder() != party)
      return Otherwise(get.name(), "amount, recorder", words);
    if (known->state() != v1::Expenditure::RECORDED)
      return Otherwise(get.name(), v1::Expenditure::State_Name(known->state()), words);
    return ImportOutcome::kAlreadyThere;
  }
  if (dry_run) return TryMoney(project, session);
  ORIUNDO_RETURN_IF_ERROR(Record({.project = plan.project,
                                  .id = plan.id,
                                  .executor = party,
                                  .amount = amount,
                                  .category = plan.category,
                                  .date = plan.date,
                                  .vendor_name = plan.vendor_name,
                                  .memo = plan.memo,
                                  .principal = plan.principal},
                                 session));
  return ImportOutcome::kWritten;
}

absl::StatusOr<ImportOutcome> ImportOrganization(const PlannedOrganization& plan, bool dry_run, ImportSession& session,
                                                 const Words& words, std::string& note) {
  v1::GetOrganizationRequest get;
  get.set_name("organizations/" + plan.create.organization_id());
  absl::StatusOr<v1::Organization> known = session.Call<v1::Organization>("", "DirectoryService.GetOrganization", get);
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  bool written = !known.ok();
  if (known.ok()) {
    const std::vector<std::string> differences = Differences(plan.create.organization(), *known);
    if (!differences.empty()) note = words("differs in {fields}", {{"fields", absl::StrJoin(differences, ", ")}});
  } else if (!dry_run) {
    known = session.Write<v1::Organization>(plan.act_as, "DirectoryService.CreateOrganization", plan.create);
    if (!known.ok()) return known.status();
  }
  if (!plan.registrar.empty()) {
    const std::string today = absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
    const bool valid = known.ok() && known->has_registration() && known->registration().valid_from() <= today &&
                       today <= known->registration().valid_to();
    if (!valid) {
      written = true;
      if (!dry_run) {
        absl::StatusOr<v1::Organization> registered =
            session.Write<v1::Organization>(plan.registrar, "DirectoryService.RegisterOrganization", plan.registration);
        if (!registered.ok()) return registered.status();
      }
    }
  }
  if (!written) return ImportOutcome::kAlreadyThere;
  return dry_run ? ImportOutcome::kWouldBeWritten : ImportOutcome::kWritten;
}

}  // namespace oriundo
