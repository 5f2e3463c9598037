"""Decoders with recurrent layers."""
import transformers as tf

from .sizes import EXPERTS, LLAMA, rope
from .wrappers import QWEN_VISION

# Three value heads for each head of the keys, in wider heads of attention.
QWEN3_5 = dict(LLAMA, num_hidden_layers=4, head_dim=16, linear_num_key_heads=2,
               linear_num_value_heads=6, linear_key_head_dim=16, linear_value_head_dim=32,
               rope_parameters=rope("default", partial_rotary_factor=0.25,
                                    mrope_section=[1, 1, 0], mrope_interleaved=True))

MAMBA = dict(mamba_n_heads=4, mamba_d_head=16, mamba_d_state=16, mamba_n_groups=2, mamba_expand=2)

NEMOTRON_H = dict(vocab_size=320, hidden_size=32, intermediate_size=48, head_dim=8,
                  num_attention_heads=4, num_key_value_heads=2, mamba_num_heads=4,
                  mamba_head_dim=16, ssm_state_size=16, n_groups=2)

# Every multiplier differs.
FALCON_H1 = dict(LLAMA, **MAMBA, mamba_d_ssm=64, head_dim=8, embedding_multiplier=5.66,
                 lm_head_multiplier=1.5, mlp_multipliers=[0.75, 0.6], key_multiplier=0.4,
                 attention_out_multiplier=0.9, attention_in_multiplier=1.1,
                 ssm_multipliers=[0.35, 0.25, 0.36, 0.5, 0.37], ssm_in_multiplier=1.25,
                 ssm_out_multiplier=0.7)

RECURRENT = {
    "falcon-h1": (tf.FalconH1Config, tf.FalconH1ForCausalLM, FALCON_H1, 0),
    "falcon-h1-norm": (tf.FalconH1Config, tf.FalconH1ForCausalLM,
                       dict(FALCON_H1, mamba_rms_norm=True, mamba_norm_before_gate=False), 0),
    "granite4-h": (tf.GraniteMoeHybridConfig, tf.GraniteMoeHybridForCausalLM,
                   dict(LLAMA, **MAMBA, num_hidden_layers=4, shared_intermediate_size=48,
                        num_local_experts=0, num_experts_per_tok=0,
                        layer_types=["linear_attention", "full_attention", "linear_attention",
                                     "linear_attention"], embedding_multiplier=6.0,
                        logits_scaling=2.0, residual_multiplier=0.22, attention_multiplier=0.2,
                        tie_word_embeddings=True), 0),
    "granite4-h-experts": (tf.GraniteMoeHybridConfig, tf.GraniteMoeHybridForCausalLM,
                           dict(LLAMA, **MAMBA, num_hidden_layers=3, intermediate_size=16,
                                shared_intermediate_size=48, num_local_experts=6,
                                num_experts_per_tok=3,
                                layer_types=["linear_attention", "full_attention",
                                             "linear_attention"], embedding_multiplier=6.0,
                                logits_scaling=2.0, residual_multiplier=0.22,
                                attention_multiplier=0.2, tie_word_embeddings=True), 0),
    "mamba2": (tf.Mamba2Config, tf.Mamba2ForCausalLM,
               dict(vocab_size=320, hidden_size=32, num_hidden_layers=3, num_heads=4, head_dim=16,
                    state_size=16, n_groups=2), 0),
    "nemotron-h": (tf.NemotronHConfig, tf.NemotronHForCausalLM,
                   dict(NEMOTRON_H,
                        layers_block_type=["linear_attention", "mlp", "full_attention",
                                           "linear_attention", "mlp"]), 0),
    "nemotron-h-experts": (tf.NemotronHConfig, tf.NemotronHForCausalLM,
                           dict(NEMOTRON_H, n_routed_experts=8, num_experts_per_tok=3,
                                moe_intermediate_size=16, moe_shared_expert_intermediate_size=40,
                                n_group=4, topk_group=2, routed_scaling_factor=1.5,
                                layers_block_type=["linear_attention", "moe", "full_attention",
                                                   "moe", "mlp"]), 0),
    # As Nemotron 3 Super.
    "nemotron-h-latent": (tf.NemotronHConfig, tf.NemotronHForCausalLM,
                          dict(NEMOTRON_H, n_routed_experts=8, num_experts_per_tok=3,
                               moe_intermediate_size=16, moe_shared_expert_intermediate_size=40,
                               moe_latent_size=16, n_group=4, topk_group=2,
                               routed_scaling_factor=1.5,
                               layers_block_type=["linear_attention", "moe", "full_attention",
                                                  "moe"]), 0),
    "bamba": (tf.BambaConfig, tf.BambaForCausalLM,
              dict(LLAMA, **MAMBA, num_hidden_layers=3, attn_layer_indices=[1]), 0),
    "lfm2": (tf.Lfm2Config, tf.Lfm2ForCausalLM,
             dict(LLAMA, num_hidden_layers=4, block_multiple_of=16,
                  layer_types=["conv", "full_attention", "conv", "conv"]), 0),
    "lfm2-moe": (tf.Lfm2MoeConfig, tf.Lfm2MoeForCausalLM,
                 dict(LLAMA, **EXPERTS, num_hidden_layers=4, num_dense_layers=1,
                      routed_scaling_factor=1.5,
                      layer_types=["conv", "full_attention", "conv", "full_attention"]), 0),
    "qwen3-next": (tf.Qwen3NextConfig, tf.Qwen3NextForCausalLM,
                   dict(QWEN3_5, **EXPERTS, shared_expert_intermediate_size=40,
                        layer_types=["linear_attention", "full_attention", "linear_attention",
                                     "linear_attention"]), 0),
    # As published, experts are stacked.
    "qwen3.5-moe": (tf.Qwen3_5MoeConfig, tf.Qwen3_5MoeForConditionalGeneration,
                    dict(text_config=dict(QWEN3_5, **EXPERTS, shared_expert_intermediate_size=40,
                                          layer_types=["linear_attention", "full_attention"] * 2),
                         vision_config=dict(QWEN_VISION, num_position_embeddings=16)), 0),
    "qwen3.5": (tf.Qwen3_5TextConfig, tf.Qwen3_5ForCausalLM,
                dict(QWEN3_5, layer_types=["linear_attention", "full_attention",
                                           "linear_attention", "linear_attention"]), 0),
    "qwen3.5-vl": (tf.Qwen3_5Config, tf.Qwen3_5ForConditionalGeneration,
                   dict(text_config=dict(QWEN3_5, linear_num_value_heads=4,
                                    linear_value_head_dim=16),
                        vision_config=dict(QWEN_VISION, num_position_embeddings=16)), 0),
}
