#!/usr/bin/env python3
"""Makes tests/golden/families: a small random model of every family as transformers saves it, with
what it computes.

The families are in MODELS below and in family_models/.

Weights are drawn wide enough that attention is not even and gates are not linear, rounded to bf16
and saved so; the reference computes with the rounded ones in f32. reference.safetensors holds for
the 64 tokens in its metadata the logits, the last hidden states of an encoder, or the scores of a
classification head; `context` in its metadata is what pack's --context must be. All models share
the byte-level tokenizer.json beside them.

  pip install torch transformers tokenizers safetensors
  make_family_goldens.py [NAME...]
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers as tf
from family_models import MORE, PUBLISHED, ROUNDED, SEQ2SEQ, reference
from family_models.sizes import ENCODER, LLAMA, NARROW, VOCAB, rope
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

FOLDER = pathlib.Path(__file__).parents[2] / "tests/golden/families"
POSITIONS = list(range(0, 64, 9))
# name: (class of the configuration, of the model, arguments, context)
MODELS = {
    "llama-linear": (tf.LlamaConfig, tf.LlamaForCausalLM,
                     dict(LLAMA, rope_parameters=rope("linear", factor=2.5), attention_bias=True,
                          mlp_bias=True), 0),
    "llama-dynamic": (tf.LlamaConfig, tf.LlamaForCausalLM,
                      dict(LLAMA, max_position_embeddings=32,
                           rope_parameters=rope("dynamic", factor=3.0)), 64),
    "llama-yarn": (tf.LlamaConfig, tf.LlamaForCausalLM,
                   dict(
                       LLAMA, head_dim=16,
                       rope_parameters=rope("yarn", factor=4.0,
                                            original_max_position_embeddings=32)), 0),
    "llama3": (tf.LlamaConfig, tf.LlamaForCausalLM,
               dict(
                   LLAMA, tie_word_embeddings=True,
                   rope_parameters=rope("llama3", factor=8.0, low_freq_factor=1.0,
                                        high_freq_factor=4.0,
                                        original_max_position_embeddings=64)), 0),
    "llama-classifier": (tf.LlamaConfig, tf.LlamaForSequenceClassification,
                         dict(LLAMA, num_labels=3), 0),
    "llama-bidirectional": (tf.LlamaConfig, tf.LlamaModel, dict(LLAMA, is_causal=False), 0),
    "mistral": (tf.MistralConfig, tf.MistralForCausalLM, dict(LLAMA, sliding_window=20), 0),
    "smollm3": (tf.SmolLM3Config, tf.SmolLM3ForCausalLM,
                dict(LLAMA, num_hidden_layers=4, no_rope_layers=[1, 0, 1, 0]), 0),
    "qwen2": (tf.Qwen2Config, tf.Qwen2ForCausalLM,
              dict(LLAMA, use_sliding_window=True, sliding_window=24, max_window_layers=1,
                   tie_word_embeddings=True), 0),
    "qwen3": (tf.Qwen3Config, tf.Qwen3ForCausalLM, dict(LLAMA, head_dim=12), 0),
    "qwen3-moe": (tf.Qwen3MoeConfig, tf.Qwen3MoeForCausalLM,
                  dict(LLAMA, head_dim=8, moe_intermediate_size=16, num_experts=8,
                       num_experts_per_tok=3, norm_topk_prob=True), 0),
    "gemma": (tf.GemmaConfig, tf.GemmaForCausalLM, dict(LLAMA, head_dim=16,
                                                        num_key_value_heads=1), 0),
    "gemma2": (tf.Gemma2Config, tf.Gemma2ForCausalLM,
               dict(LLAMA, head_dim=16, query_pre_attn_scalar=24, sliding_window=20,
                    attn_logit_softcapping=2.0, final_logit_softcapping=3.0), 0),
    "gemma3": (tf.Gemma3TextConfig, tf.Gemma3ForCausalLM,
               dict(
                   LLAMA, num_hidden_layers=3, head_dim=16, query_pre_attn_scalar=16,
                   sliding_window=24,
                   layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                   rope_parameters={
                       "full_attention": rope("linear", factor=8.0) | {"rope_theta": 1e6},
                       "sliding_attention": rope("default")
                   }), 0),
    # The scale of 27B is that of the hidden width, not of the head's: GGUF does not hold it, its
    # readers know it by the number of layers.
    "gemma2-27b": (tf.Gemma2Config, tf.Gemma2ForCausalLM,
                   dict(NARROW, num_hidden_layers=46, query_pre_attn_scalar=12,
                        sliding_window=20), 0),
    "gemma3-27b": (tf.Gemma3TextConfig, tf.Gemma3ForCausalLM,
                   dict(
                       NARROW, num_hidden_layers=62, query_pre_attn_scalar=12, sliding_window=24,
                       rope_parameters={
                           "full_attention": rope("linear", factor=8.0) | {"rope_theta": 1e6},
                           "sliding_attention": rope("default")
                       }), 0),
    "phi3": (tf.Phi3Config, tf.Phi3ForCausalLM, dict(LLAMA, sliding_window=40), 0),
    "phi3-long": (tf.Phi3Config, tf.Phi3ForCausalLM,
                  dict(
                      LLAMA, original_max_position_embeddings=32, head_dim=8,
                      partial_rotary_factor=1.0,
                      rope_parameters=rope("longrope", short_factor=[1.0, 1.1, 1.3, 1.6],
                                           long_factor=[1.2, 1.9, 3.0, 5.5],
                                           original_max_position_embeddings=32)), 0),
    "phi3-short": (tf.Phi3Config, tf.Phi3ForCausalLM,
                   dict(
                       LLAMA, original_max_position_embeddings=64,
                       rope_parameters=rope("longrope", short_factor=[1.0, 1.1, 1.3, 1.6],
                                            long_factor=[1.2, 1.9, 3.0, 5.5],
                                            original_max_position_embeddings=64)), 64),
    "olmo2": (tf.Olmo2Config, tf.Olmo2ForCausalLM, dict(LLAMA), 0),
    "olmoe": (tf.OlmoeConfig, tf.OlmoeForCausalLM,
              dict(LLAMA, intermediate_size=16, num_experts=8, num_experts_per_tok=2), 0),
    "olmo3": (tf.Olmo3Config, tf.Olmo3ForCausalLM,
              dict(
                  LLAMA, num_hidden_layers=4, sliding_window=20, rope_parameters={
                      "full_attention": rope("yarn", factor=4.0,
                                             original_max_position_embeddings=64),
                      "sliding_attention": rope("default")
                  }), 0),
    "exaone4": (tf.Exaone4Config, tf.Exaone4ForCausalLM,
                dict(LLAMA, sliding_window=20, sliding_window_pattern=2), 0),
    "seed-oss": (tf.SeedOssConfig, tf.SeedOssForCausalLM,
                 dict(LLAMA, head_dim=8, attention_out_bias=True), 0),
    "mixtral": (tf.MixtralConfig, tf.MixtralForCausalLM,
                dict(LLAMA, intermediate_size=16, num_local_experts=4, num_experts_per_tok=2), 0),
    "granite": (tf.GraniteConfig, tf.GraniteForCausalLM,
                dict(LLAMA, embedding_multiplier=6.0, logits_scaling=2.0, residual_multiplier=0.22,
                     attention_multiplier=0.2, tie_word_embeddings=True), 0),
    "stablelm": (tf.StableLmConfig, tf.StableLmForCausalLM,
                 dict(LLAMA, head_dim=16, hidden_size=64, use_qkv_bias=True), 0),
    "stablelm-parallel": (tf.StableLmConfig, tf.StableLmForCausalLM,
                          dict(LLAMA, hidden_size=64, use_parallel_residual=True), 0),
    "starcoder2": (tf.Starcoder2Config, tf.Starcoder2ForCausalLM, dict(LLAMA,
                                                                       sliding_window=24), 0),
    "gpt2": (tf.GPT2Config, tf.GPT2LMHeadModel,
             dict(vocab_size=VOCAB, n_positions=80, n_embd=32, n_layer=2, n_head=4, bos_token_id=1,
                  eos_token_id=2), 0),
    "gpt2-quick": (tf.GPT2Config, tf.GPT2LMHeadModel,
                   dict(vocab_size=VOCAB, n_positions=80, n_embd=32, n_layer=2, n_head=4,
                        activation_function="quick_gelu", scale_attn_by_inverse_layer_idx=True,
                        bos_token_id=1, eos_token_id=2), 0),
    "gpt-neox": (tf.GPTNeoXConfig, tf.GPTNeoXForCausalLM,
                 dict(vocab_size=VOCAB, hidden_size=64, intermediate_size=64, num_hidden_layers=2,
                      num_attention_heads=4, max_position_embeddings=256, bos_token_id=1,
                      eos_token_id=2, rope_parameters=rope("default",
                                                           partial_rotary_factor=0.25)), 0),
    "falcon-7b": (tf.FalconConfig, tf.FalconForCausalLM,
                  dict(vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                       bos_token_id=1, eos_token_id=2), 0),
    "falcon-new": (tf.FalconConfig, tf.FalconForCausalLM,
                   dict(vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2,
                        num_attention_heads=4, num_kv_heads=2, bias=True,
                        new_decoder_architecture=True, bos_token_id=1, eos_token_id=2), 0),
    "bert": (tf.BertConfig, tf.BertModel, dict(ENCODER), 0),
    "bert-classifier": (tf.BertConfig, tf.BertForSequenceClassification,
                        dict(ENCODER, id2label={0: "bad", 1: "so so", 2: "good"},
                             label2id={"bad": 0, "so so": 1, "good": 2}), 0),
    "distilbert": (tf.DistilBertConfig, tf.DistilBertModel,
                   dict(vocab_size=VOCAB, dim=32, hidden_dim=48, n_layers=2, n_heads=4,
                        max_position_embeddings=80), 0),
    "distilbert-classifier": (tf.DistilBertConfig, tf.DistilBertForSequenceClassification,
                              dict(vocab_size=VOCAB, dim=32, hidden_dim=48, n_layers=2, n_heads=4,
                                   max_position_embeddings=80, num_labels=2,
                                   problem_type="multi_label_classification"), 0),
    "xlm-roberta": (tf.XLMRobertaConfig, tf.XLMRobertaModel, dict(ENCODER, pad_token_id=1), 0),
    "xlm-roberta-classifier": (tf.XLMRobertaConfig, tf.XLMRobertaForSequenceClassification,
                               dict(ENCODER, pad_token_id=1, num_labels=1,
                                    problem_type="regression"), 0),
} | MORE


def draw(name, weight, config):
    """Fills a weight: norms about 1 (Gemma's about 0), biases small, matrices by their inputs."""
    noise = torch.randn_like(weight)
    is_norm = any(part in name.lower() for part in ("norm", "ln_")) and "bias" not in name
    if name.endswith(("router.scale", "per_expert_scale")):
        # Wide enough that rounding does not choose other experts.
        weight.copy_((8.0 if name.endswith("router.scale") else 1.0) * (1.0 + 0.2 * noise))
    elif name.endswith("mlp.gate.weight") and config.model_type == "qwen3_next":
        weight.copy_(2.0 * noise * (1.0 / weight.shape[-1])**0.5)  # for the same reason
    elif is_norm:
        gemma = "gemma" in config.model_type and "gemma4" not in config.model_type
        zero_centered = any(kind in config.model_type for kind in ("qwen3_5", "qwen3_next"))
        qwen = zero_centered and "linear_attn" not in name
        about_0 = gemma or qwen
        weight.copy_((0.0 if about_0 else 1.0) + 0.2 * noise)
        if name.endswith("q_norm.weight") and getattr(config, "num_kv_shared_layers", 0):
            weight.mul_(0.35)  # Gemma 4 does not divide scores by the root of the width
    elif name.endswith("A_log"):
        weight.copy_(-1.5 + noise)  # memories that last for few tokens, and for many
    elif weight.dim() == 1:
        weight.copy_(0.2 * noise)
    elif "relative_attention_bias" in name:
        weight.copy_(noise)
    elif "embed" in name or "wte" in name or "wpe" in name:
        # Where norms follow the blocks, rounding errors of keys and values reach a tied output at
        # full size.
        wide = not config.model_type.startswith(("gemma2", "gemma3"))
        weight.copy_((0.1 if wide else 0.04) * noise)
    else:
        # Queries and keys wide, so that attention is not even; the others narrower, because keys
        # and values are kept in f16 and the logits should show it by less than 1e-3.
        narrow = not any(part in name
                         for part in ("q_proj", "k_proj", "q_lin", "k_lin", "query", "key",
                                      "c_attn", "qkv", "score", "classifier", "pooler"))
        weight.copy_(noise * (0.2 if name == "lm_head.weight" else 0.3 if narrow else 1.0) *
                     (1.0 / weight.shape[-1])**0.5)
    weight.copy_(weight.bfloat16().float())


def build(name, entry):
    """A model of MODELS' form with drawn weights, tokens, and what transformers computes for them:
    (model, tokens, kind, result, more metadata), where kind is "logits" (64, vocabulary), "hidden"
    (64, width) or "scores" (labels)."""
    config_class, model_class, arguments, _ = entry
    torch.manual_seed(7 * sum(map(ord, name)))
    config = config_class(**arguments)
    config._attn_implementation = "eager"
    make_model = getattr(model_class, "from_config", model_class)
    model = make_model(config).float().eval()
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if config.model_type == "marian" and "embed_positions" in key:
                continue  # sinusoids, which are not saved
            draw(key, weight, config)
        for key, number in model.named_buffers():
            if key.endswith("layer_scalar"):
                number.uniform_(0.5, 1.5)
            if key.endswith(("e_score_correction_bias", "expert_bias")):
                number.uniform_(-0.2, 0.2)
            if key.endswith(("layer_scalar", "e_score_correction_bias", "expert_bias")):
                number.copy_(number.bfloat16().float())
        if name in ROUNDED:
            ROUNDED[name](model)
        # 0 and 1 are padding tokens, whose positions would be left out.
        tokens = torch.randint(3, VOCAB, (64, ))
        if name in SEQ2SEQ:
            more, result = reference(model, tokens)
            return model, tokens, "logits", result.contiguous(), more
        out = model(tokens[None])
    if hasattr(out, "logits"):
        kind, result = ("scores" if out.logits.dim() == 2 else "logits"), out.logits[0]
    else:
        kind, result = "hidden", out.last_hidden_state[0]
    return model, tokens, kind, result.contiguous(), {}


def save(model, folder):
    """config.json, and the weights in bf16."""
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    weights = load_file(folder / "model.safetensors")
    if folder.name in PUBLISHED:
        path = folder / "config.json"
        config, weights = PUBLISHED[folder.name](json.loads(path.read_text()), weights)
        path.write_text(json.dumps(config, indent=2) + "\n")
    save_file({k: v.bfloat16() if v.is_floating_point() else v
               for k, v in weights.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})


def make(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    model, tokens, kind, result, more = build(name, MODELS[name])
    save(model, folder)
    metadata = {"tokens": json.dumps(tokens.tolist()), "context": str(MODELS[name][3])} | more
    if name in MORE and kind != "scores":
        metadata["positions"] = json.dumps(POSITIONS)
        result = result[POSITIONS].contiguous()
    save_file({kind: result}, folder / "reference.safetensors", metadata=metadata)
    print(f"{name:24} {kind:7} largest {result.abs().max():7.3f}  "
          f"{sum(f.stat().st_size for f in folder.iterdir()) / 1000:6.0f} kB")


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([open(__file__, encoding="utf-8").read()],
                                  trainers.BpeTrainer(
                                      vocab_size=VOCAB, special_tokens=["<unk>", "<s>", "</s>"],
                                      show_progress=False,
                                      initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.save(str(FOLDER / "tokenizer.json"))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) == 1:
        make_tokenizer()
    for one in sys.argv[1:] or MODELS:
        make(one)
