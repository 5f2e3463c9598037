#include "tools/eval/moments.h"

#include <algorithm>

#include "lib/base/bytes.h"
#include "lib/base/parallel.h"
#include "lib/tensor/dtype.h"
#include "lib/tensor/panel.h"

namespace quire::eval {

namespace {

using tensor::kPanelRows;

// Rows of the product per call.
constexpr std::size_t kStrip = 64;

}  // namespace

Moments::Moments(std::string name, std::size_t n, bool with_products)
    : name_(std::move(name)),
      n_(n),
      with_products_(with_products),
      squares_(n),
      products_(with_products ? n * base::align_up(n, kPanelRows) : 0) {}

void Moments::keep(const model::InputRows& rows) noexcept {
    for (std::size_t r = 0; r < rows.n_rows; ++r) {
        std::copy_n(rows.values + r * rows.stride, n_, &kept_[(rows.first + r) * n_]);
    }
}

void Moments::add_kept(const kernels::KernelTable& table, int n_threads) {
    const std::size_t n_kept = kept_.size() / n_;
    for (std::size_t r = 0; r < n_kept; ++r) {
        for (std::size_t i = 0; i < n_; ++i) {
            squares_[i] += double{kept_[r * n_ + i]} * double{kept_[r * n_ + i]};
        }
    }
    n_rows_ += n_kept;
    if (with_products_ && n_kept > 0) {
        // The transposed rows as a matrix in panels (columns are tokens) and as activations.
        const std::size_t n_padded = base::align_up(n_, kPanelRows);
        std::vector<float> panels(n_padded * n_kept);
        std::vector<float> transposed(n_ * n_kept);
        for (std::size_t r = 0; r < n_kept; ++r) {
            for (std::size_t i = 0; i < n_; ++i) {
                const float x = kept_[r * n_ + i];
                panels[(i / kPanelRows * n_kept + r) * kPanelRows + i % kPanelRows] = x;
                transposed[i * n_kept + r] = x;
            }
        }
        const auto kernel = table.matmul[static_cast<std::size_t>(tensor::DType::f32)];
        base::parallel_for(n_threads, (n_ + kStrip - 1) / kStrip, [&](std::size_t strip) {
            const std::size_t first = strip * kStrip;
            const std::size_t count = std::min(kStrip, n_ - first);
            std::vector<float> out(count * n_padded);
            // Only the lower triangle is needed: columns up to the last row of the strip.
            const std::size_t n_panels = (first + count + kPanelRows - 1) / kPanelRows;
            kernel({out.data(),
                    n_padded,
                    std::as_bytes(std::span(panels)).data(),
                    n_kept,
                    0,
                    n_panels,
                    {&transposed[first * n_kept], n_kept, nullptr, nullptr, count}});
            for (std::size_t i = 0; i < count; ++i) {
                float* row = &products_[(first + i) * n_padded];
                for (std::size_t j = 0; j <= first + i; ++j) row[j] += out[i * n_padded + j];
            }
        });
    }
    kept_.clear();
}

formats::InputMoments Moments::result() const {
    formats::InputMoments out;
    out.name = name_;
    out.shared_by = shared_by_;
    const double scale = n_rows_ == 0 ? 0.0 : 1.0 / static_cast<double>(n_rows_);
    for (const double square : squares_) out.squares.push_back(static_cast<float>(square * scale));
    if (!with_products_) return out;
    const std::size_t n_padded = base::align_up(n_, kPanelRows);
    out.products.reserve(n_ * (n_ + 1) / 2);
    for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            out.products.push_back(static_cast<float>(double{products_[i * n_padded + j]} * scale));
        }
    }
    return out;
}

}  // namespace quire::eval
