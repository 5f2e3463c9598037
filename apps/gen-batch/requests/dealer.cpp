#include "apps/gen-batch/requests/dealer.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "apps/common/command.h"
#include "lib/base/json/json.h"

namespace quire::gen_batch {

namespace {

using Json = nlohmann::json;

// Sleep while waiting for a message, so that waiting uses no CPU.
constexpr std::chrono::microseconds kPause{300};

// Messages are CBOR. To a rank: [index, line, is_prompt, raw, custom_id, text] for each request,
// and null at the end. Back: [index, failed, n_prompt, n_completion, seconds, line] for each, and
// the statistics at the end.
std::string packed(const Json& json) {
    std::string bytes;
    Json::to_cbor(json, bytes);
    return bytes;
}

std::string packed_job(std::uint64_t index, const Record& record) {
    return packed(Json::array(
        {index, record.line, record.is_prompt, record.raw, record.custom_id, record.text}));
}

std::string packed_finished(const FinishedJob& job) {
    return packed(Json::array({job.index, job.failed, job.n_prompt_tokens, job.n_completion_tokens,
                               job.seconds, job.line}));
}

// What processes send of their statistics.
using Count = std::uint64_t generate::EngineStats::*;
constexpr std::pair<const char*, Count> kCounts[] = {
    {"steps", &generate::EngineStats::n_steps},
    {"computed", &generate::EngineStats::n_computed},
    {"reused", &generate::EngineStats::n_reused},
    {"generated", &generate::EngineStats::n_generated},
    {"guessed", &generate::EngineStats::n_guessed},
    {"right", &generate::EngineStats::n_right},
    {"preempted", &generate::EngineStats::n_preempted},
    {"peak_kv_bytes", &generate::EngineStats::peak_kv_bytes}};
static_assert(sizeof(generate::EngineStats) == std::size(kCounts) * sizeof(std::uint64_t),
              "every count is sent");

std::string packed_stats(const generate::EngineStats& stats) {
    Json json;
    for (const auto& [name, count] : kCounts) json[name] = stats.*count;
    return packed(json);
}

void add_stats(generate::EngineStats& sum, const Json& json) {
    for (const auto& [name, count] : kCounts) sum.*count += json[name].get<std::uint64_t>();
}

}  // namespace

Dealer::Dealer(Worker& worker, common::Ranks* ranks, std::size_t n_parallel)
    : worker_(worker),
      ranks_(ranks),
      max_active_(2 * n_parallel),
      n_active_(ranks == nullptr ? 1 : static_cast<std::size_t>(ranks->size())) {}

bool Dealer::idle() const noexcept {
    return waiting_.empty() && std::ranges::all_of(n_active_, [](std::size_t n) { return n == 0; });
}

void Dealer::add(Job job, const Record& record, const Worker::OnDone& on_done) {
    waiting_.push_back({std::move(job), record});
    deal(on_done);
}

void Dealer::deal(const Worker::OnDone& on_done) {
    while (!waiting_.empty()) {
        const auto least = std::ranges::min_element(n_active_);
        if (*least >= max_active_) return;
        ++*least;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        const auto rank = static_cast<int>(least - n_active_.begin());
        if (rank > 0) {
            ranks_->send(rank, packed_job(next.job.index, next.record));
            continue;
        }
        worker_.add(std::move(next.job), [&](FinishedJob done) {
            --n_active_[0];
            on_done(std::move(done));
        });
    }
}

void Dealer::receive(const Worker::OnDone& on_done) {
    if (ranks_ == nullptr) return;
    while (auto message = ranks_->poll()) {
        Json json = Json::from_cbor(message->bytes);
        --n_active_[static_cast<std::size_t>(message->from)];
        FinishedJob done;
        done.index = json[0].get<std::uint64_t>();
        done.failed = json[1].get<bool>();
        done.n_prompt_tokens = json[2].get<std::size_t>();
        done.n_completion_tokens = json[3].get<std::size_t>();
        done.seconds = json[4].get<double>();
        done.line = std::move(json[5].get_ref<std::string&>());
        on_done(std::move(done));
    }
}

void Dealer::step(const Worker::OnDone& on_done) {
    receive(on_done);
    deal(on_done);
    if (!worker_.idle()) {
        // Whether the pass was interrupted does not matter here: Session::run() sees the signal.
        worker_.step([&](FinishedJob done) {
            --n_active_[0];
            on_done(std::move(done));
        });
    } else if (!idle()) {
        std::this_thread::sleep_for(kPause);
    }
    stats_ = worker_.stats();
}

void Dealer::close() {
    stats_ = worker_.stats();
    if (ranks_ == nullptr) return;
    for (int rank = 1; rank < ranks_->size(); ++rank) ranks_->send(rank, packed(nullptr));
    for (int left = ranks_->size() - 1; left > 0;) {
        const auto message = ranks_->poll();
        if (!message) {
            std::this_thread::sleep_for(kPause);
            continue;
        }
        const Json json = Json::from_cbor(message->bytes);
        if (!json.is_object()) continue;  // a late result of an interrupted run
        --left;
        add_stats(stats_, json);
    }
}

void serve(Worker& worker, common::Ranks& ranks, const Settings& settings) {
    const auto answer = [&](const FinishedJob& job) { ranks.send(0, packed_finished(job)); };
    for (;;) {
        const auto message = ranks.poll();
        if (!message) {
            // A step that does nothing was stopped by a signal. It reached all ranks, and rank 0 is
            // about to end the run.
            if (worker.idle() || !worker.step(answer)) std::this_thread::sleep_for(kPause);
            continue;
        }
        const Json json = Json::from_cbor(message->bytes);
        if (json.is_null()) break;
        Record record;
        record.line = json[1].get<std::uint64_t>();
        record.is_prompt = json[2].get<bool>();
        record.raw = json[3].get<bool>();
        record.custom_id = json[4].get<std::string>();
        record.text = json[5].get<std::string>();
        formats::openai::Line line = parse(record);
        const auto subject = subject_of(line, record.line, settings);
        // Rank 0 has parsed it before: it is a request.
        auto& request = std::get<formats::openai::Request>(line.content);
        worker.add({json[0].get<std::uint64_t>(), subject, std::move(request)}, answer);
    }
    ranks.send(0, packed_stats(worker.stats()));
}

}  // namespace quire::gen_batch
