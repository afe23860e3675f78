// The interface as the command line sees it: every method of every service with its comments, from the descriptor set built into
// the program. And the table that gives each method its place among the commands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace oriundo {

// Where a method stands on the command line: `oriundo contribution declare`.
struct Command {
  // Service and method, `LedgerService.DeclareContribution`.
  std::string_view method;
  // The noun.
  std::string_view noun;
  // The verb; empty where the noun alone is the command.
  std::string_view verb;
};

// One row a method, in the order of the services. A test compares it with the interface.
std::span<const Command> Commands();

// Every method of the interface, in the order of the descriptor set, from the generated pool (so that messages can be made of its
// types).
std::vector<const google::protobuf::MethodDescriptor*> ApiMethods();

// The method of a row. REQUIRES: the row is one of Commands().
const google::protobuf::MethodDescriptor& MethodOf(const Command& command);

// The comment of the interface, paragraphs parted by an empty line, each on one line, without backticks; empty where there is
// none.
std::string CommentOf(const google::protobuf::MethodDescriptor& method);
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value);

// The resource name that a field holds as its comment gives it, `projects/{project}/pledges/{pledge}`; empty where the comment
// gives none or several.
std::string NamePatternOf(const google::protobuf::FieldDescriptor& field);

}  // namespace oriundo
