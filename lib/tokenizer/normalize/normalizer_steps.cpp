#include "lib/tokenizer/normalize/normalizer_steps.h"

#include <string_view>

#include "lib/unicode/facts.h"

namespace quire::tokenizer::steps {

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

}  // namespace quire::tokenizer::steps
