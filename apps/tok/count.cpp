#include "apps/tok/count.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include "apps/common/terminal/progress_line.h"
#include "apps/tok/inputs.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/tokenizer/encode/encode_stream.h"

namespace quire::tok {

namespace {

// The part of a large file that one thread counts at a time: small enough that the threads finish
// at about the same time, large enough to be worth the overhead.
constexpr std::size_t kMinShareBytes = std::size_t{1} << 20;
constexpr std::size_t kSharesOfThread = 64;

// The state of a thread: a stream per model, with its word cache.
class Counter {
  public:
    Counter(Models& models, const Options& options, common::ProgressLine& progress)
        : progress_(progress) {
        for (const auto& model : models) {
            streams_.emplace_back(model->tokenizer(), model->cuts(), options.special);
            counts_bytes_.push_back(model->counts_bytes());
        }
    }

    std::uint64_t share(std::size_t model, std::string_view text, bool continues) {
        tokenizer::EncodeStream& stream = streams_[model];
        if (continues) stream.continue_from_cut();
        std::uint64_t n = 0;
        for (std::size_t at = 0; at < text.size(); at += kPartBytes) {
            const std::string_view part = text.substr(at, kPartBytes);
            n += push(model, part);
            progress_.add(part.size());
        }
        return n + finish(model);
    }
    std::uint64_t push(std::size_t model, std::string_view part) {
        if (counts_bytes_[model]) return part.size();
        ids_.clear();
        streams_[model].push(part, ids_);
        return ids_.size();
    }
    std::uint64_t finish(std::size_t model) {
        ids_.clear();
        streams_[model].finish(ids_);
        return ids_.size();
    }

  private:
    common::ProgressLine& progress_;
    std::vector<tokenizer::EncodeStream> streams_;
    std::vector<bool> counts_bytes_;
    std::vector<std::uint32_t> ids_;
};

// A unit of work: a small file for all models, or a part of a large file for one model.
struct Unit {
    std::size_t input = 0;
    const WholeText* large = nullptr;
    std::size_t model = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
};

// The boundaries of parts, including both ends of the file, at positions where the model allows the
// text to be cut.
std::vector<std::size_t> borders_of(std::string_view text, TokenizerFile& model,
                                    std::size_t share_bytes) {
    std::vector<std::size_t> borders{0};
    while (text.size() - borders.back() > 2 * share_bytes) {
        const std::size_t from = borders.back() + 1;
        const std::size_t place = model.cuts().last(text, from, borders.back() + share_bytes);
        if (place == 0) break;
        borders.push_back(place);
    }
    borders.push_back(text.size());
    return borders;
}

void count_stdin(Count& count, Models& models, const Options& options) {
    common::ProgressLine progress({.what = "tok", .unit = common::ProgressLine::Unit::bytes});
    Counter counter(models, options, progress);
    for (;;) {
        const std::string part = read_part(STDIN_FILENO, kPartBytes, "standard input");
        progress.add(part.size());
        count.n_bytes += part.size();
        for (std::size_t m = 0; m < models.size(); ++m) count.n_tokens[m] += counter.push(m, part);
        if (part.size() < kPartBytes) break;
    }
    for (std::size_t m = 0; m < models.size(); ++m) count.n_tokens[m] += counter.finish(m);
}

class Counting {
  public:
    Counting(Models& models, const std::vector<Input>& inputs, const Options& options)
        : models_(models), options_(options) {
        for (const Input& input : inputs) {
            counts_.push_back({input, 0, std::vector<std::uint64_t>(models.size()), {}});
        }
    }

    std::vector<Count> run(int n_threads) {
        share_bytes_ = std::max(
            kMinShareBytes, n_bytes() / (static_cast<std::size_t>(n_threads) * kSharesOfThread));
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            or_error(i, [&] { plan(i, n_threads); });
        }
        const auto n = static_cast<int>(std::min<std::size_t>(
            static_cast<std::size_t>(n_threads), std::max<std::size_t>(units_.size(), 1)));
        for (const auto& model : models_) model->cuts();
        common::ProgressLine progress({.what = "tok",
                                       .total = n_bytes() * models_.size(),
                                       .unit = common::ProgressLine::Unit::bytes});
        std::atomic<std::size_t> next{0};
        base::run_team(n, [&](const base::Team&) {
            std::optional<Counter> counter;
            for (std::size_t i = next++; i < units_.size(); i = next++) {
                if (!counter) counter.emplace(models_, options_, progress);
                or_error(units_[i].input, [&] { count(units_[i], counter); });
            }
        });
        return std::move(counts_);
    }

  private:
    template <typename Run>
    void or_error(std::size_t input, const Run& run) {
        try {
            run();
        } catch (const Error& error) {
            const std::lock_guard lock(mutex_);
            counts_[input].error = error.what();
        }
    }

    // Of all files.
    std::size_t n_bytes() const {
        std::size_t n = 0;
        for (const Count& count : counts_) n += size_of(count.input);
        return n;
    }
    // 0 for something without a size.
    static std::size_t size_of(const Input& input) {
        if (input.is_literal) return input.name.size();
        std::error_code error;
        const auto n = std::filesystem::file_size(input.name, error);
        return error ? 0 : static_cast<std::size_t>(n);
    }

    void plan(std::size_t input, int n_threads) {
        Count& entry = counts_[input];
        if (entry.input.is_stdin()) return count_stdin(entry, models_, options_);
        if (n_threads == 1 || size_of(entry.input) <= 2 * share_bytes_) {
            units_.push_back({.input = input});
            return;
        }
        const WholeText& whole = *large_.emplace_back(std::make_unique<WholeText>(entry.input));
        entry.n_bytes = whole.text().size();
        for (std::size_t m = 0; m < models_.size(); ++m) {
            const std::vector<std::size_t> borders =
                borders_of(whole.text(), *models_[m], share_bytes_);
            for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
                units_.push_back({input, &whole, m, borders[i], borders[i + 1]});
            }
        }
    }

    void count(const Unit& unit, std::optional<Counter>& counter) {
        try {
            count_unit(unit, *counter);
        } catch (const Error&) {
            counter.reset();  // its streams stopped inside a text
            throw;
        }
    }

    void count_unit(const Unit& unit, Counter& counter) {
        Count& entry = counts_[unit.input];
        if (unit.large == nullptr) {
            const WholeText whole(entry.input);
            entry.n_bytes = whole.text().size();
            for (std::size_t m = 0; m < models_.size(); ++m) {
                entry.n_tokens[m] = counter.share(m, whole.text(), false);
            }
            whole.check_whole();
            return;
        }
        const std::string_view text = unit.large->text();
        const std::uint64_t n = counter.share(
            unit.model, text.substr(unit.begin, unit.end - unit.begin), unit.begin > 0);
        unit.large->check_whole();
        const std::lock_guard lock(mutex_);
        entry.n_tokens[unit.model] += n;
    }

    Models& models_;
    const Options& options_;
    std::vector<Count> counts_;
    std::size_t share_bytes_ = 0;
    std::vector<std::unique_ptr<WholeText>> large_;
    std::vector<Unit> units_;
    std::mutex mutex_;
};

}  // namespace

std::vector<Count> count_texts(Models& models, const std::vector<Input>& inputs,
                               const Options& options) {
    const int n_threads = options.n_threads > 0 ? options.n_threads : base::default_threads();
    std::vector<Count> counts = Counting(models, inputs, options).run(n_threads);
    if (!options.add_special) return counts;
    for (Count& count : counts) {
        for (std::size_t m = 0; m < models.size(); ++m) {
            const tokenizer::Tokenizer& tokenizer = models[m]->tokenizer();
            count.n_tokens[m] += tokenizer.prefix_ids().size() + tokenizer.suffix_ids().size();
        }
    }
    return counts;
}

Count total_of(const std::vector<Count>& counts, std::size_t n_models) {
    Count total{{"total"}, 0, std::vector<std::uint64_t>(n_models), {}};
    for (const Count& count : counts) {
        if (!count.error.empty()) continue;
        total.n_bytes += count.n_bytes;
        for (std::size_t m = 0; m < n_models; ++m) total.n_tokens[m] += count.n_tokens[m];
    }
    return total;
}

}  // namespace quire::tok
