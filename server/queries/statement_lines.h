// Statement lines: what each party of each project owes and gave, what is missing since when, and whose delay that is (domain
// notes 4.2, 4.5 and section 5, F2 and F10).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/limits.h"
#include "storage/engine/engine.h"

namespace oriundo {

// A page of lines in the order of project names and parties. The first page fixes the sequence that all later ones show.
//
// A page ends after kPageBytesMax bytes and, between two projects, after looking at kRowsExaminedPerPageMax records: projects,
// and the contributions, goods and labour of those where a payer of tranches is late. INVALID_FIELD, PAGE_TOKEN_INVALID, or the
// NOT_FOUND of the subject or the programme.
//
// All projects are looked at, whoever is asked for. Of 2,501 projects in memory the 7,503 lines of all took 0.15 s on two cores,
// and one club's among them 0.02 s, so there is no index by party.
absl::StatusOr<v1::ListStatementLinesResponse> ListStatementLines(const Engine& engine,
                                                                  const v1::ListStatementLinesRequest& request);

// Of the clubs' side what counts: how much, and since when. Of money that is the bank's value date, of goods and labour, where
// those count in the bound on releases, the day of the appraisal.
struct ClubCredit {
  std::string date;
  int64_t minor_units = 0;
};

// What a delay is told from.
struct DelayInput {
  // StatementOf(project, rule).
  const v1::ProjectStatement& statement;
  const v1::RuleVersion& rule;
  // The programme's, `organizations/{organization}`.
  const std::string& office;
  // Of the party that the line is about.
  int index = 0;
  // Of the project, as HoldFinder finds them.
  std::span<const v1::Hold> holds;
  // The day to which delays are counted; empty for no end.
  const std::string& age_date;
  // What the clubs gave, by date; asked for only where a payer is late itself.
  std::function<absl::StatusOr<std::span<const ClubCredit>>()> credits;
};

// What the first of the tranches that the rule does not let the party at `index` send on `today` waits for; nullopt where there
// is none, or where the state of the project takes no releases: once it is handed over, but for a share that has fallen short
// since. `statement` is StatementOf(project, rule).
std::optional<v1::Hold> FindTrancheHold(const v1::ProjectStatement& statement, const v1::RuleVersion& rule, int index,
                                        const std::string& today);

// Fills what is late and what is held of `line`, who is late and since when, and what holds it.
//
// A party's part of what the clubs' money entitles its role to is its part of the role's due, without any tolerance. So no payer
// is late with money that waits for a club, and none is late for another payer of its role. What is released and not yet received
// is nobody's delay, and neither is what a suspension of the project or a freeze on the clubs' side holds. What was not late yet
// on `age_date` is not late. Nobody is late before the day on which its due began: that of the agreement, or of the amendment by
// which it took another's place; and what was not owed yet on `age_date`, because its due was raised since, is neither late nor
// held. What the rule does not let a payer send yet is held too.
absl::Status FillDelay(const DelayInput& input, v1::StatementLine& line);

// Whole days from `first` to `last` (YYYY-MM-DD), 0 where `last` is earlier. REQUIRES: both are dates.
int32_t DaysBetween(const std::string& first, const std::string& last);

}  // namespace oriundo
