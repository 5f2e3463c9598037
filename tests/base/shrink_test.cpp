#include "lib/base/files/mapped_file.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace quire;
using namespace quire::base;

namespace {

constexpr std::size_t kBytes = 5 * 4096 + 100;

// A file of kBytes times 'x' that is removed with the object.
class TestFile {
  public:
    explicit TestFile(const std::string& name)
        : path((std::filesystem::temp_directory_path() / name).string()) {
        std::ofstream(path) << std::string(kBytes, 'x');
    }
    ~TestFile() { std::filesystem::remove(path); }

    MappedFile map(OnShrink on_shrink) const {
        std::FILE* file = std::fopen(path.c_str(), "rb");
        REQUIRE(file != nullptr);
        MappedFile mapped = MappedFile::from_descriptor(::fileno(file), path, on_shrink);
        std::fclose(file);
        return mapped;
    }

    const std::string path;
};

}  // namespace

TEST_CASE("mapped file: moving it keeps its bytes, and its size tells whether it shrank") {
    const TestFile file("quire-mapped-test");
    MappedFile first = file.map(OnShrink::end_process);
    MappedFile second = std::move(first);
    CHECK(first.bytes().empty());
    CHECK(second.bytes().size() == kBytes);
    CHECK(!second.shrunk());
    // Renamed over: the old bytes are still there.
    const TestFile other("quire-mapped-other");
    std::filesystem::resize_file(other.path, 1);
    std::filesystem::rename(other.path, file.path);
    CHECK(!second.shrunk());
    CHECK(as_text(second.bytes()) == std::string(kBytes, 'x'));
}

#ifndef QUIRE_HEAP_FILES
TEST_CASE("mapped file: bytes that another process cut off are zero, and shrunk() tells") {
    watch_mapped_files("base_test");
    const TestFile file("quire-mapped-zeros");
    // Another mapping in front, so that the right one has to be found.
    const TestFile whole("quire-mapped-whole");
    const MappedFile before = whole.map(OnShrink::end_process);
    const MappedFile mapped = file.map(OnShrink::read_zeros);
    std::filesystem::resize_file(file.path, 4096);
    CHECK(mapped.shrunk());
    const std::string expected = std::string(4096, 'x') + std::string(kBytes - 4096, '\0');
    CHECK(as_text(mapped.bytes()) == expected);
    // Grown again: the zeros that were read are not forgotten.
    std::filesystem::resize_file(file.path, kBytes);
    CHECK(mapped.shrunk());
    CHECK(!before.shrunk());
    CHECK(as_text(before.bytes()) == std::string(kBytes, 'x'));
}

TEST_CASE("mapped file: a model that another process cuts ends the process with one line") {
    const TestFile file("quire-mapped-\x1b[2Jend");
    int pipe[2] = {};
    REQUIRE(::pipe(pipe) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe[1], STDERR_FILENO);
        watch_mapped_files("gen");
        const MappedFile mapped = file.map(OnShrink::end_process);
        std::filesystem::resize_file(file.path, 0);
        ::_exit(mapped.bytes()[kBytes - 1] == std::byte{'x'} ? 77 : 78);
    }
    ::close(pipe[1]);
    std::string said(1024, '\0');
    const ssize_t n = ::read(pipe[0], said.data(), said.size());
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 3);
    REQUIRE(n > 0);
    said.resize(static_cast<std::size_t>(n));
    CHECK(said.starts_with("gen: "));
    CHECK(said.ends_with("quire-mapped-?[2Jend: the file became shorter while it was read\n"));
}
#endif
