// A text while normalizer steps change it one after another: what each step reads and writes. If
// asked to, it also tracks where in the original each byte comes from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quire::unicode {

class NormalizedString {
  public:
    // traced: track origins.
    NormalizedString(std::string_view section, bool traced) : text_(section), traced_(traced) {
        if (!traced) return;
        for (std::size_t i = 0; i <= section.size(); ++i) origins_.push_back(i);
    }

    const std::string& text() const noexcept { return text_; }
    std::string take_text() { return std::move(text_); }
    std::vector<std::size_t> take_origins() { return std::move(origins_); }

    // Collects what a step writes. The step keeps reading the old text until finish() replaces it.
    class Output {
      public:
        explicit Output(NormalizedString& from) : from_(from) {
            text_.reserve(from.text_.size() + 16);
        }

        // Copies bytes [begin, end) of the text unchanged.
        void copy(std::size_t begin, std::size_t end) {
            text_.append(from_.text_, begin, end - begin);
            if (!from_.traced_) return;
            const auto at = [&](std::size_t i) {
                return from_.origins_.begin() + static_cast<std::ptrdiff_t>(i);
            };
            origins_.insert(origins_.end(), at(begin), at(end));
        }
        // Writes `bytes` in place of the text that begins at `at`, which is at most the size of the
        // text.
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
    std::vector<std::size_t> origins_;  // if traced: (text size + 1)
};

}  // namespace quire::unicode
