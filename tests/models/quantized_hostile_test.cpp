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

}  // namespace

TEST_CASE("quantized: the folders that the corruptions start from are read") {
    CHECK(fp8().verdict() == "");
}

TEST_CASE("quantized: a method or key that is not understood is refused by name") {
    FolderDraft draft = fp8();
    draft.quantization["quant_method"] = "quip";
    check_refused(draft, "quantization_config: quant_method: expected one of fp8");
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
    check_refused(draft, "quant_method fp8 expected coded weights, found none");
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
