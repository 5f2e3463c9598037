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

}  // namespace

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

TEST_CASE("wrappers: Ministral 3 is exact up to its original context, and refused beyond") {
    const TempDir dir;
    const std::string folder = family_folder(dir, "ministral3", family_config("ministral3"));
    CHECK(says(plan_text(folder, 64), "layers"));
    try {
        plan_text(folder, 65);
        FAIL_CHECK("not refused");
    } catch (const Error& error) {
        CHECK(says(error.what(), "behind position 64"));
        CHECK(says(error.what(), "--context 64"));
    }
}
