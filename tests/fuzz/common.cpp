#include "tests/fuzz/common.h"

#include <fcntl.h>
#include <stdlib.h>  // mkdtemp
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace quire::fuzz {

namespace {

constexpr std::size_t kMaxMessageBytes = 2000;

void check_message(std::string_view message) {
    expect(!message.empty(), "an error without a message");
    if (message.size() > kMaxMessageBytes) {
        std::fprintf(stderr, "%.300s\n", std::string(message).c_str());
        expect(false, "a message of more than 2000 bytes");
    }
    for (std::string_view rest = message; !rest.empty();) {
        const base::CodePoint point = base::decode_utf8(rest);
        const bool control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
        if (!point.valid || control) {
            std::fprintf(stderr, "%s\n", std::string(message).c_str());
            expect(false, "a message with a control character or broken UTF-8");
        }
        rest.remove_prefix(static_cast<std::size_t>(point.length));
    }
}

}  // namespace

void expect(bool holds, const char* message) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: %s\n", message);
    std::abort();
}

bool refuses(const std::function<void()>& run) {
    try {
        run();
    } catch (const Error& error) {
        check_message(error.what());
        return true;
    }
    return false;
}

const Target* find_target(std::string_view name) {
    for (const Target& target : targets()) {
        if (name == target.name) return &target;
    }
    return nullptr;
}

std::vector<std::string_view> split_parts(std::string_view input, std::size_t max_parts) {
    constexpr std::string_view kBorder = "\n%%\n";
    std::vector<std::string_view> parts;
    while (parts.size() + 1 < max_parts) {
        const std::size_t at = input.find(kBorder);
        if (at == std::string_view::npos) break;
        parts.push_back(input.substr(0, at));
        input.remove_prefix(at + kBorder.size());
    }
    parts.push_back(input);
    return parts;
}

std::vector<Section> split_sections(std::string_view input) {
    std::vector<Section> sections;
    while (!input.empty()) {
        const auto name_size = static_cast<std::size_t>(static_cast<unsigned char>(input[0]));
        Section& section = sections.emplace_back();
        section.name = input.substr(1, name_size);
        input.remove_prefix(1 + section.name.size());
        std::uint32_t size = 0;
        if (input.size() < sizeof(size)) break;
        std::memcpy(&size, input.data(), sizeof(size));
        section.content = input.substr(sizeof(size), size);
        input.remove_prefix(sizeof(size) + section.content.size());
    }
    return sections;
}

Folder::Folder() {
    const char* memory = "/dev/shm";
    const std::string parent =
        ::access(memory, W_OK) == 0 ? memory : std::filesystem::temp_directory_path().string();
    path_ = parent + "/quire-fuzz-XXXXXX";
    expect(::mkdtemp(path_.data()) != nullptr, "cannot make a folder");
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, std::string_view content) {
    const std::string path = path_ + "/" + name;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    expect(fd >= 0, "cannot open a file");
    expect(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
           "cannot write a file");
    ::close(fd);
    if (std::ranges::find(written_, path) == written_.end()) written_.push_back(path);
    return path;
}

void Folder::clear() {
    for (const std::string& path : written_) ::unlink(path.c_str());
    written_.clear();
}

Folder& folder() {
    static Folder one;
    return one;
}

}  // namespace quire::fuzz
