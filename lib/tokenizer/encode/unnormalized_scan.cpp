#include "lib/tokenizer/encode/unnormalized_scan.h"

#include <algorithm>
#include <cstring>

#include "lib/base/utf8.h"

namespace quire::tokenizer {

bool UnnormalizedScan::begins_word(const CharBoundaries& cuts, std::string_view before,
                                   std::string_view after) {
    if (!cuts.is_all() && before == " " && after != " ") return false;
    return cuts.is_apart(before, after);
}

UnnormalizedScan::UnnormalizedScan(const CharBoundaries& cuts, std::string_view space) {
    if (!cuts.any()) return;
    begins_.resize(1 << 16);
    std::array<char, 128> bytes;
    for (std::size_t c = 0; c < bytes.size(); ++c) bytes[c] = static_cast<char>(c);
    // starts() reads a fixed number of bytes after a window, enough for one character.
    const char32_t mark = base::is_one_code_point(space) ? base::decode_utf8(space).value : 0;
    std::string other;  // a character that stands for all others; empty if they are not alike
    CharBoundaries::Ends ends;
    if (cuts.others_are_alike(mark, ends)) base::append_utf8(other, 0x10FFFF);
    if (!other.empty() && mark >= 0x80) space_ = space;
    is_all_ = cuts.is_all() && !other.empty();
    const auto character = [&](std::size_t byte) {
        return byte < 128 ? std::string_view(&bytes[byte], 1) : std::string_view(other);
    };
    const std::size_t n_bytes = other.empty() ? 128 : 256;
    for (std::size_t last = 0; last < n_bytes; ++last) {
        if (last >= 0xC0) continue;
        for (std::size_t first = 0; first < n_bytes; ++first) {
            // For characters outside ASCII, every byte value gives the same answer: compute it
            // once.
            if (base::is_continuation(static_cast<char>(first))) continue;
            std::size_t like =
                std::min<std::size_t>(first, 0xC0) << 8 | std::min<std::size_t>(last, 0x80);
            const bool known = first > 0xC0 || last > 0x80;
            begins_[first << 8 | last] =
                known ? begins_[like] : begins_word(cuts, character(last), character(first));
        }
    }
    for (std::size_t c = 0; c < n_bytes && !space_.empty(); ++c) {
        before_space_[c] = begins_word(cuts, character(c), space_);
        after_space_[c] = begins_word(cuts, space_, character(c));
    }
    between_spaces_ = !space_.empty() && begins_word(cuts, space_, space_);
}

std::uint64_t UnnormalizedScan::starts(const char* front) const noexcept {
    std::uint64_t starts = 0;
    const std::uint8_t* begins = begins_.data();
    unsigned beyond = static_cast<unsigned char>(front[0]);
    for (int i = 1; i < 64; ++i) {
        const auto first = static_cast<unsigned char>(front[i]);
        const auto last = static_cast<unsigned char>(front[i - 1]);
        starts |= std::uint64_t{begins[std::size_t{first} << 8 | last]} << i;
        beyond |= first;
    }
    return beyond < 0x80 || space_.empty() ? starts : with_spaces(front, starts);
}

// Corrects the starts next to characters for a space.
std::uint64_t UnnormalizedScan::with_spaces(const char* front,
                                            std::uint64_t starts) const noexcept {
    const auto put = [&](std::size_t i, bool is_start) {
        if (i < 64) starts = (starts & ~(std::uint64_t{1} << i)) | std::uint64_t{is_start} << i;
    };
    const std::size_t size = space_.size();
    std::size_t end = 0;  // end of the last such character
    for (std::size_t i = 0; i < 64;) {
        if (front[i] != space_[0] || std::memcmp(front + i, space_.data(), size) != 0) {
            ++i;
            continue;
        }
        if (i > 0) {
            put(i, end == i ? between_spaces_
                            : before_space_[static_cast<unsigned char>(front[i - 1])]);
        }
        end = i + size;
        put(end, after_space_[static_cast<unsigned char>(front[end])]);
        i = end;
    }
    return starts;
}

}  // namespace quire::tokenizer
