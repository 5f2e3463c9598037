#include "models/source/sentence_transformers.h"

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "models/source/sentence_settings.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxFile = SentenceSettings::kMaxBytes;

void check_text_settings(Source& source) {
    const std::string path = source.path + "/sentence_bert_config.json";
    if (!base::file_exists(path)) return;
    const SentenceSettings settings(path);
    Config config(settings.source, settings.json, "text");
    config.expect("do_lower_case", {false, nullptr});
    config.expect("transformer_task", {"feature-extraction", "sequence-classification", nullptr});
    const bool classifies = config.text_or("transformer_task", "") == "sequence-classification";
    const std::string architectures = source.config.value("architectures", nlohmann::json()).dump();
    config.refuse_if(
        classifies && architectures.find("ForSequenceClassification\"") == std::string::npos,
        "transformer_task sequence-classification without a head in architectures");
    config.expect("processing_kwargs", {nullptr, nlohmann::json::object()});
    config.ignore("modality_config", "which Python method gives the vectors of tokens");
    config.ignore("module_output_name", "what Python calls them");
    config.ignore("unpad_inputs", "how to compute the same vectors");
    const std::uint32_t length = config.count_or("max_seq_length", 0);
    config.done();
    const auto context = source.config.find("max_position_embeddings");
    if (length != 0 && context != source.config.end() && *context > length) {
        source.notes.push_back("sentence-transformers cuts texts after " + std::to_string(length) +
                               " tokens (max_seq_length); here a longer text is used whole");
    }
}

// Prompts by name. If all are empty, as sentence-transformers writes them by default, there are none.
spec::TextPrompts read_prompts(Config& config) {
    spec::TextPrompts prompts;
    const nlohmann::json* texts = config.find("prompts");
    if (texts != nullptr && !texts->is_object()) {
        config.fail("prompts expected an object, found " + base::json_excerpt(*texts));
    }
    bool any = false;
    const nlohmann::json none = nlohmann::json::object();
    const nlohmann::json& all = texts == nullptr ? none : *texts;
    for (const auto& [name, text] : all.items()) {
        if (!text.is_string() && !text.is_null()) {
            config.fail("prompts." + base::printable(name) + " expected a string, found " +
                        base::json_excerpt(text));
        }
        prompts.texts.emplace_back(name, text.is_null() ? "" : text.get<std::string>());
        any = any || !prompts.texts.back().second.empty();
    }
    prompts.default_name = config.text_or("default_prompt_name", "");
    if (!prompts.default_name.empty() && prompts.find(prompts.default_name) == nullptr) {
        config.fail("default_prompt_name expected one of prompts, found " +
                    base::quoted(prompts.default_name));
    }
    return any ? prompts : spec::TextPrompts{};
}

void read_model_settings(Source& source) {
    const std::string path = source.path + "/config_sentence_transformers.json";
    if (!base::file_exists(path)) return;
    const SentenceSettings settings(path);
    Config config(settings.source, settings.json, "sentence_transformers");
    config.expect("model_type", {"SentenceTransformer", "CrossEncoder", nullptr});
    config.ignore("__version__", "says who wrote the checkpoint");
    config.ignore("requirements", "of Python packages");
    config.ignore("similarity_fn_name", "how to compare vectors, which is left to their reader");
    config.ignore("keep_in_fp32_modules", "how to store weights, which name their own type");
    const std::string activation = config.text_or("activation_fn", "");
    if (!activation.empty())
        source.config["sentence_transformers"] = {{"activation_fn", activation}};
    if (const std::uint32_t n = config.count_or("truncate_dim", 0)) {
        source.notes.push_back("sentence-transformers cuts vectors after " + std::to_string(n) +
                               " values (truncate_dim); here --dimensions does");
    }
    source.prompts = read_prompts(config);
    config.done();
}

struct Module {
    std::string type;
    std::string path;
    bool is(std::string_view name) const { return type.ends_with("." + std::string(name)); }
};

std::vector<Module> read_modules(const std::string& path) {
    const nlohmann::json list = base::parse_json(base::read_text_file(path, kMaxFile), path);
    std::vector<Module> modules;
    for (const nlohmann::json& module : list) {
        if (!module.is_object() || !module.value("type", nlohmann::json()).is_string() ||
            !module.value("path", nlohmann::json("")).is_string()) {
            throw Error(ErrorCode::model, path, "expected modules with a type and a path");
        }
        modules.push_back({module.value("type", ""), module.value("path", "")});
    }
    return modules;
}

// Vectors have length 1 in any case, so normalization counts only where something follows it.
void read_module(Source& source, const Module& module, bool is_last, const std::string& list) {
    const auto refuse = [&](const std::string& message) {
        throw Error(ErrorCode::model, list, "module " + base::quoted(module.type) + message);
    };
    if (module.is("StaticEmbedding")) {
        if (!module.path.empty() && module.path != ".") {
            refuse(" expected in the folder itself, found in " + base::quoted(module.path));
        }
        source.pooling = spec::Pooling::mean;
        source.bare_texts = true;
    } else if (module.is("Transformer")) {
        if (module.path.empty() || module.path == ".") return;
        refuse(" expected in the folder itself, found in " + base::quoted(module.path));
    } else if (module.is("Pooling")) {
        if (source.pooling) refuse(" expected once");
        read_pooling(source, module.path);
    } else if (module.is("Dense")) {
        if (!source.pooling) refuse(" expected behind Pooling");
        if (source.tail.size() == spec::kMaxDenseTail) refuse(" expected at most twice");
        read_dense(source, module.path);
    } else if (module.is("Normalize")) {
        if (!is_last) refuse(" expected at the end");
        read_normalize(source, module.path);
    } else {
        refuse(" is not supported");
    }
}

}  // namespace

bool is_static_embedding(const std::string& folder) {
    const std::string list = folder + "/modules.json";
    if (!base::file_exists(list)) return false;
    const std::vector<Module> modules = read_modules(list);
    return !modules.empty() && modules.front().is("StaticEmbedding");
}

void read_sentence_transformers(Source& source) {
    const std::string list = source.path + "/modules.json";
    if (!base::file_exists(list)) return;
    read_model_settings(source);
    const std::vector<Module> modules = read_modules(list);
    for (std::size_t i = 0; i < modules.size(); ++i) {
        read_module(source, modules[i], i + 1 == modules.size(), list);
    }
    check_text_settings(source);
}

}  // namespace quire::models
