#include "server/ledger/bank_names.h"

#include <cstdio>

#include "server/base/ids.h"

namespace oriundo {

std::string BankLineName(std::string_view statement, int64_t ordinal) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "-%06lld", static_cast<long long>(ordinal));
  return std::string(RootOf(statement)) + "/lines/" + std::string(IdOf(statement)) + digits;
}

std::string StatementOfLine(std::string_view line) {
  const std::string_view id = IdOf(line);
  return std::string(RootOf(line)) + "/statements/" + std::string(id.substr(0, id.rfind('-')));
}

std::string BankReferenceName(std::string_view project, std::string_view reference_commitment) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name = std::string(project) + "/references/r";
  for (const char c : reference_commitment.substr(0, 16)) {
    const auto byte = static_cast<unsigned char>(c);
    name += kDigits[byte >> 4];
    name += kDigits[byte & 0xF];
  }
  return name;
}

std::string LineMovementName(std::string_view project, std::string_view bank_value_date, int64_t minor_units) {
  std::string name = std::string(project) + "/references/" + (minor_units < 0 ? 'd' : 'c');
  for (const char c : bank_value_date) {
    if (c != '-') name += c;
  }
  return name + "-" + std::to_string(minor_units < 0 ? -minor_units : minor_units);
}

std::string CarriedOutMatchName(std::string_view project, int64_t sequence) {
  return std::string(project) + "/matches/o" + std::to_string(sequence);
}

std::string BankMatchName(std::string_view project, int64_t sequence) {
  return std::string(project) + "/matches/e" + std::to_string(sequence);
}

}  // namespace oriundo
