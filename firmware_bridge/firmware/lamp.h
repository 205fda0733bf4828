/* The lamp: dark until HELLO, slow blinking ready, steady armed, fast blinking safe. */
#ifndef LAMP_H
#define LAMP_H

#include <stdint.h>

void lamp_tend(uint32_t now_tick);

#endif
