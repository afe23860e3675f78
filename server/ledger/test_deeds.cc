#include "server/ledger/test_deeds.h"

namespace oriundo {

void CreateOrganization(TestLedger& ledger, const std::string& id, v1::OrganizationKind kind, bool registered,
                        const std::string& parent) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id(id);
  request.mutable_organization()->set_kind(kind);
  request.mutable_organization()->set_display_name(id);
  request.mutable_organization()->set_country_code("MX");
  request.mutable_organization()->set_parent(kind == v1::CLUB ? Org("federation") : parent);
  ledger.Must(Org("admin"), request);
  if (!registered) return;
  v1::RegisterOrganizationRequest registration;
  registration.set_name(Org(id));
  registration.mutable_registration()->set_folio("TN-" + std::to_string(ledger.journal().size()));
  registration.mutable_registration()->set_valid_from("2014-01-01");
  registration.mutable_registration()->set_valid_to("2016-12-31");
  ledger.Must(Org("consulate"), registration);
}

void RenewForNextYear(TestLedger& ledger, const std::string& id) {
  v1::RegisterOrganizationRequest renewal;
  renewal.set_name(Org(id));
  renewal.mutable_registration()->set_folio("TN-2015-1");
  renewal.mutable_registration()->set_valid_from("2015-01-01");
  renewal.mutable_registration()->set_valid_to("2015-12-31");
  renewal.mutable_registration()->set_cause(v1::EXPIRY);
  ledger.Must(Org("consulate"), renewal);
}

void Merge(TestLedger& ledger, const std::string& from, const std::string& into) {
  v1::ProposeMergeRequest propose;
  propose.set_name(Org(from));
  propose.set_successor(Org(into));
  propose.mutable_reason()->set_text("together");
  ledger.Must(Org(from), propose);
  v1::AcceptMergeRequest accept;
  accept.set_name(Org(from));
  ledger.Must(Org(into), accept);
}

v1::ProposeAmendmentRequest AmendRequest(const std::string& id, const v1::AmendmentTerms& terms) {
  v1::ProposeAmendmentRequest request;
  request.set_parent("projects/p");
  request.set_amendment_id(id);
  *request.mutable_terms() = terms;
  request.mutable_reason()->set_text("prices rose");
  return request;
}

v1::SignAmendmentRequest SignAmendmentRequest(const std::string& id, const std::string& account) {
  v1::SignAmendmentRequest request;
  request.set_name("projects/p/amendments/" + id);
  if (!account.empty()) request.mutable_account()->set_number(account);
  return request;
}

v1::AmendmentTerms Replace(const std::string& leaving, const std::string& joining) {
  v1::AmendmentTerms terms;
  v1::AmendmentTerms::Replacement& replacement = *terms.add_replacements();
  replacement.set_organization(Org(leaving));
  replacement.set_successor(Org(joining));
  return terms;
}

v1::MoveCommitmentRequest MoveRequest(const std::string& party, int from, int to, int64_t amount) {
  auto request = ProjectRequest<v1::MoveCommitmentRequest>("p");
  request.set_party(Org(party));
  request.set_from_fiscal_year(from);
  request.set_to_fiscal_year(to);
  if (amount != 0) *request.mutable_amount() = Mxn(amount);
  return request;
}

v1::DeclareInKindRequest GoodsRequest(const std::string& id, const std::string& organization_id, int64_t quantity_milli, int64_t unit_value) {
  v1::DeclareInKindRequest request;
  request.set_parent("projects/p");
  request.set_in_kind_id(id);
  v1::InKind& goods = *request.mutable_in_kind();
  goods.set_party(Org(organization_id));
  goods.set_item(v1::IN_KIND_LABOUR);
  goods.set_unit(v1::IN_KIND_DAY);
  goods.set_quantity_milli(quantity_milli);
  *goods.mutable_unit_value() = Mxn(unit_value);
  *goods.add_evidence() = Document(v1::PHOTOGRAPH);
  return request;
}

v1::AppraiseInKindRequest AppraisalRequest(const std::string& id, int64_t quantity_milli, int64_t unit_value) {
  v1::AppraiseInKindRequest request;
  request.set_name("projects/p/in-kinds/" + id);
  request.set_quantity_milli(quantity_milli);
  *request.mutable_unit_value() = Mxn(unit_value);
  request.set_appraisal_date("2014-09-10");
  *request.add_documents() = Document(v1::OTHER_DOCUMENT);
  return request;
}

v1::Expenditure VendorPayment(const TestLedger& ledger, int64_t amount, v1::PaymentPurpose purpose, int64_t retained, int64_t amortised) {
  v1::Expenditure expenditure = ledger.SpendRequest("p", "any", amount).expenditure();
  expenditure.set_contract("projects/p/contracts/k");
  expenditure.set_purpose(purpose);
  expenditure.set_retained_minor_units(retained);
  expenditure.set_amortised_minor_units(amortised);
  if (purpose == v1::RETENTION_RELEASE) expenditure.mutable_evidence(0)->set_type(v1::BANK_RECEIPT);
  return expenditure;
}

v1::RecordExpenditureRequest PayVendor(const TestLedger& ledger, const std::string& id, int64_t amount, v1::PaymentPurpose purpose,
                                       int64_t retained, int64_t amortised) {
  v1::RecordExpenditureRequest request = ledger.SpendRequest("p", id, amount);
  *request.mutable_expenditure() = VendorPayment(ledger, amount, purpose, retained, amortised);
  return request;
}

v1::RecoverAdvanceRequest RecoveryRequest(const TestLedger& ledger, const std::string& id, int64_t amount) {
  v1::RecoverAdvanceRequest request;
  request.set_name("projects/p/expenditures/" + id);
  *request.mutable_amount() = Mxn(amount);
  request.set_bank_value_date("2014-09-10");
  *request.mutable_account() = ledger.ReceiveRequest("p", "any", 1).account();
  *request.add_documents() = Document(v1::BANK_RECEIPT);
  return request;
}

v1::ProposeForfeitureRequest ForfeitRequest(const std::string& id, int64_t amount) {
  v1::ProposeForfeitureRequest request;
  request.set_parent("projects/p");
  request.set_proposal_id(id);
  request.set_contract("projects/p/contracts/k");
  *request.mutable_amount() = Mxn(amount);
  request.set_category(v1::WORKS);
  request.mutable_reason()->set_text("the wall fell down");
  *request.add_documents() = Document(v1::PHOTOGRAPH);
  return request;
}

}  // namespace oriundo
