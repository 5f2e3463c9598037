// The modules of sentence-transformers behind a model: pooling, dense layers, normalization.

#include <algorithm>
#include <array>

#include "formats/pytorch/pytorch.h"
#include "formats/safetensors/safetensors.h"
#include "lib/base/quoted.h"
#include "lib/spec/limits.h"
#include "models/source/sentence_settings.h"
#include "models/source/sentence_transformers.h"

namespace quire::models {

namespace {

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
spec::Pooling read_pooling_mode(const std::string& path, bool has_prompts) {
    const SentenceSettings settings(path);
    Config config(settings.source, settings.json, "pooling");
    for (const char* key : {"word_embedding_dimension", "embedding_dimension"}) {
        config.ignore(key, "the width of the model, which its tensors have");
    }
    const bool includes = config.flag_or("include_prompt", true);
    config.refuse_if(has_prompts && !includes, "include_prompt false beside prompts");
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

// The weights of a dense layer, under `path` and the names of their modules.
struct DenseWeights {
    std::optional<formats::SafetensorsFolder> safetensors;
    std::optional<formats::PytorchFolder> pytorch;
};

std::shared_ptr<const void> open_dense(Source& source, const std::string& path) {
    const std::string folder = source.path + "/" + path;
    auto weights = std::make_shared<DenseWeights>();
    const formats::TensorSet* set = nullptr;
    if (base::file_exists(folder + "/model.safetensors")) {
        set = &weights->safetensors.emplace(folder).set();
    } else {
        set = &weights->pytorch.emplace(folder).set();
    }
    for (const formats::SourceTensor& tensor : set->tensors()) {
        source.tensors.emplace(path + "/" + tensor.name, &tensor);
    }
    for (const formats::CodedTensor& tensor : set->coded()) {
        source.unsupported.emplace(path + "/" + tensor.name, tensor.dtype);
    }
    return weights;
}

std::optional<spec::Activation> dense_activation(Config& config) {
    // The default of the class.
    const std::string name =
        config.text_or("activation_function", "torch.nn.modules.activation.Tanh");
    if (name.ends_with(".Identity")) return std::nullopt;
    struct Named {
        std::string_view ending;
        spec::Activation activation;
    };
    constexpr Named kActivations[] = {{".Tanh", spec::Activation::tanh},
                                      {".ReLU", spec::Activation::relu},
                                      {".GELU", spec::Activation::gelu_erf},
                                      {".SiLU", spec::Activation::silu}};
    for (const Named& one : kActivations) {
        if (name.ends_with(one.ending)) return one.activation;
    }
    config.fail("activation_function expected Identity, Tanh, ReLU, GELU or SiLU, found " +
                base::quoted(name));
}

}  // namespace

void read_pooling(Source& source, const std::string& path) {
    source.pooling =
        read_pooling_mode(source.path + "/" + path + "/config.json", !source.prompts.empty());
}

void read_dense(Source& source, const std::string& path) {
    const SentenceSettings settings(source.path + "/" + path + "/config.json");
    Config config(settings.source, settings.json, "dense");
    DenseTail dense;
    dense.name = path + "/linear";
    config.count("in_features", {1, spec::kMaxDim});  // checked by the shapes of the tensors
    dense.spec.dim = config.count("out_features", {1, spec::kMaxDim});
    dense.spec.bias = config.flag_or("bias", true);
    dense.spec.activation = dense_activation(config);
    const nlohmann::json both{"sentence_embedding", nullptr};
    config.expect("module_input_name", both);
    config.expect("module_output_name", both);
    config.expect("use_residual", {false, nullptr});
    config.done();
    source.tail.push_back(std::move(dense));
    source.owners.push_back(open_dense(source, path));
}

void read_normalize(const Source& source, const std::string& path) {
    const std::string file = source.path + "/" + path + "/config.json";
    if (!base::file_exists(file)) return;
    const SentenceSettings settings(file);
    Config config(settings.source, settings.json, "normalize");
    const nlohmann::json both{"sentence_embedding", nullptr};
    config.expect("module_input_name", both);
    config.expect("module_output_name", both);
    config.done();
}

}  // namespace quire::models
