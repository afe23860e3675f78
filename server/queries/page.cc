#include "server/queries/page.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "storage/format/big_endian.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

//   token := base64url( version:u8 mac:16 bytes sequence:be64 last )
constexpr char kVersion = 2;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kHeaderBytes = 1 + kMacBytes + 8;
// Longer ones are not ours: a name has at most some 200 characters.
constexpr std::size_t kTokenCharactersMax = 1'024;

// What ties a position to its call: the kind of request, all its arguments but the page's own, and `position` as it stands in the
// token. Each part but the last says how long it is, so that no two calls give the same bytes.
std::string Mac(const LedgerKey& key, const Message& request, std::string_view position) {
  const std::unique_ptr<Message> arguments(request.New());
  arguments->CopyFrom(request);
  for (const char* own : {"page_size", "page_token"}) {
    arguments->GetReflection()->ClearField(arguments.get(), request.GetDescriptor()->FindFieldByName(own));
  }
  std::string bytes;
  for (const std::string& part : {request.GetDescriptor()->full_name(), arguments->SerializeAsString()}) {
    AppendBe64(bytes, part.size());
    bytes += part;
  }
  bytes += position;
  std::string mac = key.Digest("page token", bytes);
  ORIUNDO_CHECK(mac.size() == kMacBytes);
  return mac;
}

absl::Status Invalid() {
  return ReasonStatus(v1::PAGE_TOKEN_INVALID,
                      "page_token is not one that this method gave for these arguments; begin again without it",
                      {{"field", "page_token"}});
}

}  // namespace

absl::StatusOr<int> PageSize(int32_t page_size) {
  if (page_size < 0) {
    return FieldsStatus({{"page_size", absl::StrCat("must be from 0 to ", kPageSizeMax),
                          {{"case", "RANGE"}, {"minimum", "0"}, {"maximum", absl::StrCat(kPageSizeMax)}}}});
  }
  return page_size == 0 ? kPageSizeDefault : std::min<int>(page_size, kPageSizeMax);
}

std::string EncodePageToken(const LedgerKey& key, const Message& request, const PagePosition& position) {
  std::string bytes;
  AppendBe64(bytes, static_cast<uint64_t>(position.sequence));
  bytes += position.last;
  return absl::WebSafeBase64Escape(std::string(1, kVersion) + Mac(key, request, bytes) + bytes);
}

absl::StatusOr<PagePosition> DecodePageToken(const LedgerKey& key, const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("page_token");
  const std::string token = request.GetReflection()->GetString(request, field);
  if (token.empty()) return PagePosition{};
  std::string bytes;
  if (token.size() > kTokenCharactersMax || !absl::WebSafeBase64Unescape(token, &bytes)) return Invalid();
  if (bytes.size() <= kHeaderBytes || bytes[0] != kVersion) return Invalid();
  const std::string_view position = std::string_view(bytes).substr(1 + kMacBytes);
  const std::string mac = Mac(key, request, position);
  // In constant time: how far a guess was right is nobody's business.
  if (CRYPTO_memcmp(mac.data(), bytes.data() + 1, kMacBytes) != 0) return Invalid();
  return PagePosition{.last = bytes.substr(kHeaderBytes), .sequence = static_cast<int64_t>(ReadBe64(position))};
}

absl::StatusOr<int64_t> LastSequenceOf(const PagePosition& position, int64_t newest_sequence) {
  int64_t last = 0;
  const char* end = position.last.data() + position.last.size();
  const auto [stop, error] = std::from_chars(position.last.data(), end, last);
  // Only tokens of our own making come so far, but a journal restored to an earlier day is shorter than they say.
  if (error == std::errc() && stop == end && last >= 0 && position.sequence >= last && position.sequence <= newest_sequence) return last;
  return ReasonStatus(v1::PAGE_TOKEN_INVALID, "page_token points beyond the journal; begin again without it", {{"field", "page_token"}});
}

}  // namespace oriundo
