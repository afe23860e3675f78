// What counts by a day: the second time of a read, beside the moment that it shows (design notes, section 3, "Two times").
//
// A project's amounts are sums of what its entries changed, each on its effective date. Through a day they are the sums of the
// entries that count on it or before; who is party, what is due and where the project is in its life stay as known. No entry
// counts after the day on which it was committed, in the programme's time, so only entries committed from that day on need to be
// looked at.
#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oriundo/v1/resources.pb.h"
#include "server/queries/reader.h"

namespace oriundo {

// OK where `effective_through` is empty or a day at the latest the day after the reader's moment, UTC: in no programme's time had
// a later one begun. INVALID_FIELD otherwise.
absl::Status CheckThrough(const Reader& reader, const std::string& effective_through);

// What a read through a day leaves out, beside amounts.
struct LaterMoney {
  // Contributions, goods and labour that count as verified or appraised only later, and those that count as reversed only later.
  std::set<std::string> verified;
  std::set<std::string> reversed;
  // Entries looked at.
  int entries = 0;
};

// Takes out of `project`, as it is at the reader's moment, what counts only after `effective_through`: from parties, tranches,
// accounts, spending and interest. Nothing where that is empty. kDataLoss where an entry names a party or tranche that there is
// not.
absl::StatusOr<LaterMoney> CountThrough(const Reader& reader, const std::string& effective_through, v1::Project& project);

}  // namespace oriundo
