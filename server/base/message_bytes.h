// The bytes of a message, the same wherever and however often they are made: what is stored, hashed and compared.
#pragma once

#include <string>

#include "google/protobuf/message_lite.h"

namespace oriundo {

// Appends the bytes of `message` to `out`. REQUIRES: it holds everything that its type requires.
void AppendMessageBytes(const google::protobuf::MessageLite& message, std::string& out);

// The bytes of `message`.
std::string MessageBytes(const google::protobuf::MessageLite& message);

}  // namespace oriundo
