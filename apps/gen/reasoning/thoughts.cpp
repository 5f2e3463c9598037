#include "apps/gen/reasoning/thoughts.h"

#include <algorithm>

#include "formats/quire/chat_templates.h"
#include "lib/base/error.h"
#include "lib/chat/answers/answer_manner.h"

namespace quire::gen {

namespace {

// Where the prompt left off: whether its last mark begins a thought.
bool is_open(const generate::ThoughtParams& marks, std::span<const std::uint32_t> prompt) {
    for (std::size_t i = prompt.size(); i-- > 0;) {
        if (prompt[i] == marks.end) return false;
        if (prompt[i] == marks.begin) return true;
    }
    return false;
}

}  // namespace

std::optional<generate::ThoughtParams> thoughts_of(const Options& options,
                                                   const formats::QuireFile& file,
                                                   const tokenizer::Tokenizer& tokenizer,
                                                   std::span<const std::uint32_t> prompt) {
    const chat::AnswerManner manner = chat::manner_of(formats::chat_templates(file).standard);
    const auto begin = tokenizer.id_of(manner.begin_thought);
    const auto end = tokenizer.id_of(manner.end_thought);
    const bool usable =
        !options.raw && !options.sampling.compiled && !manner.begin_thought.empty() && begin && end;
    if (!usable) {
        if (!options.reasoning_budget) return std::nullopt;
        throw Error(ErrorCode::usage, "--reasoning-budget",
                    options.raw                 ? "cannot go with --raw"
                    : options.sampling.compiled ? "cannot go with a constraint"
                                                : "this model's template has no thoughts");
    }
    generate::ThoughtParams out{*begin, *end, false, options.reasoning_budget.value_or(SIZE_MAX)};
    constexpr std::size_t kLast = 16;
    out.open = is_open(out, prompt.last(std::min(prompt.size(), kLast)));
    return out;
}

ThoughtStream::ThoughtStream(const generate::ThoughtParams& params,
                             const tokenizer::Tokenizer& tokenizer)
    : params_(params), open_(params.open), thought_(tokenizer), answer_(tokenizer) {}

void ThoughtStream::add_answer(std::string text, Text& out) {
    if (!answered_) text.erase(0, std::min(text.find_first_not_of('\n'), text.size()));
    answered_ = answered_ || !text.empty();
    out.answer += text;
}

ThoughtStream::Text ThoughtStream::push(std::span<const std::uint32_t> tokens) {
    Text out;
    for (const std::uint32_t token : tokens) {
        if (token == params_.begin) {
            open_ = true;
        } else if (token == params_.end) {
            out.thought += thought_.finish();
            open_ = false;
        } else if (open_) {
            out.thought += thought_.push(token);
        } else {
            add_answer(answer_.push(token), out);
        }
    }
    return out;
}

ThoughtStream::Text ThoughtStream::finish() {
    Text out;
    out.thought = thought_.finish();
    add_answer(answer_.finish(), out);
    return out;
}

}  // namespace quire::gen
