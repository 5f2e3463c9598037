// Zeroed memory in three forms: aligned arrays from the heap (Buffer), and mapped pages that cost
// memory only where they are touched (ZeroedPages, and ZeroedArray on top of them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"

namespace quire::base {

inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Zeroed and aligned to kCacheLine. Throws std::bad_alloc.
void* allocate_zeroed(std::size_t bytes);
void free_zeroed(void* memory) noexcept;

// A zeroed array on the heap, aligned to kCacheLine. The constructor throws std::bad_alloc.
template <typename T>
class Buffer {
  public:
    static_assert(std::is_trivially_copyable_v<T>);

    Buffer() = default;
    explicit Buffer(std::size_t n)
        : data_(static_cast<T*>(allocate_zeroed(n * sizeof(T)))), size_(n) {}
    T* data() noexcept { return data_.get(); }
    // i <= size(), as the array may be empty.
    T* at(std::size_t i) noexcept {
        QUIRE_ASSERT(i <= size_);
        return data_.get() + i;
    }
    std::size_t size() const noexcept { return size_; }
    std::size_t bytes() const noexcept { return size_ * sizeof(T); }

  private:
    struct Free {
        void operator()(T* p) const noexcept { free_zeroed(p); }
    };
    std::unique_ptr<T, Free> data_;
    std::size_t size_ = 0;
};

// How many bytes around this range the process has mapped in huge pages at the moment: of all
// mappings that it touches. 0 where the system does not say.
std::uint64_t huge_page_bytes(Bytes range);

// Zeroed pages from the system. Memory is used only where it is touched, and it is allocated near
// the core that touches it first. From kHugePage bytes on, the memory is aligned to kHugePage and huge pages
// are requested; this is best effort and affects only speed.
class ZeroedPages {
  public:
    ZeroedPages() = default;
    // Throws std::bad_alloc.
    explicit ZeroedPages(std::size_t bytes);
    ZeroedPages(ZeroedPages&& other) noexcept { swap(other); }
    ZeroedPages& operator=(ZeroedPages&& other) noexcept {
        swap(other);
        return *this;
    }
    ~ZeroedPages();

    std::byte* data() const noexcept { return data_; }

  private:
    void swap(ZeroedPages& other) noexcept {
        std::swap(mapped_, other.mapped_);
        std::swap(n_mapped_, other.n_mapped_);
        std::swap(data_, other.data_);
    }

    void* mapped_ = nullptr;
    std::size_t n_mapped_ = 0;
    std::byte* data_ = nullptr;  // inside the mapping, aligned
};

// An array in ZeroedPages.
template <typename T>
class ZeroedArray {
  public:
    static_assert(std::is_trivially_copyable_v<T>);

    ZeroedArray() = default;
    // Throws std::bad_alloc.
    explicit ZeroedArray(std::size_t size)
        : pages_(size * sizeof(T)), data_(reinterpret_cast<T*>(pages_.data())), size_(size) {}
    ZeroedArray(ZeroedArray&& other) noexcept { swap(other); }
    ZeroedArray& operator=(ZeroedArray&& other) noexcept {
        swap(other);
        return *this;
    }
    ~ZeroedArray() = default;

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    T* begin() noexcept { return data_; }
    T* end() noexcept { return data_ + size_; }

  private:
    void swap(ZeroedArray& other) noexcept {
        std::swap(pages_, other.pages_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    ZeroedPages pages_;
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace quire::base
