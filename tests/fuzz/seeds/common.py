"""What the makers of seeds share: where files are, and how a seed is put together."""
import json
import struct
import sys
from pathlib import Path

golden, out, pack = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

SPLIT = b"\n%%\n"


def write(target, name, content):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def sections(parts):
    """parts: (name, content). As tests/fuzz/common.h splits them."""
    return b"".join(bytes([len(n)]) + n.encode() + struct.pack("<I", len(c)) + c for n, c in parts)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def walk(node):
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from walk(part)
    elif isinstance(node, list):
        for part in node:
            yield from walk(part)
