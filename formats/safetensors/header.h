// The JSON header of a safetensors file: the description of each tensor, before it is checked
// against the data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

struct HeaderEntry {
    std::string name;
    std::string dtype = {};
    std::vector<std::uint64_t> shape = {};  // slowest first
    std::uint64_t begin = 0;                // bytes from the start of the data
    std::uint64_t end = 0;
};

struct SafetensorsHeader {
    std::vector<HeaderEntry> entries;  // in the order of the header
    std::vector<std::pair<std::string, std::string>> metadata;
};

// Error{model} for anything but an object of tensor entries (dtype, shape and data_offsets, each
// once and nothing else) and an optional `__metadata__` object of strings; also for a name or a
// metadata key that occurs twice. where: the file, for messages.
SafetensorsHeader parse_safetensors_header(base::Bytes json, const std::string& where);

// The dtypes of the format. Sub-byte types are packed.
struct SafetensorsDtype {
    std::string_view name;
    std::uint64_t bits;              // of one element
    std::optional<SourceType> type;  // empty when Quire does not read it
};

// nullptr when there is no such dtype.
const SafetensorsDtype* find_safetensors_dtype(std::string_view name) noexcept;

}  // namespace quire::formats
