/* The last answers, so that a request asked again is answered again and not obeyed again. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct answer {
    bool is_kept;
    uint16_t seq;
    uint8_t type;
    uint8_t length;
    uint8_t payload[6];
};

enum kept_answer { ANSWER_NEW, ANSWER_KEPT, ANSWER_GONE };

void answers_start(void);
void answers_forget(uint16_t hello_seq);
/* `place` is where the answer is, or where the new one belongs; not touched where it is gone. */
enum kept_answer answers_find(uint16_t seq, struct answer **place);
uint32_t answers_duplicates(void);

#endif
