#include "client/cli/errors.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "absl/strings/str_split.h"
#include "client/cli/api.h"
#include "client/cli/field_words.h"
#include "client/cli/reasons.h"
#include "client/cli/refusal_words.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/refusal_cases.h"

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

// A person reads flags, a script paths.
TEST(PrintError, NamesTheFlagOfAWrongField) {
  const Attempted attempted{.flags = FlagsOf(*v1::DeclareContributionRequest::descriptor())};
  const absl::Status status = BadFields({{"contribution.declared.minor_units", "must be above zero"}});
  EXPECT_THAT(Print(status, false, attempted).err, testing::StartsWith("Error: --declared: must be above zero\nReason: "));
  EXPECT_EQ(nlohmann::json::parse(Print(status, true, attempted).out)["error"]["violations"][0]["field"],
            "contribution.declared.minor_units");
  const absl::Status two = BadFields({{"contribution.declared", "is required"}, {"parent", "is required"}});
  EXPECT_THAT(Print(two, false, attempted).err,
              testing::StartsWith("Error: --declared: is required (and 1 more)\nWrong in the request:\n"
                                  "  - --declared (contribution.declared): is required\n  - PARENT (parent): is required\n"));
}

// The server says which form a name must have; what was typed says which part of it is wrong.
TEST(PrintError, SaysWhatIsWrongWithANameAsTyped) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  for (const char* key : {"case", "violation_1_case"}) (*info.mutable_metadata())[key] = "RESOURCE_NAME";
  for (const char* key : {"pattern", "violation_1_pattern"}) (*info.mutable_metadata())[key] = "projects/{id}";
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  for (const char* field : {"parent", "refund.party"}) {
    bad_request.add_field_violations()->set_field(field);
    bad_request.mutable_field_violations()->rbegin()->set_description("must be a resource name");
  }
  details.add_details()->PackFrom(bad_request);
  const absl::Status status = StatusFromGrpc(3, "parent: must be a resource name (and 1 more)", details.SerializeAsString());
  const Attempted attempted{.flags = FlagsOf(*v1::PayRefundRequest::descriptor()),
                            .texts = {{"parent", {"w1/y1"}}, {"party", {"Club X"}}}};
  const std::string text = Print(status, false, attempted).err;
  EXPECT_THAT(text, testing::StartsWith("Error: PARENT: \"w1/y1\" is no name as it goes here: {project} (and 1 more)\n"));
  EXPECT_THAT(text, HasSubstr("  - --party (refund.party): \"Club X\" is no id; ids are of small letters, digits and dashes and "
                              "begin with a letter\n"));
  std::ostringstream out, err;
  PrintError(status, attempted, {.out = out, .err = err, .words = Words(Language::kSpanish)});
  EXPECT_THAT(err.str(), testing::StartsWith("Error: PARENT: \"w1/y1\" no es un nombre como va aquí: {proyecto} (y 1 más)\n"));
}

TEST(PrintError, NamesTheFlagsThatAMissingMessageIsMadeOf) {
  const Attempted attempted{.flags = FlagsOf(*v1::PayRefundRequest::descriptor())};
  EXPECT_THAT(Print(BadFields({{"refund", "is required"}}), false, attempted).err,
              testing::StartsWith("Error: --party, --payment-date, --evidence: are required\n"));
  const Attempted amendment{.flags = FlagsOf(*v1::ProposeAmendmentRequest::descriptor()),
                            .method = "ProjectService.ProposeAmendment"};
  EXPECT_THAT(Print(BadFields({{"terms", "is required"}}), false, amendment).err,
              testing::ContainsRegex("^Error: --total, --due, .*, \\.\\.\\.: one of these is required\n"));
}

TEST(PrintError, SaysInSpanishThatAFieldIsMissingBeyondThoseWithFigures) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  (*info.mutable_metadata())["field"] = "etag";
  (*info.mutable_metadata())["case"] = "REQUIRED";
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  for (const char* field : {"etag", "project.parties"}) {
    bad_request.add_field_violations()->set_field(field);
    bad_request.mutable_field_violations()->rbegin()->set_description("is required");
  }
  details.add_details()->PackFrom(bad_request);
  std::ostringstream out, err;
  PrintError(StatusFromGrpc(3, "etag: is required (and 1 more)", details.SerializeAsString()), {},
             {.out = out, .err = err, .words = Words(Language::kSpanish)});
  EXPECT_THAT(err.str(), HasSubstr("  - project.parties: hace falta\n"));
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

// The server speaks English: a Spanish reader gets a sentence built from the reason, its case and its figures, and where it has
// fewer figures than the sentence takes the reason's meaning and what it has. Nothing of the English sentence is used.
TEST(PrintError, BuildsTheSpanishSentenceFromReasonCaseAndFigures) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("INSUFFICIENT_FUNDS");
  auto& metadata = *info.mutable_metadata();
  metadata["case"] = "BOX";
  metadata["project"] = "projects/p";
  metadata["available_minor_units"] = "100";
  metadata["asked_minor_units"] = "600";
  metadata["missing_minor_units"] = "500";
  metadata["currency_code"] = "MXN";
  metadata["violation_1_document_type"] = "INVOICE";
  metadata["violation_2_receivable_minor_units"] = "700";
  metadata["violation_2_currency_code"] = "USD";
  details.add_details()->PackFrom(info);
  google::rpc::PreconditionFailure failure;
  for (const char* type : {"INSUFFICIENT_FUNDS", "DOCUMENT_MISSING", "RECEIVABLE_OPEN"}) {
    failure.add_violations()->set_type(type);
    failure.mutable_violations()->rbegin()->set_description("said in English");
  }
  details.add_details()->PackFrom(failure);
  const absl::Status status = StatusFromGrpc(9, "said in English (and 2 more)", details.SerializeAsString());
  std::ostringstream out, err;
  PrintError(status, {}, {.out = out, .err = err, .words = Words(Language::kSpanish)});
  EXPECT_EQ(err.str(),
            "Error: La caja de projects/p tiene 1.00 MXN para gastar; se piden 6.00 MXN, faltan 5.00 MXN.\n"
            "Reglas que lo impiden:\n"
            "  - INSUFFICIENT_FUNDS: La caja de projects/p tiene 1.00 MXN para gastar; se piden 6.00 MXN, faltan 5.00 MXN.\n"
            "  - DOCUMENT_MISSING: Falta un documento que este paso exige: factura.\n"
            "  - RECEIVABLE_OPEN: Una parte debe dinero al proyecto; las liberaciones esperan hasta que lo devuelva. "
            "(por cobrar: 7.00 USD)\n"
            "Motivo: INSUFFICIENT_FUNDS (FAILED_PRECONDITION)\n"
            "Qué hacer: Vea lo que tiene la caja: oriundo statement.\n");
  EXPECT_THAT(SentenceOf(status, Words(Language::kSpanish)), Not(HasSubstr("English")));
  EXPECT_THAT(SentenceOf(status, Words()), HasSubstr("said in English"));
}

std::string SpanishText(const std::string& reason, const std::map<std::string, std::string>& figures, const char* method = "") {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  for (const auto& [key, value] : figures) (*info.mutable_metadata())[key] = value;
  details.add_details()->PackFrom(info);
  std::ostringstream out, err;
  PrintError(StatusFromGrpc(9, "said in English", details.SerializeAsString()), {.method = method},
             {.out = out, .err = err, .words = Words(Language::kSpanish)});
  return err.str();
}

TEST(PrintError, SaysInSpanishWhoMayAndWhyNot) {
  EXPECT_THAT(SpanishText("ACTOR_NOT_ALLOWED", {{"case", "OFFICE_OR_COMMITTEE"},
                                                {"organization", "organizations/town"},
                                                {"office", "organizations/sezami"}}),
              HasSubstr("Error: organizations/town no puede hacer esto; quién puede: la oficina del programa, "
                        "organizations/sezami, o un comité de su regla.\n"));
  EXPECT_THAT(SpanishText("CONDITION_NOT_WAIVABLE", {{"case", "WORK_VERIFIED"},
                                                     {"waiver", "VERIFIED_WORK"},
                                                     {"tranche", "projects/p/tranches/town-1"}}),
              HasSubstr("Error: No se dispensa obra verificada de projects/p/tranches/town-1: esa obra ya está verificada.\n"));
  EXPECT_THAT(SpanishText("WRONG_RESOURCE_STATE", {{"subject", "projects/p/contributions/c"},
                                                   {"state", "REJECTED"},
                                                   {"allowed_states", "DECLARED, EVIDENCED"}}),
              HasSubstr("Error: projects/p/contributions/c está rechazado; tendría que estar declarado o con comprobante.\n"));
  EXPECT_THAT(SpanishText("REGISTRATION_FROZEN", {{"case", "CONSULATE_LIFTS"},
                                                  {"organization", "organizations/club"},
                                                  {"registration_state", "SUSPENDED"},
                                                  {"frozen_by", "organizations/consulate"}}),
              HasSubstr("Error: La toma de nota de organizations/club está suspendida por organizations/consulate; "));
  EXPECT_THAT(SpanishText("WRONG_PROJECT_STATE",
                          {{"subject", "projects/p"}, {"state", "DRAFT"}, {"allowed_states", "APPROVED, AGREED"}}),
              HasSubstr("Error: El estado de projects/p es borrador; tendría que ser aprobado o convenido.\n"));
  EXPECT_THAT(SpanishText("MILESTONE_NOT_REACHED", {{"case", "NOT_VERIFIED"},
                                                    {"subject", "projects/p/tranches/t"},
                                                    {"planned_quantity_milli", "5200000"},
                                                    {"verified_quantity_milli", "0"},
                                                    {"quantity_unit", "METRE"},
                                                    {"verified_bps_min", "5000"}}),
              HasSubstr("verifique 50.00 % de lo previsto, 5,200 metros; van 0 metros.\n"));
  EXPECT_THAT(SpanishText("RELEASE_ABOVE_TRANCHE", {{"left_minor_units", "0"}, {"asked_minor_units", "500"}}),
              HasSubstr("Qué hacer: No queda nada de esta ministración; vea las demás del proyecto: oriundo statement.\n"));
  EXPECT_THAT(SpanishText("WRONG_CURRENCY", {{"case", "PROJECT"},
                                             {"field", "contribution.declared"},
                                             {"currency_code", "USD"},
                                             {"project_currency_code", "MXN"}}),
              HasSubstr("Error: El importe «declarado» está en USD; ")) << "a field's name stands in no Spanish sentence";
  EXPECT_THAT(SpanishText("DATE_IN_FUTURE", {{"subject", "bank_value_date"}, {"date", "2026-03-20"}, {"today", "2026-03-16"}}),
              HasSubstr("Error: «fecha valor» es el 2026-03-20; hoy es 2026-03-16.\n"));
  EXPECT_THAT(SpanishText("AMENDMENT_BELOW_GIVEN", {{"case", "SPENT"},
                                                    {"spent_minor_units", "500"},
                                                    {"asked_minor_units", "400"},
                                                    {"currency_code", "MXN"}}),
              HasSubstr("Error: Las facturas comprueban gastos de 5.00 MXN; el total no puede pasar a 4.00 MXN.\n"));
  EXPECT_THAT(SpanishText("QUANTITY_OUT_OF_ORDER", {{"case", "REPORTED_LESS"},
                                                    {"quantity_milli", "60000"},
                                                    {"limit_milli", "120000"}}),
              HasSubstr("oriundo project report-completion --correction.\n"));
  EXPECT_THAT(SpanishText("ACCOUNT_MISMATCH", {}, "ProjectService.SignAmendment"), HasSubstr("si no, firme sin ella."));
  EXPECT_THAT(SpanishText("ACCOUNT_MISMATCH", {{"case", "NONE_NAMED"}, {"subject", "projects/p/amendments/a"}}),
              HasSubstr("Qué hacer: Firme sin --account.\n"));
}

// The interface counts quantities in thousandths; nobody else does.
TEST(PrintError, SaysQuantitiesAsPeopleWriteThem) {
  const auto text = [](const std::string& reason, const char* server, const std::map<std::string, std::string>& figures) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    for (const auto& [key, value] : figures) (*info.mutable_metadata())[key] = value;
    details.add_details()->PackFrom(info);
    return Print(StatusFromGrpc(9, server, details.SerializeAsString()), false).err;
  };
  EXPECT_THAT(text("QUANTITY_OUT_OF_ORDER", "quantity_milli is 60000, but 50500 thousandths were declared",
                   {{"case", "BEYOND_DECLARATION"}, {"quantity_milli", "60000"}, {"declared_quantity_milli", "50500"}}),
              HasSubstr("Error: the quantity is 60, but 50.5 were declared; nothing beyond the declaration is appraised\n"));
  EXPECT_THAT(text("QUANTITY_OUT_OF_ORDER", "of a newer server", {{"case", "BEYOND_DECLARATION"}}),
              HasSubstr("Error: of a newer server\n"));
}

TEST(PrintError, SaysThatAResourceIsYoungerThanThePointAskedFor) {
  const std::string text = SpanishText("PROJECT_NOT_FOUND", {{"name", "projects/w1"}, {"create_sequence", "264"}});
  EXPECT_THAT(text, HasSubstr("Error: projects/w1 aún no existía en ese momento; lo creó el asiento 264.\n"));
  EXPECT_THAT(text, HasSubstr("Qué hacer: Pregunte por un momento posterior: --known-at 264, u omítalo.\n"));
  EXPECT_THAT(SpanishText("PROJECT_NOT_FOUND", {{"name", "projects/w1"}}),
              HasSubstr("Error: No existe el proyecto projects/w1.\n"));
}

TEST(PrintError, AdvisesWhatFitsTheCase) {
  EXPECT_THAT(SpanishText("NAME_TAKEN", {{"name", "programs/mx/pools/town-2026"}}, "ProgramService.CreatePool"),
              testing::AllOf(HasSubstr("Error: La bolsa programs/mx/pools/town-2026 ya existe.\n"),
                             HasSubstr("oriundo pool increase")));
  EXPECT_THAT(SpanishText("NAME_TAKEN", {{"name", "projects/p"}}, "ProjectService.CreateProject"), HasSubstr("elija otro id"));
  const std::string agreed = SpanishText("ACCOUNT_MISMATCH", {{"case", "AGREEMENT"}, {"project", "projects/p"}});
  EXPECT_THAT(agreed, HasSubstr("oriundo amendment propose --account."));
  EXPECT_THAT(agreed, Not(HasSubstr("firmar de nuevo"))) << "that is over once all have signed";
  const std::string used = SpanishText("ACCOUNT_IN_USE", {{"project", "projects/p"}, {"holder", "projects/q"}});
  EXPECT_THAT(used, HasSubstr("Error: projects/q tiene o tuvo esta cuenta bancaria; "));
  EXPECT_THAT(used, HasSubstr("Qué hacer: Revise el número. "));
}

TEST(PrintError, ListsTheFieldsThatAFilterMayName) {
  const std::string text =
      SpanishText("FILTER_INVALID", {{"case", "NO_FIELD"}, {"field", "total"}}, "ProjectService.ListProjects");
  EXPECT_THAT(text, HasSubstr("Error: --filter: no hay campo total.\n"));
  EXPECT_THAT(text, HasSubstr("Qué hacer: Sus campos son: name, "));
  EXPECT_THAT(text, HasSubstr(", total_minor_units, "));
  EXPECT_THAT(text, Not(HasSubstr("title"))) << "what may be erased is not searched";
  EXPECT_THAT(text, Not(HasSubstr("parties"))) << "lists are not searched";
}

// What a refusal carries has a word, for where its sentence cannot be built.
TEST(PrintError, HasASpanishWordForEveryFigureOfARefusal) {
  for (const RefusalCase& row : RefusalCases()) {
    for (const std::string& key : std::vector<std::string>(absl::StrSplit(std::string(row.keys), ", ", absl::SkipEmpty()))) {
      EXPECT_NE(SpanishFigure(key), "") << v1::ErrorReason_Name(row.reason) << " " << key;
    }
  }
}

// Every case of every reason that the server gives has a sentence of its own, built from figures that it always has; the ledger's
// tests hold the server to these. A reason that stands for one thing may be told by its meaning.
TEST(PrintError, HasASpanishSentenceForEveryRefusalOfTheServer) {
  for (const RefusalCase& row : RefusalCases()) {
    const std::string reason = v1::ErrorReason_Name(row.reason);
    std::map<std::string, std::string> figures = {{"subject", "projects/p"}, {"currency_code", "MXN"}};
    if (!row.name.empty()) figures["case"] = row.name;
    const std::vector<std::string> keys = absl::StrSplit(std::string(row.keys), ", ", absl::SkipEmpty());
    for (const std::string& key : keys) figures.emplace(key, "1");
    const std::string text = SpanishText(reason, figures);
    EXPECT_THAT(text, Not(HasSubstr("English"))) << reason << " " << row.name;
    EXPECT_THAT(text, Not(HasSubstr("{"))) << reason << " " << row.name;
    if (row.name.empty() && SpanishPatternOf(reason, "") == std::nullopt) continue;  // Told by its meaning.
    EXPECT_THAT(text, Not(HasSubstr("Datos:"))) << reason << " " << row.name << ": its sentence takes figures it does not have";
  }
}

TEST(PrintError, NamesNoMessageOfTheInterface) {
  EXPECT_THAT(Print(BadFields({{"a", "is wrong"}, {"b", "is wrong"}}), false).err,
              HasSubstr("malformed or out of range; all are listed."));
}

TEST(PrintError, SaysInSpanishWhatIsWrongWithAField) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  auto& metadata = *info.mutable_metadata();
  metadata["field"] = "page_size";
  metadata["case"] = "RANGE";
  metadata["minimum"] = "0";
  metadata["maximum"] = "1000";
  metadata["violation_1_case"] = "REQUIRED";
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("page_size");
  bad_request.mutable_field_violations(0)->set_description("must be from 0 to 1000");
  bad_request.add_field_violations()->set_field("parent");
  bad_request.mutable_field_violations(1)->set_description("must be there");
  details.add_details()->PackFrom(bad_request);
  std::ostringstream out, err;
  PrintError(StatusFromGrpc(3, "page_size: must be from 0 to 1000", details.SerializeAsString()), {},
             {.out = out, .err = err, .words = Words(Language::kSpanish)});
  EXPECT_THAT(err.str(), HasSubstr("Error: page_size: debe ser de 0 a 1000 (y 1 más)\n"));
  EXPECT_THAT(err.str(), HasSubstr("parent: hace falta\n"));
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
  std::vector<std::string> sentences;
  const auto& reasons = *v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons.value_count(); ++i) {
    const ReasonText* text = TextOfReason(reasons.value(i)->name());
    if (text == nullptr) continue;
    sentences.insert(sentences.end(), {text->advice, text->advice_es});
  }
  for (const CaseAdvice& row : CaseAdvices()) {
    v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
    ASSERT_TRUE(v1::ErrorReason_Parse(std::string(row.reason), &reason)) << row.reason;
    EXPECT_NE(FindRefusalCase(reason, row.name), nullptr) << row.reason << " " << row.name;
    sentences.insert(sentences.end(), {row.advice, row.advice_es});
  }
  {
    for (const std::string& sentence : sentences) {
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
