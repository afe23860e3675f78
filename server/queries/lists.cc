#include "server/queries/lists.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/queries/effective.h"
#include "server/queries/filter.h"
#include "server/queries/page.h"
#include "server/queries/reader.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Stored records that are read before any is worked on; bounds memory, whatever the page.
constexpr std::size_t kRecordsPerScan = 128;

// Where the resources of a type are kept: the collection's segment, and the pattern of its parent's name, empty for the top
// level.
struct Collection {
  const Descriptor* type;
  std::string_view segment;
  std::string_view parent_pattern;
};

const Collection& CollectionOf(const Descriptor* type) {
  static const Collection kCollections[] = {
      {v1::Organization::descriptor(), "organizations", ""},
      {v1::Community::descriptor(), "communities", ""},
      {v1::Program::descriptor(), "programs", ""},
      {v1::RuleVersion::descriptor(), "versions", "programs/*"},
      {v1::Pool::descriptor(), "pools", "programs/*"},
      {v1::Tally::descriptor(), "tallies", "programs/*"},
      {v1::Project::descriptor(), "projects", ""},
      {v1::Pledge::descriptor(), "pledges", "projects/*"},
      {v1::Contribution::descriptor(), "contributions", "projects/*"},
      {v1::InKind::descriptor(), "in-kinds", "projects/*"},
      {v1::Contract::descriptor(), "contracts", "projects/*"},
      {v1::Release::descriptor(), "releases", "projects/*"},
      {v1::Expenditure::descriptor(), "expenditures", "projects/*"},
      {v1::Interest::descriptor(), "interests", "projects/*"},
      {v1::Refund::descriptor(), "refunds", "projects/*"},
      {v1::Repayment::descriptor(), "repayments", "projects/*"},
      {v1::Proposal::descriptor(), "proposals", "projects/*"},
      {v1::ProgressReport::descriptor(), "reports", "projects/*"},
      {v1::Deposit::descriptor(), "deposits", "projects/*"},
      {v1::BankStatement::descriptor(), "statements", "projects/*"},
      {v1::BankLine::descriptor(), "lines", "projects/*"},
      {v1::Amendment::descriptor(), "amendments", "projects/*"},
      {v1::Reallocation::descriptor(), "reallocations", "projects/*"},
  };
  for (const Collection& collection : kCollections) {
    if (collection.type == type) return collection;
  }
  ORIUNDO_CHECK(!"a list of a type without a collection");
}

// The one repeated field of a List response.
const FieldDescriptor* RowsField(const Descriptor& response) {
  for (int i = 0; i < response.field_count(); ++i) {
    if (response.field(i)->is_repeated()) return response.field(i);
  }
  ORIUNDO_CHECK(!"a response without rows");
}

std::string StringField(const Message& message, const char* field) {
  const FieldDescriptor* descriptor = message.GetDescriptor()->FindFieldByName(field);
  return descriptor == nullptr ? std::string() : message.GetReflection()->GetString(message, descriptor);
}

v1::KnownAt KnownAtOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("known_at");
  return static_cast<const v1::KnownAt&>(request.GetReflection()->GetMessage(request, field));
}

int32_t PageSizeOf(const Message& request) {
  return request.GetReflection()->GetInt32(request, request.GetDescriptor()->FindFieldByName("page_size"));
}

// NOT_FOUND where `parent` was not there at the reader's moment; INVALID_FIELD where it is no name of a parent.
absl::Status RequireParent(const Reader& reader, const std::string& parent, std::string_view pattern) {
  if (!IsResourceName(parent, pattern)) {
    return NameStatus("parent", std::string(pattern));
  }
  return reader.Get(parent).status();
}

// Fills one page of a list by name.
class NamePage {
 public:
  NamePage(const Reader& reader, const Filter& filter, std::size_t rows_max, const FieldDescriptor* rows, Message& response)
      : reader_(reader), filter_(filter), rows_max_(rows_max), rows_(rows), response_(response) {}

  // Goes through `range` until the page or the range ends.
  absl::Status Fill(KeyRange range) {
    while (!ended_) {
      std::vector<std::pair<std::string, std::string>> found;
      ORIUNDO_RETURN_IF_ERROR(reader_.snapshot().Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return found.size() < kRecordsPerScan;
      }));
      for (const auto& [key, value] : found) {
        if (is_full()) return absl::OkStatus();
        ORIUNDO_RETURN_IF_ERROR(Take(key, value));
      }
      ended_ = found.size() < kRecordsPerScan;
      if (!ended_) range.begin = KeyAfter(found.back().first);
    }
    return absl::OkStatus();
  }

  // False where the page ended before its range did.
  bool ended() const { return ended_; }
  // The last name looked at.
  const std::string& last() const { return last_; }

 private:
  bool is_full() const { return taken_ >= rows_max_ || bytes_ >= kPageBytesMax || examined_ >= kRowsExaminedPerPageMax; }

  absl::Status Take(const std::string& key, const std::string& value) {
    const std::optional<std::string> name = ParseRecordKey(key);
    if (!name.has_value()) return absl::DataLossError("a record's key does not parse");
    ORIUNDO_ASSIGN_OR_RETURN(const std::string_view body, DecodeRecord(value));
    absl::StatusOr<std::unique_ptr<Message>> record = reader_.FromStored(*name, body);
    ++examined_;
    last_ = *name;
    if (absl::IsNotFound(record.status())) return absl::OkStatus();  // Came later.
    ORIUNDO_RETURN_IF_ERROR(record.status());
    if (!filter_.Matches(**record)) return absl::OkStatus();
    ORIUNDO_RETURN_IF_ERROR(reader_.OpenTexts(**record));
    ++taken_;
    bytes_ += (*record)->ByteSizeLong();
    response_.GetReflection()->AddAllocatedMessage(&response_, rows_, record->release());
    return absl::OkStatus();
  }

  const Reader& reader_;
  const Filter& filter_;
  const std::size_t rows_max_;
  const FieldDescriptor* const rows_;
  Message& response_;
  std::size_t taken_ = 0;
  std::size_t bytes_ = 0;
  int examined_ = 0;
  std::string last_;
  bool ended_ = false;
};

// Visits the sequences of `subject`, or where it is empty all, in [first, end).
absl::Status VisitSequences(const Snapshot& snapshot, const std::string& subject, uint64_t first, uint64_t end,
                            const std::function<bool(uint64_t)>& visit) {
  if (!subject.empty()) return ReadIndex(snapshot, subject, first, end, visit);
  for (uint64_t sequence = first; sequence < end && visit(sequence); ++sequence) {
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status List(const Engine& engine, const Message& request, Message& response) {
  const FieldDescriptor* rows = RowsField(*response.GetDescriptor());
  const Collection& collection = CollectionOf(rows->message_type());
  ORIUNDO_ASSIGN_OR_RETURN(const int page_size, PageSize(PageSizeOf(request)));
  ORIUNDO_ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(StringField(request, "filter"), *collection.type));
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, KnownAtOf(request)));
  ORIUNDO_ASSIGN_OR_RETURN(const LedgerKey key, LedgerKey::Load(reader.snapshot()));
  ORIUNDO_ASSIGN_OR_RETURN(const PagePosition position, DecodePageToken(key, request));
  std::string path(collection.segment);
  if (!collection.parent_pattern.empty()) {
    const std::string parent = StringField(request, "parent");
    ORIUNDO_RETURN_IF_ERROR(RequireParent(reader, parent, collection.parent_pattern));
    path = absl::StrCat(parent, "/", path);
  }
  KeyRange range = CollectionRange(path);
  // Not even a token of our own leads out of the collection.
  if (!position.last.empty()) range.begin = std::max(range.begin, KeyAfter(RecordKey(position.last)));

  NamePage page(reader, filter, static_cast<std::size_t>(page_size), rows, response);
  ORIUNDO_RETURN_IF_ERROR(page.Fill(std::move(range)));
  const Reflection& reflection = *response.GetReflection();
  if (!page.ended()) {
    reflection.SetString(&response, response.GetDescriptor()->FindFieldByName("next_page_token"),
                         EncodePageToken(key, request, {.last = page.last(), .sequence = reader.sequence()}));
  }
  reflection.SetInt64(&response, response.GetDescriptor()->FindFieldByName("sequence"), reader.sequence());
  return absl::OkStatus();
}

absl::StatusOr<v1::ListBalancesResponse> ListBalances(const Engine& engine, const v1::ListBalancesRequest& request) {
  ORIUNDO_ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, request.known_at()));
  ORIUNDO_ASSIGN_OR_RETURN(const LedgerKey key, LedgerKey::Load(reader.snapshot()));
  ORIUNDO_ASSIGN_OR_RETURN(const PagePosition position, DecodePageToken(key, request));
  if (!IsResourceName(request.parent(), "projects/*")) return NameStatus("parent", "projects/*");
  ORIUNDO_RETURN_IF_ERROR(CheckThrough(reader, request.effective_through()));
  ORIUNDO_ASSIGN_OR_RETURN(v1::Project project, reader.Get<v1::Project>(request.parent()));
  ORIUNDO_RETURN_IF_ERROR(CountThrough(reader, request.effective_through(), project).status());

  v1::ListBalancesResponse response;
  response.set_effective_through(request.effective_through());
  response.set_currency_code(project.currency_code());
  response.set_sequence(reader.sequence());
  for (const v1::AccountBalance& balance : project.balances()) {
    if (balance.account() <= position.last) continue;
    if (response.balances_size() == page_size) {
      response.set_next_page_token(
          EncodePageToken(key, request, {.last = response.balances(page_size - 1).account(), .sequence = reader.sequence()}));
      break;
    }
    *response.add_balances() = balance;
  }
  return response;
}

absl::StatusOr<v1::ListEntriesResponse> ListEntries(const Engine& engine, const v1::ListEntriesRequest& request) {
  ORIUNDO_ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, request.known_at()));
  ORIUNDO_ASSIGN_OR_RETURN(const LedgerKey key, LedgerKey::Load(reader.snapshot()));
  ORIUNDO_ASSIGN_OR_RETURN(const PagePosition position, DecodePageToken(key, request));
  int64_t first = 0;
  int64_t shown = reader.sequence();
  if (!position.last.empty()) {
    ORIUNDO_ASSIGN_OR_RETURN(const int64_t last, LastSequenceOf(position, reader.newest_sequence()));
    first = last + 1;
    shown = position.sequence;
  }
  if (!request.subject().empty()) {
    bool top_level = false;
    for (const char* pattern : {"projects/*", "organizations/*", "programs/*", "communities/*"}) {
      top_level = top_level || IsResourceName(request.subject(), pattern);
    }
    if (!top_level) {
      const std::string patterns = "projects/*, organizations/*, programs/* or communities/*";
      return FieldsStatus({{"subject", "must be empty or a name like " + patterns,
                            {{"case", "EMPTY_OR_NAME_LIKE"}, {"pattern", patterns}}}});
    }
    ORIUNDO_RETURN_IF_ERROR(reader.Get(request.subject()).status());
  }

  // One more than the page holds, to know whether there is a next one.
  std::vector<uint64_t> sequences;
  ORIUNDO_RETURN_IF_ERROR(VisitSequences(reader.snapshot(), request.subject(), static_cast<uint64_t>(first),
                                         static_cast<uint64_t>(shown + 1), [&](uint64_t sequence) {
                                           sequences.push_back(sequence);
                                           return sequences.size() <= static_cast<std::size_t>(page_size);
                                         }));
  v1::ListEntriesResponse response;
  response.set_sequence(shown);
  std::size_t bytes = 0;
  ORIUNDO_RETURN_IF_ERROR(VisitEntriesAt(reader.snapshot(), sequences, [&](const v1::Entry& entry) {
    if (response.entries_size() == page_size || bytes >= kPageBytesMax) {
      const int64_t last = response.entries(response.entries_size() - 1).sequence();
      response.set_next_page_token(EncodePageToken(key, request, {.last = absl::StrCat(last), .sequence = shown}));
      return false;
    }
    bytes += entry.ByteSizeLong();
    *response.add_entries() = entry;
    return true;
  }));
  return response;
}

absl::StatusOr<v1::Entry> GetEntry(const Engine& engine, const v1::GetEntryRequest& request) {
  if (request.sequence() < 0) return FieldsStatus({{"sequence", "must not be negative", {{"case", "NOT_NEGATIVE"}}}});
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, Reader::Open(engine, v1::KnownAt()));
  ORIUNDO_ASSIGN_OR_RETURN(v1::Entry entry, ReadParsedEntry(reader.snapshot(), request.sequence()));
  ORIUNDO_RETURN_IF_ERROR(reader.OpenEntryTexts(entry));
  return entry;
}

}  // namespace oriundo
