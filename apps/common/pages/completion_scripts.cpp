#include <string>

#include "apps/common/pages/completion.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::common {

namespace {

constexpr std::string_view kBash = R"(# Completion for bash of quire and its commands.
_quire_complete() {
    local quire=quire line
    case ${COMP_WORDS[0]} in */*) quire=${COMP_WORDS[0]%/*}/quire ;; esac
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files) compopt -o default 2>/dev/null ;;
            *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <("$quire" __complete "${COMP_WORDS[0]##*/}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _quire_complete quire gen tok gen-batch pack inspect bench
)";

constexpr std::string_view kZsh = R"(#compdef quire gen tok gen-batch pack inspect bench
# Completion for zsh of quire and its commands.
_quire() {
    local quire=quire line tab=$'\t' files=0
    local -a found
    [[ ${words[1]} == */* ]] && quire=${words[1]:h}/quire
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            files=1
        else
            line=${line//:/\\:}
            found+=("${line/$tab/:}")
        fi
    done < <("$quire" __complete "${words[1]:t}" "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( ${#found} )) && _describe -V quire found
    (( files )) && _files
}
_quire "$@"
)";

constexpr std::string_view kFish = R"(# Completion for fish of quire and its commands.
function __quire_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l quire quire
    string match -q '*/*' -- $words[1]; and set quire (string replace -r '[^/]*$' '' -- $words[1])quire
    set -l name (string replace -r '^.*/' '' -- $words[1])
    for line in ($quire __complete $name $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
for name in quire gen tok gen-batch pack inspect bench
    complete -c $name -f -a '(__quire_complete)'
end
)";

}  // namespace

std::string completion_script(const std::string& shell) {
    if (shell == "bash") return std::string(kBash);
    if (shell == "zsh") return std::string(kZsh);
    if (shell == "fish") return std::string(kFish);
    throw Error(ErrorCode::usage, "", "expected bash, zsh or fish, found " + base::quoted(shell));
}

}  // namespace quire::common
