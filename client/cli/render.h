// Shows messages to people: one resource as a sheet of names and values, many as a table, amounts with separators and currency.
//
// Commitments and other bytes that only programs compare are left out; --json has everything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/cli/output.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// The amount without its currency: `1,413,734.00`.
std::string AmountOf(int64_t minor_units, const std::string& currency_code);

// What a response itself does not say.
struct RenderContext {
  // The currency of amounts whose message does not say it; may be empty, then minor units are shown as they are and called so.
  std::string currency_code = {};
  // The project's parties in its order, `organizations/{organization}`, for amounts listed one a party; may be empty.
  std::vector<std::string> parties = {};
  // The commitment to the project's agreed account, where it has had others too and a resource's account says which; else empty.
  std::string agreed_account = {};
};

// `part` of `whole` in per cent with two decimals, to the nearest: `33.33 %`. 0.00 where `whole` is not above zero.
std::string PercentOf(int64_t part, int64_t whole);

// Shows a response: a list (a message with one repeated field and `next_page_token`) as a table, anything else as a sheet.
void Render(const google::protobuf::Message& response, const RenderContext& context, const Output& output);

// A sentence where the bank credited another amount than was declared; nothing where both agree or nothing is credited.
void RenderDifference(const v1::Contribution& contribution, const Output& output);

// Below a release or a list of them: a sentence for each of their parties whose money went back because a fiscal year ended,
// which no release says of itself.
void RenderYearEndReturns(const google::protobuf::Message& releases, const v1::Project& project, const Output& output);

// The one repeated message field of a list response, or nullptr where the message is no list response.
const google::protobuf::FieldDescriptor* RowsOf(const google::protobuf::Descriptor& response);

// `message` as JSON: field names as in the interface, zero fields included, bytes in base64, reasons of refusals by name. One
// line, or indented.
std::string JsonOf(const google::protobuf::Message& message, bool indented);

}  // namespace oriundo
