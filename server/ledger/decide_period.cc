#include <algorithm>

#include "server/base/ids.h"
#include "server/ledger/decide.h"
#include "server/ledger/directory_limits.h"

namespace oriundo {
namespace {

bool IsClosed(const v1::Program& program, int fiscal_year) {
  const auto& years = program.closed_fiscal_years();
  return std::find(years.begin(), years.end(), fiscal_year) != years.end();
}

Refusal WrongYear(const v1::Program& program, int fiscal_year, const char* case_name, const std::string& why,
                  Metadata metadata = {}) {
  metadata.emplace_back("case", case_name);
  metadata.emplace_back("fiscal_year", std::to_string(fiscal_year));
  return Refuse(v1::FISCAL_YEAR_STATE, program.name(), "the fiscal year " + std::to_string(fiscal_year) + " of " +
                    program.name() + " " + why,
                std::move(metadata));
}

// Whoever answers for the year: the office, the funder of one of its pools, or a committee of the office, for a programme may have no
// pools.
MaybeRefusal RequireAnswerable(Context& context, const v1::Program& program, int fiscal_year) {
  const std::string& actor = context.actor.name();
  if (actor == program.office()) return std::nullopt;
  if (context.actor.kind() == v1::COMMITTEE && context.actor.parent() == program.office()) return std::nullopt;
  if (context.state.Find<v1::Pool>(PoolName(program.name(), actor, fiscal_year)) != nullptr) return std::nullopt;
  return NotAllowed(context, "the programme's office " + program.office() + ", a committee of it or the funder of a pool of " +
                        std::to_string(fiscal_year),
                    {{"case", "OFFICE_OR_POOL_FUNDER"},
                     {"office", program.office()},
                     {"fiscal_year", std::to_string(fiscal_year)}});
}

int64_t ExpiresUs(const v1::Reopening& reopening) {
  return reopening.expire_time().seconds() * 1'000'000 + reopening.expire_time().nanos() / 1'000;
}

// Refuses with FISCAL_YEAR_STATE unless somebody asked for the year to be opened and still may be answered.
MaybeRefusal RequireReopening(const Context& context, const v1::Program& program, int fiscal_year) {
  if (!program.has_reopening() || program.reopening().fiscal_year() != fiscal_year) {
    return WrongYear(program, fiscal_year, "NOT_ASKED", "is not asked to be opened; propose that first");
  }
  if (context.stamp.commit_time_us < ExpiresUs(program.reopening())) return std::nullopt;
  return WrongYear(program, fiscal_year, "ASKED_TOO_LONG_AGO",
                   "was asked to be opened, and nobody agreed within " + std::to_string(kReopeningDays) +
                       " days; propose it anew",
                   {{"days", std::to_string(kReopeningDays)}});
}

}  // namespace

MaybeRefusal RequireOpenYear(const v1::Program& program, int fiscal_year) {
  if (!IsClosed(program, fiscal_year)) return std::nullopt;
  return WrongYear(program, fiscal_year, "CLOSED",
                   "is closed and takes no new pools, budgets, drafts, submissions, approvals or commitments");
}

std::string OpenDay(const v1::Program& program, const std::string& date) {
  int year = YearOf(date);
  if (!IsClosed(program, year)) return date;
  while (IsClosed(program, year)) ++year;
  return std::to_string(year) + "-01-01";
}

MaybeRefusal Decide(Context& context, const v1::CloseFiscalYearRequest& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.name(), draft, program));
  if (context.actor.name() != program->office()) {
    return NotAllowed(context, "the programme's office " + program->office(),
                      {{"case", "OFFICE"}, {"office", program->office()}});
  }
  const int year = request.fiscal_year();
  if (year >= YearOf(draft.entry.effective_date())) {
    return WrongYear(*program, year, "NOT_ENDED", "has not ended; today is " + draft.entry.effective_date() +
                         " in the programme's time",
                     {{"today", draft.entry.effective_date()}});
  }
  if (IsClosed(*program, year)) return WrongYear(*program, year, "CLOSED_ALREADY", "is closed already");
  draft.entry.mutable_fiscal_year_closed()->set_program(program->name());
  draft.entry.mutable_fiscal_year_closed()->set_fiscal_year(year);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ProposeReopeningRequest& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.name(), draft, program));
  const int year = request.fiscal_year();
  ORIUNDO_REFUSE_IF_ANY(RequireAnswerable(context, *program, year));
  if (!IsClosed(*program, year)) return WrongYear(*program, year, "NOT_CLOSED", "is not closed");
  // One request never ends another: who asked would not hear of it.
  if (program->has_reopening() && context.stamp.commit_time_us < ExpiresUs(program->reopening())) {
    const v1::Reopening& open = program->reopening();
    return WrongYear(*program, year, "OTHER_ASKED",
                     "waits: " + open.proposer() + " has asked for " + std::to_string(open.fiscal_year()) +
                         " to be opened; agree to that or withdraw it first",
                     {{"proposer", open.proposer()}, {"asked_fiscal_year", std::to_string(open.fiscal_year())}});
  }
  v1::ReopeningProposed& event = *draft.entry.mutable_reopening_proposed();
  event.set_program(program->name());
  event.set_fiscal_year(year);
  *event.mutable_reason() = request.reason();
  const int64_t expires_us = context.stamp.commit_time_us + int64_t{kReopeningDays} * 86'400'000'000;
  event.mutable_expire_time()->set_seconds(expires_us / 1'000'000);
  event.mutable_expire_time()->set_nanos(static_cast<int32_t>(expires_us % 1'000'000) * 1'000);
  draft.entry.add_concerned(program->office());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::WithdrawReopeningRequest& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.name(), draft, program));
  const int year = request.fiscal_year();
  if (!program->has_reopening() || program->reopening().fiscal_year() != year) {
    return WrongYear(*program, year, "NOT_ASKED", "is not asked to be opened");
  }
  const std::string& proposer = program->reopening().proposer();
  if (context.actor.name() != proposer && context.actor.name() != program->office()) {
    return NotAllowed(context, proposer + ", who asked for it, or the programme's office " + program->office(),
                      {{"case", "PROPOSER_OR_OFFICE"}, {"proposer", proposer}});
  }
  v1::ReopeningWithdrawn& event = *draft.entry.mutable_reopening_withdrawn();
  event.set_program(program->name());
  event.set_fiscal_year(year);
  *event.mutable_reason() = request.reason();
  draft.entry.add_concerned(proposer);
  draft.entry.add_concerned(program->office());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ReopeningExpired& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.program(), draft, program));
  const int year = request.fiscal_year();
  const bool due = program->has_reopening() && program->reopening().fiscal_year() == year &&
                   context.stamp.commit_time_us >= ExpiresUs(program->reopening());
  if (!due) return WrongYear(*program, year, "NOT_DUE", "has no request to be opened that is over");
  draft.entry.mutable_reopening_expired()->set_program(program->name());
  draft.entry.mutable_reopening_expired()->set_fiscal_year(year);
  draft.entry.add_concerned(program->reopening().proposer());
  draft.entry.add_concerned(program->office());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ApproveReopeningRequest& request, Draft& draft) {
  const v1::Program* program = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadProgram(context, request.name(), draft, program));
  const int year = request.fiscal_year();
  ORIUNDO_REFUSE_IF_ANY(RequireAnswerable(context, *program, year));
  ORIUNDO_REFUSE_IF_ANY(RequireReopening(context, *program, year));
  const v1::Reopening& reopening = program->reopening();
  if (context.actor.name() == reopening.proposer() || context.command.actor.principal == reopening.proposer_principal()) {
    return Refuse(v1::APPROVER_NOT_INDEPENDENT, program->name(),
                  reopening.proposer() + " asked for " + std::to_string(year) + " to be opened; another organisation and person agrees",
                  {{"proposer", reopening.proposer()},
                   {"approver", context.actor.name()},
                   {"case", "REOPENING"},
                   {"fiscal_year", std::to_string(year)}});
  }
  draft.entry.mutable_fiscal_year_reopened()->set_program(program->name());
  draft.entry.mutable_fiscal_year_reopened()->set_fiscal_year(year);
  draft.entry.add_concerned(reopening.proposer());
  draft.entry.add_concerned(program->office());
  return std::nullopt;
}

}  // namespace oriundo
