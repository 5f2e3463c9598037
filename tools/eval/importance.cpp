#include "tools/eval/importance.h"

#include <array>
#include <map>
#include <optional>

#include "apps/common/terminal/progress_line.h"
#include "lib/base/error.h"
#include "lib/model/finite.h"
#include "tools/eval/moments.h"

namespace quire::eval {

namespace {

// Sorts the rows that the forward pass reports by matrix. Matrices that report the same rows in
// succession share an input: a first pass, on one thread, learns that; in later passes several
// threads may report rows at once.
class Collector {
  public:
    Collector(const OpenModel& model, std::size_t max_products) : max_products_(max_products) {
        for (const auto& [name, view] : model.file.tensors()) {
            if (view.is_matrix) names_.emplace(view.data.data(), name);
        }
        const spec::ModelSpec& spec = model.model.spec;
        // The input of the output matrix, which may be the embedding.
        if (spec.output == spec::OutputKind::none) return;
        const bool tied = spec.output == spec::OutputKind::tied;
        output_.emplace(tied ? "embed" : "output", spec.dim, spec.dim <= max_products);
    }

    void begin_pass(std::size_t n_rows) {
        learning_ = moments_.empty();
        n_rows_ = n_rows;
        for (Moments& moments : moments_) moments.begin_pass(n_rows);
        if (output_) output_->begin_pass(n_rows);
    }

    void see(const model::Matrix& matrix, const model::InputRows& rows) {
        const auto name = names_.find(matrix.data.data());
        if (name == names_.end()) return;
        const auto known = owners_.find(name->second);
        if (known != owners_.end()) {
            Moments& moments = moments_[known->second];
            if (moments.name() == name->second) moments.keep(rows);
        }
        if (learning_) learn(name->second, matrix, rows);
    }

    // hidden (n_rows, dim), after the last norm.
    void see_hidden(const float* hidden, std::size_t dim) {
        if (output_) output_->keep({hidden, dim, n_rows_, 0});
    }

    void add_kept(const kernels::KernelTable& table, int n_threads) {
        for (Moments& moments : moments_) moments.add_kept(table, n_threads);
        if (output_) output_->add_kept(table, n_threads);
    }
    std::vector<formats::InputMoments> results() const {
        std::vector<formats::InputMoments> out;
        for (const Moments& moments : moments_) out.push_back(moments.result());
        if (output_) out.push_back(output_->result());
        return out;
    }

  private:
    void learn(const std::string& name, const model::Matrix& matrix, const model::InputRows& rows) {
        const bool same_input = rows.values == last_values_ && matrix.columns == last_columns_;
        last_values_ = rows.values;
        last_columns_ = matrix.columns;
        if (owners_.contains(name)) return;  // further rows of it
        if (same_input) {
            owners_.emplace(name, last_owner_);
            moments_[last_owner_].share(name);
            return;
        }
        last_owner_ = moments_.size();
        owners_.emplace(name, last_owner_);
        moments_.emplace_back(name, matrix.columns, matrix.columns <= max_products_);
        moments_.back().begin_pass(n_rows_);
        moments_.back().keep(rows);
    }

    std::size_t max_products_;
    bool learning_ = true;
    std::size_t n_rows_ = 0;  // of the pass
    std::map<const std::byte*, std::string> names_;
    std::map<std::string, std::size_t> owners_;  // by matrix, into moments_
    std::vector<Moments> moments_;
    std::optional<Moments> output_;
    const float* last_values_ = nullptr;
    std::size_t last_columns_ = 0;
    std::size_t last_owner_ = 0;
};

}  // namespace

ImportanceResult collect_importance(const OpenModel& model, const TextOptions& options,
                                    const ImportanceOptions& importance, int n_threads) {
    if (model.model.ngram) {
        throw Error(ErrorCode::usage, model.file.path(),
                    "expected a network, found a model of counted n-grams, which has no matrices");
    }
    const Text text = read_windows(options, model);
    // A model that attends in both directions gets the whole text in one pass.
    const std::size_t max_rows = model.model.spec.causal ? 512 : options.context;
    Collector collector(model, importance.max_products);
    const model::InputObserver observer = [&](const model::Matrix& matrix,
                                              const model::InputRows& rows) {
        collector.see(matrix, rows);
    };
    model::Workspace workspace(model.model.spec, max_rows, n_threads);
    model::KvCache cache(model.model.kv_layout);
    const std::size_t dim = model.model.spec.dim;
    std::vector<float> hidden(max_rows * dim);
    ImportanceResult out;
    common::ProgressLine progress({.what = "eval", .total = text.windows.size(), .of = "windows"});
    for (std::size_t w = 0; w < text.windows.size(); ++w) {
        const Window window = text.windows.at(w);
        cache.set_length(0);
        for (std::size_t i = 0; i < window.tokens.size(); i += max_rows) {
            const auto part = std::span(window.tokens).subspan(i);
            const auto tokens = part.first(std::min(max_rows, part.size()));
            const std::array<model::SequenceInput, 1> input{{{&cache, tokens, tokens.size()}}};
            collector.begin_pass(tokens.size());
            model::forward_hidden(
                model.model, workspace, input, hidden.data(),
                {.n_threads = out.n_tokens == 0 ? 1 : n_threads, .observer = &observer});
            for (std::size_t t = 0; t < tokens.size(); ++t) {
                model::check_finite(cache, std::span(hidden).subspan(t * dim, dim), i + t,
                                    "window " + std::to_string(w + 1));
            }
            collector.see_hidden(hidden.data(), dim);
            collector.add_kept(*model.model.kernels, n_threads);
            out.n_tokens += tokens.size();
        }
        progress.show(w + 1);
    }
    out.inputs = collector.results();
    for (const formats::InputMoments& input : out.inputs) {
        if (model::all_finite(input.squares) && model::all_finite(input.products)) continue;
        throw Error(ErrorCode::run, input.name, "expected inputs whose squares are finite");
    }
    return out;
}

}  // namespace quire::eval
