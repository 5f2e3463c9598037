"""Decoders with recurrent layers."""
import transformers as tf

from .sizes import LLAMA, rope
from .wrappers import QWEN_VISION

# Three value heads for each head of the keys, in wider heads of attention.
QWEN3_5 = dict(LLAMA, num_hidden_layers=4, head_dim=16, linear_num_key_heads=2,
               linear_num_value_heads=6, linear_key_head_dim=16, linear_value_head_dim=32,
               rope_parameters=rope("default", partial_rotary_factor=0.25,
                                    mrope_section=[1, 1, 0], mrope_interleaved=True))

MAMBA = dict(mamba_n_heads=4, mamba_d_head=16, mamba_d_state=16, mamba_n_groups=2, mamba_expand=2)

RECURRENT = {
    "granite4-h": (tf.GraniteMoeHybridConfig, tf.GraniteMoeHybridForCausalLM,
                   dict(LLAMA, **MAMBA, num_hidden_layers=4, shared_intermediate_size=48,
                        num_local_experts=0, num_experts_per_tok=0,
                        layer_types=["linear_attention", "full_attention", "linear_attention",
                                     "linear_attention"], embedding_multiplier=6.0,
                        logits_scaling=2.0, residual_multiplier=0.22, attention_multiplier=0.2,
                        tie_word_embeddings=True), 0),
    "mamba2": (tf.Mamba2Config, tf.Mamba2ForCausalLM,
               dict(vocab_size=320, hidden_size=32, num_hidden_layers=3, num_heads=4, head_dim=16,
                    state_size=16, n_groups=2), 0),
    "nemotron-h": (tf.NemotronHConfig, tf.NemotronHForCausalLM,
                   dict(vocab_size=320, hidden_size=32, intermediate_size=48, head_dim=8,
                        num_attention_heads=4, num_key_value_heads=2, mamba_num_heads=4,
                        mamba_head_dim=16, ssm_state_size=16, n_groups=2,
                        layers_block_type=["linear_attention", "mlp", "full_attention",
                                           "linear_attention", "mlp"]), 0),
    "bamba": (tf.BambaConfig, tf.BambaForCausalLM,
              dict(LLAMA, **MAMBA, num_hidden_layers=3, attn_layer_indices=[1]), 0),
    "lfm2": (tf.Lfm2Config, tf.Lfm2ForCausalLM,
             dict(LLAMA, num_hidden_layers=4, block_multiple_of=16,
                  layer_types=["conv", "full_attention", "conv", "conv"]), 0),
    "qwen3.5": (tf.Qwen3_5TextConfig, tf.Qwen3_5ForCausalLM,
                dict(QWEN3_5, layer_types=["linear_attention", "full_attention",
                                           "linear_attention", "linear_attention"]), 0),
    "qwen3.5-vl": (tf.Qwen3_5Config, tf.Qwen3_5ForConditionalGeneration,
                   dict(text_config=dict(QWEN3_5, linear_num_value_heads=4,
                                    linear_value_head_dim=16),
                        vision_config=dict(QWEN_VISION, num_position_embeddings=16)), 0),
}
