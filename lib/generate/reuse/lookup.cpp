#include "lib/generate/reuse/lookup.h"

#include <algorithm>

#include "lib/base/hash.h"

namespace quire::generate {

namespace {

std::uint64_t run_key(std::span<const std::uint32_t> tokens) {
    return base::xxh3(std::as_bytes(tokens));
}

}  // namespace

void TextIndex::append(std::span<const std::uint32_t> tokens) {
    for (const std::uint32_t token : tokens) {
        if (text_.size() >= kKey) next_[run_key(std::span(text_).last(kKey))] = text_.size();
        text_.push_back(token);
    }
}

std::vector<std::uint32_t> TextIndex::after(std::span<const std::uint32_t> text,
                                            std::size_t n) const {
    std::vector<std::uint32_t> out;
    if (text.size() < kKey) return out;
    const auto found = next_.find(run_key(text.last(kKey)));
    if (found == next_.end()) return out;
    // A hash may be that of other tokens.
    const std::size_t at = found->second;
    if (!std::ranges::equal(std::span(text_).subspan(at - kKey, kKey), text.last(kKey))) return out;
    for (std::size_t i = at; out.size() < n; ++i) {
        out.push_back(i < text_.size() ? text_[i] : out[i - text_.size()]);
    }
    return out;
}

std::vector<std::uint32_t> Lookup::guess(std::span<const std::uint32_t> text, std::size_t limit,
                                         const TextIndex& others) {
    if (length_.stopped()) return {};
    own_.append(text.subspan(own_.size()));
    const std::size_t n = length_.next(limit);
    if (n == 0) return {};
    std::vector<std::uint32_t> found = own_.after(text, n);
    return found.empty() ? others.after(text, n) : found;
}

}  // namespace quire::generate
