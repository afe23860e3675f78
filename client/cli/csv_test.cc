#include "client/cli/csv.h"
