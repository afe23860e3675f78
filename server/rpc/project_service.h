// ProjectService of proto/oriundo/v1/project_service.proto.
#pragma once

#include <memory>

#include "grpcpp/impl/codegen/service_type.h"

namespace oriundo {

class Calls;

// The service, every method of it. `calls` must outlive it.
std::unique_ptr<grpc::Service> NewProjectService(Calls& calls);

}  // namespace oriundo
