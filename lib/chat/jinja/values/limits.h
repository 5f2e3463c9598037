// Limits on the cost of a chat template. A template comes with a model file and may not terminate,
// so all work is charged to one budget, and every depth is bounded. The limits are far above the
// needs of published templates, which take a few thousand steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "lib/base/error.h"

namespace quire::jinja {

inline constexpr std::size_t kMaxSourceBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxTextBytes = std::size_t{32} << 20;  // one string, or the output
inline constexpr std::uint64_t kMaxSteps = 10'000'000;
inline constexpr std::int64_t kMaxRange = 100'000;  // source: jinja2/sandbox.py MAX_RANGE
// Python reads and prints no longer ones. source: sys.int_info.default_max_str_digits
inline constexpr std::size_t kMaxIntegerDigits = 4300;
inline constexpr int kMaxParseDepth = 120;  // nested brackets and blocks
inline constexpr int kMaxTreeDepth = 400;   // height of an expression, as in a + b + c + ...
inline constexpr int kMaxCallDepth = 60;    // nested macro calls
inline constexpr int kMaxEvalDepth = 800;   // nested evaluations, over all macros
inline constexpr int kMaxValueDepth = 200;  // nested lists and dicts
inline constexpr std::size_t kBytesPerStep = 64;

// Thrown inside the interpreter. The evaluator adds the line (0 means not known yet), and
// ChatTemplate turns it into quire::Error.
struct Failure : std::runtime_error {
    Failure(ErrorCode error_code, const std::string& message)
        : std::runtime_error(message), code(error_code) {}

    ErrorCode code;
    int line = 0;
};

// The conversation lacks something that the template needs, or has it with another type.
inline Failure type_failure(const std::string& message) {
    return Failure(ErrorCode::input, message);
}

// The template uses something that this interpreter does not support.
inline Failure unsupported(const std::string& what) {
    return Failure(ErrorCode::model, what + " is not supported in chat templates");
}

class Budget {
  public:
    // One step pays for evaluating one node, making one element, or reading or writing
    // kBytesPerStep bytes.
    void steps(std::uint64_t count) {
        if (count > left_) {
            throw Failure(ErrorCode::model, "more than " + std::to_string(kMaxSteps) +
                                                " steps: the template does not seem to end");
        }
        left_ -= count;
    }

    void bytes(std::size_t count) { steps(1 + count / kBytesPerStep); }

    // Pays for searching `part_bytes` at every position of `text_bytes`, which costs at most their
    // product.
    void search(std::size_t text_bytes, std::size_t part_bytes) {
        bytes(text_bytes);
        steps(text_bytes / 1024 * part_bytes);
    }

  private:
    std::uint64_t left_ = kMaxSteps;
};

}  // namespace quire::jinja
