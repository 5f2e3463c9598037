// Appends little-endian values to the bytes of a table that is being built.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"

namespace quire::base {

class ByteWriter {
  public:
    template <typename T>
    void put(T value) {
        static_assert(std::is_arithmetic_v<T>);
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), bytes, bytes + sizeof(T));
    }

    void put_text(std::string_view text) {
        const base::Bytes bytes = base::as_bytes(text);
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    std::size_t size() const noexcept { return bytes_.size(); }
    std::vector<std::byte> take() && { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
};

}  // namespace quire::base
