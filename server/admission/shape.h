// CheckShape judges a request by itself: what is missing, malformed or out of range, all of it at once.
//
// Works by reflection from three sources, so that no method can forget a check: the `behavior` option of each field
// (field_behavior.proto), the field table (server/ledger/field_table.h) and the limits of lists. What depends on the ledger's
// state, or on several fields together, the ledger decides.
#pragma once

#include <optional>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "server/base/reason_status.h"

namespace oriundo {

// Makes `request` what the server takes of it, and returns everything that is wrong with the rest, in field order, never with a
// text's value. What only the server fills is cleared, and what this version of the interface does not know is dropped: it
// could hold anything, and would end up in the journal.
std::vector<FieldViolation> CheckShape(google::protobuf::Message& request);

// The most elements that a repeated field of a request may have; nullopt where no limit is known, which no request may contain.
std::optional<int> RepeatedMax(const google::protobuf::FieldDescriptor& field);

}  // namespace oriundo
