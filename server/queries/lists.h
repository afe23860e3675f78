// List answers every method that lists resources by name: ListProjects, ListContributions and so on, all alike.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "storage/engine/engine.h"

namespace oriundo {

// Fills `response` with a page of resources in the bytewise order of their names, texts opened.
//
// `request` is any List request of the interface with `page_size`, `page_token`, `filter`, `known_at` and, for what lies below
// another resource, `parent`; `response` its response: the rows, `next_page_token`, `sequence`. Each page shows the moment at
// which it was read. A page may be short, even empty, and not the last: it ends after kPageBytesMax bytes and after looking at
// kRowsExaminedPerPageMax resources. INVALID_FIELD, PAGE_TOKEN_INVALID, FILTER_INVALID, or the parent's NOT_FOUND.
absl::Status List(const Engine& engine, const google::protobuf::Message& request, google::protobuf::Message& response);

// The same with types: List<v1::ListProjectsResponse>(engine, request).
template <typename Response, typename Request>
absl::StatusOr<Response> List(const Engine& engine, const Request& request) {
  Response response;
  if (absl::Status status = List(engine, request, response); !status.ok()) return status;
  return response;
}

// Resources looked at for one page at most, so that a filter that fits nothing cannot read the whole ledger in one call.
inline constexpr int kRowsExaminedPerPageMax = 10'000;

// The accounts of a project that are not zero, in the order of their names.
absl::StatusOr<v1::ListBalancesResponse> ListBalances(const Engine& engine, const v1::ListBalancesRequest& request);

// The entries of a project, organisation or programme, or of the whole journal, oldest first. Every page shows the journal as
// long as it was at the first page. The subject's NOT_FOUND where it does not exist; INVALID_FIELD where it is no top-level
// resource.
absl::StatusOr<v1::ListEntriesResponse> ListEntries(const Engine& engine, const v1::ListEntriesRequest& request);

// One entry. ENTRY_NOT_FOUND where the journal is shorter; INVALID_FIELD where the sequence is negative.
absl::StatusOr<v1::Entry> GetEntry(const Engine& engine, const v1::GetEntryRequest& request);

}  // namespace oriundo
