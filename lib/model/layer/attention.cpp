// Attention: scores and values over the pages of the caches, and the output matrix.

#include <algorithm>
#include <optional>
#include <vector>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// Tokens of one task: their query rows share one read of keys and values.
constexpr std::size_t kTokensPerTask = 32;
// Where attention is split by spans, a task has at least this many of them, and each thread at least
// this many tasks of a long sequence: in a task, the next span is fetched from memory meanwhile.
constexpr std::size_t kSpansPerTask = 4;
constexpr std::size_t kTasksPerThread = 2;

// Tokens of one sequence, and the query heads of one key/value head.
struct Task {
    const SequenceRows* sequence;
    Keys keys;
    std::size_t head;   // the key/value head
    std::size_t first;  // the first token, counted from the first row of the sequence
    std::size_t n_tokens;
};

// Spans that the last row of a sequence sees.
std::size_t n_spans(const SequenceRows& sequence) noexcept {
    return (sequence.n_positions + kernels::kSpanPositions - 1) / kernels::kSpanPositions;
}

// Floats that the partial results of one key/value head take.
std::size_t partial_floats(const spec::LayerSpec& layer, const SequenceRows& sequence) noexcept {
    return n_spans(sequence) * sequence.n_rows * (layer.n_heads / layer.n_kv_heads) *
           kernels::attention_partial(spec::value_dim(layer));
}

kernels::AttentionArgs args_of(const Step& step, const LayerView& layer,
                               const Task& task) noexcept {
    const spec::LayerSpec& spec = layer.spec;
    const SequenceRows& sequence = *task.sequence;
    Workspace& work = step.work;
    const std::size_t group = spec.n_heads / spec.n_kv_heads;
    const std::size_t row = sequence.first_row + task.first;
    const std::size_t first = task.head * group;  // query head
    kernels::AttentionArgs args{};
    args.out = work.mixed.row(row) + first * spec::value_dim(spec);
    args.out_stride = work.mixed.stride;
    args.q = work.qkv.at(row * work.qkv_stride) + layer.qkv.q + first * spec.head_dim;
    args.q_stride = work.qkv_stride;
    args.n_tokens = task.n_tokens;
    args.group = group;
    args.head_dim = spec.head_dim;
    args.v_dim = spec::value_dim(spec);
    const KvCache& cache = task.keys == Keys::own ? *sequence.cache : *sequence.source;
    args.pages = cache.pages();
    args.k_offset = layer.kv.k_offset + task.head * layer.kv.k_head;
    args.v_offset = layer.kv.v_offset + task.head * layer.kv.v_head;
    args.scratch = work.attention_scratch[static_cast<std::size_t>(step.team.thread)].data();
    args.soft_cap = spec.attn_soft_cap;
    if (task.keys == Keys::own) {
        args.first_pos = sequence.first_pos + task.first;
        args.causal = step.model.spec.causal;
        args.n_positions = sequence.n_positions;
        args.window = spec.window;
        args.chunk = spec.chunk;
        args.bias_distance = spec.bias_distance;
        if (spec.bias_distance > 0) {
            args.bias = layer.weights.attn_bias + first * (2 * args.bias_distance + 1);
        }
        if (spec.slopes) args.slopes = layer.weights.slopes + first;
        if (spec.sinks) args.sinks = layer.weights.sinks + first;
        QUIRE_ASSERT(n_spans(sequence) <= cache.n_pages());
        QUIRE_ASSERT(args.first_pos + args.n_tokens <= args.n_positions);
    } else {
        args.causal = false;  // every token sees the whole source
        args.n_positions = cache.length();
        QUIRE_ASSERT(cache.length() <= cache.n_pages() * kernels::kSpanPositions);
    }
    QUIRE_ASSERT(spec.head_dim <= kernels::kMaxHeadDim && args.v_dim <= kernels::kMaxHeadDim);
    QUIRE_ASSERT(reinterpret_cast<std::uintptr_t>(args.scratch) % base::kCacheLine == 0);
    return args;
}

void run_attention(const Step& step, const kernels::AttentionArgs& args) noexcept {
    step.model.kernels->attention[static_cast<std::size_t>(step.model.kv_layout.type)](args);
}

// The columns of a task's heads are whole blocks: their codes can follow at once. Otherwise the
// codes of a row have to wait for all its heads.
bool quantizes_per_task(const LayerView& layer) noexcept {
    return layer.spec.n_heads / layer.spec.n_kv_heads * spec::value_dim(layer.spec) %
               kernels::kActivationBlock ==
           0;
}

// Brings the results of a task to what they are without the transform of coded keys and values.
void transform_back(const Step& step, const LayerView& layer, const Task& task) noexcept {
    if (!kernels::is_coded(step.model.kv_layout.type)) return;
    const std::size_t head_dim = spec::value_dim(layer.spec);
    const std::size_t group = layer.spec.n_heads / layer.spec.n_kv_heads;
    const std::size_t begin = task.sequence->first_row + task.first;
    for (std::size_t row = begin; row < begin + task.n_tokens; ++row) {
        float* heads = step.work.mixed.row(row) + task.head * group * head_dim;
        for (std::size_t i = 0; i < group; ++i) {
            step.model.kernels->hadamard(heads + i * head_dim, head_dim);
        }
    }
}

// The matrix that the results are multiplied by.
const Matrix& output_of(const LayerView& layer, Keys keys) noexcept {
    return keys == Keys::own ? layer.weights.o : layer.weights.cross_o;
}

// What follows once the results of a task are complete.
void finish_task(const Step& step, const LayerView& layer, const Task& task) noexcept {
    transform_back(step, layer, task);
    const std::size_t width =
        layer.spec.n_heads / layer.spec.n_kv_heads * spec::value_dim(layer.spec);
    const base::Range columns{task.head * width, (task.head + 1) * width};
    const bool makes_codes = is_block(output_of(layer, task.keys)) && quantizes_per_task(layer);
    const std::size_t begin = task.sequence->first_row + task.first;
    for (std::size_t row = begin; row < begin + task.n_tokens; ++row) {
        if (task.keys == Keys::own) gate_heads(step, layer, row, columns);
        if (makes_codes) step.work.mixed.quantize(*step.model.kernels, row, columns);
    }
}

// Hands out tasks, those of a sequence with the longest context first. Causality makes tasks
// unequal, so a thread that is done takes the next one; no result depends on which thread takes
// which. The heads of a sequence are next to each other in memory: with many short sequences a
// thread takes all heads of one and reads on.
class TaskQueue {
  public:
    TaskQueue(const Step& step, std::size_t n_kv_heads, Keys keys)
        : step_(step),
          keys_(keys),
          n_kv_heads_(n_kv_heads),
          n_at_once_(step.sequences.size() >= 4 * static_cast<std::size_t>(step.team.n_threads)
                         ? n_kv_heads
                         : 1) {}

    std::optional<Task> take() noexcept {
        if (next_ == end_) {
            next_ = step_.state.next_task.fetch_add(n_at_once_);
            end_ = next_ + n_at_once_;
        }
        const std::size_t task = next_++;
        for (; sequence_ < step_.sequences.size(); ++sequence_) {
            const SequenceRows& sequence = step_.sequences[sequence_];
            const std::size_t n_parts = (sequence.n_rows + kTokensPerTask - 1) / kTokensPerTask;
            if (task < n_before_ + n_parts * n_kv_heads_) {
                const std::size_t part = n_parts - 1 - (task - n_before_) / n_kv_heads_;
                const std::size_t first = part * kTokensPerTask;
                return Task{&sequence, keys_, (task - n_before_) % n_kv_heads_, first,
                            std::min(kTokensPerTask, sequence.n_rows - first)};
            }
            n_before_ += n_parts * n_kv_heads_;
        }
        return std::nullopt;
    }

  private:
    const Step& step_;
    Keys keys_;
    std::size_t n_kv_heads_;
    std::size_t n_at_once_;
    std::size_t next_ = 0;
    std::size_t end_ = 0;       // of the tasks that this thread has
    std::size_t sequence_ = 0;  // in which next_ is
    std::size_t n_before_ = 0;  // tasks of the sequences before it
};

void attend_by_tokens(const Step& step, const LayerView& layer, Keys keys) noexcept {
    TaskQueue queue(step, layer.spec.n_kv_heads, keys);
    while (const std::optional<Task> task = queue.take()) {
        run_attention(step, args_of(step, layer, *task));
        finish_task(step, layer, *task);
    }
    step.wait();
}

std::size_t spans_per_task(const SequenceRows& sequence, int n_threads) noexcept {
    const std::size_t n_tasks = kTasksPerThread * static_cast<std::size_t>(n_threads);
    return std::max(kSpansPerTask, (n_spans(sequence) + n_tasks - 1) / n_tasks);
}

// Calls act(args, task) for this thread's part of the partial results: for some spans at a time, or
// for all spans of a head at once.
template <typename Act>
void for_partials(const Step& step, const LayerView& layer, bool by_spans, const Act& act) {
    std::size_t index = 0;
    std::size_t partial = 0;
    for (const SequenceRows& sequence : step.sequences) {
        const std::size_t n_together =
            by_spans ? spans_per_task(sequence, step.team.n_threads) : n_spans(sequence);
        const std::size_t n_parts = (n_spans(sequence) + n_together - 1) / n_together;
        for (std::size_t head = 0; head < layer.spec.n_kv_heads; ++head) {
            const Task task{&sequence, Keys::own, head, 0, sequence.n_rows};
            kernels::AttentionArgs args = args_of(step, layer, task);
            args.partials = step.work.partials.at(partial);
            partial += partial_floats(layer.spec, sequence);
            for (std::size_t part = 0; part < n_parts; ++part, ++index) {
                if (index % static_cast<std::size_t>(step.team.n_threads) !=
                    static_cast<std::size_t>(step.team.thread)) {
                    continue;
                }
                args.span_begin = part * n_together;
                args.span_end = args.span_begin + n_together;
                act(args, task);
            }
        }
    }
}

// Few rows over many positions: the spans are divided among threads, and joined in order after a
// barrier.
void attend_by_spans(const Step& step, const LayerView& layer) noexcept {
    for_partials(step, layer, true, [&](const kernels::AttentionArgs& args, const Task&) {
        run_attention(step, args);
    });
    step.wait();
    for_partials(step, layer, false, [&](const kernels::AttentionArgs& args, const Task& task) {
        step.model.kernels->attention_join(args);
        finish_task(step, layer, task);
    });
    step.wait();
}

}  // namespace

void attend(const Step& step, const LayerView& layer, Keys keys) noexcept {
    if (step.split_spans && keys == Keys::own) {
        attend_by_spans(step, layer);
    } else {
        attend_by_tokens(step, layer, keys);
    }
    const Matrix& o = output_of(layer, keys);
    if (is_block(o) && !quantizes_per_task(layer)) {
        const base::Range rows = step.rows();
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            step.work.mixed.quantize(*step.model.kernels, row, {0, o.columns});
        }
        step.wait();
    }
    step.record(Operation::attention);
}

void show_attention(const Step& step, const LayerView& layer) noexcept {
    Watcher* const watcher = step.control.watcher;
    if (watcher == nullptr || !can_watch(step.model.kv_layout.type)) return;
    const std::size_t group = layer.spec.n_heads / layer.spec.n_kv_heads;
    std::vector<float> weights;
    for (const SequenceRows& sequence : step.sequences) {
        // Later tokens see more, so the threads take turns.
        for (std::size_t i = static_cast<std::size_t>(step.team.thread); i < sequence.n_rows;
             i += static_cast<std::size_t>(step.team.n_threads)) {
            weights.resize(step.model.spec.causal ? sequence.first_pos + i + 1
                                                  : sequence.n_positions);
            for (std::size_t head = 0; head < layer.spec.n_heads; ++head) {
                const Task task{&sequence, Keys::own, head / group, i, 1};
                attention_weights(args_of(step, layer, task), step.model.kv_layout.type, 0,
                                  head % group, weights);
                watcher->see_attention(layer.index, sequence.first_row + i, head, weights);
            }
        }
    }
    step.wait();
}

void project_attention(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    if (layer.spec.parallel) {
        // x takes it in after the feed-forward block, which reads the same x.
        const WorkShare share = step.share(n_panels(weights.o));
        const std::size_t stride = step.work.projected_stride;
        const OutputRows out{step.work.deferred.at(share.rows.begin * stride), stride};
        step.multiply(out, {weights.o, share.panels, step.work.mixed, share.rows});
        add_bias(*step.model.kernels, out, weights.o_bias, share.rows.end - share.rows.begin,
                 columns_of(share.panels, step.model.spec.dim));
        step.wait_unless_by_rows();
    } else {
        project_to_residual(step, weights.o, step.work.mixed,
                            {layer.spec.norm_place, weights.attn_post_norm, weights.o_bias});
    }
    step.record(Operation::attn_out);
}

bool reserve_partials(const Model& model, Workspace& work,
                      std::span<const SequenceRows> sequences) {
    std::size_t n_tasks = 0;
    std::size_t n_floats = 0;
    bool long_enough = false;
    for (const spec::LayerSpec& layer : model.spec.layers) {
        std::size_t floats = 0;
        if (layer.n_heads == 0) continue;
        n_tasks = std::max<std::size_t>(n_tasks, sequences.size() * layer.n_kv_heads);
        for (const SequenceRows& sequence : sequences) {
            if (sequence.n_rows > kTokensPerTask) return false;
            long_enough = long_enough || n_spans(sequence) > kSpansPerTask;
            floats += layer.n_kv_heads * partial_floats(layer, sequence);
        }
        n_floats = std::max(n_floats, floats);
    }
    if (!long_enough || n_tasks >= 4 * work.attention_scratch.size()) return false;
    // Half as much again, because each of the next passes needs a little more.
    if (work.partials.size() < n_floats) work.partials = Buffer<float>(n_floats + n_floats / 2);
    return true;
}

}  // namespace quire::model
