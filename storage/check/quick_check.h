// QuickCheck: what a server can afford to prove about its store at every start. Fsck proves the rest.
#pragma once

#include "absl/status/status.h"
#include "storage/engine/engine.h"

namespace oriundo {

// Checks that the end of the journal in `snapshot` is whole: the head, the newest full bundle and the segments behind it agree,
// nothing stands beyond the head, the newest entry says the sequence and the commit time that the head says, and the records it
// touched know of it. Reads some 256 entries, however long the journal.
//
// OK for a store without a ledger. kDataLoss, saying what to do, where something is missing or contradicts; otherwise as the
// engine says.
absl::Status QuickCheck(const Snapshot& snapshot);

}  // namespace oriundo
