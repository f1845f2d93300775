# needs: zstd
$SEANCE zstd -q -T2 -9 -c "$INPUT/mixed" >packed
sha256sum <packed
$SEANCE zstd -q -d -c packed | cmp - "$INPUT/mixed" && echo same
