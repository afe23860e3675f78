#include "client/cli/import.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/cli/body.h"
#include "client/cli/errors.h"
#include "client/cli/import_plan.h"
#include "client/cli/import_project.h"
#include "client/cli/import_report.h"
#include "client/cli/import_session.h"
#include "client/cli/progress.h"
#include "client/cli/repeat.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/import.pb.h"

namespace oriundo {
namespace {

// Set by SIGINT; all imports of a process end.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // A signal handler may touch nothing else.

// While it lives the first SIGINT is noted and the second one ends the process.
class InterruptWatch {
 public:
  InterruptWatch() {
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptWatch() { sigaction(SIGINT, &before_, nullptr); }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  struct sigaction before_ {};
};

// The bar on a terminal, and elsewhere a line now and then.
class Progress {
 public:
  Progress(int64_t all, const Output& output) : all_(all), output_(output) {}

  // One more item is over. Any thread.
  void Done(const std::string& title) {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (output_.json) return;
    const absl::Time now = absl::Now();
    if (done_ < all_ && now - shown_ < (output_.terminal ? absl::Milliseconds(100) : absl::Seconds(5))) return;
    shown_ = now;
    if (!output_.terminal) {
      output_.err << output_.words("{done} of {all}", {{"done", absl::StrCat(done_)}, {"all", absl::StrCat(all_)}}) << std::endl;
      return;
    }
    ShowBar(done_, all_, title, output_);
  }
  void Clear() { ClearBar(output_); }

 private:
  const int64_t all_;
  const Output& output_;
  std::mutex mutex_;
  int64_t done_ = 0;
  absl::Time shown_ = absl::Now();
};

// Carries a plan out, many items at a time.
class Runner {
 public:
  Runner(const ImportOptions& options, const ImportPlan& plan, const Output& output, ImportReport& report)
      : options_(options),
        plan_(plan),
        output_(output),
        report_(report),
        session_(options.client, interrupted),
        progress_(CountOf(plan), output) {}

  void Run() {
    for (const std::vector<PlannedOrganization>& step : plan_.organizations) {
      ForEach(step.size(), [&](std::size_t i) { Organization(step[i]); });
    }
    ForEach(plan_.projects.size(), [&](std::size_t i) { Project(plan_.projects[i]); });
    // Rows of one project one after the other, in the file's order.
    std::vector<std::vector<const PlannedMoney*>> groups;
    std::map<std::string, std::size_t> group_of;
    for (const PlannedMoney& money : plan_.money) {
      const auto [found, is_new] = group_of.try_emplace(money.project, groups.size());
      if (is_new) groups.emplace_back();
      groups[found->second].push_back(&money);
    }
    ForEach(groups.size(), [&](std::size_t i) {
      for (const PlannedMoney* money : groups[i]) Money(*money);
    });
    progress_.Clear();
    const auto untried = [](ImportCounts& counts, std::size_t all) {
      counts.not_tried = static_cast<int64_t>(all) - counts.written - counts.already_there - counts.refused;
    };
    std::size_t organizations = 0;
    for (const auto& step : plan_.organizations) organizations += step.size();
    untried(report_.organizations, organizations);
    untried(report_.projects, plan_.projects.size());
    untried(report_.money, plan_.money.size());
    report_.calls = session_.calls();
    report_.interrupted = interrupted;
    // Threads end in no order; the report has one.
    const auto by_line = [](const auto& a, const auto& b) { return a.line < b.line; };
    std::stable_sort(report_.problems.begin(), report_.problems.end(), by_line);
    std::stable_sort(report_.notes.begin(), report_.notes.end(), by_line);
    std::stable_sort(report_.figures.begin(), report_.figures.end(),
                     [](const Figure& a, const Figure& b) { return a.line != 0 && (b.line == 0 || a.line < b.line); });
  }

  const absl::Status& first_error() const { return first_error_; }

 private:
  static int64_t CountOf(const ImportPlan& plan) {
    std::size_t count = plan.projects.size() + plan.money.size();
    for (const auto& step : plan.organizations) count += step.size();
    return static_cast<int64_t>(count);
  }

  // Runs `item` for 0 to `count` - 1, several at a time; begins none once the import is to end.
  void ForEach(std::size_t count, const std::function<void(std::size_t)>& item) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < count && !stopped_ && !interrupted; i = next++) item(i);
    };
    std::vector<std::thread> threads;
    const std::size_t size = std::min(count, static_cast<std::size_t>(options_.in_flight));
    for (std::size_t i = 0; i < size; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
  }

  void Organization(const PlannedOrganization& planned) {
    std::string note;
    const std::string name = "organizations/" + planned.create.organization_id();
    const auto outcome = ImportOrganization(planned, options_.dry_run, session_, output_.words, note);
    const std::lock_guard lock(mutex_);
    if (!note.empty()) report_.notes.push_back({planned.line, 0, "", note, name});
    Count(outcome.ok() ? *outcome : ImportOutcome::kAlreadyThere, outcome.status(), planned.line, name, report_.organizations);
  }

  void Project(const PlannedProject& planned) {
    const std::string name = "projects/" + planned.id;
    ImportedProject imported;
    absl::Status status = options_.dry_run ? TryProject(planned, session_, output_.words, imported)
                                           : ImportProject(planned, session_, output_.words, imported);
    if (status.ok() && options_.dry_run) status = KnowOrganizations(planned);
    const std::lock_guard lock(mutex_);
    report_.figures.insert(report_.figures.end(), imported.figures.begin(), imported.figures.end());
    report_.money_of_projects.written += imported.money.written;
    report_.money_of_projects.already_there += imported.money.already_there;
    if (status.ok() && imported.statement.lines_size() > 0) AddUp(imported.statement);
    Count(imported.outcome, status, planned.line, name, report_.projects, imported.problem_column);
  }

  void Money(const PlannedMoney& planned) {
    if (stopped_ || interrupted) return;
    const std::string name = absl::StrCat(
        "projects/", planned.project, planned.kind == v1::MoneyRow::DEPOSIT ? "/contributions/" : "/expenditures/", planned.id);
    absl::StatusOr<ImportOutcome> outcome = ImportOutcome::kWouldBeWritten;
    // Nothing can be told of money whose project the same file makes first.
    const bool untold = options_.dry_run && std::any_of(plan_.projects.begin(), plan_.projects.end(),
                                                        [&](const PlannedProject& other) { return other.id == planned.project; });
    std::vector<Figure> figures;
    if (!untold) outcome = ImportMoney(planned, options_.dry_run, session_, output_.words, figures);
    const std::lock_guard lock(mutex_);
    report_.figures.insert(report_.figures.end(), figures.begin(), figures.end());
    Count(outcome.ok() ? *outcome : ImportOutcome::kAlreadyThere, outcome.status(), planned.line, name, report_.money,
          figures.empty() ? "" : planned.column);
  }

  // For a dry run: every organisation of the project is there, or the file makes it.
  absl::Status KnowOrganizations(const PlannedProject& planned) {
    std::set<std::string> names = {planned.draft.club(), planned.draft.executor()};
    for (const PlannedFunder& funder : planned.funders) names.insert(funder.organization);
    if (!planned.office.empty()) names.insert("organizations/" + planned.office);
    if (!planned.verifier.empty()) names.insert("organizations/" + planned.verifier);
    for (const std::string& name : names) {
      {
        const std::lock_guard lock(mutex_);
        if (planned_names_.empty()) {
          for (const auto& step : plan_.organizations) {
            for (const auto& organization : step) planned_names_.insert("organizations/" + organization.create.organization_id());
          }
          planned_names_.insert("");
        }
        if (planned_names_.contains(name)) continue;
      }
      v1::GetOrganizationRequest get;
      get.set_name(name);
      if (const auto known = session_.Call<v1::Organization>("", "DirectoryService.GetOrganization", get); !known.ok())
        return known.status();
      const std::lock_guard lock(mutex_);
      planned_names_.insert(name);
    }
    return absl::OkStatus();
  }

  // REQUIRES: mutex_ is held.
  void Count(ImportOutcome outcome, const absl::Status& status, int64_t line, const std::string& name, ImportCounts& counts,
             const std::string& column = "") {
    progress_.Done(name);
    if (status.ok()) {
      ++(outcome == ImportOutcome::kAlreadyThere ? counts.already_there : counts.written);
      return;
    }
    if (absl::IsCancelled(status) && interrupted) return;  // Begun, and not ended: not tried, as far as the row goes.
    ++counts.refused;
    if (first_error_.ok()) first_error_ = status;
    RowProblem problem{line, 0, column, SentenceOf(status, output_.words), name, CallErrorOf(status).reason};
    progress_.Clear();
    if (!output_.json) output_.err << output_.Red(ProblemLine(report_.file, problem, output_.words)) << std::endl;
    report_.problems.push_back(std::move(problem));
    // Without a server, or with a broken one, the next row fares no better.
    const ExitCode exit_code = ExitCodeOf(status);
    if (!options_.keep_going || exit_code == kExitUnavailable || exit_code == kExitInternal) stopped_ = true;
  }

  // REQUIRES: mutex_ is held.
  void AddUp(const v1::ProjectStatement& statement) {
    ImportedMoney& all = report_.in_ledger[statement.currency_code()];
    for (const auto& line : statement.lines()) all.confirmed[line.party().role()] += line.confirmed_minor_units();
    all.spent += statement.spent_minor_units();
    all.refunded += statement.refunded_minor_units();
    all.box += statement.box_minor_units();
    all.over_match += statement.over_match_minor_units();
    all.gap += statement.gap_minor_units();
  }

  const ImportOptions& options_;
  const ImportPlan& plan_;
  const Output& output_;
  ImportReport& report_;
  ImportSession session_;
  Progress progress_;
  std::atomic<bool> stopped_ = false;
  // Guards the report, the first error and what follows.
  std::mutex mutex_;
  absl::Status first_error_;
  std::set<std::string> planned_names_;
};

// What to do next. A row that was refused or malformed is refused again as it is.
const char* AdviceOf(const ImportReport& report, const absl::Status& first_error) {
  const ExitCode exit_code = ExitCodeOf(first_error);
  const bool of_rows = report.rows_malformed > 0 || exit_code == kExitRefused || exit_code == kExitUsage;
  if (!report.interrupted && of_rows) {
    return "The rows named above will not go in as they are. Mend them, or what the ledger says against them, then run the same "
           "again; what is there is left alone:";
  }
  return "To go on, run the same again; what is there is left alone:";
}

// The report in the form asked for, and the status it amounts to.
absl::Status Tell(const ImportReport& report, const absl::Status& first_error, const ImportOptions& options,
                  const Output& output) {
  absl::Status status = first_error;
  if (report.rows_malformed > 0) {
    status =
        BadFields({{report.file, output.words("malformed rows: {count}", {{"count", absl::StrCat(report.rows_malformed)}})}});
  } else if (status.ok() && !report.problems.empty()) {
    status = BadFields({{report.file, report.problems.front().reason}});
  }
  if (report.interrupted) status = absl::UnavailableError("interrupted");
  if (!options.report.empty()) {
    if (absl::Status written = WriteImportReport(report, options.report, output.words); !written.ok()) {
      PrintError(written, {}, output);
      if (status.ok()) status = written;
    }
  }
  if (output.json) {
    output.out << ImportReportJson(report);
  } else {
    PrintImportReport(report, output);
  }
  if (!output.json && !status.ok()) {
    output.err << output.Red(output.words(report.interrupted ? "Interrupted." : "Not all rows went in.")) << "\n"
               << output.words(AdviceOf(report, first_error)) << "\n  "
               << RepeatCommand(options.arguments, {}, "") << "\n";
  }
  return status;
}

}  // namespace

absl::Status Import(const ImportOptions& options, std::istream& standard_input, const Output& output) {
  const Words& words = output.words;
  const auto fail = [&output](const absl::Status& status) {
    PrintError(status, {}, output);
    return status;
  };
  if (options.in_flight < 1 || options.in_flight > kImportInFlightMax)
    return fail(
        BadFields({{"--in-flight", words("write a number from 1 to {most}", {{"most", absl::StrCat(kImportInFlightMax)}})}}));
  if (options.file == "-" && options.mapping == "-")
    return fail(BadFields({{"--mapping", words("only one of mapping and file can come from standard input")}}));
  v1::ImportMapping mapping;
  if (absl::Status status = ReadBody(options.mapping, standard_input, mapping, words); !status.ok()) return fail(status);
  std::ifstream file;
  errno = 0;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (std::filesystem::is_directory(options.file)) errno = EISDIR;
    if (!file || std::filesystem::is_directory(options.file))
      return fail(BadFields({{options.file, words("cannot be read: {why}", {{"why", FaultOfFile(errno, words)}})}}));
  }
  const absl::Time begin = absl::Now();
  absl::StatusOr<ImportPlan> plan = PlanImport(mapping, options.file == "-" ? standard_input : file, options.file, words);
  if (!plan.ok()) return fail(plan.status());

  ImportReport report{.file = options.file, .mapping = options.mapping, .source = mapping.source(), .dry_run = options.dry_run};
  report.rows = plan->rows;
  report.rows_of_no_kind = static_cast<int64_t>(plan->lines_of_no_kind.size());
  report.rows_malformed = plan->rows_malformed;
  report.problems = plan->problems;
  report.figures = plan->figures;
  for (const int64_t line : plan->lines_of_no_kind)
    report.notes.push_back({line, 0, "", words("the mapping leaves this row out")});
  for (const RowProblem& problem : report.problems) {
    if (!output.json) output.err << output.Red(ProblemLine(report.file, problem, words)) << "\n";
  }

  const InterruptWatch watch;
  absl::Status first_error;
  // Told to stop at the first bad row, an import writes nothing at all where one is known before.
  const bool held_back = !report.problems.empty() && !options.keep_going && !options.dry_run;
  if (held_back) {
    for (const auto& step : plan->organizations) report.organizations.not_tried += static_cast<int64_t>(step.size());
    report.projects.not_tried = static_cast<int64_t>(plan->projects.size());
    report.money.not_tried = static_cast<int64_t>(plan->money.size());
  } else {
    Runner runner(options, *plan, output, report);
    runner.Run();
    first_error = runner.first_error();
    // A dry run looks at every row all the same, and says what such an import would do: nothing.
    if (!plan->problems.empty() && !options.keep_going) {
      for (ImportCounts* counts : {&report.organizations, &report.projects, &report.money}) {
        counts->not_tried += std::exchange(counts->written, 0);
      }
      report.money_of_projects.written = 0;
    }
  }
  report.milliseconds = absl::ToInt64Milliseconds(absl::Now() - begin);
  return Tell(report, first_error, options, output);
}

}  // namespace oriundo
