#include "lib/tokenizer/pattern/split_scanner.h"

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::tokenizer {

SplitScanner::SplitScanner(std::string_view pattern, const std::string& where)
    : where_(where), pattern_(pattern) {
    std::string_view rest = pattern;
    while (!rest.empty()) {
        const base::CodePoint c = base::decode_utf8(rest);
        if (!c.valid) fail("bytes that are not UTF-8");
        text_.push_back(c.value);
        rest.remove_prefix(static_cast<std::size_t>(c.length));
    }
}

bool SplitScanner::take(char32_t c) {
    if (done() || peek() != c) return false;
    ++pos_;
    return true;
}

bool SplitScanner::take(std::u32string_view text) {
    if (std::u32string_view(text_).substr(pos_, text.size()) != text) return false;
    pos_ += text.size();
    return true;
}

void SplitScanner::fail(const std::string& construct) const {
    throw Error(ErrorCode::model, where_,
                "split pattern " + base::quoted(pattern_) + ": " + construct +
                    " is not supported, near character " + std::to_string(pos_ + 1));
}

}  // namespace quire::tokenizer
