"""What the tests of command lines share: small models of several kinds, and texts.

Arguments of a test: BIN_DIR SOURCE_DIR"""
import json
import pathlib
import shutil
import struct
import sys
import tempfile

import support
from support import check

bin_dir = pathlib.Path(sys.argv[1])
source = pathlib.Path(sys.argv[2])
golden = source / "tests/golden"
work = tempfile.TemporaryDirectory()
tmp = pathlib.Path(work.name)


def run(command, *arguments, stdin=b"", **more):
    return support.run([bin_dir / command, *arguments], input=stdin, **more)


def expect(name, code, words, ran):
    """The exit code; of an error one line on standard error that holds every one of `words`."""
    text = ran.stderr.decode(errors="replace")
    check(f"{name}: exit code {code}", ran.returncode == code, (ran.returncode, text))
    if code not in (0, 130):
        check(f"{name}: one line", text.count("\n") == 1, text)
    for word in [words] if isinstance(words, str) else words:
        check(f"{name}: says {word!r}", word in text, text)


def tensors_of(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size]), bytearray(data[8 + size:])


def write_tensors(path, header, data):
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def put(header, data, name, row, column, values):
    begin = header[name]["data_offsets"][0] + 4 * (row * header[name]["shape"][-1] + column)
    data[begin:begin + 4 * len(values)] = struct.pack(f"<{len(values)}f", *values)


TEMPLATE = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]"


def pack(name, folder, *options):
    path = tmp / f"{name}.quire"
    ran = run("pack", folder, "-o", path, *options)
    check(f"pack {name}", ran.returncode == 0, ran.stderr)
    return path


def folder_of(name):
    folder = tmp / name
    shutil.copytree(golden / "tiny-llama", folder)
    return folder


chat_folder = folder_of("chat")
settings = json.loads((chat_folder / "tokenizer_config.json").read_text())
(chat_folder / "tokenizer_config.json").write_text(
    json.dumps(settings | {"chat_template": TEMPLATE}))
tiny = pack("tiny", golden / "tiny-llama")
chat = pack("chat", chat_folder)
bert_folder = tmp / "bert"
bert_folder.mkdir()
for file in ("config.json", "model.safetensors"):
    shutil.copy(golden / "families/bert" / file, bert_folder)
shutil.copy(golden / "families/tokenizer.json", bert_folder)
bert = pack("bert", bert_folder)
bert4 = pack("bert4", bert_folder, "--type", "q4")

letter = tmp / "letter.txt"
letter.write_text("Dear reader,\nthis is a letter.\n")
latin = tmp / "latin.txt"
latin.write_bytes(b"Caf\xe9 au lait\n")
empty = tmp / "empty"
empty.write_bytes(b"")
numbers = tmp / "numbers.txt"
numbers.write_text("\n".join(map(str, range(1, 401))))
short = ["-m", tiny, "--raw", "--temp", "0", "-n", "1"]
output = tmp / "out.quire"
