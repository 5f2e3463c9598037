#include "lib/generate/sampling/required_prefix.h"

#include <algorithm>

namespace quire::generate {

void RequiredPrefix::exclude_others(std::span<float> logits, float never) const {
    for (std::uint32_t id = 0; id < logits.size(); ++id) {
        const std::string_view text = id < texts_.size() ? texts_[id] : std::string_view();
        const bool goes_on = !text.empty() && (text.starts_with(rest_) || rest_.starts_with(text));
        if (!goes_on) logits[id] = never;
    }
}

void RequiredPrefix::push(std::uint32_t token) {
    if (done() || token >= texts_.size()) return;
    rest_.erase(0, std::min(rest_.size(), texts_[token].size()));
}

}  // namespace quire::generate
