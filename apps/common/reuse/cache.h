// --cache: keys and values of prompts in files (lib/generate/reuse/page_store.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "formats/quire/reader.h"
#include "lib/generate/reuse/page_store.h"
#include "lib/model/forward.h"

namespace CLI {
class App;
}

namespace quire::common {

struct CacheOptions {
    std::string folder;          // empty: no cache
    std::string size = "10GiB";  // of all files in it
};

void add_cache(CLI::App& app, CacheOptions& options);

// Null if no cache was asked for. Error{usage} for a size that is none and for a model of
// counts, which computes nothing of a prompt; Error{run} for a folder that cannot be used.
std::shared_ptr<generate::PageStore> open_cache(const CacheOptions& options,
                                                const formats::QuireFile& file,
                                                const model::Model& model);

// Says why a cache is not written any more, and if `verbose` what it was used for and which file was damaged. `store`
// may be null.
void report_cache(const generate::PageStore* store, bool verbose);

}  // namespace quire::common
