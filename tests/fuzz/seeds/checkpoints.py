"""Seeds of the readers of checkpoints: gguf, llama2c, pytorch, safetensors."""
import struct
import zipfile

from .common import SPLIT, golden, sections, write


def gguf_string(text):
    return struct.pack("<Q", len(text)) + text


def small_gguf():
    """A llama of one layer and 32 columns with a vocabulary of a few words."""

    def value(kind, data):
        return struct.pack("<I", kind) + data

    def strings(items):
        return value(9, struct.pack("<IQ", 8, len(items)) + b"".join(map(gguf_string, items)))

    tokens = [b"<unk>", b"<s>", b"</s>"] + [b"<0x%02X>" % i
                                            for i in range(256)] + [b"a", b"b", b"ab"]
    n = len(tokens)
    keys = {
        b"general.architecture": value(8, gguf_string(b"llama")),
        b"llama.block_count": value(4, struct.pack("<I", 1)),
        b"llama.context_length": value(4, struct.pack("<I", 64)),
        b"llama.embedding_length": value(4, struct.pack("<I", 32)),
        b"llama.feed_forward_length": value(4, struct.pack("<I", 32)),
        b"llama.attention.head_count": value(4, struct.pack("<I", 2)),
        b"llama.attention.head_count_kv": value(4, struct.pack("<I", 1)),
        b"llama.attention.layer_norm_rms_epsilon": value(6, struct.pack("<f", 1e-5)),
        b"llama.rope.dimension_count": value(4, struct.pack("<I", 16)),
        b"llama.vocab_size": value(4, struct.pack("<I", n)),
        b"tokenizer.ggml.model": value(8, gguf_string(b"llama")),
        b"tokenizer.ggml.tokens": strings(tokens),
        b"tokenizer.ggml.scores": value(9,
                                        struct.pack("<IQ", 6, n) +
                                        struct.pack(f"<{n}f", *range(n))),
        b"tokenizer.ggml.token_type": value(
            9,
            struct.pack("<IQ", 5, n) + struct.pack(f"<{n}i", 2, 3, 3, *[6] * 256, 1, 1, 1)),
    }
    shapes = {
        "token_embd": (32, n), "output_norm": (32, ), "blk.0.attn_norm": (32, ),
        "blk.0.ffn_norm": (32, ), "blk.0.attn_q": (32, 32), "blk.0.attn_k": (32, 16),
        "blk.0.attn_v": (32, 16), "blk.0.attn_output": (32, 32), "blk.0.ffn_gate": (32, 32),
        "blk.0.ffn_up": (32, 32), "blk.0.ffn_down": (32, 32)
    }
    infos = data = b""
    for name, shape in shapes.items():
        q8 = len(shape) > 1  # Q8_0, in blocks of 32
        count = 1
        for size in shape:
            count *= size
        infos += gguf_string(f"{name}.weight".encode()) + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", 8 if q8 else 0,
                                                                      len(data))
        content = b"\x3c" * (count // 32 * 34 if q8 else count * 4)
        data += content + b"\0" * (-len(content) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(keys))
    head += b"".join(gguf_string(k) + v for k, v in keys.items()) + infos
    return head + b"\0" * (-len(head) % 32) + data


def safetensors_header(path):
    data = path.read_bytes()
    return data[8:8 + struct.unpack("<Q", data[:8])[0]].strip()


def safetensors_files():
    for folder in sorted((golden / "families").iterdir()):
        if not folder.is_dir():
            continue
        parts = [(folder / "config.json").read_bytes(),
                 safetensors_header(folder / "model.safetensors")]
        for path in sorted(folder.glob("*/config.json")) + sorted(folder.glob("modules.json")):
            parts.append(path.name.encode() + b"\n" + path.read_bytes())
        write("safetensors", folder.name, SPLIT.join(parts))
    for folder in sorted((golden / "quantized").iterdir()):
        if folder.is_dir():
            write("safetensors", folder.name,
                  SPLIT.join([(folder / "config.json").read_bytes(),
                              safetensors_header(folder / "model.safetensors")]))
    sharded = golden / "checkpoint/sharded"
    index = next(sharded.glob("*.index.json"))
    config = (golden / "families/llama3/config.json").read_bytes()
    parts = [config, b"{}", index.name.encode() + b"\n" + index.read_bytes()]
    parts += [
        p.name.encode() + b"\n" + safetensors_header(p)
        for p in sorted(sharded.glob("*.safetensors"))
    ]
    write("safetensors", "sharded", SPLIT.join(parts))


def gguf_files():
    for path in [
            *sorted((golden / "tokenizers/gguf").glob("*.gguf")),
            golden / "tokenizers/spm/vocab.gguf", *sorted((golden / "checkpoint").glob("*.gguf"))
    ]:
        write("gguf", path.name, path.read_bytes())
    write("gguf", "llama", small_gguf())


def llama2c_files():
    vocabulary = (golden / "checkpoint/tokenizer.bin").read_bytes()
    for path in sorted((golden / "checkpoint").glob("llama2c_*.bin")):
        write("llama2c", path.stem, sections([("model.bin", path.read_bytes()), ("", vocabulary)]))
    pieces = [b"<unk>", b"\n<s>\n", b"\n</s>\n"] + [b"<0x%02X>" % i for i in range(256)
                                                    ] + [b" ", b"a", b"b", b"ab"]
    vocabulary = struct.pack("<I", 8) + b"".join(
        struct.pack("<fI", -i, len(p)) + p for i, p in enumerate(pieces))
    write("llama2c", "vocabulary", sections([("model.bin", b""), ("    ", vocabulary)]))


def pytorch_files():
    for path in sorted((golden / "checkpoint").glob("pytorch*.bin")):
        write("pytorch", path.name, path.read_bytes())
        if path.read_bytes()[:2] == b"PK":
            with zipfile.ZipFile(path) as archive:
                write("pytorch", f"{path.stem}.pkl", archive.read(f"{path.stem}/data.pkl"))


def checkpoints():
    gguf_files()
    llama2c_files()
    pytorch_files()
    safetensors_files()
