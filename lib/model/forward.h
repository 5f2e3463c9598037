// The forward pass that every model runs through. The logits of a token depend on the file and on
// the tokens before it, and on nothing else: not on the number of threads, the instruction set, or
// what else is in the pass.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "lib/base/error.h"
#include "lib/kernels/kernels.h"
#include "lib/model/bind.h"
#include "lib/model/control.h"
#include "lib/model/kv/kv_cache.h"
#include "lib/model/ngram/ngram.h"
#include "lib/model/workspace.h"

namespace quire::model {

// The version of the arithmetic. Self-tests of files are comparable only under the same version; it
// is incremented with every change that alters a bit of any logit.
inline constexpr int kArithmetic = 1;

struct Model {
    // Throws as bind_weights() does. What the views point to and `table` must outlive the model.
    // Keys and values are stored as kv_type; the logits of each type are a contract of their own.
    Model(spec::ModelSpec spec, const tensor::TensorMap& tensors, const kernels::KernelTable& table,
          const std::string& where, kernels::KvType kv_type = kernels::KvType::f16);

    // A model of counted n-grams: spec.ngram_order is above 0.
    Model(spec::ModelSpec spec, Ngram tables, const kernels::KernelTable& table);

    spec::ModelSpec spec;
    Weights weights;
    KvLayout kv_layout;
    const kernels::KernelTable* kernels;
    std::shared_ptr<const Model> encoder;  // null if the spec has none
    std::optional<Ngram> ngram;            // of a model of counted n-grams, whose weights are empty

  private:
    Model(const spec::ModelSpec& model_spec, Weights bound, const kernels::KernelTable& table,
          kernels::KvType kv_type);
};

// Thrown by a pass that PassControl::interrupted ended. The caches keep the lengths they had, but lose
// their recurrent states (KvCache::is_whole).
class Interrupted : public Error {
  public:
    Interrupted() : Error(ErrorCode::run, "", "interrupted") {}
};

// The recurrent state after the first n_tokens tokens of an input is copied to `state`
// (KvLayout::state_bytes).
struct SavePoint {
    std::size_t n_tokens = 0;  // at least 1
    float* state = nullptr;
};

// New tokens of one sequence, which follow those in its cache. n_results consecutive tokens have
// results, logits or hidden states; the n_skipped_last tokens after them have none.
struct SequenceInput {
    KvCache* cache = nullptr;
    std::span<const std::uint32_t> tokens;  // each below vocab_size
    std::size_t n_results = 0;
    std::size_t n_skipped_last = 0;
    std::span<const SavePoint> saves = {};  // ascending
    // Of a model with an encoder: the source, as read_source() stored it. Inputs may share it.
    const KvCache* source = nullptr;
    // The first token of the second text of a pair, and all behind it, are of the second kind.
    std::size_t second_begin = SIZE_MAX;
};

// Extends every sequence by its tokens, at most work.n_rows in all, and writes logits: (sum of
// n_results, logits_stride), in order. Each cache may appear once, and is_whole(). Makes room in the
// caches first; std::bad_alloc then leaves their lengths as they were. A model with spec.causal false
// needs a whole text in one pass.
void forward(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
             float* logits, const PassControl& control);

// The same with hidden states after the last norm instead of logits: (sum of n_results, dim).
void forward_hidden(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
                    float* hidden, const PassControl& control);

// Floats from one row of logits to the next: vocab_size rounded up to 16.
std::size_t logits_stride(const spec::ModelSpec& spec) noexcept;

}  // namespace quire::model
