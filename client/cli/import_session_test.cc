#include "client/cli/import_session.h"

#include <gmock/gmock.h>

#include "client/cpp/random.h"
#include "oriundo/v1/project_service.pb.h"

namespace oriundo {
namespace {

v1::SignAgreementRequest Signing(const std::string& project) {
  v1::SignAgreementRequest request;
  request.set_name(project);
  request.set_agreement_date("2008-01-02");
  return request;
}

TEST(ImportRequestId, IsTheSameForTheSameWriteWhateverIdTheRequestHas) {
  v1::SignAgreementRequest again = Signing("projects/a");
  again.set_request_id("something");
  const std::string id = ImportRequestId("club-a/import", "ProjectService.SignAgreement", Signing("projects/a"));
  EXPECT_EQ(id, ImportRequestId("club-a/import", "ProjectService.SignAgreement", again));
  EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(ImportRequestId, IsAnotherForAnotherActorMethodOrContents) {
  const std::string id = ImportRequestId("club-a/import", "ProjectService.SignAgreement", Signing("projects/a"));
  EXPECT_NE(id, ImportRequestId("club-b/import", "ProjectService.SignAgreement", Signing("projects/a")));
  EXPECT_NE(id, ImportRequestId("club-a/import", "ProjectService.SignHandover", Signing("projects/a")));
  EXPECT_NE(id, ImportRequestId("club-a/import", "ProjectService.SignAgreement", Signing("projects/b")));
}

// The figure below is `{ printf 'oriundo import: synthetic document' | sha256sum | xxd -r -p; printf 'Synthetic ...\n'; } |
// sha256sum`.
TEST(SyntheticEvidence, IsAHashThatAnybodyCanComputeAndSaysThatThereIsNoPaper) {
  const v1::Evidence evidence = SyntheticEvidence(v1::BANK_RECEIPT, "projects/a/contributions/deposit-1");
  EXPECT_EQ(evidence.type(), v1::BANK_RECEIPT);
  EXPECT_EQ(
      SyntheticDocument(v1::BANK_RECEIPT, "projects/a/contributions/deposit-1"),
      "Synthetic BANK_RECEIPT of projects/a/contributions/deposit-1: made by oriundo import; the source has no such paper.\n");
  EXPECT_EQ(HexOf(evidence.salted_sha256()), "412d5e93c4110a84887f21674bb8288b94ff8d67e75275ac04fb78f46e61b5a4");
}

}  // namespace
}  // namespace oriundo
