# needs: gdb gcc
cat >a.c <<'C'
#include <pthread.h>
#include <stdio.h>
struct pair { int a; const char *b; } it = {3, "three"};
int leaf(int n) { return n * it.a; }
void *work(void *arg) { *(int *)arg = leaf(14); return arg; }
int main(void)
{
    pthread_t t; int r = 0;
    pthread_create(&t, 0, work, &r); pthread_join(t, 0); printf("%d\n", r); return r & 15;
}
C
gcc -g -O0 -pthread a.c -o a
cat >commands <<'GDB'
unset environment LD_PRELOAD
set startup-with-shell off
break leaf
run
bt
info locals
print it
print *(struct pair *)&it
watch it.a
finish
set var it.a = 5
info registers rip
disassemble leaf
ptype struct pair
continue
continue
info breakpoints
GDB
$SEANCE gdb -nx -batch -x commands ./a 2>&1 | sed -E 's/0x[0-9a-f]{8,}/ADDRESS/g; s/(LWP|process) [0-9]+/\1/g'
