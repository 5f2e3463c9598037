// Answers requests with the model of this process: jobs go in, lines of the output come out, in the
// order in which they are finished.
//
// A request is, in this order:
//   Record           as it is in the input (requests/input.h)
//   openai::Line     parsed, or the reason why it is refused
//   openai::Subject  its identity: custom_id and the hashes that name it across runs
//   Job              identity and request, ready to be computed; another process is sent the Record
//   FinishedJob      its line of the output
// EarlierResult (results/results.h) is the line that an earlier run wrote for it.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>
#include <vector>

#include "apps/gen-batch/requests/answers.h"
#include "apps/gen-batch/requests/constraint_cache.h"
#include "apps/gen-batch/requests/encoder.h"
#include "apps/gen-batch/settings.h"
#include "lib/generate/embed.h"
#include "lib/generate/engine.h"

namespace quire::gen_batch {

struct Job {
    std::uint64_t index = 0;  // chosen by the caller, unique
    formats::openai::Subject subject;
    formats::openai::Request request;
};

struct FinishedJob {
    std::uint64_t index = 0;
    std::string line;  // including the newline
    bool failed = false;
    std::size_t n_prompt_tokens = 0;
    std::size_t n_completion_tokens = 0;
    double seconds = 0;  // since add()
};

// The line of a request that is refused.
FinishedJob refused(std::uint64_t index, const formats::openai::Subject& subject,
                    const formats::openai::Refusal& refusal);

class Worker {
  public:
    struct Resources {
        const formats::QuireFile& file;
        const model::Model& model;
        const tokenizer::Tokenizer& tokenizer;
        const Settings& settings;
    };
    using OnDone = std::function<void(FinishedJob)>;

    // The resources must outlive the object. Throws as generate::Engine does.
    Worker(const Resources& resources, const generate::EngineParams& params);

    // Calls on_done at once for a request that is refused, or wants embeddings or a ranking.
    void add(Job job, const OnDone& on_done);
    // One pass of the model. False when it was interrupted; the next step computes it again.
    bool step(const OnDone& on_done);
    bool idle() const noexcept { return active_.empty(); }
    generate::EngineStats stats() const noexcept { return engine_.stats(); }

  private:
    // A job that still waits for some of its choices.
    struct ActiveJob {
        Job job;
        std::uint64_t seed = 0;
        std::shared_ptr<constraints::Constraint> constraint;
        std::vector<RequestEncoder::Ids> prompts;
        std::vector<generate::Result> results;  // (n_prompts, n)
        std::size_t n_left = 0;
        std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    };

    std::shared_ptr<constraints::Constraint> constraint_of(
        const formats::openai::Request& request, const std::vector<RequestEncoder::Ids>& prompts);
    generate::Request request_of(const ActiveJob& active, std::size_t choice) const;
    void set_answer(generate::Request& request, const ActiveJob& active) const;
    void add_choice(const ActiveJob& active, std::size_t choice);
    FinishedJob finish(const ActiveJob& active) const;
    FinishedJob embed(const Job& job, const std::vector<RequestEncoder::Ids>& texts) const;
    FinishedJob rerank(const Job& job, const std::vector<RequestEncoder::Ids>& pairs) const;
    FinishedJob not_finite(const Job& job, const model::NotFinite& error) const;
    formats::openai::Answer new_answer(const Job& job) const;
    formats::openai::Choice choice_of(const ActiveJob& active, std::size_t index) const;
    void echo_prompt(formats::openai::Choice& choice, const ActiveJob& active,
                     std::size_t index) const;
    formats::openai::TokenScore score_of(const generate::ScoredToken& scored) const;

    Resources resources_;
    std::string model_name_;
    generate::EmbedParams embed_params_;
    generate::Engine engine_;
    RequestEncoder encoder_;
    ConstraintCache constraints_;
    ChatAnswers chat_answers_;
    std::unordered_map<std::uint64_t, ActiveJob> active_;  // by job.index
    std::vector<FinishedJob> finished_;                    // in this step
};

}  // namespace quire::gen_batch
