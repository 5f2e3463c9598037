#include <filesystem>

#include "formats/safetensors/safetensors.h"
#include "lib/base/error.h"
#include "lib/base/mapped_file.h"
#include "models/source.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxConfig = 16U << 20;

nlohmann::json read_config(const std::string& path) {
    const std::string text = base::read_text_file(path, kMaxConfig);
    try {
        auto config = nlohmann::json::parse(text);
        if (!config.is_object()) throw Error(ErrorCode::model, path, "expected a JSON object");
        return config;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::model, path, std::string("not JSON: ") + error.what());
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
    const auto folder = std::make_shared<formats::SafetensorsFolder>(path);
    for (const formats::SourceTensor& tensor : folder->tensors()) {
        source.tensors.emplace(tensor.name, &tensor);
    }
    for (const auto& tensor : folder->unsupported()) {
        throw Error(ErrorCode::model, path,
                    "tensor " + tensor.name + " has type " + std::string(tensor.dtype) +
                        ", expected F32, F16 or BF16");
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
