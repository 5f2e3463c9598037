// Whether a model fits the memory of this machine, in one line before it starts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/quire/reader.h"
#include "lib/model/forward.h"

namespace quire::common {

struct MemoryNeed {
    std::uint64_t weights = 0;    // bytes
    std::uint64_t positions = 0;  // tokens whose keys and values are counted
    std::uint64_t page = 0;       // bytes of the keys and values of a page of positions
    std::uint64_t state = 0;      // of recurrent layers

    std::uint64_t keys_and_values() const noexcept;
};

MemoryNeed memory_need(const formats::QuireFile& file, const model::Model& model,
                       std::size_t positions);

// What processes may use without swapping: MemAvailable, and at most the limit of the container. None
// where the system does not say.
std::optional<std::uint64_t> available_memory();

// What to say about a need that is larger; empty if it fits.
std::string shortage(const MemoryNeed& need, std::uint64_t available);

// Says it, as a warning.
void warn_of_shortage(const MemoryNeed& need);

}  // namespace quire::common
