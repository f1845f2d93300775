// Each handler of the request context has a scratch buffer of its own, side by side.
// expect: none
#include "race.h"

struct context {
    long user;
    char header[13];
    char body[13];
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
    format_number(((struct context *)arg)->header, 4711);
    unseen_step();
    return arg;
}

static void *handle_body(void *arg)
{
    unseen_until(1);
    format_number(((struct context *)arg)->body, 815);
    return arg;
}

int main(void)
{
    struct context *context = calloc(1, sizeof *context);

    race_two(handle_header, handle_body, context);
    free(context);
    return 0;
}
