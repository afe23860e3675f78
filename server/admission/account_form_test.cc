#include "server/admission/account_form.h"

#include <string>

#include "gtest/gtest.h"

namespace oriundo {
namespace {

TEST(AccountForm, KnowsANumberByItsFormAndCheckDigits) {
  // The others are the examples that the registry of ISO 13616 gives of their countries.
  EXPECT_EQ(AccountFormOf("032180000118359719"), v1::CLABE);
  for (const char* iban : {"GB82WEST12345698765432", "SV62CENR00000000000000700025", "GT82TRAJ01020000001210029690", "NO9386011117947"}) {
    EXPECT_EQ(AccountFormOf(iban), v1::IBAN) << iban;
  }
}

TEST(AccountForm, IsNoneWhereADigitIsMistyped) {
  const std::string clabe = "032180000118359719";
  for (std::size_t i = 0; i < clabe.size(); ++i) {
    std::string wrong = clabe;
    wrong[i] = wrong[i] == '9' ? '0' : static_cast<char>(wrong[i] + 1);
    EXPECT_EQ(AccountFormOf(wrong), v1::ACCOUNT_FORM_UNSPECIFIED) << wrong;
  }
  EXPECT_EQ(AccountFormOf("SV62CENR00000000000000700026"), v1::ACCOUNT_FORM_UNSPECIFIED);
}

TEST(AccountForm, IsNoneOfALocalNumberOrAnythingElse) {
  // The account number that is part of the CLABE above, and what is too short or long.
  for (const char* other : {"00011835971", "032180000118359719X", "03218000011835971", "", "SV62", "12345678901234567890123456789012345"}) {
    EXPECT_EQ(AccountFormOf(other), v1::ACCOUNT_FORM_UNSPECIFIED) << other;
  }
}

}  // namespace
}  // namespace oriundo
