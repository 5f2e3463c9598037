// The results of a run, exactly once: what an earlier run of the same command finished is kept, the
// rest is appended.
//
// A request is known by its custom_id and the hash of its url, body, model and settings. In order
// (the default), the output is read along with the input: as long as they agree, the run only goes
// on behind. Where they do not (the input was changed, errors are run again), the results that
// still hold are copied, with the new ones, into OUTPUT.part, which replaces the output when it is
// complete; a run that is killed meanwhile goes on there. Unordered results are found by an index
// and the new ones appended; results that no request of the input asks for are taken out at the
// end.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "apps/gen-batch/journal.h"
#include "formats/openai/response.h"

namespace quire::gen_batch {

class Results {
  public:
    struct Params {
        std::string path;  // "-": standard output, where nothing is kept
        bool ordered = true;
        bool retry_errors = false;
    };
    explicit Results(const Params& params);
    ~Results();

    struct Kept {
        formats::openai::OutputLine line;
        std::string text;  // to put() in its place; empty when it stands there already
    };
    // Asked once for each request, in the order of the input: what an earlier run wrote for it, if
    // that still holds.
    std::optional<Kept> keep(const formats::openai::Subject& subject);

    // The line of the next request, in order; in any order when unordered. Held until flush().
    void put(std::string line);
    void flush();
    // Nothing more comes: everything is durable and under its final name.
    void close();

  private:
    struct Place {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t request_hash = 0;
        bool used = false;
    };
    using Index = std::unordered_multimap<std::uint64_t, Place>;  // by the hash of custom_id

    std::optional<Kept> keep_along(const formats::openai::Subject& subject);
    std::optional<Kept> keep_by_index(const formats::openai::Subject& subject);
    bool next_earlier();
    void begin_part();
    void index_rest();
    void remove_unused();

    Params params_;
    std::unique_ptr<Journal> journal_;        // null: standard output
    std::unique_ptr<Journal> replaced_;       // the output while journal_ is OUTPUT.part
    std::unique_ptr<JournalReader> earlier_;  // the journal's lines, read along
    std::unique_ptr<JournalReader> indexed_;  // the file that index_ points into
    std::string line_;
    std::optional<formats::openai::OutputLine> parsed_;
    bool along_ = true;  // the journal's lines still agree with the input
    Index index_;
    std::string held_;
};

}  // namespace quire::gen_batch
