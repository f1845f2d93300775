// What is handed over through streams on a pipe is ordered, as by write(2) and read(2).
// expect: none
#include <unistd.h>

#include "race.h"

static FILE *in, *out;
static long payload;

static void *early(void *arg)
{
    payload = 41;
    MUST(fprintf(out, "%s\n", "go") == 3 && fflush(out) == 0);
    return arg;
}

static void *late(void *arg)
{
    char line[8];

    MUST(fgets(line, sizeof(line), in));
    payload++;
    return arg;
}

int main(void)
{
    int ends[2];

    MUST(pipe(ends) == 0 && (in = fdopen(ends[0], "r")) && (out = fdopen(ends[1], "w")));
    race_two(early, late, NULL);
    return payload == 42 ? 0 : 1;
}
