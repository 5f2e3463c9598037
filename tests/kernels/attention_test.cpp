#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "lib/kernels/dispatch.h"
#include "lib/tensor/half.h"
#include "tests/kernels/random_data.h"

using namespace quire;
using namespace quire::test;

namespace {

// One key/value head over some positions, with plain copies of what was stored.
struct Sequence {
    std::size_t head_dim;
    std::size_t wide;
    std::vector<std::vector<std::uint16_t>> storage;
    std::vector<const std::uint16_t*> pages;
    std::vector<std::vector<float>> keys;
    std::vector<std::vector<float>> values;
};

Sequence make_sequence(Rng& rng, std::size_t n_positions, std::size_t head_dim) {
    Sequence s;
    s.head_dim = head_dim;
    s.wide = (head_dim + 15) / 16 * 16;
    const auto& table = kernels::choose("portable");
    for (std::size_t pos = 0; pos < n_positions; ++pos) {
        if (pos % 64 == 0) s.storage.emplace_back(64 * head_dim + 64 * s.wide);
        auto& page = s.storage.back();
        auto key = uniform(rng, head_dim);
        auto value = uniform(rng, head_dim);
        const std::size_t in_page = pos % 64;
        table.store_key(&page[in_page / 16 * head_dim * 16], in_page % 16, key.data(), head_dim);
        table.store_f16(&page[64 * head_dim + in_page * s.wide], value.data(), head_dim);
        for (float& x : key) x = tensor::f16_to_f32(tensor::f32_to_f16(x));
        for (float& x : value) x = tensor::f16_to_f32(tensor::f32_to_f16(x));
        s.keys.push_back(key);
        s.values.push_back(value);
    }
    for (const auto& page : s.storage) s.pages.push_back(page.data());
    return s;
}

struct Kind {
    bool causal = true;
    std::size_t window = 0;
    float soft_cap = 0.0F;
};

constexpr Kind kKinds[] = {{}, {true, 1}, {true, 50}, {true, 64, 2.5F}, {true, 133}, {false}};

// Rows of the last n_tokens positions, computed `chunk` tokens at a time.
std::vector<float> attend(const kernels::KernelTable& table, const Sequence& s,
                          const std::vector<float>& q, std::size_t n_tokens, std::size_t group,
                          std::size_t chunk, const Kind& kind) {
    const std::size_t stride = group * s.head_dim;
    std::vector<float> out(n_tokens * stride);
    const std::size_t before = s.keys.size() - n_tokens;
    for (std::size_t t = 0; t < n_tokens; t += chunk) {
        const std::size_t n = std::min(chunk, n_tokens - t);
        std::vector<float> scratch(kernels::attention_scratch(s.head_dim));
        table.attention({&out[t * stride], stride, &q[t * stride], stride, n, group, s.head_dim,
                         before + t, s.pages.data(), 0, 64 * s.head_dim, scratch.data(),
                         kind.causal, s.keys.size(), kind.window, kind.soft_cap});
    }
    return out;
}

// The same with the spans of each chunk dealt out to calls of `n_spans` spans, then joined.
std::vector<float> attend_in_parts(const kernels::KernelTable& table, const Sequence& s,
                                   const std::vector<float>& q, std::size_t n_tokens,
                                   std::size_t group, std::size_t n_spans, const Kind& kind) {
    const std::size_t stride = group * s.head_dim;
    std::vector<float> out(n_tokens * stride);
    std::vector<float> scratch(kernels::attention_scratch(s.head_dim));
    std::vector<float> partials(s.pages.size() * n_tokens * group *
                                kernels::attention_partial(s.head_dim));
    kernels::AttentionArgs args{out.data(),      stride,
                                q.data(),        stride,
                                n_tokens,        group,
                                s.head_dim,      s.keys.size() - n_tokens,
                                s.pages.data(),  0,
                                64 * s.head_dim, scratch.data(),
                                kind.causal,     s.keys.size(),
                                kind.window,     kind.soft_cap};
    args.partials = partials.data();
    for (std::size_t span = 0; span < s.pages.size(); span += n_spans) {
        args.span_begin = span;
        args.span_end = span + n_spans;
        table.attention(args);
    }
    table.attention_join(args);
    return out;
}

// One query row at position pos, as the formula says, in double.
std::vector<double> softmax_attention(const Sequence& s, const float* q, std::size_t pos,
                                      const Kind& kind) {
    const std::size_t end = kind.causal ? pos + 1 : s.keys.size();
    const std::size_t begin = kind.window == 0 || end <= kind.window ? 0 : end - kind.window;
    std::vector<double> p;
    double top = -1e300;
    for (std::size_t i = begin; i < end; ++i) {
        double score = 0;
        for (std::size_t d = 0; d < s.head_dim; ++d) score += double{q[d]} * s.keys[i][d];
        const double cap = double{kind.soft_cap};
        if (cap > 0) score = cap * std::tanh(score / cap);
        p.push_back(score);
        top = std::max(top, score);
    }
    double sum = 0;
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

TEST_CASE("attention: portable is near a softmax over what a token sees, in double") {
    Rng rng(6);
    for (const std::size_t head_dim : {8U, 24U, 64U}) {
        const Sequence s = make_sequence(rng, 150, head_dim);
        const auto q = uniform(rng, 150 * 3 * head_dim);
        for (const Kind& kind : kKinds) {
            const auto out = attend(kernels::choose("portable"), s, q, 150, 3, 150, kind);
            for (std::size_t row = 0; row < 450; ++row) {
                const auto expected = softmax_attention(s, &q[row * head_dim], row / 3, kind);
                for (std::size_t d = 0; d < head_dim; ++d) {
                    CHECK(out[row * head_dim + d] == doctest::Approx(expected[d]).epsilon(2e-4));
                }
            }
        }
    }
}

TEST_CASE("attention: any instruction set and any chunk of tokens gives the same bits") {
    Rng rng(7);
    for (const std::size_t head_dim : {8U, 24U, 64U, 80U}) {
        for (const std::size_t group : {1U, 3U}) {
            const Sequence s = make_sequence(rng, 201, head_dim);
            const auto q = uniform(rng, 170 * group * head_dim);
            for (const Kind& kind : kKinds) {
                const auto expected =
                    attend(kernels::choose("portable"), s, q, 170, group, 1, kind);
                for (const kernels::KernelTable* table : kernels::available()) {
                    for (const std::size_t chunk : {1U, 7U, 64U, 170U}) {
                        CAPTURE(table->name);
                        CAPTURE(head_dim);
                        CAPTURE(group);
                        CAPTURE(chunk);
                        CAPTURE(kind.window);
                        const auto out = attend(*table, s, q, 170, group, chunk, kind);
                        CHECK(std::memcmp(out.data(), expected.data(),
                                          out.size() * sizeof(float)) == 0);
                    }
                }
            }
        }
    }
}

TEST_CASE("attention: spans computed apart and joined give the bits of one call") {
    Rng rng(8);
    for (const std::size_t head_dim : {24U, 64U}) {
        for (const std::size_t group : {1U, 3U, 8U}) {
            const Sequence s = make_sequence(rng, 333, head_dim);
            for (const std::size_t n_tokens : {1U, 5U}) {
                const auto q = uniform(rng, n_tokens * group * head_dim);
                for (const Kind& kind : kKinds) {
                    const auto expected =
                        attend(kernels::choose("portable"), s, q, n_tokens, group, n_tokens, kind);
                    for (const kernels::KernelTable* table : kernels::available()) {
                        for (const std::size_t n_spans : {1U, 4U, 99U}) {
                            CAPTURE(table->name);
                            CAPTURE(group);
                            CAPTURE(n_spans);
                            CAPTURE(kind.window);
                            const auto out =
                                attend_in_parts(*table, s, q, n_tokens, group, n_spans, kind);
                            CHECK(std::memcmp(out.data(), expected.data(),
                                              out.size() * sizeof(float)) == 0);
                        }
                    }
                }
            }
        }
    }
}
