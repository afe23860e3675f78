#include "server/admission/admission.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "oriundo/v1/field_behavior.pb.h"
#include "server/admission/account_form.h"
#include "server/admission/shape.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/message_bytes.h"
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

// The collection that `{noun}_id` of a Create request is an id in: each noun's plural.
std::string CollectionOf(const std::string& noun) {
  if (noun == "rule_version") return "versions";
  if (noun == "in_kind") return "in-kinds";
  return noun + "s";
}

// The field of this name, where it is a single text; null otherwise.
const FieldDescriptor* TextField(const google::protobuf::Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  return field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING ? nullptr : field;
}

// What of a type of message stands for resources or holds texts, worked out once.
struct TypePlan {
  // The texts `name`, `parent` and `request_id`; null where the type has none.
  const FieldDescriptor* name = nullptr;
  const FieldDescriptor* parent = nullptr;
  const FieldDescriptor* request_id = nullptr;
  // `{noun}_id` fields, and the collection that each is an id in.
  std::vector<std::pair<const FieldDescriptor*, std::string>> ids;
  // Fields that hold names of resources.
  std::vector<const FieldDescriptor*> names;
  // Fields that hold texts or numbers which no entry may hold, and where their commitments go.
  struct Secret {
    const FieldDescriptor* field;
    const FieldDescriptor* commitment;
    // Only ever compared: a keyed digest takes its place, and it is kept nowhere.
    bool is_compared;
    // What the digest is of, so that none of one kind equals one of another.
    const char* kind;
    // Where the name goes that the number has in every project of the ledger; null where it has none.
    const FieldDescriptor* use;
    // Where it goes in which form the number is written; null where that is not told.
    const FieldDescriptor* form;
  };
  std::vector<Secret> secrets;
  std::vector<const FieldDescriptor*> messages;
};

const TypePlan& PlanOf(const Message& message) {
  thread_local std::unordered_map<const google::protobuf::Descriptor*, TypePlan> plans;
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const auto [at, is_new] = plans.try_emplace(&type);
  TypePlan& plan = at->second;
  if (is_new) {
    plan.name = TextField(type, "name");
    plan.parent = TextField(type, "parent");
    plan.request_id = TextField(type, "request_id");
  }
  for (int i = 0; is_new && i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const FieldRow* row = FindFieldRow(field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) plan.messages.push_back(&field);
    if (row == nullptr) continue;
    if (row->grammar == Grammar::kResourceId) {
      plan.ids.emplace_back(&field, CollectionOf(field.name().substr(0, field.name().size() - std::string_view("_id").size())));
    }
    // What callers cannot name need not be fetched.
    const bool is_output = field.options().GetExtension(v1::behavior) == v1::OUTPUT_ONLY;
    if (row->grammar == Grammar::kResourceName && !is_output) plan.names.push_back(&field);
    if (row->field_class == FieldClass::kPublic) continue;
    const FieldDescriptor* commitment = type.FindFieldByName(field.name() + "_commitment");
    ORIUNDO_CHECK(commitment != nullptr && !field.is_repeated());
    const bool is_reference = row->grammar == Grammar::kBankReference;
    const bool is_account = row->grammar == Grammar::kAccountNumber;
    plan.secrets.push_back({&field, commitment, is_reference || is_account, is_reference ? "bank reference" : "account",
                            is_account ? type.FindFieldByName("use") : nullptr,
                            is_account ? type.FindFieldByName("form") : nullptr});
  }
  return plan;
}

// The text under a field that PlanOf gave, or empty.
std::string TextOf(const Message& request, const FieldDescriptor* field) {
  return field == nullptr ? std::string() : request.GetReflection()->GetString(request, field);
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
  const TypePlan& plan = PlanOf(request);
  for (const auto& [field, collection] : plan.ids) {
    std::string name = TextOf(request, plan.parent);
    if (!name.empty()) name += '/';
    names.push_back(std::move(name.append(collection).append("/").append(TextOf(request, field))));
  }
  if (request.GetDescriptor() == v1::CreatePoolRequest::descriptor()) {
    const auto& create = static_cast<const v1::CreatePoolRequest&>(request);
    names.push_back(PoolName(create.parent(), create.pool().funder(), create.pool().fiscal_year()));
  }
  return names;
}

// The top-level resource that the request is about: whose texts these are.
std::string SubjectOf(const Message& request) {
  const TypePlan& plan = PlanOf(request);
  for (const FieldDescriptor* field : {plan.name, plan.parent}) {
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
                        {{"metadata_key", "oriundo-organization"},
                         {"case", "ORGANIZATION"}});
  }
  if (!IsResourceId(call.caller.principal)) {
    return ReasonStatus(v1::ACTOR_MISSING,
                        "the call metadata `oriundo-principal` must name the acting person by the id that its organisation gave: "
                        "a lower-case letter, then up to 62 lower-case letters, digits and hyphens",
                        {{"metadata_key", "oriundo-principal"},
                         {"case", "PRINCIPAL"}});
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
  const FieldDescriptor* id = PlanOf(call.request).request_id;
  ORIUNDO_CHECK(id != nullptr);
  const Reflection& reflection = *call.request.GetReflection();
  std::string request_id = reflection.GetString(call.request, id);
  reflection.ClearField(&call.request, id);
  std::string body = Join(call.method, "");
  AppendMessageBytes(call.request, body);
  call.command.digest = call.key.Digest("request", body);
  std::transform(request_id.begin(), request_id.end(), request_id.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c; });
  reflection.SetString(&call.request, id, request_id);
  call.command.request_id = std::move(request_id);
  return absl::OkStatus();
}

// Replaces every text that may not stand in an entry, in `message` and below.
void Seal(Message& message, Call& call) {
  const Reflection& reflection = *message.GetReflection();
  for (const TypePlan::Secret& secret : PlanOf(message).secrets) {
    if (!reflection.HasField(message, secret.field)) continue;
    std::string text = reflection.GetString(message, secret.field);
    const std::string subject = SubjectOf(call.request);
    std::string commitment;
    if (secret.form != nullptr) reflection.SetEnumValue(&message, secret.form, AccountFormOf(text));
    if (secret.use != nullptr) reflection.SetString(&message, secret.use, call.admission.AccountUseName(text));
    if (secret.is_compared) {
      commitment = call.admission.KeyedCommitment(secret.kind, subject, text);
    } else {
      std::string salt = RandomBytes(kSaltBytes);
      commitment = Commitment(salt, text);
      call.command.sealed.push_back({subject, commitment, std::move(salt), std::move(text)});
    }
    reflection.SetString(&message, secret.commitment, std::move(commitment));
    reflection.ClearField(&message, secret.field);
  }
  VisitMessages(message, [&](Message& below) { Seal(below, call); });
}

// Step 4. Nothing that must stay unknown goes on from here.
absl::Status SealTexts(Call& call) {
  Seal(call.request, call);
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
  return KeyedCommitment("account", project, number);
}

std::string Admission::AccountUseName(std::string_view number) const {
  return "accounts/a" + key_.Pseudonym("account of the ledger", number);
}

std::string Admission::KeyedCommitment(const std::string& kind, std::string_view project, std::string_view text) const {
  const std::string bytes = Join(project, text);
  return key_.Digest(kind, bytes) + key_.Digest(kind + ", second half", bytes);
}

}  // namespace oriundo
