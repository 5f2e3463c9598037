#include "apps/gen-batch/results.h"

#include <sys/stat.h>

#include "apps/common/output.h"
#include "lib/base/hash.h"

namespace quire::gen_batch {

namespace {

using formats::openai::OutputLine;
using formats::openai::Subject;

std::uint64_t id_key(const std::optional<std::string>& custom_id) {
    // What has no id is known by its hash alone; see holds().
    return custom_id ? base::xxh3(std::as_bytes(std::span(*custom_id))) : 0;
}

bool holds(const OutputLine& line, const Subject& subject, bool retry_errors) {
    return line.request_hash == subject.request_hash && line.custom_id == subject.custom_id &&
           !(line.failed && retry_errors);
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

Results::Results(const Params& params) : params_(params) {
    if (params_.path == "-") return;
    const std::string part = params_.path + ".part";
    journal_ = std::make_unique<Journal>(params_.path);
    if (!params_.ordered) {
        indexed_ = std::make_unique<JournalReader>(params_.path);
        index_rest();
        return;
    }
    if (exists(part)) {
        replaced_ = std::move(journal_);
        journal_ = std::make_unique<Journal>(part);
        indexed_ = std::make_unique<JournalReader>(params_.path);
        index_rest();
    }
    earlier_ = std::make_unique<JournalReader>(journal_->path());
}

Results::~Results() = default;

std::optional<Results::Kept> Results::keep(const Subject& subject) {
    if (!journal_) return std::nullopt;
    if (params_.ordered && along_) {
        std::optional<Kept> kept = keep_along(subject);
        if (kept) return kept;
    }
    if (!indexed_) return std::nullopt;
    std::optional<Kept> kept = keep_by_index(subject);
    if (kept && params_.ordered) kept->text = line_ + "\n";
    return kept;
}

bool Results::next_earlier() {
    if (!earlier_->next(line_)) return false;
    parsed_ = formats::openai::read_output_line(line_);
    return true;
}

std::optional<Results::Kept> Results::keep_along(const Subject& subject) {
    if (next_earlier()) {
        // What stands in OUTPUT.part was run again already.
        if (parsed_ && holds(*parsed_, subject, params_.retry_errors && !replaced_)) {
            return Kept{*parsed_, {}};
        }
        begin_part();
    }
    along_ = false;
    return std::nullopt;
}

// The journal's line at hand does not belong here. What stands before it does.
void Results::begin_part() {
    const std::uint64_t good = earlier_->line_begin();
    if (replaced_) {
        journal_->truncate(good);
        return;
    }
    // Everything behind is looked up from now on, this line included.
    indexed_ = std::make_unique<JournalReader>(params_.path);
    index_rest();
    replaced_ = std::move(journal_);
    journal_ = std::make_unique<Journal>(params_.path + ".part");
    journal_->truncate(0);
    for (std::uint64_t at = 0; at < good;) {
        const std::uint64_t end = std::min(good, at + (std::uint64_t{1} << 20));
        journal_->append(indexed_->read(at, end));
        at = end;
    }
}

void Results::index_rest() {
    std::string text;
    while (indexed_->next(text)) {
        const auto line = formats::openai::read_output_line(text);
        Place place{indexed_->line_begin(), indexed_->line_end(), 0, false};
        if (line) place.request_hash = line->request_hash;
        index_.emplace(line ? id_key(line->custom_id) : 0, place);
    }
}

std::optional<Results::Kept> Results::keep_by_index(const Subject& subject) {
    const auto [begin, end] = index_.equal_range(id_key(subject.custom_id));
    for (auto it = begin; it != end; ++it) {
        Place& place = it->second;
        if (place.used || place.request_hash != subject.request_hash) continue;
        line_ = indexed_->read(place.begin, place.end - 1);
        parsed_ = formats::openai::read_output_line(line_);
        if (!parsed_ || !holds(*parsed_, subject, params_.retry_errors)) continue;
        place.used = true;
        return Kept{*parsed_, {}};
    }
    return std::nullopt;
}

void Results::put(std::string line) {
    held_ += line;
    if (held_.size() > (std::size_t{4} << 20)) flush();
}

void Results::flush() {
    if (held_.empty()) return;
    if (journal_) {
        journal_->append(held_);
    } else {
        common::write_stdout(held_);
    }
    held_.clear();
}

// Unordered results that belong to no request: a new file without them.
void Results::remove_unused() {
    std::map<std::uint64_t, std::uint64_t> unused;
    for (const auto& [key, place] : index_) {
        if (!place.used) unused.emplace(place.begin, place.end);
    }
    if (unused.empty()) return;
    const std::uint64_t size = journal_->size();
    replaced_ = std::move(journal_);
    journal_ = std::make_unique<Journal>(params_.path + ".part");
    journal_->truncate(0);
    unused.emplace(size, size);
    std::uint64_t at = 0;
    for (const auto& [begin, end] : unused) {
        while (at < begin) {
            const std::uint64_t to = std::min(begin, at + (std::uint64_t{1} << 20));
            journal_->append(indexed_->read(at, to));
            at = to;
        }
        at = end;
    }
}

void Results::close() {
    flush();
    if (!journal_) return;
    if (!params_.ordered) {
        remove_unused();
    } else if (along_ && next_earlier()) {
        // The input has become shorter, so that what is left belongs to nothing.
        if (!replaced_) begin_part();
        journal_->truncate(earlier_->line_begin());
    }
    journal_->close(params_.path);
}

}  // namespace quire::gen_batch
