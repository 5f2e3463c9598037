// What a path given for a model really is, so that a message can say what was found and what to do
// with it.
#pragma once

#include <cstdint>
#include <string>

namespace quire::common {

enum class Found : std::uint8_t {
    quire,        // a .quire file, by its first bytes
    gguf,         // by its first bytes
    checkpoint,   // a folder with config.json
    folder,       // another one
    safetensors,  // one file of a checkpoint's folder
    json,         // another one: tokenizer.json, config.json, ...
    pytorch,      // weights as PyTorch pickles them
    pointer,      // of git-lfs: the file itself was not downloaded
    text,
    empty,
    special,  // a device, a pipe
    url,      // not a file but a URL
    hub,      // not a file but like a model name on a hub: "user/model"
    missing,
    other,
};

Found look_at(const std::string& path);

// "a GGUF file"; empty for Found::missing and Found::other.
std::string describe(Found found);

}  // namespace quire::common
