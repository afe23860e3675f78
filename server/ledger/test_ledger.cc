#include "server/ledger/test_ledger.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <variant>

#include "absl/strings/str_split.h"
#include "server/base/ids.h"
#include "server/base/refusal_cases.h"
#include "server/ledger/chart.h"
#include "server/ledger/field_table.h"
#include "server/ledger/money_limits.h"

namespace oriundo {
namespace {

// The bank's value date of everything: the ledger's first day.
constexpr char kDay[] = "2014-09-10";
constexpr char kProgram[] = "programs/mx";

uint64_t Fnv(std::string_view text, uint64_t seed) {
  uint64_t hash = 14'695'981'039'346'656'037u ^ seed;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
  return hash;
}

std::string Hex(uint64_t number) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return digits;
}

// Each project has one of its own.
v1::Account AccountOf(const std::string& project_id) {
  v1::Account account;
  account.set_number(std::to_string(Fnv(project_id, 5)));
  return account;
}

bool HasTranches(const v1::Project& project, const std::string& party) {
  return std::any_of(project.tranches().begin(), project.tranches().end(),
                     [&](const v1::Tranche& tranche) { return tranche.party() == party; });
}

v1::Reason SomeReason() {
  v1::Reason reason;
  reason.set_text("because");
  return reason;
}

}  // namespace

std::string Org(std::string_view id) { return "organizations/" + std::string(id); }

std::string FakeCommitment(std::string_view text) { return (Hex(Fnv(text, 1)) + Hex(Fnv(text, 2))).substr(0, 32); }

std::string FakePrincipal(std::string_view who) { return Hex(Fnv(who, 3)) + Hex(Fnv(who, 4)); }

void SealTexts(google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        SealTexts(*reflection->MutableMessage(&message, field));
      } else {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i)
          SealTexts(*reflection->MutableRepeatedMessage(&message, field, i));
      }
      continue;
    }
    const auto* commitment = message.GetDescriptor()->FindFieldByName(field->name() + "_commitment");
    if (commitment == nullptr) continue;
    reflection->SetString(&message, commitment, FakeCommitment(reflection->GetString(message, field)));
    if (auto* account = dynamic_cast<v1::Account*>(&message)) account->set_use("accounts/a" + FakeCommitment(account->number()));
    reflection->ClearField(&message, field);
  }
}

Command MakeCommand(const std::string& organization, Request request, const std::string& principal) {
  Command command;
  command.actor.organization = organization;
  command.actor.principal = principal.empty() ? FakePrincipal(organization) : principal;
  std::visit(
      [&](auto& message) {
        SealTexts(message);
        command.method = message.GetDescriptor()->name();
        if (command.method.ends_with("Request")) command.method.resize(command.method.size() - 7);
      },
      request);
  command.request = std::move(request);
  return command;
}

v1::Money Mxn(int64_t minor_units) {
  v1::Money money;
  money.set_currency_code("MXN");
  money.set_minor_units(minor_units);
  return money;
}

v1::Evidence Document(v1::DocumentType type) {
  v1::Evidence evidence;
  evidence.set_type(type);
  evidence.set_salted_sha256(FakeCommitment(v1::DocumentType_Name(type)));
  return evidence;
}

v1::FunderRole ClubShare(int64_t weight) {
  v1::FunderRole role;
  role.set_role("club");
  role.add_kinds(v1::CLUB);
  role.add_kinds(v1::FEDERATION);
  role.set_weight(weight);
  role.set_club_money(true);
  return role;
}

v1::FunderRole FunderShare(const std::string& name, v1::OrganizationKind kind, int64_t weight, bool pooled,
                           const std::vector<int32_t>& steps) {
  v1::FunderRole role;
  role.set_role(name);
  role.add_kinds(kind);
  role.set_weight(weight);
  role.set_pooled(pooled);
  role.set_release_mode(v1::PARTIAL);
  for (int32_t step : steps) role.add_cumulative_bps(step);
  return role;
}

v1::RuleVersion MakeRule(const std::vector<v1::FunderRole>& roles, int64_t tolerance) {
  v1::RuleVersion rule;
  rule.set_fiscal_year_first(2014);
  rule.set_fiscal_year_last(2015);
  for (const v1::FunderRole& role : roles) *rule.add_roles() = role;
  rule.set_tolerance_minor_units(tolerance);
  rule.set_share_base(v1::COMMITTED_TOTAL);
  rule.add_categories(v1::INFRASTRUCTURE);
  rule.add_categories(v1::EQUIPMENT);
  rule.add_verifiers(Org("verifier"));
  rule.add_committees(Org("committee"));
  auto require = [&](v1::ProjectStep step, v1::DocumentType type) -> v1::DocumentRequirement& {
    v1::DocumentRequirement& requirement = *rule.add_document_requirements();
    requirement.set_step(step);
    requirement.set_type(type);
    return requirement;
  };
  require(v1::SUBMISSION, v1::TECHNICAL_FILE).add_categories(v1::INFRASTRUCTURE);
  require(v1::HANDOVER, v1::HANDOVER_RECORD);
  return rule;
}

namespace {

// Empty where the parts of the party's pools are sound and are all that it has promised and released.
std::string FindPoolFault(const v1::Party& party, const v1::RuleVersion& rule) {
  int64_t committed = 0, released = 0;
  int year = 0;
  for (const v1::PoolPart& part : party.pool_parts()) {
    committed += part.committed_minor_units();
    released += part.released_minor_units();
    const bool nothing = part.committed_minor_units() == 0 && part.released_minor_units() == 0;
    if (part.committed_minor_units() < 0 || part.released_minor_units() < 0 || nothing || part.fiscal_year() <= year) {
      return "the part of the pool of " + std::to_string(part.fiscal_year()) + " in " + party.organization() + " is not sound";
    }
    year = part.fiscal_year();
  }
  if (party.pool_parts_size() > kPoolPartsMax) return "too many pools pay for " + party.organization();
  const bool pooled = std::any_of(rule.roles().begin(), rule.roles().end(),
                                  [&](const v1::FunderRole& role) { return role.role() == party.role() && role.pooled(); });
  if (!pooled) return party.pool_parts().empty() ? "" : party.organization() + " pays from no pool and has parts of some";
  if (committed == party.committed_minor_units() && released == party.released_minor_units()) return {};
  return "the pools of " + party.organization() + " do not add up to what it has promised and released";
}

// Pools promise and release to projects only, so each changes as the parties' parts do.
std::string FindPoolFault(const v1::Entry& entry, const std::string& program) {
  std::map<std::string, std::pair<int64_t, int64_t>> left;
  for (const v1::PoolChange& pool : entry.pool_changes()) {
    left[pool.pool()].first += pool.committed_minor_units();
    left[pool.pool()].second += pool.released_minor_units();
  }
  for (const v1::PartyChange& party : entry.party_changes()) {
    for (const v1::PoolPartChange& part : party.pool_parts()) {
      auto& [committed, released] = left[PoolName(program, party.organization(), part.fiscal_year())];
      committed -= part.committed_minor_units();
      released -= part.released_minor_units();
    }
  }
  for (const auto& [pool, difference] : left) {
    if (difference != std::pair<int64_t, int64_t>()) return pool + " changes otherwise than its part in the project";
  }
  return {};
}

}  // namespace

std::string FindBookFault(const v1::Project& project, const v1::RuleVersion& rule) {
  auto balance = [&](const std::string& account) {
    for (const v1::AccountBalance& row : project.balances()) {
      if (row.account() == account) return row.minor_units();
    }
    return int64_t{0};
  };
  const std::string& name = project.name();
  int64_t all = 0;
  int64_t spent_accounts = 0;
  for (const v1::AccountBalance& row : project.balances()) {
    all += row.minor_units();
    if (row.account().starts_with("spent:")) spent_accounts += row.minor_units();
    if (row.account().starts_with("funds:") && row.minor_units() > 0) return row.account() + " holds a debit";
  }
  if (all != 0) return "the balances do not add up to zero";
  int64_t left = 0, payable = 0, unknown = 0, equalised = 0, spent = 0;
  for (const v1::Party& party : project.parties()) {
    const std::string& who = party.organization();
    left += party.left_minor_units();
    payable += party.payable_minor_units();
    equalised += party.equalised_minor_units();
    // What is still counted as paid in although it is not confirmed any more: somebody unknown covered it. What went back when a
    // year ended is confirmed no more; what was taken twice is not paid in, and was not confirmed before either.
    const int64_t covered = party.paid_in_minor_units() - party.taken_back_minor_units() - party.verified_minor_units() -
                            party.received_minor_units() - party.year_end_returned_minor_units() + party.taken_twice_minor_units();
    if (covered < 0 || covered > party.receivable_minor_units())
      return "what is confirmed of " + who + " differs from what it paid in";
    if (party.taken_twice_minor_units() < 0 || party.taken_twice_minor_units() > party.receivable_minor_units())
      return who + " has had twice what it does not owe";
    unknown += covered;
    spent += party.spent_minor_units();
    for (int64_t amount :
         {party.pledged_minor_units(), party.declared_minor_units(), party.verified_minor_units(), party.committed_minor_units(),
          party.proposed_minor_units(), party.released_minor_units(), party.received_minor_units(),
          party.over_match_minor_units(), party.spent_minor_units(), party.refunded_minor_units(), party.left_minor_units(),
          party.payable_minor_units(), party.receivable_minor_units(), party.interest_minor_units(),
          party.interest_paid_minor_units(), party.paid_in_minor_units(), party.taken_back_minor_units()}) {
      if (amount < 0) return "an amount of " + who + " is below zero";
    }
    if (party.paid_in_minor_units() != party.spent_minor_units() + party.refunded_minor_units() + party.taken_back_minor_units() +
                                           party.equalised_minor_units() + party.payable_minor_units() -
                                           party.interest_minor_units() + party.left_minor_units()) {
      return "what " + who + " paid in is not spent, refunded, taken back, equalised, payable or left";
    }
    if (const std::string fault = FindPoolFault(party, rule); !fault.empty()) return fault;
    int64_t owed = 0, released = 0, settled = 0, proposed = 0;
    for (const v1::Tranche& tranche : project.tranches()) {
      if (tranche.party() != who) continue;
      owed += tranche.receivable_minor_units();
      released += tranche.released_minor_units();
      settled += tranche.settled_minor_units();
      proposed += tranche.proposed_minor_units();
      if (tranche.released_minor_units() + tranche.proposed_minor_units() > tranche.amount_minor_units() ||
          tranche.proposed_minor_units() < 0 || tranche.settled_minor_units() < 0 || tranche.receivable_minor_units() < 0 ||
          tranche.settled_minor_units() + tranche.receivable_minor_units() > tranche.released_minor_units() ||
          tranche.fee_minor_units() < 0 ||
          tranche.released_minor_units() + tranche.fee_minor_units() > tranche.amount_minor_units()) {
        return tranche.name() + " holds more than it can";
      }
    }
    if (const bool agreed = !project.agreement_date().empty() && project.tranches_size() > 0; agreed && HasTranches(project, who)) {
      int64_t steps = 0;
      for (const v1::Tranche& tranche : project.tranches()) steps += tranche.party() == who ? tranche.amount_minor_units() : 0;
      if (steps != party.due_minor_units()) return "the tranches of " + who + " do not add up to its due";
    }
    if (party.reallocating_minor_units() < 0 ||
        party.reallocating_minor_units() > party.payable_minor_units() - party.interest_minor_units()) {
      return "more of " + who + " is kept for other projects than is payable to it";
    }
    if (released != party.released_minor_units() || settled != party.received_minor_units() ||
        proposed != party.proposed_minor_units()) {
      return "the tranches of " + who + " do not add up to the party's amounts";
    }
    if (owed > party.receivable_minor_units()) return "the tranches of " + who + " are owed more than the party owes";
    if (balance(chart::Transit(name, who)) != released - settled - owed)
      return "what " + who + " has on its way is not in transit";
    if (balance(chart::Receivable(name, who)) != party.receivable_minor_units())
      return "the receivable account of " + who + " differs";
    if (balance(chart::Payable(name, who)) != -party.payable_minor_units()) return "the payable account of " + who + " differs";
  }
  int64_t dues = 0;
  for (const v1::Party& party : project.parties()) dues += party.due_minor_units();
  if (!project.role_weights().empty() && dues != project.total_minor_units()) return "the dues do not add up to the total";
  if (project.uncarried_minor_units() < 0 || project.uncarried_minor_units() > balance(chart::Bank(name))) {
    return "more is still to be carried to another account than the box holds";
  }
  if (equalised != 0) return "what is equalised does not add up to zero";
  if (project.spent_minor_units() != spent_accounts) return "what is spent differs between project and accounts";
  // What is retained was not paid yet, and an advance is paid and not spent yet.
  int64_t retained = 0, advanced = 0, given = 0, given_by = 0;
  for (const v1::AccountBalance& row : project.balances()) {
    if (row.account().starts_with("retention:")) retained -= row.minor_units();
    if (row.account().starts_with("advances:")) advanced += row.minor_units();
  }
  if (retained != project.retained_minor_units() || advanced != project.advance_open_minor_units())
    return "what is retained or paid in advance differs between project and accounts";
  if (spent != spent_accounts - retained + advanced) return "what is spent differs between parties and accounts";
  for (const v1::Party& party : project.parties()) {
    given += party.in_kind_minor_units();
    given_by += party.in_kind_counted_minor_units();
    const std::string funds = chart::Funds(name, party.organization());
    if (balance(funds + ":in-kind") != -party.in_kind_counted_minor_units() ||
        balance(funds + ":in-kind-over-match") != party.in_kind_counted_minor_units() - party.in_kind_minor_units()) {
      return "what " + party.organization() + " gave in kind differs between party and accounts";
    }
  }
  if (balance("assets:" + std::string(IdOf(name)) + ":in-kind") != given || given_by > given) return "what was given in kind differs";
  if (balance(chart::Interest(name)) != -project.interest_minor_units()) return "the interest account differs";
  const int64_t unidentified = -balance(chart::Deposits(name));
  if (unidentified < 0) return "less than nothing is unidentified";
  if (balance(chart::Bank(name)) != left + payable + project.interest_minor_units() + unidentified)
    return "the box holds something else than left, payable, interest and deposits that nobody has identified";
  if (balance(chart::Suspense(name)) != -unknown) return "the suspense account differs from what somebody unknown covered";
  return {};
}

TestLedger::TestLedger() {
  v1::LedgerCreated created;
  created.set_origin("test.example");
  v1::Organization& admin = *created.mutable_administrator();
  admin.set_name(Org("admin"));
  admin.set_kind(v1::ADMINISTRATOR);
  admin.set_display_name("Administrator");
  admin.set_country_code("MX");
  Must(Org("admin"), created);
  struct Row {
    const char* id;
    v1::OrganizationKind kind;
    const char* parent;
  };
  for (const Row& row :
       {Row{"confederation", v1::CONFEDERATION, ""}, Row{"federation", v1::FEDERATION, "confederation"},
        Row{"club", v1::CLUB, "federation"}, Row{"club2", v1::CLUB, "federation"}, Row{"mirror", v1::MIRROR_CLUB, "club"},
        Row{"federal", v1::FEDERAL_GOVERNMENT, ""}, Row{"state", v1::STATE_GOVERNMENT, ""},
        Row{"municipality", v1::MUNICIPAL_GOVERNMENT, ""}, Row{"office", v1::PROGRAM_OFFICE, ""},
        Row{"committee", v1::COMMITTEE, "office"}, Row{"verifier", v1::VERIFIER, ""}, Row{"verifier2", v1::VERIFIER, ""},
        Row{"contractor", v1::EXECUTOR, ""}, Row{"consulate", v1::CONSULATE, ""}, Row{"auditor", v1::AUDITOR, ""}}) {
    v1::CreateOrganizationRequest request;
    request.set_organization_id(row.id);
    request.mutable_organization()->set_kind(row.kind);
    request.mutable_organization()->set_display_name(row.id);
    request.mutable_organization()->set_country_code("MX");
    if (*row.parent != '\0') request.mutable_organization()->set_parent(Org(row.parent));
    Must(Org("admin"), request);
  }
  int folio = 0;
  for (const char* id : {"federation", "club", "club2"}) {
    v1::RegisterOrganizationRequest request;
    request.set_name(Org(id));
    request.mutable_registration()->set_folio("TN-2014-" + std::to_string(++folio));
    request.mutable_registration()->set_valid_from("2014-01-01");
    request.mutable_registration()->set_valid_to("2014-12-31");
    Must(Org("consulate"), request);
  }
  v1::CreateProgramRequest program;
  program.set_program_id("mx");
  program.mutable_program()->set_office(Org("office"));
  program.mutable_program()->set_display_name("Programme");
  program.mutable_program()->set_currency_code("MXN");
  program.mutable_program()->set_utc_offset_minutes(-360);
  Must(Org("office"), program);
}

Outcome TestLedger::Apply(const Command& command) {
  State state([this](const std::string& name) -> absl::StatusOr<std::optional<std::string>> {
    const auto found = records_.find(name);
    if (found == records_.end()) return std::nullopt;
    return found->second;
  });
  Outcome outcome = oriundo::Apply(state, command, Stamp{static_cast<int64_t>(journal_.size()), time_us_});
  EXPECT_TRUE(state.status().ok());
  EXPECT_NE(outcome.refusal.has_value(), !outcome.entries.empty()) << command.method;
  const std::vector<std::string> changed = state.changed();
  if (outcome.refusal.has_value()) {
    EXPECT_TRUE(changed.empty()) << command.method << " was refused and changed " << changed.front();
    EXPECT_FALSE(outcome.refusal->violations.empty());
    return outcome;
  }
  time_us_ += 1'000'000;
  for (const v1::Entry& entry : outcome.entries) {
    EXPECT_EQ(FindExposedText(entry), "") << command.method;
    journal_.push_back(entry);
  }
  for (const std::string& name : changed) {
    if (name.starts_with("projects/") && RootOf(name) == name) {
      const auto& project = static_cast<const v1::Project&>(state.Get(name));
      EXPECT_EQ(FindBookFault(project, Get<v1::RuleVersion>(project.rule_version())), "") << name << " after " << command.method;
      for (const v1::Entry& entry : outcome.entries) EXPECT_EQ(FindPoolFault(entry, project.program()), "") << command.method;
    }
    records_[name] = state.Get(name).SerializeAsString();
  }
  return outcome;
}

namespace {

// A refusal that says in words only what it is about could be told in no other language.
void ExpectTellable(const Violation& violation) {
  std::map<std::string, std::string> figures(violation.metadata.begin(), violation.metadata.end());
  const std::string name = figures["case"];
  const RefusalCase* known = FindRefusalCase(violation.reason, name);
  ASSERT_NE(known, nullptr) << v1::ErrorReason_Name(violation.reason) << " `" << name << "`: " << violation.description;
  const std::vector<std::string> keys = absl::StrSplit(std::string(known->keys), ", ", absl::SkipEmpty());
  for (const std::string& key : keys) {
    EXPECT_TRUE(figures.contains(key)) << v1::ErrorReason_Name(violation.reason) << " " << name << ": " << key;
  }
}

}  // namespace

v1::ErrorReason TestLedger::Try(const std::string& organization, Request request, const std::string& principal) {
  const Outcome outcome = Apply(MakeCommand(organization, std::move(request), principal));
  violations_ = outcome.refusal.has_value() ? outcome.refusal->violations : std::vector<Violation>{};
  for (const Violation& violation : violations_) ExpectTellable(violation);
  return outcome.refusal.has_value() ? outcome.refusal->reason() : v1::ERROR_REASON_UNSPECIFIED;
}

void TestLedger::Must(const std::string& organization, Request request, const std::string& principal) {
  const v1::ErrorReason reason = Try(organization, std::move(request), principal);
  EXPECT_EQ(reason, v1::ERROR_REASON_UNSPECIFIED) << v1::ErrorReason_Name(reason) << ": " << violations_.front().description;
}

std::string TestLedger::Figure(std::string_view name) const {
  if (violations_.empty()) return "no refusal";
  for (const auto& [key, value] : violations_.front().metadata) {
    if (key == name) return value;
  }
  return "no such figure";
}

v1::Party TestLedger::Party(const std::string& project_id, std::string_view organization_id) const {
  for (const v1::Project project = Project(project_id); const v1::Party& party : project.parties()) {
    if (party.organization() == Org(organization_id)) return party;
  }
  ADD_FAILURE() << organization_id << " is no party of " << project_id;
  return {};
}

int64_t TestLedger::Balance(const std::string& project_id, const std::string& account) const {
  for (const v1::Project project = Project(project_id); const v1::AccountBalance& balance : project.balances()) {
    if (balance.account() == account) return balance.minor_units();
  }
  return 0;
}

void TestLedger::Publish(const std::string& id, const v1::RuleVersion& rule) {
  v1::PublishRuleVersionRequest request;
  request.set_parent(kProgram);
  request.set_rule_version_id(id);
  *request.mutable_rule_version() = rule;
  Must(Org("office"), request);
}

void TestLedger::MakePool(const std::string& organization_id, int64_t budget, int fiscal_year) {
  v1::CreatePoolRequest request;
  request.set_parent(kProgram);
  request.mutable_pool()->set_funder(Org(organization_id));
  request.mutable_pool()->set_fiscal_year(fiscal_year);
  request.mutable_pool()->set_budget_minor_units(budget);
  Must(Org("office"), request);
}

v1::Project TestLedger::MakeDraft(const std::string& rule, int64_t total,
                                  const std::vector<std::pair<std::string, std::string>>& parties) const {
  v1::Project draft;
  draft.set_program(kProgram);
  draft.set_rule_version(std::string(kProgram) + "/versions/" + rule);
  draft.set_fiscal_year(2014);
  draft.set_title("A road");
  draft.set_category(v1::INFRASTRUCTURE);
  draft.set_locality_code("310790001");
  draft.set_club(Org("club"));
  draft.set_executor(Org("contractor"));
  draft.set_total_minor_units(total);
  for (const auto& [role, organization] : parties) {
    v1::Party& party = *draft.add_parties();
    party.set_role(role);
    party.set_organization(Org(organization));
  }
  return draft;
}

void TestLedger::Approve(const std::string& id, const v1::Project& draft) {
  v1::CreateProjectRequest create;
  create.set_project_id(id);
  *create.mutable_project() = draft;
  Must(draft.club(), create);
  auto submit = ProjectRequest<v1::SubmitProjectRequest>(id);
  *submit.add_documents() = Document(v1::TECHNICAL_FILE);
  Must(draft.club(), submit);
  Must(Org("committee"), ProjectRequest<v1::PrevalidateProjectRequest>(id));
  Must(Org("committee"), ProjectRequest<v1::ApproveProjectRequest>(id));
}

void TestLedger::Agree(const std::string& id, const v1::Project& draft) {
  Approve(id, draft);
  SignAll(id);
}

void TestLedger::SignAll(const std::string& id) {
  const v1::Project project = Project(id);
  bool executor_signed = project.has_executor_signature_sequence();
  for (const v1::Party& party : project.parties()) {
    if (party.has_signature_sequence()) continue;
    Must(party.organization(), SignRequest(id));
    executor_signed |= party.organization() == project.executor();
  }
  if (!executor_signed) Must(project.executor(), SignRequest(id));
}

void TestLedger::Declare(const std::string& id, const std::string& contribution_id, const std::string& organization_id,
                         int64_t amount) {
  Must(Org(organization_id), DeclareRequest(id, contribution_id, organization_id, amount));
}

void TestLedger::Verify(const std::string& id, const std::string& contribution_id, int64_t credited) {
  Must(Org("verifier"), VerifyRequest(id, contribution_id, credited));
}

void TestLedger::Contribute(const std::string& id, const std::string& contribution_id, const std::string& organization_id,
                            int64_t amount) {
  Declare(id, contribution_id, organization_id, amount);
  Verify(id, contribution_id, amount);
}

void TestLedger::Propose(const std::string& id, const std::string& release_id, const std::string& organization_id, int ordinal,
                         int64_t amount) {
  Must(Org(organization_id), ProposeRequest(id, release_id, organization_id, ordinal, amount));
}

void TestLedger::Release(const std::string& id, const std::string& release_id, const std::string& organization_id, int ordinal,
                         int64_t amount) {
  Propose(id, release_id, organization_id, ordinal, amount);
  Must(Org("office"), ApproveRequest(id, "pr-" + release_id));
}

void TestLedger::Receive(const std::string& id, const std::string& release_id, int64_t credited) {
  Must(Org("verifier"), ReceiveRequest(id, release_id, credited));
}

void TestLedger::Pay(const std::string& id, const std::string& release_id, const std::string& organization_id, int ordinal,
                     int64_t amount) {
  Release(id, release_id, organization_id, ordinal, amount);
  Receive(id, release_id, Get<v1::Release>("projects/" + id + "/releases/" + release_id).amount().minor_units());
}

void TestLedger::Authorize(const std::string& id) { Must(Org("office"), ProjectRequest<v1::AuthorizeProjectRequest>(id)); }

void TestLedger::Spend(const std::string& id, const std::string& expenditure_id, int64_t amount, v1::SpendingCategory category) {
  Must(Project(id).executor(), SpendRequest(id, expenditure_id, amount, category));
}

void TestLedger::Reverse(const std::string& id, const std::string& proposal_id, const std::string& target) {
  Must(Org("verifier"), ReverseRequest(id, proposal_id, target));
  Must(Org("office"), ApproveRequest(id, proposal_id));
}

void TestLedger::Repay(const std::string& id, const std::string& repayment_id, const std::string& organization_id,
                       int64_t amount) {
  Must(Org("verifier"), RepayRequest(id, repayment_id, organization_id, amount));
}

void TestLedger::Complete(const std::string& id) {
  // Never less than what was reported before.
  const int64_t quantity = std::max<int64_t>(1'200'000, Project(id).reported_quantity_milli());
  auto report = ProjectRequest<v1::ReportCompletionRequest>(id);
  report.set_quantity_milli(quantity);
  Must(Project(id).executor(), report);
  auto confirm = ProjectRequest<v1::ConfirmCompletionRequest>(id);
  confirm.set_quantity_milli(quantity);
  Must(Project(id).club(), confirm);
}

void TestLedger::HandOver(const std::string& id) {
  auto sign = ProjectRequest<v1::SignHandoverRequest>(id);
  Must(Project(id).executor(), sign);
  *sign.add_documents() = Document(v1::HANDOVER_RECORD);
  if (!Project(id).committee().empty()) Must(Project(id).committee(), sign);
  if (Project(id).state() == v1::Project::COMPLETED) Must(Project(id).club(), sign);
}

void TestLedger::Cancel(const std::string& id) {
  auto cancel = ProjectRequest<v1::CancelProjectRequest>(id);
  cancel.mutable_reason()->set_text("over");
  Must(Org("office"), cancel);
}

void TestLedger::Refund(const std::string& id) {
  v1::ApportionRefundsRequest apportion;
  apportion.set_parent("projects/" + id);
  Must(Org("office"), apportion);
  for (const v1::Project project = Project(id); const v1::Party& party : project.parties()) {
    if (party.payable_minor_units() == 0) continue;
    const std::string who(IdOf(party.organization()));
    Must(Org("verifier"), RefundRequest(id, (party.refunded_minor_units() == 0 ? "rf-" : "rf-again-") + who, who));
  }
}

v1::DeclareContributionRequest TestLedger::DeclareRequest(const std::string& id, const std::string& contribution_id,
                                                          const std::string& organization_id, int64_t amount) const {
  v1::DeclareContributionRequest request;
  request.set_parent("projects/" + id);
  request.set_contribution_id(contribution_id);
  request.mutable_contribution()->set_party(Org(organization_id));
  *request.mutable_contribution()->mutable_declared() = Mxn(amount);
  return request;
}

v1::VerifyContributionRequest TestLedger::VerifyRequest(const std::string& id, const std::string& contribution_id,
                                                        int64_t credited) const {
  v1::VerifyContributionRequest request;
  request.set_name("projects/" + id + "/contributions/" + contribution_id);
  *request.mutable_credited() = Mxn(credited);
  request.set_bank_value_date(kDay);
  *request.mutable_account() = AccountOf(id);
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::ProposeReleaseRequest TestLedger::ProposeRequest(const std::string& id, const std::string& release_id,
                                                     const std::string& organization_id, int ordinal, int64_t amount) const {
  v1::ProposeReleaseRequest request;
  request.set_parent("projects/" + id);
  request.set_proposal_id("pr-" + release_id);
  request.set_release_id(release_id);
  request.set_tranche(TrancheName("projects/" + id, Org(organization_id), ordinal));
  if (amount != 0) *request.mutable_amount() = Mxn(amount);
  return request;
}

v1::ApproveProposalRequest TestLedger::ApproveRequest(const std::string& id, const std::string& proposal_id) const {
  v1::ApproveProposalRequest request;
  request.set_name("projects/" + id + "/proposals/" + proposal_id);
  return request;
}

v1::ReceiveReleaseRequest TestLedger::ReceiveRequest(const std::string& id, const std::string& release_id,
                                                     int64_t credited) const {
  v1::ReceiveReleaseRequest request;
  request.set_name("projects/" + id + "/releases/" + release_id);
  *request.mutable_credited() = Mxn(credited);
  request.set_bank_value_date(kDay);
  *request.mutable_account() = AccountOf(id);
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::RecordContractRequest TestLedger::ContractRequest(const std::string& id, const std::string& contract_id, int64_t amount) const {
  v1::RecordContractRequest request;
  request.set_parent("projects/" + id);
  request.set_contract_id(contract_id);
  v1::Contract& contract = *request.mutable_contract();
  *contract.mutable_amount() = Mxn(amount);
  contract.set_contract_date(kDay);
  contract.set_vendor_name("A builder");
  *contract.add_evidence() = Document(v1::OTHER_DOCUMENT);
  return request;
}

v1::RecordExpenditureRequest TestLedger::SpendRequest(const std::string& id, const std::string& expenditure_id, int64_t amount,
                                                      v1::SpendingCategory category) const {
  v1::RecordExpenditureRequest request;
  request.set_parent("projects/" + id);
  request.set_expenditure_id(expenditure_id);
  v1::Expenditure& expenditure = *request.mutable_expenditure();
  *expenditure.mutable_amount() = Mxn(amount);
  expenditure.set_category(category);
  expenditure.set_payment_date(kDay);
  expenditure.set_vendor_name("A builder");
  *expenditure.add_evidence() = Document(v1::INVOICE);
  return request;
}

v1::ProposeReversalRequest TestLedger::ReverseRequest(const std::string& id, const std::string& proposal_id,
                                                      const std::string& target) const {
  v1::ProposeReversalRequest request;
  request.set_parent("projects/" + id);
  request.set_proposal_id(proposal_id);
  request.set_target("projects/" + id + "/" + target);
  request.set_bank_value_date(kDay);
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  *request.mutable_reason() = SomeReason();
  return request;
}

v1::RecordRepaymentRequest TestLedger::RepayRequest(const std::string& id, const std::string& repayment_id,
                                                    const std::string& organization_id, int64_t amount) const {
  v1::RecordRepaymentRequest request;
  request.set_parent("projects/" + id);
  *request.mutable_account() = AccountOf(id);
  request.set_repayment_id(repayment_id);
  request.mutable_repayment()->set_party(Org(organization_id));
  *request.mutable_repayment()->mutable_amount() = Mxn(amount);
  request.mutable_repayment()->set_bank_value_date(kDay);
  *request.mutable_repayment()->add_evidence() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::PayRefundRequest TestLedger::RefundRequest(const std::string& id, const std::string& refund_id,
                                               const std::string& organization_id) const {
  v1::PayRefundRequest request;
  request.set_parent("projects/" + id);
  request.set_refund_id(refund_id);
  request.mutable_refund()->set_party(Org(organization_id));
  request.mutable_refund()->set_payment_date(kDay);
  *request.mutable_refund()->add_evidence() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::RecordInterestRequest TestLedger::InterestRequest(const std::string& id, int64_t amount,
                                                      const std::string& interest_id) const {
  v1::RecordInterestRequest request;
  request.set_parent("projects/" + id);
  *request.mutable_account() = AccountOf(id);
  request.set_interest_id(interest_id);
  *request.mutable_interest()->mutable_amount() = Mxn(amount);
  request.mutable_interest()->set_bank_value_date(kDay);
  *request.mutable_interest()->add_evidence() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::SignAgreementRequest TestLedger::SignRequest(const std::string& id) const {
  auto request = ProjectRequest<v1::SignAgreementRequest>(id);
  *request.mutable_account() = AccountOf(id);
  request.set_agreement_date(kDay);
  return request;
}

}  // namespace oriundo
