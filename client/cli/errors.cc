#include "client/cli/errors.h"

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/api.h"
#include "client/cpp/call_error.h"
#include "oriundo/v1/error_reason.pb.h"

namespace oriundo {
namespace {

// What the caller can do about a reason; reasons without a row get the advice of their code.
std::string AdviceOfReason(const std::string& reason) {
  static const auto* advice = new std::map<std::string, const char*>{
      {"ACTOR_MISSING", "Say who asks: --as ORGANIZATION/PRINCIPAL, or set ORIUNDO_ORGANIZATION and ORIUNDO_PRINCIPAL."},
      {"ACTOR_NOT_ALLOWED", "Have an organisation do it that may; --help of the command says which."},
      {"NOT_OWN_CLUB", "Let the club itself or its own federation enter it."},
      {"VERIFIER_NOT_INDEPENDENT",
       "Let a verifier named in the rule version do it that is neither declarer, executor nor funder, nor their federation: "
       "oriundo rule get."},
      {"APPROVER_NOT_INDEPENDENT", "Let a second person of another organisation approve."},
      {"NAME_TAKEN", "Choose another id, or look at what is there with get."},
      {"REQUEST_ID_REUSED",
       "This is another request than the one sent first under this id: leave out --request-id, or repeat the first exactly."},
      {"PAGE_TOKEN_INVALID", "Start again without --page-token, or use --all."},
      {"REGISTRATION_INVALID", "Have the registration issued or renewed: oriundo organization register."},
      {"WRONG_PROJECT_STATE", "See where the project stands: oriundo project get."},
      {"POOL_EXCEEDED", "See what is free with oriundo pool list, and raise the budget or ask for less."},
      {"ACCOUNT_MISMATCH",
       "Compare the account number with the one that the agreement was signed with; until the last signature, who has signed may "
       "sign again for another account."},
      {"RELEASE_ABOVE_BOUND",
       "Release what the bound leaves (leave out --amount), or have more of the club's money verified first."},
      {"RELEASE_ABOVE_TRANCHE", "Leave out --amount to release all that the tranche leaves."},
      {"RECEIVABLE_OPEN", "Have the party pay back first: oriundo repayment record."},
      {"INSUFFICIENT_FUNDS", "See what the box holds: oriundo statement."},
      {"REFUND_OPEN", "Pay the refunds first: oriundo refund pay."},
      {"BALANCE_NOT_ZERO", "See which account is not zero: oriundo balance list."},
      {"ETAG_MISMATCH", "Read the draft again with oriundo project get, and repeat the change with its new --etag."},
      {"STORAGE_FULL", "Nothing was written. Tell the operator that the disk is full."},
      {"JOURNAL_CORRUPT", "Stop writing and call the operator: the server's data fail their checks."},
  };
  const auto found = advice->find(reason);
  return found == advice->end() ? "" : found->second;
}

std::string AdviceOf(const CallError& error, const Attempted& attempted) {
  if (std::string advice = AdviceOfReason(error.reason); !advice.empty()) return advice;
  const std::string again =
      attempted.request_id.empty()
          ? "Try again."
          : absl::StrCat("It may or may not have been carried out. Run the same command again with --request-id ",
                         attempted.request_id, ": it is then carried out once at most.");
  switch (error.code) {
    case absl::StatusCode::kUnavailable:
      return error.reason.empty()
                 ? absl::StrCat("Check that the server runs at the address (--address, ORIUNDO_ADDRESS). ", again)
                 : again;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
      return again;
    case absl::StatusCode::kInvalidArgument:
      return "Correct what is listed; --help of the command explains each value.";
    case absl::StatusCode::kUnimplemented:
      return "The server is of another version than this program; compare oriundo version.";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return "Tell the operator, with this message and the time.";
    default:
      return "";
  }
}

// The interface's own words for a reason, without the code they start with.
std::string MeaningOf(const std::string& reason) {
  const auto* value = v1::ErrorReason_descriptor()->FindValueByName(reason);
  if (value == nullptr) return "";
  const std::string comment = CommentOf(*value);
  const std::size_t point = comment.find(". ");
  return point == std::string::npos ? comment : comment.substr(point + 2);
}

void PrintJson(const CallError& error, ExitCode exit_code, const std::string& advice, const Attempted& attempted,
               const Output& output) {
  nlohmann::ordered_json body;
  body["code"] = absl::StatusCodeToString(error.code);
  body["exit_code"] = static_cast<int>(exit_code);
  body["message"] = error.message;
  body["reason"] = error.reason;
  body["metadata"] = error.metadata;
  body["violations"] = nlohmann::ordered_json::array();
  for (const auto& field : error.fields) {
    body["violations"].push_back(
        {{"field", field.path}, {"flag", FlagOfPath(attempted.flags, field.path)}, {"description", field.description}});
  }
  for (const auto& row : error.violations) {
    body["violations"].push_back({{"type", row.type}, {"subject", row.subject}, {"description", row.description}});
  }
  body["request_id"] = attempted.request_id;
  if (error.retry_delay.has_value()) body["retry_delay_ms"] = absl::ToInt64Milliseconds(*error.retry_delay);
  body["advice"] = advice;
  // A server of another make could send bytes that are no UTF-8; they must not stop the report.
  output.out << nlohmann::ordered_json({{"error", body}}).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAborted:
      return kExitRefused;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kExitUsage;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return kExitUnavailable;
    default:
      return kExitInternal;
  }
}

void PrintError(const absl::Status& status, const Attempted& attempted, const Output& output) {
  const CallError error = CallErrorOf(status);
  const std::string advice = AdviceOf(error, attempted);
  if (output.json) return PrintJson(error, ExitCodeOf(status), advice, attempted, output);

  const Words& words = output.words;
  std::string message = Printable(error.message);
  if (message.empty()) message = absl::StatusCodeToString(error.code);
  output.err << output.Red(words("Error: {message}", {{"message", message}})) << "\n";
  // What is said by the sentence alone is not said again.
  const bool only_field = error.fields.size() == 1 && FlagOfPath(attempted.flags, error.fields.front().path).empty() &&
                          error.message == absl::StrCat(error.fields.front().path, ": ", error.fields.front().description);
  if (!error.fields.empty() && !only_field) output.err << words("Wrong in the request:") << "\n";
  for (const auto& field : error.fields) {
    if (only_field) break;
    const std::string flag = FlagOfPath(attempted.flags, field.path);
    output.err << "  - " << (flag.empty() ? "" : flag + " (") << Printable(field.path) << (flag.empty() ? "" : ")") << ": "
               << Printable(field.description) << "\n";
  }
  const bool only_violation = error.violations.size() == 1 && error.violations.front().description == error.message;
  if (!error.violations.empty() && !only_violation) output.err << words("Rules that forbid it:") << "\n";
  for (const auto& row : error.violations) {
    if (only_violation) break;
    output.err << "  - " << Printable(row.type) << (row.subject.empty() ? "" : ", " + Printable(row.subject)) << ": "
               << Printable(row.description) << "\n";
  }
  if (!error.reason.empty()) {
    const std::string meaning = MeaningOf(error.reason);
    const std::string code = absl::StatusCodeToString(error.code);
    const std::string reason = absl::StrCat(Printable(error.reason), " (", code, ")", meaning.empty() ? "" : ": ", meaning);
    output.err << words("Reason: {reason}", {{"reason", reason}}) << "\n";
  }
  if (!advice.empty()) output.err << words("What to do: {advice}", {{"advice", advice}}) << "\n";
}

}  // namespace oriundo
