// A text as the commands of eval take it: cut into tokens and windows, with the options that
// several of them share.
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
    std::optional<std::size_t> n_windows = std::nullopt;  // as many as the text gives, when not set
    std::size_t stride = 0;                               // 0: llama.cpp's chunks
};

struct Text {
    std::vector<std::uint32_t> tokens;  // with what the tokenizer puts around a text
    Windows windows;                    // views into `tokens`
};

// Error{input} when the text cannot be read or has no whole window; Error{usage} when the context
// is more than the model's or the stride is more than that.
Text read_windows(const TextOptions& options, const OpenModel& model);
// The same of a text that was read already.
Text make_windows(const std::string& text, const TextOptions& options, const OpenModel& model);

// Runs the window's tokens before its targets, then calls on_slab for its targets in order: n of
// them from window.tokens[first] on.
void for_each_slab(const Window& window, std::size_t slab,
                   const std::function<void(std::span<const std::uint32_t> prefix)>& begin,
                   const std::function<void(std::size_t first, std::size_t n)>& on_slab);

// A line of progress that the next one replaces; nothing where standard error is no terminal.
void show_progress(std::size_t done, std::size_t total, const std::string& text);
void clear_progress();

}  // namespace quire::eval
