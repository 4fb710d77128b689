#include "machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int machine_cores(void)
{
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

void machine_print(void)
{
    char line[256] = "";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "model name", 10) == 0)
            break;
    if (f)
        (void)fclose(f);
    const char *model = strchr(line, ':');
    printf("machine: %d x%s", machine_cores(), model ? model + 1 : " ?\n");
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

double machine_cpu_self(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u) != 0)
        return 0;
    return seconds(u.ru_utime) + seconds(u.ru_stime);
}

double machine_cpu_all(void)
{
    unsigned long long user, nice, system, idle, wait, irq, softirq, steal;
    FILE *f = fopen("/proc/stat", "r");
    int n = f ? fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice,
                       &system, &idle, &wait, &irq, &softirq, &steal)
              : 0;
    if (f)
        (void)fclose(f);
    if (n != 8)
        return 0;
    return (double)(user + nice + system + irq + softirq + steal) /
           (double)sysconf(_SC_CLK_TCK);
}
