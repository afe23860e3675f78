// Flags are a request's fields on the command line, derived from its descriptor, and how their texts become values.
//
// A field `bank_value_date` is `--bank-value-date`. The fields of a required message stand without its name (`--party` for
// `contribution.party`), those of an optional one with it (`--transfer-paid`). A repeated field is a flag in the singular that
// may be given many times. A field `total_minor_units` is two flags: `--total` takes a decimal amount, `--total-minor-units` a
// plain integer; so is `quantity_milli`, `--quantity 1,200.5` or `--quantity-milli 1200500`. What commands beside it call
// otherwise may be called so too: `--document` for `--evidence`. What the server fills (OUTPUT_ONLY) is no flag. The subject of a
// call is positional: `name`, or `parent` and the new id.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/words.h"
#include "google/protobuf/message.h"

namespace oriundo {

// One flag or positional argument.
struct Flag {
  // Without dashes: `bank-value-date`; for a positional argument as well.
  std::string name;
  // The way to its field from the request.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  // Other names that it goes by, without dashes: those of the same thing in commands beside it.
  std::vector<std::string> aliases = {};
  // True where it takes a decimal amount or quantity for a field that holds minor units or thousandths.
  bool decimal = false;
  // True where it is told by place, not by name.
  bool positional = false;
  // True where the server refuses a request without it.
  bool required = false;
  // What its value is, for help: AMOUNT, DATE, TEXT.
  std::string type;
  // The interface's comment, or in Spanish a sentence of this program.
  std::string help;
  // The values of an enum; empty otherwise.
  std::vector<std::string> choices;

  // The field it sets.
  const google::protobuf::FieldDescriptor& field() const { return *path.back(); }
};

// The texts given for each flag, by its name, in order.
using FlagTexts = std::map<std::string, std::vector<std::string>>;

// A document that was hashed.
struct SaltedDocument {
  // Its path as given.
  std::string path;
  // The salt in hexadecimal digits.
  std::string salt;
  // The flag's text as given, `type=INVOICE,file=invoice.pdf`; empty where it names the salt itself.
  std::string text;
};

// What reading a flag may need from outside.
struct FlagContext {
  // The currency of a programme, `programs/{program}`, or project, `projects/{project}`: asked once, and only where an amount
  // names none.
  std::function<absl::StatusOr<std::string>(const std::string& name)> currency_of = {};
  // The salt of a document that comes without one, from the document's bytes. Unset: a random one.
  std::function<std::string(const std::string& document)> salt_of = {};
  // Gathers the documents hashed, for their holder.
  std::vector<SaltedDocument>* documents = nullptr;
  // The language in which it is said what is wrong.
  Words words = Words();
};

// The flags of a request, in the order of its fields, positional ones where they stand; their help in the language of `words`.
std::vector<Flag> FlagsOf(const google::protobuf::Descriptor& request, const Words& words = Words());

// Sets the fields of `request` from `texts`; repeated ones are added to. INVALID_ARGUMENT carries every text that is wrong (see
// BadFields), named by its flag; `request` is then half filled. An error of `currency_of` is returned as it is.
absl::Status Bind(const std::vector<Flag>& flags, const FlagTexts& texts, const FlagContext& context,
                  google::protobuf::Message& request);

// The flag as typed, `--declared`, of a field path in a server's error, `contribution.declared.minor_units`; empty where none
// fits.
std::string FlagOfPath(const std::vector<Flag>& flags, const std::string& path);

// What is wrong with a name that was typed for `flag` and that the server does not take, as whoever typed it sees it; empty where
// its form says nothing. `patterns` are the forms that the server names, `projects/{id}/releases/{id}`, in a row.
std::string NameFault(const Flag& flag, const std::string& text, const std::string& patterns, const Words& words);

// Flags that a message of the request is made of.
struct FlagsBelow {
  // As typed, `--party`; none where the path is no message.
  std::vector<std::string> names;
  // True where the server refuses the message without each of them: those alone are named. Where it needs none by itself all are.
  bool all_required = false;
};

// `--party`, `--payment-date` and `--evidence` of `refund`.
FlagsBelow FlagsBelowPath(const std::vector<Flag>& flags, const std::string& path);

}  // namespace oriundo
