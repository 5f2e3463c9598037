#include "lib/generate/reuse/draft.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/generate/engine_support.h"
#include "tools/pack/ngram/kneser_ney.h"

using namespace quire;
using namespace quire::test;

namespace {

// Counts of what a model wrote.
struct Counted {
    pack::KneserNey made;
    std::optional<model::Model> model;

    Counted(const Loaded& loaded, const Results& results, std::size_t order) {
        pack::Documents documents({}, loaded.model.spec.vocab_size);
        for (const auto& [index, result] : results) documents.add(result.tokens);
        made = pack::estimate(documents, order, 1);
        spec::ModelSpec spec;
        spec.ngram_order = static_cast<std::uint32_t>(order);
        spec.vocab_size = loaded.model.spec.vocab_size;
        spec.context_length = loaded.model.spec.context_length;
        const model::Ngram tables(spec, made.tables, "counts");
        model.emplace(spec, tables, kernels::choose(""));
    }
};

// The statistics of the first of several ways to run, all of which must give the results expected.
generate::EngineStats check_draft(const Loaded& loaded, const model::Model& draft,
                                  const std::vector<generate::Request>& requests,
                                  const Results& expected) {
    std::optional<generate::EngineStats> first;
    const std::array<generate::EngineParams, 3> ways{
        {{.n_parallel = 1, .max_guesses = 16},
         {.n_parallel = 5, .batch = 9, .max_guesses = 16, .n_threads = 2},
         {.n_parallel = 32, .memory_bytes = loaded.context_bytes(), .max_guesses = 64}}};
    for (generate::EngineParams params : ways) {
        params.draft = &draft;
        generate::EngineStats stats;
        const Results found = run_all(loaded, requests, params, &stats);
        check_same(found, expected);
        CHECK(stats.n_right <= stats.n_guessed);
        if (!first) first = stats;
    }
    return *first;
}

}  // namespace

TEST_CASE("draft: guesses of any model change no bit of any result") {
    const Loaded loaded;
    const auto requests = requests_of(24);
    const Results expected = run_all(loaded, requests, {.n_parallel = 1});
    const auto itself = check_draft(loaded, loaded.model, requests, expected);
    CHECK(itself.n_guessed > 50);
    const Loaded other("qwen3");
    CHECK(check_draft(loaded, other.model, requests, expected).n_guessed > 10);
    const Loaded recurrent("lfm2");
    CHECK(check_draft(loaded, recurrent.model, requests, expected).n_guessed > 0);
    const Counted counted(loaded, expected, 3);
    const auto by_counts = check_draft(loaded, *counted.model, requests, expected);
    CHECK(by_counts.n_right > 10);
    CHECK(by_counts.n_guessed - by_counts.n_right > 10);
}

TEST_CASE("draft: a model that guesses for itself is always right") {
    // It is unsure of every token, and finds out that its guesses are right all the same.
    const Loaded loaded;
    for (const float temperature : {0.0F, 0.8F, 1.5F}) {
        generate::Request request{.prompt = {5, 6, 7, 8, 5, 6, 7, 8}};
        request.continuation.max_tokens = 200;
        request.continuation.ignore_end = true;
        request.continuation.sampler.temperature = temperature;
        request.continuation.sampler.seed = 4;
        generate::EngineStats stats;
        run_all(loaded, {request}, {.n_parallel = 1, .max_guesses = 16, .draft = &loaded.model},
                &stats);
        CHECK(stats.n_guessed > 30);
        CHECK(stats.n_right == stats.n_guessed);
        CHECK(stats.n_steps < 180);
    }
}

TEST_CASE("draft: a recurrent model guesses what it would write") {
    const Loaded loaded("lfm2");
    generate::Request request{.prompt = {5, 6, 7, 8, 9, 10}};
    request.continuation.max_tokens = 40;
    request.continuation.ignore_end = true;
    request.continuation.sampler.temperature = 0;
    const Tokens text = run_one(loaded, request).tokens;
    generate::Draft draft(loaded.model, 3, 1);
    const auto guesses = draft.begin(request.continuation.sampler, 0);
    guesses->confidence = generate::Confidence(0);
    Tokens known = request.prompt;
    // Some guesses are taken, then another token is given than the one that was guessed.
    for (const std::size_t n : {4U, 1U, 7U}) {
        const std::size_t at = known.size() - request.prompt.size();
        const Tokens found = draft.guess(*guesses, known, n, loaded.model.spec.vocab_size);
        CHECK(found == Tokens(text.begin() + static_cast<std::ptrdiff_t>(at),
                              text.begin() + static_cast<std::ptrdiff_t>(at + n)));
        const std::size_t taken = (n + 1) / 2;
        known.insert(known.end(), found.begin(),
                     found.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    known.back() = (known.back() + 1) % 300;
    generate::Request changed = request;
    changed.prompt = known;
    const Tokens rest = run_one(loaded, changed).tokens;
    const Tokens found = draft.guess(*guesses, known, 5, loaded.model.spec.vocab_size);
    CHECK(found == Tokens(rest.begin(), rest.begin() + 5));
}

TEST_CASE("draft: what does not fit the second model is not guessed") {
    const Loaded loaded;
    const std::size_t context = loaded.model.spec.context_length;
    generate::Draft draft(loaded.model, 16, 1);
    const auto guesses = draft.begin({}, 0);
    guesses->confidence = generate::Confidence(0);
    CHECK(draft.guess(*guesses, Tokens(context - 3, 5), 4, 320).empty());
    CHECK(draft.guess(*guesses, Tokens{5, 6, loaded.model.spec.vocab_size}, 4, 320).empty());
    CHECK(draft.guess(*guesses, Tokens{5, 6}, 4, 320).size() == 4);
    // Only tokens that the first model has, too.
    const auto few = draft.begin({}, 0);
    few->confidence = generate::Confidence(0);
    const Tokens found = draft.guess(*few, Tokens{5, 6}, 8, 20);
    CHECK(found.size() == 8);
    for (const std::uint32_t token : found) CHECK(token < 20);
}

TEST_CASE("draft: a guess is made if those of about its probability were right") {
    generate::Confidence confidence;
    const auto pass = [&](float probability, std::size_t n_right) {
        confidence.begin();
        const bool taken = confidence.takes(std::log(probability));
        if (taken) confidence.learn(n_right);
        return taken;
    };
    // At first the second model's own word counts.
    CHECK(pass(0.9F, 0));
    CHECK_FALSE(pass(0.1F, 0));
    // Wrong ones are made less and less often, right ones each time.
    std::size_t n_taken = 0;
    for (int i = 0; i < 100; ++i) n_taken += pass(0.9F, 0) ? 1 : 0;
    CHECK(n_taken < 25);
    CHECK(n_taken > 3);
    n_taken = 0;
    for (int i = 0; i < 100; ++i) n_taken += pass(0.1F, 1) ? 1 : 0;
    CHECK(n_taken > 80);
    // Behind the first wrong guess nothing is learned.
    generate::Confidence other;
    other.begin();
    for (int i = 0; i < 5; ++i) CHECK(other.takes(std::log(0.4F)));
    other.learn(0);
    other.begin();
    CHECK_FALSE(other.takes(std::log(0.4F)));
    CHECK(other.takes(std::log(0.6F)));
}
