// Checkpoints that also read pictures or sound: what is kept, what is left out, and which keys count.

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
using nlohmann::json;

namespace {

std::string result_of(const TempDir& dir, const std::string& family, const json& config) {
    try {
        return plan_text(family_folder(dir, family, config));
    } catch (const Error& error) {
        REQUIRE(error.code() == ErrorCode::model);
        return error.what();
    }
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A published configuration, and the golden whose sizes and tensors it gets.
struct PublishedWrapper {
    const char* family;
    const char* config;
};
// source: google/gemma-3-27b-it, Qwen/Qwen3-VL-4B-Instruct, mistralai/Ministral-3-3B-Reasoning-2512 and
// llava-hf/llava-1.5-7b-hf, as quoted in public sources; less of what is in vision_config.
constexpr PublishedWrapper kPublishedWrappers[] = {
    {"gemma3-vision", R"({"architectures": ["Gemma3ForConditionalGeneration"],
        "boi_token_index": 255999, "eoi_token_index": 256000, "eos_token_id": [1, 106],
        "image_token_index": 262144, "initializer_range": 0.02, "mm_tokens_per_image": 256,
        "model_type": "gemma3", "text_config": {"head_dim": 128, "hidden_size": 5376,
        "intermediate_size": 21504, "model_type": "gemma3_text", "num_attention_heads": 32,
        "num_hidden_layers": 62, "num_key_value_heads": 16, "query_pre_attn_scalar": 168,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024},
        "torch_dtype": "bfloat16", "transformers_version": "4.50.0.dev0",
        "vision_config": {"model_type": "siglip_vision_model"}})"},
    {"qwen3-vl", R"({"architectures": ["Qwen3VLForConditionalGeneration"],
        "image_token_id": 151655, "model_type": "qwen3_vl", "text_config": {"attention_bias": false,
        "attention_dropout": 0.0, "bos_token_id": 151643, "dtype": "bfloat16",
        "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu", "hidden_size": 2560,
        "initializer_range": 0.02, "intermediate_size": 9728, "max_position_embeddings": 262144,
        "model_type": "qwen3_vl_text", "num_attention_heads": 32, "num_hidden_layers": 36,
        "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": {"mrope_interleaved": true,
        "mrope_section": [24, 20, 20], "rope_type": "default"}, "rope_theta": 5000000,
        "tie_word_embeddings": true, "use_cache": true, "vocab_size": 151936},
        "tie_word_embeddings": true, "transformers_version": "4.57.0.dev0",
        "video_token_id": 151656, "vision_config": {"depth": 24}, "vision_end_token_id": 151653,
        "vision_start_token_id": 151652})"},
    {"ministral3", R"({"architectures": ["Mistral3ForConditionalGeneration"], "dtype": "bfloat16",
        "image_token_index": 10, "model_type": "mistral3", "multimodal_projector_bias": false,
        "projector_hidden_act": "gelu", "spatial_merge_size": 2, "text_config":
        {"attention_dropout": 0.0, "head_dim": 128, "hidden_act": "silu", "hidden_size": 3072,
        "initializer_range": 0.02, "intermediate_size": 9216, "max_position_embeddings": 262144,
        "model_type": "ministral3", "num_attention_heads": 32, "num_hidden_layers": 26,
        "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_parameters": {"beta_fast": 32.0,
        "beta_slow": 1.0, "factor": 16.0, "llama_4_scaling_beta": 0.1, "mscale": 1.0,
        "mscale_all_dim": 1.0, "original_max_position_embeddings": 16384, "rope_theta": 1000000.0,
        "rope_type": "yarn", "type": "yarn"}, "sliding_window": null, "tie_word_embeddings": true,
        "use_cache": true, "vocab_size": 131072}, "transformers_version": "5.0.0.dev0",
        "vision_config": {"model_type": "pixtral"}, "vision_feature_layer": -1})"},
    {"llava", R"({"architectures": ["LlavaForConditionalGeneration"], "ignore_index": -100,
        "image_token_index": 32000, "model_type": "llava", "pad_token_id": 32001,
        "projector_hidden_act": "gelu", "text_config": {"_name_or_path": "lmsys/vicuna-7b-v1.5",
        "architectures": ["LlamaForCausalLM"], "max_position_embeddings": 4096,
        "model_type": "llama", "rms_norm_eps": 1e-05, "torch_dtype": "float16",
        "vocab_size": 32064}, "tie_word_embeddings": false, "torch_dtype": "float16",
        "transformers_version": "4.36.0.dev0", "vision_config": {"model_type": "clip_vision_model"},
        "vision_feature_layer": -2, "vision_feature_select_strategy": "default",
        "vocab_size": 32064})"},
};

}  // namespace

TEST_CASE("wrappers: published configurations are understood, all keys of them") {
    const TempDir dir;
    for (const PublishedWrapper& published : kPublishedWrappers) {
        const json small = family_config(published.family).at("text_config");
        json config = json::parse(published.config);
        json& text = config["text_config"];
        for (const char* size :
             {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
              "num_key_value_heads", "vocab_size", "head_dim"}) {
            if (small.contains(size)) text[size] = small[size];
        }
        CAPTURE(published.family);
        CHECK(says(plan_text(family_folder(dir, published.family, config), 16384), "layers"));
    }
}

TEST_CASE("wrappers: one line names the tensors that are left out, and how many they are") {
    const auto notes = models::open_source(families("qwen2.5-vl")).notes;
    REQUIRE(notes.size() == 1);
    CHECK(notes[0] == "pictures and sound cannot be read: left out 18 tensors visual.*");
    const auto two = models::open_source(families("mistral3")).notes;
    REQUIRE(two.size() == 1);
    CHECK(says(two[0], " tensors multi_modal_projector.*, "));
    CHECK(says(two[0], " tensors vision_tower.*"));
    CHECK(models::open_source(families("llama3")).notes.empty());
}

TEST_CASE("wrappers: a key that is not known is refused, inside text_config and beside it") {
    const TempDir dir;
    for (const char* family : {"gemma3-vision", "llava", "qwen3-vl", "smolvlm"}) {
        json beside = family_config(family);
        beside["some_switch"] = false;
        CHECK(says(result_of(dir, family, beside), "key some_switch is not understood"));
        json inside = family_config(family);
        inside["text_config"]["some_switch"] = false;
        CHECK(says(result_of(dir, family, inside), "key some_switch is not understood"));
        json quantized = family_config(family);
        quantized["quantization_config"] = {{"quant_method", "gptq"}};
        CHECK(!says(result_of(dir, family, quantized), "layers"));
    }
}

TEST_CASE("wrappers: keys of pictures change nothing, whatever their value") {
    const TempDir dir;
    const json config = family_config("internvl");
    const std::string base = result_of(dir, "internvl", config);
    REQUIRE(says(base, "layers"));
    json other = config;
    other["vision_config"] = nullptr;
    for (const char* key : {"image_token_id", "image_seq_length", "downsample_ratio",
                            "projector_hidden_act", "vision_feature_layer", "video_token_id",
                            "vision_feature_select_strategy", "scale_factor"}) {
        other[key] = 17;
    }
    CHECK(result_of(dir, "internvl", other) == base);
}

TEST_CASE("wrappers: Qwen 2.5-VL was published with the keys of both models side by side") {
    const TempDir dir;
    const json config = family_config("qwen2.5-vl");
    json flat = config;
    flat.erase("text_config");
    flat.update(config.at("text_config"));
    flat["model_type"] = "qwen2_5_vl";
    flat.erase("rope_parameters");
    flat["rope_theta"] = 10000.0;
    flat["rope_scaling"] = {{"type", "mrope"}, {"mrope_section", {1, 1, 2}}};
    flat["vision_token_id"] = 151654;
    CHECK(result_of(dir, "qwen2.5-vl", flat) == result_of(dir, "qwen2.5-vl", config));
    json other = family_config("llava");
    other.erase("text_config");
    CHECK(says(result_of(dir, "llava", other), "text_config expected an object, found null"));
}

TEST_CASE("wrappers: an adapter for the text model beside it is refused") {
    const TempDir dir;
    json config = family_config("internvl-chat");
    REQUIRE(says(result_of(dir, "internvl-chat", config), "layers"));
    config["use_llm_lora"] = 64;
    CHECK(says(result_of(dir, "internvl-chat", config), "use_llm_lora 64 is not supported"));
}

TEST_CASE("wrappers: sizes that text_config leaves out are those of transformers") {
    const TempDir dir;
    json config = family_config("llava");
    for (const char* key :
         {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
          "num_key_value_heads", "vocab_size", "head_dim"}) {
        config["text_config"].erase(key);
    }
    CHECK(says(result_of(dir, "llava", config), "expected shape (32000, 4096)"));
    json gemma = family_config("gemma3-vision");
    gemma["text_config"].erase("head_dim");
    CHECK(says(result_of(dir, "gemma3-vision", gemma), "expected shape (1024, 32)"));
}

TEST_CASE("wrappers: where the two say different things of the output, the tensors decide") {
    const TempDir dir;
    for (const char* family : {"llava", "ministral3"}) {
        const json config = family_config(family);
        json beside = config;
        beside["text_config"].erase("tie_word_embeddings");
        const auto base = [&] { return plan_text(family_folder(dir, family, config), 64); }();
        CHECK(plan_text(family_folder(dir, family, beside), 64) == base);
        json differ = config;
        differ["tie_word_embeddings"] = false;
        differ["text_config"]["tie_word_embeddings"] = true;
        CHECK(plan_text(family_folder(dir, family, differ), 64) == base);
    }
}

TEST_CASE("wrappers: Ministral 3 has a table of factors only beyond its original context") {
    const TempDir dir;
    const std::string folder = family_folder(dir, "ministral3", family_config("ministral3"));
    CHECK(says(plan_text(folder, 64), "layers"));
    CHECK(says(plan_text(folder, 65), "layers"));
}

TEST_CASE("Gemma 4: sizes of single layers, and values from the matrix of the keys") {
    const TempDir dir;
    const json config = family_config("gemma4");
    const std::string base = result_of(dir, "gemma4", config);
    REQUIRE(says(base, "layers"));
    json published = config;
    published.erase("per_layer_config");
    published["global_head_dim"] = 16;
    published["num_global_key_value_heads"] = 1;
    CHECK(result_of(dir, "gemma4", published) == base);

    const auto refusal = [&](const char* layer, const json& sizes) {
        json changed = config;
        changed["per_layer_config"][layer] = sizes;
        return result_of(dir, "gemma4", changed);
    };
    CHECK(says(refusal("9", {{"head_dim", 16}}), "per_layer_config with other keys than layers"));
    CHECK(says(refusal("0", {{"head_dim", 16}}), "expected shape (64, 32)"));
    CHECK(says(refusal("0", {{"some_size", 16}}), "some_size"));
    json own_values = config;
    own_values["attention_k_eq_v"] = false;
    CHECK(says(result_of(dir, "gemma4", own_values), "layers.1.self_attn.v_proj.weight expected"));
}
