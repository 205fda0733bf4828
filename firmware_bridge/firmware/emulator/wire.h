/* The serial line: a pty for the host, bytes at the pace of the baud rate, noise and a plug to pull. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t bytes_to_host;

void wire_start(long baud, const char *link, unsigned seed);
void wire_plug(void);
void wire_unplug(void);
void wire_set_noise(long per_million);
void wire_set_silent(bool silent); /* nothing passes any more, either way */
void wire_take(long least_bytes);  /* what the host has sent; waits until it is at least this much */
void wire_flush(void);             /* hand to the host what the firmware has sent */

#endif
