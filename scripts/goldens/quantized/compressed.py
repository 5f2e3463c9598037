#!/usr/bin/env python3
"""Makes tests/golden/quantized/compressed-*: every format of compressed-tensors that Quire reads.

Coded by compress() and decoded by decompress() of the library's compressors; decoding gets the
scales as f32, so that nothing is rounded to 16 bits. Made with compressed-tensors 0.20.1, torch
2.15.0."""
import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize
from compressed_tensors.quantization.utils import calculate_qparams
from golden import LLAMA, MODULES, weight, write

MADE = "scripts/goldens/quantized/compressed.py: compressed-tensors 0.20.1, torch 2.15.0"
NAMES = list(MODULES)


def qparams(value, args):
    """Scale and zero point by the library, for the groups of the strategy."""
    if args.strategy == "tensor":
        low, high = value.amin().reshape(1), value.amax().reshape(1)
    elif args.strategy == "channel":
        low, high = value.amin(1, keepdim=True), value.amax(1, keepdim=True)
    elif args.strategy == "block":
        rows, columns = args.block_structure
        parts = value.reshape(value.shape[0] // rows, rows, value.shape[1] // columns, columns)
        low, high = parts.amin((1, 3)), parts.amax((1, 3))
    else:
        parts = value.reshape(value.shape[0], -1, args.group_size)
        low, high = parts.amin(2), parts.amax(2)
    return calculate_qparams(low, high, args)


def module(name, file_format, args, scale_dtype, inputs=None):
    """The tensors of a module, and what it decodes to."""
    value = weight(MODULES[name])
    scheme = QuantizationScheme(targets=["Linear"], weights=args, input_activations=inputs)
    compressor = BaseCompressor.get_value_from_registry(file_format)
    state = {"weight": value}
    if args.strategy == "tensor_group":
        state["weight_global_scale"] = torch.tensor([448 * 6 / float(value.abs().max())])
        parts = value.reshape(value.shape[0], -1, args.group_size).abs().amax(2)
        state["weight_scale"] = (parts / 6 * state["weight_global_scale"]).to(
            torch.float8_e4m3fn).float()
    else:
        scale, zero = qparams(value, args)
        state["weight_scale"] = scale if scale_dtype is None else scale.to(scale_dtype).float()
        if not args.symmetric:
            state["weight_zero_point"] = zero.to(torch.int8)
    coded = compressor.compress(dict(state), scheme)
    if args.strategy == "tensor_group":
        # As decompress() does it, but with floats of 32 bits instead of 16.
        numbers = unpack_fp4_from_uint8(coded["weight_packed"], *value.shape, dtype=torch.float32)
        decoded = dequantize(x_q=numbers, scale=coded["weight_scale"].float(), args=args,
                             global_scale=coded["weight_global_scale"], dtype=torch.float32)
    else:
        decoded = compressor.decompress(dict(coded), scheme)["weight"]
    if scale_dtype is not None:
        coded["weight_scale"] = coded["weight_scale"].to(scale_dtype)
    return {f"{name}.{key}": tensor for key, tensor in coded.items()}, decoded


def write_folder(name, groups, extra=None):
    """groups: for each module (format, args, dtype of scales, kept type, name of the coding)."""
    tensors, expected, types, schemes = {}, {}, {}, {}
    for i, (target, (file_format, args, scale_dtype, kept, coding)) in enumerate(groups.items()):
        parts, decoded = module(target, file_format, args, scale_dtype)
        tensors |= parts
        expected[f"{target}.weight"] = decoded
        types[f"{target}.weight"] = (kept, coding)
        schemes[f"group_{i}"] = {"targets": [f"re:.*{target.split('.')[-1]}"],
                                 "weights": args.model_dump(mode="json"),
                                 "input_activations": None, "output_activations": None,
                                 "format": file_format}
    formats = {entry["format"] for entry in schemes.values()}
    config = LLAMA | {"quantization_config": {
        "quant_method": "compressed-tensors", "config_groups": schemes,
        "format": formats.pop() if len(formats) == 1 else "mixed-precision",
        "global_compression_ratio": 1.5, "ignore": ["lm_head"], "kv_cache_scheme": None,
        "quantization_status": "compressed", "sparsity_config": {}, "transform_config": {},
        "version": "0.20.1"}}
    write(name, config, tensors | (extra or {}), expected, types, MADE)


def integers(bits, group, symmetric=True, strategy=None):
    return QuantizationArgs(num_bits=bits, type="int", symmetric=symmetric, group_size=group,
                            strategy=strategy or ("channel" if group is None else "group"))


FP8 = QuantizationArgs(num_bits=8, type="float", strategy="channel", symmetric=True)
FP8_BLOCK = QuantizationArgs(num_bits=8, type="float", strategy="block", symmetric=True,
                             block_structure=[8, 16])
NVFP4 = QuantizationArgs(num_bits=4, type="float", strategy="tensor_group", symmetric=True,
                         group_size=16)
MXFP4 = QuantizationArgs(num_bits=4, type="float", strategy="group", symmetric=True, group_size=32,
                         scale_dtype=torch.uint8, zp_dtype=torch.uint8)
CODING = "compressed-tensors {}-bit"

torch.manual_seed(21)
pack = "pack-quantized"
write_folder("compressed-int4", {
    NAMES[0]: (pack, integers(4, 32), torch.float16, "q4", CODING.format(4)),
    NAMES[1]: (pack, integers(4, 32), torch.bfloat16, "q4", CODING.format(4))})
write_folder("compressed-int4-asymmetric", {
    NAMES[0]: (pack, integers(4, 32, False), torch.float16, "q5", CODING.format(4)),
    NAMES[1]: (pack, integers(4, None, False), torch.float16, "q5", CODING.format(4))})
write_folder("compressed-int-widths", {
    NAMES[0]: (pack, integers(3, 32), torch.float16, "q3", CODING.format(3)),
    NAMES[1]: (pack, integers(8, None), torch.float32, "f32", CODING.format(8))})
write_folder("compressed-int8", {
    NAMES[0]: ("int-quantized", integers(8, None), torch.bfloat16, "q8", CODING.format(8)),
    NAMES[1]: ("int-quantized", integers(8, None, False), torch.bfloat16, "f32",
               CODING.format(8))},
             {f"{NAMES[0]}.input_scale": torch.tensor([0.5])})
write_folder("compressed-fp8", {
    NAMES[0]: ("float-quantized", FP8, torch.bfloat16, "f32", "FP8"),
    NAMES[1]: ("float-quantized", FP8_BLOCK, torch.bfloat16, "f32", "FP8")})
write_folder("compressed-mixed", {
    NAMES[0]: ("float-quantized", FP8, torch.float32, "f32", "FP8"),
    NAMES[1]: (pack, integers(4, 32), torch.bfloat16, "q4", CODING.format(4))})
write_folder("compressed-mxfp4", {
    NAMES[0]: ("mxfp4-pack-quantized", MXFP4, None, "mxfp4", "MXFP4")})
write_folder("compressed-nvfp4", {
    NAMES[0]: ("nvfp4-pack-quantized", NVFP4, None, "nvfp4", "NVFP4")},
             {f"{NAMES[0]}.input_global_scale": torch.tensor([2.0])})
