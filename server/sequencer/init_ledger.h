// InitLedger makes a new ledger in an empty store.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/base/clock.h"
#include "storage/engine/engine.h"

namespace oriundo {

// The organisation that every ledger begins with; it creates all others.
inline constexpr char kAdministrator[] = "organizations/administrator";

// Writes the ledger's secret and its first entry, LedgerCreated, in one batch.
//
// INVALID_FIELD for an origin that is none, kFailedPrecondition for a store that holds a ledger already, the store's error
// otherwise.
absl::Status InitLedger(Engine& engine, const std::string& origin, const Clock& clock);

}  // namespace oriundo
