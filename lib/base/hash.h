// XXH3 (64 bits): the checksum of sections and tensors, and the hash of logits. It
// detects damage, but does not protect against deliberate changes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/bytes.h"

namespace quire::base {

std::uint64_t xxh3(Bytes bytes) noexcept;

// The same for data that arrives in pieces: equal to xxh3() of their concatenation.
class Hasher {
  public:
    Hasher();
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    void update(Bytes bytes) noexcept;
    std::uint64_t digest() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Sixteen lowercase hexadecimal digits.
std::string hex(std::uint64_t hash);

}  // namespace quire::base
