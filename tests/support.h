// What tests of several folders share: a directory for files, the tiny model, golden files.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "formats/quire/reader.h"
#include "lib/base/error.h"
#include "lib/model/forward.h"
#include "tools/pack/convert.h"

namespace quire::test {

inline std::string golden(const std::string& name) {
    return std::string(QUIRE_SOURCE_DIR) + "/tests/golden/" + name;
}

// A directory that is deleted with the object.
class TempDir {
  public:
    TempDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "quire-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    ~TempDir() { std::filesystem::remove_all(path_); }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::string& path, std::string_view content) {
    std::ofstream(path, std::ios::binary)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
}

// tests/golden/tiny-llama as a .quire file in `dir`.
inline std::string pack_tiny(const TempDir& dir, pack::TargetType type = pack::TargetType::keep,
                             const std::string& name = "tiny.quire") {
    pack::convert({golden("tiny-llama"), dir.file(name), type, "test", 2});
    return dir.file(name);
}

// A folder of tests/golden/families, with the tokenizer that all of them share, as a .quire file.
inline std::string pack_family(const TempDir& dir, const std::string& name,
                               pack::TargetType type = pack::TargetType::keep) {
    const std::filesystem::path folder = dir.file(name);
    std::filesystem::create_directories(folder);
    const auto link = [&](const char* file, const std::string& target) {
        std::filesystem::remove(folder / file);
        std::filesystem::create_symlink(golden("families/" + target), folder / file);
    };
    for (const char* file : {"config.json", "model.safetensors"}) link(file, name + "/" + file);
    link("tokenizer.json", "tokenizer.json");
    pack::convert({folder.string(), dir.file(name + ".quire"), type, "test", 2});
    return dir.file(name + ".quire");
}

// The message of the Error that `call` throws; fails the test when it throws none of that code.
template <typename Call>
std::string error_of(ErrorCode code, Call call) {
    try {
        call();
    } catch (const Error& error) {
        CHECK(error.code() == code);
        return error.what();
    }
    FAIL_CHECK("no error was thrown");
    return {};
}

}  // namespace quire::test
