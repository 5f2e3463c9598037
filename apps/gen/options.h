// The options of gen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/generate/generate.h"
#include "lib/kernels/kernels.h"

namespace CLI {
class App;
}

namespace quire::gen {

struct Options {
    std::string model;
    std::vector<std::string> prompt_words;  // the positional prompt; "-" is standard input
    std::optional<std::string> prompt;      // -p
    std::string prompt_file;                // -f
    std::string messages;                   // file of a conversation
    std::string system;
    bool show_prompt = false;
    bool raw = false;
    bool embed = false;
    bool classify = false;
    std::string pool;  // of --embed; empty: as the model says
    bool json = false;
    bool verbose = false;
    bool verify = false;
    std::string split;  // "" or "rows"
    std::string isa;
    kernels::KvType kv_type = kernels::KvType::f16;
    std::optional<std::uint64_t> seed;
    generate::GenerateParams params;
};

void add_options(CLI::App& app, Options& options);

}  // namespace quire::gen
