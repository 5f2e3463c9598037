#include "apps/tok/models/plain_tokenizers.h"

#include <algorithm>
#include <array>

#include "lib/unicode/facts.h"

namespace quire::tok {

namespace {

constexpr std::array<std::string_view, 3> kNames{"words", "characters", "bytes"};

tokenizer::TokenizerSpec spec_of_pattern(const std::string& pattern) {
    tokenizer::TokenizerSpec spec;
    spec.kind = tokenizer::TokenizerKind::word_level;
    spec.pieces = {{"\xEF\xBF\xBD", tokenizer::PieceKind::unused}};
    spec.unk_id = 0;
    tokenizer::SplitStep split(pattern);
    split.drop_gaps = true;
    spec.pre_tokenizer = {split};
    return spec;
}

}  // namespace

std::optional<Plain> plain_named(std::string_view name) noexcept {
    const auto found = std::ranges::find(kNames, name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<Plain>(found - kNames.begin());
}

tokenizer::TokenizerSpec plain_spec(Plain kind) {
    if (kind == Plain::words) {
        const std::string& letters = unicode::class_ranges(unicode::kWord);
        return spec_of_pattern("[" + letters + "]+|[^\\s" + letters + "]+");
    }
    if (kind == Plain::characters) return spec_of_pattern("[\\s\\S]");
    tokenizer::TokenizerSpec spec;
    for (int byte = 0; byte < 256; ++byte) {
        spec.pieces.push_back({std::string(1, static_cast<char>(byte))});
    }
    return spec;
}

}  // namespace quire::tok
