#include "server/queries/stored_ledger.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "google/protobuf/descriptor.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/sequencer/init_ledger.h"
#include "storage/format/big_endian.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Project(const std::string& id) { return "projects/" + id; }
std::string Organization(const std::string& id) { return "organizations/" + id; }

v1::Evidence Document(v1::DocumentType type) {
  v1::Evidence evidence;
  evidence.set_type(type);
  evidence.set_salted_sha256(std::string(32, 'd'));
  return evidence;
}

v1::Account AccountOf(const std::string& project) {
  v1::Account account;
  account.set_number_commitment(std::string(32, 'a'));
  account.set_use("accounts/" + project);
  return account;
}

}  // namespace

v1::Money Mxn(int64_t minor_units) {
  v1::Money money;
  money.set_currency_code("MXN");
  money.set_minor_units(minor_units);
  return money;
}

StoredLedger::StoredLedger() {
  ORIUNDO_CHECK(InitLedger(engine_, "oriundo.example/test", [this] { return now_us_; }).ok());
  worker_ = std::make_unique<BatchWorker>([this] { return now_us_; }, /*epoch=*/1);
  AddOrganization("office", v1::PROGRAM_OFFICE);
  AddOrganization("consulate", v1::CONSULATE);
  AddOrganization("verifier", v1::VERIFIER);
  AddOrganization("executor", v1::EXECUTOR);
  v1::CreateProgramRequest request;
  request.set_program_id("mx");
  request.mutable_program()->set_office(Organization("office"));
  request.mutable_program()->set_display_name("Programa 3x1");
  request.mutable_program()->set_currency_code("MXN");
  Do("office", "programs/mx", request);
}

Reader StoredLedger::Read() const { return *Reader::Open(engine_, v1::KnownAt()); }

Reader StoredLedger::Read(int64_t sequence) const {
  v1::KnownAt known_at;
  known_at.set_sequence(sequence);
  return *Reader::Open(engine_, known_at);
}

std::string StoredLedger::Bytes(std::size_t count) {
  std::string bytes(count - 8, '\x5a');
  AppendBe64(bytes, ++drawn_);
  return bytes;
}

void StoredLedger::Admit(const std::string& subject, Message& message, Command& command) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  for (const FieldDescriptor* field : present) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        Admit(subject,
              field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                   : *reflection.MutableMessage(&message, field),
              command);
      }
      continue;
    }
    const FieldDescriptor* commitment = message.GetDescriptor()->FindFieldByName(field->name() + "_commitment");
    if (commitment == nullptr) continue;
    SealedText sealed{
        .subject = subject, .commitment = "", .salt = Bytes(kSaltBytes), .text = reflection.GetString(message, field)};
    sealed.commitment = Commitment(sealed.salt, sealed.text);
    reflection.SetString(&message, commitment, sealed.commitment);
    reflection.ClearField(&message, field);
    command.sealed.push_back(std::move(sealed));
  }
}

absl::StatusOr<CommandResult> StoredLedger::Try(const std::string& actor, const std::string& subject, Request request) {
  now_us_ += 1'000'000;
  Command command;
  command.actor.organization = Organization(actor);
  char text[64];
  std::snprintf(text, sizeof text, "%032llx", static_cast<unsigned long long>(std::hash<std::string>()(actor)));
  command.actor.principal = text;
  std::snprintf(text, sizeof text, "%08llx-0000-4000-8000-000000000000", static_cast<unsigned long long>(++drawn_));
  command.request_id = text;
  command.digest = Bytes(16);
  command.method = "Test";
  command.request = std::move(request);
  std::visit([&](auto& message) { Admit(subject, message, command); }, command.request);
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Snapshot> snapshot, engine_.NewSnapshot());
  ORIUNDO_RETURN_IF_ERROR(worker_->Decide(*snapshot, std::span(&command, 1)));
  ORIUNDO_ASSIGN_OR_RETURN(const std::shared_ptr<Batch> batch, worker_->Close(*snapshot));
  if (!batch->writes.empty()) ORIUNDO_CHECK(engine_.Commit(batch->writes).outcome == CommitOutcome::kOk);
  absl::StatusOr<CommandResult> result = std::move(batch->results.front());
  if (after_each) after_each();
  return result;
}

void StoredLedger::Do(const std::string& actor, const std::string& subject, Request request) {
  const absl::StatusOr<CommandResult> result = Try(actor, subject, std::move(request));
  if (result.ok()) return;
  std::fprintf(stderr, "refused: %s\n", result.status().ToString().c_str());
  std::abort();
}

void StoredLedger::AddOrganization(const std::string& id, v1::OrganizationKind kind) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id(id);
  request.mutable_organization()->set_kind(kind);
  request.mutable_organization()->set_display_name("The " + id);
  request.mutable_organization()->set_country_code("MX");
  Do("administrator", Organization(id), request);
  if (kind != v1::CLUB) return;
  v1::RegisterOrganizationRequest registration;
  registration.set_name(Organization(id));
  std::string folio = "TN-" + id;
  for (char& c : folio) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  registration.mutable_registration()->set_folio(folio);
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2015-12-31");
  Do("consulate", Organization(id), registration);
}

void StoredLedger::AddRule(const std::string& id, const std::vector<Funder>& funders, int64_t tolerance,
                           const std::function<void(v1::RuleVersion&)>& change) {
  v1::PublishRuleVersionRequest request;
  request.set_parent("programs/mx");
  request.set_rule_version_id(id);
  v1::RuleVersion& rule = *request.mutable_rule_version();
  rule.set_fiscal_year_first(2010);
  rule.set_fiscal_year_last(2020);
  rule.set_tolerance_minor_units(tolerance);
  rule.set_share_base(v1::MATCHED);
  rule.add_categories(v1::EQUIPMENT);
  rule.add_verifiers(Organization("verifier"));
  for (const Funder& funder : funders) {
    const bool club = funder.cumulative_bps.empty();
    if (!Read().Get(Organization(funder.role)).ok()) {
      AddOrganization(funder.role, funder.kind);
      if (!club) {
        v1::CreatePoolRequest pool;
        pool.set_parent("programs/mx");
        pool.mutable_pool()->set_funder(Organization(funder.role));
        pool.mutable_pool()->set_fiscal_year(2014);
        pool.mutable_pool()->set_budget_minor_units(1'000'000'000'000);
        Do(funder.role, "programs/mx", pool);
      }
    }
    v1::FunderRole& role = *rule.add_roles();
    role.set_role(funder.role);
    role.add_kinds(funder.kind);
    role.set_weight(funder.weight);
    role.set_club_money(club);
    if (club) continue;
    role.set_pooled(true);
    role.set_release_mode(v1::PARTIAL);
    for (const int32_t bps : funder.cumulative_bps) role.add_cumulative_bps(bps);
  }
  if (change) change(rule);
  rules_[id] = funders;
  Do("office", "programs/mx", request);
}

void StoredLedger::AddDraft(const std::string& id, const std::string& rule, int64_t total) {
  v1::CreateProjectRequest request;
  request.set_project_id(id);
  v1::Project& project = *request.mutable_project();
  project.set_program("programs/mx");
  project.set_rule_version("programs/mx/versions/" + rule);
  project.set_fiscal_year(2014);
  project.set_title("Works of " + id);
  project.set_category(v1::EQUIPMENT);
  project.set_locality_code("31-096");
  project.set_executor(Organization("executor"));
  project.set_total_minor_units(total);
  for (const Funder& funder : rules_.at(rule)) {
    if (funder.cumulative_bps.empty()) project.set_club(Organization(funder.role));
    v1::Party& party = *project.add_parties();
    party.set_role(funder.role);
    party.set_organization(Organization(funder.role));
  }
  Do(std::string(IdOf(project.club())), Project(id), request);
}

void StoredLedger::AddProject(const std::string& id, const std::string& rule, int64_t total) {
  AddDraft(id, rule, total);
  Agree(id);
}

void StoredLedger::Agree(const std::string& id) {
  const v1::Project project = *Read().Get<v1::Project>(Project(id));
  v1::SubmitProjectRequest submit;
  submit.set_name(Project(id));
  Do(std::string(IdOf(project.club())), Project(id), submit);
  v1::PrevalidateProjectRequest prevalidate;
  prevalidate.set_name(Project(id));
  Do("office", Project(id), prevalidate);
  v1::ApproveProjectRequest approve;
  approve.set_name(Project(id));
  Do("office", Project(id), approve);
  v1::SignAgreementRequest sign;
  sign.set_agreement_date(agreement_day);
  sign.set_name(Project(id));
  *sign.mutable_account() = AccountOf(id);
  for (const v1::Party& party : project.parties()) Do(std::string(IdOf(party.organization())), Project(id), sign);
  Do("executor", Project(id), sign);
}

void StoredLedger::Authorize(const std::string& project) {
  v1::AuthorizeProjectRequest request;
  request.set_name(Project(project));
  Do("office", Project(project), request);
}

void StoredLedger::Declare(const std::string& project, const std::string& id, const std::string& funder, int64_t amount) {
  v1::DeclareContributionRequest request;
  request.set_parent(Project(project));
  request.set_contribution_id(id);
  request.mutable_contribution()->set_party(Organization(funder));
  *request.mutable_contribution()->mutable_declared() = Mxn(amount);
  request.mutable_contribution()->set_memo("note on " + id);
  Do(funder, Project(project), request);
}

void StoredLedger::Verify(const std::string& project, const std::string& id, int64_t credited) {
  v1::VerifyContributionRequest request;
  request.set_name(Project(project) + "/contributions/" + id);
  *request.mutable_credited() = Mxn(credited);
  request.set_bank_value_date(bank_day);
  *request.mutable_account() = AccountOf(project);
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  Do("verifier", Project(project), request);
}

void StoredLedger::Contribute(const std::string& project, const std::string& id, const std::string& funder, int64_t amount) {
  Declare(project, id, funder, amount);
  Verify(project, id, amount);
}

int64_t StoredLedger::RoomOf(const std::string& project, const std::string& club) const {
  const v1::Project record = *Read().Get<v1::Project>("projects/" + project);
  for (const v1::Party& party : record.parties()) {
    if (party.organization() != "organizations/" + club || party.receivable_minor_units() == 0) continue;
    return std::max<int64_t>(0, party.due_minor_units() - party.verified_minor_units() - party.receivable_minor_units());
  }
  return std::numeric_limits<int64_t>::max();
}

void StoredLedger::Release(const std::string& project, const std::string& id, const std::string& funder, int ordinal,
                           int64_t amount) {
  v1::ProposeReleaseRequest propose;
  propose.set_parent(Project(project));
  propose.set_proposal_id("release-" + id);
  propose.set_tranche(TrancheName(Project(project), Organization(funder), ordinal));
  *propose.mutable_amount() = Mxn(amount);
  propose.set_release_id(id);
  Do(funder, Project(project), propose);
  v1::ApproveProposalRequest approve;
  approve.set_name(Project(project) + "/proposals/release-" + id);
  Do("office", Project(project), approve);
  v1::ReceiveReleaseRequest receive;
  receive.set_name(Project(project) + "/releases/" + id);
  *receive.mutable_credited() = Mxn(amount);
  receive.set_bank_value_date(bank_day);
  *receive.mutable_account() = AccountOf(project);
  *receive.add_documents() = Document(v1::BANK_RECEIPT);
  Do("verifier", Project(project), receive);
}

void StoredLedger::Spend(const std::string& project, const std::string& id, int64_t amount) {
  v1::RecordExpenditureRequest request;
  request.set_parent(Project(project));
  request.set_expenditure_id(id);
  v1::Expenditure& expenditure = *request.mutable_expenditure();
  *expenditure.mutable_amount() = Mxn(amount);
  expenditure.set_category(v1::WORKS);
  expenditure.set_payment_date(bank_day);
  expenditure.set_vendor_name("Vendor of " + id);
  *expenditure.add_evidence() = Document(v1::INVOICE);
  Do("executor", Project(project), request);
}

void StoredLedger::Reverse(const std::string& project, const std::string& id, const std::string& target) {
  v1::ProposeReversalRequest propose;
  propose.set_parent(Project(project));
  propose.set_proposal_id(id);
  propose.set_target(Project(project) + "/" + target);
  propose.set_bank_value_date(bank_day);
  *propose.add_documents() = Document(v1::BANK_RECEIPT);
  propose.mutable_reason()->set_text("bounced");
  Do("verifier", Project(project), propose);
  v1::ApproveProposalRequest approve;
  approve.set_name(Project(project) + "/proposals/" + id);
  Do("office", Project(project), approve);
}

void StoredLedger::Repay(const std::string& project, const std::string& id, const std::string& funder, int64_t amount) {
  v1::RecordRepaymentRequest request;
  *request.mutable_account() = AccountOf(project);
  request.set_parent(Project(project));
  request.set_repayment_id(id);
  request.mutable_repayment()->set_party(Organization(funder));
  *request.mutable_repayment()->mutable_amount() = Mxn(amount);
  request.mutable_repayment()->set_bank_value_date(bank_day);
  *request.mutable_repayment()->add_evidence() = Document(v1::BANK_RECEIPT);
  Do("verifier", Project(project), request);
}

void StoredLedger::AddInterest(const std::string& project, const std::string& id, int64_t amount) {
  v1::RecordInterestRequest request;
  *request.mutable_account() = AccountOf(project);
  request.set_parent(Project(project));
  request.set_interest_id(id);
  *request.mutable_interest()->mutable_amount() = Mxn(amount);
  request.mutable_interest()->set_bank_value_date(bank_day);
  *request.mutable_interest()->add_evidence() = Document(v1::BANK_RECEIPT);
  Do("verifier", Project(project), request);
}

void StoredLedger::Cancel(const std::string& project) {
  v1::CancelProjectRequest request;
  request.set_name(Project(project));
  request.mutable_reason()->set_text("the site was flooded");
  Do("office", Project(project), request);
}

void StoredLedger::ApportionRefunds(const std::string& project) {
  v1::ApportionRefundsRequest request;
  request.set_parent(Project(project));
  Do("office", Project(project), request);
}

void StoredLedger::PayRefund(const std::string& project, const std::string& id, const std::string& funder) {
  v1::PayRefundRequest request;
  request.set_parent(Project(project));
  request.set_refund_id(id);
  request.mutable_refund()->set_party(Organization(funder));
  request.mutable_refund()->set_payment_date(bank_day);
  *request.mutable_refund()->add_evidence() = Document(v1::BANK_RECEIPT);
  Do("verifier", Project(project), request);
}

}  // namespace oriundo
