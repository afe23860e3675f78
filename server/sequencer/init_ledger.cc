#include "server/sequencer/init_ledger.h"

#include <memory>
#include <optional>
#include <utility>

#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/field_table.h"
#include "server/sequencer/batch.h"
#include "storage/format/journal.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

// The lease under which the first entry is written; each start of a server takes the next one.
constexpr uint64_t kFirstEpoch = 1;

Command FirstCommand(const std::string& origin) {
  Command command;
  command.actor.organization = kAdministrator;
  command.method = "Init";
  v1::LedgerCreated created;
  created.set_origin(origin);
  created.mutable_administrator()->set_name(kAdministrator);
  created.mutable_administrator()->set_kind(v1::ADMINISTRATOR);
  command.request = std::move(created);
  command.prefetch = {kAdministrator};
  return command;
}

}  // namespace

absl::Status InitLedger(Engine& engine, const std::string& origin, const Clock& clock) {
  const FieldRow& row = *FindFieldRow(*v1::LedgerCreated::descriptor()->FindFieldByName("origin"));
  if (std::string fault = CheckText(row, origin); !fault.empty()) return FieldsStatus({{"origin", std::move(fault),
                                                                                        FiguresOfMisfit(row)}});
  ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<Snapshot> snapshot, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> head, ReadHead(*snapshot));
  if (head) return absl::FailedPreconditionError("the store holds a ledger already");

  ORIUNDO_ASSIGN_OR_RETURN(WriteBatch writes, WritesOf(FirstCommand(origin), *snapshot, clock, kFirstEpoch));
  LedgerKey::Generate().PutInto(writes);
  const CommitResult commit = engine.Commit(writes);
  if (commit.outcome != CommitOutcome::kUnknown) return commit.status;
  ORIUNDO_RETURN_IF_ERROR(engine.Recover());
  ORIUNDO_ASSIGN_OR_RETURN(snapshot, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(const std::optional<JournalHead> found, ReadHead(*snapshot));
  return found ? absl::OkStatus() : commit.status;
}

}  // namespace oriundo
