// Python's string operations that templates use, on texts with origin. Positions are in bytes;
// callers count in characters. All operations take linear time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/chat/jinja/values/origin_text.h"
#include "lib/chat/jinja/values/unicode.h"

namespace quire::jinja {

struct Ends {
    bool left = true;
    bool right = true;
};

// Removes any of the characters in `chars`; without `chars`, white space.
Text strip(const Text& text, std::optional<std::string_view> chars, Ends ends);

enum class From { left, right };

// Without `separator`, splits at runs of white space and ignores white space at both ends. Negative
// `max_splits` means no limit. `separator` must not be empty.
std::vector<Text> split(const Text& text, std::optional<std::string_view> separator,
                        std::int64_t max_splits, From from);

std::vector<Text> split_lines(const Text& text, bool keep_ends);

// Negative `max_count` means no limit. An empty `old` matches between all characters and at both
// ends.
Text replace(const Text& text, std::string_view old, const Text& by, std::int64_t max_count);

std::int64_t count_of(std::string_view text, std::string_view part);

Text with_case(const Text& text, CharCase to);  // to lower or upper
Text capitalize(const Text& text);
// str.title(): a letter after a letter becomes lower case, any other upper case.
Text title_of_words(const Text& text);
// The filter `title`, for which words begin after - ( { [ < and white space (jinja2/filters.py,
// do_title).
Text title_of_pieces(const Text& text);

Text reversed(const Text& text);
// Escapes & < > ' and " for HTML. source: markupsafe.escape
Text escaped(const Text& text);
std::vector<Text> characters(const Text& text);

// str.isalpha() and similar: not empty, and every character is in the class.
bool all_of(std::string_view text, CharClass what);
bool is_alphanumeric(std::string_view text);
bool is_lower(std::string_view text);
bool is_upper(std::string_view text);

}  // namespace quire::jinja
