// The fixed parts of a .quire file, byte for byte; FORMAT.md says the same in prose.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace quire::formats::quire_file {

// Like the signature of PNG: a byte with the high bit set, a name, and both line endings, so that a
// transfer in text mode is noticed at once.
inline constexpr std::array<std::uint8_t, 8> kMagic{0x93, 'Q', 'U', 'I', '\r', '\n', 0x1A, '\n'};
inline constexpr std::uint32_t kVersion = 5;
inline constexpr std::uint64_t kPage = 4096;       // sections begin on pages
inline constexpr std::uint64_t kTensorAlign = 64;  // tensors inside the weights section
inline constexpr std::size_t kMaxSections = 83;  // so that header and table fit into the first page
inline constexpr std::uint64_t kMaxJson = 64U << 20;

struct Header {
    std::array<std::uint8_t, 8> magic;
    std::uint32_t version;
    std::uint32_t n_sections;
    std::uint64_t features;  // bits that a reader must understand; none are defined
    std::uint64_t file_bytes;
    std::uint64_t model_hash;   // XXH3 of the section table
    std::uint64_t header_hash;  // XXH3 of the 40 bytes before it
    std::uint64_t reserved[2];  // 0
};
static_assert(sizeof(Header) == 64);

struct SectionEntry {
    char name[24];         // ASCII, padded with zeros
    std::uint64_t offset;  // a multiple of kPage
    std::uint64_t length;  // without the padding of the last page
    std::uint64_t hash;  // XXH3 of the section; of "weights": of the hashes in the tensor directory
};
static_assert(sizeof(SectionEntry) == 48);
static_assert(sizeof(Header) + kMaxSections * sizeof(SectionEntry) <= kPage);

// One tensor in the section "tensors".
struct TensorEntry {
    char name[64];
    std::uint8_t dtype;   // tensor::DType
    std::uint8_t layout;  // 0: f32 vector; 1: matrix in panels of 16 rows
    std::uint8_t zero[6];
    std::uint64_t rows;
    std::uint64_t columns;
    std::uint64_t offset;  // from the start of the weights section; a multiple of kTensorAlign
    std::uint64_t length;  // without the padding before the next tensor
    std::uint64_t hash;    // XXH3 of the tensor including that padding
};
static_assert(sizeof(TensorEntry) == 112);

namespace section {
inline constexpr std::string_view kMeta = "meta";
inline constexpr std::string_view kSpec = "spec";
inline constexpr std::string_view kTemplate = "chat_template";
inline constexpr std::string_view kToolTemplate = "chat_template.tool_use";
inline constexpr std::string_view kPrompts = "prompts";
inline constexpr std::string_view kAnswers = "answers";
inline constexpr std::string_view kSelfTest = "selftest";
inline constexpr std::string_view kNgram = "ngram";
inline constexpr std::string_view kTensors = "tensors";
inline constexpr std::string_view kWeights = "weights";
}  // namespace section

// The name in a fixed field. Nothing when it is empty, not padded with zeros only, or not
// printable.
std::string_view fixed_name(const char* field, std::size_t size) noexcept;
// Writes a name to a zeroed field. Error{run} when it is empty or too long.
void set_fixed_name(char* field, std::size_t size, std::string_view name);

template <typename T>
base::Bytes bytes_of(const T& value) noexcept {
    return std::as_bytes(std::span(&value, 1));
}

}  // namespace quire::formats::quire_file
