#include "lib/chat/answers/answer_manner.h"

#include <utility>

namespace quire::chat {

namespace {

struct Mark {
    std::string_view text;  // in the template
    CallManner calls;
    std::string_view begin;
    std::string_view end;
    std::string_view quote;
};

// The first that a template has. "｜" and "▁" are as DeepSeek writes them.
constexpr Mark kMarks[] = {
    {"<|channel|>", CallManner::harmony, "<|channel|>", "", ""},
    {"<|tool_call>call:", CallManner::gemma, "<|tool_call>", "<tool_call|>", "<|\"|>"},
    {"<start_function_call>", CallManner::gemma, "<start_function_call>", "<end_function_call>",
     "<escape>"},
    {"<｜tool▁calls▁begin｜>", CallManner::deepseek, "<｜tool▁calls▁begin｜>",
     "<｜tool▁calls▁end｜>", ""},
    {"[ARGS]", CallManner::named, "[TOOL_CALLS]", "", ""},
    {"[TOOL_CALLS]", CallManner::list, "[TOOL_CALLS]", "", ""},
    {"<|tool_call|>", CallManner::list, "<|tool_call|>", "", ""},
    {"<function=", CallManner::xml, "<tool_call>", "</tool_call>", ""},
    {"<tool_call>", CallManner::hermes, "<tool_call>", "</tool_call>", ""},
    {"<|python_tag|>", CallManner::bare, "<|python_tag|>", "", ""},
    {"\"parameters\": ", CallManner::bare, "", "", ""},
};

constexpr std::pair<std::string_view, std::string_view> kThoughts[] = {
    {"[THINK]", "[/THINK]"},
    {"<|channel>thought", "<channel|>"},
    {"<think>", "</think>"},
};

}  // namespace

AnswerManner manner_of(std::string_view source) {
    const auto has = [&](std::string_view text) {
        return source.find(text) != std::string_view::npos;
    };
    AnswerManner out;
    for (const Mark& mark : kMarks) {
        if (!has(mark.text)) continue;
        out.calls = mark.calls;
        out.mark = mark.begin;
        out.after = mark.end;
        out.quote = mark.quote;
        break;
    }
    for (const auto& [begin, end] : kThoughts) {
        if (!has(begin) && !has(end)) continue;
        out.begin_thought = begin;
        out.end_thought = end;
        break;
    }
    if (out.calls == CallManner::harmony) out.begin_thought.clear();
    out.in_blocks = has("```json");
    return out;
}

}  // namespace quire::chat
