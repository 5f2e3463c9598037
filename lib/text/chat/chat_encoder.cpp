#include "lib/text/chat/chat_encoder.h"

#include <string>

namespace quire::text {

namespace {

std::string control_token(const Tokenizer& tokenizer, std::optional<std::uint32_t> id) {
    return id ? std::string(tokenizer.piece(*id)) : std::string();
}

}  // namespace

ChatEncoder::ChatEncoder(std::string_view template_source, const Tokenizer& tokenizer)
    : template_(template_source), tokenizer_(tokenizer) {}

Rendered ChatEncoder::render(ChatInput input) const {
    input.bos_token = control_token(tokenizer_, tokenizer_.bos_id());
    if (!tokenizer_.eos_ids().empty()) {
        input.eos_token = control_token(tokenizer_, tokenizer_.eos_ids().front());
    }
    return template_.render(input);
}

std::vector<std::uint32_t> ChatEncoder::encode(const Rendered& rendered) const {
    std::vector<TrustedRange> trusted;
    for (const auto& range : rendered.template_ranges) trusted.push_back({range.begin, range.end});
    EncodeOptions options;
    options.trusted = trusted;
    return tokenizer_.encode(rendered.text, options);
}

}  // namespace quire::text
