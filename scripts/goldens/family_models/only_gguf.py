"""Models of make_gguf_family_goldens.py where GGUF cannot hold a feature of the folder's golden."""
import transformers as tf
from make_family_goldens import MODELS

from .encoders import MODERN
from .experts import EXPERT_MODELS
from .sizes import ENCODER, LLAMA, NARROW, VOCAB, rope


def but(entry, **more):
    """A golden of the folders with other arguments."""
    config, model, arguments, context = entry
    return config, model, arguments | more, context


ONLY_GGUF = {
    # Every fourth layer has no window, one theta serves all layers, and theta is grown by hand
    # where the width of a head is not the published one.
    "afmoe": but(EXPERT_MODELS["afmoe"], num_hidden_layers=5, global_attn_every_n_layers=4),
    "granitemoe-swa": but(EXPERT_MODELS["granitemoe-swa"], layer_rope_theta=[0, 1e4, 1e4]),
    # GGUF does not say that queries grow: they do not within the text.
    "mistral4": but(EXPERT_MODELS["mistral4"], rope_parameters=EXPERT_MODELS["mistral4"][2][
        "rope_parameters"] | {"original_max_position_embeddings": 128},
                    max_position_embeddings=1024),
    "hunyuan-moe": but(EXPERT_MODELS["hunyuan-moe"], rope_parameters={
        "rope_type": "default", "rope_theta": 11158839.9251}),
    "mistral": (tf.MistralConfig, tf.MistralForCausalLM,
                dict(LLAMA, sliding_window=None, head_dim=12), 0),
    "qwen2": (tf.Qwen2Config, tf.Qwen2ForCausalLM, dict(LLAMA, tie_word_embeddings=True), 0),
    "qwen2-bidirectional": (tf.Qwen2Config, tf.Qwen2Model, dict(LLAMA, is_causal=False), 0),
    "qwen2-yarn": (tf.Qwen2Config, tf.Qwen2ForCausalLM,
                   dict(
                       LLAMA, rope_parameters=rope("yarn", factor=4.0,
                                                   original_max_position_embeddings=32)), 0),
    "smollm3": (tf.SmolLM3Config, tf.SmolLM3ForCausalLM, dict(LLAMA, num_hidden_layers=4), 0),
    "starcoder2": (tf.Starcoder2Config, tf.Starcoder2ForCausalLM, dict(LLAMA,
                                                                       sliding_window=None), 0),
    "gemma2": (tf.Gemma2Config, tf.Gemma2ForCausalLM,
               dict(NARROW, query_pre_attn_scalar=8, num_hidden_layers=3,
                    sliding_window=20, attn_logit_softcapping=2.0, final_logit_softcapping=3.0), 0),
    "gemma3": (tf.Gemma3TextConfig, tf.Gemma3ForCausalLM,
               dict(NARROW, query_pre_attn_scalar=8, num_hidden_layers=7,
                    sliding_window=24), 0),
    "phi3-short": (tf.Phi3Config, tf.Phi3ForCausalLM,
                   dict(
                       LLAMA, max_position_embeddings=2048, original_max_position_embeddings=512,
                       sliding_window=None,
                       rope_parameters=rope("longrope", short_factor=[1.0, 1.1, 1.3, 1.6],
                                            long_factor=[1.2, 1.9, 3.0, 5.5],
                                            original_max_position_embeddings=512)), 512),
    "exaone4": (tf.Exaone4Config, tf.Exaone4ForCausalLM,
                dict(
                    NARROW, hidden_size=16, num_hidden_layers=64, sliding_window=20,
                    sliding_window_pattern="LLLG",
                    layer_types=(["sliding_attention"] * 3 + ["full_attention"]) * 16,
                    rope_parameters=rope("llama3", factor=16.0, low_freq_factor=1.0,
                                         high_freq_factor=4.0,
                                         original_max_position_embeddings=64)), 0),
    "exaone4-small": (tf.Exaone4Config, tf.Exaone4ForCausalLM,
                      dict(LLAMA, sliding_window=None, layer_types=["full_attention"] * 2,
                           tie_word_embeddings=True), 0),
    "olmoe": (tf.OlmoeConfig, tf.OlmoeForCausalLM,
              dict(LLAMA, num_key_value_heads=4, intermediate_size=16, num_experts=8,
                   num_experts_per_tok=2), 0),
    "falcon-40b": (tf.FalconConfig, tf.FalconForCausalLM,
                   dict(vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2,
                        num_attention_heads=4, num_kv_heads=2, new_decoder_architecture=True,
                        bos_token_id=1, eos_token_id=2), 0),
    "seed-oss": (tf.SeedOssConfig, tf.SeedOssForCausalLM,
                 dict(LLAMA, head_dim=12, attention_out_bias=False), 0),
    # The converter knows neither dense layers between those with experts nor weights that are
    # scaled.
    "qwen2-moe": (tf.Qwen2MoeConfig, tf.Qwen2MoeForCausalLM,
                  MODELS["qwen2-moe"][2] | {"mlp_only_layers": [],
                                                     "norm_topk_prob": False}, 0),
    # It knows no factor of these weights.
    "lfm2-moe": (tf.Lfm2MoeConfig, tf.Lfm2MoeForCausalLM,
                 MODELS["lfm2-moe"][2] | {"routed_scaling_factor": 1.0}, 0),
    # It knows one theta, and layers without it.
    "granite-swa": (tf.GraniteSWAConfig, tf.GraniteSWAForCausalLM,
                    MODELS["granite-swa"][2] |
                    {"layer_rope_theta": [0, 10000.0, 10000.0]}, 0),
    # It knows no dense layers beside those with experts.
    "nemotron-h-experts": (tf.NemotronHConfig, tf.NemotronHForCausalLM,
                           MODELS["nemotron-h-experts"][2] |
                           {"layers_block_type": ["linear_attention", "moe", "full_attention",
                                                  "moe"]}, 0),
    # It knows these slopes only for powers of two.
    "mpt": (tf.MptConfig, tf.MptForCausalLM, MODELS["mpt"][2] | {"n_heads": 8}, 0),
    # llama.cpp knows the factors of the published model, and no context beyond the original.
    "minicpm3": (tf.MiniCPM3Config, tf.MiniCPM3ForCausalLM,
                 MODELS["minicpm3"][2] | {
                     "dim_model_base": 256, "rope_parameters":
                         MODELS["minicpm3"][2]["rope_parameters"] |
                         {"original_max_position_embeddings": 256}}, 0),
    "llama4": (tf.Llama4TextConfig, tf.Llama4ForCausalLM,
               MODELS["llama4"][2] | {"no_rope_layer_interval": 4, "attention_chunk_size": 8192,
                                      "floor_scale": 8192, "attn_scale": 0.1}, 0),
    # It knows no windows of this family.
    "dots1": (tf.Dots1Config, tf.Dots1ForCausalLM,
              MODELS["dots1"][2] | {"sliding_window": None}, 0),
    # It knows one limit of distances.
    "t5": (tf.T5Config, tf.T5ForConditionalGeneration,
           MODELS["t5"][2] | {"relative_attention_max_distance": 128}, 0),
    "t5-apart": (tf.T5Config, tf.T5ForConditionalGeneration,
                 MODELS["t5-apart"][2] | {"relative_attention_max_distance": 128}, 0),
    "mt5-apart": but(MODELS["mt5-apart"], relative_attention_max_distance=128),
    "umt5": (tf.UMT5Config, tf.UMT5ForConditionalGeneration,
             MODELS["umt5"][2] | {"relative_attention_max_distance": 128}, 0),
    "t5-encoder": (tf.T5Config, tf.T5EncoderModel,
                   MODELS["t5-encoder"][2] | {"relative_attention_max_distance": 128}, 0),
    # It knows two contexts.
    "hunyuan": (tf.HunYuanDenseV1Config, tf.HunYuanDenseV1ForCausalLM,
                MODELS["hunyuan"][2] | {"max_position_embeddings": 32768}, 256),
    # llama.cpp knows one epsilon for the norms after blocks.
    "muse-glimmer": (tf.MuseGlimmerConfig, tf.MuseGlimmerForConditionalGeneration,
                     dict(
                         MODELS["muse-glimmer"][2],
                         text_config=MODELS["muse-glimmer"][2]["text_config"] |
                         {"post_norm_eps": 1e-8}), 0),
    "distilbert-classifier": (tf.DistilBertConfig, tf.DistilBertForSequenceClassification,
                              dict(vocab_size=VOCAB, dim=32, hidden_dim=48, n_layers=2, n_heads=4,
                                   max_position_embeddings=80,
                                   id2label={0: "NEGATIVE", 1: "POSITIVE"},
                                   label2id={"NEGATIVE": 0, "POSITIVE": 1}), 0),
    "bert-classifier": MODELS["bert-classifier"],
    "modernbert-classifier": (tf.ModernBertConfig, tf.ModernBertForSequenceClassification,
                              dict(MODERN, classifier_pooling="mean",
                                   id2label={0: "bad", 1: "so so", 2: "good"},
                                   label2id={"bad": 0, "so so": 1, "good": 2}), 0),
    "embedding-gemma": (tf.Gemma3TextConfig, tf.Gemma3TextModel,
                        dict(LLAMA, query_pre_attn_scalar=8, num_hidden_layers=6, head_dim=8,
                             sliding_window=24, use_bidirectional_attention=True), 0),
    "roberta-classifier": (tf.RobertaConfig, tf.RobertaForSequenceClassification,
                           dict(ENCODER, pad_token_id=1, type_vocab_size=1, num_labels=3), 0),
}
