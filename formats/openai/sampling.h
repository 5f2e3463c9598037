// The fields of a request that say how tokens are drawn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/spec/constraint_spec.h"
#include "lib/spec/sampler_step.h"

namespace quire::formats::openai {

class BodyFields;

inline constexpr std::uint64_t kMaxChoices = 128;  // for each prompt
inline constexpr std::uint64_t kMaxTokens = std::uint64_t{1} << 30;

// The caller fills in what is absent. Fields behind the blank line extend the API as llama.cpp's
// server does, with its names.
struct Sampling {
    std::optional<float> temperature;  // [0, 2]
    std::optional<float> top_p;        // (0, 1]
    std::optional<std::uint64_t> seed;
    std::optional<std::size_t> max_tokens;
    std::optional<float> frequency_penalty;                         // [-2, 2]
    std::optional<float> presence_penalty;                          // [-2, 2]
    std::vector<std::pair<std::uint32_t, float>> logit_bias;        // [-100, 100]
    std::vector<std::pair<std::string, float>> logit_bias_of_text;  // of texts that are one token
    std::vector<std::string> stop;
    std::uint32_t n = 1;  // choices for each prompt
    // Set: log-probabilities are wanted, also of this many likeliest tokens.
    std::optional<std::uint32_t> n_top;

    std::optional<float> min_p;          // [0, 1]
    std::optional<std::uint32_t> top_k;  // 0: all
    std::optional<float> typical_p, top_n_sigma;
    std::optional<float> xtc_probability, xtc_threshold;
    std::optional<float> dynatemp_range, dynatemp_exponent;
    std::optional<bool> mirostat;  // 2: true, 0: false
    std::optional<float> mirostat_tau, mirostat_eta;
    std::optional<float> repeat_penalty;
    std::optional<std::int64_t> repeat_last_n;  // -1: all
    std::optional<float> dry_multiplier, dry_base;
    std::optional<std::uint32_t> dry_allowed_length;
    std::optional<std::int64_t> dry_penalty_last_n;  // -1: all
    std::optional<std::vector<std::string>> dry_sequence_breakers;
    std::vector<spec::SamplerStep> samplers;  // in this order; empty: all in the usual order
    std::vector<std::string> banned_strings;  // never in the text
    bool ignore_eos = false;
    // What the text must follow; response_format {"type": "text"} says nothing. And the field's name.
    std::optional<spec::ConstraintSpec> constraint;
    std::string constraint_field;
};

// Reads all of these but max_tokens and n_top. Throws Refusal; also for a field that another one
// leaves without effect.
Sampling sampling_of(BodyFields& fields);

}  // namespace quire::formats::openai
