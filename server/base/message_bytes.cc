#include "server/base/message_bytes.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/base/check.h"

namespace oriundo {

void AppendMessageBytes(const google::protobuf::MessageLite& message, std::string& out) {
  // The size is known before, so that nothing is moved to a larger place on the way.
  const std::size_t size = message.ByteSizeLong();
  const std::size_t before = out.size();
  out.resize(before + size);
  google::protobuf::io::ArrayOutputStream stream(out.data() + before, static_cast<int>(size));
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
  ORIUNDO_CHECK(!coded.HadError() && static_cast<std::size_t>(coded.ByteCount()) == size);
}

std::string MessageBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  AppendMessageBytes(message, bytes);
  return bytes;
}

}  // namespace oriundo
