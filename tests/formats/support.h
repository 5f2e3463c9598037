// What the tests of the file readers share: golden values, files in a temporary folder, and the
// sweeps over damaged files.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/checkpoint/source_tensor.h"

namespace quire::tests {

// A file below tests/golden/checkpoint.
std::string golden_path(const std::string& name);
std::string read_file(const std::string& path);

// A temporary folder that is removed with the object.
class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    std::string path(const std::string& name) const { return path_ + "/" + name; }
    // Writes the file and returns its path.
    std::string write(const std::string& name, std::string_view content) const;

  private:
    std::string path_;
};

// The value's bytes, little-endian, at the end of `out`.
template <typename T>
void put(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
}

// What the quire::Error that `run` throws says, after a check that its code is `model` and that it
// is one line; empty when nothing was thrown.
std::string error_of(const std::function<void()>& run);

// The tensors have the names, types, shapes and (bit for bit) values of the golden text, in its
// order, and what read_blocks() gives decodes to what read_row() gives.
void check_values(std::span<const formats::SourceTensor> tensors, const std::string& values_path);

// Every tensor's bytes are inside its file, as many as its shape and type require; reads all rows.
void check_readable(std::span<const formats::SourceTensor> tensors);

// `open` must refuse every shorter version of the content, with Error{model}.
void check_every_prefix_refused(std::string_view content,
                                const std::function<void(const std::string& path)>& open);

// `open` must read or refuse with Error{model}, whichever bit of the content's first `n_header`
// bytes is flipped, or all bits of any one byte. Returns how many of these files were refused.
std::size_t count_refused_flips(std::string_view content, std::size_t n_header,
                                const std::function<void(const std::string& path)>& open);

}  // namespace quire::tests
