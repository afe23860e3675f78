// Errors as people can act on them, and as scripts can read them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/flags.h"
#include "client/cli/output.h"

namespace oriundo {

// How the program ends.
enum ExitCode : int {
  // Done.
  kExitOk = 0,
  // The ledger refused: a rule or a state forbids it, something is not there or there already, the caller may not, the draft
  // changed.
  kExitRefused = 1,
  // The command or its values are wrong.
  kExitUsage = 2,
  // No server, or one that is full, stopping or too slow; the same command may work later.
  kExitUnavailable = 3,
  // Something is broken: in the server, its data, or between here and there.
  kExitInternal = 4,
};

// The exit code of an error; kExitOk for OK.
ExitCode ExitCodeOf(const absl::Status& status);

// What was tried.
struct Attempted {
  // The flags of the command, to name the one that a field belongs to; may be empty.
  std::vector<Flag> flags = {};
  // What was typed for them, as people called a field that the server does not take; may be empty.
  FlagTexts texts = {};
  // The request id that was sent; empty for reads and where nothing was sent.
  std::string request_id = {};
  // Service and method, `ProjectService.UpdateProject`; empty where the command is none.
  std::string method = {};
  // The whole command that sends the same request again; empty for reads.
  std::string repeat_command = {};
};

// The error in one line, in the reader's language: the sentence, every field and violation that it does not name, and in Spanish
// the figures.
std::string SentenceOf(const absl::Status& status, const Words& words);

// Prints an error: for people on `err` a sentence, every violation, the reason and what to do; with --json on `out` one object
// {"error": {code, exit_code, message, reason, metadata, violations, request_id, retry_delay_ms, advice, repeat_command}}; the
// last is empty where repeating the command is of no use.
void PrintError(const absl::Status& status, const Attempted& attempted, const Output& output);

}  // namespace oriundo
