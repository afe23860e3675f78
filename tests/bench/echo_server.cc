#include "tests/bench/echo_server.h"

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <fstream>

#include "echo.grpc.pb.h"

namespace oriundo {
namespace {

class EchoServer final : public bench::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const bench::EchoRequest* request,
                                 bench::EchoResponse* response) override {
    response->mutable_payload()->assign(static_cast<std::size_t>(request->answer_bytes()), 'x');
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int RunEchoServer(const std::string& port_file) {
  EchoServer service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::ofstream(port_file + ".new") << port << std::endl;
  std::filesystem::rename(port_file + ".new", port_file);
  server->Wait();
  return 0;
}

}  // namespace oriundo
