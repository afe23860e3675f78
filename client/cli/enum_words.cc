#include "client/cli/enum_words.h"

#include <map>
#include <string_view>
#include <utility>

namespace oriundo {
namespace {

// By the value's name, and before that by the enum's and the value's, where a word must agree with what it is said of.
const std::map<std::string_view, std::string_view>& Spanish() {
  static const auto* words = new std::map<std::string_view, std::string_view>{
      {"SPENT", "gastado"},
      {"REFUNDED", "reintegrado"},
      {"TAKEN_BACK", "retirado"},
      {"EQUALISED", "compensado"},
      {"LEFT", "queda"},
      {"GIVEN_IN_KIND", "dado en especie"},
      {"CLUB", "club"},
      {"MIRROR_CLUB", "club espejo"},
      {"FEDERATION", "federación"},
      {"CONFEDERATION", "confederación"},
      {"FEDERAL_GOVERNMENT", "gobierno federal"},
      {"STATE_GOVERNMENT", "gobierno estatal"},
      {"MUNICIPAL_GOVERNMENT", "municipio"},
      {"PROGRAM_OFFICE", "oficina de programa"},
      {"COMMITTEE", "comité"},
      {"PRIVATE_PARTNER", "socio privado"},
      {"MULTILATERAL_PARTNER", "socio multilateral"},
      {"VERIFIER", "verificador"},
      {"EXECUTOR", "instancia ejecutora"},
      {"VENDOR", "proveedor"},
      {"AUDITOR", "auditor"},
      {"CONSULATE", "consulado"},
      {"ADMINISTRATOR", "administrador"},
      {"EXPIRY", "vencimiento"},
      {"CHANGE_OF_BOARD", "cambio de mesa directiva"},
      {"CHANGE_OF_ADDRESS", "cambio de domicilio"},
      {"MEMBERS_1_TO_9", "1 a 9"},
      {"MEMBERS_10_TO_24", "10 a 24"},
      {"MEMBERS_25_TO_99", "25 a 99"},
      {"MEMBERS_100_OR_MORE", "100 o más"},
      {"MARGINALISATION_VERY_LOW", "muy bajo"},
      {"MARGINALISATION_LOW", "bajo"},
      {"MARGINALISATION_MEDIUM", "medio"},
      {"MARGINALISATION_HIGH", "alto"},
      {"MARGINALISATION_VERY_HIGH", "muy alto"},
      {"Organization.RegistrationState.SUBMITTED", "solicitada"},
      {"Organization.RegistrationState.REJECTED", "rechazada"},
      {"Organization.RegistrationState.REGISTERED", "emitida"},
      {"Organization.RegistrationState.SUSPENDED", "suspendida"},
      {"Organization.RegistrationState.DISPUTED", "en disputa"},
      {"Organization.RegistrationState.REVOKED", "revocada"},
      {"REGISTERED", "emitida"},
      {"DISPUTED", "en disputa"},
      {"REVOKED", "revocada"},
      {"PARTIAL", "en partes"},
      {"ALL_OR_NOTHING", "todo o nada"},
      {"COMMITTED_TOTAL", "total convenido"},
      {"MATCHED", "igualado"},
      {"REJECT", "rechazar"},
      {"CLABE", "CLABE"},
      {"IBAN", "IBAN"},
      {"SCALE_DOWN", "reducir el total"},
      {"RESIDUAL_PARTY", "a un papel"},
      {"SPREAD", "repartir"},
      {"SUBMISSION", "ingreso"},
      {"PREVALIDATION", "prevalidación"},
      {"APPROVAL", "dictamen"},
      {"SIGNATURE", "firma"},
      {"COMPLETION_REPORT", "informe de término"},
      {"COMPLETION", "término"},
      {"HANDOVER", "entrega"},
      {"INFRASTRUCTURE", "infraestructura"},
      {"EQUIPMENT", "equipamiento"},
      {"COMMUNITY_SERVICES", "servicios comunitarios"},
      {"PRODUCTIVE", "productivo"},
      {"SCHOLARSHIP", "becas"},
      {"CLUB_YEAR", "club y ejercicio"},
      {"FEDERATION_YEAR", "federación y ejercicio"},
      {"PLACE_YEAR", "lugar y ejercicio"},
      {"TECHNICAL_FILE", "expediente técnico"},
      {"SESSION_MINUTES", "acta de sesión"},
      {"AGREEMENT", "convenio"},
      {"BANK_RECEIPT", "comprobante bancario"},
      {"INVOICE", "factura"},
      {"PHOTOGRAPH", "fotografía"},
      {"PROGRESS_REPORT", "informe de avance"},
      {"HANDOVER_RECORD", "acta de entrega-recepción"},
      {"OTHER_DOCUMENT", "otro documento"},
      {"DRAFT", "borrador"},
      {"SUBMITTED", "ingresado"},
      {"PREVALIDATED", "prevalidado"},
      {"APPROVED", "aprobado"},
      {"REJECTED", "rechazado"},
      {"AGREED", "convenido"},
      {"FUNDING", "en radicación"},
      {"AUTHORISED", "autorizado"},
      {"EXECUTING", "en ejecución"},
      {"COMPLETED", "terminado"},
      {"HANDED_OVER", "entregado"},
      {"SETTLED", "finiquitado"},
      {"CLOSED", "cerrado"},
      {"CANCELLED", "cancelado"},
      {"SUSPENDED", "suspendido"},
      {"REPORTED", "informado"},
      {"VERIFIED", "verificado"},
      {"Contribution.State.DECLARED", "declarada"},
      {"Contribution.State.EVIDENCED", "con comprobante"},
      {"Contribution.State.VERIFIED", "verificada"},
      {"Contribution.State.REJECTED", "rechazada"},
      {"Contribution.State.REVERSED", "revertida"},
      {"Contribution.State.WITHDRAWN", "retirada"},
      {"DECLARED", "declarado"},
      {"EVIDENCED", "con comprobante"},
      {"REVERSED", "revertido"},
      {"WITHDRAWN", "retirado"},
      {"BANK_TRANSFER", "transferencia bancaria"},
      {"CASH_TRANSFER", "envío en efectivo"},
      {"CHEQUE", "cheque o giro"},
      {"DIRECTO_A_MEXICO", "Directo a México"},
      {"CARD", "tarjeta"},
      {"Release.State.RELEASED", "liberada, en camino"},
      {"Release.State.RECEIVED", "recibida"},
      {"Release.State.RETURNED", "regresada"},
      {"RELEASED", "liberado"},
      {"RECEIVED", "recibido"},
      {"RETURNED", "regresado"},
      {"WORKS", "obra"},
      {"MATERIALS", "materiales"},
      {"LABOUR", "mano de obra"},
      {"MACHINERY", "maquinaria y mobiliario"},
      {"SERVICES", "servicios"},
      {"FEES", "comisiones y derechos"},
      {"RECORDED", "registrado"},
      {"PAID", "pagado"},
      {"Proposal.State.OPEN", "abierta"},
      {"Proposal.State.APPROVED", "aprobada"},
      {"Proposal.State.WITHDRAWN", "retirada"},
      {"Proposal.State.EXPIRED", "vencida"},
      {"OPEN", "abierto"},
      {"EXPIRED", "vencido"},
      {"VERIFIED_WORK", "obra verificada"},
      {"DATE_WINDOW", "días permitidos"},
      {"LAST_TRANCHES_ONLY", "solo últimas ministraciones"},
      {"METRE", "metros"},
      {"SQUARE_METRE", "metros cuadrados"},
      {"CUBIC_METRE", "metros cúbicos"},
      {"KILOMETRE", "kilómetros"},
      {"PIECE", "piezas"},
      {"BENEFICIARY", "beneficiarios"},
      {"IN_FORCE", "en vigor"},
      {"Reallocation.State.APPROVED", "aprobada"},
      {"Reallocation.State.SENT", "enviada"},
      {"Reallocation.State.RECEIVED", "recibida"},
      {"Reallocation.State.CANCELLED", "cancelada"},
      {"Reallocation.State.TAKEN_BACK", "retirada por un banco"},
      {"SENT", "enviado"},
      {"PLEDGED", "prometido"},
      {"LAPSED", "caducado"},
      {"IN_KIND_LABOUR", "mano de obra"},
      {"IN_KIND_SKILLED_LABOUR", "mano de obra calificada"},
      {"IN_KIND_SERVICES", "servicios profesionales"},
      {"IN_KIND_MACHINE_TIME", "horas de máquina"},
      {"IN_KIND_FREIGHT", "acarreo"},
      {"IN_KIND_CEMENT", "cemento y cal"},
      {"IN_KIND_AGGREGATE", "arena, grava y piedra"},
      {"IN_KIND_BRICK", "tabique y block"},
      {"IN_KIND_STEEL", "acero"},
      {"IN_KIND_WOOD", "madera"},
      {"IN_KIND_PIPE_AND_CABLE", "tubos y cables"},
      {"IN_KIND_FUEL", "combustible"},
      {"IN_KIND_MACHINERY", "herramientas y máquinas"},
      {"IN_KIND_VEHICLE", "vehículos"},
      {"IN_KIND_FURNITURE", "mobiliario"},
      {"IN_KIND_SCHOOL_EQUIPMENT", "equipo escolar"},
      {"IN_KIND_MEDICAL_EQUIPMENT", "equipo médico"},
      {"IN_KIND_COMPUTER", "computadoras"},
      {"IN_KIND_LAND", "terreno"},
      {"IN_KIND_OTHER_GOODS", "otros bienes"},
      {"IN_KIND_HOUR", "horas"},
      {"IN_KIND_DAY", "jornales"},
      {"IN_KIND_PIECE", "piezas"},
      {"IN_KIND_BAG", "bultos"},
      {"IN_KIND_KILOGRAM", "kilogramos"},
      {"IN_KIND_TONNE", "toneladas"},
      {"IN_KIND_LITRE", "litros"},
      {"IN_KIND_METRE", "metros"},
      {"IN_KIND_SQUARE_METRE", "metros cuadrados"},
      {"IN_KIND_CUBIC_METRE", "metros cúbicos"},
      {"IN_KIND_TRIP", "viajes"},
      {"APPRAISED", "valuado"},
      {"INVOICE_PAYMENT", "pago de factura"},
      {"ADVANCE", "anticipo"},
      {"RETENTION_RELEASE", "devolución de retención"},
      {"UNMATCHED", "sin conciliar"},
      {"ENTERED", "conciliado por un verificador"},
      {"BY_REFERENCE", "conciliado por referencia"},
      {"BY_DATE", "conciliado por importe y fecha"},
      {"WITH_REVERSAL", "con su reverso"},
      {"NOT_COVERED", "sin estado de cuenta ese día"},
      {"UNIDENTIFIED", "sin identificar"},
      {"IDENTIFIED", "identificado"},
      {"IMPORTING", "en importación"},
      {"COMPLETE", "completo"},
      {"DISCARDED", "descartado"},
      {"BankLine.State.MATCHED", "conciliado"},
      {"SET_APART", "apartado"},
      {"BankLine.State.WITHDRAWN", "de un estado de cuenta retirado"},
      {"PARTLY_MATCHED", "conciliado en parte"},
      {"PROJECT_SUSPENDED", "proyecto suspendido"},
      {"ORGANIZATION_FROZEN", "organización congelada"},
      {"WORK_NOT_VERIFIED", "falta obra verificada"},
      {"OUTSIDE_WINDOW", "fuera de fechas"},
      {"NOT_ACCOUNTED", "falta comprobación"},
  };
  return *words;
}

constexpr std::string_view kPackage = "oriundo.v1.";

}  // namespace

std::string SpanishOf(const google::protobuf::EnumValueDescriptor& value) {
  std::string_view type = value.type()->full_name();
  if (type.starts_with(kPackage)) type.remove_prefix(kPackage.size());
  for (const std::string& key : {std::string(type) + "." + value.name(), value.name()}) {
    if (const auto found = Spanish().find(key); found != Spanish().end()) return std::string(found->second);
  }
  return "";
}

std::string EnumText(const google::protobuf::EnumValueDescriptor& value, const Words& words) {
  if (words.language() != Language::kSpanish) return value.name();
  const std::string spanish = SpanishOf(value);
  return spanish.empty() ? value.name() : spanish;
}

std::string RoleText(const std::string& role, const Words& words) {
  static constexpr std::pair<std::string_view, std::string_view> kRoles[] = {
      {"state", "estado"},         {"municipality", "municipio"}, {"town", "municipio"},    {"federation", "federación"},
      {"partner", "socio"},        {"private", "sector privado"}, {"office", "oficina"},    {"government", "gobierno"},
      {"community", "comunidad"},  {"donor", "donante"},          {"club_federation", "federación de clubes"}};
  if (words.language() != Language::kSpanish) return role;
  for (const auto& [id, spanish] : kRoles) {
    if (id == role) return role + " (" + std::string(spanish) + ")";
  }
  return role;
}

std::string CodeText(const std::string& name, const Words& words) {
  if (words.language() != Language::kSpanish) return name;
  const auto found = Spanish().find(name);
  return found == Spanish().end() ? name : std::string(found->second);
}

}  // namespace oriundo
