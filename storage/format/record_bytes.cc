#include "storage/format/record_bytes.h"

#include "server/base/message_bytes.h"
#include "storage/format/journal.h"

namespace oriundo {

std::string StoredRecord(const google::protobuf::Message& resource) { return EncodeRecord(MessageBytes(resource)); }

}  // namespace oriundo
