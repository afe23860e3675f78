#include "client/cli/errors.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "client/cli/api.h"
#include "client/cli/reasons.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/ledger_service.pb.h"

namespace oriundo {
namespace {

using testing::HasSubstr;
using testing::Not;

absl::Status AboveBound() {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("RELEASE_ABOVE_BOUND");
  (*info.mutable_metadata())["excess_minor_units"] = "100";
  details.add_details()->PackFrom(info);
  google::rpc::PreconditionFailure failure;
  for (const char* subject : {"organizations/sedesol", "organizations/yucatan"}) {
    auto& violation = *failure.add_violations();
    violation.set_type("RELEASE_ABOVE_BOUND");
    violation.set_subject(subject);
    violation.set_description("1.00 MXN above what is entitled\x1b[2J");
  }
  details.add_details()->PackFrom(failure);
  return StatusFromGrpc(9, "entitled 5.00 MXN, asked 6.00 MXN", details.SerializeAsString());
}

struct Printed {
  std::string out, err;
};

Printed Print(const absl::Status& status, bool json, Attempted attempted = {}) {
  std::ostringstream out, err;
  PrintError(status, attempted, {.out = out, .err = err, .json = json, .words = Words()});
  return {out.str(), err.str()};
}

TEST(ExitCode, TellsRefusalsMistakesOutagesAndFaultsApart) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::AlreadyExistsError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 4);
}

TEST(PrintError, SaysTheSentenceEveryViolationTheReasonAndWhatToDo) {
  const Printed printed = Print(AboveBound(), false);
  EXPECT_EQ(printed.out, "");
  EXPECT_EQ(
      printed.err,
      "Error: entitled 5.00 MXN, asked 6.00 MXN\n"
      "Rules that forbid it:\n"
      "  - RELEASE_ABOVE_BOUND, organizations/sedesol: 1.00 MXN above what is entitled?[2J\n"
      "  - RELEASE_ABOVE_BOUND, organizations/yucatan: 1.00 MXN above what is entitled?[2J\n"
      "Reason: RELEASE_ABOVE_BOUND (FAILED_PRECONDITION): The release would exceed what the club's verified money entitles to.\n"
      "What to do: Release what the bound leaves (leave out --amount), or have more of the club's money verified first.\n");
}

TEST(PrintError, DoesNotSayTheOnlyViolationTwice) {
  google::rpc::Status details;
  google::rpc::PreconditionFailure failure;
  failure.add_violations()->set_description("the box holds 1.00 MXN");
  details.add_details()->PackFrom(failure);
  EXPECT_EQ(Print(StatusFromGrpc(9, "the box holds 1.00 MXN", details.SerializeAsString()), false).err,
            "Error: the box holds 1.00 MXN\n");
}

TEST(PrintError, GivesScriptsTheWholeErrorOnStdout) {
  const Printed printed = Print(AboveBound(), true, {.request_id = "r1"});
  EXPECT_EQ(printed.err, "");
  const auto error = nlohmann::json::parse(printed.out)["error"];
  EXPECT_EQ(error["code"], "FAILED_PRECONDITION");
  EXPECT_EQ(error["exit_code"], 1);
  EXPECT_EQ(error["reason"], "RELEASE_ABOVE_BOUND");
  EXPECT_EQ(error["metadata"]["excess_minor_units"], "100");
  EXPECT_EQ(error["violations"].size(), 2u);
  EXPECT_EQ(error["request_id"], "r1");
}

TEST(PrintError, NamesTheFlagOfAWrongField) {
  const absl::Status status = BadFields({{"contribution.declared.minor_units", "must be above zero"}});
  EXPECT_THAT(Print(status, false, {.flags = FlagsOf(*v1::DeclareContributionRequest::descriptor())}).err,
              HasSubstr("  - --declared (contribution.declared.minor_units): must be above zero\n"));
}

TEST(PrintError, TellsHowToRepeatAWriteOfUnknownOutcome) {
  const Attempted attempted{.request_id = "r1", .repeat_command = "oriundo x --request-id r1"};
  for (const absl::Status& status :
       {absl::UnavailableError("connection lost"), absl::DeadlineExceededError(""), absl::UnknownError("reset")}) {
    EXPECT_THAT(Print(status, false, attempted).err,
                HasSubstr("Repeat it exactly as follows; it is carried out once at most:\n  oriundo x --request-id r1\n"))
        << status;
    EXPECT_EQ(nlohmann::json::parse(Print(status, true, attempted).out)["error"]["repeat_command"], attempted.repeat_command);
  }
  EXPECT_THAT(Print(absl::UnavailableError("connection lost"), false, attempted).err,
              HasSubstr("What to do: It may or may not have been carried out."));
}

TEST(PrintError, OffersNoRepeatOfWhatWasRefusedOrNeverSent) {
  const Attempted attempted{.request_id = "r1", .repeat_command = "oriundo x --request-id r1"};
  EXPECT_THAT(Print(AboveBound(), false, attempted).err, Not(HasSubstr("oriundo x")));
  absl::Status unsent = absl::UnavailableError("Connection refused");
  MarkNotReached(unsent);
  const std::string text = Print(unsent, false, attempted).err;
  EXPECT_THAT(text, HasSubstr("Error: the server was not reached: no server listens at the address; start it, or name the right address\n"));
  EXPECT_THAT(text, HasSubstr("What to do: Nothing was sent."));
  EXPECT_THAT(text, Not(HasSubstr("oriundo x")));
  EXPECT_THAT(text, Not(HasSubstr("may or may not")));
}

// The server speaks English: a Spanish reader gets the reason's meaning and every figure, whose amounts have their currency.
TEST(PrintError, BuildsTheSpanishSentenceFromReasonAndFigures) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("INSUFFICIENT_FUNDS");
  (*info.mutable_metadata())["missing_minor_units"] = "500";
  (*info.mutable_metadata())["subject"] = "projects/p";
  (*info.mutable_metadata())["violation_1_document_type"] = "INVOICE";
  details.add_details()->PackFrom(info);
  google::rpc::PreconditionFailure failure;
  for (const char* type : {"INSUFFICIENT_FUNDS", "DOCUMENT_MISSING"}) {
    failure.add_violations()->set_type(type);
    failure.mutable_violations()->rbegin()->set_description("said in English");
  }
  details.add_details()->PackFrom(failure);
  const absl::Status status = StatusFromGrpc(9, "the box lacks 5.00 MXN (and 1 more)", details.SerializeAsString());
  std::ostringstream out, err;
  PrintError(status, {}, {.out = out, .err = err, .words = Words(Language::kSpanish)});
  EXPECT_EQ(err.str(),
            "Error: La caja tiene menos de lo que se pide.\n"
            "Datos: falta: 5.00 MXN; sobre: projects/p\n"
            "Reglas que lo impiden:\n"
            "  - INSUFFICIENT_FUNDS: La caja tiene menos de lo que se pide.\n"
            "  - DOCUMENT_MISSING: Falta un documento que este paso exige. (documento: factura)\n"
            "Motivo: INSUFFICIENT_FUNDS (FAILED_PRECONDITION)\n"
            "Qué hacer: Vea lo que tiene la caja: oriundo statement.\n");
  EXPECT_THAT(SentenceOf(status, Words(Language::kSpanish)), Not(HasSubstr("English")));
  EXPECT_THAT(SentenceOf(status, Words()), HasSubstr("the box lacks 5.00 MXN"));
}

// What the server says and this program knows is said in Spanish whole: who may, why not, and where it stands.
TEST(PrintError, SaysInSpanishWhoMayAndWhyNot) {
  const auto printed = [](const char* reason, const std::string& english, std::map<std::string, std::string> metadata,
                          const char* method = "") {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
    details.add_details()->PackFrom(info);
    std::ostringstream out, err;
    PrintError(StatusFromGrpc(9, english, details.SerializeAsString()), {.method = method},
               {.out = out, .err = err, .words = Words(Language::kSpanish)});
    return err.str();
  };
  const std::string who = "the programme's office organizations/sezami or a committee of its rule";
  EXPECT_THAT(printed("ACTOR_NOT_ALLOWED", "organizations/town may not do this; " + who + " may", {{"who_may", who}}),
              HasSubstr("Error: organizations/town no puede hacer esto; puede la oficina del programa, "
                        "organizations/sezami, o un "
                        "comité de su regla.\n"));
  EXPECT_THAT(printed("ACTOR_NOT_ALLOWED", "a newer server says it otherwise", {{"who_may", "the federation of the club"}}),
              HasSubstr("Datos: quién puede: la federación del club\n"));
  EXPECT_THAT(printed("CONDITION_NOT_WAIVABLE",
                      "VERIFIED_WORK of projects/p/tranches/town-1 is not let go: so much is verified", {}),
              HasSubstr("Error: No se dispensa obra verificada de projects/p/tranches/town-1: esa obra ya está verificada.\n"));
  EXPECT_THAT(printed("WRONG_RESOURCE_STATE",
                      "projects/p/contributions/c is REJECTED; it takes DECLARED or EVIDENCED to be verified", {}),
              HasSubstr("Error: projects/p/contributions/c está rechazado; tendría que estar declarado o con comprobante.\n"));
  EXPECT_THAT(printed("MILESTONE_NOT_REACHED", "a newer server says it otherwise",
                      {{"planned_quantity_milli", "5200000"}, {"verified_bps_min", "5000"}}),
              HasSubstr("cantidad prevista: 5200.000; "));
  EXPECT_THAT(printed("RELEASE_ABOVE_TRANCHE", "t has 0.00 MXN left to release; asked 5.00 MXN, an excess of 5.00 MXN",
                      {{"left_minor_units", "0"}, {"asked_minor_units", "500"}}),
              HasSubstr("Qué hacer: No queda nada de esta ministración; vea las demás del proyecto: oriundo statement.\n"));
  EXPECT_THAT(printed("ACCOUNT_MISMATCH", "projects/p/amendments/a names no account", {}, "ProjectService.SignAmendment"),
              HasSubstr("si no, firme sin ella."));
}

TEST(PrintError, NamesNoMessageOfTheInterface) {
  EXPECT_THAT(Print(BadFields({{"a", "is wrong"}, {"b", "is wrong"}}), false).err,
              HasSubstr("malformed or out of range; all are listed."));
}

TEST(PrintError, SaysInSpanishWhatIsWrongWithAField) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  (*info.mutable_metadata())["field"] = "page_size";
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("page_size");
  bad_request.mutable_field_violations(0)->set_description("must be from 0 to 1000");
  details.add_details()->PackFrom(bad_request);
  std::ostringstream out, err;
  PrintError(StatusFromGrpc(3, "page_size: must be from 0 to 1000", details.SerializeAsString()), {},
             {.out = out, .err = err, .words = Words(Language::kSpanish)});
  EXPECT_THAT(err.str(), HasSubstr("Error: page_size: debe ser de 0 a 1000\n"));
  EXPECT_THAT(err.str(), Not(HasSubstr("must")));
}

TEST(PrintError, SaysThatAnUpdateReplacesTheWholeDraft) {
  const absl::Status status = BadFields({{"project.program", "is required"}, {"project.club", "is required"}});
  EXPECT_THAT(Print(status, false, {.method = "ProjectService.UpdateProject"}).err,
              HasSubstr("An update replaces the whole draft"));
}

// Every published reason has its advice and meaning in both languages.
TEST(Reasons, HaveTheirTextsInEnglishAndSpanish) {
  const auto& reasons = *v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons.value_count(); ++i) {
    if (reasons.value(i)->number() == 0) continue;
    const ReasonText* text = TextOfReason(reasons.value(i)->name());
    ASSERT_NE(text, nullptr) << reasons.value(i)->name();
    for (const char* sentence : {text->advice, text->advice_es, text->meaning_es}) {
      EXPECT_THAT(sentence, testing::EndsWith(".")) << text->reason;
    }
    EXPECT_STRNE(text->advice, text->advice_es) << text->reason;
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    info.set_reason(std::string(text->reason));
    details.add_details()->PackFrom(info);
    std::ostringstream out, err;
    PrintError(StatusFromGrpc(9, "m", details.SerializeAsString()), {},
               {.out = out, .err = err, .words = Words(Language::kSpanish)});
    EXPECT_THAT(err.str(), HasSubstr(text->meaning_es));
    EXPECT_THAT(err.str(), HasSubstr(std::string("Qué hacer: ") + text->advice_es));
  }
}

TEST(Reasons, AdviseOnlyCommandsAndFlagsThatThereAre) {
  // Short for `statement project`; and what is more than one call.
  std::set<std::string> commands = {"statement", "community import", "bank import"};
  std::set<std::string> flags = {"as", "help", "all"};
  for (const Command& command : Commands()) {
    commands.insert(std::string(command.noun) + (command.verb.empty() ? "" : " " + std::string(command.verb)));
    for (const Flag& flag : FlagsOf(*MethodOf(command).input_type())) flags.insert(flag.name);
  }
  const auto word_at = [](const std::string& text, std::size_t at) {
    return text.substr(at, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at) - at);
  };
  const auto& reasons = *v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons.value_count(); ++i) {
    const ReasonText* text = TextOfReason(reasons.value(i)->name());
    if (text == nullptr) continue;
    for (const std::string sentence : {text->advice, text->advice_es}) {
      for (std::size_t at = sentence.find("oriundo "); at != std::string::npos; at = sentence.find("oriundo ", at + 1)) {
        const std::string noun = word_at(sentence, at + 8);
        const std::string verb = word_at(sentence, std::min(at + 9 + noun.size(), sentence.size()));
        EXPECT_TRUE(commands.contains(noun) || commands.contains(noun + " " + verb)) << sentence;
      }
      for (std::size_t at = sentence.find("--"); at != std::string::npos; at = sentence.find("--", at + 2)) {
        EXPECT_TRUE(flags.contains(word_at(sentence, at + 2))) << sentence;
      }
    }
  }
}

}  // namespace
}  // namespace oriundo
