#include "apps/gen/looks/surprise.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/terminal.h"
#include "apps/gen/request.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/quoted.h"
#include "lib/generate/engine.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen {

namespace {

constexpr std::size_t kListed = 5;

// Backgrounds from what is expected to what is not: none, then yellow, orange, red, and violet.
struct Shade {
    double from_bits;
    const char* code;
};
constexpr std::array kShades = {Shade{16, "\x1b[48;5;129;97m"}, Shade{12, "\x1b[48;5;196;97m"},
                                Shade{8, "\x1b[48;5;208;30m"}, Shade{4, "\x1b[48;5;229;30m"}};

// The bits of every token but the first, which nothing precedes.
std::vector<double> bits_of(const Options& options, const Scored& prompt) {
    const std::size_t context =
        options.engine.context == 0 ? prompt.model.spec.context_length : options.engine.context;
    const std::vector<std::uint32_t>& tokens = prompt.tokens;
    generate::Engine engine(
        prompt.model, prompt.tokenizer,
        generate::for_one_request(options.engine, std::min(tokens.size(), context)));
    common::ProgressLine progress(
        {.what = "text", .total = tokens.size(), .unit = common::ProgressLine::Unit::tokens});
    std::vector<double> bits;
    const std::size_t step = std::max<std::size_t>(1, context / 2);
    for (std::size_t begin = 0; bits.size() + 1 < tokens.size(); begin += step) {
        const std::size_t end = std::min(tokens.size(), begin + context);
        generate::Request request;
        request.prompt.assign(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                              tokens.begin() + static_cast<std::ptrdiff_t>(end));
        request.continuation.max_tokens = 0;
        request.score_prompt = true;
        request.on_prompt = [&](std::size_t n) { progress.show(begin + n); };
        const generate::Result result = generate::complete(engine, std::move(request));
        if (common::interrupted()) return {};
        // Scores begin with the window's second token; those that an earlier window gave are kept.
        for (std::size_t i = bits.size() - begin; i < result.prompt_scores.size(); ++i) {
            bits.push_back(-double{result.prompt_scores[i].chosen.logprob} / generate::kLn2);
        }
    }
    return bits;
}

const char* shade_of(double bits) {
    for (const Shade& shade : kShades) {
        if (bits >= shade.from_bits) return shade.code;
    }
    return "";
}

// The text with its surprises.
std::string shown_text(const std::vector<std::string>& texts, const std::vector<double>& bits,
                       bool coloured) {
    std::string out = texts.empty() ? "" : texts.front();
    for (std::size_t i = 1; i < texts.size(); ++i) {
        const double b = bits[i - 1];
        const std::string text = coloured ? common::shown_on_terminal(texts[i]) : texts[i];
        const char* shade = coloured ? shade_of(b) : "";
        // A background that crosses the end of a line would fill the rest of it.
        const std::size_t visible = std::min(text.find_last_not_of("\r\n") + 1, text.size());
        if (*shade != '\0' && visible > 0) {
            out += shade + text.substr(0, visible) + "\x1b[0m" + text.substr(visible);
        } else {
            out += text;
        }
        if (!coloured && b >= kMarkedBits) out += fmt::format("[{:.0f}]", b);
    }
    return out;
}

std::string legend() {
    std::string out = "surprise in bits:";
    for (auto shade = kShades.rbegin(); shade != kShades.rend(); ++shade) {
        out += fmt::format(" {} {:.0f} and more \x1b[0m", shade->code, shade->from_bits);
    }
    return out + "\n";
}

// The places where the model was most surprised.
std::string worst_places(const std::vector<std::string>& texts, const std::vector<double>& bits) {
    std::vector<std::size_t> order(bits.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return bits[i]; });
    order.resize(std::min(order.size(), kListed));
    std::vector<std::size_t> lines(texts.size() + 1, 1);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        lines[i + 1] = lines[i] + static_cast<std::size_t>(std::ranges::count(texts[i], '\n'));
    }
    std::string out;
    for (const std::size_t i : order) {
        out += fmt::format("{:6.1f} bits  line {}  {}\n", bits[i], lines[i + 1],
                           base::quoted(texts[i + 1]));
    }
    return out;
}

}  // namespace

void write_surprise(const Options& options, const Scored& prompt) {
    const std::vector<double> bits = bits_of(options, prompt);
    if (common::interrupted()) return;
    std::vector<std::string> texts;
    std::size_t n_bytes = 0;
    for (const std::uint32_t token : prompt.tokens) {
        texts.push_back(tokenizer::token_text(prompt.tokenizer, token));
        n_bytes += texts.back().size();
    }
    double sum = 0;
    for (const double b : bits) sum += b;
    const double per_token = bits.empty() ? 0 : sum / static_cast<double>(bits.size());
    const double per_byte = n_bytes == 0 ? 0 : sum / static_cast<double>(n_bytes);
    if (options.json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (std::size_t i = 0; i < texts.size(); ++i) {
            list.push_back({{"token", texts[i]}, {"id", prompt.tokens[i]}});
            list.back()["bits"] =
                i == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(bits[i - 1]);
        }
        const nlohmann::ordered_json json{{"tokens", list},
                                          {"bits_per_token", per_token},
                                          {"bits_per_byte", per_byte},
                                          {"model_hash", base::hex(prompt.file.model_hash())}};
        common::write_stdout(
            json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
        return;
    }
    const bool coloured = common::may_colour(STDOUT_FILENO);
    std::string out = shown_text(texts, bits, coloured);
    if (!out.ends_with('\n')) out += "\n";
    out += "\n";
    if (coloured) out += legend();
    out += fmt::format("{} tokens, {:.2f} bits a token, {:.2f} bits a byte\n", texts.size(),
                       per_token, per_byte);
    common::write_stdout(out + worst_places(texts, bits));
}

}  // namespace quire::gen
