#include "lib/generate/choices.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "lib/base/assert.h"
#include "lib/generate/sampling/logprob.h"

namespace quire::generate {

namespace {

using Logprobs = std::vector<double>;

// The log-probabilities of the tokens of each text after the prompt; empty if interrupted.
std::vector<Logprobs> score(Engine& engine, const Tokens& prompt,
                            const std::vector<Tokens>& texts) {
    std::vector<Logprobs> scores(texts.size());
    std::optional<model::NotFinite> failure;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        Request request;
        request.prompt = prompt;
        request.prompt.insert(request.prompt.end(), texts[i].begin(), texts[i].end());
        request.continuation.max_tokens = 0;
        request.score_prompt = true;
        request.on_done = [&, i](Result result) {
            if (result.failure) failure = result.failure;
            for (std::size_t k = prompt.size() - 1; k < result.prompt_scores.size(); ++k) {
                scores[i].push_back(double{result.prompt_scores[k].chosen.logprob});
            }
        };
        engine.add(std::move(request));
    }
    if (!engine.run()) return {};
    if (failure) throw *failure;
    return scores;
}

}  // namespace

std::vector<double> choice_probabilities(Engine& engine, const Tokens& prompt,
                                         const std::vector<Tokens>& choices, std::uint32_t end) {
    QUIRE_ASSERT(!prompt.empty() && !choices.empty());
    std::vector<Tokens> texts = choices;
    for (Tokens& text : texts) text.push_back(end);
    const std::vector<Logprobs> scores = score(engine, prompt, texts);
    if (scores.empty()) return {};

    // What may follow each beginning, and how likely.
    std::map<Tokens, std::map<std::uint32_t, double>> next;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        Tokens beginning;
        for (std::size_t k = 0; k < texts[i].size(); ++k) {
            next[beginning][texts[i][k]] = scores[i][k];
            beginning.push_back(texts[i][k]);
        }
    }
    std::vector<double> probabilities;
    for (const Tokens& text : texts) {
        double probability = 1;
        Tokens beginning;
        for (const std::uint32_t token : text) {
            const std::map<std::uint32_t, double>& rivals = next[beginning];
            const double most =
                std::max_element(rivals.begin(), rivals.end(), [](const auto& a, const auto& b) {
                    return a.second < b.second;
                })->second;
            double sum = 0;
            for (const auto& rival : rivals) sum += std::exp(rival.second - most);
            probability *= std::exp(rivals.at(token) - most) / sum;
            beginning.push_back(token);
        }
        probabilities.push_back(probability);
    }
    return probabilities;
}

}  // namespace quire::generate
