// Every family against transformers: small random models whose logits, hidden states or scores were
// computed by it in f32. Made by scripts/goldens/make_family_goldens.py.

#include <algorithm>
#include <barrier>
#include <cmath>
#include <thread>

#include "lib/model/reference/reference_forward.h"
#include "lib/model/row_split.h"
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
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && takes_part(name)) names.push_back(name);
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

// The largest difference between our values and the reference, which may have some rows only.
float worst_of(const formats::QuireFile& file, const Reference& reference, kernels::KvType kv) {
    const auto values = compute(file, reference, {.kv_type = kv});
    const bool scores = reference.kind == "scores";
    const std::size_t n_rows = scores ? 1 : reference.positions.size();
    const std::size_t width = reference.values.size() / n_rows;
    if (values.size() != width * (scores ? 1 : reference.tokens.size())) return INFINITY;
    float worst = 0;
    for (std::size_t i = 0; i < reference.values.size(); ++i) {
        const std::size_t row = scores ? 0 : reference.positions[i / width];
        const float ours = values[row * width + i % width];
        worst = std::max(worst, std::abs(ours - reference.values[i]));
    }
    return worst;
}

// The golden's kind of values, from the reference forward pass.
std::vector<float> reference_values(const formats::QuireFile& file, const Reference& reference) {
    const spec::ModelSpec& spec = file.spec();
    const model::Weights weights = model::bind_weights(spec, file.tensors(), file.path());
    if (reference.kind == "logits") {
        return model::reference_logits(spec, weights, reference.tokens, reference.source);
    }
    if (reference.kind == "hidden") {
        return model::reference_hidden(spec, weights, reference.tokens);
    }
    return model::reference_scores(spec, weights, reference.tokens);
}

// |a - b| / |b|, in the Euclidean norm.
double relative_error(const std::vector<float>& a, const std::vector<float>& b) {
    double squares = 0;
    double size = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        squares += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
        size += double{b[i]} * b[i];
    }
    return std::sqrt(squares / size);
}

// Threads that stand in for processes: gather() copies from the memory of the others.
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
        const auto expected = logits_of(file, reference.tokens, {}, reference.source);
        for (const int n_ranks : {2, 3}) {
            CAPTURE(name);
            CAPTURE(n_ranks);
            Meeting meeting(n_ranks);
            std::vector<std::vector<float>> found(static_cast<std::size_t>(n_ranks));
            std::vector<std::thread> processes;
            processes.reserve(static_cast<std::size_t>(n_ranks));
            for (int rank = 0; rank < n_ranks; ++rank) {
                processes.emplace_back([&, rank] {
                    ThreadSplit split(rank, n_ranks, meeting);
                    found[static_cast<std::size_t>(rank)] =
                        logits_of(file, reference.tokens, {"", n_ranks == 2 ? 2 : 1, 40, &split},
                                  reference.source);
                });
            }
            for (std::thread& process : processes) process.join();
            for (const auto& logits : found) CHECK(same_bits(expected, logits));
        }
    }
}

TEST_CASE(
    "families: f32 results of every family are transformers' within 1e-3, or torch's within 1e-4") {
    const TempDir dir;
    for (const std::string& name : family_names()) {
        CAPTURE(name);
        const Reference reference = family_reference(name);
        REQUIRE(reference.tokens.size() == 64);
        const auto file = pack_family(dir, name, reference.context);
        float largest = 0;
        for (const float value : reference.values) largest = std::max(largest, std::abs(value));
        CHECK(largest > 0.1F);
        const float worst = worst_of(file, reference, kernels::KvType::f32);
        MESSAGE(name << ": " << worst);
        CHECK(worst < (name.starts_with("rnn-") ? 1e-4F : 1e-3F));
        // f16 keys and values alone change a result by about 2^-11 of its size in every layer.
        CHECK(worst_of(file, reference, kernels::KvType::f16) < 4e-3F);
    }
}

TEST_CASE("families: the forward pass is the reference forward pass, up to rounding") {
    const TempDir dir;
    double worst_f32 = 0;
    double worst_q8 = 0;
    for (const std::string& name : family_names()) {
        CAPTURE(name);
        const Reference reference = family_reference(name);
        const auto error = [&](pack::TargetType type) {
            const auto file = pack_family(dir, name, reference.context, type);
            const auto expected = reference_values(file, reference);
            const auto found = compute(file, reference, {.kv_type = kernels::KvType::f32});
            REQUIRE(found.size() == expected.size());
            return relative_error(found, expected);
        };
        // The same f32 operations: sums in another order, and exp and tanh by polynomials, each
        // within a few units of 2^-24. Large scores, as in gemma2-27b, amplify that the most.
        const double f32 = error(pack::TargetType::f32);
        CHECK(f32 < 4e-5);
        // The same weights, but activations in 8 bits: each is off by up to 2^-8 of the range of
        // its block of 32, in some twenty consecutive products.
        const double q8 = error(pack::TargetType::q8);
        CHECK(q8 < 0.04);
        worst_f32 = std::max(worst_f32, f32);
        worst_q8 = std::max(worst_q8, q8);
    }
    CHECK(worst_q8 > 10 * worst_f32);
    MESSAGE("largest error: f32 " << worst_f32 << ", q8 " << worst_q8);
}

TEST_CASE("families: the same bits for any instruction set, number of threads and passes") {
    const TempDir dir;
    for (const std::string& name : family_names()) {
        Reference reference = family_reference(name);
        const auto file = pack_family(dir, name, reference.context, pack::TargetType::q8);
        // Longer than a page and than most windows. Encoders read a text in one pass.
        const bool passes = reference.kind == "logits";
        const std::size_t n = std::min<std::size_t>(file.spec().context_length, 100);
        for (std::size_t i = 0; passes && reference.tokens.size() < n; ++i) {
            reference.tokens.push_back(reference.tokens[(7 * i) % 64]);
        }
        const auto expected = compute(file, reference, {"portable", 1, 512});
        for (const kernels::KernelTable* table : kernels::available()) {
            for (const int n_threads : {1, 2, 3}) {
                for (const std::size_t chunk : {1U, 7U, 64U, 512U}) {
                    if (!passes && chunk < 512) continue;
                    CAPTURE(name);
                    CAPTURE(table->name);
                    CAPTURE(n_threads);
                    CAPTURE(chunk);
                    CHECK(same_bits(expected,
                                    compute(file, reference, {table->name, n_threads, chunk})));
                }
            }
        }
    }
}
