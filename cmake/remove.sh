#!/bin/sh
# Removes this copy of Quire: the files that its archive had, and those folders that are empty then. Models and settings
# stay (docs/installing.md says where they are).
set -eu
prefix=$(cd "$(dirname "$0")/../.." && pwd)
files=$prefix/libexec/quire/files
[ -f "$files" ] || { echo "remove: expected a list of files, $files, found none" >&2; exit 1; }
while read -r file; do
    rm -f -- "$prefix/$file"
    echo "$file"
done <"$files" | while read -r file; do
    # A folder, and those above it.
    while file=$(dirname "$file") && [ "$file" != . ]; do echo "$file"; done
done | sort -ru >"$files.folders"
rm -f -- "$files"
folders=$(cat "$files.folders")
rm -f -- "$files.folders"
for folder in $folders; do rmdir "$prefix/$folder" 2>/dev/null || true; done
# The folder that the archive was unpacked to, if it had nothing else.
rmdir "$prefix" 2>/dev/null || true
