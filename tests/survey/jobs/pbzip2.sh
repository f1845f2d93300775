# needs: pbzip2
$SEANCE pbzip2 -p2 -1 -c "$INPUT/mixed" >packed
sha256sum <packed
$SEANCE pbzip2 -p2 -d -c packed | cmp - "$INPUT/mixed" && echo same
