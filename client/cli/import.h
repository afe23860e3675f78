// `oriundo import`: brings what a CSV file says into the ledger, as a mapping file reads it (proto/oriundo/v1/import.proto).
//
// Importing the same file again does only what is missing, after whatever end of the earlier run. Figures that do not add up are
// reported with what is printed, what was computed and the difference; nothing is ever set right.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/output.h"
#include "client/cpp/client.h"

namespace oriundo {

// Calls under way at one time unless the caller says otherwise, and at most: the server takes more on one connection.
inline constexpr int kImportInFlightDefault = 16;
inline constexpr int kImportInFlightMax = 256;

// How to import.
struct ImportOptions {
  // The CSV file, `-` for standard input.
  std::string file;
  // The mapping, in textproto or JSON.
  std::string mapping;
  // Find what can be found without writing, and write nothing.
  bool dry_run = false;
  // Go on with the other rows where one is malformed or refused. Otherwise a malformed row anywhere keeps everything from being
  // written, and after a refused one no further row is begun.
  bool keep_going = false;
  // Where the report goes: JSON where the name ends in `.json`, otherwise CSV; empty for none.
  std::string report;
  // Projects under way at one time; the acts of one project are carried out one after the other.
  int in_flight = kImportInFlightDefault;
  // The program's arguments as typed, for telling how to go on.
  std::vector<std::string> arguments = {};
  // Server and time limit, and who reads.
  ClientOptions client;
};

// Reads the file whole, then writes. Prints progress, each malformed or refused row, the figures that differ, and a summary.
// Returns OK where all rows that the mapping takes are in; otherwise INVALID_ARGUMENT where a row or the mapping is malformed, or
// the first refusal. SIGINT ends it with UNAVAILABLE in a state from which the same command goes on; a second SIGINT ends the
// process.
absl::Status Import(const ImportOptions& options, std::istream& standard_input, const Output& output);

}  // namespace oriundo
