/* What the programs share. Each prints what it sees, the same on every libuv. */
#ifndef PROGRAM_H
#define PROGRAM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void say(const char* format, ...) __attribute__((format(printf, 1, 2)));

static inline void say(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

/* A result: 0, a count, or the name of the error. */
static inline const char* result(long long code) {
  static char texts[8][32];
  static unsigned next;
  char* text = texts[next++ % 8];
  if (code < 0)
    uv_err_name_r((int) code, text, sizeof(texts[0]));
  else
    snprintf(text, sizeof(texts[0]), "%lld", code);
  return text;
}

/* Calls and says what came back. */
#define CALL(call) say("%s = %s", #call, result(call))

/* Goes on only if it holds. */
#define MUST(condition)                                                       \
  do {                                                                        \
    if (!(condition)) {                                                       \
      say("line %d: not so: %s", __LINE__, #condition);                       \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

/* Handles of all kinds have the same beginning. */
#define HANDLE(handle) ((uv_handle_t*) (handle))
#define STREAM(handle) ((uv_stream_t*) (handle))

static inline void close_any(uv_handle_t* handle, void* argument) {
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

/* Closes all that is open, runs the loop out and closes it. */
static inline void finish(uv_loop_t* loop) {
  uv_walk(loop, close_any, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  CALL(uv_loop_close(loop));
}

/* What a program tries, by name. */
struct program_case {
  const char* name;
  void (*act)(void);
};
#define CASE(name) {#name, name}

/* Runs each case in a process of its own, as some end it, and says how it has ended. */
static inline int run_apart(uv_loop_t* loop, const struct program_case* cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    say("-- %s", cases[i].name);
    int pid = fork();
    if (pid == 0) {
      /* What an assertion says is each library's own. */
      MUST(freopen("/dev/null", "w", stderr) != NULL);
      alarm(60);
      MUST(uv_loop_init(loop) == 0);
      cases[i].act();
      exit(0);
    }
    int status;
    MUST(waitpid(pid, &status, 0) == pid);
    if (WIFSIGNALED(status))
      say("ended by %s", strsignal(WTERMSIG(status)));
    else
      say("ended with %d", WEXITSTATUS(status));
  }
  return 0;
}

#endif
