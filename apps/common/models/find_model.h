// From what -m says to a .quire file.
#pragma once

#include <optional>
#include <string>

namespace quire::common {

// The path of the .quire file that `given` stands for:
//   a path             of a .quire file: itself; of a GGUF file, a checkpoint's folder or a snapshot
//                      in a Hugging Face cache: the file that packed_model() makes of it
//   a name             of a model in the folder of models, or "user/model" in a Hugging Face cache
//   ""                 what $QUIRE_MODEL says, or the only model in the folder of models
// Error{usage} or Error{model}, with the names there are and the one that was probably meant.
std::string find_model(const std::string& given);

// The path of the model of this name in the folder of models.
std::optional<std::string> path_if_named(const std::string& name);

// The same, or `name` itself if there is none and it looks like a path, or no model has a name.
// Otherwise Error{model} as above.
std::string path_of_named(const std::string& name);

}  // namespace quire::common
