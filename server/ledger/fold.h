// Fold: what an entry does to the records. The only way in which any record changes.
//
// A record is a left fold of the entries that touch it, and each step depends on nothing but the entry and that record. So
// fsck rebuilds every record from the journal, and a read of the past folds the record's own entries up to that moment.
// Folding cannot fail: whatever could have been wrong was refused before the entry was made.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "oriundo/v1/entry.pb.h"
#include "server/ledger/state.h"

namespace oriundo {

// The input of an entry that begins a pledge or approves a project: when it, or the agreement, lapses, microseconds since 1970 UTC.
inline constexpr std::string_view kLapseTimeInput = "lapse_time_us";
// The input of an amendment by which a club joins: the federation it belongs to then, and the club's place among the parties.
inline constexpr std::string_view kClubFederationInput = "club_federation";
// What a reversal took out of the box of money that had come to a former account: so much less is to be carried from there.
inline constexpr std::string_view kLeftFormerAccountInput = "left_former_account_minor_units";

// Adds a change to a party's amounts, as folding its entry does.
void AddChange(const v1::PartyChange& change, v1::Party& party);

// Adds to the part of `fiscal_year`. Parts stand by year, and one of which nothing is left is none.
void AddPoolPart(int fiscal_year, int64_t committed, int64_t released, google::protobuf::RepeatedPtrField<v1::PoolPart>& parts);

// Adds a tally to `sum`, but for the projects of it that are among `counted`, which it adds to: so of tallies whose organisations
// were merged each project counts once.
void AddTally(const v1::Tally& tally, std::set<std::string>& counted, v1::Tally& sum);

// Names of the records that `entry` changes, the project first, no name twice.
std::vector<std::string> TouchedRecords(const v1::Entry& entry);

// Changes `record`, the record named `name`, as `entry` says. An empty record is created by the entry.
// REQUIRES: `name` is one of TouchedRecords(entry), `record` is of its type and holds all earlier entries.
void FoldRecord(const v1::Entry& entry, const std::string& name, google::protobuf::Message& record);

// Folds `entry` into every record it touches.
void Fold(const v1::Entry& entry, State& state);

// Subjects whose index lists this entry, no name twice: the acting organisation, the project, the programme, and every organisation
// in whose name something is done (a party, a club, an executor) or whom it is about. Names of top-level resources.
std::vector<std::string> SubjectsOf(const v1::Entry& entry);

// True where the project's record is kept as it is right after `entry`, which was its entry_count-th.
bool IsProjectSnapshotDue(int64_t entry_count);

// The resource that a call answered by `entry` returns: the created or changed child, or the project, or the organisation and so on.
std::string ResultName(const v1::Entry& entry);

// The commitment to the account that the entry says money came to; empty where it does not say.
const std::string& StatedAccount(const v1::Entry& entry);

}  // namespace oriundo
