#include "lib/tokenizer/vocab/added_tokens.h"

#include <algorithm>

#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/layout.h"
#include "lib/unicode/code_point_set.h"
#include "lib/unicode/facts.h"

namespace quire::tokenizer {

namespace {

std::size_t white_space_before(std::string_view text, std::size_t from, std::size_t end) {
    while (end > from) {
        std::size_t begin = end - 1;
        while (begin > from && base::is_continuation(text[begin])) --begin;
        const base::CodePoint c = base::decode_utf8(text.substr(begin, end - begin));
        if (!c.valid || !unicode::is_white_space(c.value)) break;
        end = begin;
    }
    return end;
}

std::size_t white_space_after(std::string_view text, std::size_t begin) {
    while (begin < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(begin));
        if (!c.valid || !unicode::is_white_space(c.value)) break;
        begin += static_cast<std::size_t>(c.length);
    }
    return begin;
}

}  // namespace

AddedTokens::AddedTokens(base::Bytes bytes, std::uint32_t n_pieces, const std::string& where) {
    base::ByteReader reader(bytes, where);
    const auto n_added = reader.read<std::uint32_t>("number of tokens");
    const auto n_text_bytes = reader.read<std::uint32_t>("bytes of text");
    entries_ = {reader, n_added, "tokens"};
    text_ = reader.take_text(n_text_bytes, "text");
    if (reader.remaining() != 0) reader.fail("expected the end of the table");

    constexpr std::uint32_t kAllFlags = kAddedSpecial | kAddedNormalized | kAddedStripLeft |
                                        kAddedStripRight | kAddedSingleWord | kAddedKeeps |
                                        kAddedNotSearched;

    const auto content = [&](const Entry& entry) {
        return text_.substr(entry.offset, entry.length);
    };
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry entry = entries_[i];
        const std::string name = "token " + std::to_string(i);
        if (entry.id >= n_pieces) reader.fail(name + ": id out of range");
        if ((entry.flags & ~kAllFlags) != 0) reader.fail(name + ": unknown flags");
        if (entry.length < 1 || entry.length > kMaxAddedBytes || entry.offset > text_.size() ||
            entry.length > text_.size() - entry.offset) {
            reader.fail(name + ": text out of range");
        }
        const bool normalized = (entry.flags & kAddedNormalized) != 0;
        if (i > 0) {
            const Entry before = entries_[i - 1];
            const bool before_normalized = (before.flags & kAddedNormalized) != 0;
            if (before_normalized > normalized ||
                (before_normalized == normalized && content(before) >= content(entry))) {
                reader.fail(name + ": out of order");
            }
        }
        if (normalized && (entry.flags & kAddedSpecial) != 0) has_special_normalized_ = true;
        Group& group = groups_[normalized];
        if (group.begin == group.end) group.begin = i;
        group.end = i + 1;
        bool& is_first = group.first_bytes[byte_at(i, 0)];
        if (!is_first) ++group.n_first_bytes;
        is_first = true;
        if (entry.length > 1) {
            group.second_bytes[byte_at(i, 1)] = true;
        } else {
            group.second_bytes.fill(true);
        }
    }
}

// The first entry in [begin, end) whose byte `at` is not below `byte`. All these entries are longer
// than `at` and have the same bytes before it.
std::size_t AddedTokens::first_with(std::size_t begin, std::size_t end, std::size_t at,
                                    int byte) const {
    while (begin < end) {
        const std::size_t middle = begin + (end - begin) / 2;
        if (byte_at(middle, at) < byte) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

// The first position from `at` on whose byte can begin a token, or the end of the text.
std::size_t AddedTokens::next_candidate(const Group& group, std::string_view text,
                                        std::size_t at) const {
    if (at >= text.size()) return text.size();
    if (group.n_first_bytes == 1) {
        // Often all tokens begin with '<'.
        return std::min(text.find(text_[entries_[group.begin].offset], at), text.size());
    }
    while (at < text.size() && !group.first_bytes[static_cast<unsigned char>(text[at])]) ++at;
    return at;
}

void AddedTokens::spelled(const Group& group, std::string_view text,
                          std::vector<std::size_t>& found) const {
    std::size_t begin = group.begin;
    std::size_t end = group.end;
    for (std::size_t length = 0; begin < end; ++length) {
        if (entries_[begin].length == length) found.push_back(begin++);
        if (begin == end || length >= text.size()) return;
        const int byte = static_cast<unsigned char>(text[length]);
        begin = first_with(begin, end, length, byte);
        end = first_with(begin, end, length, byte + 1);
    }
}

std::size_t AddedTokens::longest_kept(std::string_view text) const {
    const Group& group = groups_[1];
    if (text.empty() || !group.first_bytes[static_cast<unsigned char>(text[0])]) return 0;
    std::vector<std::size_t> found;
    spelled(group, text, found);
    while (!found.empty() && (entries_[found.back()].flags & kAddedKeeps) == 0) found.pop_back();
    return found.empty() ? 0 : entries_[found.back()].length;
}

bool AddedTokens::stands_alone(std::string_view text, std::size_t begin, std::size_t end) const {
    const auto is_word = [](std::string_view at) {
        return unicode::facts_of(base::decode_utf8(at).value).is(unicode::kWord);
    };
    if (end < text.size() && is_word(text.substr(end))) return false;
    if (begin == 0) return true;
    std::size_t before = begin - 1;
    while (before > 0 && base::is_continuation(text[before])) --before;
    return !is_word(text.substr(before));
}

// Of the tokens that the text spells at `at`, finds the longest one that is allowed there.
AddedTokens::Search::Found AddedTokens::Search::choose(std::size_t at) {
    spelled_.clear();
    tokens_.spelled(group_, text_.substr(at), spelled_);
    while (!spelled_.empty()) {
        const std::size_t entry = spelled_.back();
        spelled_.pop_back();
        const Entry token = tokens_.entries_[entry];
        const std::size_t end = at + token.length;
        if ((token.flags & kAddedNotSearched) != 0) continue;
        const Trust trust = (token.flags & kAddedSpecial) != 0 ? trust_of_(at, end) : Trust::all;
        if (trust == Trust::none) return {entry, token.length};
        if (trust == Trust::some) continue;
        if ((token.flags & kAddedSingleWord) != 0 && !tokens_.stands_alone(text_, at, end)) {
            return {entry, token.length};
        }
        return {entry, 0};
    }
    return {0, 1};
}

bool AddedTokens::Search::find(std::size_t& begin, std::size_t& entry) {
    if (group_.begin == group_.end) return false;
    for (std::size_t at = tokens_.next_candidate(group_, text_, at_); at < text_.size();) {
        std::size_t skip = 1;
        // Most text that begins like a token ("<") differs in the next byte.
        if (at + 1 == text_.size() ||
            group_.second_bytes[static_cast<unsigned char>(text_[at + 1])]) {
            const Found found = choose(at);
            begin = at;
            entry = found.entry;
            if (found.skip == 0) return true;
            skip = found.skip;
        }
        at = tokens_.next_candidate(group_, text_, at + skip);
    }
    return false;
}

bool AddedTokens::Search::next(Match& match) {
    std::size_t begin = 0;
    std::size_t entry = 0;
    while (find(begin, entry)) {
        const Entry token = tokens_.entries_[entry];
        at_ = begin + token.length;
        match = {token.id, begin, at_};
        if ((token.flags & kAddedStripLeft) != 0) {
            match.begin = begin > done_ ? white_space_before(text_, done_, begin) : done_;
        }
        if ((token.flags & kAddedStripRight) != 0) match.end = white_space_after(text_, at_);
        done_ = std::max(match.end, match.begin);
        // A white-space token is no match if the token before it has taken all of it.
        if (match.begin < match.end) return true;
    }
    return false;
}

}  // namespace quire::tokenizer
