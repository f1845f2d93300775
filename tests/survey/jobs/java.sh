# needs: java javac
cat >Hello.java <<'J'
import java.util.concurrent.*;
import java.util.*;
public class Hello {
    public static void main(String[] a) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(3);
        ConcurrentHashMap<Integer, Long> seen = new ConcurrentHashMap<>();
        List<Future<Long>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            final int n = i;
            all.add(pool.submit(() -> { long s = 0; for (int k = 0; k < 200000; k++) s += (k ^ n) % 7; seen.merge(n % 5, s, Long::sum); return s; }));
        }
        long total = 0;
        for (Future<Long> f : all) total += f.get();
        pool.shutdown();
        System.out.println(total + " " + new TreeMap<>(seen));
        System.gc();
        try { ((Object) null).toString(); } catch (NullPointerException e) { System.out.println("null caught"); }
    }
}
J
javac Hello.java
$SEANCE java -Xmx256m Hello
