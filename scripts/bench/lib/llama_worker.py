"""Times llama.cpp through its C functions; one process per setting, driven by lines of JSON.

    llama_worker.py GGUF THREADS FLASH_ATTENTION(0|1) KV(f16|q8_0)
    llama_worker.py --requantize GGUF OUT          to Q4_0 with llama.cpp's own quantizer

A request is {"prompt": 512} or {"generate": 64, "depth": 512, "sequences": 1}; the answer holds the
seconds it took. The Python class of the package would halve the speed of decoding, so only the
ctypes functions are used, and nothing but llama_decode is inside the time.
"""

import ctypes
import json
import sys
import time

from llama_cpp import llama_cpp as api
from made_up_tokens import made_up_tokens

MAX_GENERATED = 128
UBATCH = 512


def quiet_logs():

    @api.llama_log_callback
    def ignore(level, text, user_data):
        pass

    api.llama_log_set(ignore, ctypes.c_void_p(0))
    return ignore  # must stay alive


def requantize(source, target):
    params = api.llama_model_quantize_default_params()
    params.nthread = 2
    params.ftype = api.LLAMA_FTYPE_MOSTLY_Q4_0
    params.allow_requantize = True
    # As in the file it came from, so that only the layers differ.
    params.token_embedding_type = api.GGML_TYPE_Q8_0
    params.output_tensor_type = api.GGML_TYPE_Q8_0
    if api.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(params)) != 0:
        sys.exit(f"llama_worker: cannot requantize {source}")


class Llama:

    def __init__(self, path, n_threads, flash_attention, kv_type):
        self.n_threads = n_threads
        self.flash_attention = flash_attention
        self.kv_type = kv_type
        self.model = api.llama_model_load_from_file(path.encode(), api.llama_model_default_params())
        if not self.model:
            sys.exit(f"llama_worker: cannot load {path}")
        self.n_vocab = api.llama_vocab_n_tokens(api.llama_model_get_vocab(self.model))
        self.contexts = {}

    def context(self, n_sequences, depth, n_new=MAX_GENERATED):
        """The context of a measurement, its sequences filled up to `depth` and kept for the next
        time. There is room for n_new more tokens in each."""
        key = (n_sequences, depth, n_new)
        if key not in self.contexts:
            params = api.llama_context_default_params()
            params.n_ctx = max(UBATCH, n_sequences * (depth + n_new))
            params.n_batch = UBATCH
            params.n_ubatch = UBATCH
            params.n_seq_max = n_sequences
            params.n_threads = self.n_threads
            params.n_threads_batch = self.n_threads
            params.type_k = params.type_v = {"f16": api.GGML_TYPE_F16,
                                             "q8_0": api.GGML_TYPE_Q8_0}[self.kv_type]
            params.flash_attn_type = (api.LLAMA_FLASH_ATTN_TYPE_ENABLED if self.flash_attention else
                                      api.LLAMA_FLASH_ATTN_TYPE_DISABLED)
            context = api.llama_init_from_model(self.model, params)
            if not context:
                sys.exit("llama_worker: cannot make a context")
            self.contexts[key] = (context, api.llama_batch_init(UBATCH, 0, 1))
            for sequence in range(n_sequences):
                self.extend(*self.contexts[key], sequence, depth, False)
        context, batch = self.contexts[key]
        memory = api.llama_get_memory(context)
        for sequence in range(n_sequences):
            api.llama_memory_seq_rm(memory, sequence, depth, -1)
        return context, batch

    @staticmethod
    def fill(batch, rows):
        """rows: (token, position, sequence, wants logits)"""
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, logits) in enumerate(rows):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = logits

    @staticmethod
    def decode(context, batch):
        if api.llama_decode(context, batch) != 0:
            sys.exit("llama_worker: llama_decode failed")
        api.llama_synchronize(context)

    def extend(self, context, batch, sequence, n, last_wants_logits):
        """Seconds that n tokens from position 0 on take."""
        tokens = made_up_tokens(0, n, self.n_vocab)
        seconds = 0.0
        for first in range(0, n, UBATCH):
            part = tokens[first:first + UBATCH]
            rows = [(token, first + i, sequence, last_wants_logits and first + i == n - 1)
                    for i, token in enumerate(part)]
            self.fill(batch, rows)
            start = time.perf_counter()
            self.decode(context, batch)
            seconds += time.perf_counter() - start
        return seconds

    def prefill(self, n):
        context, batch = self.context(1, 0, n)
        return self.extend(context, batch, 0, n, True)

    def generate(self, n, depth, n_sequences):
        context, batch = self.context(n_sequences, depth)
        seconds = 0.0
        for i in range(n):
            token = made_up_tokens(depth + i, 1, self.n_vocab)[0]
            self.fill(batch, [(token, depth + i, s, True) for s in range(n_sequences)])
            start = time.perf_counter()
            self.decode(context, batch)
            seconds += time.perf_counter() - start
        return seconds


def main():
    keep = quiet_logs()
    api.llama_backend_init()
    if sys.argv[1] == "--requantize":
        requantize(sys.argv[2], sys.argv[3])
        return
    path, n_threads, flash_attention, kv_type = sys.argv[1:5]
    llama = Llama(path, int(n_threads), flash_attention == "1", kv_type)
    print(json.dumps({"ready": api.llama_print_system_info().decode()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "prompt" in request:
            seconds = llama.prefill(request["prompt"])
        else:
            seconds = llama.generate(request["generate"], request["depth"], request["sequences"])
        print(json.dumps({"seconds": seconds}), flush=True)
    del keep


if __name__ == "__main__":
    main()
