#include "lib/tokenizer/normalize/charsmap.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/unicode/graphemes.h"

namespace quire::tokenizer {

namespace {

constexpr std::size_t kShortCluster = 6;

std::size_t base_of(std::uint32_t unit) noexcept {
    return std::size_t{unit >> 10} << ((unit & 0x200) >> 6);
}

}  // namespace

Charsmap::Charsmap(base::Bytes bytes, std::string where, std::uint32_t max_growth)
    : where_(std::move(where)), max_growth_(max_growth) {
    base::ByteReader reader(bytes, where_);
    const auto n_bytes = reader.read<std::uint32_t>("size of the double array");
    if (n_bytes == 0 || n_bytes % 4 != 0) reader.fail("expected a double array of 4-byte units");
    units_ = {reader, n_bytes / 4, "double array"};
    texts_ = reader.take_text(reader.remaining(), "texts");
}

// Calls take(length, offset of the replacement) for each sequence at the front of `text`, shortest
// first, until it returns false.
template <typename Take>
void Charsmap::walk(std::string_view text, const Take& take) const {
    std::size_t at = base_of(units_[0]);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == 0) return;
        at ^= byte;
        if (at >= units_.size()) return;
        const std::uint32_t unit = units_[at];
        if ((unit & 0x800000FF) != byte) return;
        at ^= base_of(unit);
        const bool has_value = (unit & 0x100) != 0;
        if (at >= units_.size()) return;
        if (has_value && !take(i + 1, units_[at] & 0x7FFFFFFF)) return;
    }
}

// The text at `offset`, the replacement of a sequence of `length` bytes.
std::string_view Charsmap::text_at(std::uint32_t offset, std::size_t length) const {
    if (offset >= texts_.size()) return {};
    const std::size_t max_size = std::min(length * max_growth_, kMaxText);
    const std::string_view rest = texts_.substr(offset, max_size + 1);
    const std::size_t size = std::min(rest.find('\0'), rest.size());
    if (size > max_size) {
        throw Error(ErrorCode::model, where_,
                    "expected texts of at most " + std::to_string(kMaxText) + " bytes and " +
                        std::to_string(max_growth_) + " times the length of their sequences");
    }
    return rest.substr(0, size);
}

// Visits the sequences in order of length, so that each unit is visited once, for the shortest
// sequence that leads to it.
std::uint32_t Charsmap::growth() const {
    std::size_t growth = 1;
    if (units_.size() == 0) return 1;
    std::vector<bool> met(units_.size() + 256);
    std::vector<std::size_t> level{base_of(units_[0])};
    std::vector<std::size_t> next;
    for (std::size_t length = 1; !level.empty(); ++length) {
        next.clear();
        for (const std::size_t from : level) {
            for (std::size_t byte = 1; byte < 256; ++byte) {
                const std::size_t at = from ^ byte;
                if (at >= units_.size() || (units_[at] & 0x800000FF) != byte) continue;
                const std::size_t to = at ^ base_of(units_[at]);
                if (to >= units_.size() || met[to]) continue;
                met[to] = true;
                next.push_back(to);
                if ((units_[at] & 0x100) == 0) continue;
                const std::size_t size = text_at(units_[to] & 0x7FFFFFFF, length).size();
                growth = std::max(growth, (size + length - 1) / length);
            }
        }
        std::swap(level, next);
    }
    return static_cast<std::uint32_t>(growth);
}

std::optional<Charsmap::Found> Charsmap::shortest(std::string_view text) const {
    std::optional<Found> found;
    if (units_.size() == 0) return found;
    walk(text, [&](std::size_t length, std::uint32_t offset) {
        found = {length, text_at(offset, length)};
        return false;
    });
    return found;
}

std::optional<Charsmap::Found> Charsmap::longest(std::string_view text) const {
    std::size_t best = 0;
    std::uint32_t best_offset = 0;
    if (units_.size() == 0) return std::nullopt;
    walk(text, [&](std::size_t length, std::uint32_t offset) {
        best = length;
        best_offset = offset;
        return true;
    });
    if (best == 0) return std::nullopt;
    return Found{best, text_at(best_offset, best)};
}

void apply_by_graphemes(const Charsmap& map, unicode::NormalizedString& text) {
    const std::string_view from = text.text();
    unicode::NormalizedString::Output out(text);
    for (std::size_t begin = 0; begin < from.size();) {
        const std::size_t end = begin + unicode::grapheme_length(from.substr(begin));
        if (end - begin < kShortCluster) {
            if (const auto found = map.shortest(from.substr(begin, end - begin))) {
                out.put(found->text, begin);
                begin = end;
                continue;
            }
        }
        for (std::size_t at = begin; at < end;) {
            const auto length = static_cast<std::size_t>(base::decode_utf8(from.substr(at)).length);
            if (const auto found = map.shortest(from.substr(at, length))) {
                out.put(found->text, at);
            } else {
                out.copy(at, at + length);
            }
            at += length;
        }
        begin = end;
    }
    out.finish();
}

void apply_longest(const Charsmap& map, const KeptSymbols& symbols,
                   unicode::NormalizedString& text) {
    const std::string_view from = text.text();
    unicode::NormalizedString::Output out(text);
    bool behind_space = symbols.squeezes;
    bool only_spaces = true;
    bool empty = true;
    for (std::size_t at = 0; at < from.size();) {
        const std::string_view rest = from.substr(at);
        std::size_t length = symbols.longest ? symbols.longest(rest) : 0;
        std::string_view made = rest.substr(0, length);
        if (length == 0) {
            length = static_cast<std::size_t>(base::decode_utf8(rest).length);
            made = rest.substr(0, length);
            if (const auto found = map.longest(rest)) {
                length = found->length;
                made = found->text;
            }
        }
        only_spaces = only_spaces && made == " ";
        while (behind_space && made.starts_with(' ')) made.remove_prefix(1);
        out.put(made, at);
        empty = empty && made.empty();
        if (symbols.squeezes && !made.empty()) behind_space = made.ends_with(' ');
        at += length;
    }
    // For SentencePiece only a text of single spaces is empty; any other has its dummy space.
    if (symbols.squeezes && empty && !only_spaces) out.put(" ", from.size());
    out.finish();
}

}  // namespace quire::tokenizer
