"""Models that also read pictures: only their text half is kept."""
import transformers as tf

from .sizes import GEMMA4, LLAMA, rope

# What reads pictures and is left out.
VISION = dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
              image_size=28, patch_size=14)
QWEN_VISION = dict(depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=32,
                   patch_size=4, temporal_patch_size=1)
QWEN_EXPERTS = (tf.Qwen3VLMoeConfig, tf.Qwen3VLMoeForConditionalGeneration,
                dict(
                    text_config=dict(LLAMA, head_dim=8, moe_intermediate_size=48, num_experts=4,
                                     num_experts_per_tok=2,
                                     rope_parameters=rope("default", mrope_section=[2, 1, 1],
                                                          mrope_interleaved=True)),
                    vision_config=dict(QWEN_VISION, deepstack_visual_indexes=[0],
                                       num_position_embeddings=16)), 0)


def mrope(*sections, **more):
    return rope("default", mrope_section=list(sections), **more)


WRAPPERS = {
    "gemma3-vision": (tf.Gemma3Config, tf.Gemma3ForConditionalGeneration,
                      dict(
                          text_config=dict(LLAMA, num_hidden_layers=3, head_dim=16,
                                           query_pre_attn_scalar=16, sliding_window=24,
                                           sliding_window_pattern=3),
                          vision_config=dict(VISION, model_type="siglip_vision_model"),
                          mm_tokens_per_image=4), 0),
    # Without the number of key/value heads, and with a matrix for values, in every layer.
    "gemma4-vision": (tf.Gemma4Config, tf.Gemma4ForConditionalGeneration,
                      dict(
                          text_config=dict(LLAMA, head_dim=8, global_head_dim=16,
                                           sliding_window=20, hidden_size_per_layer_input=0),
                          vision_config=dict(VISION, num_key_value_heads=2, head_dim=8,
                                             position_embedding_size=16)), 0),
    "gemma4-unified": (tf.Gemma4UnifiedConfig, tf.Gemma4UnifiedForConditionalGeneration,
                       dict(
                           text_config=GEMMA4,
                           vision_config=dict(mm_embed_dim=32, output_proj_dims=32,
                                              mm_posemb_size=8, patch_size=2)), 0),
    # Five layers, of which the first and the last have neither a window nor a rotation.
    "muse-glimmer": (tf.MuseGlimmerConfig, tf.MuseGlimmerForConditionalGeneration,
                     dict(
                         text_config=dict(LLAMA, num_hidden_layers=5, head_dim=8,
                                          sliding_window=20, final_logit_softcapping=3.0,
                                          output_multiplier=1.5, post_norm_eps=0.25,
                                          qk_scale_factor=1.5),
                         vision_config=dict(VISION, patch_temporal=1, pos_emb_height=2,
                                            pos_emb_width=2), out_hidden_size=16,
                         projector_hidden_size=16), 0),
    "mistral3": (tf.Mistral3Config, tf.Mistral3ForConditionalGeneration,
                 dict(
                     text_config=dict(LLAMA, model_type="mistral", head_dim=12,
                                      sliding_window=None),
                     vision_config=dict(VISION, model_type="pixtral", head_dim=8),
                     tie_word_embeddings=False), 0),
    "ministral3": (tf.Mistral3Config, tf.Mistral3ForConditionalGeneration,
                   dict(
                       text_config=dict(
                           LLAMA, model_type="ministral3", head_dim=8, tie_word_embeddings=True,
                           rope_parameters=rope("yarn", factor=4.0, beta_fast=32.0, beta_slow=1.0,
                                                original_max_position_embeddings=64, mscale=1.0,
                                                mscale_all_dim=1.0, llama_4_scaling_beta=0.1,
                                                max_position_embeddings=256)),
                       vision_config=dict(VISION, model_type="pixtral", head_dim=8)), 64),
    # Beyond the original context, where queries grow.
    "ministral3-long": (tf.Mistral3Config, tf.Mistral3ForConditionalGeneration,
                        dict(
                            text_config=dict(
                                LLAMA, model_type="ministral3", head_dim=8,
                                rope_parameters=rope("yarn", factor=4.0, beta_fast=32.0,
                                                     beta_slow=1.0,
                                                     original_max_position_embeddings=16,
                                                     mscale=1.0, mscale_all_dim=1.0,
                                                     llama_4_scaling_beta=0.5)),
                            vision_config=dict(VISION, model_type="pixtral", head_dim=8)), 0),
    "llava": (tf.LlavaConfig, tf.LlavaForConditionalGeneration,
              dict(text_config=dict(LLAMA, model_type="llama"),
                   vision_config=dict(VISION, model_type="clip_vision_model",
                                      projection_dim=8)), 0),
    "internvl": (tf.InternVLConfig, tf.InternVLForConditionalGeneration,
                 dict(text_config=dict(LLAMA, model_type="qwen2"), vision_config=VISION,
                      tie_word_embeddings=False), 0),
    "smolvlm": (tf.SmolVLMConfig, tf.SmolVLMForConditionalGeneration,
                dict(text_config=dict(LLAMA, model_type="llama"), vision_config=VISION), 0),
    "qwen2.5-vl": (tf.Qwen2_5_VLConfig, tf.Qwen2_5_VLForConditionalGeneration,
                   dict(text_config=dict(LLAMA, rope_parameters=mrope(1, 1, 2)),
                        vision_config=QWEN_VISION), 0),
    "glm4v": (tf.Glm4vConfig, tf.Glm4vForConditionalGeneration,
              dict(
                  text_config=dict(
                      LLAMA, rope_parameters=rope("default", mrope_section=[1, 1, 0],
                                                  partial_rotary_factor=0.5)),
                  vision_config=dict(QWEN_VISION, image_size=16)), 0),
    "qwen3-vl": (tf.Qwen3VLConfig, tf.Qwen3VLForConditionalGeneration,
                 dict(
                     text_config=dict(LLAMA, head_dim=16,
                                      rope_parameters=mrope(4, 2, 2, mrope_interleaved=True)),
                     vision_config=dict(QWEN_VISION, deepstack_visual_indexes=[0],
                                        num_position_embeddings=16), tie_word_embeddings=True), 0),
    # As published, the matrix of each expert is transposed; transformers 5 saves it as it is.
    "qwen3-vl-moe": QWEN_EXPERTS,
    "qwen3-vl-moe-saved": QWEN_EXPERTS,
}
