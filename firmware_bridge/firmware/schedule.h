/* The shots that were taken, each until its end. Interrupts switch the pins; the rest asks under a lock. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct shot {
    uint32_t outputs;
    uint32_t start; /* count or tick */
    uint16_t length;
    uint8_t basis;
};

struct schedule_counters {
    uint32_t started;
    uint32_t dropped;
};

void schedule_start(void);
uint8_t schedule_free(void);
void schedule_add(const struct shot *shot); /* only where schedule_free() is above 0 */
uint16_t schedule_drop_all(void); /* all outputs off; returns how many shots had not started */
struct schedule_counters schedule_counters(void);

/* From interrupts, interrupts off: a goal may have been reached. Switches them on meanwhile. */
void schedule_wake(void);
/* The count at which schedule_wake is next needed; false: none. Interrupts off. */
bool schedule_count_goal(uint32_t *count);

#endif
