// Damaged GGUF files: each must cause its own error, and nothing worse.
#include <doctest/doctest.h>

#include <optional>

#include "formats/gguf/gguf.h"
#include "tests/formats/support.h"

namespace quire::formats::gguf {

namespace {

using tests::error_of;
using tests::golden_path;
using tests::put;

constexpr std::uint64_t kHuge = ~std::uint64_t{0};

struct TensorParts {
    std::string name = "w";
    std::uint64_t name_bytes = kHuge;  // kHuge: those of the name
    std::vector<std::uint64_t> dims = {4, 2};
    std::optional<std::uint32_t> n_dims = {};  // nothing: those of `dims`
    std::uint32_t type = 0;
    std::uint64_t offset = 0;
};

// The parts of a small valid file; a test may damage each of them.
struct GgufParts {
    std::string magic = "GGUF";
    std::uint32_t version = 3;
    std::optional<std::uint64_t> n_tensors = {};  // nothing: as many as there are
    std::optional<std::uint64_t> n_keys = {};
    std::vector<std::string> keys = {};  // key, value type and value
    std::vector<TensorParts> tensors = {{}};
    std::uint64_t alignment = 32;
    std::string data = std::string(32, '\1');
};

std::string text(std::string_view value) {
    std::string out;
    put<std::uint64_t>(out, value.size());
    return out + std::string(value);
}

std::string key(std::string_view name, std::uint32_t type, const std::string& value) {
    std::string out = text(name);
    put(out, type);
    return out + value;
}

template <typename T>
std::string number(T value) {
    std::string out;
    put(out, value);
    return out;
}

std::string array(std::uint32_t type, std::uint64_t count, const std::string& elements) {
    return number(type) + number(count) + elements;
}

std::string build(const GgufParts& parts) {
    std::string out = parts.magic;
    put(out, parts.version);
    put<std::uint64_t>(out, parts.n_tensors.value_or(parts.tensors.size()));
    put<std::uint64_t>(out, parts.n_keys.value_or(parts.keys.size()));
    for (const std::string& entry : parts.keys) out += entry;
    for (const TensorParts& tensor : parts.tensors) {
        put<std::uint64_t>(out,
                           tensor.name_bytes == kHuge ? tensor.name.size() : tensor.name_bytes);
        out += tensor.name;
        put<std::uint32_t>(out,
                           tensor.n_dims.value_or(static_cast<std::uint32_t>(tensor.dims.size())));
        for (const std::uint64_t size : tensor.dims) put(out, size);
        put(out, tensor.type);
        put(out, tensor.offset);
    }
    while (out.size() % parts.alignment != 0) out += '\0';
    return out + parts.data;
}

// What the reader says about the file; empty when it reads it.
std::string verdict(const GgufParts& parts) {
    const tests::TempDir folder;
    const std::string path = folder.write("x.gguf", build(parts));
    return error_of([&] {
        const File file(path);
        tests::check_readable(file.tensors());
    });
}

struct Corruption {
    const char* name;
    const char* word;  // of the message
    GgufParts parts;
};

void check_all(const std::vector<Corruption>& corruptions) {
    for (const Corruption& corruption : corruptions) {
        const std::string error = verdict(corruption.parts);
        INFO(corruption.name << ": " << error);
        CHECK(error.find("x.gguf: ") != std::string::npos);
        CHECK(error.find(corruption.word) != std::string::npos);
    }
}

GgufParts with_tensor(const TensorParts& tensor) {
    return {.tensors = {tensor}};
}
GgufParts with_keys(const std::vector<std::string>& keys) {
    return {.keys = keys};
}

TEST_CASE("gguf: the file that the corruptions start from is valid") {
    CHECK(verdict({}) == "");
    CHECK(verdict({.version = 2}) == "");
    CHECK(verdict({.tensors = {}, .data = ""}) == "");
    CHECK(verdict(with_tensor({.dims = {}, .n_dims = 0})) == "");
    CHECK(verdict({.keys = {key("general.alignment", 4, number<std::uint32_t>(64))},
                   .tensors = {{}, {.name = "v", .offset = 64}},
                   .alignment = 64,
                   .data = std::string(96, '\1')}) == "");
    CHECK(verdict(with_keys({key("split.count", 2, number<std::uint16_t>(1))})) == "");
    CHECK(verdict(with_keys({key("empty", 9, array(8, 0, ""))})) == "");
}

TEST_CASE("gguf: each kind of damage to the header has its own message") {
    check_all({
        {"bad magic", "expected the magic 'GGUF', found 'GGML'", {.magic = "GGML"}},
        {"magic of controls", "found '\\x00\\x1B[J'", {.magic = std::string("\0\x1B[J", 4)}},
        {"version 0", "found version 0", {.version = 0}},
        {"version 1", "found version 1", {.version = 1}},
        {"version 4", "found version 4", {.version = 4}},
        {"big-endian", "big-endian", {.version = 3U << 24}},
        {"n_tensors over the file", "18446744073709551615 tensors", {.n_tensors = kHuge}},
        {"n_tensors that wraps", "tensors, but only", {.n_tensors = kHuge / 24 + 1}},
        {"one tensor too many", "a tensor name of 1 to 256 bytes", {.n_tensors = 2}},
        {"n_keys over the file", "18446744073709551615 metadata keys", {.n_keys = kHuge}},
        {"n_keys that wraps", "metadata keys, but only", {.n_keys = kHuge / 14 + 1}},
    });
}

TEST_CASE("gguf: each kind of damage to the metadata has its own message") {
    const std::string one = number<std::uint8_t>(1);
    const std::string bad_key = number<std::uint64_t>(kHuge) + "k" + number<std::uint32_t>(0) + one;
    const std::string long_key =
        number<std::uint64_t>(60000) + "k" + number<std::uint32_t>(0) + one;
    check_all({
        {"key size", "a metadata key of 1 to 65535 bytes", with_keys({bad_key})},
        {"empty key", "a metadata key of 1 to 65535 bytes, found 0", with_keys({key("", 0, one)})},
        {"key over the file", "60000 bytes of a metadata key", with_keys({long_key})},
        {"duplicate key", "key 'k' occurs twice", with_keys({key("k", 0, one), key("k", 7, one)})},
        {"value type", "a value type from 0 to 12, found 13", with_keys({key("k", 13, one)})},
        {"bool of two", "a bool of 0 or 1, found 2",
         with_keys({key("k", 7, number<std::uint8_t>(2))})},
        {"string length", "18446744073709551615 bytes of a string",
         with_keys({key("k", 8, number(kHuge))})},
        {"array of arrays", "array of arrays", with_keys({key("k", 9, array(9, 1, one))})},
        {"array type", "a value type from 0 to 12, found 99",
         with_keys({key("k", 9, array(99, 1, one))})},
        {"array length", "18446744073709551615 array elements",
         with_keys({key("k", 9, array(0, kHuge, one))})},
        {"array length that wraps", "2305843009213693953 array elements",
         with_keys({key("k", 9, array(10, kHuge / 8 + 2, std::string(8, '\0')))})},
        {"count of strings", "2305843009213693953 array elements",
         with_keys({key("k", 9, array(8, kHuge / 8 + 2, text("a")))})},
        {"string in an array", "18446744073709551615 bytes of a string",
         with_keys({key("k", 9, array(8, 2, text("a") + number(kHuge)))})},
        {"bool in an array", "a bool of 0 or 1, found 7",
         with_keys({key("k", 9, array(7, 2, "\1\7"))})},
        {"split file", "a GGUF that is split in 3: expected the first part",
         with_keys({key("split.count", 2, number<std::uint16_t>(3))})},
    });
}

TEST_CASE("gguf: each impossible alignment is refused") {
    const auto with_alignment = [](std::uint32_t value) {
        return with_keys({key("general.alignment", 4, number(value))});
    };
    check_all({
        {"zero", "general.alignment: expected a power of two", with_alignment(0)},
        {"no power of two", "from 8 to 65536, found 48", with_alignment(48)},
        {"too small", "from 8 to 65536, found 4", with_alignment(4)},
        {"so large that padding wraps", "found 2147483648", with_alignment(1U << 31)},
        {"of another type", "key 'general.alignment': expected u32, found u64",
         with_keys({key("general.alignment", 10, number<std::uint64_t>(32))})},
    });
}

TEST_CASE("gguf: each kind of damage to a tensor has its own message") {
    constexpr std::uint64_t kTwo42 = std::uint64_t{1} << 42;
    check_all({
        {"empty name", "a tensor name of 1 to 256 bytes, found 0", with_tensor({.name = ""})},
        {"long name", "a tensor name of 1 to 256 bytes, found 257",
         with_tensor({.name = std::string(257, 'w')})},
        {"name size", "a tensor name of 1 to 256 bytes", with_tensor({.name_bytes = kHuge - 1})},
        {"name of controls", "tensor \\x1B[2J has type",
         with_tensor({.name = "\x1B[2J", .type = 9})},
        {"five dimensions", "tensor w: expected at most 4 dimensions, found 5",
         with_tensor({.dims = {1, 1, 1, 1, 1}})},
        {"n_dims over the file", "found 4294967295", with_tensor({.n_dims = 0xFFFFFFFF})},
        {"zero dimension", "tensor w: a dimension is zero", with_tensor({.dims = {4, 0}})},
        {"size that wraps", "tensor w: its size overflows",
         with_tensor({.dims = {kTwo42 + 1, 1U << 20, 4}})},
        {"one dimension that wraps", "its size overflows", with_tensor({.dims = {kHuge / 4 + 2}})},
        {"size beyond the file", "data of tensor w: expected 17592186044420 bytes",
         with_tensor({.dims = {kTwo42 + 1}})},
        {"half a block", "tensor w of type Q4_0: expected rows of a multiple of 32, found 33",
         with_tensor({.dims = {33}, .type = 2})},
        {"part of a block of 256",
         "tensor w of type Q4_K: expected rows of a multiple of 256, found 288",
         with_tensor({.dims = {288}, .type = 12})},
        {"part of a block of 64",
         "tensor w of type NVFP4: expected rows of a multiple of 64, found 96",
         with_tensor({.dims = {96}, .type = 40})},
        {"part of a block of 128",
         "tensor w of type Q1_0: expected rows of a multiple of 128, found 64",
         with_tensor({.dims = {64}, .type = 41})},
        {"part of a block with a grid",
         "tensor w of type IQ2_XXS: expected rows of a multiple of 256, found 32",
         with_tensor({.dims = {32}, .type = 16})},
        {"unsupported type",
         "tensor w has type Q8_K, expected one of F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0, Q4_1, "
         "Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4, NVFP4, "
         "Q1_0, Q2_0, TQ1_0, TQ2_0, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S",
         with_tensor({.type = 15})},
        {"unknown type", "tensor w has type 4294967295 (unknown)",
         with_tensor({.type = 0xFFFFFFFF})},
        {"misaligned", "tensor w: expected an offset that is a multiple of 32, found 4",
         with_tensor({.offset = 4})},
        {"offset beyond the file", "at offset 64, found only", with_tensor({.offset = 64})},
        {"offset that wraps", "at offset 18446744073709551584",
         with_tensor({.offset = kHuge - 31})},
        {"duplicate name",
         "tensor 'w' occurs twice",
         {.tensors = {{}, {.offset = 32}}, .data = std::string(64, '\1')}},
        {"overlap",
         "tensors 'w' and 'v' overlap",
         {.tensors = {{.dims = {16}}, {.name = "v", .offset = 32}}, .data = std::string(64, '\1')}},
        {"two at one place", "overlap", {.tensors = {{}, {.name = "v"}}}},
        {"data one byte short", "found only 31 bytes", {.data = std::string(31, '\1')}},
        {"no data", "found only 0 bytes", {.data = ""}},
    });
}

TEST_CASE("gguf: every truncation of a valid file is refused") {
    tests::check_every_prefix_refused(tests::read_file(golden_path("types.gguf")),
                                      [](const std::string& path) { File file(path); });
}

TEST_CASE("gguf: with any byte flipped, a file is read or refused") {
    const std::string content = tests::read_file(golden_path("types.gguf"));
    const File good(golden_path("types.gguf"));
    const auto n_header =
        static_cast<std::size_t>(good.tensors()[0].data.data() - good.file().bytes().data());
    const auto open = [](const std::string& path) {
        const File file(path);
        tests::check_readable(file.tensors());
        for (const auto& [name, value] : file.metadata()) {
            if (value.is_array && value.type == ValueType::string) {
                CHECK(strings_of(value).size() == value.count);
            }
        }
    };
    // About half of the nine flips of a header byte.
    CHECK(tests::count_refused_flips(content, n_header, open) > 3 * n_header);
}

}  // namespace

}  // namespace quire::formats::gguf
