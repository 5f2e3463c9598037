#include "lib/base/error.h"

#include <cerrno>
#include <system_error>

#include "lib/base/quoted.h"

namespace quire {

namespace {

// Callers shorten what they quote (base::quoted). This bound catches what they overlooked.
constexpr std::size_t kMaxMessageCharacters = 2000;

}  // namespace

Error::Error(ErrorCode code, const std::string& where, const std::string& message)
    : std::runtime_error(
          base::printable(where.empty() ? message : where + ": " + message, kMaxMessageCharacters)),
      code_(code) {}

Error system_error(ErrorCode code, const std::string& where, const std::string& message) {
    const int number = errno;
    // Running out of a resource is the fault of the process or machine, not of the file.
    const bool is_shortage = number == ENOMEM || number == EMFILE || number == ENFILE;
    return Error(is_shortage ? ErrorCode::run : code, where,
                 message + ": " + std::generic_category().message(number));
}

}  // namespace quire
