// Split patterns: one or two, a line each; the words tile the text.
#include <array>

#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

constexpr std::string_view kText =
    "The 42 kings' \u65e5\u672c\u0301 don't\n\n\tx  aab ab1234567 \u00e9\u00c9 ...!? xXx\r\n end ";

void check_words(const std::vector<std::byte>& bytes) {
    const tokenizer::SplitTable table(bytes, "tokenizer.split");
    tokenizer::Splitter words(table, kText);
    std::size_t at = 0;
    for (std::string_view word; words.next(word);) {
        const auto begin = static_cast<std::size_t>(word.data() - kText.data());
        expect(!word.empty(), "an empty word");
        expect(begin == at, "words that do not tile the text");
        at = begin + word.size();
    }
    expect(at == kText.size(), "words that end before the text");
}

}  // namespace

void run_regex(std::string_view input) {
    const std::size_t border = input.find('\n');
    std::vector<tokenizer::SplitStep> steps;
    steps.emplace_back(std::string(input.substr(0, border)));
    if (border != std::string_view::npos) {
        steps.emplace_back(std::string(input.substr(border + 1)));
    }
    refuses([&] { check_words(tokenizer::build_split_table(steps, "pattern")); });
}

}  // namespace quire::fuzz
