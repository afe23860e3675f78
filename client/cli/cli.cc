#include "client/cli/cli.h"

#include <grpcpp/version_info.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "client/cli/api.h"
#include "client/cli/apply.h"
#include "client/cli/bank_import.h"
#include "client/cli/community_import.h"
#include "client/cli/command_words.h"
#include "client/cli/completion.h"
#include "client/cli/errors.h"
#include "client/cli/flags.h"
#include "client/cli/import.h"
#include "client/cli/invoke.h"
#include "client/cli/names.h"
#include "client/cli/output.h"
#include "client/cli/party_statement.h"
#include "client/cli/presentation.h"
#include "client/cli/project_end.h"
#include "client/cli/sentences.h"
#include "client/cli/statement.h"
#include "client/cli/wrap.h"
#include "client/cli/year_report.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

constexpr std::size_t kHelpColumn = 34;
constexpr std::size_t kHelpWidth = 116;
// Of commands that resemble a mistyped one.
constexpr std::size_t kNearCommandsMax = 5;

constexpr char kExitCodes[] =
    "Exit codes: 0 done; 1 refused: a rule or state forbids it, not found, already there, not allowed, changed meanwhile;\n"
    "2 wrong usage or values; 3 no server, or it is full, stopping or too slow; 4 something is broken: server, data or "
    "connection.\n\n"
    "Names may be short where their kind is clear: tekax-2014 for projects/tekax-2014, tekax-2014/deposit-1 for its "
    "contribution.\n"
    "Amounts are exact decimals with their currency: \"1,413,734.00 MXN\". Without one they are in the programme's or\n"
    "project's; only what may be foreign (--transfer-paid) must name it. --total-minor-units takes the plain integer.\n"
    "A write may be repeated with the same --request-id: it is done once.\n"
    "JSON keeps 64-bit integers as strings and bytes as base64, as Protocol Buffers do.\n\n"
    "Language: --lang es or en; without it that of --country (es-MX), then that of ORIUNDO_LANG, then that of LANG; English\n"
    "where none says Spanish. --json and --format csv keep codes and English names in every language.\n"
    "Esta ayuda en español: oriundo --lang es --help";

constexpr char kExitCodesSpanish[] =
    "Códigos de salida: 0 hecho; 1 rechazado: lo impide una regla o el estado, no existe, ya existe, no se permite o cambió\n"
    "mientras tanto; 2 uso o valores incorrectos; 3 no hay servidor, o está lleno, deteniéndose o lento; 4 algo está roto:\n"
    "servidor, datos o conexión.\n\n"
    "Los nombres pueden ser cortos donde su clase está clara: tekax-2014 por projects/tekax-2014, tekax-2014/deposit-1 por su\n"
    "aportación. Los importes son decimales exactos con su moneda: \"1,413,734.00 MXN\". Sin ella son en la del programa o\n"
    "proyecto; solo lo que puede ser extranjero (--transfer-paid) debe nombrarla. --total-minor-units lleva el entero.\n"
    "Una escritura se puede repetir con el mismo --request-id: se hace una sola vez.\n"
    "JSON escribe los enteros de 64 bits como texto y los bytes en base64, como Protocol Buffers.\n\n"
    "Idioma: --lang es o en; sin ella, el de --country (es-MX), luego el de ORIUNDO_LANG y luego el de LANG; inglés si ninguno\n"
    "dice español. --json y --format csv llevan códigos y nombres en inglés en todo idioma.\n"
    "Los comentarios completos de la interfaz están en inglés: oriundo --lang en ORDEN --help";

// Reports: commands that are made of several calls.
struct ReportCommand {
  Command command;
  // Of a statement; nullopt for the report of a year.
  std::optional<StatementScope> scope;
  const char* help;
  const char* help_es;
};

constexpr ReportCommand kReportCommands[] = {
    {{"", "statement", "club"},
     StatementScope::kClub,
     "What a club owes and gave in each of its projects.",
     "Lo que debe y dio un club en cada uno de sus proyectos."},
    {{"", "statement", "federation"},
     StatementScope::kFederation,
     "What the clubs of a federation or confederation, and itself, owe and gave.",
     "Lo que deben y dieron los clubes de una federación o confederación, y ella misma."},
    {{"", "statement", "municipality"},
     StatementScope::kMunicipality,
     "What a municipality owes and gave, and its pools.",
     "Lo que debe y dio un municipio, y sus bolsas."},
    {{"", "statement", "program"},
     StatementScope::kProgram,
     "What every party of a programme's projects owes and gave, and its pools.",
     "Lo que debe y dio cada parte de los proyectos de un programa, y sus bolsas."},
    {{"", "statement", "funder"},
     StatementScope::kFunder,
     "What a government, office or partner that pays in tranches owes and gave, and its pools.",
     "Lo que debe y dio un gobierno, oficina o socio que paga en ministraciones, y sus bolsas."},
    {{"", "statement", "year"},
     StatementScope::kYear,
     "What every party owes and gave in the projects of a fiscal year.",
     "Lo que debe y dio cada parte en los proyectos de un ejercicio."},
    {{"", "report", "year"},
     std::nullopt,
     "Adds up a programme's fiscal year, beside published figures, with the differences to the unit.",
     "Suma el ejercicio de un programa junto a las cifras publicadas, con las diferencias hasta la unidad."},
};

// The statement of one project: a call of the interface that is shown in all forms as well.
constexpr std::string_view kProjectStatement = "LedgerService.GetProjectStatement";
constexpr std::string_view kReconcileBox = "LedgerService.ReconcileBox";

// All that stands below nouns: the methods of the interface, and reports.
const std::vector<Command>& AllCommands() {
  static const auto* all = [] {
    auto* commands = new std::vector<Command>(Commands().begin(), Commands().end());
    for (const ReportCommand& report : kReportCommands) commands->push_back(report.command);
    return commands;
  }();
  return *all;
}

constexpr char kWhoAsks[] =
    "Who asks is ORGANIZATION/PRINCIPAL, club-tekax/treasurer: ids of small letters, digits and dashes that begin with a letter.";

// What the program is.
constexpr char kVersionText[] = "oriundo " ORIUNDO_VERSION " (interface oriundo.v1, gRPC " GRPC_CPP_VERSION_STRING ")";
constexpr char kMore[] = "Options for every command (--as, --json, ...), names, amounts and exit codes: oriundo --help";
constexpr char kMoreSpanish[] =
    "Opciones de todas las órdenes (--as, --json, ...), nombres, importes y códigos de salida: oriundo --lang es --help";

// What CLI11 prints by itself, and the kinds of values. CLI11 pads by bytes: an accent costs a column.
constexpr std::pair<const char*, const char*> kSpanishLabels[] = {
    {"Usage", "Uso"},
    {"OPTIONS", "OPCIONES"},
    {"SUBCOMMAND", "ORDEN"},
    {"SUBCOMMANDS", "ÓRDENES"},
    {"Positionals", "Argumentos"},
    {"REQUIRED", "OBLIGATORIO"},
    {"Needs", "Pide"},
    {"Excludes", "No va con"},
    {"AMOUNT", "IMPORTE"},
    {"RATE", "TIPO"},
    {"SEQUENCE|TIME", "ASIENTO|MOMENTO"},
    {"NUMBER", "CUENTA"},
    {"TEXT", "TEXTO"},
    {"KEY=VALUE,...", "CLAVE=VALOR,..."},
    {"VALUE", "VALOR"},
    {"INTEGER", "ENTERO"},
    {"NAME", "NOMBRE"},
    {"DATE", "FECHA"},
    {"FILE", "ARCHIVO"},
    {"FORMAT", "FORMA"},
    {"COUNTRY", "PAÍS"},
    {"YEAR", "EJERCICIO"},
    {"TIME", "TIEMPO"},
    {"HOW", "MODO"},
    {"COUNT", "CUÁNTOS"},
    {"QUANTITY", "CANTIDAD"},
    {"FIELD=HEADER", "CAMPO=ENCABEZADO"},
    {"CODE", "CLAVE"},
    {"HOST:PORT", "EQUIPO:PUERTO"},
    {"ORG[/PRINCIPAL]", "ORG[/PERSONA]"},
};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
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
  const bool says_need = first.starts_with("Required") || first == "Optional." || first.starts_with("Obligatorio") || first ==
      "Opcional.";
  return says_need && !rest.empty() ? FirstSentence(rest).first : first;
}

// A number of seconds, or a duration such as 500ms or 2m.
absl::StatusOr<absl::Duration> ParseTimeout(const std::string& text, const Words& words) {
  absl::Duration duration;
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &duration)) {
    duration = absl::ZeroDuration();
  }
  if (duration <= absl::ZeroDuration())
    return BadFields({{"--timeout", words("write seconds above zero, or a duration such as 500ms or 2m")}});
  return duration;
}

// The program's arguments. Built whole on every run: a thousand options take a few milliseconds.
class Program {
 public:
  // `--lang es`, `--lang=es`, or the language of --country es-MX, or of ORIUNDO_LANG, or of LANG.
  static Language LanguageOf(const std::vector<std::string>& arguments) {
    std::string language = Environment("ORIUNDO_LANG").substr(0, 2);
    if (language.empty()) language = Environment("LANG").substr(0, 2);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      std::string country;
      if (arguments[i] == "--country" && i + 1 < arguments.size()) country = arguments[i + 1];
      if (arguments[i].starts_with("--country=")) country = arguments[i].substr(10);
      if (country.size() == 5 && country[2] == '-') language = country.substr(0, 2);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i] == "--lang" && i + 1 < arguments.size()) language = arguments[i + 1];
      if (arguments[i].starts_with("--lang=")) language = arguments[i].substr(7);
    }
    return language == "es" ? Language::kSpanish : Language::kEnglish;
  }

  // Its texts are in the language of `words`.
  explicit Program(const Words& words)
      : words_(words),
        app_(words.Choose("Oriundo: the ledger of collective remittances.", "Oriundo: el libro de las remesas colectivas."),
            "oriundo") {
    app_.get_formatter()->column_width(kHelpColumn);
    if (words.language() == Language::kSpanish) {
      for (const auto& [label, spanish] : kSpanishLabels) app_.get_formatter()->label(label, spanish);
    }
    app_.footer(words.Choose(kExitCodes, kExitCodesSpanish));
    app_.require_subcommand(1);
    app_.add_option("--as", as_,
                    Say("Who asks: organisation and person, club-tekax/treasurer. Default: ORIUNDO_ORGANIZATION and "
                        "ORIUNDO_PRINCIPAL.",
                        "Quién pide: organización y persona, club-tekax/tesorera. Si falta: ORIUNDO_ORGANIZATION y "
                        "ORIUNDO_PRINCIPAL."))
        ->type_name("ORG[/PRINCIPAL]");
    app_.add_option("--address", address_,
                    Help(absl::StrCat(words.Choose("The server. Default: ORIUNDO_ADDRESS, or ",
                        "El servidor. Si falta: ORIUNDO_ADDRESS, o "),
                                      kDefaultAddress, ".")))
        ->type_name("HOST:PORT");
    app_.add_flag("--json", json_,
                  Say("Prints JSON: the response, one object a line for trails, or {\"error\": ...}.",
                      "Escribe JSON: la respuesta, un objeto por renglón en los rastros, o {\"error\": ...}."));
    app_.add_option("--timeout", timeout_,
                    Say("For one call with all its attempts: seconds, or 500ms, 2m. Default 30.",
                        "Para una llamada con todos sus intentos: segundos, o 500ms, 2m. Si falta, 30."))
        ->type_name("TIME");
    app_.add_option("--lang", language_,
                    Say("Language of help, messages, advice and statements: en or es. Default: that of --country, ORIUNDO_LANG "
                        "or LANG.",
                        "Idioma de la ayuda, los mensajes, los consejos y los estados de cuenta: en o es. Si falta: el de "
                        "--country, "
                        "ORIUNDO_LANG o LANG."))
        ->type_name("LANG")
        ->check(CLI::IsMember({"en", "es"}));
    app_.set_version_flag("--version", kVersionText, Say("Prints name and version.", "Escribe nombre y versión."));
    app_.add_flag("--no-color", no_color_,
                  Say("Prints no colours; so does NO_COLOR.", "Escribe sin colores; también con NO_COLOR."));
    for (const Command& command : Commands()) AddCommand(command);
    for (const ReportCommand& report : kReportCommands) AddReport(report);
    AddApply();
    AddImport();
    AddCommunityImport();
    AddBankImport();
    completion_ = app_.add_subcommand(
        "completion", Say("Prints a completion script for a shell", "Escribe un guion de autocompletado para un intérprete de "
                                                                    "órdenes"));
    completion_->fallthrough();
    completion_->add_option("shell", shell_, Say("bash, zsh or fish", "bash, zsh o fish"))
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    version_ = app_.add_subcommand("version", Say("Prints the version of this program", "Escribe la versión de este programa"));
    version_->fallthrough();
    if (words.language() == Language::kSpanish) SpeakSpanish(app_);
  }

  int Run(std::vector<std::string> arguments, const Surroundings& surroundings) {
    // Usage errors are reported before the flags are known, so these are looked for by hand.
    const auto given = [&](const char* flag) { return std::find(arguments.begin(), arguments.end(), flag) != arguments.end(); };
    Output output{.out = surroundings.out, .err = surroundings.err, .json = given("--json")};
    output.terminal = surroundings.err_is_terminal;
    output.color = surroundings.out_is_terminal && !given("--no-color") && Environment("NO_COLOR").empty();
    output.words = words_;
    NameProjectStatement(arguments);
    arguments_ = arguments;
    try {
      std::reverse(arguments.begin(), arguments.end());
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app_.exit(error, output.out, output.err);
      PrintError(absl::InvalidArgumentError(UsageProblem(error, output.words)), {}, output);
      return kExitUsage;
    }
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

  // A report's place in the tree, and what was given for it.
  struct ReportLeaf {
    const ReportCommand* report;
    CLI::App* app;
    std::map<std::string, std::string> texts;
    PresentationTexts presentation;
  };

  // Where an option of all commands has its value in the next argument.
  bool TakesNext(const std::string& argument) const {
    const CLI::Option* option = app_.get_option_no_throw(argument);
    return option != nullptr && option->get_expected_max() != 0 && option->get_type_size() != 0;
  }

  // `statement road-1` is short for `statement project road-1`, and `reconcile road-1` for `reconcile box road-1`.
  void NameProjectStatement(std::vector<std::string>& arguments) const {
    auto noun = arguments.begin();
    while (noun != arguments.end() && noun->starts_with("-")) {
      if (TakesNext(*noun) && noun + 1 != arguments.end()) ++noun;
      ++noun;
    }
    if (noun == arguments.end() || (*noun != "statement" && *noun != "reconcile") || noun + 1 == arguments.end()) return;
    const auto is_verb = [noun](const std::string& word) {
      return word == "--help" || word == "-h" ||
             std::any_of(AllCommands().begin(), AllCommands().end(),
                         [&](const Command& command) { return command.noun == *noun && command.verb == word; });
    };
    // What follows is a name, or options that only the verb knows; a verb after options of all commands is one too.
    const auto next = noun + 1;
    if (next->starts_with("-") ? std::any_of(next, arguments.end(), is_verb) : is_verb(*next)) return;
    arguments.insert(next, *noun == "statement" ? "project" : "box");
  }

  // The arguments that are no options and no values of options, as far as the commands they name go.
  std::vector<std::string> CommandWords() const {
    std::vector<std::string> words;
    const CLI::App* app = &app_;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      const std::string& argument = arguments_[i];
      if (argument.starts_with("-") && argument.size() > 1) {
        const CLI::Option* option = nullptr;
        for (const CLI::App* holder : {app, &app_}) {
          if (option == nullptr) option = holder->get_option_no_throw(argument);
        }
        if (option != nullptr && option->get_expected_max() != 0 && option->get_type_size() != 0) ++i;
        continue;
      }
      words.push_back(argument);
      const CLI::App* next = nullptr;
      for (const CLI::App* candidate : app->get_subcommands([](const CLI::App*) { return true; })) {
        if (candidate->get_name() == argument) next = candidate;
      }
      if (next == nullptr) return words;
      app = next;
    }
    return words;
  }

  // How many letters must be put in, left out or changed to make `b` of `a`.
  static std::size_t Distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
      }
    }
    return row[b.size()];
  }

  static bool Near(const std::string& typed, const std::string& name) {
    return Distance(typed, name) <= (name.size() < 5 ? 1u : 2u) || (typed.size() >= 3 && name.starts_with(typed));
  }

  // What is wrong with a command that is none; empty where the commands named are there.
  std::string UnknownCommand(const Words& words) const {
    const std::vector<std::string> typed = CommandWords();
    if (typed.empty()) return words("say what to do; oriundo --help lists all commands");
    const auto noun = nouns_.find(typed.front());
    const auto joined = [](const std::vector<std::string>& texts) { return absl::StrJoin(texts, ", "); };
    if (noun == nouns_.end()) {
      std::vector<std::string> near;
      for (const CLI::App* app : app_.get_subcommands([](const CLI::App*) { return true; })) {
        if (app->get_name() == typed.front()) return "";  // A command without a verb.
        if (Near(typed.front(), app->get_name())) near.push_back(app->get_name());
      }
      // A verb without its noun.
      const bool no_noun = near.empty();
      for (const Command& command : AllCommands()) {
        if (no_noun && !command.verb.empty() && Near(typed.front(), std::string(command.verb)))
          near.push_back(absl::StrCat(std::string(command.noun), " ", std::string(command.verb)));
      }
      if (near.size() > kNearCommandsMax) near.resize(kNearCommandsMax);
      return absl::StrCat(words("unknown command `{command}`", {{"command", Printable(typed.front())}}), ". ",
                          near.empty() ? "" : words("Did you mean {commands}?", {{"commands", joined(near)}}) + " ",
                          words("oriundo --help lists all commands."));
    }
    std::vector<std::string> verbs, near;
    for (const Command& command : AllCommands()) {
      if (command.noun != typed.front()) continue;
      const std::string verb(command.verb);
      verbs.push_back(verb);
      if (typed.size() > 1 && verb == typed[1]) return "";
      if (typed.size() > 1 && Near(typed[1], verb)) near.push_back(absl::StrCat(typed.front(), " ", verb));
    }
    // The one verb that is no method of the interface.
    const bool imports = typed.front() == "community" || typed.front() == "bank";
    if (imports) verbs.push_back("import");
    if (typed.size() > 1 && imports && typed[1] == "import") return "";
    if (typed.size() == 1) return words("{noun} needs a verb: {verbs}", {{"noun", typed.front()}, {"verbs", joined(verbs)}});
    return absl::StrCat(
        words("unknown command `{command}`", {{"command", absl::StrCat(typed.front(), " ", Printable(typed[1]))}}), ". ",
        near.empty() ? "" : words("Did you mean {commands}?", {{"commands", joined(near)}}) + " ",
        words("{noun} has: {verbs}", {{"noun", typed.front()}, {"verbs", joined(verbs)}}));
  }

  // The command that was named, as deep as the arguments go.
  const CLI::App& Named() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *app;
  }

  // The flags of the command that was named, without those of every command.
  std::vector<std::string> OwnFlags() const {
    std::vector<std::string> flags;
    for (const CLI::Option* option : Named().get_options()) {
      if (option->get_positional() || option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
      flags.push_back("--" + option->get_lnames().front());
    }
    return flags;
  }

  // What a flag that there is not may be meant for: names spelt like it, or with a whole word of it.
  std::vector<std::string> FlagsLike(const std::string& name) const {
    std::vector<std::string> near;
    for (const CLI::App* app : {&Named(), &app_}) {
      for (const CLI::Option* option : app->get_options()) {
        for (const std::string& own : option->get_lnames()) {
          // One word of the name alone is enough: --value-date for --bank-value-date.
          const bool part = own.ends_with("-" + name.substr(2)) || own.starts_with(name.substr(2) + "-");
          const std::string flag = "--" + own;
          // In a short name two letters changed make another word: --amount is not --account.
          const bool spelt = Distance(name, flag) <= (name.size() < 12 ? 1u : 2u) || (name.size() >= 5 && flag.starts_with(name));
          if ((part || spelt) && std::find(near.begin(), near.end(), flag) == near.end()) near.push_back(flag);
        }
      }
    }
    if (near.size() > kNearCommandsMax) near.resize(kNearCommandsMax);
    return near;
  }

  // What a value too many may be meant for: the second part of a name whose first was given as the name, `w1 d1` for `w1/d1`.
  std::string NameInTwo(const std::string& value) const {
    const CLI::App* named = &Named();
    const auto leaf =
        std::find_if(leaves_.begin(), leaves_.end(), [named](const Leaf& candidate) { return candidate.app == named; });
    if (leaf == leaves_.end()) return "";
    for (const Flag& flag : leaf->flags) {
      const auto given = leaf->texts.find(flag.name);
      if (!flag.positional || given == leaf->texts.end() || given->second.size() != 1) continue;
      const std::string pattern = NamePatternOf(flag.field());
      const std::string& first = given->second.front();
      const bool in_two = std::count(pattern.begin(), pattern.end(), '/') == 3 && IsId(first) && IsId(value);
      if (in_two) return first + "/" + value;
    }
    return "";
  }

  // The arguments that nothing takes, as they were typed: what the command knows instead. Empty where there are none.
  std::string UnexpectedArguments(const Words& words) const {
    std::vector<std::string> left = app_.remaining(true);
    std::vector<std::string> flags, values;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      const auto found = std::find(left.begin(), left.end(), arguments_[i]);
      if (found == left.end()) continue;
      left.erase(found);
      if (!arguments_[i].starts_with("--")) {
        values.push_back(arguments_[i]);
        continue;
      }
      flags.push_back(arguments_[i].substr(0, arguments_[i].find('=')));
      // What follows is the flag's value, which nobody takes either.
      if (i + 1 >= arguments_.size() || arguments_[i + 1].starts_with("-")) continue;
      const auto value = std::find(left.begin(), left.end(), arguments_[i + 1]);
      if (value == left.end()) continue;
      left.erase(value);
      ++i;
    }
    std::vector<std::string> sentences;
    std::vector<std::string> near;
    for (const std::string& flag : flags) {
      for (std::string& like : FlagsLike(flag)) {
        if (std::find(near.begin(), near.end(), like) == near.end()) near.push_back(std::move(like));
      }
    }
    if (!flags.empty()) {
      sentences.push_back(words("{command} has no {flags}",
                                {{"command", CommandTitle()}, {"flags", Printable(absl::StrJoin(flags, ", "))}}));
      if (!near.empty()) sentences.push_back(words("Did you mean {commands}?", {{"commands", absl::StrJoin(near, ", ")}}));
      const std::vector<std::string> own = OwnFlags();
      if (!own.empty()) sentences.push_back(words("Its flags are: {flags}", {{"flags", absl::StrJoin(own, ", ")}}));
    }
    if (!values.empty()) {
      sentences.push_back(words("not expected here: {arguments}", {{"arguments", Printable(absl::StrJoin(values, " "))}}));
      const std::string name = values.size() == 1 ? NameInTwo(values.front()) : "";
      if (!name.empty()) sentences.push_back(words("Write the name as one: {name}", {{"name", name}}));
      if (name.empty() && flags.empty()) sentences.push_back(words("A value of several words stands in quotes."));
    }
    std::string text;
    for (std::string& sentence : sentences) {
      const bool ended = text.empty() || text.ends_with('.') || text.ends_with('?');
      char& first = sentence.front();
      if (!text.empty() && first >= 'a' && first <= 'z') first = static_cast<char>(first - 32);
      absl::StrAppend(&text, text.empty() ? "" : ended ? " " : ". ", sentence);
    }
    return text;
  }

  // The command as it is typed, `pool increase`.
  std::string CommandTitle() const {
    std::string title;
    for (const CLI::App* app = &Named(); app != nullptr && app != &app_; app = app->get_parent()) {
      title = app->get_name() + (title.empty() ? "" : " ") + title;
    }
    return title.empty() ? "oriundo" : title;
  }

  // What is wrong with the arguments, for people.
  std::string UsageProblem(const CLI::ParseError& error, const Words& words) const {
    if (std::string unknown = UnknownCommand(words); !unknown.empty()) return unknown;
    const std::string message = error.what();
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
      if (std::string unexpected = UnexpectedArguments(words); !unexpected.empty()) return unexpected;
    }
    const std::optional<std::string> spanish =
        words.language() == Language::kSpanish ? SpanishOfUsage(message) : std::nullopt;
    return words("wrong arguments: {message}", {{"message", spanish.value_or(message)}});
  }

  static std::string Help(const std::string& text) { return Wrapped(text, kHelpWidth - kHelpColumn); }

  // The help in the language of the program.
  std::string Say(const char* english, const char* spanish) const { return Help(words_.Choose(english, spanish)); }

  const char* More() const { return words_.Choose(kMore, kMoreSpanish); }

  // What CLI11 says of itself, in a command and all below it.
  static void SpeakSpanish(CLI::App& app) {
    app.set_help_flag("-h,--help", "Muestra esta ayuda y termina");
    for (CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) option->group("Opciones");
    for (CLI::App* next : app.get_subcommands([](CLI::App*) { return true; })) {
      next->group("Órdenes");
      SpeakSpanish(*next);
    }
  }

  CLI::App* Noun(const std::string& noun) {
    CLI::App*& app = nouns_[noun];
    if (app == nullptr) {
      std::string verbs;
      for (const Command& command : AllCommands()) {
        if (command.noun == noun) absl::StrAppend(&verbs, verbs.empty() ? "" : ", ", std::string(command.verb));
      }
      app = app_.add_subcommand(noun, Help(verbs));
      app->fallthrough()->require_subcommand(1);
      app->footer(More());
      app->get_formatter()->column_width(kHelpColumn);
    }
    return app;
  }

  void AddCommand(const Command& command) {
    const auto& method = MethodOf(command);
    Leaf& leaf = leaves_.emplace_back();
    leaf.command = &command;
    leaf.flags = FlagsOf(*method.input_type(), words_);
    auto [summary, rest] = FirstSentence(CommentOf(method));
    const std::string noun_and_verb = absl::StrCat(std::string(command.noun), command.verb.empty() ? "" : " ",
        std::string(command.verb));
    if (words_.language() == Language::kSpanish) {
      if (const std::string spanish = SpanishSummary(method); !spanish.empty()) summary = spanish;
      // Who may do it and what refuses it stands in the interface's comments, which are one text for all languages.
      rest = absl::StrCat("Quién puede hacerlo, qué lo impide y cada campo con todo detalle, en inglés: oriundo --lang en ",
          noun_and_verb,
                          " --help");
    }
    CLI::App* parent = command.verb.empty() ? &app_ : Noun(std::string(command.noun));
    leaf.app = parent->add_subcommand(std::string(command.verb.empty() ? command.noun : command.verb), Help(summary));
    leaf.app->fallthrough();
    leaf.app->footer(rest.empty() ? More() : Wrapped(rest, kHelpWidth) + "\n\n" + More());
    leaf.app->get_formatter()->column_width(kHelpColumn);
    for (const Flag& flag : leaf.flags) AddFlag(flag, leaf);
    leaf.app
        ->add_option("--request", leaf.request_file,
                     Say("A file with the request in JSON or textproto, or - for standard input; flags are laid over it.",
                         "Un archivo con la solicitud en JSON o textproto, o - para la entrada estándar; las opciones van "
                         "encima."))
        ->type_name("FILE");
    if (method.output_type()->FindFieldByName("next_page_token") != nullptr) {
      leaf.app->add_flag("--all", leaf.all_pages, Say("Reads all pages.", "Lee todas las páginas."));
    }
    if (command.method == kProjectStatement) AddPresentation(*leaf.app, project_presentation_);
    if (command.method == kReconcileBox) AddCountry(*leaf.app, reconciliation_country_);
  }

  // What is wrong with these is said by the report itself, in the reader's language.
  void AddPresentation(CLI::App& app, PresentationTexts& texts) const {
    app.add_option("--format", texts.format,
                   Say("table, csv, json or html: one page to read, send and print. Default: table.",
                       "table, csv, json o html: una página para leer, enviar e imprimir. Si falta: table."))
        ->type_name("FORMAT");
    AddCountry(app, texts.country);
    app.add_option("--output", texts.output_file,
                   Say("Writes this file instead of standard output.", "Escribe este archivo en vez de la salida estándar."))
        ->type_name("FILE");
  }

  void AddCountry(CLI::App& app, std::string& country) const {
    app.add_option("--country", country,
                   Say("Whose numbers and dates: MX, US, HN, SV, or es-MX, which also sets the language. Default: MX for es, US "
                       "for en.",
                       "De qué país son números y fechas: MX, US, HN, SV, o es-MX, que da también el idioma. Si falta: MX en "
                       "español, US "
                       "en inglés."))
        ->type_name("COUNTRY");
  }

  void AddReport(const ReportCommand& report) {
    ReportLeaf& leaf = reports_.emplace_back();
    leaf.report = &report;
    leaf.app = Noun(std::string(report.command.noun))->add_subcommand(std::string(report.command.verb), Say(report.help,
        report.help_es));
    leaf.app->fallthrough();
    leaf.app->footer(More());
    leaf.app->get_formatter()->column_width(kHelpColumn);
    const auto option = [&](const char* name, const char* type, const char* english, const char* spanish) {
      leaf.app
          ->add_option(name, leaf.texts[std::string(name).substr(std::string_view(name).starts_with("--") ? 2 : 0)], Say(english,
              spanish))
          ->type_name(type);
    };
    if (report.scope == StatementScope::kYear) {
      option("subject", "", "The fiscal year, 2014.", "El ejercicio, 2014.");
    } else if (report.scope.has_value()) {
      option("subject", "", "Its id, or its full name.", "Su id, o su nombre completo.");
    }
    if (report.scope != StatementScope::kProgram) {
      option("--program", "NAME", "Only this programme; a report of a year needs one.",
             "Solo este programa; el informe de un ejercicio pide uno.");
    }
    if (report.scope != StatementScope::kYear) {
      option("--fiscal-year", "YEAR", "Only this fiscal year; a report of a year needs one.",
             "Solo este ejercicio; el informe de un ejercicio pide uno.");
    }
    option("--known-at", "SEQUENCE|TIME", "As known when: a sequence, a time, or a day; default now.",
           "Según lo que se sabía entonces: un asiento, un momento o un día; si falta, ahora.");
    option("--effective-through", "DATE",
           "Only money that counts on or before this day, by the effective date of its entries. Default: all. Not beyond "
           "--known-at.",
           "Solo el dinero que cuenta ese día o antes, según la fecha efectiva de sus asientos. Si falta: todo. No más allá de "
           "--known-at.");
    if (report.scope.has_value()) {
      option("--age-date", "DATE",
             "The day to which delays are counted; what is late only since a later day is not late. Default: "
             "--effective-through, or today, "
             "or the day of --known-at; UTC. Not before --effective-through.",
             "El día hasta el que se cuentan las demoras; lo que está en demora solo desde un día posterior no lo está. Si "
             "falta: "
             "--effective-through, u hoy, o el día de --known-at; UTC. No antes de --effective-through.");
    } else {
      option("--published", "FILE",
             "A CSV file of published figures: columns projects, municipalities, states, clubs, federal_budget_mxn_millions and "
             "total_investment_mxn_millions.",
             "Un archivo CSV con cifras publicadas: columnas projects, municipalities, states, clubs, "
             "federal_budget_mxn_millions y "
             "total_investment_mxn_millions.");
      option("--published-row", "TEXT", "The first cell of the row. Default: the fiscal year.",
             "La primera celda del renglón. Si falta: el ejercicio.");
    }
    AddPresentation(*leaf.app, leaf.presentation);
  }

  static void AddFlag(const Flag& flag, Leaf& leaf) {
    std::string names = flag.positional ? flag.name : "--" + flag.name;
    for (const std::string& alias : flag.aliases) absl::StrAppend(&names, ",--", alias);
    if (flag.field().cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) {
      leaf.app->add_flag("--" + flag.name, leaf.switches[flag.name], Help(flag.help));
      return;
    }
    CLI::Option* option =
        leaf.app->add_option(names, leaf.texts[flag.name], Help(flag.help));
    option->type_name(flag.positional ? "" : flag.type)->type_size(1)->allow_extra_args(false);
    if (flag.field().is_repeated()) {
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
  }

  void AddApply() {
    apply_ = app_.add_subcommand("apply", Say("Makes organisations, registrations, programmes, rules and pools of manifest "
                                              "files exist",
                                              "Hace que existan las organizaciones, tomas de nota, programas, reglas y bolsas "
                                              "de unos "
                                              "manifiestos"));
    apply_->fallthrough();
    apply_->get_formatter()->column_width(kHelpColumn);
    apply_->footer(absl::StrCat(
        words_.Choose("The files are oriundo.v1.Manifest messages in textproto. Applying a file again changes nothing.",
                      "Los archivos son mensajes oriundo.v1.Manifest en textproto. Aplicar un archivo otra vez no cambia nada."),
        "\n\n", More()));
    apply_->add_option("files", apply_options_.files, Say("Manifest files, - for standard input",
        "Manifiestos, - para la entrada estándar"))
        ->required();
    apply_->add_flag("--dry-run", apply_options_.dry_run,
                     Say("Says what would be done and writes nothing.", "Dice qué se haría y no escribe nada."));
    apply_->add_flag("--keep-going", apply_options_.keep_going,
                     Say("Goes on after an item that was refused.", "Sigue después de algo rechazado."));
  }

  void AddImport() {
    import_ = app_.add_subcommand("import", Say("Brings what a CSV file says into the ledger, as a mapping file reads it",
                                                "Lleva al libro lo que dice un archivo CSV, como lo lee un archivo de "
                                                "correspondencias"));
    import_->fallthrough();
    import_->get_formatter()->column_width(kHelpColumn);
    import_->footer(absl::StrCat(
        words_.Choose(
            "The mapping is an oriundo.v1.ImportMapping message in textproto; deploy/imports has examples. Running the same\n"
            "again does only what is missing. Figures that do not add up are reported and never set right.",
            "Las correspondencias son un mensaje oriundo.v1.ImportMapping en textproto; hay ejemplos en deploy/imports. Repetir\n"
            "lo mismo hace solo lo que falta. Las cifras que no cuadran se informan y nunca se corrigen."),
        "\n\n", More()));
    import_->add_option("file", import_options_.file,
                        Say("The CSV file, - for standard input", "El archivo CSV, - para la entrada estándar"))
        ->required();
    import_
        ->add_option("--mapping", import_options_.mapping,
                     Say("The mapping file: what the columns are and what rows lead to.",
                         "El archivo de correspondencias: qué son las columnas y a qué llevan los renglones."))
        ->type_name("FILE")
        ->required();
    import_->add_flag("--dry-run", import_options_.dry_run,
                      Say("Finds all that can be found without writing; writes nothing.",
                          "Encuentra todo lo que se puede sin escribir; no escribe nada."));
    import_
        ->add_option("--on-error", import_on_error_,
                     Say("stop: a malformed row keeps all from being written, and a refused one ends the import. continue: the "
                         "other rows go in. Default stop.",
                         "stop: un renglón mal formado impide que se escriba nada, y uno rechazado termina la importación. "
                         "continue: los "
                         "demás entran. Si falta, stop."))
        ->type_name("HOW")
        ->check(CLI::IsMember({"stop", "continue"}));
    import_
        ->add_option("--report", import_options_.report,
                     Say("Writes what was printed, computed and refused to this file: JSON for *.json, otherwise CSV.",
                         "Escribe en este archivo lo impreso, lo calculado y lo rechazado: JSON si es *.json, si no CSV."))
        ->type_name("FILE");
    import_
        ->add_option("--in-flight", import_options_.in_flight,
                     Help(absl::StrCat(words_.Choose("Projects under way at one time, 1 to ", "Proyectos en curso a la vez, de "
                         "1 a "),
                                       kImportInFlightMax, words_.Choose(". Default ", ". Si falta, "), kImportInFlightDefault,
                                           ".")))
        ->type_name("COUNT");
  }

  void AddCommunityImport() {
    CLI::App* noun = Noun("community");
    noun->description(noun->get_description() + ", import");
    community_import_ = noun->add_subcommand("import", Say("Saves the communities of a catalogue that comes as a CSV file",
                                                           "Guarda las comunidades de un catálogo que viene en un archivo CSV"));
    community_import_->fallthrough();
    community_import_->get_formatter()->column_width(kHelpColumn);
    community_import_->footer(absl::StrCat(
        words_.Choose("The first line names the columns. INEGI's municipalities: oriundo community import FILE --country MX\n"
                      "--column region_code=state_code --column display_name=municipality. Importing again changes nothing.",
                      "El primer renglón nombra las columnas. Los municipios del INEGI: oriundo community import ARCHIVO "
                      "--country MX\n"
                      "--column region_code=state_code --column display_name=municipality. Importar otra vez no cambia nada."),
        "\n\n", More()));
    community_import_
        ->add_option("file", community_import_options_.file,
                     Say("The CSV file, - for standard input", "El archivo CSV, - para la entrada estándar"))
        ->required();
    community_import_
        ->add_option("--column", community_import_options_.columns,
                     Say("FIELD=HEADER: the column of a field. Fields: code, country_code, region_code, display_name, "
                         "marginalisation_band, priority, band_year, band_source. Default: their own names.",
                         "CAMPO=ENCABEZADO: la columna de un campo. Campos: code, country_code, region_code, display_name, "
                         "marginalisation_band, priority, band_year, band_source. Si falta: sus propios nombres."))
        ->type_name("FIELD=HEADER")
        ->type_size(1)
        ->allow_extra_args(false)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    community_import_
        ->add_option("--country", community_import_options_.country_code,
                     Say("The country where the file has no column of it.", "El país, donde el archivo no tiene columna de él."))
        ->type_name("CODE");
    community_import_->add_flag("--dry-run", community_import_options_.dry_run,
                                Say("Says what would be done and writes nothing.", "Dice qué se haría y no escribe nada."));
    community_import_->add_flag("--keep-going", community_import_options_.keep_going,
                                Say("Goes on after a community that was refused.", "Sigue después de una comunidad rechazada."));
  }

  void AddBankImport() {
    CLI::App* noun = Noun("bank");
    noun->description(noun->get_description() + ", import");
    bank_import_ = noun->add_subcommand("import", Say("Brings a statement of a project's bank account, a CSV file, into the ledger",
                                                      "Trae al libro un estado de cuenta bancario de un proyecto, un archivo CSV"));
    bank_import_->fallthrough();
    bank_import_->get_formatter()->column_width(kHelpColumn);
    bank_import_->footer(
        std::string(words_.Choose(
            "The mapping is an oriundo.v1.BankStatementMapping message in textproto; deploy/imports has examples. Nothing is written\n"
            "where a row is malformed or the lines do not add up. Running the same again does only what is missing.\n\n",
            "La correspondencia es un mensaje oriundo.v1.BankStatementMapping en textproto; deploy/imports tiene ejemplos. No se escribe\n"
            "nada si un renglón está mal formado o si los movimientos no suman. Repetir la misma orden hace solo lo que falta.\n\n")) +
        More());
    BankImportOptions& options = bank_import_options_;
    bank_import_->add_option("file", options.file, Say("The CSV file, - for standard input", "El archivo CSV, - para la entrada estándar"))
        ->required();
    const auto option = [this](const char* name, std::string& text, const char* type, const char* english, const char* spanish) {
      return bank_import_->add_option(name, text, Say(english, spanish))->type_name(type);
    };
    option("--mapping", options.mapping, "FILE", "The mapping file: what the columns are.", "El archivo de correspondencia: qué son las columnas.")
        ->required();
    option("--project", options.project, "NAME", "The project whose account it is.", "El proyecto cuya cuenta es.")->required();
    option("--account", options.account, "NUMBER", "The account's number, as the agreement has it or had it before an amendment.",
           "El número de la cuenta, como está en el convenio o estaba antes de modificarse.")
        ->required();
    option("--statement", options.statement_id, "ID", "Id of the statement. Default: s and its first day, s2014-05-01.",
           "Identificador del estado de cuenta. Si no se indica: s y su primer día, s2014-05-01.");
    option("--opening", options.opening, "AMOUNT", "Balance before the first line. Default: by the balance column.",
           "Saldo antes del primer movimiento. Si no se indica: según la columna de saldo.");
    option("--closing", options.closing, "AMOUNT", "Balance after the last line. Default: by the balance column.",
           "Saldo después del último movimiento. Si no se indica: según la columna de saldo.");
    option("--first-date", options.first_date, "DATE",
           "Its first day. Default: the day after the project's last statement, or without one the first line's day.",
           "Su primer día. Si no se indica: el que sigue al último estado de cuenta del proyecto, o sin uno el del primer movimiento.");
    option("--last-date", options.last_date, "DATE", "Its last day. Default: the last line's day.",
           "Su último día. Si no se indica: el del último movimiento.");
    bank_import_->add_flag("--dry-run", options.dry_run, Say("Reads and adds up; writes nothing.", "Lee y suma; no escribe nada."));
  }

  absl::StatusOr<ClientOptions> MakeClientOptions(const Words& words) const {
    ClientOptions options;
    if (!address_.empty()) options.address = address_;
    const std::string as = as_.empty() ? Environment("ORIUNDO_ORGANIZATION") : as_;
    const char* const source = as_.empty() ? "ORIUNDO_ORGANIZATION" : "--as";
    Actor actor = ParseActor(as);
    const std::string organization = ShortName(actor.organization);
    const bool principal_given = as.find('/', as.starts_with("organizations/") ? 14 : 0) != std::string::npos;
    options.organization = actor.organization;
    options.principal = principal_given ? actor.principal : Environment("ORIUNDO_PRINCIPAL");
    const auto wrong = [&words](const char* where, const std::string& value, const char* what) {
      const std::string problem = words("\"{value}\" is no {what}", {{"value", Printable(value)}, {"what", words(what)}});
      return BadFields({{where, absl::StrCat(problem, ". ", words(kWhoAsks))}});
    };
    if (!as.empty() && !IsId(organization)) return wrong(source, organization, "organisation");
    if ((principal_given || !options.principal.empty()) && !IsId(options.principal))
      return wrong(principal_given ? source : "ORIUNDO_PRINCIPAL", options.principal, "person");
    if (!timeout_.empty()) {
      absl::StatusOr<absl::Duration> timeout = ParseTimeout(timeout_, words);
      if (!timeout.ok()) return timeout.status();
      options.timeout = *timeout;
    }
    return options;
  }

  absl::Status Dispatch(const Surroundings& surroundings, const Output& output) {
    if (version_->parsed()) {
      output.out << kVersionText << "\n";
      return absl::OkStatus();
    }
    if (completion_->parsed()) {
      const absl::StatusOr<std::string> script = CompletionScript(shell_, Completable(app_));
      if (script.ok()) output.out << *script;
      return script.status();
    }
    const absl::StatusOr<ClientOptions> client = MakeClientOptions(output.words);
    if (!client.ok()) {
      PrintError(client.status(), {}, output);
      return client.status();
    }
    if (apply_->parsed()) {
      apply_options_.client = *client;
      apply_options_.arguments = arguments_;
      return Apply(apply_options_, surroundings.in, output);
    }
    const auto report =
        std::find_if(reports_.begin(), reports_.end(), [](const ReportLeaf& candidate) { return candidate.app->parsed(); });
    if (report != reports_.end()) return RunReport(*report, Client(*client), output);
    if (import_->parsed()) {
      import_options_.keep_going = import_on_error_ == "continue";
      import_options_.client = *client;
      import_options_.arguments = arguments_;
      return Import(import_options_, surroundings.in, output);
    }
    if (community_import_->parsed()) {
      community_import_options_.client = *client;
      community_import_options_.arguments = arguments_;
      return ImportCommunities(community_import_options_, surroundings.in, output);
    }
    if (bank_import_->parsed()) {
      bank_import_options_.client = *client;
      bank_import_options_.arguments = arguments_;
      return ImportBankStatement(bank_import_options_, surroundings.in, output);
    }
    const auto leaf = std::find_if(leaves_.begin(), leaves_.end(), [](const Leaf& candidate) { return candidate.app->parsed(); });
    if (leaf->command->method == kProjectStatement && project_presentation_.given()) {
      return ShowProjectStatement(*leaf, *client, surroundings, output);
    }
    if (reconciliation_country_.empty()) return Carry(*leaf, *client, surroundings, output);
    PresentationTexts texts;
    texts.country = reconciliation_country_;
    const absl::StatusOr<Presentation> presentation = PresentationOf(texts, output);
    if (!presentation.ok()) {
      PrintError(presentation.status(), {}, output);
      return presentation.status();
    }
    Output own = output;
    own.locale = &presentation->locale;
    return Carry(*leaf, *client, surroundings, own);
  }

  // Carries out a method of the interface.
  absl::Status Carry(Leaf& given, const ClientOptions& client, const Surroundings& surroundings, const Output& output) {
    Leaf* const leaf = &given;
    for (const auto& [name, on] : leaf->switches) {
      if (on) leaf->texts[name] = {"true"};
    }
    return Invoke({.command = leaf->command,
                   .flags = leaf->flags,
                   .texts = leaf->texts,
                   .request_file = leaf->request_file,
                   .all_pages = leaf->all_pages,
                   .arguments = arguments_,
                   .client = client},
                  surroundings.in, output);
  }

  // The day now, UTC: that to which delays are counted where nothing else is said.
  static std::string Today() { return absl::FormatTime("%E4Y-%m-%d", absl::Now(), absl::UTCTimeZone()); }

  // What was given for a report as texts for the flags of a request.
  static FlagTexts FlagTextsOf(const ReportLeaf& leaf) {
    FlagTexts texts;
    for (const auto& [name, text] : leaf.texts) {
      if (!text.empty()) texts[name] = {text};
    }
    return texts;
  }

  absl::Status RunReport(const ReportLeaf& leaf, const Client& client, const Output& output) const {
    const absl::Status status = leaf.report->scope.has_value()
                                    ? ShowStatement(*leaf.report->scope, FlagTextsOf(leaf), leaf.presentation, client, output)
                                    : ShowYear(leaf, client, output);
    if (!status.ok()) PrintError(status, {.flags = FlagsOf(*v1::ListStatementLinesRequest::descriptor())}, output);
    return status;
  }

  static absl::Status Missing(const char* what, const Words& words) {
    return BadFields({{what, words.Choose("is needed", "hace falta")}});
  }

  // Whose statement it is was not said.
  static absl::Status MissingSubject(StatementScope scope, const Words& words) {
    const char* what = scope == StatementScope::kYear
                           ? words.Choose("is needed: the fiscal year, such as 2014", "hace falta: el ejercicio, como 2014")
                           : words.Choose("is needed: whose statement it is, an id or a full name",
                                          "hace falta: de quién es el estado de cuenta, su id o su nombre completo");
    return BadFields({{"SUBJECT", what}});
  }

  static absl::Status ShowStatement(StatementScope scope, const FlagTexts& texts, const PresentationTexts& presentation_texts,
                                    const Client& client, const Output& output) {
    ORIUNDO_ASSIGN_OR_RETURN(const Presentation presentation, PresentationOf(presentation_texts, output));
    if (!texts.contains("subject")) return MissingSubject(scope, output.words);
    ORIUNDO_ASSIGN_OR_RETURN(const v1::ListStatementLinesRequest request, StatementRequest(scope, texts, Today(), output.words));
    ORIUNDO_ASSIGN_OR_RETURN(const PartyStatement statement, ReadStatement(scope, request, client, output.words));
    return Present({.document = [&] { return DocumentOf(statement, presentation.locale, output.words); },
                    .csv = [&] { return CsvOf(statement); },
                    .json = [&] { return JsonOf(statement); }},
                   presentation, output);
  }

  static absl::Status ShowYear(const ReportLeaf& leaf, const Client& client, const Output& output) {
    ORIUNDO_ASSIGN_OR_RETURN(const Presentation presentation, PresentationOf(leaf.presentation, output));
    FlagTexts texts = FlagTextsOf(leaf);
    for (const char* needed : {"program", "fiscal-year"}) {
      if (!texts.contains(needed)) return Missing(absl::StrCat("--", needed).c_str(), output.words);
    }
    texts.erase("published");
    texts.erase("published-row");
    ORIUNDO_ASSIGN_OR_RETURN(const v1::ListStatementLinesRequest request,
                             StatementRequest(StatementScope::kYear, texts, Today(), output.words));
    const YearQuery query{.program = request.program(),
                          .fiscal_year = request.fiscal_year(),
                          .known_at = request.known_at(),
                          .effective_through = request.effective_through(),
                          .published_file = leaf.texts.at("published"),
                          .published_row = leaf.texts.at("published-row")};
    ORIUNDO_ASSIGN_OR_RETURN(const YearReport report, ReadYear(query, client, output.words));
    return Present({.document = [&] { return DocumentOf(report, presentation.locale, output.words); },
                    .csv = [&] { return CsvOf(report); },
                    .json = [&] { return JsonOf(report); }},
                   presentation, output);
  }

  // A project's statement as a page or for a spreadsheet, or as always with the numbers of a country, or into a file.
  absl::Status ShowProjectStatement(Leaf& leaf, const ClientOptions& client, const Surroundings& surroundings,
                                    const Output& output) {
    const absl::StatusOr<Presentation> presentation = PresentationOf(project_presentation_, output);
    using Format = Presentation::Format;
    if (presentation.ok() && (presentation->format == Format::kTable || presentation->format == Format::kJson)) {
      std::ostringstream text;
      Output own = Output{.out = text, .err = output.err, .json = presentation->format == Format::kJson};
      own.color = output.color && presentation->output_file.empty();
      own.words = output.words;
      if (!project_presentation_.country.empty()) own.locale = &presentation->locale;
      absl::Status status = Carry(leaf, client, surroundings, own);
      if (!status.ok() || presentation->output_file.empty()) {
        output.out << text.str();
        return status;
      }
      status = WriteText(presentation->output_file, text.str(), output.words);
      if (!status.ok()) PrintError(status, {}, output);
      return status;
    }
    FlagTexts texts;
    for (const auto& [from, to] : {std::pair("name", "subject"), std::pair("known-at", "known-at"),
                                  std::pair("effective-through", "effective-through")}) {
      if (const auto given = leaf.texts.find(from); given != leaf.texts.end() && !given->second.empty()) texts[to] =
          given->second;
    }
    const Client own(client);
    const absl::Status status = !presentation.ok() ? presentation.status()
                                : presentation->format == Format::kHtml
                                    ? ShowProjectPage(texts, *presentation, own, output)
                                    : ShowStatement(StatementScope::kProject, texts, project_presentation_, own, output);
    if (!status.ok()) PrintError(status, {.flags = FlagsOf(*v1::ListStatementLinesRequest::descriptor())}, output);
    return status;
  }

  // The page has what the table shows, and then whose delay each gap is: both of one sequence.
  static absl::Status ShowProjectPage(const FlagTexts& texts, const Presentation& presentation, const Client& client,
                                      const Output& output) {
    if (!texts.contains("subject")) return MissingSubject(StatementScope::kProject, output.words);
    ORIUNDO_ASSIGN_OR_RETURN(v1::ListStatementLinesRequest lines, StatementRequest(StatementScope::kProject, texts, Today(),
        output.words));
    v1::GetProjectStatementRequest get;
    get.set_name(lines.subject());
    *get.mutable_known_at() = lines.known_at();
    get.set_effective_through(lines.effective_through());
    const auto& method = *get.GetDescriptor()->file()->service(0)->FindMethodByName("GetProjectStatement");
    ORIUNDO_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> response, client.Call(method, get));
    const auto& statement = dynamic_cast<const v1::ProjectStatement&>(*response);
    lines.mutable_known_at()->set_sequence(statement.sequence());
    ORIUNDO_ASSIGN_OR_RETURN(const PartyStatement delays, ReadStatement(StatementScope::kProject, lines, client, output.words));
    Output own = output;
    own.locale = &presentation.locale;
    const std::optional<v1::Entry> ended = EndOf(client, statement);
    const std::optional<int64_t> commit_seconds = CommitSecondsOf(client, statement);
    const auto document = [&] {
      Document page = DocumentOf(statement, own, ended.has_value() ? &*ended : nullptr, commit_seconds);
      Document more = DocumentOf(delays, presentation.locale, output.words);
      for (Document::Section& section : more.sections) page.sections.push_back(std::move(section));
      page.notes.insert(page.notes.end(), more.notes.begin(), more.notes.end());
      return page;
    };
    return Present({.document = document, .csv = [] { return std::string(); }, .json = [] { return std::string(); }},
        presentation,
                   output);
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
        command.takes_file |= option->get_name() == "file" || option->get_name() == "files";
        continue;
      }
      CompletableCommand::Flag& flag = command.flags.emplace_back();
      flag.name = "--" + option->get_lnames().front();
      flag.help = Gist(OneLine(option->get_description()));
      flag.takes_value = option->get_type_size() != 0 && option->get_expected_max() != 0;
      if (flag.name == "--lang") flag.choices = {"en", "es"};
      if (flag.name == "--format") flag.choices = {"table", "csv", "json", "html"};
      if (flag.name == "--on-error") flag.choices = {"stop", "continue"};
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

  const Words words_;
  CLI::App app_;
  // As typed.
  std::vector<std::string> arguments_;
  std::map<std::string, CLI::App*> nouns_;
  std::deque<Leaf> leaves_;  // Options point into it, so it must not move.
  std::deque<ReportLeaf> reports_;
  PresentationTexts project_presentation_;
  std::string reconciliation_country_;
  CLI::App* apply_ = nullptr;
  CLI::App* import_ = nullptr;
  CLI::App* community_import_ = nullptr;
  CLI::App* bank_import_ = nullptr;
  CLI::App* completion_ = nullptr;
  CLI::App* version_ = nullptr;
  ApplyOptions apply_options_;
  ImportOptions import_options_;
  std::string import_on_error_ = "stop";
  CommunityImportOptions community_import_options_;
  BankImportOptions bank_import_options_;
  std::string as_, address_, timeout_, language_, shell_;
  bool json_ = false;
  bool no_color_ = false;
};

}  // namespace

int RunCli(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return Program(Words(Program::LanguageOf(arguments))).Run(arguments, surroundings);
}

}  // namespace oriundo
