// What a file is, by its first bytes: file names can mislead, and an error should say what was
// found instead of a tokenizer.
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

// From the first bytes of a file; a few kilobytes are enough.
FileKind kind_of(std::string_view begin);

// Of a file. Error{model} when it cannot be read.
FileKind kind_of_file(const std::string& path);

// For messages: "a pointer of git-lfs in place of the file (git lfs pull fetches it)".
std::string name_of(FileKind kind);

}  // namespace quire::formats
