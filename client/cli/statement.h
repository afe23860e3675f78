// What a treasurer and an auditor read: a project's statement and its money trail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/document.h"
#include "client/cli/output.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// Prints the parties as columns with every amount the statement has, totals, tranches, and in sentences who owes what. `ended` is
// the entry by which the project came to nothing, as EndOf() finds it; null where there is none or it could not be read.
// `commit_seconds` is when the statement's last entry was committed, as CommitSecondsOf() finds it.
void RenderStatement(const v1::ProjectStatement& statement, const Output& output, const v1::Entry* ended = nullptr,
                     std::optional<int64_t> commit_seconds = std::nullopt);

// The same as a document, with all parties in one table: what RenderStatement prints, on a page.
Document DocumentOf(const v1::ProjectStatement& statement, const Output& output, const v1::Entry* ended = nullptr,
                    std::optional<int64_t> commit_seconds = std::nullopt);

// Prints what each party gives back because a fiscal year ended and by when, a sentence each; nothing where nobody does.
void RenderYearEnd(const v1::ListStatementLinesResponse& lines, const Output& output);

// What holds a project's money up, as a sentence; `day` is the hold's in the reader's form.
std::string HoldSentence(const v1::Hold& hold, const std::string& day, const Words& words);

// Prints rows of a trail from inflow to outflow, and what they add up to by kind.
void RenderTrail(const std::vector<v1::TrailRow>& rows, const Output& output);

}  // namespace oriundo
