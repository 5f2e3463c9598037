// The effect of single normalizer steps on a text (NormalizerStep in tokenizer_spec.h). normalizer.h
// applies lists of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "lib/base/utf8.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"
#include "lib/unicode/normalized_string.h"

namespace quire::tokenizer::steps {

void insert(unicode::NormalizedString& text, std::size_t place, const std::string& what);
void replace(unicode::NormalizedString& text, const NormalizerStep& step);
void replace_pattern(unicode::NormalizedString& text, const SplitTable& pattern,
                     const std::string& with);

// Removes white space at the front (left) or at the end.
void strip(unicode::NormalizedString& text, bool left);
void strip_end(unicode::NormalizedString& text, const std::string& what);
void squeeze_spaces(unicode::NormalizedString& text);

// whitespace_words. continued: the text may begin inside a word.
void begin_words(unicode::NormalizedString& text, const std::string& prefix, bool continued);

// Steps that look at one code point: the text that replaces it, or nothing to leave it unchanged.
std::optional<std::string> to_lower(char32_t c);
std::optional<std::string> nmt(char32_t c);
std::optional<std::string> bert_clean(char32_t c);
std::optional<std::string> bert_cjk(char32_t c);

// Applies such a step to every code point.
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

}  // namespace quire::tokenizer::steps
