// Book keeps account of every write that a test sends to a server which may die at any moment, and compares it with what the
// ledger says afterwards.
//
// A writer sends pledges and contributions (declared, evidenced, verified) one after the other, each under a request id of its
// own, and now and then sends an answered one again. Whatever goes unanswered is remembered and sent again later, until it is
// answered.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "client/cpp/client.h"
#include "oriundo/v1/entry.pb.h"
#include "tests/support/world.h"

namespace oriundo {

// Clients of one server, one per acting organisation. Each call is sent once: retrying is the test's own.
class Clients {
 public:
  explicit Clients(std::string address) : address_(std::move(address)) {}
  const Client& As(const std::string& organization);

 private:
  const std::string address_;
  std::map<std::string, std::unique_ptr<Client>> clients_;
};

// What a call that was not answered OK means for the ledger.
enum class Fate {
  kTurnedAway,  // Certainly nothing was written: the server said so with a reason.
  kUnknown,     // Written or not: the connection broke, or the server itself did not know.
  kWrong,       // An answer that no correct write may get.
};
Fate FateOf(const absl::Status& status);

// One write and what is known of it.
struct Write {
  Call call;
  std::string request_id;
  // The resource it creates or changes, and by what.
  std::string name;
  enum class Kind { kPledge, kDeclare, kEvidence, kVerify } kind = Kind::kPledge;
  int64_t minor_units = 0;
  // The first OK answer, as bytes; and the entry that it names as the last to change the resource.
  std::optional<std::string> answer;
  int64_t sequence = -1;
  // The first answer where that was not OK, as code and reason, and what it means. Empty otherwise.
  std::string error;
  Fate fate = Fate::kUnknown;
};

// One writer's share of the book. Run() on a thread of its own, all else when no Run() is under way.
class Writer {
 public:
  // The writer `number`, from 0, on `projects` projects of the world.
  Writer(int number, int projects, uint64_t seed) : number_(number), projects_(projects), random_(seed) {}

  // Writes until `stop`, or until a write goes unanswered or is turned away.
  void Run(const std::string& address, const std::atomic<bool>& stop);

  // All writes, oldest first. At most the last one has no answer.
  std::vector<Write>& writes() { return writes_; }
  const std::vector<Write>& writes() const { return writes_; }

  // Takes note of an OK answer to `write`. Where it had one already, that must have been the same.
  void Acknowledge(Write& write, const google::protobuf::Message& answer);

 private:
  Write NextWrite();

  const int number_;
  const int projects_;
  std::mt19937_64 random_;
  int next_id_ = 1;
  std::vector<Write> writes_;
  std::vector<std::size_t> declared_;   // Indexes of Declare writes whose contribution has no evidence yet;
  std::vector<std::size_t> evidenced_;  // and of those that are not verified yet.
};

class Book {
 public:
  Book(int writers, int projects, uint64_t seed);

  // Sends the calls that make the world, one after the other, and counts them. False where one of them is not answered OK.
  bool PrepareWorld(const std::string& address);

  // Starts all writers on the server at `address`. REQUIRES: they are not running.
  void Start(const std::string& address);
  // Waits until every writer has met a write that was not answered OK, at most for `patience`: then they are told to stop.
  void Join(std::chrono::milliseconds patience);

  // Compares the ledger behind `address` with the book: what was acknowledged is there once and as answered, what was turned away
  // is not, what is unknown is there wholly or not at all. Where `answered_all`, the server had promised to answer whatever it
  // accepts: nothing unanswered may be there.
  void Compare(const std::string& address, bool answered_all = false);

  // Sends what went unanswered again until it is answered OK, for at most `patience`, and twice then; and compares once more.
  void Settle(const std::string& address, std::chrono::milliseconds patience = {});

  // Writes so far that were answered OK; and answers that were not OK, with how many writes met each.
  int64_t acknowledged() const;
  std::map<std::string, int64_t> errors() const;
  // How many unanswered writes Settle() found written all the same.
  int64_t written_unanswered() const { return written_unanswered_; }

 private:
  struct Journal {
    int64_t entries = 0;
    std::map<std::string, int64_t> by_request;
  };
  Journal ReadJournal(Clients& clients) const;
  void CheckResources(Clients& clients, const Journal& journal) const;
  void CheckTotals(Clients& clients) const;

  const int projects_;
  std::mt19937_64 random_;
  std::vector<Writer> writers_;
  int64_t world_entries_ = 1;  // The ledger's own first entry.
  int64_t written_unanswered_ = 0;

  std::atomic<bool> stop_{false};
  std::atomic<int> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace oriundo
