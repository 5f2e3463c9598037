#include "lib/unicode/code_point_set.h"

#include <algorithm>
#include <array>

namespace quire::unicode {

namespace {

constexpr int kCategoryBits = 5;
constexpr std::uint32_t kCategoryMask = (1U << kCategoryBits) - 1;

constexpr auto kRuns = std::to_array<std::uint32_t>({
#include "lib/unicode/categories.inc"
});

constexpr std::array<std::string_view, 30> kCategoryNames{
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
    "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"};
static_assert(kCategoryNames.size() == static_cast<std::size_t>(Category::cn) + 1);

// source: PropList.txt of the Unicode character database, White_Space
constexpr std::array<CodePointRange, 10> kWhiteSpace{{{0x09, 0x0E},
                                                      {0x20, 0x21},
                                                      {0x85, 0x86},
                                                      {0xA0, 0xA1},
                                                      {0x1680, 0x1681},
                                                      {0x2000, 0x200B},
                                                      {0x2028, 0x202A},
                                                      {0x202F, 0x2030},
                                                      {0x205F, 0x2060},
                                                      {0x3000, 0x3001}}};

}  // namespace

void CodePointSet::add(CodePointRange range) {
    if (range.begin >= range.end) return;
    // Find the first range that touches or follows the new one, and merge all that touch.
    const auto first =
        std::lower_bound(ranges_.begin(), ranges_.end(), range.begin,
                         [](const CodePointRange& r, char32_t begin) { return r.end < begin; });
    auto last = first;
    while (last != ranges_.end() && last->begin <= range.end) {
        range.begin = std::min(range.begin, last->begin);
        range.end = std::max(range.end, last->end);
        ++last;
    }
    ranges_.insert(ranges_.erase(first, last), range);
}

void CodePointSet::add(const CodePointSet& other) {
    for (const CodePointRange& range : other.ranges_) add(range);
}

CodePointSet CodePointSet::complement() const {
    CodePointSet result;
    char32_t begin = 0;
    for (const CodePointRange& range : ranges_) {
        result.add({begin, range.begin});
        begin = range.end;
    }
    result.add({begin, kCodePointEnd});
    return result;
}

bool CodePointSet::contains(char32_t code_point) const {
    const auto after = std::upper_bound(
        ranges_.begin(), ranges_.end(), code_point,
        [](char32_t value, const CodePointRange& range) { return value < range.begin; });
    return after != ranges_.begin() && code_point < std::prev(after)->end;
}

Category category_of(char32_t code_point) noexcept {
    const auto key = (static_cast<std::uint32_t>(code_point) << kCategoryBits) | kCategoryMask;
    const auto after = std::upper_bound(kRuns.begin(), kRuns.end(), key);
    return static_cast<Category>(*std::prev(after) & kCategoryMask);
}

std::optional<CodePointSet> category_set(std::string_view name) {
    CodePointSet result;
    for (std::size_t i = 0; i < kRuns.size(); ++i) {
        const std::string_view category = kCategoryNames[kRuns[i] & kCategoryMask];
        if (name.empty() || name.size() > 2 || !category.starts_with(name)) continue;
        const char32_t end = i + 1 < kRuns.size() ? kRuns[i + 1] >> kCategoryBits : kCodePointEnd;
        result.add({kRuns[i] >> kCategoryBits, end});
    }
    if (result.empty()) return std::nullopt;
    return result;
}

const CodePointSet& white_space() {
    static const CodePointSet set = [] {
        CodePointSet result;
        for (const CodePointRange& range : kWhiteSpace) result.add(range);
        return result;
    }();
    return set;
}

bool is_white_space(char32_t code_point) noexcept {
    return std::any_of(kWhiteSpace.begin(), kWhiteSpace.end(), [&](const CodePointRange& range) {
        return code_point >= range.begin && code_point < range.end;
    });
}

}  // namespace quire::unicode
