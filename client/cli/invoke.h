// Carries out one command that is a method of the interface: request from flags and file, call, answer.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/api.h"
#include "client/cli/flags.h"
#include "client/cli/output.h"
#include "client/cpp/client.h"

namespace oriundo {

// What was asked for.
struct Invocation {
  // Which method.
  const Command* command = nullptr;
  // Its flags.
  std::vector<Flag> flags;
  // What was given for them.
  FlagTexts texts;
  // A file with the request, in JSON or textproto; flags are laid over it. `-` for standard input, empty for none.
  std::string request_file;
  // For a list: read all pages.
  bool all_pages = false;
  // The program's arguments as typed, for telling how to repeat the command.
  std::vector<std::string> arguments;
  // Server, time limit, who asks.
  ClientOptions client;
};

// Calls and prints the answer or the error. A write without a request id gets a random one. Salts are told once the ledger has
// taken the write. Returns how it went.
absl::Status Invoke(const Invocation& invocation, std::istream& standard_input, const Output& output);

}  // namespace oriundo
