#include "apps/gen-batch/reports/reports.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "apps/common/command.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"

namespace quire::gen_batch {

namespace {

constexpr std::chrono::seconds kMetricsEvery{5};

// write() without the signal that ends the process when the reader of a pipe is gone.
ssize_t write_unsignalled(int descriptor, const std::string& text) {
    sigset_t pipe_signal;
    sigset_t before;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    const int error = errno;
    if (n < 0 && error == EPIPE) {
        const timespec now{};
        ::sigtimedwait(&pipe_signal, nullptr, &now);  // consumes the pending signal
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return n;
}

}  // namespace

MetricsFile::~MetricsFile() {
    if (stream_ >= 0) ::close(stream_);
}

void MetricsFile::write_stream(const std::string& text) {
    if (stream_ < 0 && output_->descriptor >= 0) stream_ = base::open_stream(*output_);
    if (stream_ < 0) {
        // Non-blocking, so that a FIFO without a reader does not hold up the run.
        stream_ = ::open(output_->stream.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    }
    const ssize_t n = stream_ < 0 ? -1 : write_unsignalled(stream_, text);
    if (n >= 0 || errno == EAGAIN || errno == EINTR) return;
    throw system_error(ErrorCode::run, output_->name, "cannot write metrics");
}

void MetricsFile::write(const std::string& text) noexcept try {
    if (!output_) return;
    if (output_->is_stream) {
        write_stream(text);
    } else {
        base::write_output(*output_, base::as_bytes(text));
    }
} catch (const std::exception& error) {
    if (!warned_) spdlog::warn("{}; the run goes on without them", error.what());
    warned_ = true;
}

Reports::Reports(const Options& options, const Outputs& outputs)
    : outputs_(outputs),
      prices_(read_prices(options.prices)),
      progress_(options.quiet, outputs.results.is_stream && ::isatty(STDOUT_FILENO) == 1),
      metrics_(outputs.metrics) {}

void Reports::step(const Totals& totals, const Dealer& dealer) {
    progress_.show(totals);
    const auto now = std::chrono::steady_clock::now();
    if (!metrics_.wanted() || now < next_metrics_) return;
    next_metrics_ = now + kMetricsEvery;
    metrics_.write(metrics_text({totals, dealer.stats(), prices_, false}));
}

void Reports::say_failures(const Totals& totals) const {
    if (totals.n_failed == 0) return;
    const base::OutputPath& where = outputs_.errors ? *outputs_.errors : outputs_.results;
    spdlog::error("{} of {} requests failed; the first: {}; all of them are in {}", totals.n_failed,
                  totals.n_done, totals.first_failure, where.name);
}

void Reports::finish(const Totals& totals, const Dealer& dealer) {
    const SummaryInput input{totals, dealer.stats(), prices_, !common::interrupted()};
    progress_.finish(totals);
    say_failures(totals);
    metrics_.write(metrics_text(input));
    if (outputs_.summary) {
        base::write_output(*outputs_.summary, base::as_bytes(summary_json(input)));
    }
}

}  // namespace quire::gen_batch
