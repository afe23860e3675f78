#include "client/cli/reconciliation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "client/cli/enum_words.h"
#include "client/cli/locale.h"
#include "client/cli/names.h"
#include "client/cli/render.h"
#include "client/cli/table.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

constexpr char kDifferenceUrl[] = "oriundo.dev/difference";

// True where what the banks have on the day is all that the box has there: each account's statements reach it, or nothing moved
// on the account since they end. Otherwise the box and the banks differ by what no statement covers, which is no difference.
bool IsWhole(const v1::ReconcileBoxResponse& response, const std::string& day) {
  return std::all_of(response.accounts().begin(), response.accounts().end(), [&](const v1::BoxAccount& account) {
    return account.has_bank_balance_minor_units() && (day <= account.last_date() || account.book_not_covered_count() == 0);
  });
}

// What the account is called beside the others of the box.
std::string AccountWord(const v1::ReconcileBoxResponse& response, int index, const Words& words) {
  if (!response.accounts(index).former()) return words.Choose("agreed", "acordada");
  const auto former =
      std::count_if(response.accounts().begin(), response.accounts().end(), [](const auto& account) { return account.former(); });
  const std::string word = words.Choose("former", "anterior");
  return former == 1 ? word : absl::StrCat(word, " ", index + (response.accounts(0).former() ? 1 : 0));
}

// What the ledger and the bank have on each account, where there are several.
void RenderAccounts(const v1::ReconcileBoxResponse& response, const Output& output) {
  if (response.accounts_size() < 2) return;
  const Words& words = output.words;
  const auto amount = [&](int64_t minor_units) {
    return output.locale == nullptr ? AmountOf(minor_units, response.currency_code())
                                    : output.locale->Amount(minor_units, response.currency_code());
  };
  const auto day_of = [&](const std::string& day) {
    return output.locale == nullptr || day.empty() ? day : output.locale->Date(day);
  };
  const auto unless_none = [](int count) { return count == 0 ? std::string() : absl::StrCat(count); };
  Table table({{words.Choose("account", "cuenta")},
               {words.Choose("statements from", "estados desde")},
               {words.Choose("to", "hasta")},
               {words.Choose("by the ledger", "según el libro"), true},
               {words.Choose("by the bank", "según el banco"), true},
               {words.Choose("difference", "diferencia"), true},
               {words.Choose("ledger unmatched", "libro sin conciliar"), true},
               {words.Choose("bank unmatched", "banco sin conciliar"), true},
               {words.Choose("not covered", "sin cubrir"), true}});
  for (int i = 0; i < response.accounts_size(); ++i) {
    const v1::BoxAccount& account = response.accounts(i);
    table.Add({AccountWord(response, i, words), day_of(account.first_date()), day_of(account.last_date()),
               amount(account.book_balance_minor_units()),
               account.has_bank_balance_minor_units() ? amount(account.bank_balance_minor_units()) : "",
               account.has_difference_minor_units() ? amount(account.difference_minor_units()) : "",
               unless_none(account.book_unmatched_count()), unless_none(account.bank_unmatched_count()),
               unless_none(account.book_not_covered_count())});
  }
  table.DropEmptyColumns();
  table.Print(output);
  output.out << "\n";
}

// True where all that the statements cover belongs together, account by account.
bool IsReconciledAsFar(const v1::ReconcileBoxResponse& response) {
  return response.book_unmatched_count() == 0 && response.bank_unmatched_count() == 0 &&
         std::all_of(response.accounts().begin(), response.accounts().end(),
                     [](const v1::BoxAccount& account) { return account.difference_minor_units() == 0; });
}

}  // namespace

void RenderReconciliation(const v1::ReconcileBoxResponse& response, const std::string& project, const Output& output) {
  const Words& words = output.words;
  const std::string& currency = response.currency_code();
  const auto amount = [&](int64_t minor_units) {
    return output.locale == nullptr ? AmountOf(minor_units, currency) : output.locale->Amount(minor_units, currency);
  };
  const auto unless_none = [&](int64_t minor_units, int count) {
    return count == 0 ? std::string() : absl::StrCat(amount(minor_units), " (", count, ")");
  };
  const auto money = [&](int64_t minor_units) { return absl::StrCat(amount(minor_units), " ", currency); };
  const auto day_of = [&](const std::string& day) { return output.locale == nullptr ? day : output.locale->Date(day); };
  output.out << words(words.Choose("Amounts in {currency}; in brackets how many. As of entry {sequence}.",
                                   "Importes en {currency}; entre paréntesis cuántos. Hasta el asiento {sequence}."),
                      {{"currency", currency}, {"sequence", absl::StrCat(response.sequence())}})
             << "\n\n";
  Table table({{words.Choose("day", "día")},
               {words.Choose("box by the ledger", "caja según el libro"), true},
               {words.Choose("by the bank", "según el banco"), true},
               {words.Choose("difference", "diferencia"), true},
               {words.Choose("ledger matched", "libro conciliado"), true},
               {words.Choose("ledger unmatched", "libro sin conciliar"), true},
               {words.Choose("bank matched", "banco conciliado"), true},
               {words.Choose("bank unmatched", "banco sin conciliar"), true}});
  for (const v1::BoxDay& day : response.days()) {
    const bool whole = response.accounts_size() < 2 || IsWhole(response, day.bank_value_date());
    table.Add({day_of(day.bank_value_date()), amount(day.book_balance_minor_units()),
               whole && day.has_bank_balance_minor_units() ? amount(day.bank_balance_minor_units()) : "",
               whole && day.has_difference_minor_units() ? amount(day.difference_minor_units()) : "",
               unless_none(day.book_matched_minor_units(), day.book_matched_count()),
               unless_none(day.book_unmatched_minor_units(), day.book_unmatched_count()),
               unless_none(day.bank_matched_minor_units(), day.bank_matched_count()),
               unless_none(day.bank_unmatched_minor_units(), day.bank_unmatched_count())});
  }
  table.DropEmptyColumns();
  table.Print(output);
  if (response.days_size() > 0) output.out << "\n";
  RenderAccounts(response, output);
  if (response.last_date().empty()) {
    output.out << words.Choose("No bank statement is complete: there is nothing to hold the box against.",
                               "No hay ningún estado de cuenta completo con el cual comparar la caja.")
               << "\n";
    return;
  }
  const bool several = response.accounts_size() > 1;
  const bool whole = !several || IsWhole(response, response.last_date());
  if (!several) {
    output.out << words(words.Choose("Bank statements cover {first} to {last}.",
                                     "Los estados de cuenta cubren del {first} al {last}."),
                        {{"first", day_of(response.first_date())}, {"last", day_of(response.last_date())}})
               << "\n";
  }
  if (whole && response.opening_difference_minor_units() != 0) {
    output.out << words(words.Choose("Before the first of these days the bank had {amount} more than the ledger.",
                                     "Antes del primero de esos días el banco tenía {amount} más que el libro."),
                        {{"amount", money(response.opening_difference_minor_units())}})
               << "\n";
  }
  if (whole) {
    output.out << words(words.Choose("On {last} the ledger has {book} in the box and the bank {bank}: a difference of "
                                     "{difference}.",
                                     "Al {last} el libro tiene {book} en la caja y el banco {bank}: una diferencia de "
                                     "{difference}."),
                        {{"last", day_of(response.last_date())},
                         {"book", money(response.book_balance_minor_units())},
                         {"bank", money(response.bank_balance_minor_units())},
                         {"difference", money(response.difference_minor_units())}})
               << "\n";
  }
  for (const v1::BoxAccount& account : response.accounts()) {
    if (!account.former() || account.difference_minor_units() >= 0) continue;
    output.out << words(words.Choose("A former account has {amount} less by its bank than by the ledger: what it sent to the agreed "
                                     "account stays there until oriundo balance carry confirms that it arrived.",
                                     "En una cuenta anterior hay {amount} menos según el banco que según el libro: lo que envió a la "
                                     "cuenta acordada sigue en ella hasta que oriundo balance carry confirme que llegó."),
                        {{"amount", money(-account.difference_minor_units())}})
               << "\n";
  }
  for (int i = 0; several && i < response.accounts_size(); ++i) {
    const v1::BoxAccount& account = response.accounts(i);
    if (account.has_bank_balance_minor_units()) continue;
    output.out << words(words.Choose("No bank statement of this account is complete, and what stands on it by the ledger, "
                                     "{amount}, is held against nothing: {account}.",
                                     "Ningún estado de esta cuenta está completo, y lo que según el libro hay en ella, {amount}, "
                                     "no se compara con nada: {account}."),
                        {{"amount", money(account.book_balance_minor_units())}, {"account", AccountWord(response, i, words)}})
               << "\n";
  }
  if (response.book_not_covered_count() > 0) {
    output.out << words(words.Choose("Postings of the ledger that no bank statement of their account covers yet: {count}.",
                                     "Movimientos del libro que ningún estado de su cuenta cubre aún: {count}."),
                        {{"count", absl::StrCat(response.book_not_covered_count())}});
    if (!several) {
      output.out << " "
                 << words(words.Choose("Those up to {last} are in the ledger's figure and not in the bank's.",
                                       "Los que llegan al {last} están en la cifra del libro y no en la del banco."),
                          {{"last", day_of(response.last_date())}});
    }
    output.out << "\n";
  }
  if (response.reconciled() && response.book_not_covered_count() > 0) {
    output.out << words.Choose("As far as they cover it the box is reconciled.",
                               "Hasta donde la cubren, la caja está conciliada.")
               << "\n";
    return;
  }
  if (response.reconciled()) {
    output.out << words.Choose("The box is reconciled: all that moved belongs together.",
                               "La caja está conciliada: todo lo que se movió se corresponde.")
               << "\n";
    return;
  }
  if (!whole && IsReconciledAsFar(response)) {
    output.out << words.Choose("All that the statements cover belongs together; what they do not cover is held against nothing "
                               "yet.",
                               "Todo lo que cubren los estados de cuenta se corresponde; lo que no cubren aún no se compara con "
                               "nada.")
               << "\n";
    return;
  }
  output.out << words(words.Choose("What belongs to nothing yet: in the ledger {book}, in the bank {bank}. See oriundo reconcile "
                                   "items {project} --unmatched-only.",
                                   "Lo que aún no se corresponde con nada: en el libro {book}, en el banco {bank}. Vea oriundo "
                                   "reconcile items {project} --unmatched-only."),
                      {{"book", absl::StrCat(response.book_unmatched_count())},
                       {"bank", absl::StrCat(response.bank_unmatched_count())},
                       {"project", ShortName(project)}})
             << "\n";
}

void RenderBoxItems(const v1::ListBoxItemsResponse& response, const Output& output) {
  const Words& words = output.words;
  if (response.items().empty()) output.out << words("Nothing to show.") << "\n";
  // What the two sides of a match have in common.
  const auto match_of = [](const v1::BoxItem& item) {
    return std::make_tuple(item.line(), item.resource(), item.has_entry_sequence() ? item.entry_sequence() : -1,
                           item.minor_units());
  };
  std::map<std::tuple<std::string, std::string, int64_t, int64_t>, std::vector<const v1::BoxItem*>> bank;
  for (const v1::BoxItem& item : response.items()) {
    if (item.bank() && !item.resource().empty()) bank[match_of(item)].push_back(&item);
  }
  std::set<const v1::BoxItem*> shown;
  Table table({{words.Choose("day", "día")},
               {words.Choose("day at the bank", "día en el banco")},
               {words.Choose("where", "dónde")},
               {words.Choose("amount", "importe"), true},
               {words.Choose("resource", "recurso")},
               {words.Choose("line", "movimiento")},
               {words.Choose("match", "conciliación")}});
  const auto add = [&](const v1::BoxItem& item, const v1::BoxItem* other) {
    const char* where = other != nullptr ? words.Choose("both", "ambos")
                                         : item.bank() ? words.Choose("bank", "banco") : words.Choose("ledger", "libro");
    const bool other_day = other != nullptr && other->bank_value_date() != item.bank_value_date();
    const auto* match = v1::BoxItem::Match_descriptor()->FindValueByNumber(item.match());
    table.Add({item.bank_value_date(), other_day ? other->bank_value_date() : "", where,
               FormatAmount(item.minor_units(), response.currency_code()), ShortName(item.resource()), ShortName(item.line()),
               match == nullptr ? "" : EnumText(*match, words)});
  };
  // The ledger's postings first, for each takes the bank's row with it; then what is left, in the order of the days.
  std::map<const v1::BoxItem*, const v1::BoxItem*> partner;
  for (const v1::BoxItem& item : response.items()) {
    if (item.bank() || item.line().empty()) continue;
    auto& lines = bank[match_of(item)];
    if (lines.empty()) continue;
    partner[&item] = lines.back();
    shown.insert(lines.back());
    lines.pop_back();
  }
  for (const v1::BoxItem& item : response.items()) {
    if (shown.contains(&item)) continue;
    const auto found = partner.find(&item);
    add(item, found == partner.end() ? nullptr : found->second);
  }
  table.DropEmptyColumns();
  table.Print(output);
  if (!response.next_page_token().empty()) {
    output.out << words("There is more: add --all, or --page-token {token}", {{"token", response.next_page_token()}}) << "\n";
  }
}

absl::Status DifferenceOf(const v1::ReconcileBoxResponse& response) {
  if (response.reconciled()) return absl::OkStatus();
  absl::Status status = absl::FailedPreconditionError("the box is not reconciled");
  status.SetPayload(kDifferenceUrl, absl::Cord(""));
  return status;
}

bool IsDifference(const absl::Status& status) { return status.GetPayload(kDifferenceUrl).has_value(); }

}  // namespace oriundo
