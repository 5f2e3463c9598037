// The model file that a command is given.
#pragma once

#include <string>

#include "formats/quire/reader.h"

namespace quire::common {

// Opens a .quire file and checks all but its weights. Error{model} naming the file; of what is no
// .quire file the message says what it is, and how pack makes one of it.
formats::QuireFile open_model(const std::string& path);

}  // namespace quire::common
