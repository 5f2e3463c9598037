# `cmake --install BUILD` puts the commands into bin, eval into libexec/quire, man pages and documents into
# share. The target `uninstall` removes what the last installation of this build folder wrote. `cpack -G DEB` makes a Debian
# package, `cpack -G TGZ` an archive.
include(GNUInstallDirs)
install(TARGETS quire gen tok gen-batch pack inspect bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Words that other programs use, too: reached as `quire chat`, `quire eval` and `quire pull`.
install(TARGETS chat eval pull RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/quire)
if(TARGET quire_mpi)
  install(TARGETS quire_mpi LIBRARY DESTINATION lib/quire)
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

set(CPACK_PACKAGE_NAME quire)
set(CPACK_PACKAGE_VENDOR Quire)
set(CPACK_PACKAGE_CONTACT "The developers of Quire <quire@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
