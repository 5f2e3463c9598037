// Ends a thought of the model after a number of tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace quire::generate {

struct ThoughtParams {
    std::uint32_t begin = 0;        // the token that begins a thought
    std::uint32_t end = 0;          // the token that ends it
    bool open = false;              // the text begins within one
    std::size_t budget = SIZE_MAX;  // tokens of all thoughts of the text together
};

class ThoughtLimit {
  public:
    explicit ThoughtLimit(const ThoughtParams& params) : params_(params), open_(params.open) {}

    // The token that must come now, if the thought has been long enough.
    std::optional<std::uint32_t> forced() const {
        if (!open_ || n_ < params_.budget) return std::nullopt;
        return params_.end;
    }
    void push(std::uint32_t token) {
        if (token == params_.begin)
            open_ = true;
        else if (token == params_.end)
            open_ = false;
        else if (open_)
            ++n_;
    }

  private:
    ThoughtParams params_;
    bool open_;
    std::size_t n_ = 0;
};

}  // namespace quire::generate
