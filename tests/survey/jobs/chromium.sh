# needs: chromium
echo '<html><body><p id=p>one</p><script>document.getElementById("p").textContent = [3,1,2].sort().map(x => x * 2).join("-")</script></body></html>' >page.html
$SEANCE chromium --version
$SEANCE chromium --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/profile" --dump-dom "file://$PWD/page.html" 2>log
