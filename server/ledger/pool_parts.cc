#include "server/ledger/pool_parts.h"

#include <algorithm>
#include <map>

#include "server/base/ids.h"
#include "server/ledger/decide.h"

namespace oriundo {
namespace {

// Gives `amount` back to the pools in `order`, to each no more than its row says and than it has released to the party.
void GiveBack(const v1::Project& project, const v1::Party& party, const std::vector<v1::PoolPart>& order, int64_t amount,
              bool promised, Draft& draft) {
  std::map<int, int64_t> released;
  for (const v1::PoolPart& part : party.pool_parts()) released[part.fiscal_year()] = part.released_minor_units();
  for (const v1::PoolPart& row : order) {
    int64_t& left = released[row.fiscal_year()];
    const int64_t given = std::min({amount, row.released_minor_units(), left});
    left -= given;
    amount -= given;
    ChangePoolPart(project, party.organization(), row.fiscal_year(), promised ? given : 0, -given, draft);
  }
}

}  // namespace

void ChangePoolPart(const v1::Project& project, const std::string& party, int fiscal_year, int64_t committed, int64_t released,
                    Draft& draft) {
  if (committed == 0 && released == 0) return;
  v1::PoolChange& pool = draft.Pool(PoolName(project.program(), party, fiscal_year));
  pool.set_committed_minor_units(pool.committed_minor_units() + committed);
  pool.set_released_minor_units(pool.released_minor_units() + released);
  v1::PoolPartChange& part = draft.PoolPart(party, fiscal_year);
  part.set_committed_minor_units(part.committed_minor_units() + committed);
  part.set_released_minor_units(part.released_minor_units() + released);
}

std::vector<v1::PoolPart> PartsToRelease(const v1::Party& party, int64_t amount) {
  std::vector<v1::PoolPart> parts;
  for (const v1::PoolPart& part : party.pool_parts()) {
    const int64_t drawn = std::min(amount, part.committed_minor_units());
    if (drawn <= 0) continue;
    amount -= drawn;
    parts.emplace_back().set_fiscal_year(part.fiscal_year());
    parts.back().set_released_minor_units(drawn);
  }
  return parts;
}

std::vector<v1::PoolPart> PartsToCommit(const v1::Project& project, const v1::Party& party, int64_t change) {
  std::vector<v1::PoolPart> parts;
  const auto add = [&](int fiscal_year, int64_t committed) {
    parts.emplace_back().set_fiscal_year(fiscal_year);
    parts.back().set_committed_minor_units(committed);
  };
  const auto& pools = party.pool_parts();
  if (change > 0) add(pools.empty() ? project.fiscal_year() : pools.rbegin()->fiscal_year(), change);
  for (auto part = pools.rbegin(); part != pools.rend() && change < 0; ++part) {
    const int64_t freed = std::min(-change, part->committed_minor_units());
    if (freed == 0) continue;
    change += freed;
    add(part->fiscal_year(), -freed);
  }
  return parts;
}

void GiveBackReleased(const v1::Project& project, const v1::Release& release, int64_t amount, bool promised, Draft& draft) {
  const v1::Party& party = *FindParty(project, release.party());
  std::vector<v1::PoolPart> order(release.pool_parts().rbegin(), release.pool_parts().rend());
  order.insert(order.end(), party.pool_parts().rbegin(), party.pool_parts().rend());
  GiveBack(project, party, order, amount, promised, draft);
}

void GiveBackAtYearEnd(const v1::Project& project, const v1::Party& party, int fiscal_year, int64_t amount, Draft& draft) {
  std::vector<v1::PoolPart> order(party.pool_parts().rbegin(), party.pool_parts().rend());
  std::stable_partition(order.begin(), order.end(), [&](const v1::PoolPart& part) { return part.fiscal_year() <= fiscal_year; });
  GiveBack(project, party, order, amount, /*promised=*/true, draft);
}

int64_t FreePoolParts(const v1::Project& project, const v1::Party& party, Draft& draft) {
  int64_t freed = 0;
  for (const v1::PoolPart& part : party.pool_parts()) {
    ChangePoolPart(project, party.organization(), part.fiscal_year(), -part.committed_minor_units(), 0, draft);
    freed += part.committed_minor_units();
  }
  return freed;
}

}  // namespace oriundo
