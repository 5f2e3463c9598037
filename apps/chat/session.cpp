#include "apps/chat/session.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "apps/chat/commands.h"
#include "apps/chat/thoughts.h"
#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/output.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/terminal.h"
#include "formats/openai/conversation.h"
#include "formats/quire/chat_templates.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/quoted.h"

namespace quire::chat_app {

namespace {

namespace openai = formats::openai;

// Tokens that an answer should have room for.
constexpr std::size_t kLeastRoom = 64;
// Keys and values of so many whole contexts are kept of a model with recurrent layers.
constexpr std::uint64_t kKeptContexts = 4;

generate::EngineParams params_of(const generate::EngineParams& asked, const model::Model& model) {
    generate::EngineParams params = asked;
    params.n_parallel = 1;
    params.keep_last = true;
    // A recurrent state cannot go back, so the beginnings of earlier turns are kept, too.
    params.share_prefixes = model.kv_layout.state_bytes > 0;
    const std::size_t context = params.context == 0 ? model.spec.context_length : params.context;
    params.memory_bytes =
        kKeptContexts * (model.kv_layout.page_bytes * (context / kernels::kSpanPositions + 1) +
                         model.kv_layout.state_bytes);
    params.interrupted = common::interrupted;
    return params;
}

}  // namespace

Session::Session(const Opened& opened, Options& options, LineInput& input)
    : opened_(opened),
      options_(options),
      input_(input),
      encoder_(formats::chat_templates(opened.file), opened.tokenizer),
      time_(std::time(nullptr)),
      engine_(opened.model, opened.tokenizer, params_of(options.engine, opened.model)),
      colours_(common::may_colour(STDOUT_FILENO)) {
    conversation_.set_system(options.system);
}

void Session::say(const std::string& text) const {
    const bool dim = common::may_colour(STDERR_FILENO);
    std::fputs(((dim ? "\x1b[2m" : "") + text + (dim ? "\x1b[0m\n" : "\n")).c_str(), stderr);
}

void Session::greet() const {
    if (!input_.is_terminal()) return;
    say(fmt::format(
        "{}, context {} tokens.\n"
        "/help lists the commands, Ctrl-C stops an answer, Ctrl-D ends the chat.",
        base::printable(opened_.file.meta().name), common::with_commas(engine_.context())));
}

void Session::load(const std::string& path) {
    conversation_ = Conversation::read(common::read_input(path), path);
    known_files_.insert(path);
    new_message();
}

base::OutputPath Session::place_for(const std::string& path, bool overwrite) const {
    base::FileRoles roles(overwrite || known_files_.contains(path));
    roles.reads("the model", opened_.file.path());
    return roles.writes("the conversation", path,
                        {"one of this chat", [](const std::string&) { return false; }});
}

void Session::save(const std::string& path, bool overwrite) {
    base::AtomicFile file(place_for(path, overwrite));
    const std::string text = conversation_.to_text();
    file.append(std::as_bytes(std::span(text)));
    file.commit();
    known_files_.insert(path);
}

Session::Prompt Session::prompt() const {
    const chat::Rendered rendered = openai::or_error("conversation", [&] {
        return openai::render_conversation(conversation_.request(), encoder_, time_);
    });
    return {rendered.text, encoder_.encode(rendered)};
}

std::string Session::usage() {
    const std::size_t n = conversation_.n_messages() == 0 ? 0 : prompt().tokens.size();
    return fmt::format("{} of {} tokens ({} %)", common::with_commas(n),
                       common::with_commas(engine_.context()), 100 * n / engine_.context());
}

bool Session::has_room(const Prompt& prompt) const {
    const std::size_t wanted = std::min(
        {kLeastRoom, engine_.context() / 8, options_.drawing.n_predict.value_or(SIZE_MAX)});
    return prompt.tokens.size() + wanted <= engine_.context();
}

void Session::drop_turns(Prompt& prompt) {
    std::size_t n = 0;
    while ((!has_room(prompt) || prompt.tokens.size() > engine_.context() / 2) &&
           conversation_.drop_oldest()) {
        prompt = this->prompt();
        ++n;
    }
    say(fmt::format("dropped the {} oldest turn{}; {}", n, n == 1 ? "" : "s", usage()));
}

Session::Room Session::ask_about_room(Prompt& prompt) {
    for (;;) {
        say(fmt::format(
            "The conversation has {} of {} tokens, too many for another answer:\n"
            "  d  drop the oldest turns, until half of the context is free\n"
            "  b  take this message back\n"
            "  g  go on until the context is full\n"
            "  q  quit",
            common::with_commas(prompt.tokens.size()), common::with_commas(engine_.context())));
        const std::optional<std::string> choice = input_.read("d, b, g or q? ");
        if (!choice || *choice == "q") return Room::ended;
        if (*choice == "b") return Room::taken_back;
        if (*choice == "d") {
            drop_turns(prompt);
            if (has_room(prompt)) return Room::enough;
            say("this message alone is too long");
        }
        if (*choice == "g") {
            if (prompt.tokens.size() <= engine_.context()) {
                goes_on_ = true;
                return Room::enough;
            }
            say("there is no room for a single token");
        }
    }
}

Session::Room Session::make_room(Prompt& prompt) {
    if (has_room(prompt)) return Room::enough;
    if (options_.when_full == WhenFull::drop) {
        drop_turns(prompt);
        if (has_room(prompt)) return Room::enough;
    } else if (options_.when_full == WhenFull::ask && input_.is_terminal()) {
        const bool fits = prompt.tokens.size() <= engine_.context();
        return goes_on_ && fits ? Room::enough : ask_about_room(prompt);
    } else if (prompt.tokens.size() <= engine_.context()) {
        return Room::enough;
    }
    throw Error(ErrorCode::input, "conversation",
                fmt::format("expected at most {} tokens, the size of the context, found {} "
                            "(--when-full drop drops the oldest turns)",
                            engine_.context(), prompt.tokens.size()));
}

generate::Request Session::request_of(const Prompt& prompt) const {
    const Drawing& drawing = options_.drawing;
    generate::Request request;
    request.prompt = prompt.tokens;
    request.continuation.sampler = drawing.sampling.sampler;
    request.continuation.sampler.seed = drawing.seed ? *drawing.seed : std::random_device{}();
    request.continuation.rules = drawing.sampling.rules;
    request.continuation.stops = drawing.sampling.stops;
    request.continuation.ignore_end = drawing.sampling.ignore_eos;
    request.continuation.constraint = drawing.sampling.compiled;
    request.continuation.max_tokens = drawing.n_predict.value_or(SIZE_MAX);
    request.continuation.choice = n_retries_;
    return request;
}

// Writes the answer as it comes. Thoughts go to standard error unless both are the same terminal, so
// that standard output holds answers.
Answer Session::write_answer(const Prompt& prompt, generate::Result& result) {
    const bool at_terminal = common::is_terminal(STDOUT_FILENO);
    const bool shows =
        !options_.hides_thoughts && (at_terminal || common::is_terminal(STDERR_FILENO));
    Answer answer;
    bool in_thought = false;
    const auto write = [&](std::string_view text) {
        common::write_stdout(at_terminal ? common::shown_on_terminal(text) : std::string(text));
    };
    const auto turn_to = [&](bool thought) {
        if (thought == in_thought) return;
        in_thought = thought;
        if (at_terminal && shows && !thought) write("\n\n");
        if (colours_ && shows) common::write_stdout(thought ? "\x1b[2m" : "\x1b[0m");
        if (at_terminal && shows && !colours_ && thought) write("(thinking)\n");
        if (at_terminal && shows && !colours_ && !thought) write("(answer)\n");
    };
    ThoughtSplitter splitter(prompt.text, [&](std::string_view text, bool is_thought) {
        (is_thought ? answer.thoughts : answer.text) += text;
        if (is_thought && !shows) return;
        turn_to(is_thought);
        if (is_thought && !at_terminal) {
            std::fputs(common::shown_on_terminal(text).c_str(), stderr);
        } else {
            write(text);
        }
    });
    common::ProgressLine progress({.what = "prompt",
                                   .total = prompt.tokens.size(),
                                   .unit = common::ProgressLine::Unit::tokens});
    generate::Request request = request_of(prompt);
    request.on_prompt = [&](std::size_t n) { progress.show(n); };
    request.on_chunk = [&](const generate::Chunk& chunk) {
        progress.clear();
        splitter.push(chunk.text);
        return !common::interrupted();
    };
    try {
        result = generate::complete(engine_, std::move(request));
    } catch (...) {
        if (in_thought && colours_ && shows) common::write_stdout("\x1b[0m");
        throw;
    }
    splitter.finish();
    if (in_thought && colours_ && shows) common::write_stdout("\x1b[0m");
    write("\n");
    return answer;
}

void Session::after(const generate::Result& result, const Answer& answer) {
    if (options_.verbose) {
        const generate::EngineStats stats = engine_.stats();
        say(
            fmt::format("computed {} prompt tokens in all, reused {}; prompt {:.0f} ms, "
                        "answer {:.0f} ms",
                        stats.n_computed, stats.n_reused, result.prompt_ms, result.generate_ms));
    }
    if (!common::is_terminal(STDERR_FILENO)) return;
    if (result.finish == generate::FinishReason::interrupted) {
        say("stopped; /retry answers again");
    } else if (result.finish == generate::FinishReason::length) {
        const auto& limit = options_.drawing.n_predict;
        const bool by_limit = limit && result.tokens.size() >= *limit;
        say(by_limit
                ? fmt::format("ended by -n after {} tokens; /set predict N changes that", *limit)
                : "the context is full, so the answer ends here; /drop drops the oldest turns");
    }
    if (!input_.is_terminal()) return;
    const std::size_t n = result.tokens.size();
    const double rate = result.generate_ms > 0 && n > 1
                            ? 1000.0 * static_cast<double>(n - 1) / result.generate_ms
                            : 0;
    const std::size_t used = result.n_prompt + n;
    say(fmt::format("[{} of {} tokens{}{}]", common::with_commas(used),
                    common::with_commas(engine_.context()),
                    rate > 0 ? fmt::format(", {:.1f} tokens/s", rate) : "",
                    answer.text.empty() && !answer.thoughts.empty() ? ", no answer yet" : ""));
}

void Session::answer() {
    Prompt now = prompt();
    const Room room = make_room(now);
    if (room == Room::ended) {
        end();
        return;
    }
    if (room == Room::taken_back) {
        conversation_.undo();
        return;
    }
    generate::Result result;
    const Answer answer = write_answer(now, result);
    const bool stopped = result.finish == generate::FinishReason::interrupted;
    common::forget_interrupt();
    if (stopped && answer.text.empty() && answer.thoughts.empty()) {
        conversation_.undo();
        say("stopped before the answer began; the message is taken back");
        return;
    }
    conversation_.add_answer(answer);
    after(result, answer);
    if (!options_.save.empty()) save(options_.save, options_.overwrite);
}

void Session::retry() {
    if (!conversation_.remove_answer()) {
        say("there is no message to answer again");
        return;
    }
    ++n_retries_;
    answer();
}

// A line that ends in a backslash goes on in the next one; between two lines with """ all lines
// belong to the message.
std::string Session::whole_message(std::string line) {
    constexpr std::string_view kQuotes = "\"\"\"";
    std::string text;
    if (line.starts_with(kQuotes)) {
        line.erase(0, kQuotes.size());
        while (!line.ends_with(kQuotes)) {
            text += line + "\n";
            std::optional<std::string> next = input_.read("... ");
            if (!next) return text;
            line = std::move(*next);
        }
        return text + line.substr(0, line.size() - kQuotes.size());
    }
    while (line.ends_with('\\')) {
        line.back() = '\n';
        text += line;
        std::optional<std::string> next = input_.read("... ");
        if (!next) return text;
        line = std::move(*next);
    }
    return text + line;
}

void Session::read_message(std::string line) {
    const std::string text = whole_message(std::move(line));
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) return;
    input_.remember(text);
    common::check_utf8(text, "message");
    if (run_command(*this, text)) return;
    conversation_.add_user(text);
    new_message();
    try {
        answer();
    } catch (const Error&) {
        if (!conversation_.ends_with_answer()) conversation_.undo();
        throw;
    }
}

int Session::run() {
    if (!options_.messages.empty()) load(options_.messages);
    if (!options_.save.empty()) (void)place_for(options_.save, options_.overwrite);
    greet();
    while (!ended_) {
        try {
            std::optional<std::string> line = input_.read("> ");
            if (!line) {
                if (input_.is_terminal()) std::fputs("\n", stderr);
                break;
            }
            read_message(std::move(*line));
        } catch (const LineInput::Cancelled&) {
            common::forget_interrupt();
            if (!input_.is_terminal()) return common::kInterruptedExit;
        } catch (const Error& error) {
            // At a terminal a person can do better; a script should see its exit code.
            if (!input_.is_terminal() || error.code() == ErrorCode::run) throw;
            say(error.what());
        }
    }
    return 0;
}

}  // namespace quire::chat_app
