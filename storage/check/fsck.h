// Fsck proves that the store says what the journal says.
//
// It reads every entry in order, folds it, and compares what must follow from it with what is stored, byte for byte and in both
// directions: missing, extra, different. It shares with the server only the fold and the formats. Read-only; needs a store at
// rest.
//
// Memory: all records and their kept copies, the accounts' balances, some ten bytes for each place of an entry in an index, and
// some 150 bytes for each request and each text, all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/engine/engine.h"

namespace oriundo {

// Findings that a report lists; the rest are only counted.
inline constexpr std::size_t kFindingsListedMax = 100;

// One thing that is not as it must be.
struct Finding {
  // Where: a table and what is inside it, in words and printable, for example `record projects/p`.
  std::string key;
  // The entry it is about, where there is one.
  std::optional<int64_t> sequence;
  // What is wrong, in a sentence.
  std::string description;
};

// What was looked at and what was found.
struct FsckReport {
  int64_t entries = 0;
  int64_t records = 0;
  int64_t record_snapshots = 0;
  int64_t index_chunks = 0;
  int64_t requests = 0;
  // Texts that open; and texts whose subject's secret was destroyed, as an entry says.
  int64_t texts_open = 0;
  int64_t texts_erased = 0;
  // At most kFindingsListedMax, in the order found.
  std::vector<Finding> findings;
  // All of them.
  int64_t finding_count = 0;

  bool clean() const { return finding_count == 0; }
};

// How far it is: `done` of `total` things named `phase`, for example "entries". Called now and then, on the caller's thread.
using FsckProgress = std::function<void(std::string_view phase, int64_t done, int64_t total)>;

// Checks the store in `snapshot`:
//  - journal: every bundle and segment whole and in its place, nothing beyond, sequences without gaps, time strictly rising, head
//  right;
//  - entries: postings add up to zero, balances after are right, no text exposed;
//  - projects after each entry: every party's paid_in = spent + refunded + taken_back + equalised + payable principal + left,
//    equalised adds up to zero, the box is what the parties and the interest say, pools add up;
//  - projections rebuilt: records, their kept copies, indexes, requests (all but their digest, which is keyed);
//  - texts: each commitment of an entry opens, or a later entry says that its subject's texts were erased; no opening that no entry
//    commits to;
//  - the ledger's secret is there, and no key of any other kind.
//
// Where the journal itself has a hole, that is reported and projections are not compared, since nothing is known about them.
// What cannot be read is a finding, too.
FsckReport Fsck(const Snapshot& snapshot, const FsckProgress& progress = {});

}  // namespace oriundo
