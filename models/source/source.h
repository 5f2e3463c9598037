// A checkpoint in a common form, whatever its files are: the configuration with the keys of Hugging
// Face's config.json, and the tensors with that library's names. Families read only this.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "formats/checkpoint/source_tensor.h"
#include "lib/base/json/json.h"
#include "lib/spec/model_spec.h"
#include "lib/spec/text_prompts.h"

namespace quire::models {

// shape: no checkpoint, but the configuration of one; its weights are made up.
enum class Format : std::uint8_t { safetensors, pytorch, gguf, llama2c, shape };

// The name of the format in the output file.
std::string_view name_of(Format format) noexcept;

// A dense layer behind pooling: its tensors are `name`.weight and `name`.bias.
struct DenseTail {
    std::string name;
    spec::DenseSpec spec;
};

struct Source {
    std::string path;
    Format format = Format::safetensors;
    std::string name;  // of the model, if the checkpoint has one; otherwise empty
    nlohmann::json config;
    nlohmann::json generation;  // generation_config.json; null where there is none
    // Keys of `config` that the checkpoint spells differently, with its spelling, for messages.
    std::map<std::string, std::string> words;
    std::map<std::string, const formats::SourceTensor*> tensors;
    // Tensors of a type that is not read, with the name of the type: an error only if they are
    // needed.
    std::map<std::string, std::string> unsupported;
    // Biases that are 0 everywhere and may be left over, because their writer adds one to every module.
    std::set<std::string> zero_biases;
    std::optional<spec::Pooling> pooling;  // if the checkpoint specifies it
    std::vector<DenseTail> tail;           // dense layers behind pooling
    spec::TextPrompts prompts;
    bool bare_texts = false;  // no tokens are added around a text
    // A factor for the cosines and sines of a scaled rotary table, in addition to that of the
    // scaling.
    float rope_amplitude = 1.0F;
    // Norm weights include the 1 that some families leave out.
    bool complete_norms = false;
    // Query and key rows hold rotary pairs as neighbors (2i, 2i + 1), not half a head apart.
    bool interleaved_rope = false;
    // Lines for the user about what the checkpoint has and the output file does not keep.
    std::vector<std::string> notes;
    std::vector<std::shared_ptr<const void>> owners;  // keep the mapped files of `tensors`
};

// The checkpoint at `path`: a folder with config.json and safetensors or PyTorch files, a .gguf file
// or the first part of one, or a llama2.c .bin file. Error{model} naming the file, key or tensor.
Source open_source(const std::string& path);

Source open_gguf(const std::string& path);
Source open_huggingface(const std::string& path);
Source open_llama2c(const std::string& path);

// The configuration of a published model, without tensors. Error{usage} with all names for another
// one.
Source open_shape(const std::string& name);
std::string shape_names(std::string_view separator);

}  // namespace quire::models
