// The calls of one import: many at a time, each of them safe to be sent again by this run or the next.
//
// A write's request id follows from who asks, the method and the request's contents: whatever row, file or run it comes from, the
// same write has the same id, and the ledger carries it out once. A row that was mended makes other requests, with ids of their
// own; rows that were not keep theirs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/client.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {

// The request id of a write of an import. Any id in `request` is left out of it.
std::string ImportRequestId(const std::string& who, const std::string& method, const google::protobuf::Message& request);

// A paper that a rule wants and no source has: it says of itself that it is none. Salt and document are known to everybody (see
// SyntheticDocument), so that everybody can tell it from a real one by hashing.
v1::Evidence SyntheticEvidence(v1::DocumentType type, const std::string& subject);

// The bytes of such a paper: `Synthetic BANK_RECEIPT of projects/p/contributions/c: ...`, and the salt before them.
std::string SyntheticDocument(v1::DocumentType type, const std::string& subject);
std::string SyntheticSalt();

// Calls one server as many organisations. Any thread may call any method.
class ImportSession {
 public:
  // No call is begun once `interrupted` is true; it then ends CANCELLED. All must outlive the session.
  ImportSession(ClientOptions options, const std::atomic<bool>& interrupted)
      : options_(std::move(options)), interrupted_(interrupted) {}

  // Calls `method`, for example `ProjectService.GetProject`, as `who`, `organization/principal`; empty: as the command was
  // started.
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& who, const char* method, const google::protobuf::Message& request) {
    absl::StatusOr<std::unique_ptr<google::protobuf::Message>> response = CallAny(who, method, request);
    if (!response.ok()) return response.status();
    return std::move(dynamic_cast<Response&>(**response));
  }

  // The same for a write: gives it its request id.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Write(const std::string& who, const char* method, Request request) {
    request.set_request_id(ImportRequestId(who, method, request));
    return Call<Response>(who, method, request);
  }

  // Reads all pages of a list and hands on every row.
  template <typename Response, typename Request>
  absl::Status List(const char* method, Request request, const std::function<void(const Response&)>& on_page) {
    request.set_page_size(1'000);
    do {
      absl::StatusOr<Response> page = Call<Response>("", method, request);
      if (!page.ok()) return page.status();
      on_page(*page);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

  // A rule version, `programs/{program}/versions/{version}`; asked for once.
  absl::StatusOr<v1::RuleVersion> Rule(const std::string& name);

  bool interrupted() const { return interrupted_; }
  // How many calls were made.
  int64_t calls() const { return calls_; }

 private:
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> CallAny(const std::string& who, const char* method,
                                                                     const google::protobuf::Message& request);
  const Client& ClientOf(const std::string& who);

  const ClientOptions options_;
  const std::atomic<bool>& interrupted_;
  std::atomic<int64_t> calls_ = 0;
  std::mutex mutex_;
  // By who; one connection serves them all. Under mutex_.
  std::map<std::string, std::unique_ptr<Client>> clients_;
  std::map<std::string, v1::RuleVersion> rules_;
};

}  // namespace oriundo
