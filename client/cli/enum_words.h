// Enum values of the interface in Spanish. Scripts and flags keep the codes; people read words.
#pragma once

#include <string>

#include "client/cli/words.h"
#include "google/protobuf/descriptor.h"

namespace oriundo {

// What `value` is called in the reader's language: in English its own name, in Spanish a word, and for a value that this program
// does not know its name again.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value, const Words& words);

// The Spanish word of a value of any enum of the interface that has one of this name; the name where none has. For a text that
// holds a value's name and not its type, as the figures of an error do.
std::string CodeText(const std::string& name, const Words& words);

// The id of a funder's role with what it means where the id is an English word that this program knows: `state (estado)`. Ids are
// what rules and flags take, so they stay.
std::string RoleText(const std::string& role, const Words& words);

// The Spanish word of `value`; empty where there is none. A test asks for every value of the interface.
std::string SpanishOf(const google::protobuf::EnumValueDescriptor& value);

}  // namespace oriundo
