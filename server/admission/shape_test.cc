#include "server/admission/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "google/protobuf/text_format.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/field_behavior.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/project_service.pb.h"

namespace oriundo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// The paths at fault, in order.
std::vector<std::string> Paths(google::protobuf::Message& request) {
  std::vector<std::string> paths;
  for (const FieldViolation& violation : CheckShape(request)) paths.push_back(violation.field);
  return paths;
}

constexpr char kId[] = "request_id: '6a6e0c43-2f0f-4a57-8c37-0d6f7c7a6d10' ";

std::string GoodProject() {
  return std::string(kId) + R"(project_id: "tekax-2014" project {
      program: "programs/mx-3x1" rule_version: "programs/mx-3x1/versions/v2014" fiscal_year: 2014 title: "Calle 50"
      category: INFRASTRUCTURE locality_code: "310790001" club: "organizations/club-tekax" executor: "organizations/tekax"
      total_minor_units: 141373200
      parties { role: "club" organization: "organizations/club-tekax" }
      parties { role: "federal" organization: "organizations/sedesol" } })";
}

TEST(CheckShape, TakesAWellFormedRequest) {
  auto request = Parse<v1::CreateProjectRequest>(GoodProject());
  EXPECT_THAT(Paths(request), IsEmpty());
}

TEST(CheckShape, NamesARegistrationThatEndsBeforeItBeginsWithAllOtherFaults) {
  auto request = Parse<v1::RegisterOrganizationRequest>(std::string(kId) + R"(name: "organizations/club-tekax"
      registration { folio: "lower case" valid_from: "2014-06-01" valid_to: "2014-05-31" })");
  EXPECT_THAT(Paths(request), ElementsAre("registration.folio", "registration.valid_to"));
  request.mutable_registration()->set_folio("TN-1");
  request.mutable_registration()->set_valid_to("2014-06-01");
  EXPECT_THAT(Paths(request), IsEmpty());
}

TEST(CheckShape, NamesEveryRequiredFieldThatIsMissing) {
  v1::CreateProjectRequest request;
  EXPECT_THAT(Paths(request), ElementsAre("request_id", "project_id", "project"));
  request.mutable_project();
  EXPECT_THAT(Paths(request),
              ElementsAre("request_id", "project_id", "project.program", "project.rule_version", "project.fiscal_year",
                          "project.title", "project.category", "project.locality_code", "project.club", "project.executor",
                          "project.total_minor_units", "project.parties"));
}

TEST(CheckShape, GivesExactPathsAndNeverTheValue) {
  auto request = Parse<v1::CreateProjectRequest>(GoodProject());
  request.mutable_project()->set_title("secret\ntext");
  request.mutable_project()->mutable_parties(1)->set_organization("Maria Lopez");
  const std::vector<FieldViolation> violations = CheckShape(request);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "project.title");
  EXPECT_EQ(violations[1].field, "project.parties[1].organization");
  EXPECT_EQ(violations[0].description.find("secret"), std::string::npos);
  EXPECT_EQ(violations[1].description,
            "must be a resource name organizations/{id}, its ids of lower-case letters, digits and hyphens");
}

TEST(CheckShape, ClearsWhatOnlyTheServerFills) {
  auto request = Parse<v1::CreateProjectRequest>(GoodProject());
  request.mutable_project()->set_name("not a name at all");
  request.mutable_project()->set_state(v1::Project::CLOSED);
  request.mutable_project()->mutable_parties(0)->set_verified_minor_units(5);
  request.mutable_project()->add_tranches()->set_amount_minor_units(7);
  EXPECT_THAT(Paths(request), IsEmpty());
  EXPECT_EQ(request.project().name(), "");
  EXPECT_EQ(request.project().state(), v1::Project::STATE_UNSPECIFIED);
  EXPECT_EQ(request.project().parties(0).verified_minor_units(), 0);
  EXPECT_EQ(request.project().tranches_size(), 0);
}

TEST(CheckShape, DropsFieldsItDoesNotKnow) {
  auto request = Parse<v1::CreateProjectRequest>(GoodProject());
  v1::Project& project = *request.mutable_project();
  project.GetReflection()->MutableUnknownFields(&project)->AddLengthDelimited(900, "Maria Lopez");
  EXPECT_THAT(Paths(request), IsEmpty());
  EXPECT_EQ(request.SerializeAsString().find("Maria"), std::string::npos);
}

TEST(CheckShape, RefusesTooManyElementsWithoutLookingAtThem) {
  auto request = Parse<v1::CreateProjectRequest>(GoodProject());
  for (int i = 0; i < 31; ++i) request.mutable_project()->add_parties();
  EXPECT_THAT(Paths(request), ElementsAre("project.parties"));
}

TEST(CheckShape, MoneyIsAboveZeroAndItsCostsNotNegative) {
  const std::string head = std::string(kId) + R"(name: "projects/p/contributions/c" bank_value_date: "2014-09-10"
      account { number: "012345678901234567" } )";
  const std::string transfer = R"(reference_rate { units: 184308 scale: 4 } reference_series: "BANXICO_FIX"
      reference_date: "2014-09-10" )";
  auto request = Parse<v1::VerifyContributionRequest>(
      head + "credited { currency_code: 'MXN' minor_units: 1 } transfer { paid { currency_code: 'USD' minor_units: 1 } fee { "
             "currency_code: 'USD' } tax { currency_code: 'USD' minor_units: -1 } " + transfer + "}");
  EXPECT_THAT(Paths(request), ElementsAre("transfer.tax.minor_units"));
  request.mutable_credited()->set_minor_units(0);
  request.mutable_transfer()->mutable_tax()->set_minor_units(0);
  EXPECT_THAT(Paths(request), ElementsAre("credited.minor_units"));
  request.mutable_credited()->set_minor_units(-5);
  EXPECT_THAT(Paths(request), ElementsAre("credited.minor_units"));
  request.mutable_credited()->set_minor_units(1'000'000'000'000'001);
  EXPECT_THAT(Paths(request), ElementsAre("credited.minor_units"));
  request.mutable_credited()->set_minor_units(std::numeric_limits<int64_t>::max());
  EXPECT_THAT(Paths(request), ElementsAre("credited.minor_units"));
  request.mutable_credited()->set_minor_units(1'000'000'000'000'000);
  EXPECT_THAT(Paths(request), IsEmpty());
  request.mutable_transfer()->mutable_reference_rate()->set_scale(3);
  request.mutable_credited()->set_currency_code("");
  EXPECT_THAT(Paths(request), ElementsAre("credited.currency_code", "transfer.reference_rate.scale"));
}

TEST(CheckShape, KnowsItsEnums) {
  auto request = Parse<v1::CreateProjectRequest>(GoodProject());
  request.mutable_project()->set_category(static_cast<v1::ProjectCategory>(99));
  EXPECT_THAT(Paths(request), ElementsAre("project.category"));
  request.mutable_project()->set_category(v1::PROJECT_CATEGORY_UNSPECIFIED);
  EXPECT_THAT(Paths(request), ElementsAre("project.category"));
}

TEST(CheckShape, JudgesReadsToo) {
  auto request = Parse<v1::ListPledgesRequest>("parent: 'organizations/o' page_size: -1 known_at { sequence: -1 }");
  EXPECT_THAT(Paths(request), ElementsAre("parent", "page_size", "known_at.sequence"));
  auto entry = Parse<v1::GetEntryRequest>("");
  EXPECT_THAT(Paths(entry), IsEmpty());
  auto past = Parse<v1::GetProjectRequest>("name: 'projects/p' known_at { commit_time { seconds: 1 nanos: 1000000000 } }");
  EXPECT_THAT(Paths(past), ElementsAre("known_at.commit_time.nanos"));
}

TEST(CheckShape, TakesNoIdentityNumberInTheNameOfAResource) {
  auto request = Parse<v1::GetProjectRequest>("name: 'projects/xexx010101hnexxxa4'");
  EXPECT_THAT(Paths(request), ElementsAre("name"));
  request.set_name("projects/xalapa-20140101");
  EXPECT_THAT(Paths(request), IsEmpty());
}

// Walks everything below `type` that a caller may fill.
void EveryListHasALimit(const google::protobuf::Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    if (field.options().GetExtension(v1::behavior) == v1::OUTPUT_ONLY) continue;
    if (field.is_repeated()) {
      EXPECT_TRUE(RepeatedMax(field).has_value()) << field.full_name();
    }
    if (field.message_type() != nullptr) EveryListHasALimit(*field.message_type());
  }
}

TEST(CheckShape, EveryListOfEveryRequestHasALimit) {
  for (const auto* file : {v1::CreateOrganizationRequest::descriptor()->file(), v1::CreateProgramRequest::descriptor()->file(),
                           v1::CreateProjectRequest::descriptor()->file(), v1::CreatePledgeRequest::descriptor()->file(),
                           v1::GetEntryRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) EveryListHasALimit(*file->service(s)->method(m)->input_type());
    }
  }
}

}  // namespace
}  // namespace oriundo
