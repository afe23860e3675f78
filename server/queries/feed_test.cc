#include "server/queries/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "server/base/reason_status.h"
#include "server/queries/lists.h"
#include "server/queries/stored_ledger.h"

namespace oriundo {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const std::vector<StoredLedger::Funder> kHalfAndHalf = {
    {.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}}, {.role = "club", .kind = v1::CLUB}};

class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    ledger_.AddRule("r", kHalfAndHalf);
    v1::CreateOrganizationRequest federation;
    federation.set_organization_id("federation");
    federation.mutable_organization()->set_kind(v1::FEDERATION);
    federation.mutable_organization()->set_display_name("A federation");
    federation.mutable_organization()->set_country_code("US");
    ledger_.Do("administrator", "organizations/federation", federation);
    v1::RegisterOrganizationRequest note;
    note.set_name("organizations/federation");
    note.mutable_registration()->set_folio("TN-F1");
    note.mutable_registration()->set_valid_from("2014-01-01");
    note.mutable_registration()->set_valid_to("2015-12-31");
    ledger_.Do("consulate", "organizations/federation", note);
    v1::ChangeFederationRequest join;
    join.set_name("organizations/club");
    join.set_federation("organizations/federation");
    ledger_.Do("club", "organizations/club", join);
    v1::AcceptClubRequest accept;
    accept.set_name("organizations/club");
    ledger_.Do("federation", "organizations/club", accept);
    ledger_.AddProject("p", "r", 2'000);
    ledger_.Contribute("p", "c1", "club", 600);
  }

  std::vector<v1::FeedRow> Rows(const std::string& organization, bool unacknowledged_only = false, int page_size = 0) {
    v1::ListOrganizationFeedRequest request;
    request.set_name("organizations/" + organization);
    request.set_page_size(page_size);
    request.set_unacknowledged_only(unacknowledged_only);
    std::vector<v1::FeedRow> rows;
    do {
      const auto page = ListOrganizationFeed(ledger_.engine(), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      rows.insert(rows.end(), page->rows().begin(), page->rows().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return rows;
  }

  static std::vector<std::string> Events(const std::vector<v1::FeedRow>& rows) {
    std::vector<std::string> events;
    for (const v1::FeedRow& row : rows) events.push_back(row.event());
    return events;
  }

  StoredLedger ledger_;
};

TEST_F(FeedTest, ShowsWhatWasDoneInTheClubsNameAndWhatOthersDecidedAboutItsProject) {
  const std::vector<v1::FeedRow> rows = Rows("club");
  EXPECT_THAT(Events(rows),
              ElementsAre("organization_created", "organization_registered", "federation_proposed", "federation_changed",
                          "project_created", "project_submitted", "project_prevalidated", "project_approved", "agreement_signed",
                          "agreement_signed", "contribution_declared", "contribution_verified"));
  const v1::FeedRow& verified = rows.back();
  EXPECT_EQ(verified.actor(), "organizations/verifier");
  EXPECT_EQ(verified.project(), "projects/p");
  EXPECT_EQ(verified.amount().minor_units(), 600);
  EXPECT_TRUE(verified.needs_attention());
  EXPECT_FALSE(rows[4].needs_attention());
}

TEST_F(FeedTest, OfAFederationHasThatOfItsClubsOnceEach) {
  std::set<int64_t> clubs, federations;
  for (const v1::FeedRow& row : Rows("club")) clubs.insert(row.sequence());
  int64_t last = -1;
  for (const v1::FeedRow& row : Rows("federation")) {
    EXPECT_GT(row.sequence(), last);
    last = row.sequence();
    federations.insert(row.sequence());
  }
  EXPECT_TRUE(std::includes(federations.begin(), federations.end(), clubs.begin(), clubs.end()));
  EXPECT_EQ(federations.size(), clubs.size() + 2);  // Its own creation and registration.
}

TEST_F(FeedTest, IsTheSameInPagesOfAnySize) {
  for (const char* organization : {"club", "federation"}) {
    const std::vector<std::string> whole = Events(Rows(organization));
    for (int size : {1, 2, 3, 7}) EXPECT_EQ(Events(Rows(organization, false, size)), whole) << size;
  }
}

TEST_F(FeedTest, NeedsNoAttentionOnceAcknowledgedAndBeginsAfterThat) {
  v1::AcknowledgeFeedRequest acknowledge;
  acknowledge.set_name("organizations/club");
  acknowledge.set_through_sequence(ledger_.newest());
  ledger_.Do("club", "organizations/club", acknowledge);
  for (const v1::FeedRow& row : Rows("club")) EXPECT_FALSE(row.needs_attention()) << row.event();
  EXPECT_THAT(Events(Rows("club", true)), ElementsAre("feed_acknowledged"));
  ledger_.Declare("p", "c2", "club", 100);
  ledger_.Verify("p", "c2", 100);
  EXPECT_THAT(Events(Rows("club", true)), ElementsAre("feed_acknowledged", "contribution_declared", "contribution_verified"));
}

TEST_F(FeedTest, SaysWhatWasRefusedAndWhy) {
  v1::SuspendRegistrationRequest suspend;
  suspend.set_name("organizations/club");
  suspend.mutable_reason()->set_text("because");
  EXPECT_FALSE(ledger_.Try("club", "organizations/club", suspend).ok());
  const v1::FeedRow row = Rows("club").back();
  EXPECT_EQ(row.event(), "refused");
  EXPECT_EQ(row.refused_method(), "Test") << "what the stored ledger of tests calls every method";
  EXPECT_EQ(row.refusal_reason(), "ACTOR_NOT_ALLOWED");
}

TEST_F(FeedTest, ShowsOfGoodsWhatAllOfThemAreWorth) {
  v1::PublishRuleVersionRequest rule;
  rule.set_parent("programs/mx");
  rule.set_rule_version_id("goods");
  *rule.mutable_rule_version() = *ledger_.Read().Get<v1::RuleVersion>("programs/mx/versions/r");
  rule.mutable_rule_version()->set_in_kind_allowed(true);
  for (v1::FunderRole& role : *rule.mutable_rule_version()->mutable_roles()) role.set_in_kind_cap_bps(5'000);
  ledger_.Do("office", "programs/mx", rule);
  ledger_.AddDraft("q", "r", 2'000);
  v1::UpdateProjectRequest update;
  update.set_name("projects/q");
  *update.mutable_project() = *ledger_.Read().Get<v1::Project>("projects/q");
  update.mutable_project()->set_title("Works of q");
  update.mutable_project()->set_rule_version("programs/mx/versions/goods");
  update.set_etag(update.project().etag());
  ledger_.Do("club", "projects/q", update);
  ledger_.Agree("q");
  v1::DeclareInKindRequest declare;
  declare.set_parent("projects/q");
  declare.set_in_kind_id("cement");
  v1::InKind& in_kind = *declare.mutable_in_kind();
  in_kind.set_party("organizations/club");
  in_kind.set_item(v1::IN_KIND_CEMENT);
  in_kind.set_unit(v1::IN_KIND_BAG);
  in_kind.set_quantity_milli(40'000);
  in_kind.mutable_unit_value()->set_currency_code("MXN");
  in_kind.mutable_unit_value()->set_minor_units(7);
  v1::Evidence& photograph = *in_kind.add_evidence();
  photograph.set_type(v1::PHOTOGRAPH);
  photograph.set_salted_sha256(std::string(32, 'p'));
  ledger_.Do("club", "projects/q", declare);
  const v1::FeedRow row = Rows("club").back();
  EXPECT_EQ(row.event(), "in_kind_declared");
  EXPECT_EQ(row.amount().minor_units(), 280) << "forty bags at seven";
  EXPECT_EQ(row.amount().currency_code(), "MXN");
}

TEST_F(FeedTest, NamesAnOrganisationThatIsNotThere) {
  v1::ListOrganizationFeedRequest request;
  request.set_name("organizations/nobody");
  EXPECT_EQ(ReasonOf(ListOrganizationFeed(ledger_.engine(), request).status()), v1::ORGANIZATION_NOT_FOUND);
}

TEST_F(FeedTest, GoesOnWithAMergedClubsPast) {
  v1::CreateOrganizationRequest create;
  create.set_organization_id("heir");
  create.mutable_organization()->set_kind(v1::CLUB);
  create.mutable_organization()->set_display_name("An heir");
  create.mutable_organization()->set_country_code("US");
  ledger_.Do("administrator", "organizations/heir", create);
  EXPECT_THAT(Events(Rows("heir")), ElementsAre("organization_created"));
  v1::ProposeMergeRequest propose;
  propose.set_name("organizations/club");
  propose.set_successor("organizations/heir");
  ledger_.Do("club", "organizations/club", propose);
  v1::AcceptMergeRequest accept;
  accept.set_name("organizations/club");
  ledger_.Do("heir", "organizations/club", accept);
  EXPECT_THAT(Events(Rows("heir")), Contains("contribution_verified"));
}

// What depends on the day.
TEST_F(FeedTest, ReadsSayOnTheirDayWhetherARegistrationHasExpiredAndAnEntryIsStale) {
  v1::RecordDirectoryEntryRequest record;
  record.set_name("organizations/club");
  record.mutable_directory_entry()->set_source("IME");
  record.mutable_directory_entry()->set_external_id("1");
  record.mutable_directory_entry()->set_last_verified_date("2014-02-28");
  ledger_.Do("consulate", "organizations/club", record);
  const auto club = [&](int64_t seconds) {
    v1::KnownAt known_at;
    known_at.mutable_commit_time()->set_seconds(seconds);
    const Reader reader = *Reader::Open(ledger_.engine(), known_at);
    return *reader.Get<v1::Organization>("organizations/club");
  };
  constexpr int64_t k2016February28 = 1'456'617'600;
  EXPECT_FALSE(club(k2016February28).directory_entries(0).stale());
  EXPECT_FALSE(club(k2016February28).directory_stale());
  EXPECT_TRUE(club(k2016February28 + 2 * 86'400).directory_entries(0).stale());
  EXPECT_TRUE(club(k2016February28 + 2 * 86'400).directory_stale());
  EXPECT_TRUE(club(k2016February28).registration_expired());  // On the last of December 2015.
  EXPECT_FALSE(club(k2016February28 - 70 * 86'400).registration_expired());
  v1::ListOrganizationsRequest list;
  list.set_filter("directory_stale = true");
  const auto stale = List<v1::ListOrganizationsResponse>(ledger_.engine(), list);
  ASSERT_TRUE(stale.ok()) << stale.status();
  ASSERT_EQ(stale->organizations_size(), 1);
  EXPECT_TRUE(stale->organizations(0).directory_entries(0).stale());
}

}  // namespace
}  // namespace oriundo
