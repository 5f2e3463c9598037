// Every family against transformers: small random models whose logits, hidden states or scores were
// computed by it in f32. Made by scripts/goldens/make_family_goldens.py.

#include <algorithm>
#include <barrier>
#include <cmath>
#include <thread>

#include "tests/model/family_goldens.h"

using namespace quire;
using namespace quire::test;

namespace {

namespace fs = std::filesystem;

Reference family_reference(const std::string& name) {
    return read_reference(golden("families/" + name + "/reference.safetensors"));
}

std::vector<std::string> family_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(golden("families"))) {
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

// The golden's folder with the tokenizer that all of them share, packed.
formats::QuireFile pack_family(const TempDir& dir, const std::string& name, std::uint32_t context,
                               pack::TargetType type = pack::TargetType::keep) {
    const fs::path folder = dir.file(name);
    fs::create_directories(folder);
    for (const char* file : {"config.json", "model.safetensors"}) {
        fs::remove(folder / file);
        fs::create_symlink(golden("families/" + name + "/" + file), folder / file);
    }
    fs::remove(folder / "tokenizer.json");
    fs::create_symlink(golden("families/tokenizer.json"), folder / "tokenizer.json");
    pack::Options options{folder.string(), dir.file(name + ".quire"), type, "test", 2};
    options.context = context;
    pack::convert(options);
    return formats::QuireFile::open(options.output);
}

// The largest difference between what is computed and the reference.
float worst_of(const formats::QuireFile& file, const Reference& reference, kernels::KvType kv) {
    const auto values = compute(file, reference, {.kv_type = kv});
    if (values.size() != reference.values.size()) return INFINITY;
    float worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        worst = std::max(worst, std::abs(values[i] - reference.values[i]));
    }
    return worst;
}

// Processes that are threads here: what one gathers, it reads from the others' memory.
struct Meeting {
    explicit Meeting(int n) : barrier(n), data(static_cast<std::size_t>(n)) {}
    std::barrier<> barrier;
    std::vector<const float*> data;
};

class ThreadSplit : public model::RowSplit {
  public:
    ThreadSplit(int rank, int n_ranks, Meeting& meeting)
        : RowSplit(rank, n_ranks), rank_(static_cast<std::size_t>(rank)), meeting_(meeting) {}

  protected:
    void gather(float* data, const int* counts, const int* offsets) noexcept override {
        meeting_.data[rank_] = data;
        meeting_.barrier.arrive_and_wait();
        for (std::size_t rank = 0; rank < meeting_.data.size(); ++rank) {
            if (rank == rank_) continue;
            std::copy_n(meeting_.data[rank] + offsets[rank], counts[rank], data + offsets[rank]);
        }
        meeting_.barrier.arrive_and_wait();
    }

  private:
    std::size_t rank_;
    Meeting& meeting_;
};

}  // namespace

TEST_CASE("families: the same bits when the rows of matrices are split over processes") {
    const TempDir dir;
    for (const std::string& name : family_names()) {
        const Reference reference = family_reference(name);
        if (reference.kind != "logits") continue;
        const auto file = pack_family(dir, name, reference.context, pack::TargetType::q8);
        const auto expected = logits_of(file, reference.tokens, {});
        for (const int n_ranks : {2, 3}) {
            CAPTURE(name);
            CAPTURE(n_ranks);
            Meeting meeting(n_ranks);
            std::vector<std::vector<float>> found(static_cast<std::size_t>(n_ranks));
            std::vector<std::thread> processes;
            for (int rank = 0; rank < n_ranks; ++rank) {
                processes.emplace_back([&, rank] {
                    ThreadSplit split(rank, n_ranks, meeting);
                    found[static_cast<std::size_t>(rank)] =
                        logits_of(file, reference.tokens, {"", n_ranks == 2 ? 2 : 1, 40, &split});
                });
            }
            for (std::thread& process : processes) process.join();
            for (const auto& logits : found) CHECK(same_bits(expected, logits));
        }
    }
}

TEST_CASE("families: f32 results of every family are transformers' within 1e-3") {
    const TempDir dir;
    for (const std::string& name : family_names()) {
        CAPTURE(name);
        const Reference reference = family_reference(name);
        REQUIRE(reference.tokens.size() == 64);
        const auto file = pack_family(dir, name, reference.context);
        float largest = 0;
        for (const float value : reference.values) largest = std::max(largest, std::abs(value));
        CHECK(largest > 0.1F);
        CHECK(worst_of(file, reference, kernels::KvType::f32) < 1e-3F);
        // Keys and values in f16 alone move a result by some 2^-11 of its size in every layer.
        CHECK(worst_of(file, reference, kernels::KvType::f16) < 4e-3F);
    }
}

TEST_CASE(
    "families: the same bits for any instruction set, number of threads and chunk of tokens") {
    const TempDir dir;
    for (const std::string& name : family_names()) {
        const Reference reference = family_reference(name);
        const auto file = pack_family(dir, name, reference.context, pack::TargetType::q8);
        const auto expected = compute(file, reference, {"", 1, 64});
        std::vector<Way> ways{{"", 2, 5}};
        for (const kernels::KernelTable* table : kernels::available()) {
            ways.push_back({table->name, 1, 33});
        }
        for (const Way& way : ways) {
            CAPTURE(name);
            CAPTURE(way.isa);
            CHECK(same_bits(expected, compute(file, reference, way)));
        }
    }
}
