// The largest values that validate() accepts, for code that allocates by a count before validation.
#pragma once

#include <cstdint>

namespace quire::spec {

inline constexpr std::uint32_t kMaxLayers = 4096;
inline constexpr std::uint32_t kMaxHeads = 4096;
inline constexpr std::uint32_t kMaxHeadDim = 1024;
inline constexpr std::uint32_t kMaxConvWidth = 8;
inline constexpr std::uint32_t kMaxExperts = 1024;
inline constexpr std::uint32_t kMaxLabels = 1U << 16;
inline constexpr std::uint32_t kMaxDim = 1U << 20;
inline constexpr std::uint32_t kMaxBiasDistance = 1U << 16;
inline constexpr std::uint32_t kMaxNgramOrder = 8;
inline constexpr std::uint32_t kMaxFfnDim = 1U << 22;

}  // namespace quire::spec
