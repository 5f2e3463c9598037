// A checkpoint that is given where a .quire file is expected is packed once and kept.
#pragma once

#include <cstdint>
#include <string>

namespace quire::common {

// All kept files together take at most this, but for the newest; the ones that were not used for the
// longest time go first.
inline constexpr std::uint64_t kPackedLimit = std::uint64_t{64} << 30;

// The path of the .quire file made of the checkpoint at `source`: a GGUF file, or a folder. Its name
// holds a hash of the names, sizes and times of the files and of parts of their content, and of the
// version of this program. If it does not exist, the command pack, which is beside this one, makes it,
// and one line on standard error says so. If pack fails, its message and code are thrown as an Error.
std::string packed_model(const std::string& source);

}  // namespace quire::common
