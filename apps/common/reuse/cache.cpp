#include "apps/common/reuse/cache.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include "apps/common/units.h"
#include "lib/base/error.h"

namespace quire::common {

void add_cache(CLI::App& app, CacheOptions& options) {
    CLI::Option* folder =
        app.add_option("--cache", options.folder,
                       "Keep what is computed of prompts in this folder, for every later run whose "
                       "prompt begins alike; changes speed, never the text")
            ->type_name("DIR");
    app.add_option("--cache-size", options.size,
                   "Bytes of the cache, which forgets what was not "
                   "used for longest")
        ->type_name("SIZE")
        ->needs(folder)
        ->capture_default_str();
}

std::shared_ptr<generate::PageStore> open_cache(const CacheOptions& options,
                                                const formats::QuireFile& file,
                                                const model::Model& model) {
    const std::uint64_t max_bytes = parse_bytes(options.size, "--cache-size");
    if (options.folder.empty()) return nullptr;
    if (model.ngram) {
        throw Error(ErrorCode::usage, "--cache",
                    "expected a model with keys and values or a state, found counted n-grams");
    }
    return std::make_shared<generate::PageStore>(generate::PageStore::Params{
        options.folder, max_bytes, file.model_hash(), model.kv_layout.type});
}

void report_cache(const generate::PageStore* store, bool verbose) {
    if (store == nullptr) return;
    const generate::PageStore::Stats& stats = store->stats();
    if (!stats.problem.empty()) {
        spdlog::warn("{}; nothing more is written to the cache", stats.problem);
    }
    if (!verbose) return;
    if (stats.n_damaged > 0) {
        spdlog::info("cache: {} damaged file{} computed again, the first: {}", stats.n_damaged,
                     stats.n_damaged == 1 ? " was" : "s were", stats.first_damaged);
    }
    spdlog::info("cache: {} files read, {} written", stats.n_read, stats.n_written);
}

}  // namespace quire::common
