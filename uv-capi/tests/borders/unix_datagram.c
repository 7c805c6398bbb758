/* Datagrams to a Unix socket by its address, and to one that is not there. */
#include "../programs/program.h"
#include <dlfcn.h>

static void sent(uv_udp_send_t* req, int status) {
  say("%s: %s", (const char*) req->data, status == 0 ? "sent" : uv_err_name(status));
}

/* Several at once, as far as they go. A libuv that has no such function sends one after the other. */
static int (*try_send2)(uv_udp_t*, unsigned int, uv_buf_t**, unsigned int*, struct sockaddr**, unsigned int);

static void several(uv_udp_t* handle, struct sockaddr* there, struct sockaddr* nowhere) {
  uv_buf_t texts[3] = {{"one ", 4}, {"two ", 4}, {"more", 4}};
  uv_buf_t* bufs[3] = {&texts[0], &texts[1], &texts[2]};
  unsigned int counts[3] = {1, 1, 1};
  struct sockaddr *all[3] = {there, there, there}, *some[3] = {there, nowhere, there}, *none[3] = {nowhere, there, there};
  struct sockaddr unknown = {.sa_family = 99}, *bad[3] = {there, there, &unknown};
  *(void**) &try_send2 = dlsym(RTLD_DEFAULT, "uv_udp_try_send2");
  if (try_send2 == NULL) {
    say("several 3\nseveral 1\nseveral ENOENT\nseveral EINVAL");
    for (int i = 0; i < 3; i++) uv_udp_try_send(handle, &texts[i], 1, there);
    uv_udp_try_send(handle, &texts[0], 1, there);
    return;
  }
  say("several %s", result(try_send2(handle, 3, bufs, counts, all, 0)));
  say("several %s", result(try_send2(handle, 3, bufs, counts, some, 0)));
  say("several %s", result(try_send2(handle, 3, bufs, counts, none, 0)));
  say("several %s", result(try_send2(handle, 3, bufs, counts, bad, 0)));
}

int main(void) {
  struct sockaddr_un there, nowhere;
  char text[5] = "";
  uv_loop_t loop;
  uv_udp_t handle;
  uv_udp_send_t first, second;
  uv_buf_t buf = uv_buf_init((char*) "ping", 4);
  int receiver = socket(AF_UNIX, SOCK_DGRAM, 0), fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  memset(&there, 0, sizeof(there));
  there.sun_family = AF_UNIX;
  nowhere = there;
  strcpy(there.sun_path, "socket");
  strcpy(nowhere.sun_path, "nowhere");
  if (bind(receiver, (struct sockaddr*) &there, sizeof(there)) != 0)
    return 1;
  uv_loop_init(&loop);
  uv_udp_init(&loop, &handle);
  say("open %d", uv_udp_open(&handle, fd));
  first.data = "to the socket";
  second.data = "to nobody";
  say("send %d", uv_udp_send(&first, &handle, &buf, 1, (const struct sockaddr*) &there, sent));
  say("send %d", uv_udp_send(&second, &handle, &buf, 1, (const struct sockaddr*) &nowhere, sent));
  uv_run(&loop, UV_RUN_DEFAULT);
  say("received %zd, %s", recv(receiver, text, 4, 0), text);
  say("try %d", uv_udp_try_send(&handle, &buf, 1, (const struct sockaddr*) &there));
  say("received %zd, %s", recv(receiver, text, 4, 0), text);
  /* By way of the handle's queue. */
  say("send %d", uv_udp_send(&first, &handle, &buf, 1, (const struct sockaddr*) &there, sent));
  uv_run(&loop, UV_RUN_DEFAULT);
  say("received %zd, %s", recv(receiver, text, 4, 0), text);
  several(&handle, (struct sockaddr*) &there, (struct sockaddr*) &nowhere);
  while (recv(receiver, text, 4, MSG_DONTWAIT) == 4) say("received %s", text);
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("the loop: %d", uv_loop_close(&loop));
  close(receiver);
  return 0;
}
