/* Shots of random places on one output each, against what a plain list of them says. */
#include <string.h>

#include "check.h"
#include "fake_port.h"
#include "outputs.h"
#include "protocol.h"
#include "schedule.h"

#define TICKS 6000
#define SHOTS 60

static uint8_t should_be_on[TICKS]; /* by tick, of one valve */

static void random_shots_move_the_pins_as_a_list_says(uint32_t *state, uint32_t first_tick)
{
    fake_power_up(first_tick, first_tick);
    CHECK(outputs_allow());
    memset(should_be_on, 0, sizeof should_be_on);
    for (unsigned n = 0; n < SHOTS; n++) {
        uint8_t basis = next_random(state) % 2;
        uint32_t start = 10 + next_random(state) % (TICKS - 1000), length = 1 + next_random(state) % 900;
        struct shot shot = {
            .outputs = 1, .start = first_tick + start, .length = (uint16_t)length, .basis = basis};
        schedule_add(&shot); /* one count a tick: both bases mean the same */
        memset(should_be_on + start, 1, length);
    }
    CHECK_EQUAL(schedule_free(), SCHEDULE_SIZE - SHOTS);
    unsigned rises = 0;
    for (unsigned tick = 1; tick < TICKS; tick++) {
        fake_advance(1, 1);
        CHECK_EQUAL(fake_outputs, should_be_on[tick]);
        rises += should_be_on[tick] && !should_be_on[tick - 1];
    }
    CHECK_EQUAL(fake_rises[0], rises);
    CHECK_EQUAL(schedule_counters().started, SHOTS);
    CHECK_EQUAL(schedule_free(), SCHEDULE_SIZE);
}

static void after_the_stop_no_pin_moves(void)
{
    fake_power_up(0, 0);
    CHECK(outputs_allow());
    struct shot shot = {.outputs = 3, .start = 100, .length = 1000, .basis = BY_TICK};
    schedule_add(&shot);
    shot.start = 500;
    schedule_add(&shot);
    fake_advance(200, 0);
    CHECK_EQUAL(fake_outputs, 3);
    fake_stop = true;
    sorter_emergency();
    CHECK_EQUAL(fake_outputs, 0);
    CHECK(!fake_line_may_run);
    CHECK(!outputs_allow());
    fake_advance(1000, 0);
    CHECK_EQUAL(fake_rises[0], 1);
    CHECK_EQUAL(schedule_counters().dropped, 1);
    fake_stop = false;
}

void test_schedule(void)
{
    uint32_t state = 3;
    for (unsigned round = 0; round < 30; round++)
        random_shots_move_the_pins_as_a_list_says(&state, round % 2 ? 0xfffff000 : next_random(&state));
    after_the_stop_no_pin_moves();
}
