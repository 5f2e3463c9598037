"""How the scripts beside this one write cases of tokenizers."""
import json
import pathlib

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/tokenizers"


def ids_text(ids):
    return None if ids is None else " ".join(map(str, ids))


def dump(name, value):
    (OUT /
     name).write_text(json.dumps(value, ensure_ascii=True, indent=0, separators=(",", ":")) + "\n")
