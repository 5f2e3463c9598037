// The codings of bitsandbytes. 4 bits: places in a table of 16 floats (NF4, FP4), times the largest
// magnitude of 64 weights in the order of the file, which may be coded in 8 bits itself. 8 bits: integers
// with a scale for each row.
// source: bitsandbytes 0.50, functional.py (QuantState) and _ops.py.
#pragma once

#include <optional>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

struct NestedMagnitudes {
    CodedTensor scales;  // F32, one for each block of magnitudes
    CodedTensor table;   // F32 (256)
    std::uint64_t block = 256;
    float offset = 0.0F;
};

struct TableModule {
    std::string coding;  // for people: "NF4"
    std::vector<std::uint64_t> shape;
    CodedTensor codes;       // U8, two weights in a byte, the first in the high half
    CodedTensor table;       // F32 (16)
    CodedTensor magnitudes;  // F32, or U8 where they are nested; one for each block of weights
    std::uint64_t block = 64;
    std::optional<NestedMagnitudes> nested = {};
};

// Error{model} naming a part whose dtype or size does not fit. keep: f32.
SourceTensor table_tensor(const std::string& name, const TableModule& module);

// codes: I8 (rows, columns); magnitudes: F32 (rows), that of code 127. keep: f32.
SourceTensor row_bytes_tensor(const std::string& name, const CodedTensor& codes,
                              const CodedTensor& magnitudes);

}  // namespace quire::formats
