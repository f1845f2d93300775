# needs: lbzip2
$SEANCE lbzip2 -n 2 -1 -c "$INPUT/mixed" >packed
sha256sum <packed
$SEANCE lbzip2 -n 2 -d -c packed | cmp - "$INPUT/mixed" && echo same
