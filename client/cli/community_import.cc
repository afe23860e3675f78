#include "client/cli/community_import.h"

#include <cerrno>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/apply.h"
#include "client/cli/csv.h"
#include "client/cli/errors.h"
#include "client/cli/names.h"
#include "client/cli/progress.h"
#include "client/cli/repeat.h"
#include "client/cpp/call_error.h"
#include "server/base/status_macros.h"

namespace oriundo {
namespace {

using google::protobuf::MethodDescriptor;

constexpr const char* kFields[] = {"code",     "country_code", "region_code", "display_name", "marginalisation_band",
                                   "priority", "band_year",    "band_source"};

// The column of each field, by its place in a record; fields that the file does not have are left out.
using Columns = std::map<std::string, std::size_t>;

bool IsField(const std::string& name) {
  for (const char* field : kFields) {
    if (name == field) return true;
  }
  return false;
}

// Which header each field stands under.
absl::StatusOr<std::map<std::string, std::string>> HeadersOf(const CommunityImportOptions& options, const Words& words) {
  std::map<std::string, std::string> headers;
  std::vector<CallError::Field> faults;
  for (const std::string& column : options.columns) {
    const std::size_t equals = column.find('=');
    const std::string field = column.substr(0, equals);
    if (equals == std::string::npos || !IsField(field)) {
      faults.push_back({"--column", words.Choose("write FIELD=HEADER with one of the fields ",
                                                 "escriba CAMPO=ENCABEZADO con uno de los campos ") +
                                        absl::StrJoin(kFields, ", ")});
      continue;
    }
    headers[field] = column.substr(equals + 1);
  }
  if (!faults.empty()) return BadFields(faults);
  return headers;
}

// Reads the rows of one file, gathering what is wrong with them.
class Reading {
 public:
  Reading(const CommunityImportOptions& options, const Words& words) : options_(options), words_(words) {}

  std::vector<CallError::Field> faults;
  std::vector<CommunityRow> rows;

  void Header(const CsvRecord& record, const std::map<std::string, std::string>& headers) {
    for (const char* field : kFields) {
      const auto given = headers.find(field);
      const std::string wanted = given == headers.end() ? field : given->second;
      for (std::size_t i = 0; i < record.fields.size(); ++i) {
        if (record.fields[i].text == wanted) columns_[field] = i;
      }
      if (columns_.contains(field)) continue;
      const bool required = std::strcmp(field, "code") == 0 || std::strcmp(field, "display_name") == 0 ||
                            (std::strcmp(field, "country_code") == 0 && options_.country_code.empty());
      if (required || given != headers.end()) {
        Fault({record.line(), 1},
              absl::StrCat(words_.Choose("no column is headed ", "ninguna columna se llama "), wanted,
                           words_.Choose("; name it with --column ", "; nómbrela con --column "), field, "=HEADER"));
      }
    }
  }

  void Row(const CsvRecord& record) {
    const std::size_t faults_before = faults.size();
    CommunityRow row{.line = record.line(), .request = {}};
    v1::Community& community = *row.request.mutable_community();
    const std::string code = Text(record, "code");
    row.request.set_name("communities/" + code);
    if (code.empty()) Fault(PlaceOf(record, "code"), words_.Choose("a community has a code", "una comunidad tiene clave"));
    if (!code.empty() && !codes_.insert(code).second) {
      Fault(PlaceOf(record, "code"),
            absl::StrCat(code, words_.Choose(" stands in the file twice", " está dos veces en el archivo")));
    }
    community.set_display_name(Text(record, "display_name"));
    if (community.display_name().empty()) {
      Fault(PlaceOf(record, "display_name"), words_.Choose("a community has a name", "una comunidad tiene nombre"));
    }
    const std::string country = Text(record, "country_code");
    community.set_country_code(country.empty() ? options_.country_code : country);
    community.set_region_code(Text(record, "region_code"));
    community.set_band_source(Text(record, "band_source"));
    if (const std::string band = absl::AsciiStrToUpper(Text(record, "marginalisation_band")); !band.empty()) {
      v1::MarginalisationBand value = v1::MARGINALISATION_BAND_UNSPECIFIED;
      if (!v1::MarginalisationBand_Parse(band, &value) && !v1::MarginalisationBand_Parse("MARGINALISATION_" + band, &value)) {
        Fault(PlaceOf(record, "marginalisation_band"), words_.Choose("a band is VERY_LOW, LOW, MEDIUM, HIGH or VERY_HIGH",
                                                                     "una banda es VERY_LOW, LOW, MEDIUM, HIGH o VERY_HIGH"));
      }
      community.set_marginalisation_band(value);
    }
    if (const std::string priority = absl::AsciiStrToLower(Text(record, "priority")); !priority.empty()) {
      const bool yes = priority == "true" || priority == "1" || priority == "yes";
      if (!yes && priority != "false" && priority != "0" && priority != "no") {
        Fault(PlaceOf(record, "priority"), words_.Choose("write true or false", "escriba true o false"));
      }
      community.set_priority(yes);
    }
    if (const std::string year = Text(record, "band_year"); !year.empty()) {
      int32_t value = 0;
      if (!absl::SimpleAtoi(year, &value))
        Fault(PlaceOf(record, "band_year"), words_.Choose("a year is a number", "un año es un número"));
      community.set_band_year(value);
    }
    if (faults.size() == faults_before) rows.push_back(std::move(row));
  }

  void Fault(CsvPlace place, const std::string& description) {
    faults.push_back({absl::StrCat(options_.file, ":", place.line, ":", place.column), description});
  }

 private:
  std::string Text(const CsvRecord& record, const std::string& field) const {
    const auto column = columns_.find(field);
    if (column == columns_.end() || column->second >= record.fields.size()) return "";
    return std::string(absl::StripAsciiWhitespace(record.fields[column->second].text));
  }

  CsvPlace PlaceOf(const CsvRecord& record, const std::string& field) const {
    const auto column = columns_.find(field);
    if (column == columns_.end() || column->second >= record.fields.size()) return record.fields.front().place;
    return record.fields[column->second].place;
  }

  const CommunityImportOptions& options_;
  const Words& words_;
  Columns columns_;
  std::set<std::string> codes_;
};

const MethodDescriptor& Method(const char* name) {
  return *v1::SaveCommunityRequest::descriptor()->file()->service(0)->FindMethodByName(name);
}

// What the ledger has of a community, as far as a caller says it.
v1::Community Said(const v1::Community& community) {
  v1::Community said = community;
  said.clear_name();
  said.clear_create_sequence();
  said.clear_update_sequence();
  said.clear_create_time();
  said.clear_display_name_commitment();
  said.clear_keeper();
  said.clear_etag();
  return said;
}

bool IsSame(const v1::Community& wanted, const v1::Community& present) {
  v1::Community left = Said(wanted);
  const v1::Community right = Said(present);
  // An erased name cannot be compared.
  if (right.display_name().empty()) left.clear_display_name();
  return left.SerializeAsString() == right.SerializeAsString();
}

}  // namespace

absl::StatusOr<std::vector<CommunityRow>> ReadCommunities(std::istream& stream, const CommunityImportOptions& options,
                                                          const Words& words) {
  ORIUNDO_ASSIGN_OR_RETURN(const auto headers, HeadersOf(options, words));
  Reading reading(options, words);
  CsvReader reader(stream, words);
  CsvRecord record;
  CsvProblem problem;
  bool is_header = true;
  for (auto found = reader.Next(record, problem); found != CsvReader::Found::kEnd; found = reader.Next(record, problem)) {
    if (found == CsvReader::Found::kProblem) {
      reading.Fault(problem.place, problem.reason);
    } else if (is_header) {
      reading.Header(record, headers);
      is_header = false;
      // Without its columns no row says anything.
      if (!reading.faults.empty()) break;
    } else {
      reading.Row(record);
    }
  }
  if (is_header && reading.faults.empty()) reading.Fault({1, 1}, words.Choose("the file is empty", "el archivo está vacío"));
  if (!reading.faults.empty()) return BadFields(reading.faults);
  return std::move(reading.rows);
}

absl::Status ImportCommunities(const CommunityImportOptions& options, std::istream& standard_input, const Output& output) {
  std::ifstream file;
  errno = 0;
  if (options.file != "-") file.open(options.file, std::ios::binary);
  const auto read = [&]() -> absl::StatusOr<std::vector<CommunityRow>> {
    if (options.file == "-") return ReadCommunities(standard_input, options, output.words);
    if (file) return ReadCommunities(file, options, output.words);
    const std::string why = FaultOfFile(errno, output.words);
    return BadFields({{options.file, output.words("cannot be read: {why}", {{"why", why}})}});
  };
  absl::StatusOr<std::vector<CommunityRow>> rows = read();
  if (!rows.ok()) {
    PrintError(rows.status(), {}, output);
    return rows.status();
  }
  const Client client(options.client);
  std::size_t applied = 0, unchanged = 0, refused = 0, done = 0;
  absl::Status first_error;
  nlohmann::ordered_json report = nlohmann::ordered_json::array();
  // Saves one community; false where it was there as wanted.
  const auto save = [&](v1::SaveCommunityRequest& request) -> absl::StatusOr<bool> {
    v1::GetCommunityRequest get;
    get.set_name(request.name());
    const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> present = client.Call(Method("GetCommunity"), get);
    if (!present.ok() && !absl::IsNotFound(present.status())) return present.status();
    if (present.ok()) {
      const auto& community = dynamic_cast<const v1::Community&>(**present);
      if (IsSame(request.community(), community)) return false;
      // With another etag it is another request: the same contents are saved again where something else was saved in between.
      request.set_etag(community.etag());
    }
    request.set_request_id(RequestIdOf(request));
    if (options.dry_run) return true;
    const absl::StatusOr<std::unique_ptr<google::protobuf::Message>> saved = client.Call(Method("SaveCommunity"), request);
    if (!saved.ok()) return saved.status();
    return true;
  };
  for (CommunityRow& row : *rows) {
    if (done % 16 == 0) {
      ShowBar(static_cast<int64_t>(done), static_cast<int64_t>(rows->size()), ShortName(row.request.name()), output);
    }
    const absl::StatusOr<bool> outcome = save(row.request);
    ++done;
    if (outcome.ok()) {
      ++(*outcome ? applied : unchanged);
      continue;
    }
    ++refused;
    if (first_error.ok()) first_error = outcome.status();
    ClearBar(output);
    if (output.json) {
      const CallError error = CallErrorOf(outcome.status());
      report.push_back(
          {{"line", row.line}, {"community", row.request.name()}, {"reason", error.reason}, {"message", error.message}});
    } else {
      output.err << Printable(absl::StrCat(options.file, ":", row.line, ": ", row.request.name())) << "\n";
      PrintError(
          outcome.status(),
          {.request_id = row.request.request_id(), .method = {}, .repeat_command = RepeatCommand(options.arguments, {}, "")},
          output);
    }
    if (!options.keep_going) break;
  }
  ClearBar(output);
  const std::size_t skipped = rows->size() - done;
  if (output.json) {
    output.out << nlohmann::ordered_json({{"refusals", report},
                                          {"applied", applied},
                                          {"already_there", unchanged},
                                          {"refused", refused},
                                          {"not_tried", skipped},
                                          {"dry_run", options.dry_run}})
                      .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
               << "\n";
    return first_error;
  }
  const AppliedCounts counts{static_cast<int64_t>(applied), static_cast<int64_t>(unchanged), static_cast<int64_t>(refused),
                             static_cast<int64_t>(skipped)};
  output.out << AppliedSentence(counts, options.dry_run, output.words) << "\n";
  return first_error;
}

}  // namespace oriundo
