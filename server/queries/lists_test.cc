#include "server/queries/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/reason_status.h"
#include "server/queries/page.h"
#include "server/queries/stored_ledger.h"

namespace oriundo {
namespace {

using testing::ElementsAre;

const std::vector<StoredLedger::Funder> kHalfAndHalf = {
    {.role = "federal", .kind = v1::FEDERAL_GOVERNMENT, .cumulative_bps = {10'000}}, {.role = "club", .kind = v1::CLUB}};

class ListsTest : public testing::Test {
 protected:
  // The ledger's, as its own pages take it.
  LedgerKey Key() { return *LedgerKey::Load(ledger_.Read().snapshot()); }

  ListsTest() {
    ledger_.AddRule("r", kHalfAndHalf);
    ledger_.AddProject("p", "r", 2'000);
    for (const char* id : {"c5", "c1", "c3", "c2", "c4"}) ledger_.Declare("p", id, "club", 100);
    ledger_.Verify("p", "c3", 100);
    ledger_.Verify("p", "c4", 60);
  }

  static v1::ListContributionsRequest Contributions(int page_size = 0, const std::string& filter = "") {
    v1::ListContributionsRequest request;
    request.set_parent("projects/p");
    request.set_page_size(page_size);
    request.set_filter(filter);
    return request;
  }

  // The ids of all pages, and how many pages there were.
  std::vector<std::string> AllIds(v1::ListContributionsRequest request, int* pages = nullptr) {
    std::vector<std::string> ids;
    int count = 0;
    do {
      const auto page = List<v1::ListContributionsResponse>(ledger_.engine(), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::Contribution& row : page->contributions()) ids.push_back(row.name().substr(row.name().rfind('/') + 1));
      request.set_page_token(page->next_page_token());
      ++count;
    } while (!request.page_token().empty());
    if (pages != nullptr) *pages = count;
    return ids;
  }

  template <typename Response, typename Request>
  v1::ErrorReason ReasonOfList(const Request& request) {
    return ReasonOf(List<Response>(ledger_.engine(), request).status());
  }

  StoredLedger ledger_;
};

TEST_F(ListsTest, ShowsResourcesByNameWithTheirTexts) {
  const auto page = List<v1::ListContributionsResponse>(ledger_.engine(), Contributions());
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->contributions_size(), 5);
  EXPECT_EQ(page->contributions(0).memo(), "note on c1");
  EXPECT_EQ(page->sequence(), ledger_.newest());
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(ListsTest, GoesThroughAllPagesOnce) {
  for (int page_size = 1; page_size <= 6; ++page_size) {
    int pages = 0;
    EXPECT_THAT(AllIds(Contributions(page_size), &pages), ElementsAre("c1", "c2", "c3", "c4", "c5"));
    EXPECT_EQ(pages, (5 + page_size - 1) / page_size) << page_size;
  }
}

TEST_F(ListsTest, GoesThroughMoreThanOneScan) {
  for (int i = 0; i < 300; ++i) ledger_.Declare("p", "d" + std::to_string(i), "club", 1);
  const std::vector<std::string> ids = AllIds(Contributions(1'000));
  EXPECT_EQ(ids.size(), 305u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 305u);
}

TEST_F(ListsTest, ShowsOnlyWhatTheFilterMatches) {
  EXPECT_THAT(AllIds(Contributions(1, "state = VERIFIED")), ElementsAre("c3", "c4"));
  EXPECT_THAT(AllIds(Contributions(0, "state = VERIFIED AND credited.minor_units < 100")), ElementsAre("c4"));
}

TEST_F(ListsTest, ShowsThePast) {
  v1::ListContributionsRequest request = Contributions();
  request.mutable_known_at()->set_sequence(ledger_.newest() - 4);  // Before the two verifications and the last two declarations.
  const auto page = List<v1::ListContributionsResponse>(ledger_.engine(), request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->sequence(), ledger_.newest() - 4);
  EXPECT_THAT(AllIds(request), ElementsAre("c1", "c3", "c5"));
  for (const v1::Contribution& row : page->contributions()) EXPECT_EQ(row.state(), v1::Contribution::DECLARED);
}

TEST_F(ListsTest, ListsTopLevelResourcesWithoutTheirChildren) {
  const auto projects = List<v1::ListProjectsResponse>(ledger_.engine(), v1::ListProjectsRequest());
  ASSERT_TRUE(projects.ok());
  ASSERT_EQ(projects->projects_size(), 1);
  EXPECT_EQ(projects->projects(0).title(), "Works of p");
  v1::ListOrganizationsRequest clubs;
  clubs.set_filter("kind = CLUB");
  const auto organizations = List<v1::ListOrganizationsResponse>(ledger_.engine(), clubs);
  ASSERT_TRUE(organizations.ok());
  ASSERT_EQ(organizations->organizations_size(), 1);
  EXPECT_EQ(organizations->organizations(0).display_name(), "The club");
}

TEST_F(ListsTest, RefusesWhatIsWrongWithTheRequest) {
  EXPECT_EQ(ReasonOfList<v1::ListContributionsResponse>(Contributions(-1)), v1::INVALID_FIELD);
  EXPECT_EQ(ReasonOfList<v1::ListContributionsResponse>(Contributions(0, "colour = 1")), v1::FILTER_INVALID);
  v1::ListContributionsRequest request = Contributions();
  request.set_parent("projects/none");
  EXPECT_EQ(ReasonOfList<v1::ListContributionsResponse>(request), v1::PROJECT_NOT_FOUND);
  request.set_parent("organizations/club");
  EXPECT_EQ(ReasonOfList<v1::ListContributionsResponse>(request), v1::INVALID_FIELD);
  request = Contributions(2);
  request.set_page_token(List<v1::ListContributionsResponse>(ledger_.engine(), request)->next_page_token());
  request.set_filter("state = VERIFIED");
  EXPECT_EQ(ReasonOfList<v1::ListContributionsResponse>(request), v1::PAGE_TOKEN_INVALID);
}

TEST_F(ListsTest, ATokenMadeUnderAnotherKeyIsRefused) {
  v1::ListContributionsRequest request = Contributions();
  request.set_page_token(EncodePageToken(LedgerKey::Generate(), request, {.last = "projects/p/contributions/c2", .sequence = 0}));
  EXPECT_EQ(ReasonOfList<v1::ListContributionsResponse>(request), v1::PAGE_TOKEN_INVALID);
}

TEST_F(ListsTest, StaysInItsCollectionWhateverTheTokenSays) {
  v1::ListContributionsRequest request = Contributions();
  for (const char* last : {"organizations/a", "a", "projects/p/contributions/c2"}) {
    request.set_page_token(EncodePageToken(Key(), Contributions(), {.last = last, .sequence = 0}));
    const auto page = List<v1::ListContributionsResponse>(ledger_.engine(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Contribution& row : page->contributions()) EXPECT_TRUE(row.name().starts_with("projects/p/contributions/"));
  }
}

TEST_F(ListsTest, BalancesAddUpToZeroOverAllPages) {
  v1::ListBalancesRequest request;
  request.set_parent("projects/p");
  request.set_page_size(1);
  int64_t sum = 0;
  std::vector<std::string> accounts;
  do {
    const auto page = ListBalances(ledger_.engine(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->currency_code(), "MXN");
    for (const v1::AccountBalance& balance : page->balances()) {
      sum += balance.minor_units();
      accounts.push_back(balance.account());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(sum, 0);
  EXPECT_THAT(accounts, ElementsAre("assets:p:bank", "funds:p:club"));
}

TEST_F(ListsTest, EntriesStayAtTheFirstPagesSequence) {
  v1::ListEntriesRequest request;
  request.set_page_size(7);
  const int64_t newest = ledger_.newest();
  std::vector<int64_t> sequences;
  do {
    const auto page = ListEntries(ledger_.engine(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->sequence(), newest);
    for (const v1::Entry& entry : page->entries()) sequences.push_back(entry.sequence());
    request.set_page_token(page->next_page_token());
    ledger_.Declare("p", "x" + std::to_string(sequences.size()), "club", 1);
  } while (!request.page_token().empty());
  ASSERT_EQ(static_cast<int64_t>(sequences.size()), newest + 1);
  for (int64_t i = 0; i <= newest; ++i) EXPECT_EQ(sequences[static_cast<std::size_t>(i)], i);
}

TEST_F(ListsTest, EntriesOfASubjectAreThoseThatConcernIt) {
  v1::ListEntriesRequest request;
  request.set_subject("projects/p");
  request.set_page_size(1'000);
  const auto page = ListEntries(ledger_.engine(), request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_GT(page->entries_size(), 10);
  for (const v1::Entry& entry : page->entries()) EXPECT_EQ(entry.project(), "projects/p");
  EXPECT_EQ(page->entries(0).event_case(), v1::Entry::kProjectCreated);

  request.mutable_known_at()->set_sequence(page->entries(4).sequence());
  EXPECT_EQ(ListEntries(ledger_.engine(), request)->entries_size(), 5);
  request.mutable_known_at()->set_sequence(0);
  EXPECT_EQ(ReasonOf(ListEntries(ledger_.engine(), request).status()), v1::PROJECT_NOT_FOUND);
  request.clear_known_at();
  request.set_subject("projects/p/contributions/c1");
  EXPECT_EQ(ReasonOf(ListEntries(ledger_.engine(), request).status()), v1::INVALID_FIELD);
  request.set_subject("organizations/nobody");
  EXPECT_EQ(ReasonOf(ListEntries(ledger_.engine(), request).status()), v1::ORGANIZATION_NOT_FOUND);
}

TEST_F(ListsTest, ATokenBeyondTheJournalIsRefused) {
  v1::ListEntriesRequest request;
  request.set_page_token(EncodePageToken(Key(), v1::ListEntriesRequest(), {.last = "3", .sequence = 1'000'000}));
  EXPECT_EQ(ReasonOf(ListEntries(ledger_.engine(), request).status()), v1::PAGE_TOKEN_INVALID);
  request.set_page_token(EncodePageToken(Key(), v1::ListEntriesRequest(), {.last = "x", .sequence = 5}));
  EXPECT_EQ(ReasonOf(ListEntries(ledger_.engine(), request).status()), v1::PAGE_TOKEN_INVALID);
}

TEST_F(ListsTest, GetsOneEntry) {
  v1::GetEntryRequest request;
  request.set_sequence(3);
  EXPECT_EQ(GetEntry(ledger_.engine(), request)->sequence(), 3);
  request.set_sequence(ledger_.newest() + 1);
  EXPECT_EQ(ReasonOf(GetEntry(ledger_.engine(), request).status()), v1::ENTRY_NOT_FOUND);
  request.set_sequence(-1);
  EXPECT_EQ(ReasonOf(GetEntry(ledger_.engine(), request).status()), v1::INVALID_FIELD);
}

// What was reallocated and arrived is taken back by the other project's bank: found by whoever reads or lists it, and not before
// it was.
TEST_F(ListsTest, ShowsWhatWasReallocatedAndTakenBackAsThat) {
  ledger_.AddProject("q", "r", 2'000);
  ledger_.Cancel("p");
  ledger_.ApportionRefunds("p");
  v1::ProposeReallocationRequest propose;
  propose.set_parent("projects/p");
  propose.set_proposal_id("move");
  propose.set_reallocation_id("m1");
  propose.set_party("organizations/club");
  propose.set_target_project("projects/q");
  *propose.mutable_amount() = Mxn(160);
  propose.mutable_reason()->set_text("the other works go on");
  ledger_.Do("club", "projects/p", propose);
  v1::ApproveProposalRequest approve;
  approve.set_name("projects/p/proposals/move");
  ledger_.Do("office", "projects/p", approve);
  v1::PayRefundRequest send;
  send.set_parent("projects/p");
  send.set_refund_id("m1");
  send.mutable_refund()->set_party("organizations/club");
  send.mutable_refund()->set_payment_date(ledger_.bank_day);
  send.mutable_refund()->set_reallocation("projects/p/reallocations/m1");
  v1::Evidence& receipt = *send.mutable_refund()->add_evidence();
  receipt.set_type(v1::BANK_RECEIPT);
  receipt.set_salted_sha256(std::string(32, 'd'));
  ledger_.Do("verifier", "projects/p", send);
  v1::DeclareContributionRequest declare;
  declare.set_parent("projects/q");
  declare.set_contribution_id("m1");
  declare.mutable_contribution()->set_party("organizations/club");
  *declare.mutable_contribution()->mutable_declared() = Mxn(160);
  declare.mutable_contribution()->set_reallocation("projects/p/reallocations/m1");
  ledger_.Do("club", "projects/q", declare);
  ledger_.Verify("q", "m1", 160);
  const int64_t arrived = ledger_.newest();
  ledger_.Reverse("q", "bounced", "contributions/m1");
  const auto state = [](const Reader& reader) { return reader.Get<v1::Reallocation>("projects/p/reallocations/m1")->state(); };
  EXPECT_EQ(state(ledger_.Read()), v1::Reallocation::TAKEN_BACK);
  EXPECT_EQ(state(ledger_.Read(arrived)), v1::Reallocation::RECEIVED);
  EXPECT_EQ(state(ledger_.Read(arrived - 1)), v1::Reallocation::SENT);
  const auto listed = [&](const std::string& filter) {
    v1::ListReallocationsRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    const auto page = List<v1::ListReallocationsResponse>(ledger_.engine(), request);
    EXPECT_TRUE(page.ok()) << page.status();
    return page->reallocations_size();
  };
  EXPECT_EQ(listed("state = TAKEN_BACK"), 1);
  EXPECT_EQ(listed("state = RECEIVED"), 0);
  // Declared and confirmed once more it has arrived again.
  declare.set_contribution_id("m2");
  ledger_.Do("club", "projects/q", declare);
  EXPECT_EQ(state(ledger_.Read()), v1::Reallocation::TAKEN_BACK);
  ledger_.Verify("q", "m2", 160);
  EXPECT_EQ(state(ledger_.Read()), v1::Reallocation::RECEIVED);
}

}  // namespace
}  // namespace oriundo
