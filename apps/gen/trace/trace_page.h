// A trace as a page for people: one HTML file that needs nothing else.
#pragma once

#include <string>
#include <string_view>

#include "apps/gen/trace/trace.h"
#include "formats/quire/reader.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// In the front of every page.
inline constexpr std::string_view kPageMark = "<!-- quire_trace -->";

// The weights of attention are kept as bytes, as many for each token as fit into kAttentionBytes in all: the
// largest, at least kLeastReads and at most kMostReads.
inline constexpr std::size_t kAttentionBytes = 8'000'000;
inline constexpr std::size_t kLeastReads = 2;
std::string trace_page(const Trace& trace, std::size_t n_prompt, const formats::QuireFile& file,
                       const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
