// Tranches: how a commitment is cut into steps that add up to it exactly, and how much of it may be out at a given moment
// (domain.md 4.5). Matching money follows verified club money: the pari passu bound ties everything a funder has released so
// far to what the project's clubs have verified. The other conditions of a release are facts of the ledger, not arithmetic.
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace oriundo {

// Cuts `commitment` (minor units) at cumulative steps in basis points: tranche j is
// floor(commitment * b[j] / 10000) - floor(commitment * b[j-1] / 10000), so the tranches add up to the commitment
// (domain 4.5). A tranche of a small commitment may be zero.
// REQUIRES: commitment >= 0; 1 to kTrancheStepsMax steps, positive, strictly rising, the last kBasisPoints.
std::vector<int64_t> SplitCommitment(int64_t commitment, std::span<const int32_t> cumulative_bps);

// Cuts a commitment that has changed; one that has not keeps its steps. The first `begun` steps stay as `amounts` has them; the others share what is left of the commitment
// by their widths, rounded as above, and none gets less than is `sent` of it already. Where none is left to share, the last step takes what
// was added. Where the first steps hold more than the commitment, the last of them give way as far as they are not sent. The steps add up
// to the commitment.
// REQUIRES: commitment >= the sum of `sent`; the same count of amounts, sent and steps; amounts >= sent >= 0; 0 <= begun <= that count;
// steps as above.
std::vector<int64_t> RecutCommitment(int64_t commitment, std::span<const int32_t> cumulative_bps, std::span<const int64_t> amounts,
                                     std::span<const int64_t> sent, std::size_t begun);

// What the pari passu bound of one funder depends on, at one moment.
struct ReleaseBound {
  // Verified money of all the project's clubs, minor units, >= 0; with counted in-kind if the rule says so.
  int64_t club_verified = 0;
  // Tolerance of the rule version, minor units, >= 0. Without it a club one unit short would hold back the last release.
  int64_t tolerance = 0;
  // What the releasing funder's role weighs in the project, 0 to kRoleWeightMax.
  int64_t weight = 0;
  // What the club role weighs, 1 to kRoleWeightMax. A rule without a club role has no bound and does not ask.
  int64_t club_weight = 0;
  // Multiple of the bound in basis points, 0 to kMultipleBpsMax; kBasisPoints is once the club's money.
  int64_t multiple_bps = 0;
};

// Returns the most that the funder may have released in all, in minor units:
// floor((club_verified + tolerance) * weight * multiple_bps / (club_weight * 10000)) (domain 4.5). Saturates at
// kAmountMinorUnitsMax, above which no amount exists. A release of `asked` keeps the bound if released + asked <= this.
// REQUIRES: the ranges stated at ReleaseBound; club_verified + tolerance inside 64 bits.
int64_t EntitledRelease(const ReleaseBound& bound);

}  // namespace oriundo
