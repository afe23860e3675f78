// Workload: makes up the next command, valid or not, from what the model knows and a seed. For tests only.
//
// Most commands are such that the project goes on; some are by the wrong actor, in the wrong state, of the wrong amount,
// currency, account or date, or name what is not there. The same seed and the same model give the same commands on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/ledger/command.h"
#include "tests/model/model.h"

namespace oriundo::model {

class Workload {
 public:
  // `prefix` begins the ids of all that this workload creates beside the directory, so that several can share one ledger.
  explicit Workload(uint64_t seed, std::string prefix = "w");

  // The ledger's first command; and the directory, programmes, rules and pools that the rest needs. None of these is refused.
  static Command Genesis();
  std::vector<Command> Setup();

  // The next command at a time, microseconds since 1970 UTC.
  Command Next(const Model& model, int64_t now_us);
  // How long until the next command, microseconds: mostly hours, now and then weeks or a year.
  int64_t Pause();

  // A whole number from `least` to `most`.
  int64_t Any(int64_t least, int64_t most);
  // True `percent` times in a hundred.
  bool Chance(int percent) { return Any(1, 100) <= percent; }

  // The time at which a workload begins: noon UTC of the 10th of September 2014.
  static constexpr int64_t kStart = 1'410'350'400'000'000;

 private:
  // Who acts, and what is asked.
  using Deed = std::pair<std::string, Request>;

  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(Any(0, static_cast<int64_t>(from.size()) - 1))];
  }
  std::string PickOrganization(const Model& model);
  template <typename Map>
  std::string PickName(const Map& records) {
    int64_t index = Any(0, static_cast<int64_t>(records.size()) - 1);
    for (const auto& [name, record] : records) {
      if (index-- == 0) return name;
    }
    return {};
  }
  // The office of the project's programme.
  std::string Office() const;
  // A child of a project, one that `fits` where there is any; something that is not there where there is none, and sometimes so.
  template <typename Map, typename Fits>
  std::string PickChild(const Map& children, const std::string& collection, Fits fits);
  std::string NewId();
  // An amount around one that makes sense; above zero.
  int64_t Around(int64_t sensible);
  v1::Money Money(int64_t minor_units, const std::string& currency = {});
  v1::Account Account(bool former = false);
  // The numbers that the project may agree on, its own ones first; and which of them stands behind a commitment.
  std::vector<std::string> Accounts() const;
  std::string NumberOf(const std::string& account) const;
  std::string Day();

  v1::RuleVersion MakeRule();
  // What the rule says about caps, absences, documents, tallies, tranches and waiting, so that all of it fits.
  void AddPolicies(v1::RuleVersion& rule);
  // One fault in that.
  void Spoil(v1::RuleVersion& rule);
  std::string MonthDay(int first_month, int last_month);
  // Documents for a step: mostly all that the rule requires.
  template <typename Request>
  void AddDocuments(const Model& model, v1::ProjectStep step, Request& request);
  // A draft, or a new one of the project that it replaces.
  v1::Project MakeDraft(const Model& model, const Project* before);
  Deed ForState(const Model& model, v1::Project::State state);
  Deed Directory(const Model& model);
  // The life of a registration; and names, places, mergers and other directories.
  Deed Registration(const Model& model);
  Deed Standing(const Model& model);
  std::string Spare(const Model& model);
  v1::SaveCommunityRequest PlaceRequest(const Model& model, const std::string& code);

  Deed Create(const Model& model);
  Deed Update(const Model& model);
  Deed Submit(const Model& model);
  Deed Sign(const Model& model);
  // The project's club is merged into another, or leaves its federation.
  Deed MergeClub(const Model& model);
  Deed LeaveFederation();
  Deed Pledge();
  Deed Declare(const Model& model);
  Deed Evidence();
  Deed Verify(const Model& model);
  Deed Reject();
  Deed WithdrawDeclared();
  Deed Propose(const Model& model);
  Deed Approve(const Model& model);
  Deed Withdraw();
  Deed Receive();
  Deed Spend(const Model& model);
  Deed SpendLate(const Model& model);
  Deed Reverse();
  Deed Repay(const Model& model);
  Deed Interest();
  Deed Apportion();
  Deed PayRefund();
  Deed HandOver(const Model& model);
  Deed ReportProgress();
  Deed VerifyProgress(const std::string& inspector);
  Deed Countersign(const std::string& supervisor);
  // An objection, or that one is taken back.
  Deed Object(const std::string& supervisor);
  // An agreement amended, a condition let go, a refund moved to another project.
  v1::AmendmentTerms MakeTerms(const Model& model);
  Deed ProposeAmendment(const Model& model);
  Deed SignAmendment(const Model& model);
  Deed WithdrawAmendment();
  Deed Carry();
  Deed Waive();
  Deed Reallocate(const Model& model);
  Deed CancelReallocation();
  Deed Expire();
  // Where a pledge's or the agreement's time is over, or somebody thinks so.
  Deed Lapse();
  Deed InKind(const Model& model);
  Deed MakeContract();
  Deed Recover(const Model& model);
  Deed Forfeit(const Model& model);
  // True where the party has something left that goes back when a year ends.
  bool Returns(const Model& model, const Party& party) const;
  Deed YearEnd(const Model& model);
  Deed Move();
  // What was held back, amortised, paid in advance or released.
  void AddTerms(const Model& model, v1::Expenditure& expenditure);
  Deed Budget(const Model& model);
  Deed Books(const Model& model);
  // What a confirmation names at the bank, and what follows from that.
  struct AtBank {
    std::string reference, line, deposit;
    // Of the line or the deposit; 0 where neither is named.
    int64_t amount = 0;
    std::string day;
    bool part_of_line = false;
  };
  AtBank ChooseAtBank(bool comes_in);
  // Names something at the bank in the request, or nothing; mostly with the amount and day that the bank has. `amount` may be
  // null.
  template <typename BankRequest>
  void NameAtBank(BankRequest& request, bool comes_in, v1::Money* amount, std::string& day);
  // What the bank says by itself.
  Deed Bank();
  Deed ImportStatement();
  Deed MatchLine();
  Deed Deposit();
  template <typename T>
  Deed Step(const Model& model, const std::string& actor, v1::ProjectStep step = v1::PROJECT_STEP_UNSPECIFIED);
  v1::Expenditure MakeExpenditure(const Model& model);
  const Party* AnyParty();

  bool RequiresReference() const;

  uint64_t state_;
  std::string prefix_;
  int64_t ids_ = 0;
  // Size of the projects of this run, minor units.
  int64_t scale_;
  // True where all goes its way, so that projects get to their end; otherwise much is cancelled, taken back and short of money.
  bool calm_;
  // True where proposals pile up, because hardly anybody looks at them.
  bool hoarding_;
  // True where there is one project at a time, which then gets far.
  bool single_minded_;
  // True where those who supervise the works object to much.
  bool grumbling_;
  // True where one club has several projects, some of which are cancelled once it has paid, so that its refunds have somewhere to go.
  bool moving_;
  // True where weeks and years pass between commands.
  bool leaping_;
  // The next year begins while a project is being built.
  bool turning_;
  // True where one project goes on over years, and what it is promised moves from budget to budget.
  bool over_years_;
  int64_t now_us_ = 0;
  std::vector<std::string> taken_;
  // The model in the making of a command; null otherwise.
  const Model* model_ = nullptr;
  // The project that the command in the making is about.
  std::string name_;
  const Project* project_ = nullptr;
};

template <typename BankRequest>
void Workload::NameAtBank(BankRequest& request, bool comes_in, v1::Money* amount, std::string& day) {
  const AtBank chosen = ChooseAtBank(comes_in);
  if (!chosen.reference.empty()) request.mutable_bank_reference()->set_reference(chosen.reference);
  if (!chosen.line.empty()) request.set_bank_line(chosen.line);
  request.set_part_of_line(chosen.part_of_line);
  if constexpr (requires { request.set_deposit(chosen.deposit); }) {
    if (!chosen.deposit.empty()) request.set_deposit(chosen.deposit);
  }
  if (chosen.amount == 0 || Chance(8)) return;
  day = chosen.day;
  if (amount != nullptr) amount->set_minor_units(chosen.amount < 0 ? -chosen.amount : chosen.amount);
}

}  // namespace oriundo::model
