#include "apps/tok/cut.h"

#include <algorithm>
#include <string>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/encode/encode_options.h"

namespace quire::tok {

Cutter::Cutter(std::string_view text, const tokenizer::Tokenizer& tokenizer,
               tokenizer::EncodeOptions options)
    : text_(text),
      options_(options),
      encoder_(tokenizer),
      spans_(encoder_.encode_spans(text, options)) {}

// The start of the token; after the last token, the end of the text.
std::size_t Cutter::border_of(std::size_t token) const {
    return token < spans_.size() ? spans_[token].begin : text_.size();
}

// Whether a position is not a continuation byte, so that no character is cut there.
bool Cutter::is_border(std::size_t place) const {
    return place >= text_.size() || !base::is_continuation(text_[place]);
}

// A part on its own can have more tokens than within the text (it ends there, and look-ahead finds
// nothing), so it is counted and shortened until it fits.
TextPart Cutter::part_from(std::size_t first, std::size_t n_tokens) {
    const std::size_t begin = border_of(first);
    std::vector<std::uint32_t> ids;
    for (last_ = std::min(spans_.size(), first + n_tokens); last_ > first; --last_) {
        const std::size_t end = border_of(last_);
        if (!is_border(end) || end == begin) continue;
        ids.clear();
        encoder_.encode(text_.substr(begin, end - begin), options_, ids);
        if (ids.size() <= n_tokens) return {begin, end, ids.size()};
    }
    return {begin, begin, 0};
}

std::vector<TextPart> Cutter::parts(std::size_t n_tokens, std::size_t overlap) {
    std::vector<TextPart> parts;
    std::size_t first = 0;
    while (first < spans_.size()) {
        const TextPart part = part_from(first, n_tokens);
        if (part.end == part.begin) {
            throw Error(ErrorCode::input, "--split",
                        "the character at byte " + std::to_string(part.begin) + " has more than " +
                            std::to_string(n_tokens) + " tokens");
        }
        parts.push_back(part);
        if (last_ == spans_.size()) break;
        // Always advances, however much was taken off the end.
        std::size_t next = std::max(first + 1, last_ - std::min(last_, overlap));
        while (next < last_ && (!is_border(border_of(next)) || border_of(next) <= part.begin))
            ++next;
        first = next;
    }
    return parts;
}

}  // namespace quire::tok
