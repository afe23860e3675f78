#include "client/cli/invoke.h"

#include <memory>
#include <utility>

#include "client/cli/body.h"
#include "client/cli/errors.h"
#include "client/cli/render.h"
#include "client/cli/statement.h"
#include "client/cpp/random.h"
#include "oriundo/v1/program_service.pb.h"
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

void SetStringField(Message& message, const char* name, const std::string& value) {
  message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName(name), value);
}

// The currency of amounts that the response does not name: that of the request's own money.
std::string CurrencyOfRequest(const Message& request) {
  const auto* preview = dynamic_cast<const v1::PreviewSharesRequest*>(&request);
  return preview == nullptr ? "" : preview->total().currency_code();
}

absl::StatusOr<std::string> CurrencyOfProgram(const Client& client, const std::string& program) {
  v1::GetProgramRequest request;
  request.set_name(program);
  const MethodDescriptor& get = *request.GetDescriptor()->file()->service(0)->FindMethodByName("GetProgram");
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, client.Call(get, request));
  return dynamic_cast<const v1::Program&>(*response).currency_code();
}

// Fills `request` from file and flags.
absl::Status BuildRequest(const Invocation& invocation, const Client& client, std::istream& standard_input, const Output& output,
                          Message& request) {
  if (!invocation.request_file.empty()) ORIUNDO_RETURN_IF_ERROR(ReadBody(invocation.request_file, standard_input, request));
  const FlagContext context{.currency_of = [&client](const std::string& program) { return CurrencyOfProgram(client, program); },
                            .notes = &output.err};
  ORIUNDO_RETURN_IF_ERROR(Bind(invocation.flags, invocation.texts, context, request));
  if (request.GetDescriptor()->FindFieldByName("request_id") != nullptr && StringField(request, "request_id").empty()) {
    SetStringField(request, "request_id", RandomUuid());
  }
  return absl::OkStatus();
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
  if (invocation.all_pages) {
    const FieldDescriptor* page_size = request.GetDescriptor()->FindFieldByName("page_size");
    if (request.GetReflection()->GetInt32(request, page_size) == 0)
      request.GetReflection()->SetInt32(&request, page_size, kAllPageSize);
  }
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, client.Call(method, request));
  while (invocation.all_pages && !StringField(*response, "next_page_token").empty()) {
    SetStringField(request, "page_token", StringField(*response, "next_page_token"));
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Message> page, client.Call(method, request));
    SetStringField(*response, "next_page_token", "");
    response->MergeFrom(*page);  // Rows are added; what else a page says is that of the last.
  }
  if (output.json) {
    output.out << JsonOf(*response, true) << "\n";
  } else if (const auto* statement = dynamic_cast<const v1::ProjectStatement*>(response.get())) {
    RenderStatement(*statement, output);
  } else {
    Render(*response, CurrencyOfRequest(request), output);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Invoke(const Invocation& invocation, std::istream& standard_input, const Output& output) {
  const MethodDescriptor& method = MethodOf(*invocation.command);
  const std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  const Client client(invocation.client);
  absl::Status status = BuildRequest(invocation, client, standard_input, output, *request);
  Attempted attempted{.flags = invocation.flags};
  if (status.ok()) {
    attempted.request_id = StringField(*request, "request_id");
    status = method.server_streaming() ? Stream(method, *request, client, output)
                                       : CallOnce(invocation, method, *request, client, output);
  }
  if (!status.ok()) PrintError(status, attempted, output);
  return status;
}

}  // namespace oriundo
