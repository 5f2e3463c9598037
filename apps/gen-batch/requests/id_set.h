// A compact set of 64-bit hashes: 11 to 22 bytes for each.
#pragma once

#include <cstdint>
#include <vector>

namespace quire::gen_batch {

class IdSet {
  public:
    // False when the set had the hash already.
    bool insert(std::uint64_t hash);
    std::size_t size() const noexcept { return n_ + (has_zero_ ? 1 : 0); }

  private:
    void grow();

    // Open addressing. 0 marks a free slot, so the hash 0 is stored separately.
    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);
    std::size_t n_ = 0;
    bool has_zero_ = false;
};

}  // namespace quire::gen_batch
