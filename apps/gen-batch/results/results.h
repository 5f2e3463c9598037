// The results of a run, exactly once: what an earlier run of the same command finished is kept, the
// rest is computed and added.
//
// A request is known by its custom_id and the hash of its url, body, model and settings. In order
// (the default), results that are finished before their turn are written to OUTPUT.part at once, in
// the order in which they are finished, and to the output when their turn comes. The output of an
// earlier run is read along with the input: as long as they agree, the run only goes on behind.
// Where they do not (the input was changed, errors are run again), the output is written anew from
// what still holds, and replaces the old one when it is complete; until then every new result
// stands in OUTPUT.part too. So whatever ends a run, the next one finds all that was finished.
// Unordered results are appended as they are finished, and found by an index.
//
// Results that no request of the input asks for are not thrown away: they are put into OUTPUT.old.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/gen-batch/results/outputs.h"
#include "apps/gen-batch/results/result_file.h"
#include "apps/gen-batch/results/result_index.h"

namespace quire::gen_batch {

// The line that an earlier run wrote for a request.
struct EarlierResult {
    formats::openai::OutputLine line;
    std::string text;  // to be put() in its place; empty when it is there already
};

class Results {
  public:
    struct Params {
        bool ordered = true;
        bool retry_errors = false;
        bool overwrite = false;  // what is there may be replaced, whatever it is
        std::uint64_t settings_hash = 0;
    };
    // Error{usage} when a file holds anything but results, or answers made with other settings or
    // by another model, and overwrite is not set; nothing was changed then. Error{run} when a file
    // cannot be opened, or another process writes it.
    Results(const Outputs& outputs, const Params& params);

    // What an earlier run wrote for the request, if that is still valid. To be called once for each
    // request, in the order of the input.
    std::optional<EarlierResult> find_earlier(const formats::openai::Subject& subject);

    struct Result {
        std::uint64_t index = 0;  // in the order of the input, from 0, those that stayed left out
        std::string line;         // newline included
        bool failed = false;
        bool is_new = true;  // it was computed by this run
    };
    // Held until flush().
    void put(Result result);
    // Everything that was put is given to the system. Error{run} when that fails; what can still be
    // saved of it is.
    void flush();
    // Nothing more comes: everything is durable and under its final name.
    void close();

    // Results that have come to their place. In order: those with an index below.
    std::uint64_t n_placed() const noexcept { return n_placed_; }

  private:
    void look_through_all(const Params& params);
    bool belongs(const ResultFile& file, bool failed) const;
    ResultFile& file_of(bool failed) { return failed && errors_ ? *errors_ : *output_; }
    std::vector<ResultFile*> files() const;

    std::optional<EarlierResult> find_in_order(const formats::openai::Subject& subject);
    std::optional<EarlierResult> find_by_index(const formats::openai::Subject& subject);
    void end_along();

    void place(const Result& result);
    void save_held(ResultFile& file) noexcept;
    void compact_part();
    void remove_unused();
    void keep_unasked();

    Params params_;
    std::unique_ptr<ResultFile> output_;
    std::unique_ptr<ResultFile> errors_;  // null: errors are among the output's lines
    // Results that are nowhere else yet; null when there is nothing to go on with later.
    std::unique_ptr<Journal> part_;
    std::string part_held_;
    ResultIndex index_;
    bool along_ = true;                      // the files' lines still agree with the input
    std::map<std::uint64_t, Result> early_;  // finished before those in front of them
    std::uint64_t early_bytes_ = 0;
    std::uint64_t n_placed_ = 0;
};

}  // namespace quire::gen_batch
