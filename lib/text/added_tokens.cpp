#include "lib/text/added_tokens.h"

#include <algorithm>
#include <vector>

#include "lib/base/utf8.h"
#include "lib/text/code_point_set.h"
#include "lib/text/tokenizer_tables.h"

namespace quire::text {

namespace {

std::size_t white_space_before(std::string_view text, std::size_t from, std::size_t end) {
    while (end > from) {
        std::size_t begin = end - 1;
        while (begin > from && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
        const base::CodePoint c = base::decode_utf8(text.substr(begin, end - begin));
        if (!c.valid || !is_white_space(c.value)) break;
        end = begin;
    }
    return end;
}

std::size_t white_space_after(std::string_view text, std::size_t begin) {
    while (begin < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(begin));
        if (!c.valid || !is_white_space(c.value)) break;
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

    constexpr std::uint32_t kAllFlags =
        kAddedSpecial | kAddedNormalized | kAddedStripLeft | kAddedStripRight;
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
            reader.fail(name + ": its text lies outside");
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

// The first entry of [begin, end) whose byte `at` is not below `byte`; all of them are longer than
// `at` and agree before it.
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

// The first place from `at` on with a byte that a token begins with, or the end.
std::size_t AddedTokens::next_candidate(const Group& group, std::string_view text,
                                        std::size_t at) const {
    if (at >= text.size()) return text.size();
    if (group.n_first_bytes == 1) {
        // Mostly it is '<'.
        return std::min(text.find(text_[entries_[group.begin].offset], at), text.size());
    }
    while (at < text.size() && !group.first_bytes[static_cast<unsigned char>(text[at])]) ++at;
    return at;
}

bool AddedTokens::find(Match& match, bool normalized, std::string_view text, std::size_t from,
                       const TrustOf& trust_of) const {
    const Group& group = groups_[normalized];
    if (group.begin == group.end) return false;
    std::vector<std::size_t> spelled;  // entries that the text spells at a place, shortest first
    for (std::size_t at = next_candidate(group, text, from); at < text.size();) {
        // Most of what begins like a token ("<") does not go on like one.
        if (at + 1 < text.size() && !group.second_bytes[static_cast<unsigned char>(text[at + 1])]) {
            at = next_candidate(group, text, at + 1);
            continue;
        }
        spelled.clear();
        std::size_t begin = group.begin;
        std::size_t end = group.end;
        for (std::size_t length = 0; begin < end; ++length) {
            if (entries_[begin].length == length) spelled.push_back(begin++);
            if (begin == end || at + length >= text.size()) break;
            const int byte = static_cast<unsigned char>(text[at + length]);
            begin = first_with(begin, end, length, byte);
            end = first_with(begin, end, length, byte + 1);
        }
        std::size_t skip = 1;
        while (!spelled.empty()) {
            const Entry entry = entries_[spelled.back()];
            spelled.pop_back();
            const std::size_t stop = at + entry.length;
            const Trust trust =
                (entry.flags & kAddedSpecial) != 0 ? trust_of(at, stop) : Trust::all;
            if (trust == Trust::none) {
                skip = entry.length;
                break;
            }
            if (trust == Trust::some) continue;
            match = {entry.id, at, stop};
            if ((entry.flags & kAddedStripLeft) != 0)
                match.begin = white_space_before(text, from, at);
            if ((entry.flags & kAddedStripRight) != 0) match.end = white_space_after(text, stop);
            return true;
        }
        at = next_candidate(group, text, at + skip);
    }
    return false;
}

}  // namespace quire::text
