// GPTQ and AWQ: words of codes whose rows are the inputs of a module, so that a row of its weight is a
// column of words.
// source: gptqmodel 7.7, nn_modules/qlinear; autoawq 0.2.9, awq/modules/linear/gemm.py.
#include <algorithm>

#include "formats/quantized/linear_codes.h"
#include "formats/quantized/stored.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

using formats::CodedTensor;
using formats::LinearModule;
using formats::Packing;
using formats::refuse_tensor;

constexpr const char* kCalibration = "how the codes were found";

// Sizes of -1, 0 or null are one group for all columns: 0.
std::uint64_t read_group_size(QuantizationSettings& settings, const char* key) {
    const nlohmann::json* size = settings.find(key);
    if (size == nullptr || *size == -1 || *size == 0) return 0;
    return settings.integer(key, 1, UINT32_MAX);
}

void expect_matrix(const CodedTensor& tensor) {
    if (tensor.dtype != "I32" || tensor.shape.size() != 2 || tensor.data.empty()) {
        refuse_tensor(tensor, "I32 words of a matrix");
    }
}

// Settings that older and newer writers leave in the configuration.
void read_common_keys(QuantizationSettings& settings) {
    settings.expect("pack_dtype", {nullptr, "int32"});
    settings.expect("is_marlin_format", {nullptr, false});
    settings.expect("rotation", {nullptr});
    settings.expect("adapter", {nullptr});
    settings.expect("method", {nullptr, "gptq", "awq"});
    settings.expect("activation", {nullptr});
    for (const char* key : {"true_sequential",
                            "damp_percent",
                            "damp_auto_increment",
                            "static_groups",
                            "dataset",
                            "tokenizer",
                            "mse",
                            "act_group_aware",
                            "hyb_act",
                            "model_seqlen",
                            "batch_size",
                            "pad_token_id",
                            "cache_block_outputs",
                            "quantizer",
                            "meta",
                            "fail_safe",
                            "failsafe",
                            "gptaq",
                            "gptaq_alpha",
                            "gptaq_memory_device",
                            "offload_to_disk",
                            "offload_to_disk_path",
                            "mock_quantization",
                            "hessian",
                            "foem",
                            "v2",
                            "v2_alpha",
                            "v2_memory_device",
                            "model_name_or_path",
                            "model_file_base_name",
                            "desc_act",
                            "sym"}) {
        settings.no_effect(key, kCalibration);
    }
    for (const char* key : {"use_exllama", "use_cuda_fp16", "exllama_config", "disable_exllama",
                            "max_input_length", "backend"}) {
        settings.no_effect(key, kOnlyAtRunTime);
    }
    for (const char* key : {"lm_head", "block_name_to_quantize", "modules_in_block_to_quantize",
                            "module_name_preceding_first_block"}) {
        settings.no_effect(key, kSeenFromTensors);
    }
}

// The others are in an order of bits of their own.
bool is_width(unsigned bits) {
    return bits == 2 || bits == 3 || bits == 4 || bits == 8;
}

// Some files have 0 for every column instead of its group; the most used kernels (exllama) take that for
// groups in order.
bool is_zero(const CodedTensor& groups) {
    return !groups.data.empty() &&
           std::ranges::all_of(groups.data, [](std::byte b) { return b == std::byte{0}; });
}

LinearModule gptq_module(const std::string& name, unsigned bits, bool bits_vary,
                         Composer& composer) {
    LinearModule module;
    module.coding = "GPTQ";
    module.codes = composer.take(name + ".qweight");
    module.scales = composer.take(name + ".scales");
    module.zeros = composer.take(name + ".qzeros");
    module.group_of_column = composer.take_if(name + ".g_idx");
    if (module.group_of_column && is_zero(*module.group_of_column)) module.group_of_column.reset();
    composer.allow_zero_bias(name + ".bias");
    expect_matrix(module.codes);
    expect_matrix(*module.zeros);
    module.rows = module.codes.shape[1];
    module.bits = bits;
    if (bits_vary) {
        // As many as the words of a row of zero points say.
        const std::uint64_t found = module.zeros->shape[1] * 32 / module.rows;
        module.bits = found <= 8 ? static_cast<unsigned>(found) : 0;
    }
    if (!is_width(module.bits)) refuse_tensor(*module.zeros, "zero points of 2, 3, 4 or 8 bits");
    module.columns = module.codes.shape[0] * 32 / module.bits;
    module.packing = Packing::inputs_transposed;
    module.zeros_packing = Packing::outputs_transposed;
    module.scales_transposed = true;
    return module;
}

}  // namespace

void read_gptq(QuantizationSettings& settings, Composer& composer) {
    const auto bits = static_cast<unsigned>(settings.integer("bits", 2, 8));
    if (!is_width(bits)) settings.wrong("bits", "2, 3, 4 or 8", settings.find("bits"));
    const std::uint64_t group_size = read_group_size(settings, "group_size");
    const bool bits_vary = settings.find("dynamic") != nullptr;
    settings.no_effect("dynamic", "which modules have other settings, and their tensors show that");
    const nlohmann::json formats{nullptr, "gptq", "gptq_v2"};
    settings.expect("checkpoint_format", formats);
    settings.expect("format", formats);
    const auto has_v2 = [&](const char* key) {
        return settings.find_as<std::string>(key).value_or("") == "gptq_v2";
    };
    const bool is_v2 = has_v2("checkpoint_format") || has_v2("format");
    read_common_keys(settings);
    for (const std::string& name : composer.modules_with(".qweight")) {
        LinearModule module = gptq_module(name, bits, bits_vary, composer);
        // Older files hold zero points less 1.
        if (!is_v2) module.zeros_add = 1;
        module.group_size = group_size == 0 ? module.columns : group_size;
        if (bits_vary && module.scales.shape.size() == 2 && module.scales.shape[0] > 0) {
            module.group_size = (module.columns - 1) / module.scales.shape[0] + 1;
        }
        composer.put(formats::linear_tensor(name + ".weight", module));
    }
}

void read_awq(QuantizationSettings& settings, Composer& composer) {
    const auto said = [&](const char* key, const char* other) {
        return settings.has(key) ? key : other;
    };
    settings.integer(said("bits", "w_bit"), 4, 4);
    const std::uint64_t group_size = read_group_size(settings, said("group_size", "q_group_size"));
    settings.expect("version", {nullptr, "gemm", "GEMM"});
    settings.expect("backend", {nullptr, "auto", "autoawq"});
    settings.expect("checkpoint_format", {nullptr, "gemm"});
    settings.expect("format", {nullptr, "gemm"});
    settings.expect("zero_point", {nullptr, true});
    for (const char* key : {"do_fuse", "fuse_max_seq_len", "modules_to_fuse"}) {
        settings.no_effect(key, kOnlyAtRunTime);
    }
    settings.no_effect("modules_to_not_convert", kSeenFromTensors);
    settings.no_effect("dynamic", kSeenFromTensors);
    read_common_keys(settings);
    for (const std::string& name : composer.modules_with(".qweight")) {
        LinearModule module;
        module.coding = "AWQ";
        module.codes = composer.take(name + ".qweight");
        module.scales = composer.take(name + ".scales");
        module.zeros = composer.take(name + ".qzeros");
        expect_matrix(module.codes);
        module.columns = module.codes.shape[0];
        module.rows = module.codes.shape[1] * 8;
        module.group_size = group_size == 0 ? module.columns : group_size;
        module.packing = module.zeros_packing = Packing::awq;
        module.scales_transposed = true;
        composer.put(formats::linear_tensor(name + ".weight", module));
    }
}

}  // namespace quire::models
