// Parses the parts of a split pattern that match one code point: literals, classes and escapes.
// Used only while tables are built.
#pragma once

#include "lib/tokenizer/pattern/split_scanner.h"
#include "lib/unicode/code_point_set.h"

namespace quire::tokenizer {

// Parses one such construct at the scanner's position, moves the scanner past it, and returns the
// code points that it matches. ignore_case applies to ASCII letters. Throws the scanner's error for
// a construct that is not supported.
unicode::CodePointSet parse_code_points(SplitScanner& scanner, bool ignore_case);

// The code points that \w matches, and that \b separates from others.
const unicode::CodePointSet& word_characters();

}  // namespace quire::tokenizer
