// What matches one code point in a split pattern: a literal, a class, an escape. Used only when
// tables are built.
#pragma once

#include "lib/tokenizer/pattern/split_scanner.h"
#include "lib/unicode/code_point_set.h"

namespace quire::tokenizer {

// The code points that the construct at the scanner's place matches, which is then behind it.
// ignore_case: over ASCII letters. The scanner's error for a construct that is not supported.
unicode::CodePointSet parse_code_points(SplitScanner& scanner, bool ignore_case);

// What \w matches, and \b lies beside.
const unicode::CodePointSet& word_characters();

}  // namespace quire::tokenizer
