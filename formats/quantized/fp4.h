// Matrices of 4-bit floats (E2M1) in groups with an 8-bit scale: NVFP4 (16 weights, E4M3, and a number for
// the whole matrix) and MXFP4 (32 weights, E8M0). Codes are in bytes, the first in the low half.
#pragma once

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

enum class Fp4Kind : std::uint8_t { nvfp4, mxfp4 };

// codes: U8 (..., columns / 2), or U32 with the same bytes; scales: F8_E4M3 (..., columns / 16), or
// F8_E8M0 or U8 (..., columns / 32). The codes of MXFP4 may have their groups as a dimension of their
// own: (..., columns / 32, 16). matrix_scale: what all products are multiplied with; 1 for MXFP4.
// Error{model} naming the tensor whose dtype or shape does not fit.
//
// keep: the type of the same name, if rows are whole blocks of 32 weights and every scale is a number of
// at least 0; otherwise f32.
SourceTensor fp4_tensor(const std::string& name, Fp4Kind kind, const CodedTensor& codes,
                        const CodedTensor& scales, float matrix_scale);

}  // namespace quire::formats
