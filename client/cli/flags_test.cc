#include "client/cli/flags.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "client/cli/api.h"
#include "client/cli/evidence.h"
#include "client/cli/repeat.h"
#include "client/cpp/call_error.h"
#include "client/cpp/random.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"

namespace oriundo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Binds texts to a request whose programme's currency is MXN.
template <typename Request>
absl::Status BindTo(const FlagTexts& texts, Request& request, std::vector<SaltedDocument>* documents = nullptr) {
  const auto currency_of = [](const std::string&) -> absl::StatusOr<std::string> { return "MXN"; };
  const auto salt_of = [](const std::string& document) { return SaltOf("secret", "request", document); };
  return Bind(FlagsOf(*Request::descriptor()), texts, {.currency_of = currency_of, .salt_of = salt_of, .documents = documents},
              request);
}

// Binds, and compares the request with a textproto.
template <typename Request>
void Expect(const FlagTexts& texts, const std::string& textproto) {
  Request request, expected;
  const absl::Status status = BindTo(texts, request);
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(textproto, &expected));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(request, expected)) << request.DebugString();
}

// The labels of what is wrong.
template <typename Request>
std::vector<std::string> Wrong(const FlagTexts& texts) {
  Request request;
  std::vector<std::string> labels;
  for (const auto& field : CallErrorOf(BindTo(texts, request)).fields) labels.push_back(field.path);
  return labels;
}

TEST(Flags, HaveOneMeaningEachInEveryRequest) {
  const std::set<std::string> global = {"as",       "address", "json",    "timeout", "lang",
                                        "no-color", "help",    "request", "all",     "help-all"};
  for (const auto* method : ApiMethods()) {
    std::set<std::string> names;
    for (const Flag& flag : FlagsOf(*method->input_type())) {
      EXPECT_TRUE(names.insert(flag.name).second) << method->full_name() << " --" << flag.name;
      EXPECT_FALSE(global.contains(flag.name)) << method->full_name() << " --" << flag.name;
      EXPECT_NE(flag.help, "") << method->full_name() << " --" << flag.name;
      for (const std::string& alias : flag.aliases) {
        EXPECT_TRUE(names.insert(alias).second) << method->full_name() << " --" << alias;
      }
    }
  }
}

TEST(Flags, TakeTheSubjectByPlace) {
  const auto positional = [](const google::protobuf::Descriptor* request) {
    std::vector<std::string> names;
    for (const Flag& flag : FlagsOf(*request)) {
      if (flag.positional) names.push_back(flag.name);
    }
    return names;
  };
  EXPECT_THAT(positional(v1::DeclareContributionRequest::descriptor()), ElementsAre("parent", "contribution-id"));
  EXPECT_THAT(positional(v1::VerifyContributionRequest::descriptor()), ElementsAre("name"));
  EXPECT_THAT(positional(v1::ProposeReleaseRequest::descriptor()), ElementsAre("parent", "proposal-id"));
  EXPECT_THAT(positional(v1::PreviewSharesRequest::descriptor()), ElementsAre("rule-version"));
}

TEST(Bind, FillsADeclaration) {
  Expect<v1::DeclareContributionRequest>({{"parent", {"tekax-2014"}},
                                          {"contribution-id", {"deposit-1"}},
                                          {"party", {"club-tekax"}},
                                          {"pledge", {"pledge-1"}},
                                          {"declared", {"706,867.00 MXN"}},
                                          {"memo", {"first, and last"}}},
                                         R"pb(parent: "projects/tekax-2014"
                                              contribution_id: "deposit-1"
                                              contribution {
                                                party: "organizations/club-tekax"
                                                pledge: "projects/tekax-2014/pledges/pledge-1"
                                                declared { currency_code: "MXN" minor_units: 70686700 }
                                                memo: "first, and last"
                                              })pb");
}

TEST(Bind, TakesQuantitiesAsDecimalsAndInThousandths) {
  for (const auto& [flag, text] : {std::pair("quantity", "1,200.5"), std::pair("quantity-milli", "1200500")}) {
    const FlagTexts texts = {{"name", {"p"}}, {flag, {text}}};
    Expect<v1::ReportCompletionRequest>(texts, R"pb(name: "projects/p" quantity_milli: 1200500)pb");
  }
  EXPECT_THAT(Wrong<v1::ReportCompletionRequest>({{"name", {"p"}}, {"quantity", {"1.2345"}}}), ElementsAre("--quantity"));
}

TEST(Flags, GoByTheNameThatTheCommandBesideThemHas) {
  const auto aliases = [](const google::protobuf::Descriptor* request, const std::string& name) {
    for (const Flag& flag : FlagsOf(*request)) {
      if (flag.name == name) return flag.aliases;
    }
    return std::vector<std::string>{"no such flag"};
  };
  EXPECT_THAT(aliases(v1::RecordExpenditureRequest::descriptor(), "evidence"), ElementsAre("document"));
  EXPECT_THAT(aliases(v1::VerifyContributionRequest::descriptor(), "document"), ElementsAre("evidence"));
  EXPECT_THAT(aliases(v1::DeclareContributionRequest::descriptor(), "declared"), ElementsAre("amount"));
  EXPECT_THAT(aliases(v1::ReportProgressRequest::descriptor(), "reported-quantity"), ElementsAre("quantity"));
}

TEST(Flags, ListTheValuesOfEnumsInsideAValue) {
  for (const Flag& flag : FlagsOf(*v1::VerifyContributionRequest::descriptor())) {
    if (flag.name != "document") continue;
    EXPECT_THAT(flag.help, HasSubstr("type is one of TECHNICAL_FILE, SESSION_MINUTES, AGREEMENT, BANK_RECEIPT"));
  }
}

TEST(Bind, FillsAVerificationWithItsTransfer) {
  Expect<v1::VerifyContributionRequest>(
      {{"name", {"tekax-2014/deposit-1"}},
       {"credited", {"248,158.75 MXN"}},
       {"account", {"012345678901234567"}},
       {"transfer-paid", {"14,000.00 USD"}},
       {"transfer-reference-rate", {"18.4308"}},
       {"transfer-channel", {"bank-transfer"}},
       {"document", {"type=bank_receipt,sha256=" + std::string(64, 'a') + ",size_bytes=12"}}},
      R"pb(name: "projects/tekax-2014/contributions/deposit-1"
           credited { currency_code: "MXN" minor_units: 24815875 }
           account { number: "012345678901234567" }
           transfer {
             paid { currency_code: "USD" minor_units: 1400000 }
             reference_rate { units: 184308 scale: 4 }
             channel: BANK_TRANSFER
           }
           documents {
             type: BANK_RECEIPT
             salted_sha256: "\252\252\252\252\252\252\252\252\252\252\252\252\252\252\252\252\252\252"
                            "\252\252\252\252\252\252\252\252\252\252\252\252\252\252"
             size_bytes: 12
           })pb");
}

TEST(Bind, FillsAProjectWithItsParties) {
  Expect<v1::CreateProjectRequest>(
      {{"project-id", {"tekax-2014"}},
       {"program", {"mx-3x1"}},
       {"rule-version", {"v2014"}},
       {"total", {"1,413,734.00 MXN"}},
       {"party",
        {"role=club,organization=club-a,due=706,867.00 MXN", "role=federal,organization=sedesol",
         "role=state,organization=yucatan,due_minor_units=35343350"}}},
      R"pb(project_id: "tekax-2014"
           project {
             program: "programs/mx-3x1"
             rule_version: "programs/mx-3x1/versions/v2014"
             total_minor_units: 141373400
             parties { role: "club" organization: "organizations/club-a" due_minor_units: 70686700 }
             parties { role: "federal" organization: "organizations/sedesol" }
             parties { role: "state" organization: "organizations/yucatan" due_minor_units: 35343350 }
           })pb");
}

TEST(Bind, FillsARuleWithItsRoles) {
  Expect<v1::PublishRuleVersionRequest>(
      {{"parent", {"mx-3x1"}},
       {"rule-version-id", {"v2014"}},
       {"role",
        {"role=club,kinds=CLUB+federation,weight=25,club_money=true",
         "role=state,weight=25,cap=250,000 MXN,cumulative_bps=5000+10000"}},
       {"tolerance", {"1.00"}},
       {"category", {"infrastructure", "EQUIPMENT"}},
       {"single-organization-approvals", {"true"}}},
      R"pb(parent: "programs/mx-3x1"
           rule_version_id: "v2014"
           rule_version {
             roles { role: "club" kinds: CLUB kinds: FEDERATION weight: 25 club_money: true }
             roles { role: "state" weight: 25 cap_minor_units: 25000000 cumulative_bps: 5000 cumulative_bps: 10000 }
             tolerance_minor_units: 100
             categories: INFRASTRUCTURE
             categories: EQUIPMENT
             single_organization_approvals: true
           })pb");
}

TEST(Bind, TakesTheCurrencyOfTheRequestsOwnMoneyFirst) {
  Expect<v1::PreviewSharesRequest>(
      {{"rule-version", {"mx-3x1/v2014"}}, {"total", {"1000 JPY"}}, {"confirmed", {"500", "250 JPY"}}},
      R"pb(rule_version: "programs/mx-3x1/versions/v2014"
           total { currency_code: "JPY" minor_units: 1000 }
           confirmed_minor_units: [ 500, 250 ])pb");
}

TEST(Bind, ReadsAMomentAsSequenceOrTime) {
  Expect<v1::GetPledgeRequest>({{"name", {"p/x"}}, {"known-at", {"41"}}}, R"pb(name: "projects/p/pledges/x"
                                                                               known_at { sequence: 41 })pb");
  Expect<v1::GetPledgeRequest>({{"known-at", {"1970-01-01T00:00:01Z"}}}, R"pb(known_at { commit_time { seconds: 1 } })pb");
  Expect<v1::GetPledgeRequest>({{"known-at", {"1970-01-01"}}},
                               R"pb(known_at { commit_time { seconds: 86399 nanos: 999999000 } })pb");
}

TEST(Bind, LeavesNamesOfUnclearKindButTheirFirstCollection) {
  Expect<v1::ProposeReversalRequest>({{"parent", {"p"}}, {"target", {"p/contributions/d1"}}, {"reason", {"bounced"}}},
                                     R"pb(parent: "projects/p"
                                          target: "projects/p/contributions/d1"
                                          reason { text: "bounced" })pb");
}

TEST(Bind, ReportsEverythingThatIsWrongAtOnce) {
  EXPECT_THAT(Wrong<v1::RecordExpenditureRequest>(
                  {{"amount", {"12.345 MXN"}},
                   {"category", {"fun"}},
                   {"evidence", {"INVOICE", "type=INVOICE,sha256=12", "kind=INVOICE", "type=INVOICE,file=/no/such"}}}),
              ElementsAre("--amount", "--category", "--evidence", "--evidence sha256", "--evidence kind", "--evidence file"));
  EXPECT_THAT(Wrong<v1::ListPledgesRequest>({{"page-size", {"99999999999"}}, {"known-at", {"yesterday"}}}),
              ElementsAre("--page-size", "--known-at"));
}

TEST(Bind, SaysWhatIsWrongInSpanishWhereAsked) {
  v1::RecordExpenditureRequest request;
  const FlagTexts texts = {{"amount", {"12.345 MXN"}},
                           {"category", {"fun"}},
                           {"payment-date", {"2014-01-01"}},
                           {"evidence", {"INVOICE", "type=INVOICE,sha256=12", "kind=INVOICE", "type=INVOICE,file=/no/such"}}};
  const auto english = CallErrorOf(BindTo(texts, request)).fields;
  const auto spanish = CallErrorOf(Bind(FlagsOf(*v1::RecordExpenditureRequest::descriptor()), texts,
                                        {.words = Words(Language::kSpanish)}, request))
                           .fields;
  ASSERT_EQ(english.size(), spanish.size());
  for (std::size_t i = 0; i < english.size(); ++i) EXPECT_NE(english[i].description, spanish[i].description);
  EXPECT_EQ(spanish[0].description, "12.345 tiene 3 decimales; MXN tiene 2");
}

TEST(Bind, RefusesAnAmountInAnotherCurrencyThanTheProgrammes) {
  EXPECT_THAT(Wrong<v1::CreatePoolRequest>({{"parent", {"mx-3x1"}}, {"budget", {"100.00 USD"}}}), ElementsAre("--budget"));
  EXPECT_THAT(Wrong<v1::CreateProjectRequest>({{"total", {"100.00 MXN"}}}), ElementsAre("--total"));
}

TEST(Bind, HashesADocumentWithASaltThatOnlyItsHolderGets) {
  const std::string path = testing::TempDir() + "/oriundo_invoice.txt";
  std::ofstream(path) << "invoice 7";
  std::vector<SaltedDocument> documents;
  v1::RecordExpenditureRequest request;
  const std::string text = "type=INVOICE,file=" + path;
  ASSERT_TRUE(BindTo({{"evidence", {text}}}, request, &documents).ok());
  const v1::Evidence& evidence = request.expenditure().evidence(0);
  EXPECT_EQ(evidence.type(), v1::INVOICE);
  EXPECT_EQ(evidence.size_bytes(), 9);
  const std::string salt = SaltOf("secret", "request", "invoice 7");
  EXPECT_EQ(evidence.salted_sha256(), Sha256(salt + "invoice 7"));
  ASSERT_EQ(documents.size(), 1u);
  EXPECT_EQ(documents[0].path, path);
  EXPECT_EQ(documents[0].salt, HexOf(salt));
  EXPECT_EQ(documents[0].text, text);
  // The salt told makes the same evidence again.
  v1::RecordExpenditureRequest again;
  ASSERT_TRUE(BindTo({{"evidence", {text + ",salt=" + documents[0].salt}}}, again, &documents).ok());
  EXPECT_EQ(again.expenditure().evidence(0).salted_sha256(), evidence.salted_sha256());
  EXPECT_EQ(documents[1].text, "") << "names its salt already";
}

TEST(Bind, RefusesASaltThatIsNoneOrHasNoFile) {
  const std::string path = testing::TempDir() + "/oriundo_invoice.txt";
  std::ofstream(path) << "invoice 7";
  for (const char* salt : {"", "12", "xyz", "0123456789abcdef0123456789abcde"}) {
    EXPECT_THAT(Wrong<v1::RecordExpenditureRequest>({{"evidence", {"type=INVOICE,file=" + path + ",salt=" + salt}}}),
                ElementsAre("--evidence file"))
        << salt;
  }
  EXPECT_THAT(Wrong<v1::RecordExpenditureRequest>({{"evidence", {"type=INVOICE,salt=" + std::string(64, 'a')}}}),
              ElementsAre("--evidence salt"));
}

TEST(SaltOf, FollowsFromSecretRequestAndDocument) {
  const std::string salt = SaltOf("s", "r", "d");
  EXPECT_EQ(salt.size(), 32u);
  EXPECT_EQ(SaltOf("s", "r", "d"), salt);
  EXPECT_NE(SaltOf("t", "r", "d"), salt);
  EXPECT_NE(SaltOf("s", "q", "d"), salt);
  EXPECT_NE(SaltOf("s", "r", "e"), salt);
}

TEST(SaltSecret, IsMadeOnceForThisUserAlone) {
  const std::string folder = testing::TempDir() + "/oriundo_config_" + RandomUuid();
  const std::string secret = SaltSecret(folder);
  EXPECT_EQ(secret.size(), 32u);
  EXPECT_EQ(SaltSecret(folder), secret);
  EXPECT_EQ(std::filesystem::status(folder + "/salt-secret").permissions(), std::filesystem::perms(0600));
  EXPECT_NE(SaltSecret(""), SaltSecret("")) << "kept nowhere";
  EXPECT_EQ(SaltSecret("/proc/no-such-folder").size(), 32u);
}

TEST(RepeatCommand, SendsTheSameRequestFromAShell) {
  EXPECT_EQ(RepeatCommand({"contribution", "evidence", "p/d", "--evidence", "type=INVOICE,file=a b.pdf", "--json"},
                          {{"a b.pdf", "00ff", "type=INVOICE,file=a b.pdf"}}, "id-1"),
            "oriundo contribution evidence p/d --evidence 'type=INVOICE,file=a b.pdf,salt=00ff' --json --request-id id-1");
  EXPECT_EQ(
      RepeatCommand({"x", "--evidence=file=a", "--request-id", "id-2", "--memo", "it's\n"}, {{"a", "00", "file=a"}}, "id-2"),
      "oriundo x --evidence=file=a,salt=00 --request-id id-2 --memo $'it\\'s\\x0a'");
  EXPECT_EQ(RepeatCommand({"apply", "a.textproto", ""}, {}, ""), "oriundo apply a.textproto ''");
}

TEST(Bind, TakesTheSubjectsCurrencyWhereMoneyNamesNone) {
  Expect<v1::DeclareContributionRequest>({{"parent", {"p"}}, {"declared", {"1,000.00"}}},
                                         R"pb(parent: "projects/p"
                                              contribution { declared { currency_code: "MXN" minor_units: 100000 } })pb");
  Expect<v1::ProposeReleaseRequest>({{"parent", {"p"}}, {"amount", {"10"}}},
                                    R"pb(parent: "projects/p"
                                         amount { currency_code: "MXN" minor_units: 1000 })pb");
  Expect<v1::IncreasePoolBudgetRequest>({{"name", {"mx/pool-2014"}}, {"increase", {"10"}}},
                                        R"pb(name: "programs/mx/pools/pool-2014"
                                             increase { currency_code: "MXN" minor_units: 1000 })pb");
  Expect<v1::PreviewSharesRequest>({{"rule-version", {"mx/v"}}, {"total", {"10"}}, {"confirmed", {"5"}}},
                                   R"pb(rule_version: "programs/mx/versions/v"
                                        total { currency_code: "MXN" minor_units: 1000 }
                                        confirmed_minor_units: 500)pb");
  Expect<v1::CreatePledgeRequest>({{"parent", {"p"}}, {"amount", {"10"}}},
                                  R"pb(parent: "projects/p"
                                       pledge { amount { currency_code: "MXN" minor_units: 1000 } })pb");
  Expect<v1::VerifyContributionRequest>({{"name", {"p/d"}}, {"transfer-paid", {"10 USD"}}, {"transfer-fee", {"1"}}},
                                        R"pb(name: "projects/p/contributions/d"
                                             transfer {
                                               paid { currency_code: "USD" minor_units: 1000 }
                                               fee { currency_code: "USD" minor_units: 100 }
                                             })pb");
}

TEST(Bind, AsksForTheCurrencyOfWhatMayWellBeForeign) {
  EXPECT_THAT(Wrong<v1::VerifyContributionRequest>({{"name", {"p/d"}}, {"transfer-paid", {"14000"}}, {"credited", {"1"}}}),
              ElementsAre("--transfer-paid"));
  EXPECT_THAT(Wrong<v1::CreatePledgeRequest>({{"parent", {"p"}}, {"amount", {"10"}}, {"reference-rate", {"18.4308"}}}),
              ElementsAre("--amount"));
  EXPECT_THAT(Wrong<v1::DeclareContributionRequest>({{"declared", {"10"}}}), ElementsAre("--declared")) << "of no project";
}

TEST(Bind, PutsTheQuotesOfAnEtagBack) {
  Expect<v1::UpdateProjectRequest>({{"etag", {"7"}}}, R"pb(etag: "\"7\"")pb");
  Expect<v1::UpdateProjectRequest>({{"etag", {"\"7\""}}}, R"pb(etag: "\"7\"")pb");
}

TEST(Bind, TakesShortNamesWhereAuditorsMeanOneKind) {
  Expect<v1::TraceInflowRequest>({{"name", {"p/d1"}}}, R"pb(name: "projects/p/contributions/d1")pb");
  Expect<v1::TraceInflowRequest>({{"name", {"p/releases/f1"}}}, R"pb(name: "projects/p/releases/f1")pb");
  Expect<v1::TraceOutflowRequest>({{"name", {"p/e1"}}}, R"pb(name: "projects/p/expenditures/e1")pb");
  Expect<v1::TraceOutflowRequest>({{"name", {"projects/p/refunds/r1"}}}, R"pb(name: "projects/p/refunds/r1")pb");
  Expect<v1::ListEntriesRequest>({{"subject", {"p"}}}, R"pb(subject: "projects/p")pb");
  Expect<v1::ListEntriesRequest>({{"subject", {"organizations/o"}}}, R"pb(subject: "organizations/o")pb");
}

TEST(Flags, SayOneOfWhereTwoFlagsSetOneField) {
  for (const Flag& flag : FlagsOf(*v1::CreateProjectRequest::descriptor())) {
    if (flag.name != "total" && flag.name != "total-minor-units") continue;
    EXPECT_THAT(flag.help, testing::StartsWith("Required: one of --total and --total-minor-units.")) << flag.name;
  }
}

TEST(FlagOfPath, FindsTheFlagBehindAServersComplaint) {
  const auto flags = FlagsOf(*v1::CreateProjectRequest::descriptor());
  EXPECT_EQ(FlagOfPath(flags, "project.parties[2].organization"), "--party");
  EXPECT_EQ(FlagOfPath(flags, "project.total_minor_units"), "--total");
  EXPECT_EQ(FlagOfPath(flags, "project_id"), "PROJECT-ID");
  EXPECT_EQ(FlagOfPath(flags, "somewhere.else"), "");
}

TEST(NameFault, SaysWhatIsWrongWithWhatWasTyped) {
  const auto fault = [](const google::protobuf::Descriptor* request, const std::string& flag, const std::string& text) {
    const std::string patterns = "projects/{id}/contributions/{id}, projects/{id}/releases/{id}";
    for (const Flag& candidate : FlagsOf(*request)) {
      if (candidate.name == flag) return NameFault(candidate, text, patterns, Words());
    }
    return std::string("no such flag");
  };
  EXPECT_EQ(fault(v1::ProposeReversalRequest::descriptor(), "target", "w1/s2"),
            "\"w1/s2\" does not tell its kind; write one of w1/contributions/s2, w1/releases/s2");
  EXPECT_EQ(fault(v1::ProposeReversalRequest::descriptor(), "target", "w1"), "");
  EXPECT_EQ(fault(v1::VerifyContributionRequest::descriptor(), "name", "w1/D1"),
            "\"D1\" is no id; ids are of small letters, digits and dashes and begin with a letter");
  EXPECT_EQ(fault(v1::VerifyContributionRequest::descriptor(), "name", "w1/d1"), "") << "its form is right";
}

}  // namespace
}  // namespace oriundo
