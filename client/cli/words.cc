#include "client/cli/words.h"

namespace oriundo {
namespace {

const std::map<std::string_view, std::string_view>& Spanish() {
  static const auto* words = new std::map<std::string_view, std::string_view>{
      // The statement.
      {"Project {project}", "Proyecto {project}"},
      {"State {state}. Amounts in {currency}. As of entry {sequence}.",
       "Estado {state}. Importes en {currency}. Al asiento {sequence}."},
      {"role", "papel"},
      {"due", "le toca"},
      {"pledged", "prometido"},
      {"declared", "declarado"},
      {"verified", "verificado"},
      {"committed", "comprometido"},
      {"proposed", "propuesto"},
      {"released", "liberado"},
      {"received", "recibido"},
      {"confirmed", "confirmado"},
      {"deviation", "desviación"},
      {"gap", "faltante"},
      {"over-match", "excedente"},
      {"share", "parte"},
      {"matched", "igualado"},
      {"share of matched", "parte de lo igualado"},
      {"complies", "cumple"},
      {"entitled", "liberable"},
      {"spent", "gastado"},
      {"refunded", "reintegrado"},
      {"equalised", "compensado"},
      {"left", "queda"},
      {"payable", "por reintegrar"},
      {"receivable", "por cobrar"},
      {"interest", "intereses"},
      {"total", "total"},
      {"yes", "sí"},
      {"no", "no"},
      {"Tranches", "Ministraciones"},
      {"tranche", "ministración"},
      {"amount", "importe"},
      {"settled", "acreditado"},
      {"{party} owes {amount}.", "{party} debe {amount}."},
      {"{party} is {amount} below its due, within the tolerance of {tolerance}.",
       "A {party} le faltan {amount}, dentro de la tolerancia de {tolerance}."},
      {"{party} gave {amount} beyond its due; nobody has to match it.",
       "{party} aportó {amount} de más; nadie tiene que igualarlo."},
      {"{amount} declared by {party} wait to be verified.", "{amount} declarados por {party} esperan verificación."},
      {"{party} must pay back {amount} that was returned to it although already spent.",
       "{party} debe devolver {amount} que se le regresaron aunque ya estaban gastados."},
      {"{party} is to be refunded {amount}.", "A {party} se le deben reintegrar {amount}."},
      {"Every party has given what is due.", "Cada parte aportó lo que le toca."},
      {"Together the parties have covered every share of a total of {matched}; {beyond} stand beyond it and are matched by "
       "nobody.",
       "Entre todas, las partes cubrieron cada parte de un total de {matched}; {beyond} quedan por encima y nadie los iguala."},
      {"Every share complies.", "Todas las partes cumplen."},
      {"Not every share complies.", "No todas las partes cumplen."},
      {"The box holds {box}; {spent} are spent and {refunded} refunded.",
       "La caja tiene {box}; se gastaron {spent} y se reintegraron {refunded}."},
      // The trail and lists.
      {"what", "qué"},
      {"from", "de"},
      {"to", "a"},
      {"party", "parte"},
      {"entry", "asiento"},
      {"Nothing to show.", "Nada que mostrar."},
      {"There is more: add --all, or --page-token {token}", "Hay más: agregue --all, o --page-token {token}"},
      // Errors.
      {"Error: {message}", "Error: {message}"},
      {"Reason: {reason}", "Motivo: {reason}"},
      {"Wrong in the request:", "Errores en la solicitud:"},
      {"Rules that forbid it:", "Reglas que lo impiden:"},
      {"What to do: {advice}", "Qué hacer: {advice}"},
      // apply.
      {"applied", "aplicado"},
      {"already there", "ya existe"},
      {"would be applied", "se aplicaría"},
      {"refused", "rechazado"},
      {"not tried", "no intentado"},
      {"{applied} applied, {unchanged} already there, {refused} refused, {skipped} not tried",
       "{applied} aplicados, {unchanged} ya existían, {refused} rechazados, {skipped} no intentados"},
      {"{applied} would be applied, {unchanged} already there, {refused} refused, {skipped} not tried",
       "{applied} se aplicarían, {unchanged} ya existen, {refused} rechazados, {skipped} no intentados"},
  };
  return *words;
}

}  // namespace

std::string Words::operator()(std::string_view english, const std::map<std::string, std::string>& values) const {
  std::string_view sentence = english;
  if (language_ == Language::kSpanish) {
    if (const auto found = Spanish().find(english); found != Spanish().end()) sentence = found->second;
  }
  std::string text;
  while (!sentence.empty()) {
    const std::size_t open = sentence.find('{');
    const std::size_t close = open == std::string_view::npos ? open : sentence.find('}', open);
    text += sentence.substr(0, open);
    if (close == std::string_view::npos) break;
    if (const auto value = values.find(std::string(sentence.substr(open + 1, close - open - 1))); value != values.end())
      text += value->second;
    sentence.remove_prefix(close + 1);
  }
  return text;
}

}  // namespace oriundo
