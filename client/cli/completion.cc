#include "client/cli/completion.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace oriundo {
namespace {

// The words that follow one path (`contribution declare`), and the values that follow its flags.
struct Place {
  std::string path;
  std::vector<std::string> words;
  std::vector<const CompletableCommand::Flag*> flags;
  const CompletableCommand* command;
};

void Collect(const CompletableCommand& command, const std::string& path, std::vector<Place>& places) {
  Place place{path, command.choices, {}, &command};
  for (const CompletableCommand& next : command.commands) place.words.push_back(next.name);
  for (const CompletableCommand::Flag& flag : command.flags) place.flags.push_back(&flag);
  places.push_back(std::move(place));
  for (const CompletableCommand& next : command.commands)
    Collect(next, path.empty() ? next.name : path + " " + next.name, places);
}

// bash and zsh share tables: words and flags by path, values by path and flag. Names and choices are plain identifiers, so they
// need no quoting.
std::string Tables(const std::vector<Place>& places, const std::string& declare) {
  std::string words, flags, values, plain, files;
  for (const Place& place : places) {
    std::vector<std::string> names;
    for (const auto* flag : place.flags) {
      names.push_back(flag->name);
      const std::string key = place.path.empty() ? flag->name : place.path + " " + flag->name;
      if (!flag->choices.empty()) absl::StrAppend(&values, "  [\"", key, "\"]=\"", absl::StrJoin(flag->choices, " "), "\"\n");
      if (!flag->takes_value) absl::StrAppend(&plain, "  [\"", key, "\"]=1\n");
    }
    // A key must not be empty in bash: every path starts with a point.
    absl::StrAppend(&words, "  [\".", place.path, "\"]=\"", absl::StrJoin(place.words, " "), "\"\n");
    if (place.command->takes_file) absl::StrAppend(&files, "  [\".", place.path, "\"]=1\n");
    absl::StrAppend(&flags, "  [\".", place.path, "\"]=\"", absl::StrJoin(names, " "), "\"\n");
  }
  return absl::StrCat(declare, " _oriundo_words=(\n", words, ")\n", declare, " _oriundo_flags=(\n", flags, ")\n", declare,
                      " _oriundo_values=(\n", values, ")\n", declare, " _oriundo_plain=(\n", plain, ")\n", declare,
                      " _oriundo_files=(\n", files, ")\n");
}

constexpr char kBash[] = R"sh(
_oriundo() {
  local current="${COMP_WORDS[COMP_CWORD]}" path="" flag="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if [[ -n $flag ]]; then flag=""; continue; fi
    if [[ $word == -* ]]; then
      [[ -n ${_oriundo_plain["${path:+$path }$word"]} || -n ${_oriundo_plain["$word"]} ]] || flag="$word"
    elif [[ -n ${_oriundo_flags[".${path:+$path }$word"]} || -n ${_oriundo_words[".${path:+$path }$word"]} ]]; then
      path="${path:+$path }$word"
    fi
  done
  if [[ -n $flag ]]; then
    local values="${_oriundo_values["${path:+$path }$flag"]:-${_oriundo_values["$flag"]}}"
    if [[ -n $values ]]; then COMPREPLY=($(compgen -W "$values" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "${_oriundo_flags[".$path"]} ${_oriundo_flags["."]}" -- "$current"))
  elif [[ -n ${_oriundo_words[".$path"]} ]]; then
    COMPREPLY=($(compgen -W "${_oriundo_words[".$path"]}" -- "$current"))
  elif [[ -n ${_oriundo_files[".$path"]} ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _oriundo oriundo
)sh";

constexpr char kZsh[] = R"sh(
_oriundo() {
  local place="" flag="" word i
  for ((i = 2; i < CURRENT; i++)); do
    word="${words[i]}"
    if [[ -n $flag ]]; then flag=""; continue; fi
    if [[ $word == -* ]]; then
      [[ -n ${_oriundo_plain[${place:+$place }$word]} || -n ${_oriundo_plain[$word]} ]] || flag="$word"
    elif [[ -n ${_oriundo_flags[.${place:+$place }$word]} || -n ${_oriundo_words[.${place:+$place }$word]} ]]; then
      place="${place:+$place }$word"
    fi
  done
  local values
  if [[ -n $flag ]]; then
    values="${_oriundo_values[${place:+$place }$flag]:-${_oriundo_values[$flag]}}"
  elif [[ ${words[CURRENT]} == -* ]]; then
    values="${_oriundo_flags[.$place]} ${_oriundo_flags[.]}"
  else
    values="${_oriundo_words[.$place]}"
  fi
  if [[ -n $values ]]; then
    compadd -- ${=values}
  elif [[ -n $flag || -n ${_oriundo_files[.$place]} ]]; then
    _files
  fi
}
compdef _oriundo oriundo
)sh";

constexpr char kFish[] = R"sh(# The words of the command so far, without flags and their values.
function __oriundo_at
    set -l found
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            contains -- $word $__oriundo_plain; or set skip 1
        else
            set -a found $word
        end
    end
    test "$found" = "$argv"
end
# As __oriundo_at, where more words may follow.
function __oriundo_in
    set -l found
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            contains -- $word $__oriundo_plain; or set skip 1
        else
            set -a found $word
        end
    end
    test "$found[1..$(count $argv)]" = "$argv"
end
)sh";

// `text` in single quotes as fish reads them.
std::string FishQuoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "'";
}

std::string Fish(const std::vector<Place>& places) {
  std::string plain, lines;
  for (const Place& place : places) {
    for (const CompletableCommand& next : place.command->commands) {
      absl::StrAppend(&lines, "complete -c oriundo -f -n '__oriundo_at ", place.path, "' -a ", next.name, " -d ",
                      FishQuoted(next.help), "\n");
    }
    if (!place.command->choices.empty()) {
      absl::StrAppend(&lines, "complete -c oriundo -f -n '__oriundo_at ", place.path, "' -a '",
                      absl::StrJoin(place.command->choices, " "), "'\n");
    }
    for (const auto* flag : place.flags) {
      if (!flag->takes_value) absl::StrAppend(&plain, " ", flag->name);
      absl::StrAppend(&lines, "complete -c oriundo",
                      place.path.empty() ? "" : absl::StrCat(" -n '__oriundo_in ", place.path, "'"), " -l ", flag->name.substr(2),
                      flag->takes_value ? flag->choices.empty() ? " -r" : " -x" : "",
                      flag->choices.empty() ? "" : absl::StrCat(" -a '", absl::StrJoin(flag->choices, " "), "'"), " -d ",
                      FishQuoted(flag->help), "\n");
    }
  }
  return absl::StrCat("set -g __oriundo_plain", plain, "\n", kFish, lines);
}

}  // namespace

absl::StatusOr<std::string> CompletionScript(const std::string& shell, const CompletableCommand& program) {
  std::vector<Place> places;
  Collect(program, "", places);
  if (shell == "bash")
    return absl::StrCat("# oriundo completion for bash: source <(oriundo completion bash)\n", Tables(places, "declare -gA"),
                        kBash);
  if (shell == "zsh")
    return absl::StrCat("#compdef oriundo\n# oriundo completion for zsh: source <(oriundo completion zsh)\n",
                        Tables(places, "typeset -gA"), kZsh);
  if (shell == "fish") return absl::StrCat("# oriundo completion for fish: oriundo completion fish | source\n", Fish(places));
  return absl::InvalidArgumentError("the shell is bash, zsh or fish");
}

}  // namespace oriundo
