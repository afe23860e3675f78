// The chart of accounts of a project's books (design notes, section 4). `projects/p` and `organizations/o` appear by their ids.
#pragma once

#include <string>
#include <string_view>

#include "oriundo/v1/resources.pb.h"

namespace oriundo::chart {

// Money in the box: `assets:p:bank`.
std::string Bank(std::string_view project);
// Released by `party` and not yet confirmed: `assets:p:transit:o`.
std::string Transit(std::string_view project, std::string_view party);
// What `party` put in towards its due: `funds:p:o`.
std::string Funds(std::string_view project, std::string_view party);
// Its voluntary excess: `funds:p:o:over-match`.
std::string OverMatch(std::string_view project, std::string_view party);
// Bank yields: `funds:p:interest`. No organisation may have the id `interest`, which would share the account.
std::string Interest(std::string_view project);
// Expenditures: `spent:p:works`.
std::string Spent(std::string_view project, v1::SpendingCategory category);
// Returned to `party` although already spent; it owes this: `receivable:p:o`.
std::string Receivable(std::string_view project, std::string_view party);
// Refund due to `party`: `payable:p:o`.
std::string Payable(std::string_view project, std::string_view party);
// Goods and labour appraised: `assets:p:in-kind`.
std::string InKind(std::string_view project);
// What of it counts towards the due of `party`, and what is kept as over-match in kind: `funds:p:o:in-kind`,
// `funds:p:o:in-kind-over-match`.
std::string InKindFunds(std::string_view project, std::string_view party);
std::string InKindOverMatch(std::string_view project, std::string_view party);
// Held back under `contract`, whose id stands for the vendor's sealed name: `retention:p:c`.
std::string Retention(std::string_view project, std::string_view contract);
// Paid in advance under `contract` and not amortised: `advances:p:c`.
std::string Advance(std::string_view project, std::string_view contract);
// What somebody unknown covers of money that was taken back when the box did not hold it: `suspense:p`.
std::string Suspense(std::string_view project);
// Deposits that nobody has identified yet: `suspense:p:deposits`. In the box, and no party's.
std::string Deposits(std::string_view project);

}  // namespace oriundo::chart
