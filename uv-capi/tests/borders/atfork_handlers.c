/* What atfork.c loads. */
#include <pthread.h>

int prepared;

static void prepare(void) {
  prepared++;
}

__attribute__((constructor)) static void loaded(void) {
  pthread_atfork(prepare, NULL, NULL);
}
