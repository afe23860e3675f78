// In which form the number of a bank account is written, so that a programme can have all written in one (domain notes R5). A pure function.
#pragma once

#include <string_view>

#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// CLABE or IBAN where the number has that form and its check digits are right, otherwise ACCOUNT_FORM_UNSPECIFIED. Sound check digits do not
// say that the bank has such an account.
v1::AccountForm AccountFormOf(std::string_view number);

}  // namespace oriundo
