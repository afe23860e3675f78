// A small world for tests that need a ledger with people in it: calls that make it, through the public interface alone.
//
//   organizations/office       publishes the programme `programs/matching`, registers the clubs, decides on projects
//   organizations/state        pays half of every project out of its pool
//   organizations/club-1 ...   pay the other half; club-1 is the club of projects/work-1, and so on
//   organizations/builder      executes; organizations/bank verifies
//
// Any thread may call these functions.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace oriundo {

// The bank account of the project `projects/work-{number}`: each has one of its own.
std::string WorldAccountOf(std::string_view project);
// Total of each project, minor units of MXN; half is the club's due.
inline constexpr int64_t kWorldProjectTotal = 100'000'000;

// Who asks for what.
struct Call {
  // The acting organisation, `organizations/{organization}`. The principal is always `clerk`.
  std::string organization;
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::shared_ptr<const google::protobuf::Message> request;
};

// A UUID of version 4 drawn from `random`, so that a run can be repeated.
std::string RandomRequestId(std::mt19937_64& random);

// The call of a writing `method`, for example `CreatePledge`, by `organization`. `fields` is the request as text format, without
// its request_id. Stops the test where there is no such method or the text does not fit it.
Call MakeCall(const std::string& organization, const std::string& method, const std::string& fields,
              const std::string& request_id);

// The call of a reading `method`, by nobody in particular.
Call MakeRead(const std::string& method, const std::string& fields);

// Organisations, programme and a pool of `pool_budget` minor units, for `clubs` clubs.
std::vector<Call> WorldCalls(int clubs, int64_t pool_budget, std::mt19937_64& random);

// The draft of `projects/work-<number>`, with the club of that number.
Call ProjectDraftCall(int number, std::mt19937_64& random);

// From the draft to PREVALIDATED.
std::vector<Call> ProjectFileCalls(int number, std::mt19937_64& random);

// From PREVALIDATED to AGREED, from where contributions are taken.
std::vector<Call> ProjectAgreementCalls(int number, std::mt19937_64& random);

// All of the above for `projects` projects, each with a club of its own, and a pool that pays for them all.
std::vector<Call> AgreedWorldCalls(int projects, std::mt19937_64& random);

}  // namespace oriundo
