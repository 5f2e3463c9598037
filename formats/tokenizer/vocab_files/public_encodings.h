// OpenAI's public vocabularies: which names mean them, and where their files are published.
// source: openai/tiktoken 0.14, tiktoken/model.py and tiktoken_ext/openai_public.py
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace quire::formats {

struct PublicFile {
    std::string_view name;  // such as "o200k_base.tiktoken"
    std::string_view sha256;
    std::uint64_t n_bytes;

    std::string url() const;
};

// An encoding is a file with a split pattern and special tokens (known_tiktoken() of
// ranked_tokens.h); two may share a file.
struct PublicEncoding {
    std::string_view name;  // such as "o200k_harmony"
    const PublicFile* file;
};

// The encoding of this name, or of the model of OpenAI with this name ("gpt-4o",
// "gpt-4-0314", "ft:gpt-4o"); nullptr for any other name.
const PublicEncoding* public_encoding(std::string_view name) noexcept;

std::span<const PublicEncoding> public_encodings() noexcept;

}  // namespace quire::formats
