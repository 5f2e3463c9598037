#include "apps/gen-batch/worker.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "apps/common/command.h"
#include "formats/quire/chat_templates.h"
#include "lib/base/error.h"
#include "lib/generate/answers/answer.h"
#include "lib/generate/heal.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen_batch {

namespace openai = formats::openai;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

FinishedJob refused(std::uint64_t index, const openai::Subject& subject,
                    const openai::Refusal& refusal) {
    return {index, openai::refusal_line(subject, refusal), true, 0, 0, 0};
}

Worker::Worker(const Resources& resources, const generate::EngineParams& params)
    : resources_(resources),
      model_name_(resources.file.meta().name),
      embed_params_{.pooling = resources.model.spec.pooling,
                    .batch = params.batch,
                    .n_threads = params.n_threads,
                    .kv_pool = resources.model.kv_layout.make_pool()},
      engine_(resources.model, resources.tokenizer, params),
      encoder_(resources.file, resources.tokenizer,
               prompt_context(resources.model.spec, engine_.context()), resources.settings.time),
      constraints_(resources.settings.sampling.constraint),
      chat_answers_(formats::chat_templates(resources.file), resources.tokenizer) {}

void Worker::add(Job job, const OnDone& on_done) {
    const bool embeds = job.request.endpoint == openai::Endpoint::embeddings;
    const bool reranks = job.request.endpoint == openai::Endpoint::rerank;
    const spec::ModelSpec& spec = resources_.model.spec;
    if (!embeds && !reranks && (spec.output == spec::OutputKind::none || !spec.causal)) {
        on_done(refused(job.index, job.subject,
                        {400, "unsupported_endpoint", "url",
                         "expected a model that generates, found one that embeds"}));
        return;
    }
    auto encoded = encoder_.encode(job.request);
    if (const auto* refusal = std::get_if<openai::Refusal>(&encoded)) {
        on_done(refused(job.index, job.subject, *refusal));
        return;
    }
    auto& prompts = std::get<std::vector<RequestEncoder::Ids>>(encoded);
    if (embeds) {
        on_done(embed(job, prompts));
        return;
    }
    if (reranks) {
        on_done(rerank(job, prompts));
        return;
    }
    std::shared_ptr<constraints::Constraint> constraint;
    try {
        constraint = constraint_of(job.request, prompts);
    } catch (const openai::Refusal& refusal) {
        on_done(refused(job.index, job.subject, refusal));
        return;
    }
    const std::uint64_t index = job.index;
    ActiveJob& active = active_[index];
    active.constraint = std::move(constraint);
    active.seed = seed_of(job.request, job.subject, resources_.settings);
    active.prompts = std::move(prompts);
    active.job = std::move(job);
    active.n_left = active.prompts.size() * active.job.request.sampling.n;
    active.results.resize(active.n_left);
    try {
        for (std::size_t i = 0; i < active.results.size(); ++i) {
            engine_.check(request_of(active, i));
        }
    } catch (const Error& error) {
        on_done(refused(index, active.job.subject, {400, "invalid_value", "", error.what()}));
        active_.erase(index);
        return;
    }
    for (std::size_t i = 0; i < active.results.size(); ++i) add_choice(active, i);
}

// What the answers must follow; null for anything. Throws Refusal.
std::shared_ptr<constraints::Constraint> Worker::constraint_of(
    const openai::Request& request, const std::vector<RequestEncoder::Ids>& prompts) {
    if (request.must_call) return chat_answers_.calls_for(request, prompts.front());
    return constraints_.of(request);
}

// What transformers would write, unless the request says how tokens are drawn.
void Worker::set_answer(generate::Request& request, const ActiveJob& active) const {
    const openai::Request& asked = active.job.request;
    const bool draws = asked.sampling.temperature.value_or(0) > 0;
    if (!draws) request.continuation.sampler.temperature = 0;
    if (!asked.max_tokens_given) {
        request.continuation.max_tokens = resources_.settings.n_predict.value_or(SIZE_MAX);
    }
    generate::AnswerChoice choice{asked.from, asked.to, asked.beams};
    const openai::Sampling& sampling = asked.sampling;
    const bool alone = draws || sampling.n_top || sampling.n > 1 || sampling.ignore_eos ||
                       !sampling.logit_bias.empty() ||
                       sampling.frequency_penalty.value_or(0) != 0 ||
                       sampling.presence_penalty.value_or(0) != 0;
    if (alone && !choice.n_beams) choice.n_beams = 1;
    generate::set_answer(request, *encoder_.answers(), std::move(request.prompt), choice);
}

generate::Request Worker::request_of(const ActiveJob& active, std::size_t choice) const {
    const openai::Request& asked = active.job.request;
    generate::Request request;
    request.prompt = active.prompts[choice / asked.sampling.n];
    request.continuation = continuation_of(asked, resources_.settings, active.seed, choice);
    request.continuation.constraint = active.constraint;
    if (encoder_.answers() != nullptr) set_answer(request, active);
    return request;
}

void Worker::add_choice(const ActiveJob& active, std::size_t choice) {
    const openai::Request& asked = active.job.request;
    generate::Request request = request_of(active, choice);
    request.score_prompt = asked.echo && asked.sampling.n_top.has_value();
    if (asked.heal) generate::heal(request, resources_.tokenizer);
    request.on_done = [this, index = active.job.index, choice](generate::Result result) {
        const auto found = active_.find(index);
        found->second.results[choice] = std::move(result);
        if (--found->second.n_left > 0) return;
        finished_.push_back(finish(found->second));
        active_.erase(found);
    };
    engine_.add(std::move(request));
}

bool Worker::step(const OnDone& on_done) {
    const bool computed = engine_.step();
    for (FinishedJob& job : std::exchange(finished_, {})) on_done(std::move(job));
    return computed;
}

FinishedJob Worker::not_finite(const Job& job, const model::NotFinite& error) const {
    const openai::Refusal refusal{
        500, "not_finite", "",
        error.what() + common::kv_hint(resources_.model.kv_layout.type, error)};
    return refused(job.index, job.subject, refusal);
}

FinishedJob Worker::embed(const Job& job, const std::vector<RequestEncoder::Ids>& texts) const {
    const auto start = std::chrono::steady_clock::now();
    if (resources_.model.ngram) {
        return refused(job.index, job.subject,
                       {400, "invalid_value", "model",
                        "expected a model with vectors, found one of counted n-grams"});
    }
    const std::size_t dim = vector_dim(resources_.model.spec);
    const std::size_t n = job.request.dimensions.value_or(dim);
    if (n > dim) {
        return refused(
            job.index, job.subject,
            {400, "invalid_value", "dimensions",
             "expected at most " + std::to_string(dim) + ", found " + std::to_string(n)});
    }
    openai::Answer answer = new_answer(job);
    answer.base64 = job.request.base64;
    for (const RequestEncoder::Ids& ids : texts) {
        std::vector<float> vector;
        try {
            vector = generate::embedding(resources_.model, ids, embed_params_);
        } catch (const model::NotFinite& error) {
            return not_finite(job, error);
        }
        vector.resize(n);
        generate::normalize(vector);
        answer.embeddings.push_back(std::move(vector));
        answer.n_prompt_tokens += ids.size();
    }
    return {job.index, openai::answer_line(job.subject, answer),
            false,     answer.n_prompt_tokens,
            0,         seconds_since(start)};
}

FinishedJob Worker::rerank(const Job& job, const std::vector<RequestEncoder::Ids>& pairs) const {
    const auto start = std::chrono::steady_clock::now();
    const openai::Request& request = job.request;
    openai::Answer answer = new_answer(job);
    generate::EmbedParams params = embed_params_;
    params.second_begin = encoder_.second_begin(request);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        openai::Ranked one{i};
        try {
            const auto pooled = generate::pool(resources_.model, pairs[i], params);
            one.score = generate::label_scores(resources_.model, pooled).front();
        } catch (const model::NotFinite& error) {
            return not_finite(job, error);
        }
        if (request.return_documents) one.document = std::get<std::string>(request.prompts[i]);
        answer.ranked.push_back(std::move(one));
        answer.n_prompt_tokens += pairs[i].size();
    }
    std::ranges::stable_sort(answer.ranked, std::greater<>(), &openai::Ranked::score);
    const std::size_t n = std::min(request.top_n.value_or(SIZE_MAX), answer.ranked.size());
    answer.ranked.resize(n);
    return {job.index, openai::answer_line(job.subject, answer),
            false,     answer.n_prompt_tokens,
            0,         seconds_since(start)};
}

openai::Answer Worker::new_answer(const Job& job) const {
    openai::Answer answer;
    answer.endpoint = job.request.endpoint;
    answer.model = model_name_;
    answer.model_hash = resources_.settings.model_hash;
    answer.created = resources_.settings.time.value_or(0);
    return answer;
}

openai::TokenScore Worker::score_of(const generate::ScoredToken& scored) const {
    openai::TokenScore out{tokenizer::token_text_or_name(resources_.tokenizer, scored.chosen.token),
                           scored.chosen.logprob,
                           {}};
    for (const auto& top : scored.top)
        out.top.emplace_back(tokenizer::token_text_or_name(resources_.tokenizer, top.token),
                             top.logprob);
    return out;
}

// Puts the prompt's text, and its scores if they are wanted, into the choice.
void Worker::echo_prompt(openai::Choice& choice, const ActiveJob& active, std::size_t index) const {
    const std::size_t i = index / active.job.request.sampling.n;
    const RequestEncoder::Ids& ids = active.prompts[i];
    if (const auto* text = std::get_if<std::string>(&active.job.request.prompts[i])) {
        choice.text = *text;
    } else {
        tokenizer::DecodeStream decoder(resources_.tokenizer);
        for (const std::uint32_t token : ids) choice.text += decoder.push(token);
        choice.text += decoder.finish();
    }
    if (!choice.scores) return;
    choice.first_unscored = true;
    choice.scores->push_back(
        {tokenizer::token_text_or_name(resources_.tokenizer, ids.front()), 0, {}});
    for (const auto& scored : active.results[index].prompt_scores) {
        choice.scores->push_back(score_of(scored));
    }
}

openai::Choice Worker::choice_of(const ActiveJob& active, std::size_t index) const {
    const openai::Request& request = active.job.request;
    const generate::Result& result = active.results[index];
    openai::Choice choice;
    choice.finish_reason = generate::name(result.finish);
    if (request.sampling.n_top) choice.scores.emplace();
    if (request.echo) echo_prompt(choice, active, index);
    choice.text += result.text;
    if (request.endpoint == openai::Endpoint::chat) {
        chat_answers_.divide(request, active.prompts.front(), result, choice);
    }
    if (!choice.scores) return choice;
    // Tokens that lie entirely inside a stop string are left out together with it.
    std::size_t begin = 0;
    for (const auto& scored : result.scores) {
        if (begin >= result.text.size()) break;
        choice.scores->push_back(score_of(scored));
        if (resources_.tokenizer.is_control(scored.chosen.token)) continue;  // it has no text
        begin += choice.scores->back().bytes.size();
    }
    return choice;
}

FinishedJob Worker::finish(const ActiveJob& active) const {
    for (const generate::Result& result : active.results) {
        if (result.failure) return not_finite(active.job, *result.failure);
    }
    openai::Answer answer = new_answer(active.job);
    answer.seed = active.seed;
    for (const auto& prompt : active.prompts) answer.n_prompt_tokens += prompt.size();
    for (std::size_t i = 0; i < active.results.size(); ++i) {
        answer.choices.push_back(choice_of(active, i));
        answer.n_completion_tokens += active.results[i].tokens.size();
    }
    return {active.job.index,
            openai::answer_line(active.job.subject, answer),
            false,
            answer.n_prompt_tokens,
            answer.n_completion_tokens,
            seconds_since(active.start)};
}

}  // namespace quire::gen_batch
