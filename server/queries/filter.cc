#include "server/queries/filter.h"

#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oriundo/v1/error_reason.pb.h"
#include "server/base/limits.h"
#include "server/base/reason_status.h"
#include "server/base/status_macros.h"

namespace oriundo {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

struct Filter::Node {
  enum class Kind { kAll, kAny, kNot, kComparison };
  enum class Operator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

  Kind kind = Kind::kComparison;
  std::vector<std::unique_ptr<const Node>> children;  // kAll, kAny: at least two. kNot: one.

  // kComparison only. The path ends at a singular number, text, enum or boolean, and `value` is of its sort; enums by number.
  std::vector<const FieldDescriptor*> path;
  Operator comparison = Operator::kEqual;
  std::variant<int64_t, std::string> value;
};

namespace {

using Node = Filter::Node;
using NodeOr = absl::StatusOr<std::unique_ptr<const Node>>;

// `figures` are those of the case beyond the field.
absl::Status Invalid(const char* case_name, const std::string& message, const std::string& field, ReasonMetadata figures = {}) {
  figures.emplace_back("case", case_name);
  figures.emplace_back("field", field);
  return ReasonStatus(v1::FILTER_INVALID, "filter: " + message, figures);
}

bool IsWordStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsWordPart(char c) { return IsWordStart(c) || (c >= '0' && c <= '9'); }

struct Token {
  enum class Kind { kEnd, kWord, kInteger, kText, kOperator, kOpen, kClose, kDot };
  Kind kind = Kind::kEnd;
  std::string text;  // A text without its quotes.
  std::size_t at = 0;
};

// Cuts a filter into words. Never reads past the end.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  absl::StatusOr<Token> Next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    Token token;
    token.at = at_;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '"') return Text();
    if (IsWordStart(c)) return Run(Token::Kind::kWord, 1);
    if (c == '-' || (c >= '0' && c <= '9')) return Run(Token::Kind::kInteger, 1);
    if (c == '(' || c == ')' || c == '.') {
      token.kind = c == '(' ? Token::Kind::kOpen : c == ')' ? Token::Kind::kClose : Token::Kind::kDot;
      token.text = c;
      ++at_;
      return token;
    }
    if (c == '=' || c == '<' || c == '>' || (c == '!' && Peek(1) == '=')) {
      return Cut(Token::Kind::kOperator, c != '=' && Peek(1) == '=' ? 2 : 1);
    }
    return Invalid("CHARACTER", absl::StrCat("nothing here begins with the character at ", at_ + 1), "",
                   {{"at", absl::StrCat(at_ + 1)}});
  }

 private:
  char Peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Token Run(Token::Kind kind, std::size_t size) {
    while (at_ + size < text_.size() && IsWordPart(text_[at_ + size])) ++size;
    return Cut(kind, size);
  }

  // Takes the next `size` characters as one token.
  Token Cut(Token::Kind kind, std::size_t size) {
    Token token{kind, std::string(text_.substr(at_, size)), at_};
    at_ += size;
    return token;
  }

  absl::StatusOr<Token> Text() {
    Token token{Token::Kind::kText, "", at_};
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return token;
      }
      if (c == '\\') {
        c = Peek(1);
        if (c != '"' && c != '\\') {
          return Invalid("BACKSLASH", absl::StrCat("only \\\" and \\\\ may follow the backslash at ", at_ + 1), "",
                         {{"at", absl::StrCat(at_ + 1)}});
        }
        ++at_;
      }
      token.text.push_back(c);
    }
    return Invalid("OPEN_TEXT", absl::StrCat("the text that begins at ", token.at + 1, " does not end"), "",
                   {{"at", absl::StrCat(token.at + 1)}});
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, const Descriptor& resource) : lexer_(text), resource_(resource) {}

  // Null for blank text.
  NodeOr Parse() {
    ORIUNDO_RETURN_IF_ERROR(Advance());
    if (token_.kind == Token::Kind::kEnd) return std::unique_ptr<const Node>();
    ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<const Node> root, Conjunction(0));
    if (token_.kind != Token::Kind::kEnd) return Unexpected("AND, OR or the end");
    return root;
  }

 private:
  absl::Status Advance() {
    ORIUNDO_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  bool IsWord(std::string_view word) const { return token_.kind == Token::Kind::kWord && token_.text == word; }

  absl::Status Unexpected(const std::string& wanted) const {
    return Invalid("EXPECTED", absl::StrCat("at character ", token_.at + 1, " there should be ", wanted), "",
                   {{"at", absl::StrCat(token_.at + 1)}});
  }

  // Operands of one kind joined by `word`; `operand` parses one.
  template <typename Operand>
  NodeOr Joined(Node::Kind kind, std::string_view word, Operand operand) {
    ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<const Node> first, operand());
    if (!IsWord(word)) return first;
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->children.push_back(std::move(first));
    while (IsWord(word)) {
      ORIUNDO_RETURN_IF_ERROR(Advance());
      ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<const Node> next, operand());
      node->children.push_back(std::move(next));
    }
    return node;
  }

  NodeOr Conjunction(int depth) {
    return Joined(Node::Kind::kAll, "AND", [&] { return Joined(Node::Kind::kAny, "OR", [&] { return Term(depth); }); });
  }

  NodeOr Term(int depth) {
    if (depth > kFilterDepthMax) {
      return Invalid("DEPTH", absl::StrCat("conditions nest deeper than ", kFilterDepthMax), "",
                     {{"maximum", absl::StrCat(kFilterDepthMax)}});
    }
    if (IsWord("NOT")) {
      ORIUNDO_RETURN_IF_ERROR(Advance());
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::kNot;
      ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<const Node> operand, Term(depth + 1));
      node->children.push_back(std::move(operand));
      return node;
    }
    if (token_.kind != Token::Kind::kOpen) return Comparison();
    ORIUNDO_RETURN_IF_ERROR(Advance());
    ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<const Node> inner, Conjunction(depth + 1));
    if (token_.kind != Token::Kind::kClose) return Unexpected("a closing parenthesis");
    ORIUNDO_RETURN_IF_ERROR(Advance());
    return inner;
  }

  NodeOr Comparison() {
    auto node = std::make_unique<Node>();
    std::string path;
    ORIUNDO_RETURN_IF_ERROR(Path(*node, path));
    static constexpr std::string_view kOperators[] = {"=", "!=", "<", "<=", ">", ">="};  // In the order of Operator.
    std::size_t which = 0;
    while (which < std::size(kOperators) && (token_.kind != Token::Kind::kOperator || token_.text != kOperators[which])) ++which;
    if (which == std::size(kOperators)) return Unexpected("one of = != < <= > >=");
    node->comparison = static_cast<Node::Operator>(which);
    ORIUNDO_RETURN_IF_ERROR(Advance());
    ORIUNDO_RETURN_IF_ERROR(Value(*node, path));
    ORIUNDO_RETURN_IF_ERROR(Advance());
    return node;
  }

  absl::Status Path(Node& node, std::string& path) {
    const Descriptor* type = &resource_;
    for (;;) {
      if (token_.kind != Token::Kind::kWord) return Unexpected("the name of a field");
      path += token_.text;
      const FieldDescriptor* field = type == nullptr ? nullptr : type->FindFieldByName(token_.text);
      if (field == nullptr) return Invalid("NO_FIELD", absl::StrCat(resource_.name(), " has no field ", path), path);
      if (field->is_repeated()) return Invalid("LIST", path + " is a list; conditions on lists are not taken", path);
      if (type->FindFieldByName(field->name() + "_commitment") != nullptr) {
        return Invalid("ERASABLE", path + " is a text that may be erased; it cannot be searched", path);
      }
      node.path.push_back(field);
      type = field->message_type();
      ORIUNDO_RETURN_IF_ERROR(Advance());
      if (token_.kind != Token::Kind::kDot) break;
      path += '.';
      ORIUNDO_RETURN_IF_ERROR(Advance());
    }
    if (type != nullptr) return Invalid("MESSAGE", path + " is made of several fields; name one of them after a dot", path);
    return absl::OkStatus();
  }

  absl::Status Value(Node& node, const std::string& path) const {
    const FieldDescriptor& field = *node.path.back();
    const bool ordered = node.comparison != Node::Operator::kEqual && node.comparison != Node::Operator::kNotEqual;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64: {
        int64_t number = 0;
        const char* end = token_.text.data() + token_.text.size();
        if (token_.kind != Token::Kind::kInteger) return Invalid("INTEGER", path + " is compared with a whole number", path);
        const auto [stop, error] = std::from_chars(token_.text.data(), end, number);
        if (error != std::errc() || stop != end) {
          return Invalid("INTEGER", path + " is compared with a whole number of 64 bits", path);
        }
        node.value = number;
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          return Invalid("NOT_COMPARABLE", path + " holds bytes; it cannot be compared", path);
        }
        if (token_.kind != Token::Kind::kText) return Invalid("TEXT", path + " is compared with a text in double quotes", path);
        node.value = token_.text;
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_BOOL:
        if (ordered || (!IsWord("true") && !IsWord("false"))) {
          return Invalid("BOOLEAN", path + " is compared by = or != with true or false", path);
        }
        node.value = int64_t{token_.text == "true"};
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_ENUM: {
        // In quotes too: a reader who writes `state = "OPEN"` means the same.
        const bool names = token_.kind == Token::Kind::kWord || token_.kind == Token::Kind::kText;
        const EnumValueDescriptor* named = names ? field.enum_type()->FindValueByName(token_.text) : nullptr;
        if (ordered || named == nullptr) {
          std::string values;
          for (int i = 0; i < field.enum_type()->value_count(); ++i) {
            const EnumValueDescriptor& value = *field.enum_type()->value(i);
            if (value.number() != 0) absl::StrAppend(&values, values.empty() ? "" : ", ", value.name());
          }
          return Invalid("ENUM", absl::StrCat(path, " is compared by = or != with one of ", values), path, {{"values", values}});
        }
        node.value = int64_t{named->number()};
        return absl::OkStatus();
      }
      default: return Invalid("NOT_COMPARABLE", path + " cannot be compared", path);
    }
  }

  Lexer lexer_;
  const Descriptor& resource_;
  Token token_;
};

template <typename T>
bool Holds(Node::Operator comparison, const T& left, const T& right) {
  switch (comparison) {
    case Node::Operator::kEqual: return left == right;
    case Node::Operator::kNotEqual: return left != right;
    case Node::Operator::kLess: return left < right;
    case Node::Operator::kLessOrEqual: return left <= right;
    case Node::Operator::kGreater: return left > right;
    case Node::Operator::kGreaterOrEqual: return left >= right;
  }
  return false;
}

int64_t NumberAt(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection.GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT64: return reflection.GetInt64(message, field);
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.GetBool(message, field) ? 1 : 0;
    default: return reflection.GetEnumValue(message, field);
  }
}

bool Compare(const Node& node, const Message& resource) {
  const Message* message = &resource;
  for (std::size_t i = 0; i + 1 < node.path.size(); ++i) {
    if (!message->GetReflection()->HasField(*message, node.path[i])) return false;
    message = &message->GetReflection()->GetMessage(*message, node.path[i]);
  }
  const FieldDescriptor* field = node.path.back();
  if (field->has_presence() && !message->GetReflection()->HasField(*message, field)) return false;
  if (const std::string* text = std::get_if<std::string>(&node.value)) {
    return Holds(node.comparison, message->GetReflection()->GetString(*message, field), *text);
  }
  return Holds(node.comparison, NumberAt(*message, field), std::get<int64_t>(node.value));
}

bool IsTrue(const Node& node, const Message& resource) {
  switch (node.kind) {
    case Node::Kind::kAll:
      for (const auto& child : node.children) {
        if (!IsTrue(*child, resource)) return false;
      }
      return true;
    case Node::Kind::kAny:
      for (const auto& child : node.children) {
        if (IsTrue(*child, resource)) return true;
      }
      return false;
    case Node::Kind::kNot: return !IsTrue(*node.children.front(), resource);
    case Node::Kind::kComparison: return Compare(node, resource);
  }
  return false;
}

}  // namespace

absl::StatusOr<Filter> Filter::Parse(std::string_view text, const Descriptor& resource) {
  if (text.size() > kFilterCharactersMax) {
    return Invalid("TOO_LONG", absl::StrCat("is longer than ", kFilterCharactersMax, " characters"), "",
                   {{"maximum", absl::StrCat(kFilterCharactersMax)}});
  }
  ORIUNDO_ASSIGN_OR_RETURN(std::unique_ptr<const Node> root, Parser(text, resource).Parse());
  return Filter(std::move(root));
}

Filter::Filter(std::unique_ptr<const Node> root) : root_(std::move(root)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

bool Filter::Matches(const Message& resource) const { return root_ == nullptr || IsTrue(*root_, resource); }

}  // namespace oriundo
