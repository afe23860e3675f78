// Admission turns a call into a Command, or refuses it for what can be seen without the ledger.
//
// In this order: who is this; is the request well formed. Then nothing that must stay unknown is left in it: a text gives way
// to a salted commitment, an account number to a keyed one, a principal to a pseudonym. What depends on the ledger's state is
// decided where it counts, in Apply.
//
// Thread-safe. Blocks on nothing.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/base/status_macros.h"
#include "server/ledger/command.h"
#include "storage/sealed/sealed_store.h"

namespace oriundo {

// Who calls, as the call's metadata says it. Empty where it does not.
struct Caller {
  // `organizations/{organization}` or the id alone.
  std::string organization;
  // The person's id as its organisation chose it; never stored.
  std::string principal;
};

class Admission {
 public:
  explicit Admission(LedgerKey key) : key_(std::move(key)) {}

  // The command of a writing call. ACTOR_MISSING without a caller, INVALID_FIELD with every violation of the request.
  // REQUIRES: T is one of Request's; `method` the method's name without its service.
  template <typename T>
  absl::StatusOr<Command> Admit(const Caller& caller, std::string_view method, T request) const {
    Command command;
    ORIUNDO_RETURN_IF_ERROR(Prepare(caller, method, request, command));
    command.request = std::move(request);
    return command;
  }

  // Judges the shape of a reading call. Reads are public: nobody needs to say who asks.
  static absl::Status AdmitRead(google::protobuf::Message& request);

  // What stands in the ledger for the account `number` of `project`: 32 bytes keyed with the ledger's secret, two digests of 16
  // bytes in contexts of their own. Equal for equal numbers of one project, unrelated between projects.
  std::string AccountCommitment(std::string_view project, std::string_view number) const;
  // The name of the record that says which project has the account `number`: `accounts/a` and 32 hexadecimal digits keyed with the ledger's
  // secret. Equal for equal numbers, whatever the project.
  std::string AccountUseName(std::string_view number) const;
  // As AccountCommitment, for what else is only ever compared, `kind` being what it is: a bank's reference.
  std::string KeyedCommitment(const std::string& kind, std::string_view project, std::string_view text) const;

 private:
  absl::Status Prepare(const Caller& caller, std::string_view method, google::protobuf::Message& request, Command& command) const;

  const LedgerKey key_;
};

}  // namespace oriundo
