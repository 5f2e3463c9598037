// A GGUF file, version 2 or 3, little-endian: typed metadata and tensors, all of them views into
// the mapped file. Opening reads the header, the metadata and the tensor table once and checks
// every length, count, offset and extent against the file. No weight is touched. Of a model that is split
// into parts, the first one is opened, and the tensors of the others are read with it.
//
// Non-goals: version 1 (32-bit counts), big-endian files, arrays of arrays.
// source: docs/gguf.md of ggml.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/checkpoint/names.h"
#include "formats/checkpoint/source_tensor.h"
#include "formats/gguf/value.h"

namespace quire::formats::gguf {

class File {
  public:
    struct KeyValue {
        std::string_view key;
        Value value;
    };

    // Error{model} saying what is wrong when the file is not a GGUF file that Quire reads.
    explicit File(const std::string& path);

    // The first part of a split model, or the only file.
    const base::MappedFile& file() const noexcept { return *file_; }
    std::uint32_t version() const noexcept { return version_; }
    std::uint64_t alignment() const noexcept { return alignment_; }

    // In the order of the file.
    std::span<const KeyValue> metadata() const noexcept { return metadata_; }
    std::span<const SourceTensor> tensors() const noexcept { return tensors_; }

    // nullptr when there is no such tensor.
    const Value* find(std::string_view key) const noexcept;
    const SourceTensor* tensor(std::string_view name) const noexcept;

    // Nothing when the key is absent. Error{model} naming the key when its value has another type.
    // Strings are views into the mapped file and are not checked to be UTF-8.
    std::optional<std::uint64_t> get_u64(std::string_view key) const;  // any integer type, >= 0
    std::optional<double> get_f64(std::string_view key) const;         // f32 or f64
    std::optional<bool> get_bool(std::string_view key) const;
    std::optional<std::string_view> get_string(std::string_view key) const;
    std::optional<std::vector<std::string_view>> get_strings(std::string_view key) const;
    std::optional<std::vector<std::uint64_t>> get_u64s(std::string_view key) const;  // each >= 0

    // An array whose elements have exactly the type T.
    template <typename T>
    std::optional<ArrayView<T>> get_array(std::string_view key) const {
        const Value* value = typed(key, value_type_of<T>(), true);
        if (value == nullptr) return std::nullopt;
        return ArrayView<T>(value->data);
    }

  private:
    // One file, whether it is a part or not.
    struct OnePart {};
    File(const std::string& path, OnePart part);

    void read_parts(std::uint64_t count);
    void check_part(const File& part, std::uint64_t no, std::uint64_t count) const;
    void index_tensors();
    void read_metadata(base::ByteReader& reader, std::uint64_t n_keys);
    void read_tensors(base::ByteReader& reader, std::uint64_t n_tensors);
    std::uint64_t read_alignment() const;
    const Value* typed(std::string_view key, ValueType type, bool is_array) const;
    [[noreturn]] void wrong_kind(std::string_view key, const std::string& expected,
                                 const Value& found) const;

    std::unique_ptr<base::MappedFile> file_;  // at a fixed address, because the tensors point to it
    std::uint32_t version_ = 0;
    std::uint64_t alignment_ = 0;
    std::vector<KeyValue> metadata_;
    std::vector<SourceTensor> tensors_;
    NameIndex keys_;
    NameIndex names_;
    std::vector<File> parts_ = {};  // the others of a split model
};

}  // namespace quire::formats::gguf
