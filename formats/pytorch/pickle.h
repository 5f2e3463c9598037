// The subset of Python's pickles that hold weights: dicts of tensors as torch.save() writes them, with
// protocol 2. A pickle is a program; this machine only knows values, containers, and the few functions
// below, and refuses everything else by name. Nothing from the file is called or imported.
//
// Values live in one list and refer to each other by position, so no nesting can exhaust the stack,
// and each byte of the pickle makes at most one of them.
// source: Lib/pickletools.py of CPython; torch/_utils.py, torch/serialization.py.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace quire::formats {

struct PickledStorage {
    std::string_view dtype;  // as safetensors spells it; "U8" for bytes of any dtype
    std::string_view key;    // the name of its data
    std::uint64_t n_elements = 0;
};

struct PickledTensor {
    std::size_t storage = 0;   // position in Pickle::storages
    std::string_view dtype;    // as safetensors spells it
    std::uint64_t offset = 0;  // in elements
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> stride;  // in elements
};

struct NamedTensor {
    std::string_view name;
    std::size_t tensor;  // position in Pickle::tensors
};

// What one pickle makes. Views are into its bytes.
struct Pickle {
    std::vector<PickledStorage> storages;
    std::vector<PickledTensor> tensors;
    std::vector<NamedTensor> named;       // of a dict of tensors
    std::vector<std::string_view> texts;  // of a list of texts
    std::int64_t integer = 0;             // of a single integer
};

// What a pickle must hold. system: what legacy files say about the writer's machine, which must have
// been little-endian.
enum class PickleKind : std::uint8_t { tensors, texts, integer, system };

// Reads one pickle, up to its end; the reader then is behind it. Error{model} when it holds something
// else than `kind`, an instruction or function that is not known, or a name twice.
Pickle read_pickle(base::ByteReader& reader, PickleKind kind);

// Bytes of an element of a dtype that storages may have.
std::uint64_t pickled_bytes(std::string_view dtype) noexcept;

}  // namespace quire::formats
