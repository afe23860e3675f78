// Draft: the entry that a decision is making. Changes of the same account, party, tranche or pool are added up in one row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "oriundo/v1/entry.pb.h"
#include "server/ledger/refusal.h"
#include "server/ledger/state.h"

namespace oriundo {

class Draft {
 public:
  v1::Entry entry;

  // Adds a leg: debit positive, credit negative. Zero adds nothing.
  void Post(const std::string& account, int64_t minor_units);
  // The row of a party, tranche, pool, tally or contract, made on first use.
  v1::PartyChange& Party(const std::string& organization);
  v1::TrancheChange& Tranche(const std::string& tranche);
  v1::PoolChange& Pool(const std::string& pool);
  // The row of the pool of one fiscal year in a party's row.
  v1::PoolPartChange& PoolPart(const std::string& organization, int fiscal_year);
  v1::TallyChange& Tally(const std::string& tally);
  v1::ContractChange& Contract(const std::string& contract);
  // Takes note of a figure the decision rests on, and whose it is where it is one organisation's.
  void Input(std::string_view name, int64_t value, const std::string& organization = {});

  // Drops legs that came out as zero and writes the balances after; refuses with AMOUNT_OUT_OF_RANGE where a balance, a party's amount, a
  // pool, a contract or a tally would leave the range, or an amount that is never negative would be. The decision has checked the
  // latter;
  // should it have been wrong, that costs the command and not the server, which an unchanged retry would stop again.
  // REQUIRES: the legs add up to zero.
  std::optional<Refusal> Finish(State& state);
};

}  // namespace oriundo
