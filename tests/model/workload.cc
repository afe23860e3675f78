#include "tests/model/workload.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/test_ledger.h"

namespace oriundo::model {
namespace {

using S = v1::Project;

constexpr char kProgram[] = "programs/mx";
// Of another office, currency and time.
constexpr char kOtherProgram[] = "programs/gt";
constexpr int64_t kDayUs = 86'400'000'000;
// Some projects would have the same account.
constexpr char kSharedAccount[] = "999999999999999999";

struct Row {
  const char* id;
  v1::OrganizationKind kind;
  const char* parent;
};

// Clubs of two federations and of none, funders of every level, two who may be payer and executor at once.
constexpr Row kDirectory[] = {{"conf", v1::CONFEDERATION, ""},
                              {"fed-a", v1::FEDERATION, "conf"},
                              {"fed-b", v1::FEDERATION, ""},
                              {"club-a1", v1::CLUB, "fed-a"},
                              {"club-a2", v1::CLUB, "fed-a"},
                              {"club-b1", v1::CLUB, "fed-b"},
                              {"club-b2", v1::CLUB, "fed-b"},
                              {"club-b3", v1::CLUB, "fed-b"},
                              {"club-n", v1::CLUB, ""},
                              {"mirror", v1::MIRROR_CLUB, "club-a1"},
                              {"federal", v1::FEDERAL_GOVERNMENT, ""},
                              {"state", v1::STATE_GOVERNMENT, ""},
                              {"muni-a", v1::MUNICIPAL_GOVERNMENT, ""},
                              {"muni-b", v1::MUNICIPAL_GOVERNMENT, ""},
                              {"partner", v1::PRIVATE_PARTNER, ""},
                              {"office", v1::PROGRAM_OFFICE, ""},
                              {"office-b", v1::PROGRAM_OFFICE, ""},
                              {"committee", v1::COMMITTEE, "office"},
                              {"works", v1::COMMITTEE, "muni-a"},
                              {"verifier-a", v1::VERIFIER, ""},
                              {"verifier-b", v1::VERIFIER, ""},
                              {"contractor", v1::EXECUTOR, ""},
                              {"consulate", v1::CONSULATE, ""},
                              {"auditor", v1::AUDITOR, ""}};

// splitmix64: one multiplication-free line of state, the same everywhere.
uint64_t NextRandom(uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// The number that the consulate gives to an organisation of the directory.
std::string Folio(std::string id) {
  for (char& c : id) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return "TN-" + id;
}

// Places that projects are in, and one that nobody saved.
const std::vector<std::string> kPlaces = {"310790001", "31079", "31-079", "32049"};

v1::CreateOrganizationRequest OrganizationRequest(const Row& row) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id(row.id);
  request.mutable_organization()->set_kind(row.kind);
  request.mutable_organization()->set_display_name(row.id);
  request.mutable_organization()->set_country_code("MX");
  if (*row.parent != '\0') request.mutable_organization()->set_parent(Org(row.parent));
  return request;
}

}  // namespace

Workload::Workload(uint64_t seed, std::string prefix) : state_(seed), prefix_(std::move(prefix)) {
  const std::vector<int64_t> scales = {
      20, 1'000, 1'000'000, 1'000'000, 400'000'000, kAmountMinorUnitsMax / 2, kAmountMinorUnitsMax};
  scale_ = Pick(scales);
  calm_ = Chance(50);
  hoarding_ = Chance(5);
  moving_ = !hoarding_ && Chance(15);
  single_minded_ = hoarding_ || (calm_ && !moving_ && Chance(60));
  over_years_ = !hoarding_ && !moving_ && Chance(15);
  single_minded_ = single_minded_ || over_years_;
  leaping_ = over_years_ || (!hoarding_ && Chance(40));
  grumbling_ = Chance(10);
  turning_ = over_years_ || Chance(25);
}

int64_t Workload::Pause() {
  if (turning_ && project_ != nullptr && project_->state == S::EXECUTING && Chance(25)) {
    turning_ = false;
    int64_t days = 1;
    while (!DateAt(now_us_ + days * kDayUs, 0).ends_with("-01-04")) ++days;
    return days * kDayUs;
  }
  if (leaping_ && Chance(3)) return Any(1, Chance(15) ? 400 : 40) * kDayUs;
  return Any(1, int64_t{6} * 3'600'000'000);
}

std::string Workload::Office() const { return Org(project_ != nullptr && project_->program == kOtherProgram ? "office-b" : "office"); }

int64_t Workload::Any(int64_t least, int64_t most) {
  return least + static_cast<int64_t>(NextRandom(state_) % (static_cast<uint64_t>(most - least) + 1));
}

std::string Workload::PickOrganization(const Model& model) { return PickName(model.organizations()); }

template <typename Map, typename Fits>
std::string Workload::PickChild(const Map& children, const std::string& collection, Fits fits) {
  std::vector<std::string> fitting, others;
  for (const auto& [name, child] : children) (fits(child) ? fitting : others).push_back(name);
  if (Chance(1)) return name_ + "/" + collection + "/missing";
  if (!fitting.empty() && !(Chance(4) && !others.empty())) return Pick(fitting);
  return others.empty() ? name_ + "/" + collection + "/missing" : Pick(others);
}

std::string Workload::NewId() {
  if (!taken_.empty() && Chance(1)) return Pick(taken_);
  taken_.push_back(prefix_ + std::to_string(++ids_));
  return taken_.back();
}

int64_t Workload::Around(int64_t sensible) {
  if (sensible <= 0) return Any(1, 10);
  sensible = std::min(sensible, kAmountMinorUnitsMax);
  const int64_t kind = Any(1, 100);
  if (kind <= 45) return sensible;
  if (kind <= 90) return Any(1, sensible);
  if (kind <= 94) return std::min(kAmountMinorUnitsMax, sensible + 1);
  if (kind <= 97) return std::min(kAmountMinorUnitsMax, sensible + Any(1, scale_));
  return kind == 100 ? kAmountMinorUnitsMax : 1;
}

v1::Money Workload::Money(int64_t minor_units, const std::string& currency) {
  v1::Money money = Mxn(minor_units);
  if (project_ != nullptr) money.set_currency_code(project_->currency);
  if (!currency.empty()) money.set_currency_code(currency);
  if (Chance(1)) money.set_currency_code("USD");
  // Admission turns these away; the ledger must not rely on it.
  if (Chance(1)) money.set_minor_units(Chance(50) ? Any(-scale_, 0) : kAmountMinorUnitsMax + 1);
  return money;
}

v1::Account Workload::Account(bool former) {
  // The one that is agreed or on the table, or one before it; now and then any.
  const std::vector<std::string> numbers = Accounts();
  v1::Account account;
  account.set_number(project_ == nullptr || project_->account.empty() ? numbers.front() : NumberOf(project_->account));
  if (former && project_ != nullptr && !project_->former_accounts.empty()) account.set_number(NumberOf(Pick(project_->former_accounts)));
  if (Chance(1)) account.set_number(Pick(numbers));
  return account;
}

std::vector<std::string> Workload::Accounts() const {
  std::string own;
  for (const char c : name_) own += std::isalnum(c) != 0 ? static_cast<char>(std::toupper(c)) : 'X';
  return {own.substr(0, 32) + "1", own.substr(0, 32) + "2", kSharedAccount};
}

std::string Workload::NumberOf(const std::string& account) const {
  for (const std::string& number : Accounts()) {
    if (FakeCommitment(number) == account) return number;
  }
  return kSharedAccount;
}

std::string Workload::Day() {
  const int64_t days = Chance(1) ? 2 : -Any(0, Chance(8) ? 400 : 30);
  return DateAt(now_us_ - int64_t{6} * 3'600'000'000 + days * kDayUs, 0);
}

Command Workload::Genesis() {
  v1::LedgerCreated created;
  created.set_origin("test.example");
  v1::Organization& admin = *created.mutable_administrator();
  admin.set_name(Org("admin"));
  admin.set_kind(v1::ADMINISTRATOR);
  admin.set_display_name("Administrator");
  admin.set_country_code("MX");
  return MakeCommand(Org("admin"), created);
}

v1::RuleVersion Workload::MakeRule() {
  std::vector<v1::FunderRole> roles;
  const std::vector<std::vector<int32_t>> schedules = {
      {10000}, {5000, 10000}, {3000, 7000, 10000}, {3333, 6666, 10000}, {1, 9999, 10000}};
  const std::vector<std::pair<std::string, v1::OrganizationKind>> funders = {{"federal", v1::FEDERAL_GOVERNMENT},
                                                                             {"state", v1::STATE_GOVERNMENT},
                                                                             {"municipal", v1::MUNICIPAL_GOVERNMENT},
                                                                             {"partner", v1::PRIVATE_PARTNER},
                                                                             {"office", v1::PROGRAM_OFFICE}};
  const int64_t top = Chance(50) ? 4 : 1'000;
  const bool clubs_alone = Chance(6);
  for (const auto& [role, kind] : funders) {
    if (role == "office" ? clubs_alone || !Chance(6) : clubs_alone || (!Chance(55) && !(role == "partner" && roles.empty()))) continue;
    v1::FunderRole funder = FunderShare(role, kind, Any(1, top), over_years_ || Chance(60), Pick(schedules));
    if (Chance(20)) funder.set_release_mode(v1::ALL_OR_NOTHING);
    roles.push_back(funder);
    if (calm_) continue;
    if (Chance(5)) funder.set_cap_minor_units(Any(1, scale_));
    if (Chance(5)) funder.set_cap_bps(static_cast<int32_t>(Any(2'000, 9'000)));
    if (Chance(5)) funder.set_floor_bps(static_cast<int32_t>(Any(500, funder.has_cap_bps() ? std::min(4'000, funder.cap_bps()) : 4'000)));
    roles.back() = funder;
  }
  if (clubs_alone || Chance(92)) roles.insert(roles.begin() + Any(0, static_cast<int64_t>(roles.size())), ClubShare(Any(1, top)));
  v1::RuleVersion rule = oriundo::MakeRule(roles, std::min(kToleranceMinorUnitsMax, Pick(std::vector<int64_t>{0, 0, 1, 50, 100, scale_ / 10})));
  rule.set_bank_reference_required(Chance(25));
  rule.set_community_signature_required(Chance(25));
  rule.clear_verifiers();
  rule.add_verifiers(Org("verifier-a"));
  rule.add_verifiers(Org("verifier-b"));
  if (Chance(20)) rule.add_verifiers(Org("muni-a"));
  if (Chance(20)) rule.add_verifiers(Org("fed-a"));
  if (Chance(10)) rule.add_verifiers(Org("conf"));
  if (Chance(10)) rule.add_verifiers(Org("mirror"));
  if (!calm_ && Chance(3)) {
    // Nobody else: whether a project can have its money confirmed is for the ledger to say.
    rule.clear_verifiers();
    rule.add_verifiers(Org(Chance(50) ? "fed-a" : "conf"));
  }
  if (Chance(15)) rule.set_accounted_bps(static_cast<int32_t>(Any(100, 9'000)));
  if (Chance(15)) rule.set_bound_multiple_bps(static_cast<int32_t>(Any(5'000, 30'000)));
  if (!calm_ && Chance(5)) rule.set_total_minimum_minor_units(Any(1, scale_));
  if (!calm_ && Chance(5)) rule.set_total_maximum_minor_units(Any(std::max<int64_t>(1, rule.total_minimum_minor_units()), scale_));
  rule.set_single_organization_approvals(Chance(20));
  rule.set_endorsement_required(Chance(15));
  if (Chance(15)) rule.add_eligible_bands(v1::MARGINALISATION_HIGH);
  if (Chance(10)) rule.add_eligible_bands(v1::MARGINALISATION_VERY_HIGH);
  rule.set_priority_only(Chance(5));
  rule.set_in_kind_allowed(Chance(60));
  rule.set_in_kind_in_bound(rule.in_kind_allowed() && Chance(50));
  if (Chance(60)) rule.set_advance_bps_max(static_cast<int32_t>(Any(1'000, 10'000)));
  if (Chance(35)) rule.set_pledge_lapse_days(static_cast<int32_t>(Any(1, Chance(80) ? 40 : 3'660)));
  if (Chance(25)) rule.set_agreement_days(static_cast<int32_t>(Any(calm_ ? 20 : 1, 60)));
  for (v1::FunderRole& role : *rule.mutable_roles()) {
    if (rule.in_kind_allowed() && Chance(80)) role.set_in_kind_cap_bps(static_cast<int32_t>(Any(0, 10'000)));
    role.set_returns_unspent_at_year_end(!role.club_money() && Chance(over_years_ ? 90 : 50));
    if (role.returns_unspent_at_year_end()) role.set_year_end_return_days(static_cast<int32_t>(Any(1, 366)));
  }
  AddPolicies(rule);
  return rule;
}

std::string Workload::MonthDay(int first_month, int last_month) {
  const std::string day = std::to_string(Any(1, 28));
  const std::string month = std::to_string(Any(first_month, last_month));
  return std::string(2 - month.size(), '0') + month + "-" + std::string(2 - day.size(), '0') + day;
}

void Workload::AddPolicies(v1::RuleVersion& rule) {
  rule.set_fiscal_year_last(2014 + static_cast<int32_t>(Any(0, 3)));
  auto& roles = *rule.mutable_roles();
  for (v1::FunderRole& role : roles) {
    if (Chance(15)) role.set_tolerance_minor_units(std::min(kToleranceMinorUnitsMax, Any(0, 1 + scale_ / 10)));
    if (role.club_money()) continue;
    role.set_may_be_absent(Chance(25));
    if (role.may_be_absent() && roles.size() > 1 && Chance(50)) {
      const v1::FunderRole& heir = roles[static_cast<int>(Any(0, roles.size() - 1))];
      if (heir.role() != role.role()) role.set_absence_absorbed_by(heir.role());
    }
    if (!Chance(30)) continue;
    for (int step = 0; step < role.cumulative_bps_size(); ++step) {
      v1::TrancheCondition& condition = *role.add_tranche_conditions();
      // Before the works begin nothing is built.
      if (Chance(step == 0 ? 3 : 40)) condition.set_verified_bps_min(static_cast<int32_t>(Any(1, 10'000)));
      if (Chance(25)) condition.add_documents(Chance(50) ? v1::PROGRESS_REPORT : v1::SESSION_MINUTES);
      if (Chance(20)) condition.set_opens_month_day(MonthDay(1, 10));
      if (Chance(20)) condition.set_closes_month_day(MonthDay(10, 12));
      if (!condition.closes_month_day().empty() && condition.closes_month_day() < condition.opens_month_day())
        condition.clear_opens_month_day();
      if (Chance(30)) condition.set_due_days(static_cast<int32_t>(Any(1, Chance(50) ? 90 : kDueDaysMax)));
    }
  }
  if (Chance(50)) {
    rule.set_cap_policy(static_cast<v1::CapPolicy>(Any(2, 4)));
    for (v1::FunderRole& role : roles) {
      if (Chance(25)) role.set_cap_minor_units(Any(Chance(5) ? 0 : 1, scale_));
      if (Chance(rule.cap_policy() == v1::SCALE_DOWN ? 2 : 10) && !role.has_floor_bps()) role.set_cap_bps(static_cast<int32_t>(Any(1'000, 6'000)));
    }
    if (rule.cap_policy() == v1::RESIDUAL_PARTY) {
      std::vector<std::string> takers;
      for (const v1::FunderRole& role : roles) {
        if (!role.may_be_absent()) takers.push_back(role.role());
      }
      if (takers.empty()) {
        rule.set_cap_policy(v1::SPREAD);
      } else {
        rule.set_residual_role(Pick(takers));
      }
    }
  } else if (Chance(30)) {
    rule.set_cap_policy(v1::REJECT);
  }
  rule.clear_document_requirements();
  auto require = [&](v1::ProjectStep step, v1::DocumentType type) {
    v1::DocumentRequirement& requirement = *rule.add_document_requirements();
    requirement.set_step(step);
    requirement.set_type(type);
    if (Chance(30)) requirement.add_categories(Chance(50) ? v1::INFRASTRUCTURE : v1::EQUIPMENT);
  };
  if (Chance(80)) require(v1::SUBMISSION, v1::TECHNICAL_FILE);
  if (Chance(80)) require(v1::HANDOVER, v1::HANDOVER_RECORD);
  for (int step = v1::SUBMISSION; step <= v1::HANDOVER; ++step) {
    if (Chance(15)) require(static_cast<v1::ProjectStep>(step), static_cast<v1::DocumentType>(Any(1, 9)));
  }
  for (int64_t caps = Chance(35) ? Any(1, 3) : 0; caps > 0; --caps) {
    v1::CumulativeCap& cap = *rule.add_cumulative_caps();
    cap.set_scope(static_cast<v1::CumulativeCap::Scope>(Any(1, 3)));
    if (cap.scope() == v1::CumulativeCap::PLACE_YEAR)
      cap.set_place_code_length(Pick(std::vector<int32_t>{1, 2, 5, 9, kLocalityCodeCharactersMax}));
    if (Chance(40)) cap.set_projects_max(static_cast<int32_t>(Any(1, 3)));
    if (Chance(40)) cap.set_matched_minor_units_max(std::min(kAmountMinorUnitsMax, Any(1 + scale_ / 4, scale_ * 4)));
    if (Chance(30) || !(cap.has_projects_max() || cap.has_matched_minor_units_max()))
      cap.set_pools_bps_max(static_cast<int32_t>(Any(calm_ ? 2'000 : 200, 10'000)));
  }
  if (Chance(60)) rule.set_proposal_days(static_cast<int32_t>(Any(1, Chance(20) ? kProposalDaysMax : 20)));
}

void Workload::Spoil(v1::RuleVersion& rule) {
  v1::FunderRole& role = *rule.mutable_roles(static_cast<int>(Any(0, rule.roles_size() - 1)));
  auto condition = [&]() -> v1::TrancheCondition& {
    while (role.tranche_conditions_size() < role.cumulative_bps_size()) role.add_tranche_conditions();
    return role.tranche_conditions_size() == 0 ? *role.add_tranche_conditions() : *role.mutable_tranche_conditions(0);
  };
  auto cap = [&]() -> v1::CumulativeCap& {
    v1::CumulativeCap& added = *rule.add_cumulative_caps();
    added.set_scope(v1::CumulativeCap::CLUB_YEAR);
    added.set_projects_max(2);
    return added;
  };
  switch (Any(1, 25)) {
    case 20: return role.set_in_kind_cap_bps(Chance(50) ? -1 : 10'001);
    case 21:
      rule.set_in_kind_allowed(false);
      return rule.set_in_kind_in_bound(true);
    case 22: return rule.set_advance_bps_max(Chance(50) ? 0 : 10'001);
    case 23: return rule.set_pledge_lapse_days(Chance(50) ? 0 : 3'661);
    case 24: return rule.set_agreement_days(Chance(50) ? 0 : 3'661);
    case 25:
      role.set_returns_unspent_at_year_end(Chance(70));
      return role.set_year_end_return_days(role.returns_unspent_at_year_end() && !role.club_money() ? Chance(50) ? 0 : 367 : 15);
    case 1: return role.set_tolerance_minor_units(Chance(50) ? -1 : kToleranceMinorUnitsMax + 1);
    case 2: return role.set_absence_absorbed_by(Chance(50) ? role.role() : "missing");
    case 3:
      role.set_may_be_absent(false);
      return role.set_absence_absorbed_by(rule.roles(0).role());
    case 4:
      condition();
      role.add_tranche_conditions();
      return;
    case 5: return condition().set_verified_bps_min(Chance(50) ? 0 : 10'001);
    case 6: return condition().set_due_days(Chance(50) ? 0 : kDueDaysMax + 1);
    case 7: return condition().set_opens_month_day(Chance(50) ? "13-01" : "02-30");
    case 8:
      condition().set_opens_month_day("06-02");
      return condition().set_closes_month_day("06-01");
    case 9:
      rule.set_cap_policy(v1::RESIDUAL_PARTY);
      if (Chance(50)) return rule.set_residual_role("missing");
      role.set_may_be_absent(true);
      return rule.set_residual_role(role.role());
    case 10:
      rule.set_cap_policy(v1::SPREAD);
      return rule.set_residual_role(role.role());
    case 11: return rule.add_document_requirements()->set_type(v1::INVOICE);
    case 12: return rule.add_document_requirements()->set_step(v1::APPROVAL);
    case 13: return cap().clear_projects_max();
    case 14: return cap().clear_scope();
    case 15: return cap().set_place_code_length(5);
    case 16: return cap().set_projects_max(0);
    case 17: return cap().set_matched_minor_units_max(Chance(50) ? 0 : kAmountMinorUnitsMax + 1);
    case 18: return cap().set_pools_bps_max(Chance(50) ? 0 : 10'001);
    default: return rule.set_proposal_days(Chance(50) ? 0 : kProposalDaysMax + 1);
  }
}

std::vector<Command> Workload::Setup() {
  std::vector<Command> commands;
  for (const Row& row : kDirectory) commands.push_back(MakeCommand(Org("admin"), OrganizationRequest(row)));
  for (const char* id : {"fed-a", "fed-b", "club-a1", "club-a2", "club-b1", "club-n"}) {
    v1::RegisterOrganizationRequest request;
    request.set_name(Org(id));
    request.mutable_registration()->set_folio(Folio(id));
    request.mutable_registration()->set_valid_from("2014-01-01");
    request.mutable_registration()->set_valid_to(DateAt(kStart + Any(5, leaping_ ? 2'000 : 300) * kDayUs, 0));
    commands.push_back(MakeCommand(Org("consulate"), request));
  }
  for (const char* id : {"club-a1", "club-a2", "club-b1"}) {
    v1::EndorseOrganizationRequest request;
    request.set_name(Org(id));
    request.mutable_endorsement()->set_valid_from("2014-01-01");
    request.mutable_endorsement()->set_valid_to("2015-12-31");
    if (Chance(80)) commands.push_back(MakeCommand(Org(std::string(id) == "club-b1" ? "fed-b" : "fed-a"), request));
  }
  v1::SaveCommunityRequest place = PlaceRequest(Model(), kPlaces[0]);
  place.mutable_community()->set_keeper(Org("office"));
  commands.push_back(MakeCommand(Org("admin"), place));
  if (Chance(50)) commands.push_back(MakeCommand(Org("office"), PlaceRequest(Model(), "31-079")));
  int rules = 0;
  for (const char* name : {kProgram, kOtherProgram}) {
    const bool first = name == kProgram;
    const std::string office = Org(first ? "office" : "office-b");
    v1::CreateProgramRequest program;
    program.set_program_id(std::string(IdOf(name)));
    program.mutable_program()->set_office(office);
    program.mutable_program()->set_display_name("Programme");
    program.mutable_program()->set_currency_code(first ? "MXN" : "GTQ");
    program.mutable_program()->set_utc_offset_minutes(static_cast<int32_t>(Any(-14, 14)) * 60);
    commands.push_back(MakeCommand(office, program));
    for (int i = 0; i < (first ? 3 : 2); ++i) {
      v1::PublishRuleVersionRequest publish;
      publish.set_parent(name);
      publish.set_rule_version_id(prefix_ + "r" + std::to_string(++rules));
      *publish.mutable_rule_version() = MakeRule();
      commands.push_back(MakeCommand(office, publish));
    }
    for (const char* funder : {"federal", "state", "muni-a", "muni-b", "partner", "office"}) {
      for (int year = 2013; year <= (over_years_ ? 2016 : 2015); ++year) {
        if (!calm_ && Chance(5)) continue;
        v1::CreatePoolRequest pool;
        pool.set_parent(name);
        pool.mutable_pool()->set_funder(Org(funder));
        pool.mutable_pool()->set_fiscal_year(year);
        pool.mutable_pool()->set_budget_minor_units(
            std::min(kAmountMinorUnitsMax, calm_ ? scale_ * 20 : Any(1 + scale_ / 4, scale_ * 2)));
        commands.push_back(MakeCommand(office, pool));
      }
    }
  }
  return commands;
}

v1::Project Workload::MakeDraft(const Model& model, const Project* before) {
  v1::Project draft;
  const std::string program = before != nullptr && Chance(90) ? before->program : moving_ || Chance(70) ? kProgram : kOtherProgram;
  std::vector<std::string> names;
  for (const auto& [name, rule] : model.rules()) {
    if (ParentOf(name) == program) names.push_back(name);
  }
  draft.set_program(Chance(1) ? "programs/missing" : program);
  draft.set_rule_version(Chance(1) ? PickName(model.rules()) : Chance(1) ? "programs/mx/versions/missing" : Pick(names));
  draft.set_fiscal_year(Chance(70) ? 2014 : 2015);
  draft.set_title("A road");
  draft.set_category(Chance(2) ? v1::PRODUCTIVE : Chance(50) ? v1::INFRASTRUCTURE : v1::EQUIPMENT);
  draft.set_locality_code(Chance(70) ? kPlaces[0]
                          : Chance(50) ? Pick(kPlaces)
                                       : Pick(std::vector<std::string>{"310790001", "310790002", "310100005", "20067-A", "3"}));
  draft.set_club(Org(Pick(std::vector<std::string>{"club-a1", "club-a2", "club-b1", "club-n"})));
  if (moving_) draft.set_club(Org("club-a1"));
  if (before != nullptr && Chance(90)) draft.set_club(before->club);
  draft.set_executor(Org(Chance(65) ? "contractor" : Chance(90) ? "muni-a" : "verifier-a"));
  if (Chance(40)) draft.set_committee(Org(Chance(60) ? "mirror" : Chance(50) ? "committee" : "works"));
  draft.set_total_minor_units(Any(1, scale_));
  const auto rule = model.rules().find(draft.rule_version());
  if (rule == model.rules().end()) return draft;
  if (!Chance(4)) draft.set_fiscal_year(std::min(draft.fiscal_year(), rule->second.fiscal_year_last()));
  bool measured = Chance(50);
  std::set<std::string> absent;
  for (const v1::FunderRole& role : rule->second.roles()) {
    for (const v1::TrancheCondition& condition : role.tranche_conditions()) measured = measured || condition.has_verified_bps_min();
    if (role.may_be_absent() && Chance(50) && !absent.contains(role.absence_absorbed_by())) absent.insert(role.role());
  }
  for (const v1::FunderRole& role : rule->second.roles()) {
    if (absent.contains(role.absence_absorbed_by()) && !Chance(5)) absent.erase(role.role());
  }
  if (measured && !Chance(3)) draft.set_planned_quantity_milli(Any(1, Chance(50) ? 1'000 : 5'200'000));
  for (const std::string& role : absent) draft.add_absent_roles(role);
  if (Chance(3)) draft.add_absent_roles(Pick(std::vector<std::string>{"club", "federal", "state", "missing"}));
  // Roles that say they are absent all together, or that are not of the rule, have no shares; the draft is refused anyway.
  const std::vector<int64_t> dues = Model::DivideRoles(rule->second, draft.total_minor_units(), absent).dues;
  for (int r = 0; r < rule->second.roles_size(); ++r) {
    const std::string& role = rule->second.roles(r).role();
    if (absent.contains(role) && !Chance(2)) continue;
    std::vector<std::string> fillers;
    if (role == "club") {
      fillers.push_back(draft.club());
      for (const char* other : {"club-a1", "club-a2", "club-b1", "fed-a"}) {
        if (Org(other) != draft.club() && Chance(15)) fillers.push_back(Org(other));
      }
    } else if (role == "municipal") {
      fillers.push_back(Org("muni-a"));
      if (Chance(20)) fillers.push_back(Org("muni-b"));
    } else {
      fillers.push_back(Org(role));
    }
    if (Chance(2)) fillers = {Org("state")};
    int64_t rest = dues[static_cast<std::size_t>(r)] + (Chance(2) ? 1 : 0);
    for (std::size_t i = 0; i < fillers.size(); ++i) {
      v1::Party& party = *draft.add_parties();
      party.set_role(role);
      party.set_organization(fillers[i]);
      const int64_t due = i + 1 == fillers.size() ? rest : Any(0, rest);
      if (fillers.size() > 1 || Chance(15)) party.set_due_minor_units(due);
      rest -= due;
    }
  }
  // In whatever order they came to mind.
  for (int i = draft.parties_size() - 1; i > 0 && Chance(30); --i) {
    draft.mutable_parties()->SwapElements(i, static_cast<int>(Any(0, i)));
  }
  return draft;
}

Workload::Deed Workload::Create(const Model& model) {
  v1::CreateProjectRequest request;
  request.set_project_id(NewId());
  *request.mutable_project() = MakeDraft(model, nullptr);
  const std::string& club = request.project().club();
  const std::string& federation = model.organizations().at(club).parent;
  return {Chance(30) && !federation.empty() ? federation : club, request};
}

Workload::Deed Workload::Update(const Model& model) {
  v1::UpdateProjectRequest request;
  request.set_name(name_);
  request.set_etag("\"" + std::to_string(project_->last_sequence - (Chance(5) ? 1 : 0)) + "\"");
  *request.mutable_project() = MakeDraft(model, project_);
  return {project_->club, request};
}

template <typename Request>
void Workload::AddDocuments(const Model& model, v1::ProjectStep step, Request& request) {
  if (Chance(10)) *request.add_documents() = Document(static_cast<v1::DocumentType>(Any(1, 9)));
  for (const v1::DocumentRequirement& requirement : model.rules().at(project_->rule).document_requirements()) {
    if (requirement.step() == step && !Chance(5)) *request.add_documents() = Document(requirement.type());
  }
}

Workload::Deed Workload::Submit(const Model& model) {
  v1::SubmitProjectRequest request;
  request.set_name(name_);
  AddDocuments(model, v1::SUBMISSION, request);
  return {project_->club, request};
}

Workload::Deed Workload::Sign(const Model& model) {
  v1::SignAgreementRequest request;
  request.set_name(name_);
  AddDocuments(model, v1::SIGNATURE, request);
  *request.mutable_account() = Account();
  // Most agreements are older than their record here.
  if (Chance(96)) request.set_agreement_date(DateAt(now_us_ - Any(30, 37) * kDayUs, 0));
  if (Chance(1)) request.set_agreement_date(Chance(50) ? "2012-12-31" : DateAt(now_us_ + 2 * kDayUs, 0));
  const bool again = Chance(6);
  if (again || (project_->account.empty() && Chance(10))) request.mutable_account()->set_number(Pick(Accounts()));
  std::vector<std::string> missing, all = {project_->executor};
  if (!project_->executor_signed) missing.push_back(project_->executor);
  for (const Party& party : project_->parties) {
    all.push_back(party.organization);
    if (!party.has_signed) missing.push_back(party.organization);
  }
  std::string signer = missing.empty() || again || Chance(3) ? Pick(all) : Pick(missing);
  // Whoever a funder was merged into signs for it.
  while (!Chance(5) && model.organizations().contains(signer) && !model.organizations().at(signer).merged_into.empty()) {
    signer = model.organizations().at(signer).merged_into;
  }
  return {signer, request};
}

Workload::Deed Workload::MergeClub(const Model& model) {
  const Organization& club = model.organizations().at(project_->club);
  if (!club.wants_into.empty()) {
    v1::AcceptMergeRequest request;
    request.set_name(project_->club);
    return {club.wants_into, request};
  }
  v1::ProposeMergeRequest request;
  request.set_name(project_->club);
  request.set_successor(Org(Pick(std::vector<std::string>{"club-b2", "club-b3", "club-a2"})));
  request.mutable_reason()->set_text("because");
  return {project_->club, request};
}

Workload::Deed Workload::LeaveFederation() {
  v1::ChangeFederationRequest request;
  request.set_name(project_->club);
  return {project_->club, request};
}

const Party* Workload::AnyParty() { return project_->parties.empty() ? nullptr : &Pick(project_->parties); }

Workload::Deed Workload::Pledge() {
  const Party* party = AnyParty();
  const std::string who = party == nullptr || Chance(2) ? Org("partner") : party->organization;
  v1::CreatePledgeRequest request;
  request.set_parent(name_);
  request.set_pledge_id(NewId());
  request.mutable_pledge()->set_party(who);
  *request.mutable_pledge()->mutable_amount() = Money(Around(Any(1, scale_)));
  if (Chance(25)) request.mutable_pledge()->set_deadline(DateAt(now_us_ + Any(Chance(5) ? -3 : 2, 30) * kDayUs, 0));
  if (Chance(30)) {
    request.mutable_pledge()->mutable_amount()->set_currency_code("USD");
    if (Chance(95)) {
      request.mutable_pledge()->mutable_reference_rate()->set_units(Any(1'000, 250'000));
      request.mutable_pledge()->mutable_reference_rate()->set_scale(4);
      request.mutable_pledge()->set_reference_date(Day());
    }
  }
  return {who, request};
}

Workload::Deed Workload::Declare(const Model& model) {
  // Mostly clubs, whose money everything waits for.
  const Party* party = AnyParty();
  auto waits = [&] { return party->role != "club" && (model.NotArrived(*project_, *party) > 0 || Chance(70)); };
  for (int i = 0; i < 4 && party != nullptr && waits(); ++i) party = AnyParty();
  for (const Party& one : project_->parties) {
    if (model.FellShort(*project_, one.organization) && Chance(80)) party = &one;
  }
  v1::DeclareContributionRequest request;
  request.set_parent(name_);
  request.set_contribution_id(NewId());
  std::string who = Org("partner");
  int64_t sensible = 1 + scale_ / 10;
  if (party != nullptr) {
    who = party->organization;
    sensible = party->due - model.Verified(*project_, *party) - model.Declared(*project_, *party);
  }
  request.mutable_contribution()->set_party(who);
  *request.mutable_contribution()->mutable_declared() = Money(Around(sensible));
  for (const auto& [other_name, other] : model.projects()) {
    for (const auto& [name, reallocation] : other.reallocations) {
      const bool waits = reallocation.state == v1::Reallocation::APPROVED || reallocation.state == v1::Reallocation::SENT;
      if (!(waits && reallocation.target == name_ ? Chance(60) : Chance(1))) continue;
      request.mutable_contribution()->set_reallocation(Chance(1) ? name_ + "/reallocations/missing" : name);
      if (!Chance(3)) request.mutable_contribution()->set_party(who = reallocation.party);
      *request.mutable_contribution()->mutable_declared() = Money(reallocation.amount + (Chance(3) ? 1 : 0));
    }
  }
  for (const auto& [name, pledge] : project_->pledges) {
    if (Chance(pledge.watched ? 30 : 10)) request.mutable_contribution()->set_pledge(name);
  }
  if (!model.organizations().contains(who)) return {who, request};
  const Organization& record = model.organizations().at(who);
  return {record.kind == v1::CLUB && !record.parent.empty() && Chance(30) ? record.parent : who, request};
}

namespace {

bool IsOpen(const Contribution& contribution) {
  return contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED;
}

}  // namespace

Workload::Deed Workload::Evidence() {
  v1::EvidenceContributionRequest request;
  request.set_name(
      PickChild(project_->contributions, "contributions", [](const Contribution& c) { return IsOpen(c) && c.changes < 50; }));
  *request.mutable_evidence() = Document(Chance(70) ? v1::BANK_RECEIPT : v1::OTHER_DOCUMENT);
  const auto found = project_->contributions.find(request.name());
  return {found == project_->contributions.end() ? project_->club : found->second.declarer, request};
}

Workload::Deed Workload::Verify(const Model&) {
  v1::VerifyContributionRequest request;
  request.set_name(PickChild(project_->contributions, "contributions", IsOpen));
  const auto found = project_->contributions.find(request.name());
  *request.mutable_credited() = Money(Around(found == project_->contributions.end() ? 1 : found->second.declared));
  request.set_bank_value_date(Day());
  *request.mutable_account() = Account();
  if (Chance(95)) *request.add_documents() = Document(Chance(97) ? v1::BANK_RECEIPT : v1::OTHER_DOCUMENT);
  NameAtBank(request, true, request.mutable_credited(), *request.mutable_bank_value_date());
  return {Org(Chance(8) ? Pick(std::vector<std::string>{"fed-a", "conf", "mirror"}) : Chance(50) ? "verifier-a" : "verifier-b"), request};
}

Workload::Deed Workload::Reject() {
  v1::RejectContributionRequest request;
  request.set_name(PickChild(project_->contributions, "contributions", IsOpen));
  request.mutable_reason()->set_text("never came");
  return {Org("verifier-b"), request};
}

Workload::Deed Workload::WithdrawDeclared() {
  v1::WithdrawContributionRequest request;
  request.set_name(PickChild(project_->contributions, "contributions", IsOpen));
  request.mutable_reason()->set_text("mistyped");
  const auto found = project_->contributions.find(request.name());
  if (found == project_->contributions.end()) return {project_->club, request};
  return {Chance(70) ? found->second.declarer : found->second.party, request};
}

Workload::Deed Workload::Propose(const Model& model) {
  v1::ProposeReleaseRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  request.set_release_id(NewId());
  request.set_tranche(PickChild(project_->tranches, "tranches", [&](const Tranche& tranche) {
    int64_t amount = 0;
    return model.ReleaseFaults(*project_, TrancheName(name_, tranche.party, tranche.ordinal), std::nullopt, 0, nullptr, amount).empty();
  }));
  const auto tranche = project_->tranches.find(request.tranche());
  if (tranche == project_->tranches.end()) return {Org("federal"), request};
  for (const Party& party : project_->parties) {
    const v1::FunderRole* role = model.RoleOf(*project_, party.role);
    if (party.organization != tranche->second.party || role->tranche_conditions().empty()) continue;
    for (int type : role->tranche_conditions(tranche->second.ordinal - 1).documents()) {
      if (!Chance(5)) *request.add_documents() = Document(static_cast<v1::DocumentType>(type));
    }
  }
  if (Chance(60)) {
    for (const Party& party : project_->parties) {
      if (party.organization != tranche->second.party) continue;
      *request.mutable_amount() =
          Money(Around(std::min(model.TrancheLeft(*project_, tranche->first, 0), model.BoundLeft(*project_, party.role, 0))));
    }
  }
  return {tranche->second.party, request};
}

Workload::Deed Workload::Approve(const Model& model) {
  v1::ApproveProposalRequest request;
  request.set_name(PickChild(project_->proposals, "proposals", [](const Proposal& p) { return p.state == v1::Proposal::OPEN; }));
  if (Chance(70)) return {Office(), request};
  if (Chance(30)) return {Org(Chance(50) ? "verifier-a" : Pick(std::vector<std::string>{"verifier-b", "fed-a", "muni-a"})), request};
  const Party* party = AnyParty();
  return {party == nullptr || Chance(20) ? PickOrganization(model) : party->organization, request};
}

Workload::Deed Workload::Withdraw() {
  v1::WithdrawProposalRequest request;
  request.set_name(PickChild(project_->proposals, "proposals", [](const Proposal& p) { return p.state == v1::Proposal::OPEN; }));
  const auto found = project_->proposals.find(request.name());
  return {found == project_->proposals.end() ? Office() : found->second.proposer, request};
}

Workload::Deed Workload::Receive() {
  v1::ReceiveReleaseRequest request;
  request.set_name(PickChild(project_->releases, "releases", [](const Release& r) { return r.state == v1::Release::RELEASED; }));
  const auto found = project_->releases.find(request.name());
  const int64_t sent = found == project_->releases.end() ? 1 : found->second.sent;
  // Now and then a bank keeps a fee.
  *request.mutable_credited() = Money(Chance(75) ? sent : Around(sent));
  request.set_bank_value_date(Day());
  *request.mutable_account() = Account();
  if (Chance(95)) *request.add_documents() = Document(Chance(97) ? v1::BANK_RECEIPT : v1::OTHER_DOCUMENT);
  NameAtBank(request, true, request.mutable_credited(), *request.mutable_bank_value_date());
  return {Org(Chance(50) ? "verifier-a" : "verifier-b"), request};
}

v1::Expenditure Workload::MakeExpenditure(const Model& model) {
  v1::Expenditure expenditure;
  *expenditure.mutable_amount() = Money(Around(Chance(40) ? model.Box(*project_) : model.Box(*project_) / 3));
  expenditure.set_category(static_cast<v1::SpendingCategory>(Any(1, 6)));
  expenditure.set_payment_date(Day());
  expenditure.set_vendor_name("A builder");
  *expenditure.add_evidence() = Document(Chance(2) ? v1::PHOTOGRAPH : v1::INVOICE);
  AddTerms(model, expenditure);
  return expenditure;
}

void Workload::AddTerms(const Model& model, v1::Expenditure& expenditure) {
  if (Chance(2)) expenditure.set_retained_minor_units(Any(-1, 5));
  if (project_->contracts.empty() && !Chance(2)) return;
  if (!Chance(55)) return;
  const std::string contract = PickChild(project_->contracts, "contracts", [](const Contract&) { return true; });
  expenditure.set_contract(contract);
  const int64_t retained = Model::Retained(*project_, contract);
  const int64_t open = Model::AdvanceOpen(*project_, contract);
  const auto found = project_->contracts.find(contract);
  const int64_t amount = expenditure.amount().minor_units();
  if (project_->state != S::EXECUTING && retained > 0 && Chance(70)) {
    expenditure.set_purpose(v1::RETENTION_RELEASE);
    expenditure.mutable_amount()->set_minor_units(Around(retained));
    expenditure.mutable_evidence(0)->set_type(Chance(97) ? v1::BANK_RECEIPT : v1::INVOICE);
    return;
  }
  if (Chance(2)) return expenditure.set_purpose(v1::RETENTION_RELEASE);
  if (Chance(25) && found != project_->contracts.end()) {
    expenditure.set_purpose(v1::ADVANCE);
    const __int128 most = static_cast<__int128>(found->second.amount) * model.rules().at(project_->rule).advance_bps_max() / 10'000;
    expenditure.mutable_amount()->set_minor_units(
        Around(std::min(model.Box(*project_), static_cast<int64_t>(most) - Model::Advanced(*project_, contract))));
    return;
  }
  if (Chance(60) && amount > 1) {
    expenditure.set_retained_minor_units(Any(0, amount / 3));
    expenditure.mutable_amount()->set_minor_units(Chance(5) ? 0 : amount - expenditure.retained_minor_units());
  }
  if (open > 0 && Chance(75)) expenditure.set_amortised_minor_units(Around(open));
}

Workload::Deed Workload::Lapse() {
  if (Chance(5)) {
    v1::TextsErased erased;
    erased.set_subject(name_);
    erased.set_texts(Any(0, 9));
    return {Office(), erased};
  }
  if (project_->agreement_ends_us != 0 && Chance(50)) {
    v1::Deadline request;
    request.set_resource(name_);
    return {Office(), request};
  }
  v1::PledgeLapsed request;
  request.set_pledge(PickChild(project_->pledges, "pledges",
                               [&](const model::Pledge& pledge) { return pledge.watched && pledge.lapses_us <= now_us_; }));
  return {Office(), request};
}

Workload::Deed Workload::InKind(const Model& model) {
  const bool open = std::any_of(project_->in_kinds.begin(), project_->in_kinds.end(),
                                [](const auto& child) { return child.second.state == v1::InKind::DECLARED; });
  const auto waits = [](const model::InKind& goods) { return goods.state == v1::InKind::DECLARED; };
  const int64_t kind = open ? Any(1, 10) : Chance(90) ? 1 : Any(1, 10);
  if (kind <= 4) {
    const Party* party = AnyParty();
    v1::DeclareInKindRequest request;
    request.set_parent(name_);
    request.set_in_kind_id(NewId());
    v1::InKind& goods = *request.mutable_in_kind();
    const std::string who = party == nullptr || Chance(2) ? Org("mirror") : party->organization;
    goods.set_party(who);
    goods.set_item(v1::IN_KIND_LABOUR);
    goods.set_unit(v1::IN_KIND_DAY);
    goods.set_quantity_milli(Chance(3) ? Any(-1, 2) : 1'000 * Any(1, 20));
    *goods.mutable_unit_value() = Money(Around(party == nullptr ? 1 : party->due / 20));
    if (!Chance(2)) *goods.add_evidence() = Document(v1::PHOTOGRAPH);
    const Organization& record = model.organizations().at(who);
    return {record.kind == v1::CLUB && !record.parent.empty() && Chance(30) ? record.parent : who, request};
  }
  const std::string name = PickChild(project_->in_kinds, "in-kinds", waits);
  const auto found = project_->in_kinds.find(name);
  if (kind == 9) {
    v1::RejectInKindRequest request;
    request.set_name(name);
    request.mutable_reason()->set_text("nobody worked there");
    return {Org("verifier-a"), request};
  }
  if (kind == 10) {
    v1::WithdrawInKindRequest request;
    request.set_name(name);
    request.mutable_reason()->set_text("mistyped");
    return {found == project_->in_kinds.end() ? project_->club : Chance(50) ? found->second.declarer : found->second.party, request};
  }
  v1::AppraiseInKindRequest request;
  request.set_name(name);
  const int64_t quantity = found == project_->in_kinds.end() ? 1 : found->second.quantity;
  request.set_quantity_milli(Chance(3) ? Any(-1, 2) : Chance(3) ? quantity + 1 : Chance(50) ? quantity : Any(1, quantity));
  *request.mutable_unit_value() = Money(Around(found == project_->in_kinds.end() ? 1 : found->second.declared / 10));
  request.set_appraisal_date(Day());
  if (!Chance(2)) *request.add_documents() = Document(v1::OTHER_DOCUMENT);
  return {Org(Chance(8) ? Pick(std::vector<std::string>{"fed-a", "conf", "mirror"}) : "verifier-b"), request};
}

Workload::Deed Workload::MakeContract() {
  v1::RecordContractRequest request;
  request.set_parent(name_);
  request.set_contract_id(NewId());
  v1::Contract& contract = *request.mutable_contract();
  *contract.mutable_amount() = Money(Around(project_->total));
  contract.set_contract_date(Day());
  contract.set_vendor_name("A builder");
  if (!Chance(2)) *contract.add_evidence() = Document(v1::OTHER_DOCUMENT);
  return {project_->executor, request};
}

Workload::Deed Workload::Recover(const Model&) {
  v1::RecoverAdvanceRequest request;
  request.set_name(PickChild(project_->expenditures, "expenditures", [&](const Expenditure& paid) {
    return paid.purpose == v1::ADVANCE && !paid.reversed && Model::AdvanceOpen(*project_, paid.contract) > 0;
  }));
  const auto found = project_->expenditures.find(request.name());
  *request.mutable_amount() =
      Money(Around(found == project_->expenditures.end()
                       ? 1
                       : std::min(Model::AdvanceOpen(*project_, found->second.contract), found->second.amount - found->second.recovered)));
  request.set_bank_value_date(Day());
  *request.mutable_account() = Account();
  *request.add_documents() = Document(Chance(97) ? v1::BANK_RECEIPT : v1::OTHER_DOCUMENT);
  if (RequiresReference() || Chance(60)) NameAtBank(request, true, request.mutable_amount(), *request.mutable_bank_value_date());
  return {Org("verifier-a"), request};
}

Workload::Deed Workload::Forfeit(const Model&) {
  v1::ProposeForfeitureRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  std::string contract = PickChild(project_->contracts, "contracts", [](const Contract&) { return true; });
  for (const auto& [name, one] : project_->contracts) {
    if (Model::Retained(*project_, name) > 0 && Chance(70)) contract = name;
  }
  request.set_contract(contract);
  *request.mutable_amount() = Money(Around(Model::Retained(*project_, contract)));
  request.set_category(static_cast<v1::SpendingCategory>(Any(1, 6)));
  for (const auto& [name, paid] : project_->expenditures) {
    if (paid.contract != contract || paid.retained == 0) continue;
    for (int category = 1; category <= 6; ++category) {
      std::string text = v1::SpendingCategory_Name(category);
      for (char& c : text) c = static_cast<char>(c | 0x20);
      if (text == paid.category) request.set_category(static_cast<v1::SpendingCategory>(category));
    }
  }
  request.mutable_reason()->set_text("the wall fell down");
  if (!Chance(2)) *request.add_documents() = Document(v1::PHOTOGRAPH);
  return {Chance(50) ? Office() : project_->executor, request};
}

bool Workload::Returns(const Model& model, const Party& party) const {
  for (const v1::FunderRole& role : model.rules().at(project_->rule).roles()) {
    if (role.role() == party.role) return role.returns_unspent_at_year_end() && party.left > 0 && model.Received(*project_, party) > 0;
  }
  return false;
}

Workload::Deed Workload::YearEnd(const Model& model) {
  v1::ProposeYearEndReturnRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  const Party* party = AnyParty();
  for (int i = 0; i < 5 && party != nullptr && !Returns(model, *party); ++i) party = AnyParty();
  request.set_party(party == nullptr || Chance(2) ? Org("mirror") : party->organization);
  request.set_fiscal_year(std::stoi(DateAt(now_us_, 0).substr(0, 4)) - (Chance(10) ? Any(0, 2) : 1));
  request.mutable_reason()->set_text("the year is over");
  return {party == nullptr || Chance(60) ? Office() : party->organization, request};
}

Workload::Deed Workload::Move() {
  v1::MoveCommitmentRequest request;
  request.set_name(name_);
  const Party* party = AnyParty();
  for (int i = 0; i < 5 && party != nullptr && party->pools.empty(); ++i) party = AnyParty();
  request.set_party(party == nullptr || Chance(2) ? Org("mirror") : party->organization);
  int from = project_->year;
  int64_t promised = 1;
  if (party != nullptr && !party->pools.empty() && !Chance(3)) {
    const auto pool = std::next(party->pools.begin(), Any(0, static_cast<int64_t>(party->pools.size()) - 1));
    from = pool->first;
    promised = pool->second.promised;
  }
  request.set_from_fiscal_year(from);
  request.set_to_fiscal_year(from + static_cast<int>(Chance(10) ? Any(0, 2) : 1));
  if (Chance(70)) *request.mutable_amount() = Money(Chance(50) ? Any(1, std::max<int64_t>(1, promised)) : Around(promised));
  return {Chance(5) || party == nullptr ? Office() : party->organization, request};
}

Workload::Deed Workload::Spend(const Model& model) {
  v1::RecordExpenditureRequest request;
  request.set_parent(name_);
  request.set_expenditure_id(NewId());
  *request.mutable_expenditure() = MakeExpenditure(model);
  NameAtBank(request, false, request.mutable_expenditure()->mutable_amount(), *request.mutable_expenditure()->mutable_payment_date());
  return {project_->executor, request};
}

Workload::Deed Workload::SpendLate(const Model& model) {
  v1::ProposeExpenditureRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  request.set_expenditure_id(NewId());
  *request.mutable_expenditure() = MakeExpenditure(model);
  request.mutable_reason()->set_text("owed before");
  return {project_->executor, request};
}

Workload::Deed Workload::Reverse() {
  v1::ProposeReversalRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  // Repayments are rare, and their reversals would be rarer.
  const bool unidentified = std::any_of(project_->deposits.begin(), project_->deposits.end(),
                                        [](const auto& d) { return d.second.state == v1::Deposit::UNIDENTIFIED; });
  const int64_t kind = !project_->repayments.empty() && Chance(40) ? 4
                       : unidentified && Chance(20)                ? 8
                                                                   : Any(1, project_->in_kinds.empty() ? 6 : 7);
  const auto stands = [](const auto& child) { return !child.reversed; };
  if (kind == 8) {
    request.set_target(PickChild(project_->deposits, "deposits",
                                 [](const model::Deposit& d) { return d.state == v1::Deposit::UNIDENTIFIED; }));
  } else if (kind == 7) {
    request.set_target(PickChild(project_->in_kinds, "in-kinds",
                                 [](const model::InKind& goods) { return goods.state == v1::InKind::APPRAISED; }));
  } else if (kind == 4) {
    request.set_target(PickChild(project_->repayments, "repayments", stands));
  } else if (kind == 5) {
    request.set_target(PickChild(project_->refunds, "refunds", stands));
  } else if (kind == 6) {
    request.set_target(PickChild(project_->interests, "interests", stands));
  } else if (kind == 1) {
    request.set_target(PickChild(project_->contributions, "contributions",
                                 [](const Contribution& c) { return c.state == v1::Contribution::VERIFIED; }));
  } else if (kind == 2) {
    request.set_target(
        PickChild(project_->releases, "releases", [](const Release& r) { return r.state != v1::Release::RETURNED; }));
  } else {
    request.set_target(PickChild(project_->expenditures, "expenditures", stands));
  }
  request.set_bank_value_date(Day());
  if (Chance(98)) *request.add_documents() = Document(v1::BANK_RECEIPT);
  // Something paid that stands, and a deposit that it may have come back as.
  std::string came_back;
  for (const auto& [name, expenditure] : project_->expenditures) {
    for (const auto& [deposit_name, deposit] : project_->deposits) {
      const bool open = deposit.state == v1::Deposit::UNIDENTIFIED && !expenditure.reversed;
      if (open && deposit.amount == expenditure.amount) came_back = name;
    }
  }
  if (kind != 7 && !came_back.empty() && Chance(60)) request.set_target(came_back);
  if (unidentified && kind != 7 && (request.target() == came_back || Chance(kind == 3 || kind == 5 ? 50 : 3))) {
    // What was paid came back; mostly as a deposit of just that amount.
    const std::optional<int64_t> moved = Model::Moved(*project_, request.target(), false);
    request.set_deposit(PickChild(project_->deposits, "deposits", [&](const model::Deposit& d) {
      return d.state == v1::Deposit::UNIDENTIFIED && moved.has_value() && d.amount == -*moved;
    }));
    const auto deposit = project_->deposits.find(request.deposit());
    if (deposit != project_->deposits.end() && Chance(95)) request.set_bank_value_date(deposit->second.day);
  }
  // An advance that had come back only by mistake.
  std::vector<std::pair<std::string, int64_t>> recoveries;
  for (const auto& [name, expenditure] : project_->expenditures) {
    for (const auto& [sequence, recovery] : expenditure.recoveries) {
      if (Chance(recovery.reversed || expenditure.reversed ? 5 : 80)) recoveries.emplace_back(name, sequence);
    }
  }
  if (!recoveries.empty() && Chance(35)) {
    const auto& [name, sequence] = Pick(recoveries);
    request.set_target(Chance(95) ? name : request.target());
    request.set_recovery_sequence(Chance(97) ? sequence : sequence + 1);
    if (!Chance(3)) request.clear_deposit();
  }
  request.mutable_reason()->set_text("taken back");
  return {Chance(60) ? Org("verifier-a") : kind == 3 ? project_->executor : Office(), request};
}

Workload::Deed Workload::Repay(const Model& model) {
  const Party* debtor = AnyParty();
  for (const Party& party : project_->parties) {
    if (model.Receivable(*project_, party) > 0 && (debtor == nullptr || model.Receivable(*project_, *debtor) == 0))
      debtor = &party;
  }
  v1::RecordRepaymentRequest request;
  request.set_parent(name_);
  request.set_repayment_id(NewId());
  request.mutable_repayment()->set_party(debtor == nullptr || Chance(2) ? Org("mirror") : debtor->organization);
  *request.mutable_repayment()->mutable_amount() = Money(Around(debtor == nullptr ? 1 : model.Receivable(*project_, *debtor)));
  request.mutable_repayment()->set_bank_value_date(Day());
  *request.mutable_account() = Account();
  if (Chance(97)) *request.mutable_repayment()->add_evidence() = Document(v1::BANK_RECEIPT);
  NameAtBank(request, true, request.mutable_repayment()->mutable_amount(), *request.mutable_repayment()->mutable_bank_value_date());
  return {Org("verifier-b"), request};
}

Workload::Deed Workload::Interest() {
  v1::RecordInterestRequest request;
  request.set_parent(name_);
  request.set_interest_id(NewId());
  *request.mutable_interest()->mutable_amount() = Money(Around(1 + scale_ / 100));
  request.mutable_interest()->set_bank_value_date(Day());
  *request.mutable_account() = Account(Chance(20));
  if (Chance(97)) *request.mutable_interest()->add_evidence() = Document(v1::BANK_RECEIPT);
  NameAtBank(request, true, request.mutable_interest()->mutable_amount(), *request.mutable_interest()->mutable_bank_value_date());
  return {Org("verifier-a"), request};
}

Workload::Deed Workload::Apportion() {
  v1::ApportionRefundsRequest request;
  request.set_parent(name_);
  return {Office(), request};
}

Workload::Deed Workload::PayRefund() {
  const Party* creditor = AnyParty();
  for (const Party& party : project_->parties) {
    if (party.payable > 0 && creditor->payable == 0) creditor = &party;
  }
  v1::PayRefundRequest request;
  request.set_parent(name_);
  request.set_refund_id(NewId());
  request.mutable_refund()->set_party(creditor == nullptr || Chance(2) ? Org("mirror") : creditor->organization);
  for (const auto& [name, reallocation] : project_->reallocations) {
    if (!Chance(reallocation.state == v1::Reallocation::APPROVED ? 50 : 5)) continue;
    request.mutable_refund()->set_reallocation(Chance(2) ? name_ + "/reallocations/missing" : name);
    if (!Chance(3)) request.mutable_refund()->set_party(reallocation.party);
  }
  request.mutable_refund()->set_payment_date(Day());
  *request.mutable_refund()->add_evidence() = Document(v1::BANK_RECEIPT);
  NameAtBank(request, false, nullptr, *request.mutable_refund()->mutable_payment_date());
  return {Org("verifier-b"), request};
}

Workload::Deed Workload::ReportProgress() {
  v1::ReportProgressRequest request;
  request.set_parent(name_);
  request.set_report_id(NewId());
  v1::ProgressReport& report = *request.mutable_report();
  report.set_report_date(Day());
  const int64_t all = std::max(project_->planned, project_->reported) + 1;
  report.set_reported_quantity_milli(Chance(5) ? Any(0, all) : Chance(40) ? all - 1 : Any(project_->reported, all));
  *report.add_evidence() = Document(v1::PHOTOGRAPH);
  return {project_->executor, request};
}

Workload::Deed Workload::VerifyProgress(const std::string& inspector) {
  v1::VerifyProgressRequest request;
  request.set_name(
      PickChild(project_->reports, "reports", [](const Report& report) { return report.state == v1::ProgressReport::REPORTED; }));
  const auto found = project_->reports.find(request.name());
  const int64_t reported = found == project_->reports.end() ? 1 : found->second.reported;
  request.set_quantity_milli(Chance(70) ? reported : Any(Chance(10) ? -1 : 0, reported + (Chance(20) ? 1 : 0)));
  *request.add_documents() = Document(v1::PHOTOGRAPH);
  return {inspector, request};
}

Workload::Deed Workload::Countersign(const std::string& supervisor) {
  v1::CountersignProgressRequest request;
  request.set_name(PickChild(project_->reports, "reports", [&](const Report& report) { return !report.countersigned.contains(supervisor); }));
  if (Chance(50)) *request.add_documents() = Document(v1::PHOTOGRAPH);
  return {supervisor, request};
}

Workload::Deed Workload::Object(const std::string& supervisor) {
  const auto& open = project_->objections;
  // Now and then somebody has more to say than a project keeps.
  if (!open.empty() && !Chance(grumbling_ ? 4 : 60)) {
    v1::ObjectToProjectRequest request;
    request.set_name(name_);
    request.set_objection_id(Chance(4) ? open.begin()->first : NewId());
    if (Chance(30)) request.set_report(PickChild(project_->reports, "reports", [](const Report&) { return true; }));
    request.mutable_reason()->set_text("it is not what was agreed");
    return {supervisor, request};
  }
  if (open.empty() && !Chance(5)) {
    v1::ObjectToProjectRequest request;
    request.set_name(name_);
    request.set_objection_id(NewId());
    request.mutable_reason()->set_text("it is not what was agreed");
    return {supervisor, request};
  }
  v1::WithdrawObjectionRequest request;
  request.set_name(name_);
  request.set_objection_id(open.empty() || Chance(5) ? "missing" : open.begin()->first);
  request.mutable_reason()->set_text("it was put right");
  return {open.empty() || Chance(10) ? supervisor : open.begin()->second, request};
}

v1::AmendmentTerms Workload::MakeTerms(const Model& model) {
  v1::AmendmentTerms terms;
  for (int kinds = Chance(25) ? 2 : 1; kinds > 0; --kinds) {
    const int64_t kind = Any(1, 10);
    if (kind <= 2) terms.set_total_minor_units(Around(Any(1 + project_->total * 3 / 4, std::min(kAmountMinorUnitsMax, 1 + project_->total / 2 * 3))));
    if (kind == 3) {
      // What one owes less another of its role owes more.
      const Party* from = AnyParty();
      const Party* to = AnyParty();
      for (int i = 0; i < 8 && to != nullptr && (to == from || to->role != from->role); ++i) to = AnyParty();
      if (from == nullptr || to == from) continue;
      const int64_t part = Any(0, from->due);
      for (const auto& [party, due] : {std::pair{from, from->due - part}, std::pair{to, to->due + part}}) {
        v1::AmendmentTerms::PartyDue& named = *terms.add_dues();
        named.set_organization(party->organization);
        named.set_due_minor_units(due + (Chance(3) ? 1 : 0));
      }
    }
    if (kind == 4 || kind == 5) {
      const Party* leaving = AnyParty();
      if (leaving == nullptr) continue;
      std::vector<std::string> alike;
      for (const auto& [name, organization] : model.organizations()) {
        if (organization.kind == model.organizations().at(leaving->organization).kind && name != leaving->organization) alike.push_back(name);
      }
      v1::AmendmentTerms::Replacement& replacement = *terms.add_replacements();
      replacement.set_organization(Chance(2) ? Org("mirror") : leaving->organization);
      replacement.set_successor(Chance(2) ? Org("missing") : alike.empty() || Chance(5) ? PickOrganization(model) : Pick(alike));
      if (leaving->role == "club" && Chance(60)) replacement.set_successor(Org(Pick(std::vector<std::string>{"club-a1", "club-a2", "club-b1"})));
      if (Chance(10)) {
        // Who leaves is said to owe something of its own accord, who joins the rest.
        const int64_t kept = Chance(50) ? 0 : Any(0, leaving->due);
        const std::pair<std::string, int64_t> dues[] = {{replacement.organization(), kept},
                                                        {replacement.successor(), leaving->due - kept}};
        for (const auto& [who, due] : dues) {
          v1::AmendmentTerms::PartyDue& named = *terms.add_dues();
          named.set_organization(who);
          named.set_due_minor_units(due);
        }
      }
    }
    if (kind == 6) terms.set_executor(Org(Chance(60) ? "contractor" : Chance(80) ? "muni-a" : "works"));
    if (kind == 7) terms.mutable_account()->set_number(Pick(Accounts()));
    if (kind == 8) {
      if (Chance(50)) terms.set_title("A better road " + std::to_string(Any(1, 3)));
      if (Chance(50)) terms.set_category(static_cast<v1::ProjectCategory>(Any(1, 4)));
      if (Chance(50)) terms.set_planned_quantity_milli(Any(Chance(20) ? 0 : project_->found, project_->planned * 2 + 10));
      if (Chance(50)) terms.set_quantity_unit(static_cast<v1::QuantityUnit>(Any(1, 3)));
    }
    if (kind == 10) {
      const char* odd = Chance(50) ? "muni-a" : "missing";
      terms.set_committee(Org(Chance(60) ? "mirror" : Chance(60) ? "committee" : Chance(80) ? "works" : odd));
    }
    if (kind == 9) {
      if (Chance(50)) terms.set_works_start_date(DateAt(now_us_ + Any(-30, 60) * kDayUs, 0));
      if (Chance(50)) terms.set_works_end_date(DateAt(now_us_ + Any(0, 200) * kDayUs, 0));
      for (const auto& [name, tranche] : project_->tranches) {
        if (!Chance(20)) continue;
        v1::AmendmentTerms::DueDate& due_date = *terms.add_due_dates();
        due_date.set_tranche(Chance(2) ? name_ + "/tranches/missing-1" : name);
        due_date.set_due_date(DateAt(now_us_ + Any(Chance(5) ? -500 : 0, 100) * kDayUs, 0));
      }
    }
  }
  return terms;
}

Workload::Deed Workload::ProposeAmendment(const Model& model) {
  v1::ProposeAmendmentRequest request;
  request.set_parent(name_);
  request.set_amendment_id(NewId());
  *request.mutable_terms() = MakeTerms(model);
  request.mutable_reason()->set_text("things changed");
  const Party* party = AnyParty();
  return {party == nullptr || Chance(40) ? Office() : Chance(20) ? project_->executor : party->organization, request};
}

Workload::Deed Workload::SignAmendment(const Model& model) {
  v1::SignAmendmentRequest request;
  // Now and then one that another has outdated.
  const bool outdated = Chance(15);
  request.set_name(PickChild(project_->amendments, "amendments", [&](const Amendment& amendment) {
    return amendment.state == v1::Amendment::OPEN && amendment.expires_us > now_us_ &&
           (outdated || amendment.version == project_->in_force.size());
  }));
  AddDocuments(model, v1::SIGNATURE, request);
  const auto found = project_->amendments.find(request.name());
  if (found == project_->amendments.end()) return {Office(), request};
  const Amendment& amendment = found->second;
  if (amendment.terms.has_account() != Chance(2)) {
    request.mutable_account()->set_number(Chance(2) ? Pick(Accounts()) : NumberOf(amendment.terms.account().number_commitment()));
  }
  std::vector<std::string> missing;
  for (const std::string& signer : amendment.signers) {
    if (!amendment.has_signed.contains(signer)) missing.push_back(signer);
  }
  std::string signer = missing.empty() || Chance(2) ? Pick(amendment.signers) : Pick(missing);
  // Whoever it was merged into signs for it.
  for (int i = 0; i < 4; ++i) {
    const auto organization = model.organizations().find(signer);
    if (organization == model.organizations().end() || organization->second.merged_into.empty()) break;
    signer = organization->second.merged_into;
  }
  return {signer, request};
}

Workload::Deed Workload::WithdrawAmendment() {
  v1::WithdrawAmendmentRequest request;
  request.set_name(PickChild(project_->amendments, "amendments", [](const Amendment& a) { return a.state == v1::Amendment::OPEN; }));
  const auto found = project_->amendments.find(request.name());
  return {found == project_->amendments.end() || Chance(30) ? Office() : found->second.proposer, request};
}

Workload::Deed Workload::Carry() {
  v1::CarryBalanceRequest request;
  request.set_name(name_);
  *request.mutable_credited() = Money(Chance(60) && project_->uncarried > 0 ? project_->uncarried : Around(project_->uncarried));
  request.set_bank_value_date(Day());
  *request.mutable_account() = Account();
  *request.add_documents() = Document(Chance(97) ? v1::BANK_RECEIPT : v1::OTHER_DOCUMENT);
  return {Org(Chance(50) ? "verifier-a" : "verifier-b"), request};
}

Workload::Deed Workload::Waive() {
  v1::ProposeWaiverRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  request.set_tranche(PickChild(project_->tranches, "tranches", [](const Tranche& tranche) { return tranche.unsent > 0; }));
  for (int i = Chance(15) ? 2 : 1; i > 0; --i) request.add_waivers(static_cast<v1::Tranche::Waiver>(Any(1, 3)));
  request.mutable_reason()->set_text("less was built");
  const Party* party = AnyParty();
  return {party == nullptr || Chance(50) ? Office() : party->organization, request};
}

Workload::Deed Workload::Reallocate(const Model& model) {
  v1::ProposeReallocationRequest request;
  request.set_parent(name_);
  request.set_proposal_id(NewId());
  request.set_reallocation_id(NewId());
  request.mutable_reason()->set_text("the school needs it");
  const Party* party = AnyParty();
  std::string target = Chance(3) ? "projects/missing" : name_;
  int64_t sensible = 1;
  // A payer with something payable that owes something elsewhere.
  for (const Party& payer : project_->parties) {
    const int64_t payable = payer.payable - payer.interest - model.Reallocating(*project_, payer);
    for (const auto& [name, project] : model.projects()) {
      if (payable <= 0 || name == name_ || project.currency != project_->currency) continue;
      for (const Party& there : project.parties) {
        const int64_t owed = there.due - model.Verified(project, there);
        const bool takes = project.state == S::AGREED || project.state == S::FUNDING || project.state == S::AUTHORISED ||
                           project.state == S::EXECUTING || project.state == S::COMPLETED;
        if (there.organization != payer.organization || there.role != "club" || owed <= 0 || !takes) continue;
        party = &payer;
        target = name;
        sensible = std::min(payable, owed);
      }
    }
  }
  if (target == name_ && Chance(60)) target = PickName(model.projects());
  request.set_party(party == nullptr || Chance(2) ? Org("partner") : party->organization);
  request.set_target_project(target);
  *request.mutable_amount() = Money(Chance(70) ? sensible : Around(sensible));
  const auto organization = model.organizations().find(request.party());
  const bool federated = organization != model.organizations().end() && !organization->second.parent.empty();
  return {federated && Chance(30) ? organization->second.parent : request.party(), request};
}

Workload::Deed Workload::CancelReallocation() {
  v1::CancelReallocationRequest request;
  request.set_name(PickChild(project_->reallocations, "reallocations",
                             [](const Reallocation& moves) { return moves.state == v1::Reallocation::APPROVED; }));
  request.mutable_reason()->set_text("not any more");
  const auto found = project_->reallocations.find(request.name());
  return {found == project_->reallocations.end() || Chance(40) ? Office() : found->second.party, request};
}

Workload::Deed Workload::Expire() {
  const auto amendment_is_over = [&](const Amendment& amendment) {
    return amendment.state == v1::Amendment::OPEN && amendment.expires_us <= now_us_;
  };
  const bool amendments = std::any_of(project_->amendments.begin(), project_->amendments.end(),
                                      [&](const auto& one) { return amendment_is_over(one.second); });
  if (Chance(amendments ? 60 : 3)) {
    v1::AmendmentExpired expired;
    expired.set_amendment(PickChild(project_->amendments, "amendments", amendment_is_over));
    return {Office(), expired};
  }
  v1::ProposalExpired request;
  request.set_proposal(PickChild(project_->proposals, "proposals", [&](const Proposal& proposal) {
    return proposal.state == v1::Proposal::OPEN && proposal.expires_us <= now_us_;
  }));
  return {Office(), request};
}

Workload::Deed Workload::HandOver(const Model& model) {
  v1::SignHandoverRequest request;
  request.set_name(name_);
  AddDocuments(model, v1::HANDOVER, request);
  std::vector<std::string> missing;
  for (const std::string& signer : {project_->executor, project_->club, project_->committee}) {
    if (!signer.empty() && !project_->handover.contains(signer)) missing.push_back(signer);
  }
  const bool mirror = project_->club == Org("club-a1") && Chance(10);
  return {mirror ? Org("mirror") : missing.empty() ? project_->club : Pick(missing), request};
}

template <typename T>
Workload::Deed Workload::Step(const Model& model, const std::string& actor, v1::ProjectStep step) {
  T request;
  request.set_name(name_);
  if constexpr (requires { request.mutable_reason(); }) request.mutable_reason()->set_text("because");
  if constexpr (requires { request.set_quantity_milli(1); })
    request.set_quantity_milli(Chance(50) && project_->planned > 0 ? project_->planned : Any(1, 1'000'000));
  // A completion is reported with what was reported before at least, and confirmed with that at most.
  if constexpr (requires { request.set_correction(true); }) {
    request.set_correction(Chance(10));
    if (!Chance(10)) request.set_quantity_milli(std::max(request.quantity_milli(), project_->reported));
  } else if constexpr (requires { request.set_quantity_milli(1); }) {
    if (!Chance(5)) request.set_quantity_milli(std::clamp<int64_t>(request.quantity_milli(), 1, std::max<int64_t>(1, project_->reported)));
  }
  if constexpr (requires { request.add_documents(); }) AddDocuments(model, step, request);
  return {actor, request};
}

Workload::Deed Workload::Budget(const Model& model) {
  std::string name = Chance(2) ? "programs/mx/pools/missing-2014" : PickName(model.pools());
  // Rather one that something is promised out of.
  for (int i = 0; i < 12 && model.pools().contains(name) && model.PoolCommitted(name) == 0; ++i) name = PickName(model.pools());
  const auto found = model.pools().find(name);
  const std::string program = found == model.pools().end() ? kProgram : found->second.program;
  const std::string office = Org(program == kProgram ? "office" : "office-b");
  const std::string actor = found == model.pools().end() || Chance(50) ? office : found->second.funder;
  const std::string& currency = model.programs().at(program).currency_code();
  // Raised where it is short of money, so that all goes on.
  if (found == model.pools().end() || Chance(model.IsUnderfunded(name) ? 70 : 45)) {
    v1::IncreasePoolBudgetRequest request;
    request.set_name(name);
    *request.mutable_increase() = Money(Around(1 + scale_ / 3), currency);
    return {actor, request};
  }
  v1::ReducePoolBudgetRequest request;
  request.set_name(name);
  const int64_t committed = model.PoolCommitted(name);
  const int64_t unpaid = found->second.budget - model.PoolReleased(name);
  int64_t reduction = committed > 0 && Chance(50) ? unpaid - Any(0, committed - 1) : Around(unpaid / 3);
  if (Chance(10)) reduction = Around(unpaid + 1);
  *request.mutable_reduction() = Money(reduction, currency);
  return {actor, request};
}

Workload::Deed Workload::Books(const Model& model) {
  const std::string program = Chance(1) ? "programs/missing" : Chance(70) ? kProgram : kOtherProgram;
  const auto found = model.books().find(program);
  const std::string office = Org(program == kOtherProgram ? "office-b" : "office");
  const std::string funder = Org(Pick(std::vector<std::string>{"federal", "state", "partner"}));
  std::vector<int> closed;
  if (found != model.books().end()) closed.assign(found->second.closed.begin(), found->second.closed.end());
  const bool asked = found != model.books().end() && found->second.reopening != 0;
  if (asked && found->second.expires_us <= now_us_ ? Chance(70) : Chance(2)) {
    v1::ReopeningExpired request;
    request.set_program(program);
    request.set_fiscal_year(asked ? found->second.reopening : 2014);
    return {office, request};
  }
  const int64_t kind = closed.empty() && !Chance(10) ? 1 : asked && Chance(60) ? Any(3, 4) : Any(1, 4);
  if (kind == 1) {
    v1::CloseFiscalYearRequest request;
    request.set_name(program);
    const int year = std::stoi(DateAt(now_us_, 0).substr(0, 4));
    request.set_fiscal_year(year - static_cast<int>(Chance(10) ? 0 : Any(1, 2)));
    return {office, request};
  }
  const int year = closed.empty() || Chance(5) ? 2014 : Pick(closed);
  std::string actor = Chance(50) ? office : funder;
  if (kind == 2) {
    v1::ProposeReopeningRequest request;
    request.set_name(program);
    request.set_fiscal_year(year);
    request.mutable_reason()->set_text("a bank statement was late");
    return {actor, request};
  }
  if (kind == 4) {
    v1::WithdrawReopeningRequest request;
    request.set_name(program);
    request.set_fiscal_year(asked && !Chance(5) ? found->second.reopening : year);
    request.mutable_reason()->set_text("the statement came after all");
    return {asked && Chance(60) ? found->second.proposer : actor, request};
  }
  v1::ApproveReopeningRequest request;
  request.set_name(program);
  if (asked && Chance(80)) actor = found->second.proposer == office ? funder : office;
  request.set_fiscal_year(asked && !Chance(5) ? found->second.reopening : year);
  return {actor, request};
}

v1::SaveCommunityRequest Workload::PlaceRequest(const Model& model, const std::string& code) {
  v1::SaveCommunityRequest request;
  request.set_name("communities/" + code);
  const auto known = model.communities().find(request.name());
  if (known != model.communities().end()) request.set_etag("\"" + std::to_string(known->second.last_sequence) + "\"");
  if (Chance(5)) request.set_etag("\"0\"");
  if (Chance(10)) request.mutable_community()->set_keeper(Org(Chance(20) ? "missing" : Chance(20) ? "fed-a" : Chance(50) ? "office" : "office-b"));
  request.mutable_community()->set_country_code("MX");
  request.mutable_community()->set_display_name("A place");
  request.mutable_community()->set_marginalisation_band(Chance(75) ? v1::MARGINALISATION_HIGH
                                                                  : static_cast<v1::MarginalisationBand>(Any(0, 5)));
  request.mutable_community()->set_priority(Chance(70));
  return request;
}

Workload::Deed Workload::Registration(const Model& model) {
  using O = v1::Organization;
  std::vector<std::string> frozen, submitted, unregistered;
  for (const auto& [one, organization] : model.organizations()) {
    if (organization.kind != v1::CLUB && organization.kind != v1::FEDERATION) continue;
    if (organization.state == O::SUSPENDED || organization.state == O::DISPUTED) frozen.push_back(one);
    if (organization.state == O::SUBMITTED) submitted.push_back(one);
    if (organization.state == O::REGISTRATION_STATE_UNSPECIFIED || organization.state == O::REJECTED) unregistered.push_back(one);
  }
  std::string name =
      Org(Pick(std::vector<std::string>{"fed-a", "fed-b", "club-a1", "club-a2", "club-b1", "club-a1", "club-a2", "club-b1"}));
  if (Chance(2)) name = Org("missing");
  if (!unregistered.empty() && Chance(25)) name = Pick(unregistered);
  if (!submitted.empty() && Chance(40)) name = Pick(submitted);
  if (!frozen.empty() && Chance(75)) name = Pick(frozen);
  const auto found = model.organizations().find(name);
  const bool known = found != model.organizations().end();
  const Organization organization = known ? found->second : Organization{};
  const std::string above = organization.parent.empty() ? Org("consulate") : organization.parent;
  const std::string authority = Pick(std::vector<std::string>{Org("consulate"), Org("consulate"), Org("office"), above});
  // What may come next in its life, most of the time.
  const auto is_one = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const int64_t kind = Chance(20) ? Any(1, 6) : is_one(frozen) ? 5 : is_one(unregistered) ? 1 : is_one(submitted) ? 2 : Any(3, 6);
  auto named = [&](auto request) {
    request.set_name(name);
    if constexpr (requires { request.mutable_reason(); }) request.mutable_reason()->set_text("because");
    return request;
  };
  if (kind == 1) return {Chance(60) ? name : above, named(v1::SubmitRegistrationRequest())};
  if (kind == 2) return {authority, named(v1::RejectRegistrationRequest())};
  if (kind == 3 || (kind == 6 && !Chance(12)))
    return {Chance(50) ? authority : organization.issuer, named(v1::SuspendRegistrationRequest())};
  if (kind == 4) {
    return {Pick(std::vector<std::string>{name, above, Org("consulate"), organization.issuer, Org("office")}),
            named(v1::DisputeRegistrationRequest())};
  }
  if (kind == 5) {
    return {Pick(std::vector<std::string>{Org("consulate"), Org("consulate"), organization.issuer, above, name, Org("office")}),
            named(v1::ReinstateRegistrationRequest())};
  }
  return {authority, named(v1::RevokeRegistrationRequest())};
}

// Whose registration the run may do without, so that the others go on.
std::string Workload::Spare(const Model& model) {
  std::vector<std::string> clubs;
  for (const auto& [name, organization] : model.organizations()) {
    if (organization.kind == v1::CLUB || organization.kind == v1::FEDERATION) clubs.push_back(name);
  }
  return Chance(3) ? PickOrganization(model) : Pick(clubs);
}

Workload::Deed Workload::Standing(const Model& model) {
  const bool wanting = std::any_of(model.organizations().begin(), model.organizations().end(),
                                   [](const auto& one) { return !one.second.wants_into.empty(); });
  const bool asking = std::any_of(model.organizations().begin(), model.organizations().end(),
                                  [](const auto& one) { return !one.second.wants_below.empty(); });
  const int64_t kind = wanting && Chance(30) ? 6 : asking && Chance(50) ? 9 : Any(1, 9);
  const std::string name = Spare(model);
  const Organization& organization = model.organizations().at(name);
  const std::string above = organization.parent.empty() ? Org("consulate") : organization.parent;
  auto named = [&](auto request) {
    request.set_name(name);
    if constexpr (requires { request.mutable_reason(); }) request.mutable_reason()->set_text("because");
    return request;
  };
  if (kind == 1) {
    auto request = named(v1::EndorseOrganizationRequest());
    request.mutable_endorsement()->set_valid_from("2014-01-01");
    request.mutable_endorsement()->set_valid_to(Chance(5) ? "2013-12-31"
                                                          : DateAt(now_us_ + Any(-10, 400) * int64_t{86'400'000'000}, 0));
    return {above, request};
  }
  if (kind == 2) return {above, named(v1::RevokeEndorsementRequest())};
  if (kind == 3) {
    auto request = named(v1::RenameOrganizationRequest());
    request.set_display_name("Another name " + NewId());
    return {Chance(50) ? name : above, request};
  }
  if (kind == 4) {
    auto request = named(v1::ChangeFederationRequest());
    const int64_t to = Any(1, 20);
    if (to < 10) request.set_federation(Org("fed-a"));
    if (to >= 10 && to < 18) request.set_federation(Org("fed-b"));
    if (to == 18) request.set_federation(PickOrganization(model));
    return {name, request};
  }
  if (kind == 5) {
    auto request = named(v1::ProposeMergeRequest());
    std::vector<std::string> alike;
    for (const auto& [other, one] : model.organizations()) {
      if (one.kind == organization.kind && other != name) alike.push_back(other);
    }
    const std::string successor = alike.empty() || Chance(10) ? Spare(model) : Pick(alike);
    if (Chance(85)) request.set_successor(Chance(2) ? Org("missing") : successor);
    return {name, request};
  }
  if (kind == 6) {
    v1::AcceptMergeRequest request;
    for (const auto& [wanting, one] : model.organizations()) {
      if (!one.wants_into.empty() && (request.name().empty() || Chance(50))) request.set_name(wanting);
    }
    if (request.name().empty()) request.set_name(name);
    const std::string& wanted = model.organizations().at(request.name()).wants_into;
    // A run in which the first clubs are all merged has little left to do.
    if (Chance(40)) return {Org("auditor"), request};
    return {wanted.empty() ? above : wanted, request};
  }
  if (kind == 9) {
    v1::AcceptClubRequest request;
    for (const auto& [asker, one] : model.organizations()) {
      if (!one.wants_below.empty() && (request.name().empty() || Chance(50))) request.set_name(asker);
    }
    if (request.name().empty()) request.set_name(name);
    const std::string& asked = model.organizations().at(request.name()).wants_below;
    return {asked.empty() || Chance(10) ? above : asked, request};
  }
  if (kind == 7) {
    auto request = named(v1::RecordDirectoryEntryRequest());
    v1::DirectoryEntry& entry = *request.mutable_directory_entry();
    entry.set_source(Pick(std::vector<std::string>{"IME", "IDIASPORA", "COMUNIDADES"}));
    entry.set_external_id("X-1");
    entry.set_last_verified_date(Day());
    entry.set_size_band(static_cast<v1::SizeBand>(Any(0, 4)));
    return {Pick(std::vector<std::string>{name, above, Org("consulate"), Org("office")}), request};
  }
  auto request = named(v1::AcknowledgeFeedRequest());
  request.set_through_sequence(Chance(80) ? Any(0, 60) : Any(0, 5'000));
  return {Chance(90) ? name : above, request};
}

Workload::Deed Workload::Directory(const Model& model) {
  const bool frozen = std::any_of(model.organizations().begin(), model.organizations().end(), [](const auto& one) {
    return one.second.state == v1::Organization::SUSPENDED || one.second.state == v1::Organization::DISPUTED;
  });
  const int64_t kind = frozen && Chance(50) ? 5 : Any(1, 16);
  if (kind == 5 || kind == 16) return Registration(model);
  if (kind >= 11 && kind <= 13) return Standing(model);
  if (kind == 14) return {Org(Pick(std::vector<std::string>{"office", "office", "admin", "office-b"})), PlaceRequest(model, Pick(kPlaces))};
  if (kind == 1 || kind == 15) {
    v1::RegisterOrganizationRequest request;
    const std::string id = Pick(std::vector<std::string>{"fed-a", "fed-b", "club-a1", "club-a2", "club-b1", "club-n"});
    request.set_name(Chance(2) ? Org("missing") : Org(id));
    request.mutable_registration()->set_folio(Chance(5) ? Folio("club-a1") : Folio(id));
    request.mutable_registration()->set_valid_from("2014-01-01");
    request.mutable_registration()->set_valid_to(Chance(5) ? "2013-12-31"
                                                           : DateAt(now_us_ + Any(0, leaping_ ? 600 : 60) * kDayUs, 0));
    request.mutable_registration()->set_cause(Chance(3) ? v1::RENEWAL_CAUSE_UNSPECIFIED : v1::EXPIRY);
    const auto found = model.organizations().find(request.name());
    return {Chance(30) && found != model.organizations().end() && !found->second.parent.empty() ? found->second.parent
                                                                                                : Org("consulate"),
            request};
  }
  if (kind == 2 || kind == 6 || kind == 7) return Budget(model);
  if (kind == 8 || kind == 9) return Books(model);
  if (kind == 10) {
    v1::PublishRuleVersionRequest request;
    request.set_parent(Chance(2) ? "programs/missing" : Chance(50) ? kProgram : kOtherProgram);
    request.set_rule_version_id(NewId());
    *request.mutable_rule_version() = MakeRule();
    if (Chance(70)) Spoil(*request.mutable_rule_version());
    return {Org(request.parent() == kOtherProgram ? "office-b" : "office"), request};
  }
  if (kind == 3) {
    v1::CreatePoolRequest request;
    request.set_parent(Chance(70) ? kProgram : kOtherProgram);
    request.mutable_pool()->set_funder(Chance(5) ? Org("missing") : PickOrganization(model));
    request.mutable_pool()->set_fiscal_year(2014 + static_cast<int32_t>(Any(0, 3)));
    request.mutable_pool()->set_budget_minor_units(Any(1, scale_));
    return {Org(request.parent() == kProgram ? "office" : "office-b"), request};
  }
  Row row = Pick(std::vector<Row>(std::begin(kDirectory), std::end(kDirectory)));
  v1::CreateOrganizationRequest request = OrganizationRequest(row);
  if (Chance(70)) request.set_organization_id(NewId());
  if (Chance(10)) request.mutable_organization()->set_parent(PickOrganization(model));
  return {Chance(50) ? Org("admin") : PickOrganization(model), request};
}

Workload::Deed Workload::ForState(const Model& model, v1::Project::State state) {
  struct Choice {
    int weight;
    std::function<Deed()> make;
  };
  std::vector<Choice> choices;
  auto add = [&](int weight, std::function<Deed()> make) { choices.push_back({weight, std::move(make)}); };
  auto is = [&](std::initializer_list<v1::Project::State> states) {
    return std::find(states.begin(), states.end(), state) != states.end();
  };
  bool owed = false, payable = false, complete = true, others_complete = true, sent_back = false;
  for (const Party& party : project_->parties) {
    sent_back = sent_back || party.back_at_year_end > 0;
    owed = owed || model.Receivable(*project_, party) > 0;
    payable = payable || party.payable > 0;
    const int64_t confirmed = model.Confirmed(*project_, party);
    complete = complete && confirmed >= party.due;
    others_complete = others_complete && (confirmed >= party.due || Returns(model, party));
  }
  auto any = [](const auto& children, auto fits) {
    return std::any_of(children.begin(), children.end(), [&](const auto& child) { return fits(child.second); });
  };
  const bool declared = any(project_->contributions, IsOpen);
  const bool proposed = any(project_->proposals, [](const Proposal& p) { return p.state == v1::Proposal::OPEN; });
  const bool moving = any(project_->releases, [](const Release& r) { return r.state == v1::Release::RELEASED; });
  const int mishap = calm_ ? 1 : 9;
  const std::string committee = Chance(50) ? Org("committee") : Office();
  const std::string& inspecting = project_->committee.empty() || Chance(50) ? project_->club : project_->committee;
  const std::string inspector = Chance(50) ? Office() : inspecting;
  const std::string supervisor = !project_->committee.empty() && Chance(70) ? project_->committee : Org("mirror");
  const bool overdue = any(project_->proposals, [&](const Proposal& p) {
    return p.state == v1::Proposal::OPEN && p.expires_us <= now_us_;
  }) || any(project_->amendments, [&](const Amendment& a) { return a.state == v1::Amendment::OPEN && a.expires_us <= now_us_; });
  const bool amending = any(project_->amendments, [&](const Amendment& a) {
    return a.state == v1::Amendment::OPEN && a.version == project_->in_force.size();
  });
  // Something is payable to somebody who owes something elsewhere.
  bool movable = false;
  for (const Party& party : project_->parties) {
    if (party.payable - party.interest - model.Reallocating(*project_, party) <= 0) continue;
    for (const auto& [name, other] : model.projects()) {
      const bool takes = other.state == S::AGREED || other.state == S::FUNDING || other.state == S::AUTHORISED || other.state == S::EXECUTING;
      for (const Party& there : other.parties) {
        movable = movable || (takes && name != name_ && there.organization == party.organization && there.role == "club" &&
                              other.currency == project_->currency && model.Verified(other, there) < there.due);
      }
    }
  }
  const bool approved_moves = any(project_->reallocations, [](const Reallocation& r) { return r.state == v1::Reallocation::APPROVED; });
  if (is({S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED})) {
    add(over_years_ ? 8 : calm_ ? 2 : 4, [&] { return ProposeAmendment(model); });
    add(amending ? 60 : 1, [&] { return SignAmendment(model); });
    add(1, [&] { return WithdrawAmendment(); });
  }
  // Its club has paid, and has another project.
  if (moving_ && is({S::FUNDING, S::AUTHORISED}) && model.Box(*project_) > 0) {
    add(8, [&] { return Step<v1::CancelProjectRequest>(model, Office()); });
  }
  add(project_->uncarried > 0 ? 25 : 1, [&] { return Carry(); });
  if (is({S::AUTHORISED, S::EXECUTING, S::COMPLETED})) add(is({S::COMPLETED}) ? 10 : 2, [&] { return Waive(); });
  if (is({S::COMPLETED, S::HANDED_OVER, S::CANCELLED})) {
    add(movable ? 150 : 1, [&] { return Reallocate(model); });
    add(approved_moves ? 8 : 1, [&] { return CancelReallocation(); });
  }
  add(is({S::APPROVED, S::AGREED, S::FUNDING}) ? 3 : 1, [&] { return Move(); });
  add(overdue ? 20 : 1, [&] { return Expire(); });
  const bool lapsing = any(project_->pledges, [&](const model::Pledge& pledge) { return pledge.watched && pledge.lapses_us <= now_us_; }) ||
                       (project_->agreement_ends_us != 0 && project_->agreement_ends_us <= now_us_);
  add(lapsing ? 20 : 1, [&] { return Lapse(); });
  const bool goods_declared = any(project_->in_kinds, [](const model::InKind& goods) { return goods.state == v1::InKind::DECLARED; });
  if (is({S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED})) {
    add(model.rules().at(project_->rule).in_kind_allowed() ? 8 : 1, [&] { return InKind(model); });
  }
  if (is({S::HANDED_OVER, S::CANCELLED})) add(goods_declared ? 10 : 1, [&] { return InKind(model); });
  const int64_t retained = Model::Retained(*project_, ""), advanced = Model::AdvanceOpen(*project_, "");
  if (is({S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING}))
    add(project_->contracts.size() < 2 ? 6 : 1, [&] { return MakeContract(); });
  if (is({S::EXECUTING, S::COMPLETED, S::HANDED_OVER, S::CANCELLED})) {
    const bool late = !is({S::EXECUTING});
    add(advanced > 0 ? late ? 20 : 4 : 1, [&] { return Recover(model); });
    add(retained > 0 ? late ? 8 : 2 : 1, [&] { return Forfeit(model); });
  }
  if (is({S::HANDED_OVER})) add(retained > 0 ? 20 : 1, [&] { return Spend(model); });
  if (is({S::AUTHORISED, S::EXECUTING, S::COMPLETED})) {
    const bool new_year = project_->year < std::stoi(DateAt(now_us_, 0).substr(0, 4));
    const bool returns = new_year && std::any_of(project_->parties.begin(), project_->parties.end(),
                                                 [&](const Party& party) { return Returns(model, party); });
    add(returns && !sent_back && (others_complete || Chance(20)) ? 60 : new_year ? 6 : 1, [&] { return YearEnd(model); });
    add(over_years_ ? 15 : 3, [&] { return Move(); });
    add(payable && !is({S::COMPLETED}) ? 60 : 0, [&] { return PayRefund(); });
  }
  if (is({S::DRAFT, S::SUBMITTED, S::PREVALIDATED, S::APPROVED, S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING})) {
    add(4, [&] { return Pledge(); });
    const Party* funder = AnyParty();
    if (!calm_ || Chance(10)) {
      add(1, [&, funder] {
        return Step<v1::CancelProjectRequest>(model, funder == nullptr || Chance(70) ? Office() : funder->organization);
      });
    }
  }
  if (is({S::DRAFT})) {
    add(40, [&] { return Submit(model); });
    add(25, [&] { return Update(model); });
  }
  if (is({S::SUBMITTED})) add(40, [&] { return Step<v1::PrevalidateProjectRequest>(model, committee, v1::PREVALIDATION); });
  if (is({S::PREVALIDATED})) add(40, [&] { return Step<v1::ApproveProjectRequest>(model, committee, v1::APPROVAL); });
  if (is({S::SUBMITTED, S::PREVALIDATED})) add(is({S::PREVALIDATED}) ? 3 : 1, [&] { return Step<v1::RejectProjectRequest>(model, committee); });
  if (is({S::APPROVED})) {
    add(60, [&] { return Sign(model); });
    add(model.organizations().at(project_->club).wants_into.empty() ? 1 : 15, [&] { return MergeClub(model); });
  }
  if (is({S::SUBMITTED, S::PREVALIDATED}) && !project_->federations.empty()) add(5, [&] { return LeaveFederation(); });
  if (is({S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED})) {
    add(calm_ ? 1 : 2, [&] { return Step<v1::SuspendProjectRequest>(model, Office()); });
    const int eager = is({S::AGREED, S::FUNDING}) ? 30 : is({S::COMPLETED}) ? 5 : 15;
    add(eager, [&] { return Declare(model); });
    add(declared ? eager : 1, [&] { return Verify(model); });
    add(3, [&] { return Evidence(); });
    add(2, [&] { return Reject(); });
    add(1, [&] { return WithdrawDeclared(); });
  }
  bool club = false;
  for (const v1::FunderRole& role : model.rules().at(project_->rule).roles()) club = club || role.club_money();
  if (is({S::FUNDING}) || (is({S::AGREED}) && !club)) add(25, [&] { return Step<v1::AuthorizeProjectRequest>(model, Office()); });
  if (is({S::AUTHORISED, S::EXECUTING, S::COMPLETED})) {
    add(sent_back ? 4 : 25, [&] { return Propose(model); });
    add(moving ? 25 : 1, [&] { return Receive(); });
  }
  if (is({S::AUTHORISED, S::EXECUTING, S::COMPLETED, S::FUNDING, S::HANDED_OVER, S::CANCELLED})) {
    add(hoarding_ ? 1 : proposed ? 25 : 1, [&] { return Approve(model); });
    add(hoarding_ ? 0 : proposed && state == S::COMPLETED ? 10 : 2, [&] { return Withdraw(); });
    add(hoarding_ ? 150 : project_->repayments.empty() && project_->refunds.empty() ? mishap : 2 * mishap, [&] { return Reverse(); });
    add(owed ? 25 : 1, [&] { return Repay(model); });
  }
  if (is({S::EXECUTING, S::COMPLETED})) add(20, [&] { return Spend(model); });
  if (is({S::EXECUTING})) {
    add(project_->completion_reported ? 1 : sent_back ? 60 : 4,
        [&] { return Step<v1::ReportCompletionRequest>(model, project_->executor, v1::COMPLETION_REPORT); });
    if (complete || sent_back || !calm_ || Chance(20)) {
      add(sent_back && project_->completion_reported ? 60 : 4, [&] { return Step<v1::ConfirmCompletionRequest>(model, inspector, v1::COMPLETION); });
    }
    const bool measured = project_->planned > 0 && project_->found < project_->planned;
    add(measured ? 6 : 1, [&] { return ReportProgress(); });
    add(measured && !project_->reports.empty() ? 8 : 1, [&] { return VerifyProgress(inspector); });
    add(project_->reports.empty() ? 1 : 4, [&] { return Countersign(supervisor); });
  }
  if (is({S::COMPLETED, S::HANDED_OVER, S::CANCELLED})) {
    add(payable ? 1 : 7, [&] { return Apportion(); });
    add(payable ? 60 : 1, [&] { return PayRefund(); });
  }
  if (is({S::HANDED_OVER, S::CANCELLED, S::SETTLED, S::CLOSED})) {
    add(declared ? 6 : 1, [&] { return Reject(); });
    add(declared ? 6 : 1, [&] { return WithdrawDeclared(); });
    add(1, [&] { return Evidence(); });
  }
  if (is({S::COMPLETED})) add(8, [&] { return HandOver(model); });
  if (is({S::HANDED_OVER})) {
    // A share that fell short again.
    const bool short_of = std::any_of(project_->parties.begin(), project_->parties.end(),
                                      [&](const Party& party) { return model.FellShort(*project_, party.organization); });
    add(short_of ? 30 : 2, [&] { return Declare(model); });
    add(short_of ? 1 : 5, [&] { return Reverse(); });
    add(declared ? 20 : 1, [&] { return Verify(model); });
    add(4, [&] { return Propose(model); });
    add(moving ? 25 : 1, [&] { return Receive(); });
  }
  if (is({S::AGREED})) {
    add(1, [&] { return Reverse(); });
    add(proposed ? 5 : 1, [&] { return Approve(model); });
  }
  if (is({S::CANCELLED})) {
    // What was on its way when it was cancelled.
    add(declared ? 15 : 1, [&] { return Verify(model); });
    add(1, [&] { return Declare(model); });
  }
  if (is({S::HANDED_OVER})) add(12, [&] { return Step<v1::SettleProjectRequest>(model, Office()); });
  if (is({S::CANCELLED})) add(8, [&] { return SpendLate(model); });
  if (is({S::SUSPENDED})) {
    add(15, [&] { return Step<v1::ResumeProjectRequest>(model, Office()); });
    if (!calm_) add(2, [&] { return Step<v1::CancelProjectRequest>(model, Office()); });
    // What goes on, and what does not.
    if (project_->behind != S::STATE_UNSPECIFIED) add(60, [&] { return ForState(model, project_->behind); });
  }
  if (is({S::SETTLED})) add(10, [&] { return Step<v1::CloseProjectRequest>(model, Office()); });
  add(2, [&] { return Interest(); });
  add(grumbling_ ? 25 : 1, [&] { return Object(Chance(60) ? supervisor : project_->club); });
  add(3, [&] { return Bank(); });
  if (is({S::HANDED_OVER, S::CANCELLED}) && Model::Unidentified(*project_) > 0) add(10, [&] { return Reverse(); });
  int sum = 0;
  for (const Choice& choice : choices) sum += choice.weight;
  int64_t at = Any(1, sum);
  for (const Choice& choice : choices) {
    at -= choice.weight;
    if (at <= 0) return choice.make();
  }
  return choices.back().make();
}

Command Workload::Next(const Model& model, int64_t now_us) {
  now_us_ = now_us;
  model_ = &model;
  project_ = nullptr;
  name_.clear();
  Deed deed;
  std::vector<std::string> living, ended;
  for (const auto& [name, project] : model.projects()) {
    const bool payable = std::any_of(project.parties.begin(), project.parties.end(), [](const Party& party) { return party.payable > 0; });
    const bool over = project.state == S::REJECTED || project.state == S::CLOSED ||
                      (project.state == S::CANCELLED && model.Box(project) == 0 && !(moving_ && payable) && (calm_ || project.last_sequence % 8 == 0));
    (over ? ended : living).push_back(name);
  }
  if (Chance(8)) {
    deed = Directory(model);
  } else if (living.empty() || (living.size() < 3 && !single_minded_ && Chance(moving_ ? 20 : 8))) {
    deed = Create(model);
  } else {
    name_ = !ended.empty() && Chance(3) ? Pick(ended) : Pick(living);
    project_ = &model.projects().at(name_);
    const auto state = Chance(4) ? static_cast<v1::Project::State>(Any(1, 15)) : project_->state;
    deed = ForState(model, state);
  }
  if (Chance(3)) deed.first = PickOrganization(model);
  if (Chance(1)) deed.first = Org("missing");
  // One person may stand behind two organisations.
  const std::string principal = Chance(5) ? FakePrincipal("somebody") : Chance(2) ? FakePrincipal(Org("federal")) : std::string();
  Command command = MakeCommand(deed.first, std::move(deed.second), principal);
  if (project_ != nullptr) command.prefetch = {name_};
  return command;
}

}  // namespace oriundo::model
