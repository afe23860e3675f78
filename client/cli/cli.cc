#include "client/cli/cli.h"

#include <grpcpp/version_info.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "client/cli/api.h"
#include "client/cli/apply.h"
#include "client/cli/completion.h"
#include "client/cli/errors.h"
#include "client/cli/flags.h"
#include "client/cli/invoke.h"
#include "client/cli/names.h"
#include "client/cli/output.h"
#include "client/cpp/call_error.h"

namespace oriundo {
namespace {

constexpr std::size_t kHelpColumn = 34;
constexpr std::size_t kHelpWidth = 116;

constexpr char kExitCodes[] =
    "Exit codes: 0 done; 1 refused: a rule or state forbids it, not found, already there, not allowed, changed meanwhile;\n"
    "2 wrong usage or values; 3 no server, or it is full, stopping or too slow; 4 something is broken: server, data or "
    "connection.\n\n"
    "Names may be short where their kind is clear: tekax-2014 for projects/tekax-2014, tekax-2014/deposit-1 for its "
    "contribution.\n"
    "Amounts are exact decimals with their currency: \"1,413,734.00 MXN\". Where one stands for a field of minor units "
    "(--total), the\n"
    "currency is the programme's; --total-minor-units takes the plain integer. A write may be repeated with the same "
    "--request-id: it is\n"
    "done once. JSON keeps 64-bit integers as strings and bytes as base64, as Protocol Buffers do.";

constexpr char kMore[] = "Options for every command (--as, --json, ...), names, amounts and exit codes: oriundo --help";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Breaks `text` into lines that fit the help column.
std::string Wrapped(const std::string& text, std::size_t width) {
  std::string lines;
  std::size_t column = 0;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(text, ' ', absl::SkipEmpty()))) {
    if (column > 0 && column + 1 + word.size() > width) {
      lines += "\n";
      column = 0;
    } else if (column > 0) {
      lines += " ";
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines;
}

// The first sentence of a comment, and the rest.
std::pair<std::string, std::string> FirstSentence(const std::string& comment) {
  const std::size_t line = comment.find("\n\n");
  const std::size_t point = comment.find(". ");
  const std::size_t end = std::min({line, point == std::string::npos ? point : point + 1, comment.size()});
  std::string rest = comment.substr(end);
  rest.erase(0, std::min(rest.find_first_not_of(" \n"), rest.size()));
  return {comment.substr(0, end), rest};
}

// The first sentence that says more than whether a flag is required.
std::string Gist(const std::string& help) {
  const auto [first, rest] = FirstSentence(help);
  return (first == "Required." || first == "Optional.") && !rest.empty() ? FirstSentence(rest).first : first;
}

// A number of seconds, or a duration such as 500ms or 2m.
absl::StatusOr<absl::Duration> ParseTimeout(const std::string& text) {
  absl::Duration duration;
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &duration)) {
    duration = absl::ZeroDuration();
  }
  if (duration <= absl::ZeroDuration())
    return BadFields({{"--timeout", "write seconds above zero, or a duration such as 500ms or 2m"}});
  return duration;
}

// The program's arguments. Built whole on every run: a thousand options take a few milliseconds.
class Program {
 public:
  Program() : app_("Oriundo: the ledger of collective remittances.", "oriundo") {
    app_.get_formatter()->column_width(kHelpColumn);
    app_.footer(kExitCodes);
    app_.require_subcommand(1);
    app_.add_option(
            "--as", as_,
            Help("Who asks: organisation and person, club-tekax/treasurer. Default: ORIUNDO_ORGANIZATION and ORIUNDO_PRINCIPAL."))
        ->type_name("ORG[/PRINCIPAL]");
    app_.add_option("--address", address_, Help(absl::StrCat("The server. Default: ORIUNDO_ADDRESS, or ", kDefaultAddress, ".")))
        ->type_name("HOST:PORT");
    app_.add_flag("--json", json_, Help("Prints JSON: the response, one object a line for trails, or {\"error\": ...}."));
    app_.add_option("--timeout", timeout_, Help("For one call with all its attempts: seconds, or 500ms, 2m. Default 30."))
        ->type_name("TIME");
    app_.add_option("--lang", language_, Help("Language of what this program itself says: en or es. Default: from LANG."))
        ->type_name("LANG")
        ->check(CLI::IsMember({"en", "es"}));
    app_.add_flag("--no-color", no_color_, Help("Prints no colours; so does NO_COLOR."));
    for (const Command& command : Commands()) AddCommand(command);
    AddApply();
    completion_ = app_.add_subcommand("completion", "Prints a completion script for a shell");
    completion_->fallthrough();
    completion_->add_option("shell", shell_, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    version_ = app_.add_subcommand("version", "Prints the version of this program");
    version_->fallthrough();
  }

  int Run(std::vector<std::string> arguments, const Surroundings& surroundings) {
    // Usage errors are reported before the flags are known, so these three are looked for by hand.
    const auto given = [&](const char* flag) { return std::find(arguments.begin(), arguments.end(), flag) != arguments.end(); };
    Output output{.out = surroundings.out, .err = surroundings.err, .json = given("--json")};
    output.terminal = surroundings.err_is_terminal;
    output.color = surroundings.out_is_terminal && !given("--no-color") && Environment("NO_COLOR").empty();
    try {
      std::reverse(arguments.begin(), arguments.end());
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app_.exit(error, output.out, output.err);
      PrintError(absl::InvalidArgumentError(error.what()), {}, output);
      return kExitUsage;
    }
    const std::string language = language_.empty() ? Environment("LANG").substr(0, 2) : language_;
    output.words = Words(language == "es" ? Language::kSpanish : Language::kEnglish);
    return ExitCodeOf(Dispatch(surroundings, output));
  }

 private:
  // One method's place in the tree, and what was given for it.
  struct Leaf {
    const Command* command;
    CLI::App* app;
    std::vector<Flag> flags;
    std::map<std::string, std::vector<std::string>> texts;
    std::map<std::string, bool> switches;
    std::string request_file;
    bool all_pages = false;
  };

  static std::string Help(const std::string& text) { return Wrapped(text, kHelpWidth - kHelpColumn); }

  CLI::App* Noun(const std::string& noun) {
    CLI::App*& app = nouns_[noun];
    if (app == nullptr) {
      std::string verbs;
      for (const Command& command : Commands()) {
        if (command.noun == noun) absl::StrAppend(&verbs, verbs.empty() ? "" : ", ", std::string(command.verb));
      }
      app = app_.add_subcommand(noun, Help(verbs));
      app->fallthrough()->require_subcommand(1);
      app->footer(kMore);
      app->get_formatter()->column_width(kHelpColumn);
    }
    return app;
  }

  void AddCommand(const Command& command) {
    const auto& method = MethodOf(command);
    Leaf& leaf = leaves_.emplace_back();
    leaf.command = &command;
    leaf.flags = FlagsOf(*method.input_type());
    const auto [summary, rest] = FirstSentence(CommentOf(method));
    CLI::App* parent = command.verb.empty() ? &app_ : Noun(std::string(command.noun));
    leaf.app = parent->add_subcommand(std::string(command.verb.empty() ? command.noun : command.verb), Help(summary));
    leaf.app->fallthrough();
    leaf.app->footer(rest.empty() ? kMore : Wrapped(rest, kHelpWidth) + "\n\n" + kMore);
    leaf.app->get_formatter()->column_width(kHelpColumn);
    for (const Flag& flag : leaf.flags) AddFlag(flag, leaf);
    leaf.app
        ->add_option("--request", leaf.request_file,
                     Help("A file with the request in JSON or textproto, or - for standard input; flags are laid over it."))
        ->type_name("FILE");
    if (method.output_type()->FindFieldByName("next_page_token") != nullptr) {
      leaf.app->add_flag("--all", leaf.all_pages, Help("Reads all pages."));
    }
  }

  static void AddFlag(const Flag& flag, Leaf& leaf) {
    if (flag.field().cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) {
      leaf.app->add_flag("--" + flag.name, leaf.switches[flag.name], Help(flag.help));
      return;
    }
    CLI::Option* option =
        leaf.app->add_option(flag.positional ? flag.name : "--" + flag.name, leaf.texts[flag.name], Help(flag.help));
    option->type_name(flag.positional ? "" : flag.type)->type_size(1)->allow_extra_args(false);
    if (flag.field().is_repeated()) {
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
  }

  void AddApply() {
    apply_ = app_.add_subcommand("apply",
                                 Help("Makes organisations, registrations, programmes, rules and pools of manifest files exist"));
    apply_->fallthrough();
    apply_->get_formatter()->column_width(kHelpColumn);
    apply_->footer(
        std::string("The files are oriundo.v1.Manifest messages in textproto. Applying a file again changes nothing.\n\n") +
        kMore);
    apply_->add_option("files", apply_options_.files, "Manifest files, - for standard input")->required();
    apply_->add_flag("--dry-run", apply_options_.dry_run, Help("Says what would be done and writes nothing."));
    apply_->add_flag("--keep-going", apply_options_.keep_going, Help("Goes on after an item that was refused."));
  }

  absl::StatusOr<ClientOptions> MakeClientOptions() const {
    ClientOptions options;
    if (!address_.empty()) options.address = address_;
    Actor actor = ParseActor(as_.empty() ? Environment("ORIUNDO_ORGANIZATION") : as_);
    options.organization = std::move(actor.organization);
    options.principal = actor.principal.empty() ? Environment("ORIUNDO_PRINCIPAL") : std::move(actor.principal);
    if (!timeout_.empty()) {
      absl::StatusOr<absl::Duration> timeout = ParseTimeout(timeout_);
      if (!timeout.ok()) return timeout.status();
      options.timeout = *timeout;
    }
    return options;
  }

  absl::Status Dispatch(const Surroundings& surroundings, const Output& output) {
    if (version_->parsed()) {
      output.out << "oriundo " << ORIUNDO_VERSION << " (interface oriundo.v1, gRPC " << GRPC_CPP_VERSION_STRING << ")\n";
      return absl::OkStatus();
    }
    if (completion_->parsed()) {
      const absl::StatusOr<std::string> script = CompletionScript(shell_, Completable(app_));
      if (script.ok()) output.out << *script;
      return script.status();
    }
    const absl::StatusOr<ClientOptions> client = MakeClientOptions();
    if (!client.ok()) {
      PrintError(client.status(), {}, output);
      return client.status();
    }
    if (apply_->parsed()) {
      apply_options_.client = *client;
      return Apply(apply_options_, surroundings.in, output);
    }
    const auto leaf = std::find_if(leaves_.begin(), leaves_.end(), [](const Leaf& candidate) { return candidate.app->parsed(); });
    for (const auto& [name, on] : leaf->switches) {
      if (on) leaf->texts[name] = {"true"};
    }
    return Invoke({.command = leaf->command,
                   .flags = leaf->flags,
                   .texts = leaf->texts,
                   .request_file = leaf->request_file,
                   .all_pages = leaf->all_pages,
                   .client = *client},
                  surroundings.in, output);
  }

  // The tree of commands as a shell completes it.
  CompletableCommand Completable(const CLI::App& app) const {
    CompletableCommand command;
    command.name = &app == &app_ ? "" : app.get_name();
    command.help = FirstSentence(OneLine(app.get_description())).first;
    const auto leaf =
        std::find_if(leaves_.begin(), leaves_.end(), [&app](const Leaf& candidate) { return candidate.app == &app; });
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional()) {
        if (&app == completion_) command.choices = {"bash", "zsh", "fish"};
        continue;
      }
      CompletableCommand::Flag& flag = command.flags.emplace_back();
      flag.name = "--" + option->get_lnames().front();
      flag.help = Gist(OneLine(option->get_description()));
      flag.takes_value = option->get_type_size() != 0 && option->get_expected_max() != 0;
      if (flag.name == "--lang") flag.choices = {"en", "es"};
      if (leaf == leaves_.end()) continue;
      for (const Flag& own : leaf->flags) {
        if ("--" + own.name == flag.name) flag.choices = own.choices;
      }
    }
    for (const CLI::App* next : app.get_subcommands([](const CLI::App*) { return true; }))
      command.commands.push_back(Completable(*next));
    return command;
  }

  static std::string OneLine(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }

  CLI::App app_;
  std::map<std::string, CLI::App*> nouns_;
  std::deque<Leaf> leaves_;  // Options point into it, so it must not move.
  CLI::App* apply_ = nullptr;
  CLI::App* completion_ = nullptr;
  CLI::App* version_ = nullptr;
  ApplyOptions apply_options_;
  std::string as_, address_, timeout_, language_, shell_;
  bool json_ = false;
  bool no_color_ = false;
};

}  // namespace

int RunCli(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return Program().Run(arguments, surroundings);
}

}  // namespace oriundo
