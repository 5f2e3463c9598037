"""The text form of expected tensor values that tests/formats/support.h reads: one tensor per line,
as NAME TYPE SHAPE BITS..., with the shape slowest first, joined by commas ("-" for a scalar), and
every value as the eight hex digits of its float32 bits."""
import numpy as np


def line(name, dtype, shape, values):
    bits = np.ascontiguousarray(values, dtype=np.float32).ravel().view(np.uint32)
    dims = ",".join(str(n) for n in shape) or "-"
    return " ".join([name, dtype, dims] + [f"{b:08x}" for b in bits]) + "\n"
