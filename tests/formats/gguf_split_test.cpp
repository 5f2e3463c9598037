// Models in several GGUF files.
#include <doctest/doctest.h>

#include <filesystem>

#include "formats/gguf/gguf.h"
#include "formats/gguf/split.h"
#include "tests/formats/support.h"

namespace quire::formats::gguf {

namespace {

using tests::error_of;
using tests::golden_path;

std::string part(int no, int count = 3) {
    return "split-0000" + std::to_string(no) + "-of-0000" + std::to_string(count) + ".gguf";
}

// A copy of the golden parts, to be damaged.
void copy_parts(const tests::TempDir& folder) {
    for (int no = 1; no <= 3; ++no) {
        folder.write(part(no), tests::read_file(golden_path(part(no))));
    }
}

std::string verdict(const tests::TempDir& folder, const std::string& name = part(1)) {
    return error_of([&] { const File file(folder.path(name)); });
}

// The part with the value behind a key replaced, which has as many bytes.
template <typename T>
void change(const tests::TempDir& folder, int no, const std::string& key, T value) {
    std::string content = tests::read_file(golden_path(part(no)));
    const auto at = content.find(key);
    REQUIRE(at != std::string::npos);
    std::string bytes;
    tests::put(bytes, value);
    folder.write(part(no), content.replace(at + key.size() + 4, sizeof(T), bytes));
}

TEST_CASE("gguf: the parts of a split model are one list of tensors") {
    const File file(golden_path(part(1)));
    tests::check_values(file.tensors(), golden_path("split.gguf.values.txt"));
    tests::check_readable(file.tensors());
    CHECK(file.get_u64("llama.block_count") == 1);
    REQUIRE(file.tensor("t4") != nullptr);
    CHECK(file.tensor("t4")->file->path() == golden_path(part(3)));
    CHECK(file.file().path() == golden_path(part(1)));
}

TEST_CASE("gguf: the other parts are known by the name of the first one") {
    CHECK(other_parts("a/m-00001-of-00003.gguf") ==
          std::vector<std::string>{"a/m-00002-of-00003.gguf", "a/m-00003-of-00003.gguf"});
    for (const char* name :
         {"", "m.gguf", "m-00002-of-00003.gguf", "m-00001-of-00001.gguf", "m-00001-of-0003.gguf",
          "m-00001-of-00003.ggu", "-00001-of--0003.gguf", "m-00001-of-00003.gguf.gguf"}) {
        CAPTURE(name);
        CHECK(other_parts(name).empty());
    }
}

TEST_CASE("gguf: missing parts are named before any is opened") {
    const tests::TempDir folder;
    copy_parts(folder);
    std::filesystem::remove(folder.path(part(2)));
    CHECK(verdict(folder) == folder.path(part(2)) + ": this part of a split GGUF is missing");
    folder.write(part(3), "no GGUF");
    std::filesystem::remove(folder.path(part(2)));
    CHECK(verdict(folder).find("is missing") != std::string::npos);
    std::filesystem::remove(folder.path(part(3)));
    CHECK(verdict(folder).find("is missing, and so are 1 more") != std::string::npos);
}

TEST_CASE("gguf: another part than the first one is refused with the name to give") {
    const tests::TempDir folder;
    copy_parts(folder);
    CHECK(verdict(folder, part(2))
              .find("expected the first part, with a name that ends in -00001-of-00003.gguf") !=
          std::string::npos);
    folder.write("m.gguf", tests::read_file(golden_path(part(1))));
    CHECK(verdict(folder, "m.gguf").find("expected the first part") != std::string::npos);
}

TEST_CASE("gguf: parts that do not belong together are refused") {
    const tests::TempDir folder;
    const auto expect = [&](int no, const std::string& key, auto value, const char* word) {
        copy_parts(folder);
        change(folder, no, key, value);
        const std::string error = verdict(folder);
        INFO(error);
        CHECK(error.find(word) != std::string::npos);
    };
    expect(2, "split.no", std::uint16_t{2}, "key 'split.no' expected to be 1, found 2");
    expect(2, "split.count", std::uint16_t{4}, "key 'split.count' expected to be 3, found 4");
    expect(1, "split.no", std::uint16_t{1}, "key 'split.no' expected to be 0, found 1");
    expect(1, "split.count", std::uint16_t{4}, "ends in -00001-of-00004.gguf");
    expect(1, "split.tensors.count", std::int32_t{6},
           "expected to have 6 tensors together, found 5");
    copy_parts(folder);
    folder.write(part(2), tests::read_file(golden_path("types.gguf")));
    CHECK(verdict(folder).find("key 'split.no' expected to be 1, found none") != std::string::npos);
    copy_parts(folder);
    std::string twice = tests::read_file(golden_path(part(2)));
    twice.replace(twice.find("t2"), 2, "t0");
    folder.write(part(2), twice);
    CHECK(verdict(folder).find("tensor 't0' occurs twice") != std::string::npos);
}

}  // namespace

}  // namespace quire::formats::gguf
