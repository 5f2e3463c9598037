"""A full-precision GGUF to quantize, from one in 4 bits: no package has SmolLM2 in 16 bits.
Each weight moves at random within the cell it was rounded to, so that the codes it had are of no
use to whoever rounds it again."""

import gguf
import numpy as np

BLOCK_BYTES = {"Q4_1": 20, "Q8_0": 34}  # each block of 32 begins with its f16 step


def spread(tensor):
    """A tensor in f32, moved by up to half a step."""
    values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    size = BLOCK_BYTES.get(tensor.tensor_type.name)
    if size is None:
        return values
    steps = np.ascontiguousarray(tensor.data.reshape(values.shape[0], -1, size)[:, :, :2])
    steps = np.abs(steps.view(np.float16).astype(np.float32))
    noise = spread.random.uniform(-0.5, 0.5, values.shape).astype(np.float32)
    return (values.reshape(*steps.shape[:2], 32) +
            noise.reshape(*steps.shape[:2], 32) * steps).reshape(values.shape)


def make(path_from, path_to):
    spread.random = np.random.default_rng(1)
    reader = gguf.GGUFReader(path_from)
    writer = gguf.GGUFWriter(path_to, "llama")
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        value = 0 if key == "general.file_type" else field.contents()
        if kind == gguf.GGUFValueType.ARRAY:
            writer.add_key_value(key, value, kind, sub_type=field.types[-1])
        else:
            writer.add_key_value(key, value, kind)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, spread(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def bits_per_weight(path):
    tensors = gguf.GGUFReader(path).tensors
    return 8 * sum(int(t.n_bytes) for t in tensors) / sum(int(t.n_elements) for t in tensors)
