#include "apps/gen-batch/settings.h"

#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/model/forward.h"

namespace quire::gen_batch {

namespace {

std::uint64_t hash_of(const std::string& text) {
    return base::xxh3(std::as_bytes(std::span(text)));
}

// Settings that differ from those of a run without these options: a run that has none keeps the
// fingerprint that it had before they existed.
nlohmann::ordered_json unusual(const common::SamplingOptions& sampling) {
    const common::SamplingOptions usual;
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    const auto note = [&](const char* name, const auto& value, const auto& usual_value) {
        if (value != usual_value) json[name] = value;
    };
    const generate::SamplerParams& sampler = sampling.sampler;
    note("typical_p", sampler.typical_p, usual.sampler.typical_p);
    note("top_n_sigma", sampler.top_n_sigma, usual.sampler.top_n_sigma);
    note("xtc_probability", sampler.xtc_probability, usual.sampler.xtc_probability);
    note("xtc_threshold", sampler.xtc_threshold, usual.sampler.xtc_threshold);
    note("dynatemp_range", sampler.dynatemp_range, usual.sampler.dynatemp_range);
    note("dynatemp_exponent", sampler.dynatemp_exponent, usual.sampler.dynatemp_exponent);
    if (sampler.mirostat) json["mirostat"] = {sampler.mirostat->tau, sampler.mirostat->eta};
    note("samplers", sampler.order, usual.sampler.order);
    const generate::LogitRuleParams& rules = sampling.rules;
    note("repeat_penalty", rules.repeat_penalty, usual.rules.repeat_penalty);
    note("repeat_last_n", rules.repeat_last_n, usual.rules.repeat_last_n);
    note("presence_penalty", rules.presence_penalty, usual.rules.presence_penalty);
    note("frequency_penalty", rules.frequency_penalty, usual.rules.frequency_penalty);
    note("dry_multiplier", rules.dry.multiplier, usual.rules.dry.multiplier);
    note("dry_base", rules.dry.base, usual.rules.dry.base);
    note("dry_allowed_length", rules.dry.allowed_length, usual.rules.dry.allowed_length);
    note("dry_penalty_last_n", rules.dry.last_n, usual.rules.dry.last_n);
    note("dry_sequence_breakers", rules.dry.breakers, usual.rules.dry.breakers);
    note("logit_bias", rules.bias, usual.rules.bias);
    note("logit_bias_of_text", sampling.text_bias, usual.text_bias);
    note("banned_strings", rules.banned_strings, usual.rules.banned_strings);
    note("ignore_eos", sampling.ignore_eos, usual.ignore_eos);
    if (sampling.constraint != usual.constraint) {
        json["constraint"] = {sampling.constraint.kind, sampling.constraint.text};
    }
    return json;
}

template <typename To, typename From>
void set(To& field, const std::optional<From>& asked) {
    if (asked) field = *asked;
}

void set_sampler(generate::SamplerParams& sampler, const formats::openai::Sampling& asked) {
    set(sampler.temperature, asked.temperature);
    set(sampler.top_p, asked.top_p);
    set(sampler.min_p, asked.min_p);
    set(sampler.top_k, asked.top_k);
    set(sampler.typical_p, asked.typical_p);
    set(sampler.top_n_sigma, asked.top_n_sigma);
    set(sampler.xtc_probability, asked.xtc_probability);
    set(sampler.xtc_threshold, asked.xtc_threshold);
    set(sampler.dynatemp_range, asked.dynatemp_range);
    set(sampler.dynatemp_exponent, asked.dynatemp_exponent);
    if (!asked.samplers.empty()) sampler.order = asked.samplers;
    if (asked.mirostat) {
        sampler.mirostat.reset();
        if (*asked.mirostat) sampler.mirostat.emplace();
    }
    if (!sampler.mirostat) return;
    set(sampler.mirostat->tau, asked.mirostat_tau);
    set(sampler.mirostat->eta, asked.mirostat_eta);
}

void set_rules(generate::LogitRuleParams& rules, const formats::openai::Sampling& asked) {
    set(rules.frequency_penalty, asked.frequency_penalty);
    set(rules.presence_penalty, asked.presence_penalty);
    set(rules.repeat_penalty, asked.repeat_penalty);
    set(rules.repeat_last_n, asked.repeat_last_n);
    set(rules.dry.multiplier, asked.dry_multiplier);
    set(rules.dry.base, asked.dry_base);
    set(rules.dry.allowed_length, asked.dry_allowed_length);
    set(rules.dry.last_n, asked.dry_penalty_last_n);
    set(rules.dry.breakers, asked.dry_sequence_breakers);
    rules.bias.insert(rules.bias.end(), asked.logit_bias.begin(), asked.logit_bias.end());
    rules.banned_strings.insert(rules.banned_strings.end(), asked.banned_strings.begin(),
                                asked.banned_strings.end());
}

}  // namespace

Settings::Settings(const Options& options, std::uint64_t model)
    : sampling(options.sampling),
      n_predict(options.n_predict),
      seed(options.seed),
      time(parse_time(options.time)),
      model_hash(model) {
    nlohmann::ordered_json json{{"model", base::hex(model_hash)},
                                {"arithmetic", model::kArithmetic},
                                {"context", options.engine.context},
                                {"temperature", sampling.sampler.temperature},
                                {"top_k", sampling.sampler.top_k},
                                {"top_p", sampling.sampler.top_p},
                                {"min_p", sampling.sampler.min_p},
                                {"seed", seed},
                                {"stops", sampling.stops}};
    if (n_predict) json["n_predict"] = *n_predict;
    if (time) json["time"] = *time;
    if (options.kv_type != kernels::KvType::f16) json["kv_type"] = options.kv_type;
    const nlohmann::ordered_json more = unusual(sampling);
    if (!more.empty()) json["sampling"] = more;
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
    params.sampler = settings.sampling.sampler;
    set_sampler(params.sampler, asked);
    params.sampler.seed = seed;
    params.rules = settings.sampling.rules;
    set_rules(params.rules, asked);
    params.max_tokens = asked.max_tokens.value_or(settings.n_predict.value_or(SIZE_MAX));
    // The 16 that the API has as the default of completions give way to -n.
    const bool is_default =
        request.endpoint == formats::openai::Endpoint::completions && !request.max_tokens_given;
    if (is_default && settings.n_predict) params.max_tokens = *settings.n_predict;
    params.stops = asked.stop.empty() ? settings.sampling.stops : asked.stop;
    params.choice = choice;
    params.n_top = asked.n_top;
    params.ignore_end = asked.ignore_eos || settings.sampling.ignore_eos;
    return params;
}

}  // namespace quire::gen_batch
