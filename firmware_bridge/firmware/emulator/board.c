#include "board.h"

#include <simavr/avr_eeprom.h>
#include <simavr/avr_ioport.h>
#include <simavr/sim_elf.h>
#include <stdlib.h>
#include <string.h>

#define EEPROM_BYTES 4096
#define TCCR1B 0x81
#define RJMP_TO_ITSELF 0xcfff

avr_t *avr;
FILE *trace;
uint64_t longest_blocked_cycles;

static const char ports[] = "ACLB";
static uint8_t levels[sizeof ports - 1];
static uint32_t last_mask;
static int32_t count; /* encoder, as made here */
static double cycles_per_count, next_edge;
static bool is_backwards, is_pressed;
static const char *eeprom_path;
static bool was_reset, is_clock_seen, has_started;
static uint64_t blocked_since;
static uint16_t hung_word;
static avr_flashaddr_t hung_at;
static bool is_hung;
static void (*core_reset)(avr_t *);

static avr_irq_t *pin(char port, int number)
{
    return avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), number);
}

/* What drives inputs from outside; else simavr pulls them up when the firmware writes their port. */
static void drive(char port, uint8_t mask, uint8_t value)
{
    avr_ioport_external_t outside = {.name = (unsigned)port & 0x7f, .mask = mask, .value = value};
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(port), &outside);
    if (!has_started) /* the firmware's first write to its port takes it over */
        return;
    for (int number = 0; number < 8; number++)
        if (mask >> number & 1)
            avr_raise_irq(pin(port, number), value >> number & 1);
}

static void show_stop(void)
{
    drive('D', 1 << 3, (uint8_t)(is_pressed << 3));
}

/* Bits 0 to 15 valves, 16 gate, 17 marker, 18 line may run, 19 trigger, 20 lamp. */
static void note_port(avr_irq_t *irq, uint32_t value, void *which)
{
    levels[(intptr_t)which] = (uint8_t)value;
    uint32_t mask = levels[0] | levels[1] << 8 | (levels[2] & 15u) << 16 | (uint32_t)(levels[3] >> 7) << 20;
    if (mask == last_mask)
        return;
    last_mask = mask;
    fprintf(trace, "pins %llu %d %06x\n", (unsigned long long)avr->cycle, count, mask);
}

static void show_encoder(void)
{
    static const uint8_t lines[4] = {0, 1, 3, 2}; /* bit 0: A, bit 1: B */
    drive('E', 3 << 4, (uint8_t)(lines[count & 3] << 4));
}

static avr_cycle_count_t turn_encoder(avr_t *one, avr_cycle_count_t when, void *param)
{
    count += is_backwards ? -1 : 1;
    show_encoder();
    next_edge += cycles_per_count;
    return next_edge > when + 1 ? (avr_cycle_count_t)next_edge : when + 1;
}

void board_set_speed(double counts_s)
{
    avr_cycle_timer_cancel(avr, turn_encoder, NULL);
    is_backwards = counts_s < 0;
    cycles_per_count = counts_s == 0 ? 0 : CLOCK_HZ / (is_backwards ? -counts_s : counts_s);
    if (counts_s == 0)
        return;
    next_edge = avr->cycle + cycles_per_count;
    avr_cycle_timer_register(avr, (avr_cycle_count_t)cycles_per_count, turn_encoder, NULL);
}

void board_lose_pulse(void)
{
    count += 2;
    show_encoder();
}

void board_press_stop(bool pressed)
{
    is_pressed = pressed;
    fprintf(trace, "stop %llu %d\n", (unsigned long long)avr->cycle, pressed);
    show_stop();
}

static void do_not_sleep(avr_t *one, avr_cycle_count_t cycles) {}

static void note_reset(avr_t *one)
{
    if (core_reset)
        core_reset(one);
    was_reset = true;
}

static void begin_anew(void)
{
    was_reset = is_clock_seen = has_started = false;
    blocked_since = 0;
    count = 0;
    if (is_hung)
        memcpy(avr->flash + hung_at, &hung_word, sizeof hung_word);
    is_hung = false;
    show_encoder();
    show_stop();
    fprintf(trace, "reset %llu\n", (unsigned long long)avr->cycle);
}

void board_reset(void)
{
    avr_reset(avr);
}

void board_hang(void)
{
    hung_at = avr->pc;
    memcpy(&hung_word, avr->flash + hung_at, sizeof hung_word);
    avr->flash[hung_at] = RJMP_TO_ITSELF & 0xff;
    avr->flash[hung_at + 1] = RJMP_TO_ITSELF >> 8;
    avr->state = cpu_Running;
    is_hung = true;
}

static void eeprom(int request, uint16_t address, uint8_t *bytes, uint32_t size)
{
    avr_eeprom_desc_t part = {.ee = bytes, .offset = address, .size = size};
    avr_ioctl(avr, request, &part);
}

void board_poke_eeprom(uint16_t address, uint8_t byte)
{
    eeprom(AVR_IOCTL_EEPROM_SET, address, &byte, 1);
}

void board_save_eeprom(void)
{
    uint8_t *bytes = NULL;
    avr_eeprom_desc_t part = {.ee = NULL, .offset = 0, .size = EEPROM_BYTES};
    avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &part);
    bytes = part.ee;
    FILE *file = eeprom_path && bytes ? fopen(eeprom_path, "wb") : NULL;
    if (!file)
        return;
    fwrite(bytes, 1, EEPROM_BYTES, file);
    fclose(file);
}

static void load_eeprom(void)
{
    static uint8_t bytes[EEPROM_BYTES];
    memset(bytes, 0xff, sizeof bytes);
    FILE *file = eeprom_path ? fopen(eeprom_path, "rb") : NULL;
    if (file) {
        if (fread(bytes, 1, sizeof bytes, file) != sizeof bytes)
            fprintf(stderr, "emulator: %s holds less than %d bytes\n", eeprom_path, EEPROM_BYTES);
        fclose(file);
    }
    eeprom(AVR_IOCTL_EEPROM_SET, 0, bytes, sizeof bytes);
}

bool board_start(const char *elf, const char *path)
{
    elf_firmware_t firmware = {0};
    eeprom_path = path;
    avr = avr_make_mcu_by_name("atmega2560");
    if (!avr || elf_read_firmware(elf, &firmware))
        return false;
    avr_init(avr);
    firmware.frequency = CLOCK_HZ;
    avr_load_firmware(avr, &firmware);
    avr->sleep = do_not_sleep;
    avr->log = LOG_ERROR;
    core_reset = avr->reset;
    avr->reset = note_reset;
    load_eeprom();
    for (intptr_t which = 0; which < (intptr_t)sizeof levels; which++)
        avr_irq_register_notify(pin(ports[which], IOPORT_IRQ_PIN_ALL), note_port, (void *)which);
    begin_anew();
    return true;
}

static void watch(void)
{
    if (was_reset)
        begin_anew();
    if (!is_clock_seen && avr->data[TCCR1B]) {
        is_clock_seen = true;
        fprintf(trace, "clock %llu\n", (unsigned long long)avr->cycle);
    }
    if (avr->sreg[S_I]) {
        if (has_started && blocked_since && avr->cycle - blocked_since > longest_blocked_cycles)
            longest_blocked_cycles = avr->cycle - blocked_since;
        has_started = true;
        blocked_since = 0;
    } else if (!blocked_since) {
        blocked_since = avr->cycle;
    }
}

/* Asleep, nothing happens before the next timer of the emulator; libsimavr itself would go there step by step. */
static void skip_sleep(uint64_t cycle)
{
    avr_cycle_timer_slot_p next = avr->cycle_timers.timer;
    uint64_t until = next && next->when < cycle ? next->when : cycle;
    if (until > avr->cycle + 2)
        avr->cycle = until - 2;
}

void board_run_until(uint64_t cycle)
{
    while (avr->cycle < cycle) {
        if (avr->state == cpu_Sleeping)
            skip_sleep(cycle);
        int state = avr_run(avr);
        watch();
        if (state == cpu_Crashed || state == cpu_Done) {
            fprintf(stderr, "emulator: the processor stopped, state %d, at %05x\n", state, (unsigned)avr->pc);
            exit(4);
        }
    }
}
