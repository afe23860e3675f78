// Every limit of the server, named once, with its reason. How limits relate is checked by the compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace oriundo {

// Magnitude of an amount in minor units: ten trillion pesos in centavos, more than any programme's budget.
inline constexpr int64_t kAmountMinorUnitsMax = 1'000'000'000'000'000;
// Funding parties of one project. The largest real mix named in domain.md has five.
inline constexpr int kPartiesPerProjectMax = 32;
// Funder roles of one rule version.
inline constexpr int kRolesPerRuleMax = 16;
// Steps of one tranche schedule: a year by months.
inline constexpr int kTrancheStepsMax = 12;
// A role's weight. Weights as parts of 10,000 with room for exact shares such as 333,333.
inline constexpr int64_t kWeightMax = 1'000'000;
// What a role weighs in one project: its weight, or where a cap moved part of a share its due.
inline constexpr int64_t kRoleWeightMax = kAmountMinorUnitsMax;
// Documents that the steps of a rule require, and limits by club, federation or place: a few for each step and scope.
inline constexpr int kDocumentRequirementsMax = 64;
inline constexpr int kCumulativeCapsMax = 8;
// Proposals of one project that wait for their second person at one time: each is a deadline in the project's record.
inline constexpr int kOpenProposalsMax = 32;
// Days that a proposal waits where the rule does not say: a month.
inline constexpr int kProposalDaysDefault = 30;
inline constexpr int kProposalDaysMax = 366;
// Days from an agreement to the day a tranche is due: ten years.
inline constexpr int kDueDaysMax = 3'660;
// Characters of a locality code.
inline constexpr int kLocalityCodeCharactersMax = 32;
// How far below its due a rule may let a party stay, minor units: a thousand pesos. The widest gap ever published, over all works of a
// state (999 pesos, Zacatecas 2011), fits; a share of a project does not.
inline constexpr int64_t kToleranceMinorUnitsMax = 100'000;
// A multiple of the pari passu bound, in basis points: ten times the club's money.
inline constexpr int64_t kMultipleBpsMax = 100'000;
// One whole in basis points.
inline constexpr int64_t kBasisPoints = 10'000;
// Evidence attached to one fact.
inline constexpr int kEvidencePerFactMax = 16;
// How often a child resource (a contribution, an expenditure) may change in its life; keeps its record small.
inline constexpr int kEntriesPerChildMax = 64;
// Former names, entries of other directories and merged organisations that one organisation's record keeps, each; keeps it small.
inline constexpr int kDirectoryListMax = 32;
// How old an entry of another directory may be before it is stale: in a directory kept for longer, four in five did not answer
// (domain notes F19).
inline constexpr int kDirectoryStaleYears = 2;
// Characters of a free text: a memo, not a document.
inline constexpr int kTextCharactersMax = 500;
// An entry: the length prefix of the verifiable log's bundles has 16 bits (log-formats 1.6).
inline constexpr std::size_t kEntryBytesMax = 65'535;
// Entries of a bundle, the width of a tile (log-formats 1.6).
inline constexpr int kEntriesPerBundle = 256;
// Entries of a subject's index chunk; a chunk is rewritten once a batch, so it stays at two KiB.
inline constexpr int kSequencesPerIndexChunk = 256;
// A project's record is kept as it was after every so many of its entries: the past costs at most so many folds.
inline constexpr int kEntriesPerProjectSnapshot = 256;
// Commands that may wait for the writer. More are refused with QUEUE_FULL: at 10,000 a second this is a second's work, and
// one batch.
inline constexpr std::size_t kQueueCommandsMax = 8'192;
// Bytes that may wait for the writer.
inline constexpr std::size_t kQueueBytesMax = 64 << 20;
// Commands of one storage batch; a batch call of the later interface carries up to 8,192 items.
inline constexpr std::size_t kBatchCommandsMax = 8'192;
// Records of organisations, programmes and projects that the writer keeps in memory from batch to batch: the projects at work at one
// time; some kilobytes each.
inline constexpr std::size_t kRecordsKeptMax = 2'048;
// A request message. The largest real one is a rule version with all roles.
inline constexpr int kRequestBytesMax = 1 << 20;
// Rows of a list page.
inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1'000;
// Characters of a list filter, and how deep its parentheses nest.
inline constexpr int kFilterCharactersMax = 1'024;
inline constexpr int kFilterDepthMax = 16;
// Refused entries that one organisation may cause in a minute, so that a loop of bad calls cannot fill the ledger.
inline constexpr int kRefusedEntriesPerMinuteMax = 60;
// Calls under way on one connection; the client keeps further ones back. A quarter of what may wait for the writer.
inline constexpr int kCallsPerConnectionMax = 1'024;
// Streams open at once (money trails).
inline constexpr int kStreamsMax = 64;
// Inflows and rows that the open money trails keep in memory together, at some 250 bytes each: a trail keeps the project's
// inflows with money left, and what later reversals give back; see MoneyTrail::items(). Far more than all projects of a programme
// have at once.
inline constexpr std::size_t kTrailItemsMax = 1'000'000;
// How long a caller may leave a stream unread, and how long a stream may last: it holds a snapshot, for which the store keeps
// what was replaced and waits before it recovers from a failed write.
inline constexpr int kStreamStallSecondsMax = 30;
inline constexpr int kStreamSecondsMax = 600;

// The products of domain.md section 4 stay inside signed 128 bits: amount x weight x parties, amount x amount.
static_assert(static_cast<__int128>(kAmountMinorUnitsMax) * kWeightMax * kPartiesPerProjectMax * kMultipleBpsMax >
              kAmountMinorUnitsMax);
static_assert(static_cast<__int128>(kAmountMinorUnitsMax) * kAmountMinorUnitsMax > 0);
static_assert(kQueueCommandsMax >= kBatchCommandsMax);
// Every party of a full project at the largest amount still sums inside 64 bits.
static_assert(kAmountMinorUnitsMax <= std::numeric_limits<int64_t>::max() / kPartiesPerProjectMax);

}  // namespace oriundo
