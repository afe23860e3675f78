// Amend: what an amendment's terms make of an agreement. Internal to the ledger.
#pragma once

#include <cstdint>
#include <vector>

#include "server/ledger/decide.h"

namespace oriundo {

// An agreement after an amendment.
struct Amended {
  // The project as it would be: parties that join stand last, dues, total, roles' weights, club, executor, account, scope and dates as agreed.
  // Amounts that follow from money are as before.
  v1::Project project;
  // What each tranche pays, by party of `project`; none for parties that pay in none.
  std::vector<std::vector<int64_t>> tranches;
  // Who must sign, in order.
  std::vector<std::string> signers;
};

// Applies the terms to the project and runs every check of an agreement on the outcome; adds what is wrong to `faults`. Without
// faults `amended` is complete, and draft has what the change commits or frees and the tallies that count it.
void Amend(Context& context, const ProjectContext& loaded, const v1::AmendmentTerms& terms, Amended& amended, Draft& draft,
           std::vector<Violation>& faults);

}  // namespace oriundo
