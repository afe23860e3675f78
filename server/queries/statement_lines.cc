#include "server/queries/statement_lines.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/base/ids.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"
#include "server/ledger/rule_shares.h"
#include "server/ledger/tranches.h"
#include "server/queries/effective.h"
#include "server/queries/holds.h"
#include "server/queries/lists.h"
#include "server/queries/page.h"
#include "server/queries/reader.h"
#include "server/queries/statement.h"
#include "server/rules/in_kind.h"
#include "server/rules/tranche.h"
#include "storage/format/journal.h"
#include "storage/format/keys.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {
namespace {

using google::protobuf::util::TimeUtil;

// Stored records that are read before any is worked on; bounds memory, whatever the page.
constexpr std::size_t kRecordsPerScan = 128;

// Between a project's name and a party's index in a page token; no name holds it.
constexpr char kIndexMark = '#';

const v1::FunderRole* RoleNamed(const v1::RuleVersion& rule, const std::string& name) {
  for (const v1::FunderRole& role : rule.roles()) {
    if (role.role() == name) return &role;
  }
  return nullptr;
}

const v1::FunderRole* ClubRole(const v1::RuleVersion& rule) {
  for (const v1::FunderRole& role : rule.roles()) {
    if (role.club_money()) return &role;
  }
  return nullptr;
}

// The agreement is complete and the project is not over.
bool IsRunning(v1::Project::State state) {
  switch (state) {
    case v1::Project::AGREED:
    case v1::Project::FUNDING:
    case v1::Project::AUTHORISED:
    case v1::Project::EXECUTING:
    case v1::Project::COMPLETED:
    case v1::Project::HANDED_OVER:
      return true;
    default:
      return false;
  }
}

bool IsAuthorised(v1::Project::State state) { return state != v1::Project::AGREED && state != v1::Project::FUNDING; }

// What a payer's role and the clubs are due in all.
struct Dues {
  int64_t role = 0;
  int64_t clubs = 0;
  int64_t clubs_verified = 0;
};

Dues DuesOf(const v1::Project& project, const v1::RuleVersion& rule, const v1::FunderRole& role, const v1::FunderRole* club) {
  Dues dues;
  for (const v1::Party& party : project.parties()) {
    if (party.role() == role.role()) dues.role += party.due_minor_units();
    if (club == nullptr || party.role() != club->role()) continue;
    dues.clubs += party.due_minor_units();
    dues.clubs_verified += party.verified_minor_units();
    if (rule.in_kind_in_bound()) dues.clubs_verified += party.in_kind_counted_minor_units();
  }
  return dues;
}

// What `party` may have been asked for once the clubs have `clubs_verified`: its part of what that entitles its role to.
int64_t OwnEntitled(const v1::Project& project, const v1::RuleVersion& rule, const v1::FunderRole& role, const v1::FunderRole* club, const Dues& dues,
                    const v1::Party& party, int64_t clubs_verified) {
  // A club that owes nothing bounds nobody.
  const int64_t club_weight = club == nullptr ? 0 : RoleWeightOf(project, rule, club->role());
  if (club_weight == 0 || dues.role == 0) return party.due_minor_units();
  const int64_t entitled = EntitledRelease({.club_verified = std::clamp<int64_t>(clubs_verified, 0, dues.clubs),
                                            .tolerance = 0,
                                            .weight = RoleWeightOf(project, rule, role.role()),
                                            .club_weight = club_weight,
                                            .multiple_bps = rule.bound_multiple_bps()});
  const __int128 part = static_cast<__int128>(entitled) * party.due_minor_units() / dues.role;
  return static_cast<int64_t>(std::min<__int128>(part, party.due_minor_units()));
}

// How far the rule lets the party's tranches be sent by now.
struct OpenTranches {
  // What has been sent, and may be; minor units.
  int64_t minor_units = 0;
  // First day on which one of those that may be and are not wholly sent could be; empty where one always could.
  std::optional<std::string> since;
  // What the first one that may not be sent waits for; no kind where there is none.
  v1::Hold hold;
};

OpenTranches OpenTranchesOf(const v1::Project& project, const v1::RuleVersion& rule, const v1::FunderRole& role, const v1::Party& party,
                            const std::string& today) {
  OpenTranches open;
  for (const v1::Tranche& tranche : project.tranches()) {
    if (tranche.party() != party.organization()) continue;
    // Behind one that waits none is sent.
    if (open.hold.kind() != v1::Hold::KIND_UNSPECIFIED) {
      open.minor_units += tranche.released_minor_units();
      continue;
    }
    const TrancheWait wait = tranche.released_minor_units() >= tranche.amount_minor_units()
                                 ? TrancheWait::kNone
                                 : WaitOf(project, rule, role, tranche, today);
    open.minor_units += wait == TrancheWait::kNone ? tranche.amount_minor_units() : tranche.released_minor_units();
    if (wait == TrancheWait::kNone && tranche.released_minor_units() < tranche.amount_minor_units()) {
      const std::string opened = OpeningDay(project, role, tranche);
      open.since = open.since ? std::min(*open.since, opened) : opened;
    }
    if (wait == TrancheWait::kNone) continue;
    open.hold.set_kind(wait == TrancheWait::kVerifiedWork ? v1::Hold::WORK_NOT_VERIFIED
                       : wait == TrancheWait::kDateWindow ? v1::Hold::OUTSIDE_WINDOW
                                                          : v1::Hold::NOT_ACCOUNTED);
    open.hold.set_tranche(tranche.name());
    if (wait != TrancheWait::kDateWindow) open.hold.set_organization(project.executor());
  }
  return open;
}

// The day on which what the party misses of its due began. What was raised last is missing first.
const std::string& DueSince(const v1::Project& project, const v1::Party& party, int64_t missing) {
  const std::string& begun = std::max(project.agreement_date(), party.joined_date());
  for (int i = party.later_dues_size() - 1; i >= 0; --i) {
    missing -= party.later_dues(i).minor_units();
    if (missing <= 0) return std::max(begun, party.later_dues(i).date());
  }
  return begun;
}

// The clubs that hold a payer's tranches up: those that do not comply, or where all do and `all` are wanted, those that miss
// anything.
std::vector<const v1::ProjectStatement::Line*> LateClubs(const v1::ProjectStatement& statement, const v1::FunderRole& club,
                                                         bool all) {
  std::vector<const v1::ProjectStatement::Line*> late;
  for (const bool strict : {true, false}) {
    if (!strict && !all) break;
    for (const v1::ProjectStatement::Line& other : statement.lines()) {
      if (other.party().role() != club.role() || other.gap_minor_units() == 0 || (strict && other.complies())) continue;
      late.push_back(&other);
    }
    if (!late.empty()) break;
  }
  return late;
}

// What of the party's goods and labour counted from which day on, as each appraisal raised it. `appraised` is by day.
void AddGoods(const v1::Party& party, int32_t cap_bps, const std::multimap<std::string, int64_t>& appraised,
              std::vector<ClubCredit>& credits) {
  int64_t sum = 0;
  int64_t counted = 0;
  for (const auto& [date, minor_units] : appraised) {
    sum += minor_units;
    const int64_t now = InKindCounted(sum, party.due_minor_units(), cap_bps);
    if (now > counted) credits.push_back({date, now - counted});
    counted = now;
  }
}

std::chrono::sys_days DayOf(const std::string& date) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const char* text = date.data();
  std::from_chars(text, text + 4, year);
  std::from_chars(text + 5, text + 7, month);
  std::from_chars(text + 8, text + 10, day);
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day));
}

// Fills one page of lines.
class LinePage {
 public:
  LinePage(const Reader& reader, const v1::ListStatementLinesRequest& request, int rows_max, std::string age_date,
           v1::ListStatementLinesResponse& response)
      : reader_(reader),
        request_(request),
        rows_max_(rows_max),
        age_date_(std::move(age_date)),
        response_(response),
        all_projects_(!IsResourceName(request.subject(), "projects/*")),
        of_organization_(IsResourceName(request.subject(), "organizations/*")),
        hold_finder_(reader) {}

  // Finds out whose lines are wanted.
  absl::Status Open() {
    if (!request_.program().empty()) ORIUNDO_RETURN_IF_ERROR(reader_.Get(request_.program()).status());
    if (request_.subject().empty()) return absl::OkStatus();
    ORIUNDO_RETURN_IF_ERROR(reader_.Get(request_.subject()).status());
    if (!of_organization_) return absl::OkStatus();
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Organization* subject, OrganizationNamed(request_.subject()));
    with_members_ = subject->kind() == v1::FEDERATION || subject->kind() == v1::CONFEDERATION;
    return absl::OkStatus();
  }

  // Goes on after `last`, `projects/{project}#{index of the party}`, until the page or the ledger ends. Sets the place where the
  // next page goes on, empty where this is the last.
  absl::Status Fill(const std::string& last) {
    std::string project;
    int party = -1;
    if (const std::size_t mark = last.find(kIndexMark); mark != std::string::npos) {
      project = last.substr(0, mark);
      std::from_chars(last.data() + mark + 1, last.data() + last.size(), party);
    }
    if (!all_projects_) {
      ORIUNDO_ASSIGN_OR_RETURN(v1::Project only, reader_.Get<v1::Project>(request_.subject()));
      return Take(std::move(only), party + 1).status();
    }
    KeyRange range = CollectionRange("projects");
    if (!project.empty()) range.begin = std::max(range.begin, RecordKey(project));
    for (bool ended = false; !ended;) {
      std::vector<std::pair<std::string, std::string>> found;
      ORIUNDO_RETURN_IF_ERROR(reader_.snapshot().Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return found.size() < kRecordsPerScan;
      }));
      for (const auto& [key, value] : found) {
        const std::optional<std::string> name = ParseRecordKey(key);
        if (!name.has_value()) return absl::DataLossError("a record's key does not parse");
        ORIUNDO_ASSIGN_OR_RETURN(const bool go_on, Look(*name, value, *name == project ? party + 1 : 0));
        if (!go_on) return absl::OkStatus();
      }
      ended = found.size() < kRecordsPerScan;
      if (!ended) range.begin = KeyAfter(found.back().first);
    }
    next_.clear();
    return absl::OkStatus();
  }

  // Where the next page goes on; empty where there is none.
  const std::string& next() const { return next_; }

 private:
  bool is_full() const { return response_.lines_size() >= rows_max_ || bytes_ >= kPageBytesMax; }

  // Takes the lines of a stored project from party `first` on. False where the page ends before the project does, or after it.
  absl::StatusOr<bool> Look(const std::string& name, std::string_view stored, int first) {
    if (is_full() || examined_ >= kRowsExaminedPerPageMax) return false;
    ++examined_;
    ORIUNDO_ASSIGN_OR_RETURN(const std::string_view body, DecodeRecord(stored));
    absl::StatusOr<std::unique_ptr<google::protobuf::Message>> record = reader_.FromStored(name, body);
    if (absl::IsNotFound(record.status())) return Passed(name);  // Came later.
    ORIUNDO_RETURN_IF_ERROR(record.status());
    return Take(std::move(static_cast<v1::Project&>(**record)), first);
  }

  // Remembers that all of `project` has been looked at.
  bool Passed(const std::string& project) {
    next_ = absl::StrCat(project, std::string(1, kIndexMark), kPartiesPerProjectMax);
    return true;
  }

  bool IsWanted(const v1::Project& project) const {
    if (!request_.program().empty() && project.program() != request_.program()) return false;
    if (IsResourceName(request_.subject(), "programs/*") && project.program() != request_.subject()) return false;
    return request_.fiscal_year() == 0 || project.fiscal_year() == request_.fiscal_year();
  }

  absl::StatusOr<bool> IsWanted(const v1::Party& party) {
    if (!of_organization_) return true;
    // A party, or whoever it was merged into; its federation, and that one's confederation, the same.
    std::string name = party.organization();
    for (int level = 0; level < 3 && !name.empty(); ++level) {
      if (level > 0 && !with_members_) return false;
      ORIUNDO_ASSIGN_OR_RETURN(const v1::Organization* organization, OrganizationNamed(name));
      for (; name != request_.subject() && !organization->successor().empty(); name = organization->name()) {
        ORIUNDO_ASSIGN_OR_RETURN(organization, OrganizationNamed(organization->successor()));
      }
      if (name == request_.subject()) return true;
      name = organization->parent();
    }
    return false;
  }

  absl::StatusOr<bool> Take(v1::Project project, int first) {
    if (!IsWanted(project)) return Passed(project.name());
    std::optional<v1::ProjectStatement> statement;
    const v1::RuleVersion* rule = nullptr;
    std::optional<std::string> title;
    credits_.reset();
    for (int index = std::max(0, first); index < project.parties_size(); ++index) {
      ORIUNDO_ASSIGN_OR_RETURN(const bool wanted, IsWanted(project.parties(index)));
      if (!wanted) continue;
      if (is_full()) return false;
      if (!statement.has_value()) {
        ORIUNDO_ASSIGN_OR_RETURN(rule, RuleNamed(project.rule_version()));
        ORIUNDO_ASSIGN_OR_RETURN(later_, CountThrough(reader_, request_.effective_through(), project));
        examined_ += later_.entries;
        statement = StatementOf(project, *rule);
        ORIUNDO_ASSIGN_OR_RETURN(holds_, hold_finder_.Find(project, *rule));
        v1::Project texts;
        texts.set_name(project.name());
        texts.set_title_commitment(project.title_commitment());
        ORIUNDO_RETURN_IF_ERROR(reader_.OpenTexts(texts));
        title = texts.title();
      }
      ORIUNDO_RETURN_IF_ERROR(AddLine(*statement, *rule, *title, index));
      next_ = absl::StrCat(project.name(), std::string(1, kIndexMark), index);
    }
    Passed(project.name());
    if (!all_projects_) next_.clear();
    return true;
  }

  absl::Status AddLine(const v1::ProjectStatement& statement, const v1::RuleVersion& rule, const std::string& title, int index) {
    const v1::Project& project = statement.project();
    const v1::ProjectStatement::Line& from = statement.lines(index);
    const v1::Party& party = from.party();
    v1::StatementLine& line = *response_.add_lines();
    line.set_project(project.name());
    line.set_title(title);
    line.set_program(project.program());
    line.set_fiscal_year(project.fiscal_year());
    line.set_locality_code(project.locality_code());
    line.set_project_state(project.state());
    line.set_project_total_minor_units(project.total_minor_units());
    line.set_role(party.role());
    line.set_organization(party.organization());
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Organization* organization, OrganizationNamed(party.organization()));
    line.set_display_name(organization->display_name());
    line.set_organization_kind(organization->kind());
    const v1::FunderRole* role = RoleNamed(rule, party.role());
    line.set_club_money(role != nullptr && role->club_money());
    line.set_currency_code(project.currency_code());
    line.set_due_minor_units(party.due_minor_units());
    line.set_pledged_minor_units(party.pledged_minor_units());
    line.set_declared_minor_units(party.declared_minor_units());
    line.set_verified_minor_units(party.verified_minor_units());
    line.set_committed_minor_units(party.committed_minor_units());
    line.set_proposed_minor_units(party.proposed_minor_units());
    line.set_released_minor_units(party.released_minor_units());
    line.set_received_minor_units(party.received_minor_units());
    line.set_confirmed_minor_units(from.confirmed_minor_units());
    line.set_spent_minor_units(party.spent_minor_units());
    // What went back at a year's end counts as never received.
    line.set_refunded_minor_units(std::max<int64_t>(0, party.refunded_minor_units() - party.year_end_returned_minor_units()));
    line.set_year_end_returned_minor_units(party.year_end_returned_minor_units());
    line.set_equalised_minor_units(party.equalised_minor_units());
    line.set_left_minor_units(party.left_minor_units());
    line.set_over_match_minor_units(party.over_match_minor_units());
    line.set_gap_minor_units(from.gap_minor_units());
    line.set_complies(from.complies());
    line.set_in_kind_minor_units(party.in_kind_minor_units());
    line.set_in_kind_counted_minor_units(party.in_kind_counted_minor_units());
    line.set_savings_minor_units(from.savings_minor_units());
    if (role != nullptr && role->returns_unspent_at_year_end()) FillYearEnd(statement, *role, index, line);
    ORIUNDO_ASSIGN_OR_RETURN(const std::string* office, OfficeOf(project.program()));
    ORIUNDO_RETURN_IF_ERROR(FillDelay({.statement = statement,
                                       .rule = rule,
                                       .office = *office,
                                       .index = index,
                                       .holds = holds_,
                                       .age_date = age_date_,
                                       .credits = [&] { return ClubCredits(statement, rule); }},
                                      line));
    if (!line.late_since().empty()) line.set_late_days(DaysBetween(line.late_since(), age_date_));
    bytes_ += line.ByteSizeLong();
    return absl::OkStatus();
  }

  // What goes back of the money that came before the year of `age_date`, and by when (domain notes, section 2, P58).
  void FillYearEnd(const v1::ProjectStatement& statement, const v1::FunderRole& role, int index, v1::StatementLine& line) const {
    const v1::Project& project = statement.project();
    const v1::Project::State state = project.state() == v1::Project::SUSPENDED ? project.suspended_state() : project.state();
    if (state != v1::Project::AUTHORISED && state != v1::Project::EXECUTING && state != v1::Project::COMPLETED) return;
    // What a finished work has left once all have given their shares is savings.
    if (state == v1::Project::COMPLETED && statement.complies()) return;
    const std::string year = age_date_.substr(0, 4);
    if (year <= project.agreement_date().substr(0, 4)) return;  // Nothing came in before.
    const int64_t unspent = YearEndUnspentOf(project, index, std::stoi(year) - 1).money;
    if (unspent == 0) return;
    line.set_year_end_return_minor_units(unspent);
    line.set_year_end_return_due_date(DateAfter(std::to_string(std::stoi(year) - 1) + "-12-31", role.year_end_return_days()));
    line.set_year_end_return_late_days(DaysBetween(line.year_end_return_due_date(), age_date_));
  }

  // What the clubs gave, by date: verified contributions, and goods and labour where those count in the bound. Read once a
  // project.
  absl::StatusOr<std::span<const ClubCredit>> ClubCredits(const v1::ProjectStatement& statement, const v1::RuleVersion& rule) {
    if (credits_.has_value()) return std::span<const ClubCredit>(*credits_);
    credits_.emplace();
    const v1::FunderRole* club = ClubRole(rule);
    if (club == nullptr) return std::span<const ClubCredit>(*credits_);
    std::set<std::string> clubs;
    for (const auto& line : statement.lines()) {
      if (line.party().role() == club->role()) clubs.insert(line.party().organization());
    }
    const auto stands = [&](const std::string& name, bool confirmed) {
      return (confirmed || later_.reversed.contains(name)) && !later_.verified.contains(name);
    };
    const std::string& project = statement.project().name();
    ORIUNDO_RETURN_IF_ERROR(Visit<v1::Contribution>(project + "/contributions", [&](const v1::Contribution& money) {
      if (!clubs.contains(money.party()) || !stands(money.name(), money.state() == v1::Contribution::VERIFIED)) return;
      credits_->push_back({money.bank_value_date(), money.credited().minor_units()});
    }));
    if (rule.in_kind_in_bound()) {
      std::map<std::string, std::multimap<std::string, int64_t>> appraised;
      ORIUNDO_RETURN_IF_ERROR(Visit<v1::InKind>(project + "/in-kinds", [&](const v1::InKind& goods) {
        if (!clubs.contains(goods.party()) || !stands(goods.name(), goods.state() == v1::InKind::APPRAISED)) return;
        appraised[goods.party()].emplace(goods.appraisal_date(), goods.appraised_minor_units());
      }));
      for (const auto& line : statement.lines()) {
        const auto given = appraised.find(line.party().organization());
        if (given != appraised.end()) AddGoods(line.party(), club->in_kind_cap_bps(), given->second, *credits_);
      }
    }
    std::stable_sort(credits_->begin(), credits_->end(),
                     [](const ClubCredit& left, const ClubCredit& right) { return left.date < right.date; });
    return std::span<const ClubCredit>(*credits_);
  }

  // Visits the children of a collection that there were at the reader's moment, by name.
  template <typename Child>
  absl::Status Visit(const std::string& collection, const std::function<void(const Child&)>& visit) {
    KeyRange range = CollectionRange(collection);
    for (bool ended = false; !ended;) {
      std::vector<std::pair<std::string, std::string>> found;
      ORIUNDO_RETURN_IF_ERROR(reader_.snapshot().Scan(range.begin, range.end, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return found.size() < kRecordsPerScan;
      }));
      for (const auto& [key, value] : found) {
        ++examined_;
        const std::optional<std::string> name = ParseRecordKey(key);
        if (!name.has_value()) return absl::DataLossError("a record's key does not parse");
        ORIUNDO_ASSIGN_OR_RETURN(const std::string_view body, DecodeRecord(value));
        absl::StatusOr<std::unique_ptr<google::protobuf::Message>> record = reader_.FromStored(*name, body);
        if (absl::IsNotFound(record.status())) continue;
        ORIUNDO_RETURN_IF_ERROR(record.status());
        visit(static_cast<const Child&>(**record));
      }
      ended = found.size() < kRecordsPerScan;
      if (!ended) range.begin = KeyAfter(found.back().first);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<const v1::Organization*> OrganizationNamed(const std::string& name) {
    const auto [at, is_new] = organizations_.try_emplace(name);
    if (is_new) {
      ORIUNDO_ASSIGN_OR_RETURN(at->second, reader_.Get<v1::Organization>(name));
      ORIUNDO_RETURN_IF_ERROR(reader_.OpenTexts(at->second));
    }
    return &at->second;
  }

  absl::StatusOr<const v1::RuleVersion*> RuleNamed(const std::string& name) {
    const auto [at, is_new] = rules_.try_emplace(name);
    if (is_new) {
      ORIUNDO_ASSIGN_OR_RETURN(at->second, reader_.Get<v1::RuleVersion>(name));
    }
    return &at->second;
  }

  absl::StatusOr<const std::string*> OfficeOf(const std::string& program) {
    const auto [at, is_new] = offices_.try_emplace(program);
    if (is_new) {
      ORIUNDO_ASSIGN_OR_RETURN(const v1::Program record, reader_.Get<v1::Program>(program));
      at->second = record.office();
    }
    return &at->second;
  }

  const Reader& reader_;
  const v1::ListStatementLinesRequest& request_;
  const int rows_max_;
  const std::string age_date_;
  v1::ListStatementLinesResponse& response_;
  const bool all_projects_;
  const bool of_organization_;
  bool with_members_ = false;
  std::size_t bytes_ = 0;
  int examined_ = 0;
  std::string next_;
  // Of the project at work.
  std::optional<std::vector<ClubCredit>> credits_;
  LaterMoney later_;
  std::vector<v1::Hold> holds_;
  // Read once a page.
  HoldFinder hold_finder_;
  std::map<std::string, v1::Organization> organizations_;
  std::map<std::string, v1::RuleVersion> rules_;
  std::map<std::string, std::string> offices_;
};

// The first page's moment, and on later pages the sequence that it showed.
absl::StatusOr<Reader> OpenAt(const Engine& engine, const v1::ListStatementLinesRequest& request, const PagePosition& position) {
  v1::KnownAt known_at = request.known_at();
  if (!position.last.empty()) known_at.set_sequence(position.sequence);
  absl::StatusOr<Reader> reader = Reader::Open(engine, known_at);
  // Only tokens of our own making come so far, but a journal restored to an earlier day is shorter than they say.
  if (!reader.ok() && !position.last.empty() && ReasonOf(reader.status()) == v1::INVALID_FIELD) {
    return ReasonStatus(v1::PAGE_TOKEN_INVALID, "page_token points beyond the journal; begin again without it",
                        {{"field", "page_token"}});
  }
  return reader;
}

}  // namespace

int32_t DaysBetween(const std::string& first, const std::string& last) {
  const auto days = (DayOf(last) - DayOf(first)).count();
  return static_cast<int32_t>(std::max<decltype(days)>(0, days));
}

std::optional<v1::Hold> FindTrancheHold(const v1::ProjectStatement& statement, const v1::RuleVersion& rule, int index,
                                        const std::string& today) {
  const v1::Project& project = statement.project();
  const v1::Party& party = statement.lines(index).party();
  const v1::Project::State state = project.state();
  const bool fell_short = state == v1::Project::HANDED_OVER && !statement.lines(index).complies();
  if (state != v1::Project::AUTHORISED && state != v1::Project::EXECUTING && state != v1::Project::COMPLETED && !fell_short) {
    return std::nullopt;
  }
  const v1::FunderRole* role = RoleNamed(rule, party.role());
  if (role == nullptr || role->club_money() || !party.replaced_by().empty()) return std::nullopt;
  const v1::Hold hold = OpenTranchesOf(project, rule, *role, party, today).hold;
  if (hold.kind() == v1::Hold::KIND_UNSPECIFIED) return std::nullopt;
  return hold;
}

namespace {

// Of what the party owes, what it owes only since days after `day`.
int64_t OwedLater(const v1::Party& party, const std::string& day) {
  int64_t later = 0;
  for (const v1::LaterDue& due : party.later_dues()) later += due.date() > day ? due.minor_units() : 0;
  return later;
}

// The statement without what was not owed yet on `day`: dues, gaps and who complies are as if nothing had been raised since.
v1::ProjectStatement OwedOn(const v1::ProjectStatement& statement, const std::string& day) {
  v1::ProjectStatement owed = statement;
  for (int i = 0; i < owed.lines_size(); ++i) {
    v1::ProjectStatement::Line& line = *owed.mutable_lines(i);
    v1::Party& party = *line.mutable_party();
    const int64_t later = OwedLater(party, day);
    if (later == 0) continue;
    party.set_due_minor_units(party.due_minor_units() - later);
    auto& dues = *party.mutable_later_dues();
    dues.erase(std::remove_if(dues.begin(), dues.end(), [&](const v1::LaterDue& due) { return due.date() > day; }), dues.end());
    *owed.mutable_project()->mutable_parties(i) = party;
    line.set_gap_minor_units(std::max<int64_t>(0, line.gap_minor_units() - later));
    // Within the tolerance a share is given, though not by who has given nothing (domain notes 4.2).
    const int64_t gap = line.gap_minor_units();
    line.set_complies(line.complies() || gap == 0 || (gap <= party.tolerance_minor_units() && gap < party.due_minor_units()));
  }
  return owed;
}

absl::Status FillDelayOfOwed(const DelayInput& input, v1::StatementLine& line) {
  const v1::ProjectStatement& statement = input.statement;
  const v1::RuleVersion& rule = input.rule;
  const v1::Project& project = statement.project();
  const v1::ProjectStatement::Line& from = statement.lines(input.index);
  const v1::Party& party = from.party();
  const v1::FunderRole* role = RoleNamed(rule, party.role());
  const bool suspended = project.state() == v1::Project::SUSPENDED;
  if (role == nullptr || from.complies() || from.gap_minor_units() == 0) return absl::OkStatus();
  if (!suspended && !IsRunning(project.state())) return absl::OkStatus();

  // Of the party itself, or of anybody on the clubs' side where tranches are to be released.
  for (const v1::Hold& hold : input.holds) {
    const bool on_party = hold.kind() == v1::Hold::PROJECT_SUSPENDED || hold.organization() == party.organization();
    if (on_party || !role->club_money()) *line.add_holds() = hold;
  }
  if (suspended || (role->club_money() && line.holds_size() > 0)) {
    line.set_held_minor_units(from.gap_minor_units());
    return absl::OkStatus();
  }
  const auto in_time = [&](const std::string& since) { return input.age_date.empty() || since <= input.age_date; };
  const std::string& begun = DueSince(project, party, from.gap_minor_units());
  if (role->club_money()) {
    if (!in_time(begun)) return absl::OkStatus();
    line.set_late_minor_units(from.gap_minor_units());
    line.set_own_late_minor_units(from.gap_minor_units());
    line.add_late_by(party.organization());
    line.set_late_since(begun);
    return absl::OkStatus();
  }

  const v1::FunderRole* club = ClubRole(rule);
  const Dues dues = DuesOf(project, rule, *role, club);
  const int64_t tolerance = project.tolerance_minor_units();
  const int64_t entitled = OwnEntitled(project, rule, *role, club, dues, party, dues.clubs_verified);
  // What counts in kind need not be released any more, nor what would only be refunded.
  const int64_t counted = party.in_kind_counted_minor_units() + from.refunded_early_minor_units();
  const int64_t given = party.released_minor_units() + counted;
  // What the rule does not let it send yet is not its delay.
  const OpenTranches open = OpenTranchesOf(project, rule, *role, party, input.age_date);
  const int64_t sendable = std::max(open.minor_units, party.released_minor_units()) + counted;
  const auto own_by = [&](int64_t verified) {
    const int64_t let = std::min(sendable, OwnEntitled(project, rule, *role, club, dues, party, verified));
    return std::min(let - given, from.gap_minor_units());
  };
  const int64_t own = own_by(dues.clubs_verified);
  const int64_t waiting = party.due_minor_units() - std::max(entitled, given);
  if (line.holds_size() > 0) {
    // A frozen club holds up what the rule does not let be sent yet as well.
    const int64_t opened = std::min(entitled - given, from.gap_minor_units());
    const int64_t held = (opened > tolerance ? opened : 0) + (waiting > tolerance ? waiting : 0);
    line.set_held_minor_units(std::min(held, from.gap_minor_units()));
    if (held == 0) line.clear_holds();
    return absl::OkStatus();
  }
  const int64_t closed = std::min(entitled - std::max(sendable, given), from.gap_minor_units());
  if (closed > tolerance && open.hold.kind() != v1::Hold::KIND_UNSPECIFIED) {
    line.set_held_minor_units(closed);
    *line.add_holds() = open.hold;
  }
  if (own > tolerance) {
    // What the clubs' money had let it release by the day to which delays are counted, and since when more than the tolerance.
    std::string since = std::max(begun, open.since.value_or(""));
    int64_t by_then = own;
    if (club != nullptr) {
      ORIUNDO_ASSIGN_OR_RETURN(const std::span<const ClubCredit> by_date, input.credits());
      int64_t verified = 0;
      bool late = false;
      for (const ClubCredit& credit : by_date) {
        if (!in_time(credit.date)) break;
        verified += credit.minor_units;
        if (!late) since = std::max(since, credit.date);
        late = own_by(verified) > tolerance;
      }
      if (!by_date.empty() && !in_time(by_date.back().date)) by_then = own_by(verified);
    }
    if (by_then > tolerance && in_time(since)) {
      line.set_late_minor_units(by_then);
      line.set_own_late_minor_units(by_then);
      line.add_late_by(IsAuthorised(project.state()) ? party.organization() : input.office);
      line.set_late_since(since);
    }
  }
  if (waiting <= tolerance || club == nullptr) return absl::OkStatus();
  // It waits from when it owes and the first of the late clubs does.
  const std::vector<const v1::ProjectStatement::Line*> late = LateClubs(statement, *club, /*all=*/line.late_by_size() == 0);
  const auto since_of = [&](const v1::ProjectStatement::Line* other) {
    return DueSince(project, other->party(), other->gap_minor_units());
  };
  std::string since = late.empty() ? begun : since_of(late[0]);
  for (const v1::ProjectStatement::Line* other : late) since = std::min(since, since_of(other));
  since = std::max(since, begun);
  if (!in_time(since)) return absl::OkStatus();
  line.set_late_minor_units(line.late_minor_units() + waiting);
  if (line.late_since().empty()) line.set_late_since(since);
  for (const v1::ProjectStatement::Line* other : late) line.add_late_by(other->party().organization());
  return absl::OkStatus();
}

}  // namespace

absl::Status FillDelay(const DelayInput& input, v1::StatementLine& line) {
  const auto& parties = input.statement.project().parties();
  const bool as_then = !input.age_date.empty() && std::any_of(parties.begin(), parties.end(), [&](const v1::Party& party) {
    return OwedLater(party, input.age_date) > 0;
  });
  if (!as_then) return FillDelayOfOwed(input, line);
  const v1::ProjectStatement owed = OwedOn(input.statement, input.age_date);
  return FillDelayOfOwed({.statement = owed,
                          .rule = input.rule,
                          .office = input.office,
                          .index = input.index,
                          .holds = input.holds,
                          .age_date = input.age_date,
                          .credits = input.credits},
                         line);
}

absl::StatusOr<v1::ListStatementLinesResponse> ListStatementLines(const Engine& engine,
                                                                  const v1::ListStatementLinesRequest& request) {
  ORIUNDO_ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size()));
  ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<Snapshot> for_key, engine.NewSnapshot());
  ORIUNDO_ASSIGN_OR_RETURN(const LedgerKey key, LedgerKey::Load(*for_key));
  for_key.reset();
  ORIUNDO_ASSIGN_OR_RETURN(const PagePosition position, DecodePageToken(key, request));
  ORIUNDO_ASSIGN_OR_RETURN(const Reader reader, OpenAt(engine, request, position));
  const std::string& through = request.effective_through();
  // Later pages show the first one's sequence, whose day may be an earlier one than was asked for then.
  if (position.last.empty()) ORIUNDO_RETURN_IF_ERROR(CheckThrough(reader, through));
  if (!request.age_date().empty() && request.age_date() < through) {
    return FieldsStatus({{"age_date", absl::StrCat("must not be before effective_through, ", through),
                          {{"case", "AGE_BEFORE_EFFECTIVE"}, {"effective_through", through}}}});
  }

  v1::ListStatementLinesResponse response;
  response.set_sequence(reader.sequence());
  response.set_effective_through(through);
  response.set_age_date(request.age_date().empty() ? through : request.age_date());
  if (reader.sequence() >= 0) {
    ORIUNDO_ASSIGN_OR_RETURN(const v1::Entry entry, ReadParsedEntry(reader.snapshot(), reader.sequence()));
    *response.mutable_commit_time() = TimeUtil::MicrosecondsToTimestamp(entry.commit_time_us());
    if (response.age_date().empty()) response.set_age_date(DateAt(entry.commit_time_us(), 0));
  }
  LinePage page(reader, request, page_size, response.age_date(), response);
  ORIUNDO_RETURN_IF_ERROR(page.Open());
  ORIUNDO_RETURN_IF_ERROR(page.Fill(position.last));
  if (!page.next().empty()) {
    response.set_next_page_token(EncodePageToken(key, request, {.last = page.next(), .sequence = reader.sequence()}));
  }
  return response;
}

}  // namespace oriundo
