"""llama.cpp as a library, for goldens and comparison with them: logits, hidden states and scores of
token ids, and the blocks of its tensor types.

The wheel of xllamacpp holds a built llama.cpp whose C functions are visible:

  pip install --no-deps --target DIR xllamacpp==2026.10.11549
  export LLAMA_CPP_LIBRARY=DIR/xllamacpp/xllamacpp.abi3.so

The structures follow include/llama.h of that version, which another may lay out differently.
"""
import ctypes as c
import os

import gguf
import numpy as np

F32 = 0  # ggml_type
POOLING_NONE, POOLING_RANK = 0, 4


class ModelParams(c.Structure):
    _fields_ = [("devices", c.c_void_p), ("overrides", c.c_void_p), ("n_gpu_layers", c.c_int32),
                ("split_mode", c.c_int), ("load_mode", c.c_int), ("lazy_mode", c.c_int),
                ("main_gpu", c.c_int32), ("tensor_split", c.c_void_p), ("progress", c.c_void_p),
                ("progress_data", c.c_void_p), ("kv_overrides", c.c_void_p),
                ("flags", c.c_bool * 6)]


class ContextParams(c.Structure):
    _fields_ = [("n_ctx", c.c_uint32), ("n_batch", c.c_uint32), ("n_ubatch", c.c_uint32),
                ("n_seq_max", c.c_uint32), ("n_rs_seq", c.c_uint32), ("n_outputs_max", c.c_uint32),
                ("n_outputs_max_per_seq", c.c_uint32), ("n_threads", c.c_int32),
                ("n_threads_batch", c.c_int32), ("ctx_type", c.c_int),
                ("rope_scaling_type", c.c_int), ("pooling_type", c.c_int),
                ("attention_type", c.c_int), ("flash_attn_type", c.c_int),
                ("rope_freq_base", c.c_float), ("rope_freq_scale", c.c_float),
                ("yarn", c.c_float * 4), ("yarn_orig_ctx", c.c_uint32), ("defrag_thold", c.c_float),
                ("cb_eval", c.c_void_p), ("cb_eval_data", c.c_void_p), ("type_k", c.c_int),
                ("type_v", c.c_int), ("abort", c.c_void_p * 3), ("embeddings", c.c_bool),
                ("flags", c.c_bool * 5), ("rest", c.c_void_p * 8)]


class Batch(c.Structure):
    _fields_ = [("n_tokens", c.c_int32), ("token", c.POINTER(c.c_int32)), ("embd", c.c_void_p),
                ("pos", c.POINTER(c.c_int32)), ("n_seq_id", c.POINTER(c.c_int32)),
                ("seq_id", c.POINTER(c.POINTER(c.c_int32))), ("logits", c.POINTER(c.c_int8))]


def _library():
    lib = c.CDLL(os.environ["LLAMA_CPP_LIBRARY"])
    for name, result, arguments in (("llama_model_default_params", ModelParams,
                                     []), ("llama_context_default_params", ContextParams, []),
                                    ("llama_model_load_from_file", c.c_void_p,
                                     [c.c_char_p,
                                      ModelParams]), ("llama_init_from_model", c.c_void_p,
                                                      [c.c_void_p, ContextParams]),
                                    ("llama_model_get_vocab", c.c_void_p,
                                     [c.c_void_p]), ("llama_model_n_embd", c.c_int32, [c.c_void_p]),
                                    ("llama_model_n_cls_out", c.c_uint32,
                                     [c.c_void_p]), ("llama_vocab_n_tokens", c.c_int32,
                                                     [c.c_void_p]), ("llama_decode", c.c_int32,
                                                                     [c.c_void_p, Batch]),
                                    ("llama_get_logits_ith", c.POINTER(c.c_float),
                                     [c.c_void_p,
                                      c.c_int32]), ("llama_get_embeddings_ith",
                                                    c.POINTER(c.c_float), [c.c_void_p, c.c_int32]),
                                    ("llama_get_embeddings_seq", c.POINTER(c.c_float),
                                     [c.c_void_p, c.c_int32]), ("llama_batch_init", Batch,
                                                                [c.c_int32, c.c_int32, c.c_int32]),
                                    ("llama_free", None, [c.c_void_p]), ("llama_model_free", None, [
                                        c.c_void_p
                                    ]), ("llama_log_set", None, [c.c_void_p, c.c_void_p])):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


_SILENT = c.CFUNCTYPE(None, c.c_int, c.c_char_p, c.c_void_p)(lambda level, text, data: None)


def compute(path, tokens, kind, n_ctx=0):
    """What llama.cpp computes for the tokens. kind: "logits" (n, vocabulary), "hidden" (n, width)
    or "scores" (labels). n_ctx: the context, which longrope depends on; 0: a little more than the
    tokens need."""
    lib = _library()
    lib.llama_log_set(c.cast(_SILENT, c.c_void_p), None)
    model = lib.llama_model_load_from_file(str(path).encode(), lib.llama_model_default_params())
    if not model:
        raise RuntimeError(f"{path}: llama.cpp does not load it")
    params = lib.llama_context_default_params()
    params.n_ctx = n_ctx or max(256, len(tokens))
    params.n_batch = params.n_ubatch = params.n_ctx
    params.type_k = params.type_v = F32
    params.flash_attn_type = 0  # its sums are in f16
    params.n_threads = params.n_threads_batch = 1
    params.embeddings = kind != "logits"
    params.pooling_type = {"logits": -1, "hidden": POOLING_NONE, "scores": POOLING_RANK}[kind]
    context = lib.llama_init_from_model(model, params)
    batch = lib.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, i, 1, 1
        batch.seq_id[i][0] = 0
    if lib.llama_decode(context, batch) != 0:
        raise RuntimeError(f"{path}: llama_decode failed")

    def rows(get, width):
        return np.stack(
            [np.ctypeslib.as_array(get(context, i), (width, )).copy() for i in range(len(tokens))])

    if kind == "logits":
        out = rows(lib.llama_get_logits_ith,
                   lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model)))
    elif kind == "hidden":
        out = rows(lib.llama_get_embeddings_ith, lib.llama_model_n_embd(model))
    else:
        labels = lib.llama_model_n_cls_out(model)
        out = np.ctypeslib.as_array(lib.llama_get_embeddings_seq(context, 0), (labels, )).copy()
    lib.llama_free(context)
    lib.llama_model_free(model)
    return out


class _Traits(c.Structure):
    _fields_ = [("name", c.c_char_p), ("block", c.c_int64), ("interleave", c.c_int64),
                ("block_bytes", c.c_size_t), ("is_quantized", c.c_bool),
                ("to_float", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_int64)),
                ("from_float", c.c_void_p)]


def _ggml():
    lib = c.CDLL(os.environ["LLAMA_CPP_LIBRARY"])
    lib.ggml_get_type_traits.restype = c.POINTER(_Traits)
    lib.ggml_quantize_chunk.restype = c.c_size_t
    lib.ggml_quantize_chunk.argtypes = [c.c_int, c.c_void_p, c.c_void_p] + [c.c_int64
                                                                           ] * 3 + [c.c_void_p]
    return lib


def block_sizes(qtype):
    """Weights and bytes of a block."""
    traits = _ggml().ggml_get_type_traits(c.c_int(qtype))[0]
    return traits.block, traits.block_bytes


def quantize(weights, qtype):
    """The bytes of each row, with equal importance of all columns."""
    block, block_bytes = block_sizes(qtype)
    weights = np.ascontiguousarray(weights, dtype=np.float32)
    columns = weights.shape[-1]
    out = np.zeros((*weights.shape[:-1], columns // block * block_bytes), dtype=np.uint8)
    importance = np.ones(columns, dtype=np.float32)
    n = _ggml().ggml_quantize_chunk(qtype, weights.ctypes.data, out.ctypes.data, 0,
                                       weights.size // columns, columns, importance.ctypes.data)
    assert n == out.size, (qtype, n, out.size)
    return out


def dequantize(data, qtype):
    """The values of rows of bytes. Where the gguf package can compute them, it must agree."""
    block, block_bytes = block_sizes(qtype)
    data = np.ascontiguousarray(data, dtype=np.uint8)
    out = np.empty((*data.shape[:-1], data.shape[-1] // block_bytes * block), dtype=np.float32)
    _ggml().ggml_get_type_traits(c.c_int(qtype))[0].to_float(data.ctypes.data, out.ctypes.data,
                                                                out.size)
    if qtype in gguf.quants._type_traits:
        same = gguf.dequantize(data, qtype)
        assert np.array_equal(same.view(np.uint32), out.view(np.uint32)), qtype
    return out
