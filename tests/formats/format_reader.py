#!/usr/bin/env python3
"""A second reader of .quire files, written from formats/quire/FORMAT.md alone, run as a test.

  format_reader.py BIN_DIR SOURCE_DIR

Packs the tiny model in every element type, and reads the files back: header, sections, hashes
(where the Python package xxhash is installed, otherwise only lengths), JSON, the vocabulary, the
directory of tensors, and the weights, which are compared with those of the checkpoint. Types that
only hold what a GGUF has in them come from tests/golden/gguf/types, with their hashes."""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import xxhash
except ImportError:
    xxhash = None

bin_dir, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
TYPES = ("f32 f16 bf16 q8 q5 q5m q4 q4m q8m q6 q6m q3 q3m q6_16 q3_16 q2m_16 "
         "q4_k q5_k q6_k q3_k q2_k iq4_nl iq4_xs mxfp4 nvfp4 q1_0 q2_0 "
         "tq2_0 iq1_s iq1_m iq2_xxs iq2_xs iq3_xxs iq3_s").split()
# Types that have no place in files of an older version.
VERSIONS = {name: 2 if i < 16 else 3 if i < 23 else 4 for i, name in enumerate(TYPES)}
# Types with two levels of scales: bits of a factor, columns of a group, whether they have minimums.
TWO_LEVELS = {"q4_k": (6, 32, True), "q5_k": (6, 32, True), "q6_k": (8, 16, False),
              "q3_k": (6, 16, False), "q2_k": (4, 16, True), "iq1_s": (6, 32, False),
              "iq1_m": (6, 16, False), "iq2_xxs": (6, 32, False), "iq2_xs": (6, 16, False),
              "iq3_xxs": (6, 32, False), "iq3_s": (6, 32, False)}
# The numbers of their codes where those are places in a table, and what part of a scale counts.
GRID1, GRID2 = [-7, -9, 1, -1, 9, 7, 0, 0], [8, -8, 25, -25, 43, -43, 0, 0]
GRID3 = [number for size in (2, 6, 10, 14, 18, 22, 26, 31) for number in (size, -size)]
ODD = [number for size in range(1, 16, 2) for number in (size, -size)]
GRIDS = {
    "iq1_s": (GRID1, 0.125), "iq1_m": (GRID1, 0.125), "iq2_xxs": (GRID2, 0.125),
    "iq2_xs": (GRID2, 0.125), "iq3_xxs": (GRID3, 0.5), "iq3_s": (ODD, 1.0)
}
# Types whose codes are places in a table: the table, columns of a group.
E2M1 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]
TERNARY = [-1, 0, 1, 2]
TABLES = {
    "mxfp4": (E2M1, 32), "nvfp4": (E2M1, 16), "q1_0": ([-1, 1], 128), "q2_0": (TERNARY, 64),
    "tq2_0": (TERNARY, 256)
}
PAGE = 4096


def expect(condition, *what):
    if not condition:
        raise SystemExit(f"format_reader: {what}")


def expect_hash(value, data, *what):
    if xxhash is not None:
        expect(xxhash.xxh3_64_intdigest(data) == value, "hash of", *what)


def name_of(raw):
    name = raw.rstrip(b"\0")
    expect(name and all(32 <= byte < 127 for byte in name), "name", raw)
    return name.decode()


def sections_of(data):
    """The header and the section table: name to (bytes, hash)."""
    magic, version, n_sections, features, length, model_hash, header_hash = struct.unpack(
        "<8sIIQQQQ", data[:48])
    expect(magic == bytes.fromhex("93515549 0D0A1A0A"), "magic", magic)
    expect(version in (2, 3, 4, 5) and 1 <= n_sections <= 83 and features == 0, "header", version,
           n_sections)
    expect(length == len(data) and data[48:64] == bytes(16), "length", length)
    expect_hash(header_hash, data[:40], "header")
    table = data[64:64 + 48 * n_sections]
    expect_hash(model_hash, table, "section table")
    out = {}
    end = 64 + len(table)
    for raw, offset, n_bytes, value in struct.iter_unpack("<24sQQQ", table):
        name = name_of(raw)
        begin = -(-end // PAGE) * PAGE
        expect(name not in out and offset == begin, "section", name, offset, begin)
        expect(not any(data[end:begin]), "zeros before", name)
        end = offset + n_bytes
        out[name] = (data[offset:end], value)
    expect(end == len(data), "end of the last section", end)
    return out, version


def check_vocabulary(sections):
    config = json.loads(sections["tokenizer"][0])
    n_pieces, n_bytes = struct.unpack_from("<II", sections["tokenizer.pieces"][0])
    expect(config["version"] == 4 and config["n_pieces"] == n_pieces, "tokenizer", config)
    expect(
        len(sections["tokenizer.pieces"][0]) == 8 + 4 * (n_pieces + 1) + n_pieces + n_bytes,
        "pieces")
    expect(len(sections["tokenizer.bytes"][0]) == 1024, "tokenizer.bytes")
    log2_slots, _, n_merges = struct.unpack_from("<III", sections["tokenizer.merges"][0])
    expect(len(sections["tokenizer.merges"][0]) == 12 + 4 * 2**log2_slots + 16 * n_merges, "merges")


def bits_of(name):
    return (len(GRIDS[name][0]) - 1).bit_length() if name in GRIDS else int(name[1])


def codes_of_block(bits, data):
    """The vectors V_0 to V_7 of a block, 64 codes each."""
    vectors = [[0] * 64 for _ in range(8)]
    at = 0
    if bits == 8:
        return [data[64 * g:64 * g + 64] for g in range(8)]
    if bits >= 4:
        for i in range(4):
            for b in range(64):
                vectors[i][b] |= data[64 * i + b] & 15
                vectors[i + 4][b] |= data[64 * i + b] >> 4
        at = 256
    if bits in (6, 3, 2):
        shift = 4 if bits == 6 else 0
        for i in range(2):
            for b in range(64):
                for j in range(4):
                    vectors[4 * i + j][b] |= (data[at + 64 * i + b] >> 2 * j & 3) << shift
        at += 128
    if bits in (5, 3, 1):
        for b in range(64):
            for g in range(8):
                vectors[g][b] |= (data[at + b] >> g & 1) << bits - 1
    return vectors


def unpack_blocks(name, n_rows, n_columns, data):
    """The values of a matrix in blocks, and how far each may be from what was encoded."""
    bits, per_group, has_min = bits_of(name), 16 if name.endswith("_16") else 32, "m" in name
    n_groups = 64 // per_group
    code_bytes = 128 * bits  # of a unit: two blocks of 16 rows and 32 columns
    unit_bytes = code_bytes + 32 * n_groups * (1 + has_min)
    n_units = -(-n_columns // 64)
    rows = [[0.0] * n_columns for _ in range(n_rows)]
    steps = [[0.0] * n_columns for _ in range(n_rows)]
    expect(len(data) == -(-n_rows // 16) * n_units * unit_bytes, "bytes of", name, len(data))
    for panel in range(-(-n_rows // 16)):
        for unit in range(n_units):
            at = (panel * n_units + unit) * unit_bytes
            half = code_bytes // 2
            vectors = [
                codes_of_block(bits, data[at + half * b:at + half * (b + 1)]) for b in (0, 1)
            ]
            numbers = struct.unpack_from(f"<{16 * n_groups * (1 + has_min)}e", data,
                                         at + code_bytes)
            for k in range(min(64, n_columns - 64 * unit)):
                for r in range(min(16, n_rows - 16 * panel)):
                    code = vectors[k // 32][k % 32 // 4][4 * r + k % 4]
                    scale = numbers[k // per_group * 16 + r]
                    low = numbers[(n_groups + k // per_group) * 16 + r] if has_min else 0.0
                    offset = 0 if has_min else 2**(bits - 1)
                    rows[16 * panel + r][64 * unit + k] = scale * (code - offset) + low
                    steps[16 * panel + r][64 * unit + k] = abs(scale)
    return rows, steps


def factors_of(bits, n, data):
    """The factors of n groups, 16 each."""
    if bits == 8:
        return [data[16 * g:16 * g + 16] for g in range(n)]
    half = n // 2
    out = [[data[g % half * 16 + r] >> g // half * 4 & 15 for r in range(16)] for g in range(n)]
    if bits == 6:
        high = data[half * 16:]
        for g in range(n):
            for r in range(16):
                out[g][r] |= (high[g // 4 * 16 + r] >> g % 4 * 2 & 3) << 4
    return out


def unpack_two_levels(name, n_rows, n_columns, data):
    factor_bits, per_group, has_min = TWO_LEVELS[name]
    bits, n = bits_of(name), 256 // per_group
    n_codes, n_factors = 64 * bits, 2 * n * factor_bits
    unit_bytes = 8 * n_codes + (32 + n_factors) * (1 + has_min)
    n_units = -(-n_columns // 256)
    rows = [[0.0] * n_columns for _ in range(n_rows)]
    steps = [[0.0] * n_columns for _ in range(n_rows)]
    expect(len(data) == -(-n_rows // 16) * n_units * unit_bytes, "bytes of", name, len(data))
    offset, factor_offset = (0, 0) if has_min else (2**(bits - 1), 2**(factor_bits - 1))
    numbers, part = GRIDS.get(name, (range(-offset, 2**bits - offset), 1.0))
    for panel in range(-(-n_rows // 16)):
        for unit in range(n_units):
            at = (panel * n_units + unit) * unit_bytes
            blocks = [codes_of_block(bits, data[at + b * n_codes:at + (b + 1) * n_codes])
                      for b in range(8)]
            at += 8 * n_codes
            scales = struct.unpack_from("<16e", data, at)
            mins = struct.unpack_from("<16e", data, at + 32) if has_min else [0.0] * 16
            at += 32 * (1 + has_min)
            factors = factors_of(factor_bits, n, data[at:at + n_factors])
            min_factors = (factors_of(factor_bits, n, data[at + n_factors:at + 2 * n_factors])
                           if has_min else factors)
            for k in range(min(256, n_columns - 256 * unit)):
                for r in range(min(16, n_rows - 16 * panel)):
                    code = blocks[k // 32][k % 32 // 4][4 * r + k % 4]
                    g = k // per_group
                    scale = scales[r] * part * (factors[g][r] - factor_offset)
                    low = mins[r] * min_factors[g][r]
                    rows[16 * panel + r][256 * unit + k] = scale * numbers[code] + low
                    # The shared minimum is half a factor from the group's own at most.
                    step = abs(scale) + abs(mins[r]) + abs(scales[r])
                    steps[16 * panel + r][256 * unit + k] = step
    return rows, steps


def scales_of(name, n, data):
    """n scales, bytes or f16."""
    if name == "mxfp4":
        return [2.0**(byte - 128) for byte in data[:n]]
    if name == "nvfp4":
        return [(8 + byte % 8) * 2.0**(byte // 8 - 11) if byte >= 8 else byte * 2.0**-10
                for byte in data[:n]]
    return struct.unpack_from(f"<{n}e", data)


def unpack_table(name, n_rows, n_columns, data):
    """The values of a matrix whose codes are places in a table, row by row."""
    table, per_group = TABLES[name]
    per_unit = max(64, per_group)
    n_units, n_scales = -(-n_columns // per_unit), per_unit // per_group * 16
    bits = (len(table) - 1).bit_length()
    n_codes = 64 * bits  # of a block
    scales_at = per_unit // 32 * n_codes
    unit_bytes = scales_at + n_scales * (1 if table is E2M1 else 2)
    row_scales = name == "nvfp4"
    panel_bytes = n_units * unit_bytes + 64 * row_scales
    expect(len(data) == -(-n_rows // 16) * panel_bytes, "bytes of", name, len(data))
    rows = [[0.0] * n_columns for _ in range(n_rows)]
    for panel in range(-(-n_rows // 16)):
        end = (panel + 1) * panel_bytes
        of_rows = struct.unpack("<16f", data[end - 64:end]) if row_scales else [1.0] * 16
        for unit in range(n_units):
            at = panel * panel_bytes + unit * unit_bytes
            vectors = [codes_of_block(bits, data[at + b:at + b + n_codes])
                       for b in range(0, scales_at, n_codes)]
            scales = scales_of(name, n_scales, data[at + scales_at:at + unit_bytes])
            for k in range(min(per_unit, n_columns - per_unit * unit)):
                for r in range(min(16, n_rows - 16 * panel)):
                    code = vectors[k // 32][k % 32 // 4][4 * r + k % 4]
                    scale = scales[k // per_group * 16 + r]
                    rows[16 * panel + r][per_unit * unit + k] = scale * table[code] * of_rows[r]
    return rows


def unpack_floats(name, n_rows, n_columns, data):
    size = 4 if name == "f32" else 2
    if name == "bf16":
        values = [struct.unpack("<f", bytes(2) + data[i:i + 2])[0] for i in range(0, len(data), 2)]
    else:
        values = struct.unpack(f"<{len(data) // size}{'f' if name == 'f32' else 'e'}", data)
    expect(len(values) == -(-n_rows // 16) * 16 * n_columns, "floats", len(values))
    rows = [[values[(r // 16 * n_columns + k) * 16 + r % 16] for k in range(n_columns)]
            for r in range(n_rows)]
    # Half a unit in the last place.
    relative = {"f32": 0.0, "f16": 2.0**-11, "bf16": 2.0**-8}[name]
    return rows, [[relative * abs(x) + 1e-7 for x in row] for row in rows]


# What the spec of a file of version 2 has.
MODEL_KEYS = {"dim", "vocab_size", "context_length", "norm", "norm_eps", "embed_scale",
              "n_positions", "embed_norm", "causal", "final_norm", "output", "logit_soft_cap",
              "pooling", "classifier", "ropes", "layers"}
LAYER_KEYS = {"n_heads", "n_kv_heads", "head_dim", "ffn_dim", "norm_place", "parallel", "qkv_bias",
              "o_bias", "qk_norm", "rope", "window", "query_scale", "attn_soft_cap", "gated",
              "activation", "ffn_bias", "n_experts", "n_experts_used", "normalize_experts"}
ACTIVATIONS = {"silu", "gelu_tanh", "gelu_erf", "gelu_quick", "relu", "tanh"}


def needs_version_5(spec):
    return (spec["output"] == "biased" or not spec.keys() <= MODEL_KEYS
            or len(spec["classifier"]) > 3 or any(
                not layer.keys() <= LAYER_KEYS or layer["activation"] not in ACTIVATIONS or
                layer["qk_norm"] == "rotated" or (layer["n_experts"] > 0 and (
                    layer["ffn_bias"] or not layer["gated"])) or
                (layer["window"] > 0 and not spec["causal"]) for layer in spec["layers"]))


def read_tensors(sections, version):
    """Name to (type, rows, columns, bytes), checked to tile the section."""
    directory, value = sections["tensors"]
    expect_hash(value, directory, "tensors")
    weights, weights_hash = sections["weights"]
    out, hashes, end = {}, b"", 0
    for raw, dtype, layout, zeros, n_rows, n_columns, offset, length, value in struct.iter_unpack(
            "<64sBB6sQQQQQ", directory):
        name = name_of(raw)
        expect(name not in out and zeros == bytes(6) and offset == end, "tensor", name, offset, end)
        end = offset + -(-length // 64) * 64
        expect_hash(value, weights[offset:end], name)
        expect(not any(weights[offset + length:end]), "zeros after", name)
        hashes += struct.pack("<Q", value)
        expect(layout == 1 or (dtype == 0 and n_rows == 1 and length == 4 * n_columns), name)
        expect(VERSIONS[TYPES[dtype]] <= version, TYPES[dtype], "in version", version)
        out[name] = (TYPES[dtype], n_rows, n_columns, weights[offset:offset + length], layout)
    lowest = max(VERSIONS[tensor[0]] for tensor in out.values())
    is_new = "prompts" in sections or needs_version_5(json.loads(sections["spec"][0]))
    expect(version == (5 if is_new else lowest), "version", version)
    expect(end == len(weights), "end of the weights", end)
    expect_hash(weights_hash, hashes, "weights")
    return out


def read_safetensors(path):
    data = path.read_bytes()
    n = struct.unpack_from("<Q", data)[0]
    out = {}
    for name, entry in json.loads(data[8:8 + n]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + n + at for at in entry["data_offsets"])
        raw = data[begin:end]
        if entry["dtype"] == "BF16":
            raw = b"".join(bytes(2) + raw[i:i + 2] for i in range(0, len(raw), 2))
        out[name] = (entry["shape"], struct.unpack(f"<{len(raw) // 4}f", raw))
    return out


def check_file(path, dtype, checkpoint):
    sections, version = sections_of(path.read_bytes())
    for name, (data, value) in sections.items():
        if name != "weights":
            expect_hash(value, data, name)
    meta, spec = (json.loads(sections[name][0]) for name in ("meta", "spec"))
    expect(meta["source"] == "safetensors" and meta["type"] in (dtype, "keep"), meta)
    check_vocabulary(sections)
    tensors = read_tensors(sections, version)
    expect(tensors["embed"][1:3] == (spec["vocab_size"], spec["dim"]), "embed")
    n_compared = 0
    for ours, theirs in (("embed", "model.embed_tokens"), ("layers.0.down",
                                                           "model.layers.0.mlp.down_proj")):
        found, n_rows, n_columns, data, layout = tensors[ours]
        shape, values = checkpoint[theirs + ".weight"]
        expect(shape == [n_rows, n_columns] and layout == 1, ours, shape)
        expect(found == (dtype if ours == "layers.0.down" else found), ours, found, dtype)
        unpack = (unpack_floats if found in ("f32", "f16", "bf16") else
                  unpack_two_levels if found in TWO_LEVELS else unpack_blocks)
        rows, steps = unpack(found, n_rows, n_columns, data)
        for i, x in enumerate(values):
            r, k = divmod(i, n_columns)
            # A search for the scale may clip a little.
            expect(abs(rows[r][k] - x) <= 2 * steps[r][k], dtype, ours, r, k, rows[r][k], x)
            n_compared += 1
    return n_compared


def check_golden(path, matrices):
    """Reads a packed GGUF of tests/golden/gguf/types. Returns the types that were compared with the
    hashes of their values."""
    sections, version = sections_of(path.read_bytes())
    tensors = read_tensors(sections, version)
    compared = set()
    for matrix, (name, digest) in matrices.items():
        found, n_rows, n_columns, data, _ = tensors[matrix]
        expect(found == name, matrix, found)
        if name in GRIDS:
            rows, _ = unpack_two_levels(name, n_rows, n_columns, data)
        else:
            rows = unpack_table(name, n_rows, n_columns, data)
        values = b"".join(struct.pack(f"<{n_columns}f", *row) for row in rows)
        expect_hash(int(digest, 16), values, "values of", name, matrix)
        compared.add(name)
    return compared


def main():
    checkpoint = read_safetensors(source / "tests/golden/tiny-llama/model.safetensors")
    n_compared = n_files = 0
    with tempfile.TemporaryDirectory(prefix="quire-format-") as folder:
        path = pathlib.Path(folder) / "tiny.quire"
        compared = set()
        goldens = source / "tests/golden/gguf/types"
        for group, golden in json.loads((goldens / "goldens.json").read_text()).items():
            subprocess.run([bin_dir / "pack", goldens / f"{group}.gguf", "-o", path], check=True,
                           capture_output=True)
            compared |= check_golden(path, golden["matrices"])
            n_files += 1
            path.unlink()
        expect(compared == {*TABLES, *GRIDS}, "types of the goldens", compared)
        for dtype in TYPES:
            if dtype.startswith("iq") or dtype in TABLES:
                continue  # only what a GGUF has in these types is stored in them
            wanted = ["--type", "f32"] if dtype == "f32" else ["--tensor-type", f"down={dtype}"]
            subprocess.run(
                [bin_dir / "pack", source / "tests/golden/tiny-llama", "-o", path, *wanted],
                check=True, capture_output=True)
            n_compared += check_file(path, dtype, checkpoint)
            n_files += 1
            path.unlink()
    print(f"{n_files} files read, {n_compared} weights compared"
          f"{'' if xxhash else '; without hashes, because xxhash is not installed'}")


main()
