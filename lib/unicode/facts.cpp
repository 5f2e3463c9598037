#include "lib/unicode/facts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <mutex>
#include <utility>

namespace quire::unicode {

namespace {

struct Record {
    std::uint8_t combining_class;
    std::uint16_t facts;
};
struct Mapping {
    std::uint32_t code_point;
    std::uint16_t offset;  // into kMappedText
    std::uint16_t length;
};
struct Composition {
    std::uint32_t first;
    std::uint32_t second;
    std::uint32_t whole;
};

constexpr int kBlockBits = 7;
constexpr char32_t kBlockMask = (1 << kBlockBits) - 1;

#include "lib/unicode/normalization.inc"

template <std::size_t N>
std::span<const char32_t> mapped(const std::array<Mapping, N>& mappings,
                                 char32_t code_point) noexcept {
    const auto found =
        std::lower_bound(mappings.begin(), mappings.end(), code_point,
                         [](const Mapping& mapping, char32_t c) { return mapping.code_point < c; });
    if (found == mappings.end() || found->code_point != code_point) return {};
    return std::span(kMappedText).subspan(found->offset, found->length);
}

}  // namespace

CodePointFacts facts_of(char32_t code_point) noexcept {
    const std::size_t block = kBlockOf[code_point >> kBlockBits];
    const Record& record = kRecords[kRecordOf[(block << kBlockBits) + (code_point & kBlockMask)]];
    return {record.combining_class, record.facts};
}

std::span<const char32_t> canonical_form(char32_t code_point) noexcept {
    return mapped(kCanonical, code_point);
}

std::span<const char32_t> compatible_form(char32_t code_point) noexcept {
    const std::span<const char32_t> form = mapped(kCompatible, code_point);
    return form.empty() ? canonical_form(code_point) : form;
}

std::span<const char32_t> lower_case(char32_t code_point) noexcept {
    return mapped(kLower, code_point);
}

namespace {

std::string ranges_of(CodePointFact fact) {
    std::string ranges;
    const auto put = [&](char32_t c) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "\\x{%X}", static_cast<unsigned>(c));
        ranges += text.data();
    };
    constexpr char32_t kEnd = 0x110000;
    for (char32_t begin = 0; begin < kEnd; ++begin) {
        if (!facts_of(begin).is(fact)) continue;
        char32_t end = begin + 1;
        while (end < kEnd && facts_of(end).is(fact)) ++end;
        put(begin);
        if (end > begin + 1) {
            ranges += '-';
            put(end - 1);
        }
        begin = end;
    }
    return ranges;
}

}  // namespace

const std::string& class_ranges(CodePointFact fact) {
    // Every code point is looked at, so each class is made only once.
    static std::array<std::once_flag, 16> once;
    static std::array<std::string, 16> made;
    const auto i = static_cast<std::size_t>(std::countr_zero(static_cast<std::uint16_t>(fact)));
    std::call_once(once[i], [&] { made[i] = ranges_of(fact); });
    return made[i];
}

char32_t composition(char32_t first, char32_t second) noexcept {
    const std::pair<std::uint32_t, std::uint32_t> pair(first, second);
    const auto found = std::lower_bound(
        kCompositions.begin(), kCompositions.end(), pair,
        [](const Composition& c, const auto& p) { return std::pair(c.first, c.second) < p; });
    if (found == kCompositions.end() || std::pair(found->first, found->second) != pair) return 0;
    return found->whole;
}

}  // namespace quire::unicode
