#include "client/cli/api.h"

#include <gmock/gmock.h>

#include <set>

#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"

namespace oriundo {
namespace {

TEST(Commands, NameEveryMethodOfTheInterfaceOnce) {
  std::multiset<std::string> in_table, in_api;
  for (const Command& command : Commands()) in_table.insert("oriundo.v1." + std::string(command.method));
  for (const auto* method : ApiMethods()) in_api.insert(method->full_name());
  EXPECT_EQ(in_table, in_api);
}

TEST(Commands, GiveEveryMethodItsOwnNounAndVerb) {
  std::set<std::string> places;
  for (const Command& command : Commands()) {
    EXPECT_TRUE(places.insert(std::string(command.noun) + " " + std::string(command.verb)).second) << command.method;
  }
}

TEST(Comments, ComeWithEveryMethodAndEveryRequestField) {
  for (const auto* method : ApiMethods()) {
    EXPECT_NE(CommentOf(*method), "") << method->full_name();
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      EXPECT_NE(CommentOf(*method->input_type()->field(i)), "") << method->input_type()->field(i)->full_name();
    }
  }
  EXPECT_EQ(CommentOf(*v1::ErrorReason_descriptor()->FindValueByName("POOL_EXCEEDED")),
            "FAILED_PRECONDITION. A pool has less free than the project needs.");
}

TEST(Comments, PointToNoNotesThatReadersLack) {
  EXPECT_EQ(CommentOf(*v1::ErrorReason_descriptor()->FindValueByName("ACCOUNT_MISMATCH")),
            "FAILED_PRECONDITION. The bank account is not the one all parties agreed on, or the bank line is another account's.");
}

TEST(NamePattern, IsTheOneNameInAComment) {
  const auto* verify = v1::VerifyContributionRequest::descriptor();
  EXPECT_EQ(NamePatternOf(*verify->FindFieldByName("name")), "projects/{project}/contributions/{contribution}");
  EXPECT_EQ(NamePatternOf(*v1::RuleVersion::descriptor()->FindFieldByName("verifiers")), "organizations/{organization}");
  EXPECT_EQ(NamePatternOf(*v1::ProposeReversalRequest::descriptor()->FindFieldByName("target")), "");
  EXPECT_EQ(NamePatternOf(*verify->FindFieldByName("bank_value_date")), "");
}

}  // namespace
}  // namespace oriundo
