"""What the goldens of quantized checkpoints share: a small Llama, and the three files of a folder.

config.json and model.safetensors are the checkpoint. expected.safetensors has the values of the
coded tensors as F32, from the library that reads the format; its metadata has for each of them the
type that keeps its values and the coding's name for people, and how the folder was made."""
import json
import pathlib

import torch
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).parents[3] / "tests/golden/quantized"
LLAMA = dict(architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=320,
             hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1,
             eos_token_id=2, pad_token_id=0, rms_norm_eps=1e-6, hidden_act="silu",
             tie_word_embeddings=False)


# Modules of folders that are no whole models.
MODULES = {"model.layers.0.self_attn.q_proj": (48, 64), "model.layers.0.mlp.down_proj": (40, 96)}


def linears():
    """Names and shapes of LLAMA's linear layers."""
    names = {"self_attn.q_proj": (32, 32), "self_attn.k_proj": (16, 32),
             "self_attn.v_proj": (16, 32), "self_attn.o_proj": (32, 32),
             "mlp.gate_proj": (48, 32), "mlp.up_proj": (48, 32), "mlp.down_proj": (32, 48)}
    return {f"model.layers.0.{name}": shape for name, shape in names.items()}


def plain():
    """LLAMA's other tensors."""
    out = {"model.embed_tokens.weight": torch.randn(320, 32),
           "lm_head.weight": torch.randn(320, 32) / 32**0.5}
    for name in ("norm", "layers.0.input_layernorm", "layers.0.post_attention_layernorm"):
        out[f"model.{name}.weight"] = 1 + 0.1 * torch.randn(32)
    return {name: value.bfloat16() for name, value in out.items()}


def weight(shape):
    return torch.randn(shape) / shape[-1]**0.5


def write(name, config, tensors, expected, kept, made, metadata=None):
    """expected: values of the coded tensors; the others must have their own. kept: of each coded
    tensor, the type that keeps it and the name of the coding."""
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    tensors = {key: value.contiguous() for key, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"} | (metadata or {}))
    values = {key: value.float().contiguous() for key, value in expected.items()}
    save_file(values, folder / "expected.safetensors",
              metadata={"made": made} | {key: f"{dtype} {text}"
                                         for key, (dtype, text) in kept.items()})
