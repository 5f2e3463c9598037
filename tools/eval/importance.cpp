#include "tools/eval/importance.h"

#include <array>
#include <map>

#include "tools/eval/moments.h"

namespace quire::eval {

namespace {

// Sorts the rows that the forward pass shows by matrix. Matrices that are shown the same rows one
// after the other share an input.
class Collector {
  public:
    Collector(const OpenModel& model, std::size_t max_products) : max_products_(max_products) {
        // The embedding is looked up, not multiplied with; as output matrix it keeps all its bits.
        for (const auto& [name, view] : model.file.tensors()) {
            if (view.is_matrix && name != "embed") names_.emplace(view.data.data(), name);
        }
    }

    void see(const model::Matrix& matrix, const model::InputRows& rows) {
        const auto name = names_.find(matrix.data.data());
        if (name == names_.end()) return;
        const auto known = owners_.find(name->second);
        if (known != owners_.end()) {
            Moments& moments = moments_[known->second];
            if (moments.name() == name->second) moments.keep(rows);
        } else if (rows.values == last_values_ && matrix.columns == last_columns_) {
            owners_.emplace(name->second, last_owner_);
            moments_[last_owner_].share(name->second);
        } else {
            last_owner_ = moments_.size();
            owners_.emplace(name->second, last_owner_);
            moments_.emplace_back(name->second, matrix.columns, matrix.columns <= max_products_);
            moments_.back().keep(rows);
        }
        last_values_ = rows.values;
        last_columns_ = matrix.columns;
    }

    void add_kept(const kernels::KernelTable& table, int n_threads) {
        for (Moments& moments : moments_) moments.add_kept(table, n_threads);
    }
    std::vector<formats::InputMoments> results() const {
        std::vector<formats::InputMoments> out;
        for (const Moments& moments : moments_) out.push_back(moments.result());
        return out;
    }

  private:
    std::size_t max_products_;
    std::map<const std::byte*, std::string> names_;
    std::map<std::string, std::size_t> owners_;  // by matrix, into moments_
    std::vector<Moments> moments_;
    const float* last_values_ = nullptr;
    std::size_t last_columns_ = 0;
    std::size_t last_owner_ = 0;
};

}  // namespace

ImportanceResult collect_importance(const OpenModel& model, const TextOptions& options,
                                    const ImportanceOptions& importance, int n_threads) {
    constexpr std::size_t kRows = 512;
    const Text text = read_windows(options, model);
    Collector collector(model, importance.max_products);
    // One thread runs the model, so that inputs are shown one after the other; all of them add up.
    const model::InputObserver observer = [&](const model::Matrix& matrix,
                                              const model::InputRows& rows) {
        collector.see(matrix, rows);
    };
    model::Workspace workspace(model.model.spec, kRows, 1);
    workspace.observe(observer);
    model::KvCache cache(model.model.kv_layout);
    ImportanceResult out;
    for (std::size_t w = 0; w < text.windows.size(); ++w) {
        const Window window = text.windows.at(w);
        cache.set_length(0);
        for (std::size_t i = 0; i < window.tokens.size(); i += kRows) {
            const auto part = std::span(window.tokens).subspan(i);
            const auto tokens = part.first(std::min(kRows, part.size()));
            const std::array<model::SequenceInput, 1> input{{{&cache, tokens, 0}}};
            model::forward(model.model, workspace, input, nullptr, 1);
            collector.add_kept(*model.model.kernels, n_threads);
        }
        out.n_tokens += window.tokens.size();
        show_progress(w + 1, text.windows.size(), "windows seen");
    }
    clear_progress();
    out.inputs = collector.results();
    return out;
}

}  // namespace quire::eval
