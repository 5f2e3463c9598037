#include "lib/base/error.h"

#include <cerrno>
#include <system_error>

namespace quire {

Error::Error(ErrorCode code, const std::string& where, const std::string& message)
    : std::runtime_error(where.empty() ? message : where + ": " + message), code_(code) {}

Error system_error(ErrorCode code, const std::string& where, const std::string& message) {
    return Error(code, where, message + ": " + std::generic_category().message(errno));
}

}  // namespace quire
