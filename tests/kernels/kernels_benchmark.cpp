// Speed of single kernels on one thread for each instruction set, with the shapes of SmolLM2-135M.
// For developers. All benchmarks together take many minutes, so choose by --benchmark_filter:
//   matmul/ISA/TYPE/ROWSxCOLUMNS/TOKENS   attention/ISA/TOKENS@FIRST_POS   quantize, rms_norm, ...
#include <benchmark/benchmark.h>
#include <spdlog/fmt/fmt.h>

#include "lib/kernels/dispatch.h"
#include "lib/model/linear.h"
#include "tests/kernels/random_data.h"

using namespace quire;
using benchmark::Counter;

namespace {

constexpr std::size_t kDim = 576;
constexpr std::size_t kFfnDim = 1536;
constexpr std::size_t kHeadDim = 64;
constexpr std::size_t kGroup = 3;

// With few tokens, weights are read from memory, as in decoding: the benchmark alternates between
// copies of the matrix that together exceed the caches. With many tokens there is one matrix.
constexpr std::size_t kBeyondCaches = std::size_t{192} << 20;
constexpr std::size_t kFewTokens = 16;

Counter rate(double n, Counter::OneK unit = Counter::OneK::kIs1000) {
    return {n, Counter::kIsIterationInvariantRate, unit};
}

// Copies of one matrix. They are kept for the next benchmark of the same shape, because a matrix
// takes longer to create than to measure.
class Copies {
  public:
    const model::Matrix& take(std::size_t i) const { return matrices_[i % matrices_.size()]; }

    void hold(tensor::DType dtype, std::size_t rows, std::size_t columns, std::size_t total_bytes) {
        if (fits(dtype, rows, columns, total_bytes)) return;
        *this = Copies();
        fill(dtype, rows, columns, total_bytes);
    }

  private:
    bool fits(tensor::DType dtype, std::size_t rows, std::size_t columns, std::size_t total) const {
        return !matrices_.empty() && matrices_[0].dtype == dtype && matrices_[0].rows == rows &&
               matrices_[0].columns == columns && total_ == total;
    }
    void fill(tensor::DType dtype, std::size_t rows, std::size_t columns, std::size_t total) {
        test::Rng rng(7);
        const test::PanelMatrix one = test::random_matrix(rng, dtype, rows, columns);
        const std::size_t n = 1 + total / one.bytes.size();
        const std::size_t step = base::align_up(one.bytes.size(), 64);
        bytes_ = model::Buffer<std::byte>(n * step);
        for (std::size_t i = 0; i < n; ++i) {
            std::copy(one.bytes.begin(), one.bytes.end(), bytes_.at(i * step));
            matrices_.push_back({dtype, rows, columns, {bytes_.at(i * step), one.bytes.size()}});
        }
        total_ = total;
    }

    std::size_t total_ = 0;
    model::Buffer<std::byte> bytes_;
    std::vector<model::Matrix> matrices_;
};

model::ActivationRows random_rows(const kernels::KernelTable& table, std::size_t n,
                                  std::size_t columns) {
    test::Rng rng(8);
    model::ActivationRows x(n, columns);
    for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t k = 0; k < columns; ++k) x.row(t)[k] = test::uniform(rng);
        x.quantize(table, t, {0, columns});
    }
    return x;
}

struct MatmulCase {
    const kernels::KernelTable* table;
    tensor::DType dtype;
    std::size_t rows;
    std::size_t columns;
    std::size_t n_tokens;
};

void matmul(benchmark::State& state, const MatmulCase& c, Copies& weights) {
    const bool few = c.n_tokens <= kFewTokens;
    weights.hold(c.dtype, c.rows, c.columns, few ? kBeyondCaches : 0);
    model::ActivationRows x = random_rows(*c.table, c.n_tokens, c.columns);
    const std::size_t n = model::n_panels(weights.take(0));
    model::Buffer<float> out(c.n_tokens * n * kernels::kPanelRows);
    std::size_t i = 0;
    for (auto _ : state) {
        model::multiply(*c.table, {out.data(), n * kernels::kPanelRows},
                        {weights.take(i++), {0, n}, x, {0, c.n_tokens}});
        benchmark::ClobberMemory();
    }
    state.counters["MAC/s"] = rate(static_cast<double>(c.n_tokens * c.rows * c.columns));
    state.counters["read/s"] = rate(static_cast<double>(weights.take(0).data.size()));
    state.counters["tok/s"] = rate(static_cast<double>(c.n_tokens));
}

// Consecutive tokens, the first at `first_pos`, of one key/value head and its three query heads.
void attention(benchmark::State& state, const kernels::KernelTable& table, std::size_t n_tokens,
               std::size_t first_pos) {
    test::Rng rng(9);
    const std::size_t n_spans =
        (first_pos + n_tokens + kernels::kSpanPositions - 1) / kernels::kSpanPositions;
    const std::size_t half = kernels::keys_bytes(kernels::KvType::f16, kHeadDim);
    model::Buffer<std::byte> pages(n_spans * 2 * half);
    std::vector<const std::byte*> views;
    for (std::size_t s = 0; s < n_spans; ++s) {
        std::byte* page = pages.at(s * 2 * half);
        for (std::size_t pos = 0; pos < kernels::kSpanPositions; ++pos) {
            table.store_key[0](page, pos, test::uniform(rng, kHeadDim).data(), kHeadDim);
            table.store_value[0](page + half, pos, test::uniform(rng, kHeadDim).data(), kHeadDim);
        }
        views.push_back(page);
    }
    const std::size_t stride = kGroup * kHeadDim;
    const std::vector<float> q = test::uniform(rng, n_tokens * stride);
    std::vector<float> out(n_tokens * stride);
    model::Buffer<float> scratch(kernels::attention_scratch(kHeadDim));
    kernels::AttentionArgs args{};
    args.out = out.data();
    args.out_stride = stride;
    args.q = q.data();
    args.q_stride = stride;
    args.n_tokens = n_tokens;
    args.group = kGroup;
    args.head_dim = kHeadDim;
    args.first_pos = first_pos;
    args.pages = views.data();
    args.k_offset = 0;
    args.v_offset = half;
    args.scratch = scratch.data();
    for (auto _ : state) {
        table.attention[0](args);
        benchmark::ClobberMemory();
    }
    // Products of scores and of values; a token sees itself and the positions before it.
    const std::size_t seen = n_tokens * first_pos + n_tokens * (n_tokens + 1) / 2;
    state.counters["MAC/s"] = rate(static_cast<double>(2 * seen * stride));
    state.counters["read/s"] = rate(static_cast<double>((first_pos + n_tokens) * kHeadDim * 4));
}

// Calls op(out, in) on 64 rows of n values in turn: they are in the first- or second-level cache, as
// after the operation before.
template <typename Op>
void rows(benchmark::State& state, std::size_t n, Op op) {
    test::Rng rng(10);
    const std::vector<float> in = test::uniform(rng, 64 * n);
    std::vector<float> out(in);
    std::size_t i = 0;
    for (auto _ : state) {
        const std::size_t at = i++ % 64 * n;
        op(&out[at], &in[at]);
        benchmark::ClobberMemory();
    }
    state.counters["values/s"] = rate(static_cast<double>(n));
}

void quantize(benchmark::State& state, const kernels::KernelTable& table, std::size_t n) {
    std::vector<std::int8_t> codes(n);
    std::vector<kernels::ActivationBlock> blocks(n / kernels::kActivationBlock);
    rows(state, n,
         [&](float*, const float* in) { table.quantize(codes.data(), blocks.data(), in, n, 1); });
}
void rms_norm(benchmark::State& state, const kernels::KernelTable& table, std::size_t n) {
    const std::vector<float> weight(n, 1.0F);
    rows(state, n, [&](float* out, const float* in) {
        table.rms_norm(out, in, n, {weight.data(), nullptr, 1e-5F});
    });
}
void silu_mul(benchmark::State& state, const kernels::KernelTable& table, std::size_t n) {
    rows(state, n, [&](float* out, const float* in) { table.gate[0](out, in, in, n); });
}
void add(benchmark::State& state, const kernels::KernelTable& table, std::size_t n) {
    rows(state, n, [&](float* out, const float* in) { table.add(out, in, n); });
}
void rope(benchmark::State& state, const kernels::KernelTable& table, std::size_t n) {
    const std::vector<float> cos(n / 2, 0.6F);
    const std::vector<float> sin(n / 2, 0.8F);
    rows(state, n,
         [&](float* out, const float*) { table.rope(out, cos.data(), sin.data(), n / 2, 1.0F); });
}

void add_matmuls(const kernels::KernelTable& table, Copies& weights) {
    constexpr std::size_t kShapes[][2]{
        {kDim, kDim}, {192, kDim}, {kFfnDim, kDim}, {kDim, kFfnDim}, {49152, kDim}};
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        for (const auto& [n_rows, n_columns] : kShapes) {
            for (const std::size_t n_tokens : {1U, 2U, 4U, 8U, 16U, 64U, 512U}) {
                // The output matrix is only multiplied with many tokens if all logits are wanted.
                if (n_rows > 10000 && n_tokens > 64) continue;
                const MatmulCase c{&table, type.dtype, n_rows, n_columns, n_tokens};
                const std::string name = fmt::format("matmul/{}/{}/{}x{}/{}", table.name, type.name,
                                                     n_rows, n_columns, n_tokens);
                benchmark::RegisterBenchmark(name.c_str(), [c, &weights](benchmark::State& state) {
                    matmul(state, c, weights);
                });
            }
        }
    }
}

void add_all(const kernels::KernelTable& table, Copies& weights) {
    add_matmuls(table, weights);
    constexpr std::size_t kCases[][2]{{1, 0}, {1, 511}, {1, 2047}, {32, 0}, {32, 480}, {32, 2016}};
    for (const auto& [n_tokens, first_pos] : kCases) {
        const std::string name = fmt::format("attention/{}/{}@{}", table.name, n_tokens, first_pos);
        benchmark::RegisterBenchmark(
            name.c_str(), [&table, n = n_tokens, pos = first_pos](benchmark::State& state) {
                attention(state, table, n, pos);
            });
    }
    using RowBenchmark = void (*)(benchmark::State&, const kernels::KernelTable&, std::size_t);
    const auto add_row = [&](const char* what, RowBenchmark run, std::size_t n) {
        benchmark::RegisterBenchmark(
            fmt::format("{}/{}/{}", what, table.name, n).c_str(),
            [&table, run, n](benchmark::State& state) { run(state, table, n); });
    };
    add_row("quantize", quantize, kDim);
    add_row("quantize", quantize, kFfnDim);
    add_row("rms_norm", rms_norm, kDim);
    add_row("silu_mul", silu_mul, kFfnDim);
    add_row("add", add, kDim);
    add_row("rope", rope, kHeadDim);
}

}  // namespace

int main(int argc, char** argv) {
    Copies weights;
    for (const kernels::KernelTable* table : kernels::available()) add_all(*table, weights);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
