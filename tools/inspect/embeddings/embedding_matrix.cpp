#include "tools/inspect/embeddings/embedding_matrix.h"

#include <algorithm>
#include <cmath>

#include "lib/base/parallel.h"
#include "lib/tensor/panel.h"

namespace quire::inspect {

namespace {

// Rows that one task reads.
constexpr std::size_t kRowsPerTask = 1024;
// The direction is found in at most this many rows, evenly spaced: with all of them it differs by less than
// what its cosines are printed with.
constexpr std::size_t kSampledRows = 8192;
constexpr int kPowerSteps = 200;
constexpr double kSettled = 1e-7;  // a step that changes the direction by less is the last one
constexpr std::size_t kColumnsPerTask = 64;

double dot(std::span<const float> a, std::span<const float> b) noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
    return sum;
}

// Scales to length 1; a zero vector stays.
void scale_to_one(std::vector<double>& vector) noexcept {
    double sum = 0;
    for (const double x : vector) sum += x * x;
    if (sum == 0) return;
    for (double& x : vector) x /= std::sqrt(sum);
}

}  // namespace

EmbeddingMatrix::EmbeddingMatrix(const model::Matrix& matrix, const tokenizer::Tokenizer& tokenizer,
                                 int n_threads)
    : matrix_(matrix),
      tokenizer_(tokenizer),
      n_threads_(n_threads),
      n_rows_(std::min<std::size_t>(matrix.rows, tokenizer.n_vocab())),
      mean_(matrix.columns, 0.0F),
      direction_(matrix.columns, 0.0F) {
    find_mean();
    find_direction();
}

bool EmbeddingMatrix::counts(std::uint32_t id) const {
    return !tokenizer_.is_control(id) && !tokenizer_.piece(id).empty();
}

void EmbeddingMatrix::read_row(std::span<float> out, std::uint32_t id) const {
    tensor::decode_row(out, matrix_.data, matrix_.dtype, id);
}

std::vector<float> EmbeddingMatrix::row(std::uint32_t id) const {
    std::vector<float> values(dim());
    read_row(values, id);
    return values;
}

void EmbeddingMatrix::find_mean() {
    // Each task sums its own rows, and the sums are added in order: the result does not depend on threads.
    const std::size_t n_tasks = (n_rows_ + kRowsPerTask - 1) / kRowsPerTask;
    std::vector<std::vector<double>> sums(n_tasks, std::vector<double>(dim(), 0.0));
    std::vector<std::size_t> counts_of(n_tasks, 0);
    base::parallel_for(n_threads_, n_tasks, [&](std::size_t task) {
        std::vector<float> values(dim());
        const std::size_t end = std::min(n_rows_, (task + 1) * kRowsPerTask);
        for (std::size_t id = task * kRowsPerTask; id < end; ++id) {
            if (!counts(static_cast<std::uint32_t>(id))) continue;
            read_row(values, static_cast<std::uint32_t>(id));
            for (std::size_t i = 0; i < dim(); ++i) sums[task][i] += double{values[i]};
            ++counts_of[task];
        }
    });
    std::vector<double> sum(dim(), 0.0);
    std::size_t n = 0;
    for (std::size_t task = 0; task < n_tasks; ++task) {
        for (std::size_t i = 0; i < dim(); ++i) sum[i] += sums[task][i];
        n += counts_of[task];
    }
    if (n == 0) return;
    for (std::size_t i = 0; i < dim(); ++i) {
        mean_[i] = static_cast<float>(sum[i] / static_cast<double>(n));
    }
}

void EmbeddingMatrix::find_direction() {
    const std::size_t step = std::max<std::size_t>(1, (n_rows_ + kSampledRows - 1) / kSampledRows);
    std::vector<std::vector<float>> rows;
    for (std::size_t id = 0; id < n_rows_; id += step) {
        if (!counts(static_cast<std::uint32_t>(id))) continue;
        rows.push_back(row(static_cast<std::uint32_t>(id)));
        for (std::size_t i = 0; i < dim(); ++i) rows.back()[i] -= mean_[i];
    }
    // Power iteration on the covariance. It begins with the longest row, which is not orthogonal to the result.
    const auto longest = std::ranges::max_element(
        rows, {}, [](const std::vector<float>& values) { return dot(values, values); });
    if (longest == rows.end()) return;
    std::vector<double> direction(longest->begin(), longest->end());
    scale_to_one(direction);
    std::vector<double> parts(rows.size());
    for (int i = 0; i < kPowerSteps; ++i) {
        base::parallel_for(n_threads_, rows.size(), [&](std::size_t r) {
            double sum = 0;
            for (std::size_t k = 0; k < dim(); ++k) sum += direction[k] * double{rows[r][k]};
            parts[r] = sum;
        });
        std::vector<double> next(dim(), 0.0);
        base::parallel_for(
            n_threads_, (dim() + kColumnsPerTask - 1) / kColumnsPerTask, [&](std::size_t task) {
                const std::size_t end = std::min(dim(), (task + 1) * kColumnsPerTask);
                for (std::size_t r = 0; r < rows.size(); ++r) {
                    for (std::size_t k = task * kColumnsPerTask; k < end; ++k) {
                        next[k] += parts[r] * double{rows[r][k]};
                    }
                }
            });
        scale_to_one(next);
        double change = 0;
        for (std::size_t k = 0; k < dim(); ++k) {
            change = std::max(change, std::fabs(next[k] - direction[k]));
        }
        direction = std::move(next);
        if (change < kSettled) break;
    }
    std::ranges::transform(direction, direction_.begin(),
                           [](double x) { return static_cast<float>(x); });
}

void EmbeddingMatrix::center(std::span<float> vector) const {
    for (std::size_t i = 0; i < dim(); ++i) vector[i] -= mean_[i];
    const auto part = static_cast<float>(dot(vector, direction_));
    for (std::size_t i = 0; i < dim(); ++i) vector[i] -= part * direction_[i];
}

std::vector<float> EmbeddingMatrix::centered_mean(std::span<const std::uint32_t> ids) const {
    std::vector<float> sum(dim(), 0.0F);
    std::vector<float> values(dim());
    for (const std::uint32_t id : ids) {
        read_row(values, id);
        for (std::size_t i = 0; i < dim(); ++i) sum[i] += values[i];
    }
    for (float& x : sum) x /= static_cast<float>(ids.size());
    center(sum);
    return sum;
}

std::vector<EmbeddingMatrix::Neighbor> EmbeddingMatrix::nearest(
    std::span<const float> vector, std::span<const std::uint32_t> excluded, std::size_t n) const {
    const double length = std::sqrt(dot(vector, vector));
    std::vector<Neighbor> all(n_rows_);
    const std::size_t n_tasks = (n_rows_ + kRowsPerTask - 1) / kRowsPerTask;
    base::parallel_for(n_threads_, n_tasks, [&](std::size_t task) {
        std::vector<float> values(dim());
        const std::size_t end = std::min(n_rows_, (task + 1) * kRowsPerTask);
        for (std::size_t i = task * kRowsPerTask; i < end; ++i) {
            const auto id = static_cast<std::uint32_t>(i);
            read_row(values, id);
            center(values);
            const double product = length * std::sqrt(dot(values, values));
            all[i] = {id, product == 0 ? 0.0 : dot(values, vector) / product};
        }
    });
    std::erase_if(all, [&](const Neighbor& found) {
        return !counts(found.id) || std::ranges::find(excluded, found.id) != excluded.end();
    });
    const std::size_t kept = std::min(n, all.size());
    std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(kept),
                              [](const Neighbor& a, const Neighbor& b) {
                                  return a.cosine != b.cosine ? a.cosine > b.cosine : a.id < b.id;
                              });
    all.resize(kept);
    return all;
}

}  // namespace quire::inspect
