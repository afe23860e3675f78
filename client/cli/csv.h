// CsvReader reads comma separated records of RFC 4180 one after the other, and says of every field where it begins.
//
// UTF-8 with or without a byte order mark; lines end in LF or CRLF. A quoted field may hold commas, line breaks and, written
// twice, quotes. Empty lines are no records. Nothing is guessed: what is not well formed is told with its line and column, ends
// that record alone, and reading goes on with the next line. A record of more than kCsvRecordBytesMax bytes is turned away before
// it is read whole, so that memory stays bounded whatever the file holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "client/cli/words.h"

namespace oriundo {

// A record: a spreadsheet's row with texts, not a document.
inline constexpr std::size_t kCsvRecordBytesMax = 1 << 20;
// Fields of a record.
inline constexpr std::size_t kCsvFieldsMax = 1'000;

// A place in a file. Both count from 1; columns are characters of UTF-8, not bytes.
struct CsvPlace {
  int64_t line = 1;
  int64_t column = 1;
};

// One field without its quotes.
struct CsvField {
  std::string text;
  // Where its text, or its opening quote, begins.
  CsvPlace place;
};

// One record; never without fields.
struct CsvRecord {
  std::vector<CsvField> fields;
  // The line it begins in.
  int64_t line() const { return fields.front().place.line; }
};

// What is not well formed.
struct CsvProblem {
  CsvPlace place;
  std::string reason;
};

// Reads one stream, once.
class CsvReader {
 public:
  // What Next() found.
  enum class Found { kRecord, kProblem, kEnd };

  // `stream` must outlive the reader. `words` is the language of problems.
  explicit CsvReader(std::istream& stream, Words words = Words()) : buffer_(*stream.rdbuf()), words_(words) {}

  // Fills `record` or `problem`; the other is left as it was.
  Found Next(CsvRecord& record, CsvProblem& problem);

 private:
  static constexpr int kNone = -1;

  // The next byte without taking it, or kNone at the end.
  int Peek() { return buffer_.sgetc(); }
  // Takes the next byte, or kNone at the end.
  int Take();
  // Reads the rest of a field whose first byte is the next one; false where `problem` tells why not.
  bool ReadQuoted(CsvField& field, CsvProblem& problem);
  bool ReadPlain(CsvField& field, CsvProblem& problem);
  // Adds a byte to the field; false where the record has become too long.
  bool Keep(int byte, CsvField& field, CsvProblem& problem);
  bool Fail(CsvPlace place, const char* reason, const std::map<std::string, std::string>& values, CsvProblem& problem);
  // Takes what is left of the line.
  void SkipLine();

  std::streambuf& buffer_;
  Words words_;
  // Of the next byte.
  CsvPlace next_;
  // The last byte taken.
  int last_ = kNone;
  std::size_t record_bytes_ = 0;
  bool begun_ = false;
};

// Where in `text` a byte is that belongs to no character of UTF-8; text.size() where there is none.
std::size_t FirstNonUtf8(std::string_view text);

// `text` as a field of a CSV file: quoted where it must be.
std::string CsvQuoted(std::string_view text);

}  // namespace oriundo
