// Shows messages to people: one resource as a sheet of names and values, many as a table, amounts with separators and currency.
//
// Commitments and other bytes that only programs compare are left out; --json has everything.
#pragma once

#include <string>

#include "client/cli/output.h"
#include "google/protobuf/message.h"

namespace oriundo {

// The amount without its currency: `1,413,734.00`.
std::string AmountOf(int64_t minor_units, const std::string& currency_code);

// Shows a response: a list (a message with one repeated field and `next_page_token`) as a table, anything else as a sheet.
// `currency_code` is that of amounts whose message does not say it; may be empty, then minor units are shown as they are and
// called so.
void Render(const google::protobuf::Message& response, const std::string& currency_code, const Output& output);

// The one repeated message field of a list response, or nullptr where the message is no list response.
const google::protobuf::FieldDescriptor* RowsOf(const google::protobuf::Descriptor& response);

// `message` as JSON: field names as in the interface, zero fields included, bytes in base64. One line, or indented.
std::string JsonOf(const google::protobuf::Message& message, bool indented);

}  // namespace oriundo
