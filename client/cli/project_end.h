// Why a project came to nothing: the entry that cancelled it, let its agreement lapse or turned it down.
#pragma once

#include <optional>

#include "client/cpp/client.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {

// The last such entry up to the moment that `statement` shows. Nothing where the project is neither cancelled nor turned down,
// and where its journal cannot be read: a statement is shown without it.
std::optional<v1::Entry> EndOf(const Client& client, const v1::ProjectStatement& statement);

}  // namespace oriundo
