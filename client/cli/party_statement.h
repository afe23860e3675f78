// Statements for the people who pay: what a club, a federation's clubs, a town, a programme, a funder or a year owe and gave,
// line by line, with totals, pools, and in plain words whose delay it is.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/document.h"
#include "client/cli/flags.h"
#include "client/cli/locale.h"
#include "client/cli/output.h"
#include "client/cli/presentation.h"
#include "client/cpp/client.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// Whose statement it is; the word on the command line.
enum class StatementScope { kProject, kClub, kFederation, kMunicipality, kProgram, kFunder, kYear };

// What a statement shows, read at one sequence.
struct PartyStatement {
  StatementScope scope = StatementScope::kProject;
  // The name asked for, `organizations/{organization}`; of a year the year.
  std::string subject;
  // The subject's name in words; may be empty.
  std::string display_name;
  // Names in words of the organisations that lines name, `organizations/{organization}`; without those that have none.
  std::map<std::string, std::string> names;
  // Only this programme and year; empty and 0 for all.
  std::string program;
  int32_t fiscal_year = 0;
  // All pages; `next_page_token` is empty.
  v1::ListStatementLinesResponse lines;
  // Pools of the programmes shown, for a programme, a funder or a year.
  std::vector<v1::Pool> pools;
};

// What a project's state means for what its parties owe: only what was approved and not cancelled adds up to a total.
enum class Standing { kStanding, kNotApproved, kCancelled };
Standing StandingOf(v1::Project::State state);

// A project's state in the reader's words.
std::string StateWord(v1::Project::State state, const Words& words);

// Reads all pages of `request` at one sequence.
absl::StatusOr<v1::ListStatementLinesResponse> ReadLines(const Client& client, v1::ListStatementLinesRequest request);

// Reads the pools of `program` as known at `sequence`.
absl::StatusOr<std::vector<v1::Pool>> ReadPools(const Client& client, const std::string& program, int64_t sequence);

// The request of a statement from what was typed: the positional text and --program, --fiscal-year, --known-at, --age-date. Ages
// are counted to --age-date, or to the day of --known-at, or to `today`. INVALID_ARGUMENT as Bind.
absl::StatusOr<v1::ListStatementLinesRequest> StatementRequest(StatementScope scope, const FlagTexts& texts,
                                                               const std::string& today, const Words& words);

// Reads a statement. INVALID_ARGUMENT where the subject is an organisation of another kind; the ledger's errors as they are.
absl::StatusOr<PartyStatement> ReadStatement(StatementScope scope, const v1::ListStatementLinesRequest& request,
                                             const Client& client, const Words& words);

// The statement for people, for a spreadsheet and for programs. The columns of CsvOf have English names that stay.
Document DocumentOf(const PartyStatement& statement, const ReaderLocale& locale, const Words& words);
std::string CsvOf(const PartyStatement& statement);
std::string JsonOf(const PartyStatement& statement);

// A section with the pools and, where there are several of one currency, their sum.
Document::Section PoolSection(const std::vector<v1::Pool>& pools, const ReaderLocale& locale, const Words& words);

// What the figures of pools count, for below such a section.
std::string PoolNote(const Words& words);

// Facts that every report gives about its moment: sequence and time.
std::pair<std::string, std::string> MomentFact(const v1::ListStatementLinesResponse& lines, const ReaderLocale& locale,
                                               const Words& words);

}  // namespace oriundo
