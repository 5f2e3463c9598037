"""llama.cpp's batched decoding of requests, through its C functions: sequences join and leave at
any step.

    llama_batch.py GGUF REQUESTS.jsonl THREADS PARALLEL

A request is an OpenAI batch line for /v1/completions, decoded greedily up to max_tokens or the end
of the text. Prints one line of JSON: seconds from the first pass on, tokens in and out."""

import json
import sys
import time

import numpy as np
from llama_cpp import llama_cpp as api
from llama_worker import quiet_logs

BATCH = 512
CONTEXT = 1024  # positions of one sequence


class Slot:

    def __init__(self, tokens, n_left):
        self.tokens = tokens
        self.n_left = n_left
        self.position = 0

    @property
    def continues(self):
        return self.position >= len(self.tokens)


class Decoder:

    def __init__(self, path, n_threads, n_parallel):
        self.model = api.llama_model_load_from_file(path.encode(), api.llama_model_default_params())
        self.vocab = api.llama_model_get_vocab(self.model)
        self.n_vocab = api.llama_vocab_n_tokens(self.vocab)
        params = api.llama_context_default_params()
        params.n_ctx = n_parallel * CONTEXT
        params.n_batch = BATCH + n_parallel
        params.n_ubatch = BATCH
        params.n_seq_max = n_parallel
        params.n_threads = params.n_threads_batch = n_threads
        params.kv_unified = True
        # The faster of the two: without it the same work takes half as long again.
        params.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_ENABLED
        self.context = api.llama_init_from_model(self.model, params)
        self.memory = api.llama_get_memory(self.context)
        self.batch = api.llama_batch_init(BATCH + n_parallel, 0, 1)
        self.slots = [None] * n_parallel
        self.n_in = self.n_out = 0

    def tokens(self, text):
        data = text.encode()
        buffer = (api.llama_token * (len(data) + 8))()
        n = api.llama_tokenize(self.vocab, data, len(data), buffer, len(buffer), True, False)
        return list(buffer[:n])

    def put(self, row, sequence, token, position, wanted):
        self.batch.token[row] = token
        self.batch.pos[row] = position
        self.batch.n_seq_id[row] = 1
        self.batch.seq_id[row][0] = sequence
        self.batch.logits[row] = wanted

    def fill(self):
        """The rows of one pass: a token of each running text, and up to BATCH of the prompts.
        Returns those that want logits."""
        row, room, wanted = 0, BATCH, []
        for sequence, slot in enumerate(self.slots):
            if slot is None:
                continue
            if slot.continues:
                part = [slot.next]
            else:
                part = slot.tokens[slot.position:slot.position + room]
                room -= len(part)
                self.n_in += len(part)
            for token in part:
                slot.position += 1
                is_last = slot.position >= len(slot.tokens)
                self.put(row, sequence, token, slot.position - 1, is_last)
                if is_last:
                    wanted.append((sequence, row))
                row += 1
        self.batch.n_tokens = row
        return wanted

    def run(self, work):
        waiting = work[::-1]
        while waiting or any(self.slots):
            for sequence, slot in enumerate(self.slots):
                if slot is None and waiting:
                    self.slots[sequence] = Slot(*waiting.pop())
            wanted = self.fill()
            if api.llama_decode(self.context, self.batch) != 0:
                sys.exit("llama_batch: cannot decode")
            for sequence, row in wanted:
                self.sample(sequence, row)

    def sample(self, sequence, row):
        slot = self.slots[sequence]
        logits = np.ctypeslib.as_array(api.llama_get_logits_ith(self.context, row),
                                       shape=(self.n_vocab, ))
        slot.next = int(logits.argmax())
        slot.n_left -= 1
        self.n_out += 1
        if slot.n_left == 0 or api.llama_vocab_is_eog(self.vocab, slot.next):
            api.llama_memory_seq_rm(self.memory, sequence, -1, -1)
            self.slots[sequence] = None


def main():
    path, requests, n_threads, n_parallel = sys.argv[1:5]
    logs = quiet_logs()  # noqa: F841
    decoder = Decoder(path, int(n_threads), int(n_parallel))
    with open(requests) as file:
        bodies = [json.loads(line)["body"] for line in file]
    work = [(decoder.tokens(body["prompt"]), body["max_tokens"]) for body in bodies]
    start = time.monotonic()
    decoder.run(work)
    print(
        json.dumps({"seconds": time.monotonic() - start, "in": decoder.n_in, "out": decoder.n_out}))


main()
