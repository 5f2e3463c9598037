// The options of quire chat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/common/load.h"
#include "apps/common/options/sampling.h"
#include "apps/common/reuse/cache.h"
#include "lib/generate/engine_params.h"
#include "lib/kernels/kernels.h"

namespace CLI {
class App;
}

namespace quire::chat_app {

// What happens when the next answer has no room in the context.
enum class WhenFull : std::uint8_t { ask, drop, stop };

// What a conversation can change with /set.
struct Drawing {
    common::SamplingOptions sampling;
    std::optional<std::uint64_t> seed;     // none: a random one for each answer
    std::optional<std::size_t> n_predict;  // tokens of an answer at most; none: until it ends
};

struct Options {
    std::string model;
    std::string system;
    std::string messages;  // a file to begin with
    std::string save;      // a file that gets the conversation after each answer
    bool overwrite = false;
    WhenFull when_full = WhenFull::ask;
    bool hides_thoughts = false;
    bool no_history = false;
    bool verify = false;
    bool verbose = false;
    common::CacheOptions cache;
    common::Load load;
    std::string isa;
    std::string draft = {};  // the model that guesses; empty: none
    kernels::KvType kv_type = kernels::KvType::f16;
    generate::EngineParams engine;
    Drawing drawing;
};

void add_options(CLI::App& app, Options& options);
// --temp and the like, -n and -s: the options that /set knows, too.
void add_drawing(CLI::App& app, Drawing& drawing);

}  // namespace quire::chat_app
