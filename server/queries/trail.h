// The money trail: from a contribution to the invoices it paid, and from an invoice to who paid it (design notes, section 4).
//
// Worked out from the project's entries up to the reader's moment, by the rules of server/rules/money_trail.h. For every inflow
// SPENT, REFUNDED, TAKEN_BACK, EQUALISED and LEFT add up to what was received.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oriundo/v1/audit_service.pb.h"
#include "server/base/limits.h"
#include "server/queries/reader.h"

namespace oriundo {

// Rows handed over at once.
inline constexpr std::size_t kTrailRowsPerChunk = 256;
// Entries read for one chunk at most, so that a step is a fraction of a second also where hardly any row is wanted.
inline constexpr int kTrailEntriesPerStep = 1'024;

// What the open trails of a server keep in memory together. Thread-safe.
class TrailBudget {
 public:
  explicit TrailBudget(std::size_t items_max = kTrailItemsMax) : items_max_(items_max) {}
  TrailBudget(const TrailBudget&) = delete;
  TrailBudget& operator=(const TrailBudget&) = delete;

  // Counts `after` items where `before` were counted. False, and nothing is counted, where there is no room for more.
  bool Change(std::size_t before, std::size_t after);

  std::size_t items() const { return items_; }
  std::size_t items_max() const { return items_max_; }

 private:
  const std::size_t items_max_;
  std::atomic<std::size_t> items_{0};
};

// A trail on its way out, chunk by chunk. Holds a snapshot and, in memory, what MoneyTrail::items() counts and the rows of at
// most one entry beyond a chunk; never the rows before or after. Used by one thread at a time.
class TrailCursor {
 public:
  virtual ~TrailCursor() = default;

  // Replaces `rows` with the next ones, at most kTrailRowsPerChunk, maybe none yet; false once there is nothing after them.
  //
  // TOO_MANY_STREAMS where the open trails keep as much as the budget allows; kDataLoss for a rotten journal. Ends with an error.
  // REQUIRES: it has not returned false or an error.
  virtual absl::StatusOr<bool> Next(std::vector<v1::TrailRow>& rows) = 0;

  // Items of the budget that it holds now.
  virtual std::size_t items() const = 0;
};

// What became of the contribution, release or repayment `name`, in sequence order, and last what is left of it. No row where its
// money has not arrived. NOT_FOUND where it does not exist, INVALID_FIELD where `name` is of something else. The budget must
// outlive the cursor.
//
// Through a day, only the rows whose entries count by then, and what they leave of what had arrived: the trail itself is the
// same, because sequence alone says which money paid what. It then keeps every inflow in mind. INVALID_FIELD as CheckThrough
// says.
absl::StatusOr<std::unique_ptr<TrailCursor>> TraceInflow(Reader reader, const std::string& name,
    const std::string& effective_through,
                                                          TrailBudget& budget);

// Whose money paid the expenditure or refund `name`: the rows it wrote, and those that gave it back. As TraceInflow.
absl::StatusOr<std::unique_ptr<TrailCursor>> TraceOutflow(Reader reader, const std::string& name,
    const std::string& effective_through,
                                                          TrailBudget& budget);

// All of the project `name`'s rows in sequence order, then what is left of each inflow, and last the deposits that nobody has
// identified, oldest first. As TraceInflow.
absl::StatusOr<std::unique_ptr<TrailCursor>> TraceProject(Reader reader, const std::string& name, const std::string& effective_through,
                                                          TrailBudget& budget);

}  // namespace oriundo
