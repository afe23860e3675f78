#include "client/cli/refusal_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/enum_words.h"
#include "client/cli/field_words.h"
#include "client/cli/money_text.h"
#include "client/cli/output.h"
#include "client/cli/reasons.h"
#include "client/cli/refusal_words.h"
#include "client/cli/sentences.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

// Thousandths and basis points as people write them; empty for other figures.
std::string MeasureText(const std::string& key, const std::string& value) {
  const bool share = absl::EndsWith(key, "_bps") || absl::EndsWith(key, "_bps_min");
  const bool quantity = absl::EndsWith(key, "_milli");
  int64_t number = 0;
  if ((!share && !quantity) || !absl::SimpleAtoi(value, &number) || number < 0) return "";
  if (quantity) return FormatQuantity(number);
  std::string digits = absl::StrCat(number);
  if (digits.size() <= 2) digits.insert(0, 3 - digits.size(), '0');
  digits.insert(digits.size() - 2, ".");
  return digits + " %";
}

// The Spanish words of a field, `contribution.declared` or `bank_value_date`, in quotation marks; other names as they are.
std::string FieldWords(const std::string& name) {
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") != std::string::npos) return name;
  const std::size_t point = name.rfind('.');
  const std::string words = SpanishFigure(point == std::string::npos ? name : name.substr(point + 1));
  return words.empty() ? name : absl::StrCat("«", words, "»");
}

std::string CurrencyOf(const Figures& figures) {
  const auto found = figures.find("currency_code");
  return found == figures.end() ? "" : found->second;
}

// With a capital, unless it begins with a name, and a full stop.
std::string AsSentence(std::string text) {
  if (text.empty()) return text;
  const std::size_t word = std::min(text.find(' '), text.size());
  const bool name = text.substr(0, word).find_first_of("/:_`.0123456789") != std::string::npos;
  if (!name && text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 32);
  return text.ends_with('.') ? text : text + ".";
}

}  // namespace

bool IsOfLaterPoint(const std::string& reason, const Figures& figures) {
  return absl::EndsWith(reason, "_NOT_FOUND") && figures.contains("name") && figures.contains("create_sequence");
}

std::string FigureText(const std::string& key, const std::string& value, const std::string& currency, const Words& words) {
  int64_t number = 0;
  if (absl::EndsWith(key, "minor_units") && !currency.empty() && absl::SimpleAtoi(value, &number)) {
    return FormatAmount(number, currency);
  }
  if (key == "scope") {
    if (value == "club") return words.Choose("the club", "el club");
    return value == "federation" ? words.Choose("the federation", "la federación") : words.Choose("the place", "el lugar");
  }
  if (key == "registration_state" && words.language() == Language::kSpanish) {
    const auto* state = v1::Organization::RegistrationState_descriptor()->FindValueByName(value);
    if (state != nullptr) return EnumText(*state, words);
  }
  if (std::string text = MeasureText(key, value); !text.empty()) return text;
  // What is to be typed.
  if (key == "values") return Printable(value);
  std::vector<std::string> texts;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(value, ", "))) texts.push_back(CodeText(part, words));
  // What it would take is one of these.
  const std::string last = key == "allowed_states" && texts.size() > 1 ? texts.back() : "";
  if (!last.empty()) texts.pop_back();
  return Printable(absl::StrJoin(texts, ", ") + (last.empty() ? "" : words.Choose(" or ", " o ") + last));
}

std::string SpanishRefusal(const std::string& reason, const std::string& subject, Figures figures) {
  const auto own_case = figures.find("case");
  std::optional<std::string> pattern = SpanishPatternOf(reason, own_case == figures.end() ? "" : own_case->second);
  if (IsOfLaterPoint(reason, figures)) pattern = "{name} aún no existía en ese momento; lo creó el asiento {create_sequence}";
  // Whoever makes a pool chooses no id.
  const auto name = figures.find("name");
  if (reason == "NAME_TAKEN" && name != figures.end() && absl::StrContains(name->second, "/pools/")) pattern = "la bolsa {name} ya existe";
  if (!pattern.has_value()) return "";
  if (!subject.empty()) figures["subject"] = subject;
  // A filter is typed with the fields' own names, and those of wrong fields stand beside their flags.
  if (reason != "FILTER_INVALID" && reason != "INVALID_FIELD") {
    const auto field = figures.find("field");
    if (field != figures.end()) field->second = FieldWords(field->second);
    // A subject without a point or line in it may as well be a role.
    const auto about = figures.find("subject");
    const bool is_field = about != figures.end() && about->second.find_first_of("._") != std::string::npos;
    if (is_field) about->second = FieldWords(about->second);
  }
  const std::string currency = CurrencyOf(figures);
  for (auto& [key, value] : figures) value = FigureText(key, value, currency, Words(Language::kSpanish));
  return FillWhole(*pattern, figures).value_or("");
}

std::string EnglishRefusal(const std::string& reason, const std::string& english, Figures figures) {
  const auto own_case = figures.find("case");
  const std::optional<std::string> pattern = EnglishPatternOf(reason, own_case == figures.end() ? "" : own_case->second);
  if (!pattern.has_value()) return english;
  for (auto& [key, value] : figures) value = FigureText(key, value, "", Words());
  return FillWhole(*pattern, figures).value_or(english);
}

std::string SentenceOfReason(const std::string& reason, const std::string& subject, const std::string& english,
                             const Figures& figures, const Words& words) {
  if (words.language() != Language::kSpanish) return AsSentence(EnglishRefusal(reason, english, figures));
  if (const std::string sentence = SpanishRefusal(reason, subject, figures); !sentence.empty()) return AsSentence(sentence);
  const ReasonText* text = TextOfReason(reason);
  return text == nullptr ? english : text->meaning_es;
}

}  // namespace oriundo
