#include "client/cli/errors.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/api.h"
#include "client/cli/field_words.h"
#include "client/cli/reasons.h"
#include "client/cli/refusal_text.h"
#include "client/cli/render.h"
#include "client/cli/sentences.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/error_reason.pb.h"

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

// The fields that rows of a list may be filtered by, as a filter writes them; empty where the method is no list.
std::string FilterFieldsOf(const std::string& method) {
  const auto command =
      std::find_if(Commands().begin(), Commands().end(), [&](const Command& candidate) { return candidate.method == method; });
  const auto* rows = command == Commands().end() ? nullptr : RowsOf(*MethodOf(*command).output_type());
  if (rows == nullptr || rows->message_type() == nullptr) return "";
  using google::protobuf::FieldDescriptor;
  const auto filterable = [](const FieldDescriptor& field) {
    return !field.is_repeated() && field.message_type() == nullptr && field.type() != FieldDescriptor::TYPE_BYTES &&
           field.containing_type()->FindFieldByName(field.name() + "_commitment") == nullptr;
  };
  std::vector<std::string> names;
  const google::protobuf::Descriptor& resource = *rows->message_type();
  for (int i = 0; i < resource.field_count(); ++i) {
    const auto& field = *resource.field(i);
    if (filterable(field)) names.push_back(field.name());
    const bool ours = field.message_type() != nullptr && field.message_type()->file()->package() == resource.file()->package();
    // What stands in a field of its own kind, such as the event of an entry, would make a list that nobody reads.
    if (!ours || field.is_repeated() || field.containing_oneof() != nullptr) continue;
    for (int j = 0; j < field.message_type()->field_count(); ++j) {
      const auto& inner = *field.message_type()->field(j);
      if (filterable(inner)) names.push_back(absl::StrCat(field.name(), ".", inner.name()));
    }
  }
  return absl::StrJoin(names, ", ");
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
  if (IsOfLaterPoint(error.reason, error.metadata)) {
    return words("Ask for a later point: --known-at {sequence}, or leave it out.", {{"sequence", figure("create_sequence")}});
  }
  if (error.reason == "NAME_TAKEN" && attempted.method == "ProgramService.CreatePool") {
    return words("A funder has one pool a year; raise its budget: oriundo pool increase.");
  }
  if (error.reason == "FILTER_INVALID" && figure("case") == "NO_FIELD") {
    if (const std::string fields = FilterFieldsOf(attempted.method); !fields.empty()) {
      return words("Its fields are: {fields}.", {{"fields", fields}});
    }
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
      return error.fields.empty() ? words("--help of a command explains each of its flags.")
                                  : words("Correct what is listed; --help of the command explains each value.");
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

// What a violation is about: the first one's is among the figures too.
std::string SubjectOf(const CallError& error, std::size_t index) {
  if (index < error.violations.size()) return error.violations[index].subject;
  const auto found = error.metadata.find("subject");
  return index > 0 || found == error.metadata.end() ? "" : found->second;
}

// The Spanish sentence of one violation; empty where this program has none for its reason, case and figures.
std::string SpanishSentence(const CallError& error, std::size_t index, const std::string& reason) {
  return SpanishRefusal(reason, SubjectOf(error, index), FiguresOf(error, index));
}

// A refusal in Spanish: its sentence where this program has one, or else what the reason means.
std::string RefusalText(const CallError& error, std::size_t index, const std::string& reason, const std::string& english) {
  return SentenceOfReason(reason, SubjectOf(error, index), english, FiguresOf(error, index), Words(Language::kSpanish));
}

// The figures of one violation in words, `clase: municipio; falta: 5.00 MXN`; empty where its sentence names them.
std::string FiguresText(const CallError& error, std::size_t index, const std::string& reason, const Words& words) {
  if (!SpanishSentence(error, index, reason).empty()) return "";
  const std::map<std::string, std::string> figures = FiguresOf(error, index);
  const auto named = figures.find("currency_code");
  const std::string currency = named == figures.end() ? "" : named->second;
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
  if (words.language() != Language::kSpanish) return EnglishRefusal("INVALID_FIELD", description, FiguresOf(error, field));
  if (std::string sentence = SpanishSentence(error, field, "INVALID_FIELD"); !sentence.empty()) return sentence;
  // Of many wrong fields only the first come with their figures.
  if (description == "is required") return "hace falta";
  return error.metadata.empty() ? description
                                : words("this value is not taken (the server says: {english})", {{"english", description}});
}

// A wrong field as whoever typed sees it.
struct Fault {
  // Its flag, or the flags that a message is made of; the path where there are none.
  std::string label;
  // What is wrong, in the reader's language.
  std::string what;
};

Fault FaultOf(const CallError& error, std::size_t index, const Attempted& attempted, const Words& words) {
  const std::string& path = error.fields[index].path;
  Fault fault{FlagOfPath(attempted.flags, path), FieldFault(error, index, words)};
  if (!fault.label.empty()) {
    const Figures figures = FiguresOf(error, index);
    const auto own_case = figures.find("case");
    if (own_case == figures.end() || own_case->second != "RESOURCE_NAME") return fault;
    // What was typed says more than the form that it should have.
    for (const Flag& flag : attempted.flags) {
      const auto typed = attempted.texts.find(flag.name);
      if (typed == attempted.texts.end() || typed->second.size() != 1 || FlagOfPath({flag}, path).empty()) continue;
      const auto patterns = figures.find("pattern");
      std::string what = NameFault(flag, typed->second.front(), patterns == figures.end() ? "" : patterns->second, words);
      if (!what.empty()) fault.what = std::move(what);
    }
    return fault;
  }
  FlagsBelow below = FlagsBelowPath(attempted.flags, path);
  constexpr std::size_t kNamedMax = 6;
  if (below.names.size() > kNamedMax) {
    below.names.resize(kNamedMax);
    below.names.push_back("...");
  }
  fault.label = below.names.empty() ? path : absl::StrJoin(below.names, ", ");
  if (below.names.size() < 2 || error.fields[index].description != "is required") return fault;
  fault.what = below.all_required ? words("are required") : words("one of these is required");
  return fault;
}

// The sentence for a person, in the reader's language: in Spanish built from the reason and its figures, because the server
// speaks English. Fields are called by their flags, where those are known.
std::string MessageOf(const CallError& error, const Words& words, const Attempted& attempted = {}) {
  std::string message = Printable(error.message);
  if (message.empty()) message = absl::StatusCodeToString(error.code);
  if (const auto fault = error.reason.empty() ? ConnectionFaultOf(message) : std::nullopt) {
    message = words.Choose(fault->english, fault->spanish);
  }
  const bool spanish = words.language() == Language::kSpanish;
  if (!spanish && error.reason == "ACTOR_MISSING") {
    // How a call says who acts is nothing that a person types.
    const auto own_case = error.metadata.find("case");
    return own_case != error.metadata.end() && own_case->second == "PRINCIPAL"
               ? "no person of the organisation is named who asks; --as ORGANIZATION/PERSON names both"
               : "nobody is named who asks; --as ORGANIZATION/PERSON names both";
  }
  if (!spanish && error.reason == "FILTER_INVALID" && message.starts_with("filter: ")) return "--" + message;
  // A status that says more than its first field keeps its own sentence.
  const bool of_fields = !error.fields.empty() && error.message.starts_with(error.fields.front().path + ": ");
  if (!spanish && !of_fields) return EnglishRefusal(error.reason, message, FiguresOf(error, 0));
  if (!error.fields.empty()) {
    const Fault first = FaultOf(error, 0, attempted, words);
    message = absl::StrCat(Printable(first.label), ": ", Printable(first.what));
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
    std::string told = text == nullptr ? EnglishRefusal(violation.type, violation.description, FiguresOf(error, i))
                                       : RefusalText(error, i, violation.type, violation.description);
    if (text != nullptr && !figures.empty()) absl::StrAppend(&told, " ", figures);
    if (sentence.find(told) == std::string::npos) absl::StrAppend(&sentence, "; ", told);
  }
  return sentence;
}

void PrintError(const absl::Status& status, const Attempted& attempted, const Output& output) {
  const CallError error = CallErrorOf(status);
  const std::string advice = AdviceOf(error, attempted, output.words);
  if (output.json) return PrintJson(error, ExitCodeOf(status), advice, attempted, output);

  const Words& words = output.words;
  std::string message = MessageOf(error, words, attempted);
  if (error.not_reached) message = words("the server was not reached: {message}", {{"message", message}});
  output.err << output.Red(words("Error: {message}", {{"message", message}})) << "\n";
  // What is said by the sentence alone is not said again.
  const bool only_field = error.fields.size() == 1 && !absl::StrContains(error.fields.front().path, "[") &&
                          error.message == absl::StrCat(error.fields.front().path, ": ", error.fields.front().description);
  if (!error.fields.empty() && !only_field) output.err << words("Wrong in the request:") << "\n";
  for (std::size_t i = 0; i < error.fields.size() && !only_field; ++i) {
    const CallError::Field& field = error.fields[i];
    const Fault fault = FaultOf(error, i, attempted, words);
    output.err << "  - " << Printable(fault.label) << (fault.label == field.path ? "" : " (" + Printable(field.path) + ")")
               << ": " << Printable(fault.what) << "\n";
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
      output.err << Printable(EnglishRefusal(row.type, row.description, FiguresOf(error, i))) << "\n";
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
