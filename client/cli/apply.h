// `oriundo apply`: makes the organisations, registrations, programmes, rules and pools of manifest files exist.
//
// Applying the same file twice changes nothing. What is there already with the same contents is left alone; and each request's id
// follows from its contents, so that even two runs at once make each thing once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/output.h"
#include "client/cpp/client.h"
#include "google/protobuf/message.h"

namespace oriundo {

// How to apply.
struct ApplyOptions {
  // Manifest files in textproto or JSON, `-` for standard input; applied in this order.
  std::vector<std::string> files;
  // Tell what would be done and send no write.
  bool dry_run = false;
  // Go on after an item that was refused.
  bool keep_going = false;
  // The program's arguments as typed, for telling how to repeat the command.
  std::vector<std::string> arguments = {};
  // Server and time limit, and who asks where an item does not say.
  ClientOptions client;
};

// The request id of `request` in a manifest: SHA-256 over its type and deterministic bytes without any request id, as a UUID of
// version 4.
std::string RequestIdOf(const google::protobuf::Message& request);

// The paths of the fields set in `wanted` that `present` holds otherwise. What the server fills is left out, and so is a
// `display_name` that `present` does not show: it may have been erased, and then cannot be compared.
std::vector<std::string> Differences(const google::protobuf::Message& wanted, const google::protobuf::Message& present);

// Reads all files, then applies item by item; prints progress, each error as it comes, and a summary. Nothing is sent where a
// file does not parse. Returns the first error, or OK.
absl::Status Apply(const ApplyOptions& options, std::istream& standard_input, const Output& output);

}  // namespace oriundo
