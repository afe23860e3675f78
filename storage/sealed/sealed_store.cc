#include "storage/sealed/sealed_store.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kSecretIdBytes = 8;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kMacBytes = 32;

const unsigned char* Bytes(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Bytes(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// Fetched once: a fetch at every call costs three times the hash itself.
EVP_CIPHER* Aes256Gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  ORIUNDO_CHECK(cipher != nullptr);
  return cipher;
}

EVP_MAC* Hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  ORIUNDO_CHECK(mac != nullptr);
  return mac;
}

// A context for HMAC-SHA256, and the key it was last begun with: setting a key hashes two blocks more.
class HmacContext {
 public:
  HmacContext() : context_(EVP_MAC_CTX_new(Hmac())) {
    char digest[] = "SHA256";
    const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
    ORIUNDO_CHECK(context_ != nullptr && EVP_MAC_CTX_set_params(context_.get(), settings) == 1);
  }
  HmacContext(const HmacContext&) = delete;
  HmacContext& operator=(const HmacContext&) = delete;
  ~HmacContext() { OPENSSL_cleanse(key_.data(), key_.size()); }

  // REQUIRES: `key` is not empty.
  std::string Mac(std::string_view key, std::initializer_list<std::string_view> parts) {
    const bool is_new_key = key != key_;
    ORIUNDO_CHECK(EVP_MAC_init(context_.get(), is_new_key ? Bytes(key) : nullptr, is_new_key ? key.size() : 0, nullptr) == 1);
    if (is_new_key) {
      OPENSSL_cleanse(key_.data(), key_.size());
      key_ = key;
    }
    for (const std::string_view part : parts) {
      ORIUNDO_CHECK(EVP_MAC_update(context_.get(), Bytes(part), part.size()) == 1);
    }
    std::string mac(kMacBytes, '\0');
    std::size_t size = 0;
    ORIUNDO_CHECK(EVP_MAC_final(context_.get(), Bytes(mac), &size, mac.size()) == 1 && size == kMacBytes);
    return mac;
  }

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  const std::unique_ptr<EVP_MAC_CTX, Free> context_;
  std::string key_;
};

// HMAC-SHA256 of the parts in a row. Reuses one context a thread.
std::string HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  thread_local HmacContext context;
  return context.Mac(key, parts);
}

EVP_CIPHER_CTX* CipherContext() {
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  ORIUNDO_CHECK(context != nullptr);
  return context.get();
}

// Ciphertext and tag of `plaintext`.
std::string Encrypt(std::string_view secret, std::string_view nonce, std::string_view authenticated,
                    std::string_view plaintext) {
  EVP_CIPHER_CTX* const context = CipherContext();
  std::string sealed(plaintext.size() + kTagBytes, '\0');
  int size = 0;
  ORIUNDO_CHECK(EVP_EncryptInit_ex2(context, Aes256Gcm(), Bytes(secret), Bytes(nonce), nullptr) == 1);
  ORIUNDO_CHECK(EVP_EncryptUpdate(context, nullptr, &size, Bytes(authenticated), static_cast<int>(authenticated.size())) == 1);
  ORIUNDO_CHECK(EVP_EncryptUpdate(context, Bytes(sealed), &size, Bytes(plaintext), static_cast<int>(plaintext.size())) == 1);
  ORIUNDO_CHECK(EVP_EncryptFinal_ex(context, Bytes(sealed) + size, &size) == 1 && size == 0);
  ORIUNDO_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, Bytes(sealed) + plaintext.size()) == 1);
  return sealed;
}

// The plaintext of what Encrypt made; nullopt where anything was changed.
// REQUIRES: sealed.size() >= kTagBytes.
std::optional<std::string> Decrypt(std::string_view secret, std::string_view nonce, std::string_view authenticated,
                                   std::string_view sealed) {
  EVP_CIPHER_CTX* const context = CipherContext();
  const std::string_view ciphertext = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(ciphertext.size()));
  // One byte more, so that an empty text still gives OpenSSL somewhere to point.
  std::string plaintext(ciphertext.size() + 1, '\0');
  int size = 0;
  ORIUNDO_CHECK(EVP_DecryptInit_ex2(context, Aes256Gcm(), Bytes(secret), Bytes(nonce), nullptr) == 1);
  ORIUNDO_CHECK(EVP_DecryptUpdate(context, nullptr, &size, Bytes(authenticated), static_cast<int>(authenticated.size())) == 1);
  ORIUNDO_CHECK(EVP_DecryptUpdate(context, Bytes(plaintext), &size, Bytes(ciphertext), static_cast<int>(ciphertext.size())) == 1);
  ORIUNDO_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, Bytes(plaintext) + size, &size) != 1) return std::nullopt;
  plaintext.resize(ciphertext.size());
  return plaintext;
}

std::string SecretId(std::string_view secret) {
  return HmacSha256(secret, {"oriundo secret id"}).substr(0, kSecretIdBytes);
}

// Purpose and context end in 0x00, which neither contains: no two triples give the same bytes.
std::string Derive(std::string_view secret, std::string_view purpose, std::string_view context, std::string_view bytes) {
  ORIUNDO_CHECK(context.find('\0') == std::string_view::npos);
  const std::string_view end("\0", 1);
  // A context of its own: the ledger's secret is used all the time, and salts and subjects' secrets in between would drive it out.
  thread_local HmacContext derivation;
  return derivation.Mac(secret, {purpose, end, context, end, bytes});
}

}  // namespace

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  ORIUNDO_CHECK(RAND_bytes_ex(nullptr, Bytes(bytes), count, 0) == 1);
  return bytes;
}

std::string Commitment(std::string_view salt, std::string_view text) {
  ORIUNDO_CHECK(salt.size() == kSaltBytes);
  return HmacSha256(salt, {text});
}

LedgerKey::LedgerKey(std::string secret) : secret_(std::move(secret)) { ORIUNDO_CHECK(secret_.size() == kSecretBytes); }

LedgerKey LedgerKey::Generate() { return LedgerKey(RandomBytes(kSecretBytes)); }

absl::StatusOr<LedgerKey> LedgerKey::Load(const Snapshot& snapshot) {
  ORIUNDO_ASSIGN_OR_RETURN(std::optional<std::string> secret, snapshot.Get(LedgerSecretKey()));
  if (!secret) return absl::NotFoundError("the store has no ledger secret: it was never initialised");
  if (secret->size() != kSecretBytes) return absl::DataLossError("the ledger's secret has a wrong size");
  return LedgerKey(*std::move(secret));
}

void LedgerKey::PutInto(WriteBatch& batch) const { batch.Put(LedgerSecretKey(), secret_); }

std::string LedgerKey::Pseudonym(std::string_view context, std::string_view bytes) const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(32);
  for (const char byte : Derive(secret_, "pseudonym", context, bytes).substr(0, 16)) {
    hex.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return hex;
}

std::string LedgerKey::Digest(std::string_view context, std::string_view bytes) const {
  return Derive(secret_, "digest", context, bytes).substr(0, 16);
}

absl::StatusOr<std::optional<std::string>> ReadSubjectSecret(const Snapshot& snapshot, std::string_view subject) {
  ORIUNDO_ASSIGN_OR_RETURN(std::optional<std::string> secret, snapshot.Get(SubjectSecretKey(subject)));
  if (secret && secret->size() != kSecretBytes) {
    return absl::DataLossError(absl::StrCat("the secret of ", std::string(subject), " has a wrong size"));
  }
  return secret;
}

void PutSubjectSecret(WriteBatch& batch, std::string_view subject, std::string_view secret) {
  ORIUNDO_CHECK(secret.size() == kSecretBytes);
  batch.Put(SubjectSecretKey(subject), std::string(secret));
}

void SealInto(WriteBatch& batch, std::string_view subject_secret, std::string_view commitment, std::string_view salt,
              std::string_view text, const std::string& nonce) {
  ORIUNDO_CHECK(subject_secret.size() == kSecretBytes && nonce.size() == kNonceBytes);
  ORIUNDO_CHECK(commitment == Commitment(salt, text));
  std::string value(1, kVersion);
  value.append(SecretId(subject_secret));
  value.append(nonce);
  std::string plaintext(salt);
  plaintext.append(text);
  value.append(Encrypt(subject_secret, nonce, commitment, plaintext));
  batch.Put(OpeningKey(commitment), std::move(value));
}

absl::StatusOr<std::optional<std::string>> Open(const Snapshot& snapshot, std::string_view subject, std::string_view commitment) {
  const std::array<std::string, 2> keys = {SubjectSecretKey(subject), OpeningKey(commitment)};
  ORIUNDO_ASSIGN_OR_RETURN(const std::vector<std::optional<std::string>> values, snapshot.MultiGet(keys));
  const std::optional<std::string>& secret = values[0];
  if (!values[1]) return std::nullopt;
  const std::string_view opening = *values[1];
  constexpr std::size_t kHeaderBytes = 1 + kSecretIdBytes + kNonceBytes;
  if (opening.size() < kHeaderBytes + kSaltBytes + kTagBytes || opening[0] != kVersion) {
    return absl::DataLossError(absl::StrCat("an opening of ", std::string(subject), " is malformed"));
  }
  if (!secret) return std::nullopt;
  if (secret->size() != kSecretBytes) {
    return absl::DataLossError(absl::StrCat("the secret of ", std::string(subject), " has a wrong size"));
  }
  if (opening.substr(1, kSecretIdBytes) != SecretId(*secret)) return std::nullopt;
  const std::optional<std::string> plaintext =
      Decrypt(*secret, opening.substr(1 + kSecretIdBytes, kNonceBytes), commitment, opening.substr(kHeaderBytes));
  if (!plaintext) return absl::DataLossError(absl::StrCat("an opening of ", std::string(subject), " was changed"));
  std::string text = plaintext->substr(kSaltBytes);
  const std::string found = Commitment(std::string_view(*plaintext).substr(0, kSaltBytes), text);
  if (found != commitment) {
    return absl::DataLossError(absl::StrCat("an opening of ", std::string(subject), " does not fit its commitment"));
  }
  return text;
}

bool IsSealedUnder(std::string_view subject_secret, std::string_view opening) {
  return opening.size() > 1 + kSecretIdBytes && opening[0] == kVersion &&
         opening.substr(1, kSecretIdBytes) == SecretId(subject_secret);
}

void DestroySubjectKey(WriteBatch& batch, std::string_view subject) { batch.Delete(SubjectSecretKey(subject)); }

}  // namespace oriundo
