// Reconciliation: which line of the bank's statement belongs to which posting of the ledger. Pure functions over integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace oriundo {

// A bank account is a number from 1 on, or this where nobody said which it was.
inline constexpr int kAnyAccount = 0;

// Something that the ledger says the bank did.
struct BookMovement {
  // Minor units, credits positive.
  int64_t amount = 0;
  // The bank's value date, in days since 1970.
  int64_t day = 0;
  // The pseudonym of the bank's reference; empty where none is known.
  std::string reference;
  // The movement that this one reversed, by its place.
  std::optional<std::size_t> reverses;
  // The account that it moved. One that nobody named may stand on any.
  int account = kAnyAccount;
};

// A part of something on one side that belongs to something on the other.
struct MatchPart {
  // The other side, by its place there.
  std::size_t other = 0;
  // Of the sign of what it is a part of, not zero.
  int64_t amount = 0;
};

// A line of a bank statement.
struct BankMovement {
  int64_t amount = 0;
  int64_t day = 0;
  std::string reference;
  // The account of its statement; never kAnyAccount.
  int account = 1;
  // Somebody said that it belongs to no posting.
  bool set_apart = false;
  // The postings that somebody said it belongs to, and with how much.
  std::vector<MatchPart> entered;
};

// How something was matched.
enum class MatchKind {
  kNone,       // Not at all.
  kEntered,    // Somebody said so, of all of it or of a part.
  kReference,  // The references and the amounts are equal.
  kDate,       // The amounts are equal, and no other day in the window is nearer.
  kReversal,   // A posting and its reversal, neither of which the bank knows.
};

struct MovementMatch {
  MatchKind kind = MatchKind::kNone;
  // What of it belongs to what on the other side; for kReversal another posting. One part, all of it, but for kEntered.
  std::vector<MatchPart> parts;
  // Sum of the parts.
  int64_t matched = 0;
};

struct MovementMatches {
  // One for each posting and one for each line, in the order given.
  std::vector<MovementMatch> book;
  std::vector<MovementMatch> bank;
};

// Matches lines with postings: by what somebody said in parts, otherwise each line with at most one posting and each posting with at most one
// line.
//
// In this order: what somebody said; equal reference and amount, whatever the days; equal amount, days apart by at most
// `window_days`, the nearest first, and of equally near ones the earlier day, each time in the order given; a posting with its
// own reversal. A line meets postings of its own account first, then those of no known one, and never another's unless somebody said
// so. Amounts are signed: a credit is never matched with a debit. A line set apart is matched with nothing. Of what
// somebody matched in part nothing more is guessed: the rest waits until it is said. The result depends on the order given and on nothing
// else. REQUIRES: every `entered` names a place in `book` and goes, together with the others, neither beyond the line nor beyond the
// posting; every `reverses` is an earlier place in `book`; window_days >= 0.
MovementMatches MatchMovements(std::span<const BookMovement> book, std::span<const BankMovement> bank, int window_days);

}  // namespace oriundo
