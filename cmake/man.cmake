# Man pages and completions, which the commands print themselves, into share of the build folder.
set(man_folder ${CMAKE_BINARY_DIR}/share/man/man1)
set(completion_folder ${CMAKE_BINARY_DIR}/share/completions)
file(MAKE_DIRECTORY ${man_folder} ${completion_folder})

# quire_printed(FILE TARGET WORDS ...): what the command prints.
set(printed)
macro(quire_printed file target)
  add_custom_command(OUTPUT ${file} COMMAND ${target} ${ARGN} > ${file} DEPENDS ${target} VERBATIM)
  list(APPEND printed ${file})
endmacro()

foreach(command quire gen tok gen-batch pack inspect bench)
  quire_printed(${man_folder}/${command}.1 ${command} --man)
endforeach()
foreach(command chat eval pull)
  quire_printed(${man_folder}/quire-${command}.1 ${command} --man)
endforeach()
quire_printed(${man_folder}/quire-models.1 quire models --man)
foreach(shell bash zsh fish)
  quire_printed(${completion_folder}/quire.${shell} quire completions ${shell})
endforeach()
add_custom_target(man ALL DEPENDS ${printed})
