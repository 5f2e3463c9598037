"""1,000 requests of mixed length: gen-batch, one gen after another, and llama.cpp's batched
decoding. See scripts/bench/batch."""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
WORDS = """the a of and to in is it was for on are as with they at be this from have or by one had not but what all
were when we there can an your which their said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its who now people my made over did down only
way find use may water long little very after words called just where most know river window paper garden history""".split(  # noqa: E501
)


def write_requests(path, n):
    """Prompts of 5 to 400 words, short ones more often, and 8 to 128 tokens to write; the same on
    every machine."""
    draw = random.Random(1)
    with open(path, "w") as file:
        for i in range(n):
            words = " ".join(draw.choices(WORDS, k=int(5 * 80**draw.random())))
            body = {
                "model": "smollm2", "prompt": f"A text about {words}:", "temperature": 0,
                "max_tokens": draw.randint(8, 128)
            }  # fmt: skip
            line = {"custom_id": f"r{i}", "method": "POST", "url": "/v1/completions", "body": body}
            file.write(json.dumps(line) + "\n")


def run_gen_batch(options, requests):
    out, summary = options.out / "batch.jsonl", options.out / "batch-summary.json"
    out.unlink(missing_ok=True)
    start = time.monotonic()
    process = subprocess.Popen([
        options.bin / "gen-batch", "-m", options.model, "-i", requests, "-o", out, "-t",
        str(options.threads), "--parallel",
        str(options.parallel), "--summary", summary
    ], stderr=subprocess.DEVNULL)  # fmt: skip
    resident = []  # (lines done, KiB)
    while process.poll() is None:
        time.sleep(0.2)
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident.append(
                (out.read_bytes().count(b"\n"), int(status.split("VmRSS:")[1].split()[0])))
        except (OSError, IndexError):
            pass
    seconds = time.monotonic() - start
    if process.returncode != 0:
        sys.exit(f"compare_batch: gen-batch ended with {process.returncode}")
    lines = [json.loads(line) for line in open(out)]
    usage = [line["response"]["body"]["usage"] for line in lines]
    texts = [line["response"]["body"]["choices"][0]["text"] for line in lines]
    n = len(lines)
    for part in range(1, 5):
        peak = max((kib for done, kib in resident if n * (part - 1) // 4 <= done <= n * part // 4),
                   default=0)
        print(f"  resident up to request {n * part // 4}: {peak // 1024} MiB")
    return seconds, sum(u["prompt_tokens"] for u in usage), sum(u["completion_tokens"]
                                                                for u in usage), texts


def run_gen(options, requests, texts):
    n_in = n_out = 0
    start = time.monotonic()
    for i, line in enumerate(open(requests)):
        body = json.loads(line)["body"]
        done = subprocess.run([
            options.bin / "gen", "-m", options.model, "--raw", "--json", "-t",
            str(options.threads), "--temp", "0", "-n",
            str(body["max_tokens"]), "-p", body["prompt"]
        ], capture_output=True, check=True, stdin=subprocess.DEVNULL)  # fmt: skip
        result = json.loads(done.stdout)
        if result["text"] != texts[i]:
            sys.exit(
                f"compare_batch: request {i}: gen wrote {result['text']!r}, gen-batch {texts[i]!r}")
        n_in += result["prompt_tokens"]
        n_out += len(result["tokens"])
    return time.monotonic() - start, n_in, n_out


def run_llama(options, requests, gguf):
    done = subprocess.run([
        sys.executable, HERE / "llama_batch.py", gguf, requests,
        str(options.threads),
        str(options.parallel)
    ], capture_output=True, check=True, text=True)  # fmt: skip
    result = json.loads(done.stdout)
    return result["seconds"], result["in"], result["out"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--gguf", required=True)
    parser.add_argument("--gguf-q4_0", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("-n", "--requests", type=int, default=1000)
    parser.add_argument("-t", "--threads", type=int, default=os.cpu_count())
    parser.add_argument("--parallel", type=int, default=32)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    requests = options.out / "batch-requests.jsonl"
    write_requests(requests, options.requests)

    def show(name, seconds, n_in, n_out):
        rate = (n_in + n_out) / seconds
        rates.append(rate)
        against = f"gen-batch {rates[0] / rate:.2f}x" if len(rates) > 1 else ""
        print(
            f"  {name:45} {seconds:6.1f} s {n_in:7} in {n_out:6} out {rate:6.0f} tok/s  {against}",
            flush=True)

    rates = []
    print(
        f"{options.requests} requests, {options.threads} threads, {options.parallel} at a time; tokens in and out per second"  # noqa: E501
    )
    *counts, texts = run_gen_batch(options, requests)
    show("Quire, gen-batch", *counts)
    show("Quire, one gen after another (same texts)", *run_gen(options, requests, texts))
    show("llama.cpp batched, Q4_0", *run_llama(options, requests, options.gguf_q4_0))
    show("llama.cpp batched, Q4_1", *run_llama(options, requests, options.gguf))


main()
