// Pool parts: the pools that pay a party's tranches. What a party promises out of the pool of one fiscal year may move to a later
// one's (refrendo), so several may pay one project. The ledger's only way to the pools of a project: every change here is one of
// the party's part and of its pool alike. A party whose role pays from no pool has no parts, and nothing here changes anything
// for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/ledger/draft.h"

namespace oriundo {

// Adds to what the pool of `fiscal_year` has promised and released to the project for the party.
void ChangePoolPart(const v1::Project& project, const std::string& party, int fiscal_year, int64_t committed, int64_t released,
                    Draft& draft);

// Out of which pools `amount` more would be released: the earliest that still promises something, then the next.
// REQUIRES: so much is committed.
std::vector<v1::PoolPart> PartsToRelease(const v1::Party& party, int64_t amount);

// By how much the parts change where the party's commitment becomes `change` more, or less: more is promised out of the latest
// pool, which pays last, or that of the project's own year where there is none; less out of the latest ones first, so that
// earlier years go on paying first. REQUIRES: what is taken off is committed.
std::vector<v1::PoolPart> PartsToCommit(const v1::Project& project, const v1::Party& party, int64_t change);

// What of a release comes back to its payer goes back to the pools that released it, the latest year first. What these have not
// released any more, because it went back at a year's end, goes to the party's other pools, the latest year first. Where
// `promised`, it is promised to the project again.
void GiveBackReleased(const v1::Project& project, const v1::Release& release, int64_t amount, bool promised, Draft& draft);

// What goes back at the end of `fiscal_year` is promised again by the pools that released it: those of that year and of earlier
// ones, the latest first, then those of later years, the latest first, whose money came after it.
void GiveBackAtYearEnd(const v1::Project& project, const v1::Party& party, int fiscal_year, int64_t amount, Draft& draft);

// Frees all that the party's pools still promise. Returns how much that is.
int64_t FreePoolParts(const v1::Project& project, const v1::Party& party, Draft& draft);

}  // namespace oriundo
