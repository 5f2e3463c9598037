// A folder as saved by transformers: config.json, safetensors or PyTorch files, and other files about
// the model.
#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include "formats/pytorch/pytorch.h"
#include "formats/safetensors/safetensors.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_text.h"
#include "models/source/quantized/compose.h"
#include "models/source/sentence_transformers.h"
#include "models/source/source.h"
#include "models/source/wrapper.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxConfig = 16U << 20;

// Python writes this number as a word, which is not JSON. The largest number stands for it here.
std::string without_infinity(const std::string& text) {
    constexpr std::string_view kWord = "Infinity";
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_string && text[i] == '\\' && i + 1 < text.size()) {
            out += text[i++];
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && text.compare(i, kWord.size(), kWord) == 0) {
            out += "1.7976931348623157e308";
            i += kWord.size() - 1;
            continue;
        }
        out += text[i];
    }
    return out;
}

nlohmann::json parse_object(const std::string& text, const std::string& path) {
    nlohmann::json object = base::parse_json(without_infinity(text), path);
    if (!object.is_object()) throw Error(ErrorCode::model, path, "expected a JSON object");
    return object;
}

// Ids that end a text may be listed only there: chat models have several. As in transformers, tokens
// that must not be generated are those of this file, or of config.json where there is none.
void read_generation_config(Source& source) {
    const std::string path = source.path + "/generation_config.json";
    const auto text = base::read_optional_file(path, kMaxConfig);
    if (!text) return;
    source.generation = parse_object(*text, path);
    const nlohmann::json& settings = source.generation;
    if (settings.contains("eos_token_id")) source.config["eos_token_id"] = settings["eos_token_id"];
    source.config.erase("suppress_tokens");
    const auto suppressed = settings.find("suppress_tokens");
    if (suppressed != settings.end()) source.config["suppress_tokens"] = *suppressed;
}

// Settings of a quantization elsewhere than where they belong: with the configuration of a text model,
// ModelOpt's in a file of their own, and those of GPTQ and AWQ from before transformers knew them.
void find_quantization(Source& source) {
    constexpr const char* kKey = "quantization_config";
    const auto inner = source.config.find("text_config");
    if (inner != source.config.end() && inner->is_object() && inner->contains(kKey)) {
        const nlohmann::json settings = inner->at(kKey);
        if (!source.config.contains(kKey)) source.config[kKey] = settings;
        // Others are refused with the text model's configuration.
        if (source.config[kKey] == settings) source.config["text_config"].erase(kKey);
    }
    if (source.config.contains(kKey)) return;
    for (const auto& [file, method] :
         {std::pair("hf_quant_config.json", "modelopt"), std::pair("quantize_config.json", "gptq"),
          std::pair("quant_config.json", "awq")}) {
        const std::string path = source.path + "/" + file;
        const auto text = base::read_optional_file(path, kMaxConfig);
        if (!text) continue;
        nlohmann::json settings = parse_object(*text, path);
        if (!settings.contains("quant_method")) settings["quant_method"] = method;
        source.config[kKey] = std::move(settings);
        return;
    }
}

// Weights in a format that is not read.
void refuse_other_weights(const std::string& path) {
    struct Other {
        const char* file;
        const char* what;
    };
    constexpr Other kOthers[] = {
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

// What the tensors of a source point to.
struct Weights {
    std::optional<formats::SafetensorsFolder> safetensors;
    std::optional<formats::PytorchFolder> pytorch;
    std::deque<formats::SourceTensor> made;

    const formats::TensorSet& set() const { return pytorch ? pytorch->set() : safetensors->set(); }
};

// As in transformers, pickles are read only where there are no safetensors.
std::shared_ptr<Weights> open_weights(const std::string& path) {
    const auto has = [&](const char* file) { return base::file_exists(path + "/" + file); };
    auto weights = std::make_shared<Weights>();
    if (has("model.safetensors") || has("model.safetensors.index.json")) {
        weights->safetensors.emplace(path);
    } else if (has(formats::PytorchFolder::kSingle) || has(formats::PytorchFolder::kIndex)) {
        weights->pytorch.emplace(path);
    } else {
        refuse_other_weights(path);
        weights->safetensors.emplace(path);  // says that there are none
    }
    return weights;
}

}  // namespace

std::string_view name_of(Format format) noexcept {
    constexpr std::array<std::string_view, 5> kNames{"safetensors", "pytorch", "gguf", "llama2c",
                                                     "shape"};
    return kNames[static_cast<std::size_t>(format)];
}

Source open_huggingface(const std::string& path) {
    Source source;
    source.path = path;
    const std::string config = path + "/config.json";
    if (!base::file_exists(config) && is_static_embedding(path)) {
        source.config = {{"model_type", "static"}};
    } else {
        source.config = parse_object(base::read_text_file(config, kMaxConfig), config);
    }
    source.bare_texts = source.config.value("model_type", nlohmann::json()) == "model2vec";
    read_generation_config(source);
    read_sentence_transformers(source);
    const auto weights = open_weights(path);
    source.format = weights->pytorch ? Format::pytorch : Format::safetensors;
    const formats::TensorSet& set = weights->set();
    for (const formats::SourceTensor& tensor : set.tensors()) {
        source.tensors.emplace(modern_name(tensor.name), &tensor);
    }
    for (const formats::CodedTensor& tensor : set.coded()) {
        source.unsupported.emplace(modern_name(tensor.name), tensor.dtype);
    }
    find_quantization(source);
    compose_weights(source, set, weights->made);
    take_text_model(source);
    source.owners.push_back(weights);
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
                    "is a PyTorch pickle, expected its folder with config.json or a GGUF file");
    }
    if (ends(".bin")) return open_llama2c(path);
    // Anything else must be GGUF; its reader reports what is wrong otherwise.
    return open_gguf(path);
}

}  // namespace quire::models
