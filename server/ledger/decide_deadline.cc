#include <algorithm>
#include <chrono>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"

namespace oriundo {

using v1::Project;

int YearOf(const std::string& date) { return std::stoi(date.substr(0, 4)); }

int64_t EndOfDay(const std::string& date, int utc_offset_minutes) {
  const std::chrono::year_month_day day{std::chrono::year{std::stoi(date.substr(0, 4))},
                                        std::chrono::month{static_cast<unsigned>(std::stoi(date.substr(5, 2)))},
                                        std::chrono::day{static_cast<unsigned>(std::stoi(date.substr(8, 2)))}};
  const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return ((days + 1) * 1'440 - utc_offset_minutes) * 60'000'000;
}

const v1::Deadline* FindDeadline(const Project& project, const std::string& resource) {
  for (const v1::Deadline& deadline : project.deadlines()) {
    if (deadline.resource() == resource) return &deadline;
  }
  return nullptr;
}

int CountDeadlines(const Project& project, std::string_view pattern) {
  return static_cast<int>(std::count_if(project.deadlines().begin(), project.deadlines().end(), [&](const v1::Deadline& deadline) {
    return IsResourceName(deadline.resource(), pattern);
  }));
}

void ChangeOpenPledge(Context& context, const Project& project, const std::string& pledge, int64_t open_change, Draft& draft) {
  if (pledge.empty() || open_change == 0) return;
  if (FindDeadline(project, pledge) != nullptr) {
    v1::DeadlineChange& change = *draft.entry.add_deadline_changes();
    change.set_resource(pledge);
    change.set_open_minor_units(open_change);
    return;
  }
  const v1::Pledge* lapsed = context.state.Find<v1::Pledge>(pledge);
  if (lapsed == nullptr || lapsed->state() != v1::Pledge::LAPSED) return;
  // A pledge remembers so many changes and no more. Whoever paid it in more pieces than that is not refused for it.
  if (lapsed->entry_sequences_size() >= kEntriesPerChildMax) return;
  const int64_t open = open_change - lapsed->excess_minor_units();
  v1::PledgeChange& change = *draft.entry.mutable_pledge_change();
  change.set_pledge(pledge);
  change.set_lapsed_minor_units(std::max<int64_t>(0, open));
  change.set_excess_minor_units(std::max<int64_t>(0, -open) - lapsed->excess_minor_units());
  if (open > 0) draft.Party(lapsed->party()).set_pledged_minor_units(-open);
}

MaybeRefusal Decide(Context& context, const v1::PledgeLapsed& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, std::string(ParentOf(request.pledge())), draft, loaded));
  const v1::Deadline* deadline = FindDeadline(*loaded.project, request.pledge());
  const v1::Pledge* pledge = context.state.Find<v1::Pledge>(request.pledge());
  if (deadline == nullptr || pledge == nullptr) {
    return Refuse(v1::PLEDGE_NOT_FOUND, request.pledge(), request.pledge() + " has no deadline to come", {{"name", request.pledge()}});
  }
  if (context.stamp.commit_time_us < deadline->time_us()) {
    return Refuse(v1::WRONG_RESOURCE_STATE, pledge->name(), pledge->name() + " is not due yet",
                  {{"case", "NOT_DUE"}});
  }
  // What is declared and waits for a verifier is not lost by itself.
  const int64_t lapsed = std::max<int64_t>(0, deadline->open_minor_units());
  v1::PledgeLapsed& event = *draft.entry.mutable_pledge_lapsed();
  event.set_pledge(pledge->name());
  event.set_lapsed_minor_units(lapsed);
  event.set_excess_minor_units(std::max<int64_t>(0, -deadline->open_minor_units()));
  // Who pledged less than the smallest unit may have left the draft since.
  if (lapsed > 0) draft.Party(pledge->party()).set_pledged_minor_units(-lapsed);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::Deadline& request, Draft& draft) {
  ProjectContext loaded;
  ORIUNDO_REFUSE_IF_ANY(LoadProject(context, request.resource(), draft, loaded));
  ORIUNDO_REFUSE_IF_ANY(RequireState(*loaded.project, {Project::APPROVED}, "lapse"));
  const v1::Deadline* deadline = FindDeadline(*loaded.project, request.resource());
  if (deadline == nullptr || context.stamp.commit_time_us < deadline->time_us()) {
    return Refuse(v1::WRONG_RESOURCE_STATE, request.resource(), "the agreement of " + request.resource() + " is not due yet",
                  {{"case", "NOT_DUE"}});
  }
  draft.entry.mutable_agreement_lapsed();
  FreeCommitments(loaded, /*uncounted=*/true, draft);
  draft.entry.set_project_state(Project::CANCELLED);
  return std::nullopt;
}

}  // namespace oriundo
