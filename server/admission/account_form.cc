#include "server/admission/account_form.h"

#include <algorithm>
#include <string>

namespace oriundo {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsCapital(char c) { return c >= 'A' && c <= 'Z'; }

// 18 digits: bank, place, account, and a check digit that completes the weighted sum of the others to tens.
bool IsClabe(std::string_view number) {
  if (number.size() != 18 || !std::all_of(number.begin(), number.end(), IsDigit)) return false;
  constexpr int kWeights[] = {3, 7, 1};
  int sum = 0;
  for (std::size_t i = 0; i < 17; ++i) sum += (number[i] - '0') * kWeights[i % 3] % 10;
  return (10 - sum % 10) % 10 == number[17] - '0';
}

// ISO 13616: country, two check digits, and what the country's banks add; turned round and in digits it leaves 1 by 97.
bool IsIban(std::string_view number) {
  const bool is_iban = number.size() >= 15 && number.size() <= 34 && IsCapital(number[0]) && IsCapital(number[1]) && IsDigit(number[2]) &&
                       IsDigit(number[3]) &&
                       std::all_of(number.begin(), number.end(), [](char c) { return IsDigit(c) || IsCapital(c); });
  if (!is_iban) return false;
  int rest = 0;
  for (const char c : std::string(number.substr(4)) + std::string(number.substr(0, 4))) {
    rest = IsDigit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

}  // namespace

v1::AccountForm AccountFormOf(std::string_view number) {
  if (IsClabe(number)) return v1::CLABE;
  return IsIban(number) ? v1::IBAN : v1::ACCOUNT_FORM_UNSPECIFIED;
}

}  // namespace oriundo
