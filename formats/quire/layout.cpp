#include "formats/quire/layout.h"

#include <cstring>

namespace quire::formats::quire_file {

std::string_view fixed_name(const char* field, std::size_t size) noexcept {
    std::size_t length = 0;
    while (length < size && field[length] != 0) {
        if (field[length] <= ' ' || field[length] > '~') return {};
        ++length;
    }
    for (std::size_t i = length; i < size; ++i) {
        if (field[i] != 0) return {};
    }
    return {field, length};
}

void set_fixed_name(char* field, std::size_t size, std::string_view name) {
    if (name.empty() || name.size() > size) {
        throw Error(ErrorCode::run, std::string(name),
                    "name expected to have 1 to " + std::to_string(size) + " bytes");
    }
    std::memcpy(field, name.data(), name.size());
}

}  // namespace quire::formats::quire_file
