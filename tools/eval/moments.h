// Sums of products of activations: the computation of `eval importance`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/importance/importance.h"
#include "lib/kernels/kernels.h"
#include "lib/model/control.h"

namespace quire::eval {

// The input of one matrix, or of several that share it.
class Moments {
  public:
    Moments(std::string name, std::size_t n, bool with_products);

    void share(const std::string& name) { shared_by_.push_back(name); }
    const std::string& name() const noexcept { return name_; }

    // Allocates space for the rows of a pass.
    void begin_pass(std::size_t n_rows) { kept_.resize(n_rows * n_); }
    // Stores rows of inputs until add_kept(). rows.values: (n_rows, stride), of which the first n
    // columns count. Several threads may call it with different rows of the pass.
    void keep(const model::InputRows& rows) noexcept;
    // Adds the sums over the rows of the pass of x[i] * x[j]. Uses matrix products, so the order
    // and the bits are the same on every machine and with any number of threads.
    void add_kept(const kernels::KernelTable& table, int n_threads);

    // Means over all rows so far.
    formats::InputMoments result() const;

  private:
    std::string name_;
    std::vector<std::string> shared_by_;
    std::size_t n_;
    bool with_products_;
    std::uint64_t n_rows_ = 0;
    std::vector<float> kept_;      // (rows, n)
    std::vector<double> squares_;  // (n)
    std::vector<float> products_;  // (n, n rounded up to 16)
};

}  // namespace quire::eval
