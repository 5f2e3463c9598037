#include "lib/tokenizer/encode/safe_cuts.h"

#include <algorithm>
#include <cstdint>

#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/layout.h"
#include "lib/unicode/code_point_set.h"

namespace quire::tokenizer {

namespace {

std::size_t pair_of(char first, char second) {
    return std::size_t{static_cast<unsigned char>(first)} << 8 | static_cast<unsigned char>(second);
}

// The character that ends right before `place`; empty if those bytes are not one.
std::string_view character_before(std::string_view text, std::size_t place) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(4, place); ++length) {
        const std::string_view last = text.substr(place - length, length);
        if (base::is_continuation(last[0])) continue;
        return base::is_one_code_point(last) ? last : std::string_view{};
    }
    return {};
}

std::string_view character_after(std::string_view text, std::size_t place) {
    const base::CodePoint c = base::decode_utf8(text.substr(place));
    return c.valid ? text.substr(place, static_cast<std::size_t>(c.length)) : std::string_view{};
}

}  // namespace

void SafeCuts::find_out() const {
    std::call_once(found_out_, [&] {
        pairs_.emplace(tables_);
        if (pairs_->any()) read_added();
    });
}

bool SafeCuts::any() const {
    find_out();
    return pairs_->any();
}

void SafeCuts::read_added() const {
    for (std::size_t i = 0; i < tables_.added.size(); ++i) {
        const std::string_view content = tables_.added.content(i);
        const std::uint32_t flags = tables_.added.flags(i);
        AddedBytes& bytes = added_[(flags & kAddedNormalized) != 0 ? 1 : 0];
        for (std::size_t k = 0; k + 1 < content.size(); ++k) {
            bytes.inside.set(pair_of(content[k], content[k + 1]));
        }
        const auto first = static_cast<unsigned char>(content.front());
        const auto last = static_cast<unsigned char>(content.back());
        bytes.last.set(last);
        if ((flags & kAddedSingleWord) != 0) {
            bytes.word_first.set(first);
            bytes.word_last.set(last);
        }
        if ((flags & kAddedStripLeft) != 0) left_strippers_.set(first);
        if ((flags & kAddedStripRight) != 0) right_strippers_.set(last);
    }
}

// True if an added token could take white space at the place.
bool SafeCuts::is_strippable(std::string_view before, std::string_view after) const {
    if (left_strippers_.none() && right_strippers_.none()) return false;
    const auto last = static_cast<unsigned char>(before.back());
    const auto first = static_cast<unsigned char>(after.front());
    const bool space_before = unicode::is_white_space(base::decode_utf8(before).value);
    const bool space_after = unicode::is_white_space(base::decode_utf8(after).value);
    if (right_strippers_.any()) {
        // White space that a token takes also ends a section.
        if (pairs_->prepends() && space_before) return true;
        if (space_after && (space_before || right_strippers_[last])) return true;
    }
    return left_strippers_.any() && space_before && (space_after || left_strippers_[first]);
}

// True if a token could cross the place between two bytes, or depend on the text beyond it.
bool SafeCuts::touches_token(const AddedBytes& tokens, char last, char first) const {
    const auto before = static_cast<unsigned char>(last);
    const auto after = static_cast<unsigned char>(first);
    return tokens.inside[pair_of(last, first)] || (pairs_->prepends() && tokens.last[before]) ||
           tokens.word_last[before] || tokens.word_first[after];
}

bool SafeCuts::may_cut(std::string_view before, std::string_view after) const {
    if (!pairs_->is_apart(before, after)) return false;
    if (touches_token(added_[0], before.back(), after.front())) return false;
    if (is_strippable(before, after)) return false;
    return tables_.added.empty(true) ||
           !touches_token(added_[1], pairs_->ends_of(before).last, pairs_->ends_of(after).first);
}

std::size_t SafeCuts::last(std::string_view text, std::size_t from, std::size_t to) const {
    if (!any() || text.empty()) return 0;
    std::size_t place = std::min(to, text.size() - 1);
    while (place > 0 && place >= from) {
        place = skip_joined(text, std::max<std::size_t>(from, 1), place);
        const std::string_view before = character_before(text, place);
        const std::string_view after = character_after(text, place);
        if (!before.empty() && !after.empty() && may_cut(before, after)) return place;
        // No character begins inside `before`.
        place -= std::max<std::size_t>(before.size(), 1);
    }
    return 0;
}

// The last place in [from, place] that may be a safe cut, or `from`. Skips places between ASCII
// characters of one word, which make up long words.
std::size_t SafeCuts::skip_joined(std::string_view text, std::size_t from,
                                  std::size_t place) const {
    auto after = static_cast<unsigned char>(text[place]);
    while (place > from && after < 0x80) {
        const auto before = static_cast<unsigned char>(text[place - 1]);
        if (before >= 0x80 || pairs_->is_apart(before, after)) break;
        after = before;
        --place;
    }
    return place;
}

}  // namespace quire::tokenizer
