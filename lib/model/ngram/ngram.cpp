#include "lib/model/ngram/ngram.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/error.h"

namespace quire::model {

namespace {

// No probability that a count gives is smaller, and sums of a few logarithms stay finite.
constexpr float kLeastLog = -1000.0F;

[[noreturn]] void refuse(const std::string& where, const std::string& message) {
    throw Error(ErrorCode::model, where, message);
}

// Takes arrays of 4-byte numbers from the front of the tables.
class Arrays {
  public:
    Arrays(base::Bytes bytes, const std::string& where) : bytes_(bytes), where_(where) {
        QUIRE_ASSERT(reinterpret_cast<std::uintptr_t>(bytes.data()) % 4 == 0);
    }

    template <typename T>
    const T* take(std::uint64_t n) {
        static_assert(sizeof(T) == 4);
        if (n > bytes_.size() / 4) {
            refuse(where_, "expected " + std::to_string(n) + " more numbers, found " +
                               std::to_string(bytes_.size() / 4));
        }
        const auto* const array = reinterpret_cast<const T*>(bytes_.data());
        bytes_ = bytes_.subspan(n * 4);
        return array;
    }
    void done() const {
        if (bytes_.empty()) return;
        refuse(where_, "expected to end, found " + std::to_string(bytes_.size()) + " more bytes");
    }

  private:
    base::Bytes bytes_;
    const std::string& where_;
};

void check_logarithms(const float* values, std::size_t n, const char* what,
                      const std::string& where) {
    // Also refuses NaN.
    const bool good =
        std::all_of(values, values + n, [](float x) { return x >= kLeastLog && x <= 0.0F; });
    if (!good) {
        refuse(where, std::string(what) + ": expected logarithms from -1000 to 0, found another");
    }
}

}  // namespace

Ngram::Ngram(const spec::ModelSpec& spec, base::Bytes tables, const std::string& where)
    : order_(spec.ngram_order), vocab_size_(spec.vocab_size), n_bytes_(tables.size()) {
    Arrays arrays(tables, where);
    const std::uint32_t* const head = arrays.take<std::uint32_t>(1 + order_);
    if (head[0] != order_ || head[1] != vocab_size_) {
        refuse(where, "expected an order of " + std::to_string(order_) + " and " +
                          std::to_string(vocab_size_) + " tokens as in the spec, found " +
                          std::to_string(head[0]) + " and " + std::to_string(head[1]));
    }
    for (std::size_t i = 0; i < order_; ++i) {
        Level& level = levels_[i];
        level.n = head[1 + i];
        if (i > 0) level.tokens = arrays.take<std::uint32_t>(level.n);
        level.log_probability = arrays.take<float>(level.n);
        if (i + 1 == order_) break;
        level.backoff = arrays.take<float>(level.n);
        level.begin = arrays.take<std::uint32_t>(level.n + 1);
    }
    arrays.done();
    for (std::size_t i = 0; i < order_; ++i) {
        check(levels_[i], i + 1 < order_ ? &levels_[i + 1] : nullptr,
              where + ": level " + std::to_string(i + 1));
    }
}

void Ngram::check(const Level& level, const Level* next, const std::string& where) const {
    check_logarithms(level.log_probability, level.n, "probabilities", where);
    if (next == nullptr) return;
    check_logarithms(level.backoff, level.n, "backoffs", where);
    if (level.begin[0] != 0 || level.begin[level.n] != next->n) {
        refuse(where, "children: expected 0 to " + std::to_string(next->n) + ", found " +
                          std::to_string(level.begin[0]) + " to " +
                          std::to_string(level.begin[level.n]));
    }
    for (std::size_t i = 0; i < level.n; ++i) {
        const std::size_t begin = level.begin[i];
        const std::size_t end = level.begin[i + 1];
        if (end < begin || end > next->n) {
            refuse(where, "entry " + std::to_string(i) + ": expected children behind those before");
        }
        for (std::size_t k = begin; k < end; ++k) {
            if (next->tokens[k] < vocab_size_ &&
                (k == begin || next->tokens[k - 1] < next->tokens[k])) {
                continue;
            }
            refuse(where, "entry " + std::to_string(i) +
                              ": expected children with ascending tokens of the vocabulary");
        }
    }
}

std::optional<std::size_t> Ngram::find(std::span<const std::uint32_t> tokens) const noexcept {
    std::size_t at = tokens.front();
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        const Level& level = levels_[i - 1];
        const std::uint32_t* const begin = levels_[i].tokens + level.begin[at];
        const std::uint32_t* const end = levels_[i].tokens + level.begin[at + 1];
        const std::uint32_t* const found = std::lower_bound(begin, end, tokens[i]);
        if (found == end || *found != tokens[i]) return std::nullopt;
        at = static_cast<std::size_t>(found - levels_[i].tokens);
    }
    return at;
}

void Ngram::log_probabilities(std::span<const std::uint32_t> context, float* out) const noexcept {
    const std::size_t n = std::min(order_ - 1, context.size());
    std::array<std::optional<std::size_t>, spec::kMaxNgramOrder> entries;  // of the last k tokens
    for (std::size_t k = 1; k <= n; ++k) entries[k] = find(context.last(k));
    // What a token of level k + 1 loses because its longer runs were not seen.
    std::array<float, spec::kMaxNgramOrder> lost{};
    for (std::size_t k = n; k-- > 0;) {
        lost[k] = lost[k + 1] + (entries[k + 1] ? levels_[k].backoff[*entries[k + 1]] : 0.0F);
    }
    const float* const single = levels_[0].log_probability;
    for (std::size_t token = 0; token < vocab_size_; ++token) out[token] = single[token] + lost[0];
    for (std::size_t k = 1; k <= n; ++k) {
        if (!entries[k]) continue;
        const Level& children = levels_[k];
        const std::uint32_t* const begin = levels_[k - 1].begin + *entries[k];
        for (std::size_t i = begin[0]; i < begin[1]; ++i) {
            out[children.tokens[i]] = children.log_probability[i] + lost[k];
        }
    }
}

}  // namespace quire::model
