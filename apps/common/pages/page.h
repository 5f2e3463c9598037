// What --help and the man page of a command say beside its options. One source for both.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quire::common {

struct Example {
    std::string_view command;
    std::string_view about;
};

struct UsedFile {
    std::string_view path;
    std::string_view about;
};

struct Page {
    std::string_view command;  // name of its CLI::App
    std::string_view about;    // for NAME of the man page
    std::string_view more;     // paragraphs behind the description, with an empty line between them
    std::span<const Example> examples;
    std::span<const UsedFile> files;
    std::string_view see_also;  // "tok(1), pack(1)"
};

// The page of a command; one without examples for a name that has none.
const Page& page_of(std::string_view command) noexcept;

// The name of the man page: "quire-chat" for "quire chat", and for what is only reached through quire.
std::string man_name(const std::string& command);

}  // namespace quire::common
