// Evidence made from a document on this machine. The ledger gets a salted hash only; document and salt stay with their holder.
//
// The salt follows from the request id, the document and a secret of this user, so that repeating a write whose answer was lost
// sends the same request again. Nobody without the secret can try documents against a published hash.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cli/words.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// All bytes of the file. It is read once, so that a pipe will do. NOT_FOUND where it cannot be read.
absl::StatusOr<std::string> ReadDocument(const std::string& path, const Words& words = Words());

// SHA-256 of the salt followed by the document, and the document's size; the type is not set.
v1::Evidence EvidenceOf(std::string_view salt, std::string_view document);

// 32 bytes: HMAC-SHA256 under `secret` of the request id and the document's SHA-256.
std::string SaltOf(std::string_view secret, std::string_view request_id, std::string_view document);

// The folder of this user's settings: `$XDG_CONFIG_HOME/oriundo`, or `$HOME/.config/oriundo`; empty where neither is set.
std::string ConfigFolder();

// This user's secret for salts, 32 bytes: what the file `salt-secret` of `folder` holds, made at first use with mode 0600. Where
// it can neither be read nor kept, 32 random bytes: good for this run alone.
std::string SaltSecret(const std::string& folder);

}  // namespace oriundo
