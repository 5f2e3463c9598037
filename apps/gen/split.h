// gen --split rows: one model shared by the processes that a launcher started.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "apps/common/ranks.h"
#include "apps/gen/options.h"
#include "lib/model/row_split.h"

namespace quire::gen {

// What only rank 0 knows of the request that all processes compute.
struct SplitRequest {
    std::vector<std::uint32_t> tokens;  // of the prompt
    std::uint64_t seed = 0;
};
// Rank 0: sends it to all other ranks.
void send_request(common::Ranks& ranks, const SplitRequest& request);
// The other ranks: waits for it.
SplitRequest wait_for_request(common::Ranks& ranks);

std::unique_ptr<model::RowSplit> make_split(common::Ranks& ranks);

// Error{usage} when there are several processes without --split, or --split with a command that
// generates no text.
void check_split(const Options& options, const common::Ranks* ranks);

}  // namespace quire::gen
