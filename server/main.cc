// oriundod: the ledger server. `oriundod init` makes a ledger, `oriundod serve` serves it, `oriundod erase` forgets the texts of
// a subject.
#include <signal.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/admission/admission.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/rpc/server.h"
#include "server/sequencer/erase.h"
#include "server/sequencer/init_ledger.h"
#include "server/sequencer/sequencer.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "storage/check/quick_check.h"
#include "storage/memory/memory_engine.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

// How the program ends where it could not do what it was told, and where it was told wrongly; 0 otherwise.
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

struct Flags {
  std::string data;
  std::string origin;
  std::string listen = "127.0.0.1:7390";
  std::string engine = "rocksdb";
  std::string port_file;
  std::string subject;
  uint64_t free_disk_bytes_min = RocksDbOptions().free_disk_bytes_min;
};

absl::StatusOr<std::unique_ptr<Engine>> OpenStore(const Flags& flags, bool create) {
  if (flags.data.empty()) return absl::InvalidArgumentError("--data names the ledger's folder");
  RocksDbOptions options;
  options.path = flags.data;
  options.create_if_missing = create;
  options.free_disk_bytes_min = flags.free_disk_bytes_min;
  options.warn = [](const std::string& line) { spdlog::warn("rocksdb: {}", line); };
  return OpenRocksDbEngine(options);
}

absl::Status Init(const Flags& flags) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, OpenStore(flags, /*create=*/true));
  ORIUNDO_RETURN_IF_ERROR(InitLedger(*engine, flags.origin, SystemClock));
  std::printf("The ledger %s is made in %s. Its administrator acts as %s.\n", flags.origin.c_str(), flags.data.c_str(),
              kAdministrator);
  return absl::OkStatus();
}

absl::Status Erase(const Flags& flags) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, OpenStore(flags, /*create=*/false));
  ORIUNDO_ASSIGN_OR_RETURN(const Erasure erasure, EraseSubject(*engine, flags.subject, SystemClock));
  if (erasure.had_secret) {
    std::printf("The secret of %s is destroyed and purged from every file of %s. %lld texts cannot be read any more.\n",
                flags.subject.c_str(), flags.data.c_str(), static_cast<long long>(erasure.texts));
  } else {
    std::printf("%s has no secret: it was erased before, or never had a text. No file of %s holds an earlier one.\n",
                flags.subject.c_str(), flags.data.c_str());
  }
  return absl::OkStatus();
}

// The signals that stop the server; blocked in every thread, and waited for by main.
sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

absl::Status Serve(const Flags& flags) {
  // Before the store is opened: a mistyped port must not lock the ledger, nor wait for its recovery.
  ORIUNDO_RETURN_IF_ERROR(CheckListenAddress(flags.listen));
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::unique_ptr<Engine> engine;
  if (flags.engine == "memory") {
    engine = std::make_unique<MemoryEngine>();
    ORIUNDO_RETURN_IF_ERROR(InitLedger(*engine, "memory.oriundo.example/ledger", SystemClock));
    spdlog::warn("the ledger is in memory: nothing is kept when the server stops");
  } else {
    ORIUNDO_ASSIGN_OR_RETURN(engine, OpenStore(flags, /*create=*/false));
  }
  ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<Snapshot> snapshot, engine->NewSnapshot());
  // Before anything is written on top of it.
  ORIUNDO_RETURN_IF_ERROR(QuickCheck(*snapshot));
  ORIUNDO_ASSIGN_OR_RETURN(LedgerKey key, LedgerKey::Load(*snapshot));
  snapshot.reset();
  const Admission admission(std::move(key));
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Sequencer> sequencer, Sequencer::Start(*engine, SystemClock));
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<RpcServer> server,
                           RpcServer::Start(flags.listen, admission, *sequencer, *engine));

  spdlog::warn("NO ACCESS CONTROL: whoever reaches this port may act for any organisation by naming it in the call metadata; "
               "the server therefore listens on loopback only");
  spdlog::info("listening on port {}", server->port());
  if (!flags.port_file.empty()) {
    // Written whole under another name first, so that nobody reads half a number.
    std::ofstream(flags.port_file + ".new") << server->port() << "\n";
    if (std::rename((flags.port_file + ".new").c_str(), flags.port_file.c_str()) != 0) {
      return absl::UnavailableError("cannot write the port to " + flags.port_file);
    }
  }
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping: finishing what was taken");
  // The sequencer first: it answers all that it took, and what comes after is told to try elsewhere.
  sequencer->Stop();
  server->Stop();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("oriundod", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  Flags flags;
  CLI::App app("The Oriundo ledger server.");
  app.set_version_flag("--version", "oriundod " ORIUNDO_VERSION, "Prints name and version.");
  app.require_subcommand(1);
  CLI::App* init = app.add_subcommand("init", "Makes a new, empty ledger.");
  init->add_option("--data", flags.data, "Folder of the new ledger.")->required();
  init->add_option("--origin", flags.origin, "Name of the ledger for ever, such as ledger.example.org/mine.")->required();
  CLI::App* serve = app.add_subcommand("serve", "Serves a ledger on a loopback port until SIGTERM or SIGINT.");
  serve->add_option("--data", flags.data, "Folder of the ledger.");
  serve->add_option("--listen", flags.listen, "Loopback address and port; port 0 takes a free one.")->capture_default_str();
  serve->add_option("--engine", flags.engine, "Where the ledger is kept: rocksdb, or memory for a trial.")
      ->check(CLI::IsMember({"rocksdb", "memory"}))
      ->capture_default_str();
  serve->add_option("--port-file", flags.port_file, "File to write the port to once calls are taken.");
  CLI::App* erase =
      app.add_subcommand("erase", "Makes all texts of a subject unreadable for good, in a ledger that is not being served.");
  erase->add_option("--data", flags.data, "Folder of the ledger.")->required();
  erase->add_option("--subject", flags.subject, "projects/*, organizations/*, communities/* or programs/*.")->required();
  for (CLI::App* command : {init, serve, erase}) {
    command
        ->add_option("--free-disk-bytes-min", flags.free_disk_bytes_min, "Writes are refused below this much free disk.")
        ->capture_default_str();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help is no mistake; everything else is wrong usage.
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  const absl::Status status = init->parsed() ? Init(flags) : erase->parsed() ? Erase(flags) : Serve(flags);
  if (status.ok()) return 0;
  std::fprintf(stderr, "oriundod: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

}  // namespace
}  // namespace oriundo

int main(int argc, char** argv) { return oriundo::Main(argc, argv); }
