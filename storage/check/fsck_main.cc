// oriundo-fsck: checks a stopped store. Exit code 0: clean, 1: findings, 2: the check could not be made.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/check/fsck.h"
#include "storage/engine/engine.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace oriundo {
namespace {

constexpr int kClean = 0;
constexpr int kFindings = 1;
constexpr int kCannotRun = 2;

constexpr int kBarColumns = 40;

// A bar on the terminal, drawn anew at most ten times a second.
class ProgressBar {
 public:
  void operator()(std::string_view phase, int64_t done, int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (done != total && now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    const int filled = total == 0 ? kBarColumns : static_cast<int>(kBarColumns * done / total);
    const std::string bar =
        std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(kBarColumns - filled), '.');
    std::fprintf(stderr, "\r\033[K[%s] %s %lld of %lld", bar.c_str(), std::string(phase).c_str(), static_cast<long long>(done),
                 static_cast<long long>(total));
    std::fflush(stderr);
  }

  static void Clear() { std::fputs("\r\033[K", stderr); }

 private:
  std::chrono::steady_clock::time_point drawn_{};
};

void PrintJson(const FsckReport& report) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) {
    nlohmann::ordered_json row = {{"key", finding.key}, {"description", finding.description}};
    if (finding.sequence.has_value()) row["sequence"] = *finding.sequence;
    findings.push_back(std::move(row));
  }
  const nlohmann::ordered_json json = {{"clean", report.clean()},
                                       {"entries", report.entries},
                                       {"records", report.records},
                                       {"record_snapshots", report.record_snapshots},
                                       {"index_chunks", report.index_chunks},
                                       {"requests", report.requests},
                                       {"texts_open", report.texts_open},
                                       {"texts_erased", report.texts_erased},
                                       {"finding_count", report.finding_count},
                                       {"findings", std::move(findings)}};
  // Names and messages may carry rotten bytes; those are replaced, never fatal.
  std::cout << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

void PrintText(const FsckReport& report) {
  for (const Finding& finding : report.findings) {
    std::cout << finding.key;
    if (finding.sequence.has_value() && finding.key != "entry " + std::to_string(*finding.sequence)) {
      std::cout << " (sequence " << *finding.sequence << ')';
    }
    std::cout << ": " << finding.description << '\n';
  }
  const auto listed = static_cast<int64_t>(report.findings.size());
  if (report.finding_count > listed) std::cout << "and " << report.finding_count - listed << " more\n";
  std::cout << report.entries << " entries, " << report.records << " records, " << report.record_snapshots
            << " record snapshots, " << report.index_chunks << " index chunks, " << report.requests << " requests, "
            << report.texts_open << " texts (" << report.texts_erased << " more erased): ";
  if (report.clean()) {
    std::cout << "clean\n";
  } else {
    std::cout << report.finding_count << (report.finding_count == 1 ? " finding\n" : " findings\n");
  }
}

int Fail(const std::string& path, const absl::Status& status) {
  std::cerr << "oriundo-fsck: " << path << ": " << std::string(status.message()) << '\n';
  return kCannotRun;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Checks that a stopped store says what its journal says: rebuilds everything from the journal's entries and compares byte "
      "for byte. Changes nothing unless --accept-files is given. Keeps all records in memory.\n"
      "Exit code 0: clean, 1: findings, 2: the check could not be made.",
      "oriundo-fsck");
  app.set_version_flag("--version", "oriundo-fsck " ORIUNDO_VERSION, "Prints name and version");
  std::string path;
  bool json = false;
  bool progress = false;
  app.add_option("--data", path, "The folder of the store")->required();
  app.add_flag("--json", json, "Prints the report as JSON");
  app.add_flag("--progress", progress, "Draws a progress bar, where standard error is a terminal");
  bool ignore_mark = false;
  bool accept_files = false;
  app.add_flag("--ignore-mark", ignore_mark, "Looks at what is left of a store whose files were cut off or lost their mark");
  app.add_flag("--accept-files", accept_files,
               "With --ignore-mark: where the report is clean, takes the files as they are, so that the store opens again. "
               "Entries that are missing at its end stay missing: compare the number of entries with what you know first")
      ->needs("--ignore-mark");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kClean : kCannotRun;
  }

  const bool draw = progress && isatty(STDERR_FILENO) != 0;
  FsckReport report;
  {
    const absl::StatusOr<std::unique_ptr<Engine>> engine =
        OpenRocksDbEngine({.path = path, .read_only = true, .ignore_mark = ignore_mark});
    if (!engine.ok()) return Fail(path, engine.status());
    const absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = (*engine)->NewSnapshot();
    if (!snapshot.ok()) return Fail(path, snapshot.status());
    report = Fsck(**snapshot, draw ? FsckProgress(ProgressBar()) : FsckProgress());
  }
  if (draw) ProgressBar::Clear();
  if (json) {
    PrintJson(report);
  } else {
    PrintText(report);
  }
  if (!report.clean()) return kFindings;
  if (accept_files) {
    if (const absl::Status status = AcceptRocksDbFiles(path); !status.ok()) return Fail(path, status);
  }
  return kClean;
}

}  // namespace
}  // namespace oriundo

int main(int argc, char** argv) { return oriundo::Main(argc, argv); }
