#include "tests/formats/support.h"

#include <doctest/doctest.h>
#include <stdlib.h>  // mkdtemp

#include <array>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lib/tensor/half.h"

namespace quire::tests {

namespace {

using formats::SourceTensor;

std::vector<std::uint64_t> parse_shape(const std::string& text) {
    std::vector<std::uint64_t> shape;
    if (text == "-") return shape;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) shape.push_back(std::stoull(part));
    return shape;
}

std::vector<float> all_values(const SourceTensor& tensor) {
    std::vector<float> values(tensor.rows() * tensor.columns());
    for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        const std::span<float> out(values);
        formats::read_row(out.subspan(row * tensor.columns(), tensor.columns()), tensor, row);
    }
    return values;
}

std::vector<float> values_by_blocks(const SourceTensor& tensor) {
    std::vector<float> values;
    std::vector<tensor::Block> blocks(tensor.columns() / tensor::kBlock);
    for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        formats::read_blocks(blocks, tensor, row);
        for (const tensor::Block& block : blocks) {
            std::array<float, tensor::kBlock> part{};
            tensor::decode_block(part, block, tensor::info(formats::info(tensor.type).dtype));
            values.insert(values.end(), part.begin(), part.end());
        }
    }
    return values;
}

std::vector<std::uint32_t> bits_of(std::span<const float> values) {
    std::vector<std::uint32_t> bits;
    for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
    return bits;
}

void check_tensor(const SourceTensor& tensor, const std::string& golden) {
    std::istringstream words(golden);
    std::string name;
    std::string type;
    std::string shape;
    words >> name >> type >> shape;
    std::vector<std::uint32_t> expected;
    for (std::string word; words >> word;) {
        expected.push_back(static_cast<std::uint32_t>(std::stoul(word, nullptr, 16)));
    }

    INFO("tensor " << name);
    CHECK(tensor.name == name);
    CHECK(formats::type_name(tensor) == type);
    REQUIRE(tensor.shape == parse_shape(shape));
    const std::vector<std::uint32_t> found = bits_of(all_values(tensor));
    CHECK(found == expected);
    if (formats::info(tensor.type).block > 1) CHECK(bits_of(values_by_blocks(tensor)) == found);
}

}  // namespace

std::string golden_path(const std::string& name) {
    return std::string(QUIRE_SOURCE_DIR) + "/tests/golden/checkpoint/" + name;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file.good(), path);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

TempDir::TempDir()
    : path_((std::filesystem::temp_directory_path() / "quire-test-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, std::string_view content) const {
    std::ofstream file(path(name), std::ios::binary);
    file << content;
    file.close();
    REQUIRE(file.good());
    return path(name);
}

std::string error_of(const std::function<void()>& run) {
    try {
        run();
    } catch (const Error& error) {
        const std::string message = error.what();
        const bool one_line = !message.empty() && message.find('\n') == std::string::npos;
        if (error.code() != ErrorCode::model || !one_line) FAIL("not a proper error: " << message);
        return message;
    }
    return "";
}

void check_values(std::span<const SourceTensor> tensors, const std::string& values_path) {
    std::istringstream lines(read_file(values_path));
    std::size_t n_lines = 0;
    for (std::string line; std::getline(lines, line); ++n_lines) {
        REQUIRE(n_lines < tensors.size());
        check_tensor(tensors[n_lines], line);
    }
    CHECK(n_lines == tensors.size());
    CHECK(n_lines > 0);
}

void check_readable(std::span<const SourceTensor> tensors) {
    for (const SourceTensor& tensor : tensors) {
        const base::Bytes file = tensor.file->bytes();
        const auto bytes = formats::source_bytes(tensor.type, tensor.shape);
        // One plain condition: the sweeps come here some hundred thousand times.
        const bool fits = bytes && tensor.data.size() == *bytes && *bytes <= file.size() &&
                          tensor.data.data() >= file.data() &&
                          tensor.data.data() + *bytes <= file.data() + file.size();
        if (!fits) FAIL("tensor " << tensor.name << " lies outside of its file");
        if (*bytes == 0) continue;
        std::vector<float> row(tensor.columns());
        for (std::uint64_t r = 0; r < tensor.rows(); ++r) formats::read_row(row, tensor, r);
    }
}

void check_every_prefix_refused(std::string_view content,
                                const std::function<void(const std::string& path)>& open) {
    const TempDir folder;
    const std::string path = folder.write("prefix", content);
    open(path);
    for (std::size_t size = content.size(); size-- > 0;) {
        std::filesystem::resize_file(path, size);
        INFO("the first " << size << " bytes");
        CHECK_FALSE(error_of([&] { open(path); }).empty());
    }
}

std::size_t count_refused_flips(std::string_view content, std::size_t n_header,
                                const std::function<void(const std::string& path)>& open) {
    const TempDir folder;
    const std::string path = folder.write("flipped", content);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const auto write_at = [&](std::size_t i, char byte) {
        file.seekp(static_cast<std::streamoff>(i));
        file.put(byte);
        file.flush();
        REQUIRE(file.good());
    };
    std::size_t n_refused = 0;
    for (std::size_t i = 0; i < content.size(); ++i) {
        for (const unsigned mask : {255U, 1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U}) {
            if (mask != 255 && i >= n_header) break;
            INFO("byte " << i << " with the bits " << mask << " flipped");
            const auto byte = static_cast<unsigned char>(content[i]);
            write_at(i, static_cast<char>(byte ^ mask));
            if (!error_of([&] { open(path); }).empty()) ++n_refused;
        }
        write_at(i, content[i]);
    }
    return n_refused;
}

}  // namespace quire::tests
