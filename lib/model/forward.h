// The one forward loop. The logits of a token depend on the file and on the tokens before it, and
// on nothing else: not on the threads, the instruction set, or what else is in the pass.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lib/base/error.h"
#include "lib/kernels/kernels.h"
#include "lib/model/bind.h"
#include "lib/model/kv/kv_cache.h"
#include "lib/model/workspace.h"

namespace quire::model {

// Which arithmetic this build computes. A file's self-test is only comparable under the same
// number, which grows with every change that moves a bit of any logit.
inline constexpr int kArithmetic = 1;

struct Model {
    // Throws as bind_weights() does. What the views point to and `table` must outlive the model.
    // Keys and values are kept as kv_type; the logits of a type are a contract like all others.
    Model(spec::ModelSpec spec, const tensor::TensorMap& tensors, const kernels::KernelTable& table,
          const std::string& where, kernels::KvType kv_type = kernels::KvType::f16);

    spec::ModelSpec spec;
    Weights weights;
    KvLayout kv_layout;
    const kernels::KernelTable* kernels;
};

// Thrown by a pass that Workspace::interrupted ended; the caches have the lengths they had before.
class Interrupted : public Error {
  public:
    Interrupted() : Error(ErrorCode::run, "", "interrupted") {}
};

// New tokens of one sequence, behind what its cache holds.
struct SequenceInput {
    KvCache* cache = nullptr;
    std::span<const std::uint32_t> tokens;  // each below vocab_size
    std::size_t n_logits = 0;               // how many of the last tokens want a result
};

// Extends every sequence by its tokens (at most work.n_rows in all) and writes logits, (sum of
// n_logits, logits_stride), in order. Makes room in the caches first: std::bad_alloc then leaves
// them as they were. At most `n_threads` threads, no more than the workspace was made for. A model
// whose tokens see the whole text (spec.causal is false) is given a text in one pass.
void forward(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
             float* logits, int n_threads);

// The same with hidden states behind the last norm instead of logits: (sum of n_logits, dim).
void forward_hidden(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
                    float* hidden, int n_threads);

// Floats from one row of logits to the next: vocab_size rounded up to 16.
std::size_t logits_stride(const spec::ModelSpec& spec) noexcept;

}  // namespace quire::model
