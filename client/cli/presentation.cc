#include "client/cli/presentation.h"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "client/cpp/call_error.h"
#include "server/base/status_macros.h"

namespace oriundo {

absl::StatusOr<Presentation> PresentationOf(const PresentationTexts& texts, const Output& output) {
  using Format = Presentation::Format;
  const Words& words = output.words;
  Presentation presentation{.locale = ReaderLocale(words.language()), .output_file = texts.output_file};
  const std::string format = texts.format.empty() ? (output.json ? "json" : "table") : texts.format;
  if (format == "csv") {
    presentation.format = Format::kCsv;
  } else if (format == "json") {
    presentation.format = Format::kJson;
  } else if (format == "html") {
    presentation.format = Format::kHtml;
  } else if (format != "table") {
    return BadFields({{"--format", words("\"{text}\" is none of {choices}",
                                         {{"text", Printable(format)}, {"choices", "table, csv, json, html"}})}});
  }
  if (output.json && presentation.format != Format::kJson) {
    return BadFields({{"--format", words(words.Choose("--json asks for another form than --format {format}",
                                                      "--json pide otra forma que --format {format}"),
                                         {{"format", format}})}});
  }
  if (!texts.country.empty()) {
    const absl::StatusOr<ReaderLocale> locale = ReaderLocale::Parse(texts.country, words);
    if (!locale.ok()) return BadFields({{"--country", std::string(locale.status().message())}});
    presentation.locale = *locale;
  }
  return presentation;
}

absl::Status WriteText(const std::string& path, const std::string& text, const Words& words) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (file.good()) return absl::OkStatus();
  return BadFields({{"--output", words(words.Choose("cannot write {path}: {why}", "no se puede escribir {path}: {why}"),
                                       {{"path", Printable(path)}, {"why", FaultOfFile(errno == 0 ? EIO : errno, words)}})}});
}

absl::Status Present(const Report& report, const Presentation& presentation, const Output& output) {
  std::ostringstream text;
  switch (presentation.format) {
    case Presentation::Format::kTable: {
      // No colours in a file.
      const bool color = output.color && presentation.output_file.empty();
      PrintDocument(report.document(), Output{.out = text, .err = output.err, .color = color, .words = output.words});
      break;
    }
    case Presentation::Format::kCsv:
      text << report.csv();
      break;
    case Presentation::Format::kJson:
      text << report.json() << "\n";
      break;
    case Presentation::Format::kHtml:
      text << HtmlOf(report.document(), output.words);
      break;
  }
  if (!presentation.output_file.empty()) return WriteText(presentation.output_file, text.str(), output.words);
  output.out << text.str();
  return absl::OkStatus();
}

}  // namespace oriundo
