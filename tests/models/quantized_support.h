// Small quantized folders, written tensor by tensor.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/base/json/json.h"
#include "tests/formats/support.h"

namespace quire::tests {

struct StoredDraft {
    std::string dtype;
    std::vector<std::uint64_t> shape;
    std::string data;
};

struct FolderDraft {
    nlohmann::json quantization;
    std::map<std::string, StoredDraft> tensors;
    const char* key = "quantization_config";  // of the configuration

    // A folder with a configuration and model.safetensors. Returns its path.
    std::string write(const TempDir& dir) const;
    // What opening it says; empty when it is read.
    std::string verdict() const;
};

// Bytes of the value, n times.
template <typename T>
std::string repeated(T value, std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) put(out, value);
    return out;
}

// The verdict must contain the text.
void check_refused(const FolderDraft& draft, const std::string& text);

}  // namespace quire::tests
