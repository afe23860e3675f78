#include "client/cli/names.h"

#include <gmock/gmock.h>

namespace oriundo {
namespace {

constexpr char kContribution[] = "projects/{project}/contributions/{contribution}";

TEST(ExpandName, FillsInTheCollections) {
  EXPECT_EQ(ExpandName("projects/{project}", "tekax-2014", ""), "projects/tekax-2014");
  EXPECT_EQ(ExpandName(kContribution, "tekax-2014/d1", ""), "projects/tekax-2014/contributions/d1");
  EXPECT_EQ(ExpandName(kContribution, "tekax-2014/contributions/d1", ""), "projects/tekax-2014/contributions/d1");
  EXPECT_EQ(ExpandName(kContribution, "d1", "projects/tekax-2014"), "projects/tekax-2014/contributions/d1");
}

TEST(ExpandName, LeavesFullNamesAndRiddlesAlone) {
  for (const char* text : {"projects/p/contributions/d1", "a/b/c/d/e", "d1", ""})
    EXPECT_EQ(ExpandName(kContribution, text, ""), text);
  EXPECT_EQ(ExpandName("projects/{project}", "projects/p", ""), "projects/p");
  EXPECT_EQ(ExpandName("", "tekax-2014", "projects/p"), "tekax-2014");
  EXPECT_EQ(ExpandName(kContribution, "d1", "programs/p"), "d1");
}

TEST(ShortName, IsReadBackByExpandName) {
  for (const char* name : {"projects/p/contributions/d1"}) EXPECT_EQ(ExpandName(kContribution, ShortName(name), ""), name);
  EXPECT_EQ(ShortName("organizations/club-tekax"), "club-tekax");
  EXPECT_EQ(ShortName("Road of Tekax / second part"), "Road of Tekax / second part");
  EXPECT_EQ(ShortName("2014-09-10"), "2014-09-10");
}

TEST(IsId, TakesWhatTheLedgerTakes) {
  for (const char* text : {"a", "club-1"}) EXPECT_TRUE(IsId(text)) << text;
  for (const char* text : {"", "Club", "1club", "club-", "a b", "a/b"}) EXPECT_FALSE(IsId(text)) << text;
  EXPECT_TRUE(IsId(std::string(63, 'a')));
  EXPECT_FALSE(IsId(std::string(64, 'a')));
}

TEST(ParseActor, ReadsOrganizationAndPerson) {
  for (const char* text : {"club-tekax/treasurer", "organizations/club-tekax/treasurer"}) {
    EXPECT_EQ(ParseActor(text).organization, "organizations/club-tekax");
    EXPECT_EQ(ParseActor(text).principal, "treasurer");
  }
  EXPECT_EQ(ParseActor("club-tekax").principal, "");
  EXPECT_EQ(ParseActor("").organization, "");
}

}  // namespace
}  // namespace oriundo
