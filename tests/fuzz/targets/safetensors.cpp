// A checkpoint folder: config.json %% the header of model.safetensors %% further files by name:
// NAME, a line feed, the content. Data is made up to the largest offset that the header names.
#include "formats/safetensors/safetensors.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "tests/fuzz/common.h"
#include "tests/fuzz/models.h"

namespace quire::fuzz {

namespace {

constexpr std::uint64_t kMaxDataBytes = 1 << 20;

// The largest number below a megabyte in the text.
std::uint64_t largest_number(std::string_view text) {
    std::uint64_t largest = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) {
            ++at;
            continue;
        }
        std::uint64_t value = 0;
        const auto [end, error] =
            std::from_chars(text.data() + at, text.data() + text.size(), value);
        if (error == std::errc() && value <= kMaxDataBytes) largest = std::max(largest, value);
        at = static_cast<std::size_t>(end - text.data());
    }
    return largest;
}

std::string safetensors_file(std::string_view header) {
    const std::uint64_t size = header.size();
    std::string file(reinterpret_cast<const char*>(&size), sizeof(size));
    file += header;
    return file + std::string(largest_number(header), '\x3c');
}

}  // namespace

void run_safetensors(std::string_view input) {
    constexpr std::size_t kMaxParts = 6;
    const std::vector<std::string_view> parts = split_parts(input, kMaxParts);
    folder().clear();
    folder().write("config.json", parts[0]);
    if (parts.size() > 1) folder().write("model.safetensors", safetensors_file(parts[1]));
    for (std::size_t i = 2; i < parts.size(); ++i) {
        const std::string_view name = parts[i].substr(0, parts[i].find('\n'));
        // Names that stay inside the folder.
        if (name.empty() || name.size() > 60 || name == "." || name == ".." ||
            name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos) {
            continue;
        }
        const std::string_view content =
            parts[i].substr(std::min(name.size() + 1, parts[i].size()));
        const bool tensors = name.ends_with(".safetensors");
        folder().write(std::string(name),
                       tensors ? safetensors_file(content) : std::string(content));
    }
    refuses([&] { use_checkpoint(models::open_huggingface(folder().path())); });
}

}  // namespace quire::fuzz
