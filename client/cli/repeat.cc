#include "client/cli/repeat.h"

#include <algorithm>
#include <string_view>

#include "client/cpp/random.h"

namespace oriundo {
namespace {

// One word for a shell.
std::string ShellQuoted(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  const bool control = std::any_of(word.begin(), word.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  std::string quoted = control ? "$'" : "'";
  for (const char c : word) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += "\\x" + HexOf(std::string(1, c));
    } else if (c == '\'') {
      quoted += control ? "\\'" : "'\\''";
    } else {
      quoted += control && c == '\\' ? "\\\\" : std::string(1, c);
    }
  }
  return quoted + "'";
}

}  // namespace

std::string RepeatCommand(const std::vector<std::string>& arguments, const std::vector<SaltedDocument>& documents,
                          const std::string& request_id) {
  std::string command = "oriundo";
  bool has_id = request_id.empty();
  for (const std::string& argument : arguments) {
    has_id |= argument == "--request-id" || argument.starts_with("--request-id=");
    std::string word = argument;
    for (const SaltedDocument& document : documents) {
      const bool its_flag = argument == document.text || argument.ends_with("=" + document.text);
      if (document.text.empty() || !its_flag) continue;
      word += ",salt=" + document.salt;
      break;
    }
    command += " " + ShellQuoted(word);
  }
  return has_id ? command : command + " --request-id " + request_id;
}

}  // namespace oriundo
