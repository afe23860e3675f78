// The empty server that durable writes are measured against.
#pragma once

#include <string>

namespace oriundo {

// Serves EchoService on a free port of 127.0.0.1, which it writes into `port_file`, until the process is killed. The program's
// exit code.
int RunEchoServer(const std::string& port_file);

}  // namespace oriundo
