// Keys and values of prompts in files, so that a prompt that was computed once, by any process, need not be computed
// again. A file holds one page of 64 positions, or the state of recurrent layers at such a page's end, with all tokens
// up to there: they decide its bits, together with the model's weights, the arithmetic and the type of the keys.
//
// Files appear whole, by renaming, and are never changed. A file that does not match its checksum is removed and
// computed again, so damage costs time and never changes a result. The files used least recently are removed when all
// of them together exceed the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "lib/base/bytes.h"
#include "lib/kernels/kernels.h"

namespace quire::generate {

class PageStore {
  public:
    struct Params {
        std::string folder;         // is created with its parents if it is not there
        std::uint64_t max_bytes;    // of all files in the folder, of any model
        std::uint64_t model_hash;   // of the weights and of everything else that decides the bits
        kernels::KvType kv_type{};  // of keys and values
    };
    // Error{run} when the folder cannot be made or read.
    explicit PageStore(Params params);
    PageStore(const PageStore&) = delete;
    PageStore& operator=(const PageStore&) = delete;

    enum class Kind : std::uint8_t { page, state };

    // Whether there is a file for these tokens, which read() may still find damaged.
    bool has(Kind kind, std::span<const std::uint32_t> tokens) const;
    // Fills `out` with what was written for these tokens. False if there is no such file, or if it was damaged; `out`
    // is then undefined.
    bool read(Kind kind, std::span<const std::uint32_t> tokens, std::span<std::byte> out);
    // Keeps a copy. A failure, such as a full disk, ends all writing and sets Stats::problem.
    void write(Kind kind, std::span<const std::uint32_t> tokens, base::Bytes bytes);

    struct Stats {
        std::uint64_t n_read = 0;     // files
        std::uint64_t n_written = 0;  // files
        std::uint64_t n_damaged = 0;  // files
        std::string first_damaged;    // its path; empty: none
        std::string problem;          // why writing ended; empty: it did not
    };
    const Stats& stats() const noexcept { return stats_; }

  private:
    std::string path_of(Kind kind, std::span<const std::uint32_t> tokens) const;
    std::uint64_t write_file(const std::string& path, Kind kind,
                             std::span<const std::uint32_t> tokens, base::Bytes bytes) const;
    void refuse_damaged(const std::string& path);
    void prune();

    Params params_;
    std::string folder_;       // of this model's files, inside params_.folder
    std::uint64_t bytes_ = 0;  // of all files, as far as this process knows
    Stats stats_;
};

}  // namespace quire::generate
