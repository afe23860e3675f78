// The server's sentences about refusals in Spanish: who may act, why something is refused, what it takes instead. The server
// speaks English; what has no sentence here is told by its reason (reasons.h) and its figures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oriundo {

// The Spanish sentence for a refusal's English one, with its names, amounts and states; nothing where there is none.
std::optional<std::string> SpanishOfRefusal(std::string_view english);

// The Spanish of what an error's metadata say in words, `who_may` and `why`; nothing where there is none.
std::optional<std::string> SpanishOfDetail(std::string_view english);

}  // namespace oriundo
