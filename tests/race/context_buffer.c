// Two handlers of one request context format into its one scratch buffer.
// expect: data-race in=format_number,format_number location=heap
#include "race.h"

struct context {
    long user;
    char scratch[64];
};

NOINLINE static void format_number(char *out, long number)
{
    do {
        *out++ = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    *out = 0;
}

static void *handle_header(void *arg)
{
    format_number(((struct context *)arg)->scratch, 4711);
    unseen_step();
    return arg;
}

static void *handle_body(void *arg)
{
    unseen_until(1);
    format_number(((struct context *)arg)->scratch, 815);
    return arg;
}

int main(void)
{
    struct context *context = calloc(1, sizeof *context);

    race_two(handle_header, handle_body, context);
    free(context);
    return 0;
}
