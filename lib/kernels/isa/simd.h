// The vectors of the instruction set that this file is compiled for.
#pragma once

#if defined(__AVX512F__)
#include "lib/kernels/isa/simd_avx512.h"
#elif defined(__AVX2__)
#include "lib/kernels/isa/simd_avx2.h"
#elif defined(__ARM_FEATURE_DOTPROD)
#include "lib/kernels/isa/simd_neon.h"
#else
#include "lib/kernels/isa/simd_portable.h"
#endif
