// The fields of a request that say what its text must follow: response_format of the API, and grammar,
// json_schema and regex as llama.cpp's server and others have them.
#pragma once

#include "formats/openai/body_fields.h"
#include "formats/openai/sampling.h"

namespace quire::formats::openai {

// Sets constraint and constraint_field. Throws Refusal, also for fields that cannot go with them. Other
// fields of `sampling` must be read before.
void read_constraint(BodyFields& fields, Sampling& sampling);

}  // namespace quire::formats::openai
