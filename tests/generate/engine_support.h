// Runs requests through engines of all kinds, and compares what they get.
#pragma once

#include <algorithm>
#include <map>

#include "lib/generate/engine.h"
#include "lib/kernels/dispatch.h"
#include "tests/support.h"

namespace quire::test {

struct Loaded {
    TempDir dir;
    formats::QuireFile file;
    model::Model model;
    tokenizer::Tokenizer tokenizer;

    // family: of a folder in tests/golden/families; empty: the tiny Llama.
    explicit Loaded(const std::string& family = "")
        : file(formats::QuireFile::open(family.empty()
                                            ? pack_tiny(dir, pack::TargetType::q8)
                                            : pack_family(dir, family, pack::TargetType::q8))),
          model(file.spec(), file.tensors(), kernels::choose(""), file.path()),
          tokenizer([this](std::string_view name) { return file.required_section(name); }) {}

    std::uint64_t page_bytes() const { return model.kv_layout.page_bytes; }
    // The memory that a sequence of a whole context takes.
    std::uint64_t context_bytes() const {
        return page_bytes() * ((model.spec.context_length + 63) / 64) + model.kv_layout.state_bytes;
    }
};

// Rules that look at the prompt or at earlier draws.
inline void add_rules(generate::ContinuationParams& params, std::size_t i) {
    if (i % 8 == 1) params.rules.repeat_penalty = 1.2F;
    if (i % 8 == 3) params.rules.dry.multiplier = 0.8F;
    if (i % 8 == 5) params.rules.banned_strings = {"e", "th"};
    if (i % 8 == 7) params.sampler.mirostat.emplace();
}

// Prompts of all lengths, many of which have a common beginning.
inline std::vector<generate::Request> requests_of(std::size_t n) {
    std::mt19937 rng(12);
    std::vector<std::uint32_t> trunk(150);
    for (auto& token : trunk) token = static_cast<std::uint32_t>(rng() % 320);
    std::vector<generate::Request> requests;
    for (std::size_t i = 0; i < n; ++i) {
        generate::Request request;
        const std::size_t shared = rng() % 3 == 0 ? 0 : rng() % trunk.size();
        request.prompt.assign(trunk.begin(), trunk.begin() + static_cast<std::ptrdiff_t>(shared));
        for (std::size_t k = 1 + rng() % 40; k > 0; --k) {
            request.prompt.push_back(static_cast<std::uint32_t>(rng() % 320));
        }
        if (i % 5 == 4) request.prompt = requests[i - 1].prompt;
        request.continuation.sampler.temperature = i % 4 == 0 ? 0.0F : 1.5F;
        request.continuation.sampler.top_k = i % 3 == 0 ? 0 : 20;
        request.continuation.sampler.top_p = i % 2 == 0 ? 1.0F : 0.9F;
        request.continuation.sampler.min_p = 0.0F;
        request.continuation.sampler.seed = i;
        request.continuation.max_tokens = 1 + rng() % 60;
        if (i % 7 == 0) request.continuation.rules.frequency_penalty = 0.5F;
        if (i % 6 == 0) request.continuation.n_top = 2;
        add_rules(request.continuation, i);
        request.hash_logits = true;
        request.score_prompt = i % 12 == 0;
        requests.push_back(request);
    }
    return requests;
}

using Tokens = std::vector<std::uint32_t>;
using Results = std::map<std::size_t, generate::Result>;  // by the request's index

// The result that each request gets.
inline Results run_all(const Loaded& loaded, const std::vector<generate::Request>& requests,
                       const generate::EngineParams& params,
                       generate::EngineStats* stats = nullptr) {
    generate::Engine engine(loaded.model, loaded.tokenizer, params);
    Results results;
    std::size_t next = 0;
    while (next < requests.size() || engine.n_unfinished() > 0) {
        // Requests arrive while others are being computed.
        for (int k = 0; k < 3 && next < requests.size(); ++k) {
            generate::Request request = requests[next];
            request.on_done = [&results, i = next](generate::Result result) {
                CHECK(results.emplace(i, std::move(result)).second);
            };
            engine.add(std::move(request));
            ++next;
        }
        engine.step();
    }
    if (stats != nullptr) *stats = engine.stats();
    return results;
}

// The result of a request that runs alone.
inline generate::Result run_one(const Loaded& loaded, generate::Request request,
                                const generate::EngineParams& params = {}) {
    generate::Engine engine(loaded.model, loaded.tokenizer,
                            generate::for_one_request(params, request.prompt.size()));
    return generate::complete(engine, std::move(request));
}

inline bool same(const generate::ScoredToken& a, const generate::ScoredToken& b) {
    return a.chosen.token == b.chosen.token && a.chosen.logprob == b.chosen.logprob &&
           a.top.size() == b.top.size();
}

inline bool same(const generate::Result& a, const generate::Result& b) {
    const auto equal = [](const auto& x, const auto& y) {
        return std::ranges::equal(x, y, [](const auto& p, const auto& q) { return same(p, q); });
    };
    return a.text == b.text && a.tokens == b.tokens && a.finish == b.finish &&
           a.logits_hash == b.logits_hash && a.n_prompt == b.n_prompt &&
           equal(a.scores, b.scores) && equal(a.prompt_scores, b.prompt_scores);
}

// Every request has the same result in both.
inline void check_same(const Results& found, const Results& expected) {
    REQUIRE(found.size() == expected.size());
    for (const auto& [index, result] : expected) {
        const auto i = index;  // clang 14 cannot capture a structured binding
        CAPTURE(i);
        CHECK(same(found.at(i), result));
    }
}

// The same results for any batch, memory, threads and order.
inline void check_all_ways(const Loaded& loaded) {
    const auto requests = requests_of(40);
    const Results alone =
        run_all(loaded, requests, {.n_parallel = 1, .batch = 512, .share_prefixes = false});
    REQUIRE(alone.size() == requests.size());
    const auto check = [&](const generate::EngineParams& params) {
        CAPTURE(params.n_parallel);
        CAPTURE(params.batch);
        CAPTURE(params.memory_bytes);
        generate::EngineStats stats;
        const Results found = run_all(loaded, requests, params, &stats);
        check_same(found, alone);
        CHECK(stats.peak_kv_bytes <= params.memory_bytes);
        return stats;
    };
    const std::uint64_t least = loaded.context_bytes();
    check({.n_parallel = 2, .batch = 7, .n_threads = 2});
    CHECK(check({.n_parallel = 7, .batch = 64, .n_threads = 3}).n_reused > 500);
    check({.n_parallel = 32, .batch = 512, .share_prefixes = false, .n_threads = 2});
    // With large states, the first sizes hold one sequence at a time.
    const std::uint64_t more = loaded.model.kv_layout.state_bytes;
    std::uint64_t n_preempted = 0;
    for (std::uint64_t k = 0; k == 0 || (more > 0 && k < 5); ++k) {
        n_preempted += check({.n_parallel = 32,
                              .batch = 512,
                              .memory_bytes = least + k * (more + loaded.page_bytes())})
                           .n_preempted;
    }
    // Without keys and values, no sequence grows.
    CHECK((n_preempted > 0) == (loaded.page_bytes() > 64));
    const std::vector<generate::Request> backwards(requests.rbegin(), requests.rend());
    const Results found =
        run_all(loaded, backwards,
                {.n_parallel = 32, .batch = 100, .memory_bytes = 2 * least, .n_threads = 2});
    for (const auto& [i, result] : alone) CHECK(same(found.at(requests.size() - 1 - i), result));
}

// A pass that was interrupted is computed again, with the same results.
inline void check_interruptions(const Loaded& loaded) {
    const auto requests = requests_of(20);
    const Results expected = run_all(loaded, requests, {});
    // A recurrent state is lost with the pass, so that all sequences begin anew.
    const bool has_state = loaded.model.kv_layout.state_bytes > 0;
    const std::size_t period = has_state ? 101 : 5;
    const std::size_t batch = has_state ? 512 : 64;
    std::size_t n_asked = 0;
    for (const int n_threads : {1, 3}) {
        // Within a pass of two layers, before either of them, and not at all.
        const auto sometimes = [&] { return ++n_asked % period == 0; };
        generate::EngineStats stats;
        const Results found =
            run_all(loaded, requests,
                    {.batch = batch, .n_threads = n_threads, .interrupted = sometimes}, &stats);
        for (const auto& [i, result] : expected) CHECK(same(found.at(i), result));
        CHECK(stats.n_computed + stats.n_reused < 20 * (has_state ? 2000U : 200U));
    }
    CHECK(n_asked > 100);
}

}  // namespace quire::test
