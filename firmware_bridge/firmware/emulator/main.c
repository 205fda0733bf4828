/* Runs the sorter's firmware in simavr: serial line on a pty, pins in a trace file. A test tool.
 *
 *   emulator FIRMWARE.elf PTY_LINK TRACE [--baud N] [--eeprom FILE] [--seed N]
 *
 * It stands still until told by a line on its standard input; each line is answered by "CYCLE BYTES", the
 * processor's cycles and the bytes handed to the host so far.
 *
 *   run US [BYTES]   wait for so many bytes of the host, then run for US microseconds of the controller's time
 *   pace             run at the pace of real time from now on; the other lines still work
 *   hold             stand still again
 *   speed COUNTS_S   turn the encoder          stop 0|1       emergency stop
 *   noise PPM        damage bytes both ways    silent 0|1     pass nothing
 *   unplug, plug     the cable; plugged in it is another pty under the same link
 *   reset            press the reset button    hang           let the program go in a circle
 *   slip             both encoder lines at once
 *   eeprom AT BYTE   write a byte              blocked        longest time with interrupts off, in place of CYCLE
 *   sync             nothing but the answer; the trace is written to its end before every answer
 *   quit
 *
 * Linked with libsimavr (GPL-3): the program as built is GPL-3 and is not part of what Maqta ships. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "wire.h"

#define SLICE_CYCLES 1600 /* 0.1 ms: how often the pty is looked at */

static bool is_paced;
static uint64_t paced_from_ns, paced_from_cycle;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void run_for(uint64_t cycles)
{
    uint64_t end = avr->cycle + cycles;
    while (avr->cycle < end) {
        wire_take(0);
        uint64_t slice = avr->cycle + SLICE_CYCLES;
        board_run_until(slice < end ? slice : end);
        wire_flush();
    }
}

static void pace(void)
{
    run_for(SLICE_CYCLES);
    uint64_t due = paced_from_ns + (avr->cycle - paced_from_cycle) * 125 / 2; /* 62.5 ns a cycle */
    uint64_t now = now_ns();
    if (now >= due)
        return;
    struct timespec rest = {.tv_sec = 0, .tv_nsec = (long)(due - now)};
    nanosleep(&rest, NULL);
}

static void answer(uint64_t first)
{
    fflush(trace);
    printf("%llu %llu\n", (unsigned long long)first, (unsigned long long)bytes_to_host);
    fflush(stdout);
}

static void obey(const char *line)
{
    char word[16] = "";
    double one = 0, other = 0;
    sscanf(line, "%15s %lf %lf", word, &one, &other);
    if (!strcmp(word, "run")) {
        wire_take((long)other);
        run_for((uint64_t)(one * 16));
    } else if (!strcmp(word, "pace")) {
        is_paced = true;
        paced_from_ns = now_ns();
        paced_from_cycle = avr->cycle;
    } else if (!strcmp(word, "hold"))
        is_paced = false;
    else if (!strcmp(word, "speed"))
        board_set_speed(one);
    else if (!strcmp(word, "stop"))
        board_press_stop(one != 0);
    else if (!strcmp(word, "noise"))
        wire_set_noise((long)one);
    else if (!strcmp(word, "silent"))
        wire_set_silent(one != 0);
    else if (!strcmp(word, "unplug"))
        wire_unplug();
    else if (!strcmp(word, "plug"))
        wire_plug();
    else if (!strcmp(word, "reset"))
        board_reset();
    else if (!strcmp(word, "hang"))
        board_hang();
    else if (!strcmp(word, "slip"))
        board_lose_pulse();
    else if (!strcmp(word, "eeprom"))
        board_poke_eeprom((uint16_t)one, (uint8_t)other);
    else if (!strcmp(word, "quit")) {
        board_save_eeprom();
        wire_unplug();
        answer(avr->cycle);
        exit(0);
    } else if (strcmp(word, "sync") && strcmp(word, "blocked"))
        fprintf(stderr, "emulator: unknown line: %s", line);
    answer(strcmp(word, "blocked") ? avr->cycle : longest_blocked_cycles);
}

/* False: whoever gave the lines is gone. */
static bool obey_what_came(int wait_ms)
{
    static char line[128];
    static size_t length;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (poll(&input, 1, wait_ms) > 0) {
        wait_ms = 0;
        char byte;
        if (read(STDIN_FILENO, &byte, 1) <= 0)
            return false;
        if (length < sizeof line - 1)
            line[length++] = byte;
        if (byte != '\n')
            continue;
        line[length] = 0;
        length = 0;
        obey(line);
    }
    return true;
}

int main(int count, char **words)
{
    const char *eeprom = NULL;
    long baud = 500000;
    unsigned seed = 1;
    for (int n = 4; n + 1 < count; n += 2) {
        if (!strcmp(words[n], "--baud"))
            baud = atol(words[n + 1]);
        else if (!strcmp(words[n], "--eeprom"))
            eeprom = words[n + 1];
        else if (!strcmp(words[n], "--seed"))
            seed = (unsigned)atol(words[n + 1]);
    }
    if (count < 4 || !(trace = fopen(words[3], "w"))) {
        fprintf(stderr, "usage: emulator FIRMWARE.elf PTY_LINK TRACE [--baud N] [--eeprom FILE] [--seed N]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (!board_start(words[1], eeprom)) {
        fprintf(stderr, "emulator: %s is no firmware for the atmega2560\n", words[1]);
        return 2;
    }
    wire_start(baud, words[2], seed);
    answer(avr->cycle);
    uint64_t slices = 0;
    while (obey_what_came(is_paced ? 0 : 1000))
        if (is_paced)
            do
                pace();
            while (++slices % 5); /* commands are looked for every 0.5 ms */
    wire_unplug();
    return 0;
}
