// What every request of a run shares and its result depends on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/gen-batch/options.h"
#include "formats/openai/request.h"
#include "formats/openai/response.h"
#include "lib/generate/continuation.h"

namespace quire::gen_batch {

struct Settings {
    // model_hash: 0 where no model is open.
    Settings(const Options& options, std::uint64_t model_hash);

    generate::SamplerParams sampler;  // what requests leave out
    std::optional<std::size_t> n_predict;
    std::vector<std::string> stops;
    std::uint64_t seed = 0;
    std::optional<std::int64_t> time;
    std::uint64_t model_hash = 0;
    std::string fingerprint;  // of all of these: part of every request's hash
    std::uint64_t hash = 0;   // of the fingerprint: in every result
};

// Who asks: the hashes by which a request is known.
formats::openai::Subject subject_of(const formats::openai::Line& line, std::uint64_t line_number,
                                    const Settings& settings);

// The seed of a request's draws: its own, or one that its custom_id and the run's seed name.
std::uint64_t seed_of(const formats::openai::Request& request,
                      const formats::openai::Subject& subject, const Settings& settings);

// For the choice of this number, from 0.
generate::ContinuationParams continuation_of(const formats::openai::Request& request,
                                             const Settings& settings, std::uint64_t seed,
                                             std::uint64_t choice);

}  // namespace quire::gen_batch
