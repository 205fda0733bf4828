/* Two heaps, one of shots by count, one by tick, each ordered by the next thing to do: start, then end.
 *
 * One context at a time is busy with them: the main loop, or an interrupt that found nobody busy. The busy
 * one runs with interrupts on, so serial line, encoder and emergency stop are served meanwhile, and before it
 * leaves it looks once more with interrupts off, so nothing that fell due in between waits for another event. */
#include "schedule.h"

#include "bytes.h"
#include "goals.h"
#include "outputs.h"
#include "port.h"

struct taken {
    uint32_t goal; /* start, then end */
    uint16_t length;
    uint8_t outputs[MASK_BYTES];
    bool is_on;
};

struct heap {
    uint8_t size;
    uint8_t place[SCHEDULE_SIZE]; /* index into shots; children of n are 2n + 1 and 2n + 2 */
};

static struct taken shots[SCHEDULE_SIZE];
static uint8_t unused[SCHEDULE_SIZE];
static uint8_t unused_count;
static struct heap heaps[2]; /* by basis */
static struct schedule_counters counters;
static volatile bool is_busy;
static bool has_count_goal;
static uint32_t count_goal;

static bool is_before(uint8_t one, uint8_t other)
{
    return from_to(shots[other].goal, shots[one].goal) < 0;
}

static void sift_up(struct heap *heap, uint8_t at)
{
    uint8_t moved = heap->place[at];
    while (at) {
        uint8_t parent = (at - 1) / 2;
        if (!is_before(moved, heap->place[parent]))
            break;
        heap->place[at] = heap->place[parent];
        at = parent;
    }
    heap->place[at] = moved;
}

static void sift_down(struct heap *heap, uint8_t at)
{
    uint8_t moved = heap->place[at];
    for (;;) {
        uint8_t child = 2 * at + 1;
        if (child >= heap->size)
            break;
        if (child + 1 < heap->size && is_before(heap->place[child + 1], heap->place[child]))
            child++;
        if (!is_before(heap->place[child], moved))
            break;
        heap->place[at] = heap->place[child];
        at = child;
    }
    heap->place[at] = moved;
}

static void remove_at(struct heap *heap, uint8_t at)
{
    unused[unused_count++] = heap->place[at];
    heap->size--;
    if (at == heap->size)
        return;
    heap->place[at] = heap->place[heap->size];
    sift_up(heap, at);
    sift_down(heap, at);
}

static void forget_shots(void)
{
    heaps[BY_ENCODER].size = heaps[BY_TICK].size = 0;
    for (uint8_t n = 0; n < SCHEDULE_SIZE; n++)
        unused[n] = n;
    unused_count = SCHEDULE_SIZE;
}

static bool is_due(const struct heap *heap, uint32_t now)
{
    return heap->size && is_reached(now, shots[heap->place[0]].goal);
}

static void run_heap(struct heap *heap, uint32_t now, uint32_t tick)
{
    while (is_due(heap, now)) {
        struct taken *first = &shots[heap->place[0]];
        if (first->is_on) {
            outputs_release(first->outputs);
            remove_at(heap, 0);
            continue;
        }
        first->is_on = true;
        first->goal += first->length;
        counters.started++;
        outputs_hold(first->outputs, tick);
        sift_down(heap, 0);
    }
}

/* A cut output is let go by the shots that held it; a shot that holds nothing any more is over. */
static void take_cut_from_shots(struct heap *heap, const uint8_t *cut)
{
    for (uint8_t at = heap->size; at--;) {
        struct taken *taken = &shots[heap->place[at]];
        if (!taken->is_on)
            continue;
        uint8_t left = 0;
        for (uint8_t byte = 0; byte < MASK_BYTES; byte++)
            left |= taken->outputs[byte] &= ~cut[byte];
        if (!left)
            remove_at(heap, at);
    }
}

static bool is_cut_due(uint32_t tick)
{
    uint32_t cut;
    return outputs_next_cut(&cut) && is_reached(tick, cut);
}

static void run_due(struct instant now)
{
    run_heap(&heaps[BY_ENCODER], now.count, now.tick);
    run_heap(&heaps[BY_TICK], now.tick, now.tick);
    outputs_write();
    if (!is_cut_due(now.tick))
        return;
    uint8_t cut[MASK_BYTES];
    if (!outputs_cut(now.tick, cut))
        return;
    outputs_write();
    take_cut_from_shots(&heaps[BY_ENCODER], cut);
    take_cut_from_shots(&heaps[BY_TICK], cut);
}

struct next {
    bool has_count, has_alarm;
    uint32_t count, alarm;
};

/* What is to be done next; found with interrupts on. */
static struct next find_next(void)
{
    struct heap *by_count = &heaps[BY_ENCODER], *by_tick = &heaps[BY_TICK];
    struct next next = {.has_count = by_count->size};
    if (next.has_count)
        next.count = shots[by_count->place[0]].goal;
    next.has_alarm = outputs_next_cut(&next.alarm);
    if (by_tick->size) {
        uint32_t goal = shots[by_tick->place[0]].goal;
        if (!next.has_alarm || from_to(next.alarm, goal) < 0)
            next.alarm = goal;
        next.has_alarm = true;
    }
    return next;
}

static bool is_next_due(const struct next *next)
{
    struct instant now = port_now();
    return (next->has_count && is_reached(now.count, next->count))
           || (next->has_alarm && is_reached(now.tick, next->alarm));
}

/* Busy, interrupts on; returns with interrupts off and nobody busy. */
static void settle(void)
{
    struct next next;
    for (;;) {
        run_due(port_now());
        next = find_next();
        (void)port_irq_off();
        if (!is_next_due(&next))
            break;
        port_irq_on();
    }
    is_busy = false;
    has_count_goal = next.has_count;
    count_goal = next.count;
    goals_aim_count();
    if (next.has_alarm)
        port_set_alarm(next.alarm);
    else
        port_clear_alarm();
}

static void begin_busy(void)
{
    uint8_t before = port_irq_off();
    is_busy = true;
    has_count_goal = false;
    port_irq_restore(before);
}

static void end_busy(void)
{
    settle();
    port_irq_on();
}

void schedule_wake(void)
{
    if (is_busy)
        return;
    is_busy = true;
    has_count_goal = false;
    port_irq_on();
    settle();
}

bool schedule_count_goal(uint32_t *count)
{
    *count = count_goal;
    return has_count_goal;
}

void schedule_start(void)
{
    counters = (struct schedule_counters){0, 0};
    is_busy = has_count_goal = false;
    forget_shots();
}

uint8_t schedule_free(void)
{
    uint8_t before = port_irq_off();
    uint8_t places = unused_count;
    port_irq_restore(before);
    return places;
}

void schedule_add(const struct shot *shot)
{
    begin_busy();
    uint8_t place = unused[--unused_count];
    shots[place] = (struct taken){
        .goal = shot->start,
        .length = shot->length,
        .outputs = {(uint8_t)shot->outputs, (uint8_t)(shot->outputs >> 8), (uint8_t)(shot->outputs >> 16)},
        .is_on = false,
    };
    struct heap *heap = &heaps[shot->basis];
    heap->place[heap->size] = place;
    sift_up(heap, heap->size++);
    end_busy();
}

static uint8_t waiting_in(const struct heap *heap)
{
    uint8_t waiting = 0;
    for (uint8_t at = 0; at < heap->size; at++)
        waiting += !shots[heap->place[at]].is_on;
    return waiting;
}

uint16_t schedule_drop_all(void)
{
    begin_busy();
    uint8_t waiting = waiting_in(&heaps[BY_ENCODER]) + waiting_in(&heaps[BY_TICK]);
    counters.dropped += waiting;
    forget_shots();
    outputs_forget();
    outputs_write();
    end_busy();
    return waiting;
}

struct schedule_counters schedule_counters(void)
{
    uint8_t before = port_irq_off();
    struct schedule_counters copy = counters;
    port_irq_restore(before);
    return copy;
}
