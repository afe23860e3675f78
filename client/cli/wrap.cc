#include "client/cli/wrap.h"

#include <algorithm>

namespace oriundo {

std::size_t Characters(std::string_view text) {
  // Every byte but those that go on with a character.
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string lines;
  std::size_t column = 0;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return lines;
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    const std::size_t length = Characters(word);
    if (column > 0 && column + 1 + length > width) {
      lines += '\n';
      lines += indent;
      column = indent.size();
    } else if (column > 0) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += length;
  }
}

}  // namespace oriundo
