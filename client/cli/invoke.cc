#include "client/cli/invoke.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/body.h"
#include "client/cli/errors.h"
#include "client/cli/feed.h"
#include "client/cli/evidence.h"
#include "client/cli/names.h"
#include "client/cli/project_end.h"
#include "client/cli/reconciliation.h"
#include "client/cli/render.h"
#include "client/cli/repeat.h"
#include "client/cli/statement.h"
#include "client/cpp/random.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Rows asked for at a time where all are wanted: the most the server gives.
constexpr int kAllPageSize = 1'000;

std::string StringField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

template <typename Resource, typename Request>
absl::StatusOr<Resource> Get(const Client& client, Request request, const char* method, const std::string& name) {
  request.set_name(name);
  const MethodDescriptor& get = *request.GetDescriptor()->file()->service(0)->FindMethodByName(method);
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, client.Call(get, request));
  return dynamic_cast<const Resource&>(*response);
}

void SetStringField(Message& message, const char* name, const std::string& value) {
  message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName(name), value);
}

// The currency of a programme or project.
absl::StatusOr<std::string> CurrencyOfSubject(const Client& client, const std::string& name) {
  if (CollectionOf(name) == "projects") {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Project project, Get<v1::Project>(client, v1::GetProjectRequest(), "GetProject", name));
    return project.currency_code();
  }
  ORIUNDO_ASSIGN_OR_RETURN(const v1::Program program, Get<v1::Program>(client, v1::GetProgramRequest(), "GetProgram", name));
  return program.currency_code();
}

// `projects/p` of `projects/p/pledges/x`.
std::string SubjectOf(const std::string& name) { return name.substr(0, name.find('/', name.find('/') + 1)); }

// Resources whose amounts are in their programme's or project's currency and name none.
bool LacksCurrency(const google::protobuf::Descriptor& resource) {
  static constexpr std::string_view kResources[] = {"Pledge", "RuleVersion", "BankLine", "BankStatement", "Amendment", "Tally"};
  return std::find(std::begin(kResources), std::end(kResources), resource.name()) != std::end(kResources);
}

// What a response leaves to be known: the currency of amounts that name none, such as a pledge's value or a bank line, the
// parties whose money an expenditure drew, and which account is the agreed one. Where it cannot be read the response is shown
// without.
RenderContext ContextOf(const Message& request, const Message& response, const Client& client) {
  RenderContext context;
  if (const auto* preview = dynamic_cast<const v1::PreviewSharesRequest*>(&request)) {
    context.currency_code = preview->total().currency_code();
    return context;
  }
  const std::string& type = response.GetDescriptor()->name();
  const FieldDescriptor* rows = RowsOf(*response.GetDescriptor());
  if (LacksCurrency(rows == nullptr ? *response.GetDescriptor() : *rows->message_type())) {
    const std::string subject = SubjectOf(rows == nullptr ? StringField(response, "name") : StringField(request, "parent"));
    if (!subject.empty()) context.currency_code = CurrencyOfSubject(client, subject).value_or("");
  }

  std::string project;
  const google::protobuf::Descriptor& resource = rows == nullptr ? *response.GetDescriptor() : *rows->message_type();
  const bool of_account = type != "Project" && resource.FindFieldByName("account_commitment") != nullptr;
  if (of_account) project = SubjectOf(rows == nullptr ? StringField(response, "name") : StringField(request, "parent"));
  if (type == "Expenditure") project = SubjectOf(StringField(response, "name"));
  if (const auto* entry = dynamic_cast<const v1::Entry*>(&response); entry != nullptr && entry->has_expenditure_recorded())
    project = entry->project();
  if (project.empty()) return context;
  const auto owner = Get<v1::Project>(client, v1::GetProjectRequest(), "GetProject", project);
  if (!owner.ok()) return context;
  for (const v1::Party& party : owner->parties()) context.parties.push_back(party.organization());
  if (of_account && !owner->former_account_commitments().empty()) context.agreed_account = owner->account_commitment();
  return context;
}

// Fills `request` from file and flags; `documents` gathers what was hashed.
absl::Status BuildRequest(const Invocation& invocation, const Client& client, std::istream& standard_input, Message& request,
                          std::vector<SaltedDocument>& documents, const Words& words) {
  if (!invocation.request_file.empty())
    ORIUNDO_RETURN_IF_ERROR(ReadBody(invocation.request_file, standard_input, request, words));
  // The request id first: the salts follow from it.
  const bool write = request.GetDescriptor()->FindFieldByName("request_id") != nullptr;
  if (const auto given = invocation.texts.find("request-id"); write && given != invocation.texts.end() && !given->second.empty())
    SetStringField(request, "request_id", given->second.front());
  if (write && StringField(request, "request_id").empty()) SetStringField(request, "request_id", RandomUuid());
  const std::string request_id = StringField(request, "request_id");
  std::optional<std::string> secret;
  const auto salt_of = [&secret, &request_id](const std::string& document) {
    if (!secret.has_value()) secret = SaltSecret(ConfigFolder());
    return SaltOf(*secret, request_id, document);
  };
  const FlagContext context{.currency_of = [&client](const std::string& name) { return CurrencyOfSubject(client, name); },
                            .salt_of = salt_of,
                            .documents = &documents,
                            .words = words};
  return Bind(invocation.flags, invocation.texts, context, request);
}

absl::Status Stream(const MethodDescriptor& method, const Message& request, const Client& client, const Output& output) {
  std::vector<v1::TrailRow> rows;
  const absl::Status status = client.Stream(method, request, [&](const Message& message) {
    if (output.json) {
      output.out << JsonOf(message, false) << "\n";
    } else {
      rows.push_back(dynamic_cast<const v1::TrailRow&>(message));
    }
    return absl::OkStatus();
  });
  if (status.ok() && !output.json) RenderTrail(rows, output);
  return status;
}

absl::Status CallOnce(const Invocation& invocation, const MethodDescriptor& method, Message& request, const Client& client,
                      const Output& output) {
  // A reconciliation in half is none.
  const auto given = [&](const char* flag) {
    const auto found = invocation.texts.find(flag);
    return found != invocation.texts.end() && !found->second.empty();
  };
  const bool wants_pages = given("page-size") || given("page-token");
  const bool all_pages = invocation.all_pages || (request.GetDescriptor() == v1::ReconcileBoxRequest::descriptor() && !wants_pages);
  if (all_pages) {
    const FieldDescriptor* page_size = request.GetDescriptor()->FindFieldByName("page_size");
    if (request.GetReflection()->GetInt32(request, page_size) == 0)
      request.GetReflection()->SetInt32(&request, page_size, kAllPageSize);
  }
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, client.Call(method, request));
  while (all_pages && !StringField(*response, "next_page_token").empty()) {
    SetStringField(request, "page_token", StringField(*response, "next_page_token"));
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> page, client.Call(method, request));
    SetStringField(*response, "next_page_token", "");
    if (auto* box = dynamic_cast<v1::ReconcileBoxResponse*>(response.get())) box->clear_accounts();  // The same on every page.
    response->MergeFrom(*page);  // Rows are added; what else a page says is that of the last.
  }
  const auto* reconciliation = dynamic_cast<const v1::ReconcileBoxResponse*>(response.get());
  if (output.json) {
    output.out << JsonOf(*response, true) << "\n";
  } else if (reconciliation != nullptr) {
    RenderReconciliation(*reconciliation, StringField(request, "name"), output);
  } else if (const auto* statement = dynamic_cast<const v1::ProjectStatement*>(response.get())) {
    const std::optional<v1::Entry> ended = EndOf(client, *statement);
    RenderStatement(*statement, output, ended.has_value() ? &*ended : nullptr, CommitSecondsOf(client, *statement));
    const bool now = !given("known-at") && !given("effective-through");
    const std::string today = absl::FormatTime("%E4Y-%m-%d", absl::Now(), absl::UTCTimeZone());
    RenderYearEnd(YearEndLinesOf(client, *statement, now ? today : ""), output);
  } else if (const auto* feed = dynamic_cast<const v1::ListOrganizationFeedResponse*>(response.get())) {
    RenderFeed(*feed, StringField(request, "name"), output);
  } else if (const auto* items = dynamic_cast<const v1::ListBoxItemsResponse*>(response.get())) {
    RenderBoxItems(*items, output);
  } else {
    Render(*response, ContextOf(request, *response, client), output);
    if (const auto* contribution = dynamic_cast<const v1::Contribution*>(response.get())) RenderDifference(*contribution, output);
    const bool list = response->GetDescriptor() == v1::ListReleasesResponse::descriptor();
    if (list || response->GetDescriptor() == v1::Release::descriptor()) {
      const std::string name = SubjectOf(list ? StringField(request, "parent") : StringField(*response, "name"));
      const auto project = Get<v1::Project>(client, v1::GetProjectRequest(), "GetProject", name);
      if (project.ok()) RenderYearEndReturns(*response, *project, output);
    }
  }
  if (reconciliation != nullptr) return DifferenceOf(*reconciliation);
  return absl::OkStatus();
}

}  // namespace

absl::Status Invoke(const Invocation& invocation, std::istream& standard_input, const Output& output) {
  const MethodDescriptor& method = MethodOf(*invocation.command);
  const std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  const Client client(invocation.client);
  std::vector<SaltedDocument> documents;
  absl::Status status = BuildRequest(invocation, client, standard_input, *request, documents, output.words);
  Attempted attempted{.flags = invocation.flags, .texts = invocation.texts, .method = std::string(invocation.command->method)};
  if (status.ok()) {
    attempted.request_id = StringField(*request, "request_id");
    if (!attempted.request_id.empty())
      attempted.repeat_command = RepeatCommand(invocation.arguments, documents, attempted.request_id);
    status = method.server_streaming() ? Stream(method, *request, client, output)
                                       : CallOnce(invocation, method, *request, client, output);
  }
  if (!status.ok()) {
    if (!IsDifference(status)) PrintError(status, attempted, output);
    return status;
  }
  for (const SaltedDocument& document : documents) {
    output.err << output.words("Document {path}: salt {salt}", {{"path", Printable(document.path)}, {"salt", document.salt}})
               << "\n";
  }
  if (!documents.empty()) {
    output.err << output.words("Keep the salt with the document: both prove what was recorded. The ledger has neither.") << "\n";
  }
  return status;
}

}  // namespace oriundo
