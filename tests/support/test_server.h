// TestServer is an `oriundod` that a test started on a folder of its own, and what else a test runs on that folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace oriundo {

// Runs `oriundod init` on `data`. Its exit code.
int InitLedgerIn(const std::filesystem::path& data, const std::string& log_path);

// Runs `oriundo-fsck` on `data`, where no server may run. Its exit code: 0 for a clean store.
int FsckIn(const std::filesystem::path& data, const std::string& log_path);

class TestServer {
 public:
  // Starts `oriundod serve` on `data`, with more flags where given, and files of at most `file_bytes_max`. Returns at once.
  TestServer(const std::filesystem::path& data, const std::string& log_path, const std::vector<std::string>& flags = {},
             std::optional<uint64_t> file_bytes_max = std::nullopt);

  // Waits until it listens; false where it ended or took longer than a minute.
  bool WaitUntilListening();

  // `127.0.0.1:port`. REQUIRES: WaitUntilListening() was true.
  const std::string& address() const { return address_; }

  ChildProcess& process() { return *process_; }

 private:
  std::filesystem::path port_file_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
};

}  // namespace oriundo
