// The processes of a job that a launcher such as mpirun started on one or more machines, and
// messages between them. The code that uses MPI is a module that is loaded only then, so that a
// command without a launcher starts without it.
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
    // Sends a whole message. Messages from one rank to another arrive in order.
    virtual void send(int to, std::string_view bytes) = 0;
    // A message that has arrived, if any.
    virtual std::optional<Message> poll() = 0;

    // Every rank provides n_floats[rank()] floats at offset offsets[rank()] of `data` and
    // afterwards has those of all ranks. All ranks must call it.
    virtual void gather(float* data, const int* n_floats, const int* offsets) noexcept = 0;

    // Ends all processes of the job.
    [[noreturn]] virtual void abort(int exit_code) noexcept = 0;
};

// Whether mpirun or another launcher started this process, even as the only one.
bool started_by_launcher();

// The job of this process; null when no launcher started it, or it is the only process. Error{run}
// when this build has no module for the launcher.
std::unique_ptr<Ranks> join_ranks();

// Calls run(). When it throws, the other ranks cannot continue either, so the message is printed
// and the whole job ends with the exit code of the error. Without ranks it just calls run().
int run_as_rank(Ranks* ranks, const std::function<int()>& run);

}  // namespace quire::common
