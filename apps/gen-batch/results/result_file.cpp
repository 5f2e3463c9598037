#include "apps/gen-batch/results/result_file.h"

#include <unistd.h>

#include <algorithm>

namespace quire::gen_batch {

namespace {

using formats::openai::OutputLine;

// The beginning of every result; see formats::openai::answer_line().
constexpr std::string_view kBegin = R"({"id":"batch_req_)";

// Whether a power cut or a kill can have left this after the last complete line: the beginning of a
// result, or zeros that a file system put in place of bytes that never reached the disk.
bool is_incomplete_result(std::string_view tail, bool has_results) {
    const std::size_t zeros = tail.find('\0');
    if (zeros != std::string_view::npos &&
        tail.find_first_not_of('\0', zeros) == std::string_view::npos) {
        if (zeros == 0) return has_results;
        tail = tail.substr(0, zeros);
    }
    const std::size_t n = std::min(tail.size(), kBegin.size());
    return tail.substr(0, n) == kBegin.substr(0, n);
}

}  // namespace

EarlierResults look_through(const Journal& journal, std::uint64_t settings_hash) {
    EarlierResults out;
    if (journal.size() == 0) return out;
    // A file of another kind may be a single huge line.
    if (journal.read(0, 1) != "{") return {.foreign_line = 1};
    JournalReader reader(journal);
    std::string text;
    std::uint64_t n_lines = 0;
    while (reader.next(text)) {
        ++n_lines;
        const auto line = formats::openai::read_output_line(text);
        if (!line) return {.foreign_line = n_lines};
        if (line->settings_hash.value_or(settings_hash) == settings_hash) continue;
        ++out.n_other;
        out.other_answers = out.other_answers || !line->failed;
    }
    out.n_bytes = reader.line_end();
    const std::string tail = journal.read(
        out.n_bytes, std::min(journal.size(), out.n_bytes + (std::uint64_t{64} << 20)));
    if (!tail.empty() && !is_incomplete_result(tail, n_lines > 0)) out.foreign_line = n_lines + 1;
    return out;
}

ResultFile::ResultFile(const base::OutputPath& output) : output_(output) {
    output_.may_replace = nullptr;  // the file is checked and locked before it is replaced
    if (output_.is_stream) {
        stream_ = base::open_stream(output_);
    } else {
        journal_ = std::make_unique<Journal>(output_);
    }
}

ResultFile::~ResultFile() {
    if (stream_ >= 0) ::close(stream_);
}

void ResultFile::begin(const EarlierResults& earlier) {
    if (earlier.n_bytes != journal_->size()) journal_->truncate(earlier.n_bytes);
    reader_ = std::make_unique<JournalReader>(*journal_);
}

void ResultFile::begin_anew() {
    fresh_ = std::make_unique<base::AtomicFile>(output_);
}

const std::optional<OutputLine>& ResultFile::next_line() {
    if (has_line_ || !reader_) return line_;
    std::string text;
    has_line_ = reader_->next(text);
    line_ = has_line_ ? formats::openai::read_output_line(text) : std::nullopt;
    return line_;
}

void ResultFile::accept() {
    has_line_ = false;
    line_.reset();
}

std::uint64_t ResultFile::accepted_end() {
    return has_line_ ? reader_->line_begin() : reader_->line_end();
}

void ResultFile::copy(std::uint64_t begin, std::uint64_t end) {
    constexpr std::uint64_t kBlock = std::uint64_t{1} << 20;
    for (std::uint64_t at = begin; at < end; at += kBlock) {
        fresh_->append(base::as_bytes(journal_->read(at, std::min(end, at + kBlock))));
    }
}

void ResultFile::rebuild() {
    fresh_ = std::make_unique<base::AtomicFile>(output_);
    copy(0, accepted_end());
}

void ResultFile::rebuild_without(const std::map<std::uint64_t, std::uint64_t>& left_out) {
    fresh_ = std::make_unique<base::AtomicFile>(output_);
    std::uint64_t at = 0;
    for (const auto& [begin, end] : left_out) {
        copy(at, begin);
        at = end;
    }
    copy(at, journal_->size());
}

void ResultFile::put(std::string_view line) {
    held_ += line;
    if (held_.size() > (std::size_t{4} << 20)) flush();
}

void ResultFile::flush() {
    if (held_.empty()) return;
    if (is_stream()) {
        base::write_all(stream_, base::as_bytes(held_), name());
    } else if (fresh_) {
        fresh_->append(base::as_bytes(held_));
    } else {
        const std::uint64_t before = journal_->size();
        try {
            journal_->append(held_);
        } catch (...) {
            held_.erase(0, static_cast<std::size_t>(journal_->size() - before));
            throw;
        }
    }
    held_.clear();
}

void ResultFile::sync() {
    if (journal_) journal_->sync();
}

void ResultFile::finish() {
    flush();
    if (is_stream()) return;
    if (fresh_) {
        // Locked until this run is complete, for any process that opens the new file.
        lock_file(fresh_->descriptor(), name());
        journal_->check_in_place();
        fresh_->commit();
    } else {
        journal_->close();
    }
}

}  // namespace quire::gen_batch
