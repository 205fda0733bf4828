/* The firmware but for its board. */
#ifndef SORTER_H
#define SORTER_H

#include <stdbool.h>

void sorter_start(void);
bool sorter_turn(void); /* false: nothing was to do */

#endif
