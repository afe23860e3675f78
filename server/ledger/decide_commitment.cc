#include "server/base/ids.h"
#include "server/ledger/decide.h"
#include "server/ledger/money_limits.h"
#include "server/ledger/pool_parts.h"

namespace oriundo {
namespace {

using v1::Project;

// Whoever promises the money says out of which year's budget it is paid, also who was replaced and sends again what came back. Who pays
// from pools is never merged into another.
MaybeRefusal RequirePoolParty(Context& context, const ProjectContext& loaded, const std::string& name, const v1::Party*& party) {
  const Project& project = *loaded.project;
  party = FindParty(project, name);
  if (party == nullptr) {
    return Refuse(v1::PARTY_NOT_FOUND, name, name + " does not fund " + project.name(), {{"party", name}});
  }
  if (!FindRole(*loaded.rule, party->role())->pooled()) {
    return Refuse(v1::ROLE_MISMATCH, name,
                  name + " pays as `" + party->role() + "`, which " + loaded.rule->name() +
                      " has pay from no pool; there is nothing to move",
                  {{"case", "NOT_POOLED"}, {"party", name}, {"role", party->role()}, {"rule_version", loaded.rule->name()}});
  }
  if (context.actor.name() != name) return NotAllowed(context, "the paying party " + name, {{"case", "PAYER"}, {"party", name}});
  return std::nullopt;
}

// Each year keeps a row of the party; a pool that pays already needs no new one, and one of which nothing is left keeps none.
bool HasRoomForYear(const v1::Party& party, int to_fiscal_year, bool empties_one) {
  for (const v1::PoolPart& part : party.pool_parts()) {
    if (part.fiscal_year() == to_fiscal_year) return true;
  }
  return party.pool_parts_size() - (empties_one ? 1 : 0) < kPoolPartsMax;
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::MoveCommitmentRequest& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.name(), draft, loaded));
  const Project& project = *loaded.project;
  const v1::Party* party = nullptr;
  ORIUNDO_REFUSE_IF_ANY(RequirePoolParty(context, loaded, request.party(), party));
  ORIUNDO_REFUSE_IF_ANY(RequireStateAlsoSuspended(project,
                                                  {Project::APPROVED, Project::AGREED, Project::FUNDING, Project::AUTHORISED,
                                                   Project::EXECUTING, Project::COMPLETED, Project::HANDED_OVER},
                                                  "be paid out of another year's pool"));
  const int from = request.from_fiscal_year();
  const int to = request.to_fiscal_year();
  if (to <= from) {
    return Refuse(v1::INVALID_FIELD, "to_fiscal_year",
                  "to_fiscal_year is " + std::to_string(to) + "; a promise of " + std::to_string(from) + " moves to a later year",
                  {{"case", "NOT_A_LATER_YEAR"},
                   {"from_fiscal_year", std::to_string(from)},
                   {"to_fiscal_year", std::to_string(to)}});
  }
  if (request.has_amount()) ORIUNDO_REFUSE_IF_ANY(RequireMoney(project, request.amount(), "amount"));

  v1::PoolPart earlier;
  for (const v1::PoolPart& part : party->pool_parts()) {
    if (part.fiscal_year() == from) earlier = part;
  }
  const int64_t committed = earlier.committed_minor_units();
  const int64_t amount = request.has_amount() ? request.amount().minor_units() : committed;
  draft.Input("committed_minor_units", committed, party->organization());
  std::vector<Violation> faults;
  if (committed == 0) {
    faults.push_back(MakeViolation(v1::MOVE_ABOVE_COMMITTED, party->organization(),
                                   "the pool of " + std::to_string(from) + " promises nothing to " + project.name() + " for " +
                                       party->organization() + " that is not released",
                                   {{"case", "NOTHING"},
                                    {"party", party->organization()},
                                    {"project", project.name()},
                                    {"fiscal_year", std::to_string(from)}}));
  } else if (amount > committed) {
    const std::string& currency = project.currency_code();
    faults.push_back(MakeViolation(v1::MOVE_ABOVE_COMMITTED, party->organization(),
                                   "the pool of " + std::to_string(from) + " promises " + Amount(committed, currency) + " to " +
                                       project.name() + " for " + party->organization() + "; " + Amount(amount, currency) +
                                       " cannot move, an excess of " + Amount(amount - committed, currency),
                                   {{"case", "TOO_MUCH"},
                                    {"party", party->organization()},
                                    {"project", project.name()},
                                    {"fiscal_year", std::to_string(from)},
                                    {"committed_minor_units", std::to_string(committed)},
                                    {"asked_minor_units", std::to_string(amount)},
                                    {"excess_minor_units", std::to_string(amount - committed)}}));
  }
  // The earlier year may be closed: what it had promised is what moves.
  if (auto closed = RequireOpenYear(*loaded.program, to)) faults.push_back(closed->violations.front());
  const std::string name = PoolName(project.program(), party->organization(), to);
  const v1::Pool* pool = context.state.Find<v1::Pool>(name);
  const int64_t free = pool == nullptr ? 0 : pool->free_minor_units();
  draft.Input("pool_free_minor_units", free, party->organization());
  if (pool == nullptr || free < amount) {
    faults.push_back(PoolExceeded(name, pool != nullptr, free, amount, project.currency_code()));
  }
  if (!HasRoomForYear(*party, to, amount == committed && earlier.released_minor_units() == 0)) {
    faults.push_back(MakeViolation(v1::PROJECT_FULL, party->organization(),
                                   "the pools of " + std::to_string(kPoolPartsMax) + " fiscal years pay " + project.name() +
                                       " for " + party->organization() + "; no further one does",
                                   {{"case", "POOL_YEARS"},
                                    {"maximum", std::to_string(kPoolPartsMax)},
                                    {"project", project.name()},
                                    {"party", party->organization()}}));
  }
  if (!faults.empty()) return Refusal{std::move(faults)};

  v1::CommitmentMoved& event = *draft.entry.mutable_commitment_moved();
  event.set_party(party->organization());
  event.set_from_fiscal_year(from);
  event.set_to_fiscal_year(to);
  event.set_minor_units(amount);
  draft.entry.add_concerned(loaded.program->office());
  ChangePoolPart(project, party->organization(), from, -amount, 0, draft);
  ChangePoolPart(project, party->organization(), to, amount, 0, draft);
  return std::nullopt;
}

}  // namespace oriundo
