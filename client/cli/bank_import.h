// `oriundo bank import`: brings a statement of a project's bank account, as a bank writes it to CSV, into the ledger.
//
// The file is read and added up whole before anything is written: a malformed row, a balance that does not follow or a sum that
// is not the closing balance keeps all of it out. Then the statement is begun and its lines are sent in order. Each call's
// request id follows from what it says, and the ledger is asked first for what it has, so that the same command goes on where an
// import was cut off.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/import_row.h"
#include "client/cli/output.h"
#include "client/cpp/client.h"
#include "oriundo/v1/import.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// What was given on the command line; texts as typed, empty where not given.
struct BankImportOptions {
  std::string file;
  std::string mapping;
  std::string project;
  std::string statement_id;
  std::string account;
  std::string opening;
  std::string closing;
  std::string first_date;
  std::string last_date;
  bool dry_run = false;
  ClientOptions client;
  // The whole command, to say how to go on.
  std::vector<std::string> arguments;
};

// What a bank's file says.
struct BankFile {
  // In the order in which they happened.
  std::vector<v1::NewBankLine> lines;
  // Of each line: its record's line in the file, for what a server says of it.
  std::vector<int64_t> places;
  // Sum of the lines, minor units.
  int64_t sum = 0;
  // By the balance column, where the file has one and a line.
  std::optional<int64_t> opening;
  std::optional<int64_t> closing;
  // Rows that are no lines by the mapping's conditions.
  int64_t rows_left_out = 0;
  // Malformed rows, and balances that do not follow.
  std::vector<RowProblem> problems;
};

// Reads the whole of `stream`. INVALID_ARGUMENT (see BadFields) where the mapping is none or does not fit the headings.
absl::StatusOr<BankFile> ReadBankFile(const v1::BankStatementMapping& mapping, std::istream& stream, const Words& words);

absl::Status ImportBankStatement(const BankImportOptions& options, std::istream& standard_input, const Output& output);

}  // namespace oriundo
