"""Times OpenVINO GenAI reading a GGUF; one process per setting, driven as llama_worker.py is.

    openvino_worker.py GGUF THREADS SETTINGS     SETTINGS: {"KV_CACHE_PRECISION": "f16", ...} as JSON

What it took is what the library itself reports: the time to the first token for a prompt, and the
mean time of the tokens after it. Its prefix cache is off, or a repeated prompt would cost nothing.
"""  # noqa: E501

import json
import sys

import numpy as np
import openvino as ov
import openvino_genai as genai
from made_up_tokens import made_up_tokens


class OpenVino:

    def __init__(self, path, n_threads, settings):
        if settings.get("ATTENTION_BACKEND") != "SDPA":
            scheduler = genai.SchedulerConfig()
            scheduler.enable_prefix_caching = False
            scheduler.max_num_batched_tokens = 4096
            settings["scheduler_config"] = scheduler
        self.pipeline = genai.LLMPipeline(path, "CPU", INFERENCE_NUM_THREADS=n_threads, **settings)
        self.n_vocab = len(self.pipeline.get_tokenizer().get_vocab())

    def run(self, n_prompt, n_new, n_sequences=1):
        ids = np.array([made_up_tokens(0, n_prompt, self.n_vocab)] * n_sequences, dtype=np.int64)
        inputs = genai.TokenizedInputs(ov.Tensor(ids), ov.Tensor(np.ones_like(ids)))
        config = genai.GenerationConfig()
        config.max_new_tokens = n_new
        config.ignore_eos = True
        config.do_sample = False
        return self.pipeline.generate(inputs, config).perf_metrics

    def prefill(self, n):
        return self.run(n, 1).get_ttft().mean / 1e3

    def generate(self, n, depth, n_sequences):
        # A prompt has at least one token; the first new one comes with the prompt. The time is per
        # token, however many come at once.
        return self.run(max(depth, 1), n + 1, n_sequences).get_tpot().mean / 1e3 * n * n_sequences


def main():
    path, n_threads, settings = sys.argv[1:4]
    engine = OpenVino(path, int(n_threads), json.loads(settings))
    print(json.dumps({"ready": ov.get_version()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "prompt" in request:
            seconds = engine.prefill(request["prompt"])
        else:
            seconds = engine.generate(request["generate"], request["depth"], request["sequences"])
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
