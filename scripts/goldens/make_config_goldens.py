#!/usr/bin/env python3
"""Makes what tests/golden/configs has beside the published configurations: for each a tiny
checkpoint and what transformers computes with it.

checkpoints.json: "tokens"; "structures", lists of tensors as transformers writes them: name, shape,
offset and scale of their values (scripts/goldens/shrink_config.py draws these,
tests/model/configs_test.cpp does the same); "configs": for each NAME.json what was changed to make
it small, its structure, pack's --context, and what NAME in reference.safetensors is: logits or
hidden states after the 32nd and the 64th token, or the scores of a head.

  pip install torch transformers safetensors
  make_config_goldens.py
"""
import json
import pathlib
import tempfile

import shrink_config
import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parents[2] / "tests/golden/configs"
TOKENS = [3 + (i * i * 7 + i * 13) % 317 for i in range(64)]
NOT_CONFIGS = ("checkpoints.json", )


def context_of(config):
    """longrope depends on the length of the text: that of the file is set to what was trained
    without it."""
    scaling = config.get("rope_scaling") or config.get("rope_parameters") or {}
    long = "long_factor" in scaling
    return config.get("original_max_position_embeddings", 0) if long else 0


def compute(model):
    with torch.no_grad():
        if type(model).__name__.endswith(("ForMaskedLM", "ForQuestionAnswering")):
            model = model.base_model
        out = model(torch.tensor([TOKENS]))
    if not hasattr(out, "logits"):
        return "hidden", out.last_hidden_state[0, [31, 63]]
    if out.logits.dim() == 2:
        return "scores", out.logits[0]
    return "logits", out.logits[0, [31, 63]]


def main():
    structures, configs, references = [], {}, {}
    for path in sorted(FOLDER.glob("*.json")):
        if path.name in NOT_CONFIGS:
            continue
        config = json.loads(path.read_text())
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            tensors = shrink_config.make(config, folder)
            model = shrink_config.load(folder)
        kind, result = compute(model)
        structure = [[name, *rule] for name, rule in tensors.items()]
        if structure not in structures:
            structures.append(structure)
        configs[path.stem] = {
            "changed": shrink_config.changes(config), "structure": structures.index(structure),
            "context": context_of(config), "kind": kind
        }
        references[path.stem] = result.contiguous()
        print(f"{path.stem:44} {kind:7} largest {result.abs().max():.3f}", flush=True)
    lines = ",\n".join(f"  {json.dumps(one)}" for one in structures)
    named = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in configs.items())
    (FOLDER / "checkpoints.json").write_text(
        f'{{"tokens": {json.dumps(TOKENS)},\n "structures": [\n{lines}],\n "configs": {{\n{named}}}}}\n'  # noqa: E501
    )
    save_file(references, FOLDER / "reference.safetensors")


if __name__ == "__main__":
    main()
