// The split patterns that published tokenizers share, run over 64 bytes of ASCII at a time: words
// begin where shifted masks of letters, digits and white space differ (isa/word_starts.cpp). What
// it finds is what the automaton of the pattern (splitter.h) finds, which a test holds it to.
#pragma once

#include <span>
#include <vector>

#include "lib/tokenizer/pattern/isa/word_starts.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The scan that does what these steps do; none for all but the patterns that WordScan names.
WordScan word_scan_of(std::span<const SplitStep> steps);

// By the best instruction set of this machine; null for none. Which it is changes no id (a test holds
// all of them to the automaton), so what `--isa` says of the model's kernels need not reach it.
WordStarts word_starts_of(WordScan scan) noexcept;

// All that this machine can run, the best first.
std::vector<const WordScanVariant*> word_scan_variants();

}  // namespace quire::tokenizer
