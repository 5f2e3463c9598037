#include "formats/gguf/gguf.h"

#include <doctest/doctest.h>

#include "formats/gguf/ggml_type.h"
#include "tests/formats/support.h"

namespace quire::formats::gguf {

namespace {

using tests::error_of;
using tests::golden_path;

TEST_CASE("gguf: every supported type decodes to the values of the gguf package") {
    const File file(golden_path("types.gguf"));
    tests::check_values(file.tensors(), golden_path("types.gguf.values.txt"));
}

TEST_CASE("gguf: K-quants and IQ4 decode to the values of the gguf package, codes as they are") {
    const File file(golden_path("kquants.gguf"));
    tests::check_values(file.tensors(), golden_path("kquants.gguf.values.txt"));
}

TEST_CASE("gguf: 4-bit floats decode to the values of the gguf package, scales as they are") {
    const File file(golden_path("fp4.gguf"));
    tests::check_values(file.tensors(), golden_path("fp4.gguf.values.txt"));
}

TEST_CASE("gguf: signs and ternaries decode to the values of ggml, codes as they are") {
    const File file(golden_path("ternary.gguf"));
    tests::check_values(file.tensors(), golden_path("ternary.gguf.values.txt"));
}

TEST_CASE("gguf: types with grids decode to the values of the gguf package") {
    const File file(golden_path("grids.gguf"));
    tests::check_values(file.tensors(), golden_path("grids.gguf.values.txt"));
}

TEST_CASE("gguf: tensors stay readable after the file object moves") {
    File first(golden_path("types.gguf"));
    const File file(std::move(first));
    const SourceTensor* tensor = file.tensor("weights.q4_1");
    REQUIRE(tensor != nullptr);
    CHECK(tensor->file == &file.file());
    CHECK(tensor->shape == std::vector<std::uint64_t>{3, 64});
    tests::check_readable(file.tensors());
    CHECK(file.tensor("weights.q4_2") == nullptr);
}

TEST_CASE("gguf: numbers keep their values whatever their width") {
    const File file(golden_path("types.gguf"));
    CHECK(file.version() == 3);
    CHECK(file.alignment() == 32);
    CHECK(file.get_u64("number.u8") == 200);
    CHECK(file.get_u64("number.u16") == 60000);
    CHECK(file.get_u64("number.u32") == 4000000000);
    CHECK(file.get_u64("number.i32") == 7);
    CHECK(file.get_u64("number.u64") == std::uint64_t{1} << 63);
    CHECK(file.get_f64("number.f32") == static_cast<double>(0.1F));
    CHECK(file.get_f64("number.f64") == 0.1);
    CHECK(file.get_bool("yes") == true);
    CHECK(file.get_bool("no") == false);
    CHECK(file.get_string("text") == "Grüße\n");
    CHECK(file.get_string("general.architecture") == "llama");
}

TEST_CASE("gguf: arrays are views of their own element type") {
    const File file(golden_path("types.gguf"));
    const auto signed_numbers = file.get_array<std::int32_t>("list.i32");
    REQUIRE(signed_numbers.has_value());
    REQUIRE(signed_numbers->size() == 3);
    CHECK((*signed_numbers)[1] == -4);
    const auto floats = file.get_array<float>("list.f32");
    REQUIRE(floats.has_value());
    REQUIRE(floats->size() == 2);
    CHECK((*floats)[1] == -0.25F);
    const auto bools = file.get_array<bool>("list.bool");
    REQUIRE(bools.has_value());
    REQUIRE(bools->size() == 3);
    CHECK((*bools)[0]);
    CHECK_FALSE((*bools)[1]);
    CHECK(file.get_u64s("list.u16") == std::vector<std::uint64_t>{1, 65535});
    CHECK(file.get_u64s("list.u64") == std::vector<std::uint64_t>{std::uint64_t{1} << 40});
    CHECK(file.get_strings("list.string") ==
          std::vector<std::string_view>{"<s>", "", "Ġthe", "日本"});
}

TEST_CASE("gguf: an absent key gives nothing, for every kind of lookup") {
    const File file(golden_path("types.gguf"));
    CHECK(file.find("no.such.key") == nullptr);
    CHECK_FALSE(file.get_u64("no.such.key").has_value());
    CHECK_FALSE(file.get_f64("no.such.key").has_value());
    CHECK_FALSE(file.get_bool("no.such.key").has_value());
    CHECK_FALSE(file.get_string("no.such.key").has_value());
    CHECK_FALSE(file.get_strings("no.such.key").has_value());
    CHECK_FALSE(file.get_u64s("no.such.key").has_value());
    CHECK_FALSE(file.get_array<float>("no.such.key").has_value());
}

TEST_CASE("gguf: a value of another kind is an error that names the key and both kinds") {
    const File file(golden_path("types.gguf"));
    const auto says = [](const std::string& error, const std::string& text) {
        INFO(error);
        CHECK(error.find(text) != std::string::npos);
    };
    says(error_of([&] { file.get_u64("text"); }),
         "key 'text': expected an integer of at least 0, found string");
    says(error_of([&] { file.get_u64("number.i16"); }), "found a negative i16");
    says(error_of([&] { file.get_u64("number.i8"); }), "found a negative i8");
    says(error_of([&] { file.get_u64("number.i64"); }), "found a negative i64");
    says(error_of([&] { file.get_u64("list.u16"); }), "found array of u16");
    says(error_of([&] { file.get_f64("number.u8"); }),
         "expected a floating-point number, found u8");
    says(error_of([&] { file.get_bool("number.u8"); }), "expected bool, found u8");
    says(error_of([&] { file.get_string("list.string"); }),
         "expected string, found array of string");
    says(error_of([&] { file.get_strings("text"); }), "expected array of string, found string");
    says(error_of([&] { file.get_u64s("list.i32"); }), "key 'list.i32': expected an array");
    says(error_of([&] { file.get_u64s("list.string"); }), "found array of string");
    says(error_of([&] { file.get_u64s("number.u8"); }), "found u8");
    says(error_of([&] { file.get_array<float>("list.i32"); }),
         "expected array of f32, found array of i32");
}

TEST_CASE("gguf: a missing file and a folder are errors that name the path") {
    const tests::TempDir folder;
    CHECK(error_of([&] { File file(folder.path("none.gguf")); }).find("none.gguf") !=
          std::string::npos);
    CHECK(error_of([&] { File file(folder.path("")); }).find("regular file") != std::string::npos);
}

TEST_CASE("ggml types: every number that was ever assigned has its name") {
    // source: enum ggml_type of ggml.h.
    CHECK(ggml_type_name(0) == "F32");
    CHECK(ggml_type_name(3) == "Q4_1");
    CHECK(ggml_type_name(8) == "Q8_0");
    CHECK(ggml_type_name(14) == "Q6_K");
    CHECK(ggml_type_name(20) == "IQ4_NL");
    CHECK(ggml_type_name(23) == "IQ4_XS");
    CHECK(ggml_type_name(28) == "F64");
    CHECK(ggml_type_name(30) == "BF16");
    CHECK(ggml_type_name(31) == "Q4_0_4_4");
    CHECK(ggml_type_name(34) == "TQ1_0");
    CHECK(ggml_type_name(39) == "MXFP4");
    CHECK(ggml_type_name(41) == "Q1_0");
    CHECK(ggml_type_name(42) == "Q2_0");
    CHECK(ggml_type_name(4096) == "4096 (unknown)");
    CHECK(source_type_from_ggml(2) == SourceType::q4_0);
    CHECK(source_type_from_ggml(14) == SourceType::q6_k);
    CHECK(source_type_from_ggml(23) == SourceType::iq4_xs);
    CHECK(source_type_from_ggml(40) == SourceType::nvfp4);
    CHECK(source_type_from_ggml(16) == SourceType::iq2_xxs);
    CHECK_FALSE(source_type_from_ggml(15).has_value());
    CHECK_FALSE(source_type_from_ggml(4096).has_value());
}

}  // namespace

}  // namespace quire::formats::gguf
