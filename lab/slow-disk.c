// How does a write to a slow disk last? It is a real write() to a full pipe; a thread of its own empties it into the
// file.
// SPDX-License-Identifier: MPL-2.0
#define _GNU_SOURCE
#include "slow-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

#define PIPE_BYTES 4096 /* the least that the kernel gives */
#define LEAST_MEASURED_US (10 * G_USEC_PER_SEC)

typedef struct {
  SlowDisk* disk;
  int from;
  int file;
} Reader;

typedef struct {
  GOutputStream parent;
  int pipe;
  GThread* reader;
} LabStream;

typedef struct {
  GOutputStreamClass parent;
} LabStreamClass;

G_DEFINE_TYPE(LabStream, lab_stream, G_TYPE_OUTPUT_STREAM)

static gssize fail(GError** error, const char* what) {
  const int code = errno;
  g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s: %s", what, g_strerror(code));
  return -1;
}

static gssize lab_stream_write(GOutputStream* stream, const void* bytes, gsize size, GCancellable* c, GError** error) {
  (void)c;
  const gssize written = write(((LabStream*)stream)->pipe, bytes, size);
  return written < 0 ? fail(error, "slow disk") : written;
}

static gboolean lab_stream_close(GOutputStream* stream, GCancellable* c, GError** error) {
  (void)c;
  (void)error;
  LabStream* self = (LabStream*)stream;
  if (self->reader == NULL) return TRUE;
  close(self->pipe);
  g_thread_join(self->reader);
  self->reader = NULL;
  return TRUE;
}

static void lab_stream_class_init(LabStreamClass* class) {
  ((GOutputStreamClass*)class)->write_fn = lab_stream_write;
  ((GOutputStreamClass*)class)->close_fn = lab_stream_close;
}

static void lab_stream_init(LabStream* self) { (void)self; }

static gpointer read_slowly(gpointer data) {
  Reader* reader = data;
  char bytes[PIPE_BYTES];
  gssize size;
  while ((size = read(reader->from, bytes, sizeof bytes)) > 0) {
    const gint rate = g_atomic_int_get(&reader->disk->bytes_per_second);
    if (rate > 0) g_usleep((gulong)(size * G_USEC_PER_SEC / rate));
    if (write(reader->file, bytes, (size_t)size) != size) g_printerr("error: slow disk: %s\n", g_strerror(errno));
    reader->disk->written += size;
  }
  close(reader->from);
  close(reader->file);
  g_free(reader);
  return NULL;
}

static GOutputStream* on_fragment(GstElement* sink, gchar* location, gpointer data) {
  (void)sink;
  int ends[2];
  const int file = open(location, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0 || pipe2(ends, O_CLOEXEC) != 0) {
    g_printerr("error: %s: %s\n", location, g_strerror(errno));
    if (file >= 0) close(file);
    return NULL;
  }
  fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
  Reader* reader = g_new(Reader, 1);
  *reader = (Reader){.disk = data, .from = ends[0], .file = file};
  LabStream* stream = g_object_new(lab_stream_get_type(), NULL);
  stream->pipe = ends[1];
  stream->reader = g_thread_new("slow-disk", read_slowly, reader);
  return (GOutputStream*)stream;
}

void slow_disk_set(SlowDisk* disk, gint bytes_per_second) {
  g_atomic_int_set(&disk->bytes_per_second, bytes_per_second);
  disk->written = 0;
  disk->since_us = g_get_monotonic_time();
}

gboolean slow_disk_set_factor(SlowDisk* disk, gint permille) {
  const gint64 us = g_get_monotonic_time() - disk->since_us;
  if (us < LEAST_MEASURED_US || g_atomic_int_get(&disk->bytes_per_second) != 0) return FALSE;
  const gint64 usual = disk->written * G_USEC_PER_SEC / us;
  const gint rate = (gint)(usual * 1000 / permille);
  if (rate > 0) g_atomic_int_set(&disk->bytes_per_second, rate);
  return rate > 0;
}

void slow_disk_under(SlowDisk* disk, GstElement* hlssink2) {
  slow_disk_set(disk, 0);
  g_signal_connect(hlssink2, "get-fragment-stream", G_CALLBACK(on_fragment), disk);
}
