// Apply: the ledger's decision. Pure and deterministic: equal state, command and stamp give equal entries on every machine.
//
// No clock, no randomness, no I/O, no floating point, nothing from hash order. All checks walk downward first: who acts, whether
// the names exist, whether the state allows it, what the rule says. After the last check nothing may fail.
#pragma once

#include <optional>
#include <vector>

#include "oriundo/v1/entry.pb.h"
#include "server/ledger/command.h"
#include "server/ledger/refusal.h"
#include "server/ledger/state.h"

namespace oriundo {

// Version of the share algorithms (domain notes section 4) that this code computes by. Written into every entry that uses them.
inline constexpr int kAlgorithmVersion = 1;

// What became of a command.
struct Outcome {
  // The entries it wrote, already folded into the state; empty where it was refused.
  std::vector<v1::Entry> entries;
  // Why it was refused.
  std::optional<Refusal> refusal;
  // The compact entry that the refusal leaves, where it is worth one: an existing organisation broke a rule or lacked a permission.
  // Not folded, since it changes nothing; whoever asks too often may be left without.
  std::optional<v1::Entry> refused;
};

// Decides on `command`, and folds the entries it makes into `state`. A refused command changes nothing.
// Whether the request_id was used before is the caller's to look up first. Check state.status() before committing.
Outcome Apply(State& state, const Command& command, Stamp stamp);

}  // namespace oriundo
