# needs: gcc g++
cat >a.c <<'C'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { struct node *left, *right; double value; };
static struct node *add(struct node *n, double v)
{
    if (!n) { n = calloc(1, sizeof *n); n->value = v; return n; }
    if (v < n->value) n->left = add(n->left, v); else n->right = add(n->right, v);
    return n;
}
static double walk(const struct node *n, int depth) { return n ? walk(n->left, depth + 1) + sin(n->value) * depth + walk(n->right, depth + 1) : 0; }
int main(void)
{
    struct node *root = 0; unsigned x = 1; float f[64] = {0};
    for (int i = 0; i < 5000; i++) { x = x * 1103515245u + 12345; root = add(root, x >> 8); f[i & 63] += x % 97; }
    printf("%.6f %s %g\n", walk(root, 0), strrchr("a/b/c", '/'), f[7]); return 0;
}
C
cat >b.cc <<'C'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <thread>
#include <vector>
int main()
{
    std::map<std::string, int> seen; std::vector<std::thread> t; std::vector<int> sums(4);
    for (int i = 0; i < 4; i++) t.emplace_back([i, &sums] { for (int k = 0; k < 1000; k++) sums[i] += k * i; });
    for (auto &one : t) one.join();
    for (int i = 0; i < 100; i++) seen[std::regex_replace(std::to_string(i * i), std::regex("1"), "one")]++;
    std::sort(sums.rbegin(), sums.rend());
    for (auto &[k, v] : seen) std::cout << k << v << ' ';
    for (int s : sums) std::cout << s << '\n';
}
C
$SEANCE gcc -O2 -g -Wall -c a.c -o a.o && sha256sum <a.o
$SEANCE gcc -O3 -march=x86-64-v3 -S a.c -o - | sha256sum
$SEANCE g++ -O2 -c b.cc -o b.o && sha256sum <b.o
$SEANCE gcc -flto -O2 a.c -o a -lm && ./a
$SEANCE g++ b.o -o b -pthread && ./b
$SEANCE objdump -d a.o | sha256sum; $SEANCE readelf -a -W b.o | sha256sum
