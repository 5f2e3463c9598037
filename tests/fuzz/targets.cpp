// The table of targets. Each is a file of its own.
#include <array>

#include "tests/fuzz/common.h"

namespace quire::fuzz {

void run_batch(std::string_view input);
void run_conv(std::string_view input);
void run_constraint(std::string_view input);
void run_csv(std::string_view input);
void run_gguf(std::string_view input);
void run_hffolder(std::string_view input);
void run_hftok(std::string_view input);
void run_importance(std::string_view input);
void run_llama2c(std::string_view input);
void run_pytorch(std::string_view input);
void run_quirefile(std::string_view input);
void run_regex(std::string_view input);
void run_safetensors(std::string_view input);
void run_spm(std::string_view input);
void run_tables(std::string_view input);
void run_tpl(std::string_view input);
void run_vocabfiles(std::string_view input);

std::span<const Target> targets() {
    static constexpr std::array<Target, 17> kTargets{{
        {"batch", run_batch, true},
        {"constraint", run_constraint},
        {"conv", run_conv, true},
        {"csv", run_csv},
        {"gguf", run_gguf},
        {"hffolder", run_hffolder, true},
        {"hftok", run_hftok, true},
        {"importance", run_importance},
        {"llama2c", run_llama2c},
        {"pytorch", run_pytorch},
        {"quirefile", run_quirefile},
        {"regex", run_regex},
        {"safetensors", run_safetensors, true},
        {"spm", run_spm},
        {"tables", run_tables},
        {"tpl", run_tpl},
        {"vocabfiles", run_vocabfiles},
    }};
    return kTargets;
}

}  // namespace quire::fuzz
