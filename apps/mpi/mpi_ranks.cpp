// apps/common/ranks.h over MPI. One message may be any number of bytes below 2 GiB.
#include <mpi.h>

#include <list>

#include "apps/common/ranks.h"

namespace {

using quire::common::Ranks;

constexpr int kTag = 1;

class MpiRanks : public Ranks {
  public:
    MpiRanks() {
        int provided = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        MPI_Comm_size(MPI_COMM_WORLD, &size_);
    }
    // Finalizing waits for the others, so a rank that ends early does not end the job.
    ~MpiRanks() override {
        for (Sent& sent : sent_) MPI_Wait(&sent.request, MPI_STATUS_IGNORE);
        MPI_Finalize();
    }

    int rank() const noexcept override { return rank_; }
    int size() const noexcept override { return size_; }

    void send(int to, std::string_view bytes) override {
        drop_arrived();
        // Not waited for: two ranks that send to each other must not wait for each other.
        Sent& sent = sent_.emplace_back();
        sent.bytes = bytes;
        MPI_Isend(sent.bytes.data(), static_cast<int>(sent.bytes.size()), MPI_BYTE, to, kTag,
                  MPI_COMM_WORLD, &sent.request);
    }

    std::optional<Message> poll() override {
        drop_arrived();
        int found = 0;
        MPI_Status status;
        MPI_Iprobe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &found, &status);
        if (found == 0) return std::nullopt;
        int n = 0;
        MPI_Get_count(&status, MPI_BYTE, &n);
        Message message{status.MPI_SOURCE, std::string(static_cast<std::size_t>(n), '\0')};
        MPI_Recv(message.bytes.data(), n, MPI_BYTE, message.from, kTag, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        return message;
    }

    void gather(float* data, const int* n_floats, const int* offsets) noexcept override {
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, n_floats, offsets, MPI_FLOAT,
                       MPI_COMM_WORLD);
    }

    void abort(int exit_code) noexcept override {
        MPI_Abort(MPI_COMM_WORLD, exit_code);
        std::_Exit(exit_code);
    }

  private:
    struct Sent {
        std::string bytes;
        MPI_Request request = MPI_REQUEST_NULL;
    };
    void drop_arrived() {
        for (auto it = sent_.begin(); it != sent_.end();) {
            int arrived = 0;
            MPI_Test(&it->request, &arrived, MPI_STATUS_IGNORE);
            it = arrived != 0 ? sent_.erase(it) : std::next(it);
        }
    }

    int rank_ = 0;
    int size_ = 1;
    std::list<Sent> sent_;  // a request's bytes must stay where they are
};

}  // namespace

extern "C" Ranks* quire_open_ranks() {
    return new MpiRanks;
}
