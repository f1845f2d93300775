# needs: python3
for module in test_base_events test_events test_locks test_queues test_streams test_tasks; do
    $SEANCE python3 -m unittest -v "test.test_asyncio.$module" >log 2>&1 || echo "status $?"
    sed -n 's/ \.\.\. \(ok\|FAIL\|ERROR\|skipped\).*/ \1/p' log | sort
    grep -E '^(FAILED|OK)' log
done
