#include "server/ledger/field_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/entry.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/project_service.pb.h"

namespace oriundo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// Every message type that `type` reaches, itself included.
void Reach(const Descriptor* type, std::set<const Descriptor*>& reached) {
  if (!reached.insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    if (const Descriptor* below = type->field(i)->message_type()) Reach(below, reached);
  }
}

std::set<const Descriptor*> RequestsAndEntry() {
  std::set<const Descriptor*> reached;
  Reach(v1::Entry::descriptor(), reached);
  const FileDescriptor* files[] = {
      v1::CreateOrganizationRequest::descriptor()->file(), v1::CreateProgramRequest::descriptor()->file(),
      v1::CreateProjectRequest::descriptor()->file(), v1::CreatePledgeRequest::descriptor()->file(),
      v1::GetEntryRequest::descriptor()->file()};
  for (const FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) Reach(file->service(s)->method(m)->input_type(), reached);
    }
  }
  return reached;
}

TEST(FieldTable, HasARowForEveryTextAndNumberOfRequestsAndEntries) {
  for (const Descriptor* type : RequestsAndEntry()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
          EXPECT_NE(FindFieldRow(field), nullptr) << field.full_name() << " has no row";
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
        case FieldDescriptor::CPPTYPE_ENUM:
        case FieldDescriptor::CPPTYPE_BOOL:
          EXPECT_EQ(FindFieldRow(field), nullptr) << field.full_name();
          break;
        default:
          ADD_FAILURE() << field.full_name() << " is floating point or unsigned";
      }
    }
  }
}

TEST(FieldTable, NoPublicFieldHoldsFreeTextAndEveryOtherTextHasACommitmentBesideIt) {
  for (const Descriptor* type : RequestsAndEntry()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const FieldRow* row = FindFieldRow(field);
      if (row == nullptr) continue;
      if (row->field_class == FieldClass::kPublic) {
        EXPECT_NE(row->grammar, Grammar::kText) << field.full_name();
        EXPECT_NE(row->grammar, Grammar::kAccountNumber) << field.full_name();
        if (row->grammar == Grammar::kResourceName) {
          EXPECT_FALSE(row->pattern.empty()) << field.full_name();
        }
        if (row->grammar == Grammar::kInteger) {
          EXPECT_LT(row->minimum, row->maximum) << field.full_name();
        }
      } else {
        const FieldDescriptor* commitment = type->FindFieldByName(field.name() + "_commitment");
        ASSERT_NE(commitment, nullptr) << field.full_name();
        EXPECT_EQ(FindFieldRow(*commitment)->grammar, Grammar::kBytes32);
      }
    }
  }
}

const FieldRow& RowOf(const Descriptor* type, const std::string& field) { return *FindFieldRow(*type->FindFieldByName(field)); }

struct TextCase {
  const Descriptor* type;
  const char* field;
  std::string text;
  bool fits;
};

TEST(FieldTable, GrammarsTakeWhatTheyShould) {
  const Descriptor* entry = v1::Entry::descriptor();
  const Descriptor* project = v1::Project::descriptor();
  const TextCase cases[] = {
      {entry, "organization", "organizations/club-tekax", true},
      {entry, "organization", "projects/p", false},
      {entry, "organization", "organizations/a/b", false},
      {v1::ProposeReversalRequest::descriptor(), "target", "projects/p/releases/r", true},
      {v1::ProposeReversalRequest::descriptor(), "target", "projects/p/pledges/r", false},
      {entry, "principal", std::string(32, 'a'), true},
      {entry, "principal", std::string(31, 'a') + "G", false},
      {entry, "currency_code", "MXN", true},
      {entry, "currency_code", "MXP", false},
      {entry, "effective_date", "2014-02-29", false},
      {v1::Posting::descriptor(), "account", "assets:tekax-2014:bank", true},
      {v1::Posting::descriptor(), "account", "assets:tekax-2014:transit:state", true},
      {v1::Posting::descriptor(), "account", "assets:Juan Perez", false},
      {v1::Posting::descriptor(), "account", "assets", false},
      {v1::Posting::descriptor(), "account", "a:b:c:d:e", false},
      {v1::Posting::descriptor(), "account", "a::c", false},
      {v1::Input::descriptor(), "name", "club_verified_minor_units", true},
      {v1::Input::descriptor(), "name", "Club", false},
      {v1::LedgerCreated::descriptor(), "origin", "ledger.example.org/oriundo", true},
      {v1::LedgerCreated::descriptor(), "origin", "x", false},
      {v1::LedgerCreated::descriptor(), "origin", "ledger.example.org/", false},
      {v1::Registration::descriptor(), "folio", "SRE-1234/2014", true},
      {v1::Registration::descriptor(), "folio", "-1", false},
      {v1::Account::descriptor(), "number", "012345678901234567", true},
      {v1::Account::descriptor(), "number", "0123 4567", false},
      {v1::Transfer::descriptor(), "reference_series", "BANXICO_FIX", true},
      {v1::Transfer::descriptor(), "reference_series", "1A", false},
      {project, "etag", "\"17\"", true},
      {project, "etag", "17", false},
      {project, "locality_code", "310790001", true},
      {project, "title", "Pavimentaci\u00f3n de la calle 50", true},
      {project, "title", std::string(500, 'x'), true},
      {project, "title", std::string(501, 'x'), false},
      {project, "title", "", false},
      {project, "title", "two\nlines", false},
      {project, "title", "C1 control \xC2\x85", false},
      {project, "title", "overlong \xC0\xAF", false},
      {project, "title", "cut \xE2\x82", false},
      {project, "title", "surrogate \xED\xA0\x80", false},
      {project, "title_commitment", std::string(32, '\0'), true},
      {project, "title_commitment", std::string(31, '\0'), false},
  };
  for (const TextCase& c : cases) {
    EXPECT_EQ(CheckText(RowOf(c.type, c.field), c.text).empty(), c.fits) << c.field << ": " << c.text;
  }
}

TEST(FieldTable, FiveHundredCharactersMayBeMoreBytes) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\xE2\x82\xAC";  // The euro sign, three bytes.
  EXPECT_EQ(CheckText(RowOf(v1::Project::descriptor(), "title"), text), "");
  EXPECT_NE(CheckText(RowOf(v1::Project::descriptor(), "title"), text + "x"), "");
}

TEST(FieldTable, IntegersKeepTheirRange) {
  const FieldRow& money = RowOf(v1::Money::descriptor(), "minor_units");
  EXPECT_EQ(CheckInteger(money, 1'000'000'000'000'000), "");
  EXPECT_NE(CheckInteger(money, 1'000'000'000'000'001), "");
  EXPECT_NE(CheckInteger(money, std::numeric_limits<int64_t>::min()), "");
  EXPECT_NE(CheckInteger(RowOf(v1::Project::descriptor(), "fiscal_year"), 1899), "");
  EXPECT_NE(CheckInteger(RowOf(v1::GetEntryRequest::descriptor(), "sequence"), -1), "");
}

TEST(FindExposedText, PassesAnEntryWithNothingToHide) {
  v1::Entry entry;
  entry.set_organization("organizations/club-tekax");
  v1::Project& project = *entry.mutable_project_created()->mutable_project();
  project.set_name("projects/tekax-2014");
  project.set_title_commitment(std::string(32, 'c'));
  project.add_parties()->set_organization("organizations/club-tekax");
  EXPECT_EQ(FindExposedText(entry), "");
}

TEST(FindExposedText, NamesTheTextThatShouldHaveBeenSealed) {
  v1::Entry entry;
  entry.mutable_project_created()->mutable_project()->set_title("Calle 50");
  EXPECT_EQ(FindExposedText(entry), "project_created.project.title");
}

TEST(FindExposedText, NamesTheCodeThatHoldsSomethingElse) {
  v1::Entry entry;
  entry.mutable_project_created()->mutable_project()->add_parties();
  entry.mutable_project_created()->mutable_project()->add_parties()->set_organization("Maria Lopez");
  EXPECT_EQ(FindExposedText(entry), "project_created.project.parties[1].organization");
}

TEST(FindExposedText, LooksIntoListsOfNames) {
  v1::Entry entry;
  v1::RuleVersion& rule = *entry.mutable_rule_version_published()->mutable_rule_version();
  rule.add_verifiers("organizations/consulate");
  EXPECT_EQ(FindExposedText(entry), "");
  rule.add_verifiers("Maria Lopez");
  EXPECT_EQ(FindExposedText(entry), "rule_version_published.rule_version.verifiers[1]");
}

TEST(FindExposedText, NoticesFieldsItDoesNotKnow) {
  v1::Entry entry;
  v1::Organization& organization = *entry.mutable_organization_created()->mutable_organization();
  organization.GetReflection()->MutableUnknownFields(&organization)->AddLengthDelimited(900, "Maria Lopez");
  EXPECT_EQ(FindExposedText(entry), "organization_created.organization.(unknown field)");
}

TEST(FindExposedText, NoticesBytesThatAreNoEntry) {
  v1::Entry entry;
  entry.mutable_project_created()->mutable_project()->set_name("projects/road");
  const std::string bytes = entry.SerializeAsString();
  ASSERT_EQ(FindExposedText(*v1::Entry::descriptor(), bytes), "");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_NE(FindExposedText(*v1::Entry::descriptor(), bytes.substr(0, size)), "") << size;
  }
}

}  // namespace
}  // namespace oriundo
