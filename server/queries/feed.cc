#include "server/queries/feed.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/queries/page.h"
#include "server/queries/reader.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Where an organisation stands.
struct Standing {
  v1::OrganizationKind kind = v1::ORGANIZATION_KIND_UNSPECIFIED;
  std::string parent;
  std::string successor;
};

absl::StatusOr<std::map<std::string, Standing>> ReadStandings(const Reader& reader) {
  std::map<std::string, Standing> standings;
  const KeyRange range = CollectionRange("organizations");
  absl::Status problem;
  ORIUNDO_RETURN_IF_ERROR(reader.snapshot().Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
    const auto take = [&]() -> absl::Status {
      const std::optional<std::string> name = ParseRecordKey(key);
      if (!name.has_value()) return absl::DataLossError("a record's key does not parse");
      ORIUNDO_ASSIGN_OR_RETURN(const std::string_view body, DecodeRecord(value));
      v1::Organization organization;
      if (!organization.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
        return absl::DataLossError("the record of " + *name + " does not parse");
      }
      if (organization.update_sequence() > reader.sequence()) {
        const absl::StatusOr<std::unique_ptr<Message>> record = reader.FromStored(*name, body);
        if (absl::IsNotFound(record.status())) return absl::OkStatus();  // Came later.
        ORIUNDO_RETURN_IF_ERROR(record.status());
        organization = static_cast<const v1::Organization&>(**record);
      }
      standings[*name] = {organization.kind(), organization.parent(), organization.successor()};
      return absl::OkStatus();
    };
    problem = take();
    return problem.ok();
  }));
  ORIUNDO_RETURN_IF_ERROR(problem);
  return standings;
}

// Who stands for `name` after all mergers.
std::string StandsFor(const std::map<std::string, Standing>& standings, std::string name) {
  for (auto found = standings.find(name); found != standings.end() && !found->second.successor.empty();
       found = standings.find(name)) {
    name = found->second.successor;
  }
  return name;
}

// Whose indexes the feed is made of: the organisation itself first, then by name.
absl::StatusOr<std::vector<std::string>> SubjectsOfFeed(const Reader& reader, const v1::Organization& organization) {
  std::vector<std::string> subjects = {organization.name()};
  // Only federations have clubs below them; and most organisations were never merged.
  if (organization.kind() != v1::FEDERATION && organization.predecessors().empty()) return subjects;
  ORIUNDO_ASSIGN_OR_RETURN(const auto standings, ReadStandings(reader));
  for (const auto& [name, standing] : standings) {
    if (name == organization.name()) continue;
    const bool merged_into_it = StandsFor(standings, name) == organization.name();
    const bool below = organization.kind() == v1::FEDERATION && standing.kind == v1::CLUB &&
                       StandsFor(standings, standing.parent) == organization.name();
    if (merged_into_it || below) subjects.push_back(name);
  }
  return subjects;
}

// The first amount of money in the message or below it, or null.
const v1::Money* FirstMoney(const Message& message) {
  if (const auto* money = dynamic_cast<const v1::Money*>(&message)) return money;
  std::vector<const FieldDescriptor*> present;
  message.GetReflection()->ListFields(message, &present);
  for (const FieldDescriptor* field : present) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) continue;
    if (const v1::Money* money = FirstMoney(message.GetReflection()->GetMessage(message, field))) return money;
  }
  return nullptr;
}

// The amount of an entry about goods or labour: all that was given, never what one unit is worth. False for other entries.
bool SetInKindAmount(const v1::Entry& entry, v1::FeedRow& row) {
  if (entry.has_in_kind_declared()) {
    const v1::InKind& in_kind = entry.in_kind_declared().in_kind();
    *row.mutable_amount() = in_kind.unit_value();
    row.mutable_amount()->set_minor_units(in_kind.declared_minor_units());
    return true;
  }
  if (!entry.has_in_kind_appraised()) return false;
  *row.mutable_amount() = entry.in_kind_appraised().unit_value();
  row.mutable_amount()->set_minor_units(entry.in_kind_appraised().appraised_minor_units());
  return true;
}

v1::FeedRow RowOf(const v1::Entry& entry, const std::string& subject, const v1::Organization& organization) {
  v1::FeedRow row;
  row.set_sequence(entry.sequence());
  row.mutable_commit_time()->set_seconds(entry.commit_time_us() / 1'000'000);
  row.mutable_commit_time()->set_nanos(static_cast<int32_t>(entry.commit_time_us() % 1'000'000 * 1'000));
  row.set_actor(entry.organization());
  row.set_project(entry.project());
  row.set_organization(subject);
  const auto* oneof = v1::Entry::descriptor()->FindOneofByName("event");
  if (const FieldDescriptor* event = entry.GetReflection()->GetOneofFieldDescriptor(entry, oneof)) {
    row.set_event(event->name());
    const v1::Money* money = SetInKindAmount(entry, row) ? nullptr : FirstMoney(entry.GetReflection()->GetMessage(entry, event));
    if (money != nullptr) *row.mutable_amount() = *money;
  }
  if (entry.has_refused()) {
    row.set_refused_method(entry.refused().method());
    row.set_refusal_reason(v1::ErrorReason_Name(static_cast<v1::ErrorReason>(entry.refused().reason())));
  }
  const bool acknowledged = organization.has_acknowledged_sequence() && entry.sequence() <= organization.acknowledged_sequence();
  row.set_needs_attention(!acknowledged && entry.organization() != organization.name());
  return row;
}

}  // namespace

absl::StatusOr<v1::ListOrganizationFeedResponse> ListOrganizationFeed(const Engine& engine,
                                                                      const v1::ListOrganizationFeedRequest& request) {
  ORIUNDO_ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, request.known_at()));
  ORIUNDO_ASSIGN_OR_RETURN(const LedgerKey key, LedgerKey::Load(reader.snapshot()));
  ORIUNDO_ASSIGN_OR_RETURN(const PagePosition position, DecodePageToken(key, request));
  if (!IsResourceName(request.name(), "organizations/*")) return NameStatus("name", "organizations/*");
  ORIUNDO_ASSIGN_OR_RETURN(const v1::Organization organization, reader.Get<v1::Organization>(request.name()));
  int64_t first = 0;
  int64_t shown = reader.sequence();
  if (request.unacknowledged_only() && organization.has_acknowledged_sequence()) first = organization.acknowledged_sequence() + 1;
  if (!position.last.empty()) {
    ORIUNDO_ASSIGN_OR_RETURN(const int64_t last, LastSequenceOf(position, reader.newest_sequence()));
    first = last + 1;
    shown = position.sequence;
  }
  ORIUNDO_ASSIGN_OR_RETURN(const std::vector<std::string> subjects, SubjectsOfFeed(reader, organization));
  // The earliest of all the indexes, each with the first subject that lists it; one more than the page holds.
  const std::size_t wanted = static_cast<std::size_t>(page_size) + 1;
  std::map<uint64_t, const std::string*> rows;
  for (const std::string& subject : subjects) {
    std::size_t read = 0;
    ORIUNDO_RETURN_IF_ERROR(ReadIndex(reader.snapshot(), subject, static_cast<uint64_t>(first), static_cast<uint64_t>(shown + 1),
                                      [&](uint64_t sequence) {
                                        if (rows.size() >= wanted && sequence >= rows.rbegin()->first) return false;
                                        rows.emplace(sequence, &subject);
                                        if (rows.size() > wanted) rows.erase(std::prev(rows.end()));
                                        return ++read < wanted;
                                      }));
  }
  std::vector<uint64_t> sequences;
  for (const auto& [sequence, subject] : rows) sequences.push_back(sequence);
  v1::ListOrganizationFeedResponse response;
  response.set_sequence(shown);
  std::size_t bytes = 0;
  ORIUNDO_RETURN_IF_ERROR(VisitEntriesAt(reader.snapshot(), sequences, [&](const v1::Entry& entry) {
    if (response.rows_size() == page_size || bytes >= kPageBytesMax) {
      const int64_t last = response.rows(response.rows_size() - 1).sequence();
      response.set_next_page_token(EncodePageToken(key, request, {.last = absl::StrCat(last), .sequence = shown}));
      return false;
    }
    v1::FeedRow row = RowOf(entry, *rows.at(static_cast<uint64_t>(entry.sequence())), organization);
    bytes += row.ByteSizeLong();
    *response.add_rows() = std::move(row);
    return true;
  }));
  return response;
}

}  // namespace oriundo
