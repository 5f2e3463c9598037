"""llama.cpp's own quantizer, through the C functions of llama-cpp-python. Run as a program of its
own, because it logs and may abort:  llama_quantizer.py FROM.gguf TO.gguf FTYPE [IMPORTANCE]

IMPORTANCE is a file of `eval importance`; llama.cpp takes the mean squares of the inputs from it,
as from the files of its own llama-imatrix."""

import ctypes
import json
import struct
import sys

import llama_cpp
import numpy as np

# llama.cpp's llama_ftype. source: llama.h
TYPES = {
    "Q8_0": 7, "Q6_K": 18, "Q5_1": 9, "Q5_K_M": 17, "Q5_K_S": 16, "Q5_0": 8, "Q4_K_M": 15,
    "Q4_K_S": 14, "Q4_1": 3, "IQ4_NL": 25, "IQ4_XS": 30, "Q4_0": 2, "Q3_K_L": 13, "Q3_K_M": 12,
    "Q3_K_S": 11, "Q2_K": 10
}
NAMES = {
    "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output", "gate": "ffn_gate",
    "up": "ffn_up", "down": "ffn_down"
}


def their_name(name):
    _, layer, role = name.split(".")
    return f"blk.{layer}.{NAMES[role]}.weight".encode()


def read_squares(path):
    """Mean squares of each matrix's inputs, by llama.cpp's name of the matrix."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    own = {}
    for name, entry in header.items():
        if name.startswith("layers.") and name.endswith(".squares"):
            begin, end = entry["data_offsets"]
            own[name.removesuffix(".squares")] = np.frombuffer(data[begin:end], dtype="<f4")
    shared = {name: own[owner] for name, owner in metadata.items() if owner in own}
    return {their_name(name): values for name, values in (own | shared).items()}


def quantize(path_from, path_to, ftype, importance):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = ftype
    if importance:
        squares = read_squares(importance)
        # Ends with an empty entry.
        entries = (llama_cpp.llama_model_imatrix_data * (len(squares) + 1))()
        for entry, (name, values) in zip(entries, squares.items(), strict=False):
            entry.name = name
            entry.data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            entry.size = values.size
        parameters.imatrix = entries
    result = llama_cpp.llama_model_quantize(path_from.encode(), path_to.encode(),
                                            ctypes.byref(parameters))
    if result != 0:
        sys.exit(f"llama_quantizer: llama.cpp says {result}")


if __name__ == "__main__":
    quantize(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else None)
