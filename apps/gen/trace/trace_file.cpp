#include "apps/gen/trace/trace_file.h"

#include "apps/common/command.h"
#include "apps/common/files/own_file.h"
#include "apps/gen/trace/trace.h"
#include "apps/gen/trace/trace_json.h"
#include "apps/gen/trace/trace_page.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/quoted.h"

namespace quire::gen {

namespace {

bool is_page(const Options& options) {
    return options.trace.ends_with(".html");
}

}  // namespace

base::OutputPath trace_output(const Options& options) {
    if (!is_page(options) && !options.trace.ends_with(".json")) {
        throw Error(
            ErrorCode::usage, "--trace",
            "expected a name that ends in .html or .json, found " + base::quoted(options.trace));
    }
    return common::own_output(
        options.trace, {"--trace", "a trace", is_page(options) ? kPageMark : kTraceMark},
        options.overwrite, {options.model, options.prompt_file, options.messages});
}

void write_trace(const Options& options, const Traced& traced, std::vector<std::uint32_t> prompt,
                 const std::vector<std::uint32_t>& answer) {
    const auto& [file, model, tokenizer] = traced;
    const std::size_t n_prompt = prompt.size();
    prompt.insert(prompt.end(), answer.begin(), answer.end());
    const Trace trace = trace_of(
        model, prompt, {.n_threads = options.engine.n_threads, .interrupted = common::interrupted});
    const auto text_of = is_page(options) ? trace_page : trace_json;
    base::write_output(*options.trace_output,
                       base::as_bytes(text_of(trace, n_prompt, file, tokenizer)));
}

}  // namespace quire::gen
