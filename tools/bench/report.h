// A measurement as text and as a JSON object.
#pragma once

#include <optional>
#include <string>

#include "apps/common/load.h"
#include "tools/bench/measure.h"

namespace quire::bench {

struct Measurement {
    std::string model;  // path
    std::uint64_t model_hash = 0;
    std::string cpu;
    std::string isa;
    common::Load load;
    std::string load_text;  // describe() of it
    Settings settings;
    std::optional<Limits> limits;  // nothing if only speeds were measured
    std::optional<Phase> prefill;
    std::optional<Phase> decode;
};

std::string to_text(const Measurement& measurement, const model::Model& model);
std::string to_json(const Measurement& measurement, const model::Model& model);
// The shares of the operations in the time of a token, or if they were not measured, speeds.
std::string to_svg(const Measurement& measurement);

}  // namespace quire::bench
