#include "lib/generate/constraints/guide.h"

#include <algorithm>
#include <utility>

namespace quire::constraints {

namespace {

// The longest ending that is looked for.
constexpr std::size_t kMostEnding = std::size_t{1} << 16;

}  // namespace

Guide::Guide(std::shared_ptr<Constraint> constraint, std::shared_ptr<const Vocabulary> vocabulary)
    : run_(std::move(constraint), std::move(vocabulary)) {
    look_ahead();
}

std::optional<std::uint32_t> Guide::forced() const {
    if (forced_.empty()) return std::nullopt;
    return forced_.front();
}

bool Guide::allow(std::span<const float> logits, float never, std::span<float> out) {
    run_.allowed(bits_);
    if (run_.may_end()) {
        for (const std::uint32_t end : run_.vocabulary().ends()) {
            if (end / 64 < bits_.size()) set_bit(bits_, end);
        }
    }
    bool any = false;
    for (std::size_t word = 0; word * 64 < logits.size(); ++word) {
        const std::size_t begin = word * 64;
        const std::size_t n = std::min<std::size_t>(64, logits.size() - begin);
        const std::uint64_t bits = word < bits_.size() ? bits_[word] : 0;
        if (bits == 0) {
            std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(begin), n, never);
            continue;
        }
        for (std::size_t i = 0; i < n; ++i) {
            const bool allowed = (bits >> i & 1) != 0;
            out[begin + i] = allowed ? logits[begin + i] : never;
            any = any || allowed;
        }
    }
    return any;
}

// Whether an ending of so few tokens is known.
bool Guide::can_end_within(std::size_t n_tokens) {
    if (run_.n_missing() <= n_tokens) return true;  // a token has at least a byte
    const auto ending = run_.ending(kMostEnding);
    if (!ending) return false;
    if (ending->empty()) return true;
    const std::vector<std::uint32_t> tokens = run_.vocabulary().divide(*ending);
    return !tokens.empty() && tokens.size() <= n_tokens;
}

std::optional<std::uint32_t> Guide::take(std::uint32_t token, std::size_t n_left) {
    if (!forced_.empty() && forced_.front() == token) {
        forced_.pop_front();
        run_.push(token);
        if (forced_.empty()) look_ahead();
        return token;
    }
    ConstraintRun before = run_;
    run_.push(token);
    if (!can_end_within(n_left)) {
        const auto ending = before.ending(kMostEnding);
        std::vector<std::uint32_t> tokens;
        if (ending && ending->empty()) {
            run_ = std::move(before);
            must_end_ = true;
            return std::nullopt;
        }
        if (ending) tokens = run_.vocabulary().divide(*ending);
        if (!tokens.empty() && tokens.size() <= n_left + 1) {
            run_ = std::move(before);
            token = tokens.front();
            run_.push(token);
            forced_.assign(tokens.begin() + 1, tokens.end());
            ending_ = true;
        }
    }
    if (forced_.empty()) look_ahead();
    return token;
}

void Guide::look_ahead() {
    must_end_ = ending_ || run_.must_end();
    if (must_end_) return;
    const std::string bytes = run_.forced();
    if (bytes.empty()) return;
    std::vector<std::uint32_t> tokens = run_.vocabulary().divide(bytes);
    ConstraintRun after = run_;
    const bool ends = after.push_bytes(bytes) && after.must_end();
    if (!ends && !tokens.empty()) tokens.pop_back();
    forced_.assign(tokens.begin(), tokens.end());
}

}  // namespace quire::constraints
