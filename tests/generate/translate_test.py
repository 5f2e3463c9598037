#!/usr/bin/env python3
"""Tests of models that translate, from the command line.

    translate_test.py BIN_DIR SOURCE_DIR

Packs a small random model; the answers themselves are compared with transformers' by model_test."""
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from support import check, finish, run  # noqa: E402

bin_dir, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
golden = source / "tests/golden"
work = pathlib.Path(tempfile.mkdtemp(prefix="quire-translate-"))


def pack(name, family, tokenizer, generation, **changes):
    """A model of a golden with another tokenizer and these settings."""
    folder = work / name
    shutil.copytree(golden / "families" / family, folder)
    (folder / "reference.safetensors").unlink()
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "generation_config.json").write_text(json.dumps(generation))
    for path in (golden / tokenizer).iterdir():
        if path.name != "ids.json":
            shutil.copy(path, folder)
    out = work / f"{name}.quire"
    done = run([bin_dir / "pack", folder, "-o", out, "--type", "q8"])
    check(f"pack {name}", done.returncode == 0, done.stderr)
    return out


def gen(*words, **more):
    return run([bin_dir / "gen", *words], **more)


def batch(model, bodies):
    requests = "".join(json.dumps({"custom_id": str(i), "method": "POST", "url": "/v1/completions",
                                   "body": body}) + "\n" for i, body in enumerate(bodies))
    (work / "in.jsonl").write_text(requests)
    run([bin_dir / "gen-batch", "-m", model, "-i", work / "in.jsonl", "-o", work / "out.jsonl",
         "--overwrite"])
    results = [json.loads(line) for line in (work / "out.jsonl").read_text().splitlines()]
    (work / "out.jsonl").unlink()
    return [one["response"]["body"] if one.get("response") else one for one in results]


# The golden's model has 320 rows; those of the tokenizer are made to fit.
SETTINGS = {"decoder_start_token_id": 1, "num_beams": 3, "max_length": 16, "eos_token_id": 2,
            "no_repeat_ngram_size": 2}
LINES = ["hello", "the file", "", "a line that is longer than the others", "x", "the the the"] * 5

model = pack("plain", "marian", "tokenizers/folders/decoder", SETTINGS)
(work / "lines.txt").write_text("\n".join(LINES) + "\n")
together = gen("-m", model, "--lines", "-f", work / "lines.txt")
check("lines", together.returncode == 0, together.stderr)
found = together.stdout.decode(errors="replace").split("\n")[:-1]
check("a line for each line", len(found) == len(LINES), found)
for line, text in list(zip(LINES, found, strict=False))[:6]:
    alone = gen("-m", model, line).stdout.decode(errors="replace") if line else ""
    check(f"{line!r} alone", alone.replace("\n", " ") == text, (alone, text))
texts = [text for text in found if text]
check("texts differ", len(set(texts)) > 1, texts)
one = gen("-m", model, "--beams", "1", "--json", "hello")
check("json", json.loads(one.stdout)["finish_reason"] in ("stop", "length"), one.stdout)
for threads in (1, 2, 3):
    again = gen("-m", model, "--lines", "-t", str(threads), "-f", work / "lines.txt")
    check(f"{threads} threads", again.stdout == together.stdout, again.stdout)
bodies = [{"prompt": line} for line in LINES[:6] if line] + [{"prompt": "hello", "beams": 1}]
answers = batch(model, bodies)
for body, answer in zip(bodies, answers, strict=False):
    check(f"batch {body}", "choices" in answer, answer)
check("batch as gen", answers[0]["choices"][0]["text"].replace("\n", " ") == found[0], answers[0])

for words, part in ((["--from", "de", "x"], "--from"), (["--to", "de", "x"], "--to"),
                    (["--embed", "x"], "--embed"), (["--system", "s", "x"], "--system"),
                    (["--temp", "1", "--beams", "2", "x"], "--beams")):
    refused = gen("-m", model, *words)
    check(f"refused {words}", refused.returncode == 2 and part.encode() in refused.stderr,
          (refused.returncode, refused.stderr))
tiny = golden.parent / "golden/tiny-llama"
run([bin_dir / "pack", tiny, "-o", work / "decoder.quire"])
for words in (["--from", "de"], ["--to", "de"], ["--beams", "2"], ["--lines"]):
    refused = gen("-m", work / "decoder.quire", *words, "x")
    check(f"decoder {words}", refused.returncode == 2 and b"source text" in refused.stderr,
          refused.stderr)
for key, value in (("repetition_penalty", 1.2), ("encoder_no_repeat_ngram_size", 3),
                   ("num_beam_groups", 2), ("force_words_ids", [[5]]), ("no_such_key", 1)):
    folder = work / "plain"
    (folder / "generation_config.json").write_text(json.dumps(SETTINGS | {key: value}))
    done = run([bin_dir / "pack", folder, "-o", work / "no.quire"])
    check(f"pack refuses {key}", done.returncode == 3 and key.encode() in done.stderr, done.stderr)
done = run([bin_dir / "inspect", "--verify", "--selftest", model])
check("inspect", done.returncode == 0 and b"match bit for bit" in done.stdout, done.stderr)
check("inspect says what it is", b"encoder" in done.stdout, done.stdout)
# --- what a search or such a model would not follow is refused
for options, word in {("--score",): "--score", ("--choice", "a"): "--choice",
                      ("--samples", "2"): "--samples", ("--repeat-penalty", "2"): "beams",
                      ("--banned-string", "x"): "beams", ("--json", "--logprobs", "1"): "beams",
                      ("--logit-bias", "5+1"): "beams"}.items():
    done = gen("-m", model, *options, "-p", "hello", input=b"")
    check(f"{options} is refused", done.returncode == 2 and word in done.stderr.decode(), done)
    if word == "beams":
        done = gen("-m", model, *options, "--beams", "1", "-p", "hello", input=b"")
        check(f"{options} with one beam", done.returncode == 0, done)
bodies = [{"prompt": "hello", "repeat_penalty": 2},
          {"prompt": "hello", "repeat_penalty": 2, "beams": 1}]
refused, taken = batch(model, bodies)
check("in a request", "beams" in json.dumps(refused) and "choices" in taken, (refused, taken))

# --- commands that want a model which predicts the next token
for command in (["bench", "-m", model], ["eval", "perplexity", "-m", model, "-f",
                                         work / "lines.txt"]):
    done = run([bin_dir / command[0], *command[1:]])
    check(f"{command[0]} says what it found",
          done.returncode == 2 and b"found an encoder with a decoder" in done.stderr, done)

finish(work)
