#include <doctest/doctest.h>

#include <cmath>

#include "lib/kernels/dispatch.h"
#include "lib/tensor/half.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

namespace {

// One key/value head over some positions, and what its cells decode to.
struct Sequence {
    std::size_t head_dim;
    kernels::KvType type;
    std::vector<std::vector<std::byte>> storage;
    std::vector<const std::byte*> pages;
    std::vector<std::vector<float>> keys;
    std::vector<std::vector<float>> values;
};

// Rounds a row to what its cells decode to.
void round_cells(std::vector<float>& row, kernels::KvType type) {
    float most = 0;
    for (const float x : row) most = std::max(most, std::abs(x));
    for (float& x : row) {
        if (type == kernels::KvType::f16) x = tensor::f16_to_f32(tensor::f32_to_f16(x));
        if (type == kernels::KvType::int8) {
            x = std::nearbyint(x * (127.0F / most)) * (most / 127.0F);
        }
    }
}

Sequence make_sequence(Rng& rng, std::size_t n_positions, std::size_t head_dim,
                       kernels::KvType type, std::string_view isa = "portable") {
    Sequence s;
    s.head_dim = head_dim;
    s.type = type;
    const auto& table = kernels::choose(isa);
    const auto at = static_cast<std::size_t>(type);
    const std::size_t keys = kernels::keys_bytes(type, head_dim);
    for (std::size_t pos = 0; pos < n_positions; ++pos) {
        if (pos % 64 == 0) s.storage.emplace_back(keys + kernels::values_bytes(type, head_dim));
        auto& page = s.storage.back();
        auto key = uniform(rng, head_dim);
        auto value = uniform(rng, head_dim);
        table.store_key[at](page.data(), pos % 64, key.data(), head_dim);
        table.store_value[at](page.data() + keys, pos % 64, value.data(), head_dim);
        for (auto* row : {&key, &value}) round_cells(*row, type);
        s.keys.push_back(key);
        s.values.push_back(value);
    }
    for (const auto& page : s.storage) s.pages.push_back(page.data());
    return s;
}

constexpr kernels::KvType kTypes[] = {kernels::KvType::f16, kernels::KvType::f32,
                                      kernels::KvType::int8};
// Of these, coded_kv_test.cpp checks what they store.
constexpr kernels::KvType kAllTypes[] = {kernels::KvType::f16, kernels::KvType::f32,
                                         kernels::KvType::int8, kernels::KvType::q8,
                                         kernels::KvType::q4};

struct Kind {
    bool causal = true;
    std::size_t window = 0;
    float soft_cap = 0.0F;
    const float* slopes = nullptr;
    const float* sinks = nullptr;
    std::size_t bias_distance = 0;
    std::size_t chunk = 0;
};

constexpr float kSlopes[] = {0.25F, 0.004F, 0.7F, 0.01F, 0.5F, 0.125F, 1.5F, 0.0F};
constexpr float kSinks[] = {0.5F, -80.0F, 3.0F, -1.0F, 0.0F, 60.0F, -3.5F, 1.25F};

// Of up to 8 heads and distances of up to 90 positions.
const std::vector<float>& bias_table() {
    static const std::vector<float> table = [] {
        Rng rng(12);
        return uniform(rng, 8 * 181);
    }();
    return table;
}

constexpr Kind kKinds[] = {{},
                           {true, 1},
                           {true, 50},
                           {true, 64, 2.5F},
                           {true, 133},
                           {false},
                           {true, 0, 0.0F, kSlopes},
                           {false, 0, 0.0F, kSlopes},
                           {true, 0, 0.0F, nullptr, kSinks},
                           {true, 70, 2.5F, kSlopes, kSinks},
                           {.causal = false, .window = 1},
                           {.causal = false, .window = 65},
                           {.causal = false, .bias_distance = 90},
                           {.causal = true, .window = 70, .soft_cap = 2.5F, .bias_distance = 5},
                           {.chunk = 64},
                           {.sinks = kSinks, .chunk = 75}};

// The queries of the last n_tokens positions of a sequence.
struct Queries {
    std::size_t n_tokens;
    std::size_t group;
    std::vector<float> values;  // (n_tokens, group, head_dim)
};

Queries make_queries(Rng& rng, const Sequence& s, std::size_t n_tokens, std::size_t group) {
    return {n_tokens, group, uniform(rng, n_tokens * group * s.head_dim)};
}

// All but the tokens and the output.
kernels::AttentionArgs arguments(const Sequence& s, std::size_t group, const Kind& kind) {
    kernels::AttentionArgs args{};
    args.out_stride = group * s.head_dim;
    args.q_stride = args.out_stride;
    args.group = group;
    args.head_dim = s.head_dim;
    args.pages = s.pages.data();
    args.v_offset = kernels::keys_bytes(s.type, s.head_dim);
    args.causal = kind.causal;
    args.n_positions = s.keys.size();
    args.window = kind.window;
    args.chunk = kind.chunk;
    args.soft_cap = kind.soft_cap;
    args.slopes = kind.slopes;
    args.sinks = kind.sinks;
    if (kind.bias_distance > 0) args.bias = bias_table().data();
    args.bias_distance = kind.bias_distance;
    return args;
}

// Attention of all queries, `chunk` tokens in a call.
std::vector<float> attend(const kernels::KernelTable& table, const Sequence& s, const Queries& q,
                          std::size_t chunk, const Kind& kind) {
    std::vector<float> out(q.values.size());
    std::vector<float> scratch(kernels::attention_scratch(s.head_dim));
    kernels::AttentionArgs args = arguments(s, q.group, kind);
    args.scratch = scratch.data();
    for (std::size_t t = 0; t < q.n_tokens; t += chunk) {
        args.out = &out[t * args.out_stride];
        args.q = &q.values[t * args.q_stride];
        args.n_tokens = std::min(chunk, q.n_tokens - t);
        args.first_pos = s.keys.size() - q.n_tokens + t;
        table.attention[static_cast<std::size_t>(s.type)](args);
    }
    return out;
}

// The same with `n_spans` spans in a call, joined at the end.
std::vector<float> attend_in_parts(const kernels::KernelTable& table, const Sequence& s,
                                   const Queries& q, std::size_t n_spans, const Kind& kind) {
    std::vector<float> out(q.values.size());
    std::vector<float> scratch(kernels::attention_scratch(s.head_dim));
    std::vector<float> partials(s.pages.size() * q.n_tokens * q.group *
                                kernels::attention_partial(s.head_dim));
    kernels::AttentionArgs args = arguments(s, q.group, kind);
    args.out = out.data();
    args.q = q.values.data();
    args.n_tokens = q.n_tokens;
    args.first_pos = s.keys.size() - q.n_tokens;
    args.scratch = scratch.data();
    args.partials = partials.data();
    for (std::size_t span = 0; span < s.pages.size(); span += n_spans) {
        args.span_begin = span;
        args.span_end = span + n_spans;
        table.attention[static_cast<std::size_t>(s.type)](args);
    }
    table.attention_join(args);
    return out;
}

// The formula for one query row of a group of 3 whose first token has position 0, in double.
std::vector<double> softmax_attention(const Sequence& s, const float* q, std::size_t row,
                                      const Kind& kind) {
    const std::size_t pos = row / 3;
    const std::size_t last = kind.causal ? pos + 1 : s.keys.size();
    const std::size_t end =
        kind.causal || kind.window == 0 ? last : std::min(last, pos + kind.window);
    const std::size_t begin = kind.chunk > 0 ? pos / kind.chunk * kind.chunk
                              : kind.window == 0 || pos + 1 <= kind.window ? 0
                                                                           : pos + 1 - kind.window;
    std::vector<double> p;
    double top = -1e300;
    for (std::size_t i = begin; i < end; ++i) {
        double score = 0;
        for (std::size_t d = 0; d < s.head_dim; ++d) score += double{q[d]} * s.keys[i][d];
        if (kind.bias_distance > 0) {
            const auto limit = static_cast<std::ptrdiff_t>(kind.bias_distance);
            const auto distance = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(pos);
            const auto place =
                static_cast<std::size_t>(limit + std::clamp(distance, -limit, limit));
            score += double{bias_table()[row % 3 * (2 * kind.bias_distance + 1) + place]};
        }
        const double cap = double{kind.soft_cap};
        if (cap > 0) score = cap * std::tanh(score / cap);
        const double distance = std::abs(static_cast<double>(i) - static_cast<double>(pos));
        if (kind.slopes != nullptr) score -= double{kind.slopes[row % 3]} * distance;
        p.push_back(score);
        top = std::max(top, score);
    }
    double sum = kind.sinks == nullptr ? 0.0 : std::exp(double{kind.sinks[row % 3]} - top);
    for (double& x : p) sum += x = std::exp(x - top);
    std::vector<double> out(s.head_dim);
    for (std::size_t i = begin; i < end; ++i) {
        for (std::size_t d = 0; d < s.head_dim; ++d) {
            out[d] += p[i - begin] / sum * double{s.values[i][d]};
        }
    }
    return out;
}

}  // namespace

TEST_CASE(
    "attention: portable is close to a softmax in double over the positions that a token sees") {
    Rng rng(6);
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U}) {
        const std::size_t head_dim = i == 0 ? 8 : i == 1 ? 24 : 64;
        const Sequence s = make_sequence(rng, 150, head_dim, kTypes[i % 3]);
        const Queries q = make_queries(rng, s, 150, 3);
        for (const Kind& kind : kKinds) {
            const auto out = attend(kernels::choose("portable"), s, q, 150, kind);
            for (std::size_t row = 0; row < 450; ++row) {
                const auto expected = softmax_attention(s, &q.values[row * head_dim], row, kind);
                for (std::size_t d = 0; d < head_dim; ++d) {
                    CHECK(out[row * head_dim + d] == doctest::Approx(expected[d]).epsilon(2e-4));
                }
            }
        }
    }
}

TEST_CASE("attention: every variant stores the same cells") {
    for (const kernels::KvType type : kTypes) {
        for (const std::size_t head_dim : {6U, 24U, 64U, 80U}) {
            Rng rng(3);
            const Sequence expected = make_sequence(rng, 130, head_dim, type);
            for (const kernels::KernelTable* table : kernels::available()) {
                CAPTURE(table->name);
                CAPTURE(head_dim);
                Rng again(3);
                const Sequence s = make_sequence(again, 130, head_dim, type, table->name);
                CHECK(s.storage == expected.storage);
            }
        }
    }
}

TEST_CASE("attention: every variant gives the portable bits, with any number of tokens in a call") {
    Rng rng(7);
    for (const std::size_t head_dim : {8U, 24U, 64U, 80U}) {
        for (const std::size_t group : {1U, 3U}) {
            const kernels::KvType type = kAllTypes[(head_dim / 8 + group / 3) % 5];
            const Sequence s = make_sequence(rng, 201, head_dim, type);
            const Queries q = make_queries(rng, s, 170, group);
            for (const Kind& kind : kKinds) {
                const auto expected = attend(kernels::choose("portable"), s, q, 1, kind);
                for (const kernels::KernelTable* table : kernels::available()) {
                    for (const std::size_t chunk : {1U, 7U, 64U, 170U}) {
                        CAPTURE(table->name);
                        CAPTURE(head_dim);
                        CAPTURE(group);
                        CAPTURE(chunk);
                        CAPTURE(kind.window);
                        const auto out = attend(*table, s, q, chunk, kind);
                        CHECK(same_bits(out, expected));
                    }
                }
            }
        }
    }
}

TEST_CASE("attention: spans that are computed separately and joined give the bits of one call") {
    Rng rng(8);
    for (const std::size_t head_dim : {24U, 64U}) {
        for (const std::size_t group : {1U, 3U, 8U}) {
            const Sequence s =
                make_sequence(rng, 333, head_dim, kAllTypes[(group + head_dim / 24) % 5]);
            for (const std::size_t n_tokens : {1U, 5U}) {
                const Queries q = make_queries(rng, s, n_tokens, group);
                for (const Kind& kind : kKinds) {
                    const auto expected = attend(kernels::choose("portable"), s, q, n_tokens, kind);
                    for (const kernels::KernelTable* table : kernels::available()) {
                        for (const std::size_t n_spans : {1U, 4U, 99U}) {
                            CAPTURE(table->name);
                            CAPTURE(group);
                            CAPTURE(n_spans);
                            CAPTURE(kind.window);
                            const auto out = attend_in_parts(*table, s, q, n_spans, kind);
                            CHECK(same_bits(out, expected));
                        }
                    }
                }
            }
        }
    }
}
