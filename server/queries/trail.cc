#include "server/queries/trail.h"

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/queries/effective.h"
#include "server/rules/money_trail.h"
#include "storage/format/journal.h"

namespace oriundo {
namespace {

v1::TrailKind KindOf(TrailKind kind) {
  switch (kind) {
    case TrailKind::kSpent: return v1::SPENT;
    case TrailKind::kRefunded: return v1::REFUNDED;
    case TrailKind::kReturned: return v1::TAKEN_BACK;
    case TrailKind::kEqualised: return v1::EQUALISED;
    case TrailKind::kInKind: return v1::GIVEN_IN_KIND;
  }
  return v1::TRAIL_KIND_UNSPECIFIED;
}

// Which rows are wanted.
struct Wanted {
  // Of one inflow, of one outflow, or where both are empty all.
  std::string inflow;
  std::string outflow;
  // The last entry that may write one of them.
  int64_t last_sequence = 0;
  // The last day whose rows are shown; empty for all.
  std::string effective_through;

  bool Counts(const std::string& effective_date) const {
    return effective_through.empty() || effective_date <= effective_through;
  }

  bool Has(const TrailRow& row) const {
    return (inflow.empty() || row.inflow == inflow) && (outflow.empty() || row.outflow == outflow);
  }
  bool HasLeft(const TrailLeft& left) const { return outflow.empty() && (inflow.empty() || left.name == inflow); }
};

// A deposit that nobody has identified.
struct Unidentified {
  std::string name;
  int64_t amount = 0;
  std::string effective_date;
};

class ProjectTrail final : public TrailCursor {
  // A row and the day on which its entry counts.
  struct Dated {
    TrailRow row;
    std::string effective_date;
  };
  // What the rows through a day leave of an inflow.
  struct InflowThroughDay {
    std::string name;
    int party = 0;
    int64_t left = 0;
    int64_t sequence = 0;
    std::string effective_date;
  };

 public:
  ProjectTrail(Reader reader, v1::Project project, Wanted wanted, TrailBudget& budget)
      : reader_(std::move(reader)),
        project_(std::move(project)),
        wanted_(std::move(wanted)),
        budget_(budget),
        trail_(std::max(1, project_.parties_size()),
               [this](const TrailRow& row) {
                 if (wanted_.Has(row) && wanted_.Counts(effective_date_)) pending_.push_back({row, effective_date_});
               }),
        visited_(project_.create_sequence() - 1) {}

  ~ProjectTrail() override { budget_.Change(counted_, 0); }

  absl::StatusOr<bool> Next(std::vector<v1::TrailRow>& rows) override {
    rows.clear();
    if (pending_.empty() && !read_all_) ORIUNDO_RETURN_IF_ERROR(ReadOn());
    for (; rows.size() < kTrailRowsPerChunk && !pending_.empty(); pending_.pop_front()) Write(pending_.front(), rows);
    bool more = !pending_.empty() || !read_all_;
    if (!more) ORIUNDO_RETURN_IF_ERROR(wanted_.effective_through.empty() ? WriteLeft(rows) : WriteLeftThroughDay(rows));
    // What nobody has identified comes last; it is nobody's.
    for (; !more && rows.size() < kTrailRowsPerChunk && !deposits_.empty(); deposits_.erase(deposits_.begin())) {
      WriteUnidentified(deposits_.begin()->first, deposits_.begin()->second, rows);
    }
    // A full chunk may have been the last; then an empty one follows.
    more = more || rows.size() == kTrailRowsPerChunk;
    ORIUNDO_RETURN_IF_ERROR(Count());
    return more;
  }

  std::size_t items() const override { return counted_; }

 private:
  // Follows the next entries until there are rows for a chunk, or enough entries were read.
  absl::Status ReadOn() {
    int entries = 0;
    bool stopped = false;
    absl::Status status;
    ORIUNDO_RETURN_IF_ERROR(reader_.VisitEntries(project_.name(), visited_, [&](const v1::Entry& entry) {
      stopped = entry.sequence() > wanted_.last_sequence;
      if (stopped) return false;
      status = Follow(entry);
      if (status.ok()) status = Count();
      visited_ = entry.sequence();
      ++entries;
      stopped = !status.ok() || pending_.size() >= kTrailRowsPerChunk || entries >= kTrailEntriesPerStep;
      return !stopped;
    }));
    ORIUNDO_RETURN_IF_ERROR(status);
    read_all_ = !stopped || visited_ >= wanted_.last_sequence;
    return absl::OkStatus();
  }

  // Brings what the budget knows up to date.
  absl::Status Count() {
    const std::size_t now = trail_.items() + pending_.size() + inflows_.size() + deposits_.size();
    if (!budget_.Change(counted_, now)) {
      return ReasonStatus(
          v1::TOO_MANY_STREAMS,
          "the money trails that are being read need more memory together than the server gives them; try again later",
          {{"maximum", absl::StrCat(budget_.items_max())}});
    }
    counted_ = now;
    return absl::OkStatus();
  }

  absl::Status Follow(const v1::Entry& entry) {
    const int64_t sequence = entry.sequence();
    effective_date_ = entry.effective_date();
    // What arrived elsewhere out of this project stands in its index, and is no movement of its money.
    if (entry.project() != project_.name()) return absl::OkStatus();
    FollowDeposit(entry);
    switch (entry.event_case()) {
      case v1::Entry::kContributionVerified: {
        const std::string& name = entry.contribution_verified().contribution();
        Connect(name, entry.contribution_verified().reallocation());
        ORIUNDO_ASSIGN_OR_RETURN(const bool returns, ComesTo<v1::Contribution>(name, v1::Contribution::REVERSED, sequence));
        return AddInflow(entry, name, returns);
      }
      case v1::Entry::kReleaseReceived: {
        const std::string& name = entry.release_received().release();
        ORIUNDO_ASSIGN_OR_RETURN(const bool returns, ComesTo<v1::Release>(name, v1::Release::RETURNED, sequence));
        return AddInflow(entry, name, returns);
      }
      case v1::Entry::kRepaymentRecorded: {
        const std::string& name = entry.repayment_recorded().repayment().name();
        ORIUNDO_ASSIGN_OR_RETURN(const bool returns, ComesTo<v1::Repayment>(name, v1::Repayment::REVERSED, sequence));
        ORIUNDO_RETURN_IF_ERROR(AddInflow(entry, name, returns));
        return GiveToCoverers(entry, name);
      }
      case v1::Entry::kExpenditureRecorded: {
        const v1::Expenditure& expenditure = entry.expenditure_recorded().expenditure();
        ORIUNDO_ASSIGN_OR_RETURN(const bool reverses,
                                 ComesTo<v1::Expenditure>(expenditure.name(), v1::Expenditure::REVERSED, sequence));
        // Of an advance a part may come back at any time.
        trail_.Outflow(expenditure.name(), expenditure.amount().minor_units(), sequence, reverses || expenditure.purpose() == v1::ADVANCE);
        return absl::OkStatus();
      }
      case v1::Entry::kAdvanceRecovered: {
        const v1::AdvanceRecovered& recovered = entry.advance_recovered();
        if (!trail_.HoldsOutflow(recovered.expenditure())) return Contradicts(recovered.expenditure(), sequence);
        trail_.GiveBack(recovered.expenditure(), recovered.amount().minor_units(), sequence);
        return absl::OkStatus();
      }
      case v1::Entry::kAdvanceRecoveryReversed: {
        const v1::AdvanceRecoveryReversed& reversed = entry.advance_recovery_reversed();
        if (!trail_.HoldsOutflow(reversed.expenditure())) return Contradicts(reversed.expenditure(), sequence);
        const std::vector<int64_t> parts(reversed.drawn_minor_units().begin(), reversed.drawn_minor_units().end());
        const std::vector<int64_t> free = trail_.FreeByParty();
        for (std::size_t i = 0; i < parts.size(); ++i) {
          if (i >= free.size() || parts[i] > free[i]) return Contradicts(reversed.expenditure(), sequence);
        }
        trail_.TakeAgain(reversed.expenditure(), parts, sequence);
        return absl::OkStatus();
      }
      case v1::Entry::kInKindAppraised:
        return AddInKind(entry, entry.in_kind_appraised().in_kind());
      case v1::Entry::kInKindReversed:
        return AddInKind(entry, entry.in_kind_reversed().in_kind());
      case v1::Entry::kExpenditureReversed: {
        const std::string& name = entry.expenditure_reversed().expenditure();
        if (!trail_.HoldsOutflow(name)) return Contradicts(name, sequence);
        trail_.ReverseOutflow(name, sequence);
        return absl::OkStatus();
      }
      case v1::Entry::kRefundsApportioned:
        return HoldForRefunds(entry);
      case v1::Entry::kRefundPaid: {
        // Bank interest paid with it was nobody's inflow and is not part of the trail.
        const v1::Refund& refund = entry.refund_paid().refund();
        if (refund.amount().minor_units() <= 0) return absl::OkStatus();
        const int party = IndexOf(refund.party());
        if (party < 0) return Contradicts(refund.name(), sequence);
        Connect(refund.name(), refund.reallocation());
        ORIUNDO_ASSIGN_OR_RETURN(const bool reverses, ComesTo<v1::Refund>(refund.name(), v1::Refund::REVERSED, sequence));
        trail_.Refund(refund.name(), party, refund.amount().minor_units(), sequence, reverses);
        return absl::OkStatus();
      }
      case v1::Entry::kRefundReversed: {
        const v1::RefundReversed& reversed = entry.refund_reversed();
        if (reversed.amount().minor_units() <= 0) return absl::OkStatus();
        if (!trail_.HoldsRefund(reversed.refund())) return Contradicts(reversed.refund(), sequence);
        trail_.ReverseRefund(reversed.refund(), sequence);
        return absl::OkStatus();
      }
      case v1::Entry::kRepaymentReversed:
        return AddReturn(entry.repayment_reversed().repayment(), entry.repayment_reversed().returned_minor_units(), sequence);
      case v1::Entry::kContributionReversed:
        return AddReturn(entry.contribution_reversed().contribution(), entry.contribution_reversed().returned_minor_units(),
                         sequence);
      case v1::Entry::kReleaseReturned:
        return AddReturn(entry.release_returned().release(), entry.release_returned().returned_minor_units(), sequence);
      default:
        return absl::OkStatus();
    }
  }

  // Keeps the deposits that nobody has identified, where all rows are wanted.
  void FollowDeposit(const v1::Entry& entry) {
    if (!wanted_.inflow.empty() || !wanted_.outflow.empty()) return;
    if (!wanted_.Counts(entry.effective_date())) return;
    if (entry.has_deposit_recorded()) {
      deposits_[entry.sequence()] = {entry.deposit_recorded().deposit().name(), entry.deposit_recorded().deposit().amount().minor_units(),
                                     entry.effective_date()};
    }
    const std::string& over = entry.has_deposit_returned() ? entry.deposit_returned().deposit() : entry.bank_use().deposit();
    if (over.empty()) return;
    std::erase_if(deposits_, [&](const auto& deposit) { return deposit.second.name == over; });
  }

  // Takes note that the money of the contribution or refund comes from, or goes to, another project.
  void Connect(const std::string& name, const std::string& reallocation) {
    if (!reallocation.empty()) reallocations_[name] = reallocation;
  }

  // The reallocation behind a contribution or refund; empty where there is none.
  std::string ReallocationOf(const std::string& name) const {
    const auto found = reallocations_.find(name);
    return found == reallocations_.end() ? std::string() : found->second;
  }

  // The party change that brought the cash is the inflow: it names payer and amount for every kind of inflow alike.
  absl::Status AddInflow(const v1::Entry& entry, const std::string& name, bool returns) {
    for (const v1::PartyChange& change : entry.party_changes()) {
      if (change.paid_in_minor_units() <= 0) continue;
      const int party = IndexOf(change.organization());
      if (party < 0) return Contradicts(name, entry.sequence());
      trail_.Inflow({.name = name,
                     .party = party,
                     .amount = change.paid_in_minor_units(),
                     .sequence = entry.sequence(),
                     .may_return = returns});
      if (!wanted_.effective_through.empty() && wanted_.outflow.empty() && (wanted_.inflow.empty() || wanted_.inflow == name)) {
        inflows_.push_back({.name = name,
                            .party = party,
                            .left = wanted_.Counts(entry.effective_date()) ? change.paid_in_minor_units() : 0,
                            .sequence = entry.sequence(),
                            .effective_date = entry.effective_date()});
        inflow_places_[name] = inflows_.size() - 1;
      }
    }
    return absl::OkStatus();
  }

  // What was apportioned to each party is kept for it.
  absl::Status HoldForRefunds(const v1::Entry& entry) {
    std::vector<int64_t> amounts(trail_.parties().size());
    int64_t free = 0;
    for (const int64_t left : trail_.FreeByParty()) free += left;
    for (const v1::PartyChange& change : entry.party_changes()) {
      const int party = IndexOf(change.organization());
      const int64_t amount = change.payable_minor_units() - change.interest_minor_units();
      if (party < 0 || amount < 0 || amount > free) return Contradicts(change.organization(), entry.sequence());
      amounts[static_cast<std::size_t>(party)] = amount;
      free -= amount;
    }
    trail_.HoldForRefunds(amounts, entry.sequence());
    return absl::OkStatus();
  }

  // What of a repayment goes to those whose money had stood in for the party's.
  absl::Status GiveToCoverers(const v1::Entry& entry, const std::string& name) {
    const int party = IndexOf(entry.repayment_recorded().repayment().party());
    std::vector<int64_t> parts(trail_.parties().size());
    int64_t given = 0;
    for (const v1::PartyChange& change : entry.party_changes()) {
      const int other = IndexOf(change.organization());
      if (other == party || change.equalised_minor_units() == 0) continue;
      const int64_t part = -change.equalised_minor_units();
      if (party < 0 || other < 0 || part < 0 || part > trail_.parties()[static_cast<std::size_t>(other)].equalised) {
        return Contradicts(name, entry.sequence());
      }
      parts[static_cast<std::size_t>(other)] = part;
      given += part;
    }
    if (given == 0) return absl::OkStatus();
    for (const v1::PartyChange& change : entry.party_changes()) {
      const bool own = IndexOf(change.organization()) == party;
      if (own && given > change.paid_in_minor_units()) return Contradicts(name, entry.sequence());
    }
    trail_.GiveToCoverers(party, parts, entry.sequence());
    return absl::OkStatus();
  }

  // What is given in kind is in no box: it has one row, and one more where it is reversed.
  absl::Status AddInKind(const v1::Entry& entry, const std::string& name) {
    for (const v1::PartyChange& change : entry.party_changes()) {
      const int party = IndexOf(change.organization());
      if (party < 0) return Contradicts(name, entry.sequence());
      const TrailRow row{.outflow = "",
                         .inflow = name,
                         .party = party,
                         .amount = change.in_kind_minor_units(),
                         .kind = TrailKind::kInKind,
                         .sequence = entry.sequence()};
      if (row.amount != 0 && wanted_.Has(row) && wanted_.Counts(effective_date_)) pending_.push_back({row, effective_date_});
    }
    return absl::OkStatus();
  }

  // A release that turned round on its way never was an inflow, and nothing left the box for it.
  absl::Status AddReturn(const std::string& inflow, int64_t returned, int64_t sequence) {
    if (returned <= 0) return absl::OkStatus();
    if (!trail_.HoldsInflow(inflow)) return Contradicts(inflow, sequence);
    trail_.ReturnInflow(inflow, returned, sequence);
    return absl::OkStatus();
  }

  // True where the record `name` came to `state` after entry `sequence`, and may have by the reader's moment. What does not is
  // never asked for again, and need not be kept. The newest record is enough to know, whatever the moment.
  template <typename Record>
  absl::StatusOr<bool> ComesTo(const std::string& name, typename Record::State state, int64_t sequence) const {
    ORIUNDO_ASSIGN_OR_RETURN(const std::optional<std::string> body, ReadRecord(reader_.snapshot(), name));
    Record record;
    if (!body || !record.ParseFromString(*body)) return Contradicts(name, sequence);
    return record.state() == state &&
           std::any_of(record.entry_sequences().begin(), record.entry_sequences().end(),
                       [&](int64_t later) { return later > sequence && later <= reader_.sequence(); });
  }

  absl::Status Contradicts(const std::string& name, int64_t sequence) const {
    return absl::DataLossError(absl::StrCat("entry ", sequence, " does not fit what is known of ", name));
  }

  int IndexOf(const std::string& organization) const {
    for (int i = 0; i < project_.parties_size(); ++i) {
      if (project_.parties(i).organization() == organization) return i;
    }
    return -1;
  }

  v1::TrailRow& NewRow(v1::TrailKind kind, const std::string& inflow, int party, int64_t amount, int64_t sequence,
                       std::vector<v1::TrailRow>& rows) const {
    v1::TrailRow& row = rows.emplace_back();
    row.set_kind(kind);
    row.set_inflow(inflow);
    row.set_party(project_.parties(party).organization());
    row.mutable_amount()->set_currency_code(project_.currency_code());
    row.mutable_amount()->set_minor_units(amount);
    row.set_sequence(sequence);
    row.set_from_reallocation(ReallocationOf(inflow));
    return row;
  }

  void WriteUnidentified(int64_t sequence, const Unidentified& deposit, std::vector<v1::TrailRow>& rows) const {
    v1::TrailRow& row = rows.emplace_back();
    row.set_kind(v1::UNIDENTIFIED);
    row.set_inflow(deposit.name);
    row.mutable_amount()->set_currency_code(project_.currency_code());
    row.mutable_amount()->set_minor_units(deposit.amount);
    row.set_sequence(sequence);
    row.set_effective_date(deposit.effective_date);
  }

  void Write(const Dated& dated, std::vector<v1::TrailRow>& rows) {
    const TrailRow& row = dated.row;
    v1::TrailRow& written = NewRow(KindOf(row.kind), row.inflow, row.party, row.amount, row.sequence, rows);
    written.set_outflow(row.outflow);
    written.set_effective_date(dated.effective_date);
    if (const auto place = inflow_places_.find(row.inflow); place != inflow_places_.end()) inflows_[place->second].left -=
        row.amount;
    if (IsResourceName(row.outflow, "projects/*/refunds/*")) written.set_to_reallocation(ReallocationOf(row.outflow));
  }

  // The next inflows with something left, until the chunk is full.
  absl::Status WriteLeft(std::vector<v1::TrailRow>& rows) {
    const std::size_t first = rows.size();
    std::vector<uint64_t> sequences;
    while (rows.size() < kTrailRowsPerChunk) {
      const std::optional<TrailLeft> left = trail_.NextLeft(left_from_);
      if (!left) break;
      left_from_ = left->index + 1;
      if (!wanted_.HasLeft(*left)) continue;
      NewRow(v1::LEFT, left->name, left->party, left->amount, left->sequence, rows);
      const auto sequence = static_cast<uint64_t>(left->sequence);
      if (sequences.empty() || sequences.back() != sequence) sequences.push_back(sequence);
    }
    // Their days were not kept, so as to keep nothing but what may be asked for again.
    std::size_t row = first;
    return VisitEntriesAt(reader_.snapshot(), sequences, [&](const v1::Entry& entry) {
      for (; row < rows.size() && rows[row].sequence() ==
          entry.sequence(); ++row) rows[row].set_effective_date(entry.effective_date());
      return true;
    });
  }

  // The same of what the rows shown leave.
  absl::Status WriteLeftThroughDay(std::vector<v1::TrailRow>& rows) {
    for (; rows.size() < kTrailRowsPerChunk && left_from_ < inflows_.size(); ++left_from_) {
      const InflowThroughDay& inflow = inflows_[left_from_];
      if (inflow.left == 0) continue;
      NewRow(v1::LEFT, inflow.name, inflow.party, inflow.left, inflow.sequence, rows).set_effective_date(inflow.effective_date);
    }
    return absl::OkStatus();
  }

  const Reader reader_;
  const v1::Project project_;
  const Wanted wanted_;
  TrailBudget& budget_;
  MoneyTrail trail_;
  // Contributions and refunds that connect the project with another, and their reallocations; few of a project's.
  std::map<std::string, std::string> reallocations_;
  // Wanted rows of the last entries read that are not handed over yet.
  std::deque<Dated> pending_;
  // The day of the entry that is followed.
  std::string effective_date_;
  // Through a day, all inflows, oldest first, and their places: what is left by then is not what the trail has left in the end.
  std::vector<InflowThroughDay> inflows_;
  std::map<std::string, std::size_t> inflow_places_;
  // The last entry read, and whether there are none after it.
  int64_t visited_;
  bool read_all_ = false;
  // Not identified so far, by the sequence of the entry that recorded it.
  std::map<int64_t, Unidentified> deposits_;
  // Where to look for the next inflow with something left.
  std::size_t left_from_ = 0;
  std::size_t counted_ = 0;
};

// OK where `name` fits one of the patterns and exists at the reader's moment.
absl::Status RequireOneOf(const Reader& reader, const std::string& name, std::initializer_list<std::string_view> patterns) {
  std::string wanted;
  for (const std::string_view pattern : patterns) {
    if (IsResourceName(name, pattern)) return reader.Get(name).status();
    wanted.append(wanted.empty() ? "" : " or ").append(pattern);
  }
  return NameStatus("name", wanted);
}

absl::StatusOr<std::unique_ptr<TrailCursor>> Open(Reader reader, const std::string& project, Wanted wanted, TrailBudget& budget) {
  ORIUNDO_ASSIGN_OR_RETURN(v1::Project record, reader.Get<v1::Project>(project));
  return std::make_unique<ProjectTrail>(std::move(reader), std::move(record), std::move(wanted), budget);
}

// The last entry that changed the record `name` by the reader's moment.
absl::StatusOr<int64_t> LastEntryOf(const Reader& reader, const std::string& name) {
  ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> record, reader.Get(name));
  const auto* sequences = record->GetDescriptor()->FindFieldByName("entry_sequences");
  const int count = record->GetReflection()->FieldSize(*record, sequences);
  if (count == 0) return absl::DataLossError("the record of " + name + " names no entry");
  return record->GetReflection()->GetRepeatedInt64(*record, sequences, count - 1);
}

}  // namespace

bool TrailBudget::Change(std::size_t before, std::size_t after) {
  std::size_t items = items_;
  while (true) {
    const std::size_t changed = items - before + after;
    if (after > before && changed > items_max_) return false;
    if (items_.compare_exchange_weak(items, changed)) return true;
  }
}

absl::StatusOr<std::unique_ptr<TrailCursor>> TraceInflow(Reader reader, const std::string& name,
    const std::string& effective_through,
                                                          TrailBudget& budget) {
  ORIUNDO_RETURN_IF_ERROR(CheckThrough(reader, effective_through));
  ORIUNDO_RETURN_IF_ERROR(
      RequireOneOf(reader, name,
                   {"projects/*/contributions/*", "projects/*/releases/*", "projects/*/repayments/*", "projects/*/in-kinds/*"}));
  const int64_t last = reader.sequence();
  return Open(std::move(reader), std::string(RootOf(name)),
              {.inflow = name, .outflow = "", .last_sequence = last, .effective_through = effective_through}, budget);
}

absl::StatusOr<std::unique_ptr<TrailCursor>> TraceOutflow(Reader reader, const std::string& name,
    const std::string& effective_through,
                                                          TrailBudget& budget) {
  ORIUNDO_RETURN_IF_ERROR(CheckThrough(reader, effective_through));
  ORIUNDO_RETURN_IF_ERROR(RequireOneOf(reader, name, {"projects/*/expenditures/*", "projects/*/refunds/*"}));
  ORIUNDO_ASSIGN_OR_RETURN(const int64_t last, LastEntryOf(reader, name));
  return Open(std::move(reader), std::string(RootOf(name)),
              {.inflow = "", .outflow = name, .last_sequence = last, .effective_through = effective_through}, budget);
}

absl::StatusOr<std::unique_ptr<TrailCursor>> TraceProject(Reader reader, const std::string& name,
    const std::string& effective_through,
                                                          TrailBudget& budget) {
  ORIUNDO_RETURN_IF_ERROR(CheckThrough(reader, effective_through));
  ORIUNDO_RETURN_IF_ERROR(RequireOneOf(reader, name, {"projects/*"}));
  const int64_t last = reader.sequence();
  return Open(std::move(reader), name,
              {.inflow = "", .outflow = "", .last_sequence = last, .effective_through = effective_through}, budget);
}

}  // namespace oriundo
