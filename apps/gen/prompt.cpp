#include "apps/gen/prompt.h"

#include <ctime>

#include "formats/openai/conversation.h"
#include "formats/quire/chat_templates.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::gen {

namespace {

namespace openai = formats::openai;

// Where the prompt came from, for messages.
std::string source_of(const Options& options) {
    if (!options.messages.empty()) return options.messages;
    return options.prompt_file.empty() ? "prompt" : options.prompt_file;
}

openai::Request request_of(const std::string& prompt, const Options& options) {
    if (!options.messages.empty()) return openai::read_conversation(prompt);
    if (prompt.empty()) {
        throw Error(ErrorCode::input, source_of(options), "expected text, found none");
    }
    if (!base::is_utf8(prompt) || !base::is_utf8(options.system)) {
        throw Error(ErrorCode::input, source_of(options),
                    "expected UTF-8, found other bytes (--raw takes any)");
    }
    return openai::request_of_turn(prompt, options.system);
}

}  // namespace

EncodedPrompt encode_prompt(const std::string& prompt, const Options& options,
                            const formats::QuireFile& file, const tokenizer::Tokenizer& tokenizer) {
    const chat::ChatTemplates templates = formats::chat_templates(file);
    if (options.raw || templates.empty()) {
        if (!options.system.empty() || !options.messages.empty()) {
            throw Error(ErrorCode::usage, options.system.empty() ? "--messages" : "--system",
                        options.raw ? "cannot go with --raw" : "this model has no chat template");
        }
        tokenizer::EncodeOptions encode;
        encode.add_special = true;
        return {prompt, tokenizer::encode(tokenizer, prompt, encode)};
    }
    const chat::ChatEncoder encoder(templates, tokenizer);
    const chat::Rendered rendered = openai::or_error(source_of(options), [&] {
        return openai::render_conversation(request_of(prompt, options), encoder,
                                           std::time(nullptr));
    });
    return {rendered.text, encoder.encode(rendered)};
}

}  // namespace quire::gen
