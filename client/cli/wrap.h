// Wraps text for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace oriundo {

// Breaks `text` at its spaces into lines of at most `width` characters, the later ones indented; longer words stay whole.
std::string Wrapped(std::string_view text, std::size_t width, std::string_view indent = "");

// How many characters the UTF-8 `text` has.
std::size_t Characters(std::string_view text);

}  // namespace oriundo
