#include "server/queries/page.h"

#include <openssl/sha.h>

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "storage/format/big_endian.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

//   token := base64url( version:u8 binding:8 bytes sequence:be64 last )
constexpr char kVersion = 1;
constexpr std::size_t kBindingBytes = 8;
constexpr std::size_t kHeaderBytes = 1 + kBindingBytes + 8;
// Longer ones are not ours: a name has at most some 200 characters.
constexpr std::size_t kTokenCharactersMax = 1'024;

// What ties a token to its call: the kind of request and all its arguments but the page's own.
std::string Binding(const Message& request) {
  const std::unique_ptr<Message> arguments(request.New());
  arguments->CopyFrom(request);
  for (const char* own : {"page_size", "page_token"}) {
    arguments->GetReflection()->ClearField(arguments.get(), request.GetDescriptor()->FindFieldByName(own));
  }
  const std::string bytes = request.GetDescriptor()->full_name() + '\0' + arguments->SerializeAsString();
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), kBindingBytes);
}

absl::Status Invalid() {
  return ReasonStatus(v1::PAGE_TOKEN_INVALID,
                      "page_token is not one that this method gave for these arguments; begin again without it",
                      {{"field", "page_token"}});
}

}  // namespace

absl::StatusOr<int> PageSize(int32_t page_size) {
  if (page_size < 0) return FieldsStatus({{"page_size", absl::StrCat("must be from 0 to ", kPageSizeMax)}});
  return page_size == 0 ? kPageSizeDefault : std::min<int>(page_size, kPageSizeMax);
}

std::string EncodePageToken(const Message& request, const PagePosition& position) {
  std::string bytes(1, kVersion);
  bytes += Binding(request);
  AppendBe64(bytes, static_cast<uint64_t>(position.sequence));
  bytes += position.last;
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<PagePosition> DecodePageToken(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("page_token");
  const std::string token = request.GetReflection()->GetString(request, field);
  if (token.empty()) return PagePosition{};
  std::string bytes;
  if (token.size() > kTokenCharactersMax || !absl::WebSafeBase64Unescape(token, &bytes)) return Invalid();
  if (bytes.size() <= kHeaderBytes || bytes[0] != kVersion || bytes.substr(1, kBindingBytes) != Binding(request)) {
    return Invalid();
  }
  return PagePosition{.last = bytes.substr(kHeaderBytes),
                      .sequence = static_cast<int64_t>(ReadBe64(std::string_view(bytes).substr(1 + kBindingBytes)))};
}

}  // namespace oriundo
