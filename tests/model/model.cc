#include "tests/model/model.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <variant>

#include "server/base/ids.h"
#include "server/base/limits.h"

namespace oriundo::model {
namespace {

using v1::ErrorReason;
using State = v1::Project::State;
using S = v1::Project;

// The states of a project that let a deed happen (domain notes 1.3).
const std::set<State> kPledging = {S::DRAFT,  S::SUBMITTED, S::PREVALIDATED, S::APPROVED,
                                   S::AGREED, S::FUNDING,   S::AUTHORISED,   S::EXECUTING};
const std::set<State> kContributing = {S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED};
// What is declared may be cleared away until the books are closed.
const std::set<State> kClearing = {S::AGREED,    S::FUNDING,     S::AUTHORISED, S::EXECUTING,
                                   S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<State> kVerifying = {S::AGREED,    S::FUNDING,     S::AUTHORISED, S::EXECUTING,
                                    S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<State> kEvidencing = {S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED, S::HANDED_OVER};
const std::set<State> kReleasing = {S::AUTHORISED, S::EXECUTING, S::COMPLETED};
const std::set<State> kFinished = {S::COMPLETED, S::HANDED_OVER};
const std::set<State> kSpending = {S::EXECUTING, S::COMPLETED};
const std::set<State> kRefunding = {S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
// What is retained goes out once the work is done, and what comes back or is kept may do so from the first payment on.
const std::set<State> kRetained = {S::COMPLETED, S::HANDED_OVER};
const std::set<State> kAfterPaying = {S::EXECUTING, S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<State> kPayingBack = {S::AUTHORISED, S::EXECUTING, S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<State> kContracting = {S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING};
const std::set<State> kEarning = {S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<State> kRepaying = {S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED, S::HANDED_OVER, S::CANCELLED};
const std::set<State> kCancelling = {S::DRAFT,      S::SUBMITTED, S::PREVALIDATED, S::APPROVED,  S::AGREED,     S::FUNDING,
                                     S::AUTHORISED, S::EXECUTING, S::COMPLETED,    S::SUSPENDED, S::HANDED_OVER};
// From the agreement to the handover.
const std::set<State> kAgreed = {S::AGREED,    S::FUNDING,     S::AUTHORISED, S::EXECUTING, S::COMPLETED,
                                 S::HANDED_OVER, S::SETTLED, S::CLOSED,     S::SUSPENDED};
const std::set<State> kSuspending = {S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED};

constexpr int64_t kDayUs = 86'400'000'000;

void Require(bool condition, ErrorReason reason, Reasons& reasons) {
  if (!condition) reasons.insert(reason);
}

void RequireState(const Project& project, const std::set<State>& states, Reasons& reasons) {
  Require(states.contains(project.state), v1::WRONG_PROJECT_STATE, reasons);
}

// For what goes on while a project is suspended as it did before.
void RequireStateBehind(const Project& project, const std::set<State>& states, Reasons& reasons) {
  Require(states.contains(Model::Behind(project)), v1::WRONG_PROJECT_STATE, reasons);
}

// An amount that somebody says is above zero and in range, whatever else is wrong with it.
void RequireAmount(int64_t minor_units, Reasons& reasons) {
  Require(minor_units > 0 && minor_units <= kAmountMinorUnitsMax, v1::INVALID_FIELD, reasons);
}

bool HasDocument(const google::protobuf::RepeatedPtrField<v1::Evidence>& documents, v1::DocumentType type) {
  for (const v1::Evidence& document : documents) {
    if (document.type() == type) return true;
  }
  return false;
}

std::set<v1::DocumentType> TypesOf(const google::protobuf::RepeatedPtrField<v1::Evidence>& documents) {
  std::set<v1::DocumentType> types;
  for (const v1::Evidence& document : documents) types.insert(document.type());
  return types;
}

int YearOf(const std::string& day) { return std::stoi(day.substr(0, 4)); }

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool StartsWith(const std::string& text, const std::string& head) { return text.rfind(head, 0) == 0; }

template <typename Map>
bool Has(const Map& map, const typename Map::key_type& name) {
  return map.find(name) != map.end();
}

}  // namespace

std::vector<int64_t> Share(int64_t total, const std::vector<int64_t>& weights) {
  __int128 sum = 0;
  for (int64_t weight : weights) sum += weight;
  std::vector<int64_t> parts;
  std::vector<__int128> remainders;
  int64_t missing = total;
  for (int64_t weight : weights) {
    const __int128 product = static_cast<__int128>(total) * weight;
    parts.push_back(sum == 0 ? 0 : static_cast<int64_t>(product / sum));
    remainders.push_back(sum == 0 ? 0 : product % sum);
    missing -= parts.back();
  }
  // One unit at a time, to whoever has the largest remainder and comes first.
  for (; missing > 0 && sum > 0; --missing) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (remainders[i] > remainders[best]) best = i;
    }
    ++parts[best];
    remainders[best] = -1;
  }
  return parts;
}

// Figures, recounted.

Reallocation* Model::FindReallocation(const std::string& name) {
  const auto project = projects_.find(std::string(RootOf(name)));
  if (project == projects_.end()) return nullptr;
  const auto found = project->second.reallocations.find(name);
  return found == project->second.reallocations.end() ? nullptr : &found->second;
}

v1::Reallocation::State Model::Whereabouts(const Reallocation& reallocation) const {
  if (reallocation.state != v1::Reallocation::RECEIVED) return reallocation.state;
  const Contribution& arrived = projects_.at(reallocation.target).contributions.at(reallocation.contribution);
  return arrived.state == v1::Contribution::REVERSED ? v1::Reallocation::SENT : reallocation.state;
}

const v1::FunderRole* Model::RoleOf(const Project& project, const std::string& role) const {
  for (const v1::FunderRole& candidate : RuleOf(project).roles()) {
    if (candidate.role() == role) return &candidate;
  }
  return nullptr;
}

State Model::Behind(const Project& project) { return project.state == S::SUSPENDED ? project.behind : project.state; }

int Model::OpenProposals(const Project& project) {
  int open = 0;
  for (const auto& [name, proposal] : project.proposals) open += proposal.state == v1::Proposal::OPEN ? 1 : 0;
  for (const auto& [name, amendment] : project.amendments) open += amendment.state == v1::Amendment::OPEN ? 1 : 0;
  return open;
}

std::string Model::PoolOf(const Project& project, const Party& party) const {
  const v1::FunderRole* role = RoleOf(project, party.role);
  if (role == nullptr || !role->pooled()) return {};
  return PoolName(project.program, party.organization, project.year);
}

std::map<int, int64_t> Model::PromisedBy(const Project& project, const Party& party, int64_t promised) {
  std::map<int, int64_t> by_year;
  int64_t sum = 0;
  for (const auto& [year, pool] : party.pools) {
    by_year[year] = pool.promised;
    sum += pool.promised;
  }
  if (by_year.empty()) by_year[project.year] = 0;
  for (auto last = by_year.rbegin(); last != by_year.rend(); ++last) {
    const int64_t change = std::max(promised - sum, -last->second);
    last->second += change;
    sum += change;
  }
  return by_year;
}

void Model::SharePools(Project& project, Party& party) const {
  if (PoolOf(project, party).empty() || !before_.has_value()) return;
  const auto had = [&](const std::string& organization) {
    return std::find_if(before_->parties.begin(), before_->parties.end(),
                        [&](const Party& one) { return one.organization == organization; });
  };
  if (!party.replaces.empty() && had(party.organization) == before_->parties.end()) {
    party.pools = had(party.replaces)->pools;
    for (auto& [year, pool] : party.pools) pool.released = 0;
  }
  int64_t released = 0;
  for (const auto& [year, pool] : party.pools) released += pool.released;
  // One release goes out or comes back with one command, or the money of a year that is over does.
  Release* moved = nullptr;
  for (auto& [name, release] : project.releases) {
    const auto was = before_->releases.find(name);
    const bool same = was != before_->releases.end() && was->second.state == release.state;
    if (release.party == party.organization && !same) moved = &release;
  }
  int last_year = std::numeric_limits<int>::max();
  for (const auto& [name, proposal] : project.proposals) {
    const auto was = before_->proposals.find(name);
    const bool was_open = was != before_->proposals.end() && was->second.state == v1::Proposal::OPEN;
    const bool approved = was_open && proposal.state == v1::Proposal::APPROVED;
    if (approved && proposal.returned_to == party.organization) last_year = proposal.year;
  }
  int64_t out = Released(project, party) - released;
  for (auto& [year, pool] : party.pools) {
    const int64_t part = std::clamp<int64_t>(out, 0, pool.promised);
    if (part == 0) continue;
    out -= part;
    pool.promised -= part;
    pool.released += part;
    if (moved != nullptr) moved->from[year] = part;
  }
  // What comes back: first as it went out, or where a year is over to the pools that had paid by then; always to the last one
  // first.
  std::map<int, int64_t> back;
  for (const bool first : {true, false}) {
    for (auto pool = party.pools.rbegin(); pool != party.pools.rend(); ++pool) {
      int64_t most = pool->second.released;
      if (first && moved != nullptr) most = std::min(most, Has(moved->from, pool->first) ? moved->from.at(pool->first) : 0);
      if (first && pool->first > last_year) most = 0;
      const int64_t part = std::clamp<int64_t>(-out, 0, most);
      out += part;
      pool->second.released -= part;
      if (project.promised) pool->second.promised += part;
      back[pool->first] += part;
    }
  }
  if (moved != nullptr) {
    int64_t elsewhere = 0;
    for (const auto& [year, part] : back) {
      const int64_t own = std::min(part, Has(moved->from, year) ? moved->from.at(year) : 0);
      if (own > 0) moved->from[year] -= own;
      elsewhere += part - own;
    }
    for (auto from = moved->from.rbegin(); from != moved->from.rend(); ++from) {
      const int64_t own = std::min(elsewhere, from->second);
      from->second -= own;
      elsewhere -= own;
    }
  }
  const std::map<int, int64_t> by_year = PromisedBy(project, party, Committed(project, party));
  for (const auto& [year, promised] : by_year) party.pools[year].promised = promised;
  std::erase_if(party.pools, [](const auto& pool) { return pool.second.promised == 0 && pool.second.released == 0; });
}

bool Model::IsUnderfunded(const std::string& name) const {
  return Has(pools_, name) && pools_.at(name).budget < PoolCommitted(name) + PoolReleased(name);
}

Counted Model::MatchedOf(const Project& project) const {
  Counted matched{.projects = 1};
  for (const Party& party : project.parties) {
    if (IsClubParty(project, party)) continue;
    matched.matched += party.due;
    if (!PoolOf(project, party).empty()) matched.pooled += party.due;
  }
  return matched;
}

Counted Model::CountedWith(const Project& project) const {
  return project.promised ? MatchedOf(project) : project.counted_at_end;
}

Counted Model::TallyOf(const std::string& name) const { return TogetherOf({name}); }

Counted Model::TogetherOf(const std::set<std::string>& names) const {
  Counted sum;
  for (const auto& [project_name, project] : projects_) {
    bool counted = false;
    for (const std::string& name : names) counted = counted || project.tallies.contains(name);
    if (!counted) continue;
    const Counted part = CountedWith(project);
    sum.projects += part.projects;
    sum.matched += part.matched;
    sum.pooled += part.pooled;
  }
  return sum;
}

std::map<std::string, std::set<std::string>> Model::TalliesOf(const Project& project, const v1::CumulativeCap& cap) const {
  auto name_of = [&](const std::string& scope, const std::string& whose) {
    return project.program + "/tallies/" + scope + "-" + Lower(whose) + "-" + std::to_string(project.year);
  };
  if (cap.scope() == v1::CumulativeCap::PLACE_YEAR) {
    std::string place;
    for (char c : project.locality) {
      if (c != '-') place += c;
    }
    const std::string name = name_of("place", place.substr(0, static_cast<std::size_t>(cap.place_code_length())));
    return {{name, {name}}};
  }
  const bool clubs = cap.scope() == v1::CumulativeCap::CLUB_YEAR;
  const std::string scope = clubs ? "club" : "federation";
  std::set<std::string> who;
  std::set<std::string> those = {Now(project.club)};
  for (const Party& party : project.parties) {
    if (!party.replaced_by.empty() || !IsClubParty(project, party)) continue;
    const v1::OrganizationKind kind = organizations_.at(party.organization).kind;
    if (kind == v1::CLUB) those.insert(Now(party.organization));
    if (kind == v1::FEDERATION && !clubs) who.insert(Now(party.organization));
  }
  if (clubs) who = those;
  for (const std::string& club : clubs ? std::set<std::string>() : those) {
    // Who joined by an amendment counts for the federation it has then.
    bool fixed = false;
    for (const auto& [before, federation] : project.federations) {
      if (Now(before) != club) continue;
      fixed = true;
      who.insert(Now(federation));
    }
    if (!fixed && !Above(club).empty()) who.insert(Above(club));
  }
  std::map<std::string, std::set<std::string>> tallies;
  for (const std::string& one : who) {
    std::set<std::string>& together = tallies[name_of(scope, std::string(IdOf(one)))];
    for (const auto& [other, organization] : organizations_) {
      if (Now(other) == one) together.insert(name_of(scope, std::string(IdOf(other))));
    }
  }
  return tallies;
}

void Model::CumulativeFaults(const Project& project, Reasons& reasons) const {
  const Counted more = MatchedOf(project);
  int64_t budgets = 0;
  for (const Party& party : project.parties) {
    const std::string pool = PoolOf(project, party);
    if (party.due > 0 && Has(pools_, pool)) budgets += pools_.at(pool).budget;
  }
  for (const v1::CumulativeCap& cap : RuleOf(project).cumulative_caps()) {
    for (const auto& [name, together] : TalliesOf(project, cap)) {
      const Counted so_far = TogetherOf(together);
      bool fits = true;
      if (cap.has_projects_max()) fits = fits && so_far.projects + 1 <= cap.projects_max();
      if (cap.has_matched_minor_units_max()) fits = fits && so_far.matched + more.matched <= cap.matched_minor_units_max();
      // Who takes nothing out of pools takes no part of their budgets.
      if (cap.has_pools_bps_max() && more.pooled > 0) {
        fits = fits && static_cast<__int128>(so_far.pooled + more.pooled) * 10'000 <=
                           static_cast<__int128>(budgets) * cap.pools_bps_max();
      }
      Require(fits, v1::CUMULATIVE_CAP_EXCEEDED, reasons);
    }
  }
}

void Model::EndPromises(Project& project, bool settled) {
  // What was released stays counted; and so does the project's place, unless it ended before anything was.
  Counted counted;
  int64_t released = 0;
  for (const Party& party : project.parties) {
    if (!project.promised || IsClubParty(project, party)) continue;
    released += Released(project, party);
    counted.matched += Released(project, party);
    if (!PoolOf(project, party).empty()) counted.pooled += Released(project, party);
  }
  counted.projects = settled || released > 0 ? 1 : 0;
  project.counted_at_end = counted;
  project.promised = false;
}

std::string Model::OpenDay(const std::string& program, const std::string& day) const {
  if (!Has(books_, program)) return day;
  const std::set<int>& closed = books_.at(program).closed;
  int year = YearOf(day);
  if (!closed.contains(year)) return day;
  while (closed.contains(year)) ++year;
  return std::to_string(year) + "-01-01";
}

bool Model::IsClubParty(const Project& project, const Party& party) const {
  const v1::FunderRole* role = RoleOf(project, party.role);
  return role != nullptr && role->club_money();
}

int64_t Model::Pledged(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, pledge] : project.pledges) {
    if (pledge.party == party.organization) sum += pledge.value - pledge.lapsed;
  }
  return sum;
}

int64_t Model::Declared(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, contribution] : project.contributions) {
    const bool open = contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED;
    if (contribution.party == party.organization && open) sum += contribution.declared;
  }
  return sum;
}

int64_t Model::Verified(const Project& project, const Party& party) const {
  int64_t sum = party.contribution_repaid - party.beyond_back;
  for (const auto& [name, contribution] : project.contributions) {
    if (contribution.party == party.organization && contribution.state == v1::Contribution::VERIFIED)
      sum += contribution.credited;
  }
  return sum;
}

int64_t Model::Released(const Project& project, const Party& party) const {
  return Transit(project, party) + Received(project, party) + Receivable(project, party) - party.contribution_owed - party.twice;
}

int64_t Model::Received(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, release] : project.releases) {
    if (release.party != party.organization) continue;
    if (release.state == v1::Release::RECEIVED) sum += release.credited;
    sum += release.repaid;
  }
  for (const auto& [name, tranche] : project.tranches) {
    if (tranche.party == party.organization) sum -= tranche.back;
  }
  return sum;
}

int64_t Model::TrancheArrived(const Project& project, const std::string& tranche) const {
  int64_t sum = -project.tranches.at(tranche).back;
  for (const auto& [name, release] : project.releases) {
    if (release.tranche == tranche) sum += (release.state == v1::Release::RECEIVED ? release.credited : 0) + release.repaid;
  }
  return sum;
}

int Model::LatestYear(const Project& project, const Party& party) {
  int latest = 0;
  for (const auto& [name, release] : project.releases) {
    if (release.party == party.organization) latest = std::max(latest, release.year);
  }
  return latest;
}

int64_t Model::OfLatestYear(const Project& project, const Party& party) {
  const int latest = LatestYear(project, party);
  const auto back = party.back_of_year.find(latest);
  int64_t sum = back == party.back_of_year.end() ? 0 : -back->second;
  for (const auto& [name, release] : project.releases) {
    const bool counts = release.state == v1::Release::RECEIVED && release.year == latest;
    if (release.party == party.organization && counts) sum += release.credited;
  }
  return sum;
}

void Model::OweLater(Party& party, const std::string& day, int64_t change) {
  while (change < 0 && !party.owed_later.empty()) {
    const int64_t part = std::min(-change, party.owed_later.back().second);
    party.owed_later.back().second -= part;
    change += part;
    if (party.owed_later.back().second == 0) party.owed_later.pop_back();
  }
  if (change <= 0) return;
  if (party.owed_later.empty() || party.owed_later.back().first != day) party.owed_later.emplace_back(day, 0);
  party.owed_later.back().second += change;
}

int64_t Model::Transit(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, release] : project.releases) {
    if (release.party == party.organization && release.state == v1::Release::RELEASED) sum += release.sent;
  }
  return sum;
}

int64_t Model::Receivable(const Project& project, const Party& party) const {
  int64_t sum = party.contribution_owed + party.twice;
  for (const auto& [name, release] : project.releases) {
    if (release.party == party.organization) sum += release.owed;
  }
  return sum;
}

int64_t Model::Committed(const Project& project, const Party& party) const {
  if (!project.promised || IsClubParty(project, party)) return 0;
  return party.due - Released(project, party);
}

int64_t Model::Proposed(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, proposal] : project.proposals) {
    if (proposal.state != v1::Proposal::OPEN || proposal.tranche.empty()) continue;
    if (project.tranches.at(proposal.tranche).party == party.organization) sum += proposal.amount;
  }
  return sum;
}

int64_t Model::OverMatch(const Project& project, const Party& party) const {
  // What a club's goods cover of its due its money need not.
  if (!IsClubParty(project, party)) return Verified(project, party);
  return std::max<int64_t>(0, Verified(project, party) + InKindCounting(project, party, InKindGiven(project, party)) - party.due);
}

int64_t Model::InKindDeclared(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, goods] : project.in_kinds) {
    if (goods.party == party.organization && goods.state == v1::InKind::DECLARED) sum += goods.declared;
  }
  return sum;
}

int64_t Model::InKindGiven(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, goods] : project.in_kinds) {
    if (goods.party == party.organization && goods.state == v1::InKind::APPRAISED) sum += goods.appraised;
  }
  return sum;
}

int64_t Model::InKindCounting(const Project& project, const Party& party, int64_t given) const {
  const v1::FunderRole* role = RoleOf(project, party.role);
  if (role == nullptr) return 0;
  // A club that left keeps what counted.
  if (!party.replaced_by.empty() && IsClubParty(project, party)) return std::min(given, party.kept_in_kind);
  // Who takes a place takes its cap, and what of that is used.
  int64_t place = party.due, used = 0;
  for (std::string before = party.replaces; !before.empty();) {
    const auto other = std::find_if(project.parties.begin(), project.parties.end(),
                                    [&](const Party& candidate) { return candidate.organization == before; });
    place += other->due;
    used += InKindCounting(project, *other, InKindGiven(project, *other));
    before = other->replaces;
  }
  const auto cap = static_cast<int64_t>(static_cast<__int128>(place) * role->in_kind_cap_bps() / 10'000);
  return std::min({given, std::max<int64_t>(0, cap - used), party.due});
}

int64_t Model::Confirmed(const Project& project, const Party& party) const {
  return (IsClubParty(project, party) ? Verified(project, party) : Received(project, party)) +
         InKindCounting(project, party, InKindGiven(project, party));
}

int64_t Model::Retained(const Project& project, const std::string& contract) {
  int64_t sum = 0;
  for (const auto& [name, paid] : project.expenditures) {
    if (paid.reversed || (!contract.empty() && paid.contract != contract)) continue;
    sum += paid.purpose == v1::RETENTION_RELEASE ? -paid.amount : paid.retained;
  }
  for (const auto& [name, one] : project.contracts) {
    for (const auto& [category, kept] : one.forfeited) sum -= contract.empty() || name == contract ? kept : 0;
  }
  return sum;
}

int64_t Model::Advanced(const Project& project, const std::string& contract) {
  int64_t sum = 0;
  for (const auto& [name, paid] : project.expenditures) {
    if (paid.reversed || paid.purpose != v1::ADVANCE || (!contract.empty() && paid.contract != contract)) continue;
    sum += paid.amount - paid.recovered;
  }
  return sum;
}

int64_t Model::AdvanceOpen(const Project& project, const std::string& contract) {
  int64_t sum = Advanced(project, contract);
  for (const auto& [name, paid] : project.expenditures) {
    if (!paid.reversed && (contract.empty() || paid.contract == contract)) sum -= paid.amortised;
  }
  return sum;
}

std::map<std::string, int64_t> Model::Spent(const Project& project) {
  std::map<std::string, int64_t> spent;
  for (const auto& [name, paid] : project.expenditures) {
    if (!paid.reversed && paid.is_invoice()) spent[paid.category] += paid.amount + paid.retained + paid.amortised;
  }
  for (const auto& [name, contract] : project.contracts) {
    for (const auto& [category, kept] : contract.forfeited) spent[category] -= kept;
  }
  return spent;
}

int64_t Model::OpenOf(const Project& project, const std::string& pledge) {
  int64_t open = project.pledges.at(pledge).value;
  for (const auto& [name, contribution] : project.contributions) {
    if (contribution.pledge != pledge) continue;
    const bool waits = contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED;
    if (waits) open -= contribution.declared;
    // The workload names no transfers, so that what was credited is what was paid.
    if (contribution.state == v1::Contribution::VERIFIED) open -= contribution.credited;
  }
  return open;
}

std::vector<int64_t> Model::RefundWeights(const Project& project) const {
  std::vector<int64_t> cash, ever, dues;
  int64_t all = 0, all_ever = 0;
  for (const Party& party : project.parties) {
    // Nobody is ever paid back more than it paid: what went back already does not count again.
    cash.push_back(Receivable(project, party) > 0 ? 0 : std::max<int64_t>(0, party.paid_in - party.taken_back - party.refunded));
    dues.push_back(party.due);
    ever.push_back(party.paid_in);
    all += cash.back();
    all_ever += ever.back();
  }
  return all > 0 ? cash : all_ever > 0 ? ever : dues;
}

int64_t Model::NotSentAgain(const Project& project, const Party& party) const {
  if (Behind(project) != S::COMPLETED && Behind(project) != S::HANDED_OVER) return 0;  // Works that go on are paid, others are not.
  const int64_t missing = party.due - Received(project, party) - InKindCounting(project, party, InKindGiven(project, party)) -
                          (Receivable(project, party) - party.twice);
  return std::clamp<int64_t>(missing, 0, party.back_at_year_end);
}

std::vector<int64_t> Model::Entitled(const Project& project, int64_t unspent) const {
  // By cash, of all that was ever left over, as if every debt were repaid and no year had ended; then off what each had, and owes.
  std::vector<int64_t> cash, had;
  int64_t left_over = unspent, all = 0;
  for (const Party& party : project.parties) {
    const int64_t again = NotSentAgain(project, party);
    had.push_back(party.refunded + party.payable - party.interest - party.back_at_year_end + Receivable(project, party));
    cash.push_back(std::max<int64_t>(0, party.paid_in - party.taken_back - party.back_at_year_end + Receivable(project, party)) + again);
    left_over += had.back() + again;
    all += cash.back();
  }
  if (all == 0) return {};
  std::vector<int64_t> parts = Share(left_over, cash);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] -= had[i];
  return parts;
}

std::vector<int64_t> Model::Refunds(const Project& project, int64_t unspent) const {
  std::vector<int64_t> parts = Entitled(project, unspent);
  if (parts.empty()) return Share(unspent, RefundWeights(project));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = std::max<int64_t>(0, parts[i] - NotSentAgain(project, project.parties[i]));
  }
  return Share(unspent, parts);
}

int64_t Model::CountsAsSaved(const Project& project, const Party& party) const {
  const std::vector<int64_t> parts = Entitled(project, std::max<int64_t>(0, Box(project) - Retained(project, "")));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (project.parties[i].organization != party.organization) continue;
    return std::clamp<int64_t>(parts[i], 0, NotSentAgain(project, party));
  }
  return 0;
}

std::pair<int64_t, int64_t> Model::YearEnd(const Project& project, const Party& party, int year) const {
  std::vector<int64_t> left;
  std::size_t at = 0;
  for (std::size_t i = 0; i < project.parties.size(); ++i) {
    left.push_back(project.parties[i].left);
    if (project.parties[i].organization == party.organization) at = i;
  }
  if (Receivable(project, party) > 0) return {0, 0};  // It repays first.
  int64_t money = party.left - Share(std::min(Retained(project, ""), Box(project)), left)[at];
  // What came in the latest year is used last; and nobody has more back than it gave.
  if (LatestYear(project, party) > year) money -= OfLatestYear(project, party);
  money = std::min(money, Verified(project, party) + Received(project, party));
  // A part of all interest that ever waited, once.
  int64_t ever = project.interest;
  for (const Party& one : project.parties) ever += one.interest + one.interest_paid;
  const int64_t own = project.interest == 0 ? 0 : Share(ever, RefundWeights(project))[at] - party.interest - party.interest_paid;
  return {std::max<int64_t>(0, money), std::clamp<int64_t>(own, 0, project.interest)};
}

void Model::EndPledges(Project& project) {
  for (auto& [name, pledge] : project.pledges) pledge.watched = false;
  project.agreement_ends_us = 0;
}

int64_t Model::EndOfDay(const Project& project, const std::string& day) const {
  // The first moment, to the minute, of the day after.
  const int offset = programs_.at(project.program).utc_offset_minutes();
  int64_t low = 0, high = int64_t{1'500} * 366 * 24 * 60;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (DateAt(middle * 60'000'000, offset) > day) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low * 60'000'000;
}

int64_t Model::NotArrived(const Project& project, const Party& party) const {
  int64_t missing = party.due - Received(project, party);
  for (const auto& [name, tranche] : project.tranches) {
    if (tranche.party == party.organization) missing -= tranche.amount - TrancheReleased(project, name) - tranche.unsent;
  }
  return missing;
}

int64_t Model::Box(const Project& project) const {
  int64_t sum = 0;
  for (const Party& party : project.parties) sum += party.left;
  return sum;
}

int64_t Model::Unknown(const Project& project) const {
  int64_t sum = 0;
  for (const Party& party : project.parties) sum += party.unknown;
  return sum;
}

int64_t Model::PoolCommitted(const std::string& name) const {
  const Pool& pool = pools_.at(name);
  int64_t sum = 0;
  for (const auto& [project_name, project] : projects_) {
    if (project.program != pool.program) continue;
    for (const Party& party : project.parties) {
      if (party.organization == pool.funder && Has(party.pools, pool.year)) sum += party.pools.at(pool.year).promised;
    }
  }
  return sum;
}

int64_t Model::PoolReleased(const std::string& name) const {
  const Pool& pool = pools_.at(name);
  int64_t sum = 0;
  for (const auto& [project_name, project] : projects_) {
    if (project.program != pool.program) continue;
    for (const Party& party : project.parties) {
      if (party.organization == pool.funder && Has(party.pools, pool.year)) sum += party.pools.at(pool.year).released;
    }
  }
  return sum;
}

int64_t Model::TrancheReleased(const Project& project, const std::string& tranche) const {
  int64_t released = 0;
  for (const auto& [name, release] : project.releases) {
    if (release.tranche != tranche) continue;
    if (release.state == v1::Release::RELEASED) released += release.sent;
    if (release.state == v1::Release::RECEIVED) released += release.credited;
    released += release.owed + release.repaid;
  }
  return released - project.tranches.at(tranche).back;
}

bool Model::MayGoOutLate(const Project& project, const std::string& name) const {
  const Tranche& tranche = project.tranches.at(name);
  bool last = true;
  for (const auto& [other_name, other] : project.tranches)
    last = last && (other.party != tranche.party || other.ordinal <= tranche.ordinal);
  const bool gives_again = std::any_of(project.parties.begin(), project.parties.end(), [&](const Party& party) {
    return party.organization == tranche.party && party.back_at_year_end > 0;
  });
  return last || gives_again || tranche.waived.contains(v1::Tranche::LAST_TRANCHES_ONLY) ||
         (tranche.unsent == 0 && TrancheReleased(project, name) < tranche.amount);
}

int64_t Model::TrancheLeft(const Project& project, const std::string& tranche, int64_t own) const {
  int64_t left = project.tranches.at(tranche).amount + own - TrancheReleased(project, tranche);
  for (const auto& [name, proposal] : project.proposals) {
    if (proposal.tranche == tranche && proposal.state == v1::Proposal::OPEN) left -= proposal.amount;
  }
  return left;
}

int64_t Model::BoundLeft(const Project& project, const std::string& role_name, int64_t own) const {
  const v1::RuleVersion& rule = RuleOf(project);
  int64_t weight = 0, club_weight = 0;
  std::string club;
  for (int r = 0; r < rule.roles_size(); ++r) {
    const int64_t weighs = project.role_weights.at(static_cast<std::size_t>(r));
    if (rule.roles(r).role() == role_name) weight = weighs;
    if (!rule.roles(r).club_money()) continue;
    club = rule.roles(r).role();
    club_weight = weighs;
  }
  // Without a club's role there is no bound; nor where the club owes nothing, of which it can give no part.
  if (club_weight == 0) return kAmountMinorUnitsMax;
  int64_t verified = 0, due = 0;
  int64_t used = -own;
  for (const Party& party : project.parties) {
    if (party.role == club) {
      verified += Verified(project, party);
      if (rule.in_kind_in_bound()) verified += InKindCounting(project, party, InKindGiven(project, party));
      due += party.due;
    }
    if (party.role == role_name) used += Released(project, party) + Proposed(project, party);
  }
  // Over-match stays outside the bound (design.md, section 4).
  const __int128 money = static_cast<__int128>(std::min(verified, due)) + rule.tolerance_minor_units();
  const __int128 entitled = money * weight * rule.bound_multiple_bps() / (static_cast<__int128>(club_weight) * 10'000);
  return std::max<int64_t>(0, static_cast<int64_t>(std::min<__int128>(entitled, kAmountMinorUnitsMax)) - used);
}

std::map<std::string, int64_t> Model::Balances(const Project& project) const {
  std::map<std::string, int64_t> balances;
  balances["bank"] = Box(project) + project.interest;
  balances["suspense"] = 0;
  balances["interest"] = -project.interest;
  balances["bank"] += Unidentified(project);
  balances["deposits"] = -Unidentified(project);
  for (const Party& party : project.parties) {
    balances["bank"] += party.payable;
    balances["suspense"] -= party.unknown;
    balances["transit:" + party.organization] = Transit(project, party);
    balances["receivable:" + party.organization] = Receivable(project, party);
    balances["payable:" + party.organization] = -party.payable;
    // Towards the due and beyond it together.
    balances["funds:" + party.organization] = -(Verified(project, party) + Received(project, party) + Transit(project, party) +
                                                Receivable(project, party) + party.back_at_year_end - party.twice - party.refunded -
                                                (party.payable - party.interest));
  }
  for (const auto& [category, amount] : Spent(project)) balances["spent:" + category] = amount;
  for (const auto& [name, contract] : project.contracts) {
    balances["retention:" + std::string(IdOf(name))] = -Retained(project, name);
    balances["advances:" + std::string(IdOf(name))] = AdvanceOpen(project, name);
  }
  balances["in-kind"] = 0;
  for (const Party& party : project.parties) {
    const int64_t given = InKindGiven(project, party);
    const int64_t counts = InKindCounting(project, party, given);
    balances["in-kind"] += given;
    balances["counts:" + party.organization] = -counts;
    balances["beyond:" + party.organization] = counts - given;
  }
  return balances;
}

bool Model::InRange(const Project& project) const {
  auto fits = [](int64_t amount) { return amount <= kAmountMinorUnitsMax && amount >= -kAmountMinorUnitsMax; };
  for (const auto& [account, balance] : Balances(project)) {
    if (!StartsWith(account, "funds:") && !fits(balance)) return false;
  }
  for (const Party& party : project.parties) {
    // Of what a party put in, the over-match has its own account. Refunds take of both, and nothing is near the limit any more.
    const int64_t put_in = -Balances(project).at("funds:" + party.organization);
    if (party.refunded + party.payable == 0 && !fits(put_in - OverMatch(project, party))) return false;
    for (int64_t amount : {Pledged(project, party), Declared(project, party), Verified(project, party), OverMatch(project, party),
                           party.spent, party.refunded, party.equalised, party.interest_paid, party.paid_in, party.taken_back,
                           InKindDeclared(project, party), InKindGiven(project, party)}) {
      if (!fits(amount)) return false;
    }
  }
  for (const auto& [name, contract] : project.contracts) {
    int64_t invoiced = 0;
    for (const auto& [paid_name, paid] : project.expenditures) {
      if (paid.contract == name && paid.is_invoice() && !paid.reversed) invoiced += paid.amount + paid.retained + paid.amortised;
    }
    if (!fits(invoiced) || !fits(Advanced(project, name))) return false;
  }
  return true;
}

// Who may act.

bool Model::IsCommittee(const Project& project) const {
  const auto& committees = RuleOf(project).committees();
  return std::count(committees.begin(), committees.end(), actor_.organization) > 0;
}

bool Model::IsNamedVerifier(const Project& project, const std::string& organization) const {
  const auto& verifiers = RuleOf(project).verifiers();
  return std::count(verifiers.begin(), verifiers.end(), organization) > 0;
}

bool Model::IsIndependentVerifier(const Project& project, const std::string& declarer) const {
  return IsIndependent(project, actor_.organization, declarer);
}

void Model::RequireVerifier(const Project& project, const std::string& declarer, Reasons& reasons) const {
  Require(IsIndependentVerifier(project, declarer), v1::VERIFIER_NOT_INDEPENDENT, reasons);
  Require(!IsFrozen(actor_.organization), v1::REGISTRATION_FROZEN, reasons);
}

bool Model::IsIndependent(const Project& project, const std::string& actor, const std::string& declarer) const {
  if (!IsNamedVerifier(project, actor) || IsMerged(actor)) return false;
  // Whoever was merged into another is that one.
  std::set<std::string> payers = {Now(project.club)};
  for (const Party& party : project.parties) payers.insert(Now(party.organization));
  if (actor == Now(declarer) || actor == project.executor || actor == project.committee) return false;
  if (std::count(project.former_executors.begin(), project.former_executors.end(), actor) > 0) return false;
  // Nor one that answers for the money, as the federation of a club does, or that belongs to one who pays or builds.
  std::set<std::string> builders(project.former_executors.begin(), project.former_executors.end());
  builders.insert(project.executor);
  if (payers.contains(actor)) return false;
  for (const std::string& over : {Above(actor), Above(Above(actor))}) {
    if (payers.contains(over) || builders.contains(over)) return false;
  }
  std::set<std::string> answered_for = {project.club, declarer};
  for (const Party& party : project.parties) answered_for.insert(party.organization);
  for (const std::string& payer : answered_for) {
    if (Over(payer, 2).contains(actor)) return false;
  }
  for (const auto& [club, federation] : project.federations) {
    if (Now(federation) == actor || Above(Now(federation)) == actor) return false;
  }
  // Nor one that the club has left since the project is there.
  for (const std::string& name : Chain(declarer)) {
    const auto club = organizations_.find(name);
    if (club == organizations_.end()) continue;
    for (const auto& [federation, until] : club->second.left) {
      if (until > project.created && (Chain(federation).contains(actor) || Over(federation, 1).contains(actor))) return false;
    }
  }
  return true;
}

std::set<std::string> Model::Chain(std::string name) const {
  std::set<std::string> chain = {name};
  while (IsMerged(name)) chain.insert(name = organizations_.at(name).merged_into);
  return chain;
}

std::set<std::string> Model::Over(const std::string& name, int levels) const {
  std::set<std::string> over;
  for (const std::string& one : Chain(name)) {
    const std::string parent = Has(organizations_, one) ? organizations_.at(one).parent : "";
    if (parent.empty()) continue;
    over.merge(Chain(parent));
    if (levels > 1) over.merge(Over(parent, levels - 1));
  }
  return over;
}

std::string Model::Now(std::string name) const {
  while (IsMerged(name)) name = organizations_.at(name).merged_into;
  return name;
}

std::string Model::Above(const std::string& name) const {
  return Has(organizations_, name) ? Now(organizations_.at(name).parent) : std::string();
}

bool Model::IsMerged(const std::string& name) const {
  return Has(organizations_, name) && !organizations_.at(name).merged_into.empty();
}

bool Model::IsFrozen(const std::string& name) const {
  using O = v1::Organization;
  const std::set<O::RegistrationState> frozen = {O::SUSPENDED, O::DISPUTED, O::REVOKED};
  return Has(organizations_, name) && frozen.contains(organizations_.at(name).state);
}

bool Model::IsDisputed(const std::string& name) const {
  for (const std::string& who : {name, Now(name)}) {
    if (Has(organizations_, who) && organizations_.at(who).state == v1::Organization::DISPUTED) return true;
  }
  return false;
}

bool Model::ActsFor(const std::string& club) const {
  if (actor_.organization == club || Now(club) == actor_.organization) return true;
  const auto found = organizations_.find(club);
  return found != organizations_.end() && found->second.kind == v1::CLUB && Above(Now(club)) == actor_.organization &&
         organizations_.at(actor_.organization).kind == v1::FEDERATION;
}

void Model::RequireActsFor(const std::string& club, Reasons& reasons) const {
  const bool acts = ActsFor(club);
  Require(acts, v1::NOT_OWN_CLUB, reasons);
  if (acts && actor_.organization != club) Require(!IsFrozen(actor_.organization), v1::REGISTRATION_FROZEN, reasons);
  // Who was merged says nothing more in its old name.
  if (actor_.organization == club) Require(!IsMerged(club), v1::ORGANIZATION_MERGED, reasons);
}

bool Model::IsClosed(const std::string& program, int year) const {
  return Has(books_, program) && books_.at(program).closed.contains(year);
}

bool Model::IsRegistered(const std::string& name) const {
  const auto found = organizations_.find(name);
  if (found == organizations_.end()) return true;  // Not there at all is another fault.
  const Organization& organization = found->second;
  if (organization.kind != v1::CLUB && organization.kind != v1::FEDERATION && organization.kind != v1::CONFEDERATION) return true;
  const std::string today =
      DateAt(stamp_.commit_time_us, touched_.empty() ? 0 : programs_.at(projects_.at(touched_).program).utc_offset_minutes());
  return !organization.valid_to.empty() && organization.valid_from <= today && today <= organization.valid_to;
}

void Model::RequireRegistered(const std::string& name, Reasons& reasons) const {
  const auto found = organizations_.find(name);
  if (found == organizations_.end()) return;
  if (IsFrozen(name)) {
    reasons.insert(v1::REGISTRATION_FROZEN);
  } else {
    Require(IsRegistered(name), v1::REGISTRATION_INVALID, reasons);
  }
}

void Model::RequireStanding(const std::string& name, Reasons& reasons) const {
  if (IsMerged(name)) Require(!IsFrozen(name), v1::REGISTRATION_FROZEN, reasons);
  RequireRegistered(Now(name), reasons);
}

std::set<std::string> Model::ClubSide(const Project& project) const {
  std::set<std::string> side = {project.club};
  for (const Party& party : project.parties) {
    if (IsClubParty(project, party) && party.replaced_by.empty()) side.insert(party.organization);
  }
  return side;
}

void Model::RequireEndorsed(const Project& project, const std::string& today, Reasons& reasons) const {
  if (!RuleOf(project).endorsement_required()) return;
  for (const std::string& name : ClubSide(project)) {
    const Organization& club = organizations_.at(Now(name));
    if (club.kind != v1::CLUB) continue;
    const bool by_its_federation = !Above(Now(name)).empty() && Now(club.endorser) == Above(Now(name));
    Require(by_its_federation && !club.endorsement_ended && club.endorsed_from <= today && today <= club.endorsed_to,
            v1::ENDORSEMENT_MISSING, reasons);
  }
}

void Model::RequireEligible(const std::string& rule_name, const std::string& locality, Reasons& reasons) const {
  const auto rule = rules_.find(rule_name);
  if (rule == rules_.end()) return;
  const auto& bands = rule->second.eligible_bands();
  bool counts_places = false;
  for (const v1::CumulativeCap& cap : rule->second.cumulative_caps()) {
    counts_places = counts_places || cap.scope() == v1::CumulativeCap::PLACE_YEAR;
  }
  if (bands.empty() && !rule->second.priority_only() && !counts_places) return;
  const auto place = communities_.find("communities/" + locality);
  Require(place != communities_.end(), v1::COMMUNITY_NOT_FOUND, reasons);
  if (place == communities_.end()) return;
  Require(bands.empty() || std::count(bands.begin(), bands.end(), place->second.band) > 0, v1::COMMUNITY_NOT_ELIGIBLE, reasons);
  Require(!rule->second.priority_only() || place->second.priority, v1::COMMUNITY_NOT_ELIGIBLE, reasons);
}

bool Model::RefundOpen(const Project& project) const {
  for (const Party& party : project.parties) {
    if (party.payable > 0) return true;
  }
  return false;
}

std::string Model::Today(const Project& project) const {
  return DateAt(stamp_.commit_time_us, programs_.at(project.program).utc_offset_minutes());
}

std::string Model::AgreedOn(const Project& project) const {
  std::string latest;
  for (const auto& [signer, day] : project.signed_on) latest = std::max(latest, day);
  return latest;
}

void Model::RequireBankDay(const Project& project, const std::string& day, Reasons& reasons) const {
  Require(day <= Today(project), v1::DATE_IN_FUTURE, reasons);
  Require(day >= AgreedOn(project), v1::DATE_BEFORE_AGREEMENT, reasons);
}

Project* Model::Open(const std::string& name, Reasons& reasons) {
  const auto found = projects_.find(name);
  if (found == projects_.end()) {
    reasons.insert(v1::PROJECT_NOT_FOUND);
    return nullptr;
  }
  touched_ = name;
  before_ = found->second;
  counting_program_ = found->second.program;
  return &found->second;
}

Party* Model::FindParty(Project& project, const std::string& organization) {
  for (Party& party : project.parties) {
    if (party.organization == organization) return &party;
  }
  return nullptr;
}

bool Model::AllInRange() const {
  bool in_range = touched_.empty() || InRange(projects_.at(touched_));
  for (const auto& [name, pool] : pools_) in_range = in_range && pool.budget <= kAmountMinorUnitsMax;
  if (!touched_.empty()) {
    for (const std::string& tally : projects_.at(touched_).tallies) {
      in_range = in_range && TallyOf(tally).matched <= kAmountMinorUnitsMax;
    }
  }
  return in_range;
}

Reasons Model::Apply(const Command& command, Stamp stamp) {
  actor_ = command.actor;
  stamp_ = stamp;
  touched_.clear();
  before_.reset();
  counting_program_.clear();
  bank_day_.clear();
  taken_back_ = 0;
  stated_.clear();
  arrived_ = nullptr;
  // Nobody acts where the ledger begins, where something falls due, and where texts are erased.
  const bool nobody = std::holds_alternative<v1::LedgerCreated>(command.request) ||
                      std::holds_alternative<v1::ProposalExpired>(command.request) ||
                      std::holds_alternative<v1::ReopeningExpired>(command.request) ||
                      std::holds_alternative<v1::AmendmentExpired>(command.request) ||
                      std::holds_alternative<v1::PledgeLapsed>(command.request) ||
                      std::holds_alternative<v1::Deadline>(command.request) ||
                      std::holds_alternative<v1::TextsErased>(command.request);
  if (!nobody && !Has(organizations_, actor_.organization)) return {v1::ACTOR_NOT_ALLOWED};
  // Auditors write nothing, administrators keep the directory only.
  const v1::OrganizationKind kind = !nobody ? organizations_.at(actor_.organization).kind : v1::ORGANIZATION_KIND_UNSPECIFIED;
  const bool creates = std::holds_alternative<v1::CreateOrganizationRequest>(command.request) ||
                       std::holds_alternative<v1::SaveCommunityRequest>(command.request);
  if (kind == v1::AUDITOR || (kind == v1::ADMINISTRATOR && !creates)) return {v1::ACTOR_NOT_ALLOWED};
  const std::map<std::string, Pool> pools = pools_;
  std::vector<Party> none;
  Reasons reasons = std::visit([this](const auto& request) { return Do(request); }, command.request);
  if (reasons.empty()) {
    if (!AllInRange()) reasons.insert(v1::AMOUNT_OUT_OF_RANGE);
    for (Party& party : touched_.empty() ? none : projects_.at(touched_).parties) SharePools(projects_.at(touched_), party);
  }
  if (!reasons.empty()) {
    // Nothing has happened.
    if (before_.has_value()) {
      projects_.at(touched_) = *std::move(before_);
    } else if (!touched_.empty()) {
      projects_.erase(touched_);
    }
    pools_ = pools;
    return reasons;
  }
  if (!touched_.empty()) {
    Project& project = projects_.at(touched_);
    project.last_sequence = stamp.sequence;
    // What comes to a former account is still to be carried.
    if (!stated_.empty() && stated_ == project.account) See(project);
    if (!stated_.empty() && stated_ != project.account && before_.has_value()) project.uncarried += Bank(project) - Bank(*before_);
    // After its day a pledge loses whatever is neither declared nor verified of it, and what it lost is lost.
    for (auto& [name, pledge] : project.pledges) {
      if (pledge.has_lapsed) pledge.lapsed = std::max(pledge.lapsed, OpenOf(project, name));
    }
    // What a bank takes back it takes from where it had put it, from the old account first.
    if (project.uncarried > 0) project.uncarried -= std::min(project.uncarried, taken_back_);
    // What has left the box need not be carried any more.
    if (project.uncarried > 0) project.uncarried = std::min(project.uncarried, std::max<int64_t>(0, Bank(project)));
  }
  if (arrived_ != nullptr) {
    arrived_->state = v1::Reallocation::RECEIVED;
    arrived_->contribution = arrived_by_;
  }
  if (counting_program_.empty()) {
    effective_day_ = DateAt(stamp.commit_time_us, 0);
  } else {
    const std::string today = DateAt(stamp.commit_time_us, programs_.at(counting_program_).utc_offset_minutes());
    effective_day_ = OpenDay(counting_program_, bank_day_.empty() ? today : bank_day_);
  }
  return reasons;
}

// The directory and programmes.

Reasons Model::Do(const v1::LedgerCreated& request) {
  organizations_[request.administrator().name()].kind = request.administrator().kind();
  organizations_[request.administrator().name()].names = {request.administrator().display_name_commitment()};
  return {};
}

// Money and rights are what they were.
Reasons Model::Do(const v1::TextsErased&) { return {}; }

Reasons Model::Do(const v1::CreateOrganizationRequest& request) {
  const std::string name = "organizations/" + request.organization_id();
  const v1::Organization& wanted = request.organization();
  const Organization& actor = organizations_.at(actor_.organization);
  const std::set<v1::OrganizationKind> civil = {v1::CLUB, v1::MIRROR_CLUB, v1::FEDERATION, v1::CONFEDERATION, v1::COMMITTEE};
  const std::map<v1::OrganizationKind, std::set<v1::OrganizationKind>> above = {
      {v1::CLUB, {v1::FEDERATION}},
      {v1::FEDERATION, {v1::CONFEDERATION}},
      {v1::MIRROR_CLUB, {v1::CLUB}},
      {v1::COMMITTEE, {v1::PROGRAM_OFFICE, v1::CLUB, v1::MIRROR_CLUB, v1::MUNICIPAL_GOVERNMENT}}};
  const auto parent = organizations_.find(wanted.parent());
  bool may = false;
  if (actor.kind == v1::ADMINISTRATOR) may = wanted.kind() != v1::ADMINISTRATOR;
  if (actor.kind == v1::CONSULATE || actor.kind == v1::PROGRAM_OFFICE) may = civil.contains(wanted.kind());
  if (actor.kind == v1::FEDERATION && wanted.kind() == v1::CLUB) may = wanted.parent() == actor_.organization;
  if (actor.kind == v1::FEDERATION && wanted.kind() == v1::MIRROR_CLUB) {
    may = parent != organizations_.end() && Now(parent->second.parent) == actor_.organization;
  }
  Reasons reasons;
  Require(may, v1::ACTOR_NOT_ALLOWED, reasons);
  if (actor.kind == v1::FEDERATION) Require(!IsFrozen(actor_.organization), v1::REGISTRATION_FROZEN, reasons);
  Require(name != "organizations/interest" && !Has(organizations_, name), v1::NAME_TAKEN, reasons);
  if (!wanted.parent().empty()) {
    Require(parent != organizations_.end(), v1::ORGANIZATION_NOT_FOUND, reasons);
    Require(!IsMerged(wanted.parent()), v1::ORGANIZATION_MERGED, reasons);
    if (parent != organizations_.end()) {
      Require(above.count(wanted.kind()) > 0 && above.at(wanted.kind()).contains(parent->second.kind), v1::ROLE_MISMATCH,
              reasons);
    }
  }
  if (!reasons.empty()) return reasons;
  Organization& created = organizations_[name];
  created.kind = wanted.kind();
  created.parent = wanted.parent();
  created.names = {wanted.display_name_commitment()};
  return reasons;
}

// Registrations.

bool Model::IsOwnFederation(const Organization& organization) const {
  return organizations_.at(actor_.organization).kind == v1::FEDERATION && organization.kind == v1::CLUB &&
         Now(organization.parent) == actor_.organization;
}

bool Model::IsIssuer(const Organization& organization) const {
  return !organization.issuer.empty() && Now(organization.issuer) == actor_.organization;
}

void Model::RequireOwnNote(Reasons& reasons) const {
  if (organizations_.at(actor_.organization).kind == v1::FEDERATION) RequireRegistered(actor_.organization, reasons);
}

void Model::RequireMayIssue(const std::string& name, Reasons& reasons) const {
  const v1::OrganizationKind kind = organizations_.at(actor_.organization).kind;
  const bool authority = kind == v1::CONSULATE || kind == v1::PROGRAM_OFFICE;
  Require((authority || IsOwnFederation(organizations_.at(name))) && name != actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  RequireOwnNote(reasons);
}

void Model::RequireMayTakeAway(const std::string& name, Reasons& reasons) const {
  const v1::OrganizationKind kind = organizations_.at(actor_.organization).kind;
  const bool authority = kind == v1::CONSULATE || kind == v1::PROGRAM_OFFICE;
  const bool gave_it = kind == v1::FEDERATION && IsIssuer(organizations_.at(name));
  Require((authority || gave_it) && name != actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  RequireOwnNote(reasons);
}

Reasons Model::Do(const v1::RegisterOrganizationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& organization = found->second;
  Reasons reasons;
  RequireMayIssue(request.name(), reasons);
  Require(!IsFrozen(request.name()), v1::WRONG_REGISTRATION_STATE, reasons);
  const v1::Registration& note = request.registration();
  Require(note.valid_from() <= note.valid_to(), v1::INVALID_FIELD, reasons);
  Require(organization.valid_to.empty() || note.cause() != v1::RENEWAL_CAUSE_UNSPECIFIED, v1::INVALID_FIELD, reasons);
  const auto folio = folios_.find({actor_.organization, note.folio()});
  Require(folio == folios_.end() || folio->second == request.name(), v1::FOLIO_TAKEN, reasons);
  if (!reasons.empty()) return reasons;
  folios_[{actor_.organization, note.folio()}] = request.name();
  organization.valid_from = note.valid_from();
  organization.valid_to = note.valid_to();
  organization.issuer = actor_.organization;
  organization.state = O::REGISTERED;
  return reasons;
}

Reasons Model::Do(const v1::SubmitRegistrationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& organization = found->second;
  Reasons reasons;
  Require(request.name() == actor_.organization || IsOwnFederation(organization), v1::ACTOR_NOT_ALLOWED, reasons);
  const bool over = organization.state == O::REGISTERED && DateAt(stamp_.commit_time_us, 0) > organization.valid_to;
  Require(over || organization.state == O::REGISTRATION_STATE_UNSPECIFIED || organization.state == O::REJECTED,
          v1::WRONG_REGISTRATION_STATE, reasons);
  if (reasons.empty()) organization.state = O::SUBMITTED;
  return reasons;
}

Reasons Model::Do(const v1::RejectRegistrationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Reasons reasons;
  RequireMayIssue(request.name(), reasons);
  Require(found->second.state == O::SUBMITTED, v1::WRONG_REGISTRATION_STATE, reasons);
  if (reasons.empty()) found->second.state = O::REJECTED;
  return reasons;
}

namespace {

// Was registered before, and asks for a note again: its old projects go on, so it can be frozen.
bool AppliesAnew(const Organization& organization) {
  using O = v1::Organization;
  return (organization.state == O::SUBMITTED || organization.state == O::REJECTED) && !organization.valid_to.empty();
}

}  // namespace

Reasons Model::Do(const v1::SuspendRegistrationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Reasons reasons;
  RequireMayTakeAway(request.name(), reasons);
  Require(found->second.state == O::REGISTERED || AppliesAnew(found->second), v1::WRONG_REGISTRATION_STATE, reasons);
  if (!reasons.empty()) return reasons;
  found->second.state = O::SUSPENDED;
  found->second.frozen_by = actor_.organization;
  return reasons;
}

Reasons Model::Do(const v1::DisputeRegistrationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& organization = found->second;
  Reasons reasons;
  const bool above = Above(request.name()) == actor_.organization;
  Require(request.name() == actor_.organization || above || IsIssuer(organization) ||
              organizations_.at(actor_.organization).kind == v1::CONSULATE,
          v1::ACTOR_NOT_ALLOWED, reasons);
  Require(organization.state == O::REGISTERED || organization.state == O::SUSPENDED || AppliesAnew(organization),
          v1::WRONG_REGISTRATION_STATE, reasons);
  // A federation does not put its word in the place of another's, to lift it then.
  if (organization.state == O::SUSPENDED && organizations_.at(actor_.organization).kind == v1::FEDERATION &&
      request.name() != actor_.organization) {
    Require(Now(organization.frozen_by) == actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  }
  if (!reasons.empty()) return reasons;
  organization.state = O::DISPUTED;
  organization.frozen_by = actor_.organization;
  return reasons;
}

Reasons Model::Do(const v1::ReinstateRegistrationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& organization = found->second;
  const v1::OrganizationKind kind = organizations_.at(actor_.organization).kind;
  Reasons reasons;
  Require(IsIssuer(organization) || kind == v1::CONSULATE, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(request.name() != actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  RequireOwnNote(reasons);
  Require(organization.state == O::SUSPENDED || organization.state == O::DISPUTED, v1::WRONG_REGISTRATION_STATE, reasons);
  // A federation lifts what it froze itself and nothing else.
  if (kind == v1::FEDERATION) Require(Now(organization.frozen_by) == actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  if (!reasons.empty()) return reasons;
  organization.state = O::REGISTERED;
  organization.frozen_by.clear();
  return reasons;
}

Reasons Model::Do(const v1::RevokeRegistrationRequest& request) {
  using O = v1::Organization;
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Reasons reasons;
  RequireMayTakeAway(request.name(), reasons);
  const std::set<O::RegistrationState> states = {O::REGISTERED, O::SUSPENDED, O::DISPUTED};
  Require(states.contains(found->second.state) || AppliesAnew(found->second), v1::WRONG_REGISTRATION_STATE, reasons);
  if (!reasons.empty()) return reasons;
  found->second.state = O::REVOKED;
  found->second.frozen_by = actor_.organization;
  return reasons;
}

Reasons Model::Do(const v1::EndorseOrganizationRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& organization = found->second;
  Reasons reasons;
  Require(IsOwnFederation(organization), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireOwnNote(reasons);
  Require(request.endorsement().valid_from() <= request.endorsement().valid_to(), v1::INVALID_FIELD, reasons);
  if (!reasons.empty()) return reasons;
  organization.endorser = actor_.organization;
  organization.endorsed_from = request.endorsement().valid_from();
  organization.endorsed_to = request.endorsement().valid_to();
  organization.endorsement_ended = false;
  return reasons;
}

Reasons Model::Do(const v1::RevokeEndorsementRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& organization = found->second;
  Reasons reasons;
  const bool endorses =
      !organization.endorser.empty() && !organization.endorsement_ended && Now(organization.endorser) == actor_.organization;
  if (endorses) {
    organization.endorsement_ended = true;
    return reasons;
  }
  return {IsOwnFederation(organization) ? v1::NOT_ENDORSED : v1::ACTOR_NOT_ALLOWED};
}

// What an organisation is called and where it stands.

bool Model::MayDescribe(const std::string& name) const {
  return name == actor_.organization || Above(name) == actor_.organization ||
         organizations_.at(actor_.organization).kind == v1::CONSULATE;
}

Reasons Model::Do(const v1::RenameOrganizationRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Reasons reasons;
  Require(MayDescribe(request.name()), v1::ACTOR_NOT_ALLOWED, reasons);
  if (organizations_.at(actor_.organization).kind != v1::CONSULATE)
    Require(!IsFrozen(request.name()), v1::REGISTRATION_FROZEN, reasons);
  Require(found->second.names.size() <= static_cast<std::size_t>(kDirectoryListMax), v1::TOO_MANY_CHANGES, reasons);
  if (reasons.empty()) found->second.names.push_back(request.display_name_commitment());
  return reasons;
}

Reasons Model::Do(const v1::ChangeFederationRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& club = found->second;
  Reasons reasons;
  Require(request.name() == actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(club.kind == v1::CLUB, v1::ROLE_MISMATCH, reasons);
  Require(!IsFrozen(request.name()), v1::REGISTRATION_FROZEN, reasons);
  Require(!IsMerged(request.name()) && !IsMerged(request.federation()), v1::ORGANIZATION_MERGED, reasons);
  const auto federation = organizations_.find(request.federation());
  if (!request.federation().empty()) Require(federation != organizations_.end(), v1::ORGANIZATION_NOT_FOUND, reasons);
  if (federation != organizations_.end()) Require(federation->second.kind == v1::FEDERATION, v1::ROLE_MISMATCH, reasons);
  // It stays where it is, if it had wanted to go.
  const bool stays = !request.federation().empty() && Above(request.name()) == request.federation();
  if (stays) Require(!club.wants_below.empty(), v1::FEDERATION_CHANGE_NOT_PROPOSED, reasons);
  if (!reasons.empty()) return reasons;
  club.wants_below = stays ? "" : request.federation();
  if (!request.federation().empty()) return reasons;
  if (!club.parent.empty()) club.left[club.parent] = stamp_.sequence;
  club.parent.clear();
  club.endorsement_ended = true;
  return reasons;
}

Reasons Model::Do(const v1::AcceptClubRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Organization& club = found->second;
  Reasons reasons;
  Require(!club.wants_below.empty() && Now(club.wants_below) == actor_.organization, v1::FEDERATION_CHANGE_NOT_PROPOSED, reasons);
  RequireRegistered(actor_.organization, reasons);
  Require(!IsFrozen(request.name()), v1::REGISTRATION_FROZEN, reasons);
  Require(!IsMerged(request.name()), v1::ORGANIZATION_MERGED, reasons);
  if (!reasons.empty()) return reasons;
  if (!club.parent.empty()) club.left[club.parent] = stamp_.sequence;
  club.parent = actor_.organization;
  club.wants_below.clear();
  club.endorsement_ended = true;
  return reasons;
}

Reasons Model::MergeFaults(const std::string& name, const std::string& successor) const {
  const Organization& one = organizations_.at(name);
  const Organization& other = organizations_.at(successor);
  Reasons reasons;
  Require(name != successor && one.kind == other.kind && (one.kind == v1::CLUB || one.kind == v1::FEDERATION), v1::MERGE_MISMATCH,
          reasons);
  Require(!IsMerged(name) && !IsMerged(successor), v1::ORGANIZATION_MERGED, reasons);
  Require(!IsFrozen(name) && !IsFrozen(successor), v1::REGISTRATION_FROZEN, reasons);
  return reasons;
}

Reasons Model::Do(const v1::ProposeMergeRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  if (request.name() != actor_.organization) return {v1::ACTOR_NOT_ALLOWED};
  Reasons reasons;
  if (request.successor().empty()) {
    Require(!found->second.wants_into.empty(), v1::MERGE_NOT_PROPOSED, reasons);
  } else if (!Has(organizations_, request.successor())) {
    reasons = {v1::ORGANIZATION_NOT_FOUND};
  } else {
    reasons = MergeFaults(request.name(), request.successor());
  }
  if (reasons.empty()) found->second.wants_into = request.successor();
  return reasons;
}

Reasons Model::Do(const v1::AcceptMergeRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  if (found->second.wants_into != actor_.organization) return {v1::MERGE_NOT_PROPOSED};
  Reasons reasons = MergeFaults(request.name(), actor_.organization);
  // All that would have gone into one in the end, however they came there.
  int gone = 0;
  for (const auto& [name, organization] : organizations_) {
    const bool there = Now(name) == request.name() || Now(name) == actor_.organization;
    gone += there && name != actor_.organization ? 1 : 0;
  }
  Require(gone <= 32, v1::TOO_MANY_CHANGES, reasons);
  if (!reasons.empty()) return reasons;
  found->second.merged_into = actor_.organization;
  found->second.wants_into.clear();
  return reasons;
}

Reasons Model::Do(const v1::RecordDirectoryEntryRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Reasons reasons;
  Require(MayDescribe(request.name()), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(request.directory_entry().last_verified_date() <= DateAt(stamp_.commit_time_us, 0), v1::DATE_IN_FUTURE, reasons);
  if (reasons.empty()) found->second.listed[request.directory_entry().source()] = request.directory_entry().last_verified_date();
  return reasons;
}

Reasons Model::Do(const v1::AcknowledgeFeedRequest& request) {
  const auto found = organizations_.find(request.name());
  if (found == organizations_.end()) return {v1::ORGANIZATION_NOT_FOUND};
  Reasons reasons;
  Require(request.name() == actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(request.through_sequence() >= std::max<int64_t>(0, found->second.acknowledged) &&
              request.through_sequence() < stamp_.sequence,
          v1::INVALID_FIELD, reasons);
  if (reasons.empty()) found->second.acknowledged = request.through_sequence();
  return reasons;
}

Reasons Model::Do(const v1::SaveCommunityRequest& request) {
  const v1::OrganizationKind kind = organizations_.at(actor_.organization).kind;
  if (kind != v1::PROGRAM_OFFICE && kind != v1::ADMINISTRATOR) return {v1::ACTOR_NOT_ALLOWED};
  Reasons reasons;
  const auto known = communities_.find(request.name());
  const std::string& named = request.community().keeper();
  std::string keeper = actor_.organization;
  if (kind == v1::ADMINISTRATOR) {
    keeper = known == communities_.end() ? "" : known->second.keeper;
    if (!named.empty()) {
      Require(Has(organizations_, named), v1::ORGANIZATION_NOT_FOUND, reasons);
      if (Has(organizations_, named)) Require(organizations_.at(named).kind == v1::PROGRAM_OFFICE, v1::ROLE_MISMATCH, reasons);
      keeper = named;
    }
  } else {
    Require(named.empty() || named == actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
    if (known != communities_.end()) Require(known->second.keeper == actor_.organization, v1::ACTOR_NOT_ALLOWED, reasons);
  }
  const std::string etag = known == communities_.end() ? "" : "\"" + std::to_string(known->second.last_sequence) + "\"";
  Require(request.etag() == etag, v1::ETAG_MISMATCH, reasons);
  if (!reasons.empty()) return reasons;
  communities_[request.name()] = {request.community().marginalisation_band(), request.community().priority(),
                                  request.community().display_name_commitment(), keeper, stamp_.sequence};
  return reasons;
}

Reasons Model::Do(const v1::CreateProgramRequest& request) {
  const std::string name = "programs/" + request.program_id();
  Reasons reasons;
  const auto office = organizations_.find(request.program().office());
  Require(office != organizations_.end(), v1::ORGANIZATION_NOT_FOUND, reasons);
  if (office != organizations_.end()) Require(office->second.kind == v1::PROGRAM_OFFICE, v1::ROLE_MISMATCH, reasons);
  Require(actor_.organization == request.program().office(), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!Has(programs_, name), v1::NAME_TAKEN, reasons);
  if (!reasons.empty()) return reasons;
  programs_[name] = request.program();
  counting_program_ = name;
  return reasons;
}

bool Model::IsRuleWellFormed(const v1::RuleVersion& rule) const {
  bool good = true;
  auto within = [&](int64_t number, int64_t least, int64_t most) { good = good && number >= least && number <= most; };
  auto role_named = [&](const std::string& name) {
    const v1::FunderRole* found = nullptr;
    for (const v1::FunderRole& role : rule.roles()) {
      if (role.role() == name) found = &role;
    }
    return found;
  };
  auto is_month_day = [](const std::string& text) { return text.empty() || IsDate("2016-" + text); };
  for (const v1::FunderRole& role : rule.roles()) {
    if (role.has_tolerance_minor_units()) within(role.tolerance_minor_units(), 0, 100'000);
    if (role.club_money()) good = good && !role.may_be_absent() && role.tranche_conditions().empty();
    if (!role.absence_absorbed_by().empty()) {
      good = good && role.may_be_absent() && role_named(role.absence_absorbed_by()) != nullptr &&
             role.absence_absorbed_by() != role.role();
    }
    within(role.in_kind_cap_bps(), 0, rule.in_kind_allowed() ? 10'000 : 0);
    good = good && role.returns_unspent_at_year_end() == role.has_year_end_return_days();
    if (role.has_year_end_return_days()) within(role.year_end_return_days(), 1, 366);
    if (role.club_money()) good = good && !role.returns_unspent_at_year_end();
    const int conditions = role.tranche_conditions_size();
    good = good && (conditions == 0 || conditions == role.cumulative_bps_size());
    for (const v1::TrancheCondition& condition : role.tranche_conditions()) {
      if (condition.has_verified_bps_min()) within(condition.verified_bps_min(), 1, 10'000);
      if (condition.has_due_days()) within(condition.due_days(), 1, 3'660);
      const std::string& opens = condition.opens_month_day();
      const std::string& closes = condition.closes_month_day();
      good = good && is_month_day(opens) && is_month_day(closes) && (opens.empty() || closes.empty() || opens <= closes);
    }
  }
  good = good && (rule.in_kind_allowed() || !rule.in_kind_in_bound());
  if (rule.has_advance_bps_max()) within(rule.advance_bps_max(), 1, 10'000);
  if (rule.has_pledge_lapse_days()) within(rule.pledge_lapse_days(), 1, 3'660);
  if (rule.has_agreement_days()) within(rule.agreement_days(), 1, 3'660);
  // Some first tranche must be able to go out before anything is built.
  bool in_tranches = false, at_once = false;
  for (const v1::FunderRole& role : rule.roles()) {
    if (role.club_money()) continue;
    in_tranches = true;
    at_once = at_once || role.tranche_conditions_size() == 0 || !role.tranche_conditions(0).has_verified_bps_min();
  }
  good = good && (at_once || !in_tranches);
  if (rule.cap_policy() == v1::RESIDUAL_PARTY) {
    const v1::FunderRole* taker = role_named(rule.residual_role());
    good = good && taker != nullptr && !taker->may_be_absent();
  } else {
    good = good && rule.residual_role().empty();
  }
  for (const v1::DocumentRequirement& requirement : rule.document_requirements()) {
    good = good && requirement.step() != v1::PROJECT_STEP_UNSPECIFIED && requirement.type() != v1::DOCUMENT_TYPE_UNSPECIFIED;
  }
  for (const v1::CumulativeCap& cap : rule.cumulative_caps()) {
    good = good && cap.scope() != v1::CumulativeCap::SCOPE_UNSPECIFIED;
    good = good && (cap.has_matched_minor_units_max() || cap.has_projects_max() || cap.has_pools_bps_max());
    const bool place = cap.scope() == v1::CumulativeCap::PLACE_YEAR;
    within(cap.place_code_length(), place ? 1 : 0, place ? 32 : 0);
    if (cap.has_matched_minor_units_max()) within(cap.matched_minor_units_max(), 1, kAmountMinorUnitsMax);
    if (cap.has_projects_max()) good = good && cap.projects_max() >= 1;
    if (cap.has_pools_bps_max()) within(cap.pools_bps_max(), 1, 10'000);
  }
  if (rule.has_proposal_days()) within(rule.proposal_days(), 1, 366);
  return good;
}

Reasons Model::Do(const v1::PublishRuleVersionRequest& request) {
  const auto program = programs_.find(request.parent());
  if (program == programs_.end()) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.parent();
  const std::string name = request.parent() + "/versions/" + request.rule_version_id();
  Reasons reasons;
  Require(actor_.organization == program->second.office(), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!Has(rules_, name), v1::NAME_TAKEN, reasons);
  // What else makes a rule ill-formed is a table, tested beside the ledger; in that the workload's are well-formed.
  Require(IsRuleWellFormed(request.rule_version()), v1::INVALID_FIELD, reasons);
  if (!reasons.empty()) return reasons;
  v1::RuleVersion& rule = rules_[name];
  rule = request.rule_version();
  if (!rule.has_tolerance_minor_units()) rule.set_tolerance_minor_units(100);
  if (!rule.has_bound_multiple_bps()) rule.set_bound_multiple_bps(10'000);
  if (!rule.has_proposal_days()) rule.set_proposal_days(30);
  if (rule.cap_policy() == v1::CAP_POLICY_UNSPECIFIED) rule.set_cap_policy(v1::REJECT);
  return reasons;
}

Reasons Model::Do(const v1::CreatePoolRequest& request) {
  const auto program = programs_.find(request.parent());
  if (program == programs_.end()) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.parent();
  const v1::Pool& wanted = request.pool();
  const std::string name = PoolName(request.parent(), wanted.funder(), wanted.fiscal_year());
  Reasons reasons;
  Require(Has(organizations_, wanted.funder()), v1::ORGANIZATION_NOT_FOUND, reasons);
  const std::set<v1::OrganizationKind> payers = {v1::FEDERAL_GOVERNMENT,   v1::STATE_GOVERNMENT, v1::MUNICIPAL_GOVERNMENT,
                                                 v1::MULTILATERAL_PARTNER, v1::PRIVATE_PARTNER,  v1::PROGRAM_OFFICE};
  if (Has(organizations_, wanted.funder()))
    Require(payers.contains(organizations_.at(wanted.funder()).kind), v1::ROLE_MISMATCH, reasons);
  Require(actor_.organization == wanted.funder() || actor_.organization == program->second.office(), v1::ACTOR_NOT_ALLOWED,
          reasons);
  Require(!Has(pools_, name), v1::NAME_TAKEN, reasons);
  Require(!IsClosed(request.parent(), wanted.fiscal_year()), v1::FISCAL_YEAR_STATE, reasons);
  if (reasons.empty()) pools_[name] = {request.parent(), wanted.funder(), wanted.fiscal_year(), wanted.budget_minor_units()};
  return reasons;
}

Reasons Model::Do(const v1::IncreasePoolBudgetRequest& request) {
  const auto pool = pools_.find(request.name());
  if (pool == pools_.end()) return {v1::POOL_NOT_FOUND};
  const v1::Program& program = programs_.at(pool->second.program);
  Reasons reasons;
  Require(actor_.organization == pool->second.funder || actor_.organization == program.office(), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(request.increase().currency_code() == program.currency_code(), v1::WRONG_CURRENCY, reasons);
  RequireAmount(request.increase().minor_units(), reasons);
  Require(!IsClosed(pool->second.program, pool->second.year), v1::FISCAL_YEAR_STATE, reasons);
  counting_program_ = pool->second.program;
  if (reasons.empty()) pool->second.budget += request.increase().minor_units();
  return reasons;
}

Reasons Model::Do(const v1::ReducePoolBudgetRequest& request) {
  const auto pool = pools_.find(request.name());
  if (pool == pools_.end()) return {v1::POOL_NOT_FOUND};
  const v1::Program& program = programs_.at(pool->second.program);
  Reasons reasons;
  Require(actor_.organization == pool->second.funder || actor_.organization == program.office(), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(request.reduction().currency_code() == program.currency_code(), v1::WRONG_CURRENCY, reasons);
  RequireAmount(request.reduction().minor_units(), reasons);
  Require(!IsClosed(pool->second.program, pool->second.year), v1::FISCAL_YEAR_STATE, reasons);
  // What is paid is paid, and a pool holds something.
  const int64_t after = pool->second.budget - request.reduction().minor_units();
  Require(after >= PoolReleased(request.name()) && after > 0, v1::BUDGET_BELOW_RELEASED, reasons);
  counting_program_ = pool->second.program;
  if (!reasons.empty()) return reasons;
  pool->second.budget = after;
  pool->second.cut = true;
  return reasons;
}

bool Model::AnswersForYear(const std::string& program, int year) const {
  const std::string& office = programs_.at(program).office();
  const auto actor = organizations_.find(actor_.organization);
  const bool committee = actor != organizations_.end() && actor->second.kind == v1::COMMITTEE && actor->second.parent == office;
  return actor_.organization == office || committee || Has(pools_, PoolName(program, actor_.organization, year));
}

Reasons Model::Do(const v1::CloseFiscalYearRequest& request) {
  const auto program = programs_.find(request.name());
  if (program == programs_.end()) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.name();
  Reasons reasons;
  Require(actor_.organization == program->second.office(), v1::ACTOR_NOT_ALLOWED, reasons);
  const std::string today = DateAt(stamp_.commit_time_us, program->second.utc_offset_minutes());
  Require(request.fiscal_year() < YearOf(today), v1::FISCAL_YEAR_STATE, reasons);
  Require(!books_[request.name()].closed.contains(request.fiscal_year()), v1::FISCAL_YEAR_STATE, reasons);
  if (reasons.empty()) books_[request.name()].closed.insert(request.fiscal_year());
  return reasons;
}

Reasons Model::Do(const v1::ProposeReopeningRequest& request) {
  if (!Has(programs_, request.name())) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.name();
  Books& books = books_[request.name()];
  Reasons reasons;
  Require(AnswersForYear(request.name(), request.fiscal_year()), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(books.closed.contains(request.fiscal_year()), v1::FISCAL_YEAR_STATE, reasons);
  Require(books.reopening == 0 || stamp_.commit_time_us >= books.expires_us, v1::FISCAL_YEAR_STATE, reasons);
  if (!reasons.empty()) return reasons;
  books.reopening = request.fiscal_year();
  books.proposer = actor_.organization;
  books.principal = actor_.principal;
  books.expires_us = stamp_.commit_time_us + 30 * kDayUs;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawReopeningRequest& request) {
  if (!Has(programs_, request.name())) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.name();
  Books& books = books_[request.name()];
  Reasons reasons;
  Require(books.reopening != 0 && books.reopening == request.fiscal_year(), v1::FISCAL_YEAR_STATE, reasons);
  Require(actor_.organization == books.proposer || actor_.organization == programs_.at(request.name()).office(), v1::ACTOR_NOT_ALLOWED,
          reasons);
  if (reasons.empty()) books.reopening = 0;
  return reasons;
}

Reasons Model::Do(const v1::ReopeningExpired& request) {
  if (!Has(programs_, request.program())) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.program();
  Books& books = books_[request.program()];
  Reasons reasons;
  Require(books.reopening != 0 && books.reopening == request.fiscal_year() && stamp_.commit_time_us >= books.expires_us,
          v1::FISCAL_YEAR_STATE, reasons);
  if (reasons.empty()) books.reopening = 0;
  return reasons;
}

Reasons Model::Do(const v1::ApproveReopeningRequest& request) {
  if (!Has(programs_, request.name())) return {v1::PROGRAM_NOT_FOUND};
  counting_program_ = request.name();
  Books& books = books_[request.name()];
  Reasons reasons;
  Require(AnswersForYear(request.name(), request.fiscal_year()), v1::ACTOR_NOT_ALLOWED, reasons);
  const bool asked =
      books.reopening != 0 && books.reopening == request.fiscal_year() && stamp_.commit_time_us < books.expires_us;
  Require(asked, v1::FISCAL_YEAR_STATE, reasons);
  Require(!asked || (actor_.organization != books.proposer && actor_.principal != books.principal), v1::APPROVER_NOT_INDEPENDENT,
          reasons);
  if (!reasons.empty()) return reasons;
  books.closed.erase(request.fiscal_year());
  books.reopening = 0;
  return reasons;
}

// The life of a project.

void Model::CheckDraft(const v1::Project& wanted, Reasons& reasons) const {
  RequireEligible(wanted.rule_version(), wanted.locality_code(), reasons);
  auto kind_of = [&](const std::string& name) {
    Require(!IsMerged(name), v1::ORGANIZATION_MERGED, reasons);
    const auto found = organizations_.find(name);
    if (found != organizations_.end()) return found->second.kind;
    reasons.insert(v1::ORGANIZATION_NOT_FOUND);
    return v1::ORGANIZATION_KIND_UNSPECIFIED;
  };
  auto one_of = [&](v1::OrganizationKind kind, const std::set<v1::OrganizationKind>& kinds) {
    if (kind != v1::ORGANIZATION_KIND_UNSPECIFIED) Require(kinds.contains(kind), v1::ROLE_MISMATCH, reasons);
  };
  Require(Has(programs_, wanted.program()), v1::PROGRAM_NOT_FOUND, reasons);
  Require(!IsClosed(wanted.program(), wanted.fiscal_year()), v1::FISCAL_YEAR_STATE, reasons);
  RequireActsFor(wanted.club(), reasons);
  const bool both_days = !wanted.works_start_date().empty() && !wanted.works_end_date().empty();
  if (both_days) Require(wanted.works_start_date() <= wanted.works_end_date(), v1::INVALID_FIELD, reasons);
  one_of(kind_of(wanted.club()), {v1::CLUB});
  one_of(kind_of(wanted.executor()), {v1::EXECUTOR, v1::MUNICIPAL_GOVERNMENT, v1::STATE_GOVERNMENT, v1::FEDERAL_GOVERNMENT});
  if (!wanted.committee().empty()) {
    one_of(kind_of(wanted.committee()), {v1::MIRROR_CLUB, v1::COMMITTEE});
    // Who inspects neither builds nor pays, nor stands below who builds.
    Require(wanted.committee() != wanted.executor(), v1::ROLE_MISMATCH, reasons);
    const auto committee = organizations_.find(wanted.committee());
    if (committee != organizations_.end()) Require(committee->second.parent != wanted.executor(), v1::ROLE_MISMATCH, reasons);
  }
  std::set<std::string> parties;
  for (const v1::Party& party : wanted.parties()) {
    Require(party.organization() != wanted.committee(), v1::ROLE_MISMATCH, reasons);
    kind_of(party.organization());
    Require(parties.insert(party.organization()).second, v1::ROLE_MISMATCH, reasons);
  }
  if (Has(rules_, wanted.rule_version())) {
    for (const v1::Party& party : wanted.parties()) {
      bool fills = false;
      for (const v1::FunderRole& role : rules_.at(wanted.rule_version()).roles()) {
        const v1::OrganizationKind kind = kind_of(party.organization());
        fills = fills || (role.role() == party.role() && std::count(role.kinds().begin(), role.kinds().end(), kind) > 0);
      }
      Require(fills, v1::ROLE_MISMATCH, reasons);
    }
  }
  Require(Has(rules_, wanted.rule_version()) && StartsWith(wanted.rule_version(), wanted.program() + "/"),
          v1::RULE_VERSION_NOT_FOUND, reasons);
}

void Model::Draft(const v1::Project& wanted, Project& project) const {
  project.program = wanted.program();
  project.rule = wanted.rule_version();
  project.club = wanted.club();
  project.executor = wanted.executor();
  project.committee = wanted.committee();
  project.currency = programs_.at(wanted.program()).currency_code();
  project.category = wanted.category();
  project.locality = wanted.locality_code();
  project.year = wanted.fiscal_year();
  project.planned = wanted.planned_quantity_milli();
  project.title = wanted.title_commitment();
  project.unit = wanted.quantity_unit();
  project.works_start = wanted.works_start_date();
  project.works_end = wanted.works_end_date();
  project.absent.assign(wanted.absent_roles().begin(), wanted.absent_roles().end());
  project.total = wanted.total_minor_units();
  project.parties.clear();
  // Role by role as the rule has them, then whoever has no role of it.
  std::set<std::string> roles;
  auto take = [&](auto fits) {
    for (const v1::Party& wanted_party : wanted.parties()) {
      if (!fits(wanted_party.role())) continue;
      Party& party = project.parties.emplace_back();
      party.organization = wanted_party.organization();
      party.role = wanted_party.role();
      party.due = wanted_party.due_minor_units();
    }
  };
  for (const v1::FunderRole& role : rules_.at(wanted.rule_version()).roles()) {
    roles.insert(role.role());
    take([&](const std::string& wanted_role) { return wanted_role == role.role(); });
  }
  take([&](const std::string& wanted_role) { return !roles.contains(wanted_role); });
}

Reasons Model::Do(const v1::CreateProjectRequest& request) {
  const std::string name = "projects/" + request.project_id();
  const v1::Project& wanted = request.project();
  Reasons reasons;
  CheckDraft(wanted, reasons);
  Require(!Has(projects_, name), v1::NAME_TAKEN, reasons);
  const auto program = programs_.find(wanted.program());
  const auto club = organizations_.find(wanted.club());
  if (program != programs_.end() && club != organizations_.end() && club->second.kind == v1::CLUB) {
    const std::string today = DateAt(stamp_.commit_time_us, program->second.utc_offset_minutes());
    // The club's, and that of a federation that writes for it.
    for (const std::string& name_of_one : {wanted.club(), actor_.organization}) {
      const Organization& one = organizations_.at(name_of_one);
      const bool needs_it = one.kind == v1::CLUB || one.kind == v1::FEDERATION || one.kind == v1::CONFEDERATION;
      if (!needs_it) continue;
      Require(!IsFrozen(name_of_one), v1::REGISTRATION_FROZEN, reasons);
      Require(!one.valid_to.empty() && one.valid_from <= today && today <= one.valid_to, v1::REGISTRATION_INVALID, reasons);
    }
  }
  if (!reasons.empty()) return reasons;
  Draft(wanted, projects_[name]);
  projects_[name].created = stamp_.sequence;
  touched_ = name;
  counting_program_ = wanted.program();
  return reasons;
}

Reasons Model::Do(const v1::UpdateProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  RequireActsFor(project->club, reasons);
  RequireState(*project, {S::DRAFT}, reasons);
  Require(request.etag() == "\"" + std::to_string(project->last_sequence) + "\"", v1::ETAG_MISMATCH, reasons);
  CheckDraft(request.project(), reasons);
  for (const auto& [name, pledge] : project->pledges) {
    // Who has pledged stays a party; a pledge worth less than the smallest unit, or that has lapsed, binds nobody.
    bool stays = pledge.value == pledge.lapsed;
    for (const v1::Party& party : request.project().parties()) stays = stays || party.organization() == pledge.party;
    Require(stays, v1::ROLE_MISMATCH, reasons);
    // And what is pledged in one currency is not in another.
    if (pledge.value > pledge.lapsed && Has(programs_, request.project().program()))
      Require(programs_.at(request.project().program()).currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  }
  if (reasons.empty()) Draft(request.project(), *project);
  return reasons;
}

Model::Division Model::DivideRoles(const v1::RuleVersion& rule, int64_t total, const std::set<std::string>& absent) {
  const auto count = static_cast<std::size_t>(rule.roles_size());
  std::vector<int64_t> weights;
  __int128 all_weights = 0;
  for (const v1::FunderRole& role : rule.roles()) {
    int64_t weight = absent.contains(role.role()) ? 0 : role.weight();
    for (const v1::FunderRole& other : rule.roles()) {
      if (absent.contains(other.role()) && other.absence_absorbed_by() == role.role()) weight += other.weight();
    }
    weights.push_back(weight);
    all_weights += weight;
  }
  Division division{.total = total, .dues = Share(total, weights), .role_weights = weights};
  std::vector<int64_t>& dues = division.dues;
  // What a role owes above its caps.
  auto above = [&](std::size_t r) {
    const v1::FunderRole& role = rule.roles(static_cast<int>(r));
    int64_t most = dues[r];
    if (role.has_cap_minor_units()) most = std::min(most, role.cap_minor_units());
    if (role.has_cap_bps()) {
      most = std::min(most, static_cast<int64_t>(static_cast<__int128>(division.total) * role.cap_bps() / 10'000));
    }
    return dues[r] - most;
  };
  auto over_cap = [&] {
    bool over = false;
    for (std::size_t r = 0; r < count; ++r) over = over || above(r) > 0;
    return over;
  };
  if (over_cap() && rule.cap_policy() == v1::SCALE_DOWN) {
    // The total of which everybody's ideal share is within the cap.
    __int128 scaled = total;
    for (std::size_t r = 0; r < count; ++r) {
      const v1::FunderRole& role = rule.roles(static_cast<int>(r));
      if (role.has_cap_minor_units() && weights[r] > 0) scaled = std::min(scaled, role.cap_minor_units() * all_weights / weights[r]);
    }
    // A project of nothing is none.
    if (scaled > 0) division.total = static_cast<int64_t>(scaled);
    dues = Share(division.total, weights);
  } else if (over_cap() && (rule.cap_policy() == v1::RESIDUAL_PARTY || rule.cap_policy() == v1::SPREAD)) {
    const std::vector<int64_t> before = dues;
    std::vector<int64_t> takers = weights;
    for (std::size_t r = 0; r < count && rule.cap_policy() == v1::RESIDUAL_PARTY; ++r) {
      takers[r] = rule.roles(static_cast<int>(r)).role() == rule.residual_role() ? 1 : 0;
    }
    // Once over the roles in order; who is held at its cap takes nothing any more.
    for (std::size_t r = 0; r < count; ++r) {
      const int64_t excess = above(r);
      if (excess == 0 || (rule.cap_policy() == v1::RESIDUAL_PARTY && takers[r] > 0)) continue;
      takers[r] = 0;
      // Where nobody is left to take it, it stays.
      if (std::accumulate(takers.begin(), takers.end(), int64_t{0}) == 0) break;
      const std::vector<int64_t> parts = Share(excess, takers);
      dues[r] -= excess;
      for (std::size_t t = 0; t < count; ++t) dues[t] += parts[t];
    }
    if (dues != before) division.role_weights = dues;
  }
  division.over_cap = over_cap();
  return division;
}

Model::Division Model::Divide(const Project& project, Reasons& reasons) const {
  const v1::RuleVersion& rule = RuleOf(project);
  const std::set<std::string> absent(project.absent.begin(), project.absent.end());
  bool may = absent.size() == project.absent.size() && static_cast<int>(absent.size()) < rule.roles_size();
  for (const std::string& name : absent) {
    const v1::FunderRole* role = RoleOf(project, name);
    may = may && role != nullptr && role->may_be_absent() && !absent.contains(role->absence_absorbed_by());
  }
  for (const Party& party : project.parties) may = may && !absent.contains(party.role);
  Require(may, v1::ABSENCE_NOT_ALLOWED, reasons);
  if (!may) return {};

  const Division by_role = DivideRoles(rule, project.total, absent);
  Require(!by_role.over_cap, v1::OVER_CAP, reasons);
  Division division = by_role;
  division.dues.clear();
  for (const Party& party : project.parties) division.dues.push_back(party.due);
  for (int r = 0; r < rule.roles_size(); ++r) {
    const v1::FunderRole& role = rule.roles(r);
    const int64_t due = by_role.dues[static_cast<std::size_t>(r)];
    if (absent.contains(role.role())) continue;
    std::vector<std::size_t> members;
    int64_t sum = 0;
    for (std::size_t i = 0; i < project.parties.size(); ++i) {
      if (project.parties[i].role != role.role()) continue;
      members.push_back(i);
      sum += project.parties[i].due;
    }
    Require(!members.empty(), v1::ROLE_MISMATCH, reasons);
    // Who is alone need not say it.
    if (members.size() == 1 && sum == 0) division.dues[members[0]] = sum = due;
    if (!members.empty()) Require(sum == due, v1::SHARES_DO_NOT_ADD_UP, reasons);
    if (role.has_floor_bps()) {
      Require(static_cast<__int128>(due) * 10'000 >= static_cast<__int128>(division.total) * role.floor_bps(), v1::BELOW_FLOOR,
              reasons);
    }
  }
  if (rule.has_total_minimum_minor_units())
    Require(division.total >= rule.total_minimum_minor_units(), v1::TOTAL_BELOW_MINIMUM, reasons);
  if (rule.has_total_maximum_minor_units())
    Require(division.total <= rule.total_maximum_minor_units(), v1::TOTAL_ABOVE_MAXIMUM, reasons);
  return division;
}

void Model::RequireDocuments(const Project& project, v1::ProjectStep step,
                             const google::protobuf::RepeatedPtrField<v1::Evidence>& documents, Reasons& reasons) const {
  for (const v1::DocumentRequirement& requirement : RuleOf(project).document_requirements()) {
    const auto& categories = requirement.categories();
    const bool needed = categories.empty() || std::count(categories.begin(), categories.end(), project.category) > 0;
    if (needed && requirement.step() == step) Require(HasDocument(documents, requirement.type()), v1::DOCUMENT_MISSING, reasons);
  }
}

Reasons Model::Do(const v1::SubmitProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  const v1::RuleVersion& rule = RuleOf(*project);
  RequireActsFor(project->club, reasons);
  RequireState(*project, {S::DRAFT}, reasons);
  Require(!IsClosed(project->program, project->year), v1::FISCAL_YEAR_STATE, reasons);
  Require(project->year >= rule.fiscal_year_first() && project->year <= rule.fiscal_year_last(), v1::RULE_NOT_IN_FORCE, reasons);
  Require(std::count(rule.categories().begin(), rule.categories().end(), project->category) > 0, v1::CATEGORY_NOT_ALLOWED,
          reasons);
  const Division division = Divide(*project, reasons);
  bool club_role = false, club_fills_it = false;
  for (const v1::FunderRole& role : rule.roles()) club_role = club_role || role.club_money();
  RequireStanding(project->club, reasons);
  RequireEndorsed(*project, Today(*project), reasons);
  RequireEligible(project->rule, project->locality, reasons);
  // For whom it will count, if anybody asks about federations, and who confirms none of its money.
  std::map<std::string, std::string> federations;
  bool asked = false;
  for (const v1::CumulativeCap& cap : rule.cumulative_caps()) asked = asked || cap.scope() == v1::CumulativeCap::FEDERATION_YEAR;
  for (const std::string& name : ClubSide(*project)) {
    if (organizations_.at(name).kind != v1::CLUB) continue;
    Require(!asked || !Above(Now(name)).empty(), v1::FEDERATION_MISSING, reasons);
    if (!Above(Now(name)).empty()) federations[Now(name)] = Above(Now(name));
  }
  Require(!IsMerged(project->club), v1::ORGANIZATION_MERGED, reasons);
  for (const Party& party : project->parties) {
    RequireStanding(party.organization, reasons);
    Require(!IsMerged(party.organization), v1::ORGANIZATION_MERGED, reasons);
    if (party.organization == project->club && IsClubParty(*project, party)) club_fills_it = true;
  }
  Require(!club_role || club_fills_it, v1::ROLE_MISMATCH, reasons);
  bool verifiable = false;
  for (const std::string& verifier : rule.verifiers()) verifiable = verifiable || IsIndependent(*project, verifier, "");
  Require(verifiable, v1::VERIFIER_NOT_INDEPENDENT, reasons);
  // Where the office itself pays in tranches, another payer must be there to approve, or its own second person.
  bool office_pays = false, others = rule.single_organization_approvals();
  for (const Party& party : project->parties) {
    if (IsClubParty(*project, party)) continue;
    const bool is_office = party.organization == programs_.at(project->program).office();
    office_pays = office_pays || is_office;
    others = others || (!is_office && party.organization != project->executor);
  }
  Require(!office_pays || others, v1::APPROVER_NOT_INDEPENDENT, reasons);
  RequireDocuments(*project, v1::SUBMISSION, request.documents(), reasons);
  for (const v1::FunderRole& role : rule.roles()) {
    for (const v1::TrancheCondition& condition : role.tranche_conditions()) {
      Require(!condition.has_verified_bps_min() || project->planned > 0, v1::MILESTONE_NOT_REACHED, reasons);
    }
  }
  if (!reasons.empty()) return reasons;
  project->federations = federations;
  if (division.total != project->total) project->requested = project->total;
  project->total = division.total;
  project->role_weights = division.role_weights;
  for (std::size_t i = 0; i < division.dues.size(); ++i) {
    Party& party = project->parties[i];
    const v1::FunderRole& role = *RoleOf(*project, party.role);
    party.due = division.dues[i];
    party.tolerance = role.has_tolerance_minor_units() ? role.tolerance_minor_units() : rule.tolerance_minor_units();
  }
  project->state = S::SUBMITTED;
  return reasons;
}

Reasons Model::Do(const v1::PrevalidateProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project) || IsCommittee(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::SUBMITTED}, reasons);
  RequireDocuments(*project, v1::PREVALIDATION, request.documents(), reasons);
  if (reasons.empty()) project->state = S::PREVALIDATED;
  return reasons;
}

Reasons Model::Do(const v1::ApproveProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project) || IsCommittee(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::PREVALIDATED}, reasons);
  for (const Party& party : project->parties) {
    const std::string name = PoolOf(*project, party);
    if (name.empty() || party.due == 0) continue;
    const int64_t free = Has(pools_, name) ? pools_.at(name).budget - PoolCommitted(name) - PoolReleased(name) : 0;
    Require(free >= party.due, v1::POOL_EXCEEDED, reasons);
  }
  CumulativeFaults(*project, reasons);
  Require(!IsClosed(project->program, project->year), v1::FISCAL_YEAR_STATE, reasons);
  RequireDocuments(*project, v1::APPROVAL, request.documents(), reasons);
  if (!reasons.empty()) return reasons;
  for (const v1::CumulativeCap& cap : RuleOf(*project).cumulative_caps()) {
    for (const auto& [tally, together] : TalliesOf(*project, cap)) project->tallies.insert(tally);
  }
  project->state = S::APPROVED;
  project->promised = true;
  if (RuleOf(*project).has_agreement_days()) {
    project->agreement_ends_us = EndOfDay(*project, DateAfter(Today(*project), RuleOf(*project).agreement_days()));
  }
  return reasons;
}

Reasons Model::Do(const v1::RejectProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project) || IsCommittee(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::SUBMITTED, S::PREVALIDATED}, reasons);
  if (!reasons.empty()) return reasons;
  project->state = S::REJECTED;
  EndPledges(*project);
  return reasons;
}

void Model::See(Project& project) {
  project.account_seen = true;
  project.seen_accounts.insert(project.account_use);
}

void Model::RequireAccountFree(const std::string& use, Reasons& reasons) const {
  for (const auto& [name, other] : projects_) {
    if (name == touched_) continue;
    // Of a cancelled one something may still be to come: what stands at a former bank, or what is declared.
    int64_t to_come = other.uncarried;
    for (const Party& party : other.parties) to_come += Declared(other, party);
    const bool agreed = other.account_use == use && (kAgreed.contains(other.state) || (other.state == S::CANCELLED && to_come > 0));
    Require(!agreed && !other.seen_accounts.contains(use), v1::ACCOUNT_IN_USE, reasons);
  }
}

void Model::RequireAccountEver(const Project& project, const v1::Account& account, Reasons& reasons) {
  const auto& former = project.former_accounts;
  stated_ = account.number_commitment();
  if (std::find(former.begin(), former.end(), stated_) == former.end()) RequireAccount(project, account, reasons);
}

void Model::RequireAccount(const Project& project, const v1::Account& account, Reasons& reasons) {
  stated_ = account.number_commitment();
  Require(stated_ == project.account && !project.account_use.empty(), v1::ACCOUNT_MISMATCH, reasons);
  Require(!project.account_lost, v1::ACCOUNT_IN_USE, reasons);
}

void Model::TakeAccount(const std::string& use) {
  account_holders_[use] = touched_;
  for (auto& [name, other] : projects_) {
    if (name != touched_ && other.account_use == use && other.state == S::CANCELLED) other.account_lost = true;
  }
}

Reasons Model::Do(const v1::SignAgreementRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  // A signature serves for all that were merged into the signer.
  std::set<std::string> own;
  bool all_signed = true;
  for (const Party& party : project->parties) {
    if (party.organization != actor_.organization && Now(party.organization) != actor_.organization) continue;
    own.insert(party.organization);
    all_signed = all_signed && party.has_signed;
  }
  const bool executor = project->executor == actor_.organization;
  Require(!own.empty() || executor, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!IsMerged(actor_.organization), v1::ORGANIZATION_MERGED, reasons);
  RequireState(*project, {S::APPROVED}, reasons);
  Require(project->agreement_ends_us == 0 || stamp_.commit_time_us < project->agreement_ends_us, v1::WRONG_PROJECT_STATE, reasons);
  const bool again = !own.empty() ? all_signed : executor && project->executor_signed;
  const bool other_account = !project->account.empty() && project->account != request.account().number_commitment();
  Require(!again || other_account, v1::ALREADY_SIGNED, reasons);
  RequireRegistered(actor_.organization, reasons);
  Require(again || !other_account, v1::ACCOUNT_MISMATCH, reasons);
  RequireAccountFree(request.account().use(), reasons);
  for (const auto& [signer, principal] : project->agreed_by) RequireOwnSigner(signer, principal, reasons);
  const std::string day = request.agreement_date().empty() ? Today(*project) : request.agreement_date();
  Require(day <= Today(*project), v1::DATE_IN_FUTURE, reasons);
  // Made in the fiscal year or in the year before.
  if (!request.agreement_date().empty()) Require(std::stoi(day.substr(0, 4)) >= project->year - 1, v1::INVALID_FIELD, reasons);
  if (reasons.empty() && again) {
    // Everybody else agreed to another account.
    for (Party& party : project->parties) party.has_signed = own.contains(party.organization);
    project->executor_signed = executor;
    project->signed_on.clear();
    project->agreed_by.clear();
  }
  bool last = executor || project->executor_signed;
  for (const Party& party : project->parties) last = last && (party.has_signed || own.contains(party.organization));
  if (last) {
    RequireStanding(project->club, reasons);
    RequireEndorsed(*project, Today(*project), reasons);
    for (const Party& party : project->parties) RequireStanding(party.organization, reasons);
    RequireDocuments(*project, v1::SIGNATURE, request.documents(), reasons);
  }
  if (!reasons.empty()) return reasons;
  for (Party& party : project->parties) party.has_signed = party.has_signed || own.contains(party.organization);
  if (executor) project->executor_signed = true;
  // It may sign once more, for whom it took over; the latest day counts.
  project->agreed_by[actor_.organization] = actor_.principal;
  std::string& signed_on = project->signed_on[actor_.organization];
  signed_on = std::max(signed_on, day);
  project->account = request.account().number_commitment();
  if (!last) return reasons;
  project->account_use = request.account().use();
  TakeAccount(project->account_use);
  project->state = S::AGREED;
  project->agreement_ends_us = 0;
  for (const Party& party : project->parties) {
    if (IsClubParty(*project, party)) continue;
    int64_t before = 0;
    int ordinal = 0;
    const v1::FunderRole& role = *RoleOf(*project, party.role);
    for (int32_t step : role.cumulative_bps()) {
      const auto reached = static_cast<int64_t>(static_cast<__int128>(party.due) * step / 10'000);
      ++ordinal;
      Tranche& tranche = project->tranches[TrancheName(touched_, party.organization, ordinal)];
      tranche = {party.organization, ordinal, reached - before, reached - before, ""};
      if (role.tranche_conditions_size() > 0 && role.tranche_conditions(ordinal - 1).has_due_days())
        tranche.due_date = DateAfter(AgreedOn(*project), role.tranche_conditions(ordinal - 1).due_days());
      before = reached;
    }
  }
  return reasons;
}

Reasons Model::ReleaseFaults(const Project& project, const std::string& name, std::optional<int64_t> asked, int64_t own,
                             const std::set<v1::DocumentType>* documents, int64_t& amount) const {
  Reasons reasons;
  const Tranche& tranche = project.tranches.at(name);
  const v1::RuleVersion& rule = RuleOf(project);
  for (const std::string& name_of_club : ClubSide(project)) Require(!IsFrozen(name_of_club) && !IsFrozen(Now(name_of_club)), v1::REGISTRATION_FROZEN, reasons);
  std::string role_name;
  int64_t receipts = 0, spent = 0;
  for (const Party& party : project.parties) {
    Require(Receivable(project, party) == 0, v1::RECEIVABLE_OPEN, reasons);
    receipts += party.paid_in - party.taken_back - party.refunded;
    if (party.organization != tranche.party) continue;
    role_name = party.role;
  }
  for (const auto& [category, amount] : Spent(project)) spent += amount;
  // Earlier tranches are wholly sent and received: nothing on its way or owed, nothing missing but what banks kept.
  for (const auto& [other_name, other] : project.tranches) {
    if (other.party != tranche.party || other.ordinal >= tranche.ordinal) continue;
    Require(other.unsent == 0, v1::TRANCHE_NOT_OPEN, reasons);
    for (const auto& [release_name, release] : project.releases) {
      if (release.tranche != other_name) continue;
      Require(release.state != v1::Release::RELEASED && release.owed == 0, v1::TRANCHE_NOT_OPEN, reasons);
    }
  }
  if (tranche.ordinal > 1) {
    Require(static_cast<__int128>(spent) * 10'000 >= static_cast<__int128>(receipts) * rule.accounted_bps(), v1::TRANCHE_NOT_OPEN,
            reasons);
  }
  const v1::FunderRole& role = *RoleOf(project, role_name);
  if (role.tranche_conditions_size() > 0) {
    const v1::TrancheCondition& condition = role.tranche_conditions(tranche.ordinal - 1);
    if (condition.has_verified_bps_min() && !tranche.waived.contains(v1::Tranche::VERIFIED_WORK)) {
      Require(static_cast<__int128>(project.found) * 10'000 >= static_cast<__int128>(project.planned) * condition.verified_bps_min(),
              v1::MILESTONE_NOT_REACHED, reasons);
    }
    for (int type : condition.documents()) {
      if (documents != nullptr) Require(documents->contains(static_cast<v1::DocumentType>(type)), v1::DOCUMENT_MISSING, reasons);
    }
    const std::string year = std::to_string(project.year) + "-";
    if (!condition.opens_month_day().empty())
      Require(Today(project) >= year + condition.opens_month_day(), v1::OUTSIDE_DATE_WINDOW, reasons);
    if (!condition.closes_month_day().empty() && !tranche.waived.contains(v1::Tranche::DATE_WINDOW))
      Require(Today(project) <= year + condition.closes_month_day(), v1::OUTSIDE_DATE_WINDOW, reasons);
  }
  const int64_t left = TrancheLeft(project, name, own);
  const int64_t bound = BoundLeft(project, role_name, own);
  const bool up_to_bound = role.release_mode() == v1::PARTIAL && bound > 0;
  amount = asked.value_or(up_to_bound ? std::min(left, bound) : left);
  Require(amount > 0 && amount <= left, v1::RELEASE_ABOVE_TRANCHE, reasons);
  if (role.release_mode() == v1::ALL_OR_NOTHING) Require(amount == left, v1::RELEASE_ABOVE_TRANCHE, reasons);
  Require(amount <= bound, v1::RELEASE_ABOVE_BOUND, reasons);
  for (const Party& party : project.parties) {
    if (party.organization != tranche.party) continue;
    // The pools that would pay it, the earliest first.
    int64_t unpaid = amount;
    for (const auto& [year, pool] : party.pools) {
      if (unpaid <= 0 || pool.promised == 0) continue;
      unpaid -= pool.promised;
      Require(!IsUnderfunded(PoolName(project.program, party.organization, year)), v1::POOL_UNDERFUNDED, reasons);
    }
  }
  return reasons;
}

Reasons Model::Do(const v1::AuthorizeProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  bool with_club = false;
  for (const v1::FunderRole& role : RuleOf(*project).roles()) with_club = with_club || role.club_money();
  int64_t club_money = 0;
  for (const Party& party : project->parties) {
    if (!IsClubParty(*project, party)) continue;
    club_money += Verified(*project, party);
    if (RuleOf(*project).in_kind_in_bound()) club_money += InKindCounting(*project, party, InKindGiven(*project, party));
  }
  Require(!with_club || club_money > 0, v1::NOT_RELEASABLE, reasons);
  RequireState(*project, with_club ? std::set<State>{S::FUNDING} : std::set<State>{S::FUNDING, S::AGREED}, reasons);
  bool any = false, some = false, pays = false;
  for (const auto& [name, tranche] : project->tranches) {
    pays = pays || tranche.amount > 0;
    if (tranche.ordinal != 1 || tranche.amount == 0) continue;
    any = true;
    int64_t amount = 0;
    some = some || ReleaseFaults(*project, name, std::nullopt, 0, nullptr, amount).empty();
  }
  Require(some || !any, v1::NOT_RELEASABLE, reasons);
  if (reasons.empty()) project->state = pays ? S::AUTHORISED : S::EXECUTING;
  return reasons;
}

Reasons Model::Do(const v1::SuspendProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, kSuspending, reasons);
  if (!reasons.empty()) return reasons;
  project->behind = project->state;
  project->state = S::SUSPENDED;
  return reasons;
}

Reasons Model::Do(const v1::ResumeProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::SUSPENDED}, reasons);
  if (!reasons.empty()) return reasons;
  project->state = project->behind;
  project->behind = S::STATE_UNSPECIFIED;
  // A first deposit may have been verified meanwhile.
  int64_t deposited = 0;
  for (const Party& party : project->parties) {
    if (!IsClubParty(*project, party)) continue;
    deposited += Verified(*project, party);
    if (RuleOf(*project).in_kind_in_bound()) deposited += InKindCounting(*project, party, InKindGiven(*project, party));
  }
  if (project->state == S::AGREED && deposited > 0) project->state = S::FUNDING;
  return reasons;
}

bool Model::BelongsToExecutor(const Project& project) const {
  std::vector<std::string> builders = project.former_executors;
  builders.push_back(project.executor);
  return std::any_of(builders.begin(), builders.end(), [&](const std::string& builder) {
    return actor_.organization == builder || organizations_.at(actor_.organization).parent == builder;
  });
}

bool Model::Supervises(const Project& project) const {
  if (BelongsToExecutor(project)) return false;
  const bool mirror = organizations_.at(actor_.organization).kind == v1::MIRROR_CLUB;
  return actor_.organization == project.committee || (mirror && Above(actor_.organization) == Now(project.club));
}

void Model::RequireOwnSigner(const std::string& signer, const std::string& principal, Reasons& reasons) const {
  const bool itself = signer == actor_.organization || Now(signer) == actor_.organization;
  Require(itself || principal != actor_.principal, v1::SIGNER_NOT_INDEPENDENT, reasons);
}

void Model::RequireGoodStanding(Reasons& reasons) const {
  Require(!IsMerged(actor_.organization), v1::ORGANIZATION_MERGED, reasons);
  Require(!IsFrozen(actor_.organization), v1::REGISTRATION_FROZEN, reasons);
  // Once registered, it goes on with what it began.
  if (organizations_.at(actor_.organization).valid_to.empty()) RequireRegistered(actor_.organization, reasons);
}

bool Model::MayInspect(const Project& project) const {
  const std::string& actor = actor_.organization;
  if (BelongsToExecutor(project)) return false;
  return IsOffice(project) || actor == project.club || actor == Now(project.club) || actor == project.committee;
}

Reasons Model::Do(const v1::ReportProgressRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/reports/" + request.report_id();
  const int64_t quantity = request.report().reported_quantity_milli();
  Require(actor_.organization == project->executor, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!Has(project->reports, name), v1::NAME_TAKEN, reasons);
  RequireState(*project, {S::EXECUTING}, reasons);
  Require(!project->completion_reported, v1::WRONG_PROJECT_STATE, reasons);
  Require(request.report().report_date() <= Today(*project), v1::DATE_IN_FUTURE, reasons);
  // It says how much is built in all, and nothing is unbuilt.
  Require(quantity > 0 && quantity >= project->reported, v1::QUANTITY_OUT_OF_ORDER, reasons);
  if (!reasons.empty()) return reasons;
  project->reports[name].reported = quantity;
  project->reported = quantity;
  return reasons;
}

Reasons Model::Do(const v1::VerifyProgressRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->reports.find(request.name());
  if (found == project->reports.end()) return {v1::PROGRESS_REPORT_NOT_FOUND};
  Report& report = found->second;
  const int64_t quantity = request.quantity_milli();
  Require(MayInspect(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireGoodStanding(reasons);
  RequireState(*project, {S::EXECUTING, S::COMPLETED}, reasons);
  Require(report.state == v1::ProgressReport::REPORTED, v1::WRONG_RESOURCE_STATE, reasons);
  Require(quantity >= 0 && quantity <= report.reported, v1::QUANTITY_OUT_OF_ORDER, reasons);
  if (project->state == S::COMPLETED) Require(quantity <= project->confirmed, v1::QUANTITY_OUT_OF_ORDER, reasons);
  if (!reasons.empty()) return reasons;
  report.state = v1::ProgressReport::VERIFIED;
  report.verified = quantity;
  // The last look at what is reported now counts, also where it finds less; a look at older reports only adds. What is complete
  // is measured.
  const bool of_now = report.reported == project->reported && project->state == S::EXECUTING;
  project->found = of_now ? quantity : std::max(project->found, quantity);
  return reasons;
}

Reasons Model::Do(const v1::CountersignProgressRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->reports.find(request.name());
  if (found == project->reports.end()) return {v1::PROGRESS_REPORT_NOT_FOUND};
  Require(Supervises(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireGoodStanding(reasons);
  RequireStateBehind(*project, {S::EXECUTING, S::COMPLETED}, reasons);
  Require(!found->second.countersigned.contains(actor_.organization), v1::ALREADY_SIGNED, reasons);
  if (reasons.empty()) found->second.countersigned.insert(actor_.organization);
  return reasons;
}

Reasons Model::Do(const v1::ObjectToProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  const bool club = actor_.organization == project->club || actor_.organization == Now(project->club);
  Require(Supervises(*project) || (club && !BelongsToExecutor(*project)), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireGoodStanding(reasons);
  std::set<State> states = kSuspending;
  states.insert(S::HANDED_OVER);
  RequireStateBehind(*project, states, reasons);
  Require(request.report().empty() || Has(project->reports, request.report()), v1::PROGRESS_REPORT_NOT_FOUND, reasons);
  Require(!Has(project->objections, request.objection_id()), v1::NAME_TAKEN, reasons);
  Require(project->objections.size() < 16, v1::TOO_MANY_CHANGES, reasons);
  if (reasons.empty()) project->objections[request.objection_id()] = actor_.organization;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawObjectionRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->objections.find(request.objection_id());
  if (found == project->objections.end()) return {v1::OBJECTION_NOT_OPEN};
  Require(actor_.organization == found->second || actor_.organization == Now(found->second), v1::ACTOR_NOT_ALLOWED, reasons);
  if (reasons.empty()) project->objections.erase(found);
  return reasons;
}

Reasons Model::Do(const v1::ReportCompletionRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(actor_.organization == project->executor, v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::EXECUTING}, reasons);
  Require(request.correction() || request.quantity_milli() >= project->reported, v1::QUANTITY_OUT_OF_ORDER, reasons);
  Require(request.quantity_milli() > 0 || project->planned == 0, v1::QUANTITY_OUT_OF_ORDER, reasons);
  RequireDocuments(*project, v1::COMPLETION_REPORT, request.documents(), reasons);
  if (!reasons.empty()) return reasons;
  project->completion_reported = true;
  project->reported = request.quantity_milli();
  return reasons;
}

Reasons Model::Do(const v1::ConfirmCompletionRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(MayInspect(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireGoodStanding(reasons);
  RequireState(*project, {S::EXECUTING}, reasons);
  Require(project->completion_reported, v1::WRONG_PROJECT_STATE, reasons);
  Require(request.quantity_milli() <= project->reported, v1::QUANTITY_OUT_OF_ORDER, reasons);
  Require(request.quantity_milli() > 0 || project->planned == 0, v1::QUANTITY_OUT_OF_ORDER, reasons);
  RequireDocuments(*project, v1::COMPLETION, request.documents(), reasons);
  if (!reasons.empty()) return reasons;
  project->state = S::COMPLETED;
  // Who confirms the finished work has measured it.
  project->found = request.quantity_milli();
  project->confirmed = request.quantity_milli();
  return reasons;
}

bool Model::FellShort(const Project& project, const std::string& party) const {
  Reasons faults;
  if (project.state == S::HANDED_OVER && !party.empty()) ShareFaults(project, faults, party);
  return !faults.empty();
}

void Model::ShareFaults(const Project& project, Reasons& reasons, const std::string& only) const {
  const v1::RuleVersion& rule = RuleOf(project);
  // A draft has no shares yet, and its state is at fault.
  if (project.role_weights.empty()) return;
  __int128 weights = 0;
  for (int64_t weight : project.role_weights) weights += weight;
  for (const Party& party : project.parties) {
    if (!only.empty() && party.organization != only) continue;
    const int64_t confirmed = Confirmed(project, party) + CountsAsSaved(project, party);
    const auto alone =
        std::count_if(project.parties.begin(), project.parties.end(), [&](const Party& other) { return other.role == party.role; });
    const __int128 with_tolerance = static_cast<__int128>(confirmed) + party.tolerance;
    int64_t weight = 0;
    for (int r = 0; r < rule.roles_size(); ++r) {
      if (rule.roles(r).role() == party.role) weight = project.role_weights.at(static_cast<std::size_t>(r));
    }
    // Against the exact share where a role has one party, against the agreed part where several share it (domain notes 4.2). Who
    // paid its due, which is rounded, owes nothing more; who gave nothing of it is not forgiven it.
    const bool exact = with_tolerance * weights >= static_cast<__int128>(project.total) * weight;
    const bool complies = confirmed >= party.due || (confirmed > 0 && (alone == 1 ? exact : with_tolerance >= party.due));
    Require(complies, v1::SHARE_BELOW_TOLERANCE, reasons);
  }
}

Reasons Model::Do(const v1::SignHandoverRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  std::set<std::string> own_club = {project->club, Now(project->club)};
  for (const auto& [name, organization] : organizations_) {
    if (organization.kind == v1::MIRROR_CLUB && Above(name) == Now(project->club)) own_club.insert(name);
  }
  const std::string& actor = actor_.organization;
  std::set<std::string> by_right = {project->club, Now(project->club), project->executor, project->committee};
  for (const Party& party : project->parties) {
    if (IsClubParty(*project, party)) by_right.insert({party.organization, Now(party.organization)});
  }
  std::set<std::string> may = by_right;
  may.insert(own_club.begin(), own_club.end());
  Require(may.contains(actor), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::COMPLETED}, reasons);
  Require(!project->handover.contains(actor), v1::ALREADY_SIGNED, reasons);
  Require(!IsMerged(actor), v1::ORGANIZATION_MERGED, reasons);
  // Who is frozen binds nobody, and nobody is bound who is.
  Require(!IsFrozen(actor), v1::REGISTRATION_FROZEN, reasons);
  if (own_club.contains(actor)) Require(!IsFrozen(project->club) && !IsFrozen(Now(project->club)), v1::REGISTRATION_FROZEN, reasons);
  for (const Party& party : project->parties) {
    const bool for_it = IsClubParty(*project, party) && Now(party.organization) == actor;
    if (for_it) Require(!IsFrozen(party.organization), v1::REGISTRATION_FROZEN, reasons);
  }
  for (const auto& [signer, principal] : project->handover_by) RequireOwnSigner(signer, principal, reasons);
  const bool community = RuleOf(*project).community_signature_required();
  Require(!community || !project->committee.empty(), v1::COMMITTEE_MISSING, reasons);
  std::set<std::string> signers = project->handover;
  // Who signs for the community alone does not sign for the club.
  auto for_club = [&](const std::string& signer) { return own_club.contains(signer) && !(community && signer == project->committee); };
  bool club = std::any_of(signers.begin(), signers.end(), for_club);
  // One mirror club is enough.
  Require(by_right.contains(actor) || !club, v1::ALREADY_SIGNED, reasons);
  signers.insert(actor);
  club = club || for_club(actor);
  const bool complete = club && signers.contains(project->executor) &&
                        (project->committee.empty() || signers.contains(project->committee));
  if (complete) RequireDocuments(*project, v1::HANDOVER, request.documents(), reasons);
  for (const Party& party : project->parties) {
    if (complete) Require(Transit(*project, party) == 0 && Proposed(*project, party) == 0, v1::BALANCE_NOT_ZERO, reasons);
  }
  if (complete) ShareFaults(*project, reasons);
  if (complete) Require(AdvanceOpen(*project, "") == 0, v1::BALANCE_NOT_ZERO, reasons);
  if (complete) Require(project->uncarried == 0, v1::BALANCE_NOT_CARRIED, reasons);
  if (!reasons.empty()) return reasons;
  project->handover = signers;
  project->handover_by[actor] = actor_.principal;
  if (complete) project->state = S::HANDED_OVER;
  return reasons;
}

Reasons Model::Do(const v1::SettleProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::HANDED_OVER}, reasons);
  Require(Box(*project) == 0 && project->interest == 0 && Unidentified(*project) == 0, v1::BALANCE_NOT_ZERO, reasons);
  Require(Retained(*project, "") == 0 && AdvanceOpen(*project, "") == 0, v1::BALANCE_NOT_ZERO, reasons);
  for (const Party& party : project->parties) {
    Require(
        party.payable == 0 && Transit(*project, party) == 0 && Receivable(*project, party) == 0 && Proposed(*project, party) == 0 &&
            Declared(*project, party) == 0 && InKindDeclared(*project, party) == 0,
        v1::BALANCE_NOT_ZERO, reasons);
  }
  ShareFaults(*project, reasons);
  if (!reasons.empty()) return reasons;
  project->state = S::SETTLED;
  EndPledges(*project);
  EndPromises(*project, /*settled=*/true);
  return reasons;
}

Reasons Model::Do(const v1::CloseProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, {S::SETTLED}, reasons);
  if (reasons.empty()) project->state = S::CLOSED;
  return reasons;
}

Reasons Model::Do(const v1::CancelProjectRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  const bool early = project->state == S::DRAFT || project->state == S::SUBMITTED || project->state == S::PREVALIDATED ||
                     project->state == S::APPROVED;
  bool funder = actor_.organization == project->club || actor_.organization == Now(project->club);
  for (const Party& party : project->parties) {
    funder = funder || actor_.organization == party.organization || actor_.organization == Now(party.organization);
  }
  Require(IsOffice(*project) || (early && funder), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireState(*project, kCancelling, reasons);
  if (!reasons.empty()) return reasons;
  EndPromises(*project, /*settled=*/false);
  EndPledges(*project);
  project->state = S::CANCELLED;
  project->behind = S::STATE_UNSPECIFIED;
  return reasons;
}

// Money.

Reasons Model::Do(const v1::CreatePledgeRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/pledges/" + request.pledge_id();
  const v1::Pledge& wanted = request.pledge();
  RequireActsFor(wanted.party(), reasons);
  Require(!Has(project->pledges, name), v1::NAME_TAKEN, reasons);
  const Party* party = FindParty(*project, wanted.party());
  Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
  if (party != nullptr) Require(party->replaced_by.empty(), v1::PARTY_REPLACED, reasons);
  RequireState(*project, kPledging, reasons);
  RequireStanding(wanted.party(), reasons);
  RequireRegistered(actor_.organization, reasons);
  int64_t value = wanted.amount().minor_units();
  RequireAmount(value, reasons);
  if (wanted.amount().currency_code() != project->currency) {
    Require(wanted.has_reference_rate() && !wanted.reference_date().empty(), v1::INVALID_FIELD, reasons);
    Require(wanted.reference_date() <= Today(*project), v1::DATE_IN_FUTURE, reasons);
    // The workload's currencies have two digits each.
    __int128 scaled = static_cast<__int128>(value) * wanted.reference_rate().units();
    for (int i = 0; i < wanted.reference_rate().scale(); ++i) scaled /= 10;
    Require(scaled < kAmountMinorUnitsMax, v1::AMOUNT_OUT_OF_RANGE, reasons);
    value = static_cast<int64_t>(scaled);
  }
  std::string deadline = wanted.deadline();
  if (RuleOf(*project).has_pledge_lapse_days()) {
    const std::string latest = DateAfter(Today(*project), RuleOf(*project).pledge_lapse_days());
    if (deadline.empty()) deadline = latest;
    Require(deadline <= latest, v1::INVALID_FIELD, reasons);
  }
  if (!deadline.empty()) {
    Require(deadline >= Today(*project), v1::INVALID_FIELD, reasons);
    int watched = 0;
    for (const auto& [other, pledge] : project->pledges) watched += pledge.watched ? 1 : 0;
    Require(watched < 64, v1::PROJECT_FULL, reasons);
  }
  if (!reasons.empty()) return reasons;
  Pledge& pledge = project->pledges[name];
  pledge.party = wanted.party();
  pledge.value = value;
  pledge.deadline = deadline;
  pledge.watched = !deadline.empty();
  if (pledge.watched) pledge.lapses_us = EndOfDay(*project, deadline);
  return reasons;
}

Reasons Model::Do(const v1::DeclareContributionRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/contributions/" + request.contribution_id();
  const v1::Contribution& wanted = request.contribution();
  const Party* party = FindParty(*project, wanted.party());
  RequireActsFor(wanted.party(), reasons);
  Require(!Has(project->contributions, name), v1::NAME_TAKEN, reasons);
  Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
  // After the handover nobody else can take over what a bank took back.
  const bool made_good = FellShort(*project, wanted.party());
  if (party != nullptr) Require(party->replaced_by.empty() || made_good, v1::PARTY_REPLACED, reasons);
  if (!made_good) RequireState(*project, kContributing, reasons);
  Require(wanted.declared().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(wanted.declared().minor_units(), reasons);
  if (party != nullptr && kFinished.contains(project->state)) {
    const int64_t due = IsClubParty(*project, *party) ? party->due : 0;
    const int64_t goods = InKindCounting(*project, *party, InKindGiven(*project, *party));
    Require(Verified(*project, *party) + Declared(*project, *party) + wanted.declared().minor_units() <= std::max<int64_t>(0, due - goods),
            v1::CONTRIBUTION_ABOVE_DUE, reasons);
  }
  if (party != nullptr) {
    const int64_t open = Verified(*project, *party) + Declared(*project, *party);
    RequireRepaidFirst(*project, *party, open, wanted.declared().minor_units(), reasons);
  }
  // Who pays in tranches gives more only after them.
  if (party != nullptr && !IsClubParty(*project, *party)) {
    RequireState(*project, kReleasing, reasons);
    Require(NotArrived(*project, *party) <= 0, v1::DUE_NOT_RECEIVED, reasons);
  }
  if (!wanted.pledge().empty()) {
    const auto pledge = project->pledges.find(wanted.pledge());
    Require(pledge != project->pledges.end() && pledge->second.party == wanted.party(), v1::PLEDGE_NOT_FOUND, reasons);
  }
  if (!wanted.reallocation().empty()) {
    const Reallocation* reallocation = FindReallocation(wanted.reallocation());
    Require(reallocation != nullptr, v1::REALLOCATION_NOT_FOUND, reasons);
    if (reallocation != nullptr) {
      const v1::Reallocation::State state = Whereabouts(*reallocation);
      Require(state == v1::Reallocation::APPROVED || state == v1::Reallocation::SENT, v1::WRONG_RESOURCE_STATE, reasons);
      Require(reallocation->target == touched_ && reallocation->party == wanted.party() &&
                  reallocation->amount == wanted.declared().minor_units(),
              v1::INVALID_FIELD, reasons);
    }
  }
  if (!reasons.empty()) return reasons;
  Contribution& contribution = project->contributions[name];
  contribution.reallocation = wanted.reallocation();
  contribution.party = wanted.party();
  contribution.declarer = actor_.organization;
  contribution.declared = wanted.declared().minor_units();
  contribution.pledge = wanted.pledge();
  return reasons;
}

Reasons Model::Do(const v1::EvidenceContributionRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->contributions.find(request.name());
  if (found == project->contributions.end()) return {v1::CONTRIBUTION_NOT_FOUND};
  Contribution& contribution = found->second;
  Require(actor_.organization == contribution.declarer, v1::ACTOR_NOT_ALLOWED, reasons);
  RequireStateBehind(*project, kEvidencing, reasons);
  Require(contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED,
          v1::WRONG_RESOURCE_STATE, reasons);
  if (!reasons.empty()) return reasons;
  contribution.state = v1::Contribution::EVIDENCED;
  contribution.has_receipt = contribution.has_receipt || request.evidence().type() == v1::BANK_RECEIPT;
  ++contribution.changes;
  return reasons;
}

void Model::RequireRepaidFirst(const Project& project, const Party& party, int64_t open, int64_t amount, Reasons& reasons) const {
  const int64_t owed = Receivable(project, party);
  if (owed == 0 || Behind(project) == S::CANCELLED || !IsClubParty(project, party)) return;
  const int64_t goods = InKindCounting(project, party, InKindGiven(project, party));
  Require(open + owed + amount <= std::max<int64_t>(0, party.due - goods), v1::RECEIVABLE_OPEN, reasons);
}

Reasons Model::Do(const v1::VerifyContributionRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->contributions.find(request.name());
  if (found == project->contributions.end()) return {v1::CONTRIBUTION_NOT_FOUND};
  Contribution& contribution = found->second;
  Party& party = *FindParty(*project, contribution.party);
  const int64_t credited = request.credited().minor_units();
  RequireVerifier(*project, contribution.declarer, reasons);
  RequireVerifier(*project, contribution.party, reasons);
  RequireStateBehind(*project, kVerifying, reasons);
  // In a cancelled project it is confirmed to be given back, whoever it is.
  if (project->state != S::CANCELLED) {
    Require(!IsFrozen(contribution.party) && !IsFrozen(Now(contribution.party)), v1::REGISTRATION_FROZEN, reasons);
  }
  Require(contribution.has_receipt || HasDocument(request.documents(), v1::BANK_RECEIPT), v1::DOCUMENT_MISSING, reasons);
  Require(contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED,
          v1::WRONG_RESOURCE_STATE, reasons);
  Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
  Require(request.credited().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireBankDay(*project, request.bank_value_date(), reasons);
  RequireAccountOf(*project, request, reasons);
  RequireAmount(credited, reasons);
  Reallocation* reallocation = FindReallocation(contribution.reallocation);
  if (reallocation != nullptr) {
    Require(Whereabouts(*reallocation) == v1::Reallocation::SENT, v1::WRONG_RESOURCE_STATE, reasons);
    Require(credited <= reallocation->amount, v1::CREDIT_ABOVE_RELEASE, reasons);
  }
  if (kFinished.contains(Behind(*project))) {
    const int64_t due = IsClubParty(*project, party) ? party.due : 0;
    const int64_t goods = InKindCounting(*project, party, InKindGiven(*project, party));
    Require(Verified(*project, party) + credited <= std::max<int64_t>(0, due - goods), v1::CONTRIBUTION_ABOVE_DUE, reasons);
  }
  if (!IsClubParty(*project, party)) {
    RequireStateBehind(*project, kReleasing, reasons);
    Require(NotArrived(*project, party) <= 0, v1::DUE_NOT_RECEIVED, reasons);
  }
  RequireRepaidFirst(*project, party, Verified(*project, party), credited, reasons);
  bank_day_ = request.bank_value_date();
  BankFaults(*project, BankOf(request), credited, request.bank_value_date(), reasons);
  if (!reasons.empty()) return reasons;
  TakeBank(*project, BankOf(request), request.name(), false, credited);
  // The record stands with the project that gave; it changes once all is well.
  arrived_ = reallocation;
  arrived_by_ = request.name();
  contribution.state = v1::Contribution::VERIFIED;
  contribution.credited = credited;
  ++contribution.changes;
  party.paid_in += credited;
  party.left += credited;
  if (project->state == S::AGREED && IsClubParty(*project, party)) project->state = S::FUNDING;
  return reasons;
}

Reasons Model::Do(const v1::RejectContributionRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->contributions.find(request.name());
  if (found == project->contributions.end()) return {v1::CONTRIBUTION_NOT_FOUND};
  Contribution& contribution = found->second;
  RequireVerifier(*project, contribution.declarer, reasons);
  Require(contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED,
          v1::WRONG_RESOURCE_STATE, reasons);
  RequireStateBehind(*project, kClearing, reasons);
  if (reasons.empty()) contribution.state = v1::Contribution::REJECTED;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawContributionRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->contributions.find(request.name());
  if (found == project->contributions.end()) return {v1::CONTRIBUTION_NOT_FOUND};
  Contribution& contribution = found->second;
  const std::set<std::string> may = {contribution.declarer, contribution.party, Now(contribution.declarer),
                                     Now(contribution.party)};
  Require(may.contains(actor_.organization), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(contribution.state == v1::Contribution::DECLARED || contribution.state == v1::Contribution::EVIDENCED,
          v1::WRONG_RESOURCE_STATE, reasons);
  RequireStateBehind(*project, kClearing, reasons);
  if (reasons.empty()) contribution.state = v1::Contribution::WITHDRAWN;
  return reasons;
}

void Model::ProposalFaults(const Project& project, const std::string& name, Reasons& reasons) const {
  Require(!IsMerged(actor_.organization), v1::ORGANIZATION_MERGED, reasons);
  Require(!Has(project.proposals, name), v1::NAME_TAKEN, reasons);
  Require(OpenProposals(project) < kOpenProposalsMax, v1::TOO_MANY_PROPOSALS, reasons);
}

Proposal& Model::AddProposal(Project& project, const std::string& name) {
  Proposal& proposal = project.proposals[name];
  proposal.proposer = actor_.organization;
  proposal.principal = actor_.principal;
  proposal.expires_us = stamp_.commit_time_us + RuleOf(project).proposal_days() * kDayUs;
  return proposal;
}

Reasons Model::Do(const v1::ProposeReleaseRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const auto tranche = project->tranches.find(request.tranche());
  if (tranche == project->tranches.end()) return {v1::TRANCHE_NOT_FOUND};
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  Require(actor_.organization == tranche->second.party, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!Has(project->releases, request.parent() + "/releases/" + request.release_id()), v1::NAME_TAKEN, reasons);
  if (!FellShort(*project, tranche->second.party)) RequireState(*project, kReleasing, reasons);
  if (kFinished.contains(project->state)) Require(MayGoOutLate(*project, request.tranche()), v1::WRONG_PROJECT_STATE, reasons);
  Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
  std::optional<int64_t> asked;
  if (request.has_amount()) {
    Require(request.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
    asked = request.amount().minor_units();
    RequireAmount(*asked, reasons);
  }
  int64_t amount = 0;
  const std::set<v1::DocumentType> documents = TypesOf(request.documents());
  reasons.merge(ReleaseFaults(*project, request.tranche(), asked, 0, &documents, amount));
  ProposalFaults(*project, name, reasons);
  if (!reasons.empty()) return reasons;
  Proposal& proposal = AddProposal(*project, name);
  proposal.documents = TypesOf(request.documents());
  proposal.tranche = request.tranche();
  proposal.release = request.parent() + "/releases/" + request.release_id();
  proposal.amount = amount;
  return reasons;
}

void Model::ReversalFaults(const Project& project, const std::string& target, std::optional<int64_t> recovery, const std::string& date,
                           Reasons& reasons) const {
  // Whatever has earned interest may have earned it by mistake.
  RequireStateBehind(project, kEarning, reasons);
  if (!date.empty()) RequireBankDay(project, date, reasons);
  // Nothing is taken back before it came.
  Require(date.empty() || date >= CameOn(project, target, recovery), v1::INVALID_FIELD, reasons);
  const bool of_refund = target.find("/refunds/") != std::string::npos;
  const bool of_interest = target.find("/interests/") != std::string::npos;
  if (recovery.has_value()) {
    const bool party_money = !of_refund && !of_interest && target.find("/in-kinds/") == std::string::npos &&
                             target.find("/deposits/") == std::string::npos;
    if (party_money) Require(!RefundOpen(project), v1::REFUND_OPEN, reasons);
    if (const v1::ErrorReason missing = NotThere(project, target); missing != v1::ERROR_REASON_UNSPECIFIED) reasons.insert(missing);
    const auto found = project.expenditures.find(target);
    const bool known = found != project.expenditures.end() && found->second.recoveries.contains(*recovery);
    Require(known, v1::INVALID_FIELD, reasons);
    if (!known) return;
    const auto& came = found->second.recoveries.at(*recovery);
    Require(!found->second.reversed && !came.reversed, v1::WRONG_RESOURCE_STATE, reasons);
    int64_t there = 0;
    for (const Party& party : project.parties) there += party.left;
    return Require(came.amount <= there, v1::INSUFFICIENT_FUNDS, reasons);
  }
  if (target.find("/in-kinds/") != std::string::npos) {
    const auto goods = project.in_kinds.find(target);
    Require(goods != project.in_kinds.end(), v1::IN_KIND_NOT_FOUND, reasons);
    if (goods != project.in_kinds.end()) Require(goods->second.state == v1::InKind::APPRAISED, v1::WRONG_RESOURCE_STATE, reasons);
    return;
  }
  const bool of_deposit = target.find("/deposits/") != std::string::npos;
  if (!of_refund && !of_interest && !of_deposit) Require(!RefundOpen(project), v1::REFUND_OPEN, reasons);
  if (of_deposit) {
    const auto found = project.deposits.find(target);
    Require(found != project.deposits.end(), v1::DEPOSIT_NOT_FOUND, reasons);
    if (found != project.deposits.end()) Require(found->second.state == v1::Deposit::UNIDENTIFIED, v1::WRONG_RESOURCE_STATE, reasons);
    return;
  }
  if (of_refund) {
    const auto found = project.refunds.find(target);
    Require(found != project.refunds.end(), v1::REFUND_NOT_FOUND, reasons);
    if (found != project.refunds.end()) {
      Require(!found->second.reversed, v1::WRONG_RESOURCE_STATE, reasons);
      // What has arrived elsewhere does not come back here.
      if (Has(project.reallocations, found->second.reallocation)) {
        const v1::Reallocation::State state = Whereabouts(project.reallocations.at(found->second.reallocation));
        Require(state == v1::Reallocation::SENT, v1::WRONG_RESOURCE_STATE, reasons);
      }
    }
  } else if (of_interest) {
    const auto found = project.interests.find(target);
    Require(found != project.interests.end(), v1::INTEREST_NOT_FOUND, reasons);
    if (found != project.interests.end()) {
      Require(!found->second.reversed, v1::WRONG_RESOURCE_STATE, reasons);
      Require(found->second.amount <= project.interest, v1::INSUFFICIENT_FUNDS, reasons);
    }
  } else if (target.find("/repayments/") != std::string::npos) {
    const auto found = project.repayments.find(target);
    Require(found != project.repayments.end(), v1::REPAYMENT_NOT_FOUND, reasons);
    if (found != project.repayments.end()) Require(!found->second.reversed, v1::WRONG_RESOURCE_STATE, reasons);
  } else if (target.find("/contributions/") != std::string::npos) {
    const auto found = project.contributions.find(target);
    Require(found != project.contributions.end(), v1::CONTRIBUTION_NOT_FOUND, reasons);
    if (found != project.contributions.end())
      Require(found->second.state == v1::Contribution::VERIFIED, v1::WRONG_RESOURCE_STATE, reasons);
  } else if (target.find("/releases/") != std::string::npos) {
    const auto found = project.releases.find(target);
    Require(found != project.releases.end(), v1::RELEASE_NOT_FOUND, reasons);
    if (found != project.releases.end()) Require(found->second.state != v1::Release::RETURNED, v1::WRONG_RESOURCE_STATE, reasons);
  } else {
    const auto found = project.expenditures.find(target);
    Require(found != project.expenditures.end(), v1::EXPENDITURE_NOT_FOUND, reasons);
    if (found == project.expenditures.end()) return;
    const Expenditure& paid = found->second;
    Require(!paid.reversed, v1::WRONG_RESOURCE_STATE, reasons);
    if (paid.contract.empty()) return;
    // What was forfeited of it is not kept without it.
    int64_t forfeited = 0;
    if (!paid.contract.empty()) {
      for (const auto& [category, kept] : project.contracts.at(paid.contract).forfeited) forfeited += kept;
    }
    Require(paid.retained <= Retained(project, paid.contract) + forfeited, v1::RETENTION_TOO_SMALL, reasons);
    if (paid.purpose == v1::ADVANCE)
      Require(paid.amount - paid.recovered <= AdvanceOpen(project, paid.contract), v1::ADVANCE_TOO_SMALL, reasons);
  }
}

bool Model::IsMoving(const Project& project, const std::string& target) const {
  const auto release = project.releases.find(target);
  return release != project.releases.end() && release->second.state == v1::Release::RELEASED;
}

std::string Model::CameOn(const Project& project, const std::string& target, std::optional<int64_t> recovery) const {
  const auto day = project.bank_days.find(recovery.has_value() ? target + "#" + std::to_string(*recovery) : target);
  return day == project.bank_days.end() ? std::string() : day->second;
}

int Model::RecoveriesOf(const Project& project, const std::string& target) const {
  const auto expenditure = project.expenditures.find(target);
  return expenditure == project.expenditures.end() ? 0 : expenditure->second.changes;
}

std::string Model::DeclarerOf(const Project& project, const std::string& target) const {
  if (Has(project.contributions, target)) return project.contributions.at(target).declarer;
  if (Has(project.in_kinds, target)) return project.in_kinds.at(target).declarer;
  return Has(project.releases, target) ? project.releases.at(target).party : std::string();
}

std::set<std::string> Model::SourceOf(const Project& project, const std::string& target) const {
  if (Has(project.contributions, target)) return {project.contributions.at(target).party, project.contributions.at(target).declarer};
  if (Has(project.in_kinds, target)) return {project.in_kinds.at(target).party, project.in_kinds.at(target).declarer};
  if (Has(project.releases, target)) return {project.releases.at(target).party};
  if (Has(project.repayments, target)) return {project.repayments.at(target).party};
  return {};
}

int64_t Model::TakeBack(Project& project, Party& party, int64_t amount, int64_t counts) {
  const int64_t from_box = std::min(amount, Box(project));
  const int64_t own = std::min(from_box, party.left);
  std::vector<int64_t> others;
  for (const Party& other : project.parties) others.push_back(&other == &party ? 0 : other.left);
  const std::vector<int64_t> cover = Share(from_box - own, others);
  // What went back to it already is not its own a second time.
  const int64_t still_paid_in = std::max<int64_t>(0, party.paid_in - party.taken_back - party.refunded);
  for (std::size_t i = 0; i < project.parties.size(); ++i) {
    project.parties[i].left -= cover[i];
    project.parties[i].equalised += cover[i];
  }
  party.left -= own;
  party.equalised -= from_box - own;
  party.taken_back += from_box;
  party.unknown += amount - from_box;
  return std::min({own, still_paid_in, counts});
}

void Model::Reverse(Project& project, const std::string& target) {
  if (const auto deposit = project.deposits.find(target); deposit != project.deposits.end()) {
    deposit->second.state = v1::Deposit::RETURNED;
  } else if (const auto goods = project.in_kinds.find(target); goods != project.in_kinds.end()) {
    goods->second.state = v1::InKind::REVERSED;
  } else if (const auto contribution = project.contributions.find(target); contribution != project.contributions.end()) {
    Party& party = *FindParty(project, contribution->second.party);
    const int64_t credited = contribution->second.credited;
    const int64_t counts = std::min(credited, Verified(project, party));
    contribution->second.state = v1::Contribution::REVERSED;
    ++contribution->second.changes;
    party.contribution_owed += counts - TakeBack(project, party, credited, counts);
    // What had gone back when a year ended it has twice now.
    party.beyond_back -= credited - counts;
    party.twice += credited - counts;
  } else if (const auto release = project.releases.find(target); release != project.releases.end()) {
    Party& party = *FindParty(project, release->second.party);
    if (release->second.state == v1::Release::RECEIVED) {
      Tranche& tranche = project.tranches.at(release->second.tranche);
      const int64_t credited = release->second.credited;
      const int64_t counts = std::min(credited, TrancheArrived(project, release->second.tranche));
      if (release->second.year == LatestYear(project, party)) {
        party.back_of_year[release->second.year] -= credited - std::min(counts, OfLatestYear(project, party));
      }
      const int64_t own = TakeBack(project, party, credited, counts);
      release->second.owed = counts - own;
      tranche.unsent += own;
      tranche.back -= credited - counts;
      party.twice += credited - counts;
    } else {
      project.tranches.at(release->second.tranche).unsent += release->second.fresh;
    }
    release->second.state = v1::Release::RETURNED;
    // What has ended got only what it still has.
    if (project.state == S::CANCELLED) {
      project.promised = true;
      EndPromises(project, /*settled=*/false);
    }
  } else if (const auto refund = project.refunds.find(target); refund != project.refunds.end()) {
    Party& party = *FindParty(project, refund->second.party);
    refund->second.reversed = true;
    if (Has(project.reallocations, refund->second.reallocation)) {
      Reallocation& reallocation = project.reallocations.at(refund->second.reallocation);
      reallocation.state = v1::Reallocation::APPROVED;
      reallocation.refund.clear();
      reallocation.contribution.clear();
    }
    party.refunded -= refund->second.principal;
    party.interest_paid -= refund->second.interest;
    party.interest += refund->second.interest;
    party.payable += refund->second.principal + refund->second.interest;
  } else if (const auto interest = project.interests.find(target); interest != project.interests.end()) {
    interest->second.reversed = true;
    project.interest -= interest->second.amount;
  } else if (const auto repayment = project.repayments.find(target); repayment != project.repayments.end()) {
    Party& party = *FindParty(project, repayment->second.party);
    repayment->second.reversed = true;
    // What it brought leaves the box as far as it is there; who had covered before covers again.
    TakeBack(project, party, repayment->second.amount - repayment->second.covered, 0);
    party.unknown += repayment->second.covered;
    int64_t rest = repayment->second.amount - repayment->second.twice;
    party.twice += repayment->second.twice;
    for (const auto& [name, part] : repayment->second.releases) {
      Release& paid = project.releases.at(name);
      const int64_t counts = std::min(part, TrancheArrived(project, paid.tranche));
      paid.owed += counts;
      paid.repaid -= part;
      project.tranches.at(paid.tranche).back -= part - counts;
      party.twice += part - counts;
      rest -= part;
    }
    const int64_t counts = std::min(rest, Verified(project, party));
    party.contribution_owed += counts;
    party.contribution_repaid -= rest;
    party.beyond_back -= rest - counts;
    party.twice += rest - counts;
  } else {
    Expenditure& expenditure = project.expenditures.at(target);
    if (!expenditure.contract.empty()) {
      Contract& contract = project.contracts.at(expenditure.contract);
      int64_t missing = std::max<int64_t>(0, expenditure.retained - Retained(project, expenditure.contract));
      std::vector<std::string> order = contract.forfeited_first;
      std::stable_partition(order.begin(), order.end(),
                            [&](const std::string& category) { return category == expenditure.category; });
      for (const std::string& category : order) {
        const int64_t part = std::min(missing, contract.forfeited[category]);
        contract.forfeited[category] -= part;
        missing -= part;
      }
    }
    expenditure.reversed = true;
    // Who joined since paid nothing of it; what of an advance came back is back.
    for (std::size_t i = 0; i < expenditure.drawn.size(); ++i) {
      project.parties[i].left += expenditure.drawn[i] - expenditure.back[i];
      project.parties[i].spent -= expenditure.drawn[i] - expenditure.back[i];
    }
  }
}

// The money had never come: who seemed to have it back gives it up again as far as it is there, then all do by what they have.
void Model::ReverseRecovery(Project& project, Expenditure& advance, int64_t sequence) {
  auto& came = advance.recoveries.at(sequence);
  came.reversed = true;
  ++advance.changes;
  advance.recovered -= came.amount;
  const std::size_t parties = project.parties.size();
  advance.drawn.resize(parties);
  advance.back.resize(parties);
  std::vector<int64_t> own(parties), left(parties);
  int64_t rest = came.amount;
  for (std::size_t i = 0; i < parties; ++i) {
    own[i] = std::min(i < came.back.size() ? came.back[i] : 0, project.parties[i].left);
    left[i] = project.parties[i].left - own[i];
    rest -= own[i];
  }
  const std::vector<int64_t> more = Share(rest, left);
  for (std::size_t i = 0; i < parties; ++i) {
    const int64_t part = own[i] + more[i];
    advance.back[i] -= part;
    project.parties[i].left -= part;
    project.parties[i].spent += part;
  }
}

Reasons Model::Do(const v1::ProposeReversalRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  const bool spending = request.target().find("/expenditures/") != std::string::npos;
  if (!IsOffice(*project) && !(spending && actor_.organization == project->executor)) {
    // As a verifier, who must be independent of the money.
    Require(IsNamedVerifier(*project, actor_.organization), v1::ACTOR_NOT_ALLOWED, reasons);
    RequireVerifier(*project, DeclarerOf(*project, request.target()), reasons);
  }
  ProposalFaults(*project, name, reasons);
  Require(StartsWith(request.target(), request.parent() + "/"), v1::INVALID_FIELD, reasons);
  Require(!request.documents().empty(), v1::DOCUMENT_MISSING, reasons);
  const std::optional<int64_t> recovery =
      request.has_recovery_sequence() ? std::optional<int64_t>(request.recovery_sequence()) : std::nullopt;
  ReversalFaults(*project, request.target(), recovery, request.bank_value_date(), reasons);
  if (recovery.has_value()) {
    Require(request.deposit().empty(), v1::INVALID_FIELD, reasons);
  } else {
    ReturnFaults(*project, request.target(), request.deposit(), request.bank_value_date(), reasons);
  }
  if (!reasons.empty()) return reasons;
  Proposal& proposal = AddProposal(*project, name);
  proposal.target = request.target();
  proposal.bank_day = request.bank_value_date();
  proposal.deposit = request.deposit();
  proposal.recovery = recovery;
  proposal.target_moving = IsMoving(*project, request.target());
  proposal.target_recoveries = RecoveriesOf(*project, request.target());
  return reasons;
}

void Model::SpendingFaults(const Project& project, const std::string& name, const v1::Expenditure& expenditure,
                           Reasons& reasons) const {
  Require(!Has(project.expenditures, name), v1::NAME_TAKEN, reasons);
  Require(!RefundOpen(project), v1::REFUND_OPEN, reasons);
  Require(expenditure.amount().currency_code() == project.currency, v1::WRONG_CURRENCY, reasons);
  RequireBankDay(project, expenditure.payment_date(), reasons);
  const bool release = expenditure.purpose() == v1::RETENTION_RELEASE;
  const bool advance = expenditure.purpose() == v1::ADVANCE;
  // Nothing leaves while somebody on the clubs' side says that its name is misused.
  Require(!IsDisputed(project.club), v1::REGISTRATION_FROZEN, reasons);
  for (const Party& party : project.parties) {
    if (party.replaced_by.empty() && IsClubParty(project, party)) Require(!IsDisputed(party.organization), v1::REGISTRATION_FROZEN, reasons);
  }
  Require(HasDocument(expenditure.evidence(), release ? v1::BANK_RECEIPT : v1::INVOICE), v1::DOCUMENT_MISSING, reasons);
  const int64_t amount = expenditure.amount().minor_units();
  const int64_t retained = expenditure.retained_minor_units(), amortised = expenditure.amortised_minor_units();
  for (int64_t part : {retained, amortised}) Require(part >= 0 && part <= kAmountMinorUnitsMax, v1::INVALID_FIELD, reasons);
  // Of an invoice all may be held back.
  if (amount != 0 || retained + amortised == 0) RequireAmount(amount, reasons);
  if (release || advance) Require(retained == 0 && amortised == 0, v1::INVALID_FIELD, reasons);
  if (release || advance || retained != 0 || amortised != 0) Require(!expenditure.contract().empty(), v1::INVALID_FIELD, reasons);
  if (!expenditure.contract().empty()) {
    const auto contract = project.contracts.find(expenditure.contract());
    Require(contract != project.contracts.end(), v1::CONTRACT_NOT_FOUND, reasons);
    if (contract != project.contracts.end()) {
      if (release) Require(amount <= Retained(project, contract->first), v1::RETENTION_TOO_SMALL, reasons);
      Require(amortised <= AdvanceOpen(project, contract->first), v1::ADVANCE_TOO_SMALL, reasons);
      const __int128 most = static_cast<__int128>(contract->second.amount) * RuleOf(project).advance_bps_max() / 10'000;
      if (advance) Require(Advanced(project, contract->first) + static_cast<__int128>(amount) <= most, v1::ADVANCE_ABOVE_MAXIMUM, reasons);
      // Nor more of the project than of a contract, all contracts together.
      const __int128 out = static_cast<__int128>(amount) + AdvanceOpen(project, "");
      const __int128 part = static_cast<__int128>(project.total) * RuleOf(project).advance_bps_max() / 10'000;
      if (advance) Require(out <= part, v1::ADVANCE_ABOVE_MAXIMUM, reasons);
    }
  }
  // What somebody unknown covers is not the project's to spend, nor what is held back but for whom it is held.
  int64_t there = Box(project) - Unknown(project);
  if (!release) there = std::max<int64_t>(0, there - Retained(project, ""));
  Require(amount + retained <= there, v1::INSUFFICIENT_FUNDS, reasons);
  // Only the old bank's fees are paid from what is not seen on the agreed account.
  // A fee is taken by the old bank from what it still holds, or by the new one from what was seen there.
  const bool old_banks = expenditure.category() == v1::FEES && amount <= project.uncarried;
  Require(old_banks || amount <= Bank(project) - project.uncarried, v1::BALANCE_NOT_CARRIED, reasons);
}

void Model::Spend(Project& project, const std::string& name, const v1::Expenditure& wanted) {
  Expenditure& expenditure = project.expenditures[name];
  expenditure.amount = wanted.amount().minor_units();
  expenditure.category = Lower(v1::SpendingCategory_Name(wanted.category()));
  expenditure.contract = wanted.contract();
  expenditure.purpose = wanted.purpose();
  expenditure.retained = wanted.retained_minor_units();
  expenditure.amortised = wanted.amortised_minor_units();
  std::vector<int64_t> left;
  for (const Party& party : project.parties) left.push_back(party.left);
  expenditure.drawn = Share(expenditure.amount, left);
  expenditure.back.assign(left.size(), 0);
  for (std::size_t i = 0; i < project.parties.size(); ++i) {
    project.parties[i].left -= expenditure.drawn[i];
    project.parties[i].spent += expenditure.drawn[i];
  }
  if (wanted.category() == v1::FEES && expenditure.amount <= project.uncarried) project.uncarried -= expenditure.amount;
}

std::set<v1::Project::State> Model::ObligationStates(const Project& project, const v1::Expenditure& expenditure) {
  const bool invoice = expenditure.purpose() != v1::ADVANCE && expenditure.purpose() != v1::RETENTION_RELEASE;
  // What an old bank keeps of what it still holds.
  const bool fee = invoice && expenditure.category() == v1::FEES && expenditure.amount().minor_units() <= project.uncarried;
  return fee ? std::set<v1::Project::State>{S::CANCELLED, S::HANDED_OVER} : std::set<v1::Project::State>{S::CANCELLED};
}

Reasons Model::Do(const v1::ProposeExpenditureRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  Require(actor_.organization == project->executor, v1::ACTOR_NOT_ALLOWED, reasons);
  ProposalFaults(*project, name, reasons);
  RequireState(*project, ObligationStates(*project, request.expenditure()), reasons);
  Require(request.expenditure().purpose() != v1::ADVANCE, v1::INVALID_FIELD, reasons);
  SpendingFaults(*project, request.parent() + "/expenditures/" + request.expenditure_id(), request.expenditure(), reasons);
  if (!reasons.empty()) return reasons;
  Proposal& proposal = AddProposal(*project, name);
  proposal.bank_day = request.expenditure().payment_date();
  proposal.expenditure = request.expenditure();
  proposal.expenditure_id = request.expenditure_id();
  return reasons;
}

Reasons Model::Do(const v1::ApproveProposalRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->proposals.find(request.name());
  if (found == project->proposals.end()) return {v1::PROPOSAL_NOT_FOUND};
  Proposal& proposal = found->second;
  const std::string& actor = actor_.organization;
  const Party* payer = FindParty(*project, actor);
  // Clubs have no say in what a government releases, and who builds has none in any of it.
  if (payer != nullptr && !proposal.tranche.empty() && IsClubParty(*project, *payer)) payer = nullptr;
  if (payer != nullptr && !payer->replaced_by.empty()) payer = nullptr;
  Require(actor != project->executor, v1::APPROVER_NOT_INDEPENDENT, reasons);
  Require(std::count(project->former_executors.begin(), project->former_executors.end(), actor) == 0, v1::APPROVER_NOT_INDEPENDENT, reasons);
  Require(proposal.returned_to.empty() || actor != proposal.returned_to, v1::APPROVER_NOT_INDEPENDENT, reasons);
  if (!IsOffice(*project) && payer == nullptr) {
    Require(!proposal.target.empty() && IsNamedVerifier(*project, actor), v1::ACTOR_NOT_ALLOWED, reasons);
    RequireVerifier(*project, DeclarerOf(*project, proposal.target), reasons);
  }
  std::set<std::string> sources = SourceOf(*project, proposal.target);
  if (proposal.reallocation.has_value()) sources = {proposal.reallocation->party(), proposal.proposer};
  for (const std::string& source : sources) {
    Require(source != actor && (source.empty() || Now(source) != actor), v1::APPROVER_NOT_INDEPENDENT, reasons);
  }
  if (!proposal.target.empty()) {
    const std::string declarer = DeclarerOf(*project, proposal.target);
    Require(IsIndependent(*project, proposal.proposer, declarer) || IsIndependent(*project, actor, declarer),
            v1::VERIFIER_NOT_INDEPENDENT, reasons);
  }
  Require(!IsFrozen(actor), v1::REGISTRATION_FROZEN, reasons);
  Require(!IsMerged(actor), v1::ORGANIZATION_MERGED, reasons);
  Require(actor_.principal != proposal.principal, v1::APPROVER_NOT_INDEPENDENT, reasons);
  const bool one_suffices = RuleOf(*project).single_organization_approvals() && proposal.waiver_tranche.empty();
  Require(actor != Now(proposal.proposer) || one_suffices, v1::APPROVER_NOT_INDEPENDENT, reasons);
  Require(proposal.state == v1::Proposal::OPEN && stamp_.commit_time_us < proposal.expires_us, v1::WRONG_RESOURCE_STATE, reasons);
  if (proposal.state != v1::Proposal::OPEN) return reasons;
  bank_day_ = proposal.bank_day;
  if (!proposal.tranche.empty()) {
    Tranche& tranche = project->tranches.at(proposal.tranche);
    if (!FellShort(*project, tranche.party)) RequireState(*project, kReleasing, reasons);
    if (kFinished.contains(project->state)) Require(MayGoOutLate(*project, proposal.tranche), v1::WRONG_PROJECT_STATE, reasons);
    Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
    Require(!Has(project->releases, proposal.release), v1::NAME_TAKEN, reasons);
    int64_t amount = 0;
    reasons.merge(ReleaseFaults(*project, proposal.tranche, proposal.amount, proposal.amount, &proposal.documents, amount));
    if (!reasons.empty()) return reasons;
    Release& release = project->releases[proposal.release];
    release.party = tranche.party;
    release.tranche = proposal.tranche;
    release.sent = proposal.amount;
    // What banks kept goes out again only after all that was never sent.
    release.fresh = std::min(tranche.unsent, proposal.amount);
    tranche.unsent -= release.fresh;
  } else if (!proposal.target.empty()) {
    ReversalFaults(*project, proposal.target, proposal.recovery, "", reasons);
    // It may have arrived since, on a later day.
    Require(proposal.bank_day >= CameOn(*project, proposal.target, proposal.recovery), v1::INVALID_FIELD, reasons);
    if (!proposal.recovery.has_value()) ReturnFaults(*project, proposal.target, proposal.deposit, proposal.bank_day, reasons);
    // A release may have arrived in between, and something of an advance come back; whatever else changes cannot be reversed any
    // more.
    Require(IsMoving(*project, proposal.target) == proposal.target_moving &&
                RecoveriesOf(*project, proposal.target) == proposal.target_recoveries,
            v1::TARGET_CHANGED, reasons);
    if (!reasons.empty()) return reasons;
    const int64_t bank_before = Bank(*project);
    if (proposal.recovery.has_value()) {
      ReverseRecovery(*project, project->expenditures.at(proposal.target), *proposal.recovery);
    } else {
      Reverse(*project, proposal.target);
    }
    AtBank bank;
    bank.deposit = proposal.deposit;
    TakeBank(*project, bank, proposal.target, true, 0);
    const bool was_paid = proposal.target.find("/expenditures/") != std::string::npos || proposal.target.find("/refunds/") != std::string::npos;
    const std::string meant = proposal.recovery.has_value() ? proposal.target + "#" + std::to_string(*proposal.recovery) : proposal.target;
    const auto came = project->came_to.find(meant);
    const bool former = came == project->came_to.end() || came->second != project->account;
    if (former && (!was_paid || proposal.recovery.has_value())) taken_back_ = std::max<int64_t>(0, bank_before - Bank(*project));
  } else if (!proposal.waiver_tranche.empty()) {
    reasons.merge(WaiverFaults(*project, proposal.waiver_tranche, {proposal.waivers.begin(), proposal.waivers.end()}));
    if (!reasons.empty()) return reasons;
    project->tranches.at(proposal.waiver_tranche).waived.insert(proposal.waivers.begin(), proposal.waivers.end());
  } else if (proposal.reallocation.has_value()) {
    const v1::Proposal::ReallocationAction& action = *proposal.reallocation;
    reasons.merge(ReallocationFaults(*project, touched_, action, action.amount().minor_units()));
    if (!reasons.empty()) return reasons;
    Reallocation& reallocation = project->reallocations[touched_ + "/reallocations/" + action.reallocation_id()];
    reallocation.party = action.party();
    reallocation.target = action.target_project();
    reallocation.amount = action.amount().minor_units();
  } else if (!proposal.contract.empty()) {
    v1::Money kept;
    kept.set_currency_code(project->currency);
    kept.set_minor_units(proposal.kept);
    ForfeitFaults(*project, proposal.contract, kept, proposal.category, reasons);
    if (!reasons.empty()) return reasons;
    Contract& contract = project->contracts.at(proposal.contract);
    const std::string category = Lower(v1::SpendingCategory_Name(proposal.category));
    if (!contract.forfeited.contains(category)) contract.forfeited_first.push_back(category);
    contract.forfeited[category] += proposal.kept;
  } else if (!proposal.returned_to.empty()) {
    YearEndFaults(*project, proposal.returned_to, proposal.year, reasons);
    Party& payee = *FindParty(*project, proposal.returned_to);
    const auto [money, interest] = YearEnd(*project, payee, proposal.year);
    Require(money == proposal.money && interest == proposal.interest, v1::TARGET_CHANGED, reasons);
    if (!reasons.empty()) return reasons;
    // It counts as not given: first what was beyond the due, then the last tranches, which are to be paid again.
    const int64_t beyond = std::min(money, Verified(*project, payee));
    int64_t reopened = money - beyond;
    payee.beyond_back += beyond;
    payee.back_at_year_end += money;
    const int latest = LatestYear(*project, payee);
    if (latest <= proposal.year) payee.back_of_year[latest] += std::min(reopened, OfLatestYear(*project, payee));
    OweLater(payee, Today(*project), reopened);
    for (int ordinal = kTrancheStepsMax; ordinal > 0; --ordinal) {
      for (auto& [name, tranche] : project->tranches) {
        if (tranche.party != payee.organization || tranche.ordinal != ordinal) continue;
        const int64_t part = std::min(reopened, TrancheArrived(*project, name));
        tranche.back += part;
        tranche.unsent += part;
        reopened -= part;
      }
    }
    payee.left -= money;
    payee.payable += money + interest;
    payee.interest += interest;
    project->interest -= interest;
  } else {
    const std::string name = touched_ + "/expenditures/" + proposal.expenditure_id;
    RequireState(*project, ObligationStates(*project, *proposal.expenditure), reasons);
    SpendingFaults(*project, name, *proposal.expenditure, reasons);
    if (!reasons.empty()) return reasons;
    Spend(*project, name, *proposal.expenditure);
    project->bank_days[name] = bank_day_;
  }
  proposal.state = v1::Proposal::APPROVED;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawProposalRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->proposals.find(request.name());
  if (found == project->proposals.end()) return {v1::PROPOSAL_NOT_FOUND};
  Require(actor_.organization == found->second.proposer || IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(found->second.state == v1::Proposal::OPEN, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) found->second.state = v1::Proposal::WITHDRAWN;
  return reasons;
}

Reasons Model::Do(const v1::ProposalExpired& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.proposal())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->proposals.find(request.proposal());
  if (found == project->proposals.end()) return {v1::PROPOSAL_NOT_FOUND};
  Proposal& proposal = found->second;
  Require(proposal.state == v1::Proposal::OPEN && stamp_.commit_time_us >= proposal.expires_us, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) proposal.state = v1::Proposal::EXPIRED;
  return reasons;
}

Reasons Model::Do(const v1::PledgeLapsed& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.pledge())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->pledges.find(request.pledge());
  if (found == project->pledges.end() || !found->second.watched) return {v1::PLEDGE_NOT_FOUND};
  Pledge& pledge = found->second;
  Require(stamp_.commit_time_us >= pledge.lapses_us, v1::WRONG_RESOURCE_STATE, reasons);
  if (!reasons.empty()) return reasons;
  pledge.lapsed = std::max<int64_t>(0, OpenOf(*project, request.pledge()));
  pledge.watched = false;
  pledge.has_lapsed = true;
  return reasons;
}

Reasons Model::Do(const v1::Deadline& request) {
  Reasons reasons;
  Project* project = Open(request.resource(), reasons);
  if (project == nullptr) return reasons;
  RequireState(*project, {S::APPROVED}, reasons);
  Require(project->agreement_ends_us != 0 && stamp_.commit_time_us >= project->agreement_ends_us, v1::WRONG_RESOURCE_STATE, reasons);
  if (!reasons.empty()) return reasons;
  EndPromises(*project, /*settled=*/false);
  EndPledges(*project);
  project->state = S::CANCELLED;
  return reasons;
}

// Goods and labour.

std::optional<int64_t> Model::WorthOf(const Project& project, int64_t quantity, const v1::Money& unit, Reasons& reasons) const {
  Require(unit.currency_code() == project.currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(unit.minor_units(), reasons);
  Require(quantity >= 1 && quantity <= 1'000'000'000'000, v1::INVALID_FIELD, reasons);
  const __int128 worth = static_cast<__int128>(quantity) * unit.minor_units() / 1'000;
  if (worth >= 1 && worth <= kAmountMinorUnitsMax) return static_cast<int64_t>(worth);
  reasons.insert(v1::AMOUNT_OUT_OF_RANGE);
  return std::nullopt;
}

void Model::InKindRoom(const Project& project, const Party& party, int64_t open, int64_t worth, Reasons& reasons) const {
  if (Behind(project) != S::COMPLETED) return;
  const int64_t counted = InKindCounting(project, party, open);
  const int64_t more = InKindCounting(project, party, open + worth) - counted;
  const int64_t missing = party.due - Verified(project, party) - Received(project, party) - counted;
  Require(worth <= more && worth <= missing, v1::CONTRIBUTION_ABOVE_DUE, reasons);
}

Reasons Model::Do(const v1::DeclareInKindRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/in-kinds/" + request.in_kind_id();
  const v1::InKind& wanted = request.in_kind();
  const Party* party = FindParty(*project, wanted.party());
  RequireActsFor(wanted.party(), reasons);
  Require(!Has(project->in_kinds, name), v1::NAME_TAKEN, reasons);
  Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
  if (party != nullptr) Require(party->replaced_by.empty(), v1::PARTY_REPLACED, reasons);
  RequireState(*project, kContributing, reasons);
  Require(RuleOf(*project).in_kind_allowed(), v1::IN_KIND_NOT_ALLOWED, reasons);
  Require(!wanted.evidence().empty(), v1::DOCUMENT_MISSING, reasons);
  const std::optional<int64_t> worth = WorthOf(*project, wanted.quantity_milli(), wanted.unit_value(), reasons);
  if (party != nullptr && worth.has_value())
    InKindRoom(*project, *party, InKindGiven(*project, *party) + InKindDeclared(*project, *party), *worth, reasons);
  if (!reasons.empty()) return reasons;
  InKind& goods = project->in_kinds[name];
  goods.party = wanted.party();
  goods.declarer = actor_.organization;
  goods.declared = *worth;
  goods.quantity = wanted.quantity_milli();
  return reasons;
}

Reasons Model::Do(const v1::AppraiseInKindRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->in_kinds.find(request.name());
  if (found == project->in_kinds.end()) return {v1::IN_KIND_NOT_FOUND};
  InKind& goods = found->second;
  const Party& party = *FindParty(*project, goods.party);
  RequireVerifier(*project, goods.declarer, reasons);
  RequireStateBehind(*project, kContributing, reasons);
  Require(goods.state == v1::InKind::DECLARED, v1::WRONG_RESOURCE_STATE, reasons);
  Require(!IsFrozen(goods.party) && !IsFrozen(Now(goods.party)), v1::REGISTRATION_FROZEN, reasons);
  RequireBankDay(*project, request.appraisal_date(), reasons);
  Require(!request.documents().empty(), v1::DOCUMENT_MISSING, reasons);
  // Nobody gave more than it says.
  Require(request.quantity_milli() <= goods.quantity, v1::QUANTITY_OUT_OF_ORDER, reasons);
  const std::optional<int64_t> worth = WorthOf(*project, request.quantity_milli(), request.unit_value(), reasons);
  if (worth.has_value()) InKindRoom(*project, party, InKindGiven(*project, party), *worth, reasons);
  bank_day_ = request.appraisal_date();
  if (!reasons.empty()) return reasons;
  const int64_t counted = InKindCounting(*project, party, InKindGiven(*project, party));
  goods.state = v1::InKind::APPRAISED;
  goods.appraised = *worth;
  project->bank_days[request.name()] = bank_day_;
  const bool counts_more = InKindCounting(*project, party, InKindGiven(*project, party)) > counted;
  const bool opens = RuleOf(*project).in_kind_in_bound() && IsClubParty(*project, party);
  if (project->state == S::AGREED && counts_more && opens) project->state = S::FUNDING;
  return reasons;
}

Reasons Model::Do(const v1::RejectInKindRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->in_kinds.find(request.name());
  if (found == project->in_kinds.end()) return {v1::IN_KIND_NOT_FOUND};
  RequireVerifier(*project, found->second.declarer, reasons);
  RequireStateBehind(*project, kClearing, reasons);
  Require(found->second.state == v1::InKind::DECLARED, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) found->second.state = v1::InKind::REJECTED;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawInKindRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->in_kinds.find(request.name());
  if (found == project->in_kinds.end()) return {v1::IN_KIND_NOT_FOUND};
  const InKind& goods = found->second;
  const std::set<std::string> may = {goods.declarer, goods.party, Now(goods.declarer), Now(goods.party)};
  Require(may.contains(actor_.organization), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireStateBehind(*project, kClearing, reasons);
  Require(goods.state == v1::InKind::DECLARED, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) found->second.state = v1::InKind::WITHDRAWN;
  return reasons;
}

// Vendors.

Reasons Model::Do(const v1::RecordContractRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/contracts/" + request.contract_id();
  const v1::Contract& wanted = request.contract();
  Require(actor_.organization == project->executor, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!Has(project->contracts, name), v1::NAME_TAKEN, reasons);
  RequireState(*project, kContracting, reasons);
  Require(wanted.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(wanted.amount().minor_units(), reasons);
  Require(wanted.contract_date() <= Today(*project), v1::DATE_IN_FUTURE, reasons);
  Require(!wanted.evidence().empty(), v1::DOCUMENT_MISSING, reasons);
  Require(project->contracts.size() < 64, v1::PROJECT_FULL, reasons);
  if (reasons.empty()) project->contracts[name].amount = wanted.amount().minor_units();
  return reasons;
}

Reasons Model::Do(const v1::RecoverAdvanceRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->expenditures.find(request.name());
  if (found == project->expenditures.end()) return {v1::EXPENDITURE_NOT_FOUND};
  Expenditure& advance = found->second;
  const int64_t amount = request.amount().minor_units();
  RequireVerifier(*project, "", reasons);
  RequireStateBehind(*project, kAfterPaying, reasons);
  Require(!advance.reversed && advance.purpose == v1::ADVANCE, v1::WRONG_RESOURCE_STATE, reasons);
  Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
  Require(request.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(amount, reasons);
  RequireBankDay(*project, request.bank_value_date(), reasons);
  RequireAccountOf(*project, request, reasons);
  Require(HasDocument(request.documents(), v1::BANK_RECEIPT), v1::DOCUMENT_MISSING, reasons);
  if (advance.purpose == v1::ADVANCE) {
    Require(amount <= std::min(AdvanceOpen(*project, advance.contract), advance.amount - advance.recovered), v1::ADVANCE_TOO_SMALL, reasons);
  }
  BankFaults(*project, BankOf(request), amount, request.bank_value_date(), reasons);
  bank_day_ = request.bank_value_date();
  if (!reasons.empty()) return reasons;
  std::vector<int64_t> out;
  for (std::size_t i = 0; i < advance.drawn.size(); ++i) out.push_back(advance.drawn[i] - advance.back[i]);
  const std::vector<int64_t> back = Share(amount, out);
  for (std::size_t i = 0; i < back.size(); ++i) {
    advance.back[i] += back[i];
    project->parties[i].left += back[i];
    project->parties[i].spent -= back[i];
  }
  advance.recovered += amount;
  advance.recoveries[stamp_.sequence] = {amount, back};
  TakeBank(*project, BankOf(request), request.name() + "#" + std::to_string(stamp_.sequence), false, amount);
  ++advance.changes;
  return reasons;
}

void Model::ForfeitFaults(const Project& project, const std::string& contract, const v1::Money& amount, v1::SpendingCategory category,
                          Reasons& reasons) const {
  RequireStateBehind(project, kAfterPaying, reasons);
  Require(!RefundOpen(project), v1::REFUND_OPEN, reasons);
  Require(amount.currency_code() == project.currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(amount.minor_units(), reasons);
  Require(Has(project.contracts, contract), v1::CONTRACT_NOT_FOUND, reasons);
  if (!Has(project.contracts, contract)) return;
  Require(amount.minor_units() <= Retained(project, contract), v1::RETENTION_TOO_SMALL, reasons);
  const std::map<std::string, int64_t> spent = Spent(project);
  const auto there = spent.find(Lower(v1::SpendingCategory_Name(category)));
  Require(there != spent.end() && there->second >= amount.minor_units(), v1::INVALID_FIELD, reasons);
}

Reasons Model::Do(const v1::ProposeForfeitureRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  Require(IsOffice(*project) || actor_.organization == project->executor, v1::ACTOR_NOT_ALLOWED, reasons);
  ProposalFaults(*project, name, reasons);
  ForfeitFaults(*project, request.contract(), request.amount(), request.category(), reasons);
  Require(!request.documents().empty(), v1::DOCUMENT_MISSING, reasons);
  if (!reasons.empty()) return reasons;
  Proposal& proposal = AddProposal(*project, name);
  proposal.contract = request.contract();
  proposal.category = request.category();
  proposal.kept = request.amount().minor_units();
  return reasons;
}

// The end of a year.

void Model::YearEndFaults(const Project& project, const std::string& who, int year, Reasons& reasons) const {
  RequireStateBehind(project, kReleasing, reasons);
  const std::string agreed = AgreedOn(project);
  Require(YearOf(Today(project)) > year && (agreed.empty() || year >= YearOf(agreed)), v1::YEAR_END_RETURN_NOT_DUE, reasons);
  Require(!RefundOpen(project), v1::REFUND_OPEN, reasons);
  Require(Unknown(project) == 0, v1::BALANCE_NOT_ZERO, reasons);
  const Party* party = nullptr;
  for (const Party& one : project.parties) {
    if (one.organization == who) party = &one;
  }
  Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
  if (party == nullptr) return;
  Require(party->replaced_by.empty(), v1::PARTY_REPLACED, reasons);
  const v1::FunderRole* role = RoleOf(project, party->role);
  Require(role != nullptr && role->returns_unspent_at_year_end(), v1::YEAR_END_RETURN_NOT_DUE, reasons);
  // Finished, and given by all: then what is left is saved.
  Reasons short_of;
  ShareFaults(project, short_of);
  Require(Behind(project) != S::COMPLETED || !short_of.empty(), v1::YEAR_END_RETURN_NOT_DUE, reasons);
  const auto [money, interest] = YearEnd(project, *party, year);
  Require(money + interest > 0, v1::NOTHING_TO_REFUND, reasons);
  Require(money + interest <= Bank(project) - project.uncarried, v1::BALANCE_NOT_CARRIED, reasons);
}

Reasons Model::Do(const v1::ProposeYearEndReturnRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  Require(IsOffice(*project) || actor_.organization == request.party(), v1::ACTOR_NOT_ALLOWED, reasons);
  ProposalFaults(*project, name, reasons);
  YearEndFaults(*project, request.party(), request.fiscal_year(), reasons);
  if (!reasons.empty()) return reasons;
  const auto [money, interest] = YearEnd(*project, *FindParty(*project, request.party()), request.fiscal_year());
  Proposal& proposal = AddProposal(*project, name);
  proposal.returned_to = request.party();
  proposal.year = request.fiscal_year();
  proposal.money = money;
  proposal.interest = interest;
  return reasons;
}

Reasons Model::Do(const v1::MoveCommitmentRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  Party* party = FindParty(*project, request.party());
  if (party == nullptr) return {v1::PARTY_NOT_FOUND};
  Require(actor_.organization == request.party(), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!PoolOf(*project, *party).empty(), v1::ROLE_MISMATCH, reasons);
  RequireStateBehind(*project,
                     {S::APPROVED, S::AGREED, S::FUNDING, S::AUTHORISED, S::EXECUTING, S::COMPLETED, S::HANDED_OVER}, reasons);
  const int from = request.from_fiscal_year(), to = request.to_fiscal_year();
  Require(to > from, v1::INVALID_FIELD, reasons);
  const int64_t promised = Has(party->pools, from) ? party->pools.at(from).promised : 0;
  const int64_t amount = request.has_amount() ? request.amount().minor_units() : promised;
  if (request.has_amount()) {
    Require(request.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
    RequireAmount(amount, reasons);
  }
  Require(promised > 0 && amount <= promised, v1::MOVE_ABOVE_COMMITTED, reasons);
  Require(!IsClosed(project->program, to), v1::FISCAL_YEAR_STATE, reasons);
  const std::string pool = PoolName(project->program, party->organization, to);
  const int64_t free = Has(pools_, pool) ? pools_.at(pool).budget - PoolCommitted(pool) - PoolReleased(pool) : -1;
  Require(free >= amount, v1::POOL_EXCEEDED, reasons);
  if (!reasons.empty()) return reasons;
  party->pools[from].promised -= amount;
  party->pools[to].promised += amount;
  // Years that pay nothing are none.
  std::set<int> years;
  for (const auto& [year, share] : party->pools) {
    if (share.promised + share.released > 0) years.insert(year);
  }
  Require(years.size() <= 8, v1::PROJECT_FULL, reasons);
  return reasons;
}

Reasons Model::Do(const v1::ReceiveReleaseRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  const auto found = project->releases.find(request.name());
  if (found == project->releases.end()) return {v1::RELEASE_NOT_FOUND};
  Release& release = found->second;
  const int64_t credited = request.credited().minor_units();
  RequireVerifier(*project, release.party, reasons);
  if (project->state != S::HANDED_OVER || release.state != v1::Release::RELEASED) RequireState(*project, kReleasing, reasons);
  Require(release.state == v1::Release::RELEASED, v1::WRONG_RESOURCE_STATE, reasons);
  Require(HasDocument(request.documents(), v1::BANK_RECEIPT), v1::DOCUMENT_MISSING, reasons);
  Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
  Require(request.credited().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireBankDay(*project, request.bank_value_date(), reasons);
  RequireAccountOf(*project, request, reasons);
  RequireAmount(credited, reasons);
  Require(credited <= release.sent, v1::CREDIT_ABOVE_RELEASE, reasons);
  bank_day_ = request.bank_value_date();
  BankFaults(*project, BankOf(request), credited, request.bank_value_date(), reasons);
  if (!reasons.empty()) return reasons;
  TakeBank(*project, BankOf(request), request.name(), false, credited);
  release.state = v1::Release::RECEIVED;
  release.credited = credited;
  release.year = YearOf(request.bank_value_date());
  Party& party = *FindParty(*project, release.party);
  party.paid_in += credited;
  party.left += credited;
  if (project->state == S::AUTHORISED) project->state = S::EXECUTING;
  return reasons;
}

Reasons Model::Do(const v1::RecordExpenditureRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/expenditures/" + request.expenditure_id();
  Require(actor_.organization == project->executor, v1::ACTOR_NOT_ALLOWED, reasons);
  const v1::PaymentPurpose purpose = request.expenditure().purpose();
  RequireState(*project, purpose == v1::ADVANCE ? std::set<State>{S::EXECUTING} : purpose == v1::RETENTION_RELEASE ? kRetained : kSpending,
               reasons);
  SpendingFaults(*project, name, request.expenditure(), reasons);
  bank_day_ = request.expenditure().payment_date();
  BankFaults(*project, BankOf(request), -request.expenditure().amount().minor_units(), bank_day_, reasons);
  if (!reasons.empty()) return reasons;
  Spend(*project, name, request.expenditure());
  TakeBank(*project, BankOf(request), name, false, -request.expenditure().amount().minor_units());
  return reasons;
}

Reasons Model::Do(const v1::RecordInterestRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/interests/" + request.interest_id();
  const v1::Interest& wanted = request.interest();
  RequireVerifier(*project, "", reasons);
  Require(!Has(project->interests, name), v1::NAME_TAKEN, reasons);
  bank_day_ = wanted.bank_value_date();
  RequireStateBehind(*project, kEarning, reasons);
  Require(wanted.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireBankDay(*project, wanted.bank_value_date(), reasons);
  RequireAccountEver(*project, request.account(), reasons);
  Require(HasDocument(wanted.evidence(), v1::BANK_RECEIPT), v1::DOCUMENT_MISSING, reasons);
  RequireAmount(wanted.amount().minor_units(), reasons);
  BankFaults(*project, BankOf(request), wanted.amount().minor_units(), wanted.bank_value_date(), reasons);
  if (!reasons.empty()) return reasons;
  TakeBank(*project, BankOf(request), name, false, wanted.amount().minor_units());
  project->interests[name].amount = wanted.amount().minor_units();
  project->interest += wanted.amount().minor_units();
  return reasons;
}

Reasons Model::Do(const v1::ApportionRefundsRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  Require(IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  RequireStateBehind(*project, kRefunding, reasons);
  Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
  Require(project->uncarried == 0, v1::BALANCE_NOT_CARRIED, reasons);
  int64_t owed_or_paid = 0;
  for (const Party& party : project->parties) {
    Require(Transit(*project, party) == 0, v1::BALANCE_NOT_ZERO, reasons);
    owed_or_paid += party.due + party.paid_in;
  }
  Require(Unknown(*project) == 0, v1::BALANCE_NOT_ZERO, reasons);
  if (Behind(*project) == S::COMPLETED) ShareFaults(*project, reasons);
  const int64_t unspent = std::max<int64_t>(0, Box(*project) - Retained(*project, ""));
  Require((unspent > 0 || project->interest > 0) && owed_or_paid > 0, v1::NOTHING_TO_REFUND, reasons);
  if (!reasons.empty()) return reasons;
  const std::vector<int64_t> by = RefundWeights(*project);
  const std::vector<int64_t> refunds = Refunds(*project, unspent);
  const std::vector<int64_t> yields = Share(project->interest, by);
  // Each from its own first. Who has too little takes the rest of what the others then still have.
  std::vector<int64_t> lacks;
  for (std::size_t i = 0; i < project->parties.size(); ++i) {
    Party& party = project->parties[i];
    const int64_t own = std::min(party.left, refunds[i]);
    lacks.push_back(refunds[i] - own);
    party.left -= own;
    party.equalised -= lacks[i];
    party.payable += refunds[i] + yields[i];
    party.interest += yields[i];
  }
  for (const int64_t lack : lacks) {
    if (lack == 0) continue;
    std::vector<int64_t> left;
    for (const Party& party : project->parties) left.push_back(party.left);
    const std::vector<int64_t> parts = Share(lack, left);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      project->parties[i].left -= parts[i];
      project->parties[i].equalised += parts[i];
    }
  }
  project->interest = 0;
  return reasons;
}

Reasons Model::Do(const v1::PayRefundRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/refunds/" + request.refund_id();
  Party* party = FindParty(*project, request.refund().party());
  RequireVerifier(*project, "", reasons);
  Require(!Has(project->refunds, name), v1::NAME_TAKEN, reasons);
  Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
  if (party != nullptr) Require(!IsDisputed(party->organization), v1::REGISTRATION_FROZEN, reasons);
  // Until the work is done only what goes back at the end of a year is payable.
  RequireStateBehind(*project, party != nullptr && party->payable > 0 ? kPayingBack : kRefunding, reasons);
  RequireBankDay(*project, request.refund().payment_date(), reasons);
  bank_day_ = request.refund().payment_date();
  int64_t principal = 0, interest = 0;
  const std::string& sent = request.refund().reallocation();
  if (party != nullptr && sent.empty()) {
    // What goes elsewhere is not paid to it.
    principal = party->payable - party->interest - Reallocating(*project, *party);
    interest = party->interest;
    Require(principal + interest > 0, v1::NOTHING_TO_REFUND, reasons);
  }
  if (party != nullptr && !sent.empty()) {
    Require(Has(project->reallocations, sent), v1::REALLOCATION_NOT_FOUND, reasons);
    if (Has(project->reallocations, sent)) {
      const Reallocation& reallocation = project->reallocations.at(sent);
      principal = reallocation.amount;
      Require(reallocation.state == v1::Reallocation::APPROVED, v1::WRONG_RESOURCE_STATE, reasons);
      Require(reallocation.party == party->organization, v1::INVALID_FIELD, reasons);
      ArrivalFaults(*project, request.parent(), reallocation.target, reallocation.party, reallocation.amount, false, reasons);
    }
  }
  Require(principal + interest <= Bank(*project) - project->uncarried, v1::BALANCE_NOT_CARRIED, reasons);
  if (party != nullptr) BankFaults(*project, BankOf(request), -(principal + interest), request.refund().payment_date(), reasons);
  if (!reasons.empty()) return reasons;
  TakeBank(*project, BankOf(request), name, false, -(principal + interest));
  project->refunds[name] = {party->organization, principal, interest, false, sent};
  if (!sent.empty()) {
    project->reallocations.at(sent).state = v1::Reallocation::SENT;
    project->reallocations.at(sent).refund = name;
  }
  party->refunded += principal;
  party->interest_paid += interest;
  party->payable -= principal + interest;
  party->interest -= interest;
  return reasons;
}

Reasons Model::Do(const v1::RecordRepaymentRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/repayments/" + request.repayment_id();
  const v1::Repayment& wanted = request.repayment();
  const int64_t amount = wanted.amount().minor_units();
  Party* party = FindParty(*project, wanted.party());
  RequireVerifier(*project, wanted.party(), reasons);
  Require(!Has(project->repayments, name), v1::NAME_TAKEN, reasons);
  Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
  RequireStateBehind(*project, kRepaying, reasons);
  bank_day_ = wanted.bank_value_date();
  Require(!RefundOpen(*project), v1::REFUND_OPEN, reasons);
  Require(wanted.amount().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireBankDay(*project, wanted.bank_value_date(), reasons);
  RequireAccountOf(*project, request, reasons);
  Require(HasDocument(wanted.evidence(), v1::BANK_RECEIPT), v1::DOCUMENT_MISSING, reasons);
  RequireAmount(amount, reasons);
  if (party != nullptr) Require(amount <= Receivable(*project, *party), v1::REPAYMENT_ABOVE_RECEIVABLE, reasons);
  BankFaults(*project, BankOf(request), amount, wanted.bank_value_date(), reasons);
  if (!reasons.empty()) return reasons;
  TakeBank(*project, BankOf(request), name, false, amount);
  Repayment& repayment = project->repayments[name];
  repayment.party = party->organization;
  repayment.amount = amount;
  // Whoever covered for this party unknown comes first, then the box.
  const int64_t covered = std::min(amount, party->unknown);
  repayment.covered = covered;
  party->unknown -= covered;
  party->paid_in += amount - covered;
  // Others gave for it what it had not; so much of what comes into the box is theirs.
  std::vector<int64_t> gave;
  for (const Party& other : project->parties) gave.push_back(other.equalised > 0 ? other.equalised : 0);
  const int64_t theirs = party->equalised < 0 ? std::min(amount - covered, -party->equalised) : 0;
  const std::vector<int64_t> parts = theirs > 0 ? Share(theirs, gave) : std::vector<int64_t>(gave.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    project->parties[i].left += parts[i];
    project->parties[i].equalised -= parts[i];
  }
  party->left += amount - covered - theirs;
  party->equalised += theirs;
  // It is paid again for what it was: releases by their tranches' order, what was had twice, then contributions.
  int64_t rest = amount;
  for (int ordinal = 1; ordinal <= kTrancheStepsMax; ++ordinal) {
    for (auto& [release_name, release] : project->releases) {
      if (release.party != party->organization || project->tranches.at(release.tranche).ordinal != ordinal) continue;
      const int64_t part = std::min(rest, release.owed);
      release.owed -= part;
      release.repaid += part;
      if (part > 0) repayment.releases[release_name] = part;
      rest -= part;
    }
  }
  repayment.twice = std::min(rest, party->twice);
  party->twice -= repayment.twice;
  rest -= repayment.twice;
  party->contribution_owed -= rest;
  party->contribution_repaid += rest;
  return reasons;
}

// Amendments.

namespace {

// A changed commitment by its steps: the first `begun` stay, the others share what is left by their widths, none below what is sent.
std::vector<int64_t> CutAnew(int64_t commitment, const std::vector<int64_t>& reached_bps, std::vector<int64_t> cut,
                             const std::vector<int64_t>& sent, std::size_t begun) {
  if (std::accumulate(cut.begin(), cut.end(), int64_t{0}) == commitment) return cut;
  const auto sum = [](const std::vector<int64_t>& amounts, std::size_t from, std::size_t to) {
    return std::accumulate(amounts.begin() + static_cast<std::ptrdiff_t>(from), amounts.begin() + static_cast<std::ptrdiff_t>(to), int64_t{0});
  };
  const std::size_t count = cut.size();
  // What stands gives way where it must, the last first.
  for (std::size_t i = begun; i-- > 0;) {
    const int64_t missing = sum(cut, 0, begun) + sum(sent, begun, count) - commitment;
    cut[i] -= std::clamp<int64_t>(missing, 0, cut[i] - sent[i]);
  }
  std::set<std::size_t> open;
  for (std::size_t i = begun; i < count; ++i) open.insert(i);
  int64_t rest = commitment - sum(cut, 0, begun);
  if (open.empty()) cut.back() += rest;
  while (!open.empty()) {
    __int128 all = 0, so_far = 0;
    for (std::size_t i : open) all += reached_bps[i] - (i == 0 ? 0 : reached_bps[i - 1]);
    int64_t given = 0;
    std::optional<std::size_t> short_of;
    for (std::size_t i : open) {
      so_far += reached_bps[i] - (i == 0 ? 0 : reached_bps[i - 1]);
      const auto up_to = static_cast<int64_t>(rest * so_far / all);
      cut[i] = up_to - given;
      given = up_to;
      if (!short_of.has_value() && cut[i] < sent[i]) short_of = i;
    }
    if (!short_of.has_value()) break;
    cut[*short_of] = sent[*short_of];
    rest -= sent[*short_of];
    open.erase(*short_of);
  }
  return cut;
}

}  // namespace

int64_t Model::Reallocating(const Project& project, const Party& party) const {
  int64_t sum = 0;
  for (const auto& [name, proposal] : project.proposals) {
    if (proposal.state == v1::Proposal::OPEN && proposal.reallocation.has_value() && proposal.reallocation->party() == party.organization)
      sum += proposal.reallocation->amount().minor_units();
  }
  for (const auto& [name, reallocation] : project.reallocations) {
    if (reallocation.party == party.organization && reallocation.state == v1::Reallocation::APPROVED) sum += reallocation.amount;
  }
  return sum;
}

int64_t Model::Bank(const Project& project) const { return Balances(project).at("bank"); }

void Model::AmendmentFaults(const std::string& project_name, const v1::AmendmentTerms& terms, Project& after,
                            std::vector<std::string>& signers, Reasons& reasons) const {
  const Project before = after;
  const v1::RuleVersion& rule = RuleOf(before);
  auto kind_of = [&](const std::string& name) {
    Require(Has(organizations_, name), v1::ORGANIZATION_NOT_FOUND, reasons);
    Require(!IsMerged(name), v1::ORGANIZATION_MERGED, reasons);
    return Has(organizations_, name) ? organizations_.at(name).kind : v1::ORGANIZATION_KIND_UNSPECIFIED;
  };
  auto find = [&](const std::string& name) -> Party* {
    for (Party& party : after.parties) {
      if (party.organization == name) return &party;
    }
    return nullptr;
  };
  std::set<std::string> named;
  auto once = [&](const std::string& what) { Require(named.insert(what).second, v1::AMENDMENT_CHANGES_NOTHING, reasons); };
  bool changes = false, concerned = false;

  for (const auto& replacement : terms.replacements()) {
    once("leaves " + replacement.organization());
    once("joins " + replacement.successor());
    changes = true;
    Party* leaving = find(replacement.organization());
    const bool joined_before = std::any_of(before.parties.begin(), before.parties.end(),
                                           [&](const Party& party) { return party.organization == replacement.organization(); });
    Require(joined_before, v1::PARTY_NOT_FOUND, reasons);
    if (leaving == nullptr || !joined_before) continue;
    Require(leaving->replaced_by.empty(), v1::PARTY_REPLACED, reasons);
    if (!leaving->replaced_by.empty()) continue;
    for (const std::string& who : {leaving->organization, Now(leaving->organization)}) {
      Require(!IsFrozen(who) || organizations_.at(who).state == v1::Organization::REVOKED, v1::REGISTRATION_FROZEN, reasons);
    }
    // Nothing of it is on its way, proposed, declared or owed back.
    Require(Transit(before, *leaving) == 0 && Proposed(before, *leaving) == 0 && Declared(before, *leaving) == 0, v1::BALANCE_NOT_ZERO, reasons);
    Require(InKindDeclared(before, *leaving) == 0, v1::BALANCE_NOT_ZERO, reasons);
    Require(Receivable(before, *leaving) == 0, v1::RECEIVABLE_OPEN, reasons);
    const v1::OrganizationKind kind = kind_of(replacement.successor());
    const v1::FunderRole& role = *RoleOf(before, leaving->role);
    Require(find(replacement.successor()) == nullptr, v1::ROLE_MISMATCH, reasons);
    // It may have confirmed what the project was given.
    Require(!IsNamedVerifier(before, replacement.successor()), v1::ROLE_MISMATCH, reasons);
    Require(std::count(role.kinds().begin(), role.kinds().end(), kind) > 0, v1::ROLE_MISMATCH, reasons);
    Require(before.club != leaving->organization || kind == v1::CLUB, v1::ROLE_MISMATCH, reasons);
    if (terms.committee().empty()) Require(before.committee != replacement.successor(), v1::ROLE_MISMATCH, reasons);
    for (const v1::CumulativeCap& cap : rule.cumulative_caps()) {
      if (cap.scope() != v1::CumulativeCap::FEDERATION_YEAR || !role.club_money() || kind != v1::CLUB) continue;
      Require(!Above(replacement.successor()).empty(), v1::FEDERATION_MISSING, reasons);
    }
    // What a club gave in kind covers its part of what it owed, as its money does.
    const int64_t in_kind = InKindCounting(before, *leaving, InKindGiven(before, *leaving));
    const int64_t given =
        IsClubParty(before, *leaving) ? std::min(leaving->due, Verified(before, *leaving) + in_kind) : Released(before, *leaving);
    leaving->kept_in_kind = in_kind;
    Party joining;
    joining.organization = replacement.successor();
    joining.role = leaving->role;
    joining.due = leaving->due - given;
    joining.tolerance = leaving->tolerance;
    joining.has_signed = true;
    joining.replaces = leaving->organization;
    joining.joined_date = Today(before);
    leaving->due = given;
    leaving->replaced_by = joining.organization;
    if (after.club == joining.replaces) after.club = joining.organization;
    after.parties.push_back(joining);
    // A club belongs, for this project, to the federation that it came with.
    const bool fixed = std::any_of(before.federations.begin(), before.federations.end(),
                                   [&](const auto& known) { return Now(known.first) == replacement.successor(); });
    if (kind == v1::CLUB && role.club_money() && !fixed && !Above(replacement.successor()).empty()) {
      after.federations[replacement.successor()] = Above(replacement.successor());
    }
  }
  Require(after.parties.size() <= static_cast<std::size_t>(kPartiesPerProjectMax), v1::ROLE_MISMATCH, reasons);
  for (const auto& due : terms.dues()) {
    once("due " + due.organization());
    Require(due.due_minor_units() >= 0 && due.due_minor_units() <= kAmountMinorUnitsMax, v1::INVALID_FIELD, reasons);
    Party* party = find(due.organization());
    Require(party != nullptr, v1::PARTY_NOT_FOUND, reasons);
    if (party == nullptr) continue;
    // Who was replaced may only come to owe less, down to what it has given.
    Require(party->replaced_by.empty() || due.due_minor_units() <= party->due, v1::PARTY_REPLACED, reasons);
    // Who only now leaves owes what it has given.
    const bool leaves = std::any_of(before.parties.begin(), before.parties.end(), [&](const Party& was) {
      return was.organization == due.organization() && was.replaced_by.empty() && !party->replaced_by.empty();
    });
    Require(!leaves || due.due_minor_units() >= party->due, v1::AMENDMENT_BELOW_GIVEN, reasons);
    changes = changes || party->due != due.due_minor_units();
    party->due = due.due_minor_units();
  }
  if (terms.has_total_minor_units()) {
    RequireAmount(terms.total_minor_units(), reasons);
    changes = changes || terms.total_minor_units() != before.total;
    concerned = true;
    after.total = terms.total_minor_units();
  }
  if (!terms.executor().empty()) {
    changes = changes || terms.executor() != before.executor;
    concerned = true;
    if (terms.executor() != before.executor) {
      after.former_executors.push_back(before.executor);
      Require(!IsNamedVerifier(before, terms.executor()), v1::ROLE_MISMATCH, reasons);
    }
    after.executor = terms.executor();
    const std::set<v1::OrganizationKind> builders = {v1::EXECUTOR, v1::MUNICIPAL_GOVERNMENT, v1::STATE_GOVERNMENT, v1::FEDERAL_GOVERNMENT};
    Require(builders.contains(kind_of(terms.executor())), v1::ROLE_MISMATCH, reasons);
    if (!before.committee.empty() && terms.committee().empty()) {
      Require(before.committee != terms.executor() && organizations_.at(before.committee).parent != terms.executor(), v1::ROLE_MISMATCH, reasons);
    }
  }
  if (!terms.committee().empty()) {
    concerned = true;
    const v1::OrganizationKind kind = kind_of(terms.committee());
    const bool fits = kind == v1::MIRROR_CLUB || kind == v1::COMMITTEE || kind == v1::ORGANIZATION_KIND_UNSPECIFIED;
    Require(fits, v1::ROLE_MISMATCH, reasons);
    Require(terms.committee() != after.executor && find(terms.committee()) == nullptr, v1::ROLE_MISMATCH, reasons);
    if (Has(organizations_, terms.committee())) {
      Require(organizations_.at(terms.committee()).parent != after.executor, v1::ROLE_MISMATCH, reasons);
    }
    // Nor does it look at what it, or whom it belongs to, built before.
    for (const std::string& builder : after.former_executors) {
      Require(terms.committee() != builder, v1::ROLE_MISMATCH, reasons);
      if (Has(organizations_, terms.committee())) {
        Require(organizations_.at(terms.committee()).parent != builder, v1::ROLE_MISMATCH, reasons);
      }
    }
    if (terms.committee() != before.committee) Require(!IsNamedVerifier(before, terms.committee()), v1::ROLE_MISMATCH, reasons);
    if (terms.committee() != before.committee) {
      changes = true;
      after.committee = terms.committee();
      after.handover.clear();
      after.handover_by.clear();
    }
  }
  if (terms.has_account()) {
    changes = changes || terms.account().number_commitment() != before.account;
    concerned = true;
    if (terms.account().number_commitment() != before.account) {
      RequireAccountFree(terms.account().use(), reasons);
      if (before.account_seen) after.former_accounts.push_back(before.account);
      after.account_seen = false;
      after.account_use = terms.account().use();
      after.account = terms.account().number_commitment();
      // Back on the only one there was before, what had to be carried has come, and what had come has to be carried.
      const std::set<std::string> all(after.former_accounts.begin(), after.former_accounts.end());
      std::set<std::string> two = {before.account, after.account};
      const bool only_these = !all.empty() && std::includes(two.begin(), two.end(), all.begin(), all.end());
      after.uncarried = Bank(before) - (only_these ? before.uncarried : 0);
    }
  }
  if (!terms.title_commitment().empty()) {
    changes = changes || terms.title_commitment() != before.title;
    concerned = true;
    after.title = terms.title_commitment();
  }
  if (terms.category() != v1::PROJECT_CATEGORY_UNSPECIFIED) {
    changes = changes || terms.category() != before.category;
    concerned = true;
    after.category = terms.category();
    Require(std::count(rule.categories().begin(), rule.categories().end(), terms.category()) > 0, v1::CATEGORY_NOT_ALLOWED, reasons);
  }
  if (terms.has_planned_quantity_milli()) {
    changes = changes || terms.planned_quantity_milli() != before.planned;
    concerned = true;
    after.planned = terms.planned_quantity_milli();
    Require(after.planned > 0 && after.planned >= before.found, v1::AMENDMENT_BELOW_GIVEN, reasons);
  }
  if (terms.quantity_unit() != v1::QUANTITY_UNIT_UNSPECIFIED) {
    changes = changes || terms.quantity_unit() != before.unit;
    concerned = true;
    after.unit = terms.quantity_unit();
    Require(before.reported == 0 || before.unit == after.unit, v1::AMENDMENT_BELOW_GIVEN, reasons);
  }
  for (const auto& [said, field] : {std::pair{&terms.works_start_date(), &after.works_start}, std::pair{&terms.works_end_date(), &after.works_end}}) {
    if (said->empty()) continue;
    changes = changes || *said != *field;
    concerned = true;
    *field = *said;
  }
  if (!after.works_start.empty() && !after.works_end.empty()) Require(after.works_start <= after.works_end, v1::INVALID_FIELD, reasons);
  for (const auto& wanted : terms.due_dates()) {
    once("date " + wanted.tranche());
    concerned = true;
    Require(Has(after.tranches, wanted.tranche()), v1::TRANCHE_NOT_FOUND, reasons);
    if (!Has(after.tranches, wanted.tranche())) continue;
    Tranche& tranche = after.tranches.at(wanted.tranche());
    Require(TrancheArrived(before, wanted.tranche()) < tranche.amount, v1::AMENDMENT_CHANGES_NOTHING, reasons);
    Require(wanted.due_date() >= AgreedOn(before), v1::INVALID_FIELD, reasons);
    changes = changes || tranche.due_date != wanted.due_date();
    tranche.due_date = wanted.due_date();
  }
  Require(changes, v1::AMENDMENT_CHANGES_NOTHING, reasons);
  if (!reasons.empty()) return;

  // Who owes what.
  auto role_due = [](const Project& project, const std::string& role) {
    int64_t sum = 0;
    for (const Party& party : project.parties) sum += party.role == role ? party.due : 0;
    return sum;
  };
  if (after.total == before.total) {
    for (const v1::FunderRole& role : rule.roles()) {
      Require(role_due(before, role.role()) == role_due(after, role.role()), v1::SHARES_DO_NOT_ADD_UP, reasons);
    }
  } else {
    const std::set<std::string> absent(after.absent.begin(), after.absent.end());
    const Division by_role = DivideRoles(rule, after.total, absent);
    for (int r = 0; r < rule.roles_size(); ++r) {
      std::vector<Party*> payers;
      int64_t given = 0;
      for (Party& party : after.parties) {
        if (party.role != rule.roles(r).role()) continue;
        if (party.replaced_by.empty()) payers.push_back(&party);
        if (!party.replaced_by.empty()) given += party.due;
      }
      if (payers.size() != 1 || named.contains("due " + payers[0]->organization)) continue;
      const int64_t rest = by_role.dues[static_cast<std::size_t>(r)] - given;
      Require(rest >= 0, v1::AMENDMENT_BELOW_GIVEN, reasons);
      payers[0]->due = std::max<int64_t>(0, rest);
    }
    const Division division = Divide(after, reasons);
    if (!reasons.empty()) return;
    for (std::size_t i = 0; i < after.parties.size(); ++i) after.parties[i].due = division.dues[i];
    after.requested = division.total == after.total ? 0 : after.total;
    after.total = division.total;
    after.role_weights = division.role_weights;
  }
  int64_t spent = 0;
  for (std::size_t i = 0; i < before.parties.size(); ++i) {
    const Party& was = before.parties[i];
    const Party& is = after.parties[i];
    spent += was.spent;
    const int64_t kept = was.replaced_by.empty() ? 0 : InKindCounting(before, was, InKindGiven(before, was));
    const int64_t given = IsClubParty(before, was) ? Verified(before, was) + kept : Released(before, was) + Proposed(before, was);
    if (is.replaced_by == was.replaced_by) Require(is.due >= was.due || is.due >= given, v1::AMENDMENT_BELOW_GIVEN, reasons);
  }
  Require(after.total >= before.total || after.total >= spent, v1::AMENDMENT_BELOW_GIVEN, reasons);

  // Who verifies, approves and is registered.
  bool verifiable = false;
  for (const std::string& verifier : rule.verifiers()) verifiable = verifiable || IsIndependent(after, verifier, "");
  Require(verifiable, v1::VERIFIER_NOT_INDEPENDENT, reasons);
  bool office_pays = false, others = rule.single_organization_approvals();
  for (const Party& party : after.parties) {
    if (IsClubParty(after, party) || !party.replaced_by.empty()) continue;
    const bool is_office = party.organization == programs_.at(after.program).office();
    office_pays = office_pays || is_office;
    others = others || (!is_office && party.organization != after.executor);
  }
  Require(!office_pays || others, v1::APPROVER_NOT_INDEPENDENT, reasons);
  RequireStanding(after.club, reasons);
  for (const Party& party : after.parties) {
    if (party.replaced_by.empty()) RequireStanding(party.organization, reasons);
  }
  RequireEndorsed(after, Today(after), reasons);
  if (!reasons.empty()) return;

  for (std::size_t i = 0; i < after.parties.size(); ++i) {
    const Party& party = after.parties[i];
    if (i < before.parties.size() && !before.parties[i].replaced_by.empty()) continue;
    const bool revoked = organizations_.at(party.organization).state == v1::Organization::REVOKED;
    if (!party.replaced_by.empty() && revoked) continue;
    if (std::count(signers.begin(), signers.end(), party.organization) == 0) signers.push_back(party.organization);
  }
  if (concerned && std::count(signers.begin(), signers.end(), after.executor) == 0) signers.push_back(after.executor);

  // Tranches.
  for (std::size_t i = 0; i < after.parties.size(); ++i) {
    const Party& party = after.parties[i];
    if (IsClubParty(after, party)) continue;
    const bool joins = i >= before.parties.size();
    const bool leaves = !joins && !party.replaced_by.empty() && before.parties[i].replaced_by.empty();
    std::vector<int64_t> steps, amounts, sent, open;
    std::size_t begun = 0;
    for (int32_t step : RoleOf(after, party.role)->cumulative_bps()) {
      const std::string name = TrancheName(project_name, joins ? party.replaces : party.organization, static_cast<int>(steps.size()) + 1);
      const Tranche& tranche = before.tranches.at(name);
      const int64_t released = TrancheReleased(before, name);
      steps.push_back(step);
      amounts.push_back(tranche.amount);
      sent.push_back(tranche.amount - TrancheLeft(before, name, 0));
      open.push_back(tranche.amount - released);
      const int64_t kept = tranche.amount - released - tranche.unsent;
      if (sent.back() > 0 || kept > 0) begun = tranche.unsent > 0 ? steps.size() - 1 : steps.size();
    }
    const std::vector<int64_t> nothing(steps.size(), 0);
    const std::vector<int64_t> cut = leaves  ? sent
                                     : joins ? CutAnew(party.due, steps, open, nothing, begun)
                                             : CutAnew(party.due, steps, amounts, sent, begun);
    for (std::size_t step = 0; step < steps.size(); ++step) {
      const int ordinal = static_cast<int>(step) + 1;
      const std::string name = TrancheName(project_name, party.organization, ordinal);
      if (joins) {
        const Tranche& of = before.tranches.at(TrancheName(project_name, party.replaces, ordinal));
        after.tranches[name] = {party.organization, ordinal, cut[step], cut[step], of.due_date, {}};
        // What was let go was let go of what was open then.
        if (cut[step] <= open[step]) after.tranches[name].waived = of.waived;
        continue;
      }
      Tranche& tranche = after.tranches.at(name);
      const int64_t released = TrancheReleased(before, name);
      const int64_t kept = std::min(tranche.amount - released - tranche.unsent, cut[step] - released);
      if (cut[step] > tranche.amount) tranche.waived.clear();
      tranche.amount = cut[step];
      tranche.unsent = cut[step] - released - kept;
    }
  }

  for (std::size_t i = 0; i < before.parties.size(); ++i) {
    Party& party = after.parties[i];
    if (party.joined_date != Today(after)) OweLater(party, Today(after), party.due - before.parties[i].due);
  }

  // Pools and tallies.
  for (std::size_t i = 0; i < after.parties.size(); ++i) {
    const Party& is = after.parties[i];
    const Party* was = i < before.parties.size() ? &before.parties[i] : nullptr;
    const int64_t more = is.due - (was == nullptr ? 0 : was->due);
    if (more <= 0 || IsClubParty(after, is)) continue;
    if (PoolOf(after, is).empty()) {
      Require(!IsClosed(after.program, after.year), v1::FISCAL_YEAR_STATE, reasons);
      continue;
    }
    const Party* takes_over = was;
    for (const Party& party : before.parties) {
      if (was == nullptr && party.organization == is.replaces) takes_over = &party;
    }
    for (const auto& [year, promised] : PromisedBy(before, *takes_over, more + (was == nullptr ? 0 : Committed(before, *was)))) {
      const int64_t added = promised - (was != nullptr && Has(was->pools, year) ? was->pools.at(year).promised : 0);
      if (added <= 0) continue;
      const std::string pool = PoolName(after.program, is.organization, year);
      const int64_t free = Has(pools_, pool) ? pools_.at(pool).budget - PoolCommitted(pool) - PoolReleased(pool) : 0;
      Require(!IsClosed(after.program, year), v1::FISCAL_YEAR_STATE, reasons);
      Require(free >= added, v1::POOL_EXCEEDED, reasons);
    }
  }
  const Counted was = MatchedOf(before), is = MatchedOf(after);
  int64_t budgets = 0;
  for (const Party& party : after.parties) {
    const std::string pool = PoolOf(after, party);
    if (party.replaced_by.empty() && party.due > 0 && Has(pools_, pool)) budgets += pools_.at(pool).budget;
  }
  after.tallies.clear();
  for (const v1::CumulativeCap& cap : rule.cumulative_caps()) {
    for (const auto& [own, together] : TalliesOf(after, cap)) {
      // Who was merged since is counted where it was.
      std::string name = own;
      bool known = false;
      const Counted so_far = TogetherOf(together);
      for (const std::string& other : together) {
        if (!before.tallies.contains(other)) continue;
        name = known ? std::min(name, other) : other;
        known = true;
      }
      after.tallies.insert(name);
      const Counted more = {known ? 0 : 1, is.matched - (known ? was.matched : 0), is.pooled - (known ? was.pooled : 0)};
      if (known && more.matched == 0 && more.pooled == 0) continue;
      bool fits = true;
      if (more.projects > 0 && cap.has_projects_max()) fits = fits && so_far.projects + 1 <= cap.projects_max();
      if ((more.projects > 0 || more.matched > 0) && cap.has_matched_minor_units_max())
        fits = fits && so_far.matched + more.matched <= cap.matched_minor_units_max();
      if (cap.has_pools_bps_max() && more.pooled > 0) {
        fits = fits && static_cast<__int128>(so_far.pooled + more.pooled) * 10'000 <= static_cast<__int128>(budgets) * cap.pools_bps_max();
      }
      Require(fits, v1::CUMULATIVE_CAP_EXCEEDED, reasons);
    }
  }
}

void Model::RequireAmendable(const Project& project, Reasons& reasons) const {
  RequireStateBehind(project, kSuspending, reasons);
  Require(project.in_force.size() < 32, v1::TOO_MANY_CHANGES, reasons);
  Require(!RefundOpen(project), v1::REFUND_OPEN, reasons);
}

Reasons Model::Do(const v1::ProposeAmendmentRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/amendments/" + request.amendment_id();
  bool may = IsOffice(*project) || actor_.organization == project->executor;
  for (const Party& party : project->parties) {
    may = may || (party.replaced_by.empty() && (party.organization == actor_.organization || Now(party.organization) == actor_.organization));
  }
  Require(may, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!IsMerged(actor_.organization), v1::ORGANIZATION_MERGED, reasons);
  Require(!Has(project->amendments, name), v1::NAME_TAKEN, reasons);
  RequireAmendable(*project, reasons);
  Require(OpenProposals(*project) < kOpenProposalsMax, v1::TOO_MANY_PROPOSALS, reasons);
  if (!reasons.empty()) return reasons;
  Project after = *project;
  std::vector<std::string> signers;
  AmendmentFaults(request.parent(), request.terms(), after, signers, reasons);
  if (!reasons.empty()) return reasons;
  // Tried out as if all had signed.
  std::swap(*project, after);
  Require(AllInRange(), v1::AMOUNT_OUT_OF_RANGE, reasons);
  std::swap(*project, after);
  if (!reasons.empty()) return reasons;
  Amendment& amendment = project->amendments[name];
  amendment.proposer = actor_.organization;
  amendment.terms = request.terms();
  amendment.signers = signers;
  amendment.version = project->in_force.size();
  amendment.expires_us = stamp_.commit_time_us + RuleOf(*project).proposal_days() * kDayUs;
  return reasons;
}

Reasons Model::Do(const v1::SignAmendmentRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  if (!Has(project->amendments, request.name())) return {v1::AMENDMENT_NOT_FOUND};
  const Amendment amendment = project->amendments.at(request.name());
  std::string signer;
  bool may = false;
  for (const std::string& candidate : amendment.signers) {
    if (candidate != actor_.organization && Now(candidate) != actor_.organization) continue;
    may = true;
    if (signer.empty() && !amendment.has_signed.contains(candidate)) signer = candidate;
  }
  Require(may, v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!IsMerged(actor_.organization), v1::ORGANIZATION_MERGED, reasons);
  Require(!may || !signer.empty(), v1::ALREADY_SIGNED, reasons);
  Require(amendment.state == v1::Amendment::OPEN && stamp_.commit_time_us < amendment.expires_us, v1::WRONG_RESOURCE_STATE, reasons);
  RequireAmendable(*project, reasons);
  Require(amendment.version == project->in_force.size(), v1::AGREEMENT_CHANGED, reasons);
  bool leaves = false;
  for (const auto& replacement : amendment.terms.replacements()) leaves = leaves || replacement.organization() == signer;
  if (leaves) {
    Require(!IsFrozen(actor_.organization), v1::REGISTRATION_FROZEN, reasons);
  } else {
    RequireRegistered(actor_.organization, reasons);
  }
  for (const auto& [signed_for, principal] : amendment.signed_by) RequireOwnSigner(signed_for, principal, reasons);
  Require(request.account().number_commitment() == amendment.terms.account().number_commitment(), v1::ACCOUNT_MISMATCH, reasons);
  if (!reasons.empty()) return reasons;
  if (amendment.has_signed.size() + 1 == amendment.signers.size()) {
    RequireDocuments(*project, v1::SIGNATURE, request.documents(), reasons);
    Project after = *project;
    std::vector<std::string> signers;
    Reasons faults;
    AmendmentFaults(touched_, amendment.terms, after, signers, faults);
    reasons.merge(faults);
    if (!reasons.empty()) return reasons;
    after.in_force.push_back(request.name());
    after.amendments.at(request.name()).state = v1::Amendment::IN_FORCE;
    if (amendment.terms.has_account()) TakeAccount(after.account_use);
    *project = after;
  }
  project->amendments.at(request.name()).has_signed.insert(signer);
  project->amendments.at(request.name()).signed_by[signer] = actor_.principal;
  return reasons;
}

Reasons Model::Do(const v1::WithdrawAmendmentRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  if (!Has(project->amendments, request.name())) return {v1::AMENDMENT_NOT_FOUND};
  Amendment& amendment = project->amendments.at(request.name());
  Require(actor_.organization == amendment.proposer || IsOffice(*project), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(amendment.state == v1::Amendment::OPEN, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) amendment.state = v1::Amendment::WITHDRAWN;
  return reasons;
}

Reasons Model::Do(const v1::AmendmentExpired& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.amendment())), reasons);
  if (project == nullptr) return reasons;
  if (!Has(project->amendments, request.amendment())) return {v1::AMENDMENT_NOT_FOUND};
  Amendment& amendment = project->amendments.at(request.amendment());
  Require(amendment.state == v1::Amendment::OPEN && stamp_.commit_time_us >= amendment.expires_us, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) amendment.state = v1::Amendment::EXPIRED;
  return reasons;
}

Reasons Model::Do(const v1::CarryBalanceRequest& request) {
  Reasons reasons;
  Project* project = Open(request.name(), reasons);
  if (project == nullptr) return reasons;
  RequireVerifier(*project, "", reasons);
  RequireStateBehind(*project, kEarning, reasons);
  Require(request.credited().currency_code() == project->currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(request.credited().minor_units(), reasons);
  RequireBankDay(*project, request.bank_value_date(), reasons);
  RequireAccount(*project, request.account(), reasons);
  Require(HasDocument(request.documents(), v1::BANK_RECEIPT), v1::DOCUMENT_MISSING, reasons);
  Require(request.credited().minor_units() <= project->uncarried, v1::CREDIT_ABOVE_RELEASE, reasons);
  bank_day_ = request.bank_value_date();
  const int64_t credited = request.credited().minor_units();
  // The record takes only so many; what is left then is carried at once.
  Require(project->carries.size() < 64 || credited == project->uncarried, v1::PROJECT_FULL, reasons);
  if (!reasons.empty()) return reasons;
  See(*project);
  project->uncarried -= credited;
  project->carries[stamp_.sequence] = {credited, project->account};
  return reasons;
}

// Conditions that can no longer be met.

Reasons Model::WaiverFaults(const Project& project, const std::string& name, const std::vector<v1::Tranche::Waiver>& waivers) const {
  if (!Has(project.tranches, name)) return {v1::TRANCHE_NOT_FOUND};
  Reasons reasons;
  const Tranche& tranche = project.tranches.at(name);
  if (!FellShort(project, tranche.party)) RequireState(project, kReleasing, reasons);
  v1::TrancheCondition condition;
  bool last = true;
  for (const Party& party : project.parties) {
    if (party.organization != tranche.party) continue;
    const v1::FunderRole& role = *RoleOf(project, party.role);
    if (role.tranche_conditions_size() > 0) condition = role.tranche_conditions(tranche.ordinal - 1);
    last = tranche.ordinal == role.cumulative_bps_size();
  }
  const bool completed = kFinished.contains(project.state);
  const bool built = static_cast<__int128>(project.found) * 10'000 >= static_cast<__int128>(project.planned) * condition.verified_bps_min();
  const bool over = !condition.closes_month_day().empty() && Today(project) > std::to_string(project.year) + "-" + condition.closes_month_day();
  std::set<v1::Tranche::Waiver> seen;
  for (const v1::Tranche::Waiver waiver : waivers) {
    bool may = seen.insert(waiver).second && !tranche.waived.contains(waiver) && TrancheReleased(project, name) < tranche.amount;
    if (waiver == v1::Tranche::VERIFIED_WORK) may = may && condition.has_verified_bps_min() && completed && !built;
    if (waiver == v1::Tranche::DATE_WINDOW) may = may && over;
    if (waiver == v1::Tranche::LAST_TRANCHES_ONLY) may = may && completed && !last;
    Require(may, v1::CONDITION_NOT_WAIVABLE, reasons);
  }
  return reasons;
}

Reasons Model::Do(const v1::ProposeWaiverRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  const Party* party = FindParty(*project, actor_.organization);
  Require(IsOffice(*project) || (party != nullptr && party->replaced_by.empty()), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!IsFrozen(actor_.organization), v1::REGISTRATION_FROZEN, reasons);
  ProposalFaults(*project, name, reasons);
  std::vector<v1::Tranche::Waiver> waivers;
  for (int i = 0; i < request.waivers_size(); ++i) waivers.push_back(request.waivers(i));
  reasons.merge(WaiverFaults(*project, request.tranche(), waivers));
  if (!reasons.empty()) return reasons;
  Proposal& proposal = AddProposal(*project, name);
  proposal.waiver_tranche = request.tranche();
  proposal.waivers.insert(waivers.begin(), waivers.end());
  return reasons;
}

// Money that goes to another project.

void Model::ArrivalFaults(const Project& project, const std::string& project_name, const std::string& where, const std::string& payer,
                          int64_t amount, bool beside_declared, Reasons& reasons) const {
  Require(where != project_name, v1::INVALID_FIELD, reasons);
  Require(Has(projects_, where), v1::PROJECT_NOT_FOUND, reasons);
  if (!Has(projects_, where)) return;
  const Project& target = projects_.at(where);
  Require(target.currency == project.currency, v1::WRONG_CURRENCY, reasons);
  RequireState(target, kContributing, reasons);
  const Party* there = nullptr;
  for (const Party& party : target.parties) there = party.organization == payer ? &party : there;
  Require(there != nullptr, v1::PARTY_NOT_FOUND, reasons);
  if (there == nullptr) return;
  Require(there->replaced_by.empty(), v1::PARTY_REPLACED, reasons);
  Require(IsClubParty(target, *there), v1::ROLE_MISMATCH, reasons);
  const int64_t goods = InKindCounting(target, *there, InKindGiven(target, *there));
  const int64_t declared = beside_declared ? Declared(target, *there) : 0;
  Require(Verified(target, *there) + goods + declared + amount <= there->due, v1::CONTRIBUTION_ABOVE_DUE, reasons);
}

Reasons Model::ReallocationFaults(const Project& project, const std::string& project_name, const v1::Proposal::ReallocationAction& action,
                                  int64_t own) const {
  Reasons reasons;
  const int64_t amount = action.amount().minor_units();
  RequireStateBehind(project, kRefunding, reasons);
  Require(!Has(project.reallocations, project_name + "/reallocations/" + action.reallocation_id()), v1::NAME_TAKEN, reasons);
  Require(action.amount().currency_code() == project.currency, v1::WRONG_CURRENCY, reasons);
  RequireAmount(amount, reasons);
  Require(!IsFrozen(action.party()) && !IsFrozen(Now(action.party())), v1::REGISTRATION_FROZEN, reasons);
  ArrivalFaults(project, project_name, action.target_project(), action.party(), amount, true, reasons);
  for (const Party& party : project.parties) {
    if (party.organization != action.party()) continue;
    Require(Reallocating(project, party) - own + amount <= party.payable - party.interest, v1::NOTHING_TO_REFUND, reasons);
  }
  return reasons;
}

Reasons Model::Do(const v1::ProposeReallocationRequest& request) {
  Reasons reasons;
  Project* project = Open(request.parent(), reasons);
  if (project == nullptr) return reasons;
  const std::string name = request.parent() + "/proposals/" + request.proposal_id();
  Require(FindParty(*project, request.party()) != nullptr, v1::PARTY_NOT_FOUND, reasons);
  Require(actor_.organization == request.party() || actor_.organization == Now(request.party()), v1::ACTOR_NOT_ALLOWED, reasons);
  Require(!IsMerged(actor_.organization), v1::ORGANIZATION_MERGED, reasons);
  ProposalFaults(*project, name, reasons);
  v1::Proposal::ReallocationAction action;
  action.set_reallocation_id(request.reallocation_id());
  action.set_party(request.party());
  action.set_target_project(request.target_project());
  *action.mutable_amount() = request.amount();
  reasons.merge(ReallocationFaults(*project, request.parent(), action, 0));
  if (reasons.empty()) AddProposal(*project, name).reallocation = action;
  return reasons;
}

Reasons Model::Do(const v1::CancelReallocationRequest& request) {
  Reasons reasons;
  Project* project = Open(std::string(ParentOf(request.name())), reasons);
  if (project == nullptr) return reasons;
  if (!Has(project->reallocations, request.name())) return {v1::REALLOCATION_NOT_FOUND};
  Reallocation& reallocation = project->reallocations.at(request.name());
  if (!IsOffice(*project)) RequireActsFor(reallocation.party, reasons);
  Require(reallocation.state == v1::Reallocation::APPROVED, v1::WRONG_RESOURCE_STATE, reasons);
  if (reasons.empty()) reallocation.state = v1::Reallocation::CANCELLED;
  return reasons;
}

// Comparison.

namespace {

// Collects the first difference.
class Differ {
 public:
  template <typename A, typename B>
  void Same(const std::string& what, const A& ledger, const B& model) {
    if (difference_.empty() && !(ledger == model))
      difference_ = what + ": the ledger has " + Text(ledger) + ", the model " + Text(model);
  }
  const std::string& difference() const { return difference_; }

 private:
  static std::string Text(const std::string& text) { return text; }
  static std::string Text(int64_t number) { return std::to_string(number); }
  std::string difference_;
};

}  // namespace

std::string Model::Compare(const std::string& name, const google::protobuf::Message& record) const {
  Differ differ;
  if (const auto* pool = dynamic_cast<const v1::Pool*>(&record)) {
    if (!Has(pools_, name)) return name + " is unknown to the model";
    const Pool& mine = pools_.at(name);
    differ.Same("budget", pool->budget_minor_units(), mine.budget);
    differ.Same("committed", pool->committed_minor_units(), PoolCommitted(name));
    differ.Same("released", pool->released_minor_units(), PoolReleased(name));
    differ.Same("free", pool->free_minor_units(), mine.budget - PoolCommitted(name) - PoolReleased(name));
    if (pool->free_minor_units() < 0 && !mine.cut) return "the pool is over-committed";
    return differ.difference();
  }
  if (const auto* tally = dynamic_cast<const v1::Tally*>(&record)) {
    const Counted mine = TallyOf(name);
    differ.Same("projects", tally->project_count(), mine.projects);
    differ.Same("matched", tally->matched_minor_units(), mine.matched);
    differ.Same("pooled", tally->pooled_minor_units(), mine.pooled);
    // Counted in another tally of the clubs, or of the federations, as well.
    std::map<std::string, std::vector<int64_t>> shared, expected;
    for (const v1::Tally::SharedProject& one : tally->shared_projects()) {
      shared[one.project()] = {one.project_count(), one.matched_minor_units(), one.pooled_minor_units()};
    }
    for (const auto& [project_name, project] : projects_) {
      if (!project.tallies.contains(name)) continue;
      const std::string scope = name.substr(0, name.find('-', name.find("/tallies/")));
      bool elsewhere = false;
      for (const std::string& other : project.tallies) {
        elsewhere = elsewhere || (other != name && !scope.ends_with("place") && other.starts_with(scope + "-"));
      }
      const Counted part = CountedWith(project);
      if (elsewhere && (part.projects != 0 || part.matched != 0 || part.pooled != 0)) {
        expected[project_name] = {part.projects, part.matched, part.pooled};
      }
    }
    if (shared != expected) return "other projects are counted elsewhere as well than in the model";
    differ.Same("rows of shared projects", tally->shared_projects_size(), static_cast<int64_t>(expected.size()));
    return differ.difference();
  }
  if (const auto* program = dynamic_cast<const v1::Program*>(&record)) {
    const Books mine = Has(books_, name) ? books_.at(name) : Books();
    const std::set<int> closed(program->closed_fiscal_years().begin(), program->closed_fiscal_years().end());
    differ.Same("how many years are closed", program->closed_fiscal_years_size(), static_cast<int64_t>(mine.closed.size()));
    if (closed != mine.closed) return "other years are closed than in the model";
    differ.Same("year to be opened", program->reopening().fiscal_year(), mine.reopening);
    if (mine.reopening != 0) {
      differ.Same("who wants it", program->reopening().proposer(), mine.proposer);
      const auto& expires = program->reopening().expire_time();
      differ.Same("until when", expires.seconds() * 1'000'000 + expires.nanos() / 1'000, mine.expires_us);
    }
    return differ.difference();
  }
  if (const auto* rule = dynamic_cast<const v1::RuleVersion*>(&record)) {
    if (!Has(rules_, name)) return name + " is unknown to the model";
    differ.Same("days of a proposal", rule->proposal_days(), rules_.at(name).proposal_days());
    differ.Same("cap policy", rule->cap_policy(), rules_.at(name).cap_policy());
    return differ.difference();
  }
  if (const auto* organization = dynamic_cast<const v1::Organization*>(&record)) {
    if (!Has(organizations_, name)) return name + " is unknown to the model";
    const Organization& mine = organizations_.at(name);
    using O = v1::Organization;
    differ.Same("kind", organization->kind(), mine.kind);
    differ.Same("parent", organization->parent(), mine.parent);
    differ.Same("registration's state", O::RegistrationState_Name(organization->registration_state()),
                O::RegistrationState_Name(mine.state));
    differ.Same("registration's end", organization->registration().valid_to(), mine.valid_to);
    differ.Same("issuer", organization->registration().issuer(), mine.issuer);
    differ.Same("who froze it", organization->frozen_by(), mine.frozen_by);
    differ.Same("endorser", organization->endorsement().endorser(), mine.endorser);
    differ.Same("endorsement's end", organization->endorsement().valid_to(), mine.endorsed_to);
    if (!mine.endorser.empty()) differ.Same("endorsement is over", organization->endorsement().revoked(), mine.endorsement_ended);
    differ.Same("successor", organization->successor(), mine.merged_into);
    differ.Same("proposed successor", organization->proposed_successor(), mine.wants_into);
    differ.Same("proposed federation", organization->proposed_federation(), mine.wants_below);
    differ.Same("acknowledged", organization->has_acknowledged_sequence() ? organization->acknowledged_sequence() : -1,
                mine.acknowledged);
    std::set<std::string> merged, listed;
    for (const auto& [other, organization_there] : organizations_) {
      if (organization_there.merged_into == name) merged.insert(other);
    }
    differ.Same("predecessors",
                std::set<std::string>(organization->predecessors().begin(), organization->predecessors().end()) == merged, true);
    for (const v1::DirectoryEntry& entry : organization->directory_entries()) {
      listed.insert(entry.source());
      if (Has(mine.listed, entry.source()))
        differ.Same(entry.source(), entry.last_verified_date(), mine.listed.at(entry.source()));
    }
    differ.Same("directory entries", organization->directory_entries_size(), static_cast<int64_t>(mine.listed.size()));
    differ.Same("different directory entries", static_cast<int64_t>(listed.size()), static_cast<int64_t>(mine.listed.size()));
    differ.Same("name", organization->display_name_commitment(), mine.names.back());
    differ.Same("former names", organization->former_names_size(), static_cast<int64_t>(mine.names.size()) - 1);
    for (int i = 0; i < organization->former_names_size() && differ.difference().empty(); ++i) {
      differ.Same("former name", organization->former_names(i).display_name_commitment(),
                  mine.names[static_cast<std::size_t>(i)]);
    }
    return differ.difference();
  }
  if (const auto* folio = dynamic_cast<const v1::Folio*>(&record)) {
    for (const auto& [key, bearer] : folios_) {
      if (FolioName(key.first, key.second) == name) differ.Same("bearer", folio->organization(), bearer);
    }
    return differ.difference();
  }
  if (const auto* account = dynamic_cast<const v1::AccountUse*>(&record)) {
    const auto found = account_holders_.find(name);
    return found != account_holders_.end() && found->second == account->project() ? "" : "another project has the account";
  }
  if (const auto* community = dynamic_cast<const v1::Community*>(&record)) {
    if (!Has(communities_, name)) return name + " is unknown to the model";
    const Community& mine = communities_.at(name);
    differ.Same("band", community->marginalisation_band(), mine.band);
    differ.Same("priority", community->priority(), mine.priority);
    differ.Same("name", community->display_name_commitment(), mine.name);
    differ.Same("keeper", community->keeper(), mine.keeper);
    differ.Same("etag", community->etag(), "\"" + std::to_string(mine.last_sequence) + "\"");
    return differ.difference();
  }
  const std::string root(RootOf(name));
  if (root.rfind("projects/", 0) != 0) return {};
  if (!Has(projects_, root)) return root + " is unknown to the model";
  const Project& mine = projects_.at(root);
  if (const auto* contribution = dynamic_cast<const v1::Contribution*>(&record)) {
    if (!Has(mine.contributions, name)) return name + " is unknown to the model";
    differ.Same("state", contribution->state(), mine.contributions.at(name).state);
    differ.Same("party", contribution->party(), mine.contributions.at(name).party);
    differ.Same("declared", contribution->declared().minor_units(), mine.contributions.at(name).declared);
    differ.Same("credited", contribution->credited().minor_units(), mine.contributions.at(name).credited);
  } else if (const auto* release = dynamic_cast<const v1::Release*>(&record)) {
    if (!Has(mine.releases, name)) return name + " is unknown to the model";
    differ.Same("state", release->state(), mine.releases.at(name).state);
    differ.Same("tranche", release->tranche(), mine.releases.at(name).tranche);
    differ.Same("amount", release->amount().minor_units(), mine.releases.at(name).sent);
    differ.Same("credited", release->credited().minor_units(), mine.releases.at(name).credited);
    differ.Same("sent again", release->resent_fee_minor_units(), mine.releases.at(name).sent - mine.releases.at(name).fresh);
    std::map<int, int64_t> from;
    for (const v1::PoolPart& part : release->pool_parts()) from[part.fiscal_year()] = part.released_minor_units();
    if (from != mine.releases.at(name).from) return name + " was sent out of other pools than in the model";
  } else if (const auto* expenditure = dynamic_cast<const v1::Expenditure*>(&record)) {
    if (!Has(mine.expenditures, name)) return name + " is unknown to the model";
    differ.Same("reversed", expenditure->state() == v1::Expenditure::REVERSED, mine.expenditures.at(name).reversed);
    for (std::size_t i = 0; i < mine.expenditures.at(name).drawn.size(); ++i) {
      const bool some_drawn = expenditure->drawn_minor_units_size() > static_cast<int>(i);
      differ.Same("drawn", some_drawn ? expenditure->drawn_minor_units(static_cast<int>(i)) : 0, mine.expenditures.at(name).drawn[i]);
      const bool some_back = expenditure->given_back_minor_units_size() > static_cast<int>(i);
      differ.Same("given back", some_back ? expenditure->given_back_minor_units(static_cast<int>(i)) : 0, mine.expenditures.at(name).back[i]);
    }
    differ.Same("recovered", expenditure->recovered_minor_units(), mine.expenditures.at(name).recovered);
  } else if (const auto* goods = dynamic_cast<const v1::InKind*>(&record)) {
    if (!Has(mine.in_kinds, name)) return name + " is unknown to the model";
    differ.Same("state", goods->state(), mine.in_kinds.at(name).state);
    differ.Same("declared", goods->declared_minor_units(), mine.in_kinds.at(name).declared);
    differ.Same("appraised", goods->appraised_minor_units(), mine.in_kinds.at(name).appraised);
  } else if (const auto* contract = dynamic_cast<const v1::Contract*>(&record)) {
    if (!Has(mine.contracts, name)) return name + " is unknown to the model";
    differ.Same("amount", contract->amount().minor_units(), mine.contracts.at(name).amount);
    differ.Same("advanced", contract->advanced_minor_units(), Advanced(mine, name));
    differ.Same("open in advance", contract->advance_open_minor_units(), AdvanceOpen(mine, name));
    differ.Same("retained", contract->retained_minor_units(), Retained(mine, name));
  } else if (const auto* proposal = dynamic_cast<const v1::Proposal*>(&record)) {
    if (!Has(mine.proposals, name)) return name + " is unknown to the model";
    differ.Same("state", proposal->state(), mine.proposals.at(name).state);
    differ.Same("amount", proposal->release().amount().minor_units(), mine.proposals.at(name).amount);
    differ.Same("expiry", proposal->expire_time().seconds() * 1'000'000 + proposal->expire_time().nanos() / 1'000,
                mine.proposals.at(name).expires_us);
  } else if (const auto* report = dynamic_cast<const v1::ProgressReport*>(&record)) {
    if (!Has(mine.reports, name)) return name + " is unknown to the model";
    differ.Same("state", report->state(), mine.reports.at(name).state);
    differ.Same("reported", report->reported_quantity_milli(), mine.reports.at(name).reported);
    differ.Same("verified", report->verified_quantity_milli(), mine.reports.at(name).verified);
    std::set<std::string> countersigned;
    for (const v1::Countersignature& signature : report->countersignatures()) countersigned.insert(signature.organization());
    if (countersigned != mine.reports.at(name).countersigned) return "others have countersigned than in the model";
    differ.Same("countersignatures", report->countersignatures_size(), static_cast<int64_t>(countersigned.size()));
  } else if (const auto* amendment = dynamic_cast<const v1::Amendment*>(&record)) {
    if (!Has(mine.amendments, name)) return name + " is unknown to the model";
    const Amendment& amends = mine.amendments.at(name);
    differ.Same("state", v1::Amendment::State_Name(amendment->state()), v1::Amendment::State_Name(amends.state));
    differ.Same("signers", std::vector<std::string>(amendment->signers().begin(), amendment->signers().end()) == amends.signers, true);
    std::set<std::string> has_signed;
    for (const auto& signature : amendment->signatures()) has_signed.insert(signature.organization());
    differ.Same("signatures", has_signed == amends.has_signed, true);
  } else if (const auto* reallocation = dynamic_cast<const v1::Reallocation*>(&record)) {
    if (!Has(mine.reallocations, name)) return name + " is unknown to the model";
    const Reallocation& moves = mine.reallocations.at(name);
    differ.Same("state", v1::Reallocation::State_Name(reallocation->state()), v1::Reallocation::State_Name(moves.state));
    differ.Same("amount", reallocation->amount().minor_units(), moves.amount);
    differ.Same("refund", reallocation->refund(), moves.refund);
    differ.Same("contribution", reallocation->contribution(), moves.contribution);
  } else if (const auto* pledge = dynamic_cast<const v1::Pledge*>(&record)) {
    if (!Has(mine.pledges, name)) return name + " is unknown to the model";
    differ.Same("value", pledge->value_minor_units(), mine.pledges.at(name).value);
    differ.Same("deadline", pledge->deadline(), mine.pledges.at(name).deadline);
    differ.Same("has lapsed", pledge->state() == v1::Pledge::LAPSED, mine.pledges.at(name).has_lapsed);
    differ.Same("lapsed", pledge->lapsed_minor_units(), mine.pledges.at(name).lapsed);
    const int64_t excess = mine.pledges.at(name).has_lapsed ? mine.pledges.at(name).lapsed - OpenOf(mine, name) : 0;
    differ.Same("declared and verified beyond it", pledge->excess_minor_units(), excess);
  } else if (const auto* interest = dynamic_cast<const v1::Interest*>(&record)) {
    if (!Has(mine.interests, name)) return name + " is unknown to the model";
    differ.Same("reversed", interest->state() == v1::Interest::REVERSED, mine.interests.at(name).reversed);
    differ.Same("amount", interest->amount().minor_units(), mine.interests.at(name).amount);
  } else if (const auto* refund = dynamic_cast<const v1::Refund*>(&record)) {
    if (!Has(mine.refunds, name)) return name + " is unknown to the model";
    differ.Same("reversed", refund->state() == v1::Refund::REVERSED, mine.refunds.at(name).reversed);
    differ.Same("amount", refund->amount().minor_units(), mine.refunds.at(name).principal);
    differ.Same("interest", refund->interest().minor_units(), mine.refunds.at(name).interest);
  } else if (const auto* repayment = dynamic_cast<const v1::Repayment*>(&record)) {
    if (!Has(mine.repayments, name)) return name + " is unknown to the model";
    differ.Same("reversed", repayment->state() == v1::Repayment::REVERSED, mine.repayments.at(name).reversed);
    differ.Same("covered", repayment->covered_minor_units(), mine.repayments.at(name).covered);
  }
  if (const std::string difference = CompareBank(mine, name, record); !difference.empty()) return difference;
  const auto* project = dynamic_cast<const v1::Project*>(&record);
  if (project == nullptr) return differ.difference();

  differ.Same("state", v1::Project::State_Name(project->state()), v1::Project::State_Name(mine.state));
  differ.Same("etag", project->etag(), "\"" + std::to_string(mine.last_sequence) + "\"");
  differ.Same("state behind", v1::Project::State_Name(project->suspended_state()), v1::Project::State_Name(mine.behind));
  differ.Same("total", project->total_minor_units(), mine.total);
  differ.Same("requested total", project->requested_total_minor_units(), mine.requested);
  differ.Same("planned quantity", project->planned_quantity_milli(), mine.planned);
  differ.Same("reported quantity", project->reported_quantity_milli(), mine.reported);
  differ.Same("verified progress", project->progress_quantity_milli(), mine.found);
  if (std::vector<std::string>(project->absent_roles().begin(), project->absent_roles().end()) != mine.absent)
    return "other roles are absent than in the model";
  if (std::vector<int64_t>(project->role_weights().begin(), project->role_weights().end()) != mine.role_weights)
    return "the roles weigh something else than in the model";
  differ.Same("how many tallies", project->tallies_size(), static_cast<int64_t>(mine.tallies.size()));
  for (const std::string& tally : project->tallies()) {
    if (!mine.tallies.contains(tally)) return "it is not counted in " + tally;
  }
  std::map<std::string, std::string> federations, objections;
  for (const v1::ClubFederation& fixed : project->club_federations()) federations[fixed.club()] = fixed.federation();
  for (const v1::Objection& objection : project->objections()) objections[objection.objection_id()] = objection.organization();
  if (federations != mine.federations) return "it counts for other federations than in the model";
  if (objections != mine.objections) return "other objections are open than in the model";
  std::set<std::pair<int64_t, std::string>> due;
  for (const auto& [proposal_name, proposal] : mine.proposals) {
    if (proposal.state == v1::Proposal::OPEN) due.insert({proposal.expires_us, proposal_name});
  }
  for (const auto& [amendment_name, amendment] : mine.amendments) {
    if (amendment.state == v1::Amendment::OPEN) due.insert({amendment.expires_us, amendment_name});
  }
  for (const auto& [pledge_name, pledge] : mine.pledges) {
    if (pledge.watched) due.insert({pledge.lapses_us, pledge_name});
  }
  if (mine.agreement_ends_us != 0) due.insert({mine.agreement_ends_us, name});
  differ.Same("how many deadlines", project->deadlines_size(), static_cast<int64_t>(due.size()));
  auto next_due = due.begin();
  for (const v1::Deadline& deadline : project->deadlines()) {
    if (next_due == due.end()) break;
    differ.Same("deadline", deadline.time_us(), next_due->first);
    differ.Same("what falls due", deadline.resource(), next_due->second);
    const bool of_pledge = Has(mine.pledges, deadline.resource());
    differ.Same("open until then", deadline.open_minor_units(), of_pledge ? OpenOf(mine, deadline.resource()) : 0);
    ++next_due;
  }
  differ.Same("which account", project->account_use(), mine.account_use);
  differ.Same("seen on the account", project->account_used(), mine.account_seen);
  differ.Same("club", project->club(), mine.club);
  differ.Same("executor", project->executor(), mine.executor);
  differ.Same("committee", project->committee(), mine.committee);
  const auto& handover = project->handover_signatures();
  if (std::set<std::string>(handover.begin(), handover.end()) != mine.handover) {
    return "others have signed the handover than in the model";
  }
  differ.Same("title", project->title_commitment(), mine.title);
  differ.Same("category", project->category(), mine.category);
  differ.Same("unit", project->quantity_unit(), mine.unit);
  differ.Same("first day of the works", project->works_start_date(), mine.works_start);
  differ.Same("last day of the works", project->works_end_date(), mine.works_end);
  differ.Same("what is not carried", project->uncarried_minor_units(), mine.uncarried);
  if (std::vector<std::string>(project->amendments().begin(), project->amendments().end()) != mine.in_force)
    return "other amendments are in force than in the model";
  const auto& former = project->former_account_commitments();
  if (std::vector<std::string>(former.begin(), former.end()) != mine.former_accounts) return "other accounts were agreed before";
  const auto& builders = project->former_executors();
  if (std::vector<std::string>(builders.begin(), builders.end()) != mine.former_executors) return "others executed it before";
  differ.Same("interest", project->interest_minor_units(), mine.interest);
  differ.Same("parties", project->parties_size(), static_cast<int64_t>(mine.parties.size()));
  if (!differ.difference().empty()) return differ.difference();
  int64_t spent = 0;
  for (int i = 0; i < project->parties_size(); ++i) {
    const v1::Party& party = project->parties(i);
    const Party& expected = mine.parties[static_cast<std::size_t>(i)];
    const std::string& who = expected.organization;
    differ.Same("party", party.organization(), who);
    differ.Same("due of " + who, party.due_minor_units(), expected.due);
    differ.Same("tolerance of " + who, party.tolerance_minor_units(), expected.tolerance);
    differ.Same("pledged of " + who, party.pledged_minor_units(), Pledged(mine, expected));
    differ.Same("declared of " + who, party.declared_minor_units(), Declared(mine, expected));
    differ.Same("verified of " + who, party.verified_minor_units(), Verified(mine, expected));
    differ.Same("committed of " + who, party.committed_minor_units(), Committed(mine, expected));
    differ.Same("pools that pay for " + who, party.pool_parts_size(), static_cast<int64_t>(expected.pools.size()));
    for (const v1::PoolPart& part : party.pool_parts()) {
      const std::string pool = "the pool of " + std::to_string(part.fiscal_year()) + " for " + who;
      if (!Has(expected.pools, part.fiscal_year())) return pool + " pays nothing in the model";
      differ.Same("promised by " + pool, part.committed_minor_units(), expected.pools.at(part.fiscal_year()).promised);
      differ.Same("released by " + pool, part.released_minor_units(), expected.pools.at(part.fiscal_year()).released);
    }
    differ.Same("proposed of " + who, party.proposed_minor_units(), Proposed(mine, expected));
    differ.Same("released of " + who, party.released_minor_units(), Released(mine, expected));
    differ.Same("received of " + who, party.received_minor_units(), Received(mine, expected));
    differ.Same("over-match of " + who, party.over_match_minor_units(), OverMatch(mine, expected));
    differ.Same("receivable of " + who, party.receivable_minor_units(), Receivable(mine, expected));
    differ.Same("spent of " + who, party.spent_minor_units(), expected.spent);
    differ.Same("refunded of " + who, party.refunded_minor_units(), expected.refunded);
    differ.Same("equalised of " + who, party.equalised_minor_units(), expected.equalised);
    differ.Same("left of " + who, party.left_minor_units(), expected.left);
    differ.Same("payable of " + who, party.payable_minor_units(), expected.payable);
    differ.Same("interest of " + who, party.interest_minor_units(), expected.interest);
    differ.Same("interest paid to " + who, party.interest_paid_minor_units(), expected.interest_paid);
    differ.Same("paid in by " + who, party.paid_in_minor_units(), expected.paid_in);
    differ.Same("taken back by " + who, party.taken_back_minor_units(), expected.taken_back);
    differ.Same("back at years' ends of " + who, party.year_end_returned_minor_units(), expected.back_at_year_end);
    differ.Same("had twice by " + who, party.taken_twice_minor_units(), expected.twice);
    int64_t owed_later = 0;
    for (const v1::LaterDue& due : party.later_dues()) owed_later += due.minor_units();
    for (const auto& [day, amount] : expected.owed_later) owed_later -= amount;
    differ.Same("owed later by " + who, owed_later, int64_t{0});
    // The oldest may be put together.
    for (int back = 1; back < party.later_dues_size(); ++back) {
      if (expected.owed_later.size() < static_cast<std::size_t>(back)) return "more is owed later by " + who + " than in the model";
      const auto& [day, amount] = expected.owed_later[expected.owed_later.size() - static_cast<std::size_t>(back)];
      differ.Same("owed lastly by " + who, party.later_dues(party.later_dues_size() - back).minor_units(), amount);
      differ.Same("day of what is owed lastly by " + who, party.later_dues(party.later_dues_size() - back).date(), day);
    }
    // At every sequence what was paid in counts as given, went back, or is covered by nobody knows whom.
    differ.Same("what counts of the money of " + who, expected.paid_in - expected.taken_back - expected.unknown,
                Verified(mine, expected) + Received(mine, expected) + expected.back_at_year_end - expected.twice);
    differ.Same("reallocating of " + who, party.reallocating_minor_units(), Reallocating(mine, expected));
    differ.Same("who replaced " + who, party.replaced_by(), expected.replaced_by);
    differ.Same("whom " + who + " replaced", party.replaces(), expected.replaces);
    differ.Same("since when " + who + " owes", party.joined_date(), expected.joined_date);
    differ.Same("signature of " + who, party.has_signature_sequence(), expected.has_signed);
    differ.Same("declared in kind by " + who, party.in_kind_declared_minor_units(), InKindDeclared(mine, expected));
    differ.Same("in kind of " + who, party.in_kind_minor_units(), InKindGiven(mine, expected));
    differ.Same("counting in kind of " + who, party.in_kind_counted_minor_units(),
                InKindCounting(mine, expected, InKindGiven(mine, expected)));
    spent += expected.spent;
    // Paid in is spent, in the box, refunded, taken back or used for others, at every sequence (domain notes section 8).
    differ.Same("where the money of " + who + " is", expected.paid_in,
                expected.spent + expected.left + expected.refunded + expected.payable - expected.interest + expected.taken_back +
                    expected.equalised);
  }
  if (!mine.role_weights.empty()) {
    int64_t dues = 0;
    for (const v1::Party& party : project->parties()) dues += party.due_minor_units();
    differ.Same("the sum of the dues", dues, project->total_minor_units());
  }
  differ.Same("signature of the executor", project->has_executor_signature_sequence(), mine.executor_signed);
  differ.Same("account", project->account_commitment(), mine.account);
  differ.Same("agreement's day", project->agreement_date(), AgreedOn(mine));
  int64_t documented = 0;
  for (const auto& [category, amount] : Spent(mine)) documented += amount;
  differ.Same("spent", project->spent_minor_units(), documented);
  // What is held back has not left the box, and what was paid in advance is not documented yet.
  differ.Same("paid out", spent, documented - Retained(mine, "") + AdvanceOpen(mine, ""));
  differ.Same("retained", project->retained_minor_units(), Retained(mine, ""));
  differ.Same("open in advance", project->advance_open_minor_units(), AdvanceOpen(mine, ""));
  differ.Same("contracts", project->contract_count(), static_cast<int64_t>(mine.contracts.size()));
  differ.Same("tranches", project->tranches_size(), static_cast<int64_t>(mine.tranches.size()));
  for (const v1::Tranche& tranche : project->tranches()) {
    if (!Has(mine.tranches, tranche.name())) return tranche.name() + " is unknown to the model";
    differ.Same(tranche.name(), tranche.amount_minor_units(), mine.tranches.at(tranche.name()).amount);
    differ.Same("due date of " + tranche.name(), tranche.due_date(), mine.tranches.at(tranche.name()).due_date);
    std::set<v1::Tranche::Waiver> waived;
    for (int i = 0; i < tranche.waivers_size(); ++i) waived.insert(tranche.waivers(i));
    differ.Same("what is waived of " + tranche.name(), waived == mine.tranches.at(tranche.name()).waived, true);
    differ.Same("arrived of " + tranche.name(), tranche.settled_minor_units(), TrancheArrived(mine, tranche.name()));
    differ.Same("kept by banks of " + tranche.name(), tranche.fee_minor_units(),
                tranche.amount_minor_units() - TrancheReleased(mine, tranche.name()) - mine.tranches.at(tranche.name()).unsent);
    differ.Same("left of " + tranche.name(),
                tranche.amount_minor_units() - tranche.released_minor_units() - tranche.proposed_minor_units(),
                TrancheLeft(mine, tranche.name(), 0));
  }
  // Accounts, by the design's chart; what a party put in towards its due and beyond it is compared together.
  const std::string id(IdOf(root));
  std::map<std::string, int64_t> balances;
  std::map<std::string, int64_t> beyond;
  for (const v1::AccountBalance& balance : project->balances()) {
    std::string account = balance.account();
    auto is = [&](const std::string& head) { return StartsWith(account, head + ":" + id + ":"); };
    auto tail = [&](const std::string& head) { return account.substr(head.size() + id.size() + 2); };
    std::string key = "unknown account " + account;
    if (is("assets")) {
      key = tail("assets");
      if (StartsWith(key, "transit:")) key = "transit:organizations/" + key.substr(8);
    } else if (account == "suspense:" + id) {
      key = "suspense";
    } else if (account == "suspense:" + id + ":deposits") {
      key = "deposits";
    } else if (account == "funds:" + id + ":interest") {
      key = "interest";
    } else if (is("funds")) {
      std::string who = tail("funds");
      if (const auto at = who.find(":in-kind"); at != std::string::npos) {
        const bool counts = who.ends_with(":in-kind");
        who.resize(at);
        balances[(counts ? "counts:organizations/" : "beyond:organizations/") + who] += balance.minor_units();
        continue;
      }
      if (const auto at = who.find(":over-match"); at != std::string::npos) {
        who.resize(at);
        beyond[who] = -balance.minor_units();
      }
      key = "funds:organizations/" + who;
    } else if (is("spent")) {
      key = "spent:" + tail("spent");
    } else if (is("retention")) {
      key = "retention:" + tail("retention");
    } else if (is("advances")) {
      key = "advances:" + tail("advances");
    } else if (is("receivable")) {
      key = "receivable:organizations/" + tail("receivable");
    } else if (is("payable")) {
      key = "payable:organizations/" + tail("payable");
    }
    balances[key] += balance.minor_units();
  }
  std::map<std::string, int64_t> expected = Balances(mine);
  for (const auto& [key, balance] : balances) differ.Same(key, balance, Has(expected, key) ? expected.at(key) : 0);
  for (const auto& [key, balance] : expected) differ.Same(key, Has(balances, key) ? balances.at(key) : 0, balance);
  for (const Party& party : mine.parties) {
    // Refunds may have taken of it.
    if (party.refunded + party.payable > 0) continue;
    const std::string who(IdOf(party.organization));
    differ.Same("over-match account of " + who, Has(beyond, who) ? beyond.at(who) : 0, OverMatch(mine, party));
  }
  return differ.difference();
}

}  // namespace oriundo::model
