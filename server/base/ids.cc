#include "server/base/ids.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "server/base/check.h"

namespace oriundo {
namespace {

constexpr std::array<std::string_view, 29> kPatterns = {"organizations/*",
                                                        "accounts/*",
                                                        "organizations/*/folios/*",
                                                        "communities/*",
                                                        "programs/*",
                                                        "programs/*/versions/*",
                                                        "programs/*/pools/*",
                                                        "programs/*/tallies/*",
                                                        "projects/*",
                                                        "projects/*/tranches/*",
                                                        "projects/*/pledges/*",
                                                        "projects/*/contributions/*",
                                                        "projects/*/in-kinds/*",
                                                        "projects/*/contracts/*",
                                                        "projects/*/releases/*",
                                                        "projects/*/expenditures/*",
                                                        "projects/*/interests/*",
                                                        "projects/*/refunds/*",
                                                        "projects/*/repayments/*",
                                                        "projects/*/proposals/*",
                                                        "projects/*/reports/*",
                                                        "projects/*/deposits/*",
                                                        "projects/*/statements/*",
                                                        "projects/*/lines/*",
                                                        "projects/*/references/*",
                                                        "projects/*/matches/*",
                                                        "projects/*/amendments/*",
                                                        "projects/*/reallocations/*",
                                                        "ledgers/*"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool IsId(std::string_view text, std::size_t max) {
  if (text.empty() || text.size() > max || !IsLower(text.front()) || text.back() == '-') return false;
  for (char c : text) {
    if (!IsLower(c) && !IsDigit(c) && c != '-') return false;
  }
  return true;
}

std::string_view NextSegment(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  return (c | 0x20) - 'a' + 10;
}

// The day of ten characters YYYY-MM-DD, which need not exist.
std::chrono::year_month_day DayOf(std::string_view text) {
  auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  return {std::chrono::year(number(0, 4)), std::chrono::month(static_cast<unsigned>(number(5, 2))),
          std::chrono::day(static_cast<unsigned>(number(8, 2)))};
}

std::string Written(std::chrono::year_month_day day) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()));
  return text;
}

}  // namespace

bool IsResourceId(std::string_view text) { return IsId(text, 63); }

bool IsLocalityCode(std::string_view text) {
  const auto letter_or_digit = [](char c) { return (c >= 'A' && c <= 'Z') || IsDigit(c); };
  if (text.empty() || text.size() > 32 || !letter_or_digit(text.front())) return false;
  for (char c : text) {
    if (!letter_or_digit(c) && c != '-') return false;
  }
  return true;
}

bool IsResourceName(std::string_view name, std::string_view pattern) {
  if (name.empty() || name.back() == '/') return false;
  std::string_view before;
  while (!name.empty() && !pattern.empty()) {
    const std::string_view segment = NextSegment(name);
    const std::string_view wanted = NextSegment(pattern);
    const bool fits = before == "communities" ? IsLocalityCode(segment) : IsId(segment, 79);
    if (wanted == "*" ? !fits : segment != wanted) return false;
    before = wanted;
  }
  return name.empty() && pattern.empty();
}

bool IsAnyResourceName(std::string_view name) {
  for (std::string_view pattern : kPatterns) {
    if (IsResourceName(name, pattern)) return true;
  }
  return false;
}

std::string_view IdOf(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string_view ParentOf(std::string_view name) {
  std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return {};
  slash = name.rfind('/', slash - 1);
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string_view RootOf(std::string_view name) {
  const std::size_t first = name.find('/');
  if (first == std::string_view::npos) return name;
  return name.substr(0, name.find('/', first + 1));
}

bool IsUuidV4(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHex(text[i])) return false;
  }
  const char variant = text[19];
  return text[14] == '4' && (variant == '8' || variant == '9' || (variant | 0x20) == 'a' || (variant | 0x20) == 'b');
}

std::string UuidBytes(std::string_view text) {
  ORIUNDO_CHECK(IsUuidV4(text));
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '-') {
      ++i;
      continue;
    }
    bytes.push_back(static_cast<char>(HexValue(text[i]) * 16 + HexValue(text[i + 1])));
    i += 2;
  }
  return bytes;
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 4 && i != 7 && !IsDigit(text[i])) return false;
  }
  const std::chrono::year_month_day day = DayOf(text);
  return static_cast<int>(day.year()) >= 1900 && static_cast<int>(day.year()) <= 2999 && day.ok();
}

std::string DateAt(long long time_us, int offset_minutes) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(time_us) + std::chrono::minutes(offset_minutes)};
  return Written(std::chrono::floor<std::chrono::days>(time));
}

std::string DateAfter(std::string_view date, int days) {
  ORIUNDO_CHECK(IsDate(date));
  return Written(std::chrono::sys_days(DayOf(date)) + std::chrono::days(days));
}

std::string PoolName(std::string_view program, std::string_view funder, int fiscal_year) {
  return std::string(program) + "/pools/" + std::string(IdOf(funder)) + "-" + std::to_string(fiscal_year);
}

std::string TallyName(std::string_view program, std::string_view scope, std::string_view whose, int fiscal_year) {
  std::string name = std::string(program) + "/tallies/" + std::string(scope) + "-";
  for (char c : whose) name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  return name + "-" + std::to_string(fiscal_year);
}

std::string FolioName(std::string_view issuer, std::string_view folio) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name = std::string(issuer) + "/folios/f";
  for (const char c : folio) {
    const auto byte = static_cast<unsigned char>(c);
    name += kDigits[byte >> 4];
    name += kDigits[byte & 0xF];
  }
  return name;
}

std::string DateYearsBefore(std::string_view date, int years) {
  ORIUNDO_CHECK(IsDate(date));
  int year = 0;
  for (std::size_t i = 0; i < 4; ++i) year = year * 10 + (date[i] - '0');
  char text[16];
  std::snprintf(text, sizeof text, "%04d", std::clamp(year - years, 0, 9999));
  const std::string_view day = date.substr(4);
  std::string before = std::string(text) + std::string(day);
  // The 29th of February has no day like itself in most years.
  return day == "-02-29" && !IsDate(before) ? std::string(text) + "-02-28" : before;
}

std::string TrancheName(std::string_view project, std::string_view party, int ordinal) {
  return std::string(project) + "/tranches/" + std::string(IdOf(party)) + "-" + std::to_string(ordinal);
}

}  // namespace oriundo
