#include "tools/eval/windows.h"

#include <algorithm>

namespace quire::eval {

Windows Windows::chunks(std::span<const std::uint32_t> tokens, std::size_t context,
                        std::optional<std::uint32_t> bos) {
    Windows out(tokens, context);
    out.n_ = tokens.size() / context;
    out.bos_ = bos;
    return out;
}

Windows Windows::sliding(std::span<const std::uint32_t> tokens, std::size_t context,
                         std::size_t stride) {
    Windows out(tokens, context);
    out.stride_ = stride;
    const std::size_t beyond = tokens.size() > context ? tokens.size() - context : 0;
    out.n_ = tokens.size() < 2 ? 0 : 1 + (beyond + stride - 1) / stride;
    return out;
}

void Windows::limit(std::size_t n) noexcept {
    n_ = std::min(n_, n);
}

Window Windows::at(std::size_t i) const {
    const std::size_t begin = i * (stride_ == 0 ? context_ : stride_);
    const auto part = tokens_.subspan(begin, std::min(context_, tokens_.size() - begin));
    Window window{{part.begin(), part.end()}, context_ / 2 + 1};
    if (stride_ == 0) {
        if (bos_) window.tokens.front() = *bos_;
    } else {
        // The previous window ended `stride` tokens before this one.
        window.first_target = i == 0 ? 1 : std::max<std::size_t>(1, context_ - stride_);
    }
    return window;
}

std::size_t Windows::n_scored() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < n_; ++i) {
        const Window window = at(i);
        n += window.tokens.size() - window.first_target;
    }
    return n;
}

}  // namespace quire::eval
