#include "apps/gen-batch/requests/session.h"

#include "apps/common/command.h"
#include "lib/base/hash.h"

namespace quire::gen_batch {

namespace openai = formats::openai;

void Session::done(Done done) {
    ++totals_.n_done;
    if (done.failed) {
        if (const auto line = openai::read_output_line(done.line)) failed(*line);
    } else {
        totals_.request_seconds.add(done.seconds);
    }
    totals_.n_prompt_tokens += done.n_prompt_tokens;
    totals_.n_completion_tokens += done.n_completion_tokens;
    totals_.all_prompt_tokens += done.n_prompt_tokens;
    totals_.all_completion_tokens += done.n_completion_tokens;
    parts_.results.put({done.index, std::move(done.line), done.failed, true});
}

void Session::failed(const openai::OutputLine& line) {
    ++totals_.n_failed;
    const std::uint64_t number = line.line.value_or(UINT64_MAX);
    if (totals_.n_failed > 1 && number >= first_failed_line_) return;
    first_failed_line_ = number;
    totals_.first_failure = line.message;
}

void Session::kept(Results::Kept kept) {
    ++totals_.n_kept;
    ++totals_.n_done;
    if (kept.line.failed) failed(kept.line);
    totals_.all_prompt_tokens += kept.line.n_prompt_tokens;
    totals_.all_completion_tokens += kept.line.n_completion_tokens;
    if (kept.text.empty()) return;
    parts_.results.put({next_index_++, std::move(kept.text), kept.line.failed, false});
}

void Session::take(const Record& record) {
    openai::Line line = parse(record);
    const bool duplicate =
        line.custom_id && !seen_ids_.insert(base::xxh3(std::as_bytes(std::span(*line.custom_id))));
    if (n_lines_++ % parts_.shard.n != parts_.shard.index) return;
    ++totals_.n_read;
    if (duplicate) {
        line.content = openai::Refusal{
            0, "duplicate_custom_id", "custom_id",
            "expected an id of its own, found \"" + *line.custom_id + "\" a second time"};
        line.canonical += "\nduplicate";
    }
    const openai::Subject subject = subject_of(line, record.line, parts_.settings);
    if (std::optional<Results::Kept> found = parts_.results.keep(subject)) {
        kept(std::move(*found));
        return;
    }
    const std::uint64_t index = next_index_++;
    const auto on_done = [this](Done finished) { done(std::move(finished)); };
    if (const auto* refusal = std::get_if<openai::Refusal>(&line.content)) {
        on_done(refused(index, subject, *refusal));
        return;
    }
    parts_.dealer.add({index, subject, std::get<openai::Request>(std::move(line.content))}, record,
                      on_done);
}

// Reads what the window has room for. Whoever writes the input may be waiting for an answer, so
// this waits for a line only when there is nothing to compute and everything is written.
void Session::fill() {
    Record record;
    while (!totals_.input_ended && next_index_ - parts_.results.n_placed() < parts_.window &&
           !common::interrupted()) {
        if (!parts_.input.lines().ready()) {
            if (!parts_.dealer.idle()) break;
            parts_.results.flush();
        }
        const bool found = parts_.input.next(record);
        // What was being read when the signal came may be half a line.
        if (common::interrupted()) break;
        if (!found) {
            totals_.input_ended = true;
            break;
        }
        take(record);
    }
    totals_.input_bytes = parts_.input.lines().bytes_read();
    totals_.input_total_bytes = parts_.input.lines().total_bytes().value_or(0);
}

void Session::run(const std::function<void(const Totals&)>& on_step) {
    while (!common::interrupted()) {
        fill();
        if (totals_.input_ended && parts_.dealer.idle()) break;
        parts_.dealer.step([this](Done finished) { done(std::move(finished)); });
        parts_.results.flush();
        on_step(totals_);
    }
    if (common::interrupted()) {
        parts_.results.flush();
    } else {
        parts_.results.close();
    }
}

}  // namespace quire::gen_batch
