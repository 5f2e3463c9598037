#include "lib/tokenizer/pattern/word_scan.h"

#include <cstddef>
#include <string_view>

#include "lib/tokenizer/spec/patterns.h"

namespace quire::tokenizer {

#if defined(__x86_64__)
namespace avx512 {
const WordScanVariant& word_scan_variant() noexcept;
}
namespace avx2 {
const WordScanVariant& word_scan_variant() noexcept;
}
#endif
namespace baseline {
const WordScanVariant& word_scan_variant() noexcept;
}

namespace {

#if defined(__x86_64__)
bool has_avx2() noexcept {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}
bool has_avx512() noexcept {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
#endif

}  // namespace

std::vector<const WordScanVariant*> word_scan_variants() {
    std::vector<const WordScanVariant*> variants;
#if defined(__x86_64__)
    if (has_avx512()) variants.push_back(&avx512::word_scan_variant());
    if (has_avx2()) variants.push_back(&avx2::word_scan_variant());
#endif
    variants.push_back(&baseline::word_scan_variant());
    return variants;
}

// The first of word_scan_variants(), found without allocating memory.
WordStarts word_starts_of(WordScan scan) noexcept {
    const WordScanVariant* fastest = &baseline::word_scan_variant();
#if defined(__x86_64__)
    if (has_avx2()) fastest = &avx2::word_scan_variant();
    if (has_avx512()) fastest = &avx512::word_scan_variant();
#endif
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
