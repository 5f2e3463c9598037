#include "apps/chat/thoughts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quire::chat_app {

namespace {

struct Marks {
    std::string_view open;
    std::string_view close;
};

// source: chat templates of DeepSeek R1, Qwen 3, SmolLM 3, GLM 4.5 (the first), Magistral,
// Command A Reasoning, Seed-OSS.
constexpr std::array kMarks{Marks{"<think>", "</think>"}, Marks{"[THINK]", "[/THINK]"},
                            Marks{"<|START_THINKING|>", "<|END_THINKING|>"},
                            Marks{"<seed:think>", "</seed:think>"}};

constexpr std::string_view kSpace = " \t\r\n";

// The length of the longest end of `text` that is a beginning of `mark`, but not all of it.
std::size_t begun(std::string_view text, std::string_view mark) {
    for (std::size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n) {
        if (text.ends_with(mark.substr(0, n))) return n;
    }
    return 0;
}

}  // namespace

ThoughtSplitter::ThoughtSplitter(std::string_view prompt, Sink sink) : sink_(std::move(sink)) {
    const std::size_t end = prompt.find_last_not_of(kSpace);
    if (end == std::string_view::npos) return;
    for (const Marks& marks : kMarks) {
        if (prompt.substr(0, end + 1).ends_with(marks.open)) close_ = marks.close;
    }
}

void ThoughtSplitter::emit(std::string_view text) {
    // White space at the beginning of either belongs to the marks.
    if (!began_) text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    if (text.empty()) return;
    began_ = true;
    sink_(text, !close_.empty());
}

void ThoughtSplitter::push(std::string_view text) {
    held_ += text;
    for (;;) {
        std::size_t at = std::string::npos;
        std::size_t kept = 0;
        Marks found{};
        for (const Marks& marks : kMarks) {
            const bool closes = marks.close == close_;
            if (!close_.empty() && !closes) continue;
            const std::string_view mark = closes ? marks.close : marks.open;
            const std::size_t here = held_.find(mark);
            if (here < at) {
                at = here;
                found = marks;
            }
            kept = std::max(kept, begun(held_, mark));
        }
        // Thoughts come first: a mark inside of an answer is a part of it.
        if (at != std::string::npos && close_.empty() &&
            (began_ || held_.find_first_not_of(kSpace) < at)) {
            at = std::string::npos;
            kept = 0;
        }
        if (at == std::string::npos) {
            const std::string ready = held_.substr(0, held_.size() - kept);
            held_.erase(0, ready.size());
            emit(ready);
            return;
        }
        const std::string before = held_.substr(0, at);
        held_.erase(0, at + (close_.empty() ? found.open : found.close).size());
        if (!close_.empty()) emit(before);
        close_ = close_.empty() ? found.close : std::string_view();
        began_ = false;
    }
}

void ThoughtSplitter::finish() {
    emit(held_);
    held_.clear();
}

}  // namespace quire::chat_app
