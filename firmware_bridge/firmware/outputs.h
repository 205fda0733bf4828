/* The output pins: which shots hold each, since when it is on, and no longer than its maximum.
 * Everything here belongs to whoever is busy with the schedule (schedule.c), except outputs_allow,
 * outputs_on and outputs_stop. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>

void outputs_start(void);
void outputs_set_limits(void); /* after a change of the configuration, unarmed */
/* Allow outputs and let the line run: false where the emergency stop is pressed. */
bool outputs_allow(void);
/* All off and line stop, at once, from anywhere; until outputs_allow. */
void outputs_stop(void);

/* Masks of shots are bytes here: 32-bit loops would cost half the time from a shot's tick to its pin. */
#define MASK_BYTES 3

void outputs_hold(const uint8_t *mask, uint32_t tick); /* a shot starts */
void outputs_release(const uint8_t *mask);             /* a shot ends */
void outputs_forget(void);                       /* no shot holds anything */
void outputs_write(void); /* after any of these: move the pins; an output let go and held again has no gap */

uint32_t outputs_on(void);

/* When the first output reaches its maximum on-time, or earlier; false: none is on. */
bool outputs_next_cut(uint32_t *tick);
/* Switch off what has reached its maximum on-time and count it; false: nothing has. */
bool outputs_cut(uint32_t now_tick, uint8_t *mask);
uint32_t outputs_cuts(void);
uint32_t outputs_max_on_ticks(uint8_t output);

#endif
