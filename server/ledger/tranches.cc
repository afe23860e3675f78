#include "server/ledger/tranches.h"

#include <algorithm>

#include "server/base/limits.h"

namespace oriundo {
namespace {

// The day of the project's fiscal year; empty for none.
std::string DayOfYear(const v1::Project& project, const std::string& month_day) {
  return month_day.empty() ? std::string() : std::to_string(project.fiscal_year()) + "-" + month_day;
}

}  // namespace

bool IsWaived(const v1::Tranche& tranche, v1::Tranche::Waiver waiver) {
  return std::find(tranche.waivers().begin(), tranche.waivers().end(), waiver) != tranche.waivers().end();
}

bool IsBuilt(const v1::Project& project, const v1::TrancheCondition& condition) {
  const __int128 built = static_cast<__int128>(project.progress_quantity_milli()) * kBasisPoints;
  return built >= static_cast<__int128>(project.planned_quantity_milli()) * condition.verified_bps_min();
}

std::string OpeningDay(const v1::Project& project, const v1::FunderRole& role, const v1::Tranche& tranche) {
  if (role.tranche_conditions().empty()) return {};
  return DayOfYear(project, role.tranche_conditions(tranche.ordinal() - 1).opens_month_day());
}

bool IsEarly(const v1::Project& project, const v1::TrancheCondition& condition, const std::string& today) {
  return today < DayOfYear(project, condition.opens_month_day());
}

bool IsOver(const v1::Project& project, const v1::TrancheCondition& condition, const std::string& today) {
  const std::string closes = DayOfYear(project, condition.closes_month_day());
  return !closes.empty() && today > closes;
}

bool AwaitsWork(const v1::Project& project, const v1::TrancheCondition& condition, const v1::Tranche& tranche) {
  return !IsBuilt(project, condition) && !IsWaived(tranche, v1::Tranche::VERIFIED_WORK);
}

bool IsTooLate(const v1::Project& project, const v1::TrancheCondition& condition, const v1::Tranche& tranche,
               const std::string& today) {
  return IsOver(project, condition, today) && !IsWaived(tranche, v1::Tranche::DATE_WINDOW);
}

Accounting AccountingOf(const v1::Project& project, const v1::RuleVersion& rule) {
  Accounting accounting;
  for (const v1::Party& party : project.parties()) {
    accounting.receipts += party.paid_in_minor_units() - party.taken_back_minor_units() - party.refunded_minor_units();
  }
  accounting.spent = project.spent_minor_units();
  // Cumulative documented spending over cumulative receipts, compared by cross-multiplication.
  accounting.suffices = static_cast<__int128>(accounting.spent) * kBasisPoints >=
                        static_cast<__int128>(accounting.receipts) * rule.accounted_bps();
  return accounting;
}

bool AwaitsAccounting(const v1::Project& project, const v1::RuleVersion& rule, const v1::Tranche& tranche) {
  return tranche.ordinal() > 1 && !AccountingOf(project, rule).suffices;
}

TrancheWait WaitOf(const v1::Project& project, const v1::RuleVersion& rule, const v1::FunderRole& role, const v1::Tranche& tranche,
                   const std::string& today) {
  if (!role.tranche_conditions().empty()) {
    const v1::TrancheCondition& condition = role.tranche_conditions(tranche.ordinal() - 1);
    if (AwaitsWork(project, condition, tranche)) return TrancheWait::kVerifiedWork;
    const bool outside = IsTooLate(project, condition, tranche, today) || IsEarly(project, condition, today);
    if (!today.empty() && outside) return TrancheWait::kDateWindow;
  }
  return AwaitsAccounting(project, rule, tranche) ? TrancheWait::kAccounting : TrancheWait::kNone;
}

}  // namespace oriundo
