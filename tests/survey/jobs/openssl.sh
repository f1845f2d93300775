# needs: openssl
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do $SEANCE openssl dgst -"$digest" <"$INPUT/mixed"; done
for cipher in aes-128-cbc aes-256-ctr chacha20 camellia-128-cbc; do
    $SEANCE openssl enc -"$cipher" -pbkdf2 -S 0011223344556677 -k secret -in "$INPUT/mixed" -out coded
    sha256sum <coded
    $SEANCE openssl enc -d -"$cipher" -pbkdf2 -S 0011223344556677 -k secret -in coded | cmp - "$INPUT/mixed" && echo same
done
$SEANCE openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=localhost 2>/dev/null
$SEANCE openssl dgst -sha256 -sign key.pem -out signed "$INPUT/text"
openssl x509 -in cert.pem -pubkey -noout >public.pem
$SEANCE openssl dgst -sha256 -verify public.pem -signature signed "$INPUT/text"
cp "$INPUT/text" page.txt
$SEANCE openssl s_server -quiet -accept 4433 -key key.pem -cert cert.pem -WWW >server.log 2>&1 &
server=$!
sleep 2
for _ in 1 2 3; do
    printf 'GET /page.txt HTTP/1.0\r\n\r\n' | $SEANCE openssl s_client -quiet -verify_quiet -connect 127.0.0.1:4433 2>/dev/null | sha256sum
done
kill "$server"; wait "$server" || echo "server $?"
