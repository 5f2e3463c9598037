#include "apps/gen/prompt.h"

#include <ctime>

#include "formats/openai/request.h"
#include "lib/base/error.h"
#include "lib/text/chat/chat_encoder.h"

namespace quire::gen {

namespace {

text::ChatInput one_turn(const std::string& prompt, const std::string& system) {
    text::ChatInput input;
    input.messages = nlohmann::ordered_json::array();
    if (!system.empty()) input.messages.push_back({{"role", "system"}, {"content", system}});
    input.messages.push_back({{"role", "user"}, {"content", prompt}});
    return input;
}

text::ChatInput conversation(const std::string& json, const std::string& file) {
    const auto parsed = formats::openai::parse_conversation(json);
    if (const auto* refusal = std::get_if<formats::openai::Refusal>(&parsed)) {
        throw Error(ErrorCode::input, file,
                    (refusal->param.empty() ? "" : refusal->param + ": ") + refusal->message);
    }
    const auto& request = std::get<formats::openai::Request>(parsed);
    text::ChatInput input;
    input.messages = request.messages;
    input.tools = request.tools;
    input.extra = request.template_variables;
    return input;
}

}  // namespace

EncodedPrompt encode_prompt(const std::string& prompt, const Options& options,
                            const formats::QuireFile& file, const text::Tokenizer& tokenizer) {
    const std::string_view source =
        base::as_text(file.section(formats::quire_file::section::kTemplate));
    if (options.raw || source.empty()) {
        if (!options.system.empty() || !options.messages.empty()) {
            throw Error(ErrorCode::usage, options.system.empty() ? "--messages" : "--system",
                        options.raw ? "cannot go with --raw" : "this model has no chat template");
        }
        text::EncodeOptions encode;
        encode.add_special = true;
        return {prompt, tokenizer.encode(prompt, encode)};
    }
    text::ChatInput input = options.messages.empty() ? one_turn(prompt, options.system)
                                                     : conversation(prompt, options.messages);
    input.add_generation_prompt = true;
    input.time = std::time(nullptr);
    const text::ChatEncoder encoder(source, tokenizer);
    const text::Rendered rendered = encoder.render(std::move(input));
    return {rendered.text, encoder.encode(rendered)};
}

}  // namespace quire::gen
