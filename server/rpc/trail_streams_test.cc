// Money trails as a caller meets them: many rows, slow callers, callers that go away, and too many at once.
#include "server/rpc/trail_streams.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "oriundo/v1/audit_service.grpc.pb.h"
#include "server/admission/admission.h"
#include "server/queries/stored_ledger.h"
#include "server/rpc/server.h"
#include "server/sequencer/sequencer.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using std::chrono::milliseconds;

constexpr int kOutflows = 6'000;

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &details).ok());
  for (const google::protobuf::Any& packed : details.details()) {
    google::rpc::ErrorInfo info;
    if (packed.UnpackTo(&info)) return info.reason();
  }
  return "none";
}

class TrailStreamsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ledger_ = new StoredLedger;
    ledger_->AddRule("r", {{.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}},
                           {.role = "club", .kind = v1::CLUB}});
    ledger_->AddProject("p", "r", 4 * kOutflows);
    ledger_->Contribute("p", "c1", "club", 2 * kOutflows);
    ledger_->Authorize("p");
    ledger_->Release("p", "r1", "federal", 1, 2 * kOutflows);
    for (int i = 0; i < kOutflows; ++i) ledger_->Spend("p", "e" + std::to_string(i), 2);
  }
  static void TearDownTestSuite() {
    delete ledger_;
    ledger_ = nullptr;
  }

  void Serve(const StreamLimits& limits) {
    sequencer_ = *Sequencer::Start(ledger_->engine(), SystemClock);
    admission_.emplace(*LedgerKey::Load(**ledger_->engine().NewSnapshot()));
    // Over a port: in process there is no flow control to hold a fast server back.
    auto server = RpcServer::Start("127.0.0.1:0", *admission_, *sequencer_, ledger_->engine(), limits);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    audit_ = Stub();
  }

  // A client that takes little ahead of what its reader asks for, as one does whose reader is slow for long.
  std::unique_ptr<v1::AuditService::Stub> Stub() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 16 << 10);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return v1::AuditService::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                                               grpc::InsecureChannelCredentials(), arguments));
  }

  // A stream of the whole project.
  struct Open {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::TrailRow>> rows;
  };
  std::unique_ptr<Open> Trace() {
    auto open = std::make_unique<Open>();
    v1::TraceProjectRequest request;
    request.set_name("projects/p");
    open->rows = audit_->TraceProject(&open->context, request);
    return open;
  }

  // Reads on to the end; how many rows there were.
  static int ReadAll(Open& open, grpc::Status* status) {
    int count = 0;
    for (v1::TrailRow row; open.rows->Read(&row);) ++count;
    *status = open.rows->Finish();
    return count;
  }

  bool AnswersOthers() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetEntryRequest request;
    v1::Entry entry;
    return audit_->GetEntry(&context, request, &entry).ok();
  }

  static StoredLedger* ledger_;
  std::unique_ptr<Sequencer> sequencer_;
  std::optional<Admission> admission_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<v1::AuditService::Stub> audit_;
};

StoredLedger* TrailStreamsTest::ledger_ = nullptr;

TEST_F(TrailStreamsTest, StreamsEveryRowOfALongTrailInOrder) {
  Serve({});
  const auto open = Trace();
  int64_t sum = 0;
  int64_t sequence = 0;
  int count = 0;
  for (v1::TrailRow row; open->rows->Read(&row); ++count) {
    sum += row.amount().minor_units();
    if (row.kind() == v1::SPENT) EXPECT_LE(std::exchange(sequence, row.sequence()), row.sequence());
  }
  EXPECT_TRUE(open->rows->Finish().ok());
  EXPECT_EQ(count, 2 * kOutflows + 2);
  EXPECT_EQ(sum, 4 * kOutflows);
}

TEST_F(TrailStreamsTest, SlowCallersHoldNoThreadAndOneTooManyIsRefused) {
  Serve({.streams_max = 20});
  std::vector<std::unique_ptr<Open>> slow;
  v1::TrailRow row;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(Trace());
    ASSERT_TRUE(slow.back()->rows->Read(&row));
  }
  EXPECT_TRUE(AnswersOthers());
  grpc::Status status;
  EXPECT_EQ(ReadAll(*Trace(), &status), 0);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "TOO_MANY_STREAMS");
  // Each goes on from where it stood.
  EXPECT_EQ(ReadAll(*slow.front(), &status), 2 * kOutflows + 2 - 1);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(TrailStreamsTest, ACallerThatGoesAwayMakesRoomForTheNext) {
  Serve({.streams_max = 1});
  // The server hears of the end of a stream a moment later than its caller.
  const auto trace_once_there_is_room = [&] {
    v1::TrailRow row;
    for (int attempt = 0; attempt < 1'000; ++attempt) {
      auto open = Trace();
      if (open->rows->Read(&row)) return open;
      EXPECT_EQ(ReasonOf(open->rows->Finish()), "TOO_MANY_STREAMS");
      std::this_thread::sleep_for(milliseconds(10));
    }
    return std::unique_ptr<Open>();
  };
  for (int i = 0; i < 5; ++i) {
    const auto gone = trace_once_there_is_room();
    ASSERT_NE(gone, nullptr);
    gone->context.TryCancel();
    grpc::Status status;
    ReadAll(*gone, &status);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
    const auto next = trace_once_there_is_room();
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(ReadAll(*next, &status), 2 * kOutflows + 2 - 1);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_F(TrailStreamsTest, ACallerThatTakesNothingIsCancelledAndItsSnapshotReleased) {
  Serve({.stall_max = milliseconds(300)});
  const auto stalled = Trace();
  v1::TrailRow row;
  ASSERT_TRUE(stalled->rows->Read(&row));
  bool released = false;
  for (int attempt = 0; attempt < 1'000 && !released; ++attempt) {
    std::this_thread::sleep_for(milliseconds(10));
    released = ledger_->engine().Purge({}).ok();  // Which waits for every snapshot.
  }
  EXPECT_TRUE(released);
  grpc::Status status;
  EXPECT_LT(ReadAll(*stalled, &status), 2 * kOutflows);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(TrailStreamsTest, AStreamThatLastsTooLongIsCancelledHoweverBusy) {
  Serve({.life_max = milliseconds(300)});
  const auto open = Trace();
  const auto begin = std::chrono::steady_clock::now();
  v1::TrailRow row;
  while (open->rows->Read(&row) && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  grpc::Status status;
  EXPECT_LT(ReadAll(*open, &status), 2 * kOutflows);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(TrailStreamsTest, AServerThatStopsDoesNotWaitForSlowCallersForEver) {
  Serve({.stall_max = milliseconds(200)});
  const auto slow = Trace();
  v1::TrailRow row;
  ASSERT_TRUE(slow->rows->Read(&row));
  server_->Stop();
  grpc::Status status;
  ReadAll(*slow, &status);
}

}  // namespace
}  // namespace oriundo
