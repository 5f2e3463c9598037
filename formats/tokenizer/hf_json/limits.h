// Bounds on the size of a tokenizer's sources.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::formats {

// Bytes of a file that holds a whole vocabulary.
constexpr std::uint64_t kMaxVocabularyBytes = 512ULL << 20;
// Bytes of a file beside it: added tokens, settings, chat templates.
constexpr std::uint64_t kMaxSettingsBytes = 64ULL << 20;
// Ids without a token below the largest id. Published vocabularies leave a few hundred.
constexpr std::size_t kMaxHoles = 1 << 20;

}  // namespace quire::formats
