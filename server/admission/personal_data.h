// Looks for what identifies a person in what somebody typed (domain.md, section 6): identity numbers, phones, e-mail addresses, bank
// accounts, home addresses, immigration status, donors named as such, in Spanish and English. What the server does not hold cannot be taken
// from it.
//
// It sees patterns, not meaning: a person's name is found beside a word of giving only. Pure functions; any thread may call them. Time is linear in the text.
#pragma once

#include <optional>
#include <string_view>

namespace oriundo {

// What the text seems to hold, for a sentence such as "holds what looks like ..."; nullopt where nothing is found. Never a part of
// the text. Disguises that people use are looked through: full-width digits, invisible characters, "arroba" for the sign.
std::optional<std::string_view> FindPersonalData(std::string_view text);

// The same for short codes that somebody chooses: numbers of identity papers only, because a code may well look like a phone number.
std::optional<std::string_view> FindIdentityNumber(std::string_view code);

}  // namespace oriundo
