#include "models/source/adapters/adapter.h"

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "formats/gguf/gguf.h"
#include "formats/safetensors/safetensors.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_object.h"
#include "lib/base/json/json_text.h"
#include "models/source/adapters/low_rank.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxSettings = std::uint64_t{1} << 24;

// A folder that PEFT wrote, and what the source's tensors point to.
struct PeftFolder {
    explicit PeftFolder(const std::string& path)
        : where(path + "/adapter_model.safetensors"), file(where), made{where, {}, {}} {}
    std::string where;
    formats::SafetensorsFile file;
    AdaptedTensors made;
};

// Keys of adapter_config.json that say how it was trained, or which modules it has, which its tensors show.
constexpr const char* kWithoutEffect[] = {"auto_mapping",      "base_model_name_or_path",
                                          "corda_config",      "ensure_weight_tying",
                                          "eva_config",        "exclude_modules",
                                          "inference_mode",    "init_lora_weights",
                                          "layers_pattern",    "layers_to_transform",
                                          "loftq_config",      "lora_dropout",
                                          "lora_ga_config",    "megatron_config",
                                          "megatron_core",     "modules_to_save",
                                          "monteclora_config", "peft_version",
                                          "qalora_group_size", "rank_pattern",
                                          "revision",          "target_modules",
                                          "task_type"};
// Keys that change what is added, with the only values that are understood: none.
constexpr const char* kOnlyUnset[] = {"alora_invocation_tokens",
                                      "arrow_config",
                                      "kasa_config",
                                      "layer_replication",
                                      "lora_bias",
                                      "target_parameters",
                                      "trainable_token_indices",
                                      "use_bdlora",
                                      "use_dora",
                                      "use_qalora",
                                      "velora_config",
                                      "alpha_pattern"};

struct PeftConfig {
    double alpha = 0;
    bool by_root = false;  // the factor is alpha / sqrt(rank) instead of alpha / rank
    bool transposed = false;

    double factor(std::uint64_t rank) const {
        const auto r = static_cast<double>(rank);
        return alpha / (by_root ? std::sqrt(r) : r);
    }
};

PeftConfig read_peft_config(const std::string& path) {
    const nlohmann::json settings =
        base::parse_json(base::read_text_file(path, kMaxSettings), path);
    base::JsonObject<nlohmann::json> object(settings, path);
    const auto type = object.get<std::string>("peft_type");
    if (type != "LORA") object.wrong("peft_type", "\"LORA\"", &settings["peft_type"]);
    PeftConfig config;
    config.alpha = object.get<double>("lora_alpha");
    config.by_root = object.find_as<bool>("use_rslora").value_or(false);
    config.transposed = object.find_as<bool>("fan_in_fan_out").value_or(false);
    object.ignore("r");  // the shapes of the tensors show it
    const std::string bias = object.find_as<std::string>("bias").value_or("none");
    if (bias != "none") object.wrong("bias", "\"none\"", &settings["bias"]);
    for (const char* key : kOnlyUnset) {
        const nlohmann::json* value = object.find(key);
        const bool unset = value == nullptr || *value == false || value->empty();
        if (!unset)
            object.wrong(key, "it to be unset: this kind of adapter is not supported", value);
    }
    for (const char* key : kWithoutEffect) object.ignore(key);
    object.done();
    return config;
}

// "model.layers.0.mlp.down_proj" of "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight" with the ending
// ".lora_A.weight"; nothing for another ending.
std::optional<std::string> module_of(std::string_view name, std::string_view ending) {
    if (!name.ends_with(ending)) return std::nullopt;
    name.remove_suffix(ending.size());
    constexpr std::string_view kPrefix = "base_model.model.";
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    return std::string(name);
}

// The source's name of a module's weight. An adapter of the layers alone has no "model." in front.
std::string weight_of(const Source& source, const std::string& module) {
    const std::string name = module + ".weight";
    const std::string inner = "model." + name;
    return !source.tensors.contains(name) && source.tensors.contains(inner) ? inner : name;
}

// A tensor that the adapter replaces as a whole.
void replace_tensor(Source& source, const std::string& name, const formats::SourceTensor& tensor,
                    const std::string& where) {
    const auto found = source.tensors.find(name);
    if (found == source.tensors.end() || found->second->shape != tensor.shape) {
        throw Error(ErrorCode::model, where + ": tensor " + tensor.name,
                    "expected parts of an adapter, or a tensor in place of one of the model's with "
                    "the same shape");
    }
    found->second = &tensor;
}

std::size_t add_peft(Source& source, const Adapter& adapter) {
    const PeftConfig config = read_peft_config(adapter.path + "/adapter_config.json");
    const auto folder = std::make_shared<PeftFolder>(adapter.path);
    const std::string& where = folder->where;
    if (!folder->file.coded().empty()) {
        throw Error(ErrorCode::model, where + ": tensor " + folder->file.coded().front().name,
                    "expected floats, found " + std::string(folder->file.coded().front().dtype));
    }
    LowRanks products;
    for (const formats::SourceTensor& tensor : folder->file.tensors()) {
        const auto product = [&](const std::string& module) -> LowRank& {
            return products[weight_of(source, module)];
        };
        if (const auto module = module_of(tensor.name, ".lora_A.weight")) {
            product(*module).a = &tensor;
            product(*module).transposed = config.transposed;
        } else if (const auto module_b = module_of(tensor.name, ".lora_B.weight")) {
            product(*module_b).b = &tensor;
        } else if (const auto embedding = module_of(tensor.name, ".lora_embedding_A")) {
            product(*embedding).a = &tensor;
            product(*embedding).transposed = true;
        } else if (const auto embedding_b = module_of(tensor.name, ".lora_embedding_B")) {
            product(*embedding_b).b = &tensor;
        } else if (const auto base = module_of(tensor.name, ".base_layer.weight")) {
            replace_tensor(source, weight_of(source, *base), tensor, where);
        } else {
            replace_tensor(source, module_of(tensor.name, "").value(), tensor, where);
        }
    }
    for (const auto& [name, product] : products) {
        const std::uint64_t rank = product.a == nullptr ? 1 : product.a->rows();
        add_product(source, name, product, adapter.scale * config.factor(rank), folder->made);
    }
    source.owners.push_back(folder);
    return products.size();
}

// A .gguf file with an adapter, and what the source's tensors point to.
struct GgufAdapter {
    explicit GgufAdapter(const std::string& path) : file(path), made{path, {}, {}} {}
    formats::gguf::File file;
    AdaptedTensors made;
};

std::size_t add_gguf(Source& source, const Adapter& adapter) {
    const auto owned = std::make_shared<GgufAdapter>(adapter.path);
    const formats::gguf::File& file = owned->file;
    const auto expect = [&](const char* key, std::string_view value) {
        const auto found = file.get_string(key);
        if (found == value) return;
        throw Error(ErrorCode::model, adapter.path,
                    "key " + std::string(key) + ": expected " + std::string(value) + ", found " +
                        std::string(found.value_or("none")));
    };
    expect("general.type", "adapter");
    expect("adapter.type", "lora");
    expect("general.architecture", source.config.at("model_type").get<std::string>());
    for (const formats::gguf::File::KeyValue& entry : file.metadata()) {
        const bool known = entry.key == "adapter.type" || entry.key == "adapter.lora.alpha";
        if (known || !entry.key.starts_with("adapter.")) continue;
        throw Error(ErrorCode::model, adapter.path,
                    "key " + std::string(entry.key) +
                        " is not supported: it changes when or how an adapter is used");
    }
    const auto alpha = file.get_f64("adapter.lora.alpha");
    if (!alpha) {
        throw Error(ErrorCode::model, adapter.path, "key adapter.lora.alpha expected, none found");
    }
    LowRanks products;
    for (const formats::SourceTensor& tensor : file.tensors()) {
        if (const auto name = module_of(tensor.name, ".lora_a")) {
            products[*name].a = &tensor;
        } else if (const auto name_b = module_of(tensor.name, ".lora_b")) {
            products[*name_b].b = &tensor;
        } else {
            throw Error(ErrorCode::model, adapter.path + ": tensor " + tensor.name,
                        "expected a part of an adapter, NAME.lora_a or NAME.lora_b");
        }
    }
    for (const auto& [name, product] : products) {
        const std::uint64_t rank = product.a == nullptr ? 1 : product.a->rows();
        add_product(source, name, product, adapter.scale * *alpha / static_cast<double>(rank),
                    owned->made);
    }
    source.owners.push_back(owned);
    return products.size();
}

}  // namespace

void add_adapter(Source& source, const Adapter& adapter) {
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(adapter.path, error);
    const bool is_gguf = source.format == Format::gguf;
    if (is_folder == is_gguf || source.format == Format::llama2c ||
        source.format == Format::shape) {
        throw Error(ErrorCode::model, adapter.path,
                    is_gguf ? "expected an adapter in a .gguf file, as the model is in one"
                            : "expected a folder that PEFT wrote, for a model in a folder");
    }
    const std::size_t n = is_folder ? add_peft(source, adapter) : add_gguf(source, adapter);
    source.notes.push_back("the adapter " + adapter.path + " changed " + std::to_string(n) +
                           (n == 1 ? " matrix" : " matrices"));
}

}  // namespace quire::models
