/* stdio from several threads, scanf, temporary files, seeks, wide characters, open_memstream. */
#include "torture.h"
#include <locale.h>
#include <wchar.h>

static void *writer(void *arg)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    uint64_t h = 0;

    for (int i = 0; i < 500; i++)
        fprintf(f, "%d %s %5.2f %lc|", i, (char *)arg, i / 7.0, (wint_t)('a' + i % 26));
    fclose(f);
    for (size_t i = 0; i < n; i++)
        h = mix(h, (uint64_t)text[i]);
    free(text);
    return (void *)h;
}

int main(void)
{
    FILE *f = tmpfile();
    pthread_t t[4];
    int a, lines = 0, sum = 0;
    char word[32];

    for (int i = 0; i < 2000; i++)
        fprintf(f, "%d word%d\n", i, i * i);
    rewind(f);
    while (fscanf(f, "%d %31s", &a, word) == 2)
        lines++, sum += a + word[5];
    fseek(f, -20, SEEK_END);
    fgets(word, sizeof(word), f);
    printf("%d %d %s", lines, sum, word);
    fclose(f);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, writer, "text");
    for (int i = 0; i < 4; i++) {
        void *h;

        pthread_join(t[i], &h);
        printf("%p\n", h);
    }
    fprintf(stderr, "to stderr\n");
    return 0;
}
