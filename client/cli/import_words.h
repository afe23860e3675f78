// The Spanish of what `oriundo import` says; see words.h.
#pragma once

#include <map>
#include <string_view>

namespace oriundo {

// English sentence to Spanish sentence.
const std::map<std::string_view, std::string_view>& ImportSpanish();

}  // namespace oriundo
