#include "server/admission/shape.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "oriundo/v1/field_behavior.pb.h"
#include "oriundo/v1/money.pb.h"
#include "oriundo/v1/resources.pb.h"
#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/ledger/field_table.h"

namespace oriundo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kRequired[] = "is required";

// Verifiers or committees of a rule version: one of each for every state of Mexico.
constexpr int kOrganizationsPerRuleMax = 32;

class ShapeChecker {
 public:
  std::vector<FieldViolation> violations;

  void Check(Message& message, const std::string& prefix) {
    const google::protobuf::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const v1::FieldBehavior behavior = field.options().GetExtension(v1::behavior);
      if (behavior == v1::OUTPUT_ONLY) {
        message.GetReflection()->ClearField(&message, &field);
      } else if (field.is_repeated()) {
        CheckRepeated(message, field, behavior == v1::REQUIRED, prefix + field.name());
      } else {
        CheckSingle(message, field, behavior == v1::REQUIRED, prefix + field.name());
      }
    }
    if (message.GetDescriptor() == v1::Registration::descriptor()) {
      const auto& registration = static_cast<const v1::Registration&>(message);
      // Only two dates can be compared; what is no date has its own violation.
      const bool dates = !registration.valid_from().empty() && registration.valid_from().size() == registration.valid_to().size();
      if (dates && registration.valid_to() < registration.valid_from()) Add(prefix + "valid_to", "must not be before valid_from");
    }
  }

 private:
  void Add(const std::string& path, std::string description) { violations.push_back({path, std::move(description)}); }
  void AddUnlessEmpty(const std::string& path, std::string fault) {
    if (!fault.empty()) Add(path, std::move(fault));
  }

  void CheckRepeated(Message& message, const FieldDescriptor& field, bool required, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    const int count = reflection.FieldSize(message, &field);
    if (count == 0) {
      if (required) Add(path, kRequired);
      return;
    }
    const std::optional<int> maximum = RepeatedMax(field);
    ORIUNDO_CHECK(maximum.has_value());
    if (count > *maximum) return Add(path, "must have at most " + std::to_string(*maximum) + " elements");
    for (int i = 0; i < count; ++i) {
      const std::string element = path + "[" + std::to_string(i) + "]";
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          Check(*reflection.MutableRepeatedMessage(&message, &field, i), element + ".");
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          CheckString(field, reflection.GetRepeatedString(message, &field, i), element);
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          CheckEnum(field, reflection.GetRepeatedEnumValue(message, &field, i), true, element);
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          CheckNumber(field, reflection.GetRepeatedInt32(message, &field, i), element);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          CheckNumber(field, reflection.GetRepeatedInt64(message, &field, i), element);
          break;
        default:
          break;
      }
    }
  }

  void CheckSingle(Message& message, const FieldDescriptor& field, bool required, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    // A number or text without presence is absent when it has its default.
    const bool present = reflection.HasField(message, &field);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (present) {
          Message& below = *reflection.MutableMessage(&message, &field);
          if (below.GetDescriptor() == v1::Money::descriptor()) CheckSign(static_cast<const v1::Money&>(below), field, path);
          Check(below, path + ".");
        } else if (required) {
          Add(path, kRequired);
        }
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        if (present) {
          CheckString(field, reflection.GetString(message, &field), path);
        } else if (required) {
          Add(path, kRequired);
        }
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        if (present) {
          CheckEnum(field, reflection.GetEnumValue(message, &field), required, path);
        } else if (required) {
          Add(path, kRequired);
        }
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        if (present || required) CheckNumber(field, reflection.GetInt32(message, &field), path);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        if (present || required) CheckNumber(field, reflection.GetInt64(message, &field), path);
        break;
      default:
        break;
    }
  }

  void CheckString(const FieldDescriptor& field, std::string_view text, const std::string& path) {
    const FieldRow* row = FindFieldRow(field);
    ORIUNDO_CHECK(row != nullptr);
    AddUnlessEmpty(path, CheckText(*row, text));
  }

  void CheckNumber(const FieldDescriptor& field, int64_t value, const std::string& path) {
    const FieldRow* row = FindFieldRow(field);
    ORIUNDO_CHECK(row != nullptr);
    AddUnlessEmpty(path, CheckInteger(*row, value));
  }

  void CheckEnum(const FieldDescriptor& field, int number, bool required, const std::string& path) {
    if (field.enum_type()->FindValueByNumber(number) == nullptr || (required && number == 0)) {
      Add(path, "must be a value of " + field.enum_type()->name() + " other than UNSPECIFIED");
    }
  }

  // Money of a request is above zero; only what a transfer cost may be zero. The table bounds its magnitude.
  void CheckSign(const v1::Money& money, const FieldDescriptor& field, const std::string& path) {
    const bool cost = field.containing_type() == v1::Transfer::descriptor() && (field.name() == "fee" || field.name() == "tax");
    if (cost && money.minor_units() < 0) Add(path + ".minor_units", "must not be negative");
    if (!cost && money.minor_units() <= 0) Add(path + ".minor_units", "must be above zero");
  }
};

}  // namespace

std::vector<FieldViolation> CheckShape(Message& request) {
  request.DiscardUnknownFields();
  ShapeChecker checker;
  checker.Check(request, "");
  return std::move(checker.violations);
}

std::optional<int> RepeatedMax(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return field.enum_type()->value_count() - 1;  // Each value once.
  const std::string& name = field.name();
  if (name == "parties") return kPartiesPerProjectMax;
  if (name == "roles" || name == "confirmed_minor_units") return kRolesPerRuleMax;
  if (name == "cumulative_bps") return kTrancheStepsMax;
  if (name == "verifiers" || name == "committees") return kOrganizationsPerRuleMax;
  if (name == "documents" || name == "evidence") return kEvidencePerFactMax;
  return std::nullopt;
}

}  // namespace oriundo
