#include "tests/support/world.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "google/protobuf/text_format.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/check.h"

namespace oriundo {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const MethodDescriptor& FindMethod(const std::string& name) {
  for (const google::protobuf::FileDescriptor* file :
       {v1::CreateOrganizationRequest::descriptor()->file(), v1::CreateProgramRequest::descriptor()->file(),
        v1::CreateProjectRequest::descriptor()->file(), v1::CreatePledgeRequest::descriptor()->file(),
        v1::GetEntryRequest::descriptor()->file()}) {
    if (const MethodDescriptor* method = file->service(0)->FindMethodByName(name)) return *method;
  }
  ORIUNDO_CHECK(false && "a method of the interface");
}

std::string ClubOf(int project) { return absl::StrCat("organizations/club-", project); }

}  // namespace

std::string RandomRequestId(std::mt19937_64& random) {
  const uint64_t high = (random() & ~uint64_t{0xf000}) | 0x4000;                 // Version 4 (RFC 4122, 4.1.3).
  const uint64_t low = (random() & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);  // The variant of that document (4.1.1).
  const std::string hex = absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-", hex.substr(20));
}

Call MakeCall(const std::string& organization, const std::string& method, const std::string& fields,
              const std::string& request_id) {
  Call call = MakeRead(method, absl::StrCat(fields, " request_id: \"", request_id, "\""));
  call.organization = organization;
  return call;
}

Call MakeRead(const std::string& method, const std::string& fields) {
  Call call;
  call.method = &FindMethod(method);
  std::shared_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(call.method->input_type())->New());
  ORIUNDO_CHECK(google::protobuf::TextFormat::ParseFromString(fields, request.get()));
  call.request = std::move(request);
  return call;
}

std::vector<Call> WorldCalls(int clubs, int64_t pool_budget, std::mt19937_64& random) {
  std::vector<Call> calls;
  const auto add = [&](const std::string& organization, const std::string& method, const std::string& fields) {
    calls.push_back(MakeCall(organization, method, fields, RandomRequestId(random)));
  };
  const auto organization = [&](const std::string& id, const std::string& kind) {
    add("organizations/administrator", "CreateOrganization",
        absl::Substitute(R"(organization_id: "$0" organization { kind: $1 display_name: "Test $0" country_code: "MX" })", id,
                         kind));
  };
  organization("office", "PROGRAM_OFFICE");
  organization("state", "STATE_GOVERNMENT");
  organization("builder", "EXECUTOR");
  organization("bank", "VERIFIER");
  for (int club = 1; club <= clubs; ++club) {
    organization(absl::StrCat("club-", club), "CLUB");
    add("organizations/office", "RegisterOrganization",
        absl::Substitute(
            R"(name: "organizations/club-$0" registration { folio: "T-$0" valid_from: "2000-01-01" valid_to: "2999-12-31" })",
            club));
  }
  add("organizations/office", "CreateProgram",
      R"(program_id: "matching"
         program {
           office: "organizations/office" display_name: "Test matching" currency_code: "MXN" utc_offset_minutes: -360
         })");
  add("organizations/office", "PublishRuleVersion",
      R"(parent: "programs/matching" rule_version_id: "halves"
         rule_version {
           fiscal_year_first: 2000 fiscal_year_last: 2100
           roles {
             role: "state" kinds: STATE_GOVERNMENT weight: 1 pooled: true release_mode: PARTIAL cumulative_bps: [5000, 10000]
           }
           roles { role: "club" kinds: CLUB weight: 1 club_money: true }
           share_base: MATCHED categories: COMMUNITY_SERVICES verifiers: "organizations/bank"
         })");
  add("organizations/office", "CreatePool",
      absl::Substitute(
          R"(parent: "programs/matching" pool { funder: "organizations/state" fiscal_year: 2020 budget_minor_units: $0 })",
          pool_budget));
  return calls;
}

Call ProjectDraftCall(int number, std::mt19937_64& random) {
  return MakeCall(ClubOf(number), "CreateProject",
                  absl::Substitute(R"(project_id: "work-$0"
                                      project {
                                        program: "programs/matching" rule_version: "programs/matching/versions/halves"
                                        fiscal_year: 2020 category: COMMUNITY_SERVICES locality_code: "MX-$0"
                                        title: "Test work $0" total_minor_units: $1
                                        club: "organizations/club-$0" executor: "organizations/builder"
                                        parties { role: "state" organization: "organizations/state" }
                                        parties { role: "club" organization: "organizations/club-$0" }
                                      })",
                                   number, kWorldProjectTotal),
                  RandomRequestId(random));
}

std::vector<Call> ProjectFileCalls(int number, std::mt19937_64& random) {
  const std::string name = absl::StrCat(R"(name: "projects/work-)", number, "\"");
  return {MakeCall(ClubOf(number), "SubmitProject", name, RandomRequestId(random)),
          MakeCall("organizations/office", "PrevalidateProject", name, RandomRequestId(random))};
}

std::string WorldAccountOf(std::string_view project) { return "0121800012345" + std::string(project.substr(project.find('-') + 1)); }

std::vector<Call> ProjectAgreementCalls(int number, std::mt19937_64& random) {
  const std::string name = absl::StrCat(R"(name: "projects/work-)", number, "\"");
  std::vector<Call> calls = {MakeCall("organizations/office", "ApproveProject", name, RandomRequestId(random))};
  for (const std::string& signer : {std::string("organizations/state"), std::string("organizations/builder"), ClubOf(number)}) {
    calls.push_back(MakeCall(signer, "SignAgreement", absl::StrCat(name, R"( agreement_date: "2020-01-15" account { number: ")", WorldAccountOf(absl::StrCat("projects/work-", number)), "\" }"),
                             RandomRequestId(random)));
  }
  return calls;
}

std::vector<Call> AgreedWorldCalls(int projects, std::mt19937_64& random) {
  std::vector<Call> calls = WorldCalls(projects, projects * kWorldProjectTotal, random);
  for (int project = 1; project <= projects; ++project) {
    calls.push_back(ProjectDraftCall(project, random));
    for (Call& call : ProjectFileCalls(project, random)) calls.push_back(std::move(call));
    for (Call& call : ProjectAgreementCalls(project, random)) calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace oriundo
