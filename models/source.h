// A checkpoint in one form, whatever its files are: configuration in the words of Hugging Face's
// config.json, tensors under that library's names. A family reads only this.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "formats/checkpoint/source_tensor.h"

namespace quire::models {

struct Source {
    std::string path;
    std::string format;  // "gguf", "safetensors", "llama2c"
    std::string name;    // of the model, for people
    nlohmann::json config;
    std::map<std::string, const formats::SourceTensor*> tensors;
    // Those of a type that is not read, and the type's name: an error only if they are needed.
    std::map<std::string, std::string> unsupported;
    std::string pooling;  // "mean", "cls", "last", where the checkpoint says; otherwise empty
    // Norm weights are complete, without the 1 that some families leave out.
    bool complete_norms = false;
    // Query and key rows hold rotary pairs side by side (2i, 2i + 1), not half a head apart.
    bool interleaved_rope = false;
    std::shared_ptr<const void> owner;  // keeps the mapped files of `tensors`
};

// The checkpoint at `path`: a folder with config.json and safetensors, a .gguf or a llama2.c .bin
// file. Error{model} that names file, key or tensor.
Source open_source(const std::string& path);

Source open_gguf(const std::string& path);
Source open_huggingface(const std::string& path);
Source open_llama2c(const std::string& path);

}  // namespace quire::models
