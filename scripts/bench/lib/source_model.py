"""A full-precision GGUF to quantize, from one in 4 to 8 bits: no package has the models in 16 bits.
Each weight moves at random within the cell it was rounded to, so that the codes it had are of no
use to whoever rounds it again."""

import gguf
import numpy as np

ROWS = 4096  # of a tensor at a time


def first_f16(blocks):
    return blocks[:, :2].copy().view(np.float16).astype(np.float32)


def q4_k_steps(blocks):
    factors, _ = gguf.quants.Q4_K.get_scale_min(blocks[:, 4:16])
    return first_f16(blocks) * factors.astype(np.float32)


def q6_k_steps(blocks):
    scale = blocks[:, 208:210].copy().view(np.float16).astype(np.float32)
    return scale * blocks[:, 192:208].copy().view(np.int8).astype(np.float32)


# By type: the distances between neighboring values, (blocks, groups of a block).
STEPS = {
    "Q4_1": first_f16, "Q5_0": first_f16, "Q8_0": first_f16, "Q4_K": q4_k_steps,
    "Q6_K": q6_k_steps
}


def spread(data, kind, random):
    """Rows of a tensor in f32, moved by up to half a step."""
    values = gguf.dequantize(data, kind).astype(np.float32)
    if kind in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16):
        return values
    _, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    steps = np.abs(STEPS[kind.name](np.ascontiguousarray(data).reshape(-1, block_bytes)))
    noise = random.uniform(-0.5, 0.5, values.shape).astype(np.float32)
    groups = (steps.size, values.size // steps.size)
    moved = values.reshape(groups) + noise.reshape(groups) * steps.reshape(-1, 1)
    return moved.reshape(values.shape)


def make(path_from, path_to):
    random = np.random.default_rng(1)
    reader = gguf.GGUFReader(path_from)
    writer = gguf.GGUFWriter(path_to, reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        value = 0 if key == "general.file_type" else field.contents()
        if kind == gguf.GGUFValueType.ARRAY:
            writer.add_key_value(key, value, kind, sub_type=field.types[-1])
        else:
            writer.add_key_value(key, value, kind)
    shapes = [tuple(int(n) for n in reversed(tensor.shape)) for tensor in reader.tensors]
    for tensor, shape in zip(reader.tensors, shapes, strict=True):
        writer.add_tensor_info(tensor.name, shape, np.dtype(np.float32), 4 * int(np.prod(shape)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor, shape in zip(reader.tensors, shapes, strict=True):
        out = np.empty(shape, np.float32)
        for first in range(0, shape[0], ROWS):
            rows = slice(first, first + ROWS)
            out[rows] = spread(tensor.data[rows], tensor.tensor_type, random)
        writer.write_tensor_data(out)
    writer.close()


def bits_per_weight(path):
    tensors = gguf.GGUFReader(path).tensors
    return 8 * sum(int(t.n_bytes) for t in tensors) / sum(int(t.n_elements) for t in tensors)
