// `oriundo community import`: saves the communities of a catalogue that comes as a CSV file, such as INEGI's of municipalities.
//
// The first record names the columns. The whole file is read and judged before anything is sent. Each community is compared with
// what the ledger has of it, and saved where it differs; its request id follows from both, so an import that was cut off goes on
// when it is run again, and one that is through changes nothing.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/output.h"
#include "client/cpp/client.h"
#include "oriundo/v1/directory_service.pb.h"

namespace oriundo {

// How to import.
struct CommunityImportOptions {
  // The CSV file, `-` for standard input.
  std::string file;
  // Which column holds what, `FIELD=HEADER`; a field that is not named is looked for under its own name. The fields are code,
  // country_code, region_code, display_name, marginalisation_band, priority, band_year and band_source.
  std::vector<std::string> columns;
  // The country where the file has no column of it.
  std::string country_code;
  // Tell what would be done and send no write.
  bool dry_run = false;
  // Go on after a community that was refused.
  bool keep_going = false;
  // The program's arguments as typed, for telling how to repeat the command.
  std::vector<std::string> arguments = {};
  // Server and time limit, and who asks.
  ClientOptions client;
};

// One community as the file has it.
struct CommunityRow {
  // The line it begins in.
  int64_t line = 0;
  // Without a request id.
  v1::SaveCommunityRequest request;
};

// Reads all rows. INVALID_ARGUMENT lists every fault as `file:line:column` (see BadFields).
absl::StatusOr<std::vector<CommunityRow>> ReadCommunities(std::istream& stream, const CommunityImportOptions& options,
                                                          const Words& words);

// Reads the file, then saves community by community; prints progress, each error as it comes, and a summary. Returns the first
// error, or OK.
absl::Status ImportCommunities(const CommunityImportOptions& options, std::istream& standard_input, const Output& output);

}  // namespace oriundo
