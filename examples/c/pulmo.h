/* Scores chest X-rays with a model of pulmo, by pulmo-infer.wasm. pulmo.c implements it on JavaScriptCore's C API. */
#ifndef PULMO_H
#define PULMO_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A model in memory. One thread may use it at a time. */
typedef struct pulmo_model pulmo_model;

/* Why a call failed: a sentence in UTF-8, ended by 0 and cut to fit. */
typedef struct {
  char text[512];
} pulmo_error;

typedef struct {
  double probability; /* of the positive class, p_pneumonia */
  double log_odds;    /* ln(p / (1 - p)): the logit */
  int positive;       /* 1: the probability is above the model's threshold */
  double unusual;     /* above 1: unlike the training images; NaN: the model has no statistics of them */
} pulmo_score;

/* Opens a model. core: path of pulmo-infer.wasm. file: path of a model of `pulmo export --format pulmo`.
   Returns NULL and sets the error if a file cannot be read or is not valid. */
pulmo_model *pulmo_open(const char *core, const char *file, pulmo_error *error);

/* Scores an image of any size: rows from the top, from left to right, a byte per pixel (channels 1: grey, 0 is black) or
   three (channels 3: RGB). Only reads the pixels. Returns 1; returns 0 and sets the error if the image cannot be scored. */
int pulmo_predict(pulmo_model *model, const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels,
                  pulmo_score *score, pulmo_error *error);

/* The name of the negative (0) or the positive class (1), in UTF-8. It belongs to the model. */
const char *pulmo_class(const pulmo_model *model, int positive);

/* The probability above which an image is positive. */
double pulmo_threshold(const pulmo_model *model);

/* What the file says about the model, JSON in UTF-8: docs/model-file.md. It belongs to the model. */
const char *pulmo_metadata(const pulmo_model *model);

/* Frees the model. NULL is allowed. */
void pulmo_close(pulmo_model *model);

#ifdef __cplusplus
}
#endif

#endif
