// The options of tok.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/plot/picture.h"
#include "lib/kernels/kernels.h"

namespace CLI {
class App;
}

namespace quire::tok {

// The kind of output; exactly one.
enum class Output : std::uint8_t {
    counts,
    ids,
    pieces,
    borders,  // the text with bars between its tokens
    truncated,
    chunks,
    decoded,
};

struct Options {
    std::vector<std::string> models;  // FILE or NAME=FILE
    std::vector<std::string> texts;   // literal texts to count
    std::vector<std::string> inputs;  // files, patterns, folders; none or "-": standard input
    bool recursive = false;
    Output output = Output::counts;
    std::size_t n_tokens = 0;  // of --truncate and --split
    std::size_t overlap = 0;
    std::optional<std::uint64_t> limit;
    std::string chat;
    std::string prices;
    bool special = false;      // special tokens in the text are recognised
    bool add_special = false;  // also count the tokens that the model puts around a text
    bool memory = false;       // also say what keys and values take
    kernels::KvType kv_type = kernels::KvType::f16;
    bool json = false;
    common::PictureOption picture;  // of counts
    bool verify = false;
    bool verbose = false;
    int n_threads = 0;
};

void add_options(CLI::App& app, Options& options);

// Whether a text or a conversation is read from standard input.
bool reads_stdin(const Options& options);

// Error{usage} for options that contradict each other.
void check(const Options& options);

}  // namespace quire::tok
