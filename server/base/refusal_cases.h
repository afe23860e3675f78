// RefusalCase: what a published reason stands for where it stands for several things, and the figures that each goes with.
//
// A refusal is told in English by the server. Whoever tells it in another language builds the sentence from ErrorInfo: the
// reason, its `case` and the figures, all of them names, amounts, days and codes, never text. They are published and permanent
// as the reasons are.
//
// Figures stand in the metadata under the keys below; those of the second violation and later ones begin with `violation_1_` and
// so on. `subject` is the resource, party or field that it is about; every refusal has it, of a wrong field as `field`. Amounts,
// whose keys end with `minor_units`, are in `currency_code`.
#pragma once

#include <span>
#include <string_view>

#include "oriundo/v1/error_reason.pb.h"

namespace oriundo {

// One thing that a reason stands for.
struct RefusalCase {
  v1::ErrorReason reason;
  // The value of `case` in the metadata, unique within its reason; empty where the reason stands for one thing and none is given.
  std::string_view name;
  // The keys that its figures have at least, apart from `subject`, with ", " between them.
  std::string_view keys;
};

// All of them, those of one reason together. A reason of the server that is none of these says no more than its name.
std::span<const RefusalCase> RefusalCases();

// The case of that reason and name; nullptr where there is none.
const RefusalCase* FindRefusalCase(v1::ErrorReason reason, std::string_view name);

}  // namespace oriundo
