#include "server/queries/statement.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oriundo/v1/resources.pb.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/chart.h"
#include "server/ledger/rule_shares.h"
#include "server/queries/effective.h"
#include "server/queries/holds.h"
#include "server/queries/statement_lines.h"
#include "server/rules/draw.h"
#include "server/rules/share_check.h"
#include "server/rules/tranche.h"

namespace oriundo {
namespace {

using Line = v1::ProjectStatement::Line;

// Where a party's role stands in the rule version.
struct RoleView {
  // Null where a draft names a role that the rule does not have.
  const v1::FunderRole* role = nullptr;
  std::size_t index = 0;
  // The party fills its role alone.
  bool alone = false;
};

RoleView RoleOf(const v1::RuleVersion& rule, const v1::Project& project, const v1::Party& party) {
  RoleView view;
  view.alone = std::count_if(project.parties().begin(), project.parties().end(),
                             [&](const v1::Party& other) { return other.role() == party.role(); }) == 1;
  for (int i = 0; i < rule.roles_size(); ++i) {
    if (rule.roles(i).role() != party.role()) continue;
    view.role = &rule.roles(i);
    view.index = static_cast<std::size_t>(i);
  }
  return view;
}

bool IsClubMoney(const RoleView& view) { return view.role != nullptr && view.role->club_money(); }

// What counts towards the party's due (domain notes 4.2): clubs when verified, all others when received, and what counts in kind. Through
// a day, money may have been taken back that had not come in yet; rules reckon with nothing then, and not with less.
int64_t TowardsDue(const RoleView& view, const v1::Party& party) {
  const int64_t cash = IsClubMoney(view) ? party.verified_minor_units() : party.received_minor_units();
  return std::max<int64_t>(0, cash + party.in_kind_counted_minor_units());
}

// All that is confirmed of the party, its voluntary excess included; never less than nothing, as above.
int64_t Confirmed(const RoleView& view, const v1::Party& party) {
  const int64_t cash =
      IsClubMoney(view) ? party.verified_minor_units() : party.received_minor_units() + party.verified_minor_units();
  return std::max<int64_t>(0, cash + party.in_kind_counted_minor_units());
}

// What the rule's roles have, the parties' amounts being in the project's order.
std::vector<RoleAmounts> SumByRole(const v1::RuleVersion& rule, const v1::Project& project, const std::vector<int64_t>& amounts) {
  std::vector<RoleAmounts> roles;
  for (const int64_t weight : RoleWeightsOf(project, rule)) roles.push_back({.weight = weight});
  for (int i = 0; i < project.parties_size(); ++i) {
    const v1::Party& party = project.parties(i);
    const RoleView view = RoleOf(rule, project, party);
    if (view.role == nullptr) continue;
    roles[view.index].confirmed += amounts[static_cast<std::size_t>(i)];
    // The parties of a role have the role's tolerance.
    roles[view.index].tolerance = party.tolerance_minor_units();
  }
  return roles;
}

// The most that may be released to the project for `party` in all (domain notes 4.5). The bound is the role's: what its other
// parties have released or proposed is taken off. Absent where the rule has no club role, and so no bound.
std::optional<int64_t> EntitledOf(const v1::RuleVersion& rule, const v1::Project& project, const RoleView& view,
                                  const v1::Party& party) {
  const auto club =
      std::find_if(rule.roles().begin(), rule.roles().end(), [](const v1::FunderRole& role) { return role.club_money(); });
  if (club == rule.roles().end()) return std::nullopt;
  // A club that owes nothing, because a cap left it nothing, bounds nobody.
  const int64_t club_weight = RoleWeightOf(project, rule, club->role());
  if (club_weight == 0) return std::nullopt;
  int64_t club_verified = 0;
  int64_t club_due = 0;
  int64_t used_by_others = 0;
  for (const v1::Party& other : project.parties()) {
    if (other.role() == club->role()) {
      club_verified += other.verified_minor_units();
      if (rule.in_kind_in_bound()) club_verified += other.in_kind_counted_minor_units();
      club_due += other.due_minor_units();
    }
    if (other.role() == party.role() && other.organization() != party.organization()) {
      used_by_others += other.released_minor_units() + other.proposed_minor_units();
    }
  }
  const int64_t entitled = EntitledRelease({.club_verified = std::clamp<int64_t>(club_verified, 0, club_due),
                                            .tolerance = project.tolerance_minor_units(),
                                            .weight = RoleWeightOf(project, rule, view.role->role()),
                                            .club_weight = club_weight,
                                            .multiple_bps = rule.bound_multiple_bps()});
  return std::max<int64_t>(0, entitled - used_by_others);
}

// What of each party's confirmed money the other roles match, in the project's order of parties. `matched` is each role's.
std::vector<int64_t> MatchedByParty(const v1::RuleVersion& rule, const v1::Project& project, const ShareCheck& matched) {
  std::vector<int64_t> by_party(static_cast<std::size_t>(project.parties_size()));
  for (std::size_t role = 0; role < matched.positions.size(); ++role) {
    std::vector<int64_t> confirmed(by_party.size());
    for (std::size_t i = 0; i < by_party.size(); ++i) {
      const v1::Party& party = project.parties(static_cast<int>(i));
      const RoleView view = RoleOf(rule, project, party);
      if (view.role != nullptr && view.index == role) confirmed[i] = Confirmed(view, party);
    }
    const SharePosition& position = matched.positions[role];
    const std::vector<int64_t> parts = DrawProRata(position.confirmed - position.over_match_matched, confirmed);
    for (std::size_t i = 0; i < by_party.size(); ++i) by_party[i] += parts[i];
  }
  return by_party;
}

bool HasTranches(const v1::Project& project, const v1::Party& party) {
  return std::any_of(project.tranches().begin(), project.tranches().end(),
                     [&](const v1::Tranche& tranche) { return tranche.party() == party.organization(); });
}

absl::StatusOr<std::string> DisplayName(const Reader& reader, const std::string& organization) {
  ORIUNDO_ASSIGN_OR_RETURN(v1::Organization record, reader.Get<v1::Organization>(organization));
  ORIUNDO_RETURN_IF_ERROR(reader.OpenTexts(record));
  return record.display_name();
}

}  // namespace

v1::ProjectStatement StatementOf(const v1::Project& project, const v1::RuleVersion& rule) {
  v1::ProjectStatement statement;
  *statement.mutable_project() = project;
  const std::vector<int64_t> early = RefundedEarlyOf(project);
  std::vector<int64_t> towards_dues;
  std::vector<int64_t> all_confirmed;
  int64_t confirmed_sum = 0;
  for (const v1::Party& party : project.parties()) {
    const RoleView view = RoleOf(rule, project, party);
    towards_dues.push_back(TowardsDue(view, party) + early[towards_dues.size()]);
    all_confirmed.push_back(Confirmed(view, party));
    confirmed_sum += all_confirmed.back();
  }
  const ShareCheck shares =
      CheckShares(project.total_minor_units(), SumByRole(rule, project, towards_dues), project.tolerance_minor_units());
  const ShareCheck with_excess =
      CheckShares(project.total_minor_units(), SumByRole(rule, project, all_confirmed), project.tolerance_minor_units());

  const std::vector<int64_t> matched = MatchedByParty(rule, project, with_excess);
  const std::vector<int64_t> savings = SavingsOf(project);
  bool complies = project.parties_size() > 0;
  int64_t gap = 0;
  int64_t saved = 0;
  int64_t in_kind = 0;
  int64_t in_kind_counted = 0;
  int64_t due = 0;
  int64_t over_match = 0;
  int64_t refunded = 0;
  for (const v1::Party& party : project.parties()) {
    const RoleView view = RoleOf(rule, project, party);
    const auto at = static_cast<std::size_t>(statement.lines_size());
    Line& line = *statement.add_lines();
    *line.mutable_party() = party;
    const int64_t towards_due = towards_dues[at];
    const int64_t confirmed = all_confirmed[at];
    line.set_confirmed_minor_units(confirmed);
    line.set_refunded_early_minor_units(early[at]);
    line.set_matched_minor_units(matched[at]);
    line.set_deviation_minor_units(confirmed - party.due_minor_units());
    line.set_gap_minor_units(std::max<int64_t>(0, party.due_minor_units() - towards_due));
    if (confirmed_sum > 0) {
      line.set_confirmed_share_bps(static_cast<int32_t>(static_cast<__int128>(confirmed) * kBasisPoints / confirmed_sum));
    }
    // Alone in its role a party is measured against the role's exact share, as domain notes 4.2 have it; beside others against
    // what the agreement makes its own part.
    line.set_complies(view.role != nullptr &&
                      (view.alone ? shares.positions[view.index].complies
                                  : towards_due >= party.due_minor_units() ||
                                        (towards_due > 0 && towards_due + party.tolerance_minor_units() >= party.due_minor_units())));
    if (view.role != nullptr && HasTranches(project, party)) {
      if (const std::optional<int64_t> entitled = EntitledOf(rule, project, view, party)) {
        // Nothing more is released for a party whose place another took: what it may have had in all is what it has.
        line.set_entitled_minor_units(party.replaced_by().empty() ? *entitled
                                                                  : party.released_minor_units() + party.proposed_minor_units());
      }
    }
    line.set_savings_minor_units(savings[at]);
    saved += line.savings_minor_units();
    in_kind += party.in_kind_minor_units();
    in_kind_counted += party.in_kind_counted_minor_units();
    complies = complies && line.complies();
    gap += line.gap_minor_units();
    due += party.due_minor_units();
    over_match += party.over_match_minor_units();
    refunded += party.refunded_minor_units();
  }
  statement.set_currency_code(project.currency_code());
  statement.set_total_due_minor_units(due);
  statement.set_total_confirmed_minor_units(confirmed_sum);
  statement.set_gap_minor_units(gap);
  statement.set_over_match_minor_units(over_match);
  statement.set_matched_base_minor_units(with_excess.matched_base);
  statement.set_spent_minor_units(project.spent_minor_units());
  statement.set_refunded_minor_units(refunded);
  const std::string bank = chart::Bank(project.name());
  const std::string deposits = chart::Deposits(project.name());
  for (const v1::AccountBalance& balance : project.balances()) {
    if (balance.account() == bank) statement.set_box_minor_units(balance.minor_units());
    if (balance.account() == deposits) statement.set_unidentified_minor_units(-balance.minor_units());
  }
  statement.set_complies(complies);
  for (const v1::Deadline& deadline : project.deadlines()) {
    if (IsResourceName(deadline.resource(), "projects/*/amendments/*")) statement.add_open_amendments(deadline.resource());
  }
  statement.set_savings_minor_units(saved);
  statement.set_in_kind_minor_units(in_kind);
  statement.set_in_kind_counted_minor_units(in_kind_counted);
  statement.set_retained_minor_units(project.retained_minor_units());
  statement.set_advance_open_minor_units(project.advance_open_minor_units());
  return statement;
}

absl::StatusOr<v1::ProjectStatement> GetProjectStatement(const Reader& reader, const v1::GetProjectStatementRequest& request) {
  if (!IsResourceName(request.name(), "projects/*")) return NameStatus("name", "projects/*");
  ORIUNDO_RETURN_IF_ERROR(CheckThrough(reader, request.effective_through()));
  ORIUNDO_ASSIGN_OR_RETURN(v1::Project project, reader.Get<v1::Project>(request.name()));
  ORIUNDO_ASSIGN_OR_RETURN(const v1::RuleVersion rule, reader.Get<v1::RuleVersion>(project.rule_version()));
  ORIUNDO_RETURN_IF_ERROR(CountThrough(reader, request.effective_through(), project).status());
  v1::ProjectStatement statement = StatementOf(project, rule);
  statement.set_effective_through(request.effective_through());
  ORIUNDO_ASSIGN_OR_RETURN(const std::vector<v1::Hold> holds, HoldFinder(reader).Find(project, rule));
  statement.mutable_holds()->Add(holds.begin(), holds.end());
  ORIUNDO_ASSIGN_OR_RETURN(const std::string today, reader.Today());
  for (int i = 0; i < statement.lines_size(); ++i) {
    if (const std::optional<v1::Hold> hold = FindTrancheHold(statement, rule, i, today)) *statement.add_holds() = *hold;
  }
  ORIUNDO_RETURN_IF_ERROR(reader.OpenTexts(*statement.mutable_project()));
  for (Line& line : *statement.mutable_lines()) {
    ORIUNDO_ASSIGN_OR_RETURN(*line.mutable_display_name(), DisplayName(reader, line.party().organization()));
  }
  statement.set_sequence(reader.sequence());
  return statement;
}

}  // namespace oriundo
