/* score pulmo-infer.wasm model.pulmo a.pgm b.ppm: a line per image, its name, log-odds, label and p_pneumonia. */
#include "pulmo.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_BYTES 300000000

/* The next number of a PGM or PPM header; -1 if there is none. Skips spaces and comments, and takes one character after it. */
static long header_number(FILE *file) {
  long value = -1;
  int c = fgetc(file);
  for (; c == ' ' || (c >= '\t' && c <= '\r') || c == '#'; c = fgetc(file))
    while (c == '#' && (c = fgetc(file)) != EOF)
      if (c != '\n') c = '#';
  for (; c >= '0' && c <= '9' && value < MOST_BYTES; c = fgetc(file)) value = (value < 0 ? 0 : value) * 10 + (c - '0');
  return value;
}

/* The pixels of a binary PGM (P5) or PPM (P6) file, for the caller to free; NULL if it is another file or damaged. */
static uint8_t *read_pixels(const char *path, uint32_t *width, uint32_t *height, uint32_t *channels) {
  FILE *file = fopen(path, "rb");
  uint8_t *pixels = NULL;
  if (!file) return NULL;
  int p = fgetc(file), kind = fgetc(file);
  long w = header_number(file), h = header_number(file), most = header_number(file);
  if (p == 'P' && (kind == '5' || kind == '6') && w > 0 && h > 0 && most == 255) {
    uint64_t size = (uint64_t)w * (uint64_t)h * (kind == '5' ? 1 : 3);
    if (size <= MOST_BYTES) pixels = malloc(size);
    if (pixels && fread(pixels, 1, size, file) != size) {
      free(pixels);
      pixels = NULL;
    }
  }
  fclose(file);
  *width = (uint32_t)w;
  *height = (uint32_t)h;
  *channels = kind == '5' ? 1 : 3;
  return pixels;
}

int main(int count, char **arguments) {
  pulmo_error error;
  int failed = 0;
  if (count < 4) {
    fprintf(stderr, "usage: score pulmo-infer.wasm model.pulmo image.pgm...\n");
    return 2;
  }
  pulmo_model *model = pulmo_open(arguments[1], arguments[2], &error);
  if (!model) {
    fprintf(stderr, "%s\n", error.text);
    return 2;
  }
  for (int i = 3; i < count; i++) {
    uint32_t width, height, channels;
    pulmo_score score;
    uint8_t *pixels = read_pixels(arguments[i], &width, &height, &channels);
    if (!pixels) {
      fprintf(stderr, "%s: not a readable PGM or PPM file of 8 bits per sample (P5 or P6)\n", arguments[i]);
      failed = 2;
    } else if (!pulmo_predict(model, pixels, width, height, channels, &score, &error)) {
      fprintf(stderr, "%s: %s\n", arguments[i], error.text);
      failed = 2;
    } else {
      const char *label = pulmo_class(model, score.positive);
      printf("%s %.17g %s %.17g\n", arguments[i], score.log_odds, label, score.probability);
    }
    free(pixels);
  }
  pulmo_close(model);
  return failed;
}
