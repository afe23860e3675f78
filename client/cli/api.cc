#include "client/cli/api.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "google/protobuf/descriptor.pb.h"
#include "oriundo/v1/audit_service.pb.h"
#include "oriundo/v1/directory_service.pb.h"
#include "oriundo/v1/ledger_service.pb.h"
#include "oriundo/v1/program_service.pb.h"
#include "oriundo/v1/project_service.pb.h"

namespace oriundo {

// Written by embed.cmake.
extern const unsigned char kApiBytes[];
extern const std::size_t kApiBytesSize;

namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::SourceLocation;

constexpr Command kCommands[] = {
    {"DirectoryService.CreateOrganization", "organization", "create"},
    {"DirectoryService.RegisterOrganization", "organization", "register"},
    {"DirectoryService.SubmitRegistration", "organization", "apply"},
    {"DirectoryService.RejectRegistration", "organization", "turn-down"},
    {"DirectoryService.SuspendRegistration", "organization", "suspend"},
    {"DirectoryService.DisputeRegistration", "organization", "dispute"},
    {"DirectoryService.ReinstateRegistration", "organization", "reinstate"},
    {"DirectoryService.RevokeRegistration", "organization", "revoke"},
    {"DirectoryService.EndorseOrganization", "organization", "endorse"},
    {"DirectoryService.RevokeEndorsement", "organization", "revoke-endorsement"},
    {"DirectoryService.RenameOrganization", "organization", "rename"},
    {"DirectoryService.ChangeFederation", "organization", "change-federation"},
    {"DirectoryService.AcceptClub", "organization", "accept-club"},
    {"DirectoryService.ProposeMerge", "organization", "propose-merge"},
    {"DirectoryService.AcceptMerge", "organization", "accept-merge"},
    {"DirectoryService.RecordDirectoryEntry", "organization", "record-entry"},
    {"DirectoryService.ListOrganizationFeed", "organization", "feed"},
    {"DirectoryService.AcknowledgeFeed", "organization", "acknowledge"},
    {"DirectoryService.GetOrganization", "organization", "get"},
    {"DirectoryService.ListOrganizations", "organization", "list"},
    {"DirectoryService.SaveCommunity", "community", "save"},
    {"DirectoryService.GetCommunity", "community", "get"},
    {"DirectoryService.ListCommunities", "community", "list"},

    {"ProgramService.CreateProgram", "program", "create"},
    {"ProgramService.PublishRuleVersion", "program", "publish-rule"},
    {"ProgramService.GetProgram", "program", "get"},
    {"ProgramService.ListPrograms", "program", "list"},
    {"ProgramService.CreatePool", "pool", "create"},
    {"ProgramService.IncreasePoolBudget", "pool", "increase"},
    {"ProgramService.ReducePoolBudget", "pool", "reduce"},
    {"ProgramService.GetPool", "pool", "get"},
    {"ProgramService.ListPools", "pool", "list"},
    {"ProgramService.GetRuleVersion", "rule", "get"},
    {"ProgramService.ListRuleVersions", "rule", "list"},
    {"ProgramService.PreviewShares", "rule", "preview"},
    {"ProgramService.CloseFiscalYear", "year", "close"},
    {"ProgramService.ProposeReopening", "year", "propose-reopening"},
    {"ProgramService.WithdrawReopening", "year", "withdraw-reopening"},
    {"ProgramService.ApproveReopening", "year", "approve-reopening"},
    {"ProgramService.GetTally", "tally", "get"},
    {"ProgramService.ListTallies", "tally", "list"},

    {"ProjectService.CreateProject", "project", "create"},
    {"ProjectService.UpdateProject", "project", "update"},
    {"ProjectService.SubmitProject", "project", "submit"},
    {"ProjectService.PrevalidateProject", "project", "prevalidate"},
    {"ProjectService.ApproveProject", "project", "approve"},
    {"ProjectService.RejectProject", "project", "reject"},
    {"ProjectService.SignAgreement", "project", "sign"},
    {"ProjectService.ProposeAmendment", "amendment", "propose"},
    {"ProjectService.SignAmendment", "amendment", "sign"},
    {"ProjectService.WithdrawAmendment", "amendment", "withdraw"},
    {"ProjectService.GetAmendment", "amendment", "get"},
    {"ProjectService.ListAmendments", "amendment", "list"},
    {"ProjectService.AuthorizeProject", "project", "authorize"},
    {"ProjectService.SuspendProject", "project", "suspend"},
    {"ProjectService.ResumeProject", "project", "resume"},
    {"ProjectService.ObjectToProject", "project", "object"},
    {"ProjectService.WithdrawObjection", "project", "withdraw-objection"},
    {"ProjectService.ReportCompletion", "project", "report-completion"},
    {"ProjectService.ConfirmCompletion", "project", "confirm-completion"},
    {"ProjectService.SignHandover", "project", "sign-handover"},
    {"ProjectService.SettleProject", "project", "settle"},
    {"ProjectService.CloseProject", "project", "close"},
    {"ProjectService.CancelProject", "project", "cancel"},
    {"ProjectService.GetProject", "project", "get"},
    {"ProjectService.ListProjects", "project", "list"},
    {"ProjectService.ReportProgress", "progress", "report"},
    {"ProjectService.VerifyProgress", "progress", "verify"},
    {"ProjectService.CountersignProgress", "progress", "countersign"},
    {"ProjectService.GetProgressReport", "progress", "get"},
    {"ProjectService.ListProgressReports", "progress", "list"},

    {"LedgerService.CreatePledge", "pledge", "create"},
    {"LedgerService.GetPledge", "pledge", "get"},
    {"LedgerService.ListPledges", "pledge", "list"},
    {"LedgerService.DeclareContribution", "contribution", "declare"},
    {"LedgerService.EvidenceContribution", "contribution", "evidence"},
    {"LedgerService.VerifyContribution", "contribution", "verify"},
    {"LedgerService.RejectContribution", "contribution", "reject"},
    {"LedgerService.WithdrawContribution", "contribution", "withdraw"},
    {"LedgerService.GetContribution", "contribution", "get"},
    {"LedgerService.ListContributions", "contribution", "list"},
    {"LedgerService.DeclareInKind", "in-kind", "declare"},
    {"LedgerService.AppraiseInKind", "in-kind", "appraise"},
    {"LedgerService.RejectInKind", "in-kind", "reject"},
    {"LedgerService.WithdrawInKind", "in-kind", "withdraw"},
    {"LedgerService.GetInKind", "in-kind", "get"},
    {"LedgerService.ListInKinds", "in-kind", "list"},
    {"LedgerService.RecordContract", "contract", "record"},
    {"LedgerService.GetContract", "contract", "get"},
    {"LedgerService.ListContracts", "contract", "list"},
    {"LedgerService.RecoverAdvance", "advance", "recover"},
    {"LedgerService.ProposeForfeiture", "retention", "propose-forfeiture"},
    {"LedgerService.ProposeYearEndReturn", "year", "propose-return"},
    {"LedgerService.MoveCommitment", "commitment", "move"},
    {"LedgerService.ProposeRelease", "release", "propose"},
    {"LedgerService.ReceiveRelease", "release", "receive"},
    {"LedgerService.GetRelease", "release", "get"},
    {"LedgerService.ListReleases", "release", "list"},
    {"LedgerService.RecordExpenditure", "expenditure", "record"},
    {"LedgerService.ProposeExpenditure", "expenditure", "propose"},
    {"LedgerService.GetExpenditure", "expenditure", "get"},
    {"LedgerService.ListExpenditures", "expenditure", "list"},
    {"LedgerService.ProposeWaiver", "waiver", "propose"},
    {"LedgerService.CarryBalance", "balance", "carry"},
    {"LedgerService.ProposeReallocation", "reallocation", "propose"},
    {"LedgerService.CancelReallocation", "reallocation", "cancel"},
    {"LedgerService.GetReallocation", "reallocation", "get"},
    {"LedgerService.ListReallocations", "reallocation", "list"},
    {"LedgerService.ProposeReversal", "reversal", "propose"},
    {"LedgerService.ApproveProposal", "proposal", "approve"},
    {"LedgerService.WithdrawProposal", "proposal", "withdraw"},
    {"LedgerService.GetProposal", "proposal", "get"},
    {"LedgerService.ListProposals", "proposal", "list"},
    {"LedgerService.RecordInterest", "interest", "record"},
    {"LedgerService.GetInterest", "interest", "get"},
    {"LedgerService.ListInterests", "interest", "list"},
    {"LedgerService.ApportionRefunds", "refund", "apportion"},
    {"LedgerService.PayRefund", "refund", "pay"},
    {"LedgerService.GetRefund", "refund", "get"},
    {"LedgerService.ListRefunds", "refund", "list"},
    {"LedgerService.RecordRepayment", "repayment", "record"},
    {"LedgerService.GetRepayment", "repayment", "get"},
    {"LedgerService.ListRepayments", "repayment", "list"},
    {"LedgerService.RecordDeposit", "deposit", "record"},
    {"LedgerService.GetDeposit", "deposit", "get"},
    {"LedgerService.ListDeposits", "deposit", "list"},
    {"LedgerService.StartBankStatement", "bank", "start"},
    {"LedgerService.AddBankLines", "bank", "add-lines"},
    {"LedgerService.DiscardBankStatement", "bank", "discard"},
    {"LedgerService.WithdrawBankStatement", "bank", "withdraw"},
    {"LedgerService.MatchBankLine", "bank", "match"},
    {"LedgerService.UnmatchBankLine", "bank", "unmatch"},
    {"LedgerService.GetBankStatement", "bank", "get-statement"},
    {"LedgerService.ListBankStatements", "bank", "statements"},
    {"LedgerService.GetBankLine", "bank", "get-line"},
    {"LedgerService.ListBankLines", "bank", "lines"},
    {"LedgerService.ReconcileBox", "reconcile", "box"},
    {"LedgerService.ListBoxItems", "reconcile", "items"},
    {"LedgerService.GetProjectStatement", "statement", "project"},
    {"LedgerService.ListStatementLines", "statement", "lines"},
    {"LedgerService.ListBalances", "balance", "list"},

    {"AuditService.TraceInflow", "trail", "inflow"},
    {"AuditService.TraceOutflow", "trail", "outflow"},
    {"AuditService.TraceProject", "trail", "project"},
    {"AuditService.GetEntry", "entry", "get"},
    {"AuditService.ListEntries", "entry", "list"},
};

[[noreturn]] void Broken(const std::string& what) {
  std::fprintf(stderr, "oriundo: this program was built wrongly: %s\n", what.c_str());
  std::abort();
}

const FileDescriptorSet& Files() {
  static const auto* files = [] {
    auto* set = new FileDescriptorSet;
    if (!set->ParseFromArray(kApiBytes, static_cast<int>(kApiBytesSize))) Broken("the descriptor set does not parse");
    return set;
  }();
  return *files;
}

// A pool with comments; the generated pool has none.
const DescriptorPool& CommentedPool() {
  static const auto* pool = [] {
    auto* commented = new DescriptorPool;
    for (const FileDescriptorProto& file : Files().file()) {
      if (commented->BuildFile(file) == nullptr) Broken("the descriptor set is incomplete: " + file.name());
    }
    return commented;
  }();
  return *pool;
}

// The generated pool; naming one message of each service's file keeps the linker from leaving the file out.
const DescriptorPool& GeneratedPool() {
  for (const google::protobuf::Descriptor* message :
       {v1::GetOrganizationRequest::descriptor(), v1::GetProgramRequest::descriptor(), v1::GetProjectRequest::descriptor(),
        v1::GetPledgeRequest::descriptor(), v1::GetEntryRequest::descriptor()}) {
    if (message == nullptr) Broken("a service is not linked");
  }
  return *DescriptorPool::generated_pool();
}

template <typename Descriptor>
std::string RawComment(const Descriptor* descriptor) {
  SourceLocation location;
  if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return "";
  return location.leading_comments;
}

const FieldDescriptor* Commented(const FieldDescriptor& field) { return CommentedPool().FindFieldByName(field.full_name()); }

// Joins the lines of a paragraph and drops the backticks and pointers into notes that readers of help texts do not have.
std::string Tidy(const std::string& comment) {
  std::string text;
  bool paragraph_ends = false;
  std::size_t begin = 0;
  while (begin < comment.size()) {
    const std::size_t end = std::min(comment.find('\n', begin), comment.size());
    std::string line = comment.substr(begin, end - begin);
    begin = end + 1;
    line.erase(std::remove(line.begin(), line.end(), '`'), line.end());
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) {
      paragraph_ends = true;
      continue;
    }
    if (!text.empty()) text += paragraph_ends ? "\n\n" : " ";
    text += line;
    paragraph_ends = false;
  }
  for (std::size_t note = text.find(" (domain notes"); note != std::string::npos; note = text.find(" (domain notes")) {
    text.erase(note, std::min(text.find(')', note), text.size() - 1) - note + 1);
  }
  return text;
}

// True for `projects/{project}/pledges/{pledge}`: collection and variable in turn.
bool IsNamePattern(std::string_view text) {
  bool variable = false;
  while (true) {
    const std::size_t slash = text.find('/');
    const std::string_view segment = text.substr(0, slash);
    const bool braced = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
    if (segment.empty() || braced != variable) return false;
    variable = !variable;
    if (slash == std::string_view::npos) return !variable;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

std::span<const Command> Commands() { return kCommands; }

std::vector<const MethodDescriptor*> ApiMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptorProto& file : Files().file()) {
    for (const auto& service : file.service()) {
      const auto* descriptor = GeneratedPool().FindServiceByName(file.package() + "." + service.name());
      if (descriptor == nullptr) Broken(service.name() + " is not linked");
      for (int i = 0; i < descriptor->method_count(); ++i) methods.push_back(descriptor->method(i));
    }
  }
  return methods;
}

const MethodDescriptor& MethodOf(const Command& command) {
  const MethodDescriptor* method = GeneratedPool().FindMethodByName("oriundo.v1." + std::string(command.method));
  if (method == nullptr) Broken("there is no method " + std::string(command.method));
  return *method;
}

std::string CommentOf(const MethodDescriptor& method) {
  return Tidy(RawComment(CommentedPool().FindMethodByName(method.full_name())));
}

std::string CommentOf(const FieldDescriptor& field) { return Tidy(RawComment(Commented(field))); }

std::string CommentOf(const EnumValueDescriptor& value) {
  return Tidy(RawComment(CommentedPool().FindEnumValueByName(value.full_name())));
}

std::string NamePatternOf(const FieldDescriptor& field) {
  const std::string comment = RawComment(Commented(field));
  std::string found;
  for (std::size_t tick = comment.find('`'); tick != std::string::npos;) {
    const std::size_t close = comment.find('`', tick + 1);
    if (close == std::string::npos) break;
    const std::string quoted = comment.substr(tick + 1, close - tick - 1);
    if (IsNamePattern(quoted)) {
      if (!found.empty() && found != quoted) return "";
      found = quoted;
    }
    tick = comment.find('`', close + 1);
  }
  return found;
}

}  // namespace oriundo
