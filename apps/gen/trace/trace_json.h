// A trace as JSON, for programs.
#pragma once

#include <string>
#include <string_view>

#include "apps/gen/trace/trace.h"
#include "formats/quire/reader.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// In the front of every trace: what it is. The number is that of the form described here.
inline constexpr std::string_view kTraceMark = "{\"quire_trace\":1,";

// One object with `quire_trace` (1), `model` (name, hash), `n_prompt`, `tokens` (id, text, kind: control, prompt or answer, logprob or
// null, top), and `layers` (heads, norm, attention_norm, feed_forward_norm, lens, attention). `attention` has for
// each head and token a list of [position, weight], by descending weight: those of at least kLeastWeight, at most
// kMostReads. `times`
// is what times_json() gives. docs/how-it-works/attention.md explains them.
std::string trace_json(const Trace& trace, std::size_t n_prompt, const formats::QuireFile& file,
                       const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
