// What of a resource depends on the day it is read and is therefore never stored.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace oriundo {

// True for a resource with such fields.
bool HasComputedFields(const google::protobuf::Message& resource);

// Fills them as they are on `today` (UTC): whether an organisation's registration has expired, and which entries of other
// directories are stale. Any other resource stays as it is. REQUIRES: IsDate(today).
void FillComputedFields(const std::string& today, google::protobuf::Message& resource);

}  // namespace oriundo
