// Token healing: the end of a prompt may be the beginning of a token that the model would rather
// use, as "http:" is of "http://". The last token is taken back, and the text begins with its bytes.
// source: Lundberg, "The art of prompt design: prompt boundaries and token healing" (2023).
#pragma once

#include "lib/generate/request.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

// Takes back the last token of the prompt, if it has text and is not the only one. The text that the
// request gives is still what follows the whole prompt.
void heal(Request& request, const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::generate
