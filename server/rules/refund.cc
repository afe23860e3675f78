#include "server/rules/refund.h"

#include "server/base/check.h"
#include "server/rules/apportion.h"

namespace oriundo {

std::vector<int64_t> ApportionRefund(int64_t unspent, std::span<const int64_t> paid_in) {
  ORIUNDO_CHECK(unspent >= 0);
  if (unspent == 0) return std::vector<int64_t>(paid_in.size());
  return Apportion(unspent, paid_in);
}

}  // namespace oriundo
