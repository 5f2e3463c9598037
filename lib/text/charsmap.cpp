#include "lib/text/charsmap.h"

#include "lib/base/utf8.h"
#include "lib/text/graphemes.h"

namespace quire::text {

namespace {

constexpr std::size_t kShortCluster = 6;

}  // namespace

Charsmap::Charsmap(base::Bytes bytes, const std::string& where) {
    base::ByteReader reader(bytes, where);
    const auto n_bytes = reader.read<std::uint32_t>("size of the double array");
    if (n_bytes == 0 || n_bytes % 4 != 0) reader.fail("expected a double array of 4-byte units");
    units_ = {reader, n_bytes / 4, "double array"};
    texts_ = reader.take_text(reader.remaining(), "texts");
}

// Calls take(length, offset of the text) for each sequence at the front of `text`, shortest first,
// until it returns false.
template <typename Take>
void Charsmap::walk(std::string_view text, const Take& take) const noexcept {
    const auto base_of = [](std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200) >> 6); };
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

std::string_view Charsmap::text_at(std::uint32_t offset) const noexcept {
    if (offset >= texts_.size()) return {};
    const std::string_view rest = texts_.substr(offset);
    return rest.substr(0, rest.find('\0'));
}

std::optional<Charsmap::Found> Charsmap::shortest(std::string_view text) const noexcept {
    std::optional<Found> found;
    if (units_.size() == 0) return found;
    walk(text, [&](std::size_t length, std::uint32_t offset) {
        found = {length, text_at(offset)};
        return false;
    });
    return found;
}

std::optional<Charsmap::Found> Charsmap::longest(std::string_view text) const noexcept {
    std::optional<Found> found;
    if (units_.size() == 0) return found;
    walk(text, [&](std::size_t length, std::uint32_t offset) {
        found = {length, text_at(offset)};
        return true;
    });
    return found;
}

void apply_by_graphemes(const Charsmap& map, StepText& text) {
    const std::string_view from = text.text();
    StepText::Output out(text);
    for (std::size_t begin = 0; begin < from.size();) {
        const std::size_t end = begin + grapheme_length(from.substr(begin));
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

void apply_longest(const Charsmap& map, StepText& text) {
    const std::string_view from = text.text();
    StepText::Output out(text);
    for (std::size_t at = 0; at < from.size();) {
        const std::string_view rest = from.substr(at);
        auto length = static_cast<std::size_t>(base::decode_utf8(rest).length);
        if (const auto found = map.longest(rest)) {
            out.put(found->text, at);
            length = found->length;
        } else {
            out.copy(at, at + length);
        }
        at += length;
    }
    out.finish();
}

}  // namespace quire::text
