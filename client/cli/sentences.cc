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
constexpr Sentence kFieldFaults[] = {
    {"is required", "hace falta"},
    {"must not be before valid_from", "no debe ser anterior a valid_from"},
    {"must not be before effective_through, {day}", "no debe ser anterior a effective_through, {day}"},
    {"must have at most {count} elements", "debe tener a lo más {count} elementos"},
    {"must have at most {count} characters", "debe tener a lo más {count} caracteres"},
    {"must be a value of {type} other than UNSPECIFIED", "debe ser un valor de {type} distinto de UNSPECIFIED"},
    {"must not be negative", "no debe ser negativo"},
    {"must be above zero", "debe ser mayor que cero"},
    {"must be a day like 2014-09-10", "debe ser un día como 2014-09-10"},
    {"must be at the latest {day}, the day after the moment asked for", "debe ser a más tardar {day}, el día siguiente al "
        "momento pedido"},
    {"must be empty or a name like {names}", "debe estar vacío o ser un nombre como {names}"},
    {"must be a name like {names}", "debe ser un nombre como {names}"},
    {"must be a resource name {names}", "debe ser un nombre de recurso {names}"},
    {"must be the name of a resource", "debe ser el nombre de un recurso"},
    {"must be the programme's, {currency}", "debe ser la del programa, {currency}"},
    {"must be empty or have one amount for each of the {count} roles",
     "debe estar vacío o tener un importe por cada uno de los {count} papeles"},
    {"must be absent while the ledger is empty", "debe faltar mientras el libro esté vacío"},
    {"must be a time from year 1 to 9999", "debe ser un momento entre el año 1 y el 9999"},
    {"must be from {first} to {last}, the newest sequence", "debe ser de {first} a {last}, el asiento más nuevo"},
    {"must be from {first} to {last}", "debe ser de {first} a {last}"},
    {"must be an id: a lower-case letter, then up to 62 lower-case letters, digits and hyphens",
     "debe ser un id: una minúscula y luego hasta 62 minúsculas, dígitos y guiones"},
    {"must be a UUID of version 4, 36 characters", "debe ser un UUID de versión 4, de 36 caracteres"},
    {"must be a month and a day written MM-DD", "debe ser mes y día, escritos MM-DD"},
    {"must be a day written YYYY-MM-DD, from 1900-01-01 to 2999-12-31",
     "debe ser un día escrito AAAA-MM-DD, de 1900-01-01 a 2999-12-31"},
    {"must be an active ISO 4217 currency code", "debe ser una moneda vigente de ISO 4217"},
    {"must be an ISO 3166-1 country code of two capital letters", "debe ser un país de ISO 3166-1, de dos mayúsculas"},
    {"must be 1 to {most} of {characters}, beginning with a letter or digit",
     "debe tener de 1 a {most} caracteres de {characters} y empezar con letra o dígito"},
    {"must be 1 to {most} of {characters}, beginning with a letter",
     "debe tener de 1 a {most} caracteres de {characters} y empezar con letra"},
    {"must be {least} to {most} of A-Z and 0-9, without spaces",
     "debe tener de {least} a {most} mayúsculas y dígitos, sin espacios"},
    {"must be 1 to {most} characters of UTF-8 without control characters, letters a to z in capitals, with single spaces inside and "
     "none before or after",
     "debe tener de 1 a {most} caracteres UTF-8, sin caracteres de control, con mayúsculas, espacios sencillos dentro y ninguno antes ni "
     "después"},
    {"must be 1 to {most} characters of UTF-8 without control characters",
     "debe tener de 1 a {most} caracteres UTF-8, sin caracteres de control"},
    {"must be exactly {count} bytes", "debe tener exactamente {count} bytes"},
    {"must be {count} hexadecimal digits", "debe tener {count} dígitos hexadecimales"},
    {"must be a method's name", "debe ser el nombre de un método"},
    {"must be an account of the chart", "debe ser una cuenta del catálogo"},
    {"must be an etag as the server gave it, with its quotes", "debe ser un etag como lo dio el servidor, con sus comillas"},
    {"must be at most {count} bytes", "debe tener a lo más {count} bytes"},
    {"must be a page token as the server gave it", "debe ser un page token como lo dio el servidor"},
    {"must be a whole number", "debe ser un número entero"},
    {"must be text", "debe ser texto"},
    {"must not be zero, and be at most {most} either way", "no debe ser cero, y ser a lo más {most} en un sentido u otro"},
    {"must be from {first} to {last}, the statement's days", "debe ser de {first} a {last}, los días del estado de cuenta"},
    {"what is retained, amortised, paid in advance or released names the contract it is paid under",
     "lo que se retiene, amortiza, anticipa o libera lleva el contrato bajo el que se paga"},
    {"only of an invoice something is retained or amortised", "solo de una factura se retiene o amortiza algo"},
    {"only an expenditure or a refund comes back as a deposit; leave it out",
     "solo un gasto o un reintegro regresa como depósito; omítalo"},
    {"a cancelled project pays nothing in advance", "un proyecto cancelado no paga anticipos"},
    {"{name} cannot give money to itself", "{name} no puede darse dinero a sí mismo"},
    {"{name} is money of {owner}, not of {party}", "{name} es dinero de {owner}, no de {party}"},
    {"{name} brings money of {owner} to {target}, not of {party} to {project}",
     "{name} lleva dinero de {owner} a {target}, no de {party} a {project}"},
    {"{name} brings {amount}; declare that", "{name} lleva {amount}; declare eso"},
    {"{amount} is spent in this category; what is retained was invoiced in another",
     "en esta categoría se gastaron {amount}; lo retenido se facturó en otra"},
    {"the works cannot end on {end}, before they begin on {begin}",
     "la obra no puede terminar el {end}, antes de empezar el {begin}"},
    {"pledge.deadline is {given}; it is today, {today}, or later, and {latest} at the latest under {rule}",
     "pledge.deadline es {given}; es hoy, {today}, o después, y a más tardar {latest} según {rule}"},
    {"pledge.deadline is {given}; it is today, {today}, or later", "pledge.deadline es {given}; es hoy, {today}, o después"},
    {"holds what looks like {what}; personal data is not kept here, so leave it out",
     "lleva lo que parece ser un dato personal (un número de identidad, teléfono, correo o cuenta); aquí no se guardan, omítalo"},
    {"the role `{role}` is none of {rule}", "el papel `{role}` no es de {rule}"},
    {"the role `{role}` is named twice among the absent", "el papel `{role}` figura dos veces entre los ausentes"},
    {"the role `{role}` may not be absent under {rule}", "el papel `{role}` no puede faltar según {rule}"},
    {"the role `{role}` would leave its share to the role `{heir}`, which is absent too",
     "el papel `{role}` dejaría su parte al papel `{heir}`, que también falta"},
    {"the role `{role}` cannot be absent as well; nobody would pay", "el papel `{role}` no puede faltar también; nadie pagaría"},
    {"{field} is {amount} minor units; an amount here is from {least} to {most}",
     "{field} es de {amount} unidades mínimas; aquí un importe va de {least} a {most}"},
    {"{field} names no active ISO 4217 currency code", "{field} no nombra una moneda vigente de ISO 4217"},
    {"{field} is a rate above zero with {least} to {most} digits behind the point",
     "{field} es un tipo de cambio mayor que cero con {least} a {most} decimales"},
    {"the reference rate is the last one published on or before the bank's value date {day}",
     "el tipo de referencia es el último publicado a más tardar en la fecha valor del banco, {day}"},
    {"a pledge in {foreign} names the published rate of the day to {own} and its date",
     "una promesa en {foreign} lleva el tipo publicado del día a {own} y su fecha"},
    {"through_sequence is {given}; it is from {first} to {last}, the newest sequence",
     "through_sequence es {given}; va de {first} a {last}, el asiento más nuevo"},
    {"agreement_date is {given}; an agreement for the fiscal year {year} is made on {first} or later",
     "agreement_date es {given}; un convenio del ejercicio {year} se firma el {first} o después"},
    {"the {what} would end on {end}, before it begins on {begin}", "terminaría el {end}, antes de empezar el {begin}"},
    {"{organization} was registered before; say why it is renewed: {causes}",
     "{organization} ya tuvo toma de nota; diga por qué se renueva: {causes}"},
    {"the target belongs to another project than {project}", "lo que se revierte es de otro proyecto que {project}"},
    {"at least one kind of organisation may fill a role", "al menos una clase de organización puede cubrir un papel"},
    {"only clubs, federations and confederations pay a club's share; a {kind} may not pose as a club",
     "solo clubes, federaciones y confederaciones pagan la parte del club; {kind} no puede hacerse pasar por club"},
    {"only governments, program offices, private and multilateral partners pay in tranches, not a {kind}",
     "solo gobiernos, oficinas de programa y socios pagan en ministraciones, no {kind}"},
    {"{least} to {most} steps", "de {least} a {most} pasos"},
    {"at most cap_bps, {cap}; no project could be both below and above", "a lo más cap_bps, {cap}; ningún proyecto cumpliría "
        "ambos"},
    {"the club's role is never absent", "el papel del club nunca falta"},
    {"only a role that may be absent leaves its weight to another", "solo un papel que puede faltar deja su peso a otro"},
    {"club money is not paid in tranches", "el dinero del club no se paga en ministraciones"},
    {"club money is not taken from a pool", "el dinero del club no sale de un fondo"},
    {"PARTIAL or ALL_OR_NOTHING", "PARTIAL o ALL_OR_NOTHING"},
    {"each step is above the one before and above zero", "cada paso es mayor que el anterior y que cero"},
    {"the last step is 10000, the whole commitment", "el último paso es 10000, todo lo comprometido"},
    {"one for each of the {count} steps, or none", "una por cada uno de los {count} pasos, o ninguna"},
    {"a month and a day, MM-DD", "mes y día, MM-DD"},
    {"not before opens_month_day", "no antes de opens_month_day"},
    {"the first tranche of at least one role does not wait for verified work, or none would ever open",
     "la primera ministración de al menos un papel no espera obra verificada, o nunca se abriría ninguna"},
    {"with RESIDUAL_PARTY a role of this rule that is never absent", "con RESIDUAL_PARTY, un papel de esta regla que nunca "
                                                                     "falta"},
    {"{field} is {quantity}; it is from {least} to {most}", "{field} es {quantity}; va de {least} a {most}"},
};

constexpr Sentence kPreviewed[] = {
    {"the total of {amount} is below the rule's minimum of {least}; {missing} is missing",
     "el total de {amount} es menor que el mínimo de la regla, {least}; faltan {missing}"},
    {"the total of {amount} is above the rule's maximum of {most}, an excess of {excess}",
     "el total de {amount} es mayor que el máximo de la regla, {most}; sobran {excess}"},
    {"the due of role `{role}` of {amount} is above its cap of {cap}, an excess of {excess}",
     "lo que toca a `{role}`, {amount}, pasa de su tope de {cap}; sobran {excess}"},
    {"the due of role `{role}` of {amount} is below its floor of {floor}; {missing} is missing",
     "lo que toca a `{role}`, {amount}, queda bajo su mínimo de {floor}; faltan {missing}"},
};

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

std::string Filled(std::string_view spanish, const std::map<std::string, std::string>& values) {
  std::string text;
  while (!spanish.empty()) {
    const std::size_t open = spanish.find('{');
    const std::size_t close = open == std::string_view::npos ? open : spanish.find('}', open);
    text += spanish.substr(0, open);
    if (close == std::string_view::npos) break;
    if (const auto value = values.find(std::string(spanish.substr(open + 1, close - open - 1))); value != values.end()) {
      text += value->second;
    }
    spanish.remove_prefix(close + 1);
  }
  return text;
}

std::optional<std::string> Translated(std::span<const Sentence> sentences, std::string_view english) {
  for (const Sentence& sentence : sentences) {
    if (const auto values = MatchSentence(sentence.english, english)) return Filled(sentence.spanish, *values);
  }
  return std::nullopt;
}

}  // namespace

std::string FillSentence(std::string_view pattern, const std::map<std::string, std::string>& values) {
  return Filled(pattern, values);
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

std::optional<std::string> SpanishOfFieldFault(std::string_view english) { return Translated(kFieldFaults, english); }

std::optional<std::string> SpanishOfPreviewed(std::string_view english) { return Translated(kPreviewed, english); }

std::optional<std::string> SpanishOfUsage(std::string_view english) { return Translated(kUsage, english); }

std::optional<ConnectionFault> ConnectionFaultOf(std::string_view grpc) {
  for (const ConnectionSentence& sentence : kConnection) {
    if (grpc.find(sentence.part) != std::string_view::npos) return sentence.fault;
  }
  return std::nullopt;
}

}  // namespace oriundo
