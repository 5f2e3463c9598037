#include "apps/gen-batch/results/results.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "lib/base/error.h"

namespace quire::gen_batch {

namespace {

using formats::openai::OutputLine;
using formats::openai::Subject;
using Use = ResultIndex::Use;

// OUTPUT.part is compacted when it is this large and most of its results are in the output by now.
constexpr std::uint64_t kCompactFrom = std::uint64_t{1} << 20;

// Error{usage} unless the earlier results may be continued or replaced.
void check_earlier(const EarlierResults& earlier, const std::string& name) {
    if (earlier.foreign_line > 0) {
        throw Error(ErrorCode::usage, name,
                    "line " + std::to_string(earlier.foreign_line) +
                        ": expected a result of gen-batch, found something else; --overwrite "
                        "replaces the file");
    }
    if (earlier.other_answers) {
        throw Error(ErrorCode::usage, name,
                    std::to_string(earlier.n_other) +
                        " results of other settings would be replaced; --overwrite replaces them");
    }
}

// Creates a new file next to the output, under the first free name.
int create_beside(const std::string& path, std::string& name) {
    for (int n = 1;; ++n) {
        name = path + ".old" + (n == 1 ? "" : "." + std::to_string(n));
        const int fd =
            ::open(name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0666);
        if (fd >= 0) return fd;
        if (errno != EEXIST) throw system_error(ErrorCode::run, name, "cannot create");
    }
}

}  // namespace

Results::Results(const Outputs& outputs, const Params& params) : params_(params) {
    output_ = std::make_unique<ResultFile>(outputs.results);
    if (outputs.errors) errors_ = std::make_unique<ResultFile>(*outputs.errors);
    if (outputs.part && (params_.ordered || outputs.part->id)) {
        part_ = std::make_unique<Journal>(*outputs.part);
    }
    look_through_all(params);
    for (const ResultFile* file : files()) {
        if (!file->is_rebuilt() || part_ || !outputs.part) continue;
        part_ = std::make_unique<Journal>(*outputs.part);
    }
    if (!params_.ordered) end_along();
}

std::vector<ResultFile*> Results::files() const {
    std::vector<ResultFile*> out{output_.get()};
    if (errors_) out.push_back(errors_.get());
    return out;
}

// Reads all files before it changes the first.
void Results::look_through_all(const Params& params) {
    std::vector<EarlierResults> found;
    const auto look = [&](const Journal& journal, const std::string& name) {
        found.push_back(look_through(journal, params.settings_hash));
        if (!params.overwrite) check_earlier(found.back(), name);
    };
    for (const ResultFile* file : files()) {
        if (!file->is_stream()) look(file->journal(), file->name());
    }
    if (part_) look(*part_, part_->output().name);
    auto next = found.begin();
    for (ResultFile* file : files()) {
        if (file->is_stream()) continue;
        const EarlierResults& earlier = *next++;
        if (earlier.foreign_line > 0) {
            file->begin_anew();
        } else {
            file->begin(earlier);
        }
    }
    if (!part_) return;
    const std::uint64_t kept = next->foreign_line > 0 ? 0 : next->n_bytes;
    if (kept != part_->size()) part_->truncate(kept);
    index_.add(*part_, 0);
}

bool Results::belongs(const ResultFile& file, bool failed) const {
    return !errors_ || failed == (&file == errors_.get());
}

std::optional<EarlierResult> Results::find_earlier(const Subject& subject) {
    if (along_) {
        if (auto kept = find_in_order(subject)) return kept;
        end_along();
    }
    return find_by_index(subject);
}

std::optional<EarlierResult> Results::find_in_order(const Subject& subject) {
    for (ResultFile* file : files()) {
        const std::optional<OutputLine>& line = file->next_line();
        if (!line || !answers(*line, subject) || !belongs(*file, line->failed)) continue;
        // An answer that was computed since then replaces an error.
        if (line->failed && (params_.retry_errors || index_.find(subject, true))) continue;
        index_.mark_asked(subject);
        EarlierResult kept{*line, {}};
        file->accept();
        return kept;
    }
    return std::nullopt;
}

// From here on results are found by the index, and lines after those that agreed move.
void Results::end_along() {
    along_ = false;
    for (ResultFile* file : files()) {
        if (!file->next_line()) continue;
        index_.add(file->journal(), file->accepted_end());
        if (params_.ordered) file->rebuild();
    }
}

std::optional<EarlierResult> Results::find_by_index(const Subject& subject) {
    std::optional<ResultIndex::Found> found = index_.find(subject, params_.retry_errors);
    if (!found) return std::nullopt;
    const ResultFile& file = file_of(found->line.failed);
    const bool stays = !params_.ordered && !file.is_stream() && !file.is_rebuilt() &&
                       found->place.journal == &file.journal();
    found->place.use = stays ? Use::stays : Use::taken;
    return EarlierResult{found->line, stays ? std::string() : std::move(found->text)};
}

void Results::place(const Result& result) {
    file_of(result.failed).put(result.line);
    ++n_placed_;
}

void Results::put(Result result) {
    const ResultFile& file = file_of(result.failed);
    const bool waits = params_.ordered && result.index != n_placed_;
    if (part_ && result.is_new && !file.is_stream() && (waits || file.is_rebuilt())) {
        part_held_ += result.line;
    }
    if (!params_.ordered) {
        place(result);
        return;
    }
    early_bytes_ += result.line.size();
    early_.emplace(result.index, std::move(result));
    while (!early_.empty() && early_.begin()->first == n_placed_) {
        place(early_.begin()->second);
        early_bytes_ -= early_.begin()->second.line.size();
        early_.erase(early_.begin());
    }
}

// Tries to save lines that could not be written to their file in OUTPUT.part.
void Results::save_held(ResultFile& file) noexcept try {
    if (part_ && !file.is_stream() && !file.is_rebuilt()) part_->append(file.held());
} catch (...) {
    // The first error is the one that is reported.
}

void Results::flush() {
    std::exception_ptr error;
    try {
        if (part_ && !part_held_.empty()) part_->append(std::exchange(part_held_, {}));
    } catch (...) {
        error = std::current_exception();
    }
    for (ResultFile* file : files()) {
        try {
            file->flush();
        } catch (...) {
            save_held(*file);
            if (!error) error = std::current_exception();
        }
    }
    if (error) std::rethrow_exception(error);
    compact_part();
}

void Results::compact_part() {
    if (!part_ || part_->size() < kCompactFrom + 2 * early_bytes_) return;
    if (index_.n_unasked(*part_) > 0) return;
    for (ResultFile* file : files()) {
        if (file->is_rebuilt()) return;
    }
    // Results that it loses must be on disk elsewhere.
    for (ResultFile* file : files()) file->sync();
    std::string lines;
    for (const auto& [index, result] : early_) {
        if (!file_of(result.failed).is_stream()) lines += result.line;
    }
    index_.forget(*part_);
    part_ = Journal::replace(std::move(part_), lines);
}

// Unordered: rebuilds files without the results that no longer belong there.
void Results::remove_unused() {
    for (ResultFile* file : files()) {
        if (file->is_stream() || file->is_rebuilt()) continue;
        std::map<std::uint64_t, std::uint64_t> unused;
        index_.for_each([&](const ResultIndex::Place& one) {
            const bool moves = one.journal == &file->journal() && one.use != Use::stays;
            if (moves) unused.emplace(one.begin, one.end);
        });
        if (!unused.empty()) file->rebuild_without(unused);
    }
}

// Saves answers that no request of the input asks for, in case the wrong input was run by mistake.
void Results::keep_unasked() {
    std::vector<ResultIndex::Place> places;
    index_.for_each([&](const ResultIndex::Place& one) {
        if (one.use == Use::unasked && !one.failed) places.push_back(one);
    });
    if (places.empty() || params_.overwrite) return;
    std::ranges::sort(places, {}, &ResultIndex::Place::begin);
    const ResultFile& file = output_->is_stream() ? *errors_ : *output_;
    std::string name;
    const int fd = create_beside(file.journal().output().target, name);
    try {
        for (const ResultIndex::Place& one : places) {
            base::write_all(fd, base::as_bytes(one.journal->read(one.begin, one.end)), name);
        }
        if (::fsync(fd) != 0) throw system_error(ErrorCode::run, name, "cannot write");
    } catch (...) {
        ::close(fd);
        ::unlink(name.c_str());
        throw;
    }
    ::close(fd);
    spdlog::info("{}: {} results that no request of the input asks for", name, places.size());
}

void Results::close() {
    if (along_) end_along();
    flush();
    if (!params_.ordered) remove_unused();
    keep_unasked();
    if (errors_) errors_->finish();
    output_->finish();
    if (part_) part_->remove();
}

}  // namespace quire::gen_batch
