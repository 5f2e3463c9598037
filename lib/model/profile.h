// Where the time of forward passes goes: wall time per operation on thread 0, including the wait at
// the operation's last barrier. A pass without a profile spends one comparison per operation.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quire::model {

enum class Operation : std::uint8_t {
    embed,      // embedding rows, angles of the positions
    norm,       // norms before attention and feed-forward, and the codes of their results
    qkv,        // query, key and value matrices, or those of a recurrent block
    rope,       // rotation, and storing keys and values in the cache
    attention,  // scores and values
    recurrent,  // convolutions and memories
    attn_out,   // codes, output matrix of attention, residual
    gate_up,    // gate and up matrices, activation function, codes
    down,       // down matrix, residual
    output,     // last norm, output matrix
};
inline constexpr std::array<std::string_view, 10> kOperationNames{
    "embed",     "norm",     "qkv",     "rope", "attention",
    "recurrent", "attn_out", "gate_up", "down", "output"};
static_assert(kOperationNames.size() == static_cast<std::size_t>(Operation::output) + 1);

class Profile {
  public:
    using Clock = std::chrono::steady_clock;

    void start() noexcept { last_ = Clock::now(); }
    // Adds the time since the last lap, or since start(), to `operation`.
    void lap(Operation operation) noexcept {
        const Clock::time_point now = Clock::now();
        times_[static_cast<std::size_t>(operation)] += now - last_;
        last_ = now;
    }
    double seconds(Operation operation) const noexcept {
        return std::chrono::duration<double>(times_[static_cast<std::size_t>(operation)]).count();
    }

  private:
    Clock::time_point last_{};
    std::array<Clock::duration, kOperationNames.size()> times_{};
};

}  // namespace quire::model
