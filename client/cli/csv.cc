#include "client/cli/csv.h"

#include <algorithm>
#include <streambuf>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace oriundo {
namespace {

// How many bytes a character that begins with `lead` has; 0 where no character does.
std::size_t CharacterBytes(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

}  // namespace

std::size_t FirstNonUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const std::size_t size = CharacterBytes(byte(i));
    if (size == 0 || i + size > text.size()) return i;
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return i;
    }
    // Overlong forms, halves of surrogate pairs and what lies beyond Unicode.
    const unsigned char second = size > 1 ? byte(i + 1) : 0;
    if ((byte(i) == 0xe0 && second < 0xa0) || (byte(i) == 0xed && second >= 0xa0) || (byte(i) == 0xf0 && second < 0x90) ||
        (byte(i) == 0xf4 && second >= 0x90)) {
      return i;
    }
    i += size;
  }
  return text.size();
}

std::string CsvQuoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

int CsvReader::Take() {
  const int byte = buffer_.sbumpc();
  if (byte == std::char_traits<char>::eof()) return kNone;
  last_ = byte;
  if (byte == '\n') {
    ++next_.line;
    next_.column = 1;
  } else if ((byte & 0xc0) != 0x80) {
    ++next_.column;
  }
  return byte;
}

bool CsvReader::Fail(CsvPlace place, const char* reason, const std::map<std::string, std::string>& values, CsvProblem& problem) {
  problem = {place, words_(reason, values)};
  return false;
}

void CsvReader::SkipLine() {
  while (last_ != '\n' && Take() != kNone) {
  }
}

bool CsvReader::Keep(int byte, CsvField& field, CsvProblem& problem) {
  field.text.push_back(static_cast<char>(byte));
  if (++record_bytes_ <= kCsvRecordBytesMax) return true;
  return Fail(field.place, "the record is longer than {limit} bytes; a quote may be missing at the end of this field",
              {{"limit", absl::StrCat(kCsvRecordBytesMax)}}, problem);
}

bool CsvReader::ReadQuoted(CsvField& field, CsvProblem& problem) {
  Take();
  while (true) {
    const CsvPlace here = next_;
    const int byte = Take();
    if (byte == kNone) return Fail(field.place, "the quote opened here is never closed", {}, problem);
    if (byte == 0) return Fail(here, "a NUL byte; the file is no text", {}, problem);
    if (byte != '"') {
      if (!Keep(byte, field, problem)) return false;
      continue;
    }
    if (Peek() == '"') {
      if (!Keep(Take(), field, problem)) return false;
      continue;
    }
    const int next = Peek();
    if (next == ',' || next == '\r' || next == '\n' || next < 0) return true;
    return Fail(next_, "text after the closing quote; a quote inside a quoted field is written twice", {}, problem);
  }
}

bool CsvReader::ReadPlain(CsvField& field, CsvProblem& problem) {
  while (true) {
    const int byte = Peek();
    if (byte < 0 || byte == ',' || byte == '\r' || byte == '\n') return true;
    const CsvPlace here = next_;
    Take();
    if (byte == 0) return Fail(here, "a NUL byte; the file is no text", {}, problem);
    if (byte == '"') return Fail(here, "a quote inside a field that does not begin with one", {}, problem);
    if (!Keep(byte, field, problem)) return false;
  }
}

CsvReader::Found CsvReader::Next(CsvRecord& record, CsvProblem& problem) {
  if (!begun_) {
    begun_ = true;
    // A byte order mark, or else bytes that no text begins with.
    if (Peek() == 0xef) {
      std::string mark;
      while (mark.size() < 3 && Peek() >= 0) mark.push_back(static_cast<char>(Take()));
      next_ = {};
      if (mark != "\xef\xbb\xbf") {
        // A character of three bytes that is no mark is the first of the first field; names begin otherwise.
        problem = {next_, words_("the file begins with bytes that are neither a name nor a byte order mark")};
        SkipLine();
        return Found::kProblem;
      }
    }
  }
  while (Peek() == '\r' || Peek() == '\n') {
    const CsvPlace here = next_;
    if (Take() == '\r' && Peek() != '\n') {
      problem = {here, words_("a carriage return without a line feed")};
      SkipLine();
      return Found::kProblem;
    }
  }
  if (Peek() < 0) return Found::kEnd;

  CsvRecord read;
  record_bytes_ = 0;
  last_ = kNone;
  while (true) {
    CsvField field{.text = {}, .place = next_};
    bool good = Peek() == '"' ? ReadQuoted(field, problem) : ReadPlain(field, problem);
    if (good) {
      if (const std::size_t bad = FirstNonUtf8(field.text); bad < field.text.size()) {
        CsvPlace place = field.place;
        for (const char c : field.text.substr(0, bad)) {
          place.line += c == '\n';
          place.column = c == '\n' ? 1 : place.column + ((static_cast<unsigned char>(c) & 0xc0) != 0x80);
        }
        good = Fail(place, "a byte that is no UTF-8; save the file as UTF-8", {}, problem);
      } else if (read.fields.size() == kCsvFieldsMax) {
        good = Fail(field.place, "more than {limit} fields", {{"limit", absl::StrCat(kCsvFieldsMax)}}, problem);
      }
    }
    if (!good) {
      SkipLine();
      return Found::kProblem;
    }
    read.fields.push_back(std::move(field));
    const CsvPlace here = next_;
    const int end = Take();
    if (end == ',') continue;
    if (end == '\r' && Peek() != '\n') {
      problem = {here, words_("a carriage return without a line feed")};
      SkipLine();
      return Found::kProblem;
    }
    if (end == '\r') Take();
    record = std::move(read);
    return Found::kRecord;
  }
}

}  // namespace oriundo
