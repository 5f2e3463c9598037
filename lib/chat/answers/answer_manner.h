// How models write calls of tools and thoughts into their answers. Each template teaches its own manner,
// which is recognized by the marks that the template has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::chat {

enum class CallManner : std::uint8_t {
    none,
    hermes,    // <tool_call>{"name": ..., "arguments": ...}</tool_call>; Qwen 2.5 and 3, Granite 4
    xml,       // <tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>
    list,      // a mark, then [{"name": ..., "arguments": ...}, ...]; Mistral Nemo, Granite 3
    named,     // a mark, then NAME[ARGS]{...}; Mistral Small 3.2, Ministral 3
    bare,      // {"name": ..., "parameters": ...} as the whole answer; Llama 3
    deepseek,  // V3, R1: function, name and a block of JSON; V3.1: name and JSON
    harmony,   // gpt-oss: channels
    gemma,     // Gemma 4 and FunctionGemma: call:NAME{key:value}
};

struct AnswerManner {
    CallManner calls = CallManner::none;
    std::string mark;           // what begins calls
    std::string after;          // what ends them; may be empty
    std::string quote;          // of strings, of gemma
    std::string begin_thought;  // empty: no thoughts
    std::string end_thought;
    bool in_blocks = false;  // deepseek: arguments stand in a block of code
};

// Of the template's source.
AnswerManner manner_of(std::string_view source);

struct ToolCall {
    std::string name;
    std::string arguments;  // JSON on one line
};

struct AnswerParts {
    std::string content;
    std::string reasoning;
    bool has_reasoning = false;
    std::vector<ToolCall> calls;
};

// text: an answer with the names of its control tokens, without the one that ended it. thinks: the
// prompt ends within a thought. with_calls: there are tools. Calls that cannot be read stay content.
AnswerParts parts_of(std::string_view text, const AnswerManner& manner, bool thinks,
                     bool with_calls);

}  // namespace quire::chat
