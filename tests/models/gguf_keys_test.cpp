// Each row of the tables of GGUF keys has the effect it states; and rules that only loaders know.

#include "models/source/gguf_keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/models/gguf_flips.h"
#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
using Json = nlohmann::ordered_json;

namespace {

const std::vector<Flip> kFlips{
    {"llama", "context_length", 32},
    {"llama", "embedding_length", 16},
    {"llama", "block_count", 1},
    {"llama", "feed_forward_length", 47},
    {"llama", "vocab_size", 7},
    {"llama", "attention.head_count", 2},
    {"llama", "attention.head_count_kv", 4},
    {"llama", "attention.key_length", 16},
    {"llama", "attention.value_length", 16},
    {"llama", "attention.layer_norm_rms_epsilon", 1e-3},
    {"bert", "attention.layer_norm_epsilon", 1e-3},
    {"llama", "attention.key_length_swa", 8},
    {"llama", "attention.value_length_swa", 8},
    {"llama", "attention.key_length_mla", 8},
    {"llama", "attention.value_length_mla", 8},
    {"llama", "attention.q_lora_rank", 8},
    {"llama", "attention.kv_lora_rank", 8},
    {"llama", "attention.shared_kv_layers", 1},
    {"llama", "embedding_length_per_layer_input", 16},
    {"llama", "rope.dimension_count_swa", 8},
    {"llama", "attention.causal", false},
    {"llama", "attention.sliding_window", 16},
    {"llama", "attention.scale", 0.5},
    {"llama", "attention.max_alibi_bias", 8.0},
    {"llama", "attention.clamp_kqv", 8.0},
    {"gemma2", "attn_logit_softcapping", 7.0},
    {"gemma2", "final_logit_softcapping", 7.0},
    {"granite", "embedding_scale", 3.0},
    {"granite", "residual_scale", 0.5},
    {"granite", "attention.scale", 0.5},
    {"granite", "logit_scale", 3.0},
    {"granite", "rope.scaling.finetuned", false},
    {"gptneox", "use_parallel_residual", false},
    {"bert", "pooling_type", 2},
    {"llama", "pooling_type", 1},
    {"bert-classifier", "classifier.output_labels", Json::array({"a", "b", "c"})},
    {"eurobert", "classifier.pooling_type", 2},
    {"modern-bert", "classifier.pooling_type", 2},
    {"modern-bert", "attention.layer_norm_rms_epsilon", 1e-3},
    {"modern-bert", "hidden_activation", "silu"},
    {"gemma-embedding", "dense_2_feat_in", 7},
    {"gemma-embedding", "dense_2_feat_out", 7},
    {"gemma-embedding", "dense_3_feat_in", 7},
    {"gemma-embedding", "dense_3_feat_out", 7},
    {"falcon", "tensor_data_layout", "reference"},
    {"llama", "tensor_data_layout", "jploski"},
    {"mixtral", "expert_count", 2},
    {"mixtral", "expert_used_count", 3},
    {"mixtral", "expert_feed_forward_length", 16},
    {"llama", "expert_shared_count", 1},
    {"llama", "expert_shared_feed_forward_length", 16},
    {"mixtral", "expert_group_count", 2},
    {"mixtral", "expert_group_used_count", 2},
    {"mixtral", "expert_gating_func", 2},
    {"mixtral", "expert_weights_scale", 2.5},
    {"mixtral", "expert_weights_norm", false},
    {"starcoder2", "expert_weights_norm", false},
    {"llama", "leading_dense_block_count", 1},
    {"llama", "nextn_predict_layers", 1},
    {"gptneox", "rope.dimension_count", 4},
    {"llama", "rope.freq_base", 500.0},
    {"gemma3", "rope.freq_base_swa", 500.0},
    {"llama", "rope.scale_linear", 4.0},
    {"llama", "rope.scaling.type", "longest"},
    {"llama", "rope.scaling.factor", 4.0},
    {"phi3", "rope.scaling.attn_factor", 1.25},
    {"llama", "rope.scaling.alpha", 1000.0},
    {"llama", "rope.scaling.finetuned", true},
    {"llama", "rope.dimension_sections", Json::array({2, 1, 1, 0})},
    {"llama", "n_deepstack_layers", 3},
    {"granite", "expert_shared_feed_forward_length", 16},
    {"lfm2", "shortconv.l_cache", 2},
    {"qwen35", "full_attention_interval", 1},
    {"qwen35", "attention.recurrent_layers", Json::array({false, true})},
    {"qwen35", "nextn_predict_layers", 1},
    {"qwen35", "ssm.conv_kernel", 3},
    {"qwen35", "ssm.group_count", 2},
    {"qwen35", "ssm.inner_size", 64},
    {"qwen35", "ssm.state_size", 32},
    {"qwen35", "ssm.time_step_rank", 4},
    {"granitehybrid", "expert_shared_feed_forward_length", 16},
    {"granitehybrid", "rope.scaling.finetuned", true},
    {"granitehybrid", "ssm.conv_kernel", 3},
    {"granitehybrid", "ssm.group_count", 2},
    {"granitehybrid", "ssm.inner_size", 64},
    {"granitehybrid", "ssm.state_size", 32},
    {"granitehybrid", "ssm.time_step_rank", 4},
    {"golden/falcon-h1", "ssm.conv_kernel", 3},
    {"golden/falcon-h1", "ssm.group_count", 1},
    {"golden/falcon-h1", "ssm.inner_size", 32},
    {"golden/falcon-h1", "ssm.state_size", 32},
    {"golden/falcon-h1", "ssm.time_step_rank", 2},
    {"golden/mimo-v2", "attention.value_scale", 0.5},
    {"golden/granite-swa", "attention.rope_pattern", Json::array({true, true, true})},
    {"golden/t5", "attention.relative_buckets_count", 8},
    {"golden/t5", "attention.layer_norm_rms_epsilon", 1e-3},
    {"golden/t5", "decoder_block_count", 1},
    {"golden/t5", "decoder_start_token_id", 5},
    {"golden/mpt", "attention.max_alibi_bias", 4.0},
    {"golden/llama4", "interleave_moe_layer_step", 1},
    {"golden/ernie4.5-moe", "interleave_moe_layer_step", 2},
    {"granite", "ssm.conv_kernel", 3},
    {"granite", "ssm.group_count", 3},
    {"granite", "ssm.inner_size", 3},
    {"granite", "ssm.state_size", 3},
    {"granite", "ssm.time_step_rank", 3},
    {"gemma3", "rope.global.freq_base", 500.0},
    {"gemma3", "rope.local.freq_base", 500.0},
    {"gemma3", "mm.tokens_per_image", 64},
};

// Keys that have an effect only beside others.
const std::vector<Flip> kYarnFlips{
    {"llama", "attention.temperature_scale", 0.1},
    {"llama", "rope.scaling.original_context_length", 64},
    {"llama", "rope.scaling.yarn_attn_factor", 1.5},
    {"llama", "rope.scaling.yarn_beta_fast", 0.1},
    {"llama", "rope.scaling.yarn_beta_slow", 0.25},
    {"llama", "rope.scaling.yarn_log_multiplier", 0.75},
    {"llama", "rope.scaling.yarn_ext_factor", 0.5},
};
const std::vector<Flip> kWindowFlips{
    {"gemma3", "attention.sliding_window_pattern", 2},
    {"gemma3", "attention.sliding_window_pattern", Json::array({false, true})},
    {"olmo2", "attention.sliding_window_pattern", Json::array({false, true})},
    {"exaone4", "attention.sliding_window_pattern", Json::array({true, false})},
};

std::string architecture_of(const Flip& flip) {
    return gguf_draft(flip.kind).keys.at("general.architecture");
}

void add_yarn(GgufDraft& draft) {
    draft.keys["llama.rope.scaling.type"] = "yarn";
    draft.keys["llama.rope.scaling.factor"] = 4.0;
    draft.keys["llama.rope.scaling.original_context_length"] = 16;
}

void add_window(GgufDraft& draft) {
    draft.keys[draft.keys.at("general.architecture").get<std::string>() +
               ".attention.sliding_window"] = 16;
}

// The effect of a flip: the plan, or the error.
std::string outcome(const TempDir& dir, const GgufDraft& draft) {
    try {
        return plan_text(dir, draft);
    } catch (const Error& error) {
        REQUIRE(error.code() == ErrorCode::model);
        return error.what();
    }
}

void check_flip(const Flip& flip, void (*prepare)(GgufDraft&)) {
    const TempDir dir;
    GgufDraft draft = gguf_draft(flip.kind);
    if (prepare != nullptr) prepare(draft);
    const std::string base = plan_text(dir, draft);
    const std::string architecture = architecture_of(flip);
    const std::string key = architecture + "." + flip.key;
    CAPTURE(key);
    const models::KnownKey* known = models::find_gguf_key(architecture, flip.key);
    REQUIRE(known != nullptr);
    draft.keys[key] = flip.value;
    const std::string found = outcome(dir, draft);
    if (std::holds_alternative<models::Harmless>(known->meaning)) {
        CHECK((found == base));
    } else {
        CHECK((found != base));
    }
    const auto* equal = std::get_if<models::MustEqual>(&known->meaning);
    if (equal == nullptr) return;
    CHECK(found.find("key " + key) != std::string::npos);
    for (const Json& allowed : Json::parse(equal->json)) {
        const bool wide = flip.value.is_number_float() && allowed.is_number_integer();
        if (allowed.is_number() && allowed < 0 && !wide) continue;
        draft.keys[key] = wide ? Json(allowed.get<double>()) : allowed;
        CHECK((outcome(dir, draft) == base));
    }
}

}  // namespace

TEST_CASE("gguf keys: another value changes the model or is refused, unless the row says why not") {
    for (const Flip& flip : kFlips) check_flip(flip, nullptr);
    for (const Flip& flip : kRecurrentFlips) check_flip(flip, nullptr);
    for (const Flip& flip : kYarnFlips) check_flip(flip, add_yarn);
    for (const Flip& flip : kWindowFlips) check_flip(flip, add_window);
}

TEST_CASE("gguf keys: every row has a value above") {
    std::vector<Flip> all = kFlips;
    all.insert(all.end(), kRecurrentFlips.begin(), kRecurrentFlips.end());
    all.insert(all.end(), kYarnFlips.begin(), kYarnFlips.end());
    all.insert(all.end(), kWindowFlips.begin(), kWindowFlips.end());
    for (const models::GgufKey& row : models::gguf_keys()) {
        CAPTURE(row.architecture);
        CAPTURE(row.known.key);
        CHECK(std::ranges::any_of(all, [&](const Flip& flip) {
            return models::find_gguf_key(architecture_of(flip), flip.key) == &row.known;
        }));
    }
}

TEST_CASE("gguf keys: an unknown key is refused, or noted if its namespace is foreign") {
    const TempDir dir;
    GgufDraft draft = gguf_draft("llama");
    const std::string base = plan_text(dir, draft);
    for (const Json& value : {Json(false), Json(0), Json(""), Json(1.5)}) {
        GgufDraft other = draft;
        other.keys["llama.some_switch"] = value;
        CHECK(outcome(dir, other).find("key llama.some_switch is not understood") !=
              std::string::npos);
    }
    draft.keys["mradermacher.quantized_by"] = "somebody";
    draft.keys["general.author"] = "somebody";
    draft.keys["general.sampling.temp"] = 0.5;
    CHECK(plan_text(dir, draft) == base);
    const models::Source source = models::open_source(dir.path("draft.gguf"));
    REQUIRE(source.notes.size() == 1);
    CHECK(source.notes[0].starts_with("key mradermacher.quantized_by "));
    draft.keys["general.type"] = "adapter";
    CHECK(outcome(dir, draft).find("key general.type expected") != std::string::npos);
    draft.keys["general.type"] = "model";
    draft.keys["general.quantization_version"] = 3;
    CHECK(outcome(dir, draft).find("key general.quantization_version expected") !=
          std::string::npos);
}

TEST_CASE("gguf keys: what llama.cpp requires is required, by the file's name for it") {
    const TempDir dir;
    for (const char* kind : {"llama", "bert", "gptneox", "granite"}) {
        const GgufDraft draft = gguf_draft(kind);
        for (const auto& [key, value] : draft.keys.items()) {
            if (key == "general.type" || key.ends_with("head_count_kv") ||
                key.ends_with("feed_forward_length")) {
                continue;
            }
            GgufDraft less = draft;
            less.keys.erase(key);
            CHECK(outcome(dir, less).find("key " + key + " expected") != std::string::npos);
        }
    }
}

TEST_CASE("gguf: Gemma's attention scale depends on the size of the model") {
    const TempDir dir;
    const auto scale_of = [&](const std::string& kind, std::uint32_t layers) {
        GgufDraft draft = gguf_draft(kind);
        const auto tensors = draft.tensors;
        for (std::uint32_t i = 2; i < layers; ++i) {
            for (GgufDraft::Tensor tensor : tensors) {
                if (!tensor.name.starts_with("blk.1.")) continue;
                tensor.name.replace(4, 1, std::to_string(i));
                draft.tensors.push_back(tensor);
            }
        }
        draft.keys[kind + ".block_count"] = layers;
        return spec_of(dir, draft).layers.front().query_scale;
    };
    // Heads are 16 wide, and the residual stream has 8 values for each.
    for (const auto& [kind, layers] : {std::pair("gemma2", 46U), std::pair("gemma3", 62U)}) {
        CHECK(scale_of(kind, 2) == doctest::Approx(1 / std::sqrt(16.0)));
        CHECK(scale_of(kind, layers) == doctest::Approx(1 / std::sqrt(8.0)));
    }
}

TEST_CASE("gguf: yarn's keys are those of config.json") {
    const TempDir dir;
    GgufDraft draft = gguf_draft("llama");
    add_yarn(draft);
    draft.keys["llama.rope.scaling.yarn_attn_factor"] = 1.5;
    const auto plan = spec_of(dir, draft);
    CHECK(plan.ropes.front().amplitude == doctest::Approx(1.5));
    draft.keys.erase("llama.rope.scaling.yarn_attn_factor");
    CHECK(spec_of(dir, draft).ropes.front().amplitude == doctest::Approx(0.1 * std::log(4.0) + 1));
}

TEST_CASE("gguf: a model that is not causal has hidden states only; one with windows is refused") {
    const TempDir dir;
    GgufDraft draft = gguf_draft("llama");
    draft.keys["llama.attention.causal"] = false;
    const auto plan = spec_of(dir, draft);
    CHECK(!plan.causal);
    CHECK(plan.output == spec::OutputKind::none);
    add_window(draft);
    CHECK(outcome(dir, draft).find("is_causal false with a sliding window") != std::string::npos);
    GgufDraft bert = gguf_draft("bert");
    const std::string base = plan_text(dir, bert);
    bert.keys["bert.attention.causal"] = false;
    CHECK(plan_text(dir, bert) == base);
    bert.keys["bert.attention.causal"] = true;
    CHECK(outcome(dir, bert).find("is_causal true in an encoder") != std::string::npos);
}

TEST_CASE("gguf: a window that no layer has is none") {
    const TempDir dir;
    for (const char* kind : {"exaone4", "olmo2", "gemma3"}) {
        GgufDraft draft = gguf_draft(kind);
        const std::string base = plan_text(dir, draft);
        add_window(draft);
        CHECK((plan_text(dir, draft) != base));
        const auto prefix = draft.keys.at("general.architecture").get<std::string>();
        draft.keys[prefix + ".attention.sliding_window_pattern"] = Json::array({false, false});
        CHECK((plan_text(dir, draft) == base));
    }
}

TEST_CASE("gguf: experts are none when both counts are 0, and rotary dimensions fit a head") {
    const TempDir dir;
    GgufDraft draft = gguf_draft("llama");
    const std::string base = plan_text(dir, draft);
    draft.keys["llama.expert_count"] = 0;
    draft.keys["llama.expert_used_count"] = 0;
    CHECK(plan_text(dir, draft) == base);
    draft.keys["llama.expert_count"] = 4;
    CHECK(outcome(dir, draft).find("llama.expert_used_count") != std::string::npos);
    GgufDraft neox = gguf_draft("gptneox");
    neox.keys["gptneox.rope.dimension_count"] = 50000000;
    CHECK(outcome(dir, neox).find("key gptneox.rope.dimension_count expected at most the 8") !=
          std::string::npos);
    GgufDraft llama = gguf_draft("llama");
    llama.keys["llama.rope.dimension_count"] = 4;
    CHECK(outcome(dir, llama).find("key llama.rope.dimension_count expected the 8") !=
          std::string::npos);
}

TEST_CASE("gguf: the width of Qwen 3's experts where the file does not name it") {
    const TempDir dir;
    GgufDraft draft = gguf_draft("qwen3moe");
    draft.keys["qwen3moe.feed_forward_length"] = 96;
    draft.keys["qwen3moe.expert_feed_forward_length"] = 48;
    const std::string named = plan_text(dir, draft);
    CHECK(spec_of(dir, draft).layers.front().ffn_dim == 48);
    // As in llama.cpp: the width of a dense block over the number of experts used.
    draft.keys.erase("qwen3moe.expert_feed_forward_length");
    CHECK(plan_text(dir, draft) == named);
    draft.keys["qwen3moe.feed_forward_length"] = 64;
    CHECK(outcome(dir, draft).find("expected shape (128, 32), found (192, 32)") !=
          std::string::npos);
    draft.keys.erase("qwen3moe.feed_forward_length");
    CHECK(outcome(dir, draft).find("qwen3moe.expert_feed_forward_length") != std::string::npos);
}

TEST_CASE("gguf: classification heads") {
    const TempDir dir;
    GgufDraft draft = gguf_draft("bert-classifier");
    auto plan = spec_of(dir, draft);
    CHECK(plan.classifier.labels == std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"});
    CHECK(plan.classifier.activation == spec::Activation::tanh);
    draft.keys["bert.classifier.output_labels"] = Json::array({"a", "b", "c"});
    CHECK(spec_of(dir, draft).classifier.labels == std::vector<std::string>{"a", "b", "c"});
    draft.keys["bert.classifier.output_labels"] = Json::array({"a", "b"});
    CHECK(outcome(dir, draft).find("expected 3 labels, found 2") != std::string::npos);
    draft.keys.erase("bert.classifier.output_labels");
    // DistilBERT has no token types, and another activation.
    std::erase_if(draft.tensors, [](const auto& t) { return t.name.starts_with("token_types"); });
    CHECK(spec_of(dir, draft).classifier.activation == spec::Activation::relu);
    // The converter drops BERT's own dense layer.
    draft = gguf_draft("bert-classifier");
    std::erase_if(draft.tensors,
                  [](const auto& t) { return t.name == "cls.weight" || t.name == "cls.bias"; });
    CHECK(!spec_of(dir, draft).classifier.activation);
    CHECK(models::open_source(dir.path("draft.gguf")).notes.size() == 1);
    GgufDraft bert = gguf_draft("bert");
    bert.keys["bert.pooling_type"] = 4;
    CHECK(outcome(dir, bert).find("key bert.pooling_type expected") != std::string::npos);
}
