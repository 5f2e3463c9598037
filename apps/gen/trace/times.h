// Where the time of a pass goes, for a trace.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lib/base/json/json.h"
#include "lib/model/forward.h"

namespace quire::gen {

// Of one kind of operation, in all layers together.
struct OperationTime {
    std::string_view operation;  // of model::kOperationNames
    double prompt_ms = 0;        // all tokens but the last, as a prompt is read
    double token_ms = 0;         // the last token alone, as an answer is written
};

// Computes the tokens once more without looking at them, because looking takes time itself. Throws
// model::Interrupted as PassControl::interrupted asks.
std::vector<OperationTime> times_of(const model::Model& model,
                                    std::span<const std::uint32_t> tokens,
                                    const model::PassControl& control);

// A list of objects with `operation`, `prompt_ms` and `token_ms`.
nlohmann::ordered_json times_json(const std::vector<OperationTime>& times);

}  // namespace quire::gen
