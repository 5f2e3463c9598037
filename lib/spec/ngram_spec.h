// The spec of a model of counted n-grams.
#pragma once

#include <string>

#include "lib/spec/model_spec.h"

namespace quire::spec {

// Error{model} naming `where` and the field when a spec with ngram_order above 0 has a value out of
// range, or any field that describes a network.
void check_ngram(const ModelSpec& spec, const std::string& where);

}  // namespace quire::spec
