#include "client/cli/import_plan.h"
