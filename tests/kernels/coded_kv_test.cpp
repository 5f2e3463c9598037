// Coded keys and values beside a slow twin that follows kernels.h step by step, in plain loops.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

namespace quire::test::coded {

namespace {

struct Kind {
    kernels::KvType type;
    std::size_t bits;
};
constexpr Kind kCodedTypes[] = {{kernels::KvType::q8, 8}, {kernels::KvType::q4, 4}};

float bf16_at(const std::byte* p) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, p, sizeof(bits));
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// The largest bf16 that is at most x.
float bf16_below(float x) {
    const float cut = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0xFFFF0000U);
    return cut <= x ? cut : std::bit_cast<float>(std::bit_cast<std::uint32_t>(cut) + 0x10000U);
}
// The least bf16 that is at least x >= 0.
float bf16_above(float x) {
    return -bf16_below(-x);
}

// A row of codes, and the scales (and for keys the least values) of its blocks.
struct Coded {
    std::vector<int> codes;
    std::vector<float> scales;
    std::vector<float> mins;
};

float padded_at(const std::vector<float>& x, std::size_t i) {
    return i < x.size() ? x[i] : 0.0F;
}

Coded code_key(const std::vector<float>& x, std::size_t bits) {
    const auto top = static_cast<float>((1 << bits) - 1);
    Coded coded;
    for (std::size_t begin = 0; begin < x.size(); begin += 32) {
        float low = padded_at(x, begin);
        float high = low;
        for (std::size_t i = begin; i < begin + 32; ++i) {
            low = std::min(low, padded_at(x, i));
            high = std::max(high, padded_at(x, i));
        }
        const float min = bf16_below(low);
        const float step = (high - min) / top;
        const float scale = step > 1e-30F ? bf16_above(step) : 0.0F;
        const float inverse = step > 1e-30F ? 1.0F / scale : 0.0F;
        for (std::size_t i = begin; i < begin + 32; ++i) {
            coded.codes.push_back(
                static_cast<int>(std::nearbyint((padded_at(x, i) - min) * inverse)));
        }
        coded.scales.push_back(scale);
        coded.mins.push_back(min);
    }
    return coded;
}

Coded code_value(const std::vector<float>& x, std::size_t bits) {
    const auto top = static_cast<float>((1 << bits) - 1);
    float largest = 0;
    for (const float value : x) largest = std::max(largest, std::abs(value));
    const float step = largest / top;
    const float scale = step > 1e-30F ? bf16_above(step) : 0.0F;
    const float inverse = step > 1e-30F ? 0.5F / scale : 0.0F;
    Coded coded;
    for (std::size_t i = 0; i < (x.size() + 31) / 32 * 32; ++i) {
        coded.codes.push_back(
            static_cast<int>(std::nearbyint(std::fma(padded_at(x, i), inverse, top / 2))));
    }
    coded.scales.push_back(scale);
    return coded;
}

// What the cells of a page hold, by the layout of kernels.h.
Coded stored_key(const std::byte* head, std::size_t pos, std::size_t n_blocks, std::size_t bits) {
    const std::byte* scales = head + 4 * n_blocks * bits * 64;
    const std::byte* mins = scales + n_blocks * 128;
    Coded coded;
    for (std::size_t i = 0; i < n_blocks * 32; ++i) {
        const std::size_t in_block = i % 32;
        const std::size_t in_half = bits == 4 ? in_block % 16 : in_block;
        const std::size_t vector = (pos / 16 * n_blocks + i / 32) * bits + in_half / 4;
        const auto byte = static_cast<unsigned>(head[vector * 64 + pos % 16 * 4 + in_half % 4]);
        coded.codes.push_back(static_cast<int>(bits == 8       ? byte
                                               : in_block < 16 ? byte & 15U
                                                               : byte >> 4));
    }
    for (std::size_t b = 0; b < n_blocks; ++b) {
        coded.scales.push_back(bf16_at(scales + (b * 64 + pos) * 2));
        coded.mins.push_back(bf16_at(mins + (b * 64 + pos) * 2));
    }
    return coded;
}

Coded stored_value(const std::byte* head, std::size_t pos, std::size_t n_blocks, std::size_t bits) {
    Coded coded;
    for (std::size_t i = 0; i < n_blocks * 32; ++i) {
        const std::size_t panel = bits == 4 ? i / 32 : i / 16;
        const std::size_t vector = panel * 16 + pos / 4;
        const auto byte = static_cast<unsigned>(head[vector * 64 + i % 16 * 4 + pos % 4]);
        coded.codes.push_back(static_cast<int>(bits == 8     ? byte
                                               : i % 32 < 16 ? byte & 15U
                                                             : byte >> 4));
    }
    coded.scales.push_back(bf16_at(head + n_blocks * 32 * bits * 8 + pos * 2));
    return coded;
}

void check_equal(const Coded& found, const Coded& expected) {
    CHECK(found.codes == expected.codes);
    CHECK(same_bits(found.scales, expected.scales));
    CHECK(same_bits(found.mins, expected.mins));
}

// One key/value head over some positions.
struct Sequence {
    std::size_t head_dim;
    int top;  // the largest code
    std::vector<std::vector<std::byte>> storage;
    std::vector<const std::byte*> pages;
    std::vector<Coded> keys;
    std::vector<Coded> values;
};

// Rows with an outlier, of equal numbers, of zeros, and of numbers too small for a scale.
std::vector<float> row_at(Rng& rng, std::size_t n, std::size_t pos) {
    std::vector<float> x = uniform(rng, n);
    if (pos % 29 == 3) std::ranges::fill(x, 0.7F);
    if (pos % 29 == 5) std::ranges::fill(x, 0.0F);
    if (pos % 29 == 7) {
        for (float& value : x) value *= 1e-32F;
    }
    return x;
}

Sequence make_sequence(const kernels::KernelTable& table, const Kind& kind, std::size_t n_positions,
                       std::size_t head_dim) {
    Rng rng(5);
    Sequence s;
    s.head_dim = head_dim;
    s.top = (1 << kind.bits) - 1;
    const auto at = static_cast<std::size_t>(kind.type);
    const std::size_t keys = kernels::keys_bytes(kind.type, head_dim);
    for (std::size_t pos = 0; pos < n_positions; ++pos) {
        if (pos % 64 == 0) {
            s.storage.emplace_back(keys + kernels::values_bytes(kind.type, head_dim));
        }
        const auto key = row_at(rng, head_dim, pos);
        const auto value = row_at(rng, head_dim, pos + 1);
        table.store_key[at](s.storage.back().data(), pos % 64, key.data(), head_dim);
        table.store_value[at](s.storage.back().data() + keys, pos % 64, value.data(), head_dim);
        s.keys.push_back(code_key(key, kind.bits));
        s.values.push_back(code_value(value, kind.bits));
    }
    for (const auto& page : s.storage) s.pages.push_back(page.data());
    return s;
}

float exp_of(float x, float shift) {
    float out = 0;
    kernels::choose("portable").exp_shifted(&out, &x, 1, shift);
    return out;
}

// The reduction of kernels.h over 16 lanes.
float tree_sum(std::vector<float> lanes) {
    for (std::size_t width = 8; width > 0; width /= 2) {
        for (std::size_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
    }
    return lanes[0];
}

// y of a query: its codes and their scale.
Coded code_query(const float* q, std::size_t head_dim) {
    float largest = 0;
    for (std::size_t d = 0; d < head_dim; ++d) largest = std::max(largest, std::abs(q[d]));
    Coded y;
    for (std::size_t d = 0; d < head_dim; ++d) {
        y.codes.push_back(static_cast<int>(std::nearbyint(q[d] * (127.0F / largest))));
    }
    y.scales.push_back(largest / 127.0F);
    return y;
}

float score(const Coded& y, const Coded& key) {
    float s = 0;
    for (std::size_t b = 0; b < key.scales.size(); ++b) {
        int products = 0;
        int sum = 0;
        for (std::size_t d = 32 * b; d < 32 * b + 32 && d < y.codes.size(); ++d) {
            products += key.codes[d] * y.codes[d];
            sum += y.codes[d];
        }
        s = std::fma(static_cast<float>(products), key.scales[b], s);
        s = std::fma(key.mins[b], static_cast<float>(sum), s);
    }
    return s * y.scales[0];
}

// o' of a span, whose first position is `span`: p (64) are its weights.
std::vector<float> weighted_values(const Sequence& s, const std::vector<float>& p,
                                   std::size_t span) {
    std::vector<float> w(64);
    float largest = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        if (p[i] != 0) w[i] = p[i] * s.values[span + i].scales[0];
        largest = std::max(largest, w[i]);
    }
    std::vector<float> out(s.head_dim);
    for (std::size_t d = 0; largest > 1e-30F && d < s.head_dim; ++d) {
        int sum = 0;
        for (std::size_t i = 0; i < 64; ++i) {
            const int u = static_cast<int>(std::nearbyint(w[i] * (254.0F / largest)));
            if (u != 0) sum += (2 * s.values[span + i].codes[d] - s.top) * u;
        }
        out[d] = static_cast<float>(sum) * (largest / 254.0F);
    }
    return out;
}

// Attention of one query row at position pos with `window` positions.
std::vector<float> slow_attention(const Sequence& s, const float* q, std::size_t pos,
                                  std::size_t window) {
    const std::size_t begin = window == 0 || pos < window ? 0 : pos + 1 - window;
    const Coded y = code_query(q, s.head_dim);
    std::vector<float> o(s.head_dim);
    float max = -1e30F;
    float sum = 0;
    for (std::size_t span = begin / 64 * 64; span <= pos; span += 64) {
        std::vector<float> p(64);
        const std::size_t first = std::max(begin, span);
        const std::size_t last = std::min(pos, span + 63);
        float span_max = -1e30F;
        for (std::size_t i = first; i <= last; ++i) {
            p[i - span] = score(y, s.keys[i]);
            span_max = std::max(span_max, p[i - span]);
        }
        std::vector<float> lanes(16);
        for (std::size_t i = 0; i < 64; ++i) {
            const bool seen = span + i >= first && span + i <= last;
            p[i] = seen ? exp_of(p[i], span_max) : 0.0F;
            lanes[i % 16] += p[i];
        }
        const auto part = weighted_values(s, p, span);
        const float joint = std::max(max, span_max);
        const float a = exp_of(max, joint);
        const float b = exp_of(span_max, joint);
        sum = std::fma(sum, a, tree_sum(lanes) * b);
        for (std::size_t d = 0; d < s.head_dim; ++d) o[d] = std::fma(o[d], a, part[d] * b);
        max = joint;
    }
    for (float& value : o) value *= 1.0F / sum;
    return o;
}

}  // namespace

TEST_CASE("coded keys and values: every variant stores the codes of the slow twin") {
    for (const Kind& kind : kCodedTypes) {
        for (const std::size_t head_dim : {6U, 64U, 80U, 128U}) {
            for (const kernels::KernelTable* table : kernels::available()) {
                CAPTURE(table->name);
                CAPTURE(kind.bits);
                CAPTURE(head_dim);
                const Sequence s = make_sequence(*table, kind, 130, head_dim);
                const std::size_t keys = kernels::keys_bytes(kind.type, head_dim);
                for (std::size_t pos = 0; pos < 130; ++pos) {
                    const std::byte* page = s.pages[pos / 64];
                    const std::size_t n_blocks = (head_dim + 31) / 32;
                    check_equal(stored_key(page, pos % 64, n_blocks, kind.bits), s.keys[pos]);
                    check_equal(stored_value(page + keys, pos % 64, n_blocks, kind.bits),
                                s.values[pos]);
                }
            }
        }
    }
}

TEST_CASE("coded keys and values: every variant gives the bits of the slow twin") {
    Rng rng(11);
    constexpr std::size_t kPositions = 150;
    for (const Kind& kind : kCodedTypes) {
        for (const std::size_t head_dim : {6U, 64U, 80U}) {
            const std::size_t group = head_dim == 64 ? 4 : 3;
            const auto q = uniform(rng, kPositions * group * head_dim);
            const std::size_t window = head_dim == 6 ? 70 : 0;
            const Sequence s =
                make_sequence(kernels::choose("portable"), kind, kPositions, head_dim);
            std::vector<float> expected;
            for (std::size_t row = 0; row < kPositions * group; ++row) {
                const auto one = slow_attention(s, &q[row * head_dim], row / group, window);
                expected.insert(expected.end(), one.begin(), one.end());
            }
            for (const kernels::KernelTable* table : kernels::available()) {
                CAPTURE(table->name);
                CAPTURE(kind.bits);
                CAPTURE(head_dim);
                std::vector<float> out(q.size());
                std::vector<float> scratch(kernels::attention_scratch(head_dim));
                kernels::AttentionArgs args{};
                args.out = out.data();
                args.q = q.data();
                args.out_stride = args.q_stride = group * head_dim;
                args.n_tokens = kPositions;
                args.group = group;
                args.head_dim = head_dim;
                args.pages = s.pages.data();
                args.v_offset = kernels::keys_bytes(kind.type, head_dim);
                args.scratch = scratch.data();
                args.n_positions = kPositions;
                args.window = window;
                table->attention[static_cast<std::size_t>(kind.type)](args);
                CHECK(same_bits(out, expected));
            }
        }
    }
}

TEST_CASE("hadamard: every variant transforms blocks of powers of two, and back") {
    Rng rng(12);
    for (const std::size_t n : {1U, 6U, 8U, 64U, 80U, 96U, 1024U}) {
        CAPTURE(n);
        const auto x = uniform(rng, n);
        same_everywhere(x, [&](const auto& t, float* out) { t.hadamard(out, n); });
        auto y = x;
        kernels::choose("portable").hadamard(y.data(), n);
        std::size_t block = 1;
        while (n % (2 * block) == 0) block *= 2;
        for (std::size_t i = 0; i < n; ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < block; ++j) {
                const bool odd = std::popcount(i % block & j) % 2 == 1;
                sum += double{x[i / block * block + j]} * (odd ? -1.0 : 1.0);
            }
            CHECK(y[i] == doctest::Approx(sum / std::sqrt(block)).epsilon(1e-5));
        }
        kernels::choose("portable").hadamard(y.data(), n);
        for (std::size_t i = 0; i < n; ++i) CHECK(y[i] == doctest::Approx(x[i]).epsilon(1e-4));
    }
}

}  // namespace quire::test::coded
