// Pages of lists: how large, how they are called up again, and when they end.
//
// A token is opaque to the caller, is bound to the method and its arguments by a MAC under the ledger's key, and grants no
// rights: it only says where to go on. So it is as good after a restart as before, and in no other ledger. No snapshot is held
// between pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {

// A page ends early once its rows are this large, well inside the 4 MiB that a gRPC client takes by default.
inline constexpr std::size_t kPageBytesMax = std::size_t{2} << 20;

// Where the next page goes on.
struct PagePosition {
  // The last thing looked at: a resource's name, an account, a sequence in digits. Empty on the first page.
  std::string last;
  // The sequence that the first page showed; lists in journal order stay there.
  int64_t sequence = -1;
};

// The rows wanted: kPageSizeDefault for 0, kPageSizeMax for more than that. INVALID_FIELD where negative.
absl::StatusOr<int> PageSize(int32_t page_size);

// The token for `position` in the list that `request` asks for, in the ledger of `key`.
std::string EncodePageToken(const LedgerKey& key, const google::protobuf::Message& request, const PagePosition& position);

// The position in `request`'s own page_token; an empty one where it has none. PAGE_TOKEN_INVALID where the token is not one that
// EncodePageToken gave, with this key, for a request of this type with the same arguments; page_size may differ.
absl::StatusOr<PagePosition> DecodePageToken(const LedgerKey& key, const google::protobuf::Message& request);

// The sequence that `position`, of a list in journal order and not of its first page, looked at last. PAGE_TOKEN_INVALID where it lies
// beyond the journal, whose newest entry is `newest_sequence`.
absl::StatusOr<int64_t> LastSequenceOf(const PagePosition& position, int64_t newest_sequence);

}  // namespace oriundo
