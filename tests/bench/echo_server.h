// The empty server that durable writes are measured against: one call that is answered at once, one that is synced before.
#pragma once

#include <string>

namespace oriundo {

// Serves EchoService on a free port of 127.0.0.1, which it writes into `port_file`, until the process is killed. What SyncedEcho
// carries is appended to `synced_file`. The program's exit code.
int RunEchoServer(const std::string& port_file, const std::string& synced_file);

}  // namespace oriundo
