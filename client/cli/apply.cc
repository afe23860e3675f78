#include "client/cli/apply.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/body.h"
#include "client/cli/errors.h"
#include "client/cli/names.h"
#include "client/cli/progress.h"
#include "client/cli/repeat.h"
#include "client/cpp/call_error.h"
#include "client/cpp/random.h"
#include "google/protobuf/text_format.h"
#include "oriundo/v1/field_behavior.pb.h"
#include "oriundo/v1/manifest.pb.h"
#include "server/base/message_bytes.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using Item = v1::Manifest::Item;

// One item, told in terms that are the same for all kinds.
struct Step {
  // For people: `organization club-tekax`.
  std::string title;
  // The write.
  const MethodDescriptor* write;
  std::unique_ptr<Message> request;
  // The read that shows whether it is there.
  const MethodDescriptor* read;
  std::unique_ptr<Message> get;
  // What is wanted of it: a field of `request`.
  const Message* wanted;
  // True for a registration, which is a part of what the read returns.
  bool registration = false;
};

enum class Outcome { kApplied, kUnchanged };

const ServiceDescriptor& Directory() { return *v1::CreateOrganizationRequest::descriptor()->file()->service(0); }
const ServiceDescriptor& Programs() { return *v1::CreateProgramRequest::descriptor()->file()->service(0); }

template <typename Get>
std::unique_ptr<Message> GetOf(const std::string& name) {
  auto get = std::make_unique<Get>();
  get->set_name(name);
  return get;
}

// The step of one kind of item: its request, the method that writes it, and how to read what is there.
template <typename Get, typename Request>
Step StepOf(const Request& item, const ServiceDescriptor& service, const char* write, const char* read, const std::string& kind,
            const std::string& name, const Message& (*wanted)(const Request&)) {
  auto request = std::make_unique<Request>(item);
  if (request->request_id().empty()) request->set_request_id(RequestIdOf(item));
  Step step;
  step.title = kind + " " + ShortName(name);
  step.write = service.FindMethodByName(write);
  step.read = service.FindMethodByName(read);
  step.get = GetOf<Get>(name);
  step.wanted = &wanted(*request);
  step.request = std::move(request);
  return step;
}

std::optional<Step> StepOf(const Item& item) {
  switch (item.request_case()) {
    case Item::kCreateOrganization:
      return StepOf<v1::GetOrganizationRequest, v1::CreateOrganizationRequest>(
          item.create_organization(), Directory(), "CreateOrganization", "GetOrganization", "organization",
          "organizations/" + item.create_organization().organization_id(),
          [](const auto& r) -> const Message& { return r.organization(); });
    case Item::kRegisterOrganization: {
      Step step = StepOf<v1::GetOrganizationRequest, v1::RegisterOrganizationRequest>(
          item.register_organization(), Directory(), "RegisterOrganization", "GetOrganization", "registration",
          item.register_organization().name(), [](const auto& r) -> const Message& { return r.registration(); });
      step.registration = true;
      return step;
    }
    case Item::kCreateProgram:
      return StepOf<v1::GetProgramRequest, v1::CreateProgramRequest>(
          item.create_program(), Programs(), "CreateProgram", "GetProgram", "program",
          "programs/" + item.create_program().program_id(), [](const auto& r) -> const Message& { return r.program(); });
    case Item::kPublishRuleVersion:
      return StepOf<v1::GetRuleVersionRequest, v1::PublishRuleVersionRequest>(
          item.publish_rule_version(), Programs(), "PublishRuleVersion", "GetRuleVersion", "rule",
          item.publish_rule_version().parent() + "/versions/" + item.publish_rule_version().rule_version_id(),
          [](const auto& r) -> const Message& { return r.rule_version(); });
    case Item::kCreatePool: {
      const v1::Pool& pool = item.create_pool().pool();
      return StepOf<v1::GetPoolRequest, v1::CreatePoolRequest>(
          item.create_pool(), Programs(), "CreatePool", "GetPool", "pool",
          absl::StrCat(item.create_pool().parent(), "/pools/", ShortName(pool.funder()), "-", pool.fiscal_year()),
          [](const auto& r) -> const Message& { return r.pool(); });
    }
    case Item::REQUEST_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

void CollectDifferences(const Message& wanted, const Message& present, const std::string& prefix,
                        std::vector<std::string>& paths) {
  std::vector<const FieldDescriptor*> fields;
  wanted.GetReflection()->ListFields(wanted, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(v1::behavior) == v1::OUTPUT_ONLY) continue;
    const std::string path = prefix + field->name();
    const auto& reflection = *wanted.GetReflection();
    if (field->is_repeated()) {
      const int size = reflection.FieldSize(wanted, field);
      if (size != reflection.FieldSize(present, field)) {
        paths.push_back(path);
        continue;
      }
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        for (int i = 0; i < size; ++i) {
          CollectDifferences(reflection.GetRepeatedMessage(wanted, field, i), reflection.GetRepeatedMessage(present, field, i),
                             absl::StrCat(path, "[", i, "]."), paths);
        }
        continue;
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CollectDifferences(reflection.GetMessage(wanted, field), reflection.GetMessage(present, field), path + ".", paths);
      continue;
    }
    if (field->name() == "display_name" && reflection.GetString(present, field).empty()) continue;
    // Plain values, one or many: equal where the text of the field is.
    std::string left, right;
    google::protobuf::TextFormat::Printer printer;
    for (int i = field->is_repeated() ? 0 : -1; i < (field->is_repeated() ? reflection.FieldSize(wanted, field) : 0); ++i) {
      printer.PrintFieldValueToString(wanted, field, i, &left);
      printer.PrintFieldValueToString(present, field, i, &right);
      if (left == right) continue;
      paths.push_back(path);
      break;
    }
  }
}

int64_t UpdateSequenceOf(const Message& resource) {
  const FieldDescriptor* field = resource.GetDescriptor()->FindFieldByName("update_sequence");
  return field == nullptr ? 0 : resource.GetReflection()->GetInt64(resource, field);
}

// Applies the items of a run.
class Applier {
 public:
  Applier(const ApplyOptions& options, const Output& output) : options_(options), output_(output) {}

  // Tells the result of one item by `note`.
  absl::StatusOr<Outcome> Run(const Client& client, const Step& step, std::string& note) {
    const absl::StatusOr<std::unique_ptr<Message>> present = client.Call(*step.read, *step.get);
    // Who may not read may still write; the write decides. Anything else but absence ends the item.
    const bool readable = !absl::IsPermissionDenied(present.status()) && !absl::IsUnauthenticated(present.status());
    if (!present.ok() && !absl::IsNotFound(present.status()) && readable) return present.status();
    std::vector<std::string> differences;
    if (present.ok()) {
      differences = Differences(*step.wanted, PartOf(step, **present));
      if (differences.empty()) return Outcome::kUnchanged;
      note = output_.words("differs in {fields}", {{"fields", absl::StrJoin(differences, ", ")}});
    }
    if (options_.dry_run) {
      // A registration is renewed; whatever else exists is never changed by applying.
      return present.ok() && !step.registration ? Outcome::kUnchanged : Outcome::kApplied;
    }
    const absl::StatusOr<std::unique_ptr<Message>> written = client.Call(*step.write, *step.request);
    if (written.ok()) {
      // A repeat of an earlier run is answered with the result it had then, however the thing has changed since.
      const bool repeat = present.ok() && UpdateSequenceOf(**written) <= UpdateSequenceOf(**present);
      if (!repeat) note.clear();
      return repeat ? Outcome::kUnchanged : Outcome::kApplied;
    }
    if (CallErrorOf(written.status()).reason != "NAME_TAKEN") return written.status();
    // Somebody may have made it since it was read.
    const absl::StatusOr<std::unique_ptr<Message>> taken = client.Call(*step.read, *step.get);
    if (taken.ok() && Differences(*step.wanted, PartOf(step, **taken)).empty()) return Outcome::kUnchanged;
    return written.status();
  }

  // The client of who asks for `item`.
  const Client& ClientOf(const Item& item) {
    std::unique_ptr<Client>& client = clients_[item.act_as()];
    if (client == nullptr) {
      ClientOptions options = options_.client;
      if (!item.act_as().empty()) {
        Actor actor = ParseActor(item.act_as());
        options.organization = std::move(actor.organization);
        options.principal = actor.principal.empty() ? options.principal : std::move(actor.principal);
      }
      client = std::make_unique<Client>(std::move(options));
    }
    return *client;
  }

  // After an item: a line where there is no bar, the error where there is one.
  void Tell(const Step& step, const absl::StatusOr<Outcome>& outcome, const std::string& note) {
    const char* word = !outcome.ok()                     ? "refused"
                       : *outcome == Outcome::kUnchanged ? "already there"
                       : options_.dry_run                ? "would be applied"
                                                         : "applied";
    const std::string request_id =
        step.request->GetReflection()->GetString(*step.request, step.request->GetDescriptor()->FindFieldByName("request_id"));
    if (output_.json) {
      const CallError error = CallErrorOf(outcome.status());
      report_.push_back({{"item", step.title},
                         {"outcome", word},
                         {"note", note},
                         {"request_id", request_id},
                         {"reason", error.reason},
                         {"message", error.message}});
      return;
    }
    const bool failed = !outcome.ok();
    if (failed) ClearBar(output_);
    if (failed || !output_.terminal || options_.dry_run) {
      output_.out << output_.words(word) << ": " << Printable(step.title) << (note.empty() ? "" : " (" + note + ")") << std::endl;
    }
    // The ids follow from the contents, so the same command repeats what may be lost.
    if (failed) {
      PrintError(outcome.status(),
                 {.request_id = request_id, .method = {}, .repeat_command = RepeatCommand(options_.arguments, {}, "")}, output_);
    }
  }

  void Summarise(int applied, int unchanged, int refused, int skipped) const {
    if (output_.json) {
      output_.out << nlohmann::ordered_json({{"items", report_},
                                             {"applied", applied},
                                             {"already_there", unchanged},
                                             {"refused", refused},
                                             {"not_tried", skipped},
                                             {"dry_run", options_.dry_run}})
                         .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
      return;
    }
    output_.out << AppliedSentence({applied, unchanged, refused, skipped}, options_.dry_run, output_.words) << "\n";
  }

 private:
  static const Message& PartOf(const Step& step, const Message& resource) {
    return step.registration ? static_cast<const Message&>(dynamic_cast<const v1::Organization&>(resource).registration())
                             : resource;
  }

  const ApplyOptions& options_;
  const Output& output_;
  // By act_as; one connection serves them all.
  std::map<std::string, std::unique_ptr<Client>> clients_;
  nlohmann::ordered_json report_ = nlohmann::ordered_json::array();
};

// All items of all files, in order.
absl::Status ReadManifests(const std::vector<std::string>& files, std::istream& standard_input, v1::Manifest& manifest,
                           const Words& words) {
  for (const std::string& file : files) {
    v1::Manifest part;
    ORIUNDO_RETURN_IF_ERROR(ReadBody(file, standard_input, part, words));
    for (int i = 0; i < part.items_size(); ++i) {
      if (part.items(i).request_case() == Item::REQUEST_NOT_SET) {
        return BadFields({{absl::StrCat(file, ": items[", i, "]"), words("says nothing to create, register or publish")}});
      }
    }
    manifest.MergeFrom(part);
  }
  return absl::OkStatus();
}

}  // namespace

std::string RequestIdOf(const Message& request) {
  const std::unique_ptr<Message> bare(request.New());
  bare->CopyFrom(request);
  if (const FieldDescriptor* field = bare->GetDescriptor()->FindFieldByName("request_id"))
    bare->GetReflection()->ClearField(bare.get(), field);
  std::string bytes = "oriundo apply\n" + bare->GetDescriptor()->full_name() + "\n";
  AppendMessageBytes(*bare, bytes);
  return UuidFromBytes(Sha256(bytes));
}

std::vector<std::string> Differences(const Message& wanted, const Message& present) {
  std::vector<std::string> paths;
  CollectDifferences(wanted, present, "", paths);
  return paths;
}

absl::Status Apply(const ApplyOptions& options, std::istream& standard_input, const Output& output) {
  v1::Manifest manifest;
  if (absl::Status status = ReadManifests(options.files, standard_input, manifest, output.words); !status.ok()) {
    PrintError(status, {}, output);
    return status;
  }
  Applier applier(options, output);
  absl::Status first_error;
  int applied = 0, unchanged = 0, refused = 0, tried = 0;
  for (const Item& item : manifest.items()) {
    const Step step = *StepOf(item);
    ShowBar(tried, manifest.items_size(), step.title, output);
    std::string note;
    const absl::StatusOr<Outcome> outcome = applier.Run(applier.ClientOf(item), step, note);
    ++tried;
    applied += outcome.ok() && *outcome == Outcome::kApplied;
    unchanged += outcome.ok() && *outcome == Outcome::kUnchanged;
    refused += !outcome.ok();
    applier.Tell(step, outcome, note);
    if (outcome.ok()) continue;
    if (first_error.ok()) first_error = outcome.status();
    // Without a server, or with a broken one, the next item fares no better.
    const ExitCode exit_code = ExitCodeOf(outcome.status());
    if (!options.keep_going || exit_code == kExitUnavailable || exit_code == kExitInternal) break;
  }
  ClearBar(output);
  applier.Summarise(applied, unchanged, refused, manifest.items_size() - tried);
  return first_error;
}

}  // namespace oriundo
