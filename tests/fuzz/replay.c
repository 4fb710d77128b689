/* Runs a fuzz target once over every file of the folders given: what the fuzzers found and
 * what they start from stays tested with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return perror(path), 1;
    /* An allocation of exactly the input's size lets ASan see reads past its end. */
    size_t size = 0, room = 1 << 24;
    uint8_t *whole = malloc(room);
    if (whole)
        size = fread(whole, 1, room, f);
    (void)fclose(f); /* only read from */
    uint8_t *exact = whole ? realloc(whole, size ? size : 1) : NULL;
    if (!exact)
        return free(whole), 1;
    (void)LLVMFuzzerTestOneInput(exact, size); /* 0 by libFuzzer's contract */
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entries;
        int n = scandir(argv[i], &entries, NULL, alphasort);
        if (n < 0)
            return perror(argv[i]), 1;
        for (int k = 0; k < n; k++) {
            char path[4096];
            if (entries[k]->d_name[0] != '.' &&
                snprintf(path, sizeof path, "%s/%s", argv[i], entries[k]->d_name) <
                    (int)sizeof path) {
                failed |= replay_file(path);
                count++;
            }
            free(entries[k]);
        }
        free(entries);
    }
    printf("%zu inputs replayed\n", count);
    return failed || count == 0; /* an empty corpus is a mistake */
}
