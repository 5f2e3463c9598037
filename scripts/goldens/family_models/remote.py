"""Families whose code is published beside their weights and not part of transformers. A class of
transformers computes the same; the configuration and the weights are saved under their own names.
sources: the names, and the order of rows in InternLM 2's wqkv, are those that llama.cpp's converter
reads (conversion/internlm.py, minicpm.py); MiniCPM's factors, too."""
import torch
import transformers as tf

from .sizes import LLAMA
from .wrappers import WRAPPERS

LAYERS = LLAMA["num_hidden_layers"]
HEAD = LLAMA["hidden_size"] // LLAMA["num_attention_heads"]

REMOTE = {
    "internlm2": (tf.LlamaConfig, tf.LlamaForCausalLM,
                  dict(LLAMA, rope_parameters={"rope_type": "default", "rope_theta": 1e6}), 0),
    "minicpm": (tf.GraniteConfig, tf.GraniteForCausalLM,
                dict(LLAMA, embedding_multiplier=12.0, residual_multiplier=1.4 / LAYERS**0.5,
                     logits_scaling=LLAMA["hidden_size"] / 16, attention_multiplier=HEAD**-0.5,
                     tie_word_embeddings=True), 0),
    "mimo": (tf.Qwen2Config, tf.Qwen2ForCausalLM, dict(LLAMA), 0),
    "internvl-chat": WRAPPERS["internvl"],
}

INTERNLM2 = {
    "embed_tokens": "tok_embeddings", "lm_head": "output", "self_attn.o_proj": "attention.wo",
    "input_layernorm": "attention_norm", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "feed_forward.w1", "mlp.up_proj": "feed_forward.w3",
    "mlp.down_proj": "feed_forward.w2"
}


def as_internlm2(config, weights):
    out = {}
    for name, weight in weights.items():
        for theirs, ours in INTERNLM2.items():
            name = name.replace(theirs, ours)
        if "q_proj" in name:
            heads = [
                weights[f"model.{name.split('.', 1)[1]}".replace("q_proj", part)].reshape(
                    LLAMA["num_key_value_heads"], -1, HEAD, LLAMA["hidden_size"])
                for part in ("q_proj", "k_proj", "v_proj")
            ]
            name = name.replace("self_attn.q_proj", "attention.wqkv")
            weight = torch.cat(heads, dim=1).reshape(-1, LLAMA["hidden_size"])
        if "self_attn." not in name:
            out[name] = weight
    keys = ("attention_bias", "mlp_bias", "architectures")
    config = {key: value for key, value in config.items() if key not in keys}
    return config | {
        "architectures": ["InternLM2ForCausalLM"], "model_type": "internlm2", "bias": False
    }, out


def as_minicpm(config, weights):
    keys = ("embedding_multiplier", "residual_multiplier", "logits_scaling", "attention_multiplier")
    config = {key: value for key, value in config.items() if key not in keys}
    return config | {
        "architectures": ["MiniCPMForCausalLM"], "model_type": "minicpm", "scale_emb": 12,
        "scale_depth": 1.4, "dim_model_base": 16
    }, weights


def as_mimo(config, weights):
    extra = {"model.mtp_layers.0.input_proj.weight": torch.zeros(4, 4)}
    return config | {
        "architectures": ["MiMoForCausalLM"], "model_type": "mimo", "attention_bias": True,
        "num_nextn_predict_layers": 1
    }, weights | extra


def as_internvl_chat(config, weights):
    text, vision = config["text_config"], config["vision_config"]
    names = {"vision_tower.": "vision_model.", "multi_modal_projector.linear_1.": "mlp1.1."}
    out = {}
    for name, weight in weights.items():
        for theirs, ours in names.items():
            name = name.replace(theirs, ours)
        if not name.startswith("multi_modal_projector."):
            out[name] = weight
    return {
        "architectures": ["InternVLChatModel"], "model_type": "internvl_chat", "llm_config": text,
        "vision_config": vision, "downsample_ratio": 0.5, "dynamic_image_size": True,
        "force_image_size": 448, "hidden_size": text["hidden_size"], "image_fold": None,
        "max_dynamic_patch": 12, "min_dynamic_patch": 1, "output_attentions": False,
        "pad2square": False, "ps_version": "v2", "select_layer": -1, "template": "internvl2_5",
        "system_message": None, "tie_word_embeddings": False, "use_backbone_lora": 0,
        "use_llm_lora": 0, "use_thumbnail": True
    }, out


def as_published_granite4(config, weights):
    """transformers 5 calls attention full_attention."""
    return config | {"layer_types": ["attention"] * LAYERS}, weights


def as_published_qwen3_vl_moe(config, weights):
    """The matrix of each expert is transposed."""
    return config, {
        name: weight.transpose(1, 2).contiguous() if ".mlp.experts." in name else weight
        for name, weight in weights.items()
    }


def as_published_qwen3_5_moe(config, weights):
    """One tensor for all experts, with the rows of gate and up below each other."""
    out, experts = {}, {}
    for name, weight in weights.items():
        base, found, rest = name.partition(".mlp.experts.")
        if not found or not rest[0].isdigit():
            out[name] = weight
            continue
        number, part, _ = rest.split(".")
        experts.setdefault(base + found, {})[int(number), part] = weight
    for base, parts in experts.items():
        n = 1 + max(number for number, _ in parts)
        out[f"{base}gate_up_proj"] = torch.stack([
            torch.cat([parts[i, "gate_proj"], parts[i, "up_proj"]]) for i in range(n)
        ])
        out[f"{base}down_proj"] = torch.stack([parts[i, "down_proj"] for i in range(n)])
    return config, out


GPT_KEYS = {
    "hidden_size": "n_embd", "num_attention_heads": "n_head", "num_hidden_layers": "n_layer",
    "intermediate_size": "n_inner", "layer_norm_eps": "layer_norm_epsilon"
}


def as_nomic_bert(config, weights):
    keys = ("max_position_embeddings", "hidden_act", "head_dim", "rope_parameters")
    config = {GPT_KEYS.get(key, key): value for key, value in config.items() if key not in keys}
    return config | {
        "activation_function": "swiglu", "causal": False, "prenorm": False, "n_positions": 8192,
        "max_trained_positions": 2048, "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0,
        "rotary_emb_interleaved": False, "rotary_emb_scale_base": None, "rotary_scaling_factor": 2,
        "qkv_proj_bias": False, "mlp_fc1_bias": False, "mlp_fc2_bias": False, "use_rms_norm": False
    }, weights


def as_gte(config, weights):
    config = {key: value for key, value in config.items() if key != "rope_parameters"}
    return config | {
        "model_type": "new", "architectures": [config["architectures"][0].replace("Gte", "New")],
        "layer_norm_type": "layer_norm", "logn_attention_clip1": False,
        "logn_attention_scale": False, "pack_qkv": True, "position_embedding_type": "rope",
        "rope_theta": 10000, "rope_scaling": {"type": "ntk", "factor": 2.0}, "unpad_inputs": False,
        "use_memory_efficient_attention": False
    }, {name.replace("gte.", "new."): weight for name, weight in weights.items()}


BAILING = {
    "self_attn.o_proj": "attention.dense", "self_attn.q_norm": "attention.query_layernorm",
    "self_attn.k_norm": "attention.key_layernorm", "embed_tokens": "word_embeddings",
    "e_score_correction_bias": "expert_bias"
}
BAILING_KEYS = {"n_routed_experts": "num_experts", "n_shared_experts": "num_shared_experts"}


def as_bailing_moe_v2(config, weights):
    """source: the names and keys that llama.cpp's converter reads (conversion/bailingmoe.py)."""
    out = {}
    for name, weight in weights.items():
        for theirs, ours in BAILING.items():
            name = name.replace(theirs, ours)
        if "q_proj" in name:
            parts = ("q_proj", "k_proj", "v_proj")
            weight = torch.cat([weights[name.replace("q_proj", part)] for part in parts])
            name = name.replace("self_attn.q_proj", "attention.query_key_value")
        if "self_attn." not in name:
            out[name] = weight
    keys = ("attention_bias", "use_qk_norm", "num_mtp_layers", "rope_parameters")
    config = {BAILING_KEYS.get(key, key): value for key, value in config.items() if key not in keys}
    return config | {
        "architectures": ["BailingMoeV2ForCausalLM"], "model_type": "bailing_moe_v2",
        "rope_theta": 10000.0, "rope_scaling": None, "partial_rotary_factor": 0.5,
        "score_function": "sigmoid", "moe_router_enable_expert_bias": True, "use_qk_norm": True,
        "use_qkv_bias": False, "use_bias": False, "num_nextn_predict_layers": 0
    }, out


def mxfp4_of(weight):
    """The last dimension in blocks of 32 codes of E2M1 and a power of two: (blocks, scales)."""
    rows = weight.float().reshape(*weight.shape[:-1], -1, 32)
    exponent = torch.floor(torch.log2(rows.abs().amax(-1, keepdim=True).clamp(min=1e-30))) - 2
    table = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    scaled = rows / 2**exponent
    code = (scaled.abs()[..., None] - table).abs().argmin(-1) + 8 * (scaled < 0)
    decoded = torch.cat([table, -table])[code] * 2**exponent
    blocks = (code[..., ::2] + 16 * code[..., 1::2]).to(torch.uint8)
    return blocks, (exponent[..., 0] + 127).to(torch.uint8), decoded.reshape(weight.shape)


def round_to_mxfp4(model):
    """Experts to values that MXFP4 holds; before the reference is computed."""
    for name, weight in model.named_parameters():
        if name.endswith((".gate_up_proj", ".experts.down_proj")):
            weight.copy_(mxfp4_of(weight.transpose(1, 2))[2].transpose(1, 2))


def as_gpt_oss_mxfp4(config, weights):
    """The matrix of each expert is transposed, as published."""
    out = {}
    for name, weight in weights.items():
        if name.endswith((".gate_up_proj", ".experts.down_proj")):
            blocks, scales, decoded = mxfp4_of(weight.transpose(1, 2))
            assert torch.equal(decoded, weight.transpose(1, 2).float())
            out[f"{name}_blocks"], out[f"{name}_scales"] = blocks, scales
        else:
            out[name] = weight
    keys = ("rope_parameters", "swiglu_alpha")
    scaling = {k: v for k, v in config["rope_parameters"].items() if k != "rope_theta"}
    config = {key: value for key, value in config.items() if key not in keys}
    return config | {
        "rope_theta": 10000.0, "rope_scaling": scaling, "experts_per_token": 2,
        "initial_context_length": 64, "quantization_config": {
            "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router",
                                       "model.embed_tokens", "lm_head"], "quant_method": "mxfp4"
        }
    }, out


# Of a checkpoint as transformers saves it: (config.json, weights) as they are published.
PUBLISHED = {
    "bailing-moe-v2": as_bailing_moe_v2, "gpt-oss-mxfp4": as_gpt_oss_mxfp4,
    "granite4": as_published_granite4, "gte-ntk": as_gte, "nomic-bert": as_nomic_bert,
    "internlm2": as_internlm2, "internvl-chat": as_internvl_chat, "mimo": as_mimo,
    "minicpm": as_minicpm, "qwen3-vl-moe": as_published_qwen3_vl_moe,
    "qwen3.5-moe": as_published_qwen3_5_moe
}

# What weights are rounded to beside bf16.
ROUNDED = {"gpt-oss-mxfp4": round_to_mxfp4}
