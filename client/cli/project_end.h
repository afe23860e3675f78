// What a project's statement is shown with and does not say itself: why it came to nothing (the entry that cancelled it, let its
// agreement lapse or turned it down), when its last entry was committed, and what goes back because a year ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/cpp/client.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// The last such entry up to the moment that `statement` shows. Nothing where the project is neither cancelled nor turned down,
// and where its journal cannot be read: a statement is shown without it.
std::optional<v1::Entry> EndOf(const Client& client, const v1::ProjectStatement& statement);

// When the entry up to which `statement` shows the project was committed, in seconds since 1970; nothing where it cannot be read.
std::optional<int64_t> CommitSecondsOf(const Client& client, const v1::ProjectStatement& statement);

// The lines of its parties, with what goes back of money of the years before `age_date` and by when; `age_date` empty where the
// statement shows the past: then the day to which it goes. No lines where nothing can go back or they cannot be read.
v1::ListStatementLinesResponse YearEndLinesOf(const Client& client, const v1::ProjectStatement& statement,
                                              const std::string& age_date);

}  // namespace oriundo
