"""Seeds of the readers of .quire files: quirefile, tables."""
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from .common import compact, golden, pack, sections, write
from .tokenizers import small_tokenizer


def read_quire(path):
    """The sections of a .quire file by name."""
    data = path.read_bytes()
    n = struct.unpack_from("<I", data, 12)[0]
    found = {}
    for i in range(n):
        name, offset, length, _ = struct.unpack_from("<24sQQQ", data, 64 + 48 * i)
        found[name.rstrip(b"\0").decode()] = data[offset:offset + length]
    return found


WORDS = {
    "model": {
        "type": "WordLevel", "vocab": {"the": 0, "capital": 1, "of": 2, "2": 3, "=": 4, "[UNK]": 5},
        "unk_token": "[UNK]"
    }, "pre_tokenizer": {"type": "WhitespaceSplit"}, "added_tokens": []
}


def packed(source, target):
    subprocess.run([pack, source, "-o", target, "-t", "1"], check=True, capture_output=True)
    return read_quire(target)


def quire_files():
    """Sections of packed models, without weights; of tokenizers of every kind."""
    with tempfile.TemporaryDirectory() as work:
        for name in [
                "llama3", "gemma3", "gpt2", "olmoe", "bert", "bert-classifier", "falcon-7b",
                "phi3-long", "smollm3"
        ]:
            source = Path(work) / name
            shutil.copytree(golden / "families" / name, source)
            (source / "tokenizer.json").write_bytes(compact(WORDS))
            for old in ["tokenizer_config.json", "vocab.txt"]:
                (source / old).unlink(missing_ok=True)
            found = packed(source, Path(work) / "m.quire")
            write("quirefile", name,
                  sections([(n, c) for n, c in found.items() if n not in ("tensors", "weights")]))
            if name in ("llama3", "gpt2"):
                for fill in (b"\xff\xff\xff\x7e", b"\0\0\xc0\x7f",
                             b"\0\0\x80\x3f"):  # 1.7e38, NaN, 1
                    write(
                        "quirefile", f"{name}_{fill.hex()}",
                        sections([("fill", fill)] +
                                 [(n, c)
                                  for n, c in found.items() if n not in ("tensors", "weights")]))
                write("quirefile", "directory",
                      sections([(n, c) for n, c in found.items() if n != "weights"]))
        llama = Path(work) / "llama3"
        for path in sorted((golden / "tokenizers").glob("*/tokenizer.json")):
            if path.stat().st_size > 100000:
                continue
            (llama / "tokenizer.json").write_bytes(small_tokenizer(path, 6, 12))
            try:
                found = packed(llama, Path(work) / "m.quire")
            except subprocess.CalledProcessError:
                continue  # more tokens than the model has rows
            tables = [(n, c) for n, c in found.items() if n.startswith("tokenizer")]
            write("tables", path.parent.name, sections(tables))
