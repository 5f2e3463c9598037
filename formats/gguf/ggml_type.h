// The tensor types that a GGUF file numbers: all by name, so that a message can say what a tensor
// is, and those that Quire reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

// "Q6_K"; "77 (unknown)" for a number that no release of ggml has given out.
std::string ggml_type_name(std::uint32_t id);

// The names of all types that Quire reads, for a message.
std::string ggml_types_read();

// Nothing when Quire does not read the type.
std::optional<SourceType> source_type_from_ggml(std::uint32_t id) noexcept;

}  // namespace quire::formats
