# needs: plzip
$SEANCE plzip -n 2 -1 -B 512KiB -c "$INPUT/mixed" >packed
sha256sum <packed
$SEANCE plzip -n 2 -d -c packed | cmp - "$INPUT/mixed" && echo same
