// The engine with models that have a recurrent state: sharing, preemption and batches must not change a
// bit of it.

#include "tests/generate/engine_support.h"

using namespace quire;
using namespace quire::test;

namespace {

const char* const kFamilies[] = {"lfm2", "qwen3.5", "mamba2", "nemotron-h", "rwkv7"};

std::vector<generate::Request> with_beginning(std::size_t n, std::size_t n_shared) {
    std::vector<generate::Request> requests(n);
    for (std::uint32_t i = 0; i < n; ++i) {
        for (std::uint32_t k = 0; k < n_shared; ++k) {
            requests[i].prompt.push_back((k * 7) % 320);
        }
        requests[i].prompt.push_back(i);
        requests[i].continuation.max_tokens = 3;
        requests[i].hash_logits = true;
    }
    return requests;
}

}  // namespace

TEST_CASE("state: the same results for any batch, memory, threads and order") {
    for (const char* family : kFamilies) {
        CAPTURE(family);
        check_all_ways(Loaded(family));
    }
}

TEST_CASE("state: a pass that was interrupted is computed again, with the same results") {
    for (const char* family : kFamilies) check_interruptions(Loaded(family));
}

TEST_CASE("state: a common beginning is computed once") {
    for (const char* family : kFamilies) {
        const Loaded loaded(family);
        const auto requests = with_beginning(40, 192);
        generate::EngineStats stats;
        run_all(loaded, requests, {.n_parallel = 32, .batch = 100}, &stats);
        CHECK(stats.n_computed == 192 + 40);
        CHECK(stats.n_reused == 39 * 192);
    }
}

TEST_CASE("state: a beginning that comes again later is computed twice at most") {
    for (const char* family : kFamilies) {
        const Loaded loaded(family);
        const auto requests = with_beginning(5, 192);
        generate::Engine engine(loaded.model, loaded.tokenizer, {});
        for (const generate::Request& request : requests) {
            generate::Result alone = run_one(loaded, request);
            generate::Request again = request;
            again.on_done = [&alone](const generate::Result& result) {
                CHECK(same(result, alone));
            };
            engine.add(std::move(again));
            engine.run();
        }
        CHECK(engine.stats().n_computed + engine.stats().n_reused == 5 * 193);
        CHECK(engine.stats().n_reused >= 3 * 192);
    }
}
