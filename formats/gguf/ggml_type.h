// The tensor types that a GGUF file gives by number: the names of all of them, for messages, and
// which of them Quire reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats::gguf {

// "Q6_K"; "77 (unknown)" for a number that ggml has never assigned.
std::string ggml_type_name(std::uint32_t id);

// The names of all types that Quire reads, for a message.
std::string ggml_types_read();

// Nothing for a type that Quire does not read.
std::optional<SourceType> source_type_from_ggml(std::uint32_t id) noexcept;

}  // namespace quire::formats::gguf
