// Where and how the command line prints.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "client/cli/words.h"

namespace oriundo {

class ReaderLocale;

// Handed to everything that prints.
struct Output {
  // Results.
  std::ostream& out;
  // Errors, progress and the salts of evidence.
  std::ostream& err;
  // JSON for programs instead of text for people.
  bool json = false;
  // Bold headings and red errors.
  bool color = false;
  // True where `err` is a terminal: a progress bar makes sense.
  bool terminal = false;
  // The reader's language.
  Words words = Words();
  // How the reader's country writes numbers; null for the one way of all other output, 1,413,734.00.
  const ReaderLocale* locale = nullptr;

  // `text` in bold.
  std::string Bold(const std::string& text) const { return color ? "\x1b[1m" + text + "\x1b[0m" : text; }
  // `text` in red.
  std::string Red(const std::string& text) const { return color ? "\x1b[31m" + text + "\x1b[0m" : text; }
};

// `text` without control characters, each replaced by `?`: what others wrote must not steer the reader's terminal. Line breaks
// become spaces.
std::string Printable(std::string_view text);

}  // namespace oriundo
