// The program `oriundo`: reads its arguments and carries out one command.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace oriundo {

// What the program runs in.
struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // True where `out` is a terminal: colours make sense.
  bool out_is_terminal = false;
  // True where `err` is a terminal: a progress bar makes sense.
  bool err_is_terminal = false;
};

// Runs `oriundo` with `arguments` (without the program's name) and returns its exit code, an ExitCode. Reads ORIUNDO_ADDRESS,
// ORIUNDO_ORGANIZATION, ORIUNDO_PRINCIPAL, NO_COLOR, ORIUNDO_LANG and LANG from the environment.
int RunCli(const std::vector<std::string>& arguments, const Surroundings& surroundings);

}  // namespace oriundo
