// Hashes that are published with files, by libgcrypt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quire::pull {

class Checksum {
  public:
    enum class Kind : std::uint8_t {
        sha256,  // of the bytes
        git,     // SHA-1 of a git object with the bytes, whose number must be known
    };
    Checksum(Kind kind, std::uint64_t n_bytes);
    ~Checksum();
    Checksum(const Checksum&) = delete;
    Checksum& operator=(const Checksum&) = delete;

    void update(std::string_view bytes);
    // In hexadecimal digits. Nothing may follow.
    std::string hex();

  private:
    void* state_ = nullptr;
    int algorithm_;
};

}  // namespace quire::pull
