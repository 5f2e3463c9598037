#include "apps/gen-batch/requests/session.h"

#include "apps/common/command.h"
#include "lib/base/hash.h"

namespace quire::gen_batch {

namespace openai = formats::openai;

void Session::take_finished(FinishedJob job) {
    ++totals_.n_done;
    if (job.failed) {
        if (const auto line = openai::read_output_line(job.line)) count_failure(*line);
    } else {
        totals_.request_seconds.add(job.seconds);
    }
    totals_.n_prompt_tokens += job.n_prompt_tokens;
    totals_.n_completion_tokens += job.n_completion_tokens;
    totals_.all_prompt_tokens += job.n_prompt_tokens;
    totals_.all_completion_tokens += job.n_completion_tokens;
    setup_.results.put({job.index, std::move(job.line), job.failed, true});
}

void Session::count_failure(const openai::OutputLine& line) {
    ++totals_.n_failed;
    const std::uint64_t number = line.line.value_or(UINT64_MAX);
    if (totals_.n_failed > 1 && number >= first_failed_line_) return;
    first_failed_line_ = number;
    totals_.first_failure = line.message;
}

void Session::take_earlier(EarlierResult earlier) {
    ++totals_.n_kept;
    ++totals_.n_done;
    if (earlier.line.failed) count_failure(earlier.line);
    totals_.all_prompt_tokens += earlier.line.n_prompt_tokens;
    totals_.all_completion_tokens += earlier.line.n_completion_tokens;
    if (earlier.text.empty()) return;
    setup_.results.put({next_index_++, std::move(earlier.text), earlier.line.failed, false});
}

void Session::take_record(const Record& record) {
    openai::Line line = parse(record);
    const bool duplicate =
        line.custom_id && !seen_ids_.insert(base::xxh3(std::as_bytes(std::span(*line.custom_id))));
    if (n_lines_++ % setup_.shard.n != setup_.shard.index) return;
    ++totals_.n_read;
    if (duplicate) {
        line.content = openai::Refusal{
            0, "duplicate_custom_id", "custom_id",
            "expected an id of its own, found \"" + *line.custom_id + "\" a second time"};
        line.canonical += "\nduplicate";
    }
    const openai::Subject subject = subject_of(line, record.line, setup_.settings);
    if (std::optional<EarlierResult> found = setup_.results.find_earlier(subject)) {
        take_earlier(std::move(*found));
        return;
    }
    const std::uint64_t index = next_index_++;
    const auto on_done = [this](FinishedJob job) { take_finished(std::move(job)); };
    if (const auto* refusal = std::get_if<openai::Refusal>(&line.content)) {
        on_done(refused(index, subject, *refusal));
        return;
    }
    setup_.dealer.add({index, subject, std::get<openai::Request>(std::move(line.content))}, record,
                      on_done);
}

// Reads as many requests as the window has room for. The program that writes the input may be
// waiting for an answer, so this blocks only when there is nothing to compute and everything is
// written.
void Session::fill() {
    Record record;
    while (!totals_.input_ended && next_index_ - setup_.results.n_placed() < setup_.window &&
           !common::interrupted()) {
        if (!setup_.input.lines().ready()) {
            if (!setup_.dealer.idle()) break;
            setup_.results.flush();
        }
        const bool found = setup_.input.next(record);
        // The line that was being read when the signal came may be incomplete.
        if (common::interrupted()) break;
        if (!found) {
            totals_.input_ended = true;
            break;
        }
        take_record(record);
    }
    totals_.input_bytes = setup_.input.lines().bytes_read();
    totals_.input_total_bytes = setup_.input.lines().total_bytes().value_or(0);
}

void Session::run(const std::function<void(const Totals&)>& on_step) {
    while (!common::interrupted()) {
        fill();
        if (totals_.input_ended && setup_.dealer.idle()) break;
        setup_.dealer.step([this](FinishedJob job) { take_finished(std::move(job)); });
        setup_.results.flush();
        on_step(totals_);
    }
    if (common::interrupted()) {
        setup_.results.flush();
    } else {
        setup_.results.close();
    }
}

}  // namespace quire::gen_batch
