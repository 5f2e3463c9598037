// One process's share of the work: requests go in, lines of the output come out, in the order in
// which they are finished.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>

#include "apps/gen-batch/requests/encoder.h"
#include "apps/gen-batch/settings.h"
#include "lib/generate/embed.h"
#include "lib/generate/scheduler.h"

namespace quire::gen_batch {

struct Job {
    std::uint64_t index = 0;  // the caller's
    formats::openai::Subject subject;
    formats::openai::Request request;
};

struct Done {
    std::uint64_t index = 0;
    std::string line;  // newline included
    bool failed = false;
    std::size_t n_prompt_tokens = 0;
    std::size_t n_completion_tokens = 0;
    double seconds = 0;  // from add() on
};

class Engine {
  public:
    struct Parts {
        const formats::QuireFile& file;
        const model::Model& model;
        const tokenizer::Tokenizer& tokenizer;
        const Settings& settings;
    };
    // What the parts name must outlive the object. Throws as generate::Scheduler does.
    Engine(const Parts& parts, const generate::SchedulerParams& params);

    // on_done is called at once when the request is refused.
    void add(Job job, const std::function<void(Done)>& on_done);
    // One pass of the model.
    void step(const std::function<void(Done)>& on_done);
    bool idle() const noexcept { return open_.empty(); }
    const generate::SchedulerStats& stats() const noexcept { return scheduler_.stats(); }

  private:
    // A request whose choices are not all there yet.
    struct Open {
        Job job;
        std::uint64_t seed = 0;
        std::vector<RequestEncoder::Ids> prompts;
        std::vector<generate::SchedulerResult> results;  // (n_prompts, n)
        std::size_t n_left = 0;
        std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    };

    Done finish(const Open& open) const;
    Done embed(const Job& job, const std::vector<RequestEncoder::Ids>& texts) const;
    formats::openai::Answer new_answer(const Job& job) const;
    formats::openai::Choice choice_of(const Open& open, std::size_t index) const;
    std::string bytes_of(std::uint32_t token) const;
    formats::openai::TokenScore score_of(const generate::ScoredToken& scored) const;

    Parts parts_;
    std::string model_name_;
    generate::EmbedParams embed_params_;
    generate::Scheduler scheduler_;
    RequestEncoder encoder_;
    std::unordered_map<std::uint64_t, Open> open_;  // by job.index
    std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::size_t>> tags_;
    std::uint64_t next_tag_ = 0;
};

Done refused(std::uint64_t index, const formats::openai::Subject& subject,
             const formats::openai::Refusal& refusal);

}  // namespace quire::gen_batch
