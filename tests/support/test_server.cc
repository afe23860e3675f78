#include "tests/support/test_server.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "server/base/check.h"

namespace oriundo {
namespace {

constexpr std::chrono::minutes kPatience{1};

std::string Program(const char* name) { return std::filesystem::path(ORIUNDO_BIN_FOLDER) / name; }

int RunToEnd(std::vector<std::string> arguments, const std::string& log_path) {
  ChildProcess process({.arguments = std::move(arguments), .log_path = log_path, .file_bytes_max = std::nullopt});
  const std::optional<int> ended = process.Wait(kPatience);
  return ended ? *ended : process.Kill();
}

}  // namespace

int InitLedgerIn(const std::filesystem::path& data, const std::string& log_path) {
  return RunToEnd({Program("oriundod"), "init", "--data", data, "--origin", "test.example/ledger"}, log_path);
}

int FsckIn(const std::filesystem::path& data, const std::string& log_path) {
  return RunToEnd({Program("oriundo-fsck"), "--data", data}, log_path);
}

TestServer::TestServer(const std::filesystem::path& data, const std::string& log_path, const std::vector<std::string>& flags,
                       std::optional<uint64_t> file_bytes_max)
    : port_file_(data.string() + ".port") {
  std::filesystem::remove(port_file_);
  std::vector<std::string> arguments = {Program("oriundod"), "serve",       "--data",      data,
                                        "--listen",          "127.0.0.1:0", "--port-file", port_file_};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  process_ = std::make_unique<ChildProcess>(
      ChildOptions{.arguments = std::move(arguments), .log_path = log_path, .file_bytes_max = file_bytes_max});
}

bool TestServer::WaitUntilListening() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (int port = 0; std::ifstream(port_file_) >> port && port > 0) {
      address_ = "127.0.0.1:" + std::to_string(port);
      return true;
    }
    if (process_->Wait(std::chrono::milliseconds(2))) return false;
  }
  return false;
}

}  // namespace oriundo
