#include "server/rules/reconcile.h"

#include <map>
#include <tuple>
#include <utility>

#include "server/base/check.h"

namespace oriundo {
namespace {

// Places in the order given, handed out one by one.
struct Places {
  std::vector<std::size_t> places;
  std::size_t next = 0;
};

class Matcher {
 public:
  Matcher(std::span<const BookMovement> book, std::span<const BankMovement> bank) : book_(book), bank_(bank) {
    matches_.book.resize(book.size());
    matches_.bank.resize(bank.size());
  }

  void MatchEntered() {
    for (std::size_t i = 0; i < bank_.size(); ++i) {
      for (const MatchPart& entered : bank_[i].entered) {
        ORIUNDO_CHECK(entered.other < book_.size());
        Pair(entered.other, i, MatchKind::kEntered, entered.amount);
        ORIUNDO_CHECK(IsPart(matches_.book[entered.other].matched, book_[entered.other].amount));
        ORIUNDO_CHECK(IsPart(matches_.bank[i].matched, bank_[i].amount));
      }
    }
  }

  void MatchReferences() {
    std::map<std::tuple<int, std::string, int64_t>, Places> by_reference;
    for (std::size_t i = 0; i < book_.size(); ++i) {
      if (!IsFree(i) || book_[i].reference.empty()) continue;
      by_reference[{book_[i].account, book_[i].reference, book_[i].amount}].places.push_back(i);
    }
    for (std::size_t i = 0; i < bank_.size(); ++i) {
      if (bank_[i].reference.empty()) continue;
      for (const int account : {bank_[i].account, kAnyAccount}) {
        if (!IsOpen(i)) break;
        const auto found = by_reference.find({account, bank_[i].reference, bank_[i].amount});
        if (found != by_reference.end()) PairNext(found->second, i, MatchKind::kReference);
      }
    }
  }

  void MatchDays(int window_days) {
    std::map<std::tuple<int, int64_t, int64_t>, Places> by_day;
    for (std::size_t i = 0; i < book_.size(); ++i) {
      if (IsFree(i)) by_day[{book_[i].account, book_[i].amount, book_[i].day}].places.push_back(i);
    }
    for (int apart = 0; apart <= window_days; ++apart) {
      for (std::size_t i = 0; i < bank_.size(); ++i) {
        for (const int account : {bank_[i].account, kAnyAccount}) {
          for (const int64_t day : {bank_[i].day - apart, bank_[i].day + apart}) {
            if (!IsOpen(i)) break;
            const auto found = by_day.find({account, bank_[i].amount, day});
            if (found != by_day.end()) PairNext(found->second, i, MatchKind::kDate);
          }
        }
      }
    }
  }

  void MatchReversals() {
    for (std::size_t i = 0; i < book_.size(); ++i) {
      if (!book_[i].reverses.has_value() || !IsFree(i)) continue;
      const std::size_t original = *book_[i].reverses;
      ORIUNDO_CHECK(original < i);
      if (!IsFree(original) || book_[original].amount != -book_[i].amount) continue;
      Add({original, book_[i].amount}, MatchKind::kReversal, matches_.book[i]);
      Add({i, book_[original].amount}, MatchKind::kReversal, matches_.book[original]);
    }
  }

  MovementMatches Take() { return std::move(matches_); }

 private:
  bool IsFree(std::size_t book) const { return matches_.book[book].kind == MatchKind::kNone; }
  bool IsOpen(std::size_t bank) const { return matches_.bank[bank].kind == MatchKind::kNone && !bank_[bank].set_apart; }

  static bool IsPart(int64_t part, int64_t whole) { return whole > 0 ? part > 0 && part <= whole : part < 0 && part >= whole; }

  static void Add(const MatchPart& part, MatchKind kind, MovementMatch& match) {
    match.kind = kind;
    match.parts.push_back(part);
    match.matched += part.amount;
  }

  void Pair(std::size_t book, std::size_t bank, MatchKind kind, int64_t amount) {
    Add({bank, amount}, kind, matches_.book[book]);
    Add({book, amount}, kind, matches_.bank[bank]);
  }

  void PairNext(Places& places, std::size_t bank, MatchKind kind) {
    if (places.next < places.places.size()) Pair(places.places[places.next++], bank, kind, bank_[bank].amount);
  }

  const std::span<const BookMovement> book_;
  const std::span<const BankMovement> bank_;
  MovementMatches matches_;
};

}  // namespace

MovementMatches MatchMovements(std::span<const BookMovement> book, std::span<const BankMovement> bank, int window_days) {
  ORIUNDO_CHECK(window_days >= 0);
  Matcher matcher(book, bank);
  matcher.MatchEntered();
  matcher.MatchReferences();
  matcher.MatchDays(window_days);
  matcher.MatchReversals();
  return matcher.Take();
}

}  // namespace oriundo
