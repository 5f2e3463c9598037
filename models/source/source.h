// A checkpoint in one form, whatever its files are: configuration in the words of Hugging Face's
// config.json, tensors under that library's names. A family reads only this.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "formats/checkpoint/source_tensor.h"
#include "lib/spec/model_spec.h"

namespace quire::models {

enum class Format : std::uint8_t { safetensors, gguf, llama2c };

// As the file to be names it.
std::string_view name_of(Format format) noexcept;

struct Source {
    std::string path;
    Format format = Format::safetensors;
    std::string name;  // of the model, where the checkpoint itself has one; otherwise empty
    nlohmann::json config;
    // Keys of `config` that the checkpoint spells otherwise, and how.
    std::map<std::string, std::string> words;
    std::map<std::string, const formats::SourceTensor*> tensors;
    // Those of a type that is not read, and the type's name: an error only if they are needed.
    std::map<std::string, std::string> unsupported;
    std::optional<spec::Pooling> pooling;  // where the checkpoint says
    // What the cosines and sines of a scaled rotary table are multiplied by, beside the scaling's own.
    float rope_amplitude = 1.0F;
    // Norm weights are complete, without the 1 that some families leave out.
    bool complete_norms = false;
    // Query and key rows hold rotary pairs side by side (2i, 2i + 1), not half a head apart.
    bool interleaved_rope = false;
    // Lines for the user about what the checkpoint says and the file to be does not keep.
    std::vector<std::string> notes;
    std::shared_ptr<const void> owner;  // keeps the mapped files of `tensors`
};

// The checkpoint at `path`: a folder with config.json and safetensors, a .gguf or a llama2.c .bin
// file. Error{model} that names file, key or tensor.
Source open_source(const std::string& path);

Source open_gguf(const std::string& path);
Source open_huggingface(const std::string& path);
Source open_llama2c(const std::string& path);

}  // namespace quire::models
