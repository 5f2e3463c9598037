// Quantized folders whose parts do not fit together: each gets its own line.
#include <doctest/doctest.h>

#include "models/source/source.h"
#include "tests/models/quantized_support.h"

using namespace quire;
using namespace quire::tests;
using nlohmann::json;

namespace {

// A matrix of 4 x 6 in FP8 with blocks of 2 x 4.
FolderDraft fp8() {
    FolderDraft draft;
    draft.quantization = {{"quant_method", "fp8"}, {"weight_block_size", {2, 4}}};
    draft.tensors["a.weight"] = {"F8_E4M3", {4, 6}, std::string(24, '\x38')};
    draft.tensors["a.weight_scale_inv"] = {"F32", {2, 2}, repeated(1.0F, 4)};
    return draft;
}

constexpr std::uint32_t kWord = 0x12345678;

// A matrix of 8 x 16 in 4 bits, as GPTQ, AWQ, compressed-tensors or MLX has it; two groups of 8 columns.
FolderDraft gptq() {
    FolderDraft draft;
    draft.quantization = {{"quant_method", "gptq"}, {"bits", 4}, {"group_size", 8}};
    draft.tensors["a.qweight"] = {"I32", {2, 8}, repeated(kWord, 16)};
    draft.tensors["a.qzeros"] = {"I32", {2, 1}, repeated(kWord, 2)};
    draft.tensors["a.scales"] = {"F16", {2, 8}, repeated<std::uint16_t>(0x2000, 16)};
    draft.tensors["a.g_idx"] = {"I32", {16}, repeated(0, 8) + repeated(1, 8)};
    return draft;
}

FolderDraft awq() {
    FolderDraft draft = gptq();
    draft.quantization["quant_method"] = "awq";
    draft.tensors["a.qweight"] = {"I32", {16, 1}, repeated(kWord, 16)};
    draft.tensors.erase("a.g_idx");
    return draft;
}

FolderDraft packed() {
    FolderDraft draft;
    const json weights{{"num_bits", 4}, {"type", "int"}, {"strategy", "group"}, {"group_size", 8}};
    draft.quantization = {
        {"quant_method", "compressed-tensors"},
        {"format", "pack-quantized"},
        {"config_groups", {{"group_0", {{"targets", {"Linear"}}, {"weights", weights}}}}}};
    draft.tensors["a.weight_packed"] = {"I32", {8, 2}, repeated(kWord, 16)};
    draft.tensors["a.weight_scale"] = {"F16", {8, 2}, repeated<std::uint16_t>(0x2000, 16)};
    draft.tensors["a.weight_shape"] = {
        "I64", {2}, repeated<std::int64_t>(8, 1) + repeated<std::int64_t>(16, 1)};
    return draft;
}

FolderDraft mlx() {
    FolderDraft draft;
    draft.key = "quantization";
    draft.quantization = {{"bits", 4}, {"group_size", 8}};
    draft.tensors["a.weight"] = {"U32", {8, 2}, repeated(kWord, 16)};
    for (const char* name : {"a.scales", "a.biases"}) {
        draft.tensors[name] = {"F16", {8, 2}, repeated<std::uint16_t>(0x2000, 16)};
    }
    return draft;
}

FolderDraft nvfp4() {
    FolderDraft draft;
    draft.quantization = {{"quant_method", "modelopt"}, {"quant_algo", "NVFP4"}};
    draft.tensors["a.weight"] = {"U8", {2, 16}, std::string(32, '\x12')};
    draft.tensors["a.weight_scale"] = {"F8_E4M3", {2, 2}, std::string(4, '\x38')};
    draft.tensors["a.weight_scale_2"] = {"F32", {}, repeated(0.5F, 1)};
    return draft;
}

FolderDraft mxfp4() {
    FolderDraft draft;
    draft.quantization = {{"quant_method", "mxfp4"}};
    draft.tensors["a_blocks"] = {"U8", {2, 3, 1, 16}, std::string(96, '\x12')};
    draft.tensors["a_scales"] = {"U8", {2, 3, 1}, std::string(6, '\x7F')};
    return draft;
}

FolderDraft nf4() {
    FolderDraft draft;
    const json state{
        {"quant_type", "nf4"}, {"blocksize", 64}, {"dtype", "bfloat16"}, {"shape", {2, 32}}};
    const std::string text = state.dump();
    draft.quantization = {{"quant_method", "bitsandbytes"}, {"load_in_4bit", true}};
    draft.tensors["a.weight"] = {"U8", {32, 1}, std::string(32, '\x12')};
    draft.tensors["a.weight.absmax"] = {"F32", {1}, repeated(1.0F, 1)};
    draft.tensors["a.weight.quant_map"] = {"F32", {16}, repeated(1.0F, 16)};
    draft.tensors["a.weight.quant_state.bitsandbytes__nf4"] = {"U8", {text.size()}, text};
    return draft;
}

FolderDraft int8() {
    FolderDraft draft;
    draft.quantization = {{"quant_method", "bitsandbytes"}, {"load_in_8bit", true}};
    draft.tensors["a.weight"] = {"I8", {2, 3}, std::string(6, '\x12')};
    draft.tensors["a.SCB"] = {"F32", {2}, repeated(1.0F, 2)};
    draft.tensors["a.weight_format"] = {"U8", {}, std::string(1, '\0')};
    return draft;
}

using MakeDraft = FolderDraft (*)();
constexpr MakeDraft kDrafts[] = {fp8, gptq, awq, packed, mlx, nvfp4, mxfp4, nf4, int8};

}  // namespace

TEST_CASE("quantized: the folders that the corruptions start from are read") {
    for (const MakeDraft make : kDrafts) {
        CAPTURE(make().quantization.dump());
        CHECK(make().verdict() == "");
    }
}

TEST_CASE("quantized: a part that is missing, or of another dtype or shape, is refused") {
    for (const MakeDraft make : kDrafts) {
        const auto tensors = make().tensors;
        for (const auto& entry : tensors) {
            // Names of their own, because clang 14 cannot capture parts of a binding.
            const std::string& name = entry.first;
            const auto& part = entry.second;
            // Without these the module is read all the same, or is none.
            const bool may_lack = name == "a.g_idx" || name == "a.weight_format" ||
                                  name == "a.qweight" || name == "a.weight_packed" ||
                                  name == "a_blocks" || name == "a.SCB" || name.ends_with("nf4") ||
                                  part.dtype == "F8_E4M3";
            CAPTURE(name);
            FolderDraft draft = make();
            CAPTURE(draft.quantization.dump());
            draft.tensors.erase(name);
            if (!may_lack || name == "a.scales") CHECK(!draft.verdict().empty());
            draft = make();
            // As many bytes of another type: one that no part of any method has.
            draft.tensors[name].dtype = "BOOL";
            draft.tensors[name].shape = {part.data.size()};
            CHECK(!draft.verdict().empty());
            draft = make();
            draft.tensors[name] = {part.dtype, {0}, ""};
            CHECK(!draft.verdict().empty());
        }
    }
}

TEST_CASE("quantized: a method or key that is not understood is refused by name") {
    FolderDraft draft = fp8();
    draft.quantization["quant_method"] = "quip";
    check_refused(draft, "quantization_config: quant_method: expected one of awq, ");
    draft.quantization.erase("quant_method");
    check_refused(draft, "quantization_config: quant_method:");
    draft = fp8();
    draft.quantization["scales_of_scales"] = false;
    check_refused(draft, "scales_of_scales");
    draft = fp8();
    draft.quantization["expert_dtype"] = "fp4";
    check_refused(draft, "expert_dtype \"fp4\" is not supported");
    draft = fp8();
    draft.tensors.clear();
    draft.tensors["a.weight"] = {"F32", {1}, repeated(1.0F, 1)};
    check_refused(draft, "fp8 expected coded weights, found none");
}

TEST_CASE("quantized: FP8 scales of another shape or type are refused") {
    const std::vector<std::pair<StoredDraft, const char*>> scales{
        {{"F32", {2, 3}, repeated(1.0F, 6)}, "one for each block of 2 x 4 weights of (4, 6)"},
        {{"F32", {3}, repeated(1.0F, 3)}, "found F32 (3)"},
        {{"F32", {4, 1, 2}, repeated(1.0F, 8)}, "found F32 (4, 1, 2)"},
        {{"F32", {0}, ""}, "found F32 (0)"},
        {{"I32", {2, 2}, repeated(1, 4)}, "expected floats as scales, found I32 (2, 2)"},
        {{"U8", {2, 2}, "\1\1\1\1"}, "expected floats as scales, found U8 (2, 2)"},
    };
    for (const auto& [scale, text] : scales) {
        FolderDraft draft = fp8();
        draft.tensors["a.weight_scale_inv"] = scale;
        check_refused(draft, text);
    }
    FolderDraft draft = fp8();
    draft.tensors.erase("a.weight_scale_inv");
    check_refused(draft, "tensor a.weight expected a scale beside it (a.weight_scale_inv)");
    for (const json& size : {json{0, 4}, json{2}, json{2, 4, 1}, json{-2, 4}, json("2x4")}) {
        draft = fp8();
        draft.quantization["weight_block_size"] = size;
        check_refused(draft, "weight_block_size: expected two sizes");
    }
    draft = fp8();
    draft.tensors["a.weight"] = {"F8_E4M3", {}, "\x38"};
    check_refused(draft, "expected a matrix of F8_E4M3");
    draft = fp8();
    draft.tensors["a.weight"] = {"F8_E4M3", {0, 6}, ""};
    check_refused(draft, "found F32 (2, 2)");
}

TEST_CASE("quantized: GPTQ and AWQ in forms that are not read are refused by name") {
    const std::vector<std::pair<json, const char*>> keys{
        {{{"bits", 5}}, "bits: expected 2, 3, 4 or 8, found 5"},
        {{{"bits", 64}}, "bits: expected an integer from 2 to 8"},
        {{{"group_size", "all"}}, "group_size: expected an integer"},
        {{{"checkpoint_format", "marlin"}}, "checkpoint_format \"marlin\" is not supported"},
        {{{"checkpoint_format", "gptq_p"}}, "checkpoint_format \"gptq_p\" is not supported"},
        {{{"pack_dtype", "int64"}}, "pack_dtype \"int64\" is not supported"},
        {{{"rotation", "hadamard"}}, "rotation \"hadamard\" is not supported"},
    };
    for (const auto& [changed, text] : keys) {
        FolderDraft draft = gptq();
        draft.quantization.update(changed);
        check_refused(draft, text);
    }
    FolderDraft draft = awq();
    draft.quantization["version"] = "gemv";
    check_refused(draft, "version \"gemv\" is not supported");
    draft = awq();
    draft.quantization["backend"] = "llm-awq";
    check_refused(draft, "backend \"llm-awq\" is not supported");
    draft = awq();
    draft.quantization["zero_point"] = false;
    check_refused(draft, "zero_point false is not supported");
    draft = gptq();
    draft.tensors["a.g_idx"].data = repeated(2, 16);
    check_refused(draft, "a.g_idx expected groups below 2, not 2");
    draft.tensors["a.g_idx"].data = repeated(-1, 16);
    check_refused(draft, "a.g_idx expected groups below 2, not -1");
    draft = gptq();
    draft.quantization["group_size"] = 4;
    check_refused(draft, "tensor a.scales expected floats (4, 8), found F16 (2, 8)");
    draft = gptq();
    draft.tensors["a.qzeros"] = {"I32", {1, 2}, repeated(kWord, 2)};
    check_refused(draft, "tensor a.qzeros expected I32 (2, 1), found I32 (1, 2)");
}

namespace {

// The last weight of a matrix of 8 x 16.
float last_of(const FolderDraft& draft) {
    const TempDir dir;
    const models::Source source = models::open_source(draft.write(dir));
    std::vector<float> row(16);
    formats::read_row(row, *source.tensors.at("a.weight"), 7);
    return row.back();
}

}  // namespace

TEST_CASE("quantized: zero points of compressed-tensors may be signed bytes") {
    // The last code is 1, its scale 2^-7.
    FolderDraft draft = packed();
    CHECK(last_of(draft) == -7.0F / 128);
    for (const int zero : {0, 3, -8, 7}) {
        draft.tensors["a.weight_zero_point"] = {
            "I8", {8, 2}, std::string(16, static_cast<char>(zero))};
        CHECK(last_of(draft) == (-7.0F - static_cast<float>(zero)) / 128);
    }
}

TEST_CASE("quantized: groups that are 0 for all columns are in order; biases of 0 may be left") {
    FolderDraft draft = gptq();
    draft.tensors["a.scales"].data.replace(16, 16, repeated<std::uint16_t>(0x3C00, 8));
    const float expected = last_of(draft);
    draft.tensors["a.g_idx"].data = repeated(0, 16);
    CHECK(last_of(draft) == expected);
    draft.tensors["a.g_idx"].data = repeated(1, 8) + repeated(0, 8);
    CHECK(last_of(draft) != expected);

    const TempDir dir;
    draft.tensors["a.bias"] = {"F16", {8}, std::string(16, '\0')};
    draft.tensors["b.bias"] = draft.tensors["a.bias"];
    CHECK(models::open_source(draft.write(dir)).zero_biases == std::set<std::string>{"a.bias"});
}

TEST_CASE("quantized: settings may be with those of the text model, or in a file of their own") {
    const TempDir dir;
    const std::string folder = gptq().write(dir);
    const json settings = gptq().quantization;
    const auto n_composed = [&](const json& config) {
        dir.write("m/config.json", config.dump());
        return models::open_source(folder).tensors.count("a.weight");
    };
    const json plain{{"model_type", "llama"}};
    CHECK(n_composed(plain) == 0);
    json nested = plain;
    nested["text_config"] = {{"quantization_config", settings}};
    CHECK(n_composed(nested) == 1);
    nested["quantization_config"] = settings;
    CHECK(n_composed(nested) == 1);
    json file = settings;
    file.erase("quant_method");
    dir.write("m/quantize_config.json", file.dump());
    CHECK(n_composed(plain) == 1);
}

TEST_CASE("quantized: compressed-tensors in forms that are not read are refused by name") {
    const std::vector<std::pair<json, const char*>> keys{
        {{{"format", "marlin-24"}}, "format \"marlin-24\" is not supported"},
        {{{"quantization_status", "calibration"}}, "quantization_status \"calibration\""},
        {{{"sparsity_config", {{"format", "sparse-24-bitmask"}}}}, "sparsity_config: expected"},
        {{{"transform_config", {{"config_groups", {{"u", 1}}}}}}, "transform_config"},
        {{{"config_groups", 3}}, "config_groups: expected an object"},
        {{{"something", 3}}, "something"},
    };
    for (const auto& [changed, text] : keys) {
        FolderDraft draft = packed();
        draft.quantization.update(changed);
        check_refused(draft, text);
    }
    const auto with_shape = [](std::int64_t rows, std::int64_t columns) {
        FolderDraft draft = packed();
        draft.tensors["a.weight_shape"].data = repeated(rows, 1) + repeated(columns, 1);
        return draft;
    };
    check_refused(with_shape(0, 16), "a.weight_shape expected sizes of at least 1, not 0");
    check_refused(with_shape(8, -1), "a.weight_shape expected sizes of at least 1");
    check_refused(with_shape(8, 32), "a.weight_scale expected as many groups of 32 columns as");
    check_refused(with_shape(4, 16), "expected floats (4, 2), found F16 (8, 2)");
    FolderDraft draft = packed();
    draft.quantization["config_groups"]["group_0"]["weights"]["num_bits"] = 5;
    check_refused(draft, "a.weight_packed expected words of 16 codes");
    draft = packed();
    draft.quantization["config_groups"]["group_0"]["weights"]["dynamic"] = true;
    check_refused(draft, "dynamic true is not supported");
}

TEST_CASE("quantized: the text of a bitsandbytes tensor is checked") {
    const auto with_state = [](const std::string& text) {
        FolderDraft draft = nf4();
        draft.tensors["a.weight.quant_state.bitsandbytes__nf4"] = {"U8", {text.size()}, text};
        return draft;
    };
    check_refused(with_state("{"), "a.weight");
    check_refused(with_state("[]"), "expected an object");
    check_refused(with_state(R"({"quant_type": "af4"})"), "quant_type \"af4\" is not supported");
    const std::string start = R"({"quant_type": "nf4", "dtype": "float16", )";
    check_refused(with_state(start + R"("blocksize": 0, "shape": [2, 32]})"), "blocksize");
    check_refused(with_state(start + R"("blocksize": 64, "shape": [2, -32]})"), "shape");
    check_refused(with_state(start + R"("blocksize": 64, "shape": []})"), "a shape");
    check_refused(with_state(start + R"("blocksize": 64, "shape": [4294967296, 4294967296]})"),
                  "a tensor of shape (4294967296, 4294967296)");
    check_refused(with_state(start + R"("blocksize": 64, "shape": [2, 34]})"), "of shape (2, 34)");
    check_refused(with_state(start + R"("blocksize": 32, "shape": [2, 32]})"),
                  "a.weight.absmax expected 2 F32 values");
    check_refused(
        with_state(start + R"("blocksize": 64, "shape": [2, 32], "nested_blocksize": 256})"),
        "nested_offset");
}

TEST_CASE("quantized: MLX in another mode, or without its biases, is refused") {
    FolderDraft draft = mlx();
    draft.quantization["mode"] = "ternary";
    check_refused(draft, "mode \"ternary\" is not supported");
    draft.quantization["mode"] = "mxfp4";
    check_refused(draft, "tensor a.scales expected scales of U8, found F16 (8, 2)");
    draft = mlx();
    draft.quantization["bits"] = 9;
    check_refused(draft, "bits: expected an integer from 2 to 8");
    draft = mlx();
    draft.quantization["a"] = {{"bits", 8}, {"group_size", 8}};
    check_refused(draft, "tensor a.scales expected floats (8, 1), found F16 (8, 2)");
    draft = mlx();
    draft.quantization["b"] = false;
    check_refused(draft, "b");
}
