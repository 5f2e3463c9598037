// Where the results of earlier runs stand, by the request that they answer: about 100 bytes of
// memory for each.
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

// Whether the line is the result of that request.
bool answers(const formats::openai::OutputLine& line, const formats::openai::Subject& subject);

class ResultIndex {
  public:
    enum class Use : std::uint8_t {
        unasked,  // no request of the input has asked for it
        asked,    // there is another result for the request, or it is run again
        taken,    // it goes to another place
        stays,    // it stands where it belongs
    };
    struct Place {
        const Journal* journal = nullptr;
        std::uint64_t begin = 0;  // of the line, newline included
        std::uint64_t end = 0;
        std::uint64_t request_hash = 0;
        bool failed = false;
        Use use = Use::unasked;
    };

    // The journal's lines from `begin` on.
    void add(const Journal& journal, std::uint64_t begin);

    struct Found {
        Place& place;
        formats::openai::OutputLine line;
        std::string text;  // newline included
    };
    // The request has a result elsewhere.
    void mark_asked(const formats::openai::Subject& subject);

    // The best result for the request, an answer before an error, that no request has taken yet.
    // Only answers: errors are not wanted.
    std::optional<Found> find(const formats::openai::Subject& subject, bool only_answers);

    void for_each(const std::function<void(const Place&)>& visit) const;
    // The journal goes, and what is needed of it is known elsewhere.
    void forget(const Journal& journal);
    // Lines of the journal that no request has asked for.
    std::size_t n_unasked(const Journal& journal) const;

  private:
    // Those of the request, whose use is at least `asked` then.
    std::vector<Place*> places_of(const formats::openai::Subject& subject);

    std::unordered_multimap<std::uint64_t, Place> places_;  // by the hash of custom_id
    std::map<const Journal*, std::size_t> n_unasked_;
};

}  // namespace quire::gen_batch
