// A folder as saved by transformers: config.json, safetensors, and other files about the model.
#include <algorithm>
#include <array>
#include <filesystem>

#include "formats/safetensors/safetensors.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_text.h"
#include "models/source/sentence_transformers.h"
#include "models/source/source.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxConfig = 16U << 20;

nlohmann::json parse_object(const std::string& text, const std::string& path) {
    nlohmann::json object = base::parse_json(text, path);
    if (!object.is_object()) throw Error(ErrorCode::model, path, "expected a JSON object");
    return object;
}

// Checkpoints from TensorFlow name the weight and bias of a norm gamma and beta.
std::string modern_name(const std::string& name) {
    constexpr std::string_view kGamma = ".gamma";
    constexpr std::string_view kBeta = ".beta";
    if (name.ends_with(kGamma)) return name.substr(0, name.size() - kGamma.size()) + ".weight";
    if (name.ends_with(kBeta)) return name.substr(0, name.size() - kBeta.size()) + ".bias";
    return name;
}

// Ids that end a text may be listed only there: chat models have several. As in transformers, tokens
// that must not be generated are those of this file, or of config.json where there is none.
void read_generation_config(Source& source) {
    const std::string path = source.path + "/generation_config.json";
    const auto text = base::read_optional_file(path, kMaxConfig);
    if (!text) return;
    const nlohmann::json settings = parse_object(*text, path);
    if (settings.contains("eos_token_id")) source.config["eos_token_id"] = settings["eos_token_id"];
    source.config.erase("suppress_tokens");
    const auto suppressed = settings.find("suppress_tokens");
    if (suppressed != settings.end()) source.config["suppress_tokens"] = *suppressed;
}

// Weights in a format that is not read, when there are none that are.
void refuse_other_weights(const std::string& path) {
    if (base::file_exists(path + "/model.safetensors") ||
        base::file_exists(path + "/model.safetensors.index.json")) {
        return;
    }
    struct Other {
        const char* file;
        const char* what;
    };
    constexpr Other kOthers[] = {
        {"pytorch_model.bin", "a PyTorch pickle"},
        {"pytorch_model.bin.index.json", "an index of PyTorch pickles"},
        {"consolidated.safetensors", "weights under Mistral's own names"},
        {"consolidated.00.pth", "a PyTorch pickle under Meta's own names"},
        {"adapter_model.safetensors", "an adapter (LoRA) without its model"},
        {"tf_model.h5", "TensorFlow's weights"},
        {"flax_model.msgpack", "Flax's weights"},
        {"model.onnx", "an ONNX graph"}};
    for (const Other& other : kOthers) {
        const std::string file = path + "/" + other.file;
        if (!base::file_exists(file)) continue;
        throw Error(ErrorCode::model, file,
                    std::string("is ") + other.what +
                        ", expected model.safetensors as transformers writes it");
    }
}

}  // namespace

std::string_view name_of(Format format) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"safetensors", "gguf", "llama2c", "shape"};
    return kNames[static_cast<std::size_t>(format)];
}

Source open_huggingface(const std::string& path) {
    Source source;
    source.path = path;
    source.format = Format::safetensors;
    const std::string config = path + "/config.json";
    source.config = parse_object(base::read_text_file(config, kMaxConfig), config);
    read_generation_config(source);
    read_sentence_transformers(source);
    refuse_other_weights(path);
    const auto folder = std::make_shared<formats::SafetensorsFolder>(path);
    for (const formats::SourceTensor& tensor : folder->tensors()) {
        source.tensors.emplace(modern_name(tensor.name), &tensor);
    }
    for (const auto& tensor : folder->unsupported()) {
        source.unsupported.emplace(modern_name(tensor.name), tensor.dtype);
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
    if (ends(".pth") || ends(".pt") || ends(".ckpt") || ends("pytorch_model.bin")) {
        throw Error(ErrorCode::model, path,
                    "is a PyTorch pickle, expected a folder with model.safetensors or a GGUF file");
    }
    if (ends(".bin")) return open_llama2c(path);
    // Anything else must be GGUF; its reader reports what is wrong otherwise.
    return open_gguf(path);
}

}  // namespace quire::models
