#include "server/queries/trail.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/rules/money_trail.h"

namespace oriundo {
namespace {

// A project's trail at the reader's moment, with what is needed to put it into words.
struct ProjectTrail {
  v1::Project project;
  MoneyTrail trail;
  // When each inflow came, in the order of trail.inflows().
  std::vector<int64_t> inflow_sequences;

  explicit ProjectTrail(v1::Project of) : project(std::move(of)), trail(std::max(1, project.parties_size())) {}

  void Add(const v1::Entry& entry);

 private:
  int IndexOf(const std::string& organization) const {
    for (int i = 0; i < project.parties_size(); ++i) {
      if (project.parties(i).organization() == organization) return i;
    }
    return -1;
  }

  // A release that turned round on its way never was an inflow, and nothing left the box for it.
  void AddReturn(const std::string& inflow, int64_t returned, int64_t sequence) {
    if (returned > 0) trail.ReturnInflow(inflow, returned, sequence);
  }

  // The party change that brought the cash is the inflow: it names payer and amount for every kind of inflow alike.
  void AddInflow(const v1::Entry& entry, const std::string& name) {
    for (const v1::PartyChange& change : entry.party_changes()) {
      if (change.paid_in_minor_units() <= 0) continue;
      trail.Inflow({.name = name,
                    .party = IndexOf(change.organization()),
                    .amount = change.paid_in_minor_units(),
                    .sequence = entry.sequence()});
      inflow_sequences.push_back(entry.sequence());
    }
  }
};

void ProjectTrail::Add(const v1::Entry& entry) {
  const int64_t sequence = entry.sequence();
  switch (entry.event_case()) {
    case v1::Entry::kContributionVerified: AddInflow(entry, entry.contribution_verified().contribution()); break;
    case v1::Entry::kReleaseReceived: AddInflow(entry, entry.release_received().release()); break;
    case v1::Entry::kRepaymentRecorded: AddInflow(entry, entry.repayment_recorded().repayment().name()); break;
    case v1::Entry::kExpenditureRecorded: {
      const v1::Expenditure& expenditure = entry.expenditure_recorded().expenditure();
      trail.Outflow(expenditure.name(), expenditure.amount().minor_units(), sequence);
      break;
    }
    case v1::Entry::kExpenditureReversed: trail.ReverseOutflow(entry.expenditure_reversed().expenditure(), sequence); break;
    case v1::Entry::kRefundPaid: {
      // Bank interest paid with it was nobody's inflow and is not part of the trail.
      const v1::Refund& refund = entry.refund_paid().refund();
      if (refund.amount().minor_units() > 0) {
        trail.Refund(refund.name(), IndexOf(refund.party()), refund.amount().minor_units(), sequence);
      }
      break;
    }
    case v1::Entry::kRefundReversed: {
      const v1::RefundReversed& reversed = entry.refund_reversed();
      if (reversed.amount().minor_units() > 0) trail.ReverseRefund(reversed.refund(), sequence);
      break;
    }
    case v1::Entry::kRepaymentReversed:
      AddReturn(entry.repayment_reversed().repayment(), entry.repayment_reversed().returned_minor_units(), sequence);
      break;
    case v1::Entry::kContributionReversed:
      AddReturn(entry.contribution_reversed().contribution(), entry.contribution_reversed().returned_minor_units(), sequence);
      break;
    case v1::Entry::kReleaseReturned:
      AddReturn(entry.release_returned().release(), entry.release_returned().returned_minor_units(), sequence);
      break;
    default: break;
  }
}

absl::StatusOr<ProjectTrail> BuildTrail(const Reader& reader, const std::string& project) {
  ORIUNDO_ASSIGN_OR_RETURN(v1::Project record, reader.Get<v1::Project>(project));
  ProjectTrail built(std::move(record));
  ORIUNDO_RETURN_IF_ERROR(reader.VisitEntries(project, built.project.create_sequence() - 1, [&](const v1::Entry& entry) {
    built.Add(entry);
    return true;
  }));
  return built;
}

v1::TrailKind KindOf(TrailKind kind) {
  switch (kind) {
    case TrailKind::kSpent: return v1::SPENT;
    case TrailKind::kRefunded: return v1::REFUNDED;
    case TrailKind::kReturned: return v1::TAKEN_BACK;
    case TrailKind::kEqualised: return v1::EQUALISED;
  }
  return v1::TRAIL_KIND_UNSPECIFIED;
}

// Hands rows to the sink a chunk at a time.
class RowWriter {
 public:
  RowWriter(const v1::Project& project, const TrailSink& sink) : project_(project), sink_(sink) {}

  // False once the sink has had enough.
  bool Write(const TrailRow& row) {
    return Write(KindOf(row.kind), row.inflow, row.outflow, row.party, row.amount, row.sequence);
  }

  bool WriteLeft(const TrailInflowState& inflow, int64_t sequence) {
    return inflow.sums.left == 0 || Write(v1::LEFT, inflow.name, "", inflow.party, inflow.sums.left, sequence);
  }

  void Flush() {
    if (open_ && !rows_.empty()) open_ = sink_(rows_);
    rows_.clear();
  }

 private:
  bool Write(v1::TrailKind kind, const std::string& inflow, const std::string& outflow, int party, int64_t amount,
             int64_t sequence) {
    v1::TrailRow& row = rows_.emplace_back();
    row.set_kind(kind);
    row.set_inflow(inflow);
    row.set_outflow(outflow);
    row.set_party(project_.parties(party).organization());
    row.mutable_amount()->set_currency_code(project_.currency_code());
    row.mutable_amount()->set_minor_units(amount);
    row.set_sequence(sequence);
    if (rows_.size() == kTrailRowsPerChunk) Flush();
    return open_;
  }

  const v1::Project& project_;
  const TrailSink& sink_;
  std::vector<v1::TrailRow> rows_;
  bool open_ = true;
};

// Writes the rows that `wanted` picks, and what is left of the inflows that `wanted_left` picks.
template <typename Wanted, typename WantedLeft>
absl::Status WriteTrail(const ProjectTrail& built, const TrailSink& sink, Wanted wanted, WantedLeft wanted_left) {
  RowWriter writer(built.project, sink);
  for (const TrailRow& row : built.trail.rows()) {
    if (wanted(row) && !writer.Write(row)) return absl::OkStatus();
  }
  for (std::size_t i = 0; i < built.trail.inflows().size(); ++i) {
    const TrailInflowState& inflow = built.trail.inflows()[i];
    if (wanted_left(inflow) && !writer.WriteLeft(inflow, built.inflow_sequences[i])) return absl::OkStatus();
  }
  writer.Flush();
  return absl::OkStatus();
}

// OK where `name` fits one of the patterns and exists at the reader's moment.
absl::Status RequireOneOf(const Reader& reader, const std::string& name, std::initializer_list<std::string_view> patterns) {
  std::string wanted;
  for (const std::string_view pattern : patterns) {
    if (IsResourceName(name, pattern)) return reader.Get(name).status();
    wanted.append(wanted.empty() ? "" : " or ").append(pattern);
  }
  return FieldsStatus({{"name", "must be a name like " + wanted}});
}

}  // namespace

absl::Status TraceInflow(const Reader& reader, const std::string& name, const TrailSink& sink) {
  ORIUNDO_RETURN_IF_ERROR(
      RequireOneOf(reader, name, {"projects/*/contributions/*", "projects/*/releases/*", "projects/*/repayments/*"}));
  ORIUNDO_ASSIGN_OR_RETURN(const ProjectTrail built, BuildTrail(reader, std::string(RootOf(name))));
  return WriteTrail(
      built, sink, [&](const TrailRow& row) { return row.inflow == name; },
      [&](const TrailInflowState& inflow) { return inflow.name == name; });
}

absl::Status TraceOutflow(const Reader& reader, const std::string& name, const TrailSink& sink) {
  ORIUNDO_RETURN_IF_ERROR(RequireOneOf(reader, name, {"projects/*/expenditures/*", "projects/*/refunds/*"}));
  ORIUNDO_ASSIGN_OR_RETURN(const ProjectTrail built, BuildTrail(reader, std::string(RootOf(name))));
  return WriteTrail(
      built, sink, [&](const TrailRow& row) { return row.outflow == name; }, [](const TrailInflowState&) { return false; });
}

absl::Status TraceProject(const Reader& reader, const std::string& name, const TrailSink& sink) {
  ORIUNDO_RETURN_IF_ERROR(RequireOneOf(reader, name, {"projects/*"}));
  ORIUNDO_ASSIGN_OR_RETURN(const ProjectTrail built, BuildTrail(reader, name));
  return WriteTrail(
      built, sink, [](const TrailRow&) { return true; }, [](const TrailInflowState&) { return true; });
}

}  // namespace oriundo
