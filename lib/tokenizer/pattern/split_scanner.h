// The characters of a split pattern, and its complaints: what the two halves of its parser share.
// Used only when tables are built.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire::tokenizer {

// Groups and bracketed sets inside one another, at most.
constexpr int kMaxNesting = 24;

class SplitScanner {
  public:
    // Error{model} for a pattern that is not UTF-8. `where` must outlive the object, and so must
    // the pattern.
    SplitScanner(std::string_view pattern, const std::string& where);

    bool done() const noexcept { return pos_ >= text_.size(); }
    // The character so many places further on; 0 behind the end.
    char32_t peek(std::size_t ahead = 0) const noexcept {
        return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : 0;
    }
    char32_t next() noexcept { return text_[pos_++]; }  // not when done()
    void skip(std::size_t n) noexcept { pos_ += n; }
    bool take(char32_t c);
    bool take(std::u32string_view text);

    // Error{model}: `construct` "is not supported", with the pattern and the place in it.
    [[noreturn]] void fail(const std::string& construct) const;

  private:
    const std::string& where_;
    std::string_view pattern_;
    std::u32string text_;
    std::size_t pos_ = 0;
};

}  // namespace quire::tokenizer
