// The files of sentence-transformers beside a model: which modules follow it, with which settings.
#pragma once

#include "models/source/source.h"

namespace quire::models {

// Sets pooling, tail and prompts of the source from modules.json and the files that it names; does
// nothing without modules.json. Error{model} naming an unsupported module or setting that would change
// a vector.
void read_sentence_transformers(Source& source);

// Whether the folder's first module is an embedding without layers, which has no config.json.
bool is_static_embedding(const std::string& folder);

// One module, in the folder `path` of the checkpoint.
void read_pooling(Source& source, const std::string& path);
// Adds the tensors of the layer to those of the source.
void read_dense(Source& source, const std::string& path);
void read_normalize(const Source& source, const std::string& path);

}  // namespace quire::models
