#include "storage/format/record_bytes.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/base/check.h"
#include "storage/format/journal.h"

namespace oriundo {

std::string StoredRecord(const google::protobuf::Message& resource) {
  std::string body;
  {
    google::protobuf::io::StringOutputStream stream(&body);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    ORIUNDO_CHECK(resource.SerializeToCodedStream(&coded));
  }
  return EncodeRecord(body);
}

}  // namespace oriundo
