/* Datagrams to a Unix socket by its address, and to one that is not there. */
#include "../programs/program.h"

static void sent(uv_udp_send_t* req, int status) {
  say("%s: %s", (const char*) req->data, status == 0 ? "sent" : uv_err_name(status));
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
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("the loop: %d", uv_loop_close(&loop));
  close(receiver);
  return 0;
}
