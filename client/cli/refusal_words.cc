#include "client/cli/refusal_words.h"

#include <map>
#include <span>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/enum_words.h"
#include "client/cli/sentences.h"
#include "client/cli/words.h"

namespace oriundo {
namespace {

struct Sentence {
  std::string_view english;
  std::string_view spanish;
};

// In this order: the first that fits is taken, so what is more special stands first.
constexpr Sentence kDetails[] = {
    // Who may do it.
    {"the programme's office {office} or a committee of its rule", "la oficina del programa, {office}, o un comité de su regla"},
    {"the programme's office {office} or the funder of a pool of {year}",
     "la oficina del programa, {office}, o el aportante de un fondo de {year}"},
    {"the programme's office or a funder that pays in tranches",
     "la oficina del programa o un aportante que paga en ministraciones"},
    {"the programme's office or the executor {executor}", "la oficina del programa o la instancia ejecutora, {executor}"},
    {"the programme's office or the party itself", "la oficina del programa o la propia parte"},
    {"the programme's office, after the agreement,", "después del convenio, la oficina del programa"},
    {"the programme's office {office} itself", "la propia oficina del programa, {office}"},
    {"the programme's office {office}", "la oficina del programa, {office}"},
    {"a funder, the executor or the programme's office", "un aportante, la instancia ejecutora o la oficina del programa"},
    {"a funder, whoever it was merged into, or the executor of {project}",
     "un aportante, aquella en que se fusionó, o la instancia ejecutora de {project}"},
    {"a funder or the programme's office", "un aportante o la oficina del programa"},
    {"the funder {funder} or the programme's office {office}", "el aportante {funder} o la oficina del programa, {office}"},
    {"the signers of {amendment}", "quienes firman {amendment}"},
    {"the proposer {proposer} or the programme's office", "quien lo propuso, {proposer}, o la oficina del programa"},
    {"{proposer}, who asked for it, or the programme's office {office}",
     "{proposer}, que lo pidió, o la oficina del programa, {office}"},
    {"the executor, the club, a funding club, the club's mirror club or the project's committee",
     "la instancia ejecutora, el club, un club aportante, el club espejo o el comité del proyecto"},
    {"the executor {executor}", "la instancia ejecutora, {executor}"},
    {"the declarer {declarer} or the party {party}", "quien lo declaró, {declarer}, o la parte {party}"},
    {"the declarer {declarer}", "quien lo declaró, {declarer}"},
    {"the paying party {party}", "la parte que paga, {party}"},
    {"a verifier of the rule, the programme's office or, for its expenditure, the executor",
     "un verificador de la regla, la oficina del programa o, si es un gasto suyo, la instancia ejecutora"},
    {"the office, the club or the project's committee, where neither it nor the organisation above it executes the project,",
     "la oficina, el club o el comité del proyecto, si ni él ni la organización de arriba ejecuta el proyecto"},
    {"the project's committee or a mirror club of its club", "el comité del proyecto o un club espejo de su club"},
    {"the project's committee, a mirror club of its club, or the club",
     "el comité del proyecto, un club espejo de su club, o el club"},
    {"{objector}, who objected,", "{objector}, que presentó la objeción"},
    {"{organization} itself, its federation, the issuer of its registration or a consulate",
     "la propia {organization}, su federación, quien emitió su toma de nota o un consulado"},
    {"{organization} itself, its federation or a consulate", "la propia {organization}, su federación o un consulado"},
    {"{organization} itself or its federation", "la propia {organization} o su federación"},
    {"the club {club} itself", "el propio club, {club}"},
    {"{organization} itself", "la propia {organization}"},
    {"the administrator (any kind), a consulate or a program office (clubs, mirror clubs, federations, {rest}",
     "el administrador (cualquier clase), un consulado o una oficina de programa (clubes, clubes espejo, federaciones, {rest}"},
    {"the federation of the club it mirrors", "la federación del club del que es espejo"},
    {"the federation that endorsed the club", "la federación que dio el aval al club"},
    {"the federation of the club", "la federación del club"},
    {"a program office or the administrator", "una oficina de programa o el administrador"},
    {"{keeper}, which keeps {community}, or the administrator", "{keeper}, que tiene a cargo {community}, o el administrador"},
    {"to name another keeper the administrator", "para nombrar a otra a cargo, el administrador"},
    {"the administrator", "el administrador"},
    {"a consulate, a program office or, for its own clubs, a federation with a valid registration",
     "un consulado, una oficina de programa o, para sus propios clubes, una federación con toma de nota vigente"},
    {"a consulate, a program office or the federation that issued the registration",
     "un consulado, una oficina de programa o la federación que emitió la toma de nota"},
    {"the issuer of the registration or a consulate, never the organisation itself,",
     "quien emitió la toma de nota o un consulado, nunca la propia organización"},
    {"{organization}, who froze it, where it issued the registration, or a consulate",
     "{organization}, que la congeló, si emitió la toma de nota, o un consulado"},
    // Why a condition of a tranche is not waived.
    {"it is named twice", "se nombra dos veces"},
    {"that has happened already", "ya se dispensó"},
    {"the tranche is released", "la ministración ya se liberó"},
    {"the tranche waits for no verified work", "la ministración no espera obra verificada"},
    {"so much is verified", "esa obra ya está verificada"},
    {"the works go on and may still get there", "la obra sigue y aún puede llegar ahí"},
    {"the tranche has no last day", "la ministración no tiene último día"},
    {"its last day is not over", "su último día no ha pasado"},
    {"it is the last tranche of its party", "es la última ministración de su parte"},
    {"the project is not completed", "el proyecto no está terminado"},
    // Where a fiscal year stands.
    {"is not asked to be opened; propose that first", "nadie pidió reabrirlo; propóngalo antes"},
    {"is closed and takes no new pools, budgets, drafts, submissions or approvals",
     "está cerrado y no admite nuevos fondos, aumentos, borradores, solicitudes ni aprobaciones"},
    {"has not ended; today is {day} in the programme's time", "no ha terminado; hoy es {day} en la hora del programa"},
    {"is closed already", "ya está cerrado"},
    {"is not closed", "no está cerrado"},
    {"is not asked to be opened", "nadie pidió reabrirlo"},
    {"has no request to be opened that is over", "no tiene una solicitud de reapertura vencida"},
    // Why a verifier is not independent.
    {"is not named verifier by {rule}", "no figura como verificador en {rule}"},
    {"executes this project", "ejecuta este proyecto"},
    {"was merged into {successor}", "se fusionó en {successor}"},
    {"declared this money itself", "declaró este dinero"},
    {"is a party of this project", "es parte de este proyecto"},
    {"stands above {who}, whose project this is", "está por encima de {who}, de quien es el proyecto"},
    {"stands above {who}, who declared this money", "está por encima de {who}, que declaró este dinero"},
    {"stands above {who}, a party of this project", "está por encima de {who}, parte de este proyecto"},
    {"stands below {who}, who executes this project", "está por debajo de {who}, que ejecuta este proyecto"},
    {"stands below {who}, a party of this project", "está por debajo de {who}, parte de este proyecto"},
    // Why a role is not absent.
    {"is none of {rule}", "no es de {rule}"},
    {"is named twice among the absent", "figura dos veces entre los ausentes"},
    {"may not be absent under {rule}", "no puede faltar según {rule}"},
    {"would leave its share to the role `{heir}`, which is absent too", "dejaría su parte al papel `{heir}`, que también falta"},
    {"cannot be absent as well; nobody would pay", "no puede faltar también; nadie pagaría"},
};

// Whole sentences, of reasons that stand for more than one thing.
constexpr Sentence kRefusals[] = {
    {"{who} may not do this; {allowed} may", "{who} no puede hacer esto; puede {allowed}"},
    {"{who} is not an organisation of this ledger; name a registered one as the actor",
     "{who} no es una organización de este libro; nombre una que lo sea como quien actúa"},
    {"{who} is an auditor; it reads everything and writes nothing", "{who} es auditor; lee todo y no escribe nada"},
    {"{who} administers the server; it creates organisations, saves communities and writes nothing else",
     "{who} administra el servidor; crea organizaciones, guarda comunidades y no escribe nada más"},
    {"{who} {fault}; a verifier is named by the rule version, is neither declarer, executor nor funder, and "
     "stands neither above nor "
     "below one of them",
     "{who} {fault}; un verificador figura en la versión de la regla, no es declarante, ejecutor ni aportante, y no está por "
     "encima "
     "ni por debajo de ninguno de ellos"},
    {"{condition} of {tranche} is not let go: {why}", "no se dispensa {condition} de {tranche}: {why}"},
    {"the fiscal year {year} of {program} {why}", "el ejercicio {year} de {program} {why}"},
    {"{rule} does not have the role `{role}` return unspent money at the end of a year",
     "{rule} no hace que el papel `{role}` reintegre lo no gastado al fin del ejercicio"},
    {"the year {year} ends on {day}; today is {today}", "el ejercicio {year} termina el {day}; hoy es {today}"},
    {"{tranche} waits until {share} % of the planned {planned} are verified by an inspector; {verified} are",
     "{tranche} espera a que un inspector verifique {share} % de lo previsto, {planned}; van {verified}"},
    {"{rule} pays as work is verified; say in planned_quantity_milli how much is to be built",
     "{rule} paga según la obra verificada; diga cuánto se va a construir (--planned-quantity)"},
    {"{tranche} opens when {share} % of the {received} received are accounted for; {spent} is",
     "{tranche} se abre cuando esté comprobado {share} % de lo recibido, {received}; van {spent}"},
    {"{tranche} opens when {earlier} is wholly received; of {amount} it has {settled}, banks kept {fee}, and {unsent} {rest}",
     "{tranche} se abre cuando {earlier} se haya recibido por completo; de {amount} llegaron {settled}, los bancos retuvieron "
     "{fee} y "
     "faltan {unsent}"},
    {"{project} is COMPLETED; only last tranches, and what banks kept of earlier ones, may still be released",
     "{project} está terminado; solo se liberan aún las últimas ministraciones y lo que los bancos retuvieron de las anteriores"},
    {"the executor {executor} has not reported {project} complete",
     "la instancia ejecutora, {executor}, no ha informado {project} como terminado"},
    {"the agreement of {project} was not complete in time; it is cancelled",
     "el convenio de {project} no se completó a tiempo; está cancelado"},
    // Roles and kinds.
    {"nobody fills the role `{role}`, which owes {amount}; name it among absent_roles if nobody will",
     "nadie cubre el papel `{role}`, al que tocan {amount}; nómbrelo en absent_roles si nadie lo hará"},
    {"nobody fills the role `{role}`, which owes {amount}", "nadie cubre el papel `{role}`, al que tocan {amount}"},
    {"{party} is named twice among the parties", "{party} figura dos veces entre las partes"},
    {"a project has at most {count} parties", "un proyecto tiene a lo más {count} partes"},
    {"{party} has pledged {amount} and cannot be left out of the parties",
     "{party} prometió {amount} y no puede faltar entre las partes"},
    {"{rule} has no role `{role}`", "{rule} no tiene el papel `{role}`"},
    {"{party} is a {kind} and may not fill the role `{role}`", "{party} es {kind} y no puede cubrir el papel `{role}`"},
    {"the project's club {club} does not fill the role `{role}`", "el club del proyecto, {club}, no cubre el papel `{role}`"},
    {"club: {club} is no CLUB", "club: {club} no es un club"},
    {"executor: a {kind} may not execute works", "executor: {kind} no puede ejecutar obras"},
    {"committee: {who} is no mirror club or committee", "committee: {who} no es club espejo ni comité"},
    {"committee: {who} stands below the executor {executor}, whose works it would inspect",
     "committee: {who} está por debajo de la instancia ejecutora, {executor}, cuya obra inspeccionaría"},
    {"committee: {who} is a party and cannot inspect it as well", "committee: {who} es parte y no puede inspeccionar también"},
    {"committee: {who} executes the project and cannot inspect it as well",
     "committee: {who} ejecuta el proyecto y no puede inspeccionarlo también"},
    {"a {kind} cannot stand below a {above}", "{kind} no puede depender de {above}"},
    {"a {kind} belongs to no federation; only a CLUB does", "{kind} no pertenece a ninguna federación; solo un club"},
    {"{who} is no PROGRAM_OFFICE and keeps no communities", "{who} no es oficina de programa y no tiene comunidades a su cargo"},
    {"{who} is no PROGRAM_OFFICE", "{who} no es una oficina de programa"},
    {"{who} is a {kind}; only who may pay in tranches has a pool: governments, program offices, private and "
     "multilateral partners",
     "{who} es {kind}; solo tiene fondo quien puede pagar en ministraciones: gobiernos, oficinas de programa, socios privados y "
     "multilaterales"},
    {"{party} pays {project} in tranches; only what the club's side owes is paid by a reallocation",
     "{party} paga {project} en ministraciones; una reasignación solo paga lo que debe el lado del club"},
    // States of what is below a project.
    {"{name} has expired; propose anew", "{name} venció; proponga de nuevo"},
    {"{name} is not due yet", "{name} aún no vence"},
    {"{name} is {state}; only an OPEN amendment is signed or withdrawn",
     "{name} está {state}; solo se firma o retira uno abierto"},
    {"{name} is {state}; only an OPEN proposal can be approved or withdrawn",
     "{name} está {state}; solo se aprueba o retira una abierta"},
    {"{name} is IMPORTING; add its lines, or discard it, before another statement is imported",
     "{name} está en importación; agregue sus movimientos, o descártelo, antes de importar otro estado de cuenta"},
    {"{name} is SET_APART; it is matched with nothing", "{name} está apartado; no se concilia con nada"},
    {"a line of the day and amount of {name} has confirmed {resource}, which stands and is matched with no line now; match the line "
     "that is its own with it, or reverse it",
     "un movimiento del día e importe de {name} comprobó {resource}, que sigue en pie y no está conciliado; concilie con ello el movimiento "
     "que le corresponde, o reviértalo"},
    {"line {line} of {statement} is of {date}, but the agreement of {project} was complete on {agreed}; import the statement from "
     "that day on, with what the account held then",
     "el movimiento {line} de {statement} es del {date}, pero el convenio de {project} se completó el {agreed}; importe el estado de cuenta "
     "desde ese día, con lo que la cuenta tenía entonces"},
    {"the principal that signs for {organization} has signed {document} for {other}; each of them is bound by a person of its own",
     "quien firma por {organization} ya firmó {document} por {other}; a cada una la obliga una persona suya"},
    {"{name} is {state}; it takes SENT to arrive: the refund that pays it comes first",
     "{name} está {state}; debe estar enviada para llegar: antes va el reintegro que la paga"},
    {"{name} is {state} and no advance; it takes a RECORDED advance to recover one",
     "{name} está {state} y no es un anticipo; solo se recupera un anticipo registrado"},
    {"{name} is {state}; it takes a RECORDED advance to recover one",
     "{name} está {state}; solo se recupera un anticipo registrado"},
    {"{name} has moved nothing in the box; a bank line belongs to what moved",
     "{name} no movió nada en la caja; un movimiento del banco corresponde a lo que se movió"},
    {"{name} is not reversed; a bank line belongs to what moved",
     "{name} no está revertido; un movimiento del banco corresponde a lo que se movió"},
    {"the registration of {who} is {state}; it takes {allowed} to be {deed}",
     "la toma de nota de {who} está {state}; tendría que estar {allowed}"},
    {"the registration of {who} is in force until {day}; its issuer renews it without an application",
     "la toma de nota de {who} está vigente hasta el {day}; quien la emitió la renueva sin solicitud"},
    {"{name} is {state}; it takes {allowed} to {deed}", "{name} está {state}; tendría que estar {allowed}"},
    // What is not zero.
    {"{account} holds {amount} of {party} on its way; confirm the release or have it returned",
     "{account} tiene {amount} de {party} en camino; confirme la liberación o haga que se regrese"},
    {"a release of {amount} by {party} is proposed; approve or withdraw it",
     "hay propuesta una liberación de {amount} de {party}; apruébela o retírela"},
    {"a release of {amount} by {party} is on its way; confirm it or have it returned first",
     "una liberación de {amount} de {party} está en camino; confírmela o haga antes que se regrese"},
    {"{account} holds {amount}; apportion and pay the refunds first",
     "{account} tiene {amount}; reparta y pague antes los reintegros"},
    {"{account} holds {amount}; wait for what is owed to the project",
     "{account} tiene {amount}; espere lo que se debe al proyecto"},
    {"{account} holds {amount}; have each deposit identified, or returned to whoever sent it",
     "{account} tiene {amount}; haga que cada depósito se identifique o se devuelva a quien lo envió"},
    {"{account} holds {amount}; pay the refund", "{account} tiene {amount}; pague el reintegro"},
    {"{account} holds {amount}; record the repayment", "{account} tiene {amount}; registre la devolución"},
    {"{party} has declared {amount} that nobody has verified; have it rejected, or withdraw it",
     "{party} declaró {amount} que nadie verificó; haga que se rechace, o retírelo"},
    {"{party} has declared {amount} in kind that nobody has appraised; have it rejected, or withdraw it",
     "{party} declaró {amount} en especie que nadie valuó; haga que se rechace, o retírelo"},
    {"{amount} is retained from vendors in {project}; release or forfeit it first",
     "en {project} hay {amount} retenidos a proveedores; libérelos o hágalos efectivos antes"},
    {"{amount} is paid to vendors in advance in {project}; have it amortised by invoices or recovered first",
     "en {project} hay {amount} anticipados a proveedores; haga antes que se amorticen con facturas o se recuperen"},
    {"somebody unknown covers {amount} of what was taken back from {project}; {rest}",
     "alguien desconocido cubre {amount} de lo que se retiró de {project}; hay que esperar a que lo devuelva quien lo debe"},
    // Two persons.
    {"{who} is the programme's office and pays; nobody else could approve its releases, unless the rule lets two persons of one "
     "organisation do",
     "{who} es la oficina del programa y paga; nadie más podría aprobar sus liberaciones, salvo que la regla admita a dos "
     "personas de una "
     "misma organización"},
    {"{who} executes {project}; who spends the money does not approve how it moves",
     "{who} ejecuta {project}; quien gasta el dinero no aprueba cómo se mueve"},
    {"{proposal} was proposed by {who}'s same principal; another person approves it",
     "{proposal} la propuso la misma persona de {who}; la aprueba otra"},
    {"{proposal} was proposed by {who}; another organisation approves it",
     "{proposal} la propuso {who}; la aprueba otra organización"},
    {"{proposal} would give money back to {who}, which does not approve that itself",
     "{proposal} devolvería dinero a {who}, que no lo aprueba"},
    // The rest.
    {"there is no pool {pool} to pay {needed} needed; {missing} is missing",
     "no existe el fondo {pool} que pagaría {needed}; faltan {missing}"},
    {"{name} names no account", "{name} no cambia la cuenta: firme sin --account"},
    {"the account is not the one that {amendment} names", "la cuenta no es la que nombra {amendment}"},
    {"{signers} signed {project} for another account; sign for that one, or have one of them sign again for "
     "yours, which takes the other "
     "signatures back",
     "{signers} firmaron {project} por otra cuenta; firme por esa, o que una de ellas firme de nuevo por la suya, con lo que "
     "caen las demás "
     "firmas"},
    {"{who} has proposed no merger that it could take back", "{who} no ha propuesto una fusión que pudiera retirar"},
    {"{who} has not proposed to be merged into {successor}", "{who} no ha propuesto fusionarse en {successor}"},
    {"{line} has another bank reference than the one given", "{line} tiene otra referencia bancaria que la dada"},
    {"{rule} does not pay for {category}", "{rule} no paga {category}"},
    {"{rule} governs the fiscal years {first} to {last}, not {year}", "{rule} rige los ejercicios {first} a {last}, no {year}"},
    {"nothing is unspent in the box of {project}", "no hay nada sin gastar en la caja de {project}"},
    {"nothing is payable to {party}; apportion the refunds first",
     "no hay nada por reintegrar a {party}; reparta antes los reintegros"},
    {"nothing is payable to {party} but what is kept for reallocations",
     "no hay nada por reintegrar a {party} salvo lo apartado para reasignaciones"},
    {"nothing is left of what {party} had paid into {project} by {day}",
     "no queda nada de lo que {party} había pagado a {project} al {day}"},
    {"nobody owes or has paid {project} anything; there is no one to refund",
     "nadie debe ni pagó nada a {project}; no hay a quién reintegrar"},
    {"{project} has {amount} of contracts and takes no more", "{project} tiene {amount} contratos y no admite más"},
    {"no money of the role `{role}` is verified in {project}", "no hay dinero verificado del papel `{role}` en {project}"},
    {"no first tranche of {project} could be released now",
     "ahora no se podría liberar ninguna primera ministración de {project}"},
};

// States, kinds and documents in a captured text by their Spanish words; everything else as it is.
std::string InWords(const std::string& text) {
  const Words spanish(Language::kSpanish);
  std::vector<std::string> words = absl::StrSplit(text, ' ');
  for (std::string& word : words) {
    const bool comma = word.ends_with(',');
    const std::string bare = comma ? word.substr(0, word.size() - 1) : word;
    word = (bare == "or" ? "o" : bare == "and" ? "y" : CodeText(bare, spanish)) + (comma ? "," : "");
  }
  return absl::StrJoin(words, " ");
}

std::optional<std::string> Translated(std::span<const Sentence> sentences, std::string_view english) {
  for (const Sentence& sentence : sentences) {
    auto values = MatchSentence(sentence.english, english);
    if (!values.has_value()) continue;
    for (auto& [name, value] : *values) {
      // Of a detail there may be words of its own.
      const auto detail = name == "allowed" || name == "fault" || name == "why" ? SpanishOfDetail(value) : std::nullopt;
      value = detail.has_value() ? *detail : InWords(value);
    }
    return FillSentence(sentence.spanish, *values);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> SpanishOfDetail(std::string_view english) { return Translated(kDetails, english); }

std::optional<std::string> SpanishOfRefusal(std::string_view english) { return Translated(kRefusals, english); }

}  // namespace oriundo
