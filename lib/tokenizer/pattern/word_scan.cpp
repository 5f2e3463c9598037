#include "lib/tokenizer/pattern/word_scan.h"

#include <cstddef>
#include <string_view>

#include "lib/base/cpu.h"
#include "lib/base/isa/built.h"
#include "lib/tokenizer/spec/patterns.h"

namespace quire::tokenizer {

std::vector<const WordScanVariant*> word_scan_variants() {
    std::vector<const WordScanVariant*> variants;
    base::for_each_compiled_isa([&]<base::Isa isa>() {
        if (base::cpu_supports(isa)) variants.push_back(&word_scan_variant_of<isa>());
    });
    return variants;
}

// The first of word_scan_variants(), found without allocating memory.
WordStarts word_starts_of(WordScan scan) noexcept {
    const WordScanVariant* fastest = &word_scan_variant_of<base::Isa::portable>();
    bool found = false;
    base::for_each_compiled_isa([&]<base::Isa isa>() {
        if (found || !base::cpu_supports(isa)) return;
        found = true;
        fastest = &word_scan_variant_of<isa>();
    });
    return fastest->starts[static_cast<std::size_t>(scan)];
}

WordScan word_scan_of(std::span<const SplitStep> steps) {
    // These patterns leave no gaps between matches, so drop_gaps makes no difference.
    const auto is = [&](std::size_t i, std::string_view pattern) {
        return steps[i].pattern == pattern && !steps[i].drop_matches && !steps[i].of_bytes;
    };
    if (steps.size() == 2) {
        const bool digits = is(0, kOneDigitPattern) && !steps[0].drop_gaps;
        return digits && is(1, kGpt2Pattern) ? WordScan::digits_gpt2 : WordScan::none;
    }
    if (steps.size() != 1) return WordScan::none;
    if (is(0, kGpt2Pattern)) return WordScan::gpt2;
    if (is(0, kLlama3Pattern)) return WordScan::cl100k;
    if (is(0, kQwen2Pattern)) return WordScan::qwen2;
    return is(0, kO200kPattern) ? WordScan::o200k : WordScan::none;
}

}  // namespace quire::tokenizer
