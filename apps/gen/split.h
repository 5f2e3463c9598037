// gen --split rows: one model over the processes that a launcher started.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "apps/common/ranks.h"
#include "apps/gen/options.h"
#include "lib/model/row_split.h"

namespace quire::gen {

// What all processes must begin with; rank 0 has read it.
struct Start {
    std::vector<std::uint32_t> tokens;
    std::uint64_t seed = 0;
};
void tell_others(common::Ranks& ranks, const Start& start);
Start wait_for_start(common::Ranks& ranks);

std::unique_ptr<model::RowSplit> make_split(common::Ranks& ranks);

// Error{usage} for --split without a launcher, and the other way round.
void check_split(const Options& options, const common::Ranks* ranks);

}  // namespace quire::gen
