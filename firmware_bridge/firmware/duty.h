/* On-time budgets of the outputs, and the belt's speed that encoder shots are booked with. */
#ifndef DUTY_H
#define DUTY_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"
#include "schedule.h"

void duty_start(struct instant now);
void duty_tend(struct instant now); /* often: measures the speed, lets one budget drain */
/* Book a shot on all its outputs, or on none (false) where one of them has used up its on-time. */
bool duty_book(const struct shot *shot, uint32_t now_tick);

#endif
