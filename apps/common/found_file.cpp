#include "apps/common/found_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "formats/quire/layout.h"

namespace quire::common {

namespace {

namespace fs = std::filesystem;

// Not read through a stream, which reports running out of memory as the end of the file.
std::string first_bytes(const std::string& path) {
    std::array<char, 512> bytes{};
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return {};
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    ::close(fd);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

Found by_name(const std::string& path) {
    if (path.find("://") != std::string::npos) return Found::url;
    const bool plain = path.find_first_of(" \\") == std::string::npos && path[0] != '/' &&
                       path[0] != '.' && std::count(path.begin(), path.end(), '/') == 1;
    return plain && !path.ends_with('/') && !fs::path(path).has_extension() ? Found::hub
                                                                            : Found::missing;
}

bool is_text(const std::string& bytes) {
    return std::ranges::none_of(bytes, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f';
    });
}

// A safetensors file begins with the length of its header, 8 bytes, followed by the opening brace
// of the header.
bool is_safetensors(const std::string& bytes) {
    return bytes.size() > 9 && bytes[8] == '{' && bytes[7] == '\0' && bytes[6] == '\0';
}

Found by_bytes(const std::string& path) {
    const std::string bytes = first_bytes(path);
    const auto& magic = formats::quire_file::kMagic;
    const std::string_view quire(reinterpret_cast<const char*>(magic.data()), magic.size());
    if (bytes.empty()) return Found::empty;
    if (bytes.starts_with(quire)) return Found::quire;
    if (bytes.starts_with("GGUF")) return Found::gguf;
    if (bytes.starts_with("version https://git-lfs")) return Found::pointer;
    // A zip archive, or the first opcode of a pickle.
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("\x80\x02")) return Found::pytorch;
    if (is_safetensors(bytes)) return Found::safetensors;
    if (!is_text(bytes)) return Found::other;
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string::npos && (bytes[first] == '{' || bytes[first] == '[');
    return is_json ? Found::json : Found::text;
}

}  // namespace

Found look_at(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return by_name(path);
    if (error) return Found::missing;
    if (fs::is_directory(status)) {
        return fs::exists(fs::path(path) / "config.json", error) ? Found::checkpoint
                                                                 : Found::folder;
    }
    return fs::is_regular_file(status) ? by_bytes(path) : Found::special;
}

std::string describe(Found found) {
    switch (found) {
        case Found::quire:
            return "a .quire file";
        case Found::gguf:
            return "a GGUF file";
        case Found::checkpoint:
            return "the folder of a checkpoint";
        case Found::folder:
            return "a folder without config.json";
        case Found::safetensors:
            return "a safetensors file";
        case Found::json:
            return "a JSON file";
        case Found::pytorch:
            return "a PyTorch file";
        case Found::pointer:
            return "a pointer of git-lfs in place of the file (git lfs pull fetches it)";
        case Found::text:
            return "a text file";
        case Found::empty:
            return "an empty file";
        case Found::special:
            return "a device or pipe";
        case Found::url:
            return "a URL";
        case Found::hub:
            return "no file of this name";
        case Found::missing:
        case Found::other:
            break;
    }
    return "";
}

}  // namespace quire::common
