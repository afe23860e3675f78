#include "server/admission/admission.h"

#include <algorithm>
#include <set>
#include <vector>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/admission/shape.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/ledger/field_table.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kEnd("\0", 1);  // Between the parts of what is hashed; no part contains it.

// A call on its way through the steps.
struct Call {
  const Admission& admission;
  const LedgerKey& key;
  const Caller& caller;
  std::string_view method;
  Message& request;
  Command& command;
};

std::string Join(std::string_view first, std::string_view second) {
  std::string joined(first);
  joined.append(kEnd).append(second);
  return joined;
}

// The text under a field of the request itself, or empty.
std::string TextOf(const Message& request, const std::string& field_name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(field_name);
  if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) return {};
  return request.GetReflection()->GetString(request, field);
}

// The collection that `{noun}_id` of a Create request is an id in: each noun's plural.
std::string CollectionOf(const std::string& noun) {
  if (noun == "rule_version") return "versions";
  return noun + "s";
}

// Names of the resources that the request creates, by the ids that its caller chose.
std::vector<std::string> NewNames(const Message& request) {
  std::vector<std::string> names;
  const std::string parent = TextOf(request, "parent");
  const std::string prefix = parent.empty() ? "" : parent + "/";
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *request.GetDescriptor()->field(i);
    const FieldRow* row = FindFieldRow(field);
    if (row == nullptr || row->grammar != Grammar::kResourceId) continue;
    const std::string noun = field.name().substr(0, field.name().size() - std::string_view("_id").size());
    names.push_back(prefix + CollectionOf(noun) + "/" + TextOf(request, field.name()));
  }
  if (const auto* create = dynamic_cast<const v1::CreatePoolRequest*>(&request)) {
    names.push_back(PoolName(create->parent(), create->pool().funder(), create->pool().fiscal_year()));
  }
  return names;
}

// The top-level resource that the request is about: whose texts these are.
std::string SubjectOf(const Message& request) {
  for (const char* field : {"name", "parent"}) {
    if (const std::string name = TextOf(request, field); !name.empty()) return std::string(RootOf(name));
  }
  const std::vector<std::string> names = NewNames(request);
  ORIUNDO_CHECK(!names.empty());
  return std::string(RootOf(names.front()));
}

// Step 1. Who acts.
absl::Status Identify(Call& call) {
  std::string organization = call.caller.organization;
  if (IsResourceId(organization)) organization = "organizations/" + organization;
  if (!IsResourceName(organization, "organizations/*")) {
    return ReasonStatus(v1::ACTOR_MISSING,
                        "the call metadata `oriundo-organization` must name the acting organisation, organizations/{id}",
                        {{"metadata_key", "oriundo-organization"}});
  }
  if (!IsResourceId(call.caller.principal)) {
    return ReasonStatus(v1::ACTOR_MISSING,
                        "the call metadata `oriundo-principal` must name the acting person by the id that its organisation gave: "
                        "a lower-case letter, then up to 62 lower-case letters, digits and hyphens",
                        {{"metadata_key", "oriundo-principal"}});
  }
  call.command.actor.principal = call.key.Pseudonym("principal", Join(organization, call.caller.principal));
  call.command.actor.organization = std::move(organization);
  return absl::OkStatus();
}

// Step 2. Whether the request is well formed.
absl::Status RequireShape(Call& call) {
  const std::vector<FieldViolation> violations = CheckShape(call.request);
  return violations.empty() ? absl::OkStatus() : FieldsStatus(violations);
}

// Step 3. What tells a repeat from another request under the same id: everything but the id, texts included.
absl::Status TakeDigest(Call& call) {
  const FieldDescriptor* id = call.request.GetDescriptor()->FindFieldByName("request_id");
  ORIUNDO_CHECK(id != nullptr);
  const Reflection& reflection = *call.request.GetReflection();
  std::string request_id = reflection.GetString(call.request, id);
  reflection.ClearField(&call.request, id);
  std::string body = Join(call.method, "");
  {
    google::protobuf::io::StringOutputStream stream(&body);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    ORIUNDO_CHECK(call.request.SerializeToCodedStream(&coded));
  }
  call.command.digest = call.key.Digest("request", body);
  std::transform(request_id.begin(), request_id.end(), request_id.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c; });
  reflection.SetString(&call.request, id, request_id);
  call.command.request_id = std::move(request_id);
  return absl::OkStatus();
}

// Replaces every text that may not stand in an entry, in `message` and below.
void Seal(Message& message, const std::string& subject, Call& call) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
          Seal(*reflection.MutableRepeatedMessage(&message, field, i), subject, call);
        }
      } else {
        Seal(*reflection.MutableMessage(&message, field), subject, call);
      }
      continue;
    }
    const FieldRow* row = FindFieldRow(*field);
    if (row == nullptr || row->field_class == FieldClass::kPublic) continue;
    const FieldDescriptor* sibling = message.GetDescriptor()->FindFieldByName(field->name() + "_commitment");
    ORIUNDO_CHECK(sibling != nullptr && !field->is_repeated());
    std::string text = reflection.GetString(message, field);
    std::string commitment;
    if (row->grammar == Grammar::kAccountNumber) {
      commitment = call.admission.AccountCommitment(subject, text);  // Kept nowhere: it is only ever compared.
    } else {
      std::string salt = RandomBytes(kSaltBytes);
      commitment = Commitment(salt, text);
      call.command.sealed.push_back({subject, commitment, std::move(salt), std::move(text)});
    }
    reflection.SetString(&message, sibling, std::move(commitment));
    reflection.ClearField(&message, field);
  }
}

// Step 4. Nothing that must stay unknown goes on from here.
absl::Status SealTexts(Call& call) {
  Seal(call.request, SubjectOf(call.request), call);
  return absl::OkStatus();
}

// Adds the resource names that stand in `message` and below, and the roots they live under. Tranches have no record of their own.
void CollectNames(const Message& message, std::set<std::string>& names) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const FieldRow* row = FindFieldRow(*field);
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CollectNames(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                          : reflection.GetMessage(message, field),
                     names);
      } else if (row != nullptr && row->grammar == Grammar::kResourceName) {
        const std::string name =
            field->is_repeated() ? reflection.GetRepeatedString(message, field, i) : reflection.GetString(message, field);
        if (!IsResourceName(name, "projects/*/tranches/*")) names.insert(name);
        names.insert(std::string(RootOf(name)));
      }
    }
  }
}

// Step 5. What the decision will surely read.
absl::Status NamePrefetch(Call& call) {
  std::set<std::string> names{call.command.actor.organization};
  CollectNames(call.request, names);
  for (std::string& name : NewNames(call.request)) names.insert(std::move(name));
  call.command.prefetch.assign(names.begin(), names.end());
  return absl::OkStatus();
}

// The order of the checks: identity, permission, shape, room (design notes, section 2). Each step may refuse; a step that
// authenticates, authorises, scans texts or counts a quota takes its place here.
using Step = absl::Status (*)(Call&);
constexpr Step kSteps[] = {Identify, RequireShape, TakeDigest, SealTexts, NamePrefetch};

}  // namespace

absl::Status Admission::Prepare(const Caller& caller, std::string_view method, Message& request, Command& command) const {
  command.method = std::string(method);
  command.size_bytes = request.ByteSizeLong();
  Call call{*this, key_, caller, method, request, command};
  for (const Step step : kSteps) ORIUNDO_RETURN_IF_ERROR(step(call));
  return absl::OkStatus();
}

absl::Status Admission::AdmitRead(Message& request) {
  const std::vector<FieldViolation> violations = CheckShape(request);
  return violations.empty() ? absl::OkStatus() : FieldsStatus(violations);
}

std::string Admission::AccountCommitment(std::string_view project, std::string_view number) const {
  const std::string bytes = Join(project, number);
  return key_.Digest("account", bytes) + key_.Digest("account, second half", bytes);
}

}  // namespace oriundo
