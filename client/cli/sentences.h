// Sentences that others make, in Spanish: the argument parser's about arguments, gRPC's about a connection. Each is told from its
// English by a pattern, because none comes with figures of its own; what no pattern knows stays as it is. What the server refuses
// comes with figures: see refusal_words.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace oriundo {

// What each `{name}` of `pattern` stands for in `text`, the shortest that fits; nullopt where the text is none of the pattern.
std::optional<std::map<std::string, std::string>> MatchSentence(std::string_view pattern, std::string_view text);

// `pattern` with each `{name}` replaced by values["name"]; nullopt where one of them has no value.
std::optional<std::string> FillWhole(std::string_view pattern, const std::map<std::string, std::string>& values);

// What is wrong with the arguments, as CLI11 says it, in Spanish; nullopt where this program does not know
// the sentence.
std::optional<std::string> SpanishOfUsage(std::string_view english);

// Why there is no connection, as gRPC says it, in words one can act on, in English and Spanish.
struct ConnectionFault {
  const char* english;
  const char* spanish;
};

// nullopt where this program does not know gRPC's sentence.
std::optional<ConnectionFault> ConnectionFaultOf(std::string_view grpc);

}  // namespace oriundo
