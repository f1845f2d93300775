# needs: pigz
$SEANCE pigz -p 2 -n -c "$INPUT/mixed" >packed
sha256sum <packed
$SEANCE pigz -p 2 -d -c <packed | cmp - "$INPUT/mixed" && echo same
