#!/usr/bin/env python3
"""Makes tests/golden/gguf: small models of every family as llama.cpp's own converter writes them.

The checkpoints are those of tests/golden/families, whose reference.safetensors holds what
transformers computes; where GGUF cannot hold a feature of such a golden (llama.cpp's converter
leaves out windows of Mistral, Qwen 2 and StarCoder 2, which layers of SmolLM 3 do not rotate, and
biases of Falcon), the model is one of ONLY_GGUF (family_models/only_gguf.py), and
NAME.safetensors beside the GGUF file holds the logits at the positions in its metadata.
goldens.json names each file's checkpoint and tells how far llama.cpp itself is from transformers on
the same weights in f32, for information: the largest difference of log-probabilities, or of values.
It is large where llama.cpp computes something else: it has no windows in Phi 3, and tanh for the
relu in the head of a DistilBERT.

  pip install torch transformers tokenizers safetensors sentencepiece gguf
  pip download --no-deps --no-binary llama-cpp-python llama-cpp-python==0.3.36     # unpack it
  # LLAMA_CPP_LIBRARY: see llama_cpp.py.
  # The converter needs the gguf module beside it, which is newer than the published one.
  export PYTHONPATH=llama_cpp_python-0.3.36/vendor/llama.cpp/gguf-py
  make_gguf_family_goldens.py llama_cpp_python-0.3.36/vendor/llama.cpp [NAME...]

The converter recognizes pre-tokenizers by what they make of a text; for our small vocabulary it is
told the name instead."""
import importlib
import json
import pathlib
import re
import shutil
import sys
import tempfile

import make_family_goldens as families
import numpy as np
import sentencepiece
import torch
from family_models.only_gguf import ONLY_GGUF
from family_models.sizes import VOCAB
from make_family_goldens import FOLDER, POSITIONS
from safetensors.torch import safe_open, save_file
from split_experts import split_experts
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

GGUF = FOLDER.parent / "gguf"

# name: (name of the checkpoint, tokenizer, further arguments of the converter)
GOLDENS = {
    "llama-linear": ("llama-linear", "spm", []),
    "llama-yarn": ("llama-yarn", "bpe", []),
    "llama3": ("llama3", "bpe", []),
    "llama3-fused": ("llama3", "bpe", ["--fuse-qkv"]),
    "mistral": ("mistral", "spm", []),
    "mixtral": ("mixtral", "spm", []),
    "mixtral-split": ("mixtral", "spm", []),
    "smollm3": ("smollm3", "bpe", []),
    "qwen2": ("qwen2", "bpe", []),
    "qwen2-bidirectional": ("qwen2-bidirectional", "bpe", []),
    "qwen2-yarn": ("qwen2-yarn", "bpe", []),
    "qwen3": ("qwen3", "bpe", []),
    "qwen3-moe": ("qwen3-moe", "bpe", []),
    "gemma": ("gemma", "spm", []),
    "gemma2": ("gemma2", "spm", []),
    "gemma2-27b": ("gemma2-27b", "spm", []),
    "gemma3": ("gemma3", "spm", []),
    "gemma3-27b": ("gemma3-27b", "spm", []),
    "phi3": ("phi3", "spm", []),
    "phi3-long": ("phi3-long", "spm", []),
    "phi3-short": ("phi3-short", "spm", []),
    "olmo2": ("olmo2", "bpe", []),
    "olmo3": ("olmo3", "bpe", []),
    "olmoe": ("olmoe", "bpe", []),
    "exaone4": ("exaone4", "bpe", []),
    "exaone4-small": ("exaone4-small", "bpe", []),
    "seed-oss": ("seed-oss", "bpe", []),
    "t5": ("t5", "spiece", []),
    "t5-apart": ("t5-apart", "spiece", []),
    "t5-encoder": ("t5-encoder", "spiece", []),
    "umt5": ("umt5", "spiece", []),
    "granite": ("granite", "bpe", []),
    "stablelm": ("stablelm", "bpe", []),
    "stablelm-parallel": ("stablelm-parallel", "bpe", []),
    "starcoder2": ("starcoder2", "bpe", []),
    "gpt2": ("gpt2", "bpe", []),
    "gpt-neox": ("gpt-neox", "bpe", []),
    "falcon-7b": ("falcon-7b", "bpe", []),
    "falcon-40b": ("falcon-40b", "bpe", []),
    "qwen2.5-vl": ("qwen2.5-vl", "bpe", []),
    "qwen3-vl": ("qwen3-vl", "bpe", []),
    "qwen3-vl-moe": ("qwen3-vl-moe", "bpe", []),
    "ministral3": ("ministral3", "bpe", []),
    "glm": ("glm", "bpe", []),
    "glm4": ("glm4", "bpe", []),
    "ernie4.5": ("ernie4.5", "spm", []),
    "lfm2": ("lfm2", "bpe", []),
    "qwen3.5-vl": ("qwen3.5-vl", "bpe", ["--no-mtp"]),
    "granite4-h": ("granite4-h", "bpe", []),
    "granite4-h-experts": ("granite4-h-experts", "bpe", []),
    "falcon-h1": ("falcon-h1", "bpe", []),
    "falcon-h1-norm": ("falcon-h1-norm", "bpe", []),
    "lfm2-moe": ("lfm2-moe", "bpe", []),
    "mamba2": ("mamba2", "bpe", []),
    "nemotron-h": ("nemotron-h", "bpe", []),
    "nemotron-h-experts": ("nemotron-h-experts", "bpe", []),
    "nemotron-h-latent": ("nemotron-h-latent", "bpe", []),
    "qwen3-next": ("qwen3-next", "bpe", ["--no-mtp"]),
    "qwen3.5-moe": ("qwen3.5-moe", "bpe", ["--no-mtp"]),
    "apertus": ("apertus", "bpe", []),
    "bloom": ("bloom", "bpe", []),
    "llama4": ("llama4", "bpe", []),
    "minicpm3": ("minicpm3", "spm", []),
    "mpt": ("mpt", "bpe", []),
    "granite-swa": ("granite-swa", "bpe", []),
    "granitemoe-swa": ("granitemoe-swa", "bpe", []),
    "afmoe": ("afmoe", "bpe", []),
    "arcee": ("arcee", "bpe", []),
    "exaone-moe": ("exaone-moe", "bpe", []),
    "glm4v": ("glm4v", "bpe", []),
    "hy3": ("hy3", "bpe", ["--no-mtp"]),
    "hunyuan-moe": ("hunyuan-moe", "bpe", []),
    "internlm3": ("internlm3", "spm", []),
    "mimo-v2": ("mimo-v2", "bpe", ["--no-mtp"]),
    "mistral4": ("mistral4", "bpe", []),
    "minimax-m2": ("minimax-m2", "bpe", []),
    "mt5-apart": ("mt5-apart", "spiece", []),
    "solar-open": ("solar-open", "bpe", []),
    "youtu": ("youtu", "bpe", []),
    "cohere": ("cohere", "bpe", []),
    "cohere2": ("cohere2", "bpe", []),
    "exaone": ("exaone", "bpe", []),
    "granitemoe": ("granitemoe", "bpe", []),
    "granite4": ("granite4", "bpe", []),
    "mellum": ("mellum", "bpe", []),
    "muse-glimmer": ("muse-glimmer", "bpe", []),
    "bailing-moe-v2": ("bailing-moe-v2", "bpe", []),
    "dots1": ("dots1", "bpe", []),
    "ernie4.5-moe": ("ernie4.5-moe", "spm", []),
    "gemma4": ("gemma4", "bpe", []),
    "gemma4-experts": ("gemma4-experts", "bpe", []),
    "gemma4-small": ("gemma4-small", "bpe", []),
    "glm4-moe": ("glm4-moe", "bpe", []),
    "gpt-oss": ("gpt-oss", "bpe", []),
    "gpt-oss-mxfp4": ("gpt-oss-mxfp4", "bpe", []),
    "granitemoeshared": ("granitemoeshared", "bpe", []),
    "qwen2-moe": ("qwen2-moe", "bpe", []),
    "deepseek-v2": ("deepseek-v2", "bpe", []),
    "deepseek-v3": ("deepseek-v3", "bpe", []),
    "glm4-moe-lite": ("glm4-moe-lite", "bpe", []),
    "hunyuan": ("hunyuan", "bpe", []),
    "ministral3-long": ("ministral3-long", "bpe", []),
    "nemotron": ("nemotron", "spm", []),
    "olmo": ("olmo", "bpe", []),
    "phi": ("phi", "bpe", []),
    "gpt-bigcode": ("gpt-bigcode", "bpe", []),
    "internlm2": ("internlm2", "spm", []),
    "minicpm": ("minicpm", "spm", []),
    "eurobert": ("eurobert", "bpe", []),
    "nomic-bert": ("nomic-bert", "wordpiece", []),
    "modernbert": ("modernbert", "bpe", []),
    "modernbert-classifier": ("modernbert-classifier", "bpe", []),
    "embedding-gemma": ("embedding-gemma", "spm", []),
    "bert": ("bert", "wordpiece", []),
    "bert-classifier": ("bert-classifier", "wordpiece", []),
    "distilbert": ("distilbert", "wordpiece", []),
    "distilbert-classifier": ("distilbert-classifier", "wordpiece", []),
    "roberta-classifier": ("roberta-classifier", "bpe", []),
    "xlm-roberta": ("xlm-roberta", "unigram", []),
    "xlm-roberta-classifier": ("xlm-roberta-classifier", "unigram", []),
}

# Files whose experts are divided after the conversion (split_experts.py).
SPLIT_EXPERTS = {"mixtral-split"}

MODERN_KEYS = {"layer_norm_eps": 1e-5, "global_attn_every_n_layers": 3}
# Keys that the converter asks for and today's transformers does not give it.
PUBLISHED = {
    "gpt2": {"n_ctx": 80}, "gpt-neox": {"rotary_pct": 0.25}, "falcon-7b": {"num_kv_heads": 1},
    "modernbert": MODERN_KEYS, "modernbert-classifier": MODERN_KEYS,
    "granite4-h": {"layer_types": ["mamba", "attention", "mamba", "mamba"]},
    "granite4-h-experts": {"layer_types": ["mamba", "attention", "mamba"]},
    "exaone-moe": {"scoring_func": "sigmoid"}, "minimax-m2": {"scoring_func": "sigmoid"},
    "granitemoe-swa": {"no_rope_layers": [0, 1, 1]},
    "hunyuan-moe": {"moe_intermediate_size": [16, 16], "moe_topk": [3, 3],
                    "num_shared_expert": [1, 1]},
    "afmoe": {"route_norm": True, "score_func": "sigmoid"},
    "solar-open": {"partial_rotary_factor": 1.0},
    "mistral4": {"architectures": ["Mistral3ForConditionalGeneration"]},
    "mimo-v2": {
        "swa_head_dim": 24, "swa_v_head_dim": 16, "swa_num_attention_heads": 4,
        "swa_num_key_value_heads": 2, "hybrid_layer_pattern": [0, 1, 1, 0],
        "moe_layer_freq": [0, 1, 1, 1], "layernorm_epsilon": 1e-5, "topk_method": "noaux_tc",
        "scoring_func": "sigmoid", "rope_theta": 5e6, "swa_rope_theta": 1e4,
        "partial_rotary_factor": 0.334, "rope_parameters": None
    },
    "internlm3": {"architectures": ["InternLM3ForCausalLM"]},
    # Its list of layers names no blocks without experts.
    "nemotron-h": {"hybrid_override_pattern": "M-*M-", "rms_norm_eps": 1e-5} |
                  dict.fromkeys(["num_experts_per_tok", "n_routed_experts", "n_shared_experts",
                                 "n_group", "topk_group"]),
    "nemotron-h-experts": {"rms_norm_eps": 1e-5}, "nemotron-h-latent": {"rms_norm_eps": 1e-5},
    "deepseek-v3": {"scoring_func": "sigmoid"}, "glm4-moe-lite": {"first_k_dense_replace": 1},
    "mpt": {"architectures": ["MPTForCausalLM"]}, "granite-swa": {"no_rope_layers": [0, 1, 1]},
    "cohere2": {"rotary_pct": 1.0}, "exaone": {"activation_function": "silu"},
    "nomic-bert": {
        "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2,
        "intermediate_size": 48, "head_dim": 8
    }
}

# It multiplies the weights of these, which bf16 would round.
IN_F32 = {"falcon-h1", "falcon-h1-norm"}

# Of these it reads config.json on its own.
READ_FROM_FILE = {"granite4-h", "granite4-h-experts", "nemotron-h"}


def as_published(name, config):
    """With the keys of PUBLISHED, and without those that are None there."""
    config = config | PUBLISHED.get(name, {})
    return {key: value for key, value in config.items()
            if value is not None or key not in PUBLISHED.get(name, {})}


def add_tokenizer(kind, folder):
    """The tokenizer files that the converter wants of such a checkpoint, 320 tokens in all."""
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>", "pad_token": "<unk>",
        "bos_token": "<s>", "eos_token": "</s>"
    }
    words = re.findall("[a-z]+", open(families.__file__, encoding="utf-8").read().lower())
    text = [" ".join(words[i:i + 10]) for i in range(0, len(words), 10)]
    if kind in ("spm", "unigram", "spiece"):
        name = {"spm": "tokenizer", "unigram": "sentencepiece.bpe"}.get(kind, kind)
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(text),
                                                 model_prefix=str(folder / name), vocab_size=VOCAB,
                                                 minloglevel=2,
                                                 model_type="bpe" if kind == "spm" else "unigram",
                                                 byte_fallback=kind == "spm",
                                                 normalization_rule_name="identity")
        (folder / f"{name}.vocab").unlink()
    elif kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.train_from_iterator(
            text,
            trainers.WordPieceTrainer(vocab_size=VOCAB,
                                      special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                                      "[MASK]"], show_progress=False))
        tokenizer.save(str(folder / "tokenizer.json"))
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]",
            "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"
        }
    else:
        shutil.copy(FOLDER / "tokenizer.json", folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def prepare_converter(source):
    sys.path[:0] = [str(source / "gguf-py"), str(source)]
    base = importlib.import_module("conversion.base")
    base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "gpt-2"
    load = base.ModelBase.load_hparams
    base.ModelBase.load_hparams = staticmethod(
        lambda folder, *mistral, **more: as_published(
            folder.name, load(folder, *mistral, **more)))
    # These look for the special tokens of their own vocabulary.
    for module, name in (("glm", "Glm4Model"), ("chatglm", "ChatGLMModel"), ("glm", "Glm4MoeModel"),
                         ("glm", "Glm4MoeLiteModel"), ("gemma", "Gemma4Model"),
                         ("glm", "SolarOpenModel"), ("hunyuan", "HunYuanModel"),
                         ("hunyuan", "HunYuanMoEModel")):
        model = getattr(importlib.import_module(f"conversion.{module}"), name)
        model.set_vocab = lambda self: self._set_vocab_gpt2()


def convert(folder, output, arguments, type="bf16"):
    sys.argv = [
        "convert_hf_to_gguf.py",
        str(folder), "--outfile",
        str(output), "--outtype", type, "--model-name", "golden", *arguments
    ]
    importlib.import_module("convert_hf_to_gguf").main()


def log_probabilities(logits):
    return torch.log_softmax(torch.as_tensor(np.asarray(logits), dtype=torch.float64), dim=-1)


def difference_of_llama_cpp(path, tokens, kind, result, context):
    import llama_cpp
    found = torch.as_tensor(llama_cpp.compute(path, tokens.tolist(), kind, context)).float()
    if len(result) == len(POSITIONS) and kind != "scores":
        found = found[POSITIONS]
    expected = result
    if kind == "logits":
        found, expected = log_probabilities(found), log_probabilities(expected)
    return float((found - expected).abs().max())


def make(name):
    checkpoint, tokenizer, arguments = GOLDENS[name]
    entry = ONLY_GGUF.get(checkpoint) or families.MODELS[checkpoint]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / checkpoint
        if checkpoint in ONLY_GGUF:
            model, tokens, kind, result, more = families.build(checkpoint, entry)
            families.save(model, folder)
            if name == "bert-classifier":
                # The converter drops the dense layer of BERT's head.
                with torch.no_grad():
                    result = model.classifier(model.bert(tokens[None]).last_hidden_state[0, 0])
            rows = {kind: result[POSITIONS].contiguous() if kind != "scores" else result}
            save_file(
                rows, GGUF / f"{checkpoint}.safetensors", metadata={
                    "tokens": json.dumps(tokens.tolist()), "context": str(entry[3]),
                    "positions": json.dumps(POSITIONS)
                } | {key: value for key, value in more.items() if key == "source"})
        else:
            shutil.copytree(FOLDER / checkpoint, folder)
            if checkpoint in READ_FROM_FILE:
                config = json.loads((folder / "config.json").read_text())
                (folder / "config.json").write_text(json.dumps(as_published(checkpoint, config)))
            with safe_open(FOLDER / checkpoint / "reference.safetensors", "pt") as file:
                tokens = torch.tensor(json.loads(file.metadata()["tokens"]))
                kind = list(file.keys())[0]
                result = file.get_tensor(kind)
        add_tokenizer(tokenizer, folder)
        convert(folder, GGUF / f"{name}.gguf", arguments, "f32" if name in IN_F32 else "bf16")
        if name in SPLIT_EXPERTS:
            split_experts(GGUF / f"{name}.gguf", GGUF / f"{name}.gguf")
        if checkpoint in families.SEQ2SEQ:
            return None  # it is not asked for what a decoder computes of a source
        # llama.cpp rounds what it multiplies with weights in bf16; in f32 the difference is that of
        # the models.
        same = pathlib.Path(temporary) / "f32.gguf"
        convert(folder, same, arguments, "f32")
        try:
            return difference_of_llama_cpp(same, tokens, kind, result, entry[3])
        except RuntimeError as error:  # it does not load some of what its converter writes
            print(f"{name}: {error}", file=sys.stderr)
            return None


def main():
    prepare_converter(pathlib.Path(sys.argv[1]))
    GGUF.mkdir(exist_ok=True)
    record = GGUF / "goldens.json"
    goldens = json.loads(record.read_text()) if record.exists() else {}
    failed = []
    for name in sys.argv[2:] or list(GOLDENS):
        try:
            found = make(name)
            goldens[name] = {
                "checkpoint": GOLDENS[name][0],
                "llama.cpp": None if found is None else float(f"{found:.2g}")
            }
        except Exception as error:  # say which, go on, and fail at the end
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
            continue
        print(
            f"{name:24} llama.cpp {goldens[name]['llama.cpp']}  {(GGUF / f'{name}.gguf').stat().st_size / 1000:6.0f} kB"  # noqa: E501
        )
    record.write_text(json.dumps(dict(sorted(goldens.items())), indent=1) + "\n")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
