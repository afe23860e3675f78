#include "client/cli/feed.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/names.h"
#include "client/cli/table.h"
#include "google/protobuf/util/time_util.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

const std::map<std::string_view, std::string_view>& SpanishEvents() {
  static const auto* words = new std::map<std::string_view, std::string_view>{
      {"ledger_created", "libro creado"},
      {"organization_created", "organización creada"},
      {"organization_registered", "toma de nota emitida"},
      {"registration_submitted", "toma de nota solicitada"},
      {"registration_rejected", "solicitud de toma de nota rechazada"},
      {"registration_suspended", "toma de nota suspendida"},
      {"registration_disputed", "uso indebido del nombre denunciado"},
      {"registration_reinstated", "toma de nota restituida"},
      {"registration_revoked", "toma de nota revocada"},
      {"organization_endorsed", "aval otorgado"},
      {"endorsement_revoked", "aval retirado"},
      {"organization_renamed", "nombre cambiado"},
      {"federation_proposed", "cambio de federación solicitado"},
      {"federation_changed", "federación cambiada"},
      {"merge_proposed", "fusión propuesta"},
      {"organization_merged", "organización fusionada"},
      {"directory_entry_recorded", "dato de otro directorio registrado"},
      {"community_saved", "comunidad guardada"},
      {"texts_erased", "textos borrados"},
      {"feed_acknowledged", "avisos leídos"},
      {"program_created", "programa creado"},
      {"rule_version_published", "regla publicada"},
      {"pool_created", "bolsa creada"},
      {"pool_budget_increased", "bolsa aumentada"},
      {"pool_budget_reduced", "bolsa recortada"},
      {"fiscal_year_closed", "ejercicio cerrado"},
      {"reopening_proposed", "reapertura propuesta"},
      {"reopening_withdrawn", "reapertura retirada"},
      {"reopening_expired", "reapertura vencida"},
      {"fiscal_year_reopened", "ejercicio reabierto"},
      {"project_suspended", "proyecto suspendido"},
      {"project_resumed", "proyecto reanudado"},
      {"progress_reported", "avance informado"},
      {"progress_verified", "avance verificado"},
      {"progress_countersigned", "avance refrendado"},
      {"project_objected", "objeción presentada"},
      {"objection_withdrawn", "objeción retirada"},
      {"proposal_expired", "propuesta vencida"},
      {"project_created", "borrador creado"},
      {"project_updated", "borrador cambiado"},
      {"project_submitted", "solicitud ingresada"},
      {"project_prevalidated", "proyecto prevalidado"},
      {"project_approved", "proyecto aprobado"},
      {"project_rejected", "proyecto rechazado"},
      {"agreement_signed", "convenio firmado"},
      {"amendment_proposed", "convenio modificatorio propuesto"},
      {"amendment_signed", "convenio modificatorio firmado"},
      {"amendment_withdrawn", "convenio modificatorio retirado"},
      {"amendment_expired", "convenio modificatorio vencido"},
      {"balance_carried", "saldo traspasado a la cuenta nueva"},
      {"tranche_conditions_waived", "condiciones de ministración dispensadas"},
      {"reallocation_approved", "reasignación aprobada"},
      {"reallocation_cancelled", "reasignación cancelada"},
      {"project_authorized", "proyecto autorizado"},
      {"completion_reported", "obra reportada terminada"},
      {"completion_confirmed", "obra terminada confirmada"},
      {"handover_signed", "acta de entrega firmada"},
      {"project_settled", "cuentas cerradas"},
      {"project_closed", "proyecto cerrado"},
      {"project_cancelled", "proyecto cancelado"},
      {"pledge_created", "promesa registrada"},
      {"contribution_declared", "aportación declarada"},
      {"contribution_evidenced", "comprobante adjuntado"},
      {"contribution_verified", "aportación verificada"},
      {"contribution_rejected", "aportación rechazada"},
      {"contribution_withdrawn", "aportación retirada"},
      {"contribution_reversed", "aportación revertida"},
      {"proposal_created", "propuesta hecha"},
      {"proposal_withdrawn", "propuesta retirada"},
      {"release_approved", "liberación aprobada"},
      {"release_received", "liberación recibida"},
      {"release_returned", "liberación regresada"},
      {"expenditure_recorded", "gasto registrado"},
      {"expenditure_reversed", "gasto revertido"},
      {"interest_recorded", "intereses registrados"},
      {"interest_reversed", "intereses corregidos"},
      {"refunds_apportioned", "reintegros repartidos"},
      {"refund_paid", "reintegro pagado"},
      {"refund_reversed", "reintegro devuelto por el banco"},
      {"repayment_recorded", "devolución registrada"},
      {"repayment_reversed", "devolución rebotada"},
      {"deposit_recorded", "depósito sin identificar registrado"},
      {"deposit_returned", "depósito sin identificar devuelto"},
      {"bank_statement_started", "importación de estado de cuenta iniciada"},
      {"bank_lines_added", "movimientos bancarios importados"},
      {"bank_statement_discarded", "importación de estado de cuenta descartada"},
      {"bank_statement_withdrawn", "estado de cuenta retirado"},
      {"bank_line_matched", "movimiento bancario conciliado"},
      {"bank_line_unmatched", "movimiento bancario separado"},
      {"pledge_lapsed", "compromiso vencido"},
      {"agreement_lapsed", "convenio no firmado a tiempo"},
      {"in_kind_declared", "aportación en especie declarada"},
      {"in_kind_appraised", "aportación en especie valuada"},
      {"in_kind_rejected", "aportación en especie rechazada"},
      {"in_kind_withdrawn", "aportación en especie retirada"},
      {"in_kind_reversed", "aportación en especie revertida"},
      {"contract_recorded", "contrato registrado"},
      {"advance_recovered", "anticipo recuperado"},
      {"advance_recovery_reversed", "recuperación de anticipo revertida"},
      {"retention_forfeited", "retención hecha efectiva"},
      {"year_end_return_approved", "reintegro de fin de ejercicio aprobado"},
      {"commitment_moved", "dinero comprometido pasado a otro ejercicio"},
      {"refused", "rechazado por la regla"},
  };
  return *words;
}

}  // namespace

std::string EventText(std::string_view event, const Words& words) {
  const auto found = SpanishEvents().find(event);
  if (words.language() == Language::kSpanish && found != SpanishEvents().end()) return std::string(found->second);
  std::string text(event);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

void RenderFeed(const v1::ListOrganizationFeedResponse& response, const std::string& organization, const Output& output) {
  const Words& words = output.words;
  if (response.rows().empty()) output.out << words("Nothing to show.") << "\n";
  Table table({{words.Choose("entry", "asiento"), true},
               {words.Choose("when", "cuándo")},
               {words.Choose("who", "quién")},
               {words.Choose("what", "qué")},
               {words.Choose("project", "proyecto")},
               {words.Choose("amount", "importe"), true},
               {words.Choose("about", "sobre")},
               {words.Choose("refused", "rechazado")},
               {words.Choose("attention", "atención")}});
  int64_t attention = 0;
  for (const v1::FeedRow& row : response.rows()) {
    table.Add({absl::StrCat(row.sequence()), google::protobuf::util::TimeUtil::ToString(row.commit_time()),
               ShortName(row.actor()), EventText(row.event(), words), ShortName(row.project()),
               row.has_amount() ? FormatAmount(row.amount().minor_units(), row.amount().currency_code()) : "",
               ShortName(row.organization()),
               row.refused_method().empty() ? "" : absl::StrCat(row.refused_method(), ": ", row.refusal_reason()),
               row.needs_attention() ? words.Choose("yes", "sí") : ""});
    attention += row.needs_attention() ? 1 : 0;
  }
  table.DropEmptyColumns();
  table.Print(output);
  if (attention > 0) {
    output.out << "\n"
               << (words.language() == Language::kSpanish
                       ? absl::StrCat("Hechos por otros y sin acusar: ", attention,
                                      ". Acuse de leído: oriundo organization acknowledge ", ShortName(organization),
                                          " --through-sequence ",
                                      response.rows(response.rows_size() - 1).sequence())
                       : absl::StrCat("Done by others and not acknowledged: ", attention,
                                      ". Acknowledge: oriundo organization acknowledge ", ShortName(organization),
                                          " --through-sequence ",
                                      response.rows(response.rows_size() - 1).sequence()))
               << "\n";
  }
  if (!response.next_page_token().empty()) {
    output.out << words("There is more: add --all, or --page-token {token}", {{"token", response.next_page_token()}}) << "\n";
  }
}

}  // namespace oriundo
