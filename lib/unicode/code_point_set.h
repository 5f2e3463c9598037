// Sets of Unicode code points, as split patterns name them: \p{L}, \s, [^\r\n], a-z. Used only
// while the tables of a tokenizer are built; a running tokenizer reads finished tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quire::unicode {

inline constexpr char32_t kCodePointEnd = 0x110000;

// Half-open range of code points.
struct CodePointRange {
    char32_t begin = 0;
    char32_t end = 0;

    bool operator==(const CodePointRange&) const = default;
};

class CodePointSet {
  public:
    CodePointSet() = default;
    explicit CodePointSet(char32_t only) { add({only, only + 1}); }

    void add(CodePointRange range);
    void add(const CodePointSet& other);
    CodePointSet complement() const;
    bool contains(char32_t code_point) const;
    bool empty() const noexcept { return ranges_.empty(); }

    // Sorted, disjoint, and with a gap between any two.
    const std::vector<CodePointRange>& ranges() const noexcept { return ranges_; }

    bool operator==(const CodePointSet&) const = default;

  private:
    std::vector<CodePointRange> ranges_;
};

// The 30 general categories, in the order of the generated table.
enum class Category : std::uint8_t {
    // clang-format off
    lu, ll, lt, lm, lo, mn, mc, me, nd, nl, no, pc, pd, ps, pe, pi, pf, po,
    sm, sc, sk, so, zs, zl, zp, cc, cf, cs, co, cn,
    // clang-format on
};

// By Unicode 16.0, the version that the `tokenizers` package uses.
Category category_of(char32_t code_point) noexcept;

// The code points of a category such as "Lu", or, for one letter such as "L", of all categories
// that begin with it. Nothing if `name` is not a general category.
std::optional<CodePointSet> category_set(std::string_view name);

// The Unicode property White_Space, which is what \s matches.
const CodePointSet& white_space();
bool is_white_space(char32_t code_point) noexcept;

}  // namespace quire::unicode
