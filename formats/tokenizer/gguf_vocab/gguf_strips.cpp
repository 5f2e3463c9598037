#include "formats/tokenizer/gguf_vocab/gguf_strips.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace quire::formats {

namespace {

bool holds_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    });
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

void strip_left_of(tokenizer::TokenizerSpec& source, std::string_view content) {
    for (tokenizer::AddedToken& token : source.added) {
        if (token.content == content) token.strip_left = true;
    }
}

// In tokenizer.json, Phi 3 has it for all control tokens except these.
void strip_right_of_phi3(tokenizer::TokenizerSpec& source) {
    constexpr std::array<std::string_view, 3> kWithout{"<unk>", "<s>", "<|endoftext|>"};
    for (tokenizer::AddedToken& token : source.added) {
        token.strip_right =
            std::find(kWithout.begin(), kWithout.end(), token.content) == kWithout.end();
    }
}

}  // namespace

void set_gguf_strips(tokenizer::TokenizerSpec& source, const gguf::File& file) {
    const std::string_view pre = file.get_string("tokenizer.ggml.pre").value_or("");
    const std::string_view family = file.get_string("general.architecture").value_or("");
    const std::string name = lower(file.get_string("general.name").value_or(""));
    if (holds_any(pre, {"jina-v2-de", "jina-v2-es", "jina-v2-code"}) ||
        holds_any(family, {"nomic-bert-moe", "jina-bert-v3"})) {
        strip_left_of(source, "<mask>");
    } else if (holds_any(name, {"phi-3", "phi3"})) {
        strip_right_of_phi3(source);
    } else if (holds_any(name, {"modern-bert"})) {
        strip_left_of(source, "[MASK]");
    }
}

}  // namespace quire::formats
