#include "client/cli/render.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/enum_words.h"
#include "client/cli/feed.h"
#include "client/cli/field_words.h"
#include "client/cli/money_text.h"
#include "client/cli/names.h"
#include "client/cli/refusal_text.h"
#include "client/cli/sentences.h"
#include "client/cli/table.h"
#include "client/cli/wrap.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/error_reason.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "server/base/currency.h"

namespace oriundo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr std::string_view kMinorUnits = "_minor_units";

bool IsMinorUnits(const FieldDescriptor& field) { return field.name().ends_with(kMinorUnits) || field.name() == "minor_units"; }

// What people look at first in a table; other types show all their plain fields. A dot leads into a message.
const char* ColumnsOf(const Descriptor& type) {
  static const auto* columns = new std::map<std::string, const char*>{
      {"Organization", "name kind country_code parent registration_state registration.valid_to successor display_name"},
      {"Community", "name country_code region_code display_name marginalisation_band priority band_year band_source keeper"},
      {"Program", "name office currency_code display_name"},
      {"RuleVersion", "name fiscal_year_first fiscal_year_last share_base bound_multiple_bps"},
      {"Pool", "name funder fiscal_year budget_minor_units committed_minor_units released_minor_units free_minor_units"},
      {"Tally", "name project_count matched_minor_units pooled_minor_units together_project_count together_matched_minor_units "
               "together_pooled_minor_units"},
      {"ProgressReport", "name state report_date reported_quantity_milli verified_quantity_milli reporter inspector"},
      {"Project", "name state program fiscal_year club total_minor_units title"},
      {"Pledge", "name state party amount value_minor_units deadline lapsed_minor_units reference_rate reference_date"},
      {"Contribution", "name state party declared credited bank_value_date verifier"},
      {"InKind", "name state party item unit quantity_milli unit_value declared_minor_units appraised_minor_units appraiser"},
      {"Contract", "name amount contract_date invoiced_minor_units advanced_minor_units advance_open_minor_units retained_minor_units vendor_name"},
      {"Release", "name state party tranche amount credited bank_value_date"},
      {"Expenditure", "name state amount category payment_date vendor_name"},
      {"Interest", "name state amount bank_value_date account_commitment verifier"},
      {"Refund", "name state party amount interest payment_date"},
      {"Repayment", "name state party amount bank_value_date"},
      {"Deposit", "name state amount bank_value_date account_commitment verifier identified_as"},
      {"BankStatement",
       "name state account_commitment first_date last_date opening_balance_minor_units closing_balance_minor_units line_count "
       "imported_line_count"},
      {"BankLine", "name state bank_value_date minor_units assigned_minor_units matched_with matched_reversal"},
      // What a proposal does stands in fields of its own kind; `does`, `about` and `of` say it in three columns.
      {"Proposal", "name state does about of proposer approver expire_time reason"},
      {"Amendment", "name state proposer terms.total_minor_units terms.executor expire_time reason"},
      {"Reallocation", "name state party target_project amount refund contribution"},
      {"Entry", "sequence commit_time_us event organization project effective_date"},
      {"StatementLine",
       "project organization role project_state due_minor_units confirmed_minor_units gap_minor_units late_days late_by"},
      {"Evidence", "type salted_sha256 size_bytes"},
      {"Objection", "objection_id organization report create_time reason"},
      {"Countersignature", "organization sequence"},
      {"ClubFederation", "club federation"},
  };
  const auto found = columns->find(type.name());
  return found == columns->end() ? nullptr : found->second;
}

// Which account of its project a resource is of.
bool IsAccount(const FieldDescriptor& field) { return field.name() == "account_commitment"; }

// Bytes and bookkeeping that only programs compare.
bool IsHidden(const FieldDescriptor& field) {
  const std::string& name = field.name();
  // Which account of the ledger it is: a digest.
  const bool account = name == "account_use" || name == "former_account_uses" || field.full_name() == "oriundo.v1.Account.use";
  return account || name.ends_with("_commitment") || name.ends_with("_commitments") || name == "create_sequence" ||
         name == "update_sequence";
}

// The currency of a message's amounts.
std::string CurrencyOf(const Message& message, const std::string& inherited) {
  if (const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("currency_code")) {
    const std::string own = message.GetReflection()->GetString(message, field);
    if (!own.empty()) return own;
  }
  if (const auto* contribution = dynamic_cast<const v1::Contribution*>(&message)) return contribution->declared().currency_code();
  if (const auto* in_kind = dynamic_cast<const v1::InKind*>(&message)) return in_kind->unit_value().currency_code();
  if (message.GetDescriptor() == v1::Pledge::descriptor()) return inherited;  // It may be in another than its value.
  if (const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("amount");
      field != nullptr && !field->is_repeated() && field->message_type() == v1::Money::descriptor() &&
      message.GetReflection()->HasField(message, field)) {
    return dynamic_cast<const v1::Money&>(message.GetReflection()->GetMessage(message, field)).currency_code();
  }
  return inherited;
}

// The name of a reason that an entry holds as a number.
std::string ReasonName(int64_t reason) {
  const auto* value = v1::ErrorReason_IsValid(static_cast<int>(reason))
                          ? v1::ErrorReason_descriptor()->FindValueByNumber(static_cast<int>(reason))
                          : nullptr;
  return value == nullptr ? absl::StrCat(reason) : value->name();
}

// A whole number with `places` of its digits after the point.
std::string Fixed(int64_t value, std::size_t places) {
  std::string digits = absl::StrCat(value);
  const std::size_t sign = value < 0 ? 1 : 0;
  if (digits.size() - sign <= places) digits.insert(sign, places + 1 - (digits.size() - sign), '0');
  digits.insert(digits.size() - places, ".");
  return digits;
}

std::string IntegerText(const FieldDescriptor& field, int64_t value, const std::string& currency, const Words& words) {
  if (IsMinorUnits(field)) {
    return currency.empty() ? absl::StrCat(value, words.Choose(" minor units", " unidades mínimas")) : FormatAmount(value,
        currency);
  }
  const std::string& name = field.name();
  if (name.ends_with("_bps") || name.ends_with("_bps_max") || name.ends_with("_bps_min")) return Fixed(value, 2) + " %";
  if (field.containing_type() == v1::Refused::descriptor() && field.name() == "reason") return ReasonName(value);
  if (field.containing_type() == v1::Input::descriptor() && field.name() == "value") return absl::StrCat(value);
  if (field.name().ends_with("_milli")) return FormatQuantity(value);
  if (field.name().ends_with("time_us")) return TimeUtil::ToString(TimeUtil::MicrosecondsToTimestamp(value));
  return absl::StrCat(value);
}

// What a tranche waits for beyond what all wait for, `50.00 % verified + until 11-30`.
std::string ConditionText(const v1::TrancheCondition& condition, const Words& words) {
  std::vector<std::string> parts;
  if (condition.has_verified_bps_min()) {
    parts.push_back(words("{share} verified", {{"share", Fixed(condition.verified_bps_min(), 2) + " %"}}));
  }
  for (int number : condition.documents()) {
    if (const auto* type = v1::DocumentType_descriptor()->FindValueByNumber(number)) parts.push_back(EnumText(*type, words));
  }
  if (!condition.opens_month_day().empty()) parts.push_back(words("from {day}", {{"day", condition.opens_month_day()}}));
  if (!condition.closes_month_day().empty()) parts.push_back(words("until {day}", {{"day", condition.closes_month_day()}}));
  if (condition.has_due_days()) parts.push_back(words("due after {count} days", {{"count", absl::StrCat(condition.due_days())}}));
  return parts.empty() ? words("none") : absl::StrJoin(parts, " + ");
}

// A message that is one value in a sheet or table; nullopt for others.
std::optional<std::string> MessageText(const Message& message, const Words& words) {
  if (const auto* money = dynamic_cast<const v1::Money*>(&message))
    return FormatAmount(money->minor_units(), money->currency_code());
  if (const auto* rate = dynamic_cast<const v1::Rate*>(&message)) return FormatRate(*rate);
  if (const auto* time = dynamic_cast<const Timestamp*>(&message)) return TimeUtil::ToString(*time);
  if (const auto* reason = dynamic_cast<const v1::Reason*>(&message)) return reason->text();
  if (const auto* condition = dynamic_cast<const v1::TrancheCondition*>(&message)) return ConditionText(*condition, words);
  return std::nullopt;
}

// What whoever signs an amendment must know of its account: that there is another one. Its number is nowhere in the ledger.
std::optional<std::string> AccountText(const Message& message, const FieldDescriptor& field, const Words& words) {
  if (message.GetDescriptor() != v1::AmendmentTerms::descriptor() || field.name() != "account") return std::nullopt;
  return words("another bank account; who signs names its number: oriundo amendment sign --account");
}

// A string or number of a list that means one thing a party, `club-tekax 5.00 MXN`; as it is where the parties are not known.
std::string OfParty(const FieldDescriptor& field, int size, int index, const std::vector<std::string>& parties,
                    const std::string& text) {
  const bool by_party = field.containing_type() == v1::Expenditure::descriptor() && field.name() == "drawn_minor_units";
  if (!by_party || parties.size() != static_cast<std::size_t>(size)) return text;
  return absl::StrCat(ShortName(parties[static_cast<std::size_t>(index)]), " ", text);
}

// How names are shown: whole in a sheet, short in a table.
enum class Names { kFull, kShort };

// The part of a year's pool, or a change of it, in a table of parties; nullopt for other messages. Of one that is `alone` the
// party's own columns say how much.
std::optional<std::string> PoolPartText(const Message& message, bool alone, const std::string& currency, const Words& words) {
  const Descriptor& type = *message.GetDescriptor();
  if (&type != v1::PoolPart::descriptor() && &type != v1::PoolPartChange::descriptor()) return std::nullopt;
  const auto number = [&](const char* name) {
    const FieldDescriptor& field = *type.FindFieldByName(name);
    return IntegerText(field, message.GetReflection()->GetInt64(message, &field), currency, words);
  };
  const std::string year = absl::StrCat(message.GetReflection()->GetInt32(message, type.FindFieldByName("fiscal_year")));
  if (alone) return year;
  return words(words.Choose("{year} ({committed} committed, {released} released)",
                            "{year} ({committed} comprometido, {released} liberado)"),
               {{"year", year},
                {"committed", number("committed_minor_units")},
                {"released", number("released_minor_units")}});
}

// One value of a field, `index` -1 for a singular one. Empty for messages that are not one value.
std::string ValueText(const Message& message, const FieldDescriptor& field, int index, const std::string& inherited, Names names,
                      const Words& words) {
  const auto& reflection = *message.GetReflection();
  std::string currency = CurrencyOf(message, inherited);
  if (const auto* transfer = dynamic_cast<const v1::Transfer*>(&message);
      transfer != nullptr && field.name() == "net_minor_units") {
    currency = transfer->paid().currency_code();
  }
  if (const auto* input = dynamic_cast<const v1::Input*>(&message); input != nullptr && field.name() == "value") {
    const bool money = std::string_view(input->name()).ends_with(kMinorUnits) && !currency.empty();
    if (money) return FormatAmount(input->value(), currency);
  }
  const bool many = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& value = many ? reflection.GetRepeatedMessage(message, &field, index) : reflection.GetMessage(message, &field);
      const bool alone = many && reflection.FieldSize(message, &field) == 1;
      if (auto part = PoolPartText(value, alone, currency, words)) return *std::move(part);
      return MessageText(value, words).value_or("");
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return IntegerText(field, many ? reflection.GetRepeatedInt32(message, &field, index) : reflection.GetInt32(message, &field),
                         currency, words);
    case FieldDescriptor::CPPTYPE_INT64:
      return IntegerText(field, many ? reflection.GetRepeatedInt64(message, &field, index) : reflection.GetInt64(message, &field),
                         currency, words);
    case FieldDescriptor::CPPTYPE_BOOL:
      return words(reflection.GetBool(message, &field) ? "yes" : "no");
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(many ? *reflection.GetRepeatedEnum(message, &field, index) : *reflection.GetEnum(message, &field), words);
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          many ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field);
      if (field.type() == FieldDescriptor::TYPE_BYTES) return absl::BytesToHexString(text);
      return names == Names::kShort ? ShortName(text) : text;
    }
    default:
      return "";
  }
}

// A field's value or values; empty where there is nothing to say: not set, or zero in a table of several rows.
std::string FieldText(const Message& message, const FieldDescriptor& field, const RenderContext& context, Names names,
                      const Words& words) {
  const std::string& currency = context.currency_code;
  const auto& reflection = *message.GetReflection();
  if (IsAccount(field)) {
    const std::string account = reflection.GetString(message, &field);
    if (context.agreed_account.empty() || account.empty()) return "";
    return account == context.agreed_account ? words.Choose("agreed", "acordada") : words.Choose("former", "anterior");
  }
  if (field.is_repeated()) {
    std::string text;
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      absl::StrAppend(&text, i > 0 ? ", " : "",
                      OfParty(field, reflection.FieldSize(message, &field), i, context.parties,
                              ValueText(message, field, i, currency, names, words)));
    }
    return text;
  }
  const bool always = field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL || (names == Names::kFull && IsMinorUnits(field)) ||
                      field.containing_type() == v1::Input::descriptor();
  const bool shown = reflection.HasField(message, &field) || (always && !field.has_presence()) || field.name() == "sequence";
  return shown ? ValueText(message, field, -1, currency, names, words) : "";
}

std::string TitleOf(const FieldDescriptor& field, const Words& words) {
  if (IsAccount(field)) return words.Choose("account", "cuenta");
  if (words.language() == Language::kSpanish) {
    if (std::string spanish = SpanishTitle(field); !spanish.empty()) return spanish;
  }
  std::string title = field.name();
  if (title == "minor_units") return "amount";
  // A party's own "spent" is what left the box of its money; invoices may document more or less than that.
  if (field.full_name() == "oriundo.v1.Project.spent_minor_units") return "documented spending";
  if (title == "account_used") return "seen on the agreed account";
  if (field.full_name() == "oriundo.v1.Repayment.covered_minor_units") return "to whoever, unknown, had covered it";
  if (field.full_name() == "oriundo.v1.Repayment.taken_twice_minor_units") return "had twice, counts for nothing";
  if (title == "total_loss_bps") return "total loss in per cent";  // Beside the total loss as an amount.
  if (title.ends_with(kMinorUnits)) title.resize(title.size() - kMinorUnits.size());
  if (title.ends_with("_bps_max")) title.replace(title.size() - 8, 8, "_max");
  if (title.ends_with("_bps_min")) title.replace(title.size() - 8, 8, "_min");
  for (const char* suffix : {"_bps", "_milli", "_us"}) {
    if (title.ends_with(suffix)) title.resize(title.size() - std::string_view(suffix).size());
  }
  for (char& c : title) c = c == '_' ? ' ' : c;
  return title;
}

// Where a dotted column leads: the field and the message that holds it. No field where the type has none of that name.
struct Reached {
  const Message* holder;
  const FieldDescriptor* field;
};

Reached Reach(const Message& row, const std::string& column) {
  const std::vector<std::string> steps = absl::StrSplit(column, '.');
  Reached reached{&row, row.GetDescriptor()->FindFieldByName(steps.front())};
  for (std::size_t i = 1; i < steps.size() && reached.field != nullptr; ++i) {
    // A message that is not set gives its type's empty default.
    reached.holder = &reached.holder->GetReflection()->GetMessage(*reached.holder, reached.field);
    reached.field = reached.holder->GetDescriptor()->FindFieldByName(steps[i]);
  }
  return reached;
}

bool IsNumber(const FieldDescriptor& field) {
  const bool money = field.message_type() != nullptr && field.message_type()->name() == "Money";
  const bool integer = field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 || field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
  return money || (integer && !field.name().ends_with("_us"));
}

std::vector<std::string> ColumnNames(const Descriptor& type) {
  if (const char* columns = ColumnsOf(type)) return absl::StrSplit(columns, ' ');
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (!IsHidden(*type.field(i))) names.push_back(type.field(i)->name());
  }
  return names;
}

// Clubs and what stands above them act only with a registration in force.
bool NeedsRegistration(const v1::Organization& organization) {
  return organization.kind() == v1::CLUB || organization.kind() == v1::FEDERATION || organization.kind() == v1::CONFEDERATION;
}

// A column of a table of proposals that no field is: what it would do, what with, and how much.
struct ProposalCell {
  std::string title;
  bool number = false;
  std::string text;
};

std::optional<ProposalCell> CellOfProposal(const v1::Proposal& proposal, const std::string& column, const Words& words) {
  if (column == "does") {
    const FieldDescriptor* action = proposal.GetReflection()->GetOneofFieldDescriptor(
        proposal, v1::Proposal::descriptor()->FindOneofByName("action"));
    return ProposalCell{words.Choose("action", "acción"), false, action == nullptr ? "" : TitleOf(*action, words)};
  }
  std::string about;
  const v1::Money* amount = nullptr;
  switch (proposal.action_case()) {
    case v1::Proposal::kRelease:
      about = proposal.release().tranche();
      amount = &proposal.release().amount();
      break;
    case v1::Proposal::kReversal:
      about = proposal.reversal().target();
      break;
    case v1::Proposal::kExpenditure:
      about = proposal.expenditure().expenditure().contract();
      amount = &proposal.expenditure().expenditure().amount();
      break;
    case v1::Proposal::kWaiver:
      about = proposal.waiver().tranche();
      break;
    case v1::Proposal::kReallocation:
      about = proposal.reallocation().target_project();
      amount = &proposal.reallocation().amount();
      break;
    case v1::Proposal::kForfeiture:
      about = proposal.forfeiture().contract();
      amount = &proposal.forfeiture().amount();
      break;
    case v1::Proposal::kYearEndReturn:
      about = proposal.year_end_return().party();
      amount = &proposal.year_end_return().amount();
      break;
    case v1::Proposal::ACTION_NOT_SET:
      break;
  }
  if (column == "about") return ProposalCell{words.Choose("about", "sobre"), false, ShortName(about)};
  if (column != "of") return std::nullopt;
  const bool told = amount != nullptr && !amount->currency_code().empty();
  return ProposalCell{words.Choose("amount", "importe"), true,
                      told ? FormatAmount(amount->minor_units(), amount->currency_code()) : ""};
}

// Columns that are shown though all rows have a zero there: that nothing is free is what one looks for.
bool IsAlwaysShown(const FieldDescriptor& field) {
  return field.containing_type() == v1::Pool::descriptor() &&
         (field.name() == "committed_minor_units" || field.name() == "free_minor_units");
}

void RenderTable(const Message& message, const FieldDescriptor& rows, const RenderContext& context, const Output& output) {
  const auto& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, &rows);
  std::vector<Table::Column> columns;
  std::vector<std::vector<std::string>> cells(static_cast<std::size_t>(size));
  for (const std::string& name : ColumnNames(*rows.message_type())) {
    bool any = false;
    Table::Column column{name == "event" ? output.words.Choose("event", "qué") : name};
    for (int r = 0; r < size; ++r) {
      const Message& row = reflection.GetRepeatedMessage(message, &rows, r);
      const auto [holder, field] = Reach(row, name);
      std::string& cell = cells[static_cast<std::size_t>(r)].emplace_back();
      if (const auto* entry = dynamic_cast<const v1::Entry*>(&row); entry != nullptr && name == "event") {
        const auto* event =
            entry->GetReflection()->GetOneofFieldDescriptor(*entry, entry->GetDescriptor()->FindOneofByName("event"));
        const bool spanish = output.words.language() == Language::kSpanish;
        cell = event == nullptr ? "" : spanish ? EventText(event->name(), output.words) : event->name();
      } else if (field != nullptr) {
        column = {TitleOf(*field, output.words), IsNumber(*field)};
        cell = FieldText(*holder, *field, context, Names::kShort, output.words);
      }
      if (const auto* proposal = dynamic_cast<const v1::Proposal*>(&row)) {
        if (const auto own = CellOfProposal(*proposal, name, output.words)) {
          column = {own->title, own->number};
          cell = own->text;
        }
      }
      if (const auto* organization = dynamic_cast<const v1::Organization*>(&row);
          organization != nullptr && name == "registration.valid_to" && NeedsRegistration(*organization) && cell.empty()) {
        cell = output.words("not registered");
      }
      any |= !cell.empty() || (field != nullptr && IsAlwaysShown(*field));
    }
    columns.push_back(column);
    // Zero amounts are left out where there is nothing else in the column, and shown where there is.
    for (int r = 0; any && r < size; ++r) {
      const auto [holder, field] = Reach(reflection.GetRepeatedMessage(message, &rows, r), name);
      std::string& cell = cells[static_cast<std::size_t>(r)].back();
      if (cell.empty() && field != nullptr && IsMinorUnits(*field) && !field->has_presence() && !field->is_repeated()) {
        cell = ValueText(*holder, *field, -1, context.currency_code, Names::kShort, output.words);
      }
    }
  }
  Table table(columns);
  for (auto& row : cells) table.Add(std::move(row));
  table.DropEmptyColumns();
  table.Print(output);
}

void RenderSheet(const Message& message, const std::string& prefix, const RenderContext& inherited,
                 std::vector<std::pair<std::string, std::string>>& lines, std::vector<std::function<void()>>& tables,
                 const Output& output) {
  RenderContext context = inherited;
  context.currency_code = CurrencyOf(message, inherited.currency_code);
  const auto* project = dynamic_cast<const v1::Project*>(&message);
  const Descriptor& type = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsHidden(field) && !IsAccount(field)) continue;
    // Taken from the rule when the draft is handed in; until then a zero would be read as one.
    if (project != nullptr && project->state() == v1::Project::DRAFT && field.name() == "tolerance_minor_units") continue;
    const std::string title = prefix + TitleOf(field, output.words);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      if (std::string text = FieldText(message, field, context, Names::kFull, output.words); !text.empty())
        lines.emplace_back(title, std::move(text));
    } else if (field.is_repeated()) {
      if (reflection.FieldSize(message, &field) == 0) continue;
      tables.push_back([&message, &field, title, context, &output] {
        output.out << "\n" << output.Bold(title) << "\n";
        RenderTable(message, field, context, output);
      });
    } else if (reflection.HasField(message, &field)) {
      const Message& inner = reflection.GetMessage(message, &field);
      if (const auto text = MessageText(inner, output.words)) {
        lines.emplace_back(title, *text);
      } else if (const auto account = AccountText(message, field, output.words)) {
        lines.emplace_back(title, *account);
      } else {
        if (field.containing_oneof() != nullptr) {
          const bool spanish = output.words.language() == Language::kSpanish;
          const bool event = field.containing_type() == v1::Entry::descriptor();
          lines.emplace_back(prefix + (spanish ? "qué" : field.containing_oneof()->name()),
                             !spanish ? field.name() : event ? EventText(field.name(), output.words) : title);
        }
        // An event's fields stand under its words, not under the name of its message.
        const bool spanish_event = field.containing_oneof() != nullptr && field.containing_type() == v1::Entry::descriptor() &&
                                   output.words.language() == Language::kSpanish;
        RenderSheet(inner, (spanish_event ? EventText(field.name(), output.words) : title) + " ", context, lines, tables, output);
      }
    }
  }
}

// `part` of `whole` in basis points to the nearest; 0 where `whole` is not above zero.
int32_t BpsOf(int64_t part, int64_t whole) {
  if (whole <= 0) return 0;
  const __int128 doubled = static_cast<__int128>(part) * 20'000 + (part < 0 ? -whole : whole);
  return static_cast<int32_t>(doubled / (static_cast<__int128>(whole) * 2));
}

void RenderMessage(const Message& response, const RenderContext& context, const Output& output) {
  RenderContext own = context;
  own.currency_code = CurrencyOf(response, context.currency_code);
  if (const FieldDescriptor* rows = RowsOf(*response.GetDescriptor())) {
    if (response.GetReflection()->FieldSize(response, rows) == 0) output.out << output.words("Nothing to show.") << "\n";
    RenderTable(response, *rows, own, output);
    const std::string token =
        response.GetReflection()->GetString(response, response.GetDescriptor()->FindFieldByName("next_page_token"));
    if (!token.empty())
      output.out << output.words("There is more: add --all, or --page-token {token}", {{"token", token}}) << "\n";
    return;
  }
  std::vector<std::pair<std::string, std::string>> lines;
  std::vector<std::function<void()>> tables;
  RenderSheet(response, "", own, lines, tables, output);
  std::size_t width = 0;
  for (const auto& [title, text] : lines) width = std::max(width, Characters(title));
  for (const auto& [title, text] : lines) {
    output.out << output.Bold(title) << std::string(width + 2 - Characters(title), ' ') << Printable(text) << "\n";
  }
  for (const auto& table : tables) table();
}

// Which caps acted and what the rule did with what is above them; and how the money of a role that is left out counts.
void RenderCapsAndAbsence(const v1::PreviewSharesResponse& preview, const std::string& currency, const Output& output) {
  const Words& words = output.words;
  const auto money = [&](int64_t minor_units) {
    return currency.empty() ? absl::StrCat(minor_units) : FormatAmount(minor_units, currency);
  };
  output.out << "\n";
  if (!preview.violations().empty()) output.out << words("The rule forbids it:") << "\n";
  for (const v1::PreviewSharesResponse::RuleViolation& violation : preview.violations()) {
    const Figures figures(violation.figures().begin(), violation.figures().end());
    const std::string reason = v1::ErrorReason_Name(violation.reason());
    output.out << "  - "
               << SentenceOfReason(reason, violation.subject(), violation.description(), figures, words) << " (" << reason << ")\n";
  }
  int64_t above = 0;
  for (const v1::PreviewSharesResponse::CapAction& cap : preview.caps()) {
    above += cap.above_minor_units();
    output.out << words(cap.of_total() ? "A cap acts: {role} would owe {share} by its weight and may owe {cap} of this total, "
                                         "{above} less."
                                       : "A cap acts: {role} would owe {share} by its weight and may owe {cap}, {above} less.",
                        {{"role", cap.role()},
                         {"share", money(cap.cap_minor_units() + cap.above_minor_units())},
                         {"cap", money(cap.cap_minor_units())},
                         {"above", money(cap.above_minor_units())}})
               << "\n";
  }
  const auto policy = [&]() -> const char* {
    switch (preview.cap_policy()) {
      case v1::SCALE_DOWN:
        return "What is above caps: the total shrinks until they hold, to {total} (SCALE_DOWN).";
      case v1::RESIDUAL_PARTY:
        return "What is above caps, {above}, falls to {residual} (RESIDUAL_PARTY).";
      case v1::SPREAD:
        return "What is above caps, {above}, falls to the roles that are not at a cap, by their weights (SPREAD).";
      default:
        return "What is above caps: a project with such dues is refused (REJECT).";
    }
  };
  if (preview.caps().empty()) {
    output.out << words("No cap acts: every part by the weights keeps its caps.") << "\n";
  } else {
    output.out << words(policy(), {{"total", money(preview.total_minor_units())},
                                   {"above", money(above)},
                                   {"residual", preview.residual_role()}})
               << "\n";
  }
  const bool bounded = std::any_of(preview.shares().begin(), preview.shares().end(),
                                   [](const auto& share) { return share.has_entitled_minor_units(); });
  if (bounded) {
    output.out << words("Entitled is what the club's money opens, the rule's tolerance with it; no more than the due is ever "
                        "released.")
               << "\n";
  }
  const bool entitled = std::any_of(preview.shares().begin(), preview.shares().end(),
                                    [](const auto& share) { return share.entitled_minor_units() > 0; });
  if (entitled && preview.confirmed_minor_units() == 0) {
    output.out << words("None of the club's money is verified yet: what is entitled so far is only the tolerance.") << "\n";
  }
  for (const v1::PreviewSharesResponse::RoleShare& share : preview.shares()) {
    if (!share.absent()) continue;
    output.out << words(share.confirmed_minor_units() == 0
                            ? "{role} is absent and owes nothing; money confirmed for it would fill nobody's gap and be "
                              "over-match."
                            : "{role} is absent and owes nothing; its {amount} confirmed fill nobody's gap and are over-match.",
                        {{"role", share.role()}, {"amount", money(share.confirmed_minor_units())}})
               << "\n";
  }
}

}  // namespace

std::string AmountOf(int64_t minor_units, const std::string& currency_code) {
  const std::string text = FormatAmount(minor_units, currency_code);
  return text.substr(0, text.rfind(' '));
}

const FieldDescriptor* RowsOf(const Descriptor& response) {
  if (response.FindFieldByName("next_page_token") == nullptr) return nullptr;
  for (int i = 0; i < response.field_count(); ++i) {
    if (response.field(i)->is_repeated()) return response.field(i);
  }
  return nullptr;
}

std::string PercentOf(int64_t part, int64_t whole) { return Fixed(BpsOf(part, whole), 2) + " %"; }

void Render(const Message& response, const RenderContext& context, const Output& output) {
  if (const auto* preview = dynamic_cast<const v1::PreviewSharesResponse*>(&response); preview != nullptr) {
    // The server rounds shares down; people are shown the nearest.
    v1::PreviewSharesResponse nearest = *preview;
    for (auto& share : *nearest.mutable_shares()) {
      share.set_confirmed_share_bps(BpsOf(share.confirmed_minor_units(), preview->confirmed_minor_units()));
    }
    nearest.clear_violations();  // Told in sentences below.
    RenderMessage(nearest, context, output);
    return RenderCapsAndAbsence(*preview, context.currency_code, output);
  }
  if (const auto* project = dynamic_cast<const v1::Project*>(&response); project != nullptr) {
    // What went back at a year's end stands in a column of its own, so that received is spent, refunded, equalised and left.
    v1::Project apart = *project;
    for (v1::Party& party : *apart.mutable_parties()) {
      party.set_refunded_minor_units(std::max<int64_t>(0, party.refunded_minor_units() - party.year_end_returned_minor_units()));
    }
    return RenderMessage(apart, context, output);
  }
  RenderMessage(response, context, output);
}

void RenderDifference(const v1::Contribution& contribution, const Output& output) {
  if (contribution.state() != v1::Contribution::VERIFIED) return;
  const v1::Money& declared = contribution.declared();
  const v1::Money& credited = contribution.credited();
  const int64_t difference = credited.minor_units() - declared.minor_units();
  if (difference == 0 || declared.currency_code() != credited.currency_code()) return;
  const auto money = [&](int64_t minor_units) { return FormatAmount(minor_units, credited.currency_code()); };
  output.out << "\n"
             << output.words(
                    difference > 0
                        ? "{declared} were declared and {credited} credited, {difference} more. What was credited counts."
                        : "{declared} were declared and {credited} credited, {difference} less. What was credited counts.",
                    {{"declared", money(declared.minor_units())},
                     {"credited", money(credited.minor_units())},
                     {"difference", money(difference > 0 ? difference : -difference)}})
             << "\n";
}

void RenderYearEndReturns(const Message& releases, const v1::Project& project, const Output& output) {
  const auto of = [&](const std::string& party) {
    if (const auto* release = dynamic_cast<const v1::Release*>(&releases)) return release->party() == party;
    const auto& list = dynamic_cast<const v1::ListReleasesResponse&>(releases).releases();
    return std::any_of(list.begin(), list.end(), [&](const v1::Release& release) { return release.party() == party; });
  };
  for (const v1::Party& party : project.parties()) {
    if (party.year_end_returned_minor_units() == 0 || !of(party.organization())) continue;
    const char* const sentence = output.words.Choose(
        "Of what {party} sent, {amount} went back, or is to go back, because a fiscal year ended: so much less of it counts "
        "for its tranches (oriundo statement {project}).",
        "De lo que envió {party}, {amount} se reintegraron, o se han de reintegrar, por terminar un ejercicio: tanto menos "
        "cuenta para sus ministraciones (oriundo statement {project}).");
    const std::string amount = FormatAmount(party.year_end_returned_minor_units(), project.currency_code());
    output.out << "\n"
               << output.words(sentence, {{"party", ShortName(party.organization())},
                                          {"amount", amount},
                                          {"project", ShortName(project.name())}})
               << "\n";
  }
}

std::string JsonOf(const Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return "{}";
  if (!json.empty() && json.back() == '\n') json.pop_back();
  const std::string& type = message.GetDescriptor()->name();
  if (type != "Entry" && type != "ListEntriesResponse") return json;
  // Entries hold the reason of a refusal as a number; names are what the interface publishes.
  auto tree = nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded()) return json;
  const auto name = [](nlohmann::ordered_json& entry) {
    if (entry.contains("refused")) entry["refused"]["reason"] = ReasonName(entry["refused"]["reason"].get<int64_t>());
  };
  if (type == "Entry") name(tree);
  if (type == "ListEntriesResponse") {
    for (auto& entry : tree["entries"]) name(entry);
  }
  return tree.dump(indented ? 1 : -1);
}

}  // namespace oriundo
