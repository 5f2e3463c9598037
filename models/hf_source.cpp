#include <algorithm>
#include <array>
#include <filesystem>

#include "formats/safetensors/safetensors.h"
#include "lib/base/error.h"
#include "lib/base/mapped_file.h"
#include "models/source.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxConfig = 16U << 20;

nlohmann::json read_json(const std::string& path) {
    const std::string text = base::read_text_file(path, kMaxConfig);
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::model, path, std::string("not JSON: ") + error.what());
    }
}

nlohmann::json read_config(const std::string& path) {
    nlohmann::json config = read_json(path);
    if (!config.is_object()) throw Error(ErrorCode::model, path, "expected a JSON object");
    return config;
}

// Checkpoints from TensorFlow call a norm's weight and bias gamma and beta.
std::string modern_name(const std::string& name) {
    constexpr std::string_view kGamma = ".gamma";
    constexpr std::string_view kBeta = ".beta";
    if (name.ends_with(kGamma)) return name.substr(0, name.size() - kGamma.size()) + ".weight";
    if (name.ends_with(kBeta)) return name.substr(0, name.size() - kBeta.size()) + ".bias";
    return name;
}

// What sentence-transformers says beside a model: modules.json lists what follows it, and a module
// for pooling has a file of its own.
void read_pooling(Source& source) {
    const std::string modules = source.path + "/modules.json";
    if (!std::filesystem::exists(modules)) return;
    for (const nlohmann::json& module : read_json(modules)) {
        if (!module.is_object() || !module.value("type", nlohmann::json()).is_string() ||
            !module.value("path", nlohmann::json("")).is_string()) {
            throw Error(ErrorCode::model, modules, "expected modules with a type and a path");
        }
        const std::string type = module.value("type", "");
        const auto is = [&](const char* name) { return type.ends_with(name); };
        if (is(".Transformer") || is(".Normalize")) continue;
        if (!is(".Pooling")) {
            throw Error(ErrorCode::model, modules, "module " + type + " is not supported");
        }
        const std::string path = source.path + "/" + module.value("path", "") + "/config.json";
        const nlohmann::json config = read_config(path);
        constexpr std::array<std::pair<const char*, const char*>, 3> kModes{
            {{"pooling_mode_cls_token", "cls"},
             {"pooling_mode_mean_tokens", "mean"},
             {"pooling_mode_lasttoken", "last"}}};
        for (const auto& [key, value] : config.items()) {
            if (!key.starts_with("pooling_mode_") || value != true) continue;
            const auto mode = std::ranges::find(kModes, std::string_view(key), [](const auto& m) {
                return std::string_view(m.first);
            });
            if (mode == kModes.end() || !source.pooling.empty()) {
                throw Error(ErrorCode::model, path, key + " is not supported");
            }
            source.pooling = mode->second;
        }
    }
}

}  // namespace

Source open_huggingface(const std::string& path) {
    Source source;
    source.path = path;
    source.format = "safetensors";
    source.config = read_config(path + "/config.json");
    // What ends a text may be listed there only: chat models have several such tokens.
    const std::string generation = path + "/generation_config.json";
    if (std::filesystem::exists(generation)) {
        const nlohmann::json settings = read_config(generation);
        if (settings.contains("eos_token_id")) {
            source.config["eos_token_id"] = settings["eos_token_id"];
        }
    }
    // "." and a trailing slash have no name of their own.
    source.name = std::filesystem::canonical(path).filename().string();
    read_pooling(source);
    const auto folder = std::make_shared<formats::SafetensorsFolder>(path);
    for (const formats::SourceTensor& tensor : folder->tensors()) {
        source.tensors.emplace(modern_name(tensor.name), &tensor);
    }
    for (const auto& tensor : folder->unsupported()) {
        source.unsupported.emplace(tensor.name, tensor.dtype);
    }
    source.owner = folder;
    return source;
}

Source open_source(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::is_directory(path, error)) return open_huggingface(path);
    const auto ends = [&](std::string_view ending) { return path.ends_with(ending); };
    if (ends(".safetensors") || ends("config.json") || ends(".index.json")) {
        throw Error(ErrorCode::model, path,
                    "expected the checkpoint's folder, found one of its files");
    }
    if (ends(".bin")) return open_llama2c(path);
    // Anything else must be GGUF, and its reader says what is wrong when it is not.
    return open_gguf(path);
}

}  // namespace quire::models
