#include "lib/chat/chat_template.h"

#include <algorithm>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/chat/jinja/evaluate/evaluator.h"
#include "lib/chat/jinja/evaluate/loop.h"
#include "lib/chat/jinja/parse/parser.h"
#include "lib/chat/jinja/values/from_json.h"

namespace quire::jinja {

struct Template {
    Program program;
};

namespace {

Error error_of(const Failure& failure) {
    std::string where = "chat template";
    if (failure.line > 0) where += " line " + std::to_string(failure.line);
    // The message may quote the template or the conversation, which are untrusted: bound and escape
    // it.
    constexpr std::size_t kMaxCharacters = 300;
    return Error(failure.code, where, base::printable(failure.what(), kMaxCharacters));
}

void define_token(Evaluator& evaluator, std::string_view name, const std::string& token) {
    if (!base::is_utf8(token)) {
        throw Failure(ErrorCode::model, std::string(name) + " is not UTF-8");
    }
    evaluator.define(name, Value::literal(token));
}

void define_extra(Evaluator& evaluator, Context& context, const nlohmann::ordered_json& extra) {
    if (extra.is_null()) return;
    if (!extra.is_object()) throw Failure(ErrorCode::input, "extra variables: expected an object");
    for (const auto& [name, value] : extra.items()) {
        if (name == "messages" || name == "tools" || name == "add_generation_prompt") {
            throw Failure(ErrorCode::input, "extra variables: '" + name + "' is given twice");
        }
        evaluator.define(name, from_json(context, value, name));
    }
}

chat::Rendered render(const Program& program, const chat::ChatInput& input) {
    Budget budget;
    Arena arena;
    Context context{budget, arena};
    Evaluator evaluator(context, program, input.time.value_or(0));
    if (!input.time) {
        evaluator.define("strftime_now", Value::undefined("'strftime_now': no time was given"));
    }
    define_token(evaluator, "bos_token", input.bos_token);
    define_token(evaluator, "eos_token", input.eos_token);
    define_token(evaluator, "pad_token", input.pad_token);
    define_token(evaluator, "unk_token", input.unk_token);
    // Always defined by transformers.
    evaluator.define("documents", Value());
    define_extra(evaluator, context, input.extra);
    evaluator.define("messages", messages_from_json(context, input.messages));
    if (!input.tools.is_null() && !input.tools.is_array()) {
        throw Failure(ErrorCode::input, "tools: expected a list");
    }
    evaluator.define("tools", from_json(context, input.tools, "tools"));
    evaluator.define("add_generation_prompt", Value(input.add_generation_prompt));
    const Text text = evaluator.run();
    chat::Rendered rendered;
    rendered.text = std::string(text.bytes());
    for (const Range& range : text.template_ranges()) {
        rendered.template_ranges.push_back({range.begin, range.end});
    }
    return rendered;
}

}  // namespace
}  // namespace quire::jinja

namespace quire::chat {

ChatTemplate::ChatTemplate(std::string_view source) {
    try {
        template_ = std::make_unique<const jinja::Template>(jinja::Template{jinja::parse(source)});
    } catch (const jinja::Failure& failure) {
        throw jinja::error_of(failure);
    }
}

ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

Rendered ChatTemplate::render(const ChatInput& input) const {
    try {
        return jinja::render(template_->program, input);
    } catch (const jinja::Failure& failure) {
        throw jinja::error_of(failure);
    }
}

bool ChatTemplate::uses(std::string_view variable) const {
    const std::vector<std::string>& names = template_->program.names;
    return std::find(names.begin(), names.end(), variable) != names.end();
}

bool ChatTemplate::names(std::string_view word) const {
    return template_->program.words.contains(word);
}

}  // namespace quire::chat
