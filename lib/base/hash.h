// XXH3 (64 bits): the checksum of sections and tensors, and the hash of logits. It finds damage; it
// is no defence against somebody who means harm.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/bytes.h"

namespace quire::base {

std::uint64_t xxh3(Bytes bytes) noexcept;

// The same over a stream of pieces: equal to xxh3() of their concatenation.
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

// Sixteen lower-case hexadecimal digits.
std::string hex(std::uint64_t hash);

}  // namespace quire::base
