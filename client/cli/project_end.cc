#include "client/cli/project_end.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "client/cli/party_statement.h"
#include "oriundo/v1/audit_service.pb.h"

namespace oriundo {
namespace {

// Rows asked for at a time: the most the server gives.
constexpr int kPageSize = 1'000;

}  // namespace

std::optional<v1::Entry> EndOf(const Client& client, const v1::ProjectStatement& statement) {
  const v1::Project::State state = statement.project().state();
  if (state != v1::Project::CANCELLED && state != v1::Project::REJECTED) return std::nullopt;
  v1::ListEntriesRequest request;
  request.set_subject(statement.project().name());
  request.set_page_size(kPageSize);
  request.mutable_known_at()->set_sequence(statement.sequence());
  const auto& list = *request.GetDescriptor()->file()->service(0)->FindMethodByName("ListEntries");
  std::optional<int64_t> ended;
  do {
    const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> response = client.Call(list, request);
    if (!response.ok()) return std::nullopt;
    const auto& page = dynamic_cast<const v1::ListEntriesResponse&>(**response);
    for (const v1::Entry& entry : page.entries()) {
      // The journal of a project holds what other projects did with it, such as a reallocation.
      const bool ends = entry.has_project_cancelled() || entry.has_agreement_lapsed() || entry.has_project_rejected();
      if (ends && entry.project() == statement.project().name()) ended = entry.sequence();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (!ended.has_value()) return std::nullopt;
  // Only an entry asked for by itself comes with its texts.
  v1::GetEntryRequest get;
  get.set_sequence(*ended);
  const auto& method = *get.GetDescriptor()->file()->service(0)->FindMethodByName("GetEntry");
  const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> entry = client.Call(method, get);
  if (!entry.ok()) return std::nullopt;
  return dynamic_cast<const v1::Entry&>(**entry);
}

std::optional<int64_t> CommitSecondsOf(const Client& client, const v1::ProjectStatement& statement) {
  v1::GetEntryRequest get;
  get.set_sequence(statement.sequence());
  const auto& method = *get.GetDescriptor()->file()->service(0)->FindMethodByName("GetEntry");
  const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> entry = client.Call(method, get);
  if (!entry.ok()) return std::nullopt;
  return dynamic_cast<const v1::Entry&>(**entry).commit_time_us() / 1'000'000;
}

v1::ListStatementLinesResponse YearEndLinesOf(const Client& client, const v1::ProjectStatement& statement,
                                              const std::string& age_date) {
  const v1::Project& project = statement.project();
  const v1::Project::State state = project.state() == v1::Project::SUSPENDED ? project.suspended_state() : project.state();
  if (state != v1::Project::AUTHORISED && state != v1::Project::EXECUTING && state != v1::Project::COMPLETED) return {};
  v1::ListStatementLinesRequest request;
  request.set_subject(project.name());
  request.mutable_known_at()->set_sequence(statement.sequence());
  request.set_effective_through(statement.effective_through());
  request.set_age_date(age_date);
  return ReadLines(client, std::move(request)).value_or(v1::ListStatementLinesResponse());
}

}  // namespace oriundo
