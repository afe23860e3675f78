#include "server/rules/money_trail.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/limits.h"
#include "server/rules/refund.h"
#include "server/rules/test_seed.h"

namespace oriundo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum TrailKind;

constexpr int kClub = 0;
constexpr int kFederal = 1;
constexpr int kMunicipality = 2;

// One inflow and where its money is, as its rows tell.
struct InflowSums {
  std::string name;
  int party;
  TrailSums sums;
};

// A trail that keeps the rows it wrote, and sums them up inflow by inflow. Everything may be returned and reversed unless told
// otherwise.
class Recorded {
 public:
  explicit Recorded(int parties) : trail_(parties, [this](const TrailRow& row) { Take(row); }) {}
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

  void Inflow(const TrailInflow& inflow) {
    trail_.Inflow(inflow);
    inflows_.push_back({inflow.name, inflow.party, {.received = inflow.amount, .left = inflow.amount}});
    places_.emplace(inflow.name, inflows_.size() - 1);
  }
  void Outflow(std::string_view name, int64_t amount, int64_t sequence, bool may_reverse = true) {
    trail_.Outflow(name, amount, sequence, may_reverse);
  }
  void Refund(std::string_view name, int party, int64_t amount, int64_t sequence, bool may_reverse = true) {
    trail_.Refund(name, party, amount, sequence, may_reverse);
  }
  void HoldForRefunds(const std::vector<int64_t>& amounts, int64_t sequence) { trail_.HoldForRefunds(amounts, sequence); }
  void ReverseRefund(std::string_view name, int64_t sequence) { trail_.ReverseRefund(name, sequence); }
  void ReturnInflow(std::string_view name, int64_t amount, int64_t sequence) { trail_.ReturnInflow(name, amount, sequence); }
  void GiveToCoverers(int party, const std::vector<int64_t>& parts, int64_t sequence) {
    trail_.GiveToCoverers(party, parts, sequence);
  }
  void ReverseOutflow(std::string_view name, int64_t sequence) { trail_.ReverseOutflow(name, sequence); }
  void GiveBack(std::string_view name, int64_t amount, int64_t sequence) { trail_.GiveBack(name, amount, sequence); }

  void TakeAgain(std::string_view name, const std::vector<int64_t>& parts, int64_t sequence) { trail_.TakeAgain(name, parts, sequence); }

  const std::vector<TrailRow>& rows() const { return rows_; }
  const std::vector<InflowSums>& inflows() const { return inflows_; }
  const std::vector<TrailSums>& parties() const { return trail_.parties(); }
  std::size_t items() const { return trail_.items(); }
  int64_t held() const { return trail_.held(); }

  // What the trail itself says is left, oldest first.
  std::vector<TrailLeft> Left() const {
    std::vector<TrailLeft> left;
    for (auto next = trail_.NextLeft(0); next; next = trail_.NextLeft(next->index + 1)) left.push_back(*next);
    return left;
  }

 private:
  void Take(const TrailRow& row) {
    rows_.push_back(row);
    TrailSums& sums = inflows_[places_.at(row.inflow)].sums;
    if (row.kind == kSpent) sums.spent += row.amount;
    if (row.kind == kRefunded || row.kind == kReturned) sums.refunded += row.amount;
    if (row.kind == kEqualised) sums.equalised += row.amount;
    sums.left -= row.amount;
  }

  MoneyTrail trail_;
  std::vector<TrailRow> rows_;
  std::vector<InflowSums> inflows_;
  std::map<std::string, std::size_t> places_;
};

// A project of three parties: the club pays twice, the federal programme and the municipality once.
class ThreeParties : public Recorded {
 public:
  ThreeParties() : Recorded(3) {
    Inflow({"c1", kClub, 60, 1});
    Inflow({"c2", kClub, 40, 2});
    Inflow({"f1", kFederal, 200, 3});
    Inflow({"m1", kMunicipality, 100, 4});
  }
};

std::vector<TrailRow> RowsFrom(const Recorded& trail, std::size_t first) {
  return {trail.rows().begin() + static_cast<std::ptrdiff_t>(first), trail.rows().end()};
}

TEST(MoneyTrail, DrawsAnOutflowProRataAndWithinAPartyFirstInFirstOut) {
  ThreeParties trail;
  trail.Outflow("invoice-1", 100, 5);
  trail.Outflow("invoice-2", 201, 6);
  EXPECT_THAT(trail.rows(), ElementsAre(TrailRow{"invoice-1", "c1", kClub, 25, kSpent, 5},
                                        TrailRow{"invoice-1", "f1", kFederal, 50, kSpent, 5},
                                        TrailRow{"invoice-1", "m1", kMunicipality, 25, kSpent, 5},
                                        // 75/150/75 are left; ideal parts 50.25, 100.5 and 50.25.
                                        TrailRow{"invoice-2", "c1", kClub, 35, kSpent, 6},
                                        TrailRow{"invoice-2", "c2", kClub, 15, kSpent, 6},
                                        TrailRow{"invoice-2", "f1", kFederal, 101, kSpent, 6},
                                        TrailRow{"invoice-2", "m1", kMunicipality, 50, kSpent, 6}));
  EXPECT_EQ(trail.inflows()[1].sums, (TrailSums{.received = 40, .spent = 15, .refunded = 0, .equalised = 0, .left = 25}));
  EXPECT_EQ(trail.parties()[kClub], (TrailSums{.received = 100, .spent = 75, .refunded = 0, .equalised = 0, .left = 25}));
}

TEST(MoneyTrail, RefundsAPartyFromItsOwnMoneyFirstInFirstOut) {
  ThreeParties trail;
  trail.Refund("refund-1", kClub, 70, 5);
  EXPECT_THAT(trail.rows(), ElementsAre(TrailRow{"refund-1", "c1", kClub, 60, kRefunded, 5},
                                        TrailRow{"refund-1", "c2", kClub, 10, kRefunded, 5}));
  EXPECT_EQ(trail.parties()[kClub], (TrailSums{.received = 100, .spent = 0, .refunded = 70, .equalised = 0, .left = 30}));
}

TEST(MoneyTrail, ShowsBothEndsOfWhatOthersCoverInARefund) {
  ThreeParties trail;
  trail.Refund("refund-1", kClub, 115, 5);
  EXPECT_THAT(trail.rows(), ElementsAre(TrailRow{"refund-1", "c1", kClub, 60, kRefunded, 5},
                                        TrailRow{"refund-1", "c2", kClub, 40, kRefunded, 5},
                                        TrailRow{"refund-1", "f1", kFederal, 10, kEqualised, 5},
                                        TrailRow{"refund-1", "m1", kMunicipality, 5, kEqualised, 5},
                                        TrailRow{"refund-1", "c2", kClub, 15, kRefunded, 5},
                                        TrailRow{"refund-1", "c2", kClub, -15, kEqualised, 5}));
  EXPECT_EQ(trail.parties()[kClub], (TrailSums{.received = 100, .spent = 0, .refunded = 115, .equalised = -15, .left = 0}));
  EXPECT_EQ(trail.parties()[kFederal], (TrailSums{.received = 200, .spent = 0, .refunded = 0, .equalised = 10, .left = 190}));
}

// Refunds go by cash paid in (domain 4.7), draws by what is left; they differ once a party paid in after others had spent.
TEST(MoneyTrail, EqualisesToZeroOverASetOfRefundsAndEmptiesTheBox) {
  Recorded trail(2);
  trail.Inflow({"c1", kClub, 100, 1});
  trail.Outflow("invoice-1", 80, 2);
  trail.Inflow({"f1", kFederal, 100, 3});
  const std::vector<int64_t> refunds = ApportionRefund(120, std::vector<int64_t>{100, 100});
  EXPECT_THAT(refunds, ElementsAre(60, 60));
  trail.Refund("refund-c", kClub, refunds[kClub], 4);
  trail.Refund("refund-f", kFederal, refunds[kFederal], 4);
  EXPECT_EQ(trail.parties()[kClub], (TrailSums{.received = 100, .spent = 80, .refunded = 60, .equalised = -40, .left = 0}));
  EXPECT_EQ(trail.parties()[kFederal], (TrailSums{.received = 100, .spent = 0, .refunded = 60, .equalised = 40, .left = 0}));
}

TEST(MoneyTrail, KeepsWhatIsApportionedForEachPartyInWhateverOrderItIsPaid) {
  for (const bool club_first : {true, false}) {
    Recorded trail(2);
    trail.Inflow({"c1", kClub, 100, 1});
    trail.Inflow({"f1", kFederal, 100, 2});
    trail.Inflow({"f2", kFederal, 100, 3});
    trail.HoldForRefunds({120, 130}, 4);
    EXPECT_EQ(trail.held(), 250);
    EXPECT_THAT(trail.rows(), IsEmpty()) << "nothing has moved yet";
    if (club_first) trail.Refund("to-club", kClub, 120, 5);
    trail.Refund("to-federal", kFederal, 130, 6);
    if (!club_first) trail.Refund("to-club", kClub, 120, 7);
    EXPECT_EQ(trail.parties()[kClub], (TrailSums{.received = 100, .spent = 0, .refunded = 120, .equalised = -20, .left = 0}));
    EXPECT_EQ(trail.parties()[kFederal], (TrailSums{.received = 200, .spent = 0, .refunded = 130, .equalised = 20, .left = 50}));
    EXPECT_EQ(trail.held(), 0);
    const std::vector<TrailLeft> left = trail.Left();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].name, "f2");
  }
}

TEST(MoneyTrail, SpendsNothingThatIsKeptForRefunds) {
  ThreeParties trail;
  trail.HoldForRefunds({100, 0, 40}, 5);
  trail.Outflow("retention", 130, 6);
  EXPECT_EQ(trail.parties()[kClub].spent, 0);
  EXPECT_EQ(trail.parties()[kFederal].spent, 100);
  EXPECT_EQ(trail.parties()[kMunicipality].spent, 30);
  EXPECT_DEATH(trail.HoldForRefunds({0, 101, 30}, 7), "amount <= box");
}

TEST(MoneyTrail, HoldsWhatAReversedRefundGaveBackForTheSameParty) {
  ThreeParties trail;
  trail.Refund("refund-1", kClub, 115, 5);  // 100 its own, 15 covered by the others: 10 and 5.
  const std::vector<TrailSums> before = ThreeParties().parties();
  const std::vector<TrailSums> paid = trail.parties();
  const std::vector<TrailRow> first = RowsFrom(trail, 0);
  trail.ReverseRefund("refund-1", 6);
  EXPECT_EQ(trail.parties(), before);
  // It waits for the club: an invoice draws on what the others have besides.
  trail.Outflow("invoice-1", 285, 7);
  EXPECT_EQ(trail.parties()[kFederal].left, 10);
  EXPECT_EQ(trail.parties()[kMunicipality].left, 5);
  EXPECT_EQ(trail.parties()[kClub].left, 100);
  // New money of the others does not change whose money pays it.
  trail.Inflow({"f2", kFederal, 1'000, 8});
  const std::size_t rows = trail.rows().size();
  trail.Refund("refund-2", kClub, 115, 9);
  std::vector<TrailRow> again = RowsFrom(trail, rows);
  ASSERT_EQ(again.size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    again[i].outflow = first[i].outflow;
    again[i].sequence = first[i].sequence;
    EXPECT_EQ(again[i], first[i]) << i;
  }
  EXPECT_EQ(trail.parties()[kClub], paid[kClub]);
  EXPECT_EQ(trail.parties()[kFederal].left, 1'000);
}

TEST(MoneyTrail, ReturnsAnInflowFromItselfThenItsPartyThenTheOthersCover) {
  ThreeParties trail;
  trail.Outflow("invoice-1", 300, 5);  // 75 of the club: c1 empty, c2 25 left; 50 of f1 and 25 of m1 left.
  const std::size_t before = trail.rows().size();
  trail.ReturnInflow("c2", 20, 6);
  EXPECT_THAT(RowsFrom(trail, before), ElementsAre(TrailRow{"c2", "c2", kClub, 20, kReturned, 6}));
  trail.ReturnInflow("c1", 20, 7);
  EXPECT_THAT(RowsFrom(trail, before + 1), ElementsAre(TrailRow{"c1", "c2", kClub, 5, kReturned, 7},
                                                       TrailRow{"c1", "f1", kFederal, 10, kEqualised, 7},
                                                       TrailRow{"c1", "m1", kMunicipality, 5, kEqualised, 7},
                                                       TrailRow{"c1", "c1", kClub, 15, kReturned, 7},
                                                       TrailRow{"c1", "c1", kClub, -15, kEqualised, 7}));
  EXPECT_EQ(trail.inflows()[0].sums, (TrailSums{.received = 60, .spent = 60, .refunded = 15, .equalised = -15, .left = 0}));
}

TEST(MoneyTrail, ReturnsAnInflowFromItselfEvenIfAnOlderOneOfItsPartyHasMoneyLeft) {
  ThreeParties trail;
  trail.ReturnInflow("c2", 40, 5);
  EXPECT_THAT(trail.rows(), ElementsAre(TrailRow{"c2", "c2", kClub, 40, kReturned, 5}));
  EXPECT_EQ(trail.inflows()[0].sums.left, 60);
}

TEST(MoneyTrail, WritesNothingForAReversedContributionOfWhichTheBoxHoldsNothing) {
  Recorded trail(1);
  trail.Inflow({"c1", kClub, 100, 1});
  trail.Outflow("invoice-1", 100, 2);
  trail.ReturnInflow("c1", 0, 3);
  EXPECT_EQ(trail.rows().size(), 1);
  EXPECT_EQ(trail.parties()[kClub].spent, 100);
}

TEST(MoneyTrail, GivesReversedSpendingBackToTheInflowsItCameFrom) {
  ThreeParties trail;
  const std::vector<TrailSums> before = trail.parties();
  trail.Outflow("invoice-1", 300, 5);
  trail.ReverseOutflow("invoice-1", 6);
  EXPECT_THAT(RowsFrom(trail, 4), ElementsAre(TrailRow{"invoice-1", "c1", kClub, -60, kSpent, 6},
                                              TrailRow{"invoice-1", "c2", kClub, -15, kSpent, 6},
                                              TrailRow{"invoice-1", "f1", kFederal, -150, kSpent, 6},
                                              TrailRow{"invoice-1", "m1", kMunicipality, -75, kSpent, 6}));
  EXPECT_EQ(trail.parties(), before);
  // The oldest inflow is first in line again.
  trail.Outflow("invoice-2", 4, 7);
  EXPECT_EQ(trail.rows()[8], (TrailRow{"invoice-2", "c1", kClub, 1, kSpent, 7}));
}

TEST(MoneyTrail, GivesReversedSpendingBackToAnInflowThatWasReturnedMeanwhile) {
  ThreeParties trail;
  trail.Outflow("invoice-1", 240, 5);  // 60 of the club, all of c1.
  trail.ReturnInflow("c1", 60, 6);     // 40 of c2, and 20 of the others.
  trail.ReverseOutflow("invoice-1", 7);
  EXPECT_EQ(trail.inflows()[0].sums, (TrailSums{.received = 60, .spent = 0, .refunded = 20, .equalised = -20, .left = 60}));
  EXPECT_EQ(trail.parties()[kClub], (TrailSums{.received = 100, .spent = 0, .refunded = 60, .equalised = -20, .left = 60}));
}

TEST(MoneyTrail, GivesAPartOfAnOutflowBackToWhatItTookLast) {
  Recorded trail(2);
  trail.Inflow({.name = "c1", .party = kClub, .amount = 40, .sequence = 1});
  trail.Inflow({.name = "c2", .party = kClub, .amount = 60, .sequence = 2});
  trail.Inflow({.name = "f1", .party = kFederal, .amount = 100, .sequence = 3});
  trail.Outflow("advance", 120, 4);  // 40 and 20 of the club, 60 of the federal money.
  trail.GiveBack("advance", 50, 5);
  EXPECT_EQ(trail.parties()[kClub].left, 65);
  EXPECT_EQ(trail.parties()[kFederal].left, 65);
  EXPECT_EQ(trail.inflows()[0].sums.left, 5);
  EXPECT_EQ(trail.inflows()[1].sums.left, 60);
  EXPECT_EQ(trail.inflows()[2].sums.left, 65);
  // The rest may still be reversed.
  trail.ReverseOutflow("advance", 6);
  EXPECT_EQ(trail.inflows()[0].sums, (TrailSums{.received = 40, .spent = 0, .refunded = 0, .equalised = 0, .left = 40}));
  EXPECT_EQ(trail.parties()[kFederal].left, 100);
}

TEST(MoneyTrail, TakesAgainWhatHadNotComeBackAfterAll) {
  Recorded trail(2);
  trail.Inflow({.name = "c1", .party = kClub, .amount = 40, .sequence = 1});
  trail.Inflow({.name = "c2", .party = kClub, .amount = 60, .sequence = 2});
  trail.Inflow({.name = "f1", .party = kFederal, .amount = 100, .sequence = 3});
  trail.Outflow("advance", 120, 4);
  trail.GiveBack("advance", 50, 5);
  trail.TakeAgain("advance", {25, 25}, 6);
  // Every inflow is where it was before anything seemed to come back.
  EXPECT_EQ(trail.inflows()[0].sums.left, 0);
  EXPECT_EQ(trail.inflows()[1].sums.left, 40);
  EXPECT_EQ(trail.inflows()[2].sums.left, 40);
  // It is the advance's again, to be given back or reversed.
  trail.GiveBack("advance", 10, 7);
  trail.ReverseOutflow("advance", 8);
  EXPECT_EQ(trail.parties()[kClub].left, 100);
  EXPECT_EQ(trail.parties()[kFederal].left, 100);
  EXPECT_EQ(trail.inflows()[0].sums, (TrailSums{.received = 40, .spent = 0, .refunded = 0, .equalised = 0, .left = 40}));
}

TEST(MoneyTrail, GivesWhatWasCoveredBackToTheInflowsThatCoveredLast) {
  ThreeParties trail;
  trail.Inflow({"f2", kFederal, 20, 5});
  trail.Outflow("invoice-1", 380, 6);  // 91 of the club, 199 of the federal money and 90 of the municipality's.
  trail.ReturnInflow("c1", 40, 7);     // 9 of c2, 1 of f1 and 20 of f2, and 10 of m1.
  ASSERT_EQ(trail.parties()[kFederal].equalised, 21);
  trail.Inflow({"repaid", kClub, 40, 8});
  const std::size_t before = trail.rows().size();
  trail.GiveToCoverers(kClub, {0, 20, 5}, 8);
  EXPECT_THAT(RowsFrom(trail, before), ElementsAre(TrailRow{"repaid", "repaid", kClub, 25, kEqualised, 8},
                                                   TrailRow{"repaid", "f2", kFederal, -20, kEqualised, 8},
                                                   TrailRow{"repaid", "m1", kMunicipality, -5, kEqualised, 8}));
  EXPECT_EQ(trail.inflows()[4].sums, (TrailSums{.received = 20, .spent = 0, .refunded = 0, .equalised = 0, .left = 20}));
  EXPECT_EQ(trail.parties()[kClub].equalised, -6);
  EXPECT_EQ(trail.parties()[kClub].left, 15);
  // The next one gives the rest.
  trail.Inflow({"again", kClub, 6, 9});
  trail.GiveToCoverers(kClub, {0, 1, 5}, 9);
  for (const TrailSums& party : trail.parties()) EXPECT_EQ(party.equalised, 0);
  EXPECT_EQ(trail.inflows()[2].sums.left, 1);
}

TEST(MoneyTrail, StaysExactAtTheLargestAmounts) {
  Recorded trail(kPartiesPerProjectMax);
  for (int party = 0; party < kPartiesPerProjectMax; ++party) {
    trail.Inflow({"inflow-" + std::to_string(party), party, kAmountMinorUnitsMax, party});
  }
  trail.Outflow("invoice-1", kAmountMinorUnitsMax + 1, 100);
  EXPECT_EQ(trail.parties()[0].spent, kAmountMinorUnitsMax / kPartiesPerProjectMax + 1);
  EXPECT_EQ(trail.parties()[31].spent, kAmountMinorUnitsMax / kPartiesPerProjectMax);
}

TEST(MoneyTrail, WritesNoRowForAMovementOfZero) {
  Recorded trail(1);
  trail.Inflow({"c1", kClub, 0, 1});
  trail.Outflow("invoice-1", 0, 1);
  trail.Refund("refund-1", kClub, 0, 1);
  trail.ReverseOutflow("invoice-1", 1);
  EXPECT_THAT(trail.rows(), IsEmpty());
}

// Runs one random history against two simpler truths: the ledger's, which keeps only what each party has left and the draw
// of each outflow; and the rows alone, summed up inflow by inflow.
class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed)
      : random_(seed),
        parties_(1 + static_cast<int>(seed % 6)),
        trail_(parties_),
        left_(parties_),
        has_inflow_(parties_),
        held_(parties_, std::vector<int64_t>(parties_)) {}

  void Step() {
    ++sequence_;
    switch (random_() % 13) {
      case 0:
      case 1:
      case 2:
        return Inflow();
      case 3:
      case 4:
      case 5:
        return Outflow();
      case 6:
        return Refund();
      case 7:
        return Return();
      case 8:
        return ReverseRefund();
      case 9:
        return Repay();
      case 10:
        return Hold();
      default:
        return Reverse();
    }
  }

  // Everything that must hold after every step.
  void Check() {
    for (; rows_seen_ < trail_.rows().size(); ++rows_seen_) Replay(trail_.rows()[rows_seen_]);

    std::vector<TrailSums> parties(parties_);
    for (const InflowSums& inflow : trail_.inflows()) {
      const TrailSums& sums = inflow.sums;
      EXPECT_EQ(sums.received, sums.spent + sums.refunded + sums.equalised + sums.left) << inflow.name;
      EXPECT_TRUE(sums.spent >= 0 && sums.refunded >= 0 && sums.left >= 0) << inflow.name;
      EXPECT_EQ(sums, replayed_[inflow.name]) << inflow.name;
      TrailSums& party = parties[inflow.party];
      party.received += sums.received;
      party.spent += sums.spent;
      party.refunded += sums.refunded;
      party.equalised += sums.equalised;
      party.left += sums.left;
    }
    EXPECT_EQ(trail_.parties(), parties);
    std::vector<TrailLeft> left = trail_.Left();
    for (std::size_t i = 0, next = 0; i < trail_.inflows().size(); ++i) {
      const InflowSums& inflow = trail_.inflows()[i];
      if (inflow.sums.left == 0) continue;
      ASSERT_LT(next, left.size());
      EXPECT_EQ(left[next].index, i);
      EXPECT_EQ(left[next].name, inflow.name);
      EXPECT_EQ(left[next].amount, inflow.sums.left);
      ++next;
    }

    int64_t equalised = 0;
    for (int i = 0; i < parties_; ++i) {
      int64_t held = 0;
      for (const std::vector<int64_t>& for_party : held_) held += for_party[i];
      EXPECT_EQ(parties[i].left, left_[i] + held) << "party " << i;
      equalised += parties[i].equalised;
    }
    EXPECT_EQ(equalised, 0);
    EXPECT_EQ(std::accumulate(left_.begin(), left_.end(), int64_t{0}), box_);
    EXPECT_LE(trail_.rows().size(),
              outflows_.size() * parties_ + payments_ * (parties_ + 1) + trail_.inflows().size() + 2 * rows_given_back_ +
                  holds_ * parties_ * parties_);
  }

  const Recorded& trail() const { return trail_; }

 private:
  struct SpentOutflow {
    std::string name;
    std::vector<int64_t> draw;
    int64_t amount = 0;
    std::size_t rows = 0;
    bool reversed = false;
  };

  struct PaidRefund {
    std::string name;
    int party = 0;
    // What each party's inflows gave.
    std::vector<int64_t> draw;
    std::size_t rows = 0;
    bool reversed = false;
  };

  bool IsAnythingHeld() const {
    for (const std::vector<int64_t>& for_party : held_) {
      if (std::accumulate(for_party.begin(), for_party.end(), int64_t{0}) > 0) return true;
    }
    return false;
  }

  std::string NewName(const char* kind) { return kind + std::to_string(sequence_); }

  int AnyParty() { return static_cast<int>(random_() % parties_); }

  int64_t AnyAmountInTheBox() { return random_() % 8 == 0 ? box_ : AnyMagnitude(random_, 0, box_); }

  void TakeFromLeft(const std::vector<int64_t>& draw) {
    for (int i = 0; i < parties_; ++i) left_[i] -= draw[i];
  }

  void Inflow() {
    const TrailInflow inflow = {NewName("in"), AnyParty(), AnyMagnitude(random_, 0, kAmountMinorUnitsMax), sequence_};
    trail_.Inflow(inflow);
    replayed_[inflow.name] = {.received = inflow.amount, .left = inflow.amount};
    left_[inflow.party] += inflow.amount;
    has_inflow_[inflow.party] = true;
    box_ += inflow.amount;
  }

  // Comes in, and makes up for what others covered.
  void Repay() {
    std::vector<int64_t> covered;
    for (const TrailSums& party : trail_.parties()) covered.push_back(std::max<int64_t>(0, party.equalised));
    const int party = AnyParty();
    const int64_t lacks = -trail_.parties()[party].equalised;
    if (lacks <= 0) return;
    const TrailInflow inflow = {NewName("repaid"), party, AnyMagnitude(random_, 0, kAmountMinorUnitsMax), sequence_};
    const int64_t given = std::min(lacks, inflow.amount);
    const std::vector<int64_t> parts = DrawProRata(given, covered);
    trail_.Inflow(inflow);
    replayed_[inflow.name] = {.received = inflow.amount, .left = inflow.amount};
    const std::size_t rows = trail_.rows().size();
    trail_.GiveToCoverers(party, parts, sequence_);
    rows_given_back_ += trail_.rows().size() - rows;
    box_ += inflow.amount;
    left_[party] += inflow.amount - given;
    for (int i = 0; i < parties_; ++i) left_[i] += parts[i];
  }

  void Outflow() {
    const int64_t amount = AnyAmountInTheBox();
    SpentOutflow outflow = {.name = NewName("out"), .draw = DrawProRata(amount, left_), .amount = amount};
    const std::size_t rows = trail_.rows().size();
    trail_.Outflow(outflow.name, amount, sequence_);
    outflow.rows = trail_.rows().size() - rows;
    TakeFromLeft(outflow.draw);
    outflows_.push_back(outflow);
    box_ -= amount;
  }

  void Refund() {
    const int party = AnyParty();
    if (!has_inflow_[party]) return;
    // What came back of earlier refunds goes first and whole.
    const int64_t amount = AnyAmountInTheBox();
    PaidRefund refund = {.name = NewName("refund"), .party = party, .draw = DrawForParty(party, amount, left_).from_left};
    TakeFromLeft(refund.draw);
    box_ -= amount;
    for (int i = 0; i < parties_; ++i) refund.draw[i] += std::exchange(held_[party][i], 0);
    const std::size_t rows = trail_.rows().size();
    trail_.Refund(refund.name, party, std::accumulate(refund.draw.begin(), refund.draw.end(), int64_t{0}), sequence_);
    refund.rows = trail_.rows().size() - rows;
    refunds_.push_back(refund);
    ++payments_;
  }

  // Keeps so much for the refunds of everybody who ever paid.
  void Hold() {
    std::vector<int64_t> amounts(parties_);
    int64_t kept = 0;
    for (int party = 0; party < parties_; ++party) {
      if (has_inflow_[party]) amounts[party] = AnyMagnitude(random_, 0, box_ - kept);
      kept += amounts[party];
    }
    trail_.HoldForRefunds(amounts, sequence_);
    const std::vector<RefundDraw> draws = DrawForParties(amounts, left_);
    for (int party = 0; party < parties_; ++party) {
      TakeFromLeft(draws[party].from_left);
      for (int i = 0; i < parties_; ++i) held_[party][i] += draws[party].from_left[i];
    }
    box_ -= kept;
    ++holds_;
  }

  void ReverseRefund() {
    if (refunds_.empty()) return;
    PaidRefund& refund = refunds_[random_() % refunds_.size()];
    if (refund.reversed) return;
    refund.reversed = true;
    trail_.ReverseRefund(refund.name, sequence_);
    for (int i = 0; i < parties_; ++i) held_[refund.party][i] += refund.draw[i];
    rows_given_back_ += refund.rows;
  }

  void Return() {
    if (trail_.inflows().empty()) return;
    const InflowSums inflow = trail_.inflows()[random_() % trail_.inflows().size()];
    const int64_t amount = std::min(inflow.sums.received, box_);
    trail_.ReturnInflow(inflow.name, amount, sequence_);
    TakeFromLeft(DrawForParty(inflow.party, amount, left_).from_left);
    box_ -= amount;
    ++payments_;
  }

  void Reverse() {
    if (outflows_.empty()) return;
    SpentOutflow& outflow = outflows_[random_() % outflows_.size()];
    if (outflow.reversed) return;
    outflow.reversed = true;
    trail_.ReverseOutflow(outflow.name, sequence_);
    for (int i = 0; i < parties_; ++i) left_[i] += outflow.draw[i];
    rows_given_back_ += outflow.rows;
    box_ += outflow.amount;
  }

  // Adds one row to the sums kept from rows alone.
  void Replay(const TrailRow& row) {
    EXPECT_NE(row.amount, 0);
    TrailSums& sums = replayed_[row.inflow];
    if (row.kind == kSpent) sums.spent += row.amount;
    if (row.kind == kRefunded || row.kind == kReturned) sums.refunded += row.amount;
    if (row.kind == kEqualised) sums.equalised += row.amount;
    sums.left -= row.amount;
    if (row.kind != kSpent || row.amount < 0 || IsAnythingHeld()) return;
    for (const InflowSums& older : trail_.inflows()) {
      if (older.name == row.inflow) return;
      EXPECT_TRUE(older.party != row.party || replayed_[older.name].left == 0) << older.name << " comes before " << row.inflow;
    }
  }

  std::mt19937_64 random_;
  const int parties_;
  Recorded trail_;
  int64_t sequence_ = 0;
  int64_t box_ = 0;
  // The ledger's side.
  std::vector<int64_t> left_;
  std::vector<bool> has_inflow_;
  std::vector<SpentOutflow> outflows_;
  std::vector<PaidRefund> refunds_;
  // Kept for refunds of the party of the first index, out of the inflows of the second; also what reversed ones gave back.
  std::vector<std::vector<int64_t>> held_;
  std::size_t payments_ = 0;
  // Each splits at most one inflow for each payer and payee.
  std::size_t holds_ = 0;
  std::size_t rows_given_back_ = 0;
  // The rows' side.
  std::size_t rows_seen_ = 0;
  std::map<std::string, TrailSums> replayed_;
};

// What happened to a box, to be told again.
struct Movement {
  enum Kind { kInflow, kOutflow, kRefund, kReturn, kReverse, kReverseRefund, kGive, kHold } kind;
  std::string name;
  int party = 0;
  int64_t amount = 0;
  // What is given to each party, or kept for it.
  std::vector<int64_t> parts = {};
};

// A trail that is told what will not come forgets as it goes, and writes the same rows as one that forgets nothing.
TEST(MoneyTrail, WritesTheSameRowsWhenItForgetsWhatNobodyWillAskFor) {
  const uint64_t first_seed = TestSeed();
  SCOPED_TRACE(SeedTrace(first_seed));
  for (uint64_t run = 0; run < 300 && !testing::Test::HasFailure(); ++run) {
    std::mt19937_64 random(first_seed + run);
    const int parties = 1 + static_cast<int>(run % 5);
    Recorded all(parties);
    std::vector<Movement> movements;
    std::vector<std::string> outflows;
    std::vector<std::string> refunds;
    for (int step = 0; step < 80; ++step) {
      int64_t box = 0;
      // What a reversed refund gave back is for the next one.
      for (const TrailSums& party : all.parties()) box += party.left;
      box -= all.held();
      Movement movement = {.kind = Movement::kInflow, .name = "m" + std::to_string(step)};
      movement.party = static_cast<int>(random() % static_cast<uint64_t>(parties));
      const auto has_paid = [&](int party) {
        return std::any_of(all.inflows().begin(), all.inflows().end(), [&](const InflowSums& inflow) { return inflow.party == party; });
      };
      switch (random() % 10) {
        case 0:
        case 1:
          movement.amount = static_cast<int64_t>(random() % 1'000);
          all.Inflow({movement.name, movement.party, movement.amount, step});
          if (const int64_t lacks = -all.parties()[movement.party].equalised; lacks > 0) {
            std::vector<int64_t> covered;
            for (const TrailSums& party : all.parties()) covered.push_back(std::max<int64_t>(0, party.equalised));
            movements.push_back(movement);
            movement.kind = Movement::kGive;
            movement.parts = DrawProRata(std::min(lacks, movement.amount), covered);
            all.GiveToCoverers(movement.party, movement.parts, step);
          }
          break;
        case 2:
          if (all.inflows().empty()) continue;
          movement.kind = Movement::kReturn;
          movement.name = all.inflows()[random() % all.inflows().size()].name;
          movement.amount = static_cast<int64_t>(random() % static_cast<uint64_t>(box + 1));
          all.ReturnInflow(movement.name, movement.amount, step);
          break;
        case 3: {
          if (outflows.empty()) continue;
          movement.kind = Movement::kReverse;
          const std::size_t at = random() % outflows.size();
          movement.name = outflows[at];
          outflows.erase(outflows.begin() + static_cast<std::ptrdiff_t>(at));
          all.ReverseOutflow(movement.name, step);
          break;
        }
        case 4: {
          if (!has_paid(movement.party)) continue;
          movement.kind = Movement::kRefund;
          movement.amount = static_cast<int64_t>(random() % static_cast<uint64_t>(box + 1));
          all.Refund(movement.name, movement.party, movement.amount, step);
          refunds.push_back(movement.name);
          break;
        }
        case 5: {
          if (refunds.empty()) continue;
          movement.kind = Movement::kReverseRefund;
          movement.name = refunds.back();
          refunds.pop_back();
          all.ReverseRefund(movement.name, step);
          break;
        }
        case 6:
          movement.kind = Movement::kHold;
          for (int party = 0; party < parties; ++party) {
            const bool gets = has_paid(party);
            movement.parts.push_back(gets ? static_cast<int64_t>(random() % static_cast<uint64_t>(box + 1)) : 0);
            box -= movement.parts.back();
          }
          all.HoldForRefunds(movement.parts, step);
          break;
        default:
          movement.kind = Movement::kOutflow;
          movement.amount = static_cast<int64_t>(random() % static_cast<uint64_t>(box + 1));
          all.Outflow(movement.name, movement.amount, step);
          outflows.push_back(movement.name);
          break;
      }
      movements.push_back(movement);
    }

    Recorded forgetful(parties);
    const auto comes = [&](std::size_t from, Movement::Kind kind, const std::string& name) {
      return std::any_of(movements.begin() + static_cast<std::ptrdiff_t>(from), movements.end(),
                         [&](const Movement& later) { return later.kind == kind && later.name == name; });
    };
    std::size_t returns = 0;
    for (const Movement& movement : movements) returns += movement.kind == Movement::kReturn;
    for (std::size_t i = 0; i < movements.size(); ++i) {
      const Movement& m = movements[i];
      const auto sequence = static_cast<int64_t>(i);
      switch (m.kind) {
        case Movement::kInflow:
          forgetful.Inflow({m.name, m.party, m.amount, sequence, comes(i, Movement::kReturn, m.name)});
          break;
        case Movement::kOutflow:
          forgetful.Outflow(m.name, m.amount, sequence, comes(i, Movement::kReverse, m.name));
          break;
        case Movement::kRefund:
          forgetful.Refund(m.name, m.party, m.amount, sequence, comes(i, Movement::kReverseRefund, m.name));
          break;
        case Movement::kReverseRefund: forgetful.ReverseRefund(m.name, sequence); break;
        case Movement::kReturn: forgetful.ReturnInflow(m.name, m.amount, sequence); break;
        case Movement::kReverse: forgetful.ReverseOutflow(m.name, sequence); break;
        case Movement::kGive: forgetful.GiveToCoverers(m.party, m.parts, sequence); break;
        case Movement::kHold: forgetful.HoldForRefunds(m.parts, sequence); break;
      }
    }
    ASSERT_EQ(forgetful.rows().size(), all.rows().size());
    for (std::size_t i = 0; i < all.rows().size(); ++i) {
      TrailRow row = all.rows()[i];
      row.sequence = forgetful.rows()[i].sequence;  // Counted differently here.
      ASSERT_EQ(forgetful.rows()[i], row) << "run " << run << ", row " << i;
    }
    EXPECT_EQ(forgetful.parties(), all.parties());
    // Nothing is to come any more: what is left, what was returned, each party's latest, and who covered for others.
    std::set<std::string> covering;
    for (const TrailRow& row : all.rows()) {
      if (row.kind == kEqualised && row.amount > 0) covering.insert(row.inflow);
    }
    EXPECT_LE(forgetful.items(), forgetful.Left().size() + returns + static_cast<std::size_t>(parties) + covering.size());
  }
}

TEST(MoneyTrail, KeepsNoMoreHoweverManyOutflowsThereAre) {
  Recorded trail(2);
  std::size_t items_most = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = std::to_string(i);
    trail.Inflow({"c" + name, i % 2, 10, i, /*may_return=*/false});
    trail.Outflow("e" + name, 9 + i % 3, i, /*may_reverse=*/false);
    items_most = std::max(items_most, trail.items());
  }
  EXPECT_GE(trail.rows().size(), 20'000u);
  EXPECT_LE(items_most, 5u);
}

TEST(MoneyTrail, AgreesWithTheLedgersTotalsAfterEveryStepOfAnyHistory) {
  const uint64_t first_seed = TestSeed();
  SCOPED_TRACE(SeedTrace(first_seed));
  for (uint64_t run = 0; run < 1'000 && !testing::Test::HasFailure(); ++run) {
    RandomHistory history(first_seed + run);
    for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("run " + std::to_string(run) + ", step " + std::to_string(step));
      history.Step();
      history.Check();
    }
  }
}

TEST(MoneyTrail, GivesTheSameRowsForTheSameHistory) {
  RandomHistory once(7);
  RandomHistory again(7);
  for (int step = 0; step < 200; ++step) {
    once.Step();
    again.Step();
  }
  EXPECT_FALSE(once.trail().rows().empty());
  EXPECT_EQ(once.trail().rows(), again.trail().rows());
}

TEST(MoneyTrailDeathTest, StopsAtMovementsThatCannotBe) {
  ThreeParties trail;
  trail.Outflow("invoice-1", 10, 5);
  EXPECT_DEATH(trail.Inflow({"c1", kClub, 1, 6}), "second");
  EXPECT_DEATH(trail.Outflow("invoice-1", 1, 6), "is_new");
  EXPECT_DEATH(trail.Outflow("invoice-2", 391, 6), "amount <= box");
  EXPECT_DEATH(trail.Outflow("invoice-2", 1, 4), "sequence >= sequence_");
  EXPECT_DEATH(trail.ReverseOutflow("invoice-2", 6), "found");
  EXPECT_DEATH(trail.ReturnInflow("c9", 1, 6), "found");
  EXPECT_DEATH(trail.Refund("refund-1", 3, 1, 6), "party");
  EXPECT_DEATH(Recorded(1).Refund("refund-1", kClub, 0, 1), "last_");
  trail.ReverseOutflow("invoice-1", 6);
  EXPECT_DEATH(trail.ReverseOutflow("invoice-1", 7), "found");
  EXPECT_DEATH(trail.ReverseRefund("refund-1", 7), "found");
  trail.Refund("refund-1", kClub, 1, 7);
  trail.ReverseRefund("refund-1", 8);
  EXPECT_DEATH(trail.ReverseRefund("refund-1", 9), "found");
}

}  // namespace
}  // namespace oriundo
