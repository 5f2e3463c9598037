// What matches one code point in a split pattern: a literal, a class, an escape. Used only when
// tables are built.
#pragma once

#include "lib/text/code_point_set.h"
#include "lib/text/split_scanner.h"

namespace quire::text {

// The code points that the construct at the scanner's place matches, which is then behind it.
// ignore_case: over ASCII letters. The scanner's error for a construct that is not supported.
CodePointSet parse_code_points(SplitScanner& scanner, bool ignore_case);

// What \w matches, and \b lies beside.
const CodePointSet& word_characters();

}  // namespace quire::text
