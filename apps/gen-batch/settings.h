// The settings that all requests of a run share and that their results depend on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/gen-batch/options.h"
#include "formats/openai/request.h"
#include "formats/openai/response.h"
#include "lib/generate/sampling/continuation.h"

namespace quire::gen_batch {

struct Settings {
    // model_hash: 0 where no model is open.
    Settings(const Options& options, std::uint64_t model_hash);

    common::SamplingOptions sampling;  // defaults for what a request does not say
    std::optional<std::size_t> n_predict;
    std::uint64_t seed = 0;
    std::optional<std::int64_t> time;
    std::uint64_t model_hash = 0;
    std::string fingerprint;  // all of the above as text; part of every request's hash
    std::uint64_t hash = 0;   // of the fingerprint; in every result
};

// The identity of a request: its custom_id, and the hashes by which later runs recognize it.
formats::openai::Subject subject_of(const formats::openai::Line& line, std::uint64_t line_number,
                                    const Settings& settings);

// The seed of a request's draws: its own, or a hash of its custom_id and the run's seed.
std::uint64_t seed_of(const formats::openai::Request& request,
                      const formats::openai::Subject& subject, const Settings& settings);

// How the choice of this number (from 0) is generated.
generate::ContinuationParams continuation_of(const formats::openai::Request& request,
                                             const Settings& settings, std::uint64_t seed,
                                             std::uint64_t choice);

}  // namespace quire::gen_batch
