#include "apps/common/files/own_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
namespace quire::common {

namespace {

bool is_marked(const std::string& path, std::string_view mark) {
    std::array<char, kMarkedBytes> front{};
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const ssize_t n = ::read(descriptor, front.data(), front.size());
    ::close(descriptor);
    const std::string_view text(front.data(), n < 0 ? 0 : static_cast<std::size_t>(n));
    return text.find(mark) != std::string_view::npos;
}

}  // namespace

base::OutputPath own_output(const std::string& path, const OwnFile& own, bool overwrite,
                            const std::vector<std::string>& inputs) {
    base::FileRoles roles(overwrite);
    for (const std::string& input : inputs) {
        if (!input.empty() && input != "-") roles.reads("what the command reads", input);
    }
    const std::string_view mark = own.mark;
    return roles.writes(own.option, path, {own.kind, [mark](const std::string& found) {
                                               return is_marked(found, mark);
                                           }});
}

}  // namespace quire::common
