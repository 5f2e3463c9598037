// The processes of one job on one machine or many, when a launcher such as mpirun started them:
// messages between them, and nothing of how they travel. The code that knows MPI is a module that
// is loaded only then, so that a command alone starts without it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace quire::common {

class Ranks {
  public:
    virtual ~Ranks() = default;

    virtual int rank() const noexcept = 0;  // 0 to size() - 1
    virtual int size() const noexcept = 0;

    struct Message {
        int from = 0;
        std::string bytes;
    };
    // Whole messages; those from one rank to another arrive in order.
    virtual void send(int to, std::string_view bytes) = 0;
    // A message that has come, if any.
    virtual std::optional<Message> poll() = 0;

    // Every rank gives n_floats[rank()] floats at the places offsets[rank()] of `data`, and has
    // those of all afterwards; called by all ranks alike.
    virtual void gather(float* data, const int* n_floats, const int* offsets) noexcept = 0;

    // Ends all processes of the job.
    [[noreturn]] virtual void abort(int exit_code) noexcept = 0;
};

// Whether mpirun or another launcher started this process, be it alone.
bool started_by_launcher();

// The job that this process is part of; null when it was not started by a launcher, or alone.
// Error{run} when it was, and this build has no module for it.
std::unique_ptr<Ranks> join_ranks();

// Calls run(); when it throws, the others cannot go on either, so the message is printed and the
// whole job ends with the error's exit code. Without ranks just run().
int run_as_rank(Ranks* ranks, const std::function<int()>& run);

}  // namespace quire::common
