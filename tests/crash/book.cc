#include "tests/crash/book.h"

#include <algorithm>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/cpp/call_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/project_service.pb.h"

namespace oriundo {
namespace {

using google::protobuf::Message;

// Pages as large as the interface gives them.
constexpr int kPageSize = 1'000;

// The contribution's or pledge's entries.
const google::protobuf::RepeatedField<int64_t>& SequencesOf(const Message& answer) {
  if (const auto* pledge = dynamic_cast<const v1::Pledge*>(&answer)) return pledge->entry_sequences();
  return dynamic_cast<const v1::Contribution&>(answer).entry_sequences();
}

// All members of a collection, page by page.
template <typename Response, typename Take>
void ReadPages(const Client& client, const char* method, const std::string& parent, Take take) {
  std::string token;
  do {
    const std::string scope = parent.empty() ? "" : absl::StrCat("parent: \"", parent, "\" ");
    const Call page = MakeRead(method, absl::Substitute(R"($0page_size: $1 page_token: "$2")", scope, kPageSize, token));
    const absl::StatusOr<std::unique_ptr<Message>> answer = client.Call(*page.method, *page.request);
    ASSERT_TRUE(answer.ok()) << method << ": " << answer.status();
    const Response& response = dynamic_cast<const Response&>(**answer);
    take(response);
    token = response.next_page_token();
  } while (!token.empty());
}

}  // namespace

const Client& Clients::As(const std::string& organization) {
  std::unique_ptr<Client>& client = clients_[organization];
  if (client == nullptr) {
    client = std::make_unique<Client>(
        ClientOptions{.address = address_, .organization = organization, .principal = "clerk", .attempts_max = 1});
  }
  return *client;
}

Fate FateOf(const absl::Status& status) {
  const std::string reason = CallErrorOf(status).reason;
  if (reason == "DRAINING" || reason == "QUEUE_FULL" || reason == "STORAGE_FULL" || reason == "STORAGE_UNAVAILABLE")
    return Fate::kTurnedAway;
  if (reason == "JOURNAL_TAIL_UNKNOWN") return Fate::kUnknown;
  // The answer is not the server's: the connection broke or was never made.
  const bool broken = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
  return reason.empty() && broken ? Fate::kUnknown : Fate::kWrong;
}

void Writer::Run(const std::string& address, const std::atomic<bool>& stop) {
  Clients clients(address);
  while (!stop) {
    if (!writes_.empty() && random_() % 16 == 0) {
      // Again, word for word: the first answer must come.
      Write& old = writes_[random_() % writes_.size()];
      const absl::StatusOr<std::unique_ptr<Message>> answer =
          clients.As(old.call.organization).Call(*old.call.method, *old.call.request);
      if (!answer.ok()) {
        EXPECT_NE(FateOf(answer.status()), Fate::kWrong) << "a repeat: " << answer.status();
        return;
      }
      Acknowledge(old, **answer);
    }
    writes_.push_back(NextWrite());
    Write& write = writes_.back();
    const absl::StatusOr<std::unique_ptr<Message>> answer =
        clients.As(write.call.organization).Call(*write.call.method, *write.call.request);
    if (!answer.ok()) {
      write.fate = FateOf(answer.status());
      const CallError error = CallErrorOf(answer.status());
      write.error = absl::StrCat(absl::StatusCodeToString(error.code), " ", error.reason.empty() ? "(no answer)" : error.reason);
      EXPECT_NE(write.fate, Fate::kWrong) << write.name << ": " << answer.status();
      return;
    }
    Acknowledge(write, **answer);
  }
}

void Writer::Acknowledge(Write& write, const Message& answer) {
  const std::string bytes = answer.SerializeAsString();
  if (write.answer) {
    EXPECT_EQ(bytes, *write.answer) << write.name << ": the same request must get the same answer";
    return;
  }
  write.answer = bytes;
  write.sequence = SequencesOf(answer).empty() ? -1 : *SequencesOf(answer).rbegin();
  const auto index = static_cast<std::size_t>(&write - writes_.data());
  if (write.kind == Write::Kind::kDeclare) declared_.push_back(index);
  if (write.kind == Write::Kind::kEvidence) evidenced_.push_back(index);
}

Write Writer::NextWrite() {
  const auto take = [&](std::vector<std::size_t>& from) {
    std::swap(from[random_() % from.size()], from.back());
    const std::size_t index = from.back();
    from.pop_back();
    return index;
  };
  Write write;
  write.request_id = RandomRequestId(random_);
  const int roll = static_cast<int>(random_() % 8);
  if (roll < 2 && !declared_.empty()) {
    const Write& declared = writes_[take(declared_)];
    write.kind = Write::Kind::kEvidence;
    write.name = declared.name;
    write.minor_units = declared.minor_units;
    write.call = MakeCall(
        declared.call.organization, "EvidenceContribution",
        absl::Substitute(R"(name: "$0" evidence { type: BANK_RECEIPT salted_sha256: "0123456789abcdef0123456789abcdef" })",
                         write.name),
        write.request_id);
    return write;
  }
  if (roll < 4 && !evidenced_.empty()) {
    const Write& evidenced = writes_[take(evidenced_)];
    write.kind = Write::Kind::kVerify;
    write.name = evidenced.name;
    write.minor_units = evidenced.minor_units - static_cast<int64_t>(random_() % 2);  // Now and then the bank keeps a centavo.
    write.call =
        MakeCall("organizations/bank", "VerifyContribution",
                 absl::Substitute(R"(name: "$0" credited { currency_code: "MXN" minor_units: $1 } bank_value_date: "2020-05-04"
                                              account { number: "$2" })",
                                  write.name, write.minor_units, WorldAccountOf(write.name.substr(0, write.name.find("/contributions")))),
                 write.request_id);
    return write;
  }
  const int project = 1 + static_cast<int>(random_() % static_cast<uint64_t>(projects_));
  const std::string id = absl::StrCat("w", number_, "-", next_id_++);
  const std::string club = absl::StrCat("organizations/club-", project);
  write.minor_units = 2 + static_cast<int64_t>(random_() % 1'000);
  if (roll == 4) {
    write.kind = Write::Kind::kPledge;
    write.name = absl::StrCat("projects/work-", project, "/pledges/", id);
    write.call = MakeCall(club, "CreatePledge",
                          absl::Substitute(R"(parent: "projects/work-$0" pledge_id: "$1"
                                              pledge { party: "$2" amount { currency_code: "MXN" minor_units: $3 } })",
                                           project, id, club, write.minor_units),
                          write.request_id);
    return write;
  }
  write.kind = Write::Kind::kDeclare;
  write.name = absl::StrCat("projects/work-", project, "/contributions/", id);
  // Some with a memo, so that texts are sealed in the same batches.
  const std::string memo = random_() % 4 == 0 ? "memo: \"raffle at the spring fair\"" : "";
  write.call = MakeCall(club, "DeclareContribution",
                        absl::Substitute(R"(parent: "projects/work-$0" contribution_id: "$1"
                                            contribution { party: "$2" declared { currency_code: "MXN" minor_units: $3 } $4 })",
                                         project, id, club, write.minor_units, memo),
                        write.request_id);
  return write;
}

Book::Book(int writers, int projects, uint64_t seed) : projects_(projects), random_(seed) {
  for (int i = 0; i < writers; ++i) writers_.emplace_back(i, projects, random_());
}

bool Book::PrepareWorld(const std::string& address) {
  Clients clients(address);
  for (const Call& call : AgreedWorldCalls(projects_, random_)) {
    const absl::StatusOr<std::unique_ptr<Message>> answer = clients.As(call.organization).Call(*call.method, *call.request);
    EXPECT_TRUE(answer.ok()) << call.method->name() << ": " << answer.status();
    if (!answer.ok()) return false;
    ++world_entries_;
  }
  return true;
}

void Book::Start(const std::string& address) {
  stop_ = false;
  running_ = static_cast<int>(writers_.size());
  for (Writer& writer : writers_) {
    threads_.emplace_back([this, &writer, address] {
      writer.Run(address, stop_);
      --running_;
    });
  }
}

void Book::Join(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (running_ > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Book::Journal Book::ReadJournal(Clients& clients) const {
  Journal journal;
  int64_t time_us = 0;
  ReadPages<v1::ListEntriesResponse>(
      clients.As("organizations/bank"), "ListEntries", "", [&](const v1::ListEntriesResponse& page) {
        for (const v1::Entry& entry : page.entries()) {
          EXPECT_EQ(entry.sequence(), journal.entries) << "a gap in the journal";
          EXPECT_GT(entry.commit_time_us(), time_us) << "at entry " << entry.sequence();
          time_us = entry.commit_time_us();
          ++journal.entries;
          if (entry.request_id().empty()) continue;
          EXPECT_TRUE(journal.by_request.emplace(entry.request_id(), entry.sequence()).second)
              << "request " << entry.request_id() << " stands twice in the journal, again at " << entry.sequence();
        }
      });
  return journal;
}

void Book::CheckResources(Clients& clients, const Journal& journal) const {
  // What the journal's entries must have made of each resource: its entries, in order.
  std::map<std::string, std::set<int64_t>> wanted;
  for (const Writer& writer : writers_) {
    for (const Write& write : writer.writes()) {
      const auto found = journal.by_request.find(write.request_id);
      if (found != journal.by_request.end()) wanted[write.name].insert(found->second);
    }
  }
  std::map<std::string, std::set<int64_t>> there;
  const auto take = [&](const auto& resource) {
    const std::set<int64_t> sequences(resource.entry_sequences().begin(), resource.entry_sequences().end());
    EXPECT_EQ(sequences.size(), static_cast<std::size_t>(resource.entry_sequences_size())) << resource.name();
    EXPECT_TRUE(there.emplace(resource.name(), sequences).second) << resource.name() << " is listed twice";
  };
  const Client& client = clients.As("organizations/bank");
  for (int project = 1; project <= projects_; ++project) {
    const std::string parent = absl::StrCat("projects/work-", project);
    ReadPages<v1::ListPledgesResponse>(client, "ListPledges", parent, [&](const v1::ListPledgesResponse& page) {
      for (const v1::Pledge& pledge : page.pledges()) take(pledge);
    });
    ReadPages<v1::ListContributionsResponse>(client, "ListContributions", parent, [&](const v1::ListContributionsResponse& page) {
      for (const v1::Contribution& contribution : page.contributions()) {
        take(contribution);
        // Declared, evidenced and verified are one entry each, and none without its own.
        EXPECT_EQ(contribution.evidence_size(), contribution.entry_sequences_size() > 1 ? 1 : 0) << contribution.name();
        EXPECT_EQ(contribution.memo().empty(), contribution.memo_commitment().empty()) << contribution.name();
        EXPECT_EQ(contribution.state() == v1::Contribution::VERIFIED, contribution.entry_sequences_size() == 3)
            << contribution.name();
      }
    });
  }
  EXPECT_EQ(there, wanted) << "what is listed and what the journal says differ";
}

void Book::CheckTotals(Clients& clients) const {
  struct Totals {
    int64_t pledged = 0;
    int64_t declared = 0;
    int64_t verified = 0;
  };
  std::map<std::string, Totals> wanted;
  for (const Writer& writer : writers_) {
    std::map<std::string, int64_t> open;
    for (const Write& write : writer.writes()) {
      Totals& totals = wanted[write.name.substr(0, write.name.find('/', write.name.find('/') + 1))];
      if (write.kind == Write::Kind::kPledge) totals.pledged += write.minor_units;
      if (write.kind == Write::Kind::kDeclare) open[write.name] = write.minor_units;
      if (write.kind == Write::Kind::kDeclare) totals.declared += write.minor_units;
      if (write.kind == Write::Kind::kVerify) totals.declared -= open[write.name];
      if (write.kind == Write::Kind::kVerify) totals.verified += write.minor_units;
    }
  }
  for (const auto& [name, totals] : wanted) {
    const Call read = MakeRead("GetProject", absl::StrCat("name: \"", name, "\""));
    const absl::StatusOr<std::unique_ptr<Message>> answer = clients.As("organizations/bank").Call(*read.method, *read.request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    const v1::Project& project = dynamic_cast<const v1::Project&>(**answer);
    const v1::Party& club = project.parties(1);
    EXPECT_EQ(club.pledged_minor_units(), totals.pledged) << name;
    EXPECT_EQ(club.declared_minor_units(), totals.declared) << name;
    EXPECT_EQ(club.verified_minor_units(), totals.verified) << name;
    int64_t bank = 0;
    int64_t sum = 0;
    for (const v1::AccountBalance& balance : project.balances()) {
      sum += balance.minor_units();
      if (balance.account() == absl::StrCat("assets:", name.substr(name.find('/') + 1), ":bank")) bank = balance.minor_units();
    }
    EXPECT_EQ(bank, totals.verified) << name;
    EXPECT_EQ(sum, 0) << name;
  }
}

void Book::Compare(const std::string& address, bool answered_all) {
  Clients clients(address);
  const Journal journal = ReadJournal(clients);
  int64_t expected = world_entries_;
  for (const Writer& writer : writers_) {
    for (const Write& write : writer.writes()) {
      const auto found = journal.by_request.find(write.request_id);
      const bool there = found != journal.by_request.end();
      expected += there ? 1 : 0;
      if (write.answer) {
        EXPECT_TRUE(there) << "an acknowledged write is lost: " << write.name << ", request " << write.request_id;
        EXPECT_EQ(there ? found->second : write.sequence, write.sequence) << write.name;
      } else {
        EXPECT_FALSE(there && write.fate == Fate::kTurnedAway)
            << write.name << " was refused with " << write.error << " and yet written";
        EXPECT_FALSE(there && answered_all) << write.name << " was written and never answered: " << write.error;
      }
    }
  }
  EXPECT_EQ(journal.entries, expected) << "the journal holds entries that nobody asked for, or lacks some";
  CheckResources(clients, journal);
}

void Book::Settle(const std::string& address, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  Clients clients(address);
  const Journal before = ReadJournal(clients);
  for (Writer& writer : writers_) {
    for (Write& write : writer.writes()) {
      if (write.answer) continue;
      const Client& client = clients.As(write.call.organization);
      for (int answers = 0; answers < 2;) {
        const absl::StatusOr<std::unique_ptr<Message>> answer = client.Call(*write.call.method, *write.call.request);
        if (answer.ok()) {
          writer.Acknowledge(write, **answer);
          ++answers;
        } else {
          ASSERT_LT(std::chrono::steady_clock::now(), deadline) << write.name << ": " << answer.status();
          ASSERT_NE(FateOf(answer.status()), Fate::kWrong) << write.name << ": " << answer.status();
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
      }
      const auto found = before.by_request.find(write.request_id);
      if (found == before.by_request.end()) continue;
      ++written_unanswered_;
      EXPECT_EQ(write.sequence, found->second) << write.name << ": the retry made a second entry";
    }
  }
  Compare(address);
  CheckTotals(clients);
}

int64_t Book::acknowledged() const {
  int64_t count = 0;
  for (const Writer& writer : writers_) {
    count += std::count_if(writer.writes().begin(), writer.writes().end(),
                           [](const Write& write) { return write.answer.has_value(); });
  }
  return count;
}

std::map<std::string, int64_t> Book::errors() const {
  std::map<std::string, int64_t> errors;
  for (const Writer& writer : writers_) {
    for (const Write& write : writer.writes()) {
      if (!write.error.empty()) ++errors[write.error];
    }
  }
  return errors;
}

}  // namespace oriundo
