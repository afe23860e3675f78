// Texts that can be forgotten, and the ledger's own secret.
//
// An entry holds a commitment to a text: HMAC-SHA256 under a random salt. Salt and text, the opening, stand here, encrypted
// under a secret that belongs to one subject (a person's or organisation's texts as a whole). Destroying the secret makes every
// opening of that subject unreadable for good, in the store, in its backups and in its exports, and leaves the entries whole.
//
//   opening        := version:u8 secret_id:8 bytes nonce:12 bytes ciphertext tag:16 bytes
//   ciphertext     := AES-256-GCM(subject_secret, nonce, salt:32 bytes text), authenticating commitment as well
//   secret_id      := the first 8 bytes of HMAC-SHA256(subject_secret, "oriundo secret id"): tells a destroyed secret's
//                     openings from those of the one that came after it
//   subject_secret := 32 random bytes
//   ledger_secret  := 32 random bytes
//
// All of it is thread-safe. An OpenSSL primitive that fails stops the process: it is broken or out of memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/engine/engine.h"
#include "storage/format/keys.h"

namespace oriundo {

// Bytes of a commitment's salt.
inline constexpr std::size_t kSaltBytes = 32;
// Bytes of a subject's or the ledger's secret.
inline constexpr std::size_t kSecretBytes = 32;
// Bytes of a nonce. Drawn at random: safe up to 2^32 texts of one subject.
inline constexpr std::size_t kNonceBytes = 12;

// `count` bytes from the operating system's generator.
std::string RandomBytes(std::size_t count);

// HMAC-SHA256(salt, text), kCommitmentBytes bytes. REQUIRES: salt.size() == kSaltBytes.
std::string Commitment(std::string_view salt, std::string_view text);

// The ledger's secret: names things that may not be named, the same way each time, and only inside this ledger.
class LedgerKey {
 public:
  // REQUIRES: secret.size() == kSecretBytes.
  explicit LedgerKey(std::string secret);

  // A new one. Only for a new ledger: with another key, nothing recorded before is recognised again.
  static LedgerKey Generate();
  // The one stored by PutInto. kNotFound in a store without, kDataLoss where it has another size.
  static absl::StatusOr<LedgerKey> Load(const Snapshot& snapshot);
  void PutInto(WriteBatch& batch) const;

  // 32 hexadecimal digits that stand for `bytes` in `context` (128 bits of HMAC-SHA256).
  // REQUIRES: `context` is a constant of the code without 0x00 bytes, one for each kind of thing named.
  std::string Pseudonym(std::string_view context, std::string_view bytes) const;
  // 16 bytes that stand for `bytes` in `context`; unrelated to the pseudonym of the same. REQUIRES: as Pseudonym.
  std::string Digest(std::string_view context, std::string_view bytes) const;

 private:
  std::string secret_;
};

// The secret of `subject`; nullopt where it was destroyed or never made.
absl::StatusOr<std::optional<std::string>> ReadSubjectSecret(const Snapshot& snapshot, std::string_view subject);
// Stores a new secret, RandomBytes(kSecretBytes), for `subject`. REQUIRES: secret.size() == kSecretBytes.
void PutSubjectSecret(WriteBatch& batch, std::string_view subject, std::string_view secret);

// Puts the opening of `commitment` into `batch`, encrypted under `subject_secret`.
// REQUIRES: commitment == Commitment(salt, text); `nonce` was never used with this secret.
void SealInto(WriteBatch& batch, std::string_view subject_secret, std::string_view commitment, std::string_view salt,
              std::string_view text, const std::string& nonce = RandomBytes(kNonceBytes));

// The text behind `commitment`. nullopt where the subject's secret was destroyed or nothing was sealed.
// kDataLoss where the opening was changed or does not fit the commitment.
absl::StatusOr<std::optional<std::string>> Open(const Snapshot& snapshot, std::string_view subject, std::string_view commitment);

// True where `opening`, a value of the table of openings, was sealed under `subject_secret`, by the id it carries.
bool IsSealedUnder(std::string_view subject_secret, std::string_view opening);

// Forgets every text of `subject`, for good, once `batch` is durable. A later text takes a new secret.
//
// The engine's files still hold the secret's bytes until they are rewritten, which options.cc bounds for RocksDB, or purged
// (Engine::Purge): EraseSubject in server/sequencer/erase.h does both.
void DestroySubjectKey(WriteBatch& batch, std::string_view subject);

}  // namespace oriundo
