// Writes each result exactly once: results that an earlier run of the same command finished are
// kept, the others are computed and added.
//
// A request is identified by its custom_id and the hash of its url, body, model and settings. In
// order (the default), a result that is finished before its turn is written to OUTPUT.part at once,
// and to the output when its turn comes. The output of an earlier run is read along with the input.
// As long as both agree, the run only appends. Where they differ (the input was changed, or errors
// are run again), a new output is built from the results that are still valid, and replaces the old
// one when it is complete; until then every new result is also in OUTPUT.part. So however a run
// ends, the next one finds everything that was finished. Unordered results are appended as they are
// finished, and found again by an index.
//
// Results that no request of the input asks for are not lost: they are moved to OUTPUT.old.
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
        bool overwrite = false;  // any existing file may be replaced
        std::uint64_t settings_hash = 0;
    };
    // Error{usage}, without having changed anything, when a file has anything but results, or has
    // answers of another model or other settings, and overwrite is not set. Error{run} when a file
    // cannot be opened, or another process is writing it.
    Results(const Outputs& outputs, const Params& params);

    // What an earlier run wrote for the request, if that is still valid. To be called once for each
    // request, in the order of the input.
    std::optional<EarlierResult> find_earlier(const formats::openai::Subject& subject);

    struct Result {
        std::uint64_t index = 0;  // in the order of the input, from 0, not counting kept results
        std::string line;         // newline included
        bool failed = false;
        bool is_new = true;  // computed by this run
    };
    // Takes a result; it is written by flush() at the latest.
    void put(Result result);
    // Writes everything that was put. Error{run} when that fails; as much as possible is saved
    // then.
    void flush();
    // Ends the run: makes everything durable under its final name.
    void close();

    // Number of results in their final place. In order, these are the ones with a smaller index.
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
    // Results that are not in the output yet; null when the run cannot be resumed.
    std::unique_ptr<Journal> part_;
    std::string part_held_;
    ResultIndex index_;
    bool along_ = true;                      // the earlier output agrees with the input so far
    std::map<std::uint64_t, Result> early_;  // finished before their turn
    std::uint64_t early_bytes_ = 0;
    std::uint64_t n_placed_ = 0;
};

}  // namespace quire::gen_batch
