#include "server/queries/page.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/project_service.pb.h"
#include "server/base/reason_status.h"

namespace oriundo {
namespace {

v1::ListContributionsRequest Request() {
  v1::ListContributionsRequest request;
  request.set_parent("projects/p");
  request.set_filter("state = VERIFIED");
  request.mutable_known_at()->set_sequence(7);
  return request;
}

const PagePosition kPosition = {.last = "projects/p/contributions/c", .sequence = 7};

const LedgerKey& Key() {
  static const LedgerKey key(std::string(kSecretBytes, 'k'));
  return key;
}

v1::ErrorReason ReasonOfToken(const google::protobuf::Message& request) {
  return ReasonOf(DecodePageToken(Key(), request).status());
}

TEST(PageSize, DefaultsCoercesAndRefusesNegativeOnes) {
  EXPECT_EQ(*PageSize(0), 50);
  EXPECT_EQ(*PageSize(1), 1);
  EXPECT_EQ(*PageSize(1'000), 1'000);
  EXPECT_EQ(*PageSize(1'001), 1'000);
  EXPECT_EQ(ReasonOf(PageSize(-1).status()), v1::INVALID_FIELD);
}

TEST(PageToken, GivesBackThePositionWhateverThePageSize) {
  v1::ListContributionsRequest request = Request();
  request.set_page_token(EncodePageToken(Key(), request, kPosition));
  request.set_page_size(3);
  const absl::StatusOr<PagePosition> position = DecodePageToken(Key(), request);
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(position->last, kPosition.last);
  EXPECT_EQ(position->sequence, kPosition.sequence);
}

TEST(PageToken, IsEmptyOnTheFirstPage) {
  const absl::StatusOr<PagePosition> position = DecodePageToken(Key(), Request());
  ASSERT_TRUE(position.ok());
  EXPECT_TRUE(position->last.empty());
}

TEST(PageToken, BelongsToItsMethodAndArguments) {
  const std::string token = EncodePageToken(Key(), Request(), kPosition);
  v1::ListContributionsRequest request = Request();
  request.set_page_token(token);
  request.set_parent("projects/q");
  EXPECT_EQ(ReasonOfToken(request), v1::PAGE_TOKEN_INVALID);
  request = Request();
  request.set_page_token(token);
  request.clear_filter();
  EXPECT_EQ(ReasonOfToken(request), v1::PAGE_TOKEN_INVALID);
  request = Request();
  request.set_page_token(token);
  request.mutable_known_at()->set_sequence(8);
  EXPECT_EQ(ReasonOfToken(request), v1::PAGE_TOKEN_INVALID);
  v1::ListReleasesRequest other;
  other.ParseFromString(Request().SerializeAsString());
  other.set_page_token(token);
  EXPECT_EQ(ReasonOfToken(other), v1::PAGE_TOKEN_INVALID);
}

TEST(PageToken, RefusesATokenWithOneBitChangedAnywhere) {
  const std::string token = EncodePageToken(Key(), Request(), kPosition);
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    v1::ListContributionsRequest request = Request();
    request.set_page_token(absl::WebSafeBase64Escape(altered));
    EXPECT_EQ(ReasonOfToken(request), v1::PAGE_TOKEN_INVALID) << "bit " << bit;
  }
}

// Who knows how tokens are built, and not the ledger's key, cannot make one.
TEST(PageToken, BelongsToTheLedgerOfItsKey) {
  const LedgerKey other(std::string(kSecretBytes, 'o'));
  v1::ListContributionsRequest request = Request();
  request.set_page_token(EncodePageToken(other, request, kPosition));
  EXPECT_EQ(ReasonOfToken(request), v1::PAGE_TOKEN_INVALID);
  EXPECT_TRUE(DecodePageToken(other, request).ok());
}

TEST(PageToken, StaysGoodWhenTheSameKeyIsReadAgain) {
  const LedgerKey again(std::string(kSecretBytes, 'k'));
  v1::ListContributionsRequest request = Request();
  request.set_page_token(EncodePageToken(Key(), request, kPosition));
  EXPECT_TRUE(DecodePageToken(again, request).ok());
}

TEST(PageToken, RefusesWhatIsNoToken) {
  const std::string token = EncodePageToken(Key(), Request(), kPosition);
  for (const std::string& bad :
       {std::string("!"), std::string("AAAA"), token.substr(0, 12), std::string(5'000, 'A'), "B" + token.substr(1)}) {
    v1::ListContributionsRequest request = Request();
    request.set_page_token(bad);
    EXPECT_EQ(ReasonOfToken(request), v1::PAGE_TOKEN_INVALID) << bad;
  }
}

}  // namespace
}  // namespace oriundo
