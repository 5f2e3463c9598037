// The options of gen-batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/load.h"
#include "apps/common/options/sampling.h"
#include "apps/common/reuse/cache.h"
#include "lib/generate/engine_params.h"
#include "lib/kernels/kernels.h"

namespace CLI {
class App;
}

namespace quire::gen_batch {

enum class InputKind : std::uint8_t { automatic, json_lines, text_lines, csv, tsv };

// Every n-th request of the input, starting with the one at `index` (from 0).
struct Shard {
    std::uint64_t index = 0;
    std::uint64_t n = 1;
};

struct Options {
    std::string model;
    std::string input = "-";
    std::string output = "-";
    InputKind kind = InputKind::automatic;
    std::string prompt_template;  // of CSV and TSV
    bool raw = false;             // no chat template for prompts of text lines and tables
    bool unordered = false;
    bool retry_errors = false;
    bool overwrite = false;  // outputs may replace any existing file
    bool validate = false;
    bool quiet = false;
    bool verbose = false;
    std::string shard = "1/1";
    common::CacheOptions cache;
    common::Load load;
    std::string isa;
    std::string draft = {};  // the model that guesses; empty: none
    kernels::KvType kv_type = kernels::KvType::f16;
    std::string memory = "1GiB";
    std::string time;  // "", "now", seconds since 1970, or YYYY-MM-DD
    std::uint64_t seed = 0;
    // Defaults for what a request does not say.
    common::SamplingOptions sampling{
        .sampler = {.temperature = 1.0F, .top_k = 0, .top_p = 1.0F, .min_p = 0.0F}};
    std::optional<std::size_t> n_predict;
    generate::EngineParams engine;

    std::string errors;   // file; empty: errors are among the results
    std::string summary;  // file; empty: none
    std::string metrics;
    std::string prices;
};

void add_options(CLI::App& app, Options& options);
// "1/16" to "16/16". Error{usage} for anything else.
Shard parse_shard(const std::string& text);
// Seconds since 1970, UTC; nothing for "". Error{usage} for anything that is not a time.
std::optional<std::int64_t> parse_time(const std::string& text);

}  // namespace quire::gen_batch
