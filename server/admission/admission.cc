#include "server/admission/admission.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
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
  if (noun == "in_kind") return "in-kinds";
  return noun + "s";
}

// What of a type of message stands for resources or holds texts, worked out once.
struct TypePlan {
  // `{noun}_id` fields, and the collection that each is an id in.
  std::vector<std::pair<const FieldDescriptor*, std::string>> ids;
  // Fields that hold names of resources.
  std::vector<const FieldDescriptor*> names;
  // Fields that hold texts or numbers which no entry may hold, and where their commitments go.
  struct Secret {
    const FieldDescriptor* field;
    const FieldDescriptor* commitment;
    bool is_account;
  };
  std::vector<Secret> secrets;
  std::vector<const FieldDescriptor*> messages;
};

const TypePlan& PlanOf(const Message& message) {
  thread_local std::unordered_map<const google::protobuf::Descriptor*, TypePlan> plans;
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const auto [at, is_new] = plans.try_emplace(&type);
  TypePlan& plan = at->second;
  for (int i = 0; is_new && i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const FieldRow* row = FindFieldRow(field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) plan.messages.push_back(&field);
    if (row == nullptr) continue;
    if (row->grammar == Grammar::kResourceId) {
      plan.ids.emplace_back(&field, CollectionOf(field.name().substr(0, field.name().size() - std::string_view("_id").size())));
    }
    if (row->grammar == Grammar::kResourceName) plan.names.push_back(&field);
    if (row->field_class == FieldClass::kPublic) continue;
    const FieldDescriptor* commitment = type.FindFieldByName(field.name() + "_commitment");
    ORIUNDO_CHECK(commitment != nullptr && !field.is_repeated());
    plan.secrets.push_back({&field, commitment, row->grammar == Grammar::kAccountNumber});
  }
  return plan;
}

// Calls `visit` with every message that stands in `message`, one level below.
template <typename Visit>
void VisitMessages(Message& message, const Visit& visit) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* field : PlanOf(message).messages) {
    if (field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) visit(*reflection.MutableRepeatedMessage(&message, field, i));
    } else if (reflection.HasField(message, field)) {
      visit(*reflection.MutableMessage(&message, field));
    }
  }
}

// Names of the resources that the request creates, by the ids that its caller chose.
std::vector<std::string> NewNames(const Message& request) {
  std::vector<std::string> names;
  const std::string parent = TextOf(request, "parent");
  const std::string prefix = parent.empty() ? "" : parent + "/";
  for (const auto& [field, collection] : PlanOf(request).ids) {
    names.push_back(prefix + collection + "/" + request.GetReflection()->GetString(request, field));
  }
  if (request.GetDescriptor() == v1::CreatePoolRequest::descriptor()) {
    const auto& create = static_cast<const v1::CreatePoolRequest&>(request);
    names.push_back(PoolName(create.parent(), create.pool().funder(), create.pool().fiscal_year()));
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
  for (const TypePlan::Secret& secret : PlanOf(message).secrets) {
    if (!reflection.HasField(message, secret.field)) continue;
    std::string text = reflection.GetString(message, secret.field);
    std::string commitment;
    if (secret.is_account) {
      commitment = call.admission.AccountCommitment(subject, text);  // Kept nowhere: it is only ever compared.
    } else {
      std::string salt = RandomBytes(kSaltBytes);
      commitment = Commitment(salt, text);
      call.command.sealed.push_back({subject, commitment, std::move(salt), std::move(text)});
    }
    reflection.SetString(&message, secret.commitment, std::move(commitment));
    reflection.ClearField(&message, secret.field);
  }
  VisitMessages(message, [&](Message& below) { Seal(below, subject, call); });
}

// Step 4. Nothing that must stay unknown goes on from here.
absl::Status SealTexts(Call& call) {
  Seal(call.request, SubjectOf(call.request), call);
  return absl::OkStatus();
}

// Adds the resource names that stand in `message` and below, and the roots they live under. Tranches have no record of their own.
void CollectNames(Message& message, std::vector<std::string>& names) {
  const Reflection& reflection = *message.GetReflection();
  const auto add = [&](const std::string& name) {
    if (name.empty()) return;
    const std::string_view root = RootOf(name);
    if (root != name) names.emplace_back(root);
    if (!IsResourceName(name, "projects/*/tranches/*")) names.push_back(name);
  };
  std::string scratch;
  for (const FieldDescriptor* field : PlanOf(message).names) {
    if (!field->is_repeated()) {
      add(reflection.GetStringReference(message, field, &scratch));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      add(reflection.GetRepeatedStringReference(message, field, i, &scratch));
    }
  }
  VisitMessages(message, [&](Message& below) { CollectNames(below, names); });
}

// Step 5. What the decision will surely read.
absl::Status NamePrefetch(Call& call) {
  std::vector<std::string>& names = call.command.prefetch;
  names = NewNames(call.request);
  names.push_back(call.command.actor.organization);
  CollectNames(call.request, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
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
