// Words of the command line in the reader's language. What others say is told in Spanish by sentences.h and reasons.h.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace oriundo {

// A language the command line speaks.
enum class Language { kEnglish, kSpanish };

// Translates the sentences that the command line itself prints; the English sentence is the key.
class Words {
 public:
  explicit Words(Language language = Language::kEnglish) : language_(language) {}

  Language language() const { return language_; }

  // The one of both that is in the chosen language.
  const char* Choose(const char* english, const char* spanish) const {
    return language_ == Language::kSpanish ? spanish : english;
  }

  // `english` in the chosen language, or as it is where there is no translation; each `{name}` is replaced by values["name"].
  std::string operator()(std::string_view english, const std::map<std::string, std::string>& values = {}) const;

  // True where `english` has its Spanish. A test asks for every sentence in the sources.
  static bool IsTranslated(std::string_view english);

 private:
  Language language_;
};

// Why a file could not be opened, read or written, in the reader's language, from the number that the system gives (errno).
std::string FaultOfFile(int error_number, const Words& words);

}  // namespace oriundo
