# Man pages, made from each command's --help into share/man/man1 of the build folder.
find_program(HELP2MAN help2man)
if(NOT HELP2MAN)
  message(STATUS "help2man not found: no man pages")
  return()
endif()
set(man_pages)
foreach(command quire gen tok gen-batch pack inspect bench eval)
  set(page ${CMAKE_BINARY_DIR}/share/man/man1/${command}.1)
  add_custom_command(OUTPUT ${page}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/share/man/man1
    COMMAND ${HELP2MAN} --no-info --section=1 --name=${about_${command}} --output=${page}
            $<TARGET_FILE:${command}>
    DEPENDS ${command} VERBATIM)
  list(APPEND man_pages ${page})
endforeach()
add_custom_target(man ALL DEPENDS ${man_pages})
