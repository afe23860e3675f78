#include "client/cli/errors.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/api.h"
#include "client/cli/enum_words.h"
#include "client/cli/field_words.h"
#include "client/cli/reasons.h"
#include "client/cli/refusal_words.h"
#include "client/cli/sentences.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

// True where the call may have been carried out although it ended with an error.
bool OutcomeUnknown(const CallError& error) {
  if (error.not_reached) return false;
  switch (error.code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return true;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return error.reason.empty();  // The connection's own faults; a server that says why has told the outcome.
    default:
      return false;
  }
}

// Where a reason stands for several things and its advice would fit only one of them; empty where the reason's own fits.
std::string AdviceOfCase(const CallError& error, const Attempted& attempted, const Words& words) {
  const auto figure = [&](const char* key) {
    const auto found = error.metadata.find(key);
    return found == error.metadata.end() ? std::string() : found->second;
  };
  for (const CaseAdvice& row : CaseAdvices()) {
    if (row.reason == error.reason && row.name == figure("case")) return words.Choose(row.advice, row.advice_es);
  }
  if (error.reason == "ACCOUNT_MISMATCH" && attempted.method == "ProjectService.SignAmendment") {
    return words(
        "See whether the amendment changes the account: oriundo amendment get. Where it does, give its number with --account; "
        "where it does not, sign without.");
  }
  if (error.reason == "INVALID_FIELD" && attempted.method == "ProjectService.ProposeAmendment" && figure("field") == "terms") {
    return words("Say what the amendment changes, for example --total; --help lists what it may.");
  }
  if (error.reason == "RELEASE_ABOVE_TRANCHE" && figure("left_minor_units") == "0" && figure("proposal").empty()) {
    return words("Nothing is left of this tranche; see the project's others: oriundo statement.");
  }
  return "";
}

std::string AdviceOf(const CallError& error, const Attempted& attempted, const Words& words) {
  if (error.not_reached) {
    return words(
        "Nothing was sent. Check that the server runs at the address (--address, ORIUNDO_ADDRESS), then run the command "
        "again.");
  }
  if (error.code == absl::StatusCode::kInvalidArgument && attempted.method == "ProjectService.UpdateProject") {
    return words(
        "An update replaces the whole draft: give every flag again, not only what changes. oriundo project get shows "
        "the draft as it stands.");
  }
  if (std::string own = AdviceOfCase(error, attempted, words); !own.empty()) return own;
  if (const ReasonText* text = TextOfReason(error.reason)) return words.Choose(text->advice, text->advice_es);
  switch (error.code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
      return attempted.repeat_command.empty() ? words("Try again.") : words("It may or may not have been carried out.");
    case absl::StatusCode::kInvalidArgument:
      return words("Correct what is listed; --help of the command explains each value.");
    case absl::StatusCode::kUnimplemented:
      return words("The server is of another version than this program; compare oriundo version.");
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return words("Tell the operator, with this message and the time.");
    default:
      return "";
  }
}

// The interface's own words for a reason, without the code they start with; in Spanish this program's.
std::string MeaningOf(const std::string& reason, const Words& words) {
  if (const ReasonText* text = TextOfReason(reason); text != nullptr && words.language() == Language::kSpanish)
    return text->meaning_es;
  const auto* value = v1::ErrorReason_descriptor()->FindValueByName(reason);
  if (value == nullptr) return "";
  std::string comment = CommentOf(*value);
  if (const std::size_t point = comment.find(". "); point != std::string::npos) comment.erase(0, point + 2);
  // What the interface calls its messages says nothing to a reader.
  constexpr std::string_view kJargon = "; BadRequest lists them all";
  const std::size_t at = comment.find(kJargon);
  if (at != std::string::npos) comment.replace(at, kJargon.size(), "; all are listed");
  return comment;
}

// The figures of one violation: the first one's stand under their own keys, those of later ones behind `violation_1_` and so on.
std::map<std::string, std::string> FiguresOf(const CallError& error, std::size_t index) {
  const std::string prefix = index == 0 ? "" : absl::StrCat("violation_", index, "_");
  std::map<std::string, std::string> figures;
  for (const auto& [key, value] : error.metadata) {
    if (!absl::StartsWith(key, prefix) || (index == 0 && absl::StartsWith(key, "violation_"))) continue;
    figures[key.substr(prefix.size())] = value;
  }
  return figures;
}

// Thousandths and basis points as people write them; empty for other figures.
std::string MeasureText(const std::string& key, const std::string& value) {
  const bool share = absl::EndsWith(key, "_bps") || absl::EndsWith(key, "_bps_min");
  const std::size_t places = absl::EndsWith(key, "_milli") ? 3 : share ? 2 : 0;
  int64_t number = 0;
  if (places == 0 || !absl::SimpleAtoi(value, &number) || number < 0) return "";
  std::string digits = absl::StrCat(number);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, ".");
  return digits + (share ? " %" : "");
}

// One figure in the reader's words: an amount with its currency, a value of an enum by its word, a name as it is.
std::string FigureText(const std::string& key, const std::string& value, const std::string& currency, const Words& words) {
  int64_t number = 0;
  if (absl::EndsWith(key, "minor_units") && !currency.empty() && absl::SimpleAtoi(value, &number)) {
    return FormatAmount(number, currency);
  }
  if (key == "scope") {
    if (value == "club") return words.Choose("the club", "el club");
    return value == "federation" ? words.Choose("the federation", "la federación") : words.Choose("the place", "el lugar");
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

std::string CurrencyOf(const std::map<std::string, std::string>& figures) {
  const auto found = figures.find("currency_code");
  return found == figures.end() ? "" : found->second;
}

// What a violation is about: the first one's is among the figures too.
std::string SubjectOf(const CallError& error, std::size_t index) {
  if (index < error.violations.size()) return error.violations[index].subject;
  const auto found = error.metadata.find("subject");
  return index > 0 || found == error.metadata.end() ? "" : found->second;
}

// The Spanish sentence of one violation, built from its reason, its case and its figures; empty where this program has none for
// them, or the server names fewer figures than it takes.
std::string SpanishSentence(const CallError& error, std::size_t index, const std::string& reason) {
  std::map<std::string, std::string> figures = FiguresOf(error, index);
  const auto own_case = figures.find("case");
  const std::optional<std::string> pattern = SpanishPatternOf(reason, own_case == figures.end() ? "" : own_case->second);
  if (!pattern.has_value()) return "";
  if (const std::string subject = SubjectOf(error, index); !subject.empty()) figures["subject"] = subject;
  const std::string currency = CurrencyOf(figures);
  for (auto& [key, value] : figures) value = FigureText(key, value, currency, Words(Language::kSpanish));
  return FillWhole(*pattern, figures).value_or("");
}

// The figures of one violation in words, `clase: municipio; falta: 5.00 MXN`; empty where its sentence names them.
std::string FiguresText(const CallError& error, std::size_t index, const std::string& reason, const Words& words) {
  if (!SpanishSentence(error, index, reason).empty()) return "";
  const std::map<std::string, std::string> figures = FiguresOf(error, index);
  const std::string currency = CurrencyOf(figures);
  std::vector<std::string> texts;
  for (const auto& [key, value] : figures) {
    if (value.empty() || key == "currency_code" || key == "field" || key == "violations" || key == "case") continue;
    const std::string title = SpanishFigure(key);
    texts.push_back(absl::StrCat(title.empty() ? key : title, ": ", FigureText(key, value, currency, words)));
  }
  return absl::StrJoin(texts, "; ");
}

// What is wrong with a field, in the reader's language. What this program makes itself is in it already.
std::string FieldFault(const CallError& error, std::size_t field, const Words& words) {
  const std::string& description = error.fields[field].description;
  if (words.language() != Language::kSpanish) return description;
  if (std::string sentence = SpanishSentence(error, field, "INVALID_FIELD"); !sentence.empty()) return sentence;
  return error.metadata.empty() ? description
                                : words("this value is not taken (the server says: {english})", {{"english", description}});
}

// With a capital, unless it begins with a name, and a full stop.
std::string AsSentence(std::string text) {
  const std::size_t word = std::min(text.find(' '), text.size());
  const bool name = text.substr(0, word).find_first_of("/:_`.0123456789") != std::string::npos;
  if (!name && text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 32);
  return text.ends_with('.') ? text : text + ".";
}

// A refusal in Spanish: its sentence where this program has one, or else what the reason means.
std::string RefusalText(const CallError& error, std::size_t index, const std::string& reason, const std::string& english) {
  if (const std::string sentence = SpanishSentence(error, index, reason); !sentence.empty()) return AsSentence(sentence);
  const ReasonText* text = TextOfReason(reason);
  return text == nullptr ? english : text->meaning_es;
}

// The sentence for a person, in the reader's language: in Spanish built from the reason and its figures, because the server
// speaks English.
std::string MessageOf(const CallError& error, const Words& words) {
  std::string message = Printable(error.message);
  if (message.empty()) message = absl::StatusCodeToString(error.code);
  if (const auto fault = error.reason.empty() ? ConnectionFaultOf(message) : std::nullopt) {
    message = words.Choose(fault->english, fault->spanish);
  }
  if (words.language() != Language::kSpanish) {
    // How a call says who acts is nothing that a person types.
    return error.reason == "ACTOR_MISSING" ? "nobody is named who asks; --as ORGANIZATION/PERSON names both" : message;
  }
  if (!error.fields.empty()) {
    const CallError::Field& first = error.fields.front();
    message = absl::StrCat(Printable(first.path), ": ", Printable(FieldFault(error, 0, words)));
    if (error.fields.size() > 1) message += words(" (and {count} more)", {{"count", absl::StrCat(error.fields.size() - 1)}});
    return message;
  }
  return RefusalText(error, 0, error.reason, message);
}

void PrintJson(const CallError& error, ExitCode exit_code, const std::string& advice, const Attempted& attempted,
               const Output& output) {
  nlohmann::ordered_json body;
  body["code"] = absl::StatusCodeToString(error.code);
  body["exit_code"] = static_cast<int>(exit_code);
  body["message"] = error.message;
  body["reason"] = error.reason;
  body["metadata"] = error.metadata;
  body["violations"] = nlohmann::ordered_json::array();
  for (const auto& field : error.fields) {
    body["violations"].push_back(
        {{"field", field.path}, {"flag", FlagOfPath(attempted.flags, field.path)}, {"description", field.description}});
  }
  for (const auto& row : error.violations) {
    body["violations"].push_back({{"type", row.type}, {"subject", row.subject}, {"description", row.description}});
  }
  body["request_id"] = attempted.request_id;
  if (error.retry_delay.has_value()) body["retry_delay_ms"] = absl::ToInt64Milliseconds(*error.retry_delay);
  body["advice"] = advice;
  body["repeat_command"] = OutcomeUnknown(error) ? attempted.repeat_command : "";
  // A server of another make could send bytes that are no UTF-8; they must not stop the report.
  output.out << nlohmann::ordered_json({{"error", body}}).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAborted:
      return kExitRefused;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kExitUsage;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return kExitUnavailable;
    default:
      return kExitInternal;
  }
}

std::string SentenceOf(const absl::Status& status, const Words& words) {
  const CallError error = CallErrorOf(status);
  std::string sentence = MessageOf(error, words);
  const bool spanish = words.language() == Language::kSpanish;
  if (const std::string figures = FiguresText(error, 0, error.reason, words);
      spanish && error.fields.empty() && !figures.empty()) {
    absl::StrAppend(&sentence, " ", figures);
  }
  for (std::size_t i = 0; i < error.fields.size(); ++i) {
    const std::string fault = FieldFault(error, i, words);
    if (sentence.find(fault) == std::string::npos) absl::StrAppend(&sentence, "; ", error.fields[i].path, ": ", fault);
  }
  for (std::size_t i = 0; i < error.violations.size(); ++i) {
    const CallError::Violation& violation = error.violations[i];
    const ReasonText* text = spanish ? TextOfReason(violation.type) : nullptr;
    const std::string figures = i == 0 ? "" : FiguresText(error, i, violation.type, words);
    std::string told = text == nullptr ? violation.description : RefusalText(error, i, violation.type, violation.description);
    if (text != nullptr && !figures.empty()) absl::StrAppend(&told, " ", figures);
    if (sentence.find(told) == std::string::npos) absl::StrAppend(&sentence, "; ", told);
  }
  return sentence;
}

std::string SentenceOfReason(const std::string& reason, const std::string& subject, const std::string& english,
                             const std::map<std::string, std::string>& figures, const Words& words) {
  if (words.language() != Language::kSpanish) return AsSentence(english);
  CallError error;
  error.metadata = figures;
  error.violations.push_back({reason, subject, english});
  return RefusalText(error, 0, reason, english);
}

void PrintError(const absl::Status& status, const Attempted& attempted, const Output& output) {
  const CallError error = CallErrorOf(status);
  const std::string advice = AdviceOf(error, attempted, output.words);
  if (output.json) return PrintJson(error, ExitCodeOf(status), advice, attempted, output);

  const Words& words = output.words;
  std::string message = MessageOf(error, words);
  if (error.not_reached) message = words("the server was not reached: {message}", {{"message", message}});
  output.err << output.Red(words("Error: {message}", {{"message", message}})) << "\n";
  // What is said by the sentence alone is not said again.
  const bool only_field = error.fields.size() == 1 && FlagOfPath(attempted.flags, error.fields.front().path).empty() &&
                          error.message == absl::StrCat(error.fields.front().path, ": ", error.fields.front().description);
  if (!error.fields.empty() && !only_field) output.err << words("Wrong in the request:") << "\n";
  for (std::size_t i = 0; i < error.fields.size() && !only_field; ++i) {
    const CallError::Field& field = error.fields[i];
    const std::string flag = FlagOfPath(attempted.flags, field.path);
    output.err << "  - " << (flag.empty() ? "" : flag + " (") << Printable(field.path) << (flag.empty() ? "" : ")") << ": "
               << Printable(FieldFault(error, i, words)) << "\n";
  }
  const bool only_violation = error.violations.size() == 1 && error.violations.front().description == error.message;
  // Whose sentences are built from their reasons and figures.
  const bool spanish = words.language() == Language::kSpanish;
  if (const std::string figures = FiguresText(error, 0, error.reason, words);
      spanish && error.fields.empty() && !figures.empty()) {
    output.err << "Datos: " << figures << "\n";
  }
  if (!error.violations.empty() && !only_violation) output.err << words("Rules that forbid it:") << "\n";
  for (std::size_t i = 0; i < error.violations.size() && !only_violation; ++i) {
    const CallError::Violation& row = error.violations[i];
    output.err << "  - " << Printable(row.type) << (row.subject.empty() ? "" : ", " + Printable(row.subject)) << ": ";
    const ReasonText* text = spanish ? TextOfReason(row.type) : nullptr;
    if (text == nullptr) {
      output.err << Printable(row.description) << "\n";
      continue;
    }
    output.err << Printable(RefusalText(error, i, row.type, row.description));
    // Those of the first stand above.
    const std::string figures = i == 0 ? "" : FiguresText(error, i, row.type, words);
    output.err << (figures.empty() ? "" : " (" + figures + ")") << "\n";
  }
  if (!error.reason.empty()) {
    // Said already where it is the sentence itself.
    const std::string meaning = spanish && error.fields.empty() ? "" : MeaningOf(error.reason, words);
    const std::string code = absl::StatusCodeToString(error.code);
    const std::string reason = absl::StrCat(Printable(error.reason), " (", code, ")", meaning.empty() ? "" : ": ", meaning);
    output.err << words("Reason: {reason}", {{"reason", reason}}) << "\n";
  }
  if (!advice.empty()) output.err << words("What to do: {advice}", {{"advice", advice}}) << "\n";
  if (OutcomeUnknown(error) && !attempted.repeat_command.empty()) {
    output.err << words("Repeat it exactly as follows; it is carried out once at most:") << "\n  " << attempted.repeat_command
               << "\n";
  }
}

}  // namespace oriundo
