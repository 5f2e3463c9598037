#!/usr/bin/env python3
"""Makes a tiny model of a published config.json: every key stays, only sizes become small.

  pip install torch transformers safetensors
  shrink_config.py CONFIG.json FOLDER [TOKENIZER.json]

FOLDER then holds config.json, model.safetensors as transformers writes it, and the tokenizer (of at
most 320 tokens). Weights follow from the names of their tensors, so that a test can make the same
ones without the file."""
import json
import math
import pathlib
import shutil
import sys

import numpy as np
import torch
import transformers as tf
from safetensors.torch import load_file, save_file

VOCAB, WIDTH, HEADS, INNER, EXPERTS, POSITIONS, WINDOW = 320, 32, 4, 48, 4, 80, 20
LEARNED_POSITIONS = ("albert", "bert", "distilbert", "gpt2", "mpnet", "opt", "roberta",
                     "xlm-roberta")
SIZES = {
    "vocab_size": VOCAB, "hidden_size": WIDTH, "n_embd": WIDTH, "dim": WIDTH,
    "num_attention_heads": HEADS, "n_head": HEADS, "n_heads": HEADS, "intermediate_size": INNER,
    "n_inner": INNER, "ffn_hidden_size": INNER, "hidden_dim": INNER, "moe_intermediate_size": 16,
    "num_experts": EXPERTS, "num_local_experts": EXPERTS, "num_experts_per_tok": 2,
    "n_routed_experts": 8, "d_model": WIDTH, "n_embed": WIDTH, "ffn_dim": INNER,
    "embedding_size": 16, "word_embed_proj_dim": WIDTH, "rotary_dim": 4, "kv_lora_rank": WIDTH,
    "q_lora_rank": 24, "qk_nope_head_dim": 12, "qk_rope_head_dim": 8, "v_head_dim": 16,
    "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 16,
    "linear_value_head_dim": 16, "mamba_num_heads": 4, "mamba_head_dim": 16, "ssm_state_size": 16,
    "n_groups": 2, "moe_shared_expert_intermediate_size": 24, "shared_expert_intermediate_size": 24,
    "global_head_dim": 16, "num_global_key_value_heads": 1, "top_k_experts": 2,
    "vocab_size_per_layer_input": VOCAB, "intermediate_size_mlp": INNER
}
# Of what reads pictures, which is left out.
PICTURES = {
    "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2,
    "out_hidden_size": WIDTH, "patch_size": 4, "temporal_patch_size": 1,
    "num_position_embeddings": 16, "head_dim": 8,
    "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2,
    "deepstack_visual_indexes": [], "position_embedding_size": 16, "vision_output_dim": 16,
    "image_size": 28, "projector_input_dim": 16, "projector_output_dim": 16
}


def number_of_layers(config):
    """The shortest beginning that has every kind of layer."""
    kinds = (config.get("layer_types") or config.get("no_rope_layers")
             or config.get("hybrid_override_pattern"))
    if kinds:
        return max(2, *(kinds.index(kind) + 1 for kind in set(kinds)))
    if config["model_type"] == "gemma3_text":
        return config.get("sliding_window_pattern") or 6
    return 2


def small_heads(config, small):
    """Heads as wide as the hidden width says, or wider where the published ones are; as many for
    keys and values as in the published model: all, one, or half."""
    heads = config.get("num_attention_heads") or config.get("n_head") or config.get("n_heads")
    width = config.get("hidden_size") or config.get("n_embd") or config.get("dim")
    for key in ("num_key_value_heads", "num_kv_heads"):
        if config.get(key):
            small[key] = {heads: HEADS, 1: 1}.get(config[key], 2)
    if config.get("head_dim"):
        partial = (config.get("rope_parameters") or {}).get("partial_rotary_factor")
        wider = 16 if partial else 12
        small["head_dim"] = WIDTH // HEADS if config["head_dim"] * heads == width else wider


def small_rope(config, small):
    """The factors of longrope, one for each pair of a head's dimensions."""
    for key in ("rope_scaling", "rope_parameters"):
        scaling = config.get(key)
        if not isinstance(scaling, dict) or "long_factor" not in scaling:
            continue
        pairs = int(
            small.get("head_dim", WIDTH // HEADS) * config.get("partial_rotary_factor", 1.0)) // 2
        small[key] = dict(scaling)
        for factor in ("long_factor", "short_factor"):
            step = len(scaling[factor]) / pairs
            small[key][factor] = [scaling[factor][int(i * step)] for i in range(pairs)]


def small_tokens(value):
    if isinstance(value, list):
        return [small_tokens(one) for one in value]
    return value if value is None or value < VOCAB else value % 300


def changes(config):
    """The keys of a config.json whose values must change, and to what."""
    if "text_config" in config:
        text = config["text_config"]
        pictures = config["vision_config"]
        small = {key: value for key, value in PICTURES.items() if key in pictures}
        return {"text_config": text | changes(text), "vision_config": pictures | small}
    small = {key: value for key, value in SIZES.items() if config.get(key) or key == "vocab_size"}
    layers = number_of_layers(config)
    if config.get("n_group", 1) > 1:
        small["n_group"], small["topk_group"] = 4, 2
    if config.get("first_k_dense_replace"):
        layers, small["first_k_dense_replace"] = 3, 1
    for key in ("num_hidden_layers", "n_layer", "n_layers"):
        if key in config:
            small[key] = layers
    for key in ("layer_types", "no_rope_layers", "hybrid_override_pattern"):
        if config.get(key):
            small[key] = config[key][:layers]
    small_heads(config, small)
    small_rope(config, small)
    if config["model_type"] in LEARNED_POSITIONS:
        for key in ("max_position_embeddings", "n_positions", "n_ctx"):
            if key in config:
                small[key] = POSITIONS + (config[key] - 512 if 512 < config[key] < 600 else 0)
    for key in ("sliding_window", "sliding_window_size", "local_attention"):
        if config.get(key) and config[key] < config.get("max_position_embeddings", math.inf):
            small[key] = WINDOW
    small |= {key: small_tokens(config[key]) for key in config if key.endswith("_token_id")}
    return {key: value for key, value in small.items() if value != config.get(key)}


def values(name, shape, offset, scale):
    """offset + scale * x, where x is drawn from [-1, 1) in steps of 1/128 by a hash of name and
    place."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    h = (np.arange(math.prod(shape), dtype=np.uint64) * 0x9E3779B9 + seed).astype(np.uint32)
    h ^= h >> 16
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> 13
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> 16
    drawn = ((h >> 24).astype(np.int32) - 128).astype(np.float32) / 128
    return torch.from_numpy(offset + np.float32(scale) * drawn).reshape(shape).contiguous()


def spread(name, shape, model_type):
    """(offset, scale) of a tensor's values; scales are powers of two, so that no value is
    rounded."""
    lower = name.lower()
    if len(shape) == 1:
        is_norm = ("norm" in lower or "ln_" in lower) and not lower.endswith((".bias", ".beta"))
        return (0.0 if not is_norm or model_type.startswith("gemma") else 1.0), 0.25
    if any(part in lower for part in ("embed", "wte", "wpe")) and "embed_out" not in lower:
        return 0.0, 0.125
    return 0.0, 2.0**round(math.log2(1.3 / shape[-1]**0.5))


def model_class(config):
    name = (config.get("architectures") or [""])[0]
    if hasattr(tf, name):
        return getattr(tf, name)
    return tf.AutoModelForCausalLM if name.endswith("ForCausalLM") else tf.AutoModel


def make(config, folder):
    """Writes config.json and model.safetensors; the tensors as {name: (shape, offset, scale)}."""
    folder.mkdir(parents=True, exist_ok=True)
    small = config | changes(config)
    (folder / "config.json").write_text(json.dumps(small, indent=1))
    cls = model_class(small)
    read = tf.AutoConfig.from_pretrained(folder)
    model = cls.from_config(read) if hasattr(cls, "from_config") else cls(read)
    model.float().save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(small, indent=1))
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = {
        name: (list(weight.shape), *spread(name, weight.shape, small["model_type"]))
        for name, weight in sorted(load_file(folder / "model.safetensors").items())
    }
    save_file({name: values(name, *rule)
               for name, rule in tensors.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    return tensors


def load(folder):
    config = json.loads((folder / "config.json").read_text())
    model, report = model_class(config).from_pretrained(folder, dtype=torch.float32,
                                                        attn_implementation="eager",
                                                        output_loading_info=True)
    wrong = {key: found for key, found in report.items() if found and key != "unexpected_keys"}
    if wrong:
        raise RuntimeError(f"{folder}: {wrong}")
    return model.eval()


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[2])
    make(json.loads(pathlib.Path(sys.argv[1]).read_text()), target)
    load(target)
    if len(sys.argv) > 3:
        shutil.copy(sys.argv[3], target / "tokenizer.json")
