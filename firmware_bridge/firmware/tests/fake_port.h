/* A board in memory whose time stands still until fake_advance. */
#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"

#define FAKE_EEPROM_BYTES 512

extern uint8_t fake_eeprom[FAKE_EEPROM_BYTES];
extern int fake_writes_left; /* then the supply fails: further writes are lost; below 0: never */
extern uint32_t fake_outputs;
extern bool fake_line_may_run;
extern bool fake_stop;
extern unsigned fake_rises[32]; /* of each output */
extern unsigned fake_pulses;    /* of the trigger */
extern uint8_t fake_sent[1 << 16];
extern unsigned fake_sent_bytes;
extern bool fake_was_watchdog;

void fake_power_up(uint32_t tick, uint32_t count); /* and sorter_start() */
void fake_receive(const uint8_t *bytes, unsigned length);
/* Let time and belt go on evenly, with interrupts where they are due and a turn of the main loop each ms. */
void fake_advance(uint32_t ticks, int32_t counts);
void fake_turns(void); /* the main loop until nothing is to do */

#endif
