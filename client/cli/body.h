// Messages written in files, as JSON or textproto.
#pragma once

#include <istream>
#include <string>

#include "absl/status/status.h"
#include "client/cli/words.h"
#include "google/protobuf/message.h"

namespace oriundo {

// Reads `message` from the file at `path`, or from `standard_input` for `-`. Text that starts with `{` is JSON, other text is
// textproto. INVALID_ARGUMENT lists every mistake of a textproto as `path:line:column` (see BadFields), or says that the file
// cannot be read.
absl::Status ReadBody(const std::string& path, std::istream& standard_input, google::protobuf::Message& message,
                      const Words& words = Words());

}  // namespace oriundo
