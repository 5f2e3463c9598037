// Multiple choice: which of several continuations of a prompt is the most likely.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/eval/open_model.h"

namespace quire::eval {

// One line of a JSONL file, in any of the usual spellings of its fields:
//   prompt | question | context | ctx | query     the text before
//   choices | endings | options                   the continuations: a list of texts, or an object
//                                                 with such a list under "text"
//   answer | label | gold | correct | answerKey   which is right: a number from 0, a letter from A,
//                                                 a label of the object's list, or the text itself
struct Question {
    std::string prompt;
    std::vector<std::string> choices;  // at least 2
    std::size_t answer = 0;            // index of the right one
};

// Error{input} naming file and line.
std::vector<Question> read_questions(const std::string& path);

struct ChoiceScores {
    std::vector<double> log_probability;  // of each choice's text after the prompt
    std::size_t best = 0;                 // with the highest score
    std::size_t best_per_byte = 0;        // with the highest score per byte of the choice
    std::size_t answer = 0;
};

// Puts a space between prompt and choice if neither has white space there. Error{input} naming a
// question that does not fit the model's context.
ChoiceScores score(const OpenModel& model, const Question& question, std::size_t number,
                   int n_threads);

struct ChoicesResult {
    std::vector<ChoiceScores> questions;
    double accuracy = 0;
    double accuracy_error = 0;  // standard error
    double accuracy_per_byte = 0;
    double accuracy_per_byte_error = 0;
    double chance = 0;  // accuracy of guessing: mean of 1 / choices
};

// The first `limit` questions of the file; all when not set.
ChoicesResult choices(const OpenModel& model, const std::string& path,
                      std::optional<std::size_t> limit, int n_threads);

std::string report(const ChoicesResult& result);
std::string to_json(const ChoicesResult& result, const OpenModel& model);
// The shares of right answers beside that of guessing.
std::string to_svg(const ChoicesResult& result);

}  // namespace quire::eval
