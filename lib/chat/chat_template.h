// A model's own chat template: the part of Jinja that published templates use, evaluated as the
// `transformers` library does it (sandboxed environment, trim_blocks and lstrip_blocks on, no
// autoescape), by a small interpreter without files, imports or a clock of its own.
//
// What is rendered remembers which bytes the template itself wrote. A control token spelled in a
// message lies outside these ranges, so that a tokenizer can read it as the text it is. Inside the
// ranges count the special tokens below, printed numbers, and the role of a message when it is one
// of the roles in use; what tojson and the printing of lists give lies outside.
#pragma once

#include <cstddef>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quire::jinja {
struct Template;
}

namespace quire::chat {

// In these values an integer beyond 64 bits is what jinja::big_integer() makes of its digits.
struct ChatInput {
    nlohmann::ordered_json messages;
    nlohmann::ordered_json tools;  // null or an array
    nlohmann::ordered_json extra;  // null or an object: further variables, all of them data
    bool add_generation_prompt = false;
    // Always defined, empty where the model has none; they count as the template's own text.
    std::string bos_token, eos_token, pad_token, unk_token;
    // UTC, for strftime_now; with nothing that name is undefined, and templates that ask whether it
    // is take a date of their own.
    std::optional<std::time_t> time = 0;
};

struct Rendered {
    struct Range {
        std::size_t begin = 0, end = 0;  // bytes of `text`
    };
    std::string text;
    std::vector<Range> template_ranges;  // sorted, merged, none empty
};

// Immutable once made; render() may be called from several threads at once.
class ChatTemplate {
  public:
    // Error{model} "chat template line N: ..." for what is not understood.
    explicit ChatTemplate(std::string_view source);
    ~ChatTemplate();
    ChatTemplate(ChatTemplate&&) noexcept;
    ChatTemplate& operator=(ChatTemplate&&) noexcept;

    // Error{input} for what the template refuses (raise_exception) and for operations that Python
    // would refuse; Error{model} for what is not supported and past the limits (limits.h): 10
    // million steps, 64 MiB of output.
    Rendered render(const ChatInput& input) const;

    // A variable of this name is read or set somewhere in the template.
    bool uses(std::string_view variable) const;
    // The word is one of the template's string literals.
    bool names(std::string_view word) const;

  private:
    std::unique_ptr<const jinja::Template> template_;
};

}  // namespace quire::chat
