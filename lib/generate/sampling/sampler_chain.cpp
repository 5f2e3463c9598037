#include "lib/generate/sampling/sampler_chain.h"

#include <algorithm>
#include <utility>

#include "lib/generate/sampling/draw.h"
#include "lib/generate/sampling/logprob.h"

namespace quire::generate {

namespace {

constexpr SamplerStep kUsualOrder[] = {
    SamplerStep::top_n_sigma, SamplerStep::top_k, SamplerStep::typ_p,      SamplerStep::top_p,
    SamplerStep::min_p,       SamplerStep::xtc,   SamplerStep::temperature};
static_assert(std::size(kUsualOrder) + 2 == spec::kSamplerSteps, "without penalties and dry");

}  // namespace

bool SamplerParams::is_on(SamplerStep step) const noexcept {
    switch (step) {
        case SamplerStep::penalties:
        case SamplerStep::dry:
            return false;
        case SamplerStep::top_n_sigma:
            return top_n_sigma > 0;
        case SamplerStep::top_k:
            return top_k > 0;
        case SamplerStep::typ_p:
            return typical_p < 1;
        case SamplerStep::top_p:
            return top_p < 1;
        case SamplerStep::min_p:
            return min_p > 0;
        case SamplerStep::xtc:
            return xtc_probability > 0 && xtc_threshold <= 0.5F;
        case SamplerStep::temperature:
            return temperature != 1 || dynatemp_range > 0;
    }
    return false;
}

bool needs_chain(const SamplerParams& params) noexcept {
    return params.mirostat || !params.order.empty() || params.dynatemp_range > 0 ||
           params.is_on(SamplerStep::top_n_sigma) || params.is_on(SamplerStep::typ_p) ||
           params.is_on(SamplerStep::xtc);
}

SamplerChain::SamplerChain(SamplerParams params, const kernels::KernelTable& kernels)
    : params_(std::move(params)), kernels_(&kernels), candidates_(kernels) {
    // source: Basu and others, "Mirostat" (2021), algorithm 2: it starts at twice the target.
    if (params_.mirostat) surprise_limit_ = 2.0 * double{params_.mirostat->tau};
}

// source: llama.cpp's --dynatemp-range: the more certain the model, the lower the temperature.
void SamplerChain::apply_temperature() {
    const double middle = double{params_.temperature};
    const double range = double{params_.dynatemp_range};
    if (range <= 0) {
        candidates_.divide(middle);
        return;
    }
    if (candidates_.size() < 2) return;
    const double least = std::max(0.0, middle - range);
    const double entropy = std::clamp(candidates_.relative_entropy(), 0.0, 1.0);
    const double part =
        entropy > 0 ? power(entropy, double{params_.dynatemp_exponent}, *kernels_) : 0.0;
    candidates_.divide(least + (middle + range - least) * part);
}

void SamplerChain::apply(SamplerStep step, std::uint64_t choice, std::uint64_t position) {
    switch (step) {
        case SamplerStep::penalties:
        case SamplerStep::dry:
            return;
        case SamplerStep::top_n_sigma:
            return candidates_.keep_n_sigma(double{params_.top_n_sigma});
        case SamplerStep::top_k:
            return candidates_.keep_top_k(params_.top_k);
        case SamplerStep::typ_p:
            return candidates_.keep_typical(double{params_.typical_p});
        case SamplerStep::top_p:
            return candidates_.keep_top_p(double{params_.top_p});
        case SamplerStep::min_p:
            return candidates_.keep_min_p(double{params_.min_p});
        case SamplerStep::xtc:
            if (second_draw(params_.seed, choice, position) < double{params_.xtc_probability}) {
                candidates_.exclude_top_choices(double{params_.xtc_threshold});
            }
            return;
        case SamplerStep::temperature:
            return apply_temperature();
    }
}

std::uint32_t SamplerChain::sample(std::span<const float> logits, std::uint64_t choice,
                                   std::uint64_t position, const DrawObserver& observer) {
    const auto look = [&](std::string_view step) {
        if (observer) observer(step, candidates_);
    };
    const auto apply_seen = [&](SamplerStep step) {
        if (!params_.is_on(step)) return;
        apply(step, choice, position);
        look(spec::kSamplerStepNames[static_cast<std::size_t>(step)]);
    };
    candidates_.assign(logits);
    look("");
    const double draw = uniform_draw(params_.seed, choice, position);
    if (params_.mirostat) {
        apply_seen(SamplerStep::temperature);
        candidates_.keep_surprise(surprise_limit_);
        look("mirostat");
        const std::size_t i = candidates_.draw(draw);
        const double surprise = -natural_log(candidates_.probabilities()[i]) / kLn2;
        surprise_limit_ -=
            double{params_.mirostat->eta} * (surprise - double{params_.mirostat->tau});
        return candidates_.token(i);
    }
    const bool usual = params_.order.empty();
    for (const SamplerStep step : usual ? std::span<const SamplerStep>(kUsualOrder)
                                        : std::span<const SamplerStep>(params_.order)) {
        apply_seen(step);
    }
    return candidates_.token(candidates_.draw(draw));
}

}  // namespace quire::generate
