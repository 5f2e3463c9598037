#include "apps/gen/input.h"

#include <unistd.h>

#include "apps/common/input.h"
#include "lib/base/error.h"

namespace quire::gen {

namespace {

// The prompt given as an argument; the positional argument "-" means standard input.
std::optional<std::string> prompt_argument(const Options& options) {
    if (options.prompt) return options.prompt;
    if (options.prompt_words.empty() || options.prompt_words.front() == "-") return std::nullopt;
    return options.prompt_words.front();
}

Input with_standard_input(const std::string& argument, const Options& options) {
    std::string piped = common::read_piped_input();
    if (piped.empty()) return {argument, "prompt"};
    if (options.embed || options.classify) {
        throw Error(ErrorCode::usage, options.embed ? "--embed" : "--classify",
                    "expected the lines as an argument or on standard input, found both");
    }
    return {piped + (argument.empty() ? "" : " " + argument), "standard input and prompt"};
}

Input read(const Options& options, bool with_stdin) {
    const std::string path = !options.messages.empty()      ? options.messages
                             : !options.prompt_file.empty() ? options.prompt_file
                                                            : "-";
    const std::optional<std::string> argument = prompt_argument(options);
    if (!argument) return {common::read_input(path), common::name_of_input(path)};
    return with_stdin ? with_standard_input(*argument, options) : Input{*argument, "prompt"};
}

}  // namespace

std::optional<Input> read_prompt(const Options& options, bool with_stdin) {
    const bool has_source = options.prompt || !options.prompt_words.empty() ||
                            !options.prompt_file.empty() || !options.messages.empty();
    if (!has_source && ::isatty(STDIN_FILENO) == 1) return std::nullopt;
    Input input = read(options, with_stdin);
    if (input.text.empty()) {
        throw Error(ErrorCode::input, input.where, "expected a prompt, found an empty one");
    }
    return input;
}

}  // namespace quire::gen
