// How much memory and how many threads an engine may use, and statistics of its work.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "lib/generate/reuse/page_store.h"
#include "lib/model/row_split.h"

namespace quire::model {
struct Model;
}

namespace quire::generate {

// Of these, only the context changes results.
struct EngineParams {
    std::size_t n_parallel = 32;  // sequences computed at the same time, at least 1
    std::size_t batch = 512;      // prompt tokens in one step, at least 1
    std::size_t context = 0;      // positions of a sequence; 0: all that the model has
    std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // for keys and values
    bool share_prefixes = true;  // compute the beginning that several prompts share only once
    // The keys and values of the request that finished last stay for the next one, which computes only
    // what comes behind the tokens that both begin with. For a conversation, which grows turn by turn.
    // A recurrent state cannot go back: there the next request must begin with all of the last one.
    bool keep_last = false;
    // Most tokens that a pass guesses, all sequences together; 0: none. The pass checks them, so they
    // change no result. Ignored with recurrent layers, whose state cannot go back.
    std::size_t max_guesses = 0;
    // The model that guesses, whose ids stand for the same texts; it must outlive the engine, and its
    // keys and values are not counted in memory_bytes. Null: guesses come from what the texts repeat.
    const model::Model* draft = nullptr;
    // Where pages of prompts are kept for other processes; null: nowhere. Changes no result.
    std::shared_ptr<PageStore> page_store = nullptr;
    int n_threads = 1;
    // Divides the rows of each matrix among processes, which must all be given the same requests in
    // the same order. Null: this process is alone.
    model::RowSplit* split = nullptr;
    // Asked before each layer of a pass; true ends the pass without results.
    std::function<bool()> interrupted = {};
};

struct EngineStats {
    std::uint64_t n_steps = 0;
    std::uint64_t n_computed = 0;     // prompt tokens that went through the model
    std::uint64_t n_reused = 0;       // prompt tokens whose keys and values were in memory already
    std::uint64_t n_generated = 0;    // tokens
    std::uint64_t n_guessed = 0;      // tokens that passes checked
    std::uint64_t n_right = 0;        // of these, that were the next ones
    std::uint64_t n_preempted = 0;    // times that a sequence gave its pages back
    std::uint64_t peak_kv_bytes = 0;  // most keys and values at a time
};

}  // namespace quire::generate
