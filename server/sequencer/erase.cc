#include "server/sequencer/erase.h"

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"
#include "server/base/status_macros.h"
#include "server/sequencer/batch.h"
#include "server/sequencer/init_ledger.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

bool IsSubject(const std::string& name) {
  constexpr std::array kPatterns = {"organizations/*", "communities/*", "programs/*", "projects/*"};
  for (const char* pattern : kPatterns) {
    if (IsResourceName(name, pattern)) return true;
  }
  return false;
}

absl::StatusOr<std::optional<std::string>> SecretOf(const Engine& engine, const std::string& subject) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  return ReadSubjectSecret(*snapshot, subject);
}

// Reads what is to be destroyed. The snapshot is gone when it returns: a purge waits for all of them.
absl::StatusOr<Erasure> Look(const Engine& engine, const std::string& subject) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> record, ReadRecord(*snapshot, subject));
  if (!record) return absl::NotFoundError(absl::StrCat("there is no ", subject));
  Erasure erasure;
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> secret, ReadSubjectSecret(*snapshot, subject));
  if (!secret) return erasure;
  erasure.had_secret = true;
  const KeyRange range = TableRange(Table::kOpenings);
  ORIUNDO_RETURN_IF_ERROR(snapshot->Scan(range.begin, range.end, [&](std::string_view, std::string_view opening) {
    if (IsSealedUnder(*secret, opening)) ++erasure.texts;
    return true;
  }));
  return erasure;
}

// The entry and the end of the secret, to be durable together: what nobody can read any more was erased, and when is known.
absl::StatusOr<WriteBatch> WritesOfErasure(const Engine& engine, const std::string& subject, int64_t texts, const Clock& clock) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> head, ReadHead(*snapshot));
  if (!head) return absl::DataLossError("the store has records and no journal");
  Command command;
  command.actor.organization = kAdministrator;
  command.method = "Erase";
  v1::TextsErased& erased = command.request.emplace<v1::TextsErased>();
  erased.set_subject(subject);
  erased.set_texts(texts);
  ORIUNDO_ASSIGN_OR_RETURN(WriteBatch writes, WritesOf(command, *snapshot, clock, head->epoch));
  DestroySubjectKey(writes, subject);
  return writes;
}

}  // namespace

absl::StatusOr<Erasure> EraseSubject(Engine& engine, const std::string& subject, const Clock& clock) {
  if (!IsSubject(subject)) {
    return absl::InvalidArgumentError("the subject must be a name like projects/*, organizations/*, communities/* or programs/*");
  }
  ORIUNDO_ASSIGN_OR_RETURN(const Erasure erasure, Look(engine, subject));
  if (erasure.had_secret) {
    ORIUNDO_ASSIGN_OR_RETURN(const WriteBatch writes, WritesOfErasure(engine, subject, erasure.texts, clock));
    const CommitResult commit = engine.Commit(writes);
    if (commit.outcome == CommitOutcome::kNotCommitted) return commit.status;
    if (commit.outcome == CommitOutcome::kUnknown) {
      ORIUNDO_RETURN_IF_ERROR(engine.Recover());
      ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> secret, SecretOf(engine, subject));
      if (secret) return commit.status;
    }
  }
  const std::vector<std::string> keys = {SubjectSecretKey(subject)};
  ORIUNDO_RETURN_IF_ERROR(engine.Purge(keys));
  return erasure;
}

}  // namespace oriundo
