# needs: 7zz
cp "$INPUT/mixed" mixed && touch -d @1000000000 mixed
$SEANCE 7zz a -bd -mmt2 -mx3 -mtm- packed.7z mixed >log
sha256sum <packed.7z
$SEANCE 7zz t -bd packed.7z | grep -E '^(Files|Size|Everything)'
$SEANCE 7zz x -bd -so packed.7z | cmp - "$INPUT/mixed" && echo same
