# `cmake --install BUILD` puts the commands into bin, eval into libexec/quire, man pages and documents into
# share. The target `uninstall` removes what the last installation of this build folder wrote. scripts/package makes
# packages of it.
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME quire)
install(TARGETS quire gen tok gen-batch pack inspect bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Words that other programs use, too: reached as `quire chat`, `quire eval` and `quire pull`.
install(TARGETS chat eval pull RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/quire)
if(TARGET quire_mpi)
  # A package of its own: nobody should have to install Open MPI for one machine.
  install(TARGETS quire_mpi LIBRARY DESTINATION lib/quire COMPONENT mpi)
endif()
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
# Shells find completions by the name of the command.
foreach(command quire gen tok gen-batch pack inspect bench)
  install(FILES ${CMAKE_BINARY_DIR}/share/completions/quire.bash RENAME ${command}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${CMAKE_BINARY_DIR}/share/completions/quire.fish RENAME ${command}.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endforeach()
install(FILES ${CMAKE_BINARY_DIR}/share/completions/quire.zsh RENAME _quire
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES formats/quire/FORMAT.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/formats/quire)
install(FILES scripts/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/scripts)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
  FILES_MATCHING PATTERN *.md PATTERN *.svg PATTERN *.png PATTERN *.csv)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -D MANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake
  VERBATIM)

# An archive that is unpacked over other programs, in ~/.local for example, can be removed again.
if(QUIRE_STATIC)
  install(PROGRAMS cmake/remove.sh RENAME remove DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/quire)
  install(CODE "
    set(list \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBEXECDIR}/quire/files\")
    string(REPLACE \"\${CMAKE_INSTALL_PREFIX}/\" \"\" files \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
    string(REPLACE \";\" \"\\n\" files \"\${files}\")
    file(WRITE \"\$ENV{DESTDIR}\${list}\" \"\${files}\\n\")")
endif()

file(STRINGS formats/quire/layout.h format REGEX "kVersion = [0-9]+")
string(REGEX REPLACE ".*kVersion = ([0-9]+).*" "\\1" format "${format}")
set(CPACK_PACKAGE_NAME quire)
set(CPACK_PACKAGE_VENDOR Quire)
set(CPACK_PACKAGE_CONTACT "The developers of Quire <quire@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_FILE_NAME quire-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_QUIRE_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_QUIRE_PACKAGE_NAME quire)
set(CPACK_DEBIAN_QUIRE_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_QUIRE_PACKAGE_SUGGESTS "quire-mpi, bash-completion, man-db")
set(CPACK_COMPONENT_QUIRE_DESCRIPTION "Converts a published checkpoint or a GGUF file into one file, and runs that: chat, answers, batches, embeddings,
translations, and counts of tokens. Every machine computes the same bits. This version reads files of the
formats 1 to ${format}.")
set(CPACK_DEBIAN_MPI_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_MPI_PACKAGE_NAME quire-mpi)
set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "quire (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_MPI_DESCRIPTION "Lets gen and gen-batch run on several machines with mpirun.")
include(CPack)
