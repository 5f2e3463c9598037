// What a chat template may cost. A template comes with a model file and is not trusted to end, so
// every piece of work is paid for from one budget and every depth has a bound. The bounds are far
// above what published templates need: those take some thousands of steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "lib/base/error.h"

namespace quire::jinja {

inline constexpr std::size_t kMaxSourceBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;  // one string, or the output
inline constexpr std::uint64_t kMaxSteps = 10'000'000;
inline constexpr std::int64_t kMaxRange = 100'000;  // source: jinja2/sandbox.py MAX_RANGE
// Python reads and prints no longer ones; source: sys.int_info.default_max_str_digits.
inline constexpr std::size_t kMaxIntegerDigits = 4300;
inline constexpr int kMaxParseDepth = 120;  // parentheses and blocks inside one another
inline constexpr int kMaxTreeDepth = 400;   // nodes under one another, as in a + b + c + ...
inline constexpr int kMaxCallDepth = 60;    // macros that call macros
inline constexpr int kMaxEvalDepth = 800;   // evaluations inside one another, over all macros
inline constexpr int kMaxValueDepth = 200;  // lists and dicts inside one another
inline constexpr std::size_t kBytesPerStep = 64;

// Thrown inside the interpreter; the evaluator adds the line (0 is "not known yet") and the
// template's public face turns it into quire::Error.
struct Failure : std::runtime_error {
    Failure(ErrorCode error_code, const std::string& message)
        : std::runtime_error(message), code(error_code) {}

    ErrorCode code;
    int line = 0;
};

// The conversation lacks what the template needs, or has it in another type.
inline Failure type_failure(const std::string& message) {
    return Failure(ErrorCode::input, message);
}

// The template asks for something that this interpreter does not do.
inline Failure unsupported(const std::string& what) {
    return Failure(ErrorCode::model, what + " is not supported in chat templates");
}

class Budget {
  public:
    // One step is one node evaluated, one element made or kBytesPerStep bytes looked at or made.
    void steps(std::uint64_t count) {
        if (count > left_) {
            throw Failure(ErrorCode::model, "more than " + std::to_string(kMaxSteps) +
                                                " steps, taken for a template without end");
        }
        left_ -= count;
    }

    void bytes(std::size_t count) { steps(1 + count / kBytesPerStep); }

    // Looking for `part_bytes` at every place of `text_bytes`, at worst their product.
    void search(std::size_t text_bytes, std::size_t part_bytes) {
        bytes(text_bytes);
        steps(text_bytes / 1024 * part_bytes);
    }

  private:
    std::uint64_t left_ = kMaxSteps;
};

}  // namespace quire::jinja
