"""Decoders with experts."""
import transformers as tf

from .sizes import EXPERTS, LLAMA, rope

# DeepSeek V3's router.
ROUTED = dict(LLAMA, num_hidden_layers=3, moe_intermediate_size=16, n_routed_experts=8,
              num_experts_per_tok=3, n_shared_experts=2, routed_scaling_factor=1.5,
              first_k_dense_replace=1)
GLM4 = dict(ROUTED, head_dim=8, use_qk_norm=True, attention_bias=True, n_group=4, topk_group=2,
            n_shared_experts=1, num_mtp_layers=0)
GPT_OSS = dict(LLAMA, hidden_size=64, intermediate_size=64, head_dim=16, num_local_experts=6,
               num_experts_per_tok=2, sliding_window=20,
               rope_parameters=rope("yarn", factor=4.0, beta_fast=32.0, beta_slow=1.0,
                                    truncate=False, original_max_position_embeddings=64))

LATENT = dict(ROUTED, kv_lora_rank=32, qk_rope_head_dim=8, qk_nope_head_dim=12, v_head_dim=16,
              num_key_value_heads=4, head_dim=8)
YARN = rope("yarn", factor=4.0, mscale=1.0, mscale_all_dim=1.0, beta_fast=32, beta_slow=1,
            original_max_position_embeddings=64)

# The last token is the first whose queries are larger.
LLAMA4 = dict(LLAMA, max_position_embeddings=64, num_hidden_layers=4, head_dim=8,
              intermediate_size=16, intermediate_size_mlp=48, num_local_experts=4,
              interleave_moe_layer_step=2,
              attention_chunk_size=64, floor_scale=64, attn_scale=0.5, no_rope_layer_interval=3)

EXPERT_MODELS = {
    "llama4": (tf.Llama4TextConfig, tf.Llama4ForCausalLM, LLAMA4, 0),
    # Chunks end between and inside pages.
    "llama4-chunks": (tf.Llama4TextConfig, tf.Llama4ForCausalLM,
                      LLAMA4 | dict(attention_chunk_size=24, floor_scale=9, attn_scale=0.2), 0),
    "afmoe": (tf.AfmoeConfig, tf.AfmoeForCausalLM,
              dict(LLAMA, num_hidden_layers=3, head_dim=8, moe_intermediate_size=16,
                   num_dense_layers=1, num_experts=6, num_experts_per_tok=3, num_shared_experts=2,
                   route_scale=1.5, global_attn_every_n_layers=2, sliding_window=20,
                   mup_enabled=True), 0),
    "exaone-moe": (tf.ExaoneMoeConfig, tf.ExaoneMoeForCausalLM,
                   dict(LLAMA, num_hidden_layers=4, head_dim=8, moe_intermediate_size=16,
                        num_experts=8, num_experts_per_tok=3, num_shared_experts=2,
                        sliding_window=20, sliding_window_pattern=2, n_group=4, topk_group=2), 0),
    "granitemoe-swa": (tf.GraniteMoeSWAConfig, tf.GraniteMoeSWAForCausalLM,
                       dict(LLAMA, num_hidden_layers=3, intermediate_size=16, num_local_experts=6,
                            num_experts_per_tok=2, shared_intermediate_size=24, sliding_window=20,
                            layer_types=["full_attention", "sliding_attention",
                                         "sliding_attention"],
                            layer_rope_theta=[0, 10000.0, 20000.0], embedding_multiplier=6.0,
                            logits_scaling=2.0, residual_multiplier=0.22,
                            attention_multiplier=0.2), 0),
    "hy3": (tf.HYV3Config, tf.HYV3ForCausalLM,
            dict(LLAMA, num_hidden_layers=3, head_dim=16, moe_intermediate_size=16, num_experts=8,
                 num_experts_per_tok=3, num_shared_experts=2), 0),
    "mimo-v2": (tf.MiMoV2FlashConfig, tf.MiMoV2FlashForCausalLM,
                dict(LLAMA, num_hidden_layers=4, head_dim=24, v_head_dim=16,
                     num_key_value_heads=1, moe_intermediate_size=16, n_routed_experts=8,
                     num_experts_per_tok=3, n_group=4, topk_group=2, sliding_window=20,
                     layer_types=["full_attention", "sliding_attention", "sliding_attention",
                                  "full_attention"]), 0),
    # Queries grow within the text.
    "mistral4": (tf.Mistral4Config, tf.Mistral4ForCausalLM,
                 dict({k: v for k, v in LATENT.items() if k != "head_dim"}, q_lora_rank=24,
                      qk_nope_head_dim=8, v_head_dim=12, n_group=4, topk_group=2,
                      rope_parameters=rope(
                          "yarn", factor=8.0, mscale=1.0, mscale_all_dim=1.0, beta_fast=32.0,
                          beta_slow=1.0, llama_4_scaling_beta=0.1,
                          original_max_position_embeddings=32)), 0),
    "hunyuan-moe": (tf.HunYuanMoEV1Config, tf.HunYuanMoEV1ForCausalLM,
                    dict(LLAMA, head_dim=16, intermediate_size=16, num_experts=6, moe_topk=3,
                         rope_parameters=rope("dynamic", alpha=1000.0, factor=1.0, beta_fast=32,
                                              beta_slow=1, mscale=1.0, mscale_all_dim=1.0)), 0),
    "minimax-m2": (tf.MiniMaxM2Config, tf.MiniMaxM2ForCausalLM,
                   dict(LLAMA, head_dim=16, intermediate_size=16, num_local_experts=8,
                        num_experts_per_tok=3, rotary_dim=8), 0),
    "solar-open": (tf.SolarOpenConfig, tf.SolarOpenForCausalLM,
                   dict(LLAMA, head_dim=8, moe_intermediate_size=16, n_routed_experts=8,
                        num_experts_per_tok=3, n_shared_experts=1, routed_scaling_factor=1.5,
                        n_group=4, topk_group=2), 0),
    "youtu": (tf.YoutuConfig, tf.YoutuForCausalLM,
              dict(LLAMA, kv_lora_rank=32, q_lora_rank=24, qk_rope_head_dim=8,
                   qk_nope_head_dim=12, v_head_dim=16, num_key_value_heads=4,
                   tie_word_embeddings=True), 0),
    "deepseek-v2": (tf.DeepseekV2Config, tf.DeepseekV2ForCausalLM,
                    dict(LATENT, q_lora_rank=None, n_group=4, topk_group=2,
                         topk_method="group_limited_greedy", rope_parameters=rope(
                             "yarn", factor=4.0, mscale=0.8, mscale_all_dim=0.8,
                             original_max_position_embeddings=64)), 0),
    "deepseek-v3": (tf.DeepseekV3Config, tf.DeepseekV3ForCausalLM,
                    dict(LATENT, q_lora_rank=32, n_group=4, topk_group=2, rope_parameters=YARN,
                         num_mtp_layers=0), 0),
    "glm4-moe-lite": (tf.Glm4MoeLiteConfig, tf.Glm4MoeLiteForCausalLM,
                      dict({k: v for k, v in LATENT.items() if k != "first_k_dense_replace"},
                           q_lora_rank=32, v_head_dim=20), 0),
    "qwen2-moe": (tf.Qwen2MoeConfig, tf.Qwen2MoeForCausalLM,
                  dict(LLAMA, **EXPERTS, shared_expert_intermediate_size=40, mlp_only_layers=[1],
                       num_hidden_layers=3, norm_topk_prob=True), 0),
    "granitemoeshared": (tf.GraniteMoeSharedConfig, tf.GraniteMoeSharedForCausalLM,
                         dict(LLAMA, intermediate_size=16, num_local_experts=6,
                              num_experts_per_tok=3, shared_intermediate_size=24,
                              embedding_multiplier=6.0, logits_scaling=2.0,
                              residual_multiplier=0.22, attention_multiplier=0.2,
                              tie_word_embeddings=True), 0),
    "ernie4.5-moe": (tf.Ernie4_5_MoeConfig, tf.Ernie4_5_MoeForCausalLM,
                     dict(LLAMA, head_dim=8, num_hidden_layers=3, moe_intermediate_size=16,
                          moe_num_experts=6, moe_k=2, moe_num_shared_experts=2,
                          moe_layer_start_index=1), 0),
    "glm4-moe": (tf.Glm4MoeConfig, tf.Glm4MoeForCausalLM, GLM4, 0),
    "dots1": (tf.Dots1Config, tf.Dots1ForCausalLM,
              dict(ROUTED, head_dim=8, norm_topk_prob=True, sliding_window=20,
                   max_window_layers=1), 0),
    # Saved as published: see remote.py.
    "bailing-moe-v2": (tf.Glm4MoeConfig, tf.Glm4MoeForCausalLM,
                       dict(GLM4, attention_bias=False), 0),
    "gpt-oss": (tf.GptOssConfig, tf.GptOssForCausalLM, GPT_OSS, 0),
    "gpt-oss-mxfp4": (tf.GptOssConfig, tf.GptOssForCausalLM, GPT_OSS, 0),
}
