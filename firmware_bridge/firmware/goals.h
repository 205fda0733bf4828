/* The next encoder count at which anything is to be done: a shot or an exposure. */
#ifndef GOALS_H
#define GOALS_H

void goals_aim_count(void); /* interrupts off */

#endif
