/** @file
 *  The machine of a figure, and who used it while the figure was taken. */
#ifndef ACT_BENCH_MACHINE_H
#define ACT_BENCH_MACHINE_H

/** "machine: 2 x MODEL" on standard output. */
void machine_print(void);
int machine_cores(void);

/** CPU seconds since some time in the past. */
double machine_cpu_self(void); /**< of this process */
double machine_cpu_all(void);  /**< of everybody, the host's other guests too */

#endif
