#include "apps/gen-batch/engine.h"

#include "apps/common/command.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen_batch {

namespace openai = formats::openai;

Done refused(std::uint64_t index, const openai::Subject& subject, const openai::Refusal& refusal) {
    return {index, openai::refusal_line(subject, refusal), true, 0, 0, 0};
}

namespace {

Done failed(const Job& job, const model::NotFinite& error, kernels::KvType type) {
    const openai::Refusal refusal{500, "not_finite", "",
                                  error.what() + common::kv_hint(type, error)};
    return refused(job.index, job.subject, refusal);
}

}  // namespace

Engine::Engine(const Parts& parts, const generate::SchedulerParams& params)
    : parts_(parts),
      model_name_(parts.file.meta().name),
      embed_params_{.pooling = parts.model.spec.pooling,
                    .batch = params.batch,
                    .n_threads = params.n_threads},
      scheduler_(parts.model, parts.tokenizer, params),
      encoder_(parts.file, parts.tokenizer, parts.model.spec.vocab_size, scheduler_.context(),
               parts.settings.time) {}

void Engine::add(Job job, const std::function<void(Done)>& on_done) {
    const bool embeds = job.request.endpoint == openai::Endpoint::embeddings;
    const spec::ModelSpec& spec = parts_.model.spec;
    if (!embeds && (spec.output == spec::OutputKind::none || !spec.causal)) {
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
    if (embeds) {
        try {
            on_done(embed(job, std::get<std::vector<RequestEncoder::Ids>>(encoded)));
        } catch (const model::NotFinite& error) {
            on_done(failed(job, error, parts_.model.kv_layout.type));
        }
        return;
    }
    Open open;
    open.seed = seed_of(job.request, job.subject, parts_.settings);
    open.prompts = std::get<std::vector<RequestEncoder::Ids>>(std::move(encoded));
    const std::size_t n = job.request.sampling.n;
    open.n_left = open.prompts.size() * n;
    open.results.resize(open.n_left);
    for (std::size_t i = 0; i < open.n_left; ++i) {
        generate::SchedulerRequest request;
        request.prompt = open.prompts[i / n];
        request.continuation = continuation_of(job.request, parts_.settings, open.seed, i);
        request.score_prompt = job.request.echo && job.request.sampling.n_top.has_value();
        request.tag = next_tag_++;
        tags_[request.tag] = {job.index, i};
        scheduler_.add(std::move(request));
    }
    open.job = std::move(job);
    const std::uint64_t index = open.job.index;
    open_.emplace(index, std::move(open));
}

void Engine::step(const std::function<void(Done)>& on_done) {
    scheduler_.step([&](generate::SchedulerResult result) {
        const auto tag = tags_.find(result.tag);
        const auto [index, choice] = tag->second;
        tags_.erase(tag);
        const auto found = open_.find(index);
        Open& open = found->second;
        open.results[choice] = std::move(result);
        if (--open.n_left > 0) return;
        on_done(finish(open));
        open_.erase(found);
    });
}

Done Engine::embed(const Job& job, const std::vector<RequestEncoder::Ids>& texts) const {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t dim = parts_.model.spec.dim;
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
        std::vector<float> vector = generate::pool(parts_.model, ids, embed_params_);
        vector.resize(n);
        generate::normalize(vector);
        answer.embeddings.push_back(std::move(vector));
        answer.n_prompt_tokens += ids.size();
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    return {job.index,   openai::answer_line(job.subject, answer), false, answer.n_prompt_tokens, 0,
            time.count()};
}

openai::Answer Engine::new_answer(const Job& job) const {
    openai::Answer answer;
    answer.endpoint = job.request.endpoint;
    answer.model = model_name_;
    answer.model_hash = parts_.settings.model_hash;
    answer.created = parts_.settings.time.value_or(0);
    return answer;
}

std::string Engine::bytes_of(std::uint32_t token) const {
    if (token >= parts_.tokenizer.n_vocab()) return {};
    if (parts_.tokenizer.is_control(token)) return std::string(parts_.tokenizer.piece(token));
    tokenizer::DecodeStream decoder(parts_.tokenizer);
    std::string bytes = decoder.push(token);
    return bytes + decoder.finish();
}

openai::TokenScore Engine::score_of(const generate::ScoredToken& scored) const {
    openai::TokenScore out{bytes_of(scored.chosen.token), scored.chosen.logprob, {}};
    for (const auto& top : scored.top) out.top.emplace_back(bytes_of(top.token), top.logprob);
    return out;
}

openai::Choice Engine::choice_of(const Open& open, std::size_t index) const {
    const openai::Request& request = open.job.request;
    const generate::SchedulerResult& result = open.results[index];
    openai::Choice choice;
    choice.finish_reason = generate::name(result.finish);
    if (request.sampling.n_top) choice.scores.emplace();
    if (request.echo) {
        const RequestEncoder::Ids& prompt = open.prompts[index / request.sampling.n];
        const openai::Prompt& asked = request.prompts[index / request.sampling.n];
        if (const auto* text = std::get_if<std::string>(&asked)) {
            choice.text = *text;
        } else {
            tokenizer::DecodeStream decoder(parts_.tokenizer);
            for (const std::uint32_t token : prompt) choice.text += decoder.push(token);
            choice.text += decoder.finish();
        }
        if (choice.scores) {
            choice.first_unscored = true;
            choice.scores->push_back({bytes_of(prompt.front()), 0, {}});
            for (const auto& scored : result.prompt_scores) {
                choice.scores->push_back(score_of(scored));
            }
        }
    }
    choice.text += result.text;
    if (!choice.scores) return choice;
    // A stop string takes the tokens with it that lie in it as a whole.
    std::size_t begin = 0;
    for (const auto& scored : result.scores) {
        if (begin >= result.text.size()) break;
        choice.scores->push_back(score_of(scored));
        if (parts_.tokenizer.is_control(scored.chosen.token)) continue;  // it has no text
        begin += choice.scores->back().bytes.size();
    }
    return choice;
}

Done Engine::finish(const Open& open) const {
    for (const generate::SchedulerResult& result : open.results) {
        if (result.failure) return failed(open.job, *result.failure, parts_.model.kv_layout.type);
    }
    openai::Answer answer = new_answer(open.job);
    answer.seed = open.seed;
    for (const auto& prompt : open.prompts) answer.n_prompt_tokens += prompt.size();
    for (std::size_t i = 0; i < open.results.size(); ++i) {
        answer.choices.push_back(choice_of(open, i));
        answer.n_completion_tokens += open.results[i].tokens.size();
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - open.start;
    return {open.job.index,
            openai::answer_line(open.job.subject, answer),
            false,
            answer.n_prompt_tokens,
            answer.n_completion_tokens,
            time.count()};
}

}  // namespace quire::gen_batch
