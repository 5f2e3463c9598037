// An array of zeros that costs memory only where it is used: the system gives its pages when they
// are first touched, huge ones where it can for an array of 2 MiB and more.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace quire::base {

template <typename T>
class ZeroedArray {
  public:
    static_assert(std::is_trivially_copyable_v<T>);

    ZeroedArray() = default;
    explicit ZeroedArray(std::size_t size) : size_(size) {
        // Huge pages begin at multiples of their size.
        n_mapped_ =
            size * sizeof(T) < kHugeBytes ? size * sizeof(T) : size * sizeof(T) + kHugeBytes;
        mapped_ =
            ::mmap(nullptr, n_mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped_ == MAP_FAILED) throw std::bad_alloc();
        data_ = static_cast<T*>(mapped_);
        if (n_mapped_ < kHugeBytes) return;
        const auto begin = reinterpret_cast<std::uintptr_t>(mapped_);
        data_ = reinterpret_cast<T*>((begin + kHugeBytes - 1) / kHugeBytes * kHugeBytes);
        // Without them it is slower, and the same.
        ::madvise(data_, size * sizeof(T), MADV_HUGEPAGE);
    }
    ZeroedArray(ZeroedArray&& other) noexcept { swap(other); }
    ZeroedArray& operator=(ZeroedArray&& other) noexcept {
        swap(other);
        return *this;
    }
    ~ZeroedArray() {
        if (mapped_ != nullptr) ::munmap(mapped_, n_mapped_);
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    T* begin() noexcept { return data_; }
    T* end() noexcept { return data_ + size_; }

  private:
    static constexpr std::size_t kHugeBytes = std::size_t{2} << 20;

    void swap(ZeroedArray& other) noexcept {
        std::swap(mapped_, other.mapped_);
        std::swap(n_mapped_, other.n_mapped_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    void* mapped_ = nullptr;
    std::size_t n_mapped_ = 0;
    T* data_ = nullptr;  // in what is mapped
    std::size_t size_ = 0;
};

}  // namespace quire::base
