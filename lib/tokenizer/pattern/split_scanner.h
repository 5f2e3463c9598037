// The characters of a split pattern and its error messages, shared by the two halves of the parser.
// Used only while tables are built.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire::tokenizer {

// The deepest nesting of groups and of bracketed sets.
constexpr int kMaxNesting = 24;

class SplitScanner {
  public:
    // Error{model} if the pattern is not UTF-8. `where` and the pattern must outlive the object.
    SplitScanner(std::string_view pattern, const std::string& where);

    bool done() const noexcept { return pos_ >= text_.size(); }
    // The character `ahead` places further on, or 0 after the end.
    char32_t peek(std::size_t ahead = 0) const noexcept {
        return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : 0;
    }
    char32_t next() noexcept { return text_[pos_++]; }  // must not be done()
    void skip(std::size_t n) noexcept { pos_ += n; }
    bool take(char32_t c);
    bool take(std::u32string_view text);

    // Throws Error{model}: `construct` "is not supported", with the pattern and the position in it.
    [[noreturn]] void fail(const std::string& construct) const;

  private:
    const std::string& where_;
    std::string_view pattern_;
    std::u32string text_;
    std::size_t pos_ = 0;
};

}  // namespace quire::tokenizer
