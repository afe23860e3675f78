#include "client/cpp/client.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>

#include "client/cpp/call_error.h"
#include "oriundo/v1/audit_service.grpc.pb.h"
#include "oriundo/v1/directory_service.grpc.pb.h"

namespace oriundo {
namespace {

using google::protobuf::Message;

// Refuses the first calls as often as told, then answers with what it was asked and by whom.
class FakeDirectory : public v1::DirectoryService::Service {
 public:
  grpc::Status CreateOrganization(grpc::ServerContext* context, const v1::CreateOrganizationRequest* request,
                                  v1::Organization* response) override {
    request_ids.push_back(request->request_id());
    if (refusals > 0) {
      --refusals;
      return refusal;
    }
    const auto& metadata = context->client_metadata();
    const auto text = [&](const char* key) {
      const auto found = metadata.find(key);
      return found == metadata.end() ? std::string() : std::string(found->second.data(), found->second.size());
    };
    response->set_name("organizations/" + request->organization_id());
    response->set_display_name(text("oriundo-organization") + "|" + text("oriundo-principal"));
    return grpc::Status::OK;
  }

  int refusals = 0;
  grpc::Status refusal{grpc::StatusCode::UNAVAILABLE, "draining"};
  std::vector<std::string> request_ids;
};

// Streams three rows, or one row and then a failure.
class FakeAudit : public v1::AuditService::Service {
 public:
  grpc::Status TraceProject(grpc::ServerContext*, const v1::TraceProjectRequest* request,
                            grpc::ServerWriter<v1::TrailRow>* writer) override {
    ++calls;
    v1::TrailRow row;
    for (int i = 0; i < 3; ++i) {
      row.set_sequence(i);
      writer->Write(row);
      if (request->name() == "projects/broken") return {grpc::StatusCode::UNAVAILABLE, "lost"};
    }
    return grpc::Status::OK;
  }
  int calls = 0;
};

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&directory_);
    builder.RegisterService(&audit_);
    server_ = builder.BuildAndStart();
    options_.address = "127.0.0.1:" + std::to_string(port_);
    options_.organization = "organizations/club-tekax";
    options_.principal = "treasurer";
    request_.set_request_id("11111111-1111-4111-8111-111111111111");
    request_.set_organization_id("club-x");
  }

  absl::StatusOr<std::unique_ptr<Message>> Create() {
    return Client(options_).Call(*request_.GetDescriptor()->file()->service(0)->FindMethodByName("CreateOrganization"), request_);
  }

  absl::Status Trace(const std::string& name, const std::function<absl::Status(const Message&)>& on_message) {
    v1::TraceProjectRequest request;
    request.set_name(name);
    return Client(options_).Stream(*request.GetDescriptor()->file()->service(0)->FindMethodByName("TraceProject"), request,
                                   on_message);
  }

  int port_ = 0;
  FakeDirectory directory_;
  FakeAudit audit_;
  std::unique_ptr<grpc::Server> server_;
  ClientOptions options_;
  v1::CreateOrganizationRequest request_;
};

TEST_F(ClientTest, SaysWhoIsAsking) {
  const auto response = Create();
  ASSERT_TRUE(response.ok()) << response.status();
  const auto& organization = dynamic_cast<const v1::Organization&>(**response);
  EXPECT_EQ(organization.name(), "organizations/club-x");
  EXPECT_EQ(organization.display_name(), "organizations/club-tekax|treasurer");
}

TEST_F(ClientTest, RetriesUnavailableWithTheSameRequestId) {
  directory_.refusals = 2;
  ASSERT_TRUE(Create().ok());
  EXPECT_THAT(directory_.request_ids, testing::ElementsAre(request_.request_id(), request_.request_id(), request_.request_id()));
}

TEST_F(ClientTest, GivesUpAfterItsAttempts) {
  directory_.refusals = 100;
  options_.attempts_max = 3;
  EXPECT_TRUE(absl::IsUnavailable(Create().status()));
  EXPECT_EQ(directory_.request_ids.size(), 3u);
}

TEST_F(ClientTest, DoesNotRetryARefusalAndKeepsItsDetails) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("NAME_TAKEN");
  details.add_details()->PackFrom(info);
  directory_.refusals = 100;
  directory_.refusal = {grpc::StatusCode::ALREADY_EXISTS, "taken", details.SerializeAsString()};
  const absl::Status status = Create().status();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_EQ(CallErrorOf(status).reason, "NAME_TAKEN");
  EXPECT_EQ(directory_.request_ids.size(), 1u);
}

TEST_F(ClientTest, IsUnavailableWhereNobodyListens) {
  server_->Shutdown();
  options_.attempts_max = 2;
  const absl::Status status = Create().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(CallErrorOf(status).not_reached) << status;
  options_.timeout = absl::Milliseconds(150);
  options_.attempts_max = 100;
  const absl::Status late = Create().status();
  EXPECT_TRUE(CallErrorOf(late).not_reached) << late;
  options_.address = "no-such-host.invalid:1";
  const absl::Status unnamed = Create().status();
  EXPECT_TRUE(CallErrorOf(unnamed).not_reached) << unnamed;
}

TEST_F(ClientTest, DoesNotClaimThatNothingWasSentOnceAServerWasReached) {
  directory_.refusals = 100;
  options_.attempts_max = 2;
  const absl::Status status = Create().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_FALSE(CallErrorOf(status).not_reached) << status;
}

TEST_F(ClientTest, StreamsMessagesInOrder) {
  std::vector<int64_t> sequences;
  const absl::Status status = Trace("projects/p", [&](const Message& message) {
    sequences.push_back(dynamic_cast<const v1::TrailRow&>(message).sequence());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(sequences, testing::ElementsAre(0, 1, 2));
}

TEST_F(ClientTest, NeverRepeatsRowsOfABrokenStream) {
  int rows = 0;
  const absl::Status status = Trace("projects/broken", [&](const Message&) {
    ++rows;
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(audit_.calls, 1);
}

TEST_F(ClientTest, EndsAStreamWhoseReaderHasEnough) {
  const absl::Status status = Trace("projects/p", [](const Message&) { return absl::CancelledError("enough"); });
  EXPECT_EQ(std::string(status.message()), "enough");
}

}  // namespace
}  // namespace oriundo
