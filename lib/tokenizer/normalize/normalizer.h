// Applies the normalizer steps of a tokenizer (tokenizer_spec.h) to sections of text, which must be
// valid UTF-8.
//
// A step is local if its effect on an ASCII character that is followed by another ASCII character
// depends on that character alone. Adjacent local steps are applied together: ASCII by a table of
// 128 entries, everything else step by step.
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
    // (text.size() + 1) the offset in the section that each byte comes from. A byte that a step
    // inserted has the origin of the byte after it; where a step rewrites several characters
    // together, all bytes have the origin of the first.
    std::vector<std::size_t> origins;
};

// Tables that steps use and that are too large for the settings.
struct StepTables {
    Charsmap charsmap;
    std::vector<SplitTable> patterns;  // of the replace_pattern steps, in order
    // Length of the longest added token with `keeps` at the front of a text, or 0.
    std::function<std::size_t(std::string_view)> longest_symbol;
};

struct SectionPlace {
    bool at_start = false;  // the section starts the whole text
    // The section continues one whose front was processed before, so nothing is put before it.
    bool continued = false;
};

class Normalizer {
  public:
    Normalizer() = default;
    // `tables` must outlive the object; null if no step needs any.
    explicit Normalizer(std::vector<NormalizerStep> steps, const StepTables* tables = nullptr);

    static bool is_local(const NormalizerStep& step) noexcept;

    bool empty() const noexcept { return steps_.empty(); }

    // Applies all steps. Returns a view of `buffer`, or of the section itself if nothing changed.
    std::string_view apply(std::string_view section, SectionPlace place, std::string& buffer) const;

    // The same with origins, one step at a time. Slow; apply() is tested against it.
    Normalized apply_traced(std::string_view section, SectionPlace place) const;

  private:
    struct Replacement {
        std::array<char, 7> bytes{};
        unsigned char size = 0xFF;  // 0xFF: not in the table
    };
    struct Group {
        std::size_t begin = 0;  // range of steps_
        std::size_t end = 0;
        bool local = false;
        bool only_normal_forms = false;
        std::array<Replacement, 128> ascii{};  // only for local groups
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
