#include "apps/common/plot/picture.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "apps/common/plot/svg.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/files/output_path.h"

namespace quire::common {

namespace {

bool is_our_picture(const std::string& path) {
    std::array<char, 400> front{};
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const ssize_t n = ::read(descriptor, front.data(), front.size());
    ::close(descriptor);
    const std::string_view text(front.data(), n < 0 ? 0 : static_cast<std::size_t>(n));
    return text.starts_with("<svg ") && text.find(kPictureMark) != std::string_view::npos;
}

}  // namespace

void write_picture(const std::string& path, const std::string& svg, bool overwrite,
                   const std::vector<std::string>& inputs) {
    base::FileRoles roles(overwrite);
    for (const std::string& input : inputs) roles.reads("what the command reads", input);
    const base::OutputPath output =
        roles.writes("--svg", path, {"a picture that Quire made", is_our_picture});
    if (output.is_stream) {
        const int descriptor = base::open_stream(output);
        base::write_all(descriptor, base::as_bytes(svg), output.name);
        ::close(descriptor);
        return;
    }
    base::AtomicFile file(output);
    file.append(base::as_bytes(svg));
    file.commit();
}

}  // namespace quire::common
