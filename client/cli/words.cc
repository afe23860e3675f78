#include "client/cli/words.h"

#include <cerrno>
#include <cstring>

#include "client/cli/import_words.h"

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
      {"declared, waiting", "declarado, en espera"},
      {"verified", "verificado"},
      {"committed", "comprometido"},
      {"proposed", "propuesto"},
      {"released", "liberado"},
      {"received", "recibido"},
      {"kept by banks", "retenido por bancos"},
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
      {"back at year's end", "devuelto a fin de año"},
      {"equalised", "compensado"},
      {"left", "queda"},
      {"payable", "por reintegrar"},
      {"receivable", "por cobrar"},
      {"interest", "intereses"},
      {"interest paid", "intereses pagados"},
      {"given in kind", "dado en especie"},
      {"of that counted", "de eso, cuenta"},
      {"saved", "ahorrado"},
      {"total", "total"},
      {"yes", "sí"},
      {"no", "no"},
      {"Tranches", "Ministraciones"},
      {"tranche", "ministración"},
      {"amount", "importe"},
      {"credited", "acreditado"},
      {"{party} owes {amount}.", "{party} debe {amount}."},
      {"{party} would owe {amount}.", "{party} debería {amount}."},
      {"The agreement is not signed by all: nobody owes anything yet.",
       "No todos han firmado el convenio: nadie debe nada todavía."},
      {"Invoices document {documented}: what is paid in advance is not documented yet.",
       "Las facturas comprueban {documented}: lo anticipado aún no está comprobado."},
      {"Invoices document {documented}: what is retained of them is not spent yet.",
       "Las facturas comprueban {documented}: lo retenido de ellas aún no se gasta."},
      {"Invoices document {documented}.", "Las facturas comprueban {documented}."},
      {"{party} is {amount} below its due, within the tolerance of {tolerance}.",
       "A {party} le faltan {amount}, dentro de la tolerancia de {tolerance}."},
      {"{party} gave {amount} beyond its due; nobody has to match it.",
       "{party} aportó {amount} de más; nadie tiene que igualarlo."},
      {"{amount} declared by {party} wait to be verified.", "{amount} declarados por {party} esperan verificación."},
      {"{party} must pay back {amount}: a bank took its money back, or it was returned to it, after it had left the box.",
       "{party} debe devolver {amount}: un banco retiró su dinero, o se le regresó, cuando ya había salido de la caja."},
      {"Of what {party} gave, {amount} went back because a fiscal year ended: it counts as not given, so it is neither in what "
       "was received nor in what is refunded.",
       "De lo que aportó {party}, {amount} se reintegraron por terminar un ejercicio: cuentan como no aportados, y no están en lo "
       "recibido ni en lo reintegrado."},
      {"Of what {party} gave, {amount} went back, or is to go back, because a fiscal year ended: it counts as not given, so "
       "it is neither in what was received nor in what is refunded.",
       "De lo que aportó {party}, {amount} se reintegraron, o se han de reintegrar, por terminar un ejercicio: cuentan como no "
       "aportados, y no están en lo recibido ni en lo reintegrado."},
      {"That is part of what it owes, and recorded as a repayment: oriundo repayment record.",
       "Es parte de lo que debe, y se registra como devolución: oriundo repayment record."},
      {"Of that, {amount} are its part of the savings and count towards its due: it need not send them again.",
       "De eso, {amount} son su parte del ahorro y cuentan hacia lo que le toca: no tiene que enviarlos de nuevo."},
      {"Of what {party} sent, {credited} were credited and {kept} kept by banks; that much may be sent again.",
       "De lo que envió {party}, se acreditaron {credited} y los bancos retuvieron {kept}; eso puede enviarse de nuevo."},
      {"None of the club's money is verified yet: what is entitled so far is only the tolerance.",
       "Aún no hay dinero verificado del club: lo liberable hasta ahora es solo la tolerancia."},
      {"None of the club's money is verified yet: what is entitled so far comes from the tolerance and, where "
       "the rule counts it, "
       "from what the club gave in kind.",
       "Aún no hay dinero verificado del club: lo liberable hasta ahora viene de la tolerancia y, si la regla lo cuenta, de "
       "lo que "
       "el club dio en especie."},
      {"Entitled is what the clubs' verified money opens, the rule's tolerance of {tolerance} with it; no "
       "more than the tranches is "
       "ever released.",
       "Liberable es lo que abre el dinero verificado de los clubes, con la tolerancia de la regla, {tolerance}; nunca se "
       "libera más "
       "que las ministraciones."},
      {"Saved: {saved}. Of that, {returned} are returned to those who paid and {open} are to be returned.",
       "Ahorrado: {saved}. De eso, {returned} se devolvieron a quienes pagaron y {open} están por devolver."},
      {"The project is cancelled: nobody owes what is missing to its due.",
       "El proyecto está cancelado: nadie debe lo que le falta de lo que le tocaba."},
      {"The project was turned down: nobody owes anything for it.", "El proyecto fue rechazado: nadie debe nada por él."},
      {"Not all signed the agreement in time: the project was cancelled by itself on {day}.",
       "No todos firmaron el convenio a tiempo: el proyecto se canceló solo el {day}."},
      {"Cancelled on {day} by {by}: {reason}", "Cancelado el {day} por {by}: {reason}"},
      {"Cancelled on {day} by {by}; why is no longer kept.", "Cancelado el {day} por {by}; el motivo ya no se guarda."},
      {"Turned down on {day} by {by}: {reason}", "Rechazado el {day} por {by}: {reason}"},
      {"Turned down on {day} by {by}; why is no longer kept.", "Rechazado el {day} por {by}; el motivo ya no se guarda."},
      {"Invoices document {documented}: what is retained of them is not spent yet, and what is paid in "
       "advance is not documented yet.",
       "Las facturas comprueban {documented}: lo retenido de ellas aún no se gasta, y lo anticipado aún no está comprobado."},
      {"This is a draft: what each party owes is fixed when it is submitted.",
       "Es un borrador: lo que toca a cada parte se fija al ingresarlo."},
      {"In suspense: {amount}. The bank took back more than the box held; who covered it is not known yet.",
       "En suspenso: {amount}. El banco retiró más de lo que tenía la caja, y aún no se sabe quién lo cubrió."},
      {"In suspense: {amount}. Nobody is known yet whose money it is.",
       "En suspenso: {amount}. Aún no se sabe de quién es ese dinero."},
      {"{declared} were declared and {credited} credited, {difference} more. What was credited counts.",
       "Se declararon {declared} y se acreditaron {credited}, {difference} más. Cuenta lo acreditado."},
      {"{declared} were declared and {credited} credited, {difference} less. What was credited counts.",
       "Se declararon {declared} y se acreditaron {credited}, {difference} menos. Cuenta lo acreditado."},
      {"{party} is to be refunded {amount}.", "A {party} se le deben reintegrar {amount}."},
      {"Every party has given what is due.", "Cada parte aportó lo que le toca."},
      {"Together the parties have covered every share of a total of {matched}; {beyond} stand beyond it and are matched by "
       "nobody.",
       "Entre todas, las partes cubrieron cada parte de un total de {matched}; {beyond} quedan por encima y nadie los iguala."},
      {"Every share complies.", "Todas las partes cumplen."},
      {"Not every share complies.", "No todas las partes cumplen."},
      {"The box holds {box}; {spent} are spent and {refunded} refunded.",
       "La caja tiene {box}; se gastaron {spent} y se reintegraron {refunded}."},
      {"Only what counts through {day} is counted; parties, dues and state are as known.",
       "Solo se cuenta lo que tiene efecto hasta el {day}; partes, montos y estado son como se conocen."},
      {"The project is suspended since {day}, by {by}: nothing is released or spent, and nobody is late.",
       "El proyecto está suspendido desde el {day}, por {by}: no se libera ni se gasta nada, y nadie está en demora."},
      {"The registration of {who} is frozen since {day} ({state}, by {by}): its money is not verified and no tranche is "
       "released for "
       "it; that is nobody's delay.",
       "La toma de nota de {who} está congelada desde el {day} ({state}, por {by}): no se verifica su dinero ni se libera "
       "ninguna "
       "ministración; no es demora de nadie."},
      {"By the reallocation {reallocation} money went from one project to another: oriundo reallocation get {reallocation} names "
       "both.",
       "Por la reasignación {reallocation} pasó dinero de un proyecto a otro: oriundo reallocation get {reallocation} nombra a "
       "los dos."},
      // A preview of shares.
      {"The rule forbids it:", "La regla lo impide:"},
      {"A cap acts: {role} would owe {share} by its weight and may owe {cap} of this total, {above} less.",
       "Actúa un tope: a {role} le tocarían {share} por su peso y le pueden tocar {cap} de este total, {above} menos."},
      {"A cap acts: {role} would owe {share} by its weight and may owe {cap}, {above} less.",
       "Actúa un tope: a {role} le tocarían {share} por su peso y le pueden tocar {cap}, {above} menos."},
      {"What is above caps: the total shrinks until they hold, to {total} (SCALE_DOWN).",
       "Lo que pasa de los topes: el total se reduce hasta que se cumplen, a {total} (SCALE_DOWN)."},
      {"What is above caps, {above}, falls to {residual} (RESIDUAL_PARTY).",
       "Lo que pasa de los topes, {above}, le toca a {residual} (RESIDUAL_PARTY)."},
      {"What is above caps, {above}, falls to the roles that are not at a cap, by their weights (SPREAD).",
       "Lo que pasa de los topes, {above}, les toca a los papeles que no están en un tope, según sus pesos (SPREAD)."},
      {"What is above caps: a project with such dues is refused (REJECT).",
       "Lo que pasa de los topes: se rechaza un proyecto así (REJECT)."},
      {"No cap acts: every part by the weights keeps its caps.", "No actúa ningún tope: cada parte según los pesos cumple los "
                                                                 "suyos."},
      {"{role} is absent and owes nothing; money confirmed for it would fill nobody's gap and be over-match.",
       "{role} está ausente y no le toca nada; el dinero que se le confirmara no cubriría el faltante de nadie y sería "
       "excedente."},
      {"{role} is absent and owes nothing; its {amount} confirmed fill nobody's gap and are over-match.",
       "{role} está ausente y no le toca nada; sus {amount} confirmados no cubren el faltante de nadie y son excedente."},
      {"day", "día"},
      // The trail and lists.
      {"what", "qué"},
      {"from", "de"},
      {"to", "a"},
      {"party", "parte"},
      {"entry", "asiento"},
      {"reallocation", "reasignación"},
      {"{kind}: left the box again because the contribution, release or repayment itself was taken back.",
       "{kind}: salió otra vez de la caja porque la aportación, liberación o devolución misma se revirtió."},
      {"{kind}: used for others, or others' money used for it, so that each is refunded by what it paid in; "
       "over all parties it adds up "
       "to nothing.",
       "{kind}: se usó por otros, o dinero de otros por ella, para reintegrar a cada quien según lo que pagó; entre todas las "
       "partes suma "
       "cero."},
      {"{share} verified", "{share} verificado"},
      {"from {day}", "desde {day}"},
      {"until {day}", "hasta {day}"},
      {"due after {count} days", "a los {count} días"},
      {"none", "ninguna"},
      {"another bank account; who signs names its number: oriundo amendment sign --account",
       "otra cuenta bancaria; quien firma da su número: oriundo amendment sign --account"},
      {"not registered", "sin toma de nota"},
      {"Nothing to show.", "Nada que mostrar."},
      {"There is more: add --all, or --page-token {token}", "Hay más: agregue --all, o --page-token {token}"},
      // Errors.
      {"Error: {message}", "Error: {message}"},
      {"Reason: {reason}", "Motivo: {reason}"},
      {"this value is not taken (the server says: {english})", "este valor no se admite (el servidor dice: {english})"},
      {"Wrong in the request:", "Errores en la solicitud:"},
      {"Rules that forbid it:", "Reglas que lo impiden:"},
      {"What to do: {advice}", "Qué hacer: {advice}"},
      {"the server was not reached: {message}", "no se alcanzó al servidor: {message}"},
      {"Nothing was sent. Check that the server runs at the address (--address, ORIUNDO_ADDRESS), then run the command again.",
       "No se envió nada. Compruebe que el servidor esté en marcha en la dirección (--address, ORIUNDO_ADDRESS) y repita la "
       "orden."},
      {"An update replaces the whole draft: give every flag again, not only what changes. oriundo project get shows the draft as "
       "it "
       "stands.",
       "Una actualización reemplaza todo el borrador: dé de nuevo todas las opciones, no solo lo que cambia. oriundo project get "
       "muestra el borrador como está."},
      {"See whether the amendment changes the account: oriundo amendment get. Where it does, give its number with --account; "
       "where it does not, sign without.",
       "Vea si el convenio modificatorio cambia la cuenta: oriundo amendment get. Si la cambia, dé su número con --account; "
       "si no, firme sin ella."},
      {"Say what the amendment changes, for example --total; --help lists what it may.",
       "Diga qué cambia el convenio modificatorio, por ejemplo --total; --help enumera lo que puede cambiar."},
      {"Entitled is what the club's money opens, the rule's tolerance with it; no more than the due is ever released.",
       "Liberable es lo que abre el dinero del club, con la tolerancia de la regla; nunca se libera más de lo que toca."},
      {"Nothing is left of this tranche; see the project's others: oriundo statement.",
       "No queda nada de esta ministración; vea las demás del proyecto: oriundo statement."},
      {"Ask for a later point: --known-at {sequence}, or leave it out.",
       "Pregunte por un momento posterior: --known-at {sequence}, u omítalo."},
      {"A funder has one pool a year; raise its budget: oriundo pool increase.",
       "Un aportante tiene una bolsa por ejercicio; aumente su presupuesto: oriundo pool increase."},
      {"Its fields are: {fields}.", "Sus campos son: {fields}."},
      {"are required", "hacen falta"},
      {"one of these is required", "hace falta una de estas"},
      {"Try again.", "Intente de nuevo."},
      {"It may or may not have been carried out.", "Puede que se haya hecho o no."},
      {"Correct what is listed; --help of the command explains each value.",
       "Corrija lo que se indica; --help de la orden explica cada valor."},
      {"--help of a command explains each of its flags.", "--help de una orden explica cada una de sus opciones."},
      {"The server is of another version than this program; compare oriundo version.",
       "El servidor es de otra versión que este programa; compare oriundo version."},
      {"Tell the operator, with this message and the time.", "Avise al operador, con este mensaje y la hora."},
      {"Repeat it exactly as follows; it is carried out once at most:", "Repítalo exactamente así; se hace a lo más una vez:"},
      // What is wrong with a value.
      {"\"{text}\" is no amount; write it like \"1,413,734.00 MXN\" or \"706867 MXN\"",
       "\"{text}\" no es un importe; escríbalo como \"1,413,734.00 MXN\" o \"706867 MXN\""},
      {"\"{text}\" is no currency of ISO 4217", "\"{text}\" no es una moneda de ISO 4217"},
      {"{number} has {given} decimals; {currency} has {digits}", "{number} tiene {given} decimales; {currency} tiene {digits}"},
      {"{number} is more than the ledger takes: {most}", "{number} es más de lo que admite el libro: {most}"},
      {"\"{text}\" names no currency; write it like \"706,867.00 MXN\"",
       "\"{text}\" no nombra moneda; escríbalo como \"706,867.00 MXN\""},
      {"\"{text}\" is no rate; write a number above zero with at most 8 decimals, like 18.4308",
       "\"{text}\" no es un tipo de cambio; escriba un número mayor que cero con a lo más 8 decimales, como 18.4308"},
      {"cannot read {path}: {why}", "no se puede leer {path}: {why}"},
      {"cannot be read: {why}", "no se puede leer: {why}"},
      {"there is no such file", "no existe ese archivo"},
      {"a part of its path is no folder", "una parte de su ruta no es una carpeta"},
      {"it is a folder", "es una carpeta"},
      {"this user may not", "este usuario no tiene permiso"},
      {"its disk cannot be written", "su disco es de solo lectura"},
      {"its disk is full", "su disco está lleno"},
      {"its disk does not answer as it should", "su disco no responde como debe"},
      {"is no textproto", "no es un textproto"},
      {"{kind} has no field {field}; its fields are: {fields} (\"{english}\")",
       "{kind} no tiene el campo {field}; sus campos son: {fields} (en inglés: \"{english}\")"},
      {"{field} takes no {value}; it takes {choices} (\"{english}\")",
       "{field} no admite {value}; admite {choices} (en inglés: \"{english}\")"},
      {"{field} is a field of {kind}: is it the right file?", "{field} es un campo de {kind}: ¿es el archivo correcto?"},
      {"cannot be read here (\"{english}\")", "no se entiende aquí (en inglés: \"{english}\")"},
      {"says nothing to create, register or publish", "no dice nada que crear, registrar o publicar"},
      {"differs in {fields}", "difiere en {fields}"},
      {"write seconds above zero, or a duration such as 500ms or 2m",
       "escriba segundos mayores que cero, o una duración como 500ms o 2m"},
      {"\"{text}\" is none of {choices}", "\"{text}\" no es ninguno de {choices}"},
      {"\"{text}\" is neither a sequence nor a time like 2014-09-10T12:00:00Z nor a day like 2014-09-10",
       "\"{text}\" no es una secuencia, ni un momento como 2014-09-10T12:00:00Z, ni un día como 2014-09-10"},
      {"a SHA-256 has 64 hexadecimal digits", "un SHA-256 tiene 64 dígitos hexadecimales"},
      {"\"{text}\" is no quantity; write a number with at most 3 decimals, like 1,200.5",
       "\"{text}\" no es una cantidad; escriba un número con a lo más 3 decimales, como 1,200.5"},
      {"write true or false", "escriba true o false"},
      {"\"{text}\" is one part of the name, {first} or {second}; write both: {one} or {other}",
       "\"{text}\" es una sola parte del nombre, {first} o {second}; escriba ambas: {one} o {other}"},
      {"\"{text}\" does not tell its kind; write one of {names}", "\"{text}\" no dice su clase; escriba uno de {names}"},
      {"\"{text}\" is no name as it goes here: {pattern}", "\"{text}\" no es un nombre como va aquí: {pattern}"},
      {"\"{text}\" is no id; ids are of small letters, digits and dashes and begin with a letter",
       "\"{text}\" no es un id; un id es de minúsculas, dígitos y guiones y empieza con letra"},
      {"this kind of field can only be set with --request", "un campo así solo se puede dar con --request"},
      {"write key=value,key=value with the keys {keys}", "escriba clave=valor,clave=valor con las claves {keys}"},
      {"a salt goes with file=PATH; sha256=HEX is salted already", "una sal va con file=RUTA; sha256=HEX ya lleva la suya"},
      {"no such key; there are {keys}", "no existe esa clave; hay {keys}"},
      {"the salt must be 16 to 64 bytes in hexadecimal digits, two a byte",
       "la sal debe tener de 16 a 64 bytes en dígitos hexadecimales, dos por byte"},
      {"the currency is not known without the programme; name it, or give minor units",
       "sin el programa no se sabe la moneda; nómbrela, o dé unidades mínimas"},
      {"name the currency, as in \"14,000.00 USD\": {why}", "nombre la moneda, como en \"14,000.00 USD\": {why}"},
      {"the currency here is {currency}, not {given}", "la moneda aquí es {currency}, no {given}"},
      {"what the club paid may be in any", "lo que pagó el club puede estar en cualquiera"},
      {"a pledge with a reference rate is in a foreign one", "una promesa con tipo de referencia está en una extranjera"},
      {"neither a programme nor a project tells it here", "aquí no la dice ningún programa ni proyecto"},
      {" (and {count} more)", " (y {count} más)"},
      // Documents.
      {"Document {path}: salt {salt}", "Documento {path}: sal {salt}"},
      {"Keep the salt with the document: both prove what was recorded. The ledger has neither.",
       "Guarde la sal con el documento: ambos prueban lo registrado. El libro no tiene ninguno."},
      // Arguments.
      {"unknown command `{command}`", "orden desconocida `{command}`"},
      {"{noun} needs a verb: {verbs}", "a {noun} le falta un verbo: {verbs}"},
      {"Did you mean {commands}?", "¿Quiso decir {commands}?"},
      {"{noun} has: {verbs}", "{noun} tiene: {verbs}"},
      {"oriundo --help lists all commands.", "oriundo --help muestra todas las órdenes."},
      {"say what to do; oriundo --help lists all commands", "diga qué hacer; oriundo --help muestra todas las órdenes"},
      {"A value of several words stands in quotes.", "Un valor de varias palabras va entre comillas."},
      {"not expected here: {arguments}", "no se espera aquí: {arguments}"},
      {"{command} has no {flags}", "{command} no tiene {flags}"},
      {"Its flags are: {flags}", "Sus opciones son: {flags}"},
      {"Write the name as one: {name}", "Escriba el nombre junto: {name}"},
      {"wrong arguments: {message}", "argumentos incorrectos: {message}"},
      {"Who asks is ORGANIZATION/PRINCIPAL, club-tekax/treasurer: ids of small letters, digits and dashes that begin with a "
       "letter.",
       "Quién pide es ORGANIZACIÓN/PERSONA, club-tekax/tesorera: ids de minúsculas, dígitos y guiones que empiezan con letra."},
      {"\"{value}\" is no {what}", "\"{value}\" no es {what}"},
      {"organisation", "una organización"},
      {"person", "una persona"},
      // apply.
      {"applied", "aplicado"},
      {"already there", "ya existe"},
      {"would be applied", "se aplicaría"},
      {"refused", "rechazado"},
      {"not tried", "no intentado"},
      {"{applied} applied, {unchanged} already there, {refused} refused, {skipped} not tried",
       "Aplicados: {applied}; ya existían: {unchanged}; rechazados: {refused}; no intentados: {skipped}"},
      {"{applied} would be applied, {unchanged} already there, {refused} refused, {skipped} not tried",
       "Se aplicarían: {applied}; ya existen: {unchanged}; rechazados: {refused}; no intentados: {skipped}"},
  };
  return *words;
}

}  // namespace

bool Words::IsTranslated(std::string_view english) {
  return Spanish().contains(english) || ImportSpanish().contains(english);
}

std::string Words::operator()(std::string_view english, const std::map<std::string, std::string>& values) const {
  std::string_view sentence = english;
  if (language_ == Language::kSpanish) {
    const auto found = Spanish().find(english);
    const auto of_import = ImportSpanish().find(english);
    if (found != Spanish().end()) {
      sentence = found->second;
    } else if (of_import != ImportSpanish().end()) {
      sentence = of_import->second;
    }
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

std::string FaultOfFile(int error_number, const Words& words) {
  switch (error_number) {
    case ENOENT:
      return words("there is no such file");
    case ENOTDIR:
      return words("a part of its path is no folder");
    case EISDIR:
      return words("it is a folder");
    case EACCES:
    case EPERM:
      return words("this user may not");
    case EROFS:
      return words("its disk cannot be written");
    case ENOSPC:
    case EDQUOT:
      return words("its disk is full");
    case EIO:
      return words("its disk does not answer as it should");
    default:
      return std::strerror(error_number);
  }
}

}  // namespace oriundo
