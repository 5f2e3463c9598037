// An array of zeros that costs memory only where it is used: the system gives its pages when they
// are first touched.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace quire::text {

template <typename T>
class ZeroedArray {
  public:
    static_assert(std::is_trivially_copyable_v<T>);

    ZeroedArray() = default;
    explicit ZeroedArray(std::size_t size) : data_(static_cast<T*>(std::calloc(size, sizeof(T)))) {
        if (data_ == nullptr) throw std::bad_alloc();
    }

    bool empty() const noexcept { return data_ == nullptr; }
    T& operator[](std::size_t i) noexcept { return data_.get()[i]; }

  private:
    struct Free {
        void operator()(T* data) const noexcept { std::free(data); }
    };
    std::unique_ptr<T, Free> data_;
};

}  // namespace quire::text
