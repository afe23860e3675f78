// The one way in which a resource becomes the bytes of its record.
//
// Writer and checker both use it, so that a record rebuilt from the journal is byte for byte the stored one.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace oriundo {

// The value stored under RecordKey(name) and RecordSnapshotKey(name, sequence): EncodeRecord of the deterministic serialisation.
// Deterministic within one build; records have no map fields, so it is the same in all.
std::string StoredRecord(const google::protobuf::Message& resource);

}  // namespace oriundo
