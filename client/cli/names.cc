#include "client/cli/names.h"

#include <algorithm>
#include <vector>

namespace oriundo {
namespace {

std::vector<std::string_view> Segments(std::string_view text) {
  std::vector<std::string_view> segments;
  while (true) {
    const std::size_t slash = text.find('/');
    segments.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string ExpandName(std::string_view pattern, std::string_view text, std::string_view base) {
  const std::string as_is(text);
  if (pattern.empty() || text.empty()) return as_is;
  const std::vector<std::string_view> wanted = Segments(pattern);
  const std::vector<std::string_view> given = Segments(text);
  if (given.front() == wanted.front() && given.size() > 1) return as_is;
  if (given.size() + 1 == wanted.size() && given.size() > 1) return std::string(wanted.front()) + "/" + as_is;
  if (2 * given.size() == wanted.size()) {
    std::string name;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (i > 0) name += "/";
      name += std::string(wanted[2 * i]) + "/" + std::string(given[i]);
    }
    return name;
  }
  if (given.size() == 1 && wanted.size() == 4 && CollectionOf(base) == wanted.front() && Segments(base).size() == 2) {
    return std::string(base) + "/" + std::string(wanted[2]) + "/" + as_is;
  }
  return as_is;
}

std::string ShortName(std::string_view name) {
  const std::vector<std::string_view> segments = Segments(name);
  if (segments.size() % 2 != 0) return std::string(name);
  const std::string_view first = segments.front();
  if (first != "organizations" && first != "programs" && first != "projects" && first != "communities") return std::string(name);
  std::string text;
  for (std::size_t i = 1; i < segments.size(); i += 2) {
    if (i > 1) text += "/";
    text += segments[i];
  }
  return text;
}

bool IsId(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() >= 'a' && text.front() <= 'z' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

Actor ParseActor(std::string_view text) {
  constexpr std::string_view kPrefix = "organizations/";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  const std::size_t slash = text.find('/');
  Actor actor;
  if (!text.empty()) actor.organization = std::string(kPrefix) + std::string(text.substr(0, slash));
  if (slash != std::string_view::npos) actor.principal = text.substr(slash + 1);
  return actor;
}

std::string_view CollectionOf(std::string_view name) { return name.substr(0, name.find('/')); }

}  // namespace oriundo
