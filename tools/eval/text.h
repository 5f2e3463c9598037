// A text for the commands of eval: tokens and windows, with the options that several commands
// share.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/eval/logit_stream.h"
#include "tools/eval/open_model.h"
#include "tools/eval/windows.h"

namespace quire::eval {

struct TextOptions {
    std::string path;
    std::size_t context = 512;
    std::optional<std::size_t> n_windows = std::nullopt;  // all if not set
    std::size_t stride = 0;                               // 0: llama.cpp's chunks
};

struct Text {
    std::vector<std::uint32_t>
        tokens;       // including the tokens that the tokenizer puts around a text
    Windows windows;  // views into `tokens`
};

// Error{input} when the text cannot be read or is shorter than a window; Error{usage} when the
// context exceeds that of the model or the stride exceeds the context.
Text read_windows(const TextOptions& options, const OpenModel& model);
// The same for a text that was already read.
Text make_windows(const std::string& text, const TextOptions& options, const OpenModel& model);

// Runs the tokens of the window before its targets, then calls on_slab for its targets in order: n
// of them, starting at window.tokens[first].
void for_each_slab(const Window& window, std::size_t slab,
                   const std::function<void(std::span<const std::uint32_t> prefix)>& begin,
                   const std::function<void(std::size_t first, std::size_t n)>& on_slab);

}  // namespace quire::eval
