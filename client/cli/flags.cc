#include "client/cli/flags.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cli/api.h"
#include "client/cli/enum_words.h"
#include "client/cli/evidence.h"
#include "client/cli/field_words.h"
#include "client/cli/money_text.h"
#include "client/cli/names.h"
#include "client/cpp/call_error.h"
#include "client/cpp/random.h"
#include "google/protobuf/util/time_util.h"
#include "oriundo/v1/field_behavior.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kMinorUnits = "_minor_units";
constexpr std::string_view kMilli = "_milli";
// Where a name may be of several kinds (what to reverse) only its first collection is clear.
constexpr char kAnyOfProject[] = "projects/{project}/{collection}/{id}";

v1::FieldBehavior BehaviorOf(const FieldDescriptor& field) { return field.options().GetExtension(v1::behavior); }
bool IsMessage(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }
bool IsOf(const FieldDescriptor& field, std::string_view message) {
  return IsMessage(field) && field.message_type()->full_name() == message;
}
bool IsMinorUnits(const FieldDescriptor& field) {
  return std::string_view(field.name()).ends_with(kMinorUnits) && !IsMessage(field);
}

// Thousandths of a unit.
bool IsMilli(const FieldDescriptor& field) { return std::string_view(field.name()).ends_with(kMilli) && !IsMessage(field); }
// Fields that a decimal flag stands for beside the plain one.
bool HasDecimal(const FieldDescriptor& field) { return IsMinorUnits(field) || IsMilli(field); }

// Messages that are one value on the command line.
bool IsValue(const FieldDescriptor& field) {
  for (const char* message : {"oriundo.v1.Money", "oriundo.v1.Rate", "oriundo.v1.Reason", "oriundo.v1.Account", "oriundo.v1.BankReference",
                              "oriundo.v1.KnownAt", "oriundo.v1.Evidence"}) {
    if (IsOf(field, message)) return true;
  }
  return false;
}

std::string_view SuffixOf(const FieldDescriptor& field) { return IsMilli(field) ? kMilli : kMinorUnits; }
std::string DecimalName(const FieldDescriptor& field) {
  return field.name().substr(0, field.name().size() - SuffixOf(field).size());
}

// A subject that may be a project, an organisation or a programme.
bool IsAnySubject(const FieldDescriptor& field) {
  const std::string& request = field.containing_type()->name();
  return field.name() == "subject" && (request == "ListEntriesRequest" || request == "ListStatementLinesRequest");
}

// The pattern that a field's short names follow. Where names of several kinds are taken, that of the kind asked for most: its
// short form is `road-1/deposit-1`, the others tell their kind, `road-1/releases/federal-1`.
std::string PatternOf(const FieldDescriptor& field) {
  const std::string& request = field.containing_type()->name();
  if (request == "TraceInflowRequest" && field.name() == "name") return "projects/{project}/contributions/{contribution}";
  if (request == "TraceOutflowRequest" && field.name() == "name") return "projects/{project}/expenditures/{expenditure}";
  if (IsAnySubject(field)) return "projects/{project}";
  std::string pattern = NamePatternOf(field);
  const bool any = field.name() == "name" || field.name() == "target" || field.name() == "matched_with";
  return pattern.empty() && any ? kAnyOfProject : pattern;
}

// What a short name stands for where several kinds are taken, and what to write for the others.
std::string ShortNameHelpOf(const FieldDescriptor& field, const Words& words) {
  const std::string& request = field.containing_type()->name();
  if (request == "TraceInflowRequest" && field.name() == "name")
    return words.Choose(" road-1/deposit-1 is a contribution; write road-1/releases/federal-1 or road-1/repayments/r1 for the "
                        "others.",
                        " road-1/deposit-1 es una aportación; escriba road-1/releases/federal-1 o road-1/repayments/r1 para lo "
                        "demás.");
  if (request == "TraceOutflowRequest" && field.name() == "name")
    return words.Choose(" road-1/invoice-1 is an expenditure; write road-1/refunds/r1 for a refund.",
                        " road-1/invoice-1 es un gasto; escriba road-1/refunds/r1 para un reintegro.");
  if (IsAnySubject(field))
    return words.Choose(" road-1 is a project; write organizations/club-tekax or programs/mx-3x1 for the others.",
                        " road-1 es un proyecto; escriba organizations/club-tekax o programs/mx-3x1 para lo demás.");
  if ((request == "ProposeReversalRequest" && field.name() == "target") || field.name() == "matched_with")
    return words.Choose(" With its kind: road-1/contributions/deposit-1, road-1/releases/federal-1 or "
                        "road-1/expenditures/invoice-1.",
                        " Con su clase: road-1/contributions/deposit-1, road-1/releases/federal-1 o "
                        "road-1/expenditures/invoice-1.");
  return "";
}

std::vector<std::string> ChoicesOf(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
  }
  return names;
}

// The values as one types them, in Spanish each with its word behind it: `CLUB (club)`.
std::vector<std::string> ChoicesInWords(const EnumDescriptor& type, const Words& words) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;
    const std::string word = EnumText(value, words);
    names.push_back(word == value.name() ? value.name() : value.name() + " (" + word + ")");
  }
  return names;
}

std::string Joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) absl::StrAppend(&text, text.empty() ? "" : separator, word);
  return text;
}

// The keys of a message written as `key=value,key=value`.
std::vector<std::string> KeysOf(const Descriptor& message) {
  if (message.full_name() == "oriundo.v1.Evidence") return {"type", "file", "salt", "sha256", "size_bytes"};
  std::vector<std::string> keys;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (BehaviorOf(field) == v1::OUTPUT_ONLY) continue;
    if (HasDecimal(field)) keys.push_back(DecimalName(field));
    keys.push_back(field.name());
  }
  return keys;
}

std::string TypeOf(const FieldDescriptor& field, bool decimal) {
  if (decimal && IsMilli(field)) return "QUANTITY";
  if (decimal || IsOf(field, "oriundo.v1.Money")) return "AMOUNT";
  if (IsOf(field, "oriundo.v1.Rate")) return "RATE";
  if (IsOf(field, "oriundo.v1.KnownAt")) return "SEQUENCE|TIME";
  if (IsOf(field, "oriundo.v1.Account")) return "NUMBER";
  if (IsOf(field, "oriundo.v1.BankReference")) return "TEXT";
  if (IsOf(field, "oriundo.v1.Reason")) return "TEXT";
  if (IsMessage(field)) return "KEY=VALUE,...";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return "VALUE";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return "INTEGER";
    default:
      break;
  }
  if (!PatternOf(field).empty()) return "NAME";
  if (field.name().ends_with("_date") || field.name() == "valid_from" || field.name() == "valid_to" ||
      field.name() == "effective_through") {
    return "DATE";
  }
  if (field.name().ends_with("_id")) return "ID";
  return "TEXT";
}

std::string Dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// What is said of a field of whose name nothing more is known.
constexpr std::string_view kBareName = "Nombre.";

// Whether a flag is needed, as the first sentence of its Spanish help; empty where the interface says nothing.
std::string SpanishNeedOf(const FieldDescriptor& field, bool required, const std::string& prefix) {
  const std::string comment = CommentOf(field);
  if (comment.starts_with("Required.")) {
    if (!required && !prefix.empty()) return "Obligatorio con cualquier --" + Dashed(prefix) + "*. ";
    if (!HasDecimal(field)) return "Obligatorio. ";
    const std::string flag = "--" + Dashed(prefix + DecimalName(field));
    return "Obligatorio: una de " + flag + " y " + flag + Dashed(std::string(SuffixOf(field))) + ". ";
  }
  if (comment.starts_with("Required")) return "Obligatorio en algunos casos. ";
  return comment.starts_with("Optional.") ? "Opcional. " : "";
}

// The Spanish help of a flag: this program's own sentence about it, and where it holds a name, what names look like.
std::string SpanishHelpOf(const FieldDescriptor& field, bool required, const std::string& prefix) {
  if (field.name() == "request_id") return "Opcional. " + SpanishHelp(field);
  const std::string pattern = NamePatternOf(field);
  std::string help = field.name() == "parent" && pattern != "organizations/{organization}" ? "" : SpanishHelp(field);
  // Whose name it is, its form says better than the word.
  if (!pattern.empty() && help == kBareName) help.clear();
  if (!pattern.empty()) help += (help.empty() ? "" : " ") + pattern + ".";
  return SpanishNeedOf(field, required, prefix) + help;
}

// Takes out of the help of a quantity that it is counted in thousandths.
void DropThousandths(std::string& help) {
  for (const std::string_view phrase :
       {", thousandths of its unit: 5,200 m2 are 5200000", ", thousandths of its unit", ", thousandths of the unit",
        ", in thousandths of its "
        "unit", ", in thousandths of the unit", " in thousandths of its unit", " in thousandths of the unit",
        ", en milésimas de su unidad: 5,200 m2 son 5200000", ", en milésimas de su unidad", ", en milésimas de la unidad"}) {
    if (const std::size_t at = help.find(phrase); at != std::string::npos) help.erase(at, phrase.size());
  }
}

// The values that enum keys of a `key=value` flag take: ` type is one of INVOICE, ...`.
std::string ChoicesOfKeys(const Descriptor& message, const Words& words) {
  std::string text;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM || BehaviorOf(field) == v1::OUTPUT_ONLY) continue;
    absl::StrAppend(&text, " ", field.name(), words.Choose(" is one of ", " es uno de "),
                    Joined(ChoicesInWords(*field.enum_type(), words), ", "), ".");
  }
  return text;
}

// `required` as in Flag; `prefix` is not empty where the flag belongs to an optional message.
std::string HelpOf(const FieldDescriptor& field, bool decimal, bool required, const std::string& prefix, const Words& words) {
  const bool spanish = words.language() == Language::kSpanish;
  if (field.name() == "request_id" && !spanish) return "Optional. UUID version 4. Default: a new random one.";
  std::string help;
  if (spanish) {
    help = SpanishHelpOf(field, required, prefix);
  } else {
    help = CommentOf(field);
    if (!required && !prefix.empty() && help.starts_with("Required."))
      help.replace(0, 9, "Required with any --" + Dashed(prefix) + "*.");
    // Two flags stand for one field: one of them is required.
    if (HasDecimal(field) && help.starts_with("Required.")) {
      const std::string flag = "--" + Dashed(prefix + DecimalName(field));
      help.replace(0, 9, "Required: one of " + flag + " and " + flag + Dashed(std::string(SuffixOf(field))) + ".");
    }
  }
  if (decimal && IsMilli(field)) {
    DropThousandths(help);
    help += words.Choose(" A number of units with at most 3 decimals: 1,200.5.",
                         " Un número de unidades con a lo más 3 decimales: 1,200.5.");
  }
  if (decimal && !IsMilli(field)) {
    help += words.Choose(" As an amount in the project's or programme's currency.",
                         " Como importe en la moneda del proyecto o programa.");
  }
  if (spanish && !decimal && IsMinorUnits(field)) help += " En unidades mínimas, como centavos.";
  help += ShortNameHelpOf(field, words);
  if (IsOf(field, "oriundo.v1.Evidence")) {
    help += words.Choose(
        " type=INVOICE,sha256=HEX[,size_bytes=N] or type=INVOICE,file=PATH[,salt=HEX], which hashes the file with a salt and "
        "prints the salt once the ledger has taken it. Without salt=: one that the same --request-id and file give again.",
        " type=INVOICE,sha256=HEX[,size_bytes=N] o type=INVOICE,file=RUTA[,salt=HEX], que resume el archivo con una sal y la "
        "muestra "
        "una vez que el libro lo aceptó. Sin salt=: una que el mismo --request-id y el mismo archivo vuelven a dar.");
    help += ChoicesOfKeys(*field.message_type(), words);
  } else if (IsMessage(field) && !IsValue(field)) {
    help += words.Choose(" Keys: ", " Claves: ") + Joined(KeysOf(*field.message_type()), ", ") +
            words.Choose("; several values of one key with + between them.",
                         "; varios valores de una clave, con + entre ellos.") +
            ChoicesOfKeys(*field.message_type(), words);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    help += words.Choose(" One of ", " Uno de ") + Joined(ChoicesInWords(*field.enum_type(), words), ", ") + ".";
  } else if (IsOf(field, "oriundo.v1.KnownAt")) {
    help += words.Choose(" A sequence of the journal, a time such as 2014-09-10T12:00:00Z, or a day for its end in UTC.",
                         " Un asiento del diario, un momento como 2014-09-10T12:00:00Z, o un día, por su fin en UTC.");
  }
  return help;
}

std::string Singular(const std::string& name) {
  if (name.ends_with("ies")) return name.substr(0, name.size() - 3) + "y";
  if (name.ends_with("s")) return name.substr(0, name.size() - 1);
  return name;
}

void AddFlags(const Descriptor& message, const std::string& prefix, const std::vector<const FieldDescriptor*>& path,
              bool path_required, const Words& words, std::vector<Flag>& flags) {
  bool id_seen = false;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (BehaviorOf(field) == v1::OUTPUT_ONLY) continue;
    std::vector<const FieldDescriptor*> field_path = path;
    field_path.push_back(&field);
    const bool required = path_required && BehaviorOf(field) == v1::REQUIRED;
    if (IsMessage(field) && !IsValue(field) && !field.is_repeated()) {
      AddFlags(*field.message_type(), BehaviorOf(field) == v1::REQUIRED ? prefix : prefix + field.name() + "-", field_path,
               required, words, flags);
      continue;
    }
    const auto add = [&](const std::string& name, bool decimal) {
      Flag& flag = flags.emplace_back();
      flag.name = Dashed(prefix + (field.is_repeated() ? Singular(name) : name));
      flag.path = field_path;
      flag.decimal = decimal;
      flag.required = required;
      flag.type = TypeOf(field, decimal);
      flag.help = HelpOf(field, decimal, required, prefix, words);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) flag.choices = ChoicesOf(*field.enum_type());
      return &flag;
    };
    if (HasDecimal(field)) add(DecimalName(field), true);
    Flag& flag = *add(field.name(), false);
    if (!path.empty() || flag.name == "request-id") continue;
    const bool id = field.name().ends_with("_id") && !id_seen;
    id_seen |= id;
    flag.positional = id || field.name() == "name" || field.name() == "parent" || field.name() == "subject" ||
                      field.name() == "sequence" || field.name() == "rule_version";
  }
}

// `role=club,due=1,413,734.00 MXN` in pairs: a comma parts only where a key follows it. nullopt where the text has another form.
std::optional<std::vector<std::pair<std::string, std::string>>> SplitPairs(const std::string& text) {
  const auto key_length = [&text](std::size_t begin) -> std::size_t {
    std::size_t end = begin;
    while (end < text.size() &&
           ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '_' || (text[end] >= '0' && text[end] <= '9')))
      ++end;
    return end > begin && end < text.size() && text[end] == '=' ? end - begin : 0;
  };
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t begin = 0;
  while (true) {
    const std::size_t length = key_length(begin);
    if (length == 0) return std::nullopt;
    std::size_t end = begin + length + 1;
    while (end < text.size() && !(text[end] == ',' && key_length(end + 1) > 0)) ++end;
    pairs.emplace_back(text.substr(begin, length), text.substr(begin + length + 1, end - begin - length - 1));
    if (end >= text.size()) return pairs;
    begin = end + 1;
  }
}

template <typename Integer>
absl::StatusOr<Integer> ParseInteger(const std::string& text, const Words& words) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    return absl::InvalidArgumentError(words("\"{text}\" is no whole number from {least} to {most}",
                                            {{"text", text},
                                             {"least", absl::StrCat(std::numeric_limits<Integer>::min())},
                                             {"most", absl::StrCat(std::numeric_limits<Integer>::max())}}));
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return absl::InvalidArgumentError(words("\"{text}\" is no whole number", {{"text", text}}));
  }
  return value;
}

absl::StatusOr<const EnumValueDescriptor*> ParseEnum(const EnumDescriptor& type, const std::string& text, const Words& words) {
  std::string name;
  for (const char c : text) name.push_back(c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c);
  const EnumValueDescriptor* value = type.FindValueByName(name);
  if (value == nullptr || value->number() == 0) {
    return absl::InvalidArgumentError(
        words("\"{text}\" is none of {choices}", {{"text", text}, {"choices", Joined(ChoicesOf(type), ", ")}}));
  }
  return value;
}

absl::StatusOr<v1::KnownAt> ParseKnownAt(const std::string& text, const Words& words) {
  v1::KnownAt known_at;
  if (const absl::StatusOr<int64_t> sequence = ParseInteger<int64_t>(text, words); sequence.ok()) {
    known_at.set_sequence(*sequence);
    // A day means its end; the ledger's times are microseconds.
  } else if (!google::protobuf::util::TimeUtil::FromString(text.size() == 10 ? text + "T23:59:59.999999Z" : text,
                                                           known_at.mutable_commit_time())) {
    return absl::InvalidArgumentError(words(
        "\"{text}\" is neither a sequence nor a time like 2014-09-10T12:00:00Z nor a day like 2014-09-10", {{"text", text}}));
  }
  return known_at;
}

absl::StatusOr<std::string> ParseSha256(const std::string& text, const Words& words) {
  const bool hex = std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (!hex || text.size() != 64) return absl::InvalidArgumentError(words("a SHA-256 has 64 hexadecimal digits"));
  return absl::HexStringToBytes(text);
}

// What the parts of a name are called: `project` and `expenditure` of `projects/{project}/expenditures/{expenditure}`.
std::vector<std::string> PartsOf(const std::string& pattern, const Words& words) {
  std::vector<std::string> parts;
  for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1)) {
    const std::string part = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
    const std::string spanish = words.language() == Language::kSpanish ? SpanishFigure(part) : "";
    parts.push_back(spanish.empty() ? part : spanish);
  }
  return parts;
}

// True where the characters are those of an id; how long one may be the server says.
bool LooksLikeId(const std::string& text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Reads the texts of one request.
class Binder {
 public:
  Binder(const FlagContext& context, Message& request) : context_(context), words_(context.words), request_(request) {}

  // Sets or adds one value of `flag`.
  void Set(const Flag& flag, const std::string& text) {
    Message* message = &request_;
    for (std::size_t i = 0; i + 1 < flag.path.size(); ++i) {
      message = message->GetReflection()->MutableMessage(message, flag.path[i]);
    }
    const std::string label = flag.positional ? Upper(flag.name) : "--" + flag.name;
    if (absl::Status status = SetField(*message, flag.field(), flag.decimal, text, label); !status.ok()) {
      problems_.push_back({label, std::string(status.message())});
    }
  }

  // Resolves the amounts that wait for their currency and reports all problems.
  absl::Status Finish() {
    if (problems_.empty() && !moneys_.empty()) ORIUNDO_RETURN_IF_ERROR(SetMoneys());
    if (problems_.empty() && !amounts_.empty()) ORIUNDO_RETURN_IF_ERROR(SetAmounts());
    return problems_.empty() ? absl::OkStatus() : BadFields(problems_);
  }

  static std::string Upper(std::string name) {
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
    return name;
  }

 private:
  // A decimal amount for a field of minor units.
  struct Amount {
    Message* message;
    const FieldDescriptor* field;
    AmountText text;
    std::string label;
  };

  // An amount of money typed without its currency.
  struct Currencyless {
    // What holds the amount.
    const Message* holder;
    v1::Money* money;
    std::string number;
    std::string label;
  };

  absl::Status SetField(Message& message, const FieldDescriptor& field, bool decimal, const std::string& text,
                        const std::string& label) {
    const auto& reflection = *message.GetReflection();
    if (decimal && IsMilli(field)) {
      ORIUNDO_ASSIGN_OR_RETURN(const int64_t milli, ParseQuantityMilli(text, words_));
      field.is_repeated() ? reflection.AddInt64(&message, &field, milli) : reflection.SetInt64(&message, &field, milli);
      return absl::OkStatus();
    }
    if (decimal) {
      ORIUNDO_ASSIGN_OR_RETURN(AmountText amount, SplitAmount(text, words_));
      amounts_.push_back({&message, &field, std::move(amount), label});
      return absl::OkStatus();
    }
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& value =
            field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field);
        if (auto* money = dynamic_cast<v1::Money*>(&value)) return SetMoney(message, *money, text, label);
        return SetMessage(value, field, text, label);
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        ORIUNDO_ASSIGN_OR_RETURN(const int32_t value, ParseInteger<int32_t>(text, words_));
        field.is_repeated() ? reflection.AddInt32(&message, &field, value) : reflection.SetInt32(&message, &field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        ORIUNDO_ASSIGN_OR_RETURN(const int64_t value, ParseInteger<int64_t>(text, words_));
        field.is_repeated() ? reflection.AddInt64(&message, &field, value) : reflection.SetInt64(&message, &field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        ORIUNDO_ASSIGN_OR_RETURN(const EnumValueDescriptor* value, ParseEnum(*field.enum_type(), text, words_));
        field.is_repeated() ? reflection.AddEnum(&message, &field, value) : reflection.SetEnum(&message, &field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false") return absl::InvalidArgumentError(words_("write true or false"));
        reflection.SetBool(&message, &field, text == "true");
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string value = text;
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          ORIUNDO_ASSIGN_OR_RETURN(value, ParseSha256(text, words_));  // All bytes of the interface are SHA-256 digests.
        } else if (const std::string pattern = PatternOf(field); !pattern.empty()) {
          value = ExpandName(pattern, text, BaseOf(message, CollectionOf(pattern)));
          const std::vector<std::string> parts = PartsOf(pattern, words_);
          // The server would not know what was meant; and what follows from it, such as a currency, would be blamed in its place.
          if (!text.empty() && value.find('/') == std::string::npos && parts.size() == 2) {
            return absl::InvalidArgumentError(
                words_("\"{text}\" is one part of the name, {first} or {second}; write both: {one} or {other}",
                       {{"text", text},
                        {"first", parts[0]},
                        {"second", parts[1]},
                        {"one", absl::StrCat(text, "/{", parts[1], "}")},
                        {"other", absl::StrCat("{", parts[0], "}/", text)}}));
          }
        } else if (field.name() == "etag" && !text.starts_with('"')) {
          value = "\"" + text + "\"";  // Shells eat the quotes that an etag stands in.
        }
        field.is_repeated() ? reflection.AddString(&message, &field, value) : reflection.SetString(&message, &field, value);
        return absl::OkStatus();
      }
      default:
        return absl::InvalidArgumentError(words_("this kind of field can only be set with --request"));
    }
  }

  absl::Status SetMoney(const Message& holder, v1::Money& money, const std::string& text, const std::string& label) {
    ORIUNDO_ASSIGN_OR_RETURN(AmountText amount, SplitAmount(text, words_));
    if (amount.currency_code.empty()) {
      moneys_.push_back({&holder, &money, std::move(amount.number), label});
      return absl::OkStatus();
    }
    ORIUNDO_ASSIGN_OR_RETURN(money, ParseMoney(text, words_));
    return absl::OkStatus();
  }

  absl::Status SetMessage(Message& value, const FieldDescriptor& field, const std::string& text, const std::string& label) {
    if (auto* rate = dynamic_cast<v1::Rate*>(&value)) {
      ORIUNDO_ASSIGN_OR_RETURN(*rate, ParseRate(text, words_));
    } else if (auto* reason = dynamic_cast<v1::Reason*>(&value)) {
      reason->set_text(text);
    } else if (auto* account = dynamic_cast<v1::Account*>(&value)) {
      account->set_number(text);
    } else if (auto* reference = dynamic_cast<v1::BankReference*>(&value)) {
      reference->set_reference(text);
    } else if (auto* known_at = dynamic_cast<v1::KnownAt*>(&value)) {
      ORIUNDO_ASSIGN_OR_RETURN(*known_at, ParseKnownAt(text, words_));
    } else {
      return SetPairs(value, field, text, label);
    }
    return absl::OkStatus();
  }

  // A message written as `key=value,key=value`. All wrong keys are reported.
  absl::Status SetPairs(Message& value, const FieldDescriptor& field, const std::string& text, const std::string& label) {
    const Descriptor& type = *value.GetDescriptor();
    const auto pairs = SplitPairs(text);
    if (!pairs.has_value()) {
      return absl::InvalidArgumentError(
          words_("write key=value,key=value with the keys {keys}", {{"keys", Joined(KeysOf(type), ", ")}}));
    }
    auto* evidence = dynamic_cast<v1::Evidence*>(&value);
    for (const auto& [key, item] : *pairs) {
      const std::string item_label = absl::StrCat(label, " ", key);
      absl::Status status;
      const FieldDescriptor* item_field = type.FindFieldByName(evidence != nullptr && key == "sha256" ? "salted_sha256" : key);
      const bool decimal = item_field == nullptr;
      if (decimal) item_field = type.FindFieldByName(key + std::string(kMinorUnits));
      if (decimal && item_field == nullptr) item_field = type.FindFieldByName(key + std::string(kMilli));
      if (evidence != nullptr && key == "file") {
        const auto salt = std::find_if(pairs->begin(), pairs->end(), [](const auto& pair) { return pair.first == "salt"; });
        status = SetFile(*evidence, item, salt == pairs->end() ? nullptr : &salt->second, text);
      } else if (evidence != nullptr && key == "salt") {
        const bool file = std::any_of(pairs->begin(), pairs->end(), [](const auto& pair) { return pair.first == "file"; });
        if (!file) status = absl::InvalidArgumentError(words_("a salt goes with file=PATH; sha256=HEX is salted already"));
      } else if (item_field == nullptr || BehaviorOf(*item_field) == v1::OUTPUT_ONLY) {
        status = absl::InvalidArgumentError(
            words_("no such key; there are {keys}", {{"keys", Joined(KeysOf(*field.message_type()), ", ")}}));
      } else if (item_field->is_repeated()) {
        status = SetParts(value, *item_field, decimal, item, item_label);
      } else {
        status = SetField(value, *item_field, decimal, item, item_label);
      }
      if (!status.ok()) problems_.push_back({item_label, std::string(status.message())});
    }
    return absl::OkStatus();
  }

  // Several values of one key: `5000+10000`.
  absl::Status SetParts(Message& message, const FieldDescriptor& field, bool decimal, const std::string& text,
                        const std::string& label) {
    std::size_t begin = 0;
    while (true) {
      const std::size_t plus = text.find('+', begin);
      ORIUNDO_RETURN_IF_ERROR(SetField(message, field, decimal, text.substr(begin, plus - begin), label));
      if (plus == std::string::npos) return absl::OkStatus();
      begin = plus + 1;
    }
  }

  // `salt_hex` is null where none was given; `text` is the flag's whole text.
  absl::Status SetFile(v1::Evidence& evidence, const std::string& path, const std::string* salt_hex, const std::string& text) {
    ORIUNDO_ASSIGN_OR_RETURN(const std::string document, ReadDocument(path, words_));
    std::string salt;
    if (salt_hex != nullptr) {
      const bool hex = std::all_of(salt_hex->begin(), salt_hex->end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
      if (!hex || salt_hex->size() % 2 != 0 || salt_hex->size() < 32 || salt_hex->size() > 128) {
        return absl::InvalidArgumentError(words_("the salt must be 16 to 64 bytes in hexadecimal digits, two a byte"));
      }
      salt = absl::HexStringToBytes(*salt_hex);
    } else {
      salt = context_.salt_of ? context_.salt_of(document) : RandomBytes(32);
    }
    evidence.MergeFrom(EvidenceOf(salt, document));
    if (context_.documents != nullptr) context_.documents->push_back({path, HexOf(salt), salt_hex == nullptr ? text : ""});
    return absl::OkStatus();
  }

  // The thing of `collection` that the request is about, for names given by their last id alone; empty where none is known.
  std::string BaseOf(const Message& message, std::string_view collection) const {
    for (const Message* holder : {static_cast<const Message*>(&request_), &message}) {
      for (const char* key : {"parent", "name", "program", "rule_version"}) {
        const FieldDescriptor* field = holder->GetDescriptor()->FindFieldByName(key);
        if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) continue;
        const std::string name = holder->GetReflection()->GetString(*holder, field);
        const std::size_t second = name.find('/', name.find('/') + 1);
        if (CollectionOf(name) == collection && name.find('/') != std::string::npos) return name.substr(0, second);
      }
    }
    return "";
  }

  // The messages that are fields of the request.
  std::vector<const Message*> Bodies() const {
    std::vector<const Message*> bodies;
    const Descriptor& type = *request_.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (!IsMessage(field) || field.is_repeated() || !request_.GetReflection()->HasField(request_, &field)) continue;
      bodies.push_back(&request_.GetReflection()->GetMessage(request_, &field));
    }
    return bodies;
  }

  // The currency of the programme or project that the request is about; asked once. Empty where it is about none.
  absl::StatusOr<std::string> SubjectCurrency() {
    if (subject_currency_.has_value() || !context_.currency_of) return subject_currency_.value_or("");
    std::string name = BaseOf(request_, "programs");
    for (const Message* body : Bodies()) {
      if (name.empty()) name = BaseOf(*body, "programs");
    }
    if (name.empty()) name = BaseOf(request_, "projects");
    if (name.empty()) return "";
    ORIUNDO_ASSIGN_OR_RETURN(subject_currency_, context_.currency_of(name));
    return *subject_currency_;
  }

  // The currency of the request's minor units: that of its own money, or else its programme's or project's.
  absl::StatusOr<std::string> Currency() {
    for (const Message* body : Bodies()) {
      if (const auto* money = dynamic_cast<const v1::Money*>(body)) return money->currency_code();
    }
    ORIUNDO_ASSIGN_OR_RETURN(const std::string currency, SubjectCurrency());
    if (currency.empty()) {
      return BadFields(
          {{amounts_.front().label, words_("the currency is not known without the programme; name it, or give minor units")}});
    }
    return currency;
  }

  // The currency of an amount of money that names none. Where it may well be a foreign one nothing is supposed.
  absl::StatusOr<std::string> CurrencyOf(const Currencyless& amount) {
    const auto must_name = [this](const char* why) {
      return absl::InvalidArgumentError(words_("name the currency, as in \"14,000.00 USD\": {why}", {{"why", words_(why)}}));
    };
    if (const auto* transfer = dynamic_cast<const v1::Transfer*>(amount.holder)) {
      if (amount.money == &transfer->paid() || transfer->paid().currency_code().empty())
        return must_name("what the club paid may be in any");
      return transfer->paid().currency_code();
    }
    if (const auto* pledge = dynamic_cast<const v1::Pledge*>(amount.holder); pledge != nullptr && pledge->has_reference_rate())
      return must_name("a pledge with a reference rate is in a foreign one");
    ORIUNDO_ASSIGN_OR_RETURN(const std::string currency, SubjectCurrency());
    if (currency.empty()) return must_name("neither a programme nor a project tells it here");
    return currency;
  }

  absl::Status SetMoneys() {
    for (const Currencyless& amount : moneys_) {
      const absl::StatusOr<std::string> currency = CurrencyOf(amount);
      if (!currency.ok() && !absl::IsInvalidArgument(currency.status())) return currency.status();
      const absl::StatusOr<int64_t> units = currency.ok() ? ToMinorUnits(amount.number, *currency, words_) : currency.status();
      if (!units.ok()) {
        problems_.push_back({amount.label, std::string(units.status().message())});
        continue;
      }
      amount.money->set_currency_code(*currency);
      amount.money->set_minor_units(*units);
    }
    return absl::OkStatus();
  }

  absl::Status SetAmounts() {
    ORIUNDO_ASSIGN_OR_RETURN(const std::string currency, Currency());
    for (const Amount& amount : amounts_) {
      if (!amount.text.currency_code.empty() && amount.text.currency_code != currency) {
        problems_.push_back({amount.label, words_("the currency here is {currency}, not {given}",
                                                  {{"currency", currency}, {"given", amount.text.currency_code}})});
        continue;
      }
      const absl::StatusOr<int64_t> units = ToMinorUnits(amount.text.number, currency, words_);
      const auto& reflection = *amount.message->GetReflection();
      if (!units.ok()) {
        problems_.push_back({amount.label, std::string(units.status().message())});
      } else if (amount.field->is_repeated()) {
        reflection.AddInt64(amount.message, amount.field, *units);
      } else {
        reflection.SetInt64(amount.message, amount.field, *units);
      }
    }
    return absl::OkStatus();
  }

  const FlagContext& context_;
  const Words& words_;
  Message& request_;
  std::vector<Amount> amounts_;
  std::vector<Currencyless> moneys_;
  std::optional<std::string> subject_currency_;
  std::vector<CallError::Field> problems_;
};

}  // namespace

std::vector<Flag> FlagsOf(const Descriptor& request, const Words& words) {
  std::vector<Flag> flags;
  AddFlags(request, "", {}, true, words, flags);
  // What commands beside each other call differently: either name is taken, where it stands for nothing else.
  static constexpr std::pair<std::string_view, std::string_view> kSame[] = {
      {"evidence", "document"},          {"document", "evidence"},
      {"declared", "amount"},            {"credited", "amount"},
      {"reported-quantity", "quantity"}, {"reported-quantity-milli", "quantity-milli"},
  };
  std::set<std::string_view> taken;
  for (const Flag& flag : flags) taken.insert(flag.name);
  for (Flag& flag : flags) {
    for (const auto& [name, alias] : kSame) {
      if (!flag.positional && flag.name == name && taken.insert(alias).second) flag.aliases.emplace_back(alias);
    }
  }
  return flags;
}

absl::Status Bind(const std::vector<Flag>& flags, const FlagTexts& texts, const FlagContext& context, Message& request) {
  Binder binder(context, request);
  // The subject first: other names may lean on it.
  for (const bool positional : {true, false}) {
    for (const Flag& flag : flags) {
      const auto given = texts.find(flag.name);
      if (flag.positional != positional || given == texts.end()) continue;
      for (const std::string& text : given->second) binder.Set(flag, text);
    }
  }
  return binder.Finish();
}

std::string NameFault(const Flag& flag, const std::string& text, const std::string& patterns, const Words& words) {
  const std::string pattern = NamePatternOf(flag.field());
  if (pattern.starts_with("communities/")) return "";
  if (pattern.empty()) {
    // Names of several kinds: `road-1/deposit-1` tells none of them.
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos || !LooksLikeId(text.substr(0, slash)) || !LooksLikeId(text.substr(slash + 1))) return "";
    constexpr std::string_view kBefore = "projects/{id}/";
    std::vector<std::string> names;
    for (std::size_t at = patterns.find(kBefore); at != std::string::npos; at = patterns.find(kBefore, at + 1)) {
      const std::size_t kind = at + kBefore.size();
      const std::string collection = patterns.substr(kind, patterns.find('/', kind) - kind);
      names.push_back(absl::StrCat(text.substr(0, slash + 1), collection, text.substr(slash)));
    }
    return names.size() < 2 ? "" : words("\"{text}\" does not tell its kind; write one of {names}",
                                         {{"text", text}, {"names", Joined(names, ", ")}});
  }
  const std::string name = ExpandName(pattern, text, "");
  const auto slashes = [](const std::string& of) { return std::count(of.begin(), of.end(), '/'); };
  if (CollectionOf(name) != CollectionOf(pattern) || slashes(name) != slashes(pattern)) {
    return words("\"{text}\" is no name as it goes here: {pattern}",
                 {{"text", text}, {"pattern", absl::StrCat("{", Joined(PartsOf(pattern, words), "}/{"), "}")}});
  }
  std::size_t begin = 0;
  for (int index = 0; begin <= name.size(); ++index) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string id = name.substr(begin, end - begin);
    begin = end + 1;
    if (index % 2 == 0 || LooksLikeId(id)) continue;
    return words("\"{text}\" is no id; ids are of small letters, digits and dashes and begin with a letter", {{"text", id}});
  }
  return "";
}

FlagsBelow FlagsBelowPath(const std::vector<Flag>& flags, const std::string& path) {
  std::vector<std::string> all, required;
  for (const Flag& flag : flags) {
    std::string own;
    for (const FieldDescriptor* field : flag.path) absl::StrAppend(&own, own.empty() ? "" : ".", field->name());
    // Of two flags for one field the one that people write.
    if (!own.starts_with(path + ".") || (HasDecimal(flag.field()) && !flag.decimal)) continue;
    all.push_back("--" + flag.name);
    if (flag.required) required.push_back("--" + flag.name);
  }
  const bool any_required = !required.empty();
  return {any_required ? std::move(required) : std::move(all), any_required};
}

std::string FlagOfPath(const std::vector<Flag>& flags, const std::string& path) {
  // Indices do not matter: `project.parties[2].organization` is told by --party.
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    inside = c == '[' || (inside && c != ']');
    if (!inside && c != ']') plain.push_back(c);
  }
  for (const Flag& flag : flags) {
    std::string own;
    for (const FieldDescriptor* field : flag.path) absl::StrAppend(&own, own.empty() ? "" : ".", field->name());
    if (plain == own || plain.starts_with(own + ".")) return flag.positional ? Binder::Upper(flag.name) : "--" + flag.name;
  }
  return "";
}

}  // namespace oriundo
