// What the rule asks before a tranche may be sent, beyond the bound on what the clubs gave. Decisions and statements share it.
#pragma once

#include <cstdint>
#include <string>

#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// True where two persons have let go of this condition of the tranche.
bool IsWaived(const v1::Tranche& tranche, v1::Tranche::Waiver waiver);

// True where as much work is verified as the condition asks for.
bool IsBuilt(const v1::Project& project, const v1::TrancheCondition& condition);

// True where the condition's window of days is still to open on `today`, and where its last day is past.
bool IsEarly(const v1::Project& project, const v1::TrancheCondition& condition, const std::string& today);
bool IsOver(const v1::Project& project, const v1::TrancheCondition& condition, const std::string& today);

// True where the tranche waits for work to be verified, and where its window is over, unless that was let go.
bool AwaitsWork(const v1::Project& project, const v1::TrancheCondition& condition, const v1::Tranche& tranche);
bool IsTooLate(const v1::Project& project, const v1::TrancheCondition& condition, const v1::Tranche& tranche,
               const std::string& today);

// The first day on which the rule lets the tranche be released, YYYY-MM-DD; empty where it names none. REQUIRES: the tranche is one of the
// role's.
std::string OpeningDay(const v1::Project& project, const v1::FunderRole& role, const v1::Tranche& tranche);

// What is in the box and what was spent of it, as far as receipts are accounted for.
struct Accounting {
  // Minor units.
  int64_t receipts = 0;
  int64_t spent = 0;
  // True where that is as much as the rule asks for.
  bool suffices = true;
};

// How far the project has accounted for what it received, which the rule asks before a second tranche (domain notes 4.5).
Accounting AccountingOf(const v1::Project& project, const v1::RuleVersion& rule);

// True where the tranche waits for more of what was received to be accounted for.
bool AwaitsAccounting(const v1::Project& project, const v1::RuleVersion& rule, const v1::Tranche& tranche);

// What a tranche waits for that is nobody's money.
enum class TrancheWait {
  kNone,
  kVerifiedWork,  // Not enough work is verified.
  kDateWindow,    // The window of days is not open yet, or over.
  kAccounting,    // Not enough of what was received is accounted for.
};

// What the tranche waits for on `today`, an empty one standing for a day in every window; of several things the first in the order above.
// Documents, which come with the release itself, and earlier tranches are left aside. REQUIRES: the tranche is one of the role's.
TrancheWait WaitOf(const v1::Project& project, const v1::RuleVersion& rule, const v1::FunderRole& role, const v1::Tranche& tranche,
                   const std::string& today);

}  // namespace oriundo
