#include "client/cli/body.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/sentences.h"
#include "client/cpp/call_error.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "oriundo/v1/field_behavior.pb.h"

namespace oriundo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;

// What files hold, by the name of the message.
constexpr std::string_view kKinds[] = {"ImportMapping", "BankStatementMapping", "Manifest"};

std::string FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->options().GetExtension(v1::behavior) != v1::OUTPUT_ONLY) names.push_back(type.field(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

// The enums that fields of this name hold in `type` and all below it.
void AddEnums(const Descriptor& type, const std::string& name, std::set<const Descriptor*>& seen,
              std::set<const google::protobuf::EnumDescriptor*>& enums) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.enum_type() != nullptr && field.name() == name) enums.insert(field.enum_type());
    if (field.message_type() != nullptr) AddEnums(*field.message_type(), name, seen, enums);
  }
}

// What the parser of textproto complains of, in words that one can act on, with its own behind them.
std::string Complaint(const std::string& english, const Descriptor& root, const Words& words) {
  if (const auto figures = MatchSentence("Message type \"{type}\" has no field named \"{field}\".", english)) {
    const Descriptor* type = DescriptorPool::generated_pool()->FindMessageTypeByName(figures->at("type"));
    const std::string& field = figures->at("field");
    if (type != nullptr) {
      std::string text = words("{kind} has no field {field}; its fields are: {fields} (\"{english}\")",
                               {{"kind", type->name()}, {"field", field}, {"fields", FieldNames(*type)}, {"english", english}});
      for (const std::string_view kind : kKinds) {
        const std::string full_name = absl::StrCat("oriundo.v1.", std::string(kind));
        const Descriptor* other = DescriptorPool::generated_pool()->FindMessageTypeByName(full_name);
        if (type != &root || other == nullptr || other == type || other->FindFieldByName(field) == nullptr) continue;
        absl::StrAppend(&text, ". ", words("{field} is a field of {kind}: is it the right file?",
                                           {{"field", field}, {"kind", std::string(kind)}}));
      }
      return text;
    }
  }
  if (const auto figures = MatchSentence("Unknown enumeration value of \"{value}\" for field \"{field}\".", english)) {
    std::set<const Descriptor*> seen;
    std::set<const google::protobuf::EnumDescriptor*> enums;
    AddEnums(root, figures->at("field"), seen, enums);
    std::vector<std::string> choices;
    for (const auto* type : enums) {
      for (int i = 0; i < type->value_count(); ++i) {
        if (type->value(i)->number() != 0) choices.push_back(type->value(i)->name());
      }
    }
    // Where several kinds of fields have the name, which one is meant is not known.
    if (enums.size() == 1) {
      return words("{field} takes no {value}; it takes {choices} (\"{english}\")",
                   {{"field", figures->at("field")},
                    {"value", figures->at("value")},
                    {"choices", absl::StrJoin(choices, ", ")},
                    {"english", english}});
    }
  }
  return words("cannot be read here (\"{english}\")", {{"english", english}});
}

// Gathers the parser's complaints; its lines and columns count from 0.
class Complaints : public google::protobuf::io::ErrorCollector {
 public:
  Complaints(const std::string& path, const Descriptor& root, const Words& words) : path_(path), root_(root), words_(words) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    found.push_back({absl::StrCat(path_, ":", line + 1, ":", column + 1), Complaint(message, root_, words_)});
  }
  std::vector<CallError::Field> found;

 private:
  const std::string& path_;
  const Descriptor& root_;
  const Words& words_;
};

}  // namespace

absl::Status ReadBody(const std::string& path, std::istream& standard_input, google::protobuf::Message& message,
                      const Words& words) {
  std::ifstream file;
  errno = 0;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& stream = path == "-" ? standard_input : file;
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad() || (path != "-" && !file))
    return BadFields({{path, words("cannot be read: {why}", {{"why", FaultOfFile(errno, words)}})}});

  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') {
    const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
    if (status.ok()) return absl::OkStatus();
    const std::string english(status.message().data(), status.message().size());
    return BadFields({{path, words("cannot be read here (\"{english}\")", {{"english", english}})}});
  }
  Complaints complaints(path, *message.GetDescriptor(), words);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  if (parser.ParseFromString(text, &message)) return absl::OkStatus();
  if (complaints.found.empty()) complaints.found.push_back({path, words("is no textproto")});
  return BadFields(complaints.found);
}

}  // namespace oriundo
