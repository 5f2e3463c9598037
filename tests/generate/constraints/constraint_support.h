// What tests of constraints share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/generate/constraints/constraints.h"

namespace quire::test {

// Every byte, some texts of JSON and of languages, and one token that ends texts (the last).
inline std::shared_ptr<const constraints::Vocabulary> small_vocabulary() {
    std::vector<std::string> texts;
    for (int byte = 0; byte < 256; ++byte) texts.emplace_back(1, static_cast<char>(byte));
    for (const char* text :
         {"{\"",  "\":",    "\": ",     "\",",    "\", \"", "\"}",       "\"}\n",   "}}",
          "]}",   "[]",     "{}",       "\": \"", "\":\"",  "true",      "false",   "null",
          "tr",   "ue",     "12",       "100",    "0.5",    "1e",        "-1",      "name",
          "age",  "na",     "me",       "a\":",   "ab",     "abc",       "bc",      "  ",
          "\n  ", "\n    ", "],[",      "\\n",    "\\u00",  "\\\"",      "\\",      "é",
          "\xC3", "日本",   "\xE6\x97", " hello", "hello",  "\",\"b\":", "\"a\":1", "[1,2]",
          "()",   "))",     "+1"}) {
        texts.emplace_back(text);
    }
    texts.emplace_back();
    const auto end = static_cast<std::uint32_t>(texts.size() - 1);
    return std::make_shared<const constraints::Vocabulary>(std::move(texts),
                                                           std::vector<std::uint32_t>{end});
}

// Whether the text follows the constraint from its beginning to its end.
inline bool follows(const std::shared_ptr<constraints::Constraint>& constraint,
                    std::string_view text) {
    static const auto vocabulary = small_vocabulary();
    constraints::ConstraintRun run(constraint, vocabulary);
    return run.push_bytes(text) && run.may_end();
}

}  // namespace quire::test
