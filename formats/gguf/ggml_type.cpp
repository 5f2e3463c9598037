#include "formats/gguf/ggml_type.h"

#include <array>
#include <string_view>

#include "lib/base/join.h"

namespace quire::formats::gguf {

namespace {

// source: enum ggml_type of ggml.h. Withdrawn numbers are listed because old files still use them.
constexpr std::array<std::string_view, 43> kNames{
    "F32",   "F16",        "Q4_0",       "Q4_1",       "Q4_2",     "Q4_3",     "Q5_0",
    "Q5_1",  "Q8_0",       "Q8_1",       "Q2_K",       "Q3_K",     "Q4_K",     "Q5_K",
    "Q6_K",  "Q8_K",       "IQ2_XXS",    "IQ2_XS",     "IQ3_XXS",  "IQ1_S",    "IQ4_NL",
    "IQ3_S", "IQ2_S",      "IQ4_XS",     "I8",         "I16",      "I32",      "I64",
    "F64",   "IQ1_M",      "BF16",       "Q4_0_4_4",   "Q4_0_4_8", "Q4_0_8_8", "TQ1_0",
    "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4",    "NVFP4",    "Q1_0",
    "Q2_0",
};

constexpr std::array kRead{
    SourceType::f32,    SourceType::f16,    SourceType::bf16,    SourceType::q8_0,
    SourceType::q5_0,   SourceType::q5_1,   SourceType::q4_0,    SourceType::q4_1,
    SourceType::q2_k,   SourceType::q3_k,   SourceType::q4_k,    SourceType::q5_k,
    SourceType::q6_k,   SourceType::iq4_nl, SourceType::iq4_xs,  SourceType::mxfp4,
    SourceType::nvfp4,  SourceType::q1_0,   SourceType::q2_0,    SourceType::tq1_0,
    SourceType::tq2_0,  SourceType::iq1_s,  SourceType::iq1_m,   SourceType::iq2_xxs,
    SourceType::iq2_xs, SourceType::iq2_s,  SourceType::iq3_xxs, SourceType::iq3_s};

}  // namespace

std::string ggml_type_name(std::uint32_t id) {
    return id < kNames.size() ? std::string(kNames[id]) : std::to_string(id) + " (unknown)";
}

std::string ggml_types_read() {
    return base::join(kRead, ", ", [](SourceType type) { return info(type).name; });
}

std::optional<SourceType> source_type_from_ggml(std::uint32_t id) noexcept {
    if (id >= kNames.size()) return std::nullopt;
    for (const SourceType type : kRead) {
        if (info(type).name == kNames[id]) return type;
    }
    return std::nullopt;
}

}  // namespace quire::formats::gguf
