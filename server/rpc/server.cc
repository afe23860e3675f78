#include "server/rpc/server.h"

#include <charconv>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/rpc/audit_service.h"
#include "server/rpc/calls.h"
#include "server/rpc/directory_service.h"
#include "server/rpc/ledger_service.h"
#include "server/rpc/program_service.h"
#include "server/rpc/project_service.h"
#include "server/rpc/read_pool.h"

namespace oriundo {
namespace {

// How long calls under way may take once the server stops.
constexpr std::chrono::seconds kDrainTime{20};

class GrpcServer final : public RpcServer {
 public:
  GrpcServer(const Admission& admission, Sequencer& sequencer, const Engine& engine, const StreamLimits& limits)
      : calls_(admission, sequencer, engine, reads_, limits) {
    services_.push_back(NewDirectoryService(calls_));
    services_.push_back(NewProgramService(calls_));
    services_.push_back(NewProjectService(calls_));
    services_.push_back(NewLedgerService(calls_));
    services_.push_back(NewAuditService(calls_));
  }

  ~GrpcServer() override { Stop(); }

  absl::Status Listen(const std::string& address) {
    static std::once_flag plugins_known;  // To all servers of the process.
    std::call_once(plugins_known, [] {
      grpc::EnableDefaultHealthCheckService(true);
      grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    });
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(kRequestBytesMax);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax);
    // A second server on the same port would take half of the calls unnoticed.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // Idle clients are told apart from dead ones, and may ask often enough to notice a dead server.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 120'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
    if (!address.empty()) builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || (!address.empty() && port_ == 0)) {
      return absl::UnavailableError("cannot listen on " + address + "; another program may have taken the port");
    }
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  std::shared_ptr<grpc::Channel> InProcessChannel() override { return server_->InProcessChannel(grpc::ChannelArguments()); }

  void Stop() override {
    if (server_ == nullptr) return;
    if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(false);
    server_->Shutdown(std::chrono::system_clock::now() + kDrainTime);
    server_->Wait();
    server_.reset();
  }

 private:
  ReadPool reads_;
  Calls calls_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace

absl::Status CheckListenAddress(std::string_view address) {
  const std::string cannot = "cannot listen on \"" + std::string(address) + "\": ";
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return absl::InvalidArgumentError(cannot + "write address and port, 127.0.0.1:PORT");
  const std::string_view host = address.substr(0, colon);
  const bool loopback = host == "localhost" || host == "[::1]" ||
                        (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
  if (!loopback) {
    return absl::InvalidArgumentError(cannot +
                                      "until access control is there the server listens on loopback only, 127.0.0.1:PORT");
  }
  // gRPC would take 99999 as another port, and an empty one as that of HTTPS.
  const std::string_view port = address.substr(colon + 1);
  int number = -1;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number < 0 || number > 65'535) {
    return absl::InvalidArgumentError(cannot + "the port must be a number from 0 to 65535; 0 takes a free one");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const std::string& address, const Admission& admission,
                                                            Sequencer& sequencer, const Engine& engine,
                                                            const StreamLimits& limits) {
  if (!address.empty()) ORIUNDO_RETURN_IF_ERROR(CheckListenAddress(address));
  auto server = std::make_unique<GrpcServer>(admission, sequencer, engine, limits);
  if (absl::Status status = server->Listen(address); !status.ok()) return status;
  return server;
}

}  // namespace oriundo
