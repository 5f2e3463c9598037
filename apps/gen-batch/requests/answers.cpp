#include "apps/gen-batch/requests/answers.h"

#include <algorithm>
#include <utility>

#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen_batch {

namespace openai = formats::openai;
using chat::CallManner;

namespace {

std::string without_spaces_behind(std::string text) {
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

}  // namespace

ChatAnswers::ChatAnswers(const chat::ChatTemplates& templates,
                         const tokenizer::Tokenizer& tokenizer)
    : tokenizer_(tokenizer),
      standard_(chat::manner_of(templates.standard)),
      with_tools_(templates.tool_use.empty() ? standard_ : chat::manner_of(templates.tool_use)) {}

const chat::AnswerManner& ChatAnswers::manner(const openai::Request& request) const {
    return request.tools.is_null() ? standard_ : with_tools_;
}

// The text with the names of control tokens.
std::string ChatAnswers::named_text(std::span<const std::uint32_t> tokens) const {
    tokenizer::DecodeStream decoder(tokenizer_);
    std::string out;
    for (const std::uint32_t token : tokens) {
        if (token >= tokenizer_.n_vocab()) continue;
        if (tokenizer_.is_control(token)) {
            out += tokenizer::token_text_or_name(tokenizer_, token);
        } else {
            out += decoder.push(token);
        }
    }
    return out + decoder.finish();
}

bool ChatAnswers::thinks(const chat::AnswerManner& manner,
                         std::span<const std::uint32_t> prompt) const {
    if (manner.begin_thought.empty()) return false;
    constexpr std::size_t kLast = 16;
    const std::string end = named_text(prompt.last(std::min(prompt.size(), kLast)));
    return without_spaces_behind(end).ends_with(manner.begin_thought);
}

// A mark as constraints spell it: the token's name, or text.
std::string ChatAnswers::mark(const std::string& name) const {
    const auto id = tokenizer_.id_of(name);
    if (id && tokenizer_.is_control(*id)) return constraints::Vocabulary::kControl + name;
    return name;
}

// Nothing for manners whose arguments are not JSON.
std::optional<constraints::CallForm> ChatAnswers::form_of(const chat::AnswerManner& manner) const {
    constraints::CallForm out;
    switch (manner.calls) {
        case CallManner::hermes:
            out.before = mark(manner.mark) + "\n{\"name\": \"";
            out.between = "\", \"arguments\": ";
            out.after = "}\n" + mark(manner.after);
            out.separator = "\n";
            out.several = true;
            return out;
        case CallManner::list:
            out.begin = mark(manner.mark) + "[";
            out.before = "{\"name\": \"";
            out.between = "\", \"arguments\": ";
            out.after = "}";
            out.separator = ", ";
            out.end = "]";
            out.several = true;
            return out;
        case CallManner::named:
            out.before = mark(manner.mark);
            out.between = mark("[ARGS]");
            out.several = true;
            return out;
        case CallManner::bare:
            out.before = "{\"name\": \"";
            out.between = "\", \"parameters\": ";
            out.after = "}";
            return out;
        case CallManner::deepseek:
            out.begin = mark(manner.mark);
            out.before = mark("<｜tool▁call▁begin｜>");
            if (manner.in_blocks) out.before += "function" + mark("<｜tool▁sep｜>");
            out.between = manner.in_blocks ? "\n```json\n" : mark("<｜tool▁sep｜>");
            out.after = (manner.in_blocks ? "\n```" : "") + mark("<｜tool▁call▁end｜>");
            out.separator = manner.in_blocks ? "\n" : "";
            out.end = mark(manner.after);
            out.several = true;
            return out;
        case CallManner::harmony:
            out.before = mark("<|channel|>") + "commentary to=functions.";
            out.between = " " + mark("<|constrain|>") + "json" + mark("<|message|>");
            return out;
        case CallManner::none:
        case CallManner::xml:
        case CallManner::gemma:
            break;
    }
    return std::nullopt;
}

std::shared_ptr<constraints::Constraint> ChatAnswers::calls_for(
    const openai::Request& request, std::span<const std::uint32_t> prompt) const {
    if (!request.must_call) return nullptr;
    const chat::AnswerManner& used = manner(request);
    auto form = form_of(used);
    if (!form) {
        throw openai::Refusal{400, "unsupported_parameter", "tool_choice",
                              "the model's template does not show how calls with JSON are written"};
    }
    form->several = form->several && request.may_call_several;
    std::vector<constraints::Tool> tools;
    for (const openai::Json& tool : request.tools) {
        const openai::Json& function = tool["function"];
        const auto name = function["name"].get<std::string>();
        if (!request.tool.empty() && name != request.tool) continue;
        const auto parameters = function.find("parameters");
        tools.push_back({name, parameters == function.end() || parameters->is_null()
                                   ? "{\"type\":\"object\"}"
                                   : parameters->dump()});
    }
    const std::string thought = thinks(used, prompt) ? mark(used.end_thought) + "\n\n" : "";
    try {
        return constraints::of_calls(tools, *form, thought);
    } catch (const std::runtime_error& fault) {
        throw openai::Refusal{400, "invalid_value", "tools", fault.what()};
    }
}

void ChatAnswers::divide(const openai::Request& request, std::span<const std::uint32_t> prompt,
                         const generate::Result& result, openai::Choice& choice) const {
    const chat::AnswerManner& used = manner(request);
    const bool with_calls = !request.tools.is_null() && used.calls != CallManner::none;
    const bool splits = request.splits_reasoning;
    if (!with_calls &&
        (!splits || (used.begin_thought.empty() && used.calls != CallManner::harmony))) {
        return;
    }
    std::span<const std::uint32_t> tokens = result.tokens;
    const auto& ends = tokenizer_.eos_ids();
    if (!tokens.empty() && std::ranges::find(ends, tokens.back()) != ends.end()) {
        tokens = tokens.first(tokens.size() - 1);
    }
    const std::string text = named_text(tokens);
    if (!request.sampling.stop.empty() && text.find(result.text) != 0) return;
    chat::AnswerManner wanted = used;
    if (!splits) wanted.begin_thought.clear();
    const chat::AnswerParts parts =
        chat::parts_of(text, wanted, splits && thinks(used, prompt), with_calls);
    if (parts.calls.empty() && !parts.has_reasoning && used.calls != CallManner::harmony) return;
    choice.text = parts.content;
    if (parts.has_reasoning && splits) choice.reasoning = parts.reasoning;
    choice.calls = parts.calls;
}

}  // namespace quire::gen_batch
