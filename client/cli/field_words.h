// Fields of the interface in Spanish: what a column or a line is called, and what a flag of this name is for. The interface's
// comments are English; what is said of a flag in Spanish is one sentence of this program's own.
#pragma once

#include <string>

#include "client/cli/words.h"
#include "google/protobuf/descriptor.h"

namespace oriundo {

// What a field is called in Spanish, `fecha valor` for `bank_value_date`; empty where this program does not know it.
std::string SpanishTitle(const google::protobuf::FieldDescriptor& field);

// The same of a figure in an error's metadata, `missing_minor_units`.
std::string SpanishFigure(const std::string& key);

// What a request's field is for, one or two Spanish sentences without whether it is required; the title as a sentence where there
// is nothing more to say, and empty where there is no title.
std::string SpanishHelp(const google::protobuf::FieldDescriptor& field);

}  // namespace oriundo
