// Refusals as sentences in the reader's language. In English the server says them, but for quantities, which it counts in
// thousandths; those, and all in Spanish, are built here from a reason, its case and its figures (refusal_words.h).
#pragma once

#include <map>
#include <string>

#include "client/cli/words.h"

namespace oriundo {

// The figures of a refusal, by the keys of server/base/refusal_cases.h, with its case under `case`.
using Figures = std::map<std::string, std::string>;

// True where a resource is refused only because it was asked for as of a point before its creation.
bool IsOfLaterPoint(const std::string& reason, const Figures& figures);

// One figure in the reader's words: an amount with its currency, a value of an enum by its word, a name as it is.
std::string FigureText(const std::string& key, const std::string& value, const std::string& currency, const Words& words);

// The Spanish sentence of a refusal, without capital and full stop; empty where this program has none for its reason and case, or there
// are fewer figures than it takes.
std::string SpanishRefusal(const std::string& reason, const std::string& subject, Figures figures);

// The same in English where it is about a quantity; otherwise `english`, as the server says it.
std::string EnglishRefusal(const std::string& reason, const std::string& english, Figures figures);

// A refusal as a sentence: in English as above, in Spanish built from reason and figures, or else what the reason means.
std::string SentenceOfReason(const std::string& reason, const std::string& subject, const std::string& english,
                             const Figures& figures, const Words& words);

}  // namespace oriundo
