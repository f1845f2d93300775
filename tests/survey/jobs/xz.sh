# needs: xz
$SEANCE xz -T2 -1 --block-size=1MiB -c "$INPUT/mixed" >packed
sha256sum <packed
$SEANCE xz -T2 -d -c packed | cmp - "$INPUT/mixed" && echo same
