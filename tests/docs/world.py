"""Small models under the names that the documentation uses, and a hub on this machine to pull
them from, so that its commands run as they stand."""
import base64
import json
import pathlib
import random
import shutil
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "network"))
import hub as network  # noqa: E402


def put_llama2c(folder):
    """A model of llama2.c with one layer, and its tokenizer of single bytes."""
    pieces = [b"<unk>", b"<s>", b"</s>", *(b"<0x%02X>" % byte for byte in range(256))]
    (folder / "tokenizer.bin").write_bytes(struct.pack("<I", 6) + b"".join(
        struct.pack("<fi", 0, len(piece)) + piece for piece in pieces))
    dim, hidden, heads, rows, context = 32, 64, 4, len(pieces), 64
    n_floats = (rows * dim + 2 * dim + 4 * dim * dim + 3 * dim * hidden + dim
                + context * dim // heads)
    draw = random.Random(1)
    (folder / "stories15M.bin").write_bytes(
        struct.pack("<7i", dim, hidden, 1, heads, heads, rows, context)
        + struct.pack(f"<{n_floats}f", *(draw.gauss(0, 0.05) for _ in range(n_floats))))


class World:
    """Makes what a page names; each thing once."""

    def __init__(self, bin_dir, source, folder, run):
        self.bin_dir, self.golden, self.folder, self.run = (
            bin_dir, source / "tests/golden", folder, run)
        self.made = {}
        self.hub = network.Hub()
        self.hub.models = {name: self.files_of(self.checkpoint(folder))
                           for name, folder in ON_THE_HUB.items()}
        self.hub.models["bartowski/SmolLM2-135M-Instruct-GGUF"] = {
            f"SmolLM2-135M-Instruct-{kind}.gguf": (self.golden / "gguf/llama3.gguf").read_bytes()
            for kind in ("Q4_K_M", "Q8_0")}

    def files_of(self, folder):
        return {str(path.relative_to(folder)): path.read_bytes()
                for path in sorted(folder.rglob("*")) if path.is_file()}

    def checkpoint(self, name):
        """The folder of a checkpoint."""
        if name in self.made:
            return self.made[name]
        folder = self.folder / name
        folder.mkdir()
        self.made[name] = folder
        getattr(self, CHECKPOINTS[name][0])(folder, *CHECKPOINTS[name][1:])
        return folder

    def copy(self, folder, *sources):
        for source in sources:
            path = self.golden / source
            if path.is_file():
                shutil.copy(path, folder)
                continue
            shutil.copytree(path, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(
                "reference.safetensors", "logits.safetensors", "ids.json"))

    def talker(self, folder):
        """A Llama with SmolLM2's template, whose context takes texts of bytes."""
        self.copy(folder, "tiny-llama")
        config = json.loads((folder / "config.json").read_text())
        config |= {"max_position_embeddings": 4096, "rope_parameters": {
            "rope_theta": 10000.0, "rope_type": "default"}}
        (folder / "config.json").write_text(json.dumps(config))
        settings = json.loads((folder / "tokenizer_config.json").read_text())
        settings["chat_template"] = (self.golden / "chat/smollm2.jinja").read_text()
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))

    def translator(self, folder):
        self.copy(folder, "families/marian", "tokenizers/folders/decoder")
        (folder / "generation_config.json").write_text(json.dumps(
            {"decoder_start_token_id": 1, "num_beams": 3, "max_length": 16, "eos_token_id": 2,
             "no_repeat_ngram_size": 2}))

    def many_languages(self, folder):
        """Of the languages of M2M-100, which need more rows than the golden's model has."""
        self.copy(folder, "families/m2m-100", "tokenizers/folders/m2m")
        config = json.loads((folder / "config.json").read_text())
        config |= {"eos_token_id": 2, "max_position_embeddings": 1024, "max_length": 16,
                   "vocab_size": N_ROWS}
        (folder / "config.json").write_text(json.dumps(config))
        data = (folder / "model.safetensors").read_bytes()
        begin = 8 + struct.unpack("<Q", data[:8])[0]
        header, out = json.loads(data[8:begin]), b""
        for tensor in header.values():
            if "data_offsets" in tensor:
                at, end = (begin + offset for offset in tensor["data_offsets"])
                values = data[at:end]
                if tensor["shape"][0] == 320:
                    values = (2 * values)[:N_ROWS * (end - at) // 320]
                    tensor["shape"][0] = N_ROWS
                tensor["data_offsets"] = [len(out), len(out) + len(values)]
                out += values
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + out)

    def model(self, name):
        """The .quire file of a model."""
        if name not in self.made:
            path = self.folder / f"{name}.quire"
            source = MODELS[name]
            if isinstance(source, str):
                source = self.checkpoint(source)
            done = self.run([self.bin_dir / "pack", source, "-o", path])
            if done.returncode:
                raise RuntimeError(f"{name}: {done.stderr.decode()}")
            self.made[name] = path
        return self.made[name]

    def put(self, text, folder):
        """Puts the files that a page names into a folder."""
        for name in MODELS:
            if f"{name}.quire" in text:
                shutil.copy(self.model(name), folder)
        for name in CHECKPOINTS:
            if f"{name}/" in text and not (folder / name).exists():
                shutil.copytree(self.checkpoint(name), folder / name)
        for name, source in FILES.items():
            if name in text:
                shutil.copy(self.golden / source, folder / name)
        if "stories15M.bin" in text:
            put_llama2c(folder)


N_ROWS = 409  # pieces of the golden tokenizer of M2M-100, and its languages
# How a checkpoint is made of goldens: the function above, and what it takes.
CHECKPOINTS = {
    "SmolLM2-135M": ["talker"],
    "all-MiniLM-L6-v2": ["copy", "sentences/bert"],
    "opus-mt-de-en": ["translator"],
    "nllb": ["many_languages"],
    "sst-2": ["copy", "families/bert-classifier", "families/tokenizer.json"],
    "ms-marco": ["copy", "sentences/bert-pairs"],
}
# The .quire files that documentation uses without making them, and what they are packed of.
MODELS = {"model": "SmolLM2-135M", "f32": "SmolLM2-135M", "minilm": "all-MiniLM-L6-v2",
          "smollm2": "SmolLM2-135M"}
ON_THE_HUB = {
    "HuggingFaceTB/SmolLM2-135M-Instruct": "SmolLM2-135M",
    "Qwen/Qwen3-0.6B": "SmolLM2-135M",
    "org/model": "SmolLM2-135M",
    "sentence-transformers/all-MiniLM-L6-v2": "all-MiniLM-L6-v2",
    "distilbert/distilbert-base-uncased-finetuned-sst-2-english": "sst-2",
    "cross-encoder/ms-marco-MiniLM-L6-v2": "ms-marco",
    "Helsinki-NLP/opus-mt-de-en": "opus-mt-de-en",
    "facebook/nllb-200-distilled-600M": "nllb",
}
FILES = {
    "model.gguf": "gguf/llama3.gguf",
}
# OpenAI's vocabulary of this name, with bytes alone.
VOCABULARY = "o200k_base.tiktoken"


def put_vocabulary(folder):
    (folder / VOCABULARY).write_bytes(b"".join(
        base64.b64encode(bytes([byte])) + b" %d\n" % byte for byte in range(256)))
