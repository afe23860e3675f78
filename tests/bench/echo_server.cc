#include "tests/bench/echo_server.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "echo.grpc.pb.h"
#include "server/base/check.h"

namespace oriundo {
namespace {

struct Waiting {
  const std::string* payload = nullptr;
  grpc::ServerUnaryReactor* reactor = nullptr;
};

// Calls that wait for the next step, handed over all at once. Bounded by what the one client keeps in flight.
class Handover {
 public:
  void Add(const Waiting* begin, const Waiting* end) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.insert(waiting_.end(), begin, end);
    }
    some_.notify_one();
  }

  // Everything that waits; waits itself until there is something.
  std::vector<Waiting> TakeAll() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [&] { return !waiting_.empty(); });
    return std::exchange(waiting_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::vector<Waiting> waiting_;
};

// One thread syncs and one answers, so that the next sync need not wait for the answers to the last; as in server/sequencer, but
// with nothing to decide. Both threads live until the process is killed.
class EchoServer final : public bench::EchoService::CallbackService {
 public:
  explicit EchoServer(const std::string& synced_file)
      : file_(::open(synced_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    ORIUNDO_CHECK(file_ >= 0);
    std::thread([this] { while (true) SyncOnce(); }).detach();
    std::thread([this] {
      while (true) {
        for (const Waiting& call : synced_.TakeAll()) call.reactor->Finish(grpc::Status::OK);
      }
    }).detach();
  }

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const bench::EchoRequest* request,
                                 bench::EchoResponse* response) override {
    grpc::ServerUnaryReactor* reactor = Fill(context, request, response);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* SyncedEcho(grpc::CallbackServerContext* context, const bench::EchoRequest* request,
                                       bench::EchoResponse* response) override {
    grpc::ServerUnaryReactor* reactor = Fill(context, request, response);
    const Waiting call{&request->payload(), reactor};
    unsynced_.Add(&call, &call + 1);
    return reactor;
  }

 private:
  static grpc::ServerUnaryReactor* Fill(grpc::CallbackServerContext* context, const bench::EchoRequest* request,
                                        bench::EchoResponse* response) {
    response->mutable_payload()->assign(static_cast<std::size_t>(request->answer_bytes()), 'x');
    return context->DefaultReactor();
  }

  void SyncOnce() {
    const std::vector<Waiting> calls = unsynced_.TakeAll();
    std::string bytes;
    for (const Waiting& call : calls) bytes += *call.payload;
    ORIUNDO_CHECK(::write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ORIUNDO_CHECK(::fdatasync(file_) == 0);
    synced_.Add(calls.data(), calls.data() + calls.size());
  }

  const int file_;
  Handover unsynced_;
  Handover synced_;
};

}  // namespace

int RunEchoServer(const std::string& port_file, const std::string& synced_file) {
  EchoServer service(synced_file);
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
