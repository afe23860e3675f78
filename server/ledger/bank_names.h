// What the records of bank statements and their matches are called. They follow from what they stand for, so that each is found
// without a search.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oriundo {

// Lines of one call, so that an entry stays far inside the journal's limit: some 60 bytes each.
inline constexpr int kBankLinesPerCallMax = 200;
// Lines of all complete statements of one project: reconciliation keeps them in memory, at some 200 bytes each. A box with a
// hundred lines a month fills them in eighty years.
inline constexpr int64_t kBankLinesPerProjectMax = 100'000;
// Characters of a statement's id: its lines' ids are seven longer.
inline constexpr std::size_t kStatementIdCharactersMax = 56;
// Days that value dates of the ledger and of the bank may lie apart where reconciliation is not told otherwise: a weekend and a
// day.
inline constexpr int kWindowDaysDefault = 3;
inline constexpr int kWindowDaysMax = 31;

// `projects/p/lines/may-000017` of `projects/p/statements/may`, 17.
std::string BankLineName(std::string_view statement, int64_t ordinal);
// `projects/p/statements/may` of `projects/p/lines/may-000017`.
std::string StatementOfLine(std::string_view line);
// `projects/p/references/r{the first 16 bytes of the pseudonym in hexadecimal digits}`.
std::string BankReferenceName(std::string_view project, std::string_view reference_commitment);
// `projects/p/references/{c or d}20140910-{minor units}`: what a line says, whether or not the bank gave it a reference.
std::string LineMovementName(std::string_view project, std::string_view bank_value_date, int64_t minor_units);
// `projects/p/matches/e{sequence}`.
std::string BankMatchName(std::string_view project, int64_t sequence);
// `projects/p/matches/o{sequence}`, of what a carried balance took from the former account.
std::string CarriedOutMatchName(std::string_view project, int64_t sequence);

}  // namespace oriundo
