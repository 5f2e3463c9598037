#include "models/source/wrapper.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/json/json_text.h"
#include "models/source/known_keys.h"

namespace quire::models {

namespace {

using nlohmann::json;

struct Wrapper {
    std::string_view model_type;
    std::string_view text_type;  // of the text model, if its configuration does not say
    bool flat = false;           // its keys may be among those of the whole model
    const char* key = "text_config";
};

// source: the configuration classes of transformers. Its wrappers do not scale the logits of Cohere and
// Granite as the text models do on their own, and did in its versions before 4.52; here they are scaled.
constexpr std::array kWrappers = std::to_array<Wrapper>({
    {"aya_vision", "cohere2"},
    {"cohere2_vision", "cohere2"},
    {"exaone4_5", "exaone4"},
    {"gemma3", "gemma3_text"},
    {"gemma4", "gemma4_text"},
    {"gemma4_unified", "gemma4_unified_text"},
    {"glm4v", "glm4v_text"},
    {"granite_docling", "granite_docling_text"},
    {"idefics3", "llama"},
    {"internvl", "qwen2"},
    {"internvl_chat", "qwen2", false, "llm_config"},
    {"lighton_ocr", "qwen3"},
    {"llama4", "llama4_text"},
    {"llava", "llama"},
    {"llava_next", "llama"},
    {"llava_next_video", "llama"},
    {"llava_onevision", "qwen2"},
    {"mistral3", "mistral"},
    {"muse_glimmer", "muse_glimmer_text"},
    {"ovis2", "qwen2"},
    {"qwen2_5_vl", "qwen2_5_vl_text", true},
    {"qwen2_audio", "qwen2"},
    {"qwen2_vl", "qwen2_vl_text", true},
    {"qwen3_5", "qwen3_5_text"},
    {"qwen3_5_moe", "qwen3_5_moe_text"},
    {"qwen3_vl", "qwen3_vl_text"},
    {"qwen3_vl_moe", "qwen3_vl_moe_text"},
    {"smolvlm", "llama"},
    {"vipllava", "llama"},
    {"voxtral", "llama"},
});

// What transformers assumes of a text model whose configuration leaves out its sizes, as some
// published ones do. source: the configuration classes of transformers.
constexpr std::array kSizes = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"gemma3_text", R"({"hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
        "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256})"},
    {"llama", R"({"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008,
        "num_hidden_layers": 32, "num_attention_heads": 32})"},
    {"mistral", R"({"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8})"},
    {"qwen2", R"({"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32})"},
});

constexpr std::string_view kOther = "of pictures or sound, which are not read";

// Keys beside the configuration of the text model. All others are taken for keys of it, unless it has
// them itself.
constexpr std::array kKeys = std::to_array<KnownKey>({
    {"_pad_token_id", Harmless("the tokenizer's files say which tokens are special")},
    {"adapter_layer_norm_eps", Harmless(kOther)},
    {"alignment_intermediate_size", Harmless(kOther)},
    {"audio_config", Harmless(kOther)},
    {"audio_token_id", Harmless(kOther)},
    {"audio_token_index", Harmless(kOther)},
    {"boa_token_id", Harmless(kOther)},
    {"boi_token_id", Harmless(kOther)},
    {"density_router_hidden_size", Harmless(kOther)},
    {"density_router_loss_weight", Harmless(kOther)},
    {"density_router_threshold", Harmless(kOther)},
    {"downsample_factor", Harmless(kOther)},
    {"downsample_ratio", Harmless(kOther)},
    {"dynamic_image_size", Harmless(kOther)},
    {"eoa_token_id", Harmless(kOther)},
    {"eoa_token_index", Harmless(kOther)},
    {"eoi_token_id", Harmless(kOther)},
    {"force_image_size", Harmless(kOther)},
    {"ignore_index", Harmless("only training reads it")},
    {"image_end_token_id", Harmless(kOther)},
    {"image_fold", Harmless(kOther)},
    {"image_grid_pinpoints", Harmless(kOther)},
    {"image_newline_token_id", Harmless(kOther)},
    {"image_seq_length", Harmless(kOther)},
    {"image_size", Harmless(kOther)},
    {"image_start_token_id", Harmless(kOther)},
    {"image_token_id", Harmless(kOther)},
    {"image_token_index", Harmless(kOther)},
    {"language_model_only", Harmless("which parts another runner loads")},
    {"llm_config", ReadElsewhere("take_text_model")},
    {"max_dynamic_patch", Harmless(kOther)},
    {"min_dynamic_patch", Harmless(kOther)},
    {"mm_tokens_per_image", Harmless(kOther)},
    {"model_type", ReadElsewhere("take_text_model")},
    {"multimodal_projector_bias", Harmless(kOther)},
    {"out_hidden_size", Harmless(kOther)},
    {"pad2square", Harmless(kOther)},
    {"projector_hidden_act", Harmless(kOther)},
    {"projector_hidden_size", Harmless(kOther)},
    {"projector_layernorm_eps", Harmless(kOther)},
    {"ps_version", Harmless(kOther)},
    {"scale_factor", Harmless(kOther)},
    {"select_layer", Harmless(kOther)},
    {"spatial_merge_size", Harmless(kOther)},
    {"spatial_pool_mode", Harmless(kOther)},
    {"spatial_pool_stride", Harmless(kOther)},
    {"system_message", Harmless("the chat template has its own")},
    {"template", Harmless("names what the chat template says")},
    {"text_config", ReadElsewhere("take_text_model")},
    {"use_backbone_lora", Harmless(kOther)},
    {"use_image_newline_parameter", Harmless(kOther)},
    {"use_llm_lora", MustEqual("[0, false, null]")},
    {"use_thumbnail", Harmless(kOther)},
    {"video_end_token_id", Harmless(kOther)},
    {"video_seq_length", Harmless(kOther)},
    {"video_start_token_id", Harmless(kOther)},
    {"video_token_id", Harmless(kOther)},
    {"video_token_index", Harmless(kOther)},
    {"vision_aspect_ratio", Harmless(kOther)},
    {"vision_config", Harmless(kOther)},
    {"vision_end_token_id", Harmless(kOther)},
    {"vision_feature_layer", Harmless(kOther)},
    {"vision_feature_layers", Harmless(kOther)},
    {"vision_feature_select_strategy", Harmless(kOther)},
    {"vision_soft_tokens_per_image", Harmless(kOther)},
    {"vision_start_token_id", Harmless(kOther)},
    {"vision_token_id", Harmless(kOther)},
    {"visual_indicator_token_ids", Harmless(kOther)},
});
static_assert(std::ranges::is_sorted(kKeys, {}, &KnownKey::key));

// Where the names of the text model's tensors begin, and what they begin with on their own. The
// first match counts.
constexpr std::array kText = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"language_model.model.", "model."},
    {"language_model.lm_head.", "lm_head."},
    {"language_model.output.", "output."},  // InternLM 2's
    {"model.language_model.", "model."},
    {"language_model.", "model."},
    {"model.text_model.", "model."},
    {"text_model.", "model."},
});
// Where the other names begin, with or without "model." in front.
constexpr std::array<std::string_view, 15> kLeftOut{
    "audio_tower.",           "connector.",      "embed_audio.",
    "embed_vision.",          "image_newline",   "mlp1.",
    "multi_modal_projector.", "vision_adapter.", "vision_embedder.",
    "vision_encoder.",        "vision_model.",   "vision_projection.",
    "vision_tower.",          "visual.",         "visual_embeddings_table."};

std::string text_name(const std::string& name) {
    for (const auto& [theirs, ours] : kText) {
        if (name.starts_with(theirs)) return std::string(ours) + name.substr(theirs.size());
    }
    return name;
}

// The beginning of the name of a tensor that is not of the text model; otherwise empty.
std::string_view other_part(std::string_view name) {
    constexpr std::string_view kModel = "model.";
    if (name.starts_with(kModel)) name.remove_prefix(kModel.size());
    const auto found = std::ranges::find_if(
        kLeftOut, [&](std::string_view part) { return name.starts_with(part); });
    return found == kLeftOut.end() ? "" : *found;
}

template <typename Tensors>
void take_tensors(Tensors& tensors, std::map<std::string, std::size_t>& left_out) {
    Tensors taken;
    for (auto& [name, tensor] : tensors) {
        const std::string_view part = other_part(name);
        if (part.empty()) {
            taken.emplace(text_name(name), tensor);
        } else {
            ++left_out[std::string(part)];
        }
    }
    tensors = std::move(taken);
}

void note_left_out(Source& source, const std::map<std::string, std::size_t>& left_out) {
    std::string note;
    for (const auto& [part, n] : left_out) {
        note += (note.empty() ? "" : ", ") + std::to_string(n) + " tensors " + part +
                (part.ends_with('.') ? "*" : "");
    }
    if (note.empty()) return;
    source.notes.push_back("pictures and sound cannot be read: left out " + note);
}

void check_equal(const Source& source, const KnownKey& known, const json& value) {
    const auto* equal = std::get_if<MustEqual>(&known.meaning);
    if (equal == nullptr) return;
    const json allowed = base::parse_json(equal->json, source.path);
    if (std::ranges::find(allowed, value) != allowed.end()) return;
    throw Error(ErrorCode::model, source.path,
                "config: " + std::string(known.key) + " " + base::json_excerpt(value) +
                    " is not supported");
}

// Keys that count where they are beside the configuration of the text model, not in it.
constexpr std::array<std::string_view, 2> kOfWhole{"eos_token_id", "quantization_config"};

// The keys of the text model, with those beside them that transformers reads for it.
void take_config(Source& source, json text) {
    json& whole = source.config;
    for (const auto& [key, value] : whole.items()) {
        const auto known =
            std::ranges::lower_bound(kKeys, std::string_view(key), {}, &KnownKey::key);
        if (known != kKeys.end() && known->key == key) {
            check_equal(source, *known, value);
            continue;
        }
        const bool of_whole = std::ranges::find(kOfWhole, key) != kOfWhole.end();
        if (!text.contains(key) || of_whole) {
            text[key] = value;
        } else if (key == "tie_word_embeddings" && text[key] != value) {
            text.erase(key);  // versions of transformers read one or the other: the tensors decide
        }
    }
    const json architectures = whole.value("architectures", json());
    if (architectures.dump().ends_with("ForConditionalGeneration\"]")) {
        text.erase("architectures");  // what it generates is text
    }
    whole = std::move(text);
}

}  // namespace

void take_text_model(Source& source) {
    json& config = source.config;
    const json type = config.value("model_type", json());
    const auto wrapper = std::ranges::find_if(
        kWrappers, [&](const Wrapper& one) { return type == std::string(one.model_type); });
    if (wrapper == kWrappers.end()) return;
    json text = config.value(wrapper->key, json());
    if (text.is_null() && wrapper->flat) text = json::object();
    if (!text.is_object()) {
        throw Error(ErrorCode::model, source.path,
                    "config: " + std::string(wrapper->key) + " expected an object, found " +
                        base::json_excerpt(text));
    }
    if (!text.contains("model_type")) text["model_type"] = std::string(wrapper->text_type);
    for (const auto& [model_type, sizes] : kSizes) {
        if (text["model_type"] != std::string(model_type)) continue;
        const json assumed = base::parse_json(sizes, source.path);
        for (const auto& [key, value] : assumed.items()) {
            if (!text.contains(key)) text[key] = value;
        }
    }
    take_config(source, std::move(text));
    std::map<std::string, std::size_t> left_out;
    take_tensors(source.tensors, left_out);
    take_tensors(source.unsupported, left_out);
    std::set<std::string> biases;
    for (const std::string& name : source.zero_biases) biases.insert(text_name(name));
    source.zero_biases = std::move(biases);
    note_left_out(source, left_out);
}

}  // namespace quire::models
