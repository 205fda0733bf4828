/* The camera's trigger: a pulse every pitch, the last reports kept for sending and for sending again. */
#ifndef TRIGGERS_H
#define TRIGGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"

struct report {
    uint16_t run;
    uint32_t number;
    uint32_t count;
    uint32_t tick;
};

void triggers_init(void);
bool triggers_start(uint16_t run, uint32_t pitch_counts); /* false: the pitch is outside its range */
void triggers_stop(void);
uint16_t triggers_run(void);
uint32_t triggers_exposures(void);
uint32_t triggers_oldest(void); /* number of the oldest report that is kept */
/* A kept report; false: gone, or not yet made. */
bool triggers_report(uint32_t number, struct report *report);
/* The next report that was not handed out here yet. What is gone is skipped: the host sees the number missing. */
bool triggers_next_report(struct report *report);

/* Interrupts off. */
void triggers_expose(struct instant now);
bool triggers_count_goal(uint32_t *count);

#endif
