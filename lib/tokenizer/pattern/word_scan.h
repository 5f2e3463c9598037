// A fast path for the split patterns that most published tokenizers share. It looks at 64 bytes of
// ASCII at a time and finds word starts from shifted bit masks of letters, digits and white space
// (isa/word_starts.cpp). A test checks that it finds the same words as the pattern's automaton
// (splitter.h).
#pragma once

#include <span>
#include <vector>

#include "lib/tokenizer/pattern/isa/word_starts.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The scan that is equivalent to these steps, or none if there is none.
WordScan word_scan_of(std::span<const SplitStep> steps);

// For the fastest instruction set of this machine; null for WordScan::none. `--isa` does not apply
// here: all variants find the same words, which a test checks against the automaton.
WordStarts word_starts_of(WordScan scan) noexcept;

// All variants that this machine can run, the fastest first.
std::vector<const WordScanVariant*> word_scan_variants();

}  // namespace quire::tokenizer
