// What a file is by its first bytes: names deceive, and what is met instead of a tokenizer is best
// called by its name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quire::formats {

enum class FileKind : std::uint8_t {
    // clang-format off
    json, tiktoken, sentencepiece, merges, gguf, quire, text,
    git_lfs, html, safetensors, zip, pickle, gzip, empty, binary,
    // clang-format on
};

// By the first bytes of a file, of which a few kilobytes are enough.
FileKind kind_of(std::string_view begin);

// Of a file; of one that cannot be read Error{model}.
FileKind kind_of_file(const std::string& path);

// For messages: "a pointer of git-lfs in place of the file (git lfs pull fetches it)".
std::string name_of(FileKind kind);

}  // namespace quire::formats
