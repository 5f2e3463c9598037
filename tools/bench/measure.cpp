#include "tools/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>

#include "apps/common/terminal/progress_line.h"

namespace quire::bench {

namespace {

// The i-th token of a sequence. The ids are spread over the vocabulary, and are the same in every
// run and for all programs that are compared.
std::uint32_t made_up_token(std::size_t i, std::size_t vocab_size) {
    return static_cast<std::uint32_t>(i * 7919 % vocab_size);
}

std::vector<std::uint32_t> made_up_tokens(std::size_t n, std::size_t vocab_size) {
    std::vector<std::uint32_t> tokens(n);
    for (std::size_t i = 0; i < n; ++i) tokens[i] = made_up_token(i, vocab_size);
    return tokens;
}

// What both phases need: sequences with their caches, scratch memory, and memory for logits.
class Runner {
  public:
    Runner(const model::Model& model, const Settings& settings, std::size_t n_sequences)
        : model_(model),
          settings_(settings),
          work_(model.spec, std::max(settings.batch, n_sequences), settings.n_threads),
          logits_(n_sequences * model::logits_stride(model.spec)) {
        const auto pool = model.kv_layout.make_pool();
        for (std::size_t i = 0; i < n_sequences; ++i) caches_.emplace_back(model.kv_layout, pool);
    }

    std::vector<model::KvCache>& caches() { return caches_; }
    // Back to the positions that remember() saw, or to none.
    void rewind(std::size_t n_positions) {
        for (std::size_t i = 0; i < caches_.size(); ++i) {
            caches_[i].set_length(n_positions);
            if (n_positions > 0) caches_[i].restore_state(states_[i]);
        }
    }
    void remember() {
        for (const model::KvCache& cache : caches_) {
            states_.push_back(cache.length() == 0 ? nullptr : cache.save_state());
        }
    }

    // Extends one sequence in passes of `batch` tokens; the last n_logits tokens have logits.
    void prefill(model::KvCache& cache, std::span<const std::uint32_t> tokens,
                 std::size_t n_logits) {
        for (std::size_t i = 0; i < tokens.size(); i += settings_.batch) {
            const auto part = tokens.subspan(i, std::min(settings_.batch, tokens.size() - i));
            const bool last = i + part.size() == tokens.size();
            pass(std::array<model::SequenceInput, 1>{{{&cache, part, last ? n_logits : 0}}});
        }
    }
    void pass(std::span<const model::SequenceInput> inputs) {
        if (recording_ != nullptr) recording_->push_back(describe(inputs));
        model::forward(model_, work_, inputs, logits_.data(),
                       {.n_threads = settings_.n_threads, .profile = profile_});
    }

    // One unmeasured round, whose passes are recorded, then the rounds, then the rounds again with a
    // profile.
    void measure(Phase& phase, const char* name, const std::function<void()>& round) {
        common::ProgressLine progress(
            {.what = name,
             .total = 1 + settings_.n_rounds * (settings_.per_operation ? 2 : 1),
             .of = "rounds"});
        recording_ = &phase.passes;
        round();
        recording_ = nullptr;
        progress.add(1);
        for (std::size_t i = 0; i < settings_.n_rounds; ++i) {
            const auto start = std::chrono::steady_clock::now();
            round();
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
            phase.seconds.push_back(took.count());
            progress.add(1);
        }
        if (!settings_.per_operation) return;
        std::array<std::vector<double>, model::kOperationNames.size()> times;
        for (std::size_t i = 0; i < settings_.n_rounds; ++i) {
            model::Profile profile;
            profile_ = &profile;
            round();
            progress.add(1);
            for (std::size_t op = 0; op < times.size(); ++op) {
                times[op].push_back(profile.seconds(static_cast<model::Operation>(op)));
            }
        }
        profile_ = nullptr;
        for (std::size_t op = 0; op < times.size(); ++op) {
            phase.operation_seconds[op] = median(times[op]);
        }
    }

  private:
    Pass describe(std::span<const model::SequenceInput> inputs) {
        Pass pass;
        for (const model::SequenceInput& input : inputs) {
            const std::size_t n = input.tokens.size();
            const std::size_t before = input.cache->length();
            input.cache->reserve(before + n);
            pass.n_rows += n;
            pass.n_logits += input.n_results;
            pass.runs.push_back({before, n, input.n_results});
            pass.position_bytes = static_cast<double>(input.cache->page_bytes()) /
                                  static_cast<double>(kernels::kSpanPositions);
        }
        return pass;
    }

    const model::Model& model_;
    const Settings& settings_;
    model::Workspace work_;
    model::Buffer<float> logits_;
    std::vector<model::KvCache> caches_;
    std::vector<model::KvPage> states_;
    std::vector<Pass>* recording_ = nullptr;
    model::Profile* profile_ = nullptr;
};

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Phase::tokens_per_second() const {
    return static_cast<double>(n_tokens) / median(seconds);
}

Phase measure_prefill(const model::Model& model, const Settings& settings) {
    Phase phase;
    phase.n_tokens = settings.n_prompt;
    const auto tokens = made_up_tokens(settings.n_prompt, model.spec.vocab_size);
    Runner runner(model, settings, 1);
    runner.measure(phase, "prefill", [&] {
        runner.rewind(0);
        runner.prefill(runner.caches()[0], tokens, 1);
    });
    return phase;
}

Phase measure_decode(const model::Model& model, const Settings& settings) {
    Phase phase;
    phase.n_tokens = settings.n_generate * settings.n_sequences;
    const auto context = made_up_tokens(settings.depth, model.spec.vocab_size);
    Runner runner(model, settings, settings.n_sequences);
    for (model::KvCache& cache : runner.caches()) runner.prefill(cache, context, 0);
    runner.remember();

    std::vector<std::uint32_t> next(settings.n_sequences);
    std::vector<model::SequenceInput> inputs;
    for (std::size_t s = 0; s < next.size(); ++s) {
        inputs.push_back({&runner.caches()[s], {&next[s], 1}, 1});
    }
    runner.measure(phase, "decode", [&] {
        runner.rewind(settings.depth);
        for (std::size_t i = 0; i < settings.n_generate; ++i) {
            for (std::size_t s = 0; s < next.size(); ++s) {
                next[s] = made_up_token(settings.depth + i + s, model.spec.vocab_size);
            }
            runner.pass(inputs);
        }
    });
    return phase;
}

}  // namespace quire::bench
