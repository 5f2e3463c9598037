// Renders a model's own chat template: the part of Jinja that published templates use, with the
// same results as the `transformers` library (sandboxed environment, trim_blocks and lstrip_blocks
// on, no autoescape). The interpreter is small and has no access to files, imports or the clock.
//
// The result records which bytes the template itself wrote. A control token spelled in a message is
// outside these ranges, so a tokenizer can read it as plain text. The ranges include the special
// tokens below, printed numbers, and the role of a message if it is a common one. They do not
// include the output of tojson or printed lists.
#pragma once

#include <cstddef>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/json/json.h"

namespace quire::jinja {
struct Template;
}

namespace quire::chat {

// In these values, an integer beyond 64 bits is represented as jinja::big_integer() of its digits.
struct ChatInput {
    nlohmann::ordered_json messages;
    nlohmann::ordered_json tools;  // null or an array
    // Null or an object: further variables, all of which count as data.
    nlohmann::ordered_json extra;
    bool add_generation_prompt = false;
    // Always defined, empty if the model has none. They count as written by the template.
    std::string bos_token, eos_token, pad_token, unk_token;
    // UTC, for strftime_now. If absent, strftime_now is undefined, and templates that check for it
    // use a date of their own.
    std::optional<std::time_t> time = 0;
};

struct Rendered {
    struct Range {
        std::size_t begin = 0, end = 0;  // bytes of `text`
    };
    std::string text;
    std::vector<Range> template_ranges;  // sorted and merged, none empty
};

// Immutable; render() is thread-safe.
class ChatTemplate {
  public:
    // Error{model} "chat template line N: ..." if the template cannot be parsed.
    explicit ChatTemplate(std::string_view source);
    ~ChatTemplate();
    ChatTemplate(ChatTemplate&&) noexcept;
    ChatTemplate& operator=(ChatTemplate&&) noexcept;

    // Error{input} if the template refuses the input (raise_exception), or for an operation that
    // Python would refuse. Error{model} for anything unsupported, and beyond the limits (limits.h):
    // 10 million steps, 32 MiB of output.
    Rendered render(const ChatInput& input) const;

    // True if a variable with this name is read or set anywhere in the template.
    bool uses(std::string_view variable) const;
    // True if the word is a string literal of the template.
    bool names(std::string_view word) const;

  private:
    std::unique_ptr<const jinja::Template> template_;
};

}  // namespace quire::chat
