#include "tools/inspect/embeddings/words.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::inspect {

namespace {

constexpr int kComponentSteps = 300;

using Square = std::vector<std::vector<double>>;

// The products of all pairs of vectors, which have zero mean.
Square products_of(const std::vector<std::vector<double>>& vectors) {
    const std::size_t n = vectors.size();
    Square products(n, std::vector<double>(n, 0.0));
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
            double sum = 0;
            for (std::size_t i = 0; i < vectors[a].size(); ++i)
                sum += vectors[a][i] * vectors[b][i];
            products[a][b] = products[b][a] = sum;
        }
    }
    return products;
}

struct Component {
    double value = 0;            // the eigenvalue
    std::vector<double> vector;  // of length 1; zeros if the value is 0
};

// The component with the largest value, by power iteration.
Component largest_component(const Square& matrix) {
    const std::size_t n = matrix.size();
    // The column with the largest diagonal has a part in the result.
    std::size_t start = 0;
    for (std::size_t i = 1; i < n; ++i) {
        if (matrix[i][i] > matrix[start][start]) start = i;
    }
    Component found{0, matrix[start]};
    for (int step = 0; step < kComponentSteps; ++step) {
        double length = 0;
        for (const double x : found.vector) length += x * x;
        length = std::sqrt(length);
        if (length < 1e-12) return {0, std::vector<double>(n, 0.0)};
        for (double& x : found.vector) x /= length;
        std::vector<double> next(n, 0.0);
        found.value = 0;
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b < n; ++b) next[a] += matrix[a][b] * found.vector[b];
            found.value += next[a] * found.vector[a];
        }
        if (step + 1 < kComponentSteps) found.vector = std::move(next);
    }
    return found;
}

// Removes a component, so that the next one is the largest.
void deflate(Square& matrix, const Component& component) {
    for (std::size_t a = 0; a < matrix.size(); ++a) {
        for (std::size_t b = 0; b < matrix.size(); ++b) {
            matrix[a][b] -= component.value * component.vector[a] * component.vector[b];
        }
    }
}

// The places of the words along a component.
std::vector<double> places_along(const Component& component) {
    std::vector<double> places = component.vector;
    for (double& x : places) x *= std::sqrt(std::max(component.value, 0.0));
    const auto farthest =
        std::ranges::max_element(places, {}, [](double x) { return std::fabs(x); });
    if (*farthest < 0) {
        for (double& x : places) x = -x;
    }
    return places;
}

}  // namespace

Word find_word(const EmbeddingMatrix& matrix, const tokenizer::Tokenizer& tokenizer,
               const std::string& text, const char* option) {
    Word word{text, tokenizer::encode(tokenizer, text), {}};
    if (word.ids.size() != 1) {
        for (std::uint32_t id = 0; id < matrix.n_rows(); ++id) {
            if (tokenizer::token_text(tokenizer, id) == text) {
                word.ids = {id};
                break;
            }
        }
    }
    if (word.ids.empty()) {
        throw Error(
            ErrorCode::usage, option,
            fmt::format("expected a word, found {}, which has no token", base::quoted(text)));
    }
    for (const std::uint32_t id : word.ids) {
        if (id >= matrix.n_rows()) {
            throw Error(
                ErrorCode::usage, option,
                fmt::format("expected tokens below {}, the rows of the embedding, found {} in {}",
                            matrix.n_rows(), id, base::quoted(text)));
        }
    }
    word.vector = matrix.centered_mean(word.ids);
    return word;
}

Plane plane_of(const std::vector<Word>& words) {
    const std::size_t dim = words.front().vector.size();
    std::vector<double> mean(dim, 0.0);
    for (const Word& word : words) {
        for (std::size_t i = 0; i < dim; ++i) {
            mean[i] += double{word.vector[i]} / static_cast<double>(words.size());
        }
    }
    std::vector<std::vector<double>> vectors;
    for (const Word& word : words) {
        vectors.emplace_back(word.vector.begin(), word.vector.end());
        for (std::size_t i = 0; i < dim; ++i) vectors.back()[i] -= mean[i];
    }
    Square products = products_of(vectors);
    double variance = 0;
    for (std::size_t i = 0; i < products.size(); ++i) variance += products[i][i];
    const Component first = largest_component(products);
    deflate(products, first);
    const Component second = largest_component(products);
    const std::vector<double> x = places_along(first);
    const std::vector<double> y = places_along(second);
    Plane plane;
    for (std::size_t i = 0; i < words.size(); ++i) plane.points.push_back({x[i], y[i]});
    if (variance > 0) {
        plane.x_share = first.value / variance;
        plane.y_share = std::max(second.value, 0.0) / variance;
    }
    return plane;
}

}  // namespace quire::inspect
