// An array of little-endian values inside untrusted bytes, read in place. The bytes need no
// alignment. Indexes are not checked: the caller compares them with size().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "lib/base/bytes.h"

namespace quire::base {

template <typename T>
class ArrayView {
  public:
    static_assert(std::is_trivially_copyable_v<T>);

    ArrayView() = default;
    // The next `count` elements of `reader`; Error{model} when it holds fewer.
    ArrayView(base::ByteReader& reader, std::uint64_t count, const char* what) {
        reader.expect_count(count, sizeof(T), what);
        data_ = reader.take(count * sizeof(T), what).data();
        size_ = static_cast<std::size_t>(count);
    }

    std::size_t size() const noexcept { return size_; }
    T operator[](std::size_t i) const noexcept {
        T value;
        std::memcpy(&value, data_ + i * sizeof(T), sizeof(T));
        return value;
    }
    // Prefetches an element.
    void prefetch(std::size_t i) const noexcept { __builtin_prefetch(data_ + i * sizeof(T)); }
    ArrayView subview(std::size_t begin, std::size_t count) const noexcept {
        ArrayView view;
        view.data_ = data_ + begin * sizeof(T);
        view.size_ = count;
        return view;
    }

  private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace quire::base
