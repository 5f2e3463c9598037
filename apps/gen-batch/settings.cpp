#include "apps/gen-batch/settings.h"

#include <nlohmann/json.hpp>

#include "lib/base/hash.h"
#include "lib/model/forward.h"

namespace quire::gen_batch {

namespace {

std::uint64_t hash_of(const std::string& text) {
    return base::xxh3(std::as_bytes(std::span(text)));
}

}  // namespace

Settings::Settings(const Options& options, std::uint64_t model)
    : sampler(options.sampler),
      n_predict(options.n_predict),
      stops(options.stops),
      seed(options.seed),
      time(parse_time(options.time)),
      model_hash(model) {
    nlohmann::ordered_json json{{"model", base::hex(model_hash)},
                                {"arithmetic", model::kArithmetic},
                                {"context", options.engine.context},
                                {"temperature", sampler.temperature},
                                {"top_k", sampler.top_k},
                                {"top_p", sampler.top_p},
                                {"min_p", sampler.min_p},
                                {"seed", seed},
                                {"stops", stops}};
    if (n_predict) json["n_predict"] = *n_predict;
    if (time) json["time"] = *time;
    if (options.kv_type != kernels::KvType::f16) json["kv_type"] = options.kv_type;
    fingerprint = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    hash = hash_of(fingerprint);
}

formats::openai::Subject subject_of(const formats::openai::Line& line, std::uint64_t line_number,
                                    const Settings& settings) {
    formats::openai::Subject subject;
    subject.custom_id = line.custom_id;
    subject.line = line_number;
    subject.settings_hash = settings.hash;
    subject.request_hash = hash_of(line.canonical + '\0' + settings.fingerprint);
    subject.id_hash = hash_of(line.custom_id.value_or("") + '\0' + base::hex(subject.request_hash));
    return subject;
}

std::uint64_t seed_of(const formats::openai::Request& request,
                      const formats::openai::Subject& subject, const Settings& settings) {
    if (request.sampling.seed) return *request.sampling.seed;
    return hash_of(subject.custom_id.value_or("") + '\0' + std::to_string(settings.seed));
}

generate::ContinuationParams continuation_of(const formats::openai::Request& request,
                                             const Settings& settings, std::uint64_t seed,
                                             std::uint64_t choice) {
    const formats::openai::Sampling& asked = request.sampling;
    generate::ContinuationParams params;
    params.sampler = settings.sampler;
    params.sampler.temperature = asked.temperature.value_or(settings.sampler.temperature);
    params.sampler.top_p = asked.top_p.value_or(settings.sampler.top_p);
    params.sampler.min_p = asked.min_p.value_or(settings.sampler.min_p);
    params.sampler.top_k = asked.top_k.value_or(settings.sampler.top_k);
    params.sampler.seed = seed;
    params.rules.frequency_penalty = asked.frequency_penalty;
    params.rules.presence_penalty = asked.presence_penalty;
    params.rules.bias = asked.logit_bias;
    params.max_tokens = asked.max_tokens.value_or(settings.n_predict.value_or(SIZE_MAX));
    params.stops = asked.stop.empty() ? settings.stops : asked.stop;
    params.choice = choice;
    params.n_top = asked.n_top;
    params.ignore_end = asked.ignore_eos;
    return params;
}

}  // namespace quire::gen_batch
