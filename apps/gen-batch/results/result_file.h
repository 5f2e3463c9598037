// One file of results: all of the run, or only its errors (--errors).
//
// Results are in the order of the input, or in the order in which they finished when unordered. As
// long as the lines of an earlier run agree with the input they stay, and new ones are appended.
// Otherwise a new file is written next to the old one and replaces it when it is complete.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apps/gen-batch/results/journal.h"
#include "formats/openai/response.h"
#include "lib/base/files/atomic_file.h"

namespace quire::gen_batch {

// The content of a result file before the run.
struct EarlierResults {
    std::uint64_t n_bytes = 0;       // of complete lines; an incomplete one may follow
    std::uint64_t n_other = 0;       // results of other settings or another model
    bool other_answers = false;      // whether one of these is an answer, not an error
    std::uint64_t foreign_line = 0;  // the first line that is not a result, from 1; 0: none
};
// Reads the whole file without changing it.
EarlierResults look_through(const Journal& journal, std::uint64_t settings_hash);

class ResultFile {
  public:
    // Opens and locks the file, or opens the stream, waiting for the reader of a FIFO.
    explicit ResultFile(const base::OutputPath& output);
    ~ResultFile();
    ResultFile(const ResultFile&) = delete;
    ResultFile& operator=(const ResultFile&) = delete;

    bool is_stream() const noexcept { return !journal_; }
    const Journal& journal() const { return *journal_; }  // not of a stream
    const std::string& name() const noexcept { return output_.name; }

    // One of these two comes first. Keeps the earlier results and removes an incomplete last line.
    void begin(const EarlierResults& earlier);
    // Keeps nothing: a new file replaces this one when it is complete.
    void begin_anew();

    // The first earlier line that was not accepted yet; none at the end, or for a stream.
    const std::optional<formats::openai::OutputLine>& next_line();
    void accept();  // that line: it stays where it is
    // Begins a new file with the lines accepted so far.
    void rebuild();
    // Begins a new file with the old one's bytes outside of the ranges `left_out` (begin to end).
    void rebuild_without(const std::map<std::uint64_t, std::uint64_t>& left_out);
    bool is_rebuilt() const noexcept { return fresh_ != nullptr; }
    // Where the first line that was not accepted begins.
    std::uint64_t accepted_end();

    // Takes a line; it is written by flush() at the latest.
    void put(std::string_view line);
    // Error{run} when not everything can be written; held() is then the rest.
    void flush();
    const std::string& held() const noexcept { return held_; }
    void sync();
    // Makes everything durable under its final name.
    void finish();

  private:
    void copy(std::uint64_t begin, std::uint64_t end);

    base::OutputPath output_;
    int stream_ = -1;
    std::unique_ptr<Journal> journal_;         // null for a stream
    std::unique_ptr<base::AtomicFile> fresh_;  // the new file, if one is being built
    std::unique_ptr<JournalReader> reader_;
    std::optional<formats::openai::OutputLine> line_;
    bool has_line_ = false;  // line_ is the reader's current line
    std::string held_;
};

}  // namespace quire::gen_batch
