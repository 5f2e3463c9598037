// Damaged safetensors files: each must cause its own error, and nothing worse.
#include <doctest/doctest.h>

#include "formats/safetensors/safetensors.h"
#include "tests/formats/support.h"

namespace quire::formats {

namespace {

using tests::error_of;
using tests::golden_path;
using tests::put;

std::string build(const std::string& header, std::size_t data_bytes) {
    std::string out;
    put<std::uint64_t>(out, header.size());
    return out + header + std::string(data_bytes, '\1');
}

// What the reader says about the file; empty when it reads it.
std::string verdict(const std::string& content) {
    const tests::TempDir folder;
    const std::string path = folder.write("x.safetensors", content);
    return error_of([&] {
        const SafetensorsFile file(path);
        tests::check_readable(file.tensors());
    });
}

struct Corruption {
    const char* word;  // of the message
    std::string header;
    std::size_t data_bytes;
};

void check_all(const std::vector<Corruption>& corruptions) {
    for (const Corruption& corruption : corruptions) {
        const std::string error = verdict(build(corruption.header, corruption.data_bytes));
        INFO(corruption.header << " -> " << error);
        CHECK(error.find("x.safetensors: ") != std::string::npos);
        CHECK(error.find(corruption.word) != std::string::npos);
    }
}

// An entry of one F32 tensor "a" of shape [2], with its shape and offsets as given.
std::string f32(const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

const std::string kGood = f32("[2]", "[0,8]");

TEST_CASE("safetensors: the files that the corruptions start from are valid") {
    CHECK(verdict(build(kGood, 8)) == "");
    CHECK(verdict(build(kGood + "   ", 8)) == "");
    CHECK(verdict(build("{}", 0)) == "");
    CHECK(verdict(build(R"({"__metadata__":null})", 0)) == "");
    CHECK(verdict(build(f32("[]", "[0,4]"), 4)) == "");
    CHECK(verdict(build(f32("[0,5]", "[0,0]"), 0)) == "");
    CHECK(verdict(build(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F4","shape":[4],)"
                        R"("data_offsets":[0,2]}})",
                        2)) == "");
}

TEST_CASE("safetensors: a header that cannot be where its length says is refused") {
    const auto with_length = [](std::uint64_t length) {
        std::string out;
        put(out, length);
        return out + kGood + std::string(8, '\1');
    };
    CHECK(verdict("").find("8 bytes of header length") != std::string::npos);
    CHECK(verdict("\1\2\3").find("found 3") != std::string::npos);
    CHECK(verdict(with_length(~std::uint64_t{0})).find("at most 100000000 bytes") !=
          std::string::npos);
    CHECK(verdict(with_length(100'000'001)).find("at most 100000000") != std::string::npos);
    CHECK(verdict(with_length(100'000'000)).find("100000000 bytes of header") != std::string::npos);
    CHECK(verdict(with_length(0)).find("begins with '{'") != std::string::npos);
}

TEST_CASE("safetensors: a header that is not one JSON object is refused") {
    check_all({
        {"begins with '{'", "[]", 0},
        {"begins with '{'", " " + kGood, 8},
        {"begins with '{'", "\xEF\xBB\xBF" + kGood, 8},
        {"not valid JSON at byte", "{", 0},
        {"not valid JSON at byte", kGood + "x", 8},
        {"not valid JSON at byte", kGood + kGood, 8},
        {"a NUL", kGood + std::string(1, '\0') + "{}", 8},
        {"not valid JSON at byte", R"({"\xFF":1})", 0},
        {"not valid JSON at byte", "{\"\xFF\":{}}", 0},
        {"not valid JSON at byte", "{\"\xED\xA0\x80\":{}}", 0},
        {"not valid JSON at byte", R"({"a":1e999})", 0},
        {"an object for 'a', found an array", R"({"a":)" + std::string(1'000'000, '['), 0},
        {"found an object", R"({"a":{"dtype":)" + std::string(1000, '{'), 0},
    });
}

TEST_CASE("safetensors: a key that occurs twice is refused at every level") {
    const std::string entry = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    check_all({
        {"tensor 'a' occurs twice", R"({"a":)" + entry + R"(,"a":)" + entry + "}", 8},
        {"tensor 'a' occurs twice", R"({"a":)" + entry + R"(,"\u0061":)" + entry + "}", 8},
        {"tensor a: key 'dtype' occurs twice",
         R"({"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8},
        {"tensor a: key 'shape' occurs twice",
         R"({"a":{"dtype":"F32","shape":[8],"shape":[2],"data_offsets":[0,8]}})", 8},
        {"tensor a: key 'data_offsets' occurs twice",
         R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4],"data_offsets":[0,8]}})", 8},
        {"key '__metadata__' occurs twice", R"({"__metadata__":{},"__metadata__":{}})", 0},
        {"key '__metadata__' occurs twice", R"({"__metadata__":null,"__metadata__":{}})", 0},
        {"key 'k' of __metadata__ occurs twice", R"({"__metadata__":{"k":"1","k":"2"}})", 0},
    });
}

TEST_CASE("safetensors: an entry with other than its three fields is refused") {
    check_all({
        {"an object for 'a', found a number", R"({"a":1})", 0},
        {"an object for 'a', found null", R"({"a":null})", 0},
        {"a string in __metadata__, found a number", R"({"__metadata__":{"k":1}})", 0},
        {"a string in __metadata__, found an object", R"({"__metadata__":{"k":{}}})", 0},
        {"tensor a: has no dtype", R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8},
        {"tensor a: has no shape", R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8},
        {"tensor a: has no data_offsets", R"({"a":{"dtype":"F32","shape":[2]}})", 8},
        {"found key 'strides'", R"({"a":{"strides":[1]}})", 0},
        {"a string as dtype, found a number", R"({"a":{"dtype":1}})", 0},
        {"unknown dtype 'F31'", R"({"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}})", 8},
        {"numbers as shape, found a number", f32("2", "[0,8]"), 8},
        {"numbers as shape, found a negative number", f32("[-2]", "[0,8]"), 8},
        {"found a number that is no 64-bit integer", f32("[2.0]", "[0,8]"), 8},
        {"found a number that is no 64-bit integer", f32("[18446744073709551616]", "[0,8]"), 8},
        {"numbers as shape, found an array", f32("[[2]]", "[0,8]"), 8},
        {"numbers as shape, found a string", f32("[\"2\"]", "[0,8]"), 8},
        {"as data_offsets, found a third number", f32("[2]", "[0,8,8]"), 8},
        {"as data_offsets, found the end of the array", f32("[2]", "[0]"), 8},
        {"as data_offsets, found a negative number", f32("[2]", "[-8,0]"), 8},
    });
}

TEST_CASE("safetensors: a size that wraps or does not fit the offsets is refused") {
    check_all({
        {"its size overflows 64 bits", f32("[4294967296,4294967296]", "[0,8]"), 8},
        // 4 bytes each make 2^64 + 8.
        {"its size overflows 64 bits", f32("[4611686018427387906]", "[0,8]"), 8},
        // Counted in bits it wraps around to 0.
        {"its size overflows 64 bits", f32("[576460752303423488]", "[0,8]"), 8},
        {"its size overflows 64 bits", f32("[4294967296,4294967296,0]", "[0,0]"), 0},
        {"expected 12 bytes for its shape and dtype, found 8", f32("[3]", "[0,8]"), 8},
        {"expected 0 bytes for its shape and dtype, found 8", f32("[3,0]", "[0,8]"), 8},
        {"expected whole bytes, found 12 bits",
         R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2},
    });
}

TEST_CASE("safetensors: tensors that do not tile the data exactly are refused") {
    const auto two = [](const std::string& a, const std::string& b) {
        return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + a +
               R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + b + "}}";
    };
    CHECK(verdict(build(two("[8,16]", "[0,8]"), 16)) == "");
    check_all({
        {"a hole in the data", f32("[2]", "[4,12]"), 12},
        {"tensor b: expected data_offsets to begin at 8, found 12 (a hole", two("[0,8]", "[12,20]"),
         20},
        {"tensor b: expected data_offsets to begin at 8, found 4 (tensors overlap",
         two("[0,8]", "[4,12]"), 12},
        {"tensors overlap", two("[0,8]", "[0,8]"), 8},
        {"data_offsets end before they begin", two("[0,8]", "[8,0]"), 8},
        {"to end within the 7 bytes of data, found 8", kGood, 7},
        {"to end within the 8 bytes", f32("[2]", "[0,18446744073709551615]"), 8},
        {"expected 8 bytes of data for its tensors, found 9", kGood, 9},
        {"expected 0 bytes of data for its tensors, found 1", "{}", 1},
    });
}

TEST_CASE("safetensors: every truncation of a valid file is refused") {
    tests::check_every_prefix_refused(tests::read_file(golden_path("single.safetensors")),
                                      [](const std::string& path) { SafetensorsFile file(path); });
}

TEST_CASE("safetensors: with any byte flipped, a file is read or refused") {
    const std::string content = tests::read_file(golden_path("single.safetensors"));
    const std::size_t n_header = content.rfind('}') + 1;
    const auto open = [](const std::string& path) {
        const SafetensorsFile file(path);
        tests::check_readable(file.tensors());
    };
    CHECK(tests::count_refused_flips(content, n_header, open) > 3 * n_header);
}

}  // namespace

}  // namespace quire::formats
