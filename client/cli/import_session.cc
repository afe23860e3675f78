#include "client/cli/import_session.h"

#include "absl/strings/str_cat.h"
#include "client/cli/evidence.h"
#include "client/cli/names.h"
#include "client/cpp/random.h"
#include "google/protobuf/descriptor.h"
#include "server/base/message_bytes.h"

namespace oriundo {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::string ImportRequestId(const std::string& who, const std::string& method, const Message& request) {
  const std::unique_ptr<Message> bare(request.New());
  bare->CopyFrom(request);
  if (const FieldDescriptor* field = bare->GetDescriptor()->FindFieldByName("request_id"))
    bare->GetReflection()->ClearField(bare.get(), field);
  std::string bytes = absl::StrCat("oriundo import\n", who, "\n", method, "\n");
  AppendMessageBytes(*bare, bytes);
  return UuidFromBytes(Sha256(bytes));
}

std::string SyntheticSalt() { return Sha256("oriundo import: synthetic document"); }

std::string SyntheticDocument(v1::DocumentType type, const std::string& subject) {
  return absl::StrCat("Synthetic ", v1::DocumentType_Name(type), " of ", subject,
                      ": made by oriundo import; the source has no such paper.\n");
}

v1::Evidence SyntheticEvidence(v1::DocumentType type, const std::string& subject) {
  v1::Evidence evidence = EvidenceOf(SyntheticSalt(), SyntheticDocument(type, subject));
  evidence.set_type(type);
  return evidence;
}

const Client& ImportSession::ClientOf(const std::string& who) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Client>& client = clients_[who];
  if (client == nullptr) {
    ClientOptions options = options_;
    if (!who.empty()) {
      Actor actor = ParseActor(who);
      options.organization = std::move(actor.organization);
      options.principal = actor.principal.empty() ? options.principal : std::move(actor.principal);
    }
    client = std::make_unique<Client>(std::move(options));
  }
  return *client;
}

absl::StatusOr<std::unique_ptr<Message>> ImportSession::CallAny(const std::string& who, const char* method,
                                                                const Message& request) {
  if (interrupted_) return absl::CancelledError("interrupted");
  const MethodDescriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("oriundo.v1.", method));
  ++calls_;
  return ClientOf(who).Call(*descriptor, request);
}

absl::StatusOr<v1::RuleVersion> ImportSession::Rule(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = rules_.find(name); known != rules_.end()) return known->second;
  }
  v1::GetRuleVersionRequest request;
  request.set_name(name);
  absl::StatusOr<v1::RuleVersion> rule = Call<v1::RuleVersion>("", "ProgramService.GetRuleVersion", request);
  if (!rule.ok()) return rule.status();
  const std::lock_guard lock(mutex_);
  rules_[name] = *rule;
  return rule;
}

}  // namespace oriundo
