// The steps by which a token is drawn, and their names in options and requests.
// source of the names: llama.cpp's --samplers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quire::spec {

// In the order in which they are done unless another one is asked for.
enum class SamplerStep : std::uint8_t {
    penalties,  // repeat, frequency and presence penalty
    dry,
    top_n_sigma,
    top_k,
    typ_p,
    top_p,
    min_p,
    xtc,
    temperature,
};
inline constexpr std::size_t kSamplerSteps = 9;

inline constexpr std::array<std::string_view, kSamplerSteps> kSamplerStepNames{
    "penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature"};

// Reads names in the order of the steps. Penalties and dry look at the whole vocabulary, so they
// can only come first, in this order. A fault is returned as "expected ..., found ...".
struct SamplerOrder {
    std::vector<SamplerStep> steps;
    std::optional<std::string> fault;
};
SamplerOrder read_sampler_order(std::span<const std::string> names);

// Which other setting leaves settings of `step` without effect, for a message: an order that does not
// name it, or Mirostat 2, which takes the place of most steps. Empty if none does. order: empty for
// the usual one. dashes: what names of settings begin with, "--" for options.
std::string without_effect(SamplerStep step, std::span<const SamplerStep> order, bool mirostat,
                           const std::string& dashes);

}  // namespace quire::spec
