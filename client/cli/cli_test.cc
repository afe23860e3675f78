#include "client/cli/cli.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>

#include <cstdlib>
#include <filesystem>
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
  grpc::Status ListPools(grpc::ServerContext*, const v1::ListPoolsRequest* request, v1::ListPoolsResponse* response) override {
    pools_at.push_back(request->known_at().sequence());
    for (const int year : {2014, 2015}) {
      v1::Pool& pool = *response->add_pools();
      pool.set_name(request->parent() + "/pools/town-" + std::to_string(year));
      pool.set_funder("organizations/town");
      pool.set_fiscal_year(year);
      pool.set_currency_code("MXN");
      pool.set_budget_minor_units(100'000'000);
      pool.set_released_minor_units(40'000'000);
      pool.set_free_minor_units(60'000'000);
    }
    return grpc::Status::OK;
  }
  grpc::Status CreatePool(grpc::ServerContext*, const v1::CreatePoolRequest* request, v1::Pool* response) override {
    *response = request->pool();
    response->set_currency_code("MXN");
    return grpc::Status::OK;
  }
  std::vector<int64_t> pools_at;
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
  grpc::Status GetProjectStatement(grpc::ServerContext*, const v1::GetProjectStatementRequest* request,
                                   v1::ProjectStatement* response) override {
    statements.push_back(request->name());
    response->mutable_project()->set_name(request->name());
    response->mutable_project()->set_state(project_state);
    response->set_currency_code("MXN");
    response->set_box_minor_units(123'456'789);
    response->set_sequence(42);
    return grpc::Status::OK;
  }
  // One line a page.
  grpc::Status ListStatementLines(grpc::ServerContext*, const v1::ListStatementLinesRequest* request,
                                  v1::ListStatementLinesResponse* response) override {
    asked.push_back(*request);
    const int page = request->page_token().empty() ? 0 : std::stoi(request->page_token());
    if (page < static_cast<int>(lines.size())) *response->add_lines() = lines[static_cast<std::size_t>(page)];
    if (page + 1 < static_cast<int>(lines.size())) response->set_next_page_token(std::to_string(page + 1));
    response->set_sequence(42);
    response->mutable_commit_time()->set_seconds(1'410'350'405);
    response->set_age_date(request->age_date());
    return grpc::Status::OK;
  }
  v1::Project::State project_state = v1::Project::EXECUTING;
  std::vector<std::string> statements;
  std::vector<v1::StatementLine> lines;
  std::vector<v1::ListStatementLinesRequest> asked;
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

  // The journal of p1: cancelled, then a refund. Only an entry asked for by itself has its text.
  grpc::Status ListEntries(grpc::ServerContext*, const v1::ListEntriesRequest* request,
                           v1::ListEntriesResponse* response) override {
    listed.push_back(*request);
    v1::Entry& cancelled = *response->add_entries();
    cancelled.set_sequence(7);
    cancelled.set_project("projects/p1");
    cancelled.mutable_project_cancelled();
    response->add_entries()->mutable_refund_paid();
    return grpc::Status::OK;
  }

  grpc::Status GetEntry(grpc::ServerContext*, const v1::GetEntryRequest* request, v1::Entry* response) override {
    response->set_sequence(request->sequence());
    response->set_organization("organizations/sezami");
    response->set_effective_date("2014-09-10");
    response->mutable_project_cancelled()->mutable_reason()->set_text("The land was sold.");
    return grpc::Status::OK;
  }

  std::vector<v1::ListEntriesRequest> listed;
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
  EXPECT_THAT(out_, testing::ContainsRegex("name +organizations/club-x\n"));
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
  const std::string version = out_;
  EXPECT_THAT(version, testing::StartsWith("oriundo 0."));
  EXPECT_EQ(Run({"--version"}), kExitOk);
  EXPECT_EQ(out_, version);
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
      {"declare", "unknown command `declare`. Did you mean contribution declare, in-kind declare?"},
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
  EXPECT_THAT(err_, HasSubstr("Error: project get has no --frob. Its flags are: --known-at, --request\n"));
  EXPECT_EQ(Run({"contribution", "verify", "p/c", "--value-date", "2014-09-10", "--credited", "5", "a", "word"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: contribution verify has no --value-date. Did you mean --bank-value-date? Its flags are: "
                              "--request-id, "));
  EXPECT_THAT(err_, HasSubstr(". Not expected here: a word\n"));
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--memo", "first", "of", "two"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("not expected here: of two. A value of several words stands in quotes."));
}

// A flag that resembles none is answered with those that there are; one letter apart is near, another word is not.
TEST_F(CliTest, NamesTheFlagsOfACommandThatHasNoSuchOne) {
  EXPECT_EQ(Run({"pool", "increase", "mx-3x1/town-2026", "--by", "100,000"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: pool increase has no --by. Its flags are: "));
  EXPECT_THAT(err_, HasSubstr("--increase"));
  EXPECT_THAT(err_, Not(HasSubstr("quotes")));
  EXPECT_THAT(err_, Not(HasSubstr("Did you mean")));
  EXPECT_EQ(Run({"pool", "increase", "mx-3x1/town-2026", "--incrase", "5"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Did you mean --increase?"));
  EXPECT_EQ(Run({"expenditure", "record", "p", "e", "--account", "123456"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("expenditure record has no --account. Its flags are: "));
  EXPECT_EQ(Run({"--lang", "es", "project", "get", "p", "--frob"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: project get no tiene --frob. Sus opciones son: --known-at, --request\n"));
}

TEST_F(CliTest, SaysHowANameInTwoPartsIsWritten) {
  EXPECT_EQ(Run({"contribution", "verify", "w1", "d1"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: not expected here: d1. Write the name as one: w1/d1\n"));
  EXPECT_EQ(Run({"--lang", "es", "contribution", "verify", "w1", "d1"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: no se espera aquí: d1. Escriba el nombre junto: w1/d1\n"));
  EXPECT_EQ(Run({"project", "get", "w1", "d1"}), kExitUsage);
  EXPECT_THAT(err_, Not(HasSubstr("w1/d1"))) << "a project's name has one part";
  EXPECT_EQ(Run({"bank", "withdraw", "b1", "--reason", "x"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: NAME: \"b1\" is one part of the name, project or statement; write both: b1/{statement} or "
                              "{project}/b1\n"));
  EXPECT_EQ(Run({"--lang", "es", "bank", "withdraw", "b1", "--reason", "x"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("NAME: \"b1\" es una sola parte del nombre, proyecto o estado de cuenta; escriba ambas: "
                              "b1/{estado de cuenta} o {proyecto}/b1\n"));
}

TEST_F(CliTest, SaysInItsOwnWordsWhyAFileCannotBeRead) {
  EXPECT_EQ(Run({"apply", "/no/such/file"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: /no/such/file: cannot be read: there is no such file\n"));
  EXPECT_EQ(Run({"--lang", "es", "apply", "/no/such/file"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("Error: /no/such/file: no se puede leer: no existe ese archivo\n"));
  const std::string mapping = WriteFile("bank.textproto", "source: 'a bank'\ndate_column: 'day'\n");
  EXPECT_EQ(Run({"--lang", "es", "apply", mapping}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("bank.textproto:1:7: Manifest no tiene el campo source; sus campos son: items (en inglés: "));
  EXPECT_THAT(err_, HasSubstr("source es un campo de BankStatementMapping: ¿es el archivo correcto?"));
  const std::string kind = WriteFile("kind.textproto", "items { create_organization { organization { kind: CLUBB } } }\n");
  EXPECT_EQ(Run({"apply", kind}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("kind takes no CLUBB; it takes CLUB, MIRROR_CLUB, "));
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
  EXPECT_THAT(err_, HasSubstr("bad.textproto:2:7: DeclareContributionRequest has no field parant; its fields are: request_id, "
                              "parent, "));
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

v1::StatementLine StatementLine(const std::string& project, const std::string& role, v1::OrganizationKind kind,
                                const std::string& organization, int64_t due, int64_t confirmed) {
  v1::StatementLine line;
  line.set_project("projects/" + project);
  line.set_title("Works of " + project);
  line.set_program("programs/mx-3x1");
  line.set_fiscal_year(2014);
  line.set_locality_code("31-096");
  line.set_project_state(v1::Project::EXECUTING);
  line.set_project_total_minor_units(200'000'000);
  line.set_role(role);
  line.set_organization("organizations/" + organization);
  line.set_display_name("The " + organization);
  line.set_organization_kind(kind);
  line.set_club_money(kind == v1::CLUB);
  line.set_currency_code("MXN");
  line.set_due_minor_units(due);
  line.set_confirmed_minor_units(confirmed);
  line.set_gap_minor_units(due - confirmed);
  return line;
}

// A town and a club in two projects: the club is late in the first, and the town waits for it.
std::vector<v1::StatementLine> TwoProjects() {
  std::vector<v1::StatementLine> lines = {
      StatementLine("p1", "municipality", v1::MUNICIPAL_GOVERNMENT, "town", 100'000'000, 40'000'000),
      StatementLine("p1", "club", v1::CLUB, "club-a", 100'000'000, 40'000'050),
      StatementLine("p2", "municipality", v1::MUNICIPAL_GOVERNMENT, "town", 100'000'000, 100'000'000),
      StatementLine("p2", "club", v1::CLUB, "club-a", 100'000'000, 100'000'000),
  };
  for (const int late : {0, 1}) {
    v1::StatementLine& line = lines[static_cast<std::size_t>(late)];
    line.set_late_minor_units(line.gap_minor_units());
    if (late == 1) line.set_own_late_minor_units(line.gap_minor_units());
    line.add_late_by("organizations/club-a");
    line.set_late_since("2014-08-29");
    line.set_late_days(12);
    line.set_spent_minor_units(30'000'000);
  }
  lines[1].set_declared_minor_units(5'000'000);
  lines[2].set_project_state(v1::Project::CLOSED);
  lines[3].set_project_state(v1::Project::CLOSED);
  return lines;
}

TEST_F(CliTest, PrintsTheStatementOfAProgrammeInEnglish) {
  ledger_.lines = TwoProjects();
  EXPECT_EQ(Run({"statement", "program", "mx-3x1", "--fiscal-year", "2014", "--age-date", "2014-09-10"}), 0) << err_;
  EXPECT_THAT(out_, testing::StartsWith(
                        R"(Statement of programme mx-3x1
Fiscal year: 2014
Amounts in: MXN
As of: entry 42, Sep 10, 2014, 12:00:05 UTC

Totals
role          projects           due            in         out           gap  late itself       waits  over-match
municipality         2  2,000,000.00  1,400,000.00  300,000.00    600,000.00         0.00  600,000.00        0.00
club                 2  2,000,000.00  1,400,000.50  300,000.00    599,999.50   599,999.50        0.00        0.00
-----------------------------------------------------------------------------------------------------------------
total                2  4,000,000.00  2,800,000.50  600,000.00  1,199,999.50   599,999.50  600,000.00        0.00

Late by whom
organisation  name        lines that wait  oldest since  days
club-a        The club-a                2  Aug 29, 2014    12

Pools
pool              currency        budget  committed    released        free
mx-3x1/town-2014  MXN       1,000,000.00       0.00  400,000.00  600,000.00

Lines
party            due            in         out         gap  days  late by
p1: Works of p1 | executing | 31-096 | budget 2,000,000.00
town    1,000,000.00    400,000.00  300,000.00  600,000.00    12  club-a
club-a  1,000,000.00    400,000.50  300,000.00  599,999.50    12  club-a
p2: Works of p2 | closed | 31-096 | budget 2,000,000.00
town    1,000,000.00  1,000,000.00        0.00        0.00
club-a  1,000,000.00  1,000,000.00        0.00        0.00

Notes
- In: what counts.)"))
      << out_;
  EXPECT_THAT(out_, HasSubstr("- Delays are counted to Sep 10, 2014: what is late only since a later day is not late here.\n"));
  EXPECT_THAT(out_, HasSubstr("- A pool promises and releases what is paid out of its year's budget, to projects of earlier years as well"));
  EXPECT_THAT(out_, HasSubstr("- 50,000.00 MXN are declared and wait for a verifier; they do not count yet.\n"));
  EXPECT_EQ(ledger_.asked.front().subject(), "programs/mx-3x1");
  EXPECT_EQ(ledger_.asked.front().fiscal_year(), 2014);
  EXPECT_EQ(ledger_.asked.size(), 4u) << "all pages";
  EXPECT_THAT(programs_.pools_at, ElementsAre(42)) << "pools at the sequence of the lines";
}

TEST_F(CliTest, PrintsTheStatementOfAClubInSpanish) {
  ledger_.lines = {TwoProjects()[1], TwoProjects()[3]};
  directory_.stored["organizations/club-a"].set_name("organizations/club-a");
  directory_.stored["organizations/club-a"].set_kind(v1::CLUB);
  directory_.stored["organizations/club-a"].set_display_name("Club A");
  EXPECT_EQ(Run({"--lang", "es", "statement", "club", "club-a", "--age-date", "2014-09-10"}), 0) << err_;
  EXPECT_THAT(out_, testing::StartsWith(
                        R"(Estado de cuenta del club Club A (club-a)
Importes en: MXN
Al: asiento 42, 10 sept 2014, 12:00:05 UTC

Totales
papel  proyectos       le toca         entró       salió    faltante  demora propia  espera  excedente
club           2  2,000,000.00  1,400,000.50  300,000.00  599,999.50     599,999.50    0.00       0.00
------------------------------------------------------------------------------------------------------
total          2  2,000,000.00  1,400,000.50  300,000.00  599,999.50     599,999.50    0.00       0.00

De quién es la demora
organización  nombre      renglones que esperan  la más antigua desde  días
club-a        The club-a                      1  29 ago 2014             12

Renglones
proyecto   presupuesto       le toca         entró       salió    faltante  días  demora de
p1        2,000,000.00  1,000,000.00    400,000.50  300,000.00  599,999.50    12  club-a
p2        2,000,000.00  1,000,000.00  1,000,000.00        0.00        0.00

Notas
- Entró: lo que cuenta.)"))
      << out_;
  for (const char* english : {"State", "Totals", " due", "late", "gap", "declared", "Nobody"}) {
    EXPECT_THAT(out_, Not(HasSubstr(english)));
  }
}

// Payer and club are both late, and the club's own line is not of this statement.
TEST_F(CliTest, SaysSinceWhenWaitsWhatIsLateByOthersToo) {
  ledger_.lines = {TwoProjects()[0]};
  ledger_.lines[0].clear_late_by();
  ledger_.lines[0].add_late_by("organizations/town");
  ledger_.lines[0].add_late_by("organizations/club-a");
  ledger_.lines[0].set_own_late_minor_units(100);
  for (const char* id : {"town", "club-a"}) {
    v1::Organization& organization = directory_.stored[std::string("organizations/") + id];
    organization.set_name(std::string("organizations/") + id);
    organization.set_kind(v1::MUNICIPAL_GOVERNMENT);
  }
  EXPECT_EQ(Run({"statement", "municipality", "town", "--age-date", "2014-09-10"}), 0) << err_;
  EXPECT_THAT(out_, testing::ContainsRegex("\nclub-a +1  Aug 29, 2014 +12\n"));
  EXPECT_THAT(out_, testing::ContainsRegex("\ntown +(The town +)?1  Aug 29, 2014 +12\n"));
}

// Of what came to nothing nobody owes what is missing.
TEST_F(CliTest, ShowsNoGapOfACancelledProject) {
  ledger_.lines = {StatementLine("p1", "club", v1::CLUB, "club-a", 100'000'000, 40'000'050)};
  directory_.stored["organizations/club-a"].set_name("organizations/club-a");
  directory_.stored["organizations/club-a"].set_kind(v1::CLUB);
  EXPECT_EQ(Run({"statement", "club", "club-a"}), 0) << err_;
  EXPECT_THAT(out_, testing::ContainsRegex("\np1 .* 400,000\\.50 +0\\.00 +599,999\\.50\n"));
  ledger_.lines[0].set_project_state(v1::Project::CANCELLED);
  EXPECT_EQ(Run({"statement", "club", "club-a"}), 0) << err_;
  EXPECT_THAT(out_, testing::ContainsRegex("\np1 .* 400,000\\.50 +0\\.00\n"));
}

TEST_F(CliTest, ShowsWhatWasGivenInKindAndSavedAndWhatGoesBackAtTheYearsEnd) {
  ledger_.lines = TwoProjects();
  ledger_.lines[0].set_equalised_minor_units(-500);
  ledger_.lines[0].set_year_end_returned_minor_units(1'500'000);
  ledger_.lines[1].set_in_kind_minor_units(2'000'000);
  ledger_.lines[1].set_in_kind_counted_minor_units(1'500'000);
  ledger_.lines[2].set_savings_minor_units(300);
  ledger_.lines[2].set_year_end_return_minor_units(3'250'000);
  ledger_.lines[2].set_year_end_return_due_date("2014-01-15");
  ledger_.lines[2].set_year_end_return_late_days(4);
  EXPECT_EQ(Run({"statement", "year", "2014", "--age-date", "2014-09-10"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("In kind, savings, what goes back at the year's end and what funders stood in for\n"
                              "project  party   given in kind  of that counted  saved  to return  by            days late  equalised  went back\n"
                              "p1       town                                                                                   -5.00  15,000.00\n"
                              "p1       club-a      20,000.00        15,000.00\n"
                              "p2       town                                     3.00  32,500.00  Jan 15, 2014          4\n"));
  EXPECT_EQ(Run({"statement", "year", "2014", "--format", "csv"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(",0,0.00,0,0.00,300,3.00,3250000,32500.00,2014-01-15,4,0,0.00,0,0.00\n"));
}

TEST_F(CliTest, ShowsAMunicipalityThatIsAheadOfALateClub) {
  ledger_.lines = TwoProjects();
  EXPECT_EQ(Run({"statement", "year", "2014"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("A municipality ahead"))) << "half a peso less than the club";
  ledger_.lines[0].set_confirmed_minor_units(40'000'051);
  EXPECT_EQ(Run({"statement", "year", "2014"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("A municipality ahead of its club\n"
                              "project  municipality          in  share of what is in  agreed share  club misses\n"
                              "p1       town          400,000.51              50.00 %       50.00 %   599,999.50\n"));
}

TEST_F(CliTest, WritesNumbersAsTheCountryOfTheReaderDoes) {
  ledger_.lines = TwoProjects();
  EXPECT_EQ(Run({"statement", "year", "2014", "--country", "es-ES", "--age-date", "2014-09-10"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("Estado de cuenta del ejercicio 2014"));
  EXPECT_THAT(out_, HasSubstr("1.199.999,50"));
  EXPECT_EQ(ledger_.asked.front().subject(), "");
  EXPECT_EQ(Run({"statement", "year", "2014", "--country", "es-ES", "--lang", "en"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("Statement of fiscal year 2014")) << "--lang wins";
  EXPECT_THAT(out_, HasSubstr("1.199.999,50"));
}

TEST_F(CliTest, GivesAStatementToScripts) {
  ledger_.lines = TwoProjects();
  ledger_.lines[0].set_title("=HYPERLINK(\"x\"), and more");
  EXPECT_EQ(Run({"statement", "project", "p1", "--format", "csv", "--known-at", "42", "--lang", "es"}), 0) << err_;
  std::istringstream lines(out_);
  std::string header, first;
  std::getline(lines, header);
  std::getline(lines, first);
  EXPECT_EQ(header,
            "project,title,program,fiscal_year,locality_code,project_state,role,organization,display_name,organization_kind,"
            "currency_code,project_total_minor_units,project_total,due_minor_units,due,pledged_minor_units,pledged,"
            "declared_minor_units,declared,verified_minor_units,verified,committed_minor_units,committed,proposed_minor_units,"
            "proposed,released_minor_units,released,received_minor_units,received,confirmed_minor_units,confirmed,"
            "spent_minor_units,spent,refunded_minor_units,refunded,left_minor_units,left,over_match_minor_units,over_match,"
            "gap_minor_units,gap,late_minor_units,late,own_late_minor_units,own_late,waiting_minor_units,waiting,held_minor_units,held,"
            "complies,late_by,late_since,late_days,age_date,sequence,held_by,held_since,effective_through,"
            "in_kind_minor_units,in_kind,"
            "in_kind_counted_minor_units,in_kind_counted,savings_minor_units,savings,year_end_return_minor_units,year_end_return,"
            "year_end_return_due_date,year_end_return_late_days,equalised_minor_units,equalised,year_end_returned_minor_units,"
            "year_end_returned");
  EXPECT_EQ(
      first,
      "p1,\"'=HYPERLINK(\"\"x\"\"), and more\",mx-3x1,2014,31-096,EXECUTING,municipality,town,The town,MUNICIPAL_GOVERNMENT,"
      "MXN,200000000,2000000.00,100000000,1000000.00,0,0.00,0,0.00,0,0.00,0,0.00,0,0.00,0,0.00,0,0.00,40000000,400000.00,"
      "30000000,300000.00,0,0.00,0,0.00,0,0.00,60000000,600000.00,60000000,600000.00,0,0.00,60000000,"
      "600000.00,0,0.00,false,club-a,"
      "2014-08-29,12,,42,,,,0,0.00,0,0.00,0,0.00,0,0.00,,,0,0.00,0,0.00");
  EXPECT_EQ(ledger_.asked.front().subject(), "projects/p1");
  EXPECT_EQ(ledger_.asked.front().known_at().sequence(), 42);
  EXPECT_EQ(ledger_.asked.front().age_date(), "") << "the day of the entry";

  for (const std::vector<std::string>& json : {std::vector<std::string>{"--json", "statement", "year", "2014"},
                                               std::vector<std::string>{"statement", "year", "2014", "--format", "json"}}) {
    EXPECT_EQ(Run(json), 0) << err_;
    const auto page = nlohmann::json::parse(out_);
    EXPECT_EQ(page["lines"].size(), 4u);
    EXPECT_EQ(page["lines"][1]["gap_minor_units"], "59999950");
    EXPECT_EQ(page["lines"][1]["late_by"][0], "organizations/club-a");
    EXPECT_EQ(page["next_page_token"], "");
  }
}

TEST_F(CliTest, WritesAPageThatEscapesHostileNames) {
  ledger_.lines = TwoProjects();
  ledger_.lines[0].set_title("<script>alert(1)</script>");
  ledger_.lines[1].set_display_name("\"><img src=x onerror=alert(1)>");
  const std::string file = testing::TempDir() + "/statement.html";
  EXPECT_EQ(Run({"--lang", "es", "statement", "year", "2014", "--format", "html", "--output", file}), 0) << err_;
  EXPECT_EQ(out_, "");
  std::stringstream page;
  page << std::ifstream(file).rdbuf();
  EXPECT_THAT(page.str(), testing::StartsWith("<!DOCTYPE html>\n<html lang=\"es\">"));
  EXPECT_THAT(page.str(), Not(HasSubstr("<script")));
  EXPECT_THAT(page.str(), Not(HasSubstr("<img")));
  EXPECT_THAT(page.str(), HasSubstr("p1: &lt;script&gt;alert(1)&lt;/script&gt; | en ejecución"));
  EXPECT_THAT(page.str(), HasSubstr("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"));
  EXPECT_THAT(page.str(), HasSubstr("<td class=\"n\" data-label=\"faltante\">599,999.50</td>"));
  EXPECT_EQ(Run({"--lang", "es", "statement", "year", "2014", "--output", "/no/such/folder/x"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--output: no se puede escribir /no/such/folder/x"));
}

TEST_F(CliTest, SaysInSpanishWhatIsWrongWithAReport) {
  for (const auto& [id, kind] :
       {std::pair("club-a", v1::CLUB), std::pair("fed", v1::FEDERATION), std::pair("checker", v1::VERIFIER)}) {
    directory_.stored[std::string("organizations/") + id].set_name(std::string("organizations/") + id);
    directory_.stored[std::string("organizations/") + id].set_kind(kind);
  }
  struct Case {
    std::vector<std::string> arguments;
    const char* problem;
  };
  for (const auto& [arguments, problem] : {
           Case{{"statement", "club", "fed"},
                "fed es de la clase federación; su estado de cuenta es: oriundo statement federation fed"},
           Case{{"statement", "funder", "club-a"}, "su estado de cuenta es: oriundo statement club club-a"},
           Case{{"statement", "funder", "checker"}, "checker es de la clase verificador, que no aporta a proyectos"},
           Case{{"statement", "club"}, "SUBJECT: hace falta: de quién es el estado de cuenta"},
           Case{{"statement", "year"}, "SUBJECT: hace falta: el ejercicio"},
           Case{{"statement", "year", "soon"}, "\"soon\" no es un número entero"},
           Case{{"statement", "year", "2014", "--format", "pdf"}, "--format: \"pdf\" no es ninguno de table, csv, json, html"},
           Case{{"statement", "year", "2014", "--json", "--format", "csv"}, "--json pide otra forma que --format csv"},
           Case{{"statement", "year", "2014", "--country", "Mexico"}, "--country: \"Mexico\" no es un país; escriba MX, o es-MX"},
           Case{{"statement", "year", "2014", "--known-at", "never"}, "\"never\" no es una secuencia"},
           Case{{"statement", "project", "p1", "--format", "pdf"}, "\"pdf\" no es ninguno de table, csv, json, html"},
           Case{{"report", "year", "--program", "mx-3x1"}, "--fiscal-year: hace falta"},
           Case{{"report", "year", "--fiscal-year", "2014"}, "--program: hace falta"},
           Case{{"report", "year", "--program", "mx-3x1", "--fiscal-year", "2014", "--published", "/no/such/file"},
                "--published: no se puede leer /no/such/file"},
       }) {
    std::vector<std::string> spanish = arguments;
    spanish.insert(spanish.begin(), {"--lang", "es"});
    EXPECT_EQ(Run(spanish), kExitUsage) << problem;
    EXPECT_THAT(err_ + out_, HasSubstr(problem));
  }
}

TEST_F(CliTest, TakesAProjectsStatementInTheShortAndTheLongForm) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"statement", "p1"}, std::vector<std::string>{"statement", "project", "p1"},
        std::vector<std::string>{"statement", "--known-at", "7", "p1"},
        std::vector<std::string>{"--lang", "en", "statement", "p1"}, std::vector<std::string>{"statement", "projects/p1"}}) {
    EXPECT_EQ(Run(arguments), 0) << err_;
    EXPECT_THAT(out_, HasSubstr("The box holds 1,234,567.89 MXN"));
  }
  EXPECT_THAT(ledger_.statements, testing::Each(std::string("projects/p1")));
  EXPECT_EQ(Run({"contribution", "declare", "p", "d", "--memo", "statement", "--party", "a"}), 0) << err_;
  EXPECT_EQ(ledger_.declared.back().contribution().memo(), "statement");
  EXPECT_EQ(Run({"statement", "p1", "--country", "es-ES"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("La caja tiene 1.234.567,89 MXN"));
  EXPECT_EQ(Run({"statement", "p1", "--format", "json"}), 0) << err_;
  EXPECT_EQ(nlohmann::json::parse(out_)["box_minor_units"], "123456789");
  const std::string file = testing::TempDir() + "/statement.txt";
  EXPECT_EQ(Run({"statement", "p1", "--output", file}), 0) << err_;
  EXPECT_EQ(out_, "");
  std::stringstream written;
  written << std::ifstream(file).rdbuf();
  EXPECT_THAT(written.str(), HasSubstr("The box holds 1,234,567.89 MXN"));
  EXPECT_EQ(Run({"statement"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("statement needs a verb: project, lines, club, federation, municipality, program, funder, year"));
  EXPECT_EQ(Run({"statement", "--help"}), 0);
}

TEST_F(CliTest, TellsWhyAProjectWasCancelled) {
  ledger_.project_state = v1::Project::CANCELLED;
  EXPECT_EQ(Run({"statement", "p1"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("Cancelled on 2014-09-10 by sezami: The land was sold.\n"));
  ASSERT_EQ(audit_.listed.size(), 1u);
  EXPECT_EQ(audit_.listed[0].subject(), "projects/p1");
  EXPECT_EQ(Run({"--json", "statement", "p1"}), 0) << err_;
  EXPECT_EQ(audit_.listed.size(), 1u) << "scripts get what they asked for";
  ledger_.project_state = v1::Project::EXECUTING;
  EXPECT_EQ(Run({"statement", "p1"}), 0) << err_;
  EXPECT_EQ(audit_.listed.size(), 1u) << "there is nothing to look for";
}

TEST_F(CliTest, ReportsAYearBesideItsPublishedFigures) {
  ledger_.lines = TwoProjects();
  directory_.stored["organizations/town"].set_name("organizations/town");
  directory_.stored["organizations/town"].set_kind(v1::MUNICIPAL_GOVERNMENT);
  const std::string file = WriteFile("published.csv", "year,total_investment_mxn_millions,projects,clubs\n2008,0.04,2,3\n");
  EXPECT_EQ(
      Run({"report", "year", "--program", "mx-3x1", "--fiscal-year", "2014", "--published", file, "--published-row", "2008"}), 0)
      << err_;
  EXPECT_THAT(out_, testing::StartsWith(
                        R"(mx-3x1, fiscal year 2014
Amounts in: MXN
As of: entry 42, Sep 10, 2014, 12:00:05 UTC

Figures
figure                      ledger  published    difference
projects                         2          2             0
clubs                            1          3            -2
municipalities                   1
states                           0
localities                       1
federal part due              0.00
federal pools                 0.00
total investment due  4,000,000.00  40,000.00  3,960,000.00

Roles
role                   due     confirmed  released       spent  refunded           gap  over-match
municipality  2,000,000.00  1,400,000.00      0.00  300,000.00      0.00    600,000.00        0.00
club          2,000,000.00  1,400,000.50      0.00  300,000.00      0.00    599,999.50        0.00
--------------------------------------------------------------------------------------------------
total         4,000,000.00  2,800,000.50      0.00  600,000.00      0.00  1,199,999.50        0.00
)")) << out_;
  EXPECT_EQ(ledger_.asked.front().subject(), "programs/mx-3x1");
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
  EXPECT_EQ(BashCompletes(script, "oriundo contri"), "contribution\n");
  EXPECT_EQ(BashCompletes(script, "oriundo --json --as a/b contribution dec"), "declare\n");
  EXPECT_EQ(BashCompletes(script, "oriundo contribution declare p --decl"), "--declared\n");
  EXPECT_EQ(BashCompletes(script, "oriundo organization create x --kind MI"), "MIRROR_CLUB\n");
  EXPECT_EQ(BashCompletes(script, "oriundo organization create x --lang e"), "en es\n");
  EXPECT_EQ(BashCompletes(script, "oriundo completion f"), "fish\n");
  const std::string folder = testing::TempDir() + "/oriundo_completes_in_bash";
  std::filesystem::create_directories(folder + "/here");
  EXPECT_EQ(BashCompletes(script, "oriundo apply " + folder + "/h"), folder + "/here\n");
  EXPECT_EQ(BashCompletes(script, "oriundo project get " + folder + "/h"), "\n") << "a project's name is no file";
}

}  // namespace
}  // namespace oriundo
