#include "client/cli/community_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "client/cli/feed.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/entry.pb.h"

namespace oriundo {
namespace {

using testing::HasSubstr;

absl::StatusOr<std::vector<CommunityRow>> Read(const std::string& text, CommunityImportOptions options = {}) {
  std::istringstream stream(text);
  options.file = "places.csv";
  return ReadCommunities(stream, options, Words());
}

std::vector<std::string> Faults(const absl::Status& status) {
  std::vector<std::string> faults;
  for (const CallError::Field& field : CallErrorOf(status).fields) faults.push_back(field.path);
  return faults;
}

TEST(ReadCommunities, TakesColumnsByTheirHeadersWhateverTheirOrder) {
  const auto rows = Read("marginalisation_band,priority,display_name,code,country_code,band_year,band_source\n"
                         "high,1,\"Tekax, Yucat\u00e1n\",31079,MX,2010,CONAPO\n"
                         "MARGINALISATION_VERY_LOW,false,M\u00e9rida,31050,MX,,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  const v1::SaveCommunityRequest& first = (*rows)[0].request;
  EXPECT_EQ(first.name(), "communities/31079");
  EXPECT_EQ(first.community().display_name(), "Tekax, Yucat\u00e1n");
  EXPECT_EQ(first.community().marginalisation_band(), v1::MARGINALISATION_HIGH);
  EXPECT_TRUE(first.community().priority());
  EXPECT_EQ(first.community().band_year(), 2010);
  EXPECT_EQ(first.community().band_source(), "CONAPO");
  EXPECT_EQ((*rows)[1].request.community().marginalisation_band(), v1::MARGINALISATION_VERY_LOW);
  EXPECT_EQ((*rows)[1].line, 3);
}

TEST(ReadCommunities, TellsEveryFaultWithItsLineAndColumn) {
  const auto rows = Read("code,country_code,display_name,priority,marginalisation_band\n"
                         "1,MX,A,maybe,LOW\n"
                         "2,MX,,true,SOME\n"
                         "1,MX,B,true,\n"
                         "\"3,MX,C,true,\n");
  EXPECT_THAT(Faults(rows.status()), testing::ElementsAre("places.csv:2:8", "places.csv:3:6", "places.csv:3:12", "places.csv:4:1",
                                                          "places.csv:5:1"));
}

TEST(ReadCommunities, NamesTheColumnsThatAreMissing) {
  EXPECT_EQ(Faults(Read("a,b\n1,2\n").status()).size(), 3u);
  EXPECT_EQ(
      Faults(Read("code,display_name\n1,A\n", {.file = "", .columns = {"region_code=state"}, .country_code = "MX", .client = {}})
                 .status())
          .size(),
      1u);
  EXPECT_EQ(
      Faults(Read("code,display_name\n", {.file = "", .columns = {"colour=state"}, .country_code = "MX", .client = {}}).status())
          .front(),
      "--column");
  EXPECT_EQ(Faults(Read("").status()).size(), 1u);
}

TEST(ReadCommunities, TakesTheCatalogueOfAllMunicipalitiesOfMexico) {
  const char* folder = std::getenv("ORIUNDO_TEST_DATA");
  if (folder == nullptr) GTEST_SKIP() << "ORIUNDO_TEST_DATA names no folder with mx_municipalities_inegi.csv";
  std::ifstream file(std::string(folder) + "/mx_municipalities_inegi.csv");
  ASSERT_TRUE(file.good());
  const CommunityImportOptions options{.file = "inegi.csv",
                                       .columns = {"region_code=state_code", "display_name=municipality"},
                                       .country_code = "MX",
                                       .client = {}};
  const auto rows = ReadCommunities(file, options, Words());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 2'478u);
  EXPECT_EQ(rows->front().request.name(), "communities/01001");
  EXPECT_EQ(rows->front().request.community().region_code(), "01");
}

TEST(EventText, HasSpanishWordsForEveryEvent) {
  const auto* event = v1::Entry::descriptor()->FindOneofByName("event");
  for (int i = 0; i < event->field_count(); ++i) {
    const std::string& name = event->field(i)->name();
    EXPECT_NE(EventText(name, Words(Language::kSpanish)), EventText(name, Words())) << name;
  }
}

}  // namespace
}  // namespace oriundo
