// The program `oriundo`.
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "client/cli/cli.h"

int main(int argc, char** argv) {
  return oriundo::RunCli(std::vector<std::string>(argv + 1, argv + argc), {.in = std::cin,
                                                                           .out = std::cout,
                                                                           .err = std::cerr,
                                                                           .out_is_terminal = isatty(STDOUT_FILENO) == 1,
                                                                           .err_is_terminal = isatty(STDERR_FILENO) == 1});
}
