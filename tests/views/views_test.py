#!/usr/bin/env python3
"""inspect --near, --analogy, --embedding, --map, --positions and --tokens, beside numpy's results
(tests/golden/views.json, made by scripts/goldens/views/make_view_goldens.py) and definitions.

  views_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import shutil
import sys
import tempfile
import xml.etree.ElementTree

bin_dir, source = map(pathlib.Path, sys.argv[1:3])
sys.path.insert(0, str(source / "tests/cli"))
from support import check, finish, run  # noqa: E402

inspect = bin_dir / "inspect"
temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(temporary.name)
golden = json.loads((source / "tests/golden/views.json").read_text(encoding="utf-8"))
real = source / "build/models/smollm2-135m-instruct.quire"


def view(model, *arguments):
    """The JSON object of a view."""
    ran = run([inspect, model, "--json", *arguments])
    check(f"{arguments}: code", ran.returncode == 0, ran.stderr)
    return json.loads(ran.stdout)


def error(model, *arguments):
    """The line on standard error of a command that is refused."""
    ran = run([inspect, model, *arguments])
    line = ran.stderr.decode()
    check(f"{arguments}: refused", ran.returncode == 2 and ran.stdout == b"", ran)
    check(f"{arguments}: one line", line.count("\n") == 1 and line.startswith("inspect: "), line)
    return line


def packed(name):
    """A model of tests/golden, packed."""
    target = folder / (pathlib.Path(name).name + ".quire")
    checkpoint = folder / pathlib.Path(name).name
    shutil.copytree(source / "tests/golden" / name, checkpoint)
    # Goldens of families have no tokenizer; this one has as many tokens.
    shutil.copy(source / "tests/golden/tiny-llama/tokenizer.json", checkpoint)
    ran = run([bin_dir / "pack", checkpoint, "-o", target])
    check(f"pack {name}", ran.returncode == 0, ran.stderr)
    return target


def same(name, found, expected, tolerance):
    """Compares lists of numbers."""
    equal = len(found) == len(expected) and all(
        abs(a - b) <= tolerance for a, b in zip(found, expected, strict=True))
    check(name, equal, f"{found} {expected}")


def drawn(path):
    """The texts in a picture, which must be XML that refers to nothing outside."""
    text = path.read_text(encoding="utf-8")
    check("picture: nothing from outside", text.count("http") == 1 and "href" not in text, text)
    root = xml.etree.ElementTree.fromstring(text)
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def check_words():
    """Neighbors, analogies and the plane of the real model."""
    for entry in golden["near"]:
        found = view(real, "--near", entry["text"])["near"]
        same(f"near {entry['text']}", [one["cosine"] for one in found],
             [one["cosine"] for one in entry["near"]], 2e-4)
        names = {one["text"] for one in entry["near"]}
        common = [one["text"] for one in found if one["text"] in names]
        check(f"near {entry['text']}: tokens", len(common) >= 9, found)
    king = [one["text"] for one in view(real, "--near", " king")["near"]]
    check("near king: queen and prince", {" queen", " prince", " kings"} <= set(king), king)
    n_first = 0
    for entry in golden["analogies"]:
        found = view(real, "--analogy", *entry["words"])["near"]
        same(f"analogy {entry['words']}", [one["cosine"] for one in found[:3]],
             [one["cosine"] for one in entry["near"]], 2e-4)
        n_first += found[0]["text"] == entry["expected"]
    check("analogies: most are right", n_first == sum(
        entry["place"] == 0 for entry in golden["analogies"]), n_first)
    plane = view(real, "--map", *golden["map"]["words"], "--svg", folder / "map.svg")
    same("map: x", [word["x"] for word in plane["words"]], golden["map"]["x"], 2e-3)
    same("map: y", [word["y"] for word in plane["words"]], golden["map"]["y"], 2e-3)
    same("map: shares", [plane["x_share"], plane["y_share"]], golden["map"]["shares"], 1e-3)
    check("map: names", set(golden["map"]["words"]) <= set(drawn(folder / "map.svg")))
    shown = view(real, "--embedding", " king")["tokens"][0]
    check("embedding: id", shown["id"] == golden["embedding"]["id"], shown["id"])
    same("embedding", shown["embedding"], golden["embedding"]["values"], 1e-6)
    turned = view(real, "--positions")
    values = turned["curves"][0]["values"]
    for distance, value in golden["rotation"].items():
        same(f"rotation at {distance}", [values[turned["distances"].index(int(distance))]],
             [value], 1e-5)


def check_small():
    """Models of tests/golden: their positions, vocabularies, and what is refused."""
    bloom = packed("families/bloom")
    facts = view(bloom, "--positions")
    config = json.loads((source / "tests/golden/families/bloom/config.json").read_text())
    n_heads = config["n_head"]
    check("slopes: a curve for each head", len(facts["curves"]) == min(n_heads, 8), facts["facts"])
    power = 2 ** (n_heads.bit_length() - 1)  # the largest power of two of at most n_heads
    same("slopes: the first is that of the paper", [facts["curves"][0]["values"][1]],
         [-(2 ** (-8 / power))], 1e-6)
    learned = view(packed("families/gpt2"), "--positions", "--svg", folder / "learned.svg")
    check("learned: said", "Learned positions" in learned["facts"][0], learned["facts"])
    same("learned: like itself", learned["curves"][0]["values"][:1], [1.0], 1e-6)
    check("learned: drawn", "learned positions" in drawn(folder / "learned.svg"))
    biased = view(packed("families/t5"), "--positions")
    check("biases: said", "Biases by distance" in biased["facts"][0], biased["facts"])

    llama = packed("tiny-llama")
    tokens = view(llama, "--tokens", "--svg", folder / "tokens.svg")
    visible = tokens["tokens"] - tokens["control"]
    check("tokens: each has a length", sum(tokens["of_length"]) == visible, tokens)
    check("tokens: each has a part", sum(tokens["parts"].values()) == visible, tokens)
    check("tokens: drawn", set(tokens["parts"]) <= set(drawn(folder / "tokens.svg")))
    for arguments in (["--near", "a"], ["--analogy", "a", "b", "c"], ["--embedding", "a"],
                      ["--map", "a", "b", "c"], ["--positions"], ["--tokens"]):
        ran = run([inspect, llama, *arguments])
        check(f"{arguments}: text", ran.returncode == 0 and ran.stdout.count(b"\n") > 2, ran)

    check("two views", "--near" in error(llama, "--near", "a", "--map", "a", "b"))
    check("two words for three", "expected 3" in error(llama, "--analogy", "a", "b"))
    check("one word on a map", "2 to 1000" in error(llama, "--map", "a"))
    check("no word", "--near" in error(llama, "--near", ""))
    several = view(llama, "--embedding", "a b c d")["tokens"]
    check("a row for each token", len(several) > 1 and "".join(
        one["text"] for one in several).strip() == "a b c d", several)
    check("a picture of a list", "--svg" in error(llama, "--near", "a", "--svg", folder / "x.svg"))
    check("a count of a map", "-n" in error(llama, "--map", "a", "b", "-n", "3"))
    check("a view and a list", "--tensors" in error(llama, "--tokens", "--tensors"))
    check("the model as a picture", "--svg" in error(llama, "--tokens", "--svg", llama))
    other = folder / "letter.txt"
    other.write_text("Dear reader")
    check("a letter as a picture", "--overwrite" in error(llama, "--tokens", "--svg", other))
    check("the letter is left", other.read_text() == "Dear reader")
    view(llama, "--tokens", "--svg", other, "--overwrite")
    view(llama, "--tokens", "--svg", other)  # now it is a picture that Quire made
    check("replaced", other.read_text().startswith("<svg"))


check_small()
if real.exists():
    check_words()
finish()
