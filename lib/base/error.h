// The one exception type of Quire. It is thrown at the edges (open, parse, bind, options); kernels,
// the forward loop and the sampler are noexcept. What it says is one line: where, and what was
// expected and found. Control characters in it, wherever they came from, are written as \xNN.
#pragma once

#include <stdexcept>
#include <string>

namespace quire {

// The value of each code is the exit status of the process that ends with it.
enum class ErrorCode {
    run = 1,    // the run failed: write error, out of memory, a broken environment
    usage = 2,  // options that make no sense
    model = 3,  // a model file or checkpoint is bad
    input = 4,  // a prompt or request is bad
    limit = 5,  // a limit that the caller set was exceeded
};

class Error : public std::runtime_error {
  public:
    // where: file, section, tensor or line; message: what was expected and what was found. Text from
    // outside goes through base::quoted() (quoted.h), which keeps it short.
    Error(ErrorCode code, const std::string& where, const std::string& message);

    ErrorCode code() const noexcept { return code_; }

  private:
    ErrorCode code_;
};

// "WHERE: MESSAGE: Permission denied", from the current errno.
Error system_error(ErrorCode code, const std::string& where, const std::string& message);

}  // namespace quire
