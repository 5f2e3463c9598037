// Speed of constraints over the valid instances of the schema suite: how many groups are followed, and the
// time that compiling a schema and making a mask take.
//
//   constraints_benchmark TOKENIZER SUITE [SCHEMA ...]
//
// TOKENIZER: a tokenizer.json, or a folder or GGUF file that has one; SUITE: tests/golden/constraints/schema_suite.json;
// SCHEMA: further files that are only compiled.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "formats/tokenizer/open_tokenizer.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/generate/constraints/constraints.h"
#include "lib/tokenizer/encode/built_tokenizer.h"

using namespace quire;

namespace {

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

std::string read_file(const char* path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void print(const char* what, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    double sum = 0;
    for (const double time : times) sum += time;
    const std::size_t n = times.size();
    if (n == 0) return;
    std::printf("%s: %zu, mean %.1f us, median %.1f, 95 %% %.1f, most %.1f\n", what, n,
                sum / static_cast<double>(n), times[n / 2], times[n * 95 / 100], times[n - 1]);
}

// Follows the text token by token, and notes how long each mask takes.
void walk(const std::shared_ptr<constraints::Constraint>& constraint,
          const std::shared_ptr<const constraints::Vocabulary>& vocabulary, const std::string& text,
          std::vector<double>& times) {
    constraints::ConstraintRun run(constraint, vocabulary);
    constraints::Bits bits;
    for (const std::uint32_t token : vocabulary->divide(text)) {
        const auto begin = Clock::now();
        run.allowed(bits);
        times.push_back(microseconds_since(begin));
        if (!run.push(token)) {
            std::printf("refused: %s\n", text.c_str());
            return;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const formats::SourceTokenizer source = formats::open_tokenizer(argv[1]);
    const tokenizer::BuiltTokenizer built(source.spec);
    const auto begin = Clock::now();
    const auto vocabulary = std::make_shared<const constraints::Vocabulary>(*built);
    std::printf("vocabulary: %zu tokens, %.1f ms\n", vocabulary->size(),
                microseconds_since(begin) / 1000);
    std::vector<double> compiling;
    std::vector<double> masks;
    std::size_t n_followed = 0;
    const auto groups = base::parse_json(read_file(argv[2]), argv[2]);
    for (const auto& group : groups) {
        const auto schema = group["schema"].get<std::string>();
        try {
            const auto start = Clock::now();
            const auto constraint = constraints::of_json_schema(schema);
            compiling.push_back(microseconds_since(start));
            ++n_followed;
            for (const auto& test : group["tests"]) {
                if (test[0].get<bool>()) walk(constraint, vocabulary, test[1], masks);
            }
        } catch (const std::runtime_error&) {
        }
    }
    std::printf("groups: %zu of %zu\n", n_followed, groups.size());
    print("compiling", compiling);
    print("masks", masks);
    for (int i = 3; i < argc; ++i) {
        const std::string schema = read_file(argv[i]);
        const auto start = Clock::now();
        constraints::of_json_schema(schema);
        std::printf("%s: %zu bytes, %.2f ms\n", argv[i], schema.size(),
                    microseconds_since(start) / 1000);
    }
    return 0;
}
