// Each row of the table of config.json's keys does what it says; keys of published checkpoints; and
// what false, null and absence mean.

#include "models/source/config_keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
using nlohmann::json;

namespace {

constexpr const char* kFamilies[] = {"llama3", "bert", "gpt2", "gemma3"};

std::string outcome(const TempDir& dir, const std::string& family, const json& config) {
    try {
        const bool fixed = family == "llama-dynamic" || family == "ministral3";
        return plan_text(family_folder(dir, family, config), fixed ? 64 : 0);
    } catch (const Error& error) {
        REQUIRE(error.code() == ErrorCode::model);
        return error.what();
    }
}

bool refused(const std::string& outcome, const std::string& what) {
    return outcome.find(what) != std::string::npos && outcome.find("layers") == std::string::npos;
}

const std::vector<json> kOdd{
    nullptr, false, true, 0, 17, 0.25, "text", json::object(), json::array({1, 2})};

}  // namespace

TEST_CASE("config keys: every golden is understood unchanged") {
    const TempDir dir;
    for (const auto& entry : std::filesystem::directory_iterator(families(""))) {
        if (!entry.is_directory()) continue;
        const std::string family = entry.path().filename().string();
        const std::string found = outcome(dir, family, family_config(family));
        INFO(found.substr(0, 300));
        CHECK(found.find("layers") != std::string::npos);
    }
}

TEST_CASE("config keys: a harmless key changes nothing, whatever its value") {
    const TempDir dir;
    for (const char* family : kFamilies) {
        const json config = family_config(family);
        const std::string base = outcome(dir, family, config);
        REQUIRE(base.find("layers") != std::string::npos);
        json all = config;
        for (const json& value : kOdd) {
            for (const models::KnownKey& row : models::config_keys()) {
                if (std::holds_alternative<models::Harmless>(row.meaning)) {
                    // XLM-R counts positions from its padding token on.
                    if (row.key != "pad_token_id") all[std::string(row.key)] = value;
                }
            }
            CHECK((outcome(dir, family, all) == base));
        }
    }
}

TEST_CASE("config keys: a key that must have a value is refused with any other, by name") {
    const TempDir dir;
    const json config = family_config("llama3");
    const std::string base = outcome(dir, "llama3", config);
    for (const models::KnownKey& row : models::config_keys()) {
        const auto* equal = std::get_if<models::MustEqual>(&row.meaning);
        if (equal == nullptr) continue;
        const std::string key(row.key);
        CAPTURE(key);
        const json allowed = json::parse(equal->json);
        for (const json& value : kOdd) {
            json other = config;
            other[key] = value;
            const bool fine = std::ranges::find(allowed, value) != allowed.end();
            const std::string found = outcome(dir, "llama3", other);
            if (fine) {
                CHECK((found == base));
            } else {
                CHECK(refused(found, key + " "));
            }
        }
    }
}

TEST_CASE("config keys: an unknown key is refused with any value, also false, 0 and null") {
    const TempDir dir;
    for (const char* family : kFamilies) {
        for (const json& value : kOdd) {
            json config = family_config(family);
            config["some_switch"] = value;
            CHECK(refused(outcome(dir, family, config), "key some_switch is not understood"));
            config.erase("some_switch");
            config["_some_switch"] = value;
            CHECK(refused(outcome(dir, family, config), "key _some_switch is not understood"));
        }
    }
}

namespace {

// Keys of published checkpoints beside those that the family reads.
const std::vector<std::pair<const char*, json>> kPublished{
    // SmolLM2 and its children
    {"llama-linear",
     {{"is_llama_config", true},
      {"rope_interleaved", false},
      {"transformers.js_config", {{"dtype", "q4"}}}}},
    // bert-base-chinese, bert-base-multilingual
    {"bert",
     {{"directionality", "bidi"},
      {"pooler_fc_size", 768},
      {"pooler_num_attention_heads", 12},
      {"pooler_num_fc_layers", 3},
      {"pooler_size_per_head", 128},
      {"pooler_type", "first_token_transform"},
      {"position_embedding_type", "absolute"},
      {"gradient_checkpointing", false}}},
    // transformers 2 and 3
    {"bert",
     {{"eos_token_ids", 0},
      {"repetition_penalty", 1.0},
      {"output_past", true},
      {"pruned_heads", json::object()},
      {"torchscript", false},
      {"use_bfloat16", false},
      {"is_decoder", false},
      {"num_labels", 2}}},
    // DistilBERT fine-tuned on SST-2
    {"distilbert-classifier",
     {{"finetuning_task", "sst-2"}, {"output_past", true}, {"tie_weights_", true}}},
    // XLM-R
    {"xlm-roberta", {{"output_past", true}, {"position_embedding_type", "absolute"}}},
    // StarCoder 2
    {"starcoder2", {{"mlp_type", "default"}, {"norm_type", "layer_norm"}, {"rms_norm_eps", 1e-3}}},
    // Gemma 2
    {"gemma2",
     {{"hidden_act", "gelu"}, {"sliding_window_size", 4096}, {"cache_implementation", "hybrid"}}},
    // Llama 1
    {"llama3",
     {{"max_sequence_length", 2048},
      {"auto_map", json::object()},
      {"neftune_noise_alpha", nullptr},
      {"custom_pipelines", json::object()},
      {"pad_vocab_size_multiple", 64},
      {"head_dtype", "float32"}}},
    // Phi 4 mini
    {"phi3",
     {{"full_attn_mod", 1},
      {"interpolate_factor", 1},
      {"lm_head_bias", false},
      {"mlp_bias", false},
      {"attention_bias", false}}},
    // Qwen 2
    {"qwen2", {{"use_mrope", false}, {"rope_scaling", nullptr}}},
    // GPT-2 and its children
    {"gpt2", {{"n_ctx", 1024}, {"_num_labels", 1}, {"output_past", true}}},
    {"falcon-7b", {{"apply_residual_connection_post_layernorm", false}, {"ff_factor", 4}}},
};

}  // namespace

TEST_CASE("config keys: those of published checkpoints change nothing") {
    const TempDir dir;
    for (const auto& one : kPublished) {
        const std::string family = one.first;
        const json& keys = one.second;
        CAPTURE(family);
        const json config = family_config(family);
        json more = config;
        more.update(keys);
        CHECK((outcome(dir, family, more) == outcome(dir, family, config)));
    }
}

TEST_CASE("config keys: values of these keys that would change the model are refused") {
    const TempDir dir;
    const std::vector<std::pair<const char*, json>> changed{
        {"llama3", {{"rope_interleaved", true}}},
        {"llama3", {{"quantization_config", {{"quant_method", "gptq"}}}}},
        {"llama3", {{"add_cross_attention", true}}},
        {"starcoder2", {{"mlp_type", "gated"}}},
        {"starcoder2", {{"norm_type", "rms_norm"}}},
        {"phi3", {{"full_attn_mod", 2}}},
        {"qwen2", {{"use_mrope", true}}},
        {"bert", {{"position_embedding_type", "relative_key"}}},
        {"bert", {{"is_causal", true}}},
        {"llama3", {{"text_config", json::object()}}},
    };
    for (const auto& one : changed) {
        const std::string family = one.first;
        const json& keys = one.second;
        json config = family_config(family);
        config.update(keys);
        CAPTURE(keys.dump());
        CHECK(refused(outcome(dir, family, config), keys.begin().key()));
    }
}

TEST_CASE("config keys: is_causal is read, and an absent window is not null") {
    const TempDir dir;
    json config = family_config("llama3");
    config["is_causal"] = true;
    CHECK(outcome(dir, "llama3", config) == outcome(dir, "llama3", family_config("llama3")));
    config["is_causal"] = false;
    const std::string both = outcome(dir, "llama3", config);
    CHECK(both.find("\"causal\": false") != std::string::npos);
    CHECK(both.find("\"output\": \"none\"") != std::string::npos);

    // Mistral without the key has transformers' window of 4,096, with null none.
    json mistral = family_config("mistral");
    mistral["max_position_embeddings"] = 8192;
    mistral.erase("sliding_window");
    CHECK(outcome(dir, "mistral", mistral).find("\"window\": 4096") != std::string::npos);
    mistral["sliding_window"] = nullptr;
    CHECK(outcome(dir, "mistral", mistral).find("\"window\": 0") != std::string::npos);
}

TEST_CASE("config keys: labels and what scores become") {
    const TempDir dir;
    const auto classifier = [&](json keys) {
        json config = family_config("bert-classifier");
        for (const auto& [key, value] : keys.items()) config[key] = value;
        return models::make_plan(models::open_source(family_folder(dir, "bert-classifier", config)))
            .spec.classifier;
    };
    using spec::LabelScore;
    CHECK(classifier({}).score == LabelScore::softmax);
    const char* const key = "sbert_ce_default_activation_function";
    CHECK(classifier({{key, "torch.nn.modules.linear.Identity"}}).score == LabelScore::plain);
    CHECK(classifier({{key, "torch.nn.modules.activation.Sigmoid"}}).score == LabelScore::sigmoid);
    CHECK(classifier({{key, nullptr}}).score == LabelScore::softmax);
    CHECK_THROWS_AS(classifier({{key, "torch.nn.modules.activation.Tanh"}}), Error);
    const json newer{{"version", "5.0"}, {"activation_fn", "torch.nn.modules.linear.Identity"}};
    CHECK(classifier({{"sentence_transformers", newer}}).score == LabelScore::plain);
    // transformers uses a number of labels that is given, and then its own names.
    CHECK(classifier({{"id2label", {{"0", "a"}, {"1", "b"}}}, {"num_labels", 3}}).labels ==
          std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"});
    CHECK(classifier({{"num_labels", 3}}).labels ==
          std::vector<std::string>{"bad", "so so", "good"});
}
