// bitsandbytes: NF4 and FP4 with a JSON text as a tensor, and LLM.int8().
#include "formats/quantized/bitsandbytes.h"
#include "lib/base/json/json.h"

#include "formats/quantized/stored.h"
#include "lib/base/json/json_text.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxState = 65536;

void read_bnb_keys(QuantizationSettings& settings) {
    settings.expect("bnb_4bit_quant_storage", {nullptr, "uint8"});
    settings.expect("llm_int8_has_fp16_weight", {nullptr, false});
    for (const char* key :
         {"bnb_4bit_compute_dtype", "llm_int8_threshold", "llm_int8_enable_fp32_cpu_offload"}) {
        settings.no_effect(key, kOnlyAtRunTime);
    }
    for (const char* key :
         {"load_in_4bit", "load_in_8bit", "_load_in_4bit", "_load_in_8bit", "bnb_4bit_quant_type",
          "bnb_4bit_use_double_quant", "llm_int8_skip_modules", "bnb_4bit_target_parameters"}) {
        settings.no_effect(key, kSeenFromTensors);
    }
}

// The JSON text beside 4-bit weights.
void read_state(const std::string& name, const formats::CodedTensor& state,
                formats::TableModule& module, Composer& composer) {
    const std::string where = state.file->path() + ": tensor " + name;
    if (state.dtype != "U8" || state.data.size() > kMaxState) {
        refuse_tensor(state, "a JSON text in U8");
    }
    const nlohmann::json text = base::parse_json(base::as_text(state.data), where);
    QuantizationSettings fields(text, where);
    fields.expect("quant_type", {"nf4", "fp4"});
    module.coding = fields.get<std::string>("quant_type") == "nf4" ? "NF4" : "FP4";
    module.block = fields.integer("blocksize", 1, 1U << 20);
    fields.no_effect("dtype", "what the library decodes to");
    fields.no_effect("nested_dtype", "what the library decodes to");
    for (const nlohmann::json& size : fields.list("shape")) {
        const bool fits = size.is_number_unsigned() && size > 0U && module.shape.size() < 4;
        if (!fits) fields.wrong("shape", "sizes of a tensor", &size);
        module.shape.push_back(size.get<std::uint64_t>());
    }
    if (const auto block = fields.find_integer("nested_blocksize", 1, 1U << 20)) {
        formats::NestedMagnitudes& nested = module.nested.emplace();
        nested.block = *block;
        nested.offset = static_cast<float>(fields.get<double>("nested_offset"));
        nested.scales = composer.take(name + ".nested_absmax");
        nested.table = composer.take(name + ".nested_quant_map");
    }
    fields.done();
}

void read_4bit(const std::string& name, const std::string& state, Composer& composer) {
    formats::TableModule module;
    read_state(name, composer.take(state), module, composer);
    module.codes = composer.take(name);
    module.table = composer.take(name + ".quant_map");
    module.magnitudes = composer.take(name + ".absmax");
    if (module.shape.empty()) refuse_tensor(module.codes, "a shape");
    composer.put(formats::table_tensor(name, module));
}

}  // namespace

void read_bitsandbytes(QuantizationSettings& settings, Composer& composer) {
    read_bnb_keys(settings);
    for (const char* type : {"nf4", "fp4"}) {
        const std::string ending = std::string(".quant_state.bitsandbytes__") + type;
        for (const std::string& name : composer.modules_with(ending)) {
            read_4bit(name, name + ending, composer);
        }
    }
    for (const std::string& name : composer.modules_with(".SCB")) {
        const formats::CodedTensor magnitudes = composer.take(name + ".SCB");
        if (const auto order = composer.take_if(name + ".weight_format")) {
            const bool rows =
                order->dtype == "U8" && order->data.size() == 1 && order->data[0] == std::byte{0};
            if (!rows) refuse_tensor(*order, "0, codes in rows");
        }
        composer.put(formats::row_bytes_tensor(name + ".weight", composer.take(name + ".weight"),
                                               magnitudes));
    }
}

}  // namespace quire::models
