// What a model gives to the tokens of a text: -ln of the probability of each.
#pragma once

#include <functional>

#include "tools/eval/text.h"

namespace quire::eval {

// A scored token.
struct TokenLoss {
    std::size_t window = 0;
    std::size_t position = 0;  // in its window: how many tokens the model has read before
    double nats = 0;
};

// Calls act for the scored tokens of all windows, in order. model::NotFinite for logits that are not finite.
void for_each_loss(const OpenModel& model, const Windows& windows, int n_threads,
                   const std::function<void(const TokenLoss&)>& act);

}  // namespace quire::eval
