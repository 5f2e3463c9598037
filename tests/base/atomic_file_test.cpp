#include "lib/base/atomic_file.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "lib/base/mapped_file.h"

using namespace quire;
using namespace quire::base;

TEST_CASE(
    "atomic file: nothing under its name before commit, everything after, replacing what was") {
    const auto dir = std::filesystem::temp_directory_path() / "quire-atomic-test";
    std::filesystem::remove_all(dir);
    std::filesystem::create_directory(dir);
    const std::string path = (dir / "file").string();
    for (const std::string_view content : {"first", "second!"}) {
        AtomicFile file(path);
        file.append(as_bytes("?????"));
        CHECK(std::filesystem::exists(path) == (content != "first"));
        file.overwrite(0, as_bytes(content.substr(0, 5)));
        file.append(as_bytes(content.substr(5)));
        CHECK_THROWS_AS(file.overwrite(6, as_bytes("xx")), Error);
        file.commit();
        CHECK(as_text(MappedFile::open(path).bytes()) == content);
    }
    { AtomicFile never((dir / "never").string()); }
    CHECK(std::distance(std::filesystem::directory_iterator(dir), {}) == 1);
    CHECK_THROWS_AS(AtomicFile((dir / "no" / "such").string()), Error);
    CHECK_THROWS_AS(MappedFile::open(dir.string()), Error);
    CHECK_THROWS_AS(MappedFile::open((dir / "missing").string()), Error);
    std::filesystem::remove_all(dir);
}
