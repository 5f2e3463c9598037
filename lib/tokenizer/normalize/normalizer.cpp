#include "lib/tokenizer/normalize/normalizer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/tokenizer/normalize/normalizer_steps.h"
#include "lib/unicode/facts.h"
#include "lib/unicode/normal_form.h"
#include "lib/unicode/normalized_string.h"

namespace quire::tokenizer {

namespace {

using StepKind = NormalizerStep::Kind;

std::optional<unicode::NormalForm> normal_form(StepKind kind) {
    switch (kind) {
        case StepKind::nfc:
            return unicode::NormalForm::nfc;
        case StepKind::nfd:
            return unicode::NormalForm::nfd;
        case StepKind::nfkc:
            return unicode::NormalForm::nfkc;
        case StepKind::nfkd:
            return unicode::NormalForm::nfkd;
        default:
            return std::nullopt;
    }
}

// The steps that put text before or after a section. A section that an earlier step has emptied stays
// empty, except with the kinds `..._always`.
void insert_step(const NormalizerStep& step, unicode::NormalizedString& text, SectionPlace place) {
    switch (step.kind) {
        case StepKind::prepend_if_missing:
            if (step.at_start_only && !place.at_start) return;
            if (text.text().starts_with(step.text)) return;
            [[fallthrough]];
        case StepKind::prepend:
            if (text.text().empty()) return;
            [[fallthrough]];
        case StepKind::prepend_always:
            if (!place.continued) steps::insert(text, 0, step.text);
            return;
        case StepKind::end_once:
            if (text.text().empty()) return;
            steps::strip_end(text, step.text);
            [[fallthrough]];
        default:  // append_always
            return steps::insert(text, text.text().size(), step.text);
    }
}

void drop(unicode::NormalizedString& text, unicode::CodePointFact fact) {
    steps::change_each(text, [fact](char32_t c) -> std::optional<std::string> {
        if (unicode::facts_of(c).is(fact)) return "";
        return std::nullopt;
    });
}

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

bool Normalizer::is_local(const NormalizerStep& step) noexcept {
    switch (step.kind) {
        case StepKind::prepend:
        case StepKind::prepend_if_missing:
        case StepKind::strip_left:
        case StepKind::strip_right:
        case StepKind::replace_pattern:
        case StepKind::whitespace_words:
        case StepKind::squeeze_spaces:
        case StepKind::strip_end:
        case StepKind::charsmap_longest:
        case StepKind::symbols:
        case StepKind::symbols_squeezed:
        case StepKind::end_once:
        case StepKind::prepend_always:
        case StepKind::append_always:
            return false;
        case StepKind::replace:
            return step.text.size() == 1;
        default:
            return true;
    }
}

void Normalizer::run(std::size_t index, unicode::NormalizedString& text, SectionPlace place) const {
    const NormalizerStep& step = steps_[index];
    switch (step.kind) {
        case StepKind::prepend:
        case StepKind::prepend_always:
        case StepKind::prepend_if_missing:
        case StepKind::append_always:
        case StepKind::end_once:
            return insert_step(step, text, place);
        case StepKind::replace:
            return steps::replace(text, step);
        case StepKind::nfc:
        case StepKind::nfd:
        case StepKind::nfkc:
        case StepKind::nfkd:
            if (!unicode::is_normal(*normal_form(step.kind), text.text())) {
                normalize(*normal_form(step.kind), text);
            }
            return;
        case StepKind::lowercase:
            return steps::change_each(text, steps::to_lower);
        case StepKind::strip_marks:
            return drop(text, unicode::kMark);
        case StepKind::strip_nonspacing:
            return drop(text, unicode::kNonspacing);
        case StepKind::strip_left:
            return steps::strip(text, true);
        case StepKind::strip_right:
            return steps::strip(text, false);
        case StepKind::bert_clean:
            return steps::change_each(text, steps::bert_clean);
        case StepKind::bert_cjk:
            return steps::change_each(text, steps::bert_cjk);
        case StepKind::nmt:
            return steps::change_each(text, steps::nmt);
        case StepKind::charsmap:
            return apply_by_graphemes(tables_->charsmap, text);
        case StepKind::charsmap_longest:
            return apply_longest(tables_->charsmap, {}, text);
        case StepKind::symbols:
            return apply_longest(tables_->charsmap, {tables_->longest_symbol, false}, text);
        case StepKind::symbols_squeezed:
            return apply_longest(tables_->charsmap, {tables_->longest_symbol, true}, text);
        case StepKind::replace_pattern: {
            const auto before = std::count_if(
                steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(index),
                [](const NormalizerStep& s) { return s.kind == StepKind::replace_pattern; });
            return steps::replace_pattern(text, tables_->patterns[static_cast<std::size_t>(before)],
                                          step.with);
        }
        case StepKind::whitespace_words:
            return steps::begin_words(text, step.text, place.continued);
        case StepKind::squeeze_spaces:
            return steps::squeeze_spaces(text);
        case StepKind::strip_end:
            return steps::strip_end(text, step.text);
    }
}

Normalizer::Normalizer(std::vector<NormalizerStep> steps, const StepTables* tables)
    : steps_(std::move(steps)), tables_(tables) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const bool local = is_local(steps_[i]);
        if (groups_.empty() || !local || !groups_.back().local) {
            groups_.push_back({.begin = i, .local = local, .only_normal_forms = true});
        }
        groups_.back().end = i + 1;
        if (!normal_form(steps_[i].kind)) groups_.back().only_normal_forms = false;
    }
    for (Group& group : groups_) {
        if (group.local) fill_ascii(group);
    }
}

void Normalizer::fill_ascii(Group& group) const {
    const bool has_clusters =
        std::any_of(steps_.begin() + static_cast<std::ptrdiff_t>(group.begin),
                    steps_.begin() + static_cast<std::ptrdiff_t>(group.end),
                    [](const NormalizerStep& step) { return step.kind == StepKind::charsmap; });
    for (std::size_t c = 0; c < group.ascii.size(); ++c) {
        const char character = static_cast<char>(c);
        // \r\n is the only cluster of several ASCII characters.
        if (has_clusters && (character == '\r' || character == '\n')) continue;
        const std::string bytes = apply_slowly(group.begin, group.end, {&character, 1}, {});
        Replacement& replacement = group.ascii[c];
        if (bytes.size() > replacement.bytes.size()) continue;
        std::memcpy(replacement.bytes.data(), bytes.data(), bytes.size());
        replacement.size = static_cast<unsigned char>(bytes.size());
    }
}

std::string_view Normalizer::apply(std::string_view section, SectionPlace place,
                                   std::string& buffer) const {
    std::string_view text = section;
    std::string next;
    if (section.empty()) return section;
    for (const Group& group : groups_) {
        if (group.only_normal_forms &&
            std::all_of(steps_.begin() + static_cast<std::ptrdiff_t>(group.begin),
                        steps_.begin() + static_cast<std::ptrdiff_t>(group.end),
                        [&](const NormalizerStep& s) {
                            return unicode::is_normal(*normal_form(s.kind), text);
                        })) {
            continue;
        }
        next.clear();
        if (group.local) {
            apply_local(group, text, next);
        } else {
            next = apply_slowly(group.begin, group.end, text, place);
        }
        std::swap(buffer, next);
        text = buffer;
    }
    return text;
}

void Normalizer::apply_local(const Group& group, std::string_view text, std::string& out) const {
    const auto is_simple = [&](std::size_t at) {
        return is_ascii(text[at]) && (at + 1 == text.size() || is_ascii(text[at + 1])) &&
               group.ascii[static_cast<unsigned char>(text[at])].size != 0xFF;
    };
    out.resize(text.size() + text.size() / 8 + 16);
    std::size_t written = 0;
    const auto expect_room = [&](std::size_t n_bytes) {
        if (out.size() - written < n_bytes) out.resize(out.size() + out.size() / 2 + n_bytes);
    };
    std::size_t at = 0;
    while (at < text.size()) {
        for (; at < text.size() && is_simple(at); ++at) {
            const Replacement& replacement = group.ascii[static_cast<unsigned char>(text[at])];
            expect_room(8);
            std::memcpy(out.data() + written, &replacement, sizeof(replacement));
            written += replacement.size;
        }
        const std::size_t begin = at;
        while (at < text.size() && !is_simple(at)) ++at;
        if (begin == at) break;
        const std::string rest =
            apply_slowly(group.begin, group.end, text.substr(begin, at - begin), {});
        expect_room(rest.size());
        std::memcpy(out.data() + written, rest.data(), rest.size());
        written += rest.size();
    }
    out.resize(written);
}

std::string Normalizer::apply_slowly(std::size_t begin, std::size_t end, std::string_view text,
                                     SectionPlace place) const {
    unicode::NormalizedString stepped(text, false);
    for (std::size_t i = begin; i < end; ++i) run(i, stepped, place);
    return stepped.take_text();
}

Normalized Normalizer::apply_traced(std::string_view section, SectionPlace place) const {
    unicode::NormalizedString stepped(section, true);
    if (!section.empty()) {
        for (std::size_t i = 0; i < steps_.size(); ++i) run(i, stepped, place);
    }
    return {stepped.take_text(), stepped.take_origins()};
}

}  // namespace quire::tokenizer
