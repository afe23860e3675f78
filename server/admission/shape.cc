#include "server/admission/shape.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "oriundo/v1/field_behavior.pb.h"
#include "oriundo/v1/money.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/admission/personal_data.h"
#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/ledger/bank_names.h"
#include "server/ledger/field_table.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;


// Verifiers or committees of a rule version: one of each for every state of Mexico.
constexpr int kOrganizationsPerRuleMax = 32;
// Of an amendment: as many parties as a project can take on beside those it has, and dates so that its entry fits the journal.
constexpr int kReplacementsPerAmendmentMax = 16;
constexpr int kDueDatesPerAmendmentMax = 64;

// What is looked at in one field, worked out once for its type: asking the descriptors and options at every call takes longer than
// all the checks.
struct FieldPlan {
  const FieldDescriptor* field;
  v1::FieldBehavior behavior;
  const FieldRow* row;
  bool is_money;
  // Money that a transfer cost: it may be zero.
  bool is_cost;
};

const std::vector<FieldPlan>& PlanOf(const google::protobuf::Descriptor& type) {
  thread_local std::unordered_map<const google::protobuf::Descriptor*, std::vector<FieldPlan>> plans;
  const auto [at, is_new] = plans.try_emplace(&type);
  for (int i = 0; is_new && i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool is_cost = &type == v1::Transfer::descriptor() && (field.name() == "fee" || field.name() == "tax");
    at->second.push_back({&field, field.options().GetExtension(v1::behavior), FindFieldRow(field),
                          field.message_type() == v1::Money::descriptor(), is_cost});
  }
  return at->second;
}

// Where a field stands in the request; put into words only for a violation.
struct Path {
  const Path* above;
  const FieldDescriptor* field;
  int index;  // Of a repeated field's element; -1 for the field itself.
};

std::string Words(const Path& path) {
  std::string words = path.above == nullptr ? path.field->name() : Words(*path.above) + "." + path.field->name();
  if (path.index >= 0) words += "[" + std::to_string(path.index) + "]";
  return words;
}

class ShapeChecker {
 public:
  std::vector<FieldViolation> violations;

  void Check(Message& message, const Path* above) {
    const Reflection& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty()) reflection.MutableUnknownFields(&message)->Clear();
    for (const FieldPlan& plan : PlanOf(*message.GetDescriptor())) {
      const FieldDescriptor& field = *plan.field;
      if (field.is_repeated()) {
        if (plan.behavior != v1::OUTPUT_ONLY) {
          CheckRepeated(message, reflection, plan, above);
        } else if (reflection.FieldSize(message, &field) > 0) {
          reflection.ClearField(&message, &field);
        }
        continue;
      }
      // A number or text without presence is absent when it has its default.
      const bool is_present = reflection.HasField(message, &field);
      if (plan.behavior == v1::OUTPUT_ONLY) {
        if (is_present) reflection.ClearField(&message, &field);
      } else if (is_present || plan.behavior == v1::REQUIRED) {
        CheckSingle(message, reflection, plan, is_present, Path{above, &field, -1});
      }
    }
    if (message.GetDescriptor() == v1::Registration::descriptor()) {
      CheckValidity(static_cast<const v1::Registration&>(message), above);
    } else if (message.GetDescriptor() == v1::Endorsement::descriptor()) {
      CheckValidity(static_cast<const v1::Endorsement&>(message), above);
    }
  }

 private:
  void Add(const Path& path, std::string description, ReasonMetadata figures) {
    violations.push_back({Words(path), std::move(description), std::move(figures)});
  }
  void AddRequired(const Path& path) { Add(path, "is required", {{"case", "REQUIRED"}}); }

  template <typename Validity>
  void CheckValidity(const Validity& validity, const Path* above) {
    // Only two dates can be compared; what is no date has its own violation.
    const bool dates = !validity.valid_from().empty() && validity.valid_from().size() == validity.valid_to().size();
    if (dates && validity.valid_to() < validity.valid_from()) {
      Add({above, Validity::descriptor()->FindFieldByName("valid_to"), -1}, "must not be before valid_from",
          {{"case", "ENDS_BEFORE_IT_BEGINS"}, {"begins", "valid_from"}});
    }
  }

  void CheckRepeated(Message& message, const Reflection& reflection, const FieldPlan& plan, const Path* above) {
    const FieldDescriptor& field = *plan.field;
    const int count = reflection.FieldSize(message, &field);
    if (count == 0) {
      if (plan.behavior == v1::REQUIRED) AddRequired({above, &field, -1});
      return;
    }
    const std::optional<int> maximum = RepeatedMax(field);
    ORIUNDO_CHECK(maximum.has_value());
    if (count > *maximum) {
      return Add({above, &field, -1}, "must have at most " + std::to_string(*maximum) + " elements",
                 {{"case", "ELEMENTS"}, {"maximum", std::to_string(*maximum)}});
    }
    for (int i = 0; i < count; ++i) {
      const Path element{above, &field, i};
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          Check(*reflection.MutableRepeatedMessage(&message, &field, i), &element);
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          CheckString(plan, reflection.GetRepeatedString(message, &field, i), element);
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          CheckEnum(field, reflection.GetRepeatedEnumValue(message, &field, i), true, element);
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          CheckNumber(plan, reflection.GetRepeatedInt32(message, &field, i), element);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          CheckNumber(plan, reflection.GetRepeatedInt64(message, &field, i), element);
          break;
        default:
          break;
      }
    }
  }

  // REQUIRES: the field is present or required.
  void CheckSingle(Message& message, const Reflection& reflection, const FieldPlan& plan, bool is_present, const Path& path) {
    const FieldDescriptor& field = *plan.field;
    std::string scratch;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (!is_present) return AddRequired(path);
        {
          Message& below = *reflection.MutableMessage(&message, &field);
          if (plan.is_money) CheckSign(static_cast<const v1::Money&>(below), plan.is_cost || IsHeldBack(message, field), path);
          Check(below, &path);
        }
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        if (!is_present) return AddRequired(path);
        CheckString(plan, reflection.GetStringReference(message, &field, &scratch), path);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        if (!is_present) return AddRequired(path);
        CheckEnum(field, reflection.GetEnumValue(message, &field), plan.behavior == v1::REQUIRED, path);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        CheckRequiredNumber(plan, reflection.GetInt32(message, &field), is_present, path);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        CheckRequiredNumber(plan, reflection.GetInt64(message, &field), is_present, path);
        break;
      default:
        break;
    }
  }

  // A number that is not given is zero; where that is out of range, it is missing rather than wrong.
  void CheckRequiredNumber(const FieldPlan& plan, int64_t value, bool is_present, const Path& path) {
    const bool zero_fits = CheckInteger(*plan.row, 0).empty();
    if (!is_present && !zero_fits) return AddRequired(path);
    CheckNumber(plan, value, path);
  }

  // True for what was paid of an invoice of which something else is retained or amortised: that may be all of it.
  static bool IsHeldBack(const Message& message, const FieldDescriptor& field) {
    if (message.GetDescriptor() != v1::Expenditure::descriptor() || field.name() != "amount") return false;
    const auto& expenditure = static_cast<const v1::Expenditure&>(message);
    return expenditure.retained_minor_units() > 0 || expenditure.amortised_minor_units() > 0;
  }

  void CheckString(const FieldPlan& plan, std::string_view text, const Path& path) {
    ORIUNDO_CHECK(plan.row != nullptr);
    // A text that is no text, or far too long, is not looked through.
    if (std::string fault = CheckText(*plan.row, text); !fault.empty()) {
      Add(path, std::move(fault), FiguresOfMisfit(*plan.row));
    } else if (std::string personal = PersonalDataFault(*plan.row, text); !personal.empty()) {
      Add(path, std::move(personal), {{"case", "PERSONAL_DATA"}});
    }
  }

  // What identifies a person is refused, and never repeated (domain notes 6.3).
  static std::string PersonalDataFault(const FieldRow& row, std::string_view text) {
    std::optional<std::string_view> found;
    if (row.grammar == Grammar::kText) {
      found = FindPersonalData(text);
    } else if (row.grammar == Grammar::kFolio || row.grammar == Grammar::kLocalityCode || row.grammar == Grammar::kResourceId ||
               row.grammar == Grammar::kResourceName || row.grammar == Grammar::kSeries) {
      // Names too: a refused one may be repeated to others.
      found = FindIdentityNumber(text);
    }
    if (!found) return {};
    return "holds what looks like " + std::string(*found) + "; personal data is not kept here, so leave it out";
  }

  void CheckNumber(const FieldPlan& plan, int64_t value, const Path& path) {
    ORIUNDO_CHECK(plan.row != nullptr);
    if (std::string fault = CheckInteger(*plan.row, value); !fault.empty()) Add(path, std::move(fault),
                                                                                FiguresOfMisfit(*plan.row));
  }

  void CheckEnum(const FieldDescriptor& field, int number, bool required, const Path& path) {
    if (field.enum_type()->FindValueByNumber(number) == nullptr || (required && number == 0)) {
      Add(path, "must be a value of " + field.enum_type()->name() + " other than UNSPECIFIED",
          {{"case", "ENUM"}, {"type", field.enum_type()->name()}});
    }
  }

  // Money of a request is above zero; only what a transfer cost, or was paid of an invoice that is held back, may be zero. The table bounds its magnitude.
  void CheckSign(const v1::Money& money, bool is_cost, const Path& path) {
    if (is_cost ? money.minor_units() >= 0 : money.minor_units() > 0) return;
    violations.push_back({Words(path) + ".minor_units", is_cost ? "must not be negative" : "must be above zero",
                          {{"case", is_cost ? "NOT_NEGATIVE" : "ABOVE_ZERO"}}});
  }
};

}  // namespace

std::vector<FieldViolation> CheckShape(Message& request) {
  ShapeChecker checker;
  checker.Check(request, nullptr);
  return std::move(checker.violations);
}

std::optional<int> RepeatedMax(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return field.enum_type()->value_count() - 1;  // Each value once.
  const std::string& name = field.name();
  if (name == "parties") return kPartiesPerProjectMax;
  if (name == "roles" || name == "absent_roles" || name == "confirmed_minor_units") return kRolesPerRuleMax;
  if (name == "cumulative_bps" || name == "tranche_conditions") return kTrancheStepsMax;
  if (name == "document_requirements") return kDocumentRequirementsMax;
  if (name == "cumulative_caps") return kCumulativeCapsMax;
  if (name == "verifiers" || name == "committees") return kOrganizationsPerRuleMax;
  if (name == "documents" || name == "evidence") return kEvidencePerFactMax;
  if (name == "lines") return kBankLinesPerCallMax;
  if (name == "dues") return kPartiesPerProjectMax;
  if (name == "replacements") return kReplacementsPerAmendmentMax;
  if (name == "due_dates") return kDueDatesPerAmendmentMax;
  return std::nullopt;
}

}  // namespace oriundo
