#include "lib/base/files/atomic_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "lib/base/files/mapped_file.h"

using namespace quire;
using namespace quire::base;

namespace {

std::string content_of(const std::string& path) {
    const MappedFile file = MappedFile::open(path);
    return std::string(as_text(file.bytes()));
}

void write_file(const std::string& path, std::string_view content) {
    AtomicFile file(resolve_output(path));
    file.append(as_bytes(content));
    file.commit();
}

}  // namespace

TEST_CASE(
    "atomic file: nothing under its name before commit, everything after, replacing what was") {
    const auto dir = std::filesystem::temp_directory_path() / "quire-atomic-test";
    std::filesystem::remove_all(dir);
    std::filesystem::create_directory(dir);
    const std::string path = (dir / "file").string();
    for (const std::string_view content : {"first", "second!"}) {
        AtomicFile file(resolve_output(path));
        file.append(as_bytes("?????"));
        CHECK(std::filesystem::exists(path) == (content != "first"));
        file.overwrite(0, as_bytes(content.substr(0, 5)));
        file.append(as_bytes(content.substr(5)));
        CHECK_THROWS_AS(file.overwrite(6, as_bytes("xx")), Error);
        file.commit();
        CHECK(content_of(path) == content);
    }
    { AtomicFile never(resolve_output((dir / "never").string())); }
    CHECK(std::distance(std::filesystem::directory_iterator(dir), {}) == 1);
    CHECK_THROWS_AS(MappedFile::open(dir.string()), Error);
    CHECK_THROWS_AS(MappedFile::open((dir / "missing").string()), Error);

    // A link keeps its target, a hard link its content, a file its mode; the longest name is taken.
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    std::filesystem::create_hard_link(path, dir / "hard");
    std::filesystem::create_symlink("file", dir / "soft");
    write_file((dir / "soft").string(), "third");
    CHECK(std::filesystem::is_symlink(dir / "soft"));
    CHECK(content_of(path) == "third");
    CHECK(content_of((dir / "hard").string()) == "second!");
    CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0600));
    write_file((dir / std::string(255, 'n')).string(), "long");

    // A file that was put there in the meantime is kept, unless it may be replaced.
    for (const bool may : {false, true}) {
        OutputPath output = resolve_output((dir / (may ? "may" : "may not")).string());
        output.may_replace = [may](const std::string&) { return may; };
        AtomicFile file(output);
        file.append(as_bytes("mine"));
        write_file(output.target, "another's");
        if (may) file.commit();
        if (!may) CHECK_THROWS_AS(file.commit(), Error);
        CHECK(content_of(output.target) == (may ? "mine" : "another's"));
    }
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
        CHECK(entry.path().filename().string().front() != '.');
    }
    std::filesystem::remove_all(dir);
}

TEST_CASE("atomic file: a stream gets all bytes at commit") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    AtomicFile file(resolve_output("/dev/fd/" + std::to_string(ends[1])));
    file.append(as_bytes("??llo"));
    file.overwrite(0, as_bytes("he"));
    file.commit();
    std::array<char, 16> read{};
    CHECK(::read(ends[0], read.data(), read.size()) == 5);
    CHECK(std::string_view(read.data()) == "hello");
    ::close(ends[0]);
    ::close(ends[1]);
}
