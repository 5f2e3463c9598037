"""Sizes of the small models that make_family_goldens.py makes."""

VOCAB = 320
LLAMA = dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
             bos_token_id=1, eos_token_id=2, pad_token_id=0)
ENCODER = dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
               num_attention_heads=4, max_position_embeddings=80, hidden_act="gelu", pad_token_id=0)
NARROW = dict(LLAMA, hidden_size=24, num_attention_heads=2, num_key_value_heads=1, head_dim=8,
              intermediate_size=16)
EXPERTS = dict(moe_intermediate_size=16, num_experts=6, num_experts_per_tok=2)
GEMMA4 = dict(LLAMA, head_dim=8, global_head_dim=16,
              num_global_key_value_heads=1, attention_k_eq_v=True, sliding_window=20,
              layer_types=["sliding_attention", "full_attention"])
GPT2 = dict(vocab_size=VOCAB, n_positions=80, n_embd=32, n_layer=2, n_head=4, bos_token_id=1,
            eos_token_id=2)


def rope(kind, **more):
    return {"rope_type": kind, "rope_theta": 10000.0, **more}
