// Everything a person may look at has its Spanish: every sentence of this program, every command, flag, value and field of the
// interface.
#include "client/cli/words.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/api.h"
#include "client/cli/cli.h"
#include "client/cli/command_words.h"
#include "client/cli/enum_words.h"
#include "client/cli/field_words.h"
#include "client/cli/flags.h"
#include "client/cli/reasons.h"
#include "client/cli/sentences.h"
#include "client/cli/wrap.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/resources.pb.h"

namespace oriundo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using testing::HasSubstr;
using testing::Not;

const Words kSpanish(Language::kSpanish);

// Every message that answers hold, the entry's events among them.
std::set<const Descriptor*> MessagesOfAnswers() {
  std::set<const Descriptor*> found;
  const std::function<void(const Descriptor*)> add = [&](const Descriptor* message) {
    if (message->file()->package() != "oriundo.v1" || !found.insert(message).second) return;
    for (int i = 0; i < message->field_count(); ++i) {
      if (message->field(i)->message_type() != nullptr) add(message->field(i)->message_type());
    }
  };
  for (const auto* method : ApiMethods()) add(method->output_type());
  return found;
}

TEST(Spanish, NamesEveryValueThatAnswersAndFlagsHold) {
  std::set<const google::protobuf::EnumDescriptor*> enums;
  std::set<const Descriptor*> messages = MessagesOfAnswers();
  const std::function<void(const Descriptor*)> add = [&](const Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) {
      if (message->field(i)->enum_type() != nullptr) enums.insert(message->field(i)->enum_type());
      const Descriptor* below = message->field(i)->message_type();
      if (below != nullptr && messages.insert(below).second) add(below);
    }
  };
  for (const Descriptor* message : MessagesOfAnswers()) add(message);
  for (const auto* method : ApiMethods()) add(method->input_type());
  EXPECT_GT(enums.size(), 20u);
  for (const auto* type : enums) {
    for (int i = 0; i < type->value_count(); ++i) {
      if (type->value(i)->number() == 0) continue;
      if (type == v1::ErrorReason_descriptor()) {
        // A reason is told in a sentence, its code beside it.
        EXPECT_NE(TextOfReason(type->value(i)->name()), nullptr) << type->value(i)->full_name();
        continue;
      }
      EXPECT_NE(SpanishOf(*type->value(i)), "") << type->value(i)->full_name();
    }
  }
  EXPECT_EQ(EnumText(*v1::Project::State_descriptor()->FindValueByName("SUBMITTED"), kSpanish), "ingresado");
  EXPECT_EQ(EnumText(*v1::Organization::RegistrationState_descriptor()->FindValueByName("SUBMITTED"), kSpanish), "solicitada");
  EXPECT_EQ(EnumText(*v1::Project::State_descriptor()->FindValueByName("SUBMITTED"), Words()), "SUBMITTED")
      << "codes for scripts";
}

TEST(Spanish, SaysWhatEveryCommandAndFlagIsFor) {
  for (const Command& command : Commands()) {
    const auto& method = MethodOf(command);
    EXPECT_THAT(SpanishSummary(method), testing::EndsWith(".")) << method.full_name();
    for (const Flag& flag : FlagsOf(*method.input_type(), kSpanish)) {
      EXPECT_NE(SpanishHelp(flag.field()), "") << method.full_name() << " --" << flag.name;
      for (const char* english : {"Required", "Optional.", "default", " the ", "One of "}) {
        EXPECT_THAT(flag.help, Not(HasSubstr(english))) << method.full_name() << " --" << flag.name;
      }
    }
  }
}

TEST(Spanish, NamesEveryFieldThatIsShown) {
  for (const Descriptor* message : MessagesOfAnswers()) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      // What is never shown, and events, which feed.cc has words for.
      const bool hidden = field.name().ends_with("_commitment") || field.name().ends_with("_commitments") ||
                          field.name() == "create_sequence" || field.name() == "update_sequence";
      const bool event = message == v1::Entry::descriptor() && field.containing_oneof() != nullptr;
      if (hidden || event) continue;
      EXPECT_NE(SpanishTitle(field), "") << field.full_name();
    }
  }
}

// The English sentences that `words(...)` is given in a source file: adjacent literals are one.
std::vector<std::string> SentencesOf(const std::string& source) {
  std::vector<std::string> sentences;
  for (const char* call : {"words(", "words_("}) {
    for (std::size_t at = source.find(call); at != std::string::npos; at = source.find(call, at + 1)) {
      // Up to the end of the first argument: both branches of a choice.
      std::size_t i = at + std::string_view(call).size();
      std::string sentence;
      bool any = false;
      int depth = 0;
      for (; i < source.size(); ++i) {
        const char c = source[i];
        if (c == '"') {
          any = true;
          for (++i; i < source.size() && source[i] != '"'; ++i) {
            if (source[i] == '\\') ++i;
            sentence += source[i];
          }
        } else if (c == '(' || c == '[') {
          ++depth;
        } else if (c == ')' || c == ']') {
          if (--depth < 0) break;
        } else if (c == ',' || c == '{' || c == ';') {
          if (depth == 0) break;
        } else if (c == ':' && any) {
          sentences.push_back(sentence);
          sentence.clear();
        }
      }
      // Of a call inside the argument nothing is known here.
      const std::string argument = source.substr(at, i - at);
      if (any && argument.find("Choose(") == std::string::npos && argument.find("StrCat") == std::string::npos) {
        sentences.push_back(sentence);
      }
    }
  }
  return sentences;
}

TEST(Spanish, HasEverySentenceOfThisProgram) {
  int found = 0;
  for (const auto& file : std::filesystem::directory_iterator(ORIUNDO_SOURCE "/client/cli")) {
    const std::string name = file.path().filename();
    if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
    std::stringstream source;
    source << std::ifstream(file.path()).rdbuf();
    for (const std::string& sentence : SentencesOf(source.str())) {
      ++found;
      EXPECT_TRUE(Words::IsTranslated(sentence)) << name << ": " << sentence;
    }
  }
  EXPECT_GT(found, 150);
}

// Runs the program as a person does.
std::string Printed(std::vector<std::string> arguments, int* exit_code = nullptr) {
  std::istringstream in;
  std::ostringstream out, err;
  const int code = RunCli(arguments, {.in = in, .out = out, .err = err});
  if (exit_code != nullptr) *exit_code = code;
  return out.str() + err.str();
}

TEST(Spanish, IsTheHelpOfEveryCommand) {
  std::vector<std::vector<std::string>> commands = {{}, {"apply"}, {"import"}, {"community", "import"}, {"completion"},
      {"version"}};
  for (const char* report : {"club", "federation", "municipality", "program", "funder", "year"}) commands.push_back({"statement",
      report});
  commands.push_back({"report", "year"});
  for (const Command& command : Commands()) commands.push_back({std::string(command.noun), std::string(command.verb)});
  std::set<std::string> nouns;
  for (const Command& command : Commands()) nouns.insert(std::string(command.noun));
  for (const std::string& noun : nouns) commands.push_back({noun});
  for (std::vector<std::string> command : commands) {
    command.insert(command.begin(), {"--lang", "es"});
    command.push_back("--help");
    int exit_code = -1;
    const std::string help = Printed(command, &exit_code);
    EXPECT_EQ(exit_code, 0) << help;
    EXPECT_THAT(help, HasSubstr("Uso: oriundo")) << testing::PrintToString(command);
    EXPECT_THAT(help, HasSubstr("Muestra esta ayuda y termina")) << testing::PrintToString(command);
    for (const char* english : {"Usage", "Options:", "Subcommands", "Positionals", "Print", "Required", "Optional.", " the ",
        " of ",
                                "Default", "Reads", "Writes"}) {
      EXPECT_THAT(help, Not(HasSubstr(english))) << testing::PrintToString(command);
    }
  }
  EXPECT_THAT(Printed({"--help"}), HasSubstr("Esta ayuda en español: oriundo --lang es --help"));
  EXPECT_THAT(Printed({"--help"}), HasSubstr("ORIUNDO_LANG")) << "how the language is chosen is said";
}

TEST(Spanish, SaysWhatIsWrongWithTheArguments) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"contribution", "verify", "p/c", "--nope"}, "contribution verify no tiene --nope. Sus opciones son: --"},
      {{"organization", "create", "x", "--kind"}, "--kind: falta su valor"},
      {{"apply"}, "hace falta files"},
      {{"completion", "tcsh"}, "shell: tcsh no es ninguno de"},
      {{"contribution"}, "le falta un verbo"},
      {{"contributoin", "verify"}, "¿Quiso decir contribution?"},
  };
  for (const auto& [arguments, sentence] : cases) {
    std::vector<std::string> spanish = arguments;
    spanish.insert(spanish.begin(), {"--lang", "es"});
    int exit_code = 0;
    EXPECT_THAT(Printed(spanish, &exit_code), HasSubstr(sentence));
    EXPECT_EQ(exit_code, 2);
  }
}

TEST(Spanish, SaysWhatToDoWhereNoServerRuns) {
  int exit_code = 0;
  // Nothing listens on the first port.
  const std::vector<std::string> list = {"--address", "127.0.0.1:1", "--timeout", "10", "program", "list"};
  EXPECT_THAT(Printed(list, &exit_code), HasSubstr("no server listens at the address; start it, or name the right address"));
  EXPECT_EQ(exit_code, 3);
  std::vector<std::string> spanish = list;
  spanish.insert(spanish.begin(), {"--lang", "es"});
  const std::string printed = Printed(spanish);
  EXPECT_THAT(printed, HasSubstr("no se alcanzó al servidor: ningún servidor escucha en esa dirección"));
  EXPECT_THAT(printed, Not(HasSubstr("refused")));
}

TEST(Sentences, GiveTheirFiguresToTheSpanishOnes) {
  EXPECT_EQ(SpanishOfUsage("is blue"), std::nullopt);
  EXPECT_EQ(SpanishOfUsage("--kind: 1 required VALUE missing"), "--kind: falta su valor (VALUE)");
  EXPECT_EQ(MatchSentence("a {x} b {y}", "a 1 b 2"), (std::map<std::string, std::string>{{"x", "1"}, {"y", "2"}}));
  EXPECT_EQ(MatchSentence("a {x} b", "a 1 c"), std::nullopt);
  EXPECT_EQ(MatchSentence("a {x}", "a "), std::nullopt) << "a figure is not nothing";
}

TEST(Wrapped, CountsCharactersAndNotBytes) {
  EXPECT_EQ(Wrapped("año de aquí allá", 8), "año de\naquí\nallá");
  EXPECT_EQ(Wrapped("ñandúes ñoños", 13), "ñandúes ñoños");
  EXPECT_EQ(Wrapped("- uno dos tres", 9, "  "), "- uno dos\n  tres");
  EXPECT_EQ(Wrapped("larguísimo", 3), "larguísimo");
}

}  // namespace
}  // namespace oriundo
