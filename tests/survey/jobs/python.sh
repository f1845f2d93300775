# needs: python3
# Each test's verdict; the suite is Debian's libpython3.11-testsuite.
for module in test_threading test_queue test_json test_re test_thread test_concurrent_futures.ThreadPoolMapTests; do
    python3 -c "import test.${module%%.*}" 2>/dev/null || { echo "no test.$module"; continue; }
    $SEANCE python3 -m unittest -v "test.$module" >log 2>&1 || echo "status $?"
    sed -n 's/ \.\.\. \(ok\|FAIL\|ERROR\|skipped\).*/ \1/p' log | sort
    grep -E '^(FAILED|OK)' log
done
