#include "apps/gen/split.h"

#include <chrono>
#include <thread>

#include "lib/base/error.h"
#include "lib/base/json/json.h"

namespace quire::gen {

namespace {

class RanksSplit : public model::RowSplit {
  public:
    explicit RanksSplit(common::Ranks& ranks)
        : RowSplit(ranks.rank(), ranks.size()), ranks_(ranks) {}

  protected:
    void gather(float* data, const int* counts, const int* offsets) noexcept override {
        ranks_.gather(data, counts, offsets);
    }

  private:
    common::Ranks& ranks_;
};

}  // namespace

void send_request(common::Ranks& ranks, const SplitRequest& request) {
    std::string bytes;
    nlohmann::json::to_cbor({{"tokens", request.tokens}, {"seed", request.seed}}, bytes);
    for (int rank = 1; rank < ranks.size(); ++rank) ranks.send(rank, bytes);
}

SplitRequest wait_for_request(common::Ranks& ranks) {
    for (;;) {
        if (const auto message = ranks.poll()) {
            const auto json = nlohmann::json::from_cbor(message->bytes);
            return {json["tokens"].get<std::vector<std::uint32_t>>(),
                    json["seed"].get<std::uint64_t>()};
        }
        std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
}

std::unique_ptr<model::RowSplit> make_split(common::Ranks& ranks) {
    return std::make_unique<RanksSplit>(ranks);
}

void check_split(const Options& options, const common::Ranks* ranks) {
    if (ranks != nullptr && options.split.empty()) {
        throw Error(ErrorCode::usage, "mpirun",
                    "expected --split rows, as several processes of gen share one model");
    }
    if (ranks == nullptr || options.split.empty()) return;
    if (options.show_prompt || options.embed || options.classify || options.score ||
        !options.choices.empty() || options.n_samples > 1) {
        throw Error(ErrorCode::usage, "--split",
                    "expected one text to generate, found another use");
    }
}

}  // namespace quire::gen
