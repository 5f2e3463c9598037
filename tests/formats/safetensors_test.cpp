#include "formats/safetensors/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/formats/support.h"

namespace quire::formats {

namespace {

using tests::error_of;
using tests::golden_path;

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kShard1 = "model-00001-of-00003.safetensors";
constexpr const char* kShard2 = "model-00002-of-00003.safetensors";
constexpr const char* kShard3 = "model-00003-of-00003.safetensors";

// A copy of the golden folder, to be damaged.
void copy_sharded(const tests::TempDir& folder) {
    for (const char* name : {kIndex, kShard1, kShard2, kShard3}) {
        folder.write(name, tests::read_file(golden_path(std::string("sharded/") + name)));
    }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string verdict(const tests::TempDir& folder) {
    return error_of([&] { const SafetensorsFolder opened(folder.path("")); });
}

void check_says(const std::string& error, const std::string& text) {
    INFO(error);
    CHECK(error.find(text) != std::string::npos);
}

// The tensors in the order of their names, which is that of the golden text.
std::vector<SourceTensor> by_name(std::span<const SourceTensor> tensors) {
    std::vector<SourceTensor> sorted(tensors.begin(), tensors.end());
    std::ranges::sort(sorted, {}, &SourceTensor::name);
    return sorted;
}

TEST_CASE("safetensors: a file of the safetensors package has its names, shapes and values") {
    const SafetensorsFile file(golden_path("single.safetensors"));
    tests::check_values(by_name(file.tensors()), golden_path("single.safetensors.values.txt"));
    tests::check_readable(file.tensors());
}

TEST_CASE("safetensors: metadata is kept as text") {
    const SafetensorsFile file(golden_path("single.safetensors"));
    std::vector<std::pair<std::string, std::string>> metadata(file.metadata().begin(),
                                                              file.metadata().end());
    std::ranges::sort(metadata);
    CHECK(metadata ==
          std::vector<std::pair<std::string, std::string>>{{"format", "pt"}, {"note", "Grüße"}});
}

TEST_CASE("safetensors: tensors stay readable after the file object moves") {
    SafetensorsFile first(golden_path("single.safetensors"));
    const SafetensorsFile file(std::move(first));
    const SourceTensor* tensor = file.find("weights.bf16");
    REQUIRE(tensor != nullptr);
    CHECK(tensor->file == &file.file());
    tests::check_readable(file.tensors());
}

TEST_CASE("safetensors: an unsupported dtype is an error only when its tensor is asked for") {
    const SafetensorsFile file(golden_path("single.safetensors"));
    CHECK(file.coded().size() == 3);
    CHECK(file.contains("ids.i64"));
    check_says(error_of([&] { file.find("ids.i64"); }),
               "tensor ids.i64 has dtype I64, expected F32, F16 or BF16");
    check_says(error_of([&] { file.find("mask.bool"); }), "tensor mask.bool has dtype BOOL");
    check_says(error_of([&] { file.find("small.f8"); }), "tensor small.f8 has dtype F8_E4M3");
    CHECK(file.find("no.such.tensor") == nullptr);
    CHECK_FALSE(file.contains("no.such.tensor"));
}

TEST_CASE("safetensors folder: the shards of an index are one list of tensors") {
    const SafetensorsFolder folder(golden_path("sharded"));
    CHECK(folder.files().size() == 3);
    tests::check_values(by_name(folder.tensors()), golden_path("sharded.values.txt"));
    const SourceTensor* tensor = folder.find("layers.3.weight");
    REQUIRE(tensor != nullptr);
    CHECK(tensor->file == &folder.files()[1].file());
    CHECK(folder.find("layers.9.weight") == nullptr);
    check_says(error_of([&] { folder.find("position_ids"); }), "has dtype I64");
}

TEST_CASE("safetensors folder: a single file needs no index") {
    const tests::TempDir folder;
    folder.write("model.safetensors", tests::read_file(golden_path("single.safetensors")));
    const SafetensorsFolder opened(folder.path(""));
    CHECK(opened.files().size() == 1);
    CHECK(opened.find("weights.f32") != nullptr);
}

TEST_CASE("safetensors folder: a folder with neither file is an error that says so") {
    const tests::TempDir folder;
    check_says(verdict(folder), "expected model.safetensors or model.safetensors.index.json");
    check_says(error_of([&] { SafetensorsFolder opened(folder.path("none")); }), "found neither");
}

TEST_CASE("safetensors folder: a missing shard is named with the tensors it should hold") {
    const tests::TempDir folder;
    copy_sharded(folder);
    std::filesystem::remove(folder.path(kShard2));
    check_says(verdict(folder),
               "shard model-00002-of-00003.safetensors, which should hold 2 tensors, is missing");
}

TEST_CASE("safetensors folder: missing shards are found before any is opened") {
    const tests::TempDir folder;
    copy_sharded(folder);
    folder.write(kShard1, "no safetensors file at all");
    std::filesystem::remove(folder.path(kShard2));
    std::filesystem::remove(folder.path(kShard3));
    check_says(verdict(folder), "which should hold 2 tensors, is missing, and so are 1 more");
}

TEST_CASE("safetensors folder: a tensor that its shard lacks is named") {
    const tests::TempDir folder;
    copy_sharded(folder);
    const std::string index = tests::read_file(folder.path(kIndex));
    folder.write(kIndex, replaced(index, "layers.1.weight\": \"model-00001",
                                  "layers.1.weight\": \"model-00002"));
    // It is still in the first shard, which is the first to be read.
    check_says(verdict(folder),
               "model-00001-of-00003.safetensors: the index does not say that tensor "
               "'layers.1.weight' is here");
    folder.write(kIndex, replaced(index, "layers.0.weight", "layers.7.weight"));
    check_says(verdict(folder), "the index says that tensor 'layers.7.weight' is here");
}

TEST_CASE("safetensors folder: a tensor without an index entry is named, whatever its dtype") {
    const tests::TempDir folder;
    copy_sharded(folder);
    const std::string index = tests::read_file(folder.path(kIndex));
    folder.write(kIndex,
                 replaced(index, "\"layers.0.weight\": \"model-00001-of-00003.safetensors\",", ""));
    check_says(verdict(folder), "does not say that tensor 'layers.0.weight' is here");
    folder.write(
        kIndex,
        replaced(index, ",\n    \"position_ids\": \"model-00003-of-00003.safetensors\"", ""));
    check_says(verdict(folder), "does not say that tensor 'position_ids' is here");
}

TEST_CASE("safetensors folder: a copied shard under another's name is noticed") {
    const tests::TempDir folder;
    copy_sharded(folder);
    folder.write(kShard2, tests::read_file(folder.path(kShard1)));
    check_says(verdict(folder), "00002-of-00003.safetensors: the index says that tensor");
}

TEST_CASE("safetensors folder: each kind of damage to an index has its own message") {
    struct Case {
        const char* word;
        std::string index;
    };
    const std::string deep = std::string(40, '[') + std::string(40, ']');
    const std::vector<Case> cases{
        {"begins with '{'", ""},
        {"begins with '{'", "[]"},
        {"not valid JSON at byte", R"({"weight_map": {"a": "b"})"},
        {"not valid JSON at byte", R"({"weight_map": {"a": "b"}} x)"},
        {"has no weight_map", "{}"},
        {"has no weight_map", R"({"metadata": {"weight_map": {"a": "b"}}})"},
        {"weight_map is empty", R"({"weight_map": {}})"},
        {"expected an object as weight_map, found an array", R"({"weight_map": ["a"]})"},
        {"expected an object as weight_map, found a string", R"({"weight_map": "a"})"},
        {"'weight_map' occurs twice", R"({"weight_map": {"a": "b"}, "weight_map": {"c": "b"}})"},
        {"tensor 'a' occurs twice", R"({"weight_map": {"a": "b", "a": "c"}})"},
        {"a file name for 'a' in weight_map, found a number", R"({"weight_map": {"a": 1}})"},
        {"a file name for 'a' in weight_map, found an object", R"({"weight_map": {"a": {}}})"},
        {"a file name for 'a' in weight_map, found an array", R"({"weight_map": {"a": []}})"},
        {"plain file name for 'a', found '../b'", R"({"weight_map": {"a": "../b"}})"},
        {"plain file name for 'a', found '/etc/b'", R"({"weight_map": {"a": "/etc/b"}})"},
        {"plain file name for 'a', found '..'", R"({"weight_map": {"a": ".."}})"},
        {"plain file name for 'a', found ''", R"({"weight_map": {"a": ""}})"},
        {"plain file name for 'a', found 'b\\x00c'", R"({"weight_map": {"a": "b\u0000c"}})"},
        {"nested deeper than 32", R"({"metadata": )" + deep + R"(, "weight_map": {"a": "b"}})"},
        {"shard b, which should hold 1 tensor, is missing",
         R"({"metadata": {"x": [1, -1, 0.5, null, true, "s"]}, "weight_map": {"a": "b"}})"},
    };
    for (const Case& item : cases) {
        const tests::TempDir folder;
        folder.write(kIndex, item.index);
        INFO(item.index);
        check_says(verdict(folder), item.word);
    }
}

}  // namespace

}  // namespace quire::formats
