// Reconciliation of a project's box with its bank statements: by day, and item by item.
//
// Worked out from the project's entries up to the reader's moment, by the rule of server/rules/reconcile.h. What the ledger says
// the bank did is what an entry posts to the box, and what it posts to the cover of somebody unknown: where the bank took back
// more than the box held, the ledger never lets the box go below zero, but the bank did move all of it.
//
// What comes in states its account. What goes out does not: it is counted on the account that the ledger counts it on, which
// is the agreed one, but for what leaves what is still to be carried there (FoldUncarried in server/ledger/fold.cc). So the
// former accounts together have what is still to be carried, and the agreed one the rest. Recorded late it may have left another
// one than that, so a line of any account may be its own.
//
// Keeps the postings and lines of one project in memory while it works: at most kBankLinesPerProjectMax lines, and as many as
// kBookPostingsMax postings.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "storage/engine/engine.h"

namespace oriundo {

// Postings of one box that are reconciled at once, at some 300 bytes each; twice what its statements may hold.
inline constexpr std::size_t kBookPostingsMax = 200'000;

// By day. All pages show the ledger as it was at the first. PROJECT_NOT_FOUND; TOO_MANY_CHANGES where the box has more postings
// than are reconciled; otherwise as lists fail.
absl::StatusOr<v1::ReconcileBoxResponse> ReconcileBox(const Engine& engine, const v1::ReconcileBoxRequest& request);

// Item by item, the same way.
absl::StatusOr<v1::ListBoxItemsResponse> ListBoxItems(const Engine& engine, const v1::ListBoxItemsRequest& request);

}  // namespace oriundo
