#include "lib/base/files/read_ahead.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace quire::base;

namespace {

constexpr std::size_t kPage = 4096;

// A mapped file of zeros that take no room on disk; none of its pages is in memory yet.
class Mapping {
  public:
    explicit Mapping(std::size_t size) : size_(size) {
        std::string name = (std::filesystem::temp_directory_path() / "quire-XXXXXX").string();
        fd_ = ::mkstemp(name.data());
        REQUIRE(fd_ >= 0);
        ::unlink(name.c_str());
        REQUIRE(::ftruncate(fd_, static_cast<::off_t>(size)) == 0);
        data_ = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_, 0);
        REQUIRE(data_ != MAP_FAILED);
    }
    ~Mapping() {
        ::munmap(data_, size_);
        ::close(fd_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    Bytes bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
    void shorten() const { REQUIRE(::ftruncate(fd_, 0) == 0); }
    // Pages in memory among those of the range.
    std::size_t n_resident(std::size_t begin, std::size_t end) const {
        std::vector<unsigned char> in_memory((end - begin) / kPage);
        REQUIRE(::mincore(static_cast<std::byte*>(data_) + begin, end - begin, in_memory.data()) ==
                0);
        return static_cast<std::size_t>(
            std::ranges::count_if(in_memory, [](unsigned char page) { return (page & 1U) != 0; }));
    }
    // Linux 5.14 and later can.
    bool can_populate() const { return ::madvise(data_, kPage, 22) == 0; }

  private:
    std::size_t size_;
    int fd_ = -1;
    void* data_ = nullptr;
};

}  // namespace

TEST_CASE("read ahead: the ranges get into memory, and only they") {
    const Mapping mapping(4 * kLeastReadAhead);
    if (!mapping.can_populate()) return;
    const std::size_t half = kLeastReadAhead / 2;
    const Bytes all = mapping.bytes();
    const ReadAhead ahead({all.subspan(2 * kLeastReadAhead + 100, half), all.subspan(half, half)});
    const auto missing = [&] {
        return 2 * half / kPage - mapping.n_resident(half, 2 * half) -
               mapping.n_resident(2 * kLeastReadAhead, 2 * kLeastReadAhead + half);
    };
    for (int i = 0; i < 2000 && missing() > 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(missing() == 0);
    CHECK(mapping.n_resident(3 * kLeastReadAhead, 4 * kLeastReadAhead) == 0);
}

TEST_CASE("read ahead: little is left to those who use it") {
    const Mapping mapping(kLeastReadAhead);
    { const ReadAhead ahead({mapping.bytes().first(kLeastReadAhead - kPage)}); }
    CHECK(mapping.n_resident(0, kLeastReadAhead) == 0);
}

TEST_CASE("read ahead: a file that became shorter ends it, without a signal") {
    const Mapping mapping(2 * kLeastReadAhead);
    mapping.shorten();
    const ReadAhead ahead({mapping.bytes()});
}
