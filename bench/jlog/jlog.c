// A journal of jlog, filled or read by one process; prints messages per second.
//   jlog FOLDER write COUNT BYTES PRE_COMMIT_BYTES SYNC   SYNC 1: safety "safe"
//   jlog FOLDER read COUNT BYTES
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jlog.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void must(int status, jlog_ctx *log, const char *what) {
  if (status >= 0) return;
  fprintf(stderr, "%s: %s\n", what, jlog_ctx_err_string(log));
  exit(1);
}

static double fill(const char *folder, long count, size_t bytes, size_t pre_commit, int sync) {
  jlog_ctx *log = jlog_new(folder);
  jlog_ctx_alter_journal_size(log, 64 * 1024 * 1024);
  must(jlog_ctx_init(log), log, "init");
  jlog_ctx_close(log);
  log = jlog_new(folder);
  must(jlog_ctx_add_subscriber(log, "reader", JLOG_BEGIN), log, "subscriber");
  jlog_ctx_close(log);
  log = jlog_new(folder);
  jlog_ctx_set_multi_process(log, 0);
  if (pre_commit > 0) jlog_ctx_set_pre_commit_buffer_size(log, pre_commit);
  if (sync) jlog_ctx_alter_safety(log, JLOG_SAFE);
  must(jlog_ctx_open_writer(log), log, "open");
  char *message = malloc(bytes);
  memset(message, 'x', bytes);
  double start = now();
  for (long index = 0; index < count; index++) must(jlog_ctx_write(log, message, bytes), log, "write");
  if (pre_commit > 0) must(jlog_ctx_flush_pre_commit_buffer(log), log, "flush");
  double took = now() - start;
  jlog_ctx_close(log);
  return took;
}

static double drain(const char *folder, long count, size_t bytes) {
  jlog_ctx *log = jlog_new(folder);
  must(jlog_ctx_open_reader(log, "reader"), log, "open");
  long seen = 0;
  double start = now();
  while (seen < count) {
    jlog_id begin, end;
    int found = jlog_ctx_read_interval(log, &begin, &end);
    must(found, log, "interval");
    if (found == 0) break;
    jlog_message *messages = calloc(found, sizeof(jlog_message));
    must(jlog_ctx_bulk_read_messages(log, &begin, found, messages), log, "read");
    for (int index = 0; index < found; index++) seen += messages[index].mess_len == bytes;
    free(messages);
    must(jlog_ctx_read_checkpoint(log, &end), log, "checkpoint");
  }
  double took = now() - start;
  jlog_ctx_close(log);
  if (seen == count) return took;
  fprintf(stderr, "%ld of %ld messages were read\n", seen, count);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  long count = atol(argv[3]);
  size_t bytes = atol(argv[4]);
  int writes = strcmp(argv[2], "write") == 0;
  if (writes && argc < 7) return 2;
  double took = writes ? fill(argv[1], count, bytes, atol(argv[5]), atoi(argv[6])) : drain(argv[1], count, bytes);
  printf("%.0f\n", count / took);
  return 0;
}
