#include "server/rules/reconcile.h"

#include <random>

#include "gtest/gtest.h"

namespace oriundo {
namespace {

BookMovement Book(int64_t amount, int64_t day, std::string reference = {}) {
  return {.amount = amount, .day = day, .reference = std::move(reference), .reverses = std::nullopt};
}
BankMovement Bank(int64_t amount, int64_t day, std::string reference = {}) {
  return {.amount = amount, .day = day, .reference = std::move(reference), .set_apart = false, .entered = {}};
}

std::size_t OtherOf(const MovementMatch& match) { return match.parts.at(0).other; }

TEST(MatchMovements, MatchesEqualAmountsInsideTheWindowAndNotBeyondIt) {
  const std::vector<BookMovement> book = {Book(100, 10), Book(200, 10), Book(300, 10)};
  const std::vector<BankMovement> bank = {Bank(100, 13), Bank(200, 14), Bank(301, 10)};
  const MovementMatches matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(matches.book[0].kind, MatchKind::kDate);
  EXPECT_EQ(OtherOf(matches.book[0]), 0u);
  EXPECT_EQ(OtherOf(matches.bank[0]), 0u);
  EXPECT_EQ(matches.book[1].kind, MatchKind::kNone);
  EXPECT_EQ(matches.bank[1].kind, MatchKind::kNone);
  EXPECT_EQ(matches.bank[2].kind, MatchKind::kNone);
}

TEST(MatchMovements, NeverMatchesACreditWithADebit) {
  const std::vector<BookMovement> book = {Book(-100, 10, "r")};
  const std::vector<BankMovement> bank = {Bank(100, 10, "r")};
  EXPECT_EQ(MatchMovements(book, bank, 31).bank[0].kind, MatchKind::kNone);
}

TEST(MatchMovements, TakesTheReferenceBeforeTheNearestDay) {
  const std::vector<BookMovement> book = {Book(100, 10), Book(100, 90, "r")};
  const std::vector<BankMovement> bank = {Bank(100, 10, "r"), Bank(100, 12)};
  const MovementMatches matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(matches.bank[0].kind, MatchKind::kReference);
  EXPECT_EQ(OtherOf(matches.bank[0]), 1u);
  EXPECT_EQ(matches.bank[1].kind, MatchKind::kDate);
  EXPECT_EQ(OtherOf(matches.bank[1]), 0u);
}

TEST(MatchMovements, TakesTheNearestDayAndOfTwoTheEarlier) {
  const std::vector<BookMovement> book = {Book(100, 8), Book(100, 12), Book(100, 11)};
  const std::vector<BankMovement> bank = {Bank(100, 10), Bank(100, 10)};
  const MovementMatches matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(OtherOf(matches.bank[0]), 2u);
  EXPECT_EQ(OtherOf(matches.bank[1]), 0u);
  EXPECT_EQ(matches.book[1].kind, MatchKind::kNone);
}

TEST(MatchMovements, BelievesWhatSomebodySaidAndLeavesAloneWhatIsSetApart) {
  const std::vector<BookMovement> book = {Book(100, 10), Book(100, 40)};
  std::vector<BankMovement> bank = {Bank(100, 10), Bank(100, 10)};
  bank[0].entered = {{1, 100}};
  bank[1].set_apart = true;
  const MovementMatches matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(matches.bank[0].kind, MatchKind::kEntered);
  EXPECT_EQ(OtherOf(matches.bank[0]), 1u);
  EXPECT_EQ(matches.bank[1].kind, MatchKind::kNone);
  EXPECT_EQ(matches.book[0].kind, MatchKind::kNone);
}

TEST(MatchMovements, SharesALineAmongPostingsAndLeavesTheRestOpen) {
  const std::vector<BookMovement> book = {Book(100, 10), Book(50, 10), Book(150, 10)};
  std::vector<BankMovement> bank = {Bank(300, 10), Bank(150, 10)};
  bank[0].entered = {{0, 100}, {1, 50}};
  const MovementMatches matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(matches.bank[0].kind, MatchKind::kEntered);
  EXPECT_EQ(matches.bank[0].matched, 150);
  ASSERT_EQ(matches.bank[0].parts.size(), 2u);
  EXPECT_EQ(matches.bank[0].parts[1].other, 1u);
  EXPECT_EQ(matches.bank[0].parts[1].amount, 50);
  EXPECT_EQ(matches.book[0].matched, 100);
  EXPECT_EQ(matches.book[1].matched, 50);
  // What is left of the line, 150, is not guessed: the posting of 150 goes with the other line.
  EXPECT_EQ(matches.book[2].kind, MatchKind::kDate);
  EXPECT_EQ(OtherOf(matches.book[2]), 1u);
}

TEST(MatchMovements, MakesUpAPaymentOfSeveralLines) {
  const std::vector<BookMovement> book = {Book(-900, 10), Book(-100, 10)};
  std::vector<BankMovement> bank = {Bank(-500, 10), Bank(-300, 11), Bank(-100, 10)};
  bank[0].entered = {{0, -500}};
  bank[1].entered = {{0, -300}};
  const MovementMatches matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(matches.book[0].kind, MatchKind::kEntered);
  EXPECT_EQ(matches.book[0].matched, -800);
  ASSERT_EQ(matches.book[0].parts.size(), 2u);
  EXPECT_EQ(matches.book[0].parts[1].other, 1u);
  EXPECT_EQ(OtherOf(matches.bank[2]), 1u);
}

TEST(MatchMovements, MatchesAMistakeWithItsReversalOnlyWhereTheBankKnowsNeither) {
  std::vector<BookMovement> book = {Book(100, 10), Book(-100, 20)};
  book[1].reverses = 0;
  MovementMatches matches = MatchMovements(book, {}, 3);
  EXPECT_EQ(matches.book[0].kind, MatchKind::kReversal);
  EXPECT_EQ(OtherOf(matches.book[0]), 1u);
  EXPECT_EQ(OtherOf(matches.book[1]), 0u);
  const std::vector<BankMovement> bank = {Bank(100, 10)};
  matches = MatchMovements(book, bank, 3);
  EXPECT_EQ(matches.book[0].kind, MatchKind::kDate);
  EXPECT_EQ(matches.book[1].kind, MatchKind::kNone);
}

TEST(MatchMovements, LooksForALineOnItsOwnAccountFirstAndNeverOnAnother) {
  std::vector<BookMovement> book(3);
  for (BookMovement& movement : book) {
    movement.amount = 500;
    movement.day = 10;
  }
  book[0].account = 1;
  book[1].account = kAnyAccount;
  book[2].account = 1;
  std::vector<BankMovement> bank(3);
  for (BankMovement& movement : bank) {
    movement.amount = 500;
    movement.day = 10;
    movement.reference = "r";
  }
  bank[0].account = 2;
  bank[1].account = 1;
  bank[2].account = 2;
  for (const char* reference : {"r", ""}) {
    for (BookMovement& movement : book) movement.reference = reference;
    const MovementMatches matches = MatchMovements(book, bank, 5);
    ASSERT_EQ(matches.bank[0].parts.size(), 1u) << reference;
    EXPECT_EQ(matches.bank[0].parts[0].other, 1u) << reference;
    ASSERT_EQ(matches.bank[1].parts.size(), 1u) << reference;
    EXPECT_EQ(matches.bank[1].parts[0].other, 0u) << reference;
    EXPECT_EQ(matches.bank[2].kind, MatchKind::kNone) << reference;
    EXPECT_EQ(matches.book[2].kind, MatchKind::kNone) << reference;
  }
}

TEST(MatchMovements, GivesEachPostingAtMostOneLineWhateverComes) {
  std::mt19937 draws(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<BookMovement> book;
    std::vector<BankMovement> bank;
    for (unsigned i = draws() % 20; i > 0; --i) {
      book.push_back(Book(static_cast<int64_t>(draws() % 3) - 1, draws() % 6, draws() % 3 == 0 ? "r" : ""));
    }
    for (unsigned i = draws() % 20; i > 0; --i) {
      bank.push_back(Bank(static_cast<int64_t>(draws() % 3) - 1, draws() % 6, draws() % 3 == 0 ? "r" : ""));
    }
    const int window = static_cast<int>(draws() % 4);
    const MovementMatches matches = MatchMovements(book, bank, window);
    for (std::size_t i = 0; i < bank.size(); ++i) {
      if (matches.bank[i].kind == MatchKind::kNone) continue;
      const std::size_t other = OtherOf(matches.bank[i]);
      ASSERT_EQ(matches.book[other].kind, matches.bank[i].kind);
      ASSERT_EQ(OtherOf(matches.book[other]), i);
      ASSERT_EQ(book[other].amount, bank[i].amount);
      ASSERT_EQ(matches.bank[i].matched, bank[i].amount);
      if (matches.bank[i].kind == MatchKind::kDate) {
        ASSERT_LE(std::abs(book[other].day - bank[i].day), window);
      }
    }
    // Nothing that could be matched by its day is left on both sides.
    for (std::size_t i = 0; i < bank.size(); ++i) {
      for (std::size_t k = 0; k < book.size(); ++k) {
        const bool both_left = matches.bank[i].kind == MatchKind::kNone && matches.book[k].kind == MatchKind::kNone;
        ASSERT_FALSE(both_left && book[k].amount == bank[i].amount && std::abs(book[k].day - bank[i].day) <= window);
      }
    }
  }
}

}  // namespace
}  // namespace oriundo
