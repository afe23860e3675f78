// Erasure: the texts of one subject become unreadable for good, in the store's own files too, and an entry says so.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "storage/engine/engine.h"

namespace oriundo {

// What an erasure did.
struct Erasure {
  // False where the subject had no secret: erased before, or never had a text. Then no entry is written.
  bool had_secret = false;
  // Texts that could be read until now.
  int64_t texts = 0;
};

// Destroys the secret of `subject`, a top-level resource (`projects/p`, `organizations/o`, `programs/x`), writes the entry
// TextsErased in the same batch, and purges the secret from the engine's files. Earlier entries stay whole: they hold commitments
// only.
//
// Runs on a store that nobody else writes. Where it fails half-way it may be called again, also when the secret is gone already:
// the files are purged all the same. kInvalidArgument where `subject` is no such name, kNotFound where there is no such resource,
// otherwise as Commit, Recover and Purge say.
absl::StatusOr<Erasure> EraseSubject(Engine& engine, const std::string& subject, const Clock& clock);

}  // namespace oriundo
