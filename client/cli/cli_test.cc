#include "client/cli/cli.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/cli/apply.h"
#include "client/cli/errors.h"
#include "google/rpc/status.pb.h"
#include "oriundo/v1/audit_service.grpc.pb.h"
#include "oriundo/v1/directory_service.grpc.pb.h"
#include "oriundo/v1/ledger_service.grpc.pb.h"
#include "oriundo/v1/program_service.grpc.pb.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

grpc::Status Refuse(grpc::StatusCode code, const std::string& reason, const std::string& message) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("oriundo");
  details.add_details()->PackFrom(info);
  return {code, message, details.SerializeAsString()};
}

std::string CallerOf(const grpc::ServerContext& context) {
  std::string caller;
  for (const char* key : {"oriundo-organization", "oriundo-principal"}) {
    const auto found = context.client_metadata().find(key);
    if (found != context.client_metadata().end()) caller += "|" + std::string(found->second.data(), found->second.size());
  }
  return caller;
}

// A directory that keeps what it is told and honours request ids, as the server does.
class FakeDirectory : public v1::DirectoryService::Service {
 public:
  grpc::Status CreateOrganization(grpc::ServerContext* context, const v1::CreateOrganizationRequest* request,
                                  v1::Organization* response) override {
    callers.push_back(CallerOf(*context));
    const std::string name = "organizations/" + request->organization_id();
    if (results.contains(request->request_id())) {
      *response = results[request->request_id()];
      return grpc::Status::OK;
    }
    if (stored.contains(name)) return Refuse(grpc::StatusCode::ALREADY_EXISTS, "NAME_TAKEN", name + " exists");
    if (request->organization_id() == refused_id)
      return Refuse(grpc::StatusCode::FAILED_PRECONDITION, "ROLE_MISMATCH", "no place for " + refused_id);
    if (request->organization().country_code().empty())
      return Refuse(grpc::StatusCode::FAILED_PRECONDITION, "ROLE_MISMATCH", "no country");
    v1::Organization organization = request->organization();
    organization.set_name(name);
    organization.set_update_sequence(++sequence);
    *response = stored[name] = results[request->request_id()] = organization;
    return grpc::Status::OK;
  }
  grpc::Status RegisterOrganization(grpc::ServerContext*, const v1::RegisterOrganizationRequest* request,
                                    v1::Organization* response) override {
    if (!results.contains(request->request_id())) {
      v1::Organization& organization = stored[request->name()];
      *organization.mutable_registration() = request->registration();
      organization.set_update_sequence(++sequence);
      results[request->request_id()] = organization;
    }
    *response = results[request->request_id()];
    return grpc::Status::OK;
  }
  grpc::Status GetOrganization(grpc::ServerContext*, const v1::GetOrganizationRequest* request,
                               v1::Organization* response) override {
    if (!stored.contains(request->name()))
      return Refuse(grpc::StatusCode::NOT_FOUND, "ORGANIZATION_NOT_FOUND", "no " + request->name());
    *response = stored[request->name()];
    return grpc::Status::OK;
  }
  grpc::Status ListOrganizations(grpc::ServerContext*, const v1::ListOrganizationsRequest* request,
                                 v1::ListOrganizationsResponse* response) override {
    const int page = request->page_token().empty() ? 0 : std::stoi(request->page_token());
    response->add_organizations()->set_name("organizations/o" + std::to_string(page));
    if (page < 2) response->set_next_page_token(std::to_string(page + 1));
    return grpc::Status::OK;
  }

  std::map<std::string, v1::Organization> stored, results;
  std::vector<std::string> callers;
  // The id of an organisation that is never made.
  std::string refused_id;
  int64_t sequence = 0;
};

class FakePrograms : public v1::ProgramService::Service {
 public:
  grpc::Status GetProgram(grpc::ServerContext*, const v1::GetProgramRequest* request, v1::Program* response) override {
    response->set_name(request->name());
    response->set_currency_code("MXN");
    return grpc::Status::OK;
  }
  grpc::Status CreatePool(grpc::ServerContext*, const v1::CreatePoolRequest* request, v1::Pool* response) override {
    *response = request->pool();
    response->set_currency_code("MXN");
    return grpc::Status::OK;
  }
};

class FakeLedger : public v1::LedgerService::Service {
 public:
  grpc::Status DeclareContribution(grpc::ServerContext*, const v1::DeclareContributionRequest* request,
                                   v1::Contribution* response) override {
    declared.push_back(*request);
    *response = request->contribution();
    return grpc::Status::OK;
  }
  grpc::Status EvidenceContribution(grpc::ServerContext*, const v1::EvidenceContributionRequest* request,
                                    v1::Contribution*) override {
    evidenced.push_back(*request);
    return answer;
  }
  std::vector<v1::DeclareContributionRequest> declared;
  std::vector<v1::EvidenceContributionRequest> evidenced;
  grpc::Status answer = grpc::Status::OK;
};

class FakeAudit : public v1::AuditService::Service {
 public:
  grpc::Status TraceInflow(grpc::ServerContext*, const v1::TraceInflowRequest* request,
                           grpc::ServerWriter<v1::TrailRow>* writer) override {
    v1::TrailRow row;
    row.set_kind(v1::SPENT);
    row.set_inflow(request->name());
    row.mutable_amount()->set_currency_code("MXN");
    row.mutable_amount()->set_minor_units(250);
    writer->Write(row);
    writer->Write(row);
    return grpc::Status::OK;
  }
};

constexpr char kManifest[] = R"pb(
  items {
    act_as: "consulate/registrar"
    create_organization {
      organization_id: "club-a"
      organization { kind: CLUB country_code: "US" display_name: "A" }
    }
  }
  items {
    act_as: "consulate/registrar"
    register_organization {
      name: "organizations/club-a"
      registration { folio: "F1" valid_from: "2024-01-01" valid_to: "2027-01-01" }
    }
  }
)pb";

class CliTest : public testing::Test {
 protected:
  CliTest() {
    for (const char* name : {"ORIUNDO_ADDRESS", "ORIUNDO_ORGANIZATION", "ORIUNDO_PRINCIPAL", "LANG"}) unsetenv(name);
    // The secret for salts, as a user's own that stays from run to run.
    setenv("XDG_CONFIG_HOME", (testing::TempDir() + "/oriundo_cli_test").c_str(), 1);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&directory_);
    builder.RegisterService(&programs_);
    builder.RegisterService(&ledger_);
    builder.RegisterService(&audit_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  // Runs `oriundo --address ... arguments` and keeps what it printed.
  int Run(std::vector<std::string> arguments, const std::string& input = "", bool terminal = false) {
    arguments.insert(arguments.begin(), {"--address", address_});
    std::istringstream in(input);
    std::ostringstream out, err;
    const int exit_code = RunCli(arguments, {.in = in, .out = out, .err = err, .err_is_terminal = terminal});
    out_ = out.str();
    err_ = err.str();
    return exit_code;
  }

  std::string WriteFile(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  FakeDirectory directory_;
  FakePrograms programs_;
  FakeLedger ledger_;
  FakeAudit audit_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_, out_, err_;
};

TEST_F(CliTest, CarriesOutACommandForWhomItIsToldTo) {
  EXPECT_EQ(Run({"--as", "consulate/registrar", "organization", "create", "club-x", "--kind", "club", "--country-code", "US",
                 "--display-name", "Club X"}),
            0)
      << err_;
  EXPECT_THAT(directory_.callers, ElementsAre("|organizations/consulate|registrar"));
  EXPECT_THAT(out_, HasSubstr("name          organizations/club-x\n"));
  EXPECT_EQ(Run({"organization", "get", "club-x", "--json", "--as", "anybody"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["display_name"], "Club X");
}

TEST_F(CliTest, TakesTheActorFromTheEnvironment) {
  setenv("ORIUNDO_ORGANIZATION", "consulate", 1);
  setenv("ORIUNDO_PRINCIPAL", "registrar", 1);
  EXPECT_EQ(Run({"organization", "create", "club-x", "--country-code", "US"}), 0);
  EXPECT_THAT(directory_.callers, ElementsAre("|organizations/consulate|registrar"));
}

TEST_F(CliTest, EndsWithTheExitCodeOfTheOutcome) {
  EXPECT_EQ(Run({"organization", "get", "nobody"}), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("Error: no organizations/nobody\nReason: ORGANIZATION_NOT_FOUND"));
  EXPECT_EQ(Run({"organization", "get", "nobody", "--json"}), kExitRefused);
  EXPECT_EQ(nlohmann::json::parse(out_)["error"]["reason"], "ORGANIZATION_NOT_FOUND");
  EXPECT_EQ(Run({"organization", "fetch"}), kExitUsage);
  EXPECT_EQ(Run({"organization", "list", "--page-size", "many"}), kExitUsage);
  EXPECT_EQ(Run({"organization", "list", "--timeout", "-1"}), kExitUsage);
  EXPECT_EQ(Run({"organization", "get", "a", "b"}), kExitUsage);
  EXPECT_EQ(Run({"project", "get", "p"}), kExitInternal);  // The fake has no ProjectService.
  EXPECT_EQ(Run({"version"}), kExitOk);
  EXPECT_EQ(Run({"--help"}), kExitOk);
  server_->Shutdown();
  EXPECT_EQ(Run({"organization", "get", "nobody", "--timeout", "300ms"}), kExitUnavailable);
}

TEST_F(CliTest, MakesARequestIdAndKeepsAGivenOne) {
  const std::vector<std::string> declare = {"contribution", "declare", "tekax",      "d1",
                                            "--party",      "club",    "--declared", "1,413,734.00 MXN"};
  EXPECT_EQ(Run(declare), 0) << err_;
  std::vector<std::string> with_id = declare;
  with_id.insert(with_id.end(), {"--request-id", "11111111-1111-4111-8111-111111111111"});
  EXPECT_EQ(Run(with_id), 0);
  ASSERT_EQ(ledger_.declared.size(), 2u);
  EXPECT_EQ(ledger_.declared[0].request_id().size(), 36u);
  EXPECT_EQ(ledger_.declared[1].request_id(), "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(ledger_.declared[0].contribution().declared().minor_units(), 141373400);
}

TEST_F(CliTest, SendsTheSameEvidenceUnderTheSameRequestId) {
  const std::string file = WriteFile("receipt.pdf", "receipt 7");
  const std::vector<std::string> evidence = {"contribution", "evidence", "p/d1", "--evidence", "type=BANK_RECEIPT,file=" + file};
  std::vector<std::string> with_id = evidence;
  with_id.insert(with_id.end(), {"--request-id", "11111111-1111-4111-8111-111111111111"});
  ASSERT_EQ(Run(with_id), 0) << err_;
  ASSERT_EQ(Run(with_id), 0) << err_;
  ASSERT_EQ(Run(evidence), 0) << err_;
  ASSERT_EQ(ledger_.evidenced.size(), 3u);
  EXPECT_EQ(ledger_.evidenced[0].SerializeAsString(), ledger_.evidenced[1].SerializeAsString());
  EXPECT_NE(ledger_.evidenced[0].evidence().salted_sha256(), ledger_.evidenced[2].evidence().salted_sha256())
      << "another request, another salt";
  EXPECT_THAT(err_, testing::ContainsRegex("Document .*receipt.pdf: salt [0-9a-f]{64}\n"));
}

TEST_F(CliTest, TellsNoSaltOfWhatWasRefused) {
  const std::string file = WriteFile("receipt.pdf", "receipt 7");
  ledger_.answer = Refuse(grpc::StatusCode::FAILED_PRECONDITION, "WRONG_RESOURCE_STATE", "rejected already");
  EXPECT_EQ(Run({"contribution", "evidence", "p/d1", "--evidence", "type=BANK_RECEIPT,file=" + file}), kExitRefused);
  EXPECT_THAT(err_, Not(HasSubstr("salt")));
}

TEST_F(CliTest, TellsTheWholeCommandThatRepeatsALostWrite) {
  const std::string file = WriteFile("receipt.pdf", "receipt 7");
  ledger_.answer = {grpc::StatusCode::DEADLINE_EXCEEDED, "too slow"};
  EXPECT_EQ(Run({"contribution", "evidence", "p/d1", "--evidence", "type=BANK_RECEIPT,file=" + file}), kExitUnavailable);
  const std::size_t at = err_.find("  oriundo ");
  ASSERT_NE(at, std::string::npos) << err_;
  std::istringstream line(err_.substr(at + 10, err_.find('\n', at) - at - 10));
  std::vector<std::string> arguments;
  for (std::string word; line >> word;) arguments.push_back(word);
  arguments.erase(arguments.begin(), arguments.begin() + 2);  // Run names the server itself.
  // On another machine the secret is another one; the command brings its salt.
  setenv("XDG_CONFIG_HOME", (testing::TempDir() + "/oriundo_cli_test_elsewhere").c_str(), 1);
  ledger_.answer = grpc::Status::OK;
  EXPECT_EQ(Run(arguments), 0) << err_;
  ASSERT_EQ(ledger_.evidenced.size(), 2u);
  EXPECT_EQ(ledger_.evidenced[0].SerializeAsString(), ledger_.evidenced[1].SerializeAsString());
}

TEST_F(CliTest, SaysThatNothingWasSentWhereNoServerIs) {
  server_->Shutdown();
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--declared", "5.00 MXN", "--timeout", "300ms"}), kExitUnavailable);
  EXPECT_THAT(err_, HasSubstr("the server was not reached"));
  EXPECT_THAT(err_, Not(HasSubstr("may or may not")));
  EXPECT_EQ(Run({"apply", WriteFile("manifest.textproto", kManifest), "--timeout", "300ms"}), kExitUnavailable);
  EXPECT_THAT(err_, HasSubstr("then run the command again"));
  EXPECT_THAT(err_, Not(HasSubstr("--request-id")));
}

TEST_F(CliTest, NamesAnUnknownCommandAndItsNeighbours) {
  const std::map<std::string, std::string> expected = {
      {"frob", "unknown command `frob`. oriundo --help lists all commands."},
      {"projct", "unknown command `projct`. Did you mean project?"},
      {"declare", "unknown command `declare`. Did you mean contribution declare?"},
  };
  for (const auto& [typed, message] : expected) {
    EXPECT_EQ(Run({"--as", "club/me", typed, "list"}), kExitUsage);
    EXPECT_THAT(err_, HasSubstr("Error: " + message)) << typed;
  }
  EXPECT_EQ(Run({"project", "frob"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("unknown command `project frob`. project has: create, update"));
  EXPECT_EQ(Run({"project", "--json", "aprove", "p"}), kExitUsage);
  EXPECT_THAT(out_, HasSubstr("Did you mean project approve?"));
  EXPECT_EQ(Run({"project"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("project needs a verb: create, update"));
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_EQ(Run({"--lang", "es", "frob"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("orden desconocida `frob`"));
  EXPECT_EQ(Run({"project", "get", "p", "--frob"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("not expected here: --frob"));
}

TEST_F(CliTest, RefusesAnActorThatCanBeNone) {
  for (const char* actor : {"Club X/me", "club/", "/me", "club/Me", "club/a/b", "organizations/", "organizations/c/", "c@d/me"}) {
    EXPECT_EQ(Run({"--as", actor, "organization", "get", "o"}), kExitUsage) << actor;
    EXPECT_THAT(err_, HasSubstr("--as: \"")) << actor;
    EXPECT_THAT(err_, HasSubstr("Who asks is ORGANIZATION/PRINCIPAL")) << actor;
  }
  setenv("ORIUNDO_ORGANIZATION", "Club", 1);
  EXPECT_EQ(Run({"organization", "get", "o"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("ORIUNDO_ORGANIZATION: \"Club\" is no organisation"));
  EXPECT_TRUE(directory_.callers.empty());
}

TEST_F(CliTest, LaysFlagsOverARequestFromAFile) {
  const std::string json =
      R"({"parent": "projects/p", "contribution_id": "d1", "contribution": {"memo": "from file", "party": "organizations/a"}})";
  EXPECT_EQ(Run({"contribution", "declare", "--request", "-", "--party", "b"}, json), 0) << err_;
  EXPECT_EQ(ledger_.declared.at(0).contribution().memo(), "from file");
  EXPECT_EQ(ledger_.declared.at(0).contribution().party(), "organizations/b");
  EXPECT_EQ(Run({"contribution", "declare", "--request", WriteFile("body.textproto", "parent: 'projects/q'\n")}), 0) << err_;
  EXPECT_EQ(ledger_.declared.at(1).parent(), "projects/q");
  EXPECT_EQ(Run({"contribution", "declare", "--request", WriteFile("bad.textproto", "parent: 'projects/q'\nparant: 1\n")}),
            kExitUsage);
  EXPECT_THAT(err_, HasSubstr("bad.textproto:2:7"));
  EXPECT_EQ(Run({"contribution", "declare", "--request", "/no/such/file"}), kExitUsage);
}

TEST_F(CliTest, ReadsAllPagesOfAListWhereAsked) {
  EXPECT_EQ(Run({"organization", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("--page-token 1"));
  EXPECT_EQ(Run({"organization", "list", "--all", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["organizations"].size(), 3u);
  EXPECT_EQ(nlohmann::json::parse(out_)["next_page_token"], "");
}

TEST_F(CliTest, AsksForTheProgrammesCurrencyOfABudget) {
  EXPECT_EQ(Run({"pool", "create", "mx-3x1", "--funder", "sedesol", "--fiscal-year", "2014", "--budget", "250,000"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("budget         250,000.00 MXN"));
  EXPECT_EQ(Run({"pool", "create", "mx-3x1", "--budget", "250,000 USD"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("the currency here is MXN, not USD"));
}

TEST_F(CliTest, StreamsATrailAsTableOrLinesOfJson) {
  EXPECT_EQ(Run({"trail", "inflow", "p/contributions/d1"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("5.00 MXN"));
  EXPECT_EQ(Run({"trail", "inflow", "p/contributions/d1", "--json"}), 0);
  std::istringstream lines(out_);
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows)
    EXPECT_EQ(nlohmann::json::parse(line)["inflow"], "projects/p/contributions/d1");
  EXPECT_EQ(rows, 2);
}

TEST_F(CliTest, SpeaksSpanishWhereAsked) {
  EXPECT_EQ(Run({"organization", "get", "nobody", "--lang", "es"}), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("Motivo: ORGANIZATION_NOT_FOUND"));
}

TEST_F(CliTest, GivesRepeatedFlagsAndValuesThatLookOdd) {
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--memo", "[a, b]"}), 0) << err_;
  EXPECT_EQ(ledger_.declared.at(0).contribution().memo(), "[a, b]");
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--memo=--json is a flag"}), 0) << err_;
  EXPECT_EQ(ledger_.declared.at(1).contribution().memo(), "--json is a flag");
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--memo", "a", "--memo", "b"}), kExitUsage);
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--declared=-5.00 MXN"}), 0) << err_;
  EXPECT_EQ(ledger_.declared.at(2).contribution().declared().minor_units(), -500);
}

TEST_F(CliTest, AppliesAManifestOnceHoweverOftenItIsRun) {
  const std::string file = WriteFile("manifest.textproto", kManifest);
  EXPECT_EQ(Run({"apply", file, "--dry-run"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("would be applied: organization club-a"));
  EXPECT_TRUE(directory_.stored.empty());

  EXPECT_EQ(Run({"apply", file}), 0) << err_;
  EXPECT_EQ(out_,
            "applied: organization club-a\napplied: registration club-a\n2 applied, 0 already there, 0 refused, 0 not tried\n");
  EXPECT_THAT(directory_.callers, ElementsAre("|organizations/consulate|registrar"));
  const int64_t sequence = directory_.sequence;

  EXPECT_EQ(Run({"apply", file}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0 applied, 2 already there, 0 refused"));
  EXPECT_EQ(directory_.sequence, sequence);
}

TEST_F(CliTest, DoesNotUndoALaterRenewal) {
  const std::string file = WriteFile("manifest.textproto", kManifest);
  EXPECT_EQ(Run({"apply", file}), 0);
  EXPECT_EQ(
      Run({"organization", "register", "club-a", "--folio", "F2", "--valid-from", "2027-01-01", "--valid-to", "2029-01-01"}), 0);
  EXPECT_EQ(Run({"apply", file}), 0);
  EXPECT_THAT(out_, HasSubstr("already there: registration club-a (differs in folio, valid_from, valid_to)"));
  EXPECT_EQ(directory_.stored["organizations/club-a"].registration().folio(), "F2");
}

TEST_F(CliTest, StopsAtARefusedItemUnlessToldToKeepGoing) {
  const std::string file =
      WriteFile("bad.textproto",
                "items { create_organization { organization_id: 'x' organization { kind: CLUB } } }" + std::string(kManifest));
  EXPECT_EQ(Run({"apply", file}), kExitRefused);
  EXPECT_THAT(out_, HasSubstr("0 applied, 0 already there, 1 refused, 2 not tried"));
  EXPECT_THAT(err_, HasSubstr("Reason: ROLE_MISMATCH"));
  EXPECT_EQ(Run({"apply", file, "--keep-going", "--json"}), kExitRefused);
  const auto report = nlohmann::json::parse(out_);
  EXPECT_EQ(report["applied"], 2);
  EXPECT_EQ(report["items"][0]["reason"], "ROLE_MISMATCH");
}

TEST_F(CliTest, RefusesANameTakenByOtherContents) {
  EXPECT_EQ(Run({"organization", "create", "club-a", "--kind", "FEDERATION", "--country-code", "US"}), 0);
  EXPECT_EQ(Run({"apply", WriteFile("manifest.textproto", kManifest)}), kExitRefused);
  EXPECT_THAT(out_, HasSubstr("refused: organization club-a (differs in kind)"));
}

TEST_F(CliTest, SendsNothingWhereAManifestDoesNotParse) {
  EXPECT_EQ(Run({"apply", WriteFile("a.textproto", kManifest), WriteFile("b.textproto", "items { create_club {} }")}),
            kExitUsage);
  EXPECT_THAT(err_, HasSubstr("b.textproto:1:"));
  EXPECT_EQ(Run({"apply", WriteFile("c.textproto", "items {}")}), kExitUsage);
  EXPECT_TRUE(directory_.callers.empty());
}

constexpr char kClubMapping[] = R"pb(
  source: "a list"
  currency_code: "MXN"
  rows {
    organizations { act_as: "consulate/registrar" id: "{id}" kind: CLUB display_name: "{name}" country_code: "{country}" }
  }
)pb";

// `oriundo import` of clubs, one call at a time, as the fake directory wants it.
std::vector<std::string> ImportClubs(const std::string& mapping, const std::string& file) {
  return {"import", "--in-flight", "1", "--mapping", mapping, file};
}

TEST_F(CliTest, ImportsOrganizationsOnceHoweverOftenItIsRun) {
  const std::string mapping = WriteFile("clubs.textproto", kClubMapping);
  const std::string file = WriteFile("clubs.csv", "id,name,country\nclub-a,Club A,US\nclub-b,Club B,US\n");
  EXPECT_EQ(Run(ImportClubs(mapping, file)), 0) << err_;
  EXPECT_THAT(directory_.callers, ElementsAre("|organizations/consulate|registrar", "|organizations/consulate|registrar"));
  EXPECT_THAT(err_, HasSubstr("2 of 2\n"));
  EXPECT_THAT(err_, Not(HasSubstr("\x1b")));
  EXPECT_EQ(Run(ImportClubs(mapping, file)), 0);
  EXPECT_EQ(directory_.callers.size(), 2u);
  EXPECT_THAT(out_, testing::ContainsRegex("\norganisations +0 +2 +0 +0\n"));
  // From standard input as well.
  EXPECT_EQ(Run(ImportClubs(mapping, "-"), "id,name,country\nclub-c,Club C,US\n"), 0);
  EXPECT_EQ(directory_.callers.size(), 3u);
}

TEST_F(CliTest, ShowsABarOfAnImportOnATerminal) {
  const std::string mapping = WriteFile("clubs.textproto", kClubMapping);
  const std::string file = WriteFile("clubs.csv", "id,name,country\nclub-a,Club A,US\n");
  EXPECT_EQ(Run(ImportClubs(mapping, file), "", true), 0);
  EXPECT_THAT(err_, HasSubstr("\r\x1b[K[##############################] 1/1 organizations/club-a"));
  EXPECT_TRUE(err_.ends_with("\r\x1b[K")) << err_;
}

TEST_F(CliTest, GoesOnAfterARefusedRowOfAnImportOnlyWhereAsked) {
  const std::string mapping = WriteFile("clubs.textproto", kClubMapping);
  const std::string taken = WriteFile("taken.csv", "id,name,country\nclub-a,Club A,US\nclub-b,Club B,US\n");
  directory_.refused_id = "club-a";
  EXPECT_EQ(Run(ImportClubs(mapping, taken)), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("taken.csv:2, organizations/club-a: no place for club-a (ROLE_MISMATCH)"));
  EXPECT_THAT(directory_.stored, testing::IsEmpty());
  std::vector<std::string> going_on = ImportClubs(mapping, taken);
  going_on.insert(going_on.end(), {"--on-error", "continue", "--json"});
  EXPECT_EQ(Run(going_on), kExitRefused);
  EXPECT_THAT(directory_.stored, testing::SizeIs(1));
  EXPECT_EQ(nlohmann::json::parse(out_)["organizations"]["refused"], 1);
  directory_.refused_id = "";
  EXPECT_EQ(Run(ImportClubs(mapping, taken)), 0);
}

TEST_F(CliTest, EndsAnImportWithoutAServerWhateverWasAsked) {
  const std::string mapping = WriteFile("clubs.textproto", kClubMapping);
  const std::string file = WriteFile("clubs.csv", "id,name,country\nclub-a,Club A,US\nclub-b,Club B,US\n");
  server_->Shutdown();
  std::vector<std::string> going_on = ImportClubs(mapping, file);
  going_on.insert(going_on.end(), {"--on-error", "continue", "--json", "--timeout", "300ms"});
  EXPECT_EQ(Run(going_on), kExitUnavailable);
  EXPECT_EQ(nlohmann::json::parse(out_)["organizations"]["not_tried"], 1);
}

TEST_F(CliTest, RefusesMappingAndFileBothFromStandardInput) {
  EXPECT_EQ(Run(ImportClubs("-", "-"), kClubMapping), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("only one of mapping and file"));
}

TEST(RequestIdOf, FollowsFromContentsAlone) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id("club-a");
  const std::string id = RequestIdOf(request);
  EXPECT_EQ(id, "0dcc810e-0fef-4138-b768-bbc659587bd3") << "golden: files applied years ago must keep their ids";
  EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  request.set_request_id("anything");
  EXPECT_EQ(RequestIdOf(request), id);
  request.mutable_organization()->set_country_code("US");
  EXPECT_NE(RequestIdOf(request), id);
}

TEST(Differences, LeaveOutWhatTheServerFillsAndWhatWasErased) {
  v1::Organization wanted, present;
  wanted.set_display_name("A");
  wanted.set_kind(v1::CLUB);
  wanted.set_create_sequence(7);
  present.set_kind(v1::CLUB);
  present.mutable_registration()->set_folio("F");
  EXPECT_THAT(Differences(wanted, present), ElementsAre());
  present.set_display_name("B");
  present.set_kind(v1::FEDERATION);
  EXPECT_THAT(Differences(wanted, present), ElementsAre("kind", "display_name"));
  v1::RuleVersion rule, other;
  rule.add_roles()->add_cumulative_bps(5000);
  other.add_roles()->add_cumulative_bps(6000);
  EXPECT_THAT(Differences(rule, other), ElementsAre("roles[0].cumulative_bps"));
}

TEST_F(CliTest, CompletesEveryCommandFlagAndValue) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(Run({"completion", shell}), 0);
    for (const char* word : {"contribution", "declare", "bank-value-date", "MIRROR_CLUB", "completion", "dry-run"}) {
      EXPECT_THAT(out_, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(Run({"completion", "tcsh"}), kExitUsage);
}

// Sources the script in a real bash and asks it what follows.
std::string BashCompletes(const std::string& script, const std::string& words) {
  const std::string path = testing::TempDir() + "/completion.bash";
  std::ofstream(path) << script << "\nCOMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_oriundo\necho \"${COMPREPLY[*]}\"\n";
  std::string answer;
  FILE* pipe = popen(("bash " + path).c_str(), "r");
  char buffer[4096];
  while (pipe != nullptr && fgets(buffer, sizeof(buffer), pipe) != nullptr) answer += buffer;
  if (pipe != nullptr) pclose(pipe);
  return answer;
}

TEST_F(CliTest, CompletesInBash) {
  ASSERT_EQ(Run({"completion", "bash"}), 0);
  const std::string script = out_;
  EXPECT_EQ(BashCompletes(script, "oriundo contr"), "contribution\n");
  EXPECT_EQ(BashCompletes(script, "oriundo --json --as a/b contribution dec"), "declare\n");
  EXPECT_EQ(BashCompletes(script, "oriundo contribution declare p --decl"), "--declared\n");
  EXPECT_EQ(BashCompletes(script, "oriundo organization create x --kind MI"), "MIRROR_CLUB\n");
  EXPECT_EQ(BashCompletes(script, "oriundo organization create x --lang e"), "en es\n");
  EXPECT_EQ(BashCompletes(script, "oriundo completion f"), "fish\n");
}

}  // namespace
}  // namespace oriundo
