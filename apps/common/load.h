// How a model's weights get into memory: the option --load, and what -v says about it.
#pragma once

#include <string>

#include "formats/quire/reader.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace quire::common {

struct Load {
    formats::LoadMode mode = formats::LoadMode::map;
    bool reads_all = true;  // this process runs the whole model, not a part as with --split
    double ms = 0;          // that load_weights() took
};

CLI::Option* add_load(CLI::App& app, Load& load);
std::string name_of(formats::LoadMode mode);

// QuireFile::read_ahead() and load_weights(), timed.
void load_weights(formats::QuireFile& file, Load& load, int n_threads);

// QuireFile::verify_weights(), with its progress.
void verify_weights(const formats::QuireFile& file, int n_threads, bool release = false);

// --verify of commands that start often: they check the weights of small models, and of large ones if
// they are asked to.
void add_verify(CLI::App& app, bool& asked);
void verify_if_due(const formats::QuireFile& file, bool asked, int n_threads);

// "weights copied in 123.1 ms, 799 MB of 800 MB in huge pages". At the end of a run: pages of a
// mapped file are counted from their first use on.
std::string describe(const Load& load, const formats::QuireFile& file);

}  // namespace quire::common
