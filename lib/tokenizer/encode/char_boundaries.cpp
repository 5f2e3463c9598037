#include "lib/tokenizer/encode/char_boundaries.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "lib/base/utf8.h"

namespace quire::tokenizer {

namespace {

std::string_view last_character(std::string_view text) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && base::is_continuation(text[begin])) --begin;
    return text.substr(begin);
}

}  // namespace

CharBoundaries::CharBoundaries(const OpenTables& tables)
    : tables_(tables), apart_(tables.pre_tokenizer) {
    const auto keep = [&](const std::vector<NormalizerStep>& steps,
                          std::vector<NormalizerStep>& kept) {
        for (const NormalizerStep& step : steps) {
            if (step.kind == NormalizerStep::Kind::replace) {
                if (!base::is_one_code_point(step.text) || step.with.empty()) return false;
                replaced_.push_back(step.text);
                kept.push_back(step);
            } else if (Normalizer::is_local(step)) {
                ascii_only_ = true;
                kept.push_back(step);
            } else if (step.kind == NormalizerStep::Kind::prepend ||
                       (step.kind == NormalizerStep::Kind::prepend_if_missing &&
                        base::is_one_code_point(step.text))) {
                prepends_ = true;
            } else {
                return false;
            }
        }
        return true;
    };
    const TokenizerConfig& settings = tables.settings;
    std::vector<NormalizerStep> normalizer;
    std::vector<NormalizerStep> pre_normalizer;
    // With fused unknown words, those on both sides of a cut would have to become one token.
    const bool fuses_words = settings.kind == TokenizerKind::word_level && settings.fuse_unk;
    usable_ = keep(settings.normalizer, normalizer) &&
              keep(settings.pre_normalizer, pre_normalizer) && !fuses_words;
    if (!any()) return;
    if (replaced_.size() == 1 && replaced_[0] == " " && !ascii_only_) {
        for (const auto* steps : {&settings.normalizer, &settings.pre_normalizer}) {
            for (const NormalizerStep& step : *steps) {
                if (step.kind == NormalizerStep::Kind::replace) only_space_ = step.with;
            }
        }
    }
    normalizer_ = Normalizer(std::move(normalizer), &tables.step_tables);
    pre_normalizer_ = Normalizer(std::move(pre_normalizer));
    for (std::size_t c = 0; c < ascii_.size(); ++c) {
        const char character = static_cast<char>(c);
        ascii_[c] = compute_ends({&character, 1});
    }
    for (std::size_t pair = 0; pair < ascii_apart_.size(); ++pair) {
        const Ends& a = ascii_[pair >> 7];
        const Ends& b = ascii_[pair & 127];
        // \r\n is the only cluster of several ASCII characters; keep it together.
        const bool is_cluster = ascii_only_ && pair == ('\r' << 7 | '\n');
        ascii_apart_[pair] =
            a.known && b.known && !is_cluster && apart_.is_apart(a.last_class, b.first_class);
    }
}

CharBoundaries::Ends CharBoundaries::compute_ends(std::string_view character) const {
    std::string normalized;
    std::string pre_normalized;
    const std::string_view a = normalizer_.apply(character, {}, normalized);
    if (a.empty()) return {};
    const std::string_view b = pre_normalizer_.apply(a, {}, pre_normalized);
    if (b.empty()) return {};
    return {
        .known = true,
        .first = a.front(),
        .last = a.back(),
        .first_class = tables_.pre_tokenizer.class_of(base::decode_utf8(b).value),
        .last_class = tables_.pre_tokenizer.class_of(base::decode_utf8(last_character(b)).value)};
}

CharBoundaries::Ends CharBoundaries::ends_of(std::string_view character) const {
    const auto byte = static_cast<unsigned char>(character.front());
    if (byte < 0x80) return ascii_[byte];
    if (ascii_only_) return {};
    if (std::find(replaced_.begin(), replaced_.end(), character) != replaced_.end()) {
        return compute_ends(character);
    }
    const std::uint32_t c = tables_.pre_tokenizer.class_of(base::decode_utf8(character).value);
    return {.known = true,
            .first = character.front(),
            .last = character.back(),
            .first_class = c,
            .last_class = c};
}

bool CharBoundaries::is_apart(std::string_view before, std::string_view after) const {
    const auto last = static_cast<unsigned char>(before.back());
    const auto first = static_cast<unsigned char>(after.front());
    if (last < 0x80 && first < 0x80) return is_apart(last, first);
    const Ends a = ends_of(before);
    if (!a.known) return false;
    const Ends b = ends_of(after);
    return b.known && apart_.is_apart(a.last_class, b.first_class);
}

bool CharBoundaries::others_are_alike(char32_t except, Ends& ends) const {
    const bool changes_others = std::any_of(replaced_.begin(), replaced_.end(), [](auto text) {
        return static_cast<unsigned char>(text.front()) >= 0x80;
    });
    const std::optional<std::uint32_t> c = tables_.pre_tokenizer.class_of_others(except);
    if (ascii_only_ || changes_others || !c) return false;
    ends = {.known = true, .first = 0, .last = 0, .first_class = *c, .last_class = *c};
    return true;
}

}  // namespace quire::tokenizer
