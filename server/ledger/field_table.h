// The one table of what every text and number field may hold, and who may see it.
//
// A field's name means the same wherever it appears, so the table is keyed by field name; where it means something narrower in
// one message (`name`, `parent`), by `Message.field`. It covers every string, bytes and integer field that a request or an
// entry can reach; a test walks the descriptors and fails where one is missing. No PUBLIC field can hold free text: each has a
// grammar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace oriundo {

// Who may ever see a field's value.
enum class FieldClass {
  // Stands in entries and is served to the world.
  kPublic,
  // Never stands in an entry: a commitment does; the opening is served to those who may see it.
  kSealed,
  // Never stands in an entry: a commitment does; the opening is under a key that can be destroyed.
  kErasable,
};

// What a field may hold.
enum class Grammar {
  kResourceName,     // A name that matches `pattern`; alternatives separated by '|'.
  kResourceId,       // An id the caller chooses.
  kUuid,             // UUID version 4.
  kDate,             // An ISO day.
  kMonthDay,         // A day of any year, MM-DD.
  kCurrency,         // An active ISO 4217 code.
  kCountry,          // Two capital letters.
  kFolio,            // A registration's number: A-Z 0-9 . / -, at most 32.
  kLocalityCode,     // A-Z 0-9 -, at most 32.
  kSeries,           // A-Z 0-9 _, at most 32, beginning with a letter.
  kAccountNumber,    // A-Z 0-9, 6 to 34.
  kBankReference,    // UTF-8, 1 to 40 characters, no control characters, no a-z, single spaces inside only.
  kText,             // Free text, UTF-8, 1 to 500 characters, no control characters.
  kBytes32,          // Exactly 32 bytes.
  kPrincipal,        // 32 hexadecimal digits.
  kIdentifier,       // Snake case, at most 64: the name of an input.
  kMethod,           // A method's name.
  kAccount,          // An account of the chart.
  kEtag,             // A quoted etag.
  kOrigin,           // A ledger's origin.
  kFilter,           // A list's filter, at most 1,024 bytes; what it says, queries judge.
  kPageToken,        // Printable ASCII, at most 1,024; whether it is a token, queries judge.
  kInteger,          // A whole number from `minimum` to `maximum`.
};

// One row of the table.
struct FieldRow {
  // `field` or `Message.field`.
  std::string_view field;
  FieldClass field_class;
  Grammar grammar;
  std::string_view pattern = {};
  int64_t minimum = 0;
  int64_t maximum = 0;
};

// The row of a field, or null where the table has none (messages, enums, booleans).
const FieldRow* FindFieldRow(const google::protobuf::FieldDescriptor& field);

// Empty where `text` fits the row; otherwise what is allowed, in words, without the value.
std::string CheckText(const FieldRow& row, std::string_view text);

// Empty where `value` fits the row; otherwise what is allowed, in words.
std::string CheckInteger(const FieldRow& row, int64_t value);

// The same for programs, of a text or number that does not fit the row: the case of INVALID_FIELD and its figures
// (refusal_cases.h).
std::vector<std::pair<std::string, std::string>> FiguresOfMisfit(const FieldRow& row);

// True where `message` or a message below holds a commitment.
bool HoldsCommitment(const google::protobuf::Message& message);

// Empty where no SEALED or ERASABLE field of the message of `type` in `bytes`, or below, holds anything and every text fits its grammar;
// otherwise the path of the first field at fault. What must be true of every entry. Looks at the bytes, because these are what is kept.
std::string FindExposedText(const google::protobuf::Descriptor& type, std::string_view bytes);
// The same of the bytes of `message`.
std::string FindExposedText(const google::protobuf::Message& message);

}  // namespace oriundo
