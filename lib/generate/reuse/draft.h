// Guesses the next tokens of a text with a second model of the same vocabulary, a small one or counted
// n-grams. As with lookup.h, a pass of the model itself checks the guesses, so they change no result.
// source: Leviathan, Kalman and Matias 2023, "Fast Inference from Transformers via Speculative Decoding";
// here a draw is named by its seed and position, so a guess is right exactly if the model draws it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lib/generate/reuse/guess_length.h"
#include "lib/generate/sampling/logprob.h"
#include "lib/generate/sampling/sampler.h"
#include "lib/model/forward.h"

namespace quire::generate {

// Which guesses are worth the time of a row: those of a probability that was right often enough.
class Confidence {
  public:
    // Guesses that are right less often than this cost more than they save.
    static constexpr float kWorth = 0.3F;
    explicit Confidence(float least = kWorth) : least_(least) {}

    // Whether to make a guess to which the second model gives this logarithm. Remembers the guesses of a
    // pass until learn().
    bool takes(float logprob) noexcept;
    // How many of the guesses of the last pass were right, from the first on.
    void learn(std::size_t n_right) noexcept;
    // Another pass begins.
    void begin() noexcept { n_ = 0; }

  private:
    struct Bin {
        float tried = 0;
        float right = 0;
        float hope = 0;
    };
    // By powers of two: from a half up, from a quarter up, and so on.
    static constexpr std::size_t kBins = 8;
    float least_;
    std::array<Bin, kBins> seen_{};
    std::array<std::size_t, kMostGuesses> bins_{};  // of the guesses of a pass
    std::size_t n_ = 0;
};

// What the second model knows of one text.
struct DraftText {
    DraftText(model::KvCache empty_cache, SamplerParams params, std::uint64_t choice,
              const kernels::KernelTable& kernels);

    // How many of the last guesses were right.
    void learn(std::size_t n_guessed, std::size_t n_right) noexcept;

    GuessLength length;
    Confidence confidence;
    std::size_t n_idle = 0;  // passes in a row without a guess that was worth it
    model::KvCache cache;
    std::vector<std::uint32_t> tokens;  // that the cache holds: of the text, then of guesses
    std::size_t n_known = 0;            // of them, that are no guesses
    model::KvPage state;                // after n_known tokens, of a model with recurrent layers
    // With the settings of the text's own draws, so that models that agree draw the same tokens.
    Sampler sampler;
    LogprobScorer scorer;
    std::uint64_t choice;
};

// Not for several threads at once.
class Draft {
  public:
    // `model` must outlive the object. batch: tokens of a pass, at least 1.
    Draft(const model::Model& model, std::size_t batch, int n_threads);

    // Of a text whose tokens are drawn with these settings.
    std::unique_ptr<DraftText> begin(SamplerParams params, std::uint64_t choice) const;

    // At most n tokens, and kMostGuesses, below `vocab_size` that may follow `known`, which begins with the tokens of the
    // last call; the keys and values of guesses that are not in it are forgotten. Ends before a guess that
    // is not worth it; none where the text does not fit the model. Throws std::bad_alloc.
    std::vector<std::uint32_t> guess(DraftText& text, std::span<const std::uint32_t> known,
                                     std::size_t n, std::size_t vocab_size);

  private:
    void take_back(DraftText& text, std::span<const std::uint32_t> known) const;
    // Extends the cache, and computes the logits after the last token.
    void read(DraftText& text, std::span<const std::uint32_t> tokens);

    const model::Model& model_;
    std::size_t batch_;
    int n_threads_;
    model::Workspace workspace_;
    model::Buffer<float> logits_;  // (logits_stride)
    std::shared_ptr<model::KvPool> pool_;
};

}  // namespace quire::generate
