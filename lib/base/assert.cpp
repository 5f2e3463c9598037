#include "lib/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace quire::base {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: expected %s\n", file, line, condition);
    std::abort();
}

}  // namespace quire::base
