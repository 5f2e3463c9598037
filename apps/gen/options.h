// The options of gen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/load.h"
#include "apps/common/options/sampling.h"
#include "apps/common/reuse/cache.h"
#include "lib/base/files/output_path.h"
#include "lib/generate/engine_params.h"
#include "lib/generate/sampling/answers/thought_limit.h"
#include "lib/kernels/kernels.h"

namespace CLI {
class App;
}

namespace quire::gen {

struct Options {
    std::string model;
    std::vector<std::string> prompt_words;  // the positional prompt; "-": standard input
    std::optional<std::string> prompt;      // -p
    std::string prompt_file;                // -f
    std::string messages;                   // a file with a conversation
    std::string system;
    bool show_prompt = false;
    bool raw = false;
    bool embed = false;
    bool classify = false;
    std::string from;  // languages of a translation
    std::string to;
    std::optional<std::size_t> n_beams;  // none: as many as the model's file says
    bool lines = false;                  // each line of the prompt is a text of its own
    bool temperature_given = false;
    std::string pool;  // --embed's pooling; empty: the model's
    // Name of the prompt that goes before every line; none: the model's default, "": no prompt.
    std::optional<std::string> prompt_name;
    std::optional<std::size_t> dimensions;  // of --embed's vectors at most
    // The first text of a pair, whose second is a line; none: each line is classified alone.
    std::optional<std::string> query;
    bool json = false;
    bool verbose = false;
    bool verify = false;
    std::string split;  // "" or "rows"
    common::CacheOptions cache;
    common::Load load;
    std::string isa;
    std::string draft = {};  // the model that guesses; empty: none
    kernels::KvType kv_type = kernels::KvType::f16;
    std::optional<std::uint64_t> seed;  // none: a random one, in sampling once gen starts
    // Tokens to generate at most; none: until the context is full.
    std::optional<std::size_t> n_predict;
    generate::EngineParams engine;
    common::SamplingOptions sampling;
    bool heal = false;                   // the last token of the prompt is taken back
    std::optional<std::uint32_t> n_top;  // log-probabilities are wanted, also of so many others
    bool score = false;                  // log-probabilities of the prompt instead of a text
    std::vector<std::string> choices;    // the texts of which the answer is one
    std::optional<std::uint32_t>
        n_shown;             // every draw is shown, with so many of the likeliest tokens
    bool step = false;       // a key is waited for after each of them
    std::string trace;       // a file for what happened inside the model; empty: none
    bool overwrite = false;  // of a file that Quire did not write
    // Where `trace` leads; set before the model is opened.
    std::optional<base::OutputPath> trace_output;
    std::size_t n_suggestions = 0;  // words that may follow, instead of a text; 0: a text
    bool surprise = false;          // the prompt, coloured by how little it was expected
    std::size_t n_samples = 1;      // texts after the same prompt
    std::string reasoning =
        "stderr";  // where thoughts go: stderr, hide, show (as the model wrote them)
    std::optional<std::size_t> reasoning_budget;  // tokens of thoughts at most
    // How the model marks thoughts; set once the prompt is known.
    std::optional<generate::ThoughtParams> thought;
};

void add_options(CLI::App& app, Options& options);

}  // namespace quire::gen
