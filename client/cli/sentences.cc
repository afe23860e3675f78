#include "client/cli/sentences.h"

#include <algorithm>
#include <span>

namespace oriundo {
namespace {

struct Sentence {
  std::string_view english;
  std::string_view spanish;
};

// In this order: the first that fits is taken, so what is more special stands first.
constexpr Sentence kUsage[] = {
    {"{name} is required", "hace falta {name}"},
    {"A subcommand is required", "hace falta una orden"},
    {"Could not convert: {name} = {value}", "no se entiende el valor de {name}: {value}"},
    {"The value {value} is not an allowed value for {name}", "el valor {value} no se admite para {name}"},
    {"{name}: too many inputs for a flag", "{name}: se dio más de una vez"},
    {"{name}: Should be true/false or a number", "{name}: escriba true o false"},
    {"{name} was given a disallowed flag override", "{name} no lleva valor"},
    {"{name}: {count} required {type} missing", "{name}: falta su valor ({type})"},
    {"{name}: At least {count} required but received {received}", "{name}: hacen falta al menos {count} y hay {received}"},
    {"{name}: At Most {count} required but received {received}", "{name}: se admiten a lo más {count} y hay {received}"},
    {"Expected exactly {count} arguments to {name}, got {received}", "{name} lleva exactamente {count} valores y hay {received}"},
    {"Expected at least {count} arguments to {name}, got {received}", "{name} lleva al menos {count} valores y hay {received}"},
    {"{name}: {value} not in {choices}", "{name}: {value} no es ninguno de {choices}"},
    {"{name} requires {other}", "{name} pide también {other}"},
    {"{name} excludes {other}", "{name} no va con {other}"},
    {"The following argument was not expected: {arguments}", "no se espera aquí: {arguments}"},
    {"The following arguments were not expected: {arguments}", "no se espera aquí: {arguments}"},
    {"{name}: Too many positional arguments with unlimited expected args", "{name}: hay demasiados argumentos"},
    {"{name} not found", "no existe {name}"},
};

struct ConnectionSentence {
  std::string_view part;
  ConnectionFault fault;
};

// By a part of gRPC's sentence.
constexpr ConnectionSentence kConnection[] = {
    {"Connection refused",
     {"no server listens at the address; start it, or name the right address",
      "ningún servidor escucha en esa dirección; enciéndalo, o dé la dirección correcta"}},
    {"Connection timed out",
     {"the address does not answer; check the network and the firewall",
      "la dirección no responde; revise la red y el cortafuegos"}},
    {"DNS resolution failed",
     {"there is no host of that name; check the address", "no existe un equipo con ese nombre; revise la dirección"}},
    {"Domain name not found",
     {"there is no host of that name; check the address", "no existe un equipo con ese nombre; revise la dirección"}},
    {"Name or service not known",
     {"there is no host of that name; check the address", "no existe un equipo con ese nombre; revise la dirección"}},
    {"No route to host",
     {"no way leads to that address; check the network", "no hay camino a esa dirección; revise la red"}},
    {"Network is unreachable",
     {"no way leads to that address; check the network", "no hay camino a esa dirección; revise la red"}},
    {"Connection reset",
     {"the server broke the connection off; see whether it still runs",
      "el servidor cortó la conexión; vea si sigue en marcha"}},
    {"Socket closed",
     {"the connection was closed; see whether the server still runs",
      "se cerró la conexión; vea si el servidor sigue en marcha"}},
    {"failed to connect to all addresses",
     {"no connection could be made to the address", "no se pudo conectar con la dirección"}},
    {"Deadline Exceeded",
     {"the server did not answer in time; --timeout gives it longer",
      "el servidor no respondió a tiempo; --timeout le da más"}},
    {"Received http2 header with status",
     {"something else than an Oriundo server answers there; check the address",
      "ahí responde algo que no es un servidor Oriundo; revise la dirección"}},
    {"Trying to connect an http1.x server",
     {"something else than an Oriundo server answers there; check the address",
      "ahí responde algo que no es un servidor Oriundo; revise la dirección"}},
};

std::optional<std::string> Translated(std::span<const Sentence> sentences, std::string_view english) {
  for (const Sentence& sentence : sentences) {
    if (const auto values = MatchSentence(sentence.english, english)) return FillWhole(sentence.spanish, *values);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> FillWhole(std::string_view pattern, const std::map<std::string, std::string>& values) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    const std::size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    text += pattern.substr(0, open);
    if (close == std::string_view::npos) break;
    const auto value = values.find(std::string(pattern.substr(open + 1, close - open - 1)));
    if (value == values.end()) return std::nullopt;
    text += value->second;
    pattern.remove_prefix(close + 1);
  }
  return text;
}

std::optional<std::map<std::string, std::string>> MatchSentence(std::string_view pattern, std::string_view text) {
  std::map<std::string, std::string> values;
  while (true) {
    const std::size_t open = pattern.find('{');
    if (open == std::string_view::npos) {
      return text == pattern ? std::optional(std::move(values)) : std::nullopt;
    }
    if (!text.starts_with(pattern.substr(0, open))) return std::nullopt;
    text.remove_prefix(open);
    const std::size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string name(pattern.substr(open + 1, close - open - 1));
    pattern.remove_prefix(close + 1);
    // What stands between this value and the next; the last value takes all that is left before the end.
    const std::string_view literal = pattern.substr(0, pattern.find('{'));
    std::size_t end = text.size();
    if (literal.size() == pattern.size()) {
      if (!text.ends_with(literal)) return std::nullopt;
      end -= literal.size();
    } else {
      end = text.find(literal);
    }
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    values[name] = std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<std::string> SpanishOfUsage(std::string_view english) { return Translated(kUsage, english); }

std::optional<ConnectionFault> ConnectionFaultOf(std::string_view grpc) {
  for (const ConnectionSentence& sentence : kConnection) {
    if (grpc.find(sentence.part) != std::string_view::npos) return sentence.fault;
  }
  return std::nullopt;
}

}  // namespace oriundo
