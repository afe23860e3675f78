// Requests that tests of several kinds of deeds make of the project `p`: an amendment, goods and labour, and what is paid to a vendor under the
// contract `k`. For tests only.
#pragma once

#include <string>

#include "server/ledger/test_ledger.h"

namespace oriundo {

// An organisation, a club below `federation`; with a note of the consulate's if `registered`.
void CreateOrganization(TestLedger& ledger, const std::string& id, v1::OrganizationKind kind, bool registered = false,
                        const std::string& parent = {});

// The consulate renews a registration for the year 2015.
void RenewForNextYear(TestLedger& ledger, const std::string& id);

// `from` asks to be merged into `into`, which accepts.
void Merge(TestLedger& ledger, const std::string& from, const std::string& into);

v1::ProposeAmendmentRequest AmendRequest(const std::string& id, const v1::AmendmentTerms& terms);
v1::SignAmendmentRequest SignAmendmentRequest(const std::string& id, const std::string& account = {});
// Terms that put `joining` in the place of `leaving`.
v1::AmendmentTerms Replace(const std::string& leaving, const std::string& joining);

// Of what the party's pool of `from` promises, `amount`, or all where that is 0, moves to its pool of `to`.
v1::MoveCommitmentRequest MoveRequest(const std::string& party, int from, int to, int64_t amount = 0);

v1::DeclareInKindRequest GoodsRequest(const std::string& id, const std::string& organization_id, int64_t quantity_milli, int64_t unit_value);
v1::AppraiseInKindRequest AppraisalRequest(const std::string& id, int64_t quantity_milli, int64_t unit_value);

v1::Expenditure VendorPayment(const TestLedger& ledger, int64_t amount, v1::PaymentPurpose purpose, int64_t retained = 0,
                              int64_t amortised = 0);
v1::RecordExpenditureRequest PayVendor(const TestLedger& ledger, const std::string& id, int64_t amount, v1::PaymentPurpose purpose,
                                       int64_t retained = 0, int64_t amortised = 0);
v1::RecoverAdvanceRequest RecoveryRequest(const TestLedger& ledger, const std::string& id, int64_t amount);
v1::ProposeForfeitureRequest ForfeitRequest(const std::string& id, int64_t amount);

}  // namespace oriundo
