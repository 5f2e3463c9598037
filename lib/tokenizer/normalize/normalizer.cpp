#include "lib/tokenizer/normalize/normalizer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/base/utf8.h"
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

void insert(unicode::NormalizedString& text, std::size_t place, const std::string& what) {
    const std::size_t size = text.text().size();
    unicode::NormalizedString::Output out(text);
    out.copy(0, place);
    out.put(what, place);
    out.copy(place, size);
    out.finish();
}

void replace(unicode::NormalizedString& text, const NormalizerStep& step) {
    const std::string& from = text.text();
    unicode::NormalizedString::Output out(text);
    std::size_t at = 0;
    while (true) {
        const std::size_t found = from.find(step.text, at);
        if (found == std::string::npos) break;
        out.copy(at, found);
        out.put(step.with, found);
        at = found + step.text.size();
    }
    out.copy(at, from.size());
    out.finish();
}

// `change` returns the replacement of a code point, or nothing to leave it unchanged.
template <typename Change>
void change_each(unicode::NormalizedString& text, const Change& change) {
    const std::string& from = text.text();
    unicode::NormalizedString::Output out(text);
    std::size_t copied = 0;
    for (std::size_t at = 0; at < from.size();) {
        const base::CodePoint c = base::decode_utf8(std::string_view(from).substr(at));
        const std::size_t end = at + static_cast<std::size_t>(c.length);
        if (const std::optional<std::string> bytes = change(c.value)) {
            out.copy(copied, at);
            out.put(*bytes, at);
            copied = end;
        }
        at = end;
    }
    out.copy(copied, from.size());
    out.finish();
}

void strip(unicode::NormalizedString& text, bool left) {
    const std::string& from = text.text();
    std::size_t front = 0;  // end of the white space at the front
    std::size_t back = 0;   // end of the last character that is not white space
    for (std::size_t at = 0; at < from.size();) {
        const base::CodePoint c = base::decode_utf8(std::string_view(from).substr(at));
        at += static_cast<std::size_t>(c.length);
        if (!unicode::facts_of(c.value).is(unicode::kSpace)) {
            back = at;
        } else if (back == 0) {
            front = at;
        }
    }
    unicode::NormalizedString::Output out(text);
    if (left) {
        out.copy(front, from.size());
    } else {
        out.copy(0, back);
    }
    out.finish();
}

void replace_pattern(unicode::NormalizedString& text, const SplitTable& pattern,
                     const std::string& with) {
    const std::string_view from = text.text();
    unicode::NormalizedString::Output out(text);
    Splitter matches(pattern, from);  // drops the gaps between matches
    std::size_t copied = 0;
    for (std::string_view match; matches.next(match);) {
        const auto begin = static_cast<std::size_t>(match.data() - from.data());
        out.copy(copied, begin);
        out.put(with, begin);
        copied = begin + match.size();
    }
    out.copy(copied, from.size());
    out.finish();
}

// continued: the text may begin inside a word.
void begin_words(unicode::NormalizedString& text, const std::string& prefix, bool continued) {
    const std::string_view from = text.text();
    unicode::NormalizedString::Output out(text);
    bool in_word = continued;
    std::size_t copied = 0;
    for (std::size_t at = 0; at < from.size();) {
        const base::CodePoint c = base::decode_utf8(from.substr(at));
        const std::size_t end = at + static_cast<std::size_t>(c.length);
        if (unicode::facts_of(c.value).is(unicode::kSpace)) {
            out.copy(copied, at);
            copied = end;
            in_word = false;
        } else if (!in_word) {
            if (!from.substr(at).starts_with(prefix)) out.put(prefix, at);
            in_word = true;
        }
        at = end;
    }
    out.copy(copied, from.size());
    out.finish();
}

void squeeze_spaces(unicode::NormalizedString& text) {
    const std::string_view from = text.text();
    const std::size_t first = from.find_first_not_of(' ');
    const std::size_t last = from.find_last_not_of(' ');
    unicode::NormalizedString::Output out(text);
    for (std::size_t at = first; first != std::string_view::npos && at <= last; ++at) {
        if (from[at] != ' ' || from[at - 1] != ' ') out.copy(at, at + 1);
    }
    out.finish();
}

void strip_end(unicode::NormalizedString& text, const std::string& what) {
    std::string_view from = text.text();
    while (from.ends_with(what)) from.remove_suffix(what.size());
    unicode::NormalizedString::Output out(text);
    out.copy(0, from.size());
    out.finish();
}

std::optional<std::string> to_lower(char32_t c) {
    if (!unicode::facts_of(c).is(unicode::kLowers)) return std::nullopt;
    std::string bytes;
    for (const char32_t lower : unicode::lower_case(c)) base::append_utf8(bytes, lower);
    return bytes;
}

// source: huggingface/tokenizers, normalizers/unicode.rs, do_nmt()
std::optional<std::string> nmt(char32_t c) {
    if ((c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
        c == 0x8F || c == 0x9F) {
        return "";
    }
    if (c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
        (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
        c == 0xFFFD) {
        return " ";
    }
    return std::nullopt;
}

std::optional<std::string> bert_clean(char32_t c) {
    const unicode::CodePointFacts facts = unicode::facts_of(c);
    if (facts.is(unicode::kDropped)) return "";
    if (facts.is(unicode::kBlank)) return " ";
    return std::nullopt;
}

std::optional<std::string> bert_cjk(char32_t c) {
    if (!unicode::facts_of(c).is(unicode::kCjk)) return std::nullopt;
    std::string bytes = " ";
    base::append_utf8(bytes, c);
    return bytes + " ";
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
    const auto drop = [&](unicode::CodePointFact fact) {
        change_each(text, [fact](char32_t c) -> std::optional<std::string> {
            if (unicode::facts_of(c).is(fact)) return "";
            return std::nullopt;
        });
    };
    switch (step.kind) {
        case StepKind::prepend:
            // A section that an earlier step has emptied stays empty.
            if (!text.text().empty() && !place.continued) insert(text, 0, step.text);
            return;
        case StepKind::prepend_always:
            if (!place.continued) insert(text, 0, step.text);
            return;
        case StepKind::prepend_if_missing:
            if ((place.at_start || !step.at_start_only) && !place.continued &&
                !text.text().empty() && !text.text().starts_with(step.text)) {
                insert(text, 0, step.text);
            }
            return;
        case StepKind::replace:
            return replace(text, step);
        case StepKind::nfc:
        case StepKind::nfd:
        case StepKind::nfkc:
        case StepKind::nfkd:
            if (!unicode::is_normal(*normal_form(step.kind), text.text())) {
                normalize(*normal_form(step.kind), text);
            }
            return;
        case StepKind::lowercase:
            return change_each(text, to_lower);
        case StepKind::strip_marks:
            return drop(unicode::kMark);
        case StepKind::strip_nonspacing:
            return drop(unicode::kNonspacing);
        case StepKind::strip_left:
            return strip(text, true);
        case StepKind::strip_right:
            return strip(text, false);
        case StepKind::bert_clean:
            return change_each(text, bert_clean);
        case StepKind::bert_cjk:
            return change_each(text, bert_cjk);
        case StepKind::nmt:
            return change_each(text, nmt);
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
            return replace_pattern(text, tables_->patterns[static_cast<std::size_t>(before)],
                                   step.with);
        }
        case StepKind::whitespace_words:
            return begin_words(text, step.text, place.continued);
        case StepKind::squeeze_spaces:
            return squeeze_spaces(text);
        case StepKind::strip_end:
            return strip_end(text, step.text);
        case StepKind::end_once:
            if (text.text().empty()) return;
            strip_end(text, step.text);
            return insert(text, text.text().size(), step.text);
        case StepKind::append_always:
            return insert(text, text.text().size(), step.text);
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
