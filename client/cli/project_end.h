// Why a project came to nothing: the entry that cancelled it, let its agreement lapse or turned it down.
#pragma once

#include <cstdint>
#include <optional>

#include "client/cpp/client.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// The last such entry up to the moment that `statement` shows. Nothing where the project is neither cancelled nor turned down,
// and where its journal cannot be read: a statement is shown without it.
std::optional<v1::Entry> EndOf(const Client& client, const v1::ProjectStatement& statement);

// When the entry up to which `statement` shows the project was committed, in seconds since 1970; nothing where it cannot be read.
std::optional<int64_t> CommitSecondsOf(const Client& client, const v1::ProjectStatement& statement);

}  // namespace oriundo
