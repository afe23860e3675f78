// What each published reason means and what the caller can do about it, in the languages the command line speaks.
#pragma once

#include <span>
#include <string_view>

namespace oriundo {

// The texts of one reason.
struct ReasonText {
  // The name of a v1::ErrorReason.
  std::string_view reason;
  // What to do, in English and in Spanish.
  const char* advice;
  const char* advice_es;
  // What it means, in Spanish; in English the interface's comment says it.
  const char* meaning_es;
};

// What to do about one case of a reason (refusal_cases.h), where the reason's own advice would lead astray.
struct CaseAdvice {
  std::string_view reason;
  std::string_view name;
  // In English and in Spanish.
  const char* advice;
  const char* advice_es;
};

// All of them.
std::span<const CaseAdvice> CaseAdvices();

// The texts of a reason; nullptr where this program does not know it, as one that a newer server has.
const ReasonText* TextOfReason(std::string_view reason);

}  // namespace oriundo
