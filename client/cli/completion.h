// Completion scripts for bash, zsh and fish, written from the tree of commands.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace oriundo {

// A command as a shell completes it.
struct CompletableCommand {
  // What completes after it when a word begins with dashes.
  struct Flag {
    // With its dashes: `--kind`.
    std::string name;
    // One line of help.
    std::string help;
    // Its values; empty where any text may follow.
    std::vector<std::string> choices;
    // False where no value follows.
    bool takes_value = true;
  };
  // The word; empty for the program itself.
  std::string name;
  // One line of help.
  std::string help;
  // Flags that may stand anywhere below as well.
  std::vector<Flag> flags;
  // The words that may follow.
  std::vector<CompletableCommand> commands;
  // Values of its positional argument; empty where any text may follow.
  std::vector<std::string> choices;
  // True where its positional argument is a file.
  bool takes_file = false;
};

// The script of `shell` for `program`, ready to be sourced. INVALID_ARGUMENT for a shell other than bash, zsh and fish.
absl::StatusOr<std::string> CompletionScript(const std::string& shell, const CompletableCommand& program);

}  // namespace oriundo
