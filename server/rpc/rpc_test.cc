// The services as a client meets them, in process and on a memory engine.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "oriundo/v1/audit_service.grpc.pb.h"
#include "oriundo/v1/directory_service.grpc.pb.h"
#include "server/admission/admission.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/rpc/errors.h"
#include "server/rpc/server.h"
#include "server/sequencer/init_ledger.h"
#include "server/sequencer/sequencer.h"
#include "storage/memory/memory_engine.h"

namespace oriundo {
namespace {

std::string Uuid(int number) {
  char text[40];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", number);
  return text;
}

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &details).ok());
  return details;
}

template <typename Detail>
std::optional<Detail> DetailOf(const grpc::Status& status) {
  const google::rpc::Status details = DetailsOf(status);
  for (const google::protobuf::Any& packed : details.details()) {
    Detail detail;
    if (packed.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

std::string ReasonOf(const grpc::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "none";
}

v1::CreateOrganizationRequest CreateConsulate(int number, const std::string& id) {
  v1::CreateOrganizationRequest request;
  request.set_request_id(Uuid(number));
  request.set_organization_id(id);
  request.mutable_organization()->set_kind(v1::CONSULATE);
  request.mutable_organization()->set_display_name("Consulado de M\u00e9xico en " + id);
  request.mutable_organization()->set_country_code("MX");
  return request;
}

class RpcTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(InitLedger(engine_, "ledger.example.org/test", SystemClock).ok());
    auto sequencer = Sequencer::Start(engine_, SystemClock);
    ASSERT_TRUE(sequencer.ok());
    sequencer_ = *std::move(sequencer);
    admission_.emplace(*LedgerKey::Load(**engine_.NewSnapshot()));
    auto server = RpcServer::Start("", *admission_, *sequencer_, engine_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = server_->InProcessChannel();
    directory_ = v1::DirectoryService::NewStub(channel_);
  }

  static void ActAs(const std::string& organization, grpc::ClientContext& context) {
    context.AddMetadata("oriundo-organization", organization);
    context.AddMetadata("oriundo-principal", "tester");
  }

  grpc::Status Create(const v1::CreateOrganizationRequest& request, v1::Organization* created,
                      const std::string& actor = "organizations/administrator") {
    grpc::ClientContext context;
    if (!actor.empty()) ActAs(actor, context);
    return directory_->CreateOrganization(&context, request, created);
  }

  // Sends `bytes` to a method whose messages no package here declares, and returns the bytes of the first answer.
  std::string CallRaw(const std::string& method, const std::string& bytes) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto await = [&] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    auto call = stub.PrepareCall(&context, method, &queue);
    call->StartCall(nullptr);
    EXPECT_TRUE(await());
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    EXPECT_TRUE(await());
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    EXPECT_TRUE(await());
    grpc::Slice flat;
    EXPECT_TRUE(answer.DumpToSingleSlice(&flat).ok());
    grpc::Status status;
    call->Finish(&status, nullptr);
    await();
    EXPECT_TRUE(status.ok()) << status.error_message();
    queue.Shutdown();
    return std::string(reinterpret_cast<const char*>(flat.begin()), flat.size());
  }

  MemoryEngine engine_;
  std::unique_ptr<Sequencer> sequencer_;
  std::optional<Admission> admission_;
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::DirectoryService::Stub> directory_;
};

TEST_F(RpcTest, AWriteAnswersWithTheResourceAndItsText) {
  v1::Organization created;
  const grpc::Status status = Create(CreateConsulate(1, "los-angeles"), &created);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(created.name(), "organizations/los-angeles");
  EXPECT_EQ(created.display_name(), "Consulado de M\u00e9xico en los-angeles");
  EXPECT_EQ(created.display_name_commitment().size(), 32u);
  EXPECT_EQ(created.create_sequence(), 1);

  v1::Organization found;
  v1::GetOrganizationRequest get;
  get.set_name(created.name());
  grpc::ClientContext context;  // Reads are public: nobody says who asks.
  ASSERT_TRUE(directory_->GetOrganization(&context, get, &found).ok());
  EXPECT_EQ(found.SerializeAsString(), created.SerializeAsString());
}

TEST_F(RpcTest, ARepeatAnswersWithTheResourceAsItWasTheFirstTime) {
  v1::Organization office, first, again;
  ASSERT_TRUE(Create(CreateConsulate(1, "consulate"), &office).ok());
  v1::CreateOrganizationRequest request = CreateConsulate(2, "federation");
  request.mutable_organization()->set_kind(v1::FEDERATION);
  ASSERT_TRUE(Create(request, &first).ok());

  v1::RegisterOrganizationRequest registration;
  registration.set_request_id(Uuid(3));
  registration.set_name(first.name());
  registration.mutable_registration()->set_folio("A-1");
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2999-12-31");
  grpc::ClientContext context;
  ActAs("consulate", context);
  v1::Organization registered;
  const grpc::Status status = directory_->RegisterOrganization(&context, registration, &registered);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(registered.has_registration());

  ASSERT_TRUE(Create(request, &again).ok());
  EXPECT_FALSE(again.has_registration());
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
}

TEST_F(RpcTest, AnotherBodyUnderTheSameIdIsRefused) {
  v1::Organization created;
  ASSERT_TRUE(Create(CreateConsulate(1, "one"), &created).ok());
  const grpc::Status status = Create(CreateConsulate(1, "two"), &created);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
}

TEST_F(RpcTest, AWriteMustSayWhoActs) {
  v1::Organization created;
  const grpc::Status status = Create(CreateConsulate(1, "one"), &created, /*actor=*/"");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "ACTOR_MISSING");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status)->domain(), "oriundo");
}

TEST_F(RpcTest, BadInputGetsEveryViolationAtOnce) {
  v1::CreateOrganizationRequest request = CreateConsulate(1, "Not An Id");
  request.mutable_organization()->set_country_code("Mexico");
  request.mutable_organization()->clear_display_name();
  v1::Organization created;
  const grpc::Status status = Create(request, &created);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_TRUE(bad_request.has_value());
  ASSERT_EQ(bad_request->field_violations_size(), 3);
  EXPECT_EQ(bad_request->field_violations(0).field(), "organization_id");
  EXPECT_EQ(bad_request->field_violations(1).field(), "organization.display_name");
  EXPECT_EQ(bad_request->field_violations(2).field(), "organization.country_code");
}

TEST_F(RpcTest, AForbiddenActNamesItsReason) {
  v1::Organization created;
  ASSERT_TRUE(Create(CreateConsulate(1, "consulate"), &created).ok());
  const grpc::Status status = Create(CreateConsulate(2, "another"), &created, "consulate");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "ACTOR_NOT_ALLOWED");
}

TEST_F(RpcTest, ReadsRefuseWhatIsMalformedAndWhatIsNotThere) {
  {
    grpc::ClientContext context;
    v1::ListOrganizationsRequest list;
    list.set_page_size(-1);
    v1::ListOrganizationsResponse response;
    EXPECT_EQ(ReasonOf(directory_->ListOrganizations(&context, list, &response)), "INVALID_FIELD");
  }
  grpc::ClientContext context;
  v1::GetOrganizationRequest get;
  get.set_name("organizations/nobody");
  v1::Organization found;
  const grpc::Status status = directory_->GetOrganization(&context, get, &found);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "ORGANIZATION_NOT_FOUND");
}

TEST_F(RpcTest, AStreamEndsWithTheErrorOfItsTrail) {
  const auto audit = v1::AuditService::NewStub(channel_);
  grpc::ClientContext context;
  v1::TraceProjectRequest request;
  request.set_name("projects/nowhere");
  const auto stream = audit->TraceProject(&context, request);
  v1::TrailRow row;
  EXPECT_FALSE(stream->Read(&row));
  EXPECT_EQ(ReasonOf(stream->Finish()), "PROJECT_NOT_FOUND");
}

TEST_F(RpcTest, AStoppingServerSaysThatTheSameCallMayBeTriedAgain) {
  sequencer_->Stop();
  v1::Organization created;
  const grpc::Status status = Create(CreateConsulate(1, "late"), &created);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "DRAINING");
  EXPECT_TRUE(DetailOf<google::rpc::RetryInfo>(status).has_value());
}

TEST_F(RpcTest, RefusesAMessageThatIsTooLarge) {
  grpc::ClientContext context;
  v1::ListOrganizationsRequest list;
  list.set_filter(std::string(kRequestBytesMax, 'x'));
  v1::ListOrganizationsResponse response;
  EXPECT_EQ(directory_->ListOrganizations(&context, list, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RpcTest, HealthIsServed) {
  // HealthCheckResponse{status: SERVING}.
  EXPECT_EQ(CallRaw("/grpc.health.v1.Health/Check", ""), std::string("\x08\x01"));
}

TEST_F(RpcTest, ReflectionListsTheServices) {
  // ServerReflectionRequest{list_services: "*"}.
  const std::string answer = CallRaw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  for (const char* service : {"Directory", "Program", "Project", "Ledger", "Audit"}) {
    EXPECT_NE(answer.find(std::string("oriundo.v1.") + service + "Service"), std::string::npos) << service;
  }
}

TEST_F(RpcTest, ListensOnLoopbackOnly) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0", "127.example.org:0", "127.0.0.1"}) {
    EXPECT_EQ(RpcServer::Start(address, *admission_, *sequencer_, engine_).status().code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
  for (const char* port : {"", "abc", "99999", "65536", "-1", "+80", " 80", "80 ", "0x50", "4294967376", "7390,"}) {
    const absl::Status status = CheckListenAddress(std::string("127.0.0.1:") + port);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << port;
    EXPECT_NE(status.message().find("from 0 to 65535"), std::string_view::npos) << status;
  }
  for (const char* address : {"127.0.0.1:0", "127.0.0.1:65535", "[::1]:7390", "localhost:1"}) {
    EXPECT_TRUE(CheckListenAddress(address).ok()) << address;
  }
  const auto server = RpcServer::Start("127.0.0.1:0", *admission_, *sequencer_, engine_);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
}

TEST(ToGrpcStatus, CutsALongListAndSaysHowMuchIsMissing) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 500; ++i) violations.push_back({"roles[" + std::to_string(i) + "].role", std::string(60, 'x')});
  const grpc::Status status = ToGrpcStatus(FieldsStatus(violations));
  EXPECT_LT(status.error_details().size(), 5'000u);
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_TRUE(bad_request.has_value());
  const int shown = bad_request->field_violations_size();
  EXPECT_GT(shown, 20);
  EXPECT_THAT(bad_request->field_violations(shown - 1).description(),
              testing::EndsWith("(and " + std::to_string(500 - shown) + " more)"));
}

TEST(ToGrpcStatus, GivesAStorageErrorItsPublishedReason) {
  const grpc::Status status = ToGrpcStatus(absl::DataLossError("the record of projects/p does not parse"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "JOURNAL_CORRUPT");
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace oriundo
