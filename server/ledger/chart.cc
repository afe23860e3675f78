#include "server/ledger/chart.h"

#include <algorithm>

#include "server/base/ids.h"

namespace oriundo::chart {
namespace {

std::string Join(std::string_view head, std::string_view project, std::string_view tail = {}) {
  std::string account(head);
  account.append(":").append(IdOf(project));
  if (!tail.empty()) account.append(":").append(tail);
  return account;
}

}  // namespace

std::string Bank(std::string_view project) { return Join("assets", project, "bank"); }
std::string Transit(std::string_view project, std::string_view party) {
  return Join("assets", project, "transit:" + std::string(IdOf(party)));
}
std::string Funds(std::string_view project, std::string_view party) { return Join("funds", project, IdOf(party)); }
std::string OverMatch(std::string_view project, std::string_view party) {
  return Join("funds", project, std::string(IdOf(party)) + ":over-match");
}
std::string Interest(std::string_view project) { return Join("funds", project, "interest"); }
std::string Spent(std::string_view project, v1::SpendingCategory category) {
  std::string name = v1::SpendingCategory_Name(category);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return Join("spent", project, name);
}
std::string Receivable(std::string_view project, std::string_view party) { return Join("receivable", project, IdOf(party)); }
std::string Payable(std::string_view project, std::string_view party) { return Join("payable", project, IdOf(party)); }
std::string InKind(std::string_view project) { return Join("assets", project, "in-kind"); }
std::string InKindFunds(std::string_view project, std::string_view party) {
  return Join("funds", project, std::string(IdOf(party)) + ":in-kind");
}
std::string InKindOverMatch(std::string_view project, std::string_view party) {
  return Join("funds", project, std::string(IdOf(party)) + ":in-kind-over-match");
}
std::string Retention(std::string_view project, std::string_view contract) { return Join("retention", project, IdOf(contract)); }
std::string Advance(std::string_view project, std::string_view contract) { return Join("advances", project, IdOf(contract)); }
std::string Suspense(std::string_view project) { return Join("suspense", project); }
std::string Deposits(std::string_view project) { return Join("suspense", project, "deposits"); }

}  // namespace oriundo::chart
