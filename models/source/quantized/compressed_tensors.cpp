// compressed-tensors: integers in words or bytes, FP8, NVFP4 and MXFP4; a checkpoint may have several of
// them. Each module's tensors say which one it is; the configuration says which settings occur.
// source: compressed-tensors 0.20, compressors/*/base.py and quantization/quant_args.py.
#include <algorithm>
#include <cstring>

#include "formats/quantized/fp4.h"
#include "formats/quantized/linear_codes.h"
#include "formats/quantized/numbers.h"
#include "formats/quantized/scaled_floats.h"
#include "formats/quantized/stored.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

using formats::CodedTensor;
using formats::LinearModule;
using formats::Packing;
using formats::refuse_tensor;

constexpr const char* kObserver = "how scales were found";

// The settings of the weights of a group of modules.
struct WeightGroup {
    bool integers = false;
    unsigned bits = 0;
    std::uint64_t group_size = 0;  // 0: none
    formats::ScaleBlock block = {};
};

WeightGroup read_weights(const nlohmann::json& settings, const std::string& where) {
    QuantizationSettings weights(settings, where);
    WeightGroup group;
    const auto type = weights.find_as<std::string>("type").value_or("int");
    if (type != "int" && type != "float")
        weights.wrong("type", "int or float", weights.find("type"));
    group.integers = type == "int";
    group.bits = static_cast<unsigned>(weights.find_integer("num_bits", 1, 8).value_or(8));
    const nlohmann::json* size = weights.find("group_size");
    if (size != nullptr && *size != -1)
        group.group_size = weights.integer("group_size", 1, 1U << 30);
    group.block = read_scale_block(weights, "block_structure");
    weights.expect("dynamic", {nullptr, false});
    weights.expect("strategy", {nullptr, "tensor", "channel", "group", "block", "tensor_group"});
    weights.no_effect("symmetric", "asymmetric modules have a zero point");
    weights.no_effect("actorder", "modules with another order have their groups");
    weights.no_effect("observer", kObserver);
    weights.no_effect("observer_kwargs", kObserver);
    weights.no_effect("scale_dtype", kSeenFromTensors);
    weights.no_effect("zp_dtype", kSeenFromTensors);
    weights.no_effect("is_mx", kSeenFromTensors);
    weights.done();
    return group;
}

std::vector<WeightGroup> read_config_groups(QuantizationSettings& settings) {
    std::vector<WeightGroup> groups;
    const nlohmann::json& all = settings.at("config_groups");
    if (!all.is_object()) settings.wrong("config_groups", "an object", &all);
    for (const auto& [name, entry] : all.items()) {
        const std::string where = settings.where() + ": config_groups: " + name;
        QuantizationSettings scheme(entry, where);
        scheme.no_effect("targets", kSeenFromTensors);
        scheme.no_effect("input_activations", kOnlyAtRunTime);
        scheme.no_effect("output_activations", kOnlyAtRunTime);
        scheme.expect("format",
                      {nullptr, "dense", "pack-quantized", "int-quantized", "float-quantized",
                       "naive-quantized", "nvfp4-pack-quantized", "mxfp4-pack-quantized"});
        if (const nlohmann::json* weights = scheme.find("weights")) {
            groups.push_back(read_weights(*weights, where + ": weights"));
        }
        scheme.done();
    }
    return groups;
}

// A dense checkpoint may say so at length.
void expect_dense(QuantizationSettings& settings) {
    const nlohmann::json* sparsity = settings.find("sparsity_config");
    if (sparsity == nullptr || !sparsity->is_object() || sparsity->empty()) return;
    const auto format = sparsity->find("format");
    if (format == sparsity->end() || *format != "dense") {
        settings.wrong("sparsity_config", "the format dense", sparsity);
    }
}

void read_ct_keys(QuantizationSettings& settings) {
    settings.expect("format", {nullptr, "dense", "pack-quantized", "int-quantized",
                               "float-quantized", "naive-quantized", "nvfp4-pack-quantized",
                               "mxfp4-pack-quantized", "mixed-precision"});
    // Older writers call a checkpoint with codes frozen.
    settings.expect("quantization_status", {nullptr, "compressed", "frozen"});
    settings.expect(
        "transform_config",
        {nullptr, nlohmann::json::object(), {{"config_groups", nlohmann::json::object()}}});
    settings.expect("moe_sparsity_config", {nullptr});
    settings.no_effect("kv_cache_scheme", kOnlyAtRunTime);
    settings.no_effect("ignore", kSeenFromTensors);
    settings.no_effect("global_compression_ratio", "a statistic");
    settings.no_effect("version", "of the writer; the tensors show the format");
    expect_dense(settings);
}

// (rows, columns) of packed codes.
std::vector<std::uint64_t> read_shape(const CodedTensor& shape) {
    const std::size_t width = shape.dtype == "I64" ? 8 : 4;
    if ((shape.dtype != "I64" && shape.dtype != "I32") || shape.data.size() != 2 * width) {
        refuse_tensor(shape, "two sizes of I64");
    }
    std::vector<std::uint64_t> sizes(2);
    for (std::size_t i = 0; i < 2; ++i) {
        std::memcpy(&sizes[i], shape.data.data() + i * width, width);
        // Also negative ones.
        if (sizes[i] == 0 || sizes[i] >= std::uint64_t{1} << 31) {
            refuse_tensor(shape, "sizes of at least 1, not " + std::to_string(sizes[i]));
        }
    }
    return sizes;
}

class Reader {
  public:
    Reader(const std::vector<WeightGroup>& groups, Composer& composer)
        : groups_(groups), composer_(composer) {}

    void read_packed(const std::string& name) {
        const CodedTensor codes = composer_.take(name + ".weight_packed");
        const CodedTensor scales = composer_.take(name + ".weight_scale");
        if (codes.dtype == "I32") {
            put_words(name, codes, scales);
        } else if (scales.dtype == "F8_E4M3") {
            put_nvfp4(name, codes, scales);
        } else {
            composer_.put(formats::fp4_tensor(name + ".weight", formats::Fp4Kind::mxfp4, codes,
                                              scales, 1.0F));
        }
        drop_scales(name);
    }

    void read_bytes(const std::string& name) {
        const CodedTensor codes = composer_.take(name + ".weight");
        const CodedTensor scales = composer_.take(name + ".weight_scale");
        if (codes.dtype == "I8") {
            put_bytes(name, codes, scales);
        } else {
            composer_.put(formats::scaled_floats(codes, scales, block_for(codes, scales)));
        }
        drop_scales(name);
    }

  private:
    void put_words(const std::string& name, const CodedTensor& codes, const CodedTensor& scales) {
        const auto shape = read_shape(composer_.take(name + ".weight_shape"));
        LinearModule module = integers(codes, scales, shape[0], shape[1]);
        module.bits = bits_of(codes, shape[1]);
        module.packing = Packing::inputs;
        module.zeros = composer_.take_if(name + ".weight_zero_point");
        module.zeros_packing = Packing::outputs;
        if (module.zeros && module.zeros->dtype == "I8") {
            // Of older writers: not packed, and signed.
            module.zeros_packing = Packing::signed_bytes;
            module.zeros_add = module.bits == 8 ? 0 : 1U << (module.bits - 1);
        }
        module.group_of_column = take_groups(name + ".weight_g_idx");
        composer_.put(formats::linear_tensor(name + ".weight", module));
    }
    void put_bytes(const std::string& name, const CodedTensor& codes, const CodedTensor& scales) {
        if (codes.shape.size() != 2) refuse_tensor(codes, "a matrix of I8");
        LinearModule module = integers(codes, scales, codes.shape[0], codes.shape[1]);
        module.bits = 8;
        module.packing = module.zeros_packing = Packing::signed_bytes;
        module.zeros = composer_.take_if(name + ".weight_zero_point");
        composer_.put(formats::linear_tensor(name + ".weight", module));
    }
    void put_nvfp4(const std::string& name, const CodedTensor& codes, const CodedTensor& scales) {
        const CodedTensor global = composer_.take(name + ".weight_global_scale");
        const auto numbers = formats::Numbers::of(global);
        if (!numbers || numbers->size() != 1 || !((*numbers)[0] > 0.0F)) {
            refuse_tensor(global, "one number above 0");
        }
        composer_.put(formats::fp4_tensor(name + ".weight", formats::Fp4Kind::nvfp4, codes, scales,
                                          1.0F / (*numbers)[0]));
    }

    // Groups that were never set are -1.
    std::optional<CodedTensor> take_groups(const std::string& name) {
        auto groups = composer_.take_if(name);
        const auto unset = [](std::byte b) { return b == std::byte{0xFF}; };
        if (groups && std::ranges::all_of(groups->data, unset)) groups.reset();
        return groups;
    }

    // Common parts. One scale for a matrix is one for each row, stored once.
    LinearModule integers(const CodedTensor& codes, const CodedTensor& scales, std::uint64_t rows,
                          std::uint64_t columns) const {
        LinearModule module;
        module.coding = "compressed-tensors";
        module.codes = codes;
        module.scales = scales;
        module.rows = rows;
        module.columns = columns;
        const std::uint64_t n_groups = scales.shape.size() == 2 ? scales.shape[1] : 1;
        module.group_size = columns;
        if (n_groups > 1) module.group_size = group_size_for(scales, columns, n_groups);
        return module;
    }
    std::uint64_t group_size_for(const CodedTensor& scales, std::uint64_t columns,
                                 std::uint64_t n_groups) const {
        for (const WeightGroup& group : groups_) {
            if (group.group_size != 0 && (columns - 1) / group.group_size + 1 == n_groups) {
                return group.group_size;
            }
        }
        refuse_tensor(scales, "as many groups of " + std::to_string(columns) +
                                  " columns as a group_size of the configuration gives");
    }
    unsigned bits_of(const CodedTensor& codes, std::uint64_t columns) const {
        const std::uint64_t words = codes.shape.empty() ? 0 : codes.shape.back();
        for (const WeightGroup& group : groups_) {
            if (group.integers && (columns * group.bits + 31) / 32 == words) return group.bits;
        }
        refuse_tensor(codes, "words of " + std::to_string(columns) +
                                 " codes with a num_bits of the configuration");
    }
    // The blocks of a group of modules that this one may belong to.
    formats::ScaleBlock block_for(const CodedTensor& codes, const CodedTensor& scales) const {
        for (const WeightGroup& group : groups_) {
            if (!group.integers && formats::scales_fit(codes, scales, group.block)) {
                return group.block;
            }
        }
        return {};
    }
    void drop_scales(const std::string& name) {
        for (const char* ending : {".input_scale", ".input_zero_point", ".input_global_scale",
                                   ".output_scale", ".output_zero_point"}) {
            composer_.drop_scale(name + ending);
        }
    }

    const std::vector<WeightGroup>& groups_;
    Composer& composer_;
};

}  // namespace

void read_compressed_tensors(QuantizationSettings& settings, Composer& composer) {
    read_ct_keys(settings);
    const std::vector<WeightGroup> groups = read_config_groups(settings);
    Reader reader(groups, composer);
    for (const std::string& name : composer.modules_with(".weight_packed"))
        reader.read_packed(name);
    for (const std::string& name : composer.modules_with(".weight_scale")) {
        if (composer.set().contains(name + ".weight")) reader.read_bytes(name);
    }
    composer.drop_scales({".k_scale", ".v_scale", ".q_scale"});
}

}  // namespace quire::models
