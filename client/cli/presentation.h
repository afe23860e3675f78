// How a report is handed over: in which form, for which country, and where to.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/document.h"
#include "client/cli/locale.h"
#include "client/cli/output.h"

namespace oriundo {

// What a report was asked to look like, as typed.
struct PresentationTexts {
  // `table`, `csv`, `json` or `html`; empty is table, or JSON where --json was given.
  std::string format;
  // As ReaderLocale::Parse takes it; empty for the language's own.
  std::string country;
  // A file to write; empty for standard output.
  std::string output_file;

  // True where anything was asked for.
  bool given() const { return !format.empty() || !country.empty() || !output_file.empty(); }
};

// The same, understood.
struct Presentation {
  enum class Format { kTable, kCsv, kJson, kHtml };
  Format format = Format::kTable;
  ReaderLocale locale;
  std::string output_file;
};

// INVALID_ARGUMENT names the flag at fault.
absl::StatusOr<Presentation> PresentationOf(const PresentationTexts& texts, const Output& output);

// A report in every form; only the one asked for is made.
struct Report {
  std::function<Document()> document;
  std::function<std::string()> csv;
  std::function<std::string()> json;
};

// Prints the report, or writes the file. INVALID_ARGUMENT where the file cannot be written.
absl::Status Present(const Report& report, const Presentation& presentation, const Output& output);

// Writes `text` to the file at `path`. INVALID_ARGUMENT where that fails.
absl::Status WriteText(const std::string& path, const std::string& text, const Words& words);

}  // namespace oriundo
