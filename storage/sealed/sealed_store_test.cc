#include "storage/sealed/sealed_store.h"

#include <memory>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_engine.h"

namespace oriundo {
namespace {

constexpr char kSubject[] = "organizations/club-a";

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex += kDigits[static_cast<unsigned char>(byte) >> 4];
    hex += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

class SealedStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Snapshot> Now() { return engine_.NewSnapshot().value(); }

  void MustCommit(const WriteBatch& batch) { ASSERT_EQ(engine_.Commit(batch).outcome, CommitOutcome::kOk); }

  // Gives `subject` a new secret.
  void NewSecret(const std::string& subject) {
    WriteBatch batch;
    PutSubjectSecret(batch, subject, RandomBytes(kSecretBytes));
    MustCommit(batch);
  }

  // Seals `text` under the secret of `subject` and returns its commitment.
  std::string Seal(const std::string& subject, const std::string& text) {
    const std::string salt = RandomBytes(kSaltBytes);
    const std::string commitment = Commitment(salt, text);
    WriteBatch batch;
    SealInto(batch, ReadSubjectSecret(*Now(), subject).value().value(), commitment, salt, text);
    MustCommit(batch);
    return commitment;
  }

  void Destroy(const std::string& subject) {
    WriteBatch batch;
    DestroySubjectKey(batch, subject);
    MustCommit(batch);
  }

  MemoryEngine engine_;
};

// Expected values from: openssl mac -digest SHA256 -macopt hexkey:0b0b...0b (32 times) -in text HMAC
TEST(Commitment, IsHmacSha256OfTheTextUnderTheSalt) {
  const std::string salt(kSaltBytes, '\x0b');
  EXPECT_EQ(Hex(Commitment(salt, "Hi There")), "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
  EXPECT_EQ(Hex(Commitment(salt, "")), "5177e637aaac0b50e5dca8bb05b0b571444bd59b9b0d834d50681af21fc14b1e");
}

TEST(RandomBytes, DiffersEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(RandomBytes(16));
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(RandomBytes(0), "");
}

TEST(LedgerKey, NamesTheSameThingTheSameWayAndOtherThingsOtherwise) {
  const LedgerKey key(std::string(kSecretBytes, 'k'));
  EXPECT_EQ(key.Pseudonym("principal", "a"), LedgerKey(std::string(kSecretBytes, 'k')).Pseudonym("principal", "a"));
  // Stored in entries for ever: HMAC-SHA256 of "pseudonym" 00 "principal" 00 "a", and of "digest" 00 ..., first 16 bytes.
  EXPECT_EQ(key.Pseudonym("principal", "a"), "e987320f2f96a917c1b80d7ff9ff203c");
  EXPECT_EQ(Hex(key.Digest("principal", "a")), "b9fb7956b0f61d4ad2cb748fe9351a74");
  const std::set<std::string> all = {key.Pseudonym("principal", "a"),   key.Pseudonym("principal", "b"),
                                     key.Pseudonym("account", "a"),     key.Pseudonym("accoun", "ta"),
                                     key.Pseudonym("", "principal\0a"), LedgerKey::Generate().Pseudonym("principal", "a"),
                                     Hex(key.Digest("principal", "a"))};
  EXPECT_EQ(all.size(), 7u);
  for (const std::string& name : all) EXPECT_EQ(name.size(), 32u);
}

TEST(LedgerKey, SaysTheSameWhateverItWasAskedBefore) {
  const LedgerKey one = LedgerKey::Generate();
  const LedgerKey other = LedgerKey::Generate();
  const std::string by_one = one.Digest("context", "bytes");
  const std::string by_other = other.Digest("context", "bytes");
  EXPECT_NE(by_one, by_other);
  EXPECT_EQ(one.Digest("context", "bytes"), by_one);
  EXPECT_EQ(one.Digest("context", "bytes"), by_one);
  EXPECT_EQ(other.Digest("context", "bytes"), by_other);
}

TEST_F(SealedStoreTest, TheLedgerKeyIsStoredAndFoundAgain) {
  EXPECT_EQ(LedgerKey::Load(*Now()).status().code(), absl::StatusCode::kNotFound);
  const LedgerKey key = LedgerKey::Generate();
  WriteBatch batch;
  key.PutInto(batch);
  MustCommit(batch);
  EXPECT_EQ(LedgerKey::Load(*Now())->Digest("c", "x"), key.Digest("c", "x"));
  batch.Put(LedgerSecretKey(), "short");
  MustCommit(batch);
  EXPECT_EQ(LedgerKey::Load(*Now()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedStoreTest, OpensWhatWasSealed) {
  NewSecret(kSubject);
  for (const std::string& text : {std::string(), std::string("Pavimentación de la calle Hidalgo"), std::string(2'000, '\0')}) {
    const std::string commitment = Seal(kSubject, text);
    EXPECT_EQ(*Open(*Now(), kSubject, commitment), text);
  }
}

TEST_F(SealedStoreTest, StoresNothingReadable) {
  NewSecret(kSubject);
  const std::string commitment = Seal(kSubject, "a telling text");
  EXPECT_THAT(Now()->Get(OpeningKey(commitment)).value().value(), testing::Not(testing::HasSubstr("telling")));
}

TEST_F(SealedStoreTest, FindsNothingWhereNothingWasSealed) {
  NewSecret(kSubject);
  EXPECT_EQ(*Open(*Now(), kSubject, std::string(kCommitmentBytes, 'c')), std::nullopt);
  EXPECT_EQ(*Open(*Now(), "organizations/unknown", std::string(kCommitmentBytes, 'c')), std::nullopt);
}

TEST_F(SealedStoreTest, AnotherSubjectsSecretOpensNothing) {
  NewSecret(kSubject);
  NewSecret("organizations/club-b");
  const std::string commitment = Seal(kSubject, "text");
  EXPECT_EQ(*Open(*Now(), "organizations/club-b", commitment), std::nullopt);
}

TEST_F(SealedStoreTest, DestroyingTheSecretForgetsEveryTextOfThatSubjectOnly) {
  NewSecret(kSubject);
  NewSecret("organizations/club-b");
  const std::string first = Seal(kSubject, "first");
  const std::string second = Seal(kSubject, "second");
  const std::string other = Seal("organizations/club-b", "other");
  Destroy(kSubject);
  EXPECT_EQ(*ReadSubjectSecret(*Now(), kSubject), std::nullopt);
  EXPECT_EQ(*Open(*Now(), kSubject, first), std::nullopt);
  EXPECT_EQ(*Open(*Now(), kSubject, second), std::nullopt);
  EXPECT_EQ(*Open(*Now(), "organizations/club-b", other), "other");
}

TEST_F(SealedStoreTest, ANewSecretAfterErasureOpensNewTextsAndNoOldOnes) {
  NewSecret(kSubject);
  const std::string before = Seal(kSubject, "before");
  Destroy(kSubject);
  NewSecret(kSubject);
  const std::string after = Seal(kSubject, "after");
  EXPECT_EQ(*Open(*Now(), kSubject, before), std::nullopt);
  EXPECT_EQ(*Open(*Now(), kSubject, after), "after");
}

// Of an opening's bytes, those of the secret's id say whose it is: changed, they name a secret that is not there.
TEST_F(SealedStoreTest, AChangedOpeningIsNeverShown) {
  NewSecret(kSubject);
  const std::string commitment = Seal(kSubject, "text");
  const std::string opening = Now()->Get(OpeningKey(commitment)).value().value();
  for (std::size_t i = 0; i < opening.size(); ++i) {
    std::string changed = opening;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    WriteBatch batch;
    batch.Put(OpeningKey(commitment), changed);
    MustCommit(batch);
    const auto text = Open(*Now(), kSubject, commitment);
    if (i >= 1 && i < 9) {
      EXPECT_EQ(*text, std::nullopt) << "byte " << i;
    } else {
      EXPECT_EQ(text.status().code(), absl::StatusCode::kDataLoss) << "byte " << i;
    }
  }
  for (std::size_t size = 0; size < opening.size(); ++size) {
    WriteBatch batch;
    batch.Put(OpeningKey(commitment), opening.substr(0, size));
    MustCommit(batch);
    EXPECT_EQ(Open(*Now(), kSubject, commitment).status().code(), absl::StatusCode::kDataLoss) << size << " bytes left";
  }
}

TEST_F(SealedStoreTest, AnOpeningMovedToAnotherCommitmentIsDataLoss) {
  NewSecret(kSubject);
  const std::string honest = Seal(kSubject, "ten pesos");
  const std::string target = Seal(kSubject, "nine pesos");
  WriteBatch batch;
  batch.Put(OpeningKey(target), Now()->Get(OpeningKey(honest)).value().value());
  MustCommit(batch);
  EXPECT_EQ(Open(*Now(), kSubject, target).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedStoreTest, ARottenSecretIsDataLoss) {
  NewSecret(kSubject);
  const std::string commitment = Seal(kSubject, "text");
  WriteBatch batch;
  batch.Put(SubjectSecretKey(kSubject), "short");
  MustCommit(batch);
  EXPECT_EQ(Open(*Now(), kSubject, commitment).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadSubjectSecret(*Now(), kSubject).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace oriundo
