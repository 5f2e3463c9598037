#include "apps/gen-batch/session.h"

#include "apps/common/command.h"
#include "lib/base/hash.h"

namespace quire::gen_batch {

namespace openai = formats::openai;

void Session::put(std::uint64_t index, std::string line) {
    if (!parts_.ordered) {
        parts_.results.put(std::move(line));
        ++next_written_;
        return;
    }
    early_.emplace(index, std::move(line));
    while (!early_.empty() && early_.begin()->first == next_written_) {
        parts_.results.put(std::move(early_.begin()->second));
        early_.erase(early_.begin());
        ++next_written_;
    }
}

void Session::done(Done done) {
    ++totals_.n_done;
    if (done.failed) ++totals_.n_failed;
    if (!done.failed) totals_.request_seconds.add(done.seconds);
    totals_.n_prompt_tokens += done.n_prompt_tokens;
    totals_.n_completion_tokens += done.n_completion_tokens;
    totals_.all_prompt_tokens += done.n_prompt_tokens;
    totals_.all_completion_tokens += done.n_completion_tokens;
    put(done.index, std::move(done.line));
}

void Session::take(const Record& record) {
    openai::Line line = parse(record);
    const bool duplicate =
        line.custom_id &&
        !seen_ids_.insert(base::xxh3(std::as_bytes(std::span(*line.custom_id)))).second;
    if (n_lines_++ % parts_.shard.n != parts_.shard.index) return;
    ++totals_.n_read;
    if (duplicate) {
        line.content = openai::Refusal{
            0, "duplicate_custom_id", "custom_id",
            "expected an id of its own, found \"" + *line.custom_id + "\" a second time"};
        line.canonical += "\nduplicate";
    }
    const openai::Subject subject = subject_of(line, record.line, parts_.settings);
    std::optional<Results::Kept> kept = parts_.results.keep(subject);
    if (kept) {
        ++totals_.n_kept;
        ++totals_.n_done;
        if (kept->line.failed) ++totals_.n_failed;
        totals_.all_prompt_tokens += kept->line.n_prompt_tokens;
        totals_.all_completion_tokens += kept->line.n_completion_tokens;
        if (!kept->text.empty()) put(next_index_++, std::move(kept->text));
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

void Session::fill() {
    Record record;
    while (!totals_.input_ended && next_index_ - next_written_ < parts_.window &&
           !common::interrupted()) {
        if (!parts_.input.next(record)) {
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
