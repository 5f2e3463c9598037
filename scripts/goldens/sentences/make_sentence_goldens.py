#!/usr/bin/env python3
"""Makes tests/golden/sentences: small random models as sentence-transformers saves them, with the
vectors that it computes of some texts.

The models are those of make_family_goldens.py, drawn again, with the tokenizer of
tests/golden/families. reference.safetensors holds the vectors, (texts, width), of length 1; its
metadata has the texts, the name of the prompt before each, and how many values of a vector are
kept. That of a cross encoder holds scores, (texts, labels), and the query. Weights are rounded to
bf16; what sentence-transformers computes with them is f32.

  pip install torch transformers tokenizers safetensors sentence-transformers
  make_sentence_goldens.py [NAME...]
"""
import json
import pathlib
import shutil
import sys
import tempfile

import torch
import transformers as tf
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding
from tokenizers import Tokenizer, processors

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import make_family_goldens as families  # noqa: E402
from family_models.encoders import MODERN  # noqa: E402
from family_models.sizes import ENCODER  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[3] / "tests/golden/sentences"
TEXTS = ["one line", "another line, which is a little longer than the first one",
         "\u00e9\u4e2d\U0001f600", "for i in range(10):\n    print(i)", "x"]
PROMPTS = {"query": "search query: ", "document": "search document: ", "none": ""}
# name: (family, pooling, dense layers (width, bias, activation), prompts, default, dimensions)
MODELS = {
    "bert": ("bert", "mean", [], {}, None, 0),
    "mpnet": ("mpnet", "mean", [], {}, None, 0),
    "modernbert": ("modernbert", "cls", [], PROMPTS, None, 16),
    "embedding-gemma": ("embedding-gemma", "mean", [(48, False, None), (32, False, None)], PROMPTS,
                        "query", 24),
    "albert": ("albert", "mean", [(24, True, torch.nn.Tanh())], {}, None, 0),
    "electra-small": ("electra-small", "cls", [], {}, None, 0),
    "nomic-bert": ("nomic-bert", "mean", [], PROMPTS, "document", 0),
    "eurobert": ("eurobert", "mean", [], {}, None, 0),
    "t5-encoder": ("t5-encoder", "mean", [(32, False, None)], {}, None, 0),
    "distilbert": ("distilbert", "mean", [(24, True, torch.nn.Tanh())], {}, None, 0),
    "xlm-roberta": ("xlm-roberta", "mean", [], PROMPTS, "query", 0),
    "gte": ("gte", "cls", [], {}, None, 8),
    "qwen3": ("qwen3", "lasttoken", [(20, True, torch.nn.GELU())], PROMPTS, None, 0),
}


# name: (family, arguments, how a pair is written, inputs of the model)
QUERY = "how do cats purr?"
KINDS = "<s>:0 $A:0 </s>:0 $B:1 </s>:1"
PAIRS = {
    "bert-pairs": ("bert-classifier", dict(ENCODER, num_labels=1), KINDS),
    "albert-pairs": ("albert-classifier",
                     dict(ENCODER, embedding_size=16, num_labels=1, hidden_act="gelu_new"), KINDS),
    "xlm-roberta-pairs": ("xlm-roberta-classifier",
                          dict(ENCODER, pad_token_id=1, type_vocab_size=1, num_labels=1),
                          "</s> $A </s> </s> $B </s>"),
    "modernbert-pairs": ("modernbert-classifier", dict(MODERN, num_labels=1),
                         "<s> $A </s> $B </s>"),
}


# Embeddings without layers, as sentence-transformers and as model2vec save them.
STATIC = ("static", "model2vec")


# Their token 1 is padding, so a text begins with another.
PADS = ("mpnet", "xlm-roberta", "xlm-roberta-classifier")


def tokenizer_folder(folder, family, pair=None):
    """The tokenizer, which puts <s> and </s> around a text."""
    begin = "</s>" if family in PADS else "<s>"
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    if pair != KINDS:
        inputs.remove("token_type_ids")
    tokenizer = Tokenizer.from_file(str(families.FOLDER / "tokenizer.json"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A </s>", pair=pair, special_tokens=[("<s>", 1), ("</s>", 2)])
    fast = tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>",
                                      bos_token="<s>", eos_token="</s>", cls_token="<s>",
                                      sep_token="</s>", pad_token="<unk>", model_max_length=80,
                                      model_input_names=inputs)
    fast.save_pretrained(folder)


def round_weights(module):
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(weight.bfloat16().float())


def as_bf16(folder):
    for path in folder.rglob("*.safetensors"):
        weights = load_file(path)
        save_file({k: v.bfloat16() if v.is_floating_point() else v for k, v in weights.items()},
                  path, metadata={"format": "pt"})


def build_static(name, folder):
    torch.manual_seed(5)
    weights = torch.randn(families.VOCAB, 24).bfloat16().float()
    tokenizer = Tokenizer.from_file(str(families.FOLDER / "tokenizer.json"))
    # A template of which nothing is added.
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    embedding = StaticEmbedding(tokenizer, embedding_weights=weights)
    sentence = SentenceTransformer(modules=[embedding, Normalize()])
    if name == "static":
        sentence.save(str(folder), create_model_card=False)
        return sentence
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"embeddings": weights}, folder / "model.safetensors")
    config = {
        "model_type": "model2vec", "architectures": ["StaticModel"], "tokenizer_name": "golden",
        "apply_pca": 24, "apply_zipf": True, "hidden_dim": 24, "seq_length": 1000000,
        "normalize": True
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    return sentence


def build(name, folder):
    if name in STATIC:
        return build_static(name, folder)
    family, pooling, dense, prompts, default, _ = MODELS[name]
    model = families.build(family, families.MODELS[family])[0]
    with tempfile.TemporaryDirectory() as base:
        model.save_pretrained(base)
        tokenizer_folder(base, family)
        transformer = Transformer(base, model_kwargs={"dtype": torch.float32})
    width = model.config.hidden_size
    modules = [transformer, Pooling(width, pooling_mode=pooling)]
    torch.manual_seed(11)
    for out, bias, activation in dense:
        modules.append(Dense(width, out, bias=bias, activation_function=activation))
        width = out
    modules.append(Normalize())
    sentence = SentenceTransformer(modules=modules, prompts=dict(prompts),
                                   default_prompt_name=default)
    round_weights(sentence)
    sentence.save(str(folder), create_model_card=False)
    return sentence.float().eval()


def make_pairs(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    family, arguments, pair = PAIRS[name]
    entry = families.MODELS[family][:2] + (arguments, 0)
    model = families.build(name, entry)[0]
    with tempfile.TemporaryDirectory() as base:
        model.save_pretrained(base)
        tokenizer_folder(base, family, pair)
        encoder = CrossEncoder(base, model_kwargs={"dtype": torch.float32})
    encoder.save(str(folder), create_model_card=False)
    scores = torch.stack([
        torch.as_tensor(encoder.predict((QUERY, text))).reshape(-1).float() for text in TEXTS
    ])
    finish(folder, {"scores": scores}, {"query": QUERY, "texts": json.dumps(TEXTS)})


def finish(folder, results, metadata):
    as_bf16(folder)
    for extra in ("README.md", ".gitattributes"):
        (folder / extra).unlink(missing_ok=True)
    save_file({k: v.contiguous() for k, v in results.items()}, folder / "reference.safetensors",
              metadata=metadata)
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    shapes = ", ".join(f"{k} {tuple(v.shape)}" for k, v in results.items())
    print(f"{folder.name:18} {shapes}  {size / 1000:6.0f} kB")


def make(name):
    if name in PAIRS:
        return make_pairs(name)
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = build(name, folder)
    prompts, default, dimensions = MODELS[name][3:] if name in MODELS else ({}, None, 0)
    names = [None] + [key for key in prompts if key != default]
    rows, texts, used = [], [], []
    for i, text in enumerate(TEXTS):
        prompt = names[i % len(names)]
        rows.append(model.encode(text, prompt_name=prompt, convert_to_tensor=True,
                                 truncate_dim=dimensions or None, normalize_embeddings=True).cpu())
        texts.append(text)
        used.append(prompt)
    finish(folder, {"vectors": torch.stack(rows)},
           {"texts": json.dumps(texts), "prompts": json.dumps(used), "dimensions": str(dimensions)})


if __name__ == "__main__":
    for one in sys.argv[1:] or [*MODELS, *PAIRS, *STATIC]:
        make(one)
