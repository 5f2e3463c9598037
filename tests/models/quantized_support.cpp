#include "tests/models/quantized_support.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "models/source/source.h"

namespace quire::tests {

std::string FolderDraft::write(const TempDir& dir) const {
    nlohmann::ordered_json header;
    std::string data;
    for (const auto& [name, tensor] : tensors) {
        const std::size_t begin = data.size();
        data += tensor.data;
        header[name] = {{"dtype", tensor.dtype},
                        {"shape", tensor.shape},
                        {"data_offsets", {begin, data.size()}}};
    }
    const std::string text = header.dump();
    std::string file;
    put<std::uint64_t>(file, text.size());
    std::filesystem::create_directories(dir.path("m"));
    dir.write("m/model.safetensors", file + text + data);
    dir.write("m/config.json", nlohmann::json{{"model_type", "llama"}, {key, quantization}}.dump());
    return dir.path("m");
}

std::string FolderDraft::verdict() const {
    const TempDir dir;
    const std::string folder = write(dir);
    return error_of([&] { models::open_source(folder); });
}

void check_refused(const FolderDraft& draft, const std::string& text) {
    const std::string verdict = draft.verdict();
    INFO(verdict);
    CHECK(verdict.find(text) != std::string::npos);
}

}  // namespace quire::tests
