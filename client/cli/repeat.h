// How to send the same request again: the command line that does it, with everything that the first run had drawn by itself.
#pragma once

#include <string>
#include <vector>

#include "client/cli/flags.h"

namespace oriundo {

// `arguments` as one line for a POSIX shell or bash, each quoted where it must be: `oriundo release propose p 'a b'`. The salt of
// every document is added to its flag, and `--request-id` where the arguments have none, so that the line sends the same request.
std::string RepeatCommand(const std::vector<std::string>& arguments, const std::vector<SaltedDocument>& documents,
                          const std::string& request_id);

}  // namespace oriundo
