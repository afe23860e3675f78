// What each command does, in Spanish: one sentence a method of the interface. In English the interface's comment says it.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace oriundo {

// Empty where this program does not know the method; a test asks for every one.
std::string SpanishSummary(const google::protobuf::MethodDescriptor& method);

}  // namespace oriundo
