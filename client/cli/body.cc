#include "client/cli/body.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cpp/call_error.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"

namespace oriundo {
namespace {

// Gathers the parser's complaints; its lines and columns count from 0.
class Complaints : public google::protobuf::io::ErrorCollector {
 public:
  explicit Complaints(const std::string& path) : path_(path) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    found.push_back({absl::StrCat(path_, ":", line + 1, ":", column + 1), message});
  }
  std::vector<CallError::Field> found;

 private:
  const std::string& path_;
};

}  // namespace

absl::Status ReadBody(const std::string& path, std::istream& standard_input, google::protobuf::Message& message,
                      const Words& words) {
  std::ifstream file;
  errno = 0;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& stream = path == "-" ? standard_input : file;
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad() || (path != "-" && !file))
    return BadFields({{path, words("cannot be read: {why}", {{"why", std::strerror(errno)}})}});

  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') {
    const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
    if (status.ok()) return absl::OkStatus();
    return BadFields({{path, std::string(status.message().data(), status.message().size())}});
  }
  Complaints complaints(path);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  if (parser.ParseFromString(text, &message)) return absl::OkStatus();
  if (complaints.found.empty()) complaints.found.push_back({path, words("is no textproto")});
  return BadFields(complaints.found);
}

}  // namespace oriundo
