// Applies the text steps of a tokenizer (tokenizer_spec.h) to sections of text, which must be
// valid UTF-8.
//
// A step is local where what it makes of an ASCII character that another one follows depends on
// that character alone. Neighbouring local steps are applied in one go: ASCII by a table of 128
// entries, the rest one step after the other.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/normalize/charsmap.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

struct Normalized {
    std::string text;
    // (text.size() + 1) where in the section each byte comes from; of a byte that a step made,
    // where the byte after it comes from. Where a step rewrites several characters as one, all of
    // it comes from their beginning.
    std::vector<std::size_t> origins;
};

// What steps name that is too large for the settings.
struct StepTables {
    Charsmap charsmap;
    std::vector<SplitTable> patterns;  // of the replace_pattern steps, in order
    // Bytes of the longest added token at the front of a text that `keeps`; 0: there is none.
    std::function<std::size_t(std::string_view)> longest_symbol;
};

struct SectionPlace {
    bool at_start = false;   // the section begins where the whole text begins
    bool continued = false;  // it is the rest of a section whose front went through the steps
                             // before, so that nothing is put before it
};

class Normalizer {
  public:
    Normalizer() = default;
    // `tables` must outlive the object; nullptr: no step needs any.
    explicit Normalizer(std::vector<NormalizerStep> steps, const StepTables* tables = nullptr);

    static bool is_local(const NormalizerStep& step) noexcept;

    bool empty() const noexcept { return steps_.empty(); }

    // The section after all steps: in `buffer`, or the section itself when nothing changes it.
    std::string_view apply(std::string_view section, SectionPlace place, std::string& buffer) const;

    // The same, keeping account of origins, one step after the other: what apply() is tested
    // against.
    Normalized apply_traced(std::string_view section, SectionPlace place) const;

  private:
    struct Replacement {
        std::array<char, 7> bytes{};
        unsigned char size = 0xFF;  // kNotLocal: for the slow way
    };
    struct Group {
        std::size_t begin = 0;  // of steps_
        std::size_t end = 0;
        bool local = false;
        bool only_normal_forms = false;
        std::array<Replacement, 128> ascii{};  // local
    };

    void fill_ascii(Group& group) const;
    void apply_local(const Group& group, std::string_view text, std::string& out) const;
    std::string apply_slowly(std::size_t begin, std::size_t end, std::string_view text,
                             SectionPlace place) const;

    void run(std::size_t step, unicode::NormalizedString& text, SectionPlace place) const;

    std::vector<NormalizerStep> steps_;
    const StepTables* tables_ = nullptr;
    std::vector<Group> groups_;
};

}  // namespace quire::tokenizer
