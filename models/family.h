// How a checkpoint becomes a spec and named tensors. Each family is one file; the table in
// family.cpp knows them by the names that checkpoints give.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/spec/model_spec.h"
#include "models/source.h"

namespace quire::models {

// One tensor of the file to be.
struct PlannedTensor {
    std::string name;  // as lib/spec/tensors.h calls it
    const formats::SourceTensor* source = nullptr;
    // Rows come in rotary pairs of heads this wide and must be put half a head apart; 0: as they
    // are.
    std::uint32_t unpair_head_dim = 0;
    std::vector<float> values;  // without a source: a vector computed here
};

struct Plan {
    spec::ModelSpec spec;
    std::vector<PlannedTensor> tensors;  // in the order of lib/spec/tensors.h
};

// Error{model} naming the key or tensor when the checkpoint is of no known family, lacks something
// or holds something that its family does not use.
Plan make_plan(const Source& source);

// --- for the families ---

// Typed access to config.json; every error names the file and the key.
class Config {
  public:
    explicit Config(const Source& source) : source_(source) {}
    std::uint32_t count(const char* key) const;
    std::uint32_t count_or(const char* key, std::uint32_t fallback) const;
    double number(const char* key) const;
    double number_or(const char* key, double fallback) const;
    std::string text_or(const char* key, const std::string& fallback) const;
    bool flag_or(const char* key, bool fallback) const;
    // Null and absent are the same.
    const nlohmann::json* find(const char* key) const;
    // A feature that this family's file does not implement must be off.
    void refuse_if(bool on, const std::string& feature) const;
    const Source& source() const noexcept { return source_; }

  private:
    const Source& source_;
};

// Takes tensors off a source by name, and knows at the end which ones nobody took.
class Taker {
  public:
    explicit Taker(const Source& source) : source_(source), left_(source.tensors) {}
    const formats::SourceTensor* take(const std::string& name);  // Error{model} when missing
    const formats::SourceTensor* take_if(const std::string& name);
    void done() const;  // Error{model} naming a tensor that is left

  private:
    const Source& source_;
    std::map<std::string, const formats::SourceTensor*> left_;
};

// Radians per position of each rotary pair: theta^(-2i / head_dim), with the scaling that
// config.json's rope_scaling (or rope_parameters) asks for. Kinds: none, linear, llama3; others are
// refused by name. factors: per pair, divides the frequency; what a GGUF file carries instead of
// rope_scaling.
std::vector<float> rope_freqs(const Config& config, std::uint32_t head_dim,
                              const formats::SourceTensor* factors);

Plan plan_llama(const Source& source);

}  // namespace quire::models
