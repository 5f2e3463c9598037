#include "models/source/sentence_transformers.h"

#include <algorithm>
#include <array>

#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "models/source/config.h"

namespace quire::models {

namespace {

constexpr std::uint64_t kMaxFile = 16U << 20;

struct Mode {
    std::string_view name;                 // of sentence-transformers 6
    const char* flag;                      // before
    std::optional<spec::Pooling> pooling;  // empty: not supported
};
// source: sentence_transformers, modules/pooling.py.
constexpr std::array<Mode, 6> kModes{
    {{"cls", "pooling_mode_cls_token", spec::Pooling::cls},
     {"mean", "pooling_mode_mean_tokens", spec::Pooling::mean},
     {"lasttoken", "pooling_mode_lasttoken", spec::Pooling::last},
     {"max", "pooling_mode_max_tokens", std::nullopt},
     {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", std::nullopt},
     {"weightedmean", "pooling_mode_weightedmean_tokens", std::nullopt}}};

nlohmann::json read_file(const std::string& path) {
    return base::parse_json(base::read_text_file(path, kMaxFile), path);
}

// An object in a file of its own, read with Config.
struct Settings {
    explicit Settings(const std::string& path) : json(read_file(path)) { source.path = path; }
    Source source = {};
    nlohmann::json json;
};

const Mode& mode_named(Config& config, const nlohmann::json& name) {
    const auto mode = std::ranges::find_if(kModes, [&](const Mode& one) {
        return name.is_string() && one.name == name.get<std::string>();
    });
    if (mode == kModes.end()) {
        config.fail("pooling_mode " + base::json_excerpt(name) + " is not supported");
    }
    return *mode;
}

// Exactly one mode, in either spelling, of which the newer one takes precedence; the default is the
// mean. Several modes would concatenate into a longer vector.
spec::Pooling read_pooling(const std::string& path) {
    const Settings settings(path);
    Config config(settings.source, settings.json, "pooling");
    for (const char* key : {"word_embedding_dimension", "embedding_dimension"}) {
        config.ignore(key, "the width of the model, which its tensors have");
    }
    config.ignore("include_prompt", "no prompt is put before a text, so none is left out");
    std::vector<Mode> on;
    for (const Mode& mode : kModes) {
        if (config.flag_or(mode.flag, false)) on.push_back(mode);
    }
    if (const nlohmann::json* name = config.find("pooling_mode")) {
        on.clear();
        if (name->is_array()) {
            for (const nlohmann::json& one : *name) on.push_back(mode_named(config, one));
        } else {
            on.push_back(mode_named(config, *name));
        }
    }
    config.done();
    if (on.size() > 1) {
        config.fail("pooling by " + std::string(on[0].name) + " and " + std::string(on[1].name) +
                    " together is not supported");
    }
    if (on.empty()) return spec::Pooling::mean;
    if (!on.front().pooling) {
        config.fail("pooling by " + std::string(on.front().name) + " is not supported");
    }
    return *on.front().pooling;
}

void check_text_settings(Source& source) {
    const std::string path = source.path + "/sentence_bert_config.json";
    if (!base::file_exists(path)) return;
    const Settings settings(path);
    Config config(settings.source, settings.json, "text");
    config.expect("do_lower_case", {false, nullptr});
    config.expect("transformer_task", {"feature-extraction", nullptr});
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

void note_prompt(Source& source) {
    const std::string path = source.path + "/config_sentence_transformers.json";
    const auto text = base::read_optional_file(path, kMaxFile);
    if (!text) return;
    const nlohmann::json config = base::parse_json(*text, path);
    if (!config.is_object()) throw Error(ErrorCode::model, path, "expected a JSON object");
    const auto name = config.find("default_prompt_name");
    if (name == config.end() || name->is_null()) return;
    source.notes.push_back("sentence-transformers puts the prompt " + base::json_excerpt(*name) +
                           " before every text; here the text is used as it stands");
}

}  // namespace

void read_sentence_transformers(Source& source) {
    const std::string list = source.path + "/modules.json";
    if (!base::file_exists(list)) return;
    for (const nlohmann::json& module : read_file(list)) {
        if (!module.is_object() || !module.value("type", nlohmann::json()).is_string() ||
            !module.value("path", nlohmann::json("")).is_string()) {
            throw Error(ErrorCode::model, list, "expected modules with a type and a path");
        }
        const std::string type = module.value("type", "");
        const std::string path = module.value("path", "");
        if (type.ends_with(".Normalize")) continue;  // vectors have length 1 in any case
        if (type.ends_with(".Transformer")) {
            if (path.empty() || path == ".") continue;
            throw Error(
                ErrorCode::model, list,
                "module Transformer expected in the folder itself, found in " + base::quoted(path));
        }
        if (!type.ends_with(".Pooling")) {
            throw Error(ErrorCode::model, list,
                        "module " + base::quoted(type) + " is not supported");
        }
        source.pooling = read_pooling(source.path + "/" + path + "/config.json");
    }
    check_text_settings(source);
    note_prompt(source);
}

}  // namespace quire::models
