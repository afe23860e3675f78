// The Spanish sentences of the server's refusals: who may act, why something is refused, what it takes instead. Each belongs to a
// reason, or to one of its cases (refusal_cases.h), and is filled in with the refusal's figures; no sentence of the server is
// looked at. What has no sentence here is told by its reason (reasons.h) and its figures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oriundo {

// The sentence of a reason and its case, `case_name` empty where the reason has none, with {key} where that figure of the refusal
// stands and {subject} for what it is about; nullopt where there is none.
std::optional<std::string> SpanishPatternOf(std::string_view reason, std::string_view case_name);

// The same in English of what the server says in thousandths, as the interface counts quantities; nullopt for all else, which is
// told in the server's own words.
std::optional<std::string> EnglishPatternOf(std::string_view reason, std::string_view case_name);

}  // namespace oriundo
