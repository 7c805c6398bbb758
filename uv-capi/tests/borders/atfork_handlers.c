/* What atfork.c loads; without handlers it is a library like any other. */
#include <pthread.h>

int prepared;

#ifndef NO_HANDLERS
static void prepare(void) {
  prepared++;
}

__attribute__((constructor)) static void loaded(void) {
  pthread_atfork(prepare, NULL, NULL);
}
#endif
