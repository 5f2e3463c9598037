#!/usr/bin/env python3
"""Makes goldens of families that transformers does not have: what llama.cpp computes of a GGUF file
in f32 that its own converter made.

tests/golden/families/NAME has the configuration and the weights under their published names, and
reference.safetensors what llama.cpp computes; tests/golden/gguf/NAME.gguf is what its converter
makes of that folder. See make_gguf_family_goldens.py for what this script needs.

  make_llama_cpp_goldens.py llama_cpp_python-0.3.36/vendor/llama.cpp"""
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import llama_cpp  # noqa: E402
import make_gguf_family_goldens as ggufs  # noqa: E402
import torch  # noqa: E402
import transformers as tf  # noqa: E402
from make_family_goldens import FOLDER, POSITIONS, draw  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from family_models.sizes import ENCODER  # noqa: E402

# As published: jina-embeddings-v2-small-en. Five heads, which are no power of two.
JINA = dict(
    ENCODER, hidden_size=40, num_attention_heads=5, architectures=["JinaBertModel"],
    model_type="bert", position_embedding_type="alibi", feed_forward_type="geglu",
    emb_pooler="mean", type_vocab_size=2, layer_norm_eps=1e-12, model_max_length=80)


def jina_weights():
    """Those of BERT, but with a gated block and without positions."""
    config = tf.BertConfig(**{k: v for k, v in JINA.items() if k != "position_embedding_type"})
    torch.manual_seed(11)
    out = {}
    for name, weight in tf.BertModel(config).named_parameters():
        if "position" in name or "pooler" in name:
            continue
        if "attention" not in name and name.startswith("encoder."):
            continue  # the block is another
        out[name] = weight
    width, inner = JINA["hidden_size"], JINA["intermediate_size"]
    for layer in range(JINA["num_hidden_layers"]):
        mlp = f"encoder.layer.{layer}.mlp."
        out[mlp + "gated_layers.weight"] = torch.empty(2 * inner, width)
        out[mlp + "wo.weight"] = torch.empty(width, inner)
        out[mlp + "wo.bias"] = torch.empty(width)
        out[mlp + "layernorm.weight"] = torch.empty(width)
        out[mlp + "layernorm.bias"] = torch.empty(width)
    with torch.no_grad():
        for name, weight in out.items():
            draw(name, weight, config)
    return {name: weight.detach().bfloat16().contiguous() for name, weight in out.items()}


def main():
    ggufs.prepare_converter(pathlib.Path(sys.argv[1]))
    name = "jina-bert-v2"
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(JINA, indent=2) + "\n")
    save_file(jina_weights(), folder / "model.safetensors", metadata={"format": "pt"})
    tokens = torch.randint(3, 320, (64, )).tolist()
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary) / name
        shutil.copytree(folder, work)
        ggufs.add_tokenizer("wordpiece", work)
        settings = json.loads((work / "tokenizer_config.json").read_text())
        settings["tokenizer_class"] = "BertTokenizer"
        (work / "tokenizer_config.json").write_text(json.dumps(settings))
        ggufs.convert(work, ggufs.GGUF / f"{name}.gguf", [])
        exact = pathlib.Path(temporary) / "f32.gguf"
        ggufs.convert(work, exact, [], "f32")
        hidden = torch.as_tensor(llama_cpp.compute(exact, tokens, "hidden", 0)).float()
    save_file({"hidden": hidden[POSITIONS].contiguous()}, folder / "reference.safetensors",
              metadata={"tokens": json.dumps(tokens), "context": "0",
                        "positions": json.dumps(POSITIONS)})
    record = ggufs.GGUF / "goldens.json"
    goldens = json.loads(record.read_text()) | {name: {"checkpoint": name, "llama.cpp": 0.0}}
    record.write_text(json.dumps(dict(sorted(goldens.items())), indent=1) + "\n")
    print(f"{name}: largest {hidden.abs().max():.3f}")


if __name__ == "__main__":
    main()
