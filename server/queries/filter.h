// Filter is a condition on the fields of a resource, as lists take it: a subset of AIP-160.
//
//   filter      := [ conjunction ]
//   conjunction := disjunction { "AND" disjunction }
//   disjunction := term { "OR" term }                -- OR binds tighter than AND
//   term        := [ "NOT" ] ( comparison | "(" conjunction ")" )
//   comparison  := path operator value
//   path        := field { "." field }               -- a number, text, enum or boolean at its end; lists have no path
//   operator    := "=" | "!=" | "<" | "<=" | ">" | ">="
//   value       := "text" | integer | ENUM_VALUE | true | false
//
// A text stands in double quotes, with \" and \\ inside; dates compare as texts do. Enums and booleans know only = and !=.
// Where a message on the path, or an optional field at its end, is absent, no comparison holds, != included.
// Texts that may be erased cannot be named, since they are not part of the record.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace oriundo {

class Filter {
 public:
  // Understands `text` as a condition on messages of type `resource`; blank text is true of every message. FILTER_INVALID names
  // the field or the place at fault. `text` has at most kFilterCharactersMax bytes, nested at most kFilterDepthMax deep.
  static absl::StatusOr<Filter> Parse(std::string_view text, const google::protobuf::Descriptor& resource);

  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // Whether the condition is true of `resource`. REQUIRES: it is of the type given to Parse.
  bool Matches(const google::protobuf::Message& resource) const;

  // A node of the condition; internal.
  struct Node;

 private:
  explicit Filter(std::unique_ptr<const Node> root);

  std::unique_ptr<const Node> root_;  // Null: true.
};

}  // namespace oriundo
