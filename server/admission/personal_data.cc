#include "server/admission/personal_data.h"

#include <re2/re2.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "server/base/check.h"

namespace oriundo {
namespace {

struct Pattern {
  std::string_view what;
  const char* expression;
  // True for numbers of identity papers, which short codes are searched for too.
  bool is_identity;
};

// All without regard to case. `\b` stands at both ends wherever a longer number or word would mean something else.
constexpr Pattern kPatterns[] = {
    // CURP: four letters of the name, the birthday, sex, state, consonants, two check characters. Long enough to be found inside a word.
    {"a CURP", R"([A-Z][AEIOUX][A-Z]{2}[ ._-]?[0-9]{6}[ ._-]?[HMX][A-Z]{5}[ ._-]?[A-Z0-9][0-9])", true},
    // The key on a Mexican voter's card.
    {"a voter's key (clave de elector)", R"(\b[A-Z]{6}[0-9]{8}[HM][0-9]{3}\b)", true},
    // RFC of a person has thirteen characters; a company's has twelve and is allowed.
    {"a person's RFC", R"((?:^|[^A-Z0-9Ñ&])[A-ZÑ&]{4}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[A-Z0-9]{3}(?:$|[^A-Z0-9]))", true},
    // Taken apart it looks like many a folio, unless a letter stands in its last group.
    {"a person's RFC",
     R"((?:^|[^A-Z0-9Ñ&])[A-ZÑ&]{4}[ ._-][0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ ._-](?:[A-Z][A-Z0-9]{2}|[0-9][A-Z][A-Z0-9])(?:$|[^A-Z0-9]))",
     true},
    {"a person's RFC", R"(\brfc[: ]+[A-ZÑ&]{4}[ -]?[0-9]{6}[ -]?[A-Z0-9]{3}\b)", false},
    {"a social security or taxpayer number", R"((?:^|[^0-9A-Z/-])[0-9]{3}(?: ?[-.] ?| )[0-9]{2}(?: ?[-.] ?| )[0-9]{4}(?:$|[^0-9/-]))", false},
    {"a taxpayer number (ITIN)", R"(\b9[0-9]{2}(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])[0-9]{4}\b)", false},
    {"a social security number",
     R"((?:\bssn|\bitin|\bnss|social security|seguro social)[^0-9]{0,20}[0-9][0-9 .-]{6,12}[0-9])", false},
    {"an identity number (DUI)", R"((?:^|[^0-9A-Z/-])[0-9]{8}-[0-9](?:$|[^0-9/-]))", false},
    {"an identity number (DNI)", R"(\b[0-9]{4}-[0-9]{4}-[0-9]{5}\b)", true},
    {"an identity number (DPI)", R"(\b[0-9]{4} [0-9]{5} [0-9]{4}\b)", true},
    {"an identity number",
     R"((?:\bine\b|\bdui\b|\bdni\b|\bdpi\b|c[eé]dula|identity card|licencia de conducir|driver'?s licen[cs]e)[^0-9]{0,20}[A-Z0-9-]*[0-9][0-9 -]{4,}[0-9])",
     false},
    {"a passport number", R"((?:passport|pasaporte)[^0-9]{0,20}[A-Z]{0,3}[0-9][0-9 -]{3,10}[0-9]\b)", false},
    // The one number of immigration enforcement. Small, an `a` before a number is a word.
    {"an alien registration number", R"((?:^|[^0-9A-Z])(?:(?-i:A)[ -]?|a-?(?:number|file|n[uú]mero)[ :#]*(?:a[ -]?)?)[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}(?:$|[^0-9]))", false},
    {"a consular registration number (matrícula)", R"(matr[ií]cula(?: consular)?[ :#]*(?:n[oúu]m?\.?|#)?[ :]*[0-9]{6,}|matr[ií]cula consular[^0-9]{0,20}[0-9]{5,}|matr[ií]cula (?:de|del)\b[^0-9]{0,30}:? *[0-9]{6,})", false},
    {"an e-mail address", R"([^\s@<>()]+\s?(?:@|\(at\)|\[at\]|\barroba\b)\s?[^\s@]+\s?(?:\.|\bpunto\b|\bdot\b)\s?[A-Z]{2,})", false},
    {"an e-mail address", R"([A-Z0-9._%+-]{2,} at [A-Z0-9-]{2,} (?:dot|punto) [A-Z]{2,})", false},
    {"a phone number", R"((?:^|[^0-9])\+[1-9][0-9]{0,2}[ .-]?[0-9(][0-9 .()-]{6,18}[0-9])", false},
    {"a phone number", R"((?:^|[^0-9.,+/-])(?:\([0-9]{2,3}\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}(?:$|[^0-9/-]))", false},
    {"a phone number",
     R"((?:\btel\b|tel[eé]fono|\bcel\b|celular|whats ?app|\bphone\b|\bcell\b|\bcall\b|ll[aá]m[ae])[^0-9+]{0,20}[0-9+][0-9 .()-]{5,}[0-9])",
     false},
    {"a phone number", R"((?:^|[^0-9.,+/-])[2-9][0-9][ .-][2-9][0-9]{3}[ .-][2-9][0-9]{3}(?:$|[^0-9/-]))", false},
    // As they are written in Mexico: two digits for the largest cities, three elsewhere, and the rest in threes, twos or together.
    {"a phone number", R"((?:^|[^0-9.,+/-])\(?(?:33|55|56|81)\)?[ .-][0-9]{4}[ .-][0-9]{4}(?:$|[^0-9/-]))", false},
    {"a phone number", R"((?:^|[^0-9.,+/-])(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{2}[ .-][0-9][ .-][0-9]{2}[ .-][0-9]{2}(?:$|[^0-9/-]))", false},
    {"a phone number", R"((?:^|[^0-9.,+/-])(?:\([0-9]{3}\) ?|[0-9]{3}-)[0-9]{7}(?:$|[^0-9/-]))", false},
    {"a card number", R"(\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}\b)", false},
    {"a bank account (IBAN)", R"(\b[A-Z]{2}[0-9]{2}[A-Z0-9]{4}[0-9]{7}[A-Z0-9]{0,16}\b)", false},
    {"a phone, account or identity number", R"(\b[0-9]{10,19}\b)", false},
    // A street, a quarter, even a crossing is where a work is; a door inside a house is where somebody lives.
    {"a home address",
     R"((?:\bcalle\b|\bavenida\b|\bav\.|\bcallej[oó]n\b|\bprivada\b|\bstreet\b|\bst\.|\bavenue\b|\bave\b|\broad\b|\brd\b|\bdrive\b|\blane\b|\bboulevard\b|\bblvd\b).{0,40}[0-9]+.{0,40}(?:\bc\. ?p\. ?[0-9]{5}|\bdepto\b|\bdepartamento [0-9]|\binterior [0-9]|\bint\. ?[0-9]|\bapt\b|\bapartment\b|\bunit [0-9]|\bzip\b))",
     false},
    {"a home address", R"(\b(?:vive|viven|vivo|lives?|domicilio|resides?|radica)\b.{0,20}(?:\bcalle\b|\bavenida\b|\bav\.|\bstreet\b|\bst\b|\bave\b|\broad\b).{0,40}[0-9]+)", false},
    {"a home address", R"(\b[0-9]{1,5} [^,]{2,30} (?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|blvd)\b\.?,? (?:apt|unit|#|[^,0-9]{2,30},? [A-Z]{2},? [0-9]{5}\b))", false},
    // Who gave has no name here but a club's. Beside a word of giving a title with a name, or a given name with another, is a person's;
    // places and schools that bear a person's name stand beside other words.
    {"a donor's name",
     R"((?:^|[^\pL])(?:donantes?|donador(?:a|es|as)?|donors?|donated by|donad[oa] por|donativo de|donaci[oó]n de|gift (?:of|from))[ :.-]{1,3}(?:(?:do[nñ]a?|sra?|srta|mrs?|ms)\.? )?(?:jos[eé]|juan|juana|mar[ií]a|luis|carlos|pedro|miguel|francisco|antonio|manuel|javier|jorge|ra[uú]l|ram[oó]n|roberto|ricardo|fernando|alejandro|eduardo|sergio|arturo|andr[eé]s|ana|margarita|martha|ver[oó]nica|leticia|elena|teresa|patricia|alejandra|gabriela|sof[ií]a|john|james|robert|michael|david|william|mary|elizabeth|jennifer|susan) \pL{3,})",
     false},
    {"a donor's name",
     R"((?:^|[^\pL])(?:don|do[nñ]a|sra?|srta|mrs?|ms)\.? \pL{3,}(?: \pL{2,}){1,3} (?:pag[oó]|aport[oó]|don[oó]|envi[oó]|deposit[oó]|gave|paid|donated|sent)(?:$|[^\pL]))",
     false},
    {"a donor's name",
     R"((?:^|[^\pL])(?:pag[oó]|aport[oó]|don[oó]|envi[oó]|deposit[oó]|paid by|sent by|(?:pagado|aportado|enviado|depositado) por) (?:don|do[nñ]a|sra?|srta|mrs?|ms)\.? \pL{3,} \pL{3,})",
     false},
    {"a person's immigration status",
     R"(\bundocumented\b|\bindocumentad[oa]s?\b|\bsin papeles\b|\bno tiene[ns]? papeles\b|(?:estatus|status|situaci[oó]n|condici[oó]n) migratori[oa]|immigration status|(?:fue|fueron|est[aá]|lo|la|ser) deportad[oa]s?\b|(?:was|were|been|got) deported\b|\bgreen ?card\b|\bvisas? (?:vencida|caducada|expired)|\bexpired visa\b|\boverstayed\b|\bilegal(?:es)? en (?:estados unidos|ee\.? ?uu)|\billegal (?:alien|immigrant))",
     false},
};

// What no identity number has fewer of in a row; the first four digits of a Honduran one are the fewest.
constexpr int kIdentityDigitsInARowMin = 4;

struct Compiled {
  const Pattern* pattern;
  const RE2* expression;
};

RE2::Options MatchSettings() {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(true);
  return options;
}

const Compiled* Expressions() {
  static const Compiled* compiled = [] {
    auto* all = new Compiled[std::size(kPatterns)];
    for (std::size_t i = 0; i < std::size(kPatterns); ++i) {
      all[i] = {&kPatterns[i], new RE2(kPatterns[i].expression, MatchSettings())};
      ORIUNDO_CHECK(all[i].expression->ok());
    }
    return all;
  }();
  return compiled;
}

// Matches where any of the patterns of identity numbers does.
const RE2& AnyIdentity() {
  static const RE2* const expression = [] {
    std::string any;
    for (const Pattern& pattern : kPatterns) {
      if (pattern.is_identity) any += (any.empty() ? "(?:" : "|(?:") + std::string(pattern.expression) + ")";
    }
    auto* made = new RE2(any, MatchSettings());
    ORIUNDO_CHECK(made->ok());
    return made;
  }();
  return *expression;
}

// The text as it would be read out: compatibility forms (full-width digits and letters) folded, characters that nobody sees left out,
// every kind of space and dash the plain one.
std::string Plain(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* compose = icu::Normalizer2::getNFKCInstance(status);
  ORIUNDO_CHECK(U_SUCCESS(status));
  const icu::UnicodeString folded =
      compose->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))), status);
  ORIUNDO_CHECK(U_SUCCESS(status));
  icu::UnicodeString plain;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    const int8_t type = u_charType(c);
    if (type == U_FORMAT_CHAR || type == U_CONTROL_CHAR) continue;
    if (u_isUWhiteSpace(c)) {
      plain.append(static_cast<UChar32>(' '));
    } else if (type == U_DASH_PUNCTUATION || c == 0x2212) {
      plain.append(static_cast<UChar32>('-'));
    } else if (const int32_t digit = u_charDigitValue(c); digit >= 0) {
      plain.append(static_cast<UChar32>('0' + digit));
    } else {
      plain.append(c);
    }
  }
  std::string utf8;
  plain.toUTF8String(utf8);
  return utf8;
}

std::optional<std::string_view> Find(const std::string& plain, bool identity_only) {
  const Compiled* expressions = Expressions();
  for (std::size_t i = 0; i < std::size(kPatterns); ++i) {
    if (identity_only && !kPatterns[i].is_identity) continue;
    if (RE2::PartialMatch(plain, *expressions[i].expression)) return kPatterns[i].what;
  }
  return std::nullopt;
}

// True where `text` reads as it is written: ASCII without control characters.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// True where so many digits stand in a row as every identity number has.
bool HasDigitsOfIdentity(std::string_view text) {
  int in_a_row = 0;
  for (const char c : text) {
    in_a_row = c >= '0' && c <= '9' ? in_a_row + 1 : 0;
    if (in_a_row == kIdentityDigitsInARowMin) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> FindPersonalData(std::string_view text) { return Find(Plain(text), /*identity_only=*/false); }

std::optional<std::string_view> FindIdentityNumber(std::string_view code) {
  const std::string plain = IsPlain(code) ? std::string(code) : Plain(code);
  if (!HasDigitsOfIdentity(plain)) return std::nullopt;
  // One look for all kinds: nearly always there is none.
  if (!RE2::PartialMatch(plain, AnyIdentity())) return std::nullopt;
  return Find(plain, /*identity_only=*/true);
}

}  // namespace oriundo
