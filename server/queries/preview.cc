#include "server/queries/preview.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/currency.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/rule_shares.h"
#include "server/rules/apportion.h"
#include "server/rules/caps.h"
#include "server/rules/divide.h"
#include "server/rules/share_check.h"
#include "server/rules/tranche.h"

namespace oriundo {
namespace {

std::vector<FieldViolation> CheckRequest(const v1::PreviewSharesRequest& request, const v1::Program& program,
                                         const v1::RuleVersion& rule) {
  std::vector<FieldViolation> faults;
  if (request.total().currency_code() != program.currency_code()) {
    faults.push_back({"total.currency_code", absl::StrCat("must be the programme's, ", program.currency_code()),
                      {{"case", "PROGRAM_CURRENCY"}, {"currency_code", program.currency_code()}}});
  }
  if (request.total().minor_units() <= 0 || request.total().minor_units() > kAmountMinorUnitsMax) {
    faults.push_back({"total.minor_units", absl::StrCat("must be from 1 to ", kAmountMinorUnitsMax),
                      {{"case", "RANGE"}, {"minimum", "1"}, {"maximum", absl::StrCat(kAmountMinorUnitsMax)}}});
  }
  if (!request.confirmed_minor_units().empty() && request.confirmed_minor_units_size() != rule.roles_size()) {
    faults.push_back({"confirmed_minor_units",
                      absl::StrCat("must be empty or have one amount for each of the ", rule.roles_size(), " roles"),
                      {{"case", "ONE_FOR_EACH_ROLE"}, {"count", absl::StrCat(rule.roles_size())}}});
  }
  for (int i = 0; i < request.confirmed_minor_units_size(); ++i) {
    const int64_t amount = request.confirmed_minor_units(i);
    if (amount < 0 || amount > kAmountMinorUnitsMax) {
      faults.push_back(
          {absl::StrCat("confirmed_minor_units[", i, "]"), absl::StrCat("must be from 0 to ", kAmountMinorUnitsMax),
           {{"case", "RANGE"}, {"minimum", "0"}, {"maximum", absl::StrCat(kAmountMinorUnitsMax)}}});
    }
  }
  for (const AbsenceFault& fault : CheckAbsence(rule, request.absent_roles())) {
    faults.push_back({"absent_roles", absl::StrCat("the role `", fault.role, "` ", fault.why),
                      {{"case", fault.case_name},
                       {"role", fault.role},
                       {"rule_version", rule.name()},
                       {"other_role", fault.other_role}}});
  }
  return faults;
}

void AddViolation(const Violation& violation, const std::string& currency, v1::PreviewSharesResponse& response) {
  v1::PreviewSharesResponse::RuleViolation& added = *response.add_violations();
  added.set_reason(violation.reason);
  added.set_subject(violation.subject);
  added.set_description(violation.description);
  added.mutable_figures()->insert(violation.metadata.begin(), violation.metadata.end());
  (*added.mutable_figures())["currency_code"] = currency;
}

std::optional<int64_t> Wide(bool present, int64_t value) { return present ? std::optional<int64_t>(value) : std::nullopt; }

}  // namespace

absl::StatusOr<v1::PreviewSharesResponse> PreviewShares(const Reader& reader, const v1::PreviewSharesRequest& request) {
  if (!IsResourceName(request.rule_version(), "programs/*/versions/*")) {
    return NameStatus("rule_version", "programs/*/versions/*");
  }
  ORIUNDO_ASSIGN_OR_RETURN(const v1::RuleVersion rule, reader.Get<v1::RuleVersion>(request.rule_version()));
  ORIUNDO_ASSIGN_OR_RETURN(const v1::Program program, reader.Get<v1::Program>(std::string(ParentOf(rule.name()))));
  if (const std::vector<FieldViolation> faults = CheckRequest(request, program, rule); !faults.empty()) {
    return FieldsStatus(faults);
  }

  const std::string& currency = program.currency_code();
  const Division division = DivideByRule(rule, request.total().minor_units(), request.absent_roles());
  const int64_t total = division.total;
  std::vector<RoleAmounts> roles;
  int64_t confirmed_sum = 0;
  std::optional<std::size_t> club;
  for (int i = 0; i < rule.roles_size(); ++i) {
    const int64_t confirmed = request.confirmed_minor_units().empty() ? 0 : request.confirmed_minor_units(i);
    roles.push_back({.weight = division.weights[roles.size()], .confirmed = confirmed});
    if (rule.roles(i).has_tolerance_minor_units()) roles.back().tolerance = rule.roles(i).tolerance_minor_units();
    confirmed_sum += confirmed;
    if (rule.roles(i).club_money()) club = static_cast<std::size_t>(i);
  }
  const ShareCheck check = CheckShares(total, roles, rule.tolerance_minor_units());

  v1::PreviewSharesResponse response;
  response.set_gap_minor_units(check.gap);
  response.set_matched_base_minor_units(check.matched_base);
  response.set_confirmed_minor_units(confirmed_sum);
  response.set_complies(check.complies);
  response.set_total_minor_units(total);
  response.set_cap_policy(rule.cap_policy() == v1::CAP_POLICY_UNSPECIFIED ? v1::REJECT : rule.cap_policy());
  if (rule.cap_policy() == v1::RESIDUAL_PARTY) response.set_residual_role(rule.residual_role());
  const std::vector<RoleShare> by_rule = SharesByRule(rule, request.absent_roles());
  std::vector<int64_t> weights;
  for (const RoleShare& role : by_rule) weights.push_back(role.weight);
  const std::vector<int64_t> by_weight = Apportion(request.total().minor_units(), weights);
  const TotalInput limits = {.total = total,
                             .minimum = Wide(rule.has_total_minimum_minor_units(), rule.total_minimum_minor_units()),
                             .maximum = Wide(rule.has_total_maximum_minor_units(), rule.total_maximum_minor_units())};
  for (const CapViolation& violation : CheckTotal(limits)) {
    AddViolation(TotalLimitViolation(rule.name(), total, violation, currency), currency, response);
  }
  for (int i = 0; i < rule.roles_size(); ++i) {
    const v1::FunderRole& role = rule.roles(i);
    const SharePosition& position = check.positions[static_cast<std::size_t>(i)];
    v1::PreviewSharesResponse::RoleShare& share = *response.add_shares();
    share.set_role(role.role());
    share.set_due_minor_units(position.due);
    share.set_confirmed_minor_units(position.confirmed);
    share.set_deviation_minor_units(position.deviation);
    share.set_over_match_minor_units(rule.share_base() == v1::MATCHED ? position.over_match_matched
                                                                      : position.over_match_committed);
    if (confirmed_sum > 0) {
      share.set_confirmed_share_bps(
          static_cast<int32_t>(static_cast<__int128>(position.confirmed) * kBasisPoints / confirmed_sum));
    }
    share.set_complies(position.complies);
    const auto place = static_cast<std::size_t>(i);
    share.set_share_minor_units(by_weight[place]);
    share.set_absent(std::find(request.absent_roles().begin(), request.absent_roles().end(), role.role()) !=
                     request.absent_roles().end());
    const std::optional<int64_t> most = MostOf(by_rule[place], request.total().minor_units());
    if (most.has_value() && by_weight[place] > *most) {
      v1::PreviewSharesResponse::CapAction& cap = *response.add_caps();
      cap.set_role(role.role());
      cap.set_cap_minor_units(*most);
      cap.set_of_total(most != by_rule[place].absolute_cap);
      cap.set_above_minor_units(by_weight[place] - *most);
    }
    if (!role.club_money()) {
      const std::vector<int32_t> steps(role.cumulative_bps().begin(), role.cumulative_bps().end());
      for (const int64_t tranche : SplitCommitment(position.due, steps)) share.add_tranche_minor_units(tranche);
      // A club that owes nothing, because a cap left it nothing, bounds nobody.
      if (club.has_value() && roles[*club].weight > 0) {
        share.set_entitled_minor_units(
            EntitledRelease({.club_verified = std::min(roles[*club].confirmed, check.positions[*club].due),
                             .tolerance = rule.tolerance_minor_units(),
                             .weight = roles[static_cast<std::size_t>(i)].weight,
                             .club_weight = roles[*club].weight,
                             .multiple_bps = rule.bound_multiple_bps()}));
      }
    }
  }
  for (const RoleViolation& violation : division.violations) {
    const std::string& role = rule.roles(static_cast<int>(violation.role)).role();
    AddViolation(RoleLimitViolation(role, division.dues[violation.role], violation.violation, currency), currency, response);
  }
  return response;
}

}  // namespace oriundo
