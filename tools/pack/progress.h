// A progress line on a terminal; nothing when standard error is not one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::pack {

class Progress {
  public:
    Progress(std::uint64_t total_bytes, std::size_t n_tensors);
    ~Progress();  // clears the line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add_bytes(std::uint64_t n);
    void tensor_done();

  private:
    void draw();

    std::uint64_t total_bytes_;
    std::size_t n_tensors_;
    std::uint64_t bytes_ = 0;
    std::size_t tensors_ = 0;
    int drawn_percent_ = -1;
    bool live_;
};

}  // namespace quire::pack
