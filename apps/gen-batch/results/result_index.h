// Finds results of earlier runs by the request that they answer. Takes about 100 bytes of memory
// for each result.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/gen-batch/results/journal.h"
#include "formats/openai/response.h"

namespace quire::gen_batch {

// Whether the line is the result of this request.
bool answers(const formats::openai::OutputLine& line, const formats::openai::Subject& subject);

class ResultIndex {
  public:
    enum class Use : std::uint8_t {
        unasked,  // no request of the input has asked for it yet
        asked,    // asked for, but another result is used or the request is run again
        taken,    // used, and written to another place
        stays,    // used where it is
    };
    struct Place {
        const Journal* journal = nullptr;
        std::uint64_t begin = 0;  // of the line, newline included
        std::uint64_t end = 0;
        std::uint64_t request_hash = 0;
        bool failed = false;
        Use use = Use::unasked;
    };

    // Adds the journal's lines from `begin` on.
    void add(const Journal& journal, std::uint64_t begin);

    struct Found {
        Place& place;
        formats::openai::OutputLine line;
        std::string text;  // newline included
    };
    // Notes that the request was asked for and has a result elsewhere.
    void mark_asked(const formats::openai::Subject& subject);

    // The best result for the request that is not used yet: an answer rather than an error, and
    // with only_answers never an error.
    std::optional<Found> find(const formats::openai::Subject& subject, bool only_answers);

    void for_each(const std::function<void(const Place&)>& visit) const;
    // Removes the journal's lines from the index.
    void forget(const Journal& journal);
    // Number of the journal's lines that no request has asked for.
    std::size_t n_unasked(const Journal& journal) const;

  private:
    // The places of the request's results; unasked ones become asked.
    std::vector<Place*> places_of(const formats::openai::Subject& subject);

    std::unordered_multimap<std::uint64_t, Place> places_;  // by the hash of custom_id
    std::map<const Journal*, std::size_t> n_unasked_;
};

}  // namespace quire::gen_batch
