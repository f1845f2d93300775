# needs: nginx ab curl
mkdir -p www logs && chmod 755 .
cp "$INPUT/text" www/text && head -c 3000 "$INPUT/mixed" >www/small
cat >nginx.conf <<CONF
daemon off; worker_processes 2; pid $PWD/nginx.pid; error_log $PWD/logs/error; user root;
events { worker_connections 256; }
http { access_log off; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3;
  uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
  server { listen 127.0.0.1:8080; root $PWD/www; location /zip/ { gzip on; gzip_types *; alias $PWD/www/; }
    location /proxy/ { proxy_pass http://127.0.0.1:8080/; } } }
CONF
$SEANCE nginx -e "$PWD/logs/error" -c "$PWD/nginx.conf" &
server=$!
for _ in $(seq 100); do curl -s -o first http://127.0.0.1:8080/small && break; sleep 0.2; done
for path in small text proxy/text zip/text missing; do
    curl -s --compressed -o got -w "%{http_code} %{size_download}\n" "http://127.0.0.1:8080/$path"; sha256sum <got
done
ab -q -k -n 20000 -c 20 http://127.0.0.1:8080/small | grep -E '^(Complete|Failed|HTML)'
ab -q -n 200 -c 4 http://127.0.0.1:8080/proxy/text | grep -E '^(Complete|Failed|HTML)'
kill -QUIT "$server"; wait "$server"; echo "server $?"
grep -cE 'alert|emerg|signal 11' logs/error || true
