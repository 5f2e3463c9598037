#include "apps/gen-batch/results/result_index.h"

#include <algorithm>

#include "lib/base/hash.h"

namespace quire::gen_batch {

namespace {

std::uint64_t key_of(const std::optional<std::string>& custom_id, std::uint64_t request_hash) {
    return custom_id ? base::xxh3(std::as_bytes(std::span(*custom_id))) : request_hash;
}

}  // namespace

bool answers(const formats::openai::OutputLine& line, const formats::openai::Subject& subject) {
    // An error's message names the line of the input, so it is only valid for that line.
    const bool same_line = !line.failed || line.line.value_or(subject.line) == subject.line;
    return line.request_hash == subject.request_hash && line.custom_id == subject.custom_id &&
           same_line;
}

void ResultIndex::add(const Journal& journal, std::uint64_t begin) {
    JournalReader reader(journal, begin);
    std::string text;
    while (reader.next(text)) {
        const auto line = formats::openai::read_output_line(text);
        if (!line) continue;  // cannot happen: all lines were checked before
        places_.emplace(key_of(line->custom_id, line->request_hash),
                        Place{&journal, reader.line_begin(), reader.line_end(), line->request_hash,
                              line->failed, Use::unasked});
        ++n_unasked_[&journal];
    }
}

std::vector<ResultIndex::Place*> ResultIndex::places_of(const formats::openai::Subject& subject) {
    std::vector<Place*> out;
    const auto [begin, end] = places_.equal_range(key_of(subject.custom_id, subject.request_hash));
    for (auto it = begin; it != end; ++it) {
        Place& place = it->second;
        if (place.request_hash != subject.request_hash) continue;
        if (place.use == Use::unasked) {
            place.use = Use::asked;
            --n_unasked_[place.journal];
        }
        out.push_back(&place);
    }
    return out;
}

void ResultIndex::mark_asked(const formats::openai::Subject& subject) {
    places_of(subject);
}

std::optional<ResultIndex::Found> ResultIndex::find(const formats::openai::Subject& subject,
                                                    bool only_answers) {
    std::vector<Place*> places = places_of(subject);
    std::erase_if(places, [&](const Place* place) {
        return place->use != Use::asked || (place->failed && only_answers);
    });
    std::ranges::stable_sort(places, {}, [](const Place* place) { return place->failed; });
    for (Place* place : places) {
        std::string text = place->journal->read(place->begin, place->end);
        const auto line = formats::openai::read_output_line(text);
        if (line && answers(*line, subject)) return Found{*place, *line, std::move(text)};
    }
    return std::nullopt;
}

void ResultIndex::for_each(const std::function<void(const Place&)>& visit) const {
    for (const auto& [key, place] : places_) visit(place);
}

void ResultIndex::forget(const Journal& journal) {
    std::erase_if(places_, [&](const auto& entry) { return entry.second.journal == &journal; });
    n_unasked_.erase(&journal);
}

std::size_t ResultIndex::n_unasked(const Journal& journal) const {
    const auto found = n_unasked_.find(&journal);
    return found == n_unasked_.end() ? 0 : found->second;
}

}  // namespace quire::gen_batch
