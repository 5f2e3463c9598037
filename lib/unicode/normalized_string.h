// A text while text steps change it, one after the other: what a step reads and what it writes,
// with an account of where each byte comes from when the caller wants one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quire::unicode {

class NormalizedString {
  public:
    // traced: keep origins.
    NormalizedString(std::string_view section, bool traced) : text_(section), traced_(traced) {
        if (!traced) return;
        for (std::size_t i = 0; i <= section.size(); ++i) origins_.push_back(i);
    }

    const std::string& text() const noexcept { return text_; }
    std::string take_text() { return std::move(text_); }
    std::vector<std::size_t> take_origins() { return std::move(origins_); }

    // What a step writes. It reads the text until finish() puts the new one in its place.
    class Output {
      public:
        explicit Output(NormalizedString& from) : from_(from) {
            text_.reserve(from.text_.size() + 16);
        }

        // Bytes [begin, end) of the text as they are.
        void copy(std::size_t begin, std::size_t end) {
            text_.append(from_.text_, begin, end - begin);
            if (!from_.traced_) return;
            const auto at = [&](std::size_t i) {
                return from_.origins_.begin() + static_cast<std::ptrdiff_t>(i);
            };
            origins_.insert(origins_.end(), at(begin), at(end));
        }
        // `bytes` in the place of what begins at `at`, an offset up to the size of the text.
        void put(std::string_view bytes, std::size_t at) {
            text_.append(bytes);
            if (from_.traced_) origins_.insert(origins_.end(), bytes.size(), from_.origins_[at]);
        }
        void finish() {
            from_.text_ = std::move(text_);
            if (!from_.traced_) return;
            origins_.push_back(from_.origins_.back());
            from_.origins_ = std::move(origins_);
        }

      private:
        NormalizedString& from_;
        std::string text_;
        std::vector<std::size_t> origins_;
    };

  private:
    std::string text_;
    bool traced_ = false;
    std::vector<std::size_t> origins_;  // traced: (text size + 1)
};

}  // namespace quire::unicode
